"""What a lifted program has to answer: on every content of a space, or wherever the learned one is right on examples.

A standard is made once. Programs are held to it block by block, without their answers ever being listed; what it asks
for are values at content positions (at the one position that counts, for other kinds of programs). Contents that the
learned program has no answer on ask for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from readhead.errors import DataError, EvaluationError
from readhead.program.columns import Array, Column, from_values, unify
from readhead.program.interpret import plan_of
from readhead.program.nodes import SOp
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.reading import Batch, content_span
from readhead.tasks.examples import Example

Content = tuple[Value, ...]
SAMPLE = 512
"""Contents that a change is tried on first."""

Late = Callable[[], bool]
Block = TypeVar("Block")


class OutOfTime(Exception):
    """The time is up in the middle of going through the contents."""


def never() -> bool:
    """There is no end of time."""
    return False


def in_time(blocks: Iterable[Block], late: Late) -> Iterator[Block]:
    """Blocks, as long as there is time.

    Raises:
        OutOfTime: where there is none left.
    """
    for block in blocks:
        if late():
            raise OutOfTime
        yield block


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """The answers that count.

    Attributes:
        kind: ``"space"`` where every answer counts, ``"examples"`` where the right ones do.
        contents: the inputs, in a fixed order.
        batch: the same, read.
        expected: for each block of the batch, what is to be answered ``[place, sequence]``, and where that counts.
        sample: the same for some of the contents; None where there are few.
        late: whether the time is up: asked before each block, where a program is held to the standard.
    """

    kind: str
    contents: tuple[Content, ...]
    batch: Batch
    expected: tuple[tuple[Column, Array], ...]
    sample: Standard | None = None
    late: Late = never

    def accepts(self, program: Program) -> bool:
        """Whether a program over the same vocabulary answers as it has to."""
        if self.sample is not None and not self.sample.accepts(program):
            return False
        try:
            blocks = in_time(answers(program, self.batch), self.late)
            return all(
                _agrees(found, expected, counts)
                for (_, found), (expected, counts) in zip(blocks, self.expected, strict=True)
            )
        except EvaluationError:
            return False

    def asked(self, content: Content) -> tuple[Value | None, ...]:
        """What has to be answered on one content; None where that does not count."""
        at = self.contents.index(content)
        for indices, (expected, counts) in zip(self.batch.blocks(), self.expected, strict=True):
            found = np.flatnonzero(indices == at)
            if len(found):
                column = int(found[0])
                places = range(expected.values.shape[0])
                return tuple(expected.value(p, column) if counts[p, column] else None for p in places)
        raise AssertionError("every content is in a block")

    def failing(self, program: Program) -> Content | None:
        """A content on which a program does not answer as it has to; None where there is none."""
        blocks = in_time(self.batch.blocks(), self.late)
        for indices, (expected, counts) in zip(blocks, self.expected, strict=True):
            try:
                found = answer_of(program, self.batch, indices)
            except EvaluationError:
                return self.contents[int(indices[0])]
            wrong = (_unequal(found, expected) & counts).any(axis=0)
            if wrong.any():
                return self.contents[int(indices[int(wrong.argmax())])]
        return None

    def rebased(self, program: Program) -> Standard:
        """The same standard with another program's answers, which it has on all contents."""
        blocks = [column for _, column in answers(program, self.batch)]
        expected = tuple((new, counts) for new, (_, counts) in zip(blocks, self.expected, strict=True))
        sample = None if self.sample is None else self.sample.rebased(program)
        return replace(self, expected=expected, sample=sample)

    def answered_by(self, program: Program) -> bool:
        """Whether a program has an answer on all contents."""
        try:
            for _ in in_time(answers(program, self.batch), self.late):
                pass
        except EvaluationError:
            return False
        return True

    def differences(self, program: Program) -> Iterator[tuple[int, int]]:
        """How many answers of each length differ from those that count: (positions seen, answers that differ).

        A block on which the program has no answer differs everywhere.
        """
        for indices, (expected, counts) in zip(self.batch.blocks(), self.expected, strict=True):
            n = int(self.batch.lengths[indices[0]])
            try:
                found = answer_of(program, self.batch, indices)
                yield n, int((_unequal(found, expected) & counts).sum())
            except EvaluationError:
                yield n, int(counts.sum())


def answers(program: Program, batch: Batch) -> Iterator[tuple[Array, Column]]:
    """The answers at the places that count, block by block: indices of sequences, and ``[place, sequence]``."""
    plan = plan_of(program)
    name = program.names[program.outputs[0]]
    for indices, results in plan.blocks(batch, name):
        column = results[name]
        assert isinstance(column, Column)
        yield indices, read_places(program, column)


def answer_of(program: Program, batch: Batch, indices: Array) -> Column:
    """The answers of one block of a batch."""
    contents = Batch(batch.reader, batch.lengths[indices], *_codes(batch, indices))
    parts = [column for _, column in answers(program, contents)]
    assert len(parts) == 1, "a block of a block is one block"
    return parts[0]


def hurried(standard: Standard, late: Late) -> Standard:
    """The same standard, with an eye on the clock."""
    return replace(standard, late=late)


def _codes(batch: Batch, indices: Array) -> tuple[Array | None, Array | None, tuple[Content, ...]]:
    if batch.starts is None:
        return None, None, tuple(batch.seen[i] for i in indices.tolist())
    return batch.codes, batch.starts[indices], ()


