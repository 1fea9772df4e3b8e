"""Entities in rows of tags, and how many of them an answer finds: precision, recall and F1.

An entity is found where its type, its first and its last token are all right ("Introduction to the CoNLL-2003 Shared
Task", Tjong Kim Sang and De Meulder, 2003, section 4). Tags are read leniently, as the shared task's scorer and
``seqeval`` do by default, so one reading serves BIO, BIO2, IOBES and the older scheme in which ``I-`` begins an
entity: what cannot continue the entity before it begins one. Invariant: the entities of a row never overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

OUTSIDE = "O"
TAG = re.compile(r"([BIESLU])-(.+)", re.DOTALL)
"""Begin, inside, end, single; and last and unit, as some call the end and the single one."""
CONTINUES = frozenset("IEL")
ENDS = frozenset("ESLU")


class Entity(NamedTuple):
    """Some neighbouring tokens with a type; ``end`` is the first token after them."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EntityScore:
    """How many entities there are, how many were answered, and how many of these are right.

    >>> score = EntityScore(correct=1, answered=2, expected=4)
    >>> score.precision, score.recall, round(score.f1, 4)
    (0.5, 0.25, 0.3333)
    """

    correct: int
    answered: int
    expected: int

    @property
    def precision(self) -> float:
        """The share of the answered entities that are right; 0 where none is answered."""
        return self.correct / self.answered if self.answered else 0.0

    @property
    def recall(self) -> float:
        """The share of the expected entities that are found; 0 where there is none."""
        return self.correct / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where both are 0."""
        total = self.answered + self.expected
        return 2 * self.correct / total if total else 0.0


def are_tags(labels: Iterable[str | None]) -> bool:
    """Whether labels say where entities are: all are tags or ``O``, and there is a tag.

    Args:
        labels: of a data set; None, a position that is not scored, says nothing.

    >>> are_tags(["O", "B-PER", None, "I-PER"]), are_tags(["O", "PER"]), are_tags(["O"])
    (True, False, False)
    """
    found = False
    for label in labels:
        if label is None or label == OUTSIDE:
            continue
        if TAG.fullmatch(label) is None:
            return False
        found = True
    return found


def entities(tags: Sequence[object]) -> list[Entity]:
    """The entities of a row of tags, in order.

    Args:
        tags: of neighbouring tokens; what is no tag is outside.

    >>> entities(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [Entity(kind='PER', start=0, end=2), Entity(kind='LOC', start=3, end=4), Entity(kind='LOC', start=4, end=5)]
    """
    found: list[Entity] = []
    last = OUTSIDE
    for i, tag in enumerate(tags):
        match = TAG.fullmatch(tag) if isinstance(tag, str) else None
        if match is None:
            last = OUTSIDE
            continue
        prefix, kind = match.groups()
        inside = last != OUTSIDE and last not in ENDS
        if inside and prefix in CONTINUES and found[-1].kind == kind:
            found[-1] = found[-1]._replace(end=i + 1)
        else:
            found.append(Entity(kind, i, i + 1))
        last = prefix
    return found


def score_entities(pairs: Iterable[tuple[Sequence[object], Sequence[object]]]) -> EntityScore:
    """Count the entities of several rows, all types together.

    Args:
        pairs: for each row the expected tags and the answered ones.

    >>> score_entities([(["B-PER", "I-PER", "O"], ["B-PER", "O", "B-LOC"])])
    EntityScore(correct=0, answered=2, expected=1)
    """
    correct = answered = expected = 0
    for right, given in pairs:
        want, got = set(entities(right)), set(entities(given))
        correct += len(want & got)
        answered += len(got)
        expected += len(want)
    return EntityScore(correct, answered, expected)
