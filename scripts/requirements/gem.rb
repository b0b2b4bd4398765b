# Judges the lines `requirement<TAB>version` on standard input as RubyGems does. `!` where it refuses the requirement.
$stdin.binmode
$stdin.read.force_encoding("UTF-8").split("\n", -1)[0...-1].each do |line|
  text, version = line.split("\t", -1)
  begin
    requirement = Gem::Requirement.new(text.split(",", -1))
    requirement = nil if text.empty?
  rescue ArgumentError
    requirement = nil
  end
  fine = Gem::Version.correct?(version)
  puts requirement.nil? ? "!" : !fine ? "?" : requirement.satisfied_by?(Gem::Version.new(version)) ? "y" : "n"
end
