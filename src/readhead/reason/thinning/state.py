"""A program while it is being made smaller: laid out on the examples, with a try and a commit for each change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from readhead.program.columns import Array, Misfit
from readhead.program.interpret import check_answers, plan_of
from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Constant,
    Map,
    Node,
    NumericScores,
    SOp,
    Table,
)
from readhead.program.operators import typed
from readhead.program.plan import Result
from readhead.program.program import Program
from readhead.program.reading import Batch
from readhead.program.rewrite import fold_constants, rebuild, replace_node
from readhead.reason.thinning.answers import Answers, Item, Places, Tally
from readhead.reason.thinning.bench import Bench, Effect, Part, merged
from readhead.reason.thinning.weight import weight, weight_after
from readhead.tasks.examples import Example


class State:
    """A program, what it weighs, and what it gets right.

    Args:
        program: what is made smaller; only its first output is kept.
        examples: contents and labels.

    Raises:
        InputError, EvaluationError: where the program has no answer on an example.
    """

    def __init__(self, program: Program, examples: Sequence[Example]) -> None:
        self.program = all_named(replace(program, outputs=program.outputs[:1]))
        contents = [e.tokens for e in examples]
        batch = plan_of(self.program).reader.read(contents)
        stands_for, chosen = _distinct(contents)
        try:
            self.bench = Bench(self.program, batch, chosen)
        except Misfit:
            program.run_batch(contents)
            raise
        self.answers = Answers(self.bench, self.program, examples, stands_for)
        empty = [
            e.labels[0] for e, n in zip(examples, batch.lengths.tolist(), strict=True) if n == 0 and e.labels
        ]
        self.total = sum(len(places.labels) for places in self.answers.places) + len(empty)
        self.always = self._right_when_empty(batch, empty)
        self.tally = self._now()
        self.first = self.tally.right
        self.weight = weight(self.program)
        self._weights: dict[Node, int] = {}

    def _right_when_empty(self, batch: Batch, labels: Sequence[str | None]) -> int:
        """How many empty sequences have the right answer: a pooled read-out's first label, which never changes."""
        if self.program.kind == "token_labels":
            return 0
        check_answers(self.program, self.program.names[self.output], batch)
        return sum(isinstance(self.output, Classify) and label == self.output.labels[0] for label in labels)

    def _now(self) -> Tally:
        return self.answers.tally + Tally(self.always, 0)

    @property
    def output(self) -> Node:
        """The program's answer."""
        return self.program.outputs[0]

    def gain(self, old: Node, new: Node) -> int:
        """How much smaller the program would be, before anything is folded."""
        return self.weight - weight_after(self.output, {old: new}, self._weights)

    def loss(self, old: Node, new: Node, limit: int) -> Tally | None:
        """What would be right and lost with one node replaced; None where more than ``limit`` places would be lost.

        Blocks are tried one after another; where one takes the loss beyond the limit the others are not looked at.
        """
        tally = self.tally
        try:
            for places, chosen, right, _ in self._differences(old, new):
                was, needed = places.right[chosen], places.needed[chosen]
                lost = int((needed & was & ~right).sum()) - int((needed & ~was & right).sum())
                tally += Tally(int(right.sum()) - int(was.sum()), lost)
                if tally.lost > limit:
                    return None
        except Misfit:
            return None
        return tally

    def _differences(self, old: Node, new: Node) -> Iterator[tuple[Places, Array, Array, Array | None]]:
        """Block by block: the places that a change concerns, what is right then, and the scores."""
        pairs = zip(self.bench.parts, self.answers.places, strict=True)
        if old == self.output and self.answers.adds:
            assert isinstance(new, Classify)
            for part, places in pairs:
                yield places, *self.answers.swapped(part, places, new)
            return
        places_of = {id(part): places for part, places in pairs}
        for part, effect in self.bench.effects(old, new, self.answers.stop):
            places = places_of[id(part)]
            yield places, *self.answers.after(part, places, effect)

    def commit(self, old: Node, new: Node) -> None:
        """Put a node in the place of another, fold what follows, and lay out the new program."""
        for places, chosen, right, totals in list(self._differences(old, new)):
            places.right[chosen] = right
            if totals is not None:
                places.totals[chosen] = totals
        effects = (
            {}
            if old == self.output and self.answers.adds
            else {id(part): effect for part, effect in self.bench.effects(old, new, self.answers.stop)}
        )
        renewed = self._renewed(old, new)
        output = renewed[self.output]
        assert isinstance(output, SOp)
        known = {
            after: [_result(part, before, effects.get(id(part))) for part in self.bench.parts]
            for before, after in renewed.items()
            if after != before and before != old and before != self.answers.stop
        }
        program = replace(self.program, outputs=(output,))
        self.bench.lay_out(program, known, self.answers.adds)
        self.program = program
        self.answers.output = output
        self.answers.forget()
        self.tally = self._now()
        self.weight = weight(program)
        self._weights = {}

    def _renewed(self, old: Node, new: Node) -> dict[Node, Node]:
        """Every node of the program as it is after a change."""
        renewed: dict[Node, Node] = {}
        for node in self.bench.order:
            if node == old:
                renewed[node] = self._tidied(new) if node == self.output else new
                continue
            rebuilt = rebuild(node, lambda child: renewed[child])
            if rebuilt is not node:
                self.bench.share_kernel(node, rebuilt)
            if isinstance(rebuilt, Map) and isinstance(rebuilt.function, Table):
                rebuilt = fold_constants(rebuilt)
            renewed[node] = self._tidied(rebuilt) if node == self.output else rebuilt
        return renewed

    def _tidied(self, output: Node) -> Node:
        return _tidy(output) if self.answers.adds else output


