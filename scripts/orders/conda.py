"""Compares the pairs on standard input as conda does; the conda that conda-lock carries does as well."""

import sys

try:
    from conda.exceptions import InvalidVersionSpec
    from conda.models.version import VersionOrder
except ImportError:
    from conda_lock._vendor.conda.exceptions import InvalidVersionSpec
    from conda_lock._vendor.conda.models.version import VersionOrder

sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin.read().split("\n")[:-1]:
    try:
        a, b = map(VersionOrder, line.split("\t"))
    except InvalidVersionSpec:
        print("?")
        continue
    print("<" if a < b else ">" if a > b else "=")
