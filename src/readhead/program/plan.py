"""A program made ready to run: one kernel per node, in order, each reading columns and selections.

A plan is made once per program. It computes blocks of sequences of one length, so nothing in it knows of padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from readhead.errors import EvaluationError
from readhead.program import symbolic
from readhead.program.aggregate import aggregate
from readhead.program.columns import Array, Column, Misfit, constant, from_values
from readhead.program.domains import Numeric
from readhead.program.nodes import (
    Aggregate,
    And,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    Or,
    Select,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.pointwise import apply_operator
from readhead.program.program import Program
from readhead.program.reading import Batch, Reader
from readhead.program.readout import Readout
from readhead.program.selections import BITS, Bits, Related, Selection, compare, nearest
from readhead.program.tables import RelationKernel, TableKernel

Result = Column | Selection


@dataclass(frozen=True, slots=True)
class Block:
    """Sequences of one length: how long, how many, and their tokens."""

    n: int
    size: int
    tokens: Column
    causal: bool


Kernel = Callable[..., Result]
"""From a block and the results of the node's children to the node's result."""


@dataclass(frozen=True, slots=True)
class Step:
    """One variable: its kernel, the variables that it reads, and those that nothing reads after it."""

    name: str
    kernel: Kernel
    reads: tuple[str, ...]
    release: tuple[str, ...] = ()


class Plan:
    """A program, ready to run.

    Args:
        program: what to run.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reader = Reader(program)
        names = program.names
        self._steps = {
            name: Step(name, kernel_of(node, names), tuple(names[c] for c in node.children))
            for name, node in program.variables.items()
        }
        self._schedules: dict[str | None, tuple[Step, ...]] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        """A step for every variable, in program order, for those who run a program with some results replaced."""
        return tuple(self._steps.values())

    def blocks(self, batch: Batch, output: str | None) -> Iterable[tuple[Array, dict[str, Result]]]:
        """The results of every block: of one variable, or, for None, of all.

        Yields:
            the indices of the block's sequences, and results by name, ``[position, batch]``.

        Raises:
            EvaluationError: naming the variable and position, and the first sequence that has no answer.
        """
        for indices in batch.blocks():
            try:
                yield indices, self._run(batch, indices, output)
            except EvaluationError:
                if len(batch.lengths) == 1:
                    raise
                self._first_failure(batch, output)

    def _first_failure(self, batch: Batch, output: str | None) -> None:
        """Raise the error of the first sequence that has one, as it is for that sequence alone."""
        first, last = 0, len(batch.lengths)  # a sequence before `last` fails, none before `first`
        while last - first > 1:
            middle = (first + last) // 2
            if self._fails(batch, np.arange(first, middle), output):
                last = middle
            else:
                first = middle
        try:
            self._run(batch, np.array([first]), output)
        except EvaluationError as error:
            where = f"sequence {first}, {error.where}"
            raise EvaluationError(error.what, where=where, why=error.why, instead=error.instead) from None
        raise AssertionError("a batch has no answer, but each of its sequences has")

    def _fails(self, batch: Batch, indices: Array, output: str | None) -> bool:
        try:
            for block in batch.blocks(indices):
                self._run(batch, block, output)
        except EvaluationError:
            return True
        return False

    def _run(self, batch: Batch, indices: Array, output: str | None) -> dict[str, Result]:
        return self.compute(batch.tokens(indices), output)

    def compute(self, tokens: Column, output: str | None) -> dict[str, Result]:
        """The results of one block: of one variable, or, for None, of all.

        Args:
            tokens: the tokens of sequences of one length, ``[position, batch]``, as :meth:`Reader.column` makes them.
            output: which variable.

        Raises:
            EvaluationError: naming the variable and a position of some sequence that has no answer.
        """
        n, size = tokens.values.shape
        block = Block(n, size, tokens, self.program.causal)
        results: dict[str, Result] = {}
        for step in self._schedule(output):
            if n == 0:
                results[step.name] = _nothing(self.program.variables[step.name], size)
                continue
            try:
                results[step.name] = step.kernel(block, *[results[name] for name in step.reads])
            except Misfit as misfit:
                where = f"variable {step.name!r}, position {misfit.position}"
                e = misfit.error
                raise EvaluationError(e.what, where=where, why=e.why, instead=e.instead) from None
            for name in step.release:
                del results[name]
        return results

    def _schedule(self, output: str | None) -> tuple[Step, ...]:
        """The steps that an output needs, in order; for None all steps, and nothing is released."""
        if output not in self._schedules:
            self._schedules[output] = tuple(self._steps.values()) if output is None else self._needed(output)
        return self._schedules[output]

    def _needed(self, output: str) -> tuple[Step, ...]:
        needed = {output}
        last_reader: dict[str, str] = {}
        for step in reversed(self._steps.values()):
            if step.name in needed:
                needed.update(step.reads)
                for name in step.reads:
                    last_reader.setdefault(name, step.name)
        return tuple(
            Step(
                s.name,
                s.kernel,
                s.reads,
                tuple(n for n in dict.fromkeys(s.reads) if last_reader[n] == s.name),
            )
            for s in self._steps.values()
            if s.name in needed
        )


def _nothing(node: Node, size: int) -> Result:
    """The result of a sequence without positions."""
    if isinstance(node, SOp):
        empty = from_values([])
        return Column(empty.values.reshape(0, size), empty.domain)
    return Bits(0, np.zeros((0, size), dtype=np.uint8))


def kernel_of(node: Node, names: Mapping[Node, str]) -> Kernel:
    """What computes a node from the results of its children; the names are for errors."""
    match node:
        case Tokens():
            return lambda block: block.tokens
        case Indices():
            return _indices
        case Constant():
            value = node.value
            return lambda block: constant(value, (block.n, block.size))
        case Map():
            return _map(node)
        case Select():
            return _select(node)
        case And():
            return lambda block, a, b: a.both(b)
        case Or():
            return lambda block, a, b: a.either(b)
        case Not():
            return lambda block, a: a.outside(block.causal)
        case Closest():
            return lambda block, a: (nearest if block.n <= BITS else symbolic.nearest)(node, a)
        case Aggregate():
            selector = names[node.selector]
            return lambda block, a, values: aggregate(
                a, values, node.reduce, node.default, selector, block.tokens
            )
        case SelectorWidth():
            return lambda block, a: Column(a.width(), Numeric("int"))
        case Classify():
            readout = Readout(node)
            return lambda block, *inputs: readout(inputs, (block.n, block.size))
        case _:
            raise AssertionError(f"no kernel for {node!r}")


def _indices(block: Block) -> Column:
    positions = np.arange(block.n, dtype=np.int64)[:, None]
    return Column(np.repeat(positions, block.size, axis=1), Numeric("int"))


def _map(node: Map) -> Kernel:
    if isinstance(node.function, Table):
        table = TableKernel(node.function, len(node.arguments))
        return lambda block, *columns: table(columns)
    name = node.function
    return lambda block, *columns: apply_operator(name, columns)


def _select(node: Select) -> Kernel:
    if isinstance(node.predicate, str):
        return partial(_compare, node.predicate)
    relation, short = RelationKernel(node.predicate), Related()

    def related(block: Block, keys: Column, queries: Column) -> Selection:
        k, q, holds = relation(keys, queries)
        return (short if block.n <= BITS else symbolic.related)(k, q, holds, block.causal)

    return related


def _compare(predicate: str, block: Block, keys: Column, queries: Column) -> Selection:
    return (compare if block.n <= BITS else symbolic.compare)(predicate, keys, queries, block.causal)