def _result(part: Part, node: Node, effect: Effect | None) -> Result:
    if effect is None or node not in effect.results:
        return part.results[node]
    return merged(part.of(node), effect.results[node], effect.columns)


def all_named(program: Program) -> Program:
    """The same program, in which every node carries its name, so that it can be found again after changes."""
    renewed: dict[Node, Node] = {}
    for name, node in program.variables.items():
        renewed[node] = replace_node(rebuild(node, lambda child: renewed[child]), name=name)
    return replace(program, outputs=tuple(_sop(renewed[o]) for o in program.outputs))


def _sop(node: Node) -> SOp:
    assert isinstance(node, SOp)
    return node


def _distinct(contents: Sequence[tuple[str, ...]]) -> tuple[Array, Array]:
    """For each content the number of the first that is equal to it; and those numbers, each once."""
    first: dict[tuple[str, ...], int] = {}
    stands_for = np.array([first.setdefault(c, i) for i, c in enumerate(contents)], dtype=np.intp)
    return stands_for, np.array(list(first.values()), dtype=np.intp)


def _tidy(output: Node) -> Node:
    """A read-out with one input for each variable, and all its constants made one; other outputs as they are.

    Changes no answer: a constant adds the same scores everywhere.
    """
    if not isinstance(output, Classify):
        return output
    bias = [0] * len(output.labels)
    rest: list[Item] = []
    for item in output.inputs:
        if isinstance(item.variable, Constant):
            bias = [a + b for a, b in zip(bias, _added(item, item.variable, len(bias)), strict=True)]
            continue
        same = [
            i for i, other in enumerate(rest) if type(other) is type(item) and other.variable == item.variable
        ]
        if same:
            rest[same[0]] = _sum(rest[same[0]], item)
        else:
            rest.append(item)
    lowest = min(bias)
    if any(b != lowest for b in bias):
        rest.append(NumericScores(Constant(1, name="ones"), tuple(b - lowest for b in bias)))
    kept = tuple(item for item in rest if _speaks(item))
    return output if kept == output.inputs else replace_node(output, inputs=kept)


def _speaks(item: Item) -> bool:
    rows = [item.coefficients] if isinstance(item, NumericScores) else [row for _, row in item.rows]
    return any(map(any, rows))


def _added(item: Item, constant: Constant, width: int) -> Sequence[int]:
    if isinstance(item, NumericScores):
        assert isinstance(constant.value, int)
        return [constant.value * c for c in item.coefficients]
    rows = {typed(value): row for value, row in item.rows}
    return rows.get(typed(constant.value), (0,) * width)


def _sum(left: Item, right: Item) -> Item:
    """Two inputs with the same variable as one."""
    if isinstance(left, NumericScores) and isinstance(right, NumericScores):
        sums = [a + b for a, b in zip(left.coefficients, right.coefficients, strict=True)]
        return NumericScores(left.variable, tuple(sums))
    assert isinstance(left, CategoricalScores)
    assert isinstance(right, CategoricalScores)
    rows = {typed(value): (value, row) for value, row in left.rows}
    for value, row in right.rows:
        known = rows.get(typed(value), (value, (0,) * len(row)))[1]
        rows[typed(value)] = (value, tuple(a + b for a, b in zip(known, row, strict=True)))
    return CategoricalScores(left.variable, rows.values())
