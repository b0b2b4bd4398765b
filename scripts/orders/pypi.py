"""Compares the pairs on standard input as Python does.

What PEP 440 knows is compared by `packaging`; the rest by the LegacyVersion of packaging 21.3, which lies in the folder of the only
argument. Legacy versions are before all others.
"""

import importlib.util
import sys
import warnings
from pathlib import Path

from packaging.version import InvalidVersion, Version

warnings.simplefilter("ignore")


def load_legacy(folder):
    """packaging 21.3 under another name, beside the newer one."""
    spec = importlib.util.spec_from_file_location("packaging_21", Path(folder, "packaging", "__init__.py"))
    package = importlib.util.module_from_spec(spec)
    sys.modules["packaging_21"] = package
    spec.loader.exec_module(package)
    return importlib.import_module("packaging_21.version").LegacyVersion


LegacyVersion = load_legacy(sys.argv[1])


def key(text):
    try:
        return True, Version(text)
    except InvalidVersion:
        return False, LegacyVersion(text)


for line in sys.stdin.buffer.read().decode().split("\n")[:-1]:
    (is_new, one), (other_is_new, other) = (key(text) for text in line.split("\t"))
    if is_new != other_is_new:
        print(">" if is_new else "<")
    else:
        print("<" if one < other else ">" if one > other else "=")
