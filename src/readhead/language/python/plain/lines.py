"""One statement as lines of at most 88 columns, broken where `black` breaks it.

The rule is black's: a line that is too long is split at its outer bracket; what is inside stands on one line if it
fits, else it is split at its weakest delimiters: the parts of a comprehension, commas, ``if`` and ``else``, ``and``
and ``or``, comparisons, arithmetic.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readhead.language.python.literals import WIDTH

COMPREHENSION, COMMA, TERNARY, LOGIC, COMPARISON, SUM, PRODUCT, POWER = range(8, 0, -1)

PRIORITIES = {
    **dict.fromkeys(("and", "or"), LOGIC),
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in"), COMPARISON),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/", "%"), PRODUCT),
    "**": POWER,
}

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class _Word:
    """A token: its text, the blank before it, and how deep in brackets it stands."""

    text: str
    blank: str
    depth: int
    target: bool
    """Whether it stands in the target of a ``for``."""


def broken(statement: str, indent: int) -> list[str]:
    """The lines of a statement.

    >>> broken("x = [" + "1234567890, " * 7 + "0]", 0)[:2]
    ['x = [', '    1234567890,']
    """
    return list(_lines(_words(statement), indent, inside=False))


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    depth, end = 0, 0
    fors: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER):
            continue
        if token.string in CLOSING:
            depth -= 1
        if token.string == "in" and fors and fors[-1] == depth:
            fors.pop()
        words.append(_Word(token.string, " " * (token.start[1] - end), depth, bool(fors)))
        end = token.end[1]
        if token.string == "for":
            fors.append(depth)
        if token.string in OPENING:
            depth += 1
    return words


def _text(words: Sequence[_Word]) -> str:
    return "".join(w.blank + w.text for w in words).lstrip(" ")


def _lines(words: list[_Word], indent: int, *, inside: bool) -> Iterator[str]:
    text = " " * indent + _text(words)
    if len(text) <= WIDTH:
        yield text
        return
    pieces = _delimited(words) if inside else None
    if pieces is not None:
        for piece in pieces:
            yield from _lines(piece, indent, inside=True)
        return
    place = _bracket(words)
    if place is None:
        yield text
        return
    first, last = place
    yield from [" " * indent + _text(words[: first + 1])]
    display = first == 0 or not (words[first - 1].text in CLOSING or _is_name(words[first - 1].text))
    yield from _body(words[first + 1 : last], indent + 4, display=display)
    tail = words[last:]
    if any(w.text in OPENING for w in tail[1:]) and len(" " * indent + _text(tail)) > WIDTH:
        lines = list(_lines([_Word("", "", 0, False), *tail], indent, inside=False))
        yield from lines
    else:
        yield " " * indent + _text(tail)


def _body(words: list[_Word], indent: int, *, display: bool) -> Iterator[str]:
    """What stands inside a bracket that is split; the items of a tuple, list, set or dictionary each on a line."""
    text = " " * indent + _text(words)
    depth = min(w.depth for w in words)
    items = (
        display and max(_priority(words, i, depth) for i, w in enumerate(words) if w.depth == depth) == COMMA
    )
    if len(text) <= WIDTH and not items:
        yield text
    elif items:
        for piece in _delimited(words) or [[*words, _Word(",", "", depth, False)]]:
            yield from _lines(piece, indent, inside=True)
    else:
        yield from _lines(words, indent, inside=True)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _delimited(words: list[_Word]) -> list[list[_Word]] | None:
    """The words split at their weakest delimiters; None where there are none."""
    depth = min(w.depth for w in words)
    places = [(i, p) for i, w in enumerate(words) if w.depth == depth and (p := _priority(words, i, depth))]
    if not places:
        return None
    weakest = max(p for _, p in places)
    pieces: list[list[_Word]] = []
    start = 0
    for i, priority in places:
        if priority != weakest:
            continue
        cut = i + 1 if weakest == COMMA else i
        if cut > start:
            pieces.append(words[start:cut])
        start = cut
    rest = words[start:]
    if rest:
        pieces.append(rest)
    if weakest == COMMA and pieces[-1][-1].text != ",":
        pieces[-1] = [*pieces[-1], _Word(",", "", depth, False)]
    return pieces if len(pieces) > 1 else None


def _priority(words: list[_Word], i: int, depth: int) -> int:
    word = words[i]
    if word.text == ",":
        return 0 if word.target else COMMA
    if i == 0:
        return 0
    before = words[i - 1].text
    if word.text == "for":
        return COMPREHENSION
    if word.text in ("if", "else"):
        of_comprehension = word.text == "if" and _in_comprehension(words, i, depth)
        return COMPREHENSION if of_comprehension else TERNARY
    if word.text == "in" and (word.target or before == "not" or _ends_target(words, i, depth)):
        return 0
    if word.text == "not":
        return COMPARISON if i + 1 < len(words) and words[i + 1].text == "in" else 0
    if word.text in ("-", "+") and (
        before in OPENING or before in PRIORITIES or before in (",", "if", "else")
    ):
        return 0
    if word.text == "*" and (before in OPENING or before == ","):
        return 0
    return PRIORITIES.get(word.text, 0)


def _in_comprehension(words: list[_Word], i: int, depth: int) -> bool:
    """Whether an ``if`` filters a comprehension: a ``for`` before it, and no ``else`` behind."""
    return any(w.text == "for" and w.depth == depth for w in words[:i])


def _ends_target(words: list[_Word], i: int, depth: int) -> bool:
    for w in reversed(words[:i]):
        if w.depth == depth and w.text in ("for", "in", "if", "else", "and", "or"):
            return w.text == "for"
    return False


def _bracket(words: list[_Word]) -> tuple[int, int] | None:
    """The bracket to split at: the first of an assigned value that begins with one, else the last that is not empty."""
    depth = min(w.depth for w in words)
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for i, w in enumerate(words):
        if w.text in OPENING:
            opened.append(i)
        elif w.text in CLOSING and opened:
            first = opened.pop()
            if words[first].depth == depth and i > first + 1:
                pairs.append((first, i))
    if not pairs:
        return None
    begins = [p for p in pairs if p[0] > 0 and words[p[0] - 1].text in ("=", "return")]
    return begins[0] if begins else pairs[-1]
