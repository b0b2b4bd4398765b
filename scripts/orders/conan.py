"""Compares the pairs on standard input as Conan 2 does."""

import sys

from conan.internal.model.version import Version

sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin.read().split("\n")[:-1]:
    a, b = map(Version, line.split("\t"))
    print("<" if a < b else "=" if a == b else ">")
