"""Compares the pairs on standard input as pacman's `vercmp` does: by alpm_pkg_vercmp of libalpm."""

import ctypes
import sys

compare = ctypes.CDLL("libalpm.so.13").alpm_pkg_vercmp
for line in sys.stdin.buffer.read().split(b"\n")[:-1]:
    order = compare(*line.split(b"\t"))
    print("<" if order < 0 else ">" if order > 0 else "=")
