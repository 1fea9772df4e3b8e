"""How many scored positions an answerer gets right, and how many the commonest label would."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from readhead.errors import DataError
from readhead.program.program import OutputKind
from readhead.tasks.entities import EntityScore, are_tags, score_entities
from readhead.tasks.examples import Dataset, Example


class Answers(Protocol):
    """Anything that answers a batch of contents: a program, a compiled model."""

    def run_batch(self, sequences: Sequence[Any], /) -> Sequence[Any]:
        """One answer for each content: a list of labels, or one label, as the kind of output says."""
        ...


@dataclass(frozen=True, slots=True)
class Score:
    """Correct answers among the scored positions of some examples.

    Attributes:
        correct: positions that are right.
        positions: positions that are scored.
        examples: how many examples they stand in.
        entities: the entities that are found, where the labels are tags of entities (``B-PER``); else None.
    """

    correct: int
    positions: int
    examples: int
    entities: EntityScore | None = None

    @property
    def accuracy(self) -> float:
        """The share of scored positions that are right."""
        return self.correct / self.positions


def score(answerer: Answers, examples: Sequence[Example], kind: OutputKind = "token_labels") -> Score:
    """Run ``answerer`` on the examples and count the scored positions that it gets right.

    Where the examples' labels are tags of entities, entities are counted too; positions that are not scored are left
    out of the rows of tags.

    Args:
        answerer: has ``run_batch``.
        examples: contents and their labels; a label None is not scored.
        kind: whether an answer is a label for each token, or one label.

    Raises:
        DataError: where nothing is to be scored, or the answers do not fit the examples.
    """
    answers = answerer.run_batch([e.tokens for e in examples])
    if len(answers) != len(examples):
        raise DataError(f"{len(answers)} answers to {len(examples)} examples")
    tagging = kind == "token_labels" and are_tags(label for e in examples for label in e.labels)
    rows: list[tuple[list[str], list[Any]]] = []
    correct = positions = 0
    for i, (example, answer) in enumerate(zip(examples, answers, strict=True)):
        given = list(answer) if kind == "token_labels" else [answer]
        if len(given) != len(example.labels):
            raise DataError(
                f"{len(given)} labels answer {len(example.labels)} labels",
                where=f"example {i}: {example.tokens!r}",
            )
        for got, expected in zip(given, example.labels, strict=True):
            if expected is not None:
                positions += 1
                correct += got == expected
        if tagging:
            scored = [(e, g) for e, g in zip(example.labels, given, strict=True) if e is not None]
            rows.append(([e for e, _ in scored], [g for _, g in scored]))
    if not positions:
        raise DataError(f"{len(examples)} examples without a single scored position")
    return Score(correct, positions, len(examples), score_entities(rows) if tagging else None)


def percent(share: object) -> str:
    """A share as a percentage, never rounded up to 100%.

    >>> percent(1.0), percent(0.99999), percent(0.5), percent(None)
    ('100%', '99.99%', '50.00%', '-')
    """
    if not isinstance(share, int | float) or not math.isfinite(share):
        return "-"
    return "100%" if share == 1 else f"{math.floor(share * 10_000) / 100:.2f}%"


def majority_label(dataset: Dataset) -> str:
    """The commonest label of the training split; of equally common ones, the data set's first."""
    count = Counter(label for e in dataset.train for label in e.labels if label is not None)
    return max(dataset.labels, key=lambda label: count[label])


def majority(dataset: Dataset) -> Score:
    """What the commonest training label scores on the test split, to be shown beside every result."""
    return score(_Always(majority_label(dataset), dataset.kind), dataset.test, dataset.kind)


@dataclass(frozen=True, slots=True)
class _Always:
    label: str
    kind: OutputKind

    def run_batch(self, sequences: Sequence[Sequence[str]], /) -> list[Any]:
        """The same label everywhere."""
        return [[self.label] * len(s) if self.kind == "token_labels" else self.label for s in sequences]
