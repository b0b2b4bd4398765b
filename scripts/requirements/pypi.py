"""Judges the lines `requirement<TAB>version` on standard input as Python does, prereleases included.

`!` where it refuses the requirement, `?` where PEP 440 does not know the version and no `===` compares texts.
"""

import sys

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def judge(text, version):
    try:
        requirement = SpecifierSet(text)
    except InvalidSpecifier:
        return "!"
    try:
        Version(version)
    except InvalidVersion:
        if "===" not in text:
            return "?"
    return "y" if requirement.contains(version, prereleases=True) else "n"


for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    print(judge(*line.split("\t")))
