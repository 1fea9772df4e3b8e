"""A program on every input of a space: what each variable is, at every position, worked out once and kept.

Invariant: a result is kept under its node, and equal nodes have equal results on the same input, so what is known
of one program stands for every other program with the same nodes. A changed program costs only what changed. Inputs on
which a variable has no value stand apart: for them it is known which nodes fail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from readhead.errors import EvaluationError, ReadheadError
from readhead.program.columns import Array, Column, Misfit
from readhead.program.domains import Numeric, exact
from readhead.program.nodes import Classify, Node, SOp, topological
from readhead.program.operators import Value, sort_key
from readhead.program.plan import Block, Kernel, Result, kernel_of
from readhead.program.program import Program
from readhead.program.reading import Batch, Reader, content_span
from readhead.program.selections import Bits, Selection
from readhead.reason.parts import Codes, Part, small

PLACES = 1 << 16
"""The most positions of a block of inputs that are computed together."""

PAIRS = 1 << 22
"""The most pairs of positions of such a block, where it holds more than one input."""

Content = tuple[str, ...]
Right = Callable[[Content], Sequence[str | None]]


class _Names(dict[Node, str]):
    """Every node's name is the same: no error of a kernel is ever shown."""

    def __missing__(self, node: Node) -> str:
        return "variable"


_NAMES = _Names()


@dataclass(frozen=True, slots=True)
class Failing:
    """An input on which some variable has no value.

    Attributes:
        content: the input.
        nodes: those that fail on it though all that they read has a value.
        answers: what each output of the program answers; None where it fails.
    """

    content: Content
    nodes: frozenset[Node]
    answers: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """Two programs answer differently: on this input, where it is known on which."""

    content: Content | None


class TooManyFailures(Exception):
    """More inputs without a value than are followed one by one."""


