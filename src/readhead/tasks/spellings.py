"""Which spellings a vocabulary tells unknown words apart by: those that enough rare training words have.

Words that are rarer than ``min_count`` are unknown in training too, so each spelling that is listed is one that a
program sees there: what it learns of them is what it then says of words that it never saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from readhead.program.spelling import SHAPES, shape_of

ENDED = ("title", "lower")
"""The shapes of which endings are told apart."""

ENDINGS = ("s", "ed", "ing", "ly", "er", "al", "ion", "y", "an")
"""Endings that say much of an English word's kind."""

ENOUGH = 10
"""How many rare words of the training split, each counted as often as it comes, a listed spelling has at least."""


def spellings_of(words: Iterable[str]) -> tuple[str, ...]:
    """The spellings to list for the unknown words of a training split, shapes first.

    Args:
        words: as they are written, each as often as it comes.

    >>> spellings_of(["Paris", "Kiev"] * 5)
    ('title',)
    >>> spellings_of(["Paris", "Vilnius"] * 5)
    ('title', 'title-s')
    """
    found: Counter[str] = Counter()
    for word in words:
        shape = shape_of(word)
        ending = next((e for e in sorted(ENDINGS, key=len, reverse=True) if word.lower().endswith(e)), None)
        found[shape] += 1
        if shape in ENDED and ending is not None:
            found[f"{shape}-{ending}"] += 1
    listed = [*SHAPES, *(f"{shape}-{ending}" for shape in ENDED for ending in ENDINGS)]
    return tuple(spelling for spelling in listed if found[spelling] >= ENOUGH)
