"""A program run with some of its results replaced by others, quickly: only what follows is computed again.

Invariant: without replacements the results are those of the interpreter; with them, those that it would have if the
replaced variables, or single arguments, had been what they are replaced by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from readhead.program.columns import Array, Column, Misfit, decode, unify
from readhead.program.interpret import plan_of
from readhead.program.nodes import SOp
from readhead.program.operators import Value
from readhead.program.plan import Block, Result, Step
from readhead.program.program import Program
from readhead.program.reading import Content, content_span

Edge = tuple[str, int]
"""An argument of a variable: the reader's name, and which of its children."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Inputs of one length.

    Attributes:
        indices: which of the inputs.
        block: their tokens.
        results: every variable, ``[position, input]``.
    """

    indices: Array
    block: Block
    results: dict[str, Result]

    def column(self, name: str) -> Column:
        """The values of an s-op."""
        found = self.results[name]
        assert isinstance(found, Column)
        return found


@dataclass(slots=True)
class State:
    """The results of a stretch of inputs with some replaced.

    Attributes:
        results: every variable as it is now.
        nodes: the variables that are replaced.
        edges: the arguments that are replaced.
    """

    results: dict[str, Result]
    nodes: dict[str, Result] = field(default_factory=dict)
    edges: dict[Edge, Result] = field(default_factory=dict)


class Runs:
    """A program on a batch of inputs.

    Args:
        program: what to run; its first output answers.
        sequences: contents, without markers.

    Raises:
        InputError, EvaluationError: as :meth:`Program.run_batch` does; every variable needs a value.
    """

    def __init__(self, program: Program, sequences: Sequence[Content]) -> None:
        plan = plan_of(program)
        batch = plan.reader.read(sequences)
        self.program = program
        self.output = program.names[program.outputs[0]]
        self.steps: tuple[Step, ...] = plan.steps
        self.stretches = [
            Stretch(
                indices,
                Block(int(batch.lengths[indices[0]]), len(indices), batch.tokens(indices), program.causal),
                results,
            )
            for indices, results in plan.blocks(batch, None)
        ]

    def again(
        self,
        stretch: Stretch,
        state: State,
        nodes: Mapping[str, Result],
        edges: Mapping[Edge, Result],
    ) -> dict[str, Result] | None:
        """What changes where more is replaced.

        Args:
            stretch: the inputs.
            state: what they have now.
            nodes: variables to replace, besides those that are.
            edges: arguments to replace, besides those that are.

        Returns:
            the replaced variables and all that follow from them, by name; None where something has no value.
        """
        changed: dict[str, Result] = dict(nodes)
        readers = {name for name, _ in edges}
        for step in self.steps:
            if step.name in nodes or step.name in state.nodes:
                continue
            if step.name not in readers and not any(name in changed for name in step.reads):
                continue
            given = []
            for i, name in enumerate(step.reads):
                edge = (step.name, i)
                found = edges.get(edge, state.edges.get(edge))
                given.append(changed.get(name, state.results[name]) if found is None else found)
            try:
                changed[step.name] = step.kernel(stretch.block, *given)
            except Misfit:
                return None
        return changed

    def asked(self, stretch: Stretch, wanted: Mapping[int, Sequence[int]]) -> Array:
        """The positions of a stretch that are asked about, ``[position, input]``.

        Args:
            stretch: the inputs.
            wanted: for inputs by number, the answers that are meant: content positions, or 0 for the one answer.
        """
        mask = np.zeros((stretch.block.n, stretch.block.size), dtype=bool)
        first, _ = content_span(self.program.vocabulary, stretch.block.n)
        at = {"token_labels": first, "sequence_label": 0, "next_token": stretch.block.n - 1}[
            self.program.kind
        ]
        for column, index in enumerate(stretch.indices.tolist()):
            for answer in wanted.get(index, ()):
                mask[at + answer, column] = True
        return mask


def same(left: Column, right: Column) -> Array:
    """Where two columns of one shape hold the same value of the same type."""
    a, b = unify((left, right))
    if a.values.dtype != object:
        equal: Array = a.values == b.values
        return equal
    pairs = zip(decode(a).ravel(), decode(b).ravel(), strict=True)
    flat = [type(x) is type(y) and x == y for x, y in pairs]
    return np.array(flat, dtype=bool).reshape(a.values.shape)


def usual(columns: Iterable[Column], masks: Iterable[Array]) -> tuple[Value, ...]:
    """What could stand for a variable: its commonest value, and of numbers also the value nearest to their mean.

    Args:
        columns: its values.
        masks: where they count; where none does, all count.
    """
    pairs = list(zip(columns, masks, strict=True))
    found = [v for c, m in pairs for v in decode(c)[m].tolist()]
    found = found or [v for c, _ in pairs for v in decode(c).ravel().tolist()]
    counts: dict[tuple[type, Value], int] = {}
    for value in found:
        counts[type(value), value] = counts.get((type(value), value), 0) + 1
    if not counts:
        return ()
    commonest = min(counts, key=lambda key: (-counts[key], str(key[1])))[1]
    if all(kind in (int, float) for kind, _ in counts):
        mean = sum(float(value) for value in found) / len(found)
        nearest = min(counts, key=lambda key: (abs(float(key[1]) - mean), float(key[1])))[1]
        return (
            (commonest,)
            if type(nearest) is type(commonest) and nearest == commonest
            else (commonest, nearest)
        )
    return (commonest,)


def is_sop(program: Program, name: str) -> bool:
    """Whether a variable is an s-op."""
    return isinstance(program.variables[name], SOp)
