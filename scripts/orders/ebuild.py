"""Compares the pairs on standard input as portage does. Portage takes equal texts for equal whether they are versions or not."""

import sys

from portage.versions import vercmp, ververify

sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin.read().split("\n")[:-1]:
    a, b = line.split("\t")
    order = vercmp(a, b) if ververify(a) and ververify(b) else None
    print("?" if order is None else "<" if order < 0 else ">" if order > 0 else "=")