def read_places(program: Program, column: Column) -> Column:
    """The part of a column ``[position, sequence]`` that a program's answer is."""
    n = column.values.shape[0]
    if program.kind == "token_labels":
        first, last = content_span(program.vocabulary, n)
        return Column(column.values[first:last], column.domain)
    at = 0 if program.kind == "sequence_label" else n - 1
    return Column(column.values[at : at + 1], column.domain)


def _unequal(found: Column, expected: Column) -> Array:
    a, b = unify([Column(c.values.ravel(), c.domain) for c in (found, expected)])
    if a.values.dtype == object:
        pairs = zip(a.values.tolist(), b.values.tolist(), strict=True)
        flat = np.array([type(x) is not type(y) or x != y for x, y in pairs], dtype=bool)
    else:
        flat = a.values != b.values
    shaped: Array = flat.reshape(expected.values.shape)
    return shaped


def _agrees(found: Column, expected: Column, counts: Array) -> bool:
    if not expected.values.size:
        return True
    return not (_unequal(found, expected) & counts).any()


Scored = Callable[[Any], Sequence[bool]]
"""From a content to whether each of its answers counts."""


def space_standard(
    program: Program, contents: Sequence[Content], scored: Scored | None = None, *, sample: bool = True
) -> Standard:
    """Every answer that a program has on some contents.

    Args:
        program: contents on which it has no answer are left out.
        contents: the inputs.
        scored: which answers count; by default all.
        sample: whether to make a smaller standard too, which is asked first.
    """
    kept = _answered(program, tuple(contents))
    batch = plan_of(program).reader.read(kept)
    expected = []
    for indices, column in answers(program, batch):
        counts = np.ones(column.values.shape, dtype=bool)
        if scored is not None:
            for at, index in enumerate(indices.tolist()):
                counts[:, at] = scored(kept[index])
        expected.append((column, counts))
    made = Standard("space", kept, batch, tuple(expected))
    if not sample or len(kept) <= 2 * SAMPLE:
        return made
    return replace(made, sample=space_standard(program, _sampled(kept), scored, sample=False))


def example_standard(program: Program, examples: Sequence[Example], *, sample: bool = True) -> Standard:
    """The right answers that a program gives on examples.

    Raises:
        DataError: where an example has more or fewer labels than the program has answers.
    """
    kept = _answered(program, tuple(tuple(e.tokens) for e in examples))
    known: dict[Content, tuple[str | None, ...]] = {tuple(e.tokens): e.labels for e in examples}
    batch = plan_of(program).reader.read(kept)
    expected = []
    for indices, column in answers(program, batch):
        rows = [known[kept[i]] for i in indices.tolist()]
        for index, row in zip(indices.tolist(), rows, strict=True):
            if len(row) != column.values.shape[0]:
                raise DataError(
                    f"{column.values.shape[0]} answers, and {len(row)} labels",
                    where=f"example {list(kept[index])!r}",
                    instead="examples of the kind of task that the program is for",
                )
        labels = np.array(rows, dtype=object).reshape(len(rows), column.values.shape[0]).T
        flat = [label if label is not None else "" for label in labels.ravel().tolist()]
        wanted = from_values(flat) if flat else column
        wanted = Column(wanted.values.reshape(labels.shape), wanted.domain)
        scored = np.array([label is not None for label in labels.ravel()], dtype=bool).reshape(labels.shape)
        expected.append((wanted, scored & ~_unequal(column, wanted) if flat else scored))
    made = Standard("examples", kept, batch, tuple(expected))
    if not sample or len(kept) <= 2 * SAMPLE:
        return made
    some = set(_sampled(kept))
    chosen = [e for e in examples if tuple(e.tokens) in some]
    return replace(made, sample=example_standard(program, chosen, sample=False))


def _sampled(contents: tuple[Content, ...]) -> tuple[Content, ...]:
    """Some contents, among them the longest, chosen alike every time."""
    chosen = np.random.default_rng(0).permutation(len(contents))[:SAMPLE]
    return tuple(contents[i] for i in sorted(chosen.tolist()))


def _answered(program: Program, contents: tuple[Content, ...]) -> tuple[Content, ...]:
    """The contents that every variable of a program has a value on, each once, in order."""
    contents = tuple(dict.fromkeys(contents))
    plan = plan_of(program)
    if program.kind != "token_labels":
        contents = tuple(c for c in contents if c or program.vocabulary.markers)

    def works(some: tuple[Content, ...]) -> bool:
        try:
            for _ in plan.blocks(plan.reader.read(some), None):
                pass
        except EvaluationError:
            return False
        return True

    return contents if works(contents) else _bisected(contents, works)


def _bisected(
    contents: tuple[Content, ...], works: Callable[[tuple[Content, ...]], bool]
) -> tuple[Content, ...]:
    if len(contents) == 1 or not contents:
        return ()
    halves = contents[: len(contents) // 2], contents[len(contents) // 2 :]
    return tuple(c for half in halves for c in (half if works(half) else _bisected(half, works)))


def sops(program: Program) -> list[SOp]:
    """A program's s-ops, each after those that it reads."""
    return [node for node in program.variables.values() if isinstance(node, SOp)]
