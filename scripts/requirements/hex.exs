# Judges the lines `requirement<TAB>version` on standard input as Elixir does. `!` where it refuses the requirement.
:io.setopts(:standard_io, encoding: :latin1)

IO.binread(:stdio, :eof)
|> String.split("\n")
|> Enum.drop(-1)
|> Enum.map(fn line ->
  [text, version] = String.split(line, "\t")

  case {Version.parse_requirement(text), Version.parse(version)} do
    {:error, _} -> "!\n"
    {_, :error} -> "?\n"
    {{:ok, requirement}, {:ok, version}} -> if Version.match?(version, requirement), do: "y\n", else: "n\n"
  end
end)
|> then(&IO.binwrite(:stdio, &1))
