# Compares the pairs on standard input as RubyGems does.
$stdin.binmode
$stdin.read.force_encoding("UTF-8").split("\n", -1)[0...-1].each do |line|
  a, b = line.split("\t", -1)
  fine = Gem::Version.correct?(a) && Gem::Version.correct?(b)
  puts fine ? "<=>"[(Gem::Version.new(a) <=> Gem::Version.new(b)) + 1] : "?"
end
