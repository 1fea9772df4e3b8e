"""A sample of examples as arrays: what expressions are evaluated on.

Only content is here, no markers: positions count from 0 at the first content token, and only content is selected.
:mod:`readhead.reason.search.spell` puts the markers back. Padding holds 0 everywhere, so equal expressions have equal
arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from readhead.tasks.examples import Example

Array = npt.NDArray[Any]

NONE = -1
"""The code of "no token": what a copy holds where nothing is selected."""

EACH_LABEL = 6
EACH_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """Some examples, padded to one length.

    Attributes:
        examples: what is sampled.
        alphabet: the content tokens, in the order of strings.
        tokens: ``[batch, position]`` the rank of the token in the alphabet.
        content: ``[batch, position]`` whether there is a token.
        pairs: ``[batch, query, key]`` whether the query sees the key.
        labels: the different labels, in order.
        label: ``[batch * position]`` which label is asked for.
        scored: ``[batch * position]`` whether one is.
        causal: whether queries see earlier keys only.
    """

    examples: tuple[Example, ...]
    alphabet: tuple[str, ...]
    causal: bool
    tokens: Array = field(init=False)
    content: Array = field(init=False)
    pairs: Array = field(init=False)
    labels: tuple[str, ...] = field(init=False)
    label: Array = field(init=False)
    scored: Array = field(init=False)

    def __post_init__(self) -> None:
        rank = {token: i for i, token in enumerate(self.alphabet)}
        labels = tuple(sorted({x for e in self.examples for x in e.labels if x is not None}))
        code = {label: i for i, label in enumerate(labels)}
        shape = len(self.examples), max(len(e.tokens) for e in self.examples)
        tokens, content = np.zeros(shape, dtype=np.int16), np.zeros(shape, dtype=bool)
        label, scored = np.zeros(shape, dtype=np.int16), np.zeros(shape, dtype=bool)
        for i, example in enumerate(self.examples):
            tokens[i, : len(example.tokens)] = [rank[t] for t in example.tokens]
            content[i, : len(example.tokens)] = True
            for j, asked in enumerate(example.labels):
                if asked is not None:
                    label[i, j], scored[i, j] = code[asked], True
        pairs = content[:, :, None] & content[:, None, :]
        if self.causal:
            pairs &= np.tri(shape[1], dtype=bool)
        values = (tokens, content, pairs, labels, label.ravel(), scored.ravel())
        for name, value in zip(
            ("tokens", "content", "pairs", "labels", "label", "scored"), values, strict=True
        ):
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, int]:
        """How many sequences, and the longest."""
        return self.content.shape[0], self.content.shape[1]

    def flat(self, values: Array) -> Array:
        """``[..., batch, position]`` as rows of an expression's values, 0 at padding."""
        masked = np.where(self.content, values, 0).astype(np.int16)
        return masked.reshape(*values.shape[:-2], -1)


def choose(examples: Sequence[Example], size: int, places: int, longest: int) -> tuple[Example, ...]:
    """A small sample: some of every label, the shortest lengths, and for the rest at random; always the same.

    Args:
        examples: what to choose from.
        size: the most sequences.
        places: about how many positions they have together.
        longest: the longest that are sampled, where there are enough.
    """
    fitting = [e for e in examples if 0 < len(e.tokens) <= longest]
    if not fitting:
        return ()
    order = [fitting[i] for i in np.random.default_rng(0).permutation(len(fitting))]
    labels: Counter[str] = Counter()
    lengths: Counter[int] = Counter()
    short = set(sorted({len(e.tokens) for e in order})[:3])
    chosen: dict[tuple[str, ...], Example] = {}
    for example in order:
        if len(chosen) >= size // 2 or sum(map(len, chosen)) >= places // 2:
            break
        fresh = any(label is not None and labels[label] < EACH_LABEL for label in example.labels)
        if fresh or (len(example.tokens) in short and lengths[len(example.tokens)] < EACH_LENGTH):
            chosen[example.tokens] = example
            labels.update(label for label in example.labels if label is not None)
            lengths[len(example.tokens)] += 1
    for example in order:
        if len(chosen) >= size or sum(map(len, chosen)) >= places:
            break
        chosen.setdefault(example.tokens, example)
    return tuple(chosen.values())
