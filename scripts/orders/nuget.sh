#!/bin/sh
# Builds nuget.cs against the NuGet.exe that is the only argument, and runs it.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$1" "$folder/NuGet.exe"
mcs -nologo -out:"$folder/compare.exe" -r:"$folder/NuGet.exe" "$(dirname "$0")/nuget.cs"
mono "$folder/compare.exe"
