"""A data set as arrays of codes, and its batches as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from readhead.errors import DataError
from readhead.learn.attention import ClosestOrder, closest_order
from readhead.learn.relaxed import Batch
from readhead.learn.shape import Shape
from readhead.learn.start import Codes, Start
from readhead.tasks.examples import Dataset, Example

TRAIN_PAIRS = 600_000
"""At most so many (query, key) pairs for each head in a batch that is trained on."""
PAIRS = 2_000_000
"""At most so many (query, key) pairs in a batch that is only evaluated."""
SHORT = 24
"""Sequences up to this length are padded to one length; longer ones are batched with others of their length."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A split as codes.

    Attributes:
        tokens: ``[example, position]`` codes into the vocabulary's symbols, -1 at padding.
        lengths: ``[example]`` lengths, markers included.
        labels: ``[example, position]`` codes, -1 where not scored; ``[example, 1]`` for sequence labels.
        given, numbers: ``[variable, example, position]`` codes (-1 at padding) and numbers (0) of the inputs that are
            not learned.
    """

    tokens: Int[NDArray[np.int64], "example position"]
    lengths: Int[NDArray[np.int64], "example"]
    labels: Int[NDArray[np.int64], "example position"]
    given: Codes | None = None
    numbers: Codes | None = None

    def __len__(self) -> int:
        return len(self.lengths)


def encode(dataset: Dataset, examples: Sequence[Example], start: Start | None = None) -> Encoded:
    """The examples as codes, with what a start computes for them.

    Raises:
        DataError: for a label that the data set does not declare.
        InputError: for a token outside its vocabulary.
    """
    symbols = dataset.vocabulary.symbols
    assert symbols is not None, "a data set's vocabulary is closed"
    token_code = {symbol: code for code, symbol in enumerate(symbols)}
    label_code: dict[str | None, int] = {None: -1} | {
        label: code for code, label in enumerate(dataset.labels)
    }
    sequences = [[token_code[str(t)] for t in dataset.vocabulary.sequence(e.tokens)] for e in examples]
    lengths = np.array([len(s) for s in sequences], dtype=np.int64)
    width = int(lengths.max(initial=0))
    tokens = np.full((len(examples), width), -1, dtype=np.int64)
    per_token = dataset.kind == "token_labels"
    labels = np.full((len(examples), width if per_token else 1), -1, dtype=np.int64)
    first = int(dataset.vocabulary.begin is not None) if per_token else 0
    for row, (sequence, example) in enumerate(zip(sequences, examples, strict=True)):
        tokens[row, : len(sequence)] = sequence
        for i, label in enumerate(example.labels):
            if label not in label_code:
                raise DataError(f"{dataset.name} has the label {label!r}, which it does not declare")
            labels[row, first + i] = label_code[label]
    if start is None or not start.given:
        return Encoded(tokens, lengths, labels)
    return Encoded(tokens, lengths, labels, *start.values([e.tokens for e in examples], width))


def epoch_batches(data: Encoded, size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """The rows of each batch of one epoch: shuffled, and, where sequences are long, grouped by length."""
    order = rng.permutation(len(data))
    if data.tokens.shape[1] <= SHORT:
        return [order[i : i + size] for i in range(0, len(order), size)]
    pool = 16 * size
    batches = []
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.argsort(-data.lengths[part], kind="stable")]
        while len(part):
            fitting = max(1, min(size, TRAIN_PAIRS // int(data.lengths[part[0]]) ** 2))
            batches.append(part[:fitting])
            part = part[fitting:]
    return [batches[i] for i in rng.permutation(len(batches))]


def make_batch(
    data: Encoded, rows: NDArray[np.int64], shape: Shape, device: torch.device, *, few_words: bool = False
) -> Batch:
    """The rows as a batch.

    Args:
        data: the split.
        rows: which examples.
        shape: how many values a variable has, how many positions are told apart, whether tokens are embedded.
        device: where the tensors go.
        few_words: where tokens are embedded, count the words that occur in the batch only.
    """
    n = data.tokens.shape[1] if data.tokens.shape[1] <= SHORT else int(data.lengths[rows].max(initial=1))
    tokens = torch.from_numpy(data.tokens[rows, :n].T.copy()).to(device)
    labels = data.labels[rows]
    labels = labels[:, :n] if labels.shape[1] > 1 or data.tokens.shape[1] == 1 else labels
    mask = (tokens >= 0).float()
    value = torch.arange(shape.values, device=device)[:, None, None]
    here = torch.arange(n, device=device)
    here = here % shape.period if shape.period else here.clamp(max=shape.last_position)
    places = (here[:, None] == value).float() * mask
    codes, present = tokens.clamp(min=0), None
    if few_words and shape.embeddings:
        present, codes = codes.unique(return_inverse=True)
    return Batch(
        tokens=codes,
        words=None if shape.embeddings else (tokens == value).float(),
        places=places,
        mask=mask,
        labels=torch.from_numpy(labels.T.copy()).to(device),
        given=_given(data, rows, n, shape, device),
        numbers=_numbers(data, rows, n, shape, device),
        present=present,
    )


def _given(
    data: Encoded, rows: NDArray[np.int64], n: int, shape: Shape, device: torch.device
) -> Tensor | None:
    """The categorical inputs that are not learned, one-hot."""
    if data.given is None or not shape.given_categorical:
        return None
    codes = torch.from_numpy(data.given[:, rows, :n].transpose(0, 2, 1).copy()).to(device)
    return (codes[:, None] == torch.arange(shape.values, device=device)[:, None, None]).float()


def _numbers(
    data: Encoded, rows: NDArray[np.int64], n: int, shape: Shape, device: torch.device
) -> Tensor | None:
    """The numbers that are not learned."""
    if data.numbers is None or not shape.given_numerical:
        return None
    return torch.from_numpy(data.numbers[:, rows, :n].transpose(0, 2, 1).copy()).to(device).float()


def all_batches(
    data: Encoded, size: int, shape: Shape, device: torch.device
) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """The whole split, the longest sequences first, with the rows of each batch; long ones in small batches."""
    order = np.argsort(-data.lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(data.lengths[order[start]]))
        rows = order[start : start + max(1, min(size, PAIRS // longest**2))]
        start += len(rows)
        yield rows, make_batch(data, rows, shape, device)


@lru_cache(maxsize=256)
def cached_order(n: int, causal: bool, device: torch.device) -> ClosestOrder:
    """The order of preference for sequences of ``n`` positions."""
    return closest_order(n, causal, device)
