"""Text as codes: what the compared methods of ``text.py`` all see, and how all of them are scored.

Tokens are what the data set's vocabulary makes of them (markers in, rare and unseen words as it reads them), so no
method sees more of a word than another. Code 0 is padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from readhead.tasks import Dataset, Example, score

NOT_SCORED = -100
"""The label of positions that are not scored, as ``torch.nn.functional.cross_entropy`` ignores it."""
POOL = 16
"""Batches are drawn from shuffled pools of so many of them, sorted by length, so that little is padded."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One split as codes.

    Attributes:
        tokens: ``[example, position]``; 0 is padding.
        lengths: ``[example]``, markers included.
        labels: ``[example, position]``, or ``[example, 1]`` where a sequence has one label.
    """

    tokens: Int[Tensor, "example position"]
    lengths: Int[Tensor, " example"]
    labels: Int[Tensor, "example place"]

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and labels of these rows, cut to the longest of them."""
        longest = int(self.lengths[rows].max())
        return self.tokens[rows, :longest], self.labels[rows, : longest if self.labels.shape[1] > 1 else 1]


def coded(dataset: Dataset, examples: Sequence[Example]) -> Coded:
    """Examples as codes."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None, "a data set's vocabulary is closed"
    code = {symbol: i for i, symbol in enumerate(symbols, start=1)}
    label_code = {None: NOT_SCORED} | {label: i for i, label in enumerate(dataset.labels)}
    sequences = [[code[str(token)] for token in dataset.vocabulary.sequence(e.tokens)] for e in examples]
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    pooled = dataset.kind == "sequence_label"
    tokens = torch.zeros(len(examples), int(lengths.max()), dtype=torch.long)
    labels = torch.full((len(examples), 1 if pooled else tokens.shape[1]), NOT_SCORED)
    first = 0 if pooled else int(dataset.vocabulary.begin is not None)
    for row, (sequence, example) in enumerate(zip(sequences, examples, strict=True)):
        tokens[row, : len(sequence)] = torch.tensor(sequence)
        for place, label in enumerate(example.labels, start=first):
            labels[row, place] = label_code[label]
    return Coded(tokens, lengths, labels)


def batches(data: Coded, size: int, rng: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """One shuffled epoch; the sequences of a batch are about equally long."""
    chosen: list[Tensor] = []
    for pool in torch.randperm(len(data.tokens), generator=rng).split(POOL * size):
        chosen += pool[data.lengths[pool].argsort(stable=True)].split(size)
    for i in torch.randperm(len(chosen), generator=rng).tolist():
        yield data.batch(chosen[i])


@torch.no_grad()
def answers(dataset: Dataset, data: Coded, logits: Callable[[Tensor], Tensor], size: int = 256) -> list[Any]:
    """What a model answers to each example: the label of the largest logit, or one for each content token."""
    order = data.lengths.argsort(stable=True)
    given: list[Any] = [None] * len(order)
    first = int(dataset.vocabulary.begin is not None)
    for rows in order.split(size):
        best = logits(data.batch(rows)[0]).argmax(-1)
        for row, codes in zip(rows.tolist(), best.tolist(), strict=True):
            if dataset.kind == "sequence_label":
                given[row] = dataset.labels[codes[0]]
            else:
                content = int(data.lengths[row]) - dataset.vocabulary.markers
                given[row] = [dataset.labels[code] for code in codes[first : first + content]]
    return given


@dataclass(frozen=True, slots=True)
class Given:
    """Answers that are known already, to be scored as a program's are."""

    answers: Sequence[Any]

    def run_batch(self, sequences: Sequence[Any], /) -> Sequence[Any]:
        """The answers, whatever is asked."""
        return self.answers


def figures(dataset: Dataset, examples: Sequence[Example], given: Sequence[Any]) -> dict[str, float]:
    """How right answers are: the accuracy of labels; where these are tags, precision, recall and F1 of entities."""
    found = score(Given(given), examples, dataset.kind)
    shares = {"accuracy": found.accuracy}
    if found.entities is not None:
        e = found.entities
        shares |= {"precision": e.precision, "recall": e.recall, "f1": e.f1}
    return shares


def figure(shares: dict[str, float]) -> float:
    """The one that counts: F1 of entities where there are any, else accuracy."""
    return shares.get("f1", shares["accuracy"])
