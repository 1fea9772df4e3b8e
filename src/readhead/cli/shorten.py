"""Long sets of words in a printed program, cut for the screen; the file keeps them whole."""

from __future__ import annotations

import re

OPENING = re.compile(r"[{(]\s*# [\d,]+ words?$|^TOKENS = \($")
LINES = 2
"""Lines of words that are shown."""


def shortened(python: str) -> str:
    r"""The program with long sets of words cut after their first lines, which hold the most frequent.

    >>> words = "\n".join(f'        "{letter}",' for letter in "abcdef")
    >>> print(shortened(f"    if tokens in {{  # 6 words\n{words}\n    }}:\n        return 0"))
        if tokens in {  # 6 words
            "a",
            "b",
            ...
        }:
            return 0
    """
    out: list[str] = []
    inside: int | None = None
    indent = 0
    for line in python.splitlines():
        if inside is None:
            out.append(line)
            if OPENING.search(line):
                inside, indent = 0, len(line) - len(line.lstrip())
        elif line.strip() and len(line) - len(line.lstrip()) <= indent:
            inside = None
            out.append(line)
        else:
            inside += 1
            if inside <= LINES:
                out.append(line)
            elif inside == LINES + 1:
                out.append(" " * (indent + 4) + "...")
    return "\n".join(out) + ("\n" if python.endswith("\n") else "")
