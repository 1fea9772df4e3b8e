"""What the spelling of an unknown word says: its shape, and how it ends.

A vocabulary may list *spellings*, each a shape (``title``) or a shape with an ending (``title-ian``). A word that it
does not know is then read as the marker of the most telling spelling that is listed: the one with the longest of the
word's endings. That a word's form says much of what it is, capitals and digits of names and endings of all words, is
the way of "Nymble: a High-Performance Learning Name-finder" (Bikel, Miller, Schwartz and Weischedel, ANLP 1997) and of
"TnT: A Statistical Part-of-Speech Tagger" (Brants, ANLP 2000, section 2.3).

Invariant: a marker is read as if it were a word of its own shape and ending, so the markers of some vocabularies stand
for every way in which these read unknown words.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from readhead.errors import ProgramError, did_you_mean

SHAPES = MappingProxyType(
    {
        "url": "begins with http://, https:// or www.",
        "user": "begins with @",
        "hashtag": "begins with #",
        "number": "has digits and no letters",
        "alphanumeric": "has digits and letters",
        "punctuation": "has neither letters nor digits",
        "initial": "a capital alone, or capitals with a full stop",
        "upper": "all capitals",
        "title": "begins with a capital, and has others only after what is no letter",
        "mixed": "has capitals in other places",
        "hyphenated": "small letters with a hyphen inside",
        "lower": "small letters",
        "uncased": "letters of a script without capitals",
    }
)
"""Every shape with what it means; a word has the first that fits."""

OPENING, CLOSING = "<unk:", ">"


def marker(spelling: str) -> str:
    """What stands for the unknown words of a spelling.

    >>> marker("title-ian")
    '<unk:title-ian>'
    """
    return f"{OPENING}{spelling}{CLOSING}"


def shape_of(word: str) -> str:
    """The shape of a word as it is written, before any of it is folded.

    >>> [shape_of(w) for w in ("Berlin", "NATO", "U.S.", "1,000", "3rd", "#win", "iPod", "well-known", "東京")]
    ['title', 'upper', 'initial', 'number', 'alphanumeric', 'hashtag', 'mixed', 'hyphenated', 'uncased']
    """
    letters = [c for c in word if c.isalpha()]
    digits = any(c.isdecimal() for c in word)
    if word.lower().startswith(("http://", "https://", "www.")):
        return "url"
    if len(word) > 1 and word[0] in "@#":
        return "user" if word[0] == "@" else "hashtag"
    if not letters:
        return "number" if digits else "punctuation"
    if digits:
        return "alphanumeric"
    if word.lower() == word.upper():
        return "uncased"
    if word.isupper():
        return "initial" if len(letters) == 1 or "." in word else "upper"
    if word == word.lower():
        return "hyphenated" if "-" in word.strip("-") else "lower"
    return "title" if word.istitle() or word == word.capitalize() else "mixed"


def spelled(word: object, spellings: Sequence[str], unknown: str) -> str:
    """What stands for an unknown word: the marker of the listed spelling of its shape with the longest of its endings.

    Args:
        word: as it is written; a marker counts as a word of its shape and ending.
        spellings: those that a vocabulary lists.
        unknown: what stands for words whose spelling is not listed, and for what is no string.

    >>> spelled("Italian", ("title", "title-n", "title-ian"), "<unk>"), spelled("7", ("title",), "<unk>")
    ('<unk:title-ian>', '<unk>')
    """
    if type(word) is not str or word == unknown:
        return unknown
    shape, dash, text = word.removeprefix(OPENING).removesuffix(CLOSING).partition("-")
    if shape not in SHAPES or word != marker(shape + dash + text):
        shape, text = shape_of(word), word.lower()
    found = [
        s
        for s in spellings
        if s == shape or (s.startswith(f"{shape}-") and text.endswith(s[len(shape) + 1 :]))
    ]
    return marker(max(found, key=len)) if found else unknown


def check_spellings(spellings: Sequence[object]) -> None:
    """Raise a ProgramError for what is no spelling, and for one that is listed twice."""
    for i, spelling in enumerate(spellings):
        if type(spelling) is not str:
            raise ProgramError(f"a spelling is a string, got {spelling!r}", instead='"title", or "title-ian"')
        shape, dash, ending = spelling.partition("-")
        if shape not in SHAPES:
            raise ProgramError(f"no word has the shape {shape!r}", instead=did_you_mean(shape, SHAPES))
        if dash and (not ending or ending != ending.lower()):
            raise ProgramError(
                f"the spelling {spelling!r} has the ending {ending!r}",
                why="endings are compared with the word in small letters",
                instead=f"{shape}-{ending.lower() or 'ing'}",
            )
        if spelling in spellings[:i]:
            raise ProgramError(f"the spelling {spelling!r} is listed twice")
