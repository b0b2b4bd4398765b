#!/bin/sh
# Compiles Nuget.cs beside a nuget.exe ($1), whose NuGet.Versioning it uses, and runs it.
work=$(mktemp -d) || exit
trap 'rm -r "$work"' EXIT
cp "$1" "$work/NuGet.exe" && mcs -nologo -r:"$work/NuGet.exe" -out:"$work/judge.exe" "$(dirname "$0")/Nuget.cs" && mono "$work/judge.exe"