class Observed:
    """The inputs of a space, in parts, with the results of all nodes met so far.

    Args:
        program: whose reader and causality are used, and whose answers are kept as the reference.
        contents: the inputs.
        failures: the most inputs on which some variable may have no value.
        right: the right answers of a program with a label for each token: where its first output is wrong, or is not
            asked for a label, any answer counts as the same.

    Raises:
        TooManyFailures: where there are more.
    """

    def __init__(
        self, program: Program, contents: Sequence[Content], failures: int, right: Right | None = None
    ) -> None:
        self.program = program
        self.contents = contents
        self.codes = Codes()
        self.failing: list[Failing] = []
        self._known: set[Node] = set()
        self._values: dict[Node, tuple[Value, ...]] = {}
        self._prints: dict[Node, bytes] = {}
        self.facts: dict[object, object] = {}
        batch = Reader(program).read(contents)
        self.empty = bool((batch.lengths == 0).any())
        steps = _steps(topological(program.outputs), set())
        failed: list[int] = []
        self.parts: list[Part] = []
        for indices in _blocks(batch):
            for good in _answered(program, batch, indices, steps, failed, failures):
                self.parts.append(good)
        self._known.update(node for node, _ in steps)
        self.failing = [_failing(program, batch, i, steps, contents[i]) for i in sorted(failed)]
        self._reference = [self._answers(part, program.outputs, {}) for part in self.parts]
        self._cared = None if right is None else [self._is_right(i, right) for i in range(len(self.parts))]

    def __len__(self) -> int:
        return len(self.contents)

    def learn(self, outputs: Iterable[Node]) -> None:
        """Compute and keep all nodes that these need; they must have values."""
        steps = _steps(topological(outputs), self._known)
        for part in self.parts:
            extra: dict[Node, Result] = {}
            part.compute(steps, extra)
            part.keep(extra)
        self._known.update(node for node, _ in steps)

    def forget(self, outputs: Iterable[Node]) -> None:
        """Drop the results of all nodes that these do not need."""
        needed = set(topological(outputs))
        for part in self.parts:
            for node in [n for n in part.kept if n not in needed]:
                del part.kept[node]
        self._known &= needed

    def difference(self, outputs: Sequence[SOp], keep: bool = False) -> Departure | None:
        """Where a changed program's outputs do not answer as the program's do, errors included; None where they do.

        Args:
            outputs: of the changed program, in the same order.
            keep: keep what was computed, where they agree.
        """
        steps = _steps(topological(outputs), self._known)
        computed: list[dict[Node, Result]] = []
        for number, (part, expected) in enumerate(zip(self.parts, self._reference, strict=True)):
            extra: dict[Node, Result] = {}
            try:
                part.compute(steps, extra)
            except Misfit:
                return Departure(None)
            for i, (a, b) in enumerate(zip(expected, self._answers(part, outputs, extra), strict=True)):
                apart = self._apart(a, b, self.cared(number) if i == 0 else None)
                if apart is not None:
                    return Departure(self.contents[int(part.indices[apart])])
            if keep:
                computed.append({node: small(result) for node, result in extra.items()})
        if not self._fails_alike(outputs) or not self._same_on_nothing(outputs):
            return Departure(None)
        if keep:
            for part, results in zip(self.parts, computed, strict=True):
                part.kept.update(results)
            self._known.update(node for node, _ in steps)
        return None

    def values(self, node: SOp) -> tuple[Value, ...]:
        """The values that an s-op has anywhere, in order."""
        if node not in self._values:
            seen: set[int] = set()
            for part in self.parts:
                seen.update(np.unique(self.coded(part, node)).tolist())
            found = (self.codes.values_met[code] for code in seen)
            self._values[node] = tuple(sorted(found, key=lambda v: (sort_key(v), repr(v))))
        return self._values[node]

    def coded(self, part: Part, node: SOp) -> Array:
        """A number for the value at each place, ``[position, batch]``: the same for the same value everywhere."""
        column = part.result(node, {})
        assert isinstance(column, Column)
        return self.codes.column(column)

    def local(self, part: Part, node: SOp) -> Array:
        """The same, as indices into :meth:`values`."""
        values = self.values(node)
        ranks = np.zeros(len(self.codes.values_met), dtype=np.intp)
        for rank, value in enumerate(values):
            ranks[self.codes.of(value)] = rank
        found: Array = ranks.take(self.coded(part, node))
        return found

    def fingerprint(self, node: Node) -> bytes:
        """Equal for two nodes exactly where (up to a collision of digests) they are equal on every input."""
        if node not in self._prints:
            digest = hashlib.blake2b(digest_size=20)
            for part in self.parts:
                if isinstance(node, SOp):
                    digest.update(np.ascontiguousarray(self.coded(part, node)).tobytes())
                else:
                    digest.update(selected(part.result(node, {})).tobytes())
            self._prints[node] = digest.digest()
        return self._prints[node]

    def _answers(self, part: Part, outputs: Sequence[SOp], extra: Mapping[Node, Result]) -> list[Column]:
        """The values of the outputs at the positions where they are read."""
        n = part.block.n
        match self.program.kind:
            case "token_labels":
                first, last = content_span(self.program.vocabulary, n)
            case "sequence_label":
                first, last = 0, min(1, n)
            case _:
                first, last = max(0, n - 1), n
        columns = [part.result(output, extra) for output in outputs]
        return [Column(c.values[first:last], c.domain) for c in columns if isinstance(c, Column)]

    def cared(self, part: int) -> Array | None:
        """Where the first output has to stay as it is, ``[position, batch]`` of the content; None for everywhere."""
        return None if self._cared is None else self._cared[part]

    def _apart(self, a: Column, b: Column, where: Array | None) -> int | None:
        """The first input on which two columns differ; None where they do not."""
        if a.domain is b.domain or (isinstance(a.domain, Numeric) and a.domain == b.domain):
            plain = not isinstance(a.domain, Numeric) or a.domain.kind in ("int", "bool")
            differ = a.values != b.values if plain else self.codes.column(a) != self.codes.column(b)
        else:
            differ = self.codes.column(a) != self.codes.column(b)
        if where is not None:
            differ = differ & where
        return int(np.flatnonzero(differ.any(axis=0))[0]) if differ.any() else None

    def _is_right(self, number: int, right: Right) -> Array:
        """Where the first output gives the right answer."""
        found, part = self._reference[number][0], self.parts[number]
        codes = self.codes.column(found)
        spelt = np.array([str(value) for value in self.codes.values_met], dtype=object)
        rows = [list(right(self.contents[i])) for i in part.indices.tolist()]
        labels = np.array(rows, dtype=object).reshape(codes.shape[1], codes.shape[0]).T
        is_right: Array = np.asarray(spelt.take(codes) == labels, dtype=bool)
        return is_right

    def _fails_alike(self, outputs: Sequence[SOp]) -> bool:
        """Whether the outputs fail on the same inputs as before, and answer the same where they answer there."""
        if not self.failing:
            return True
        cones = [set(topological([output])) for output in outputs]
        programs = [_alone(self.program, output) for output in outputs]
        for failing in self.failing:
            for cone, program, expected in zip(cones, programs, failing.answers, strict=True):
                if expected is None and not failing.nodes.isdisjoint(cone):
                    continue
                if expected != _answer(program, failing.content):
                    return False
        return True

    def _same_on_nothing(self, outputs: Sequence[SOp]) -> bool:
        """Whether the outputs answer the same where the program sees no position: only a pooled read-out does."""
        if not self.empty or self.program.kind != "sequence_label":
            return True
        pairs = zip(self.program.outputs, outputs, strict=True)
        return all(on_nothing(old) == on_nothing(new) for old, new in pairs)


