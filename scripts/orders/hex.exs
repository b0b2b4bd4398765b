# Compares the pairs on standard input as Elixir does.
:io.setopts(:standard_io, encoding: :latin1)

IO.binread(:stdio, :eof)
|> String.split("\n")
|> Enum.drop(-1)
|> Enum.map(fn line ->
  [a, b] = String.split(line, "\t")

  case {Version.parse(a), Version.parse(b)} do
    {{:ok, one}, {:ok, other}} -> %{lt: "<", eq: "=", gt: ">"}[Version.compare(one, other)]
    _ -> "?"
  end
end)
|> Enum.join("\n")
|> IO.puts()
