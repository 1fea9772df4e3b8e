"""Inputs as arrays of codes: a space listed in blocks of one length, shorter ones first, without a tuple for each.

Invariant: the blocks hold every content of the space that is no longer than the maximum exactly once; those of one
length come in the space's own order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from math import log10
from typing import Any

import numpy as np

from readhead.tasks.spaces import Recall, Space, Strings

Codes = np.ndarray[Any, Any]
"""Places in an alphabet, ``[position, batch]``."""

DIGITS = 4_000
"""Numbers of inputs with more digits than this are not worked out (Python would not write them)."""

POSITIONS = 1 << 14
"""The most positions of a block, as many as the interpreter computes together."""


def beyond_counting(space: Space) -> bool:
    """Whether a space has so many contents that their number is not even worked out.

    >>> beyond_counting(Strings(("a", "b"), 0, 10_000)), beyond_counting(Strings(("a", "b"), 0, 100_000))
    (False, True)
    """
    return isinstance(space, Strings) and space.max_length * log10(max(2, len(space.alphabet))) > DIGITS


@dataclass(frozen=True, slots=True)
class Inputs:
    """The contents of a space up to a length.

    Args:
        space: what is listed.
        alphabet: every token that occurs in it.
        max_length: the longest contents.

    >>> inputs = Inputs(Strings(("a", "b"), 0, 9), ("a", "b"), 2)
    >>> inputs.count(), [inputs.contents(block) for block in inputs.blocks()]
    (7, [[()], [('a',), ('b',)], [('a', 'a'), ('a', 'b'), ('b', 'a'), ('b', 'b')]])
    """

    space: Space
    alphabet: tuple[str, ...]
    max_length: int

    @property
    def closed(self) -> bool:
        """Whether every prefix of a content (from the shortest on) and every extension up to the maximum is one too."""
        return isinstance(self.space, Strings)

    @property
    def rising(self) -> bool:
        """Whether shorter contents are known to come first."""
        return isinstance(self.space, (Strings, Recall))

    @property
    def _dtype(self) -> type[np.signedinteger[Any]]:
        """The smallest type that holds every code."""
        return np.int16 if len(self.alphabet) <= 1 << 15 else np.int32

    def lengths(self) -> range:
        """The lengths that there can be."""
        match self.space:
            case Strings():
                return range(self.space.min_length, min(self.space.max_length, self.max_length) + 1)
            case Recall():
                n = 2 * self.space.pairs + 1
                return range(n, n + 1) if n <= self.max_length else range(0)
            case _:
                return range(self.max_length + 1)

    def count(self, longest: int | None = None) -> int:
        """How many contents there are, of all lengths or of those up to one."""
        longest = self.max_length if longest is None else min(longest, self.max_length)
        match self.space:
            case Strings():
                return sum(len(self.alphabet) ** n for n in self.lengths() if n <= longest)
            case Recall():
                return self.space.count() if longest in self.lengths() or longest == self.max_length else 0
            case _:
                return sum(len(c) <= longest for block in self.space.blocks(1 << 12) for c in block)

    def blocks(self, longest: int | None = None) -> Iterator[Codes]:
        """The codes of all contents, of those up to a length."""
        longest = self.max_length if longest is None else longest
        if self.closed:
            for n in self.lengths():
                if n <= longest:
                    yield from self.of_length(n)
            return
        index = {token: code for code, token in enumerate(self.alphabet)}
        for block in self.space.blocks(1 << 12):
            for n, group in groupby(block, len):
                if n <= longest:
                    flat = np.fromiter(map(index.__getitem__, chain.from_iterable(group)), dtype=self._dtype)
                    yield np.ascontiguousarray(flat.reshape(-1, n).T) if n else np.empty((0, 1), self._dtype)

    def of_length(self, n: int) -> Iterator[Codes]:
        """The codes of all strings of one length; of a closed space."""
        symbols = len(self.alphabet)
        if n and not symbols:
            return
        size = max(1, POSITIONS // (n + 2))
        inner = 0
        while inner < n and symbols ** (inner + 1) <= size:
            inner += 1
        suffix = _digits(symbols, inner)
        prefixes, step = symbols ** (n - inner), max(1, size // max(1, suffix.shape[1]))
        for first in range(0, prefixes, step):
            some = np.arange(first, min(first + step, prefixes), dtype=np.int64)
            codes = np.empty((n, len(some) * suffix.shape[1]), dtype=self._dtype)
            for i in reversed(range(n - inner)):
                codes[i] = np.repeat(some % symbols, suffix.shape[1])
                some //= symbols
            codes[n - inner :] = np.tile(suffix, len(some))
            yield codes

    def contents(self, codes: Codes) -> list[tuple[str, ...]]:
        """A block as tuples of tokens."""
        return [tuple(self.alphabet[code] for code in row) for row in codes.T.tolist()]

    def codes(self, contents: Sequence[Sequence[str]]) -> Codes:
        """Contents of one length as a block."""
        index = {token: code for code, token in enumerate(self.alphabet)}
        rows = [[index[token] for token in content] for content in contents]
        return np.array(rows, dtype=self._dtype).reshape(len(rows), -1).T


@lru_cache(maxsize=32)
def _digits(symbols: int, n: int) -> Codes:
    """All strings of ``n`` digits in order, ``[digit, string]``."""
    numbers = np.arange(symbols**n)
    return np.array([numbers // symbols ** (n - 1 - i) % symbols for i in range(n)], dtype=np.int16).reshape(
        n, symbols**n
    )
