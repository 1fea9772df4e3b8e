"""The two sides of a comparison: programs, tasks, and whatever else answers, all as arrays of spelling numbers.

Invariant: two answers have the same number exactly where they are spelt the same
(:func:`readhead.reason.verdict.spelt`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from readhead.errors import EvaluationError, InputError, ReadheadError
from readhead.program.columns import Array, Column, encode, kind_of
from readhead.program.domains import Categorical
from readhead.program.interpret import plan_of
from readhead.program.nodes import Classify
from readhead.program.operators import Value
from readhead.program.program import OutputKind, Program
from readhead.program.reading import content_span
from readhead.reason.inputs import Codes
from readhead.reason.references import UNSCORED, is_proved, reference
from readhead.reason.verdict import spelt
from readhead.tasks import Task

FAILED = -1
"""Stands where a side has no answer."""

NEAR = 1 << 12
"""Integers within such a range are spelt through a table."""


class Runs(Protocol):
    """Anything that answers: a program, a compiled model."""

    def run(self, tokens: Any, /) -> Any:
        """The answer for one content."""
        ...


class Spellings:
    """A number for every spelling met, the same for both sides."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._domains: dict[int, tuple[object, Array]] = {}
        self._ranges: dict[tuple[int, int], Array] = {}

    def number(self, value: Value) -> int:
        """The number of one value's spelling."""
        return self._numbers.setdefault(spelt(value), len(self._numbers))

    def of(self, values: Array, domain: Any) -> Array:
        """The numbers of a column's values."""
        column = Column(values, domain)
        if isinstance(domain, Categorical):
            return self._of_domain(domain).take(values)
        if kind_of(column) == "int" and values.size:
            low, high = int(values.min()), int(values.max())
            if high - low < NEAR:
                if (low, high) not in self._ranges:
                    self._ranges[low, high] = self._all(range(low, high + 1))
                return self._ranges[low, high].take(values - low)
        codes, known = encode(column)
        return self._all(known).take(codes)

    def _of_domain(self, domain: Categorical) -> Array:
        if id(domain) not in self._domains:
            if len(self._domains) > NEAR:
                self._domains.clear()
            self._domains[id(domain)] = (
                domain,
                self._all(domain.values),
            )  # kept, so that its identity stays its own
        return self._domains[id(domain)][1]

    def _all(self, values: Iterable[Value]) -> Array:
        return np.array([self.number(v) for v in values], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Answers:
    """One side's answers on a block.

    Attributes:
        numbers: spelling numbers, ``[content position, batch]``; a single row where there is one answer for a content.
        failed: which inputs have no answer.
    """

    numbers: Array
    failed: Array


class Side(Protocol):
    """One side of a comparison."""

    def answers(self, codes: Codes) -> Answers:
        """The answers on a block of contents of one length."""
        ...

    def answer(self, tokens: tuple[str, ...]) -> tuple[Any, str | None]:
        """The answer on one content, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class RunSide:
    """Whatever has ``run``, asked with tuples of tokens; with ``run_batch`` where it has that.

    Args:
        runner: it answers.
        alphabet: what the codes mean.
        kind: a label for each token, or one answer.
        spellings: shared by both sides.
    """

    runner: Any
    alphabet: tuple[str, ...]
    kind: OutputKind
    spellings: Spellings

    def answers(self, codes: Codes) -> Answers:
        contents = [tuple(self.alphabet[code] for code in row) for row in codes.T.tolist()]
        rows = len(codes) if self.kind == "token_labels" else 1
        numbers = np.full((rows, len(contents)), FAILED, dtype=np.int32)
        failed = np.zeros(len(contents), dtype=bool)
        for first, part in _answered(self.runner, contents, 0):
            if part is None:
                failed[first] = True
                continue
            for at, answer in enumerate(part, first):
                numbers[:, at] = self._numbers(answer, contents[at])
        return Answers(numbers, failed)

    def _numbers(self, answer: Any, content: tuple[str, ...]) -> list[int]:
        given = list(answer) if self.kind == "token_labels" else [answer]
        if self.kind == "token_labels" and len(given) != len(content):
            raise InputError(
                f"{len(given)} answers to {len(content)} tokens",
                where=repr(list(content)),
                instead="what is verified answers every content token",
            )
        return [self.spellings.number(UNSCORED if v is None else v) for v in given]

    def answer(self, tokens: tuple[str, ...]) -> tuple[Any, str | None]:
        try:
            found = self.runner.run(tokens)
        except ReadheadError as error:
            return None, str(error)
        return (list(found) if self.kind == "token_labels" else found), None


def _answered(
    runner: Any, contents: list[tuple[str, ...]], offset: int
) -> Iterator[tuple[int, Sequence[Any] | None]]:
    """The answers in stretches; None for a content that has none."""
    try:
        batch = getattr(runner, "run_batch", None)
        found = [runner.run(c) for c in contents] if batch is None else batch(contents)
    except (EvaluationError, InputError) as error:
        if isinstance(error, InputError) and any(contents):
            raise  # only of an empty sequence is it that there is no position to answer at
        if len(contents) == 1:
            yield offset, None
            return
        middle = len(contents) // 2
        yield from _answered(runner, contents[:middle], offset)
        yield from _answered(runner, contents[middle:], offset + middle)
    else:
        yield offset, found


@dataclass(frozen=True, slots=True)
class _Asked:
    """A task's own answer, as something that runs."""

    task: Task

    def run(self, tokens: Sequence[str], /) -> list[str | None]:
        """The labels, None where not scored."""
        return list(self.task.answer(tokens))


@dataclass(frozen=True, slots=True)
class ProgramSide:
    """A program, run on blocks of codes.

    Args:
        program: what answers.
        alphabet: what the codes mean.
        spellings: shared by both sides.
        unscored: whether it is a task's reference, whose :data:`UNSCORED` stands for None.
    """

    program: Program
    alphabet: tuple[str, ...]
    spellings: Spellings
    unscored: bool = False
    _name: list[str] = field(default_factory=list, repr=False)

    def answers(self, codes: Codes) -> Answers:
        if not self._name:
            self._name.append(self.program.names[self.program.outputs[0]])
        rows = len(codes) if self.program.kind == "token_labels" else 1
        numbers = np.full((rows, codes.shape[1]), FAILED, dtype=np.int32)
        failed = np.zeros(codes.shape[1], dtype=bool)
        if rows and not len(codes) and not self.program.vocabulary.markers:
            answer, error = self.answer(())
            failed[:] = error is not None
            numbers[:] = FAILED if error is not None else self.spellings.number(answer)
        else:
            self._fill(codes, 0, numbers, failed)
        return Answers(numbers, failed)

    def _fill(self, codes: Codes, first: int, numbers: Array, failed: Array) -> None:
        """Fill in the answers of a block; one that has an error is halved."""
        plan = plan_of(self.program)
        try:
            column = plan.compute(plan.reader.column(codes, self.alphabet), self._name[0])[self._name[0]]
        except EvaluationError:
            size = codes.shape[1]
            if size == 1:
                failed[first] = True
                return
            self._fill(codes[:, : size // 2], first, numbers, failed)
            self._fill(codes[:, size // 2 :], first + size // 2, numbers, failed)
            return
        assert isinstance(column, Column)
        span = self._span(len(column.values))
        numbers[:, first : first + codes.shape[1]] = self.spellings.of(column.values[span], column.domain)

    def _span(self, n: int) -> slice:
        match self.program.kind:
            case "token_labels":
                return slice(*content_span(self.program.vocabulary, n))
            case "sequence_label":
                return slice(0, 1)
            case "next_token":
                return slice(n - 1, n)

    def answer(self, tokens: tuple[str, ...]) -> tuple[Any, str | None]:
        found, error = RunSide(self.program, self.alphabet, self.program.kind, self.spellings).answer(tokens)
        if self.unscored and error is None:
            found = [None if v == UNSCORED else v for v in found]
        return found, error


def side_of(given: Any, alphabet: tuple[str, ...], kind: OutputKind, spellings: Spellings) -> Side:
    """A task, a program, or something that runs, as a side."""
    if isinstance(given, Task):
        if is_proved(given):
            return ProgramSide(reference(given), alphabet, spellings, unscored=True)
        return RunSide(_Asked(given), alphabet, kind, spellings)
    if isinstance(given, Program):
        return ProgramSide(given, alphabet, spellings)
    return RunSide(given, alphabet, kind, spellings)


def keeps_prefixes(given: Any) -> bool:
    """Whether the answers on a prefix are the first answers on the whole, whatever follows."""
    if isinstance(given, Task):
        return given.causal and given.kind == "token_labels"
    if not isinstance(given, Program):
        return False
    pooled = any(isinstance(node, Classify) and node.pooled for node in given.variables.values())
    return given.causal and given.kind == "token_labels" and given.vocabulary.end is None and not pooled
