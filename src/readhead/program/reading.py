"""Sequences in, columns of tokens out: the one place where tokens are looked up for a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from readhead.errors import InputError
from readhead.program.columns import Array, Column, from_values
from readhead.program.domains import Categorical, exact
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

POSITIONS = 1 << 14
"""The most positions of a block of sequences that are computed together."""

PAIRS = 1 << 22
"""The most pairs of positions of such a block, where it holds more than one sequence."""

REMEMBERED = 1 << 16
"""The most tokens whose normalised form is remembered."""

Content = str | Sequence[Value]


class _Codes(dict[Value, int]):
    """The code of every token met: a closed vocabulary's own, and those that normalise to one or are unknown."""

    def __init__(self, vocabulary: Vocabulary, symbols: tuple[str, ...]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._content = {token: code for code, token in enumerate(vocabulary.tokens or ())}
        self._unknowns = {m: symbols.index(m) for m in vocabulary.unknowns}

    def __missing__(self, token: Value) -> int:
        code = self._content.get(str(self._vocabulary.normalized(token)))
        if code is None and not self._unknowns:
            raise KeyError(token)
        if code is None:
            code = self._unknowns[self._vocabulary.stand_in(token)]
        if len(self) < REMEMBERED:
            self[token] = code
        return code


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Sequences that a program can read.

    Attributes:
        lengths: how many positions the program sees of each, markers included.
        codes: their content's codes one after another, for a closed vocabulary.
        starts: where each sequence's codes begin.
        seen: the sequences themselves, for an open vocabulary.
    """

    reader: Reader
    lengths: Array
    codes: Array | None = None
    starts: Array | None = None
    seen: tuple[tuple[Value, ...], ...] = ()

    def blocks(self, indices: Array | None = None) -> Iterator[Array]:
        """Indices of sequences of one length, few enough to be computed together; of some, or of all."""
        chosen = np.arange(len(self.lengths)) if indices is None else indices
        order = chosen[np.argsort(self.lengths[chosen], kind="stable")]
        changes = np.flatnonzero(np.diff(self.lengths[order])) + 1
        for group in np.split(order, changes):
            if len(group):
                n = max(1, int(self.lengths[group[0]]))
                step = max(1, min(POSITIONS // n, PAIRS // (n * n)))
                for first in range(0, len(group), step):
                    yield group[first : first + step]

    def tokens(self, indices: Array) -> Column:
        """The tokens of sequences of one length, ``[position, batch]``."""
        n = int(self.lengths[indices[0]])
        if self.codes is None or self.starts is None:
            flat = from_values(list(chain.from_iterable(self.seen[i] for i in indices)))
            return Column(np.ascontiguousarray(flat.values.reshape(len(indices), n).T), flat.domain)
        vocabulary, domain = self.reader.vocabulary, self.reader.domain
        assert domain is not None
        codes = np.empty((n, len(indices)), dtype=np.intp)
        first, last = content_span(vocabulary, n)
        codes[first:last] = self.codes.take(self.starts[indices][None, :] + np.arange(last - first)[:, None])
        if vocabulary.begin is not None:
            codes[0] = domain.values.index(vocabulary.begin)
        if vocabulary.end is not None:
            codes[-1] = domain.values.index(vocabulary.end)
        return Column(codes, domain)


class Reader:
    """Looks up a program's tokens.

    Args:
        program: its vocabulary and maximum length are used.
    """

    def __init__(self, program: Program) -> None:
        self.vocabulary = program.vocabulary
        self.max_length = program.max_length
        symbols = program.vocabulary.symbols
        self.domain = None if symbols is None else Categorical(symbols)
        self._codes = None if symbols is None else _Codes(program.vocabulary, symbols)
        self._as_given = symbols is None and not (self.vocabulary.lower or self.vocabulary.fold_digits)
        begin, end = self.vocabulary.begin, self.vocabulary.end
        self._markers = (() if begin is None else (begin,), () if end is None else (end,))

    def read(self, sequences: Sequence[Content]) -> Batch:
        """The batch of these sequences.

        Raises:
            InputError: for the first sequence that is too long or has a token that the program cannot read.
        """
        contents = [self._content(s, i, len(sequences)) for i, s in enumerate(sequences)]
        lengths = np.array([len(c) for c in contents], dtype=np.intp)
        codes = self._quick(contents)
        if codes is not None:
            starts = np.cumsum(lengths) - lengths
            return Batch(self, lengths + self.vocabulary.markers, codes=codes, starts=starts)
        seen = tuple(self._seen(c, i, len(contents)) for i, c in enumerate(contents))
        if self.domain is None:
            return Batch(self, lengths + self.vocabulary.markers, seen=seen)
        index = {token: code for code, token in enumerate(self.domain.values)}
        first, last = self.vocabulary.begin is not None, self.vocabulary.end is not None
        inner = (s[first : len(s) - last] for s in seen)
        codes = np.array([index[t] for t in chain.from_iterable(inner)], dtype=np.intp)
        return Batch(
            self, lengths + self.vocabulary.markers, codes=codes, starts=np.cumsum(lengths) - lengths
        )

    def seen(self, sequence: Content) -> tuple[Value, ...]:
        """A readable sequence as the program sees it, markers included."""
        return self.vocabulary.sequence(self._content(sequence, 0, 1))

    def column(self, codes: Array, alphabet: Sequence[Value]) -> Column:
        """The tokens of many contents of one length, without a tuple for each.

        Args:
            codes: ``[position, batch]``, each the place of a token in the alphabet.
            alphabet: content tokens, as a person would give them.

        Returns:
            ``[position, batch]``, markers included.

        Raises:
            InputError: for a token of the alphabet that the program cannot read, and for too many positions.
        """
        self._content([""] * len(codes), 0, 1)
        seen = [self.vocabulary.sequence([token]) for token in alphabet]
        before = int(self.vocabulary.begin is not None)
        symbols = [tokens[before] for tokens in seen]
        domain = self.domain or Categorical(
            tuple({exact(v): v for v in (*symbols, *chain(*self._markers))}.values())
        )
        index = {exact(value): code for code, value in enumerate(domain.values)}
        mapping = np.array([index[exact(v)] for v in symbols], dtype=np.intp)
        rows = np.empty((len(codes) + self.vocabulary.markers, codes.shape[1]), dtype=np.intp)
        first, last = content_span(self.vocabulary, len(rows))
        if len(mapping):
            mapping.take(codes, out=rows[first:last], mode="clip")
        for row, marker in zip((0, -1), self._markers, strict=True):
            if marker:
                rows[row] = index[exact(marker[0])]
        return Column(rows, domain)

    def _content(self, sequence: Content, number: int, among: int) -> Sequence[Value]:
        if isinstance(sequence, str):
            content: Sequence[Value] = self.vocabulary.tokenize(sequence)
        elif isinstance(sequence, (list, tuple)):
            content = sequence
        else:
            raise InputError(
                f"a sequence is {sequence!r}, of type {type(sequence).__name__}",
                where=place(number, among),
                instead="give a text, or a list or tuple of tokens",
            )
        if self.max_length is not None and len(content) > self.max_length:
            raise InputError(
                f"{len(content)} tokens are too many: this program takes at most {self.max_length}",
                where=place(number, among),
                instead=f"cut the sequence to {self.max_length} tokens, markers not counted",
            )
        return content

    def _quick(self, contents: list[Sequence[Value]]) -> Array | None:
        """All codes at once; None for an open vocabulary and where a token needs a closer look."""
        flat = list(chain.from_iterable(contents))
        if self._codes is None or not set(map(type, flat)) <= {str}:
            return None
        try:
            return np.fromiter(map(self._codes.__getitem__, flat), dtype=np.intp, count=len(flat))
        except KeyError:
            return None

    def _seen(self, content: Sequence[Value], number: int, among: int) -> tuple[Value, ...]:
        if self._as_given and set(map(type, content)) <= {str}:  # every string is a token as it is
            return (*self._markers[0], *content, *self._markers[1])
        try:
            return self.vocabulary.sequence(list(content))
        except InputError as error:
            raise InputError(
                error.what, where=place(number, among), why=error.why, instead=error.instead
            ) from None


def place(sequence: int, among: int) -> str | None:
    """Which sequence of a batch, where there are several."""
    return f"sequence {sequence}" if among > 1 else None


def content_span(vocabulary: Vocabulary, n: int) -> tuple[int, int]:
    """Where the content begins and ends in a seen sequence of ``n`` positions."""
    return int(vocabulary.begin is not None), n - (vocabulary.end is not None)
