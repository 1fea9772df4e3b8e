"""What each algorithmic task asks, as plain Python: the reference that every program is scored against.

Each function takes content tokens (no markers) and gives one label for each of them, None where not scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType

Labels = tuple[str | None, ...]

BEGIN = "<s>"
END = "</s>"
UNKNOWN = "unknown"
PAIRS = (("(", ")"), ("{", "}"), ("[", "]"), ("<", ">"))
CLOSING = MappingProxyType(dict(PAIRS))


def reverse(tokens: Sequence[str]) -> Labels:
    """The content, backwards.

    >>> reverse("314")
    ('4', '1', '3')
    """
    return tuple(reversed(tokens))


def sort(tokens: Sequence[str]) -> Labels:
    """The content, in rising order (of numbers, so that "9" comes before "10").

    >>> sort("314")
    ('1', '3', '4')
    """
    return tuple(sorted(tokens, key=int))


def hist(tokens: Sequence[str]) -> Labels:
    """How often the symbol at each position occurs.

    >>> hist("313")
    ('2', '1', '2')
    """
    count = Counter(tokens)
    return tuple(str(count[t]) for t in tokens)


def double_hist(tokens: Sequence[str]) -> Labels:
    """How many distinct symbols occur as often as the symbol at each position.

    >>> double_hist("3314")
    ('1', '1', '2', '2')
    """
    count = Counter(tokens)
    symbols_with = Counter(count.values())
    return tuple(str(symbols_with[count[t]]) for t in tokens)


def most_freq(tokens: Sequence[str]) -> Labels:
    """The distinct symbols by falling frequency, ties by first position; then the begin marker fills up.

    >>> most_freq("1344")
    ('4', '1', '3', '<s>')
    """
    count = Counter(tokens)
    # A Counter keeps the order of first positions, and sorting is stable.
    ranked = sorted(count, key=lambda t: -count[t])
    return (*ranked, *(BEGIN for _ in range(len(tokens) - len(ranked))))


def dyck(tokens: Sequence[str]) -> Labels:
    """For each prefix: ``T`` balanced, ``P`` the beginning of a balanced string, ``F`` neither.

    >>> dyck("(){)")
    ('P', 'T', 'P', 'F')
    """
    labels: list[str] = []
    expected: list[str] = []
    broken = False
    for token in tokens:
        if token in CLOSING:
            expected.append(CLOSING[token])
        elif expected and expected[-1] == token:
            expected.pop()
        else:
            broken = True
        labels.append("F" if broken else "P" if expected else "T")
    return tuple(labels)


def induction(tokens: Sequence[str]) -> Labels:
    """After a letter that was seen before, its number; after a new one, ``unknown``. Numbers are not scored.

    >>> induction(["a", "1", "b", "0", "a"])
    ('unknown', None, 'unknown', None, '1')
    """
    labels: list[str | None] = []
    number: dict[str, str] = {}
    for i, token in enumerate(tokens):
        labels.append(None if token.isdecimal() else number.get(token, UNKNOWN))
        if i and token.isdecimal() and not tokens[i - 1].isdecimal():
            number[tokens[i - 1]] = token
    return tuple(labels)