def on_nothing(output: SOp) -> str | None:
    """What an output answers for a whole sequence without positions; None where that is an error."""
    return output.labels[0] if isinstance(output, Classify) and output.pooled else None


def selected(result: Result) -> Array:
    """A selection as an array that is equal exactly for equal selections."""
    assert isinstance(result, Selection)
    if isinstance(result, Bits):
        return np.ascontiguousarray(result.mask)
    return np.packbits(result.rows())


def _steps(nodes: Iterable[Node], known: set[Node]) -> list[tuple[Node, Kernel]]:
    return [(node, kernel_of(node, _NAMES)) for node in nodes if node not in known]


def _blocks(batch: Batch) -> Iterator[Array]:
    """Indices of inputs of one length, as many as are computed together."""
    order = np.argsort(batch.lengths, kind="stable")
    changes = np.flatnonzero(np.diff(batch.lengths[order])) + 1
    for group in np.split(order, changes):
        if len(group) and (n := int(batch.lengths[group[0]])):
            step = max(1, min(PLACES // n, PAIRS // (n * n)))
            for first in range(0, len(group), step):
                yield group[first : first + step]


def _answered(
    program: Program,
    batch: Batch,
    indices: Array,
    steps: Sequence[tuple[Node, Kernel]],
    failed: list[int],
    failures: int,
) -> Iterator[Part]:
    """The part of these inputs, cut where one of them has no value; those go to ``failed``."""
    part = _part(program, batch, indices)
    results: dict[Node, Result] = {}
    try:
        part.compute(steps, results)
    except Misfit:
        if len(indices) == 1:
            failed.append(int(indices[0]))
            if len(failed) > failures:
                raise TooManyFailures from None
            return
        half = len(indices) // 2
        for some in (indices[:half], indices[half:]):
            yield from _answered(program, batch, some, steps, failed, failures)
        return
    part.keep(results)
    yield part


def _part(program: Program, batch: Batch, indices: Array) -> Part:
    n = int(batch.lengths[indices[0]])
    return Part(Block(n, len(indices), batch.tokens(indices), program.causal), indices)


def _failing(
    program: Program, batch: Batch, index: int, steps: Sequence[tuple[Node, Kernel]], content: Content
) -> Failing:
    """Which nodes fail on an input, and what the outputs that do not need them answer."""
    part = _part(program, batch, np.array([index]))
    results: dict[Node, Result] = {}
    failed: set[Node] = set()
    without: set[Node] = set()
    for step in steps:
        if not without.isdisjoint(step[0].children):
            without.add(step[0])
            continue
        try:
            part.compute([step], results)
        except Misfit:
            failed.add(step[0])
            without.add(step[0])
    answers = (None if o in without else _answer(_alone(program, o), content) for o in program.outputs)
    return Failing(content, frozenset(failed), tuple(answers))


def _alone(program: Program, output: SOp) -> Program:
    """The program with one output, without names, which could clash."""
    return Program((output,), program.vocabulary, program.causal, program.max_length, program.kind)


def _answer(program: Program, content: Content) -> object:
    """The program's answer, each value with its type; None for an error of evaluation."""
    try:
        found = program.run(content)
    except EvaluationError:
        return None
    except ReadheadError as error:
        return type(error)
    return [exact(v) for v in found] if isinstance(found, list) else exact(found)
