"""A program while it is being simplified: rules propose changes here, and only those that keep the meaning are made.

Invariants. A change is made only where the program gets smaller by :func:`cost`, so rules come to an end. Where all
inputs are observed, every change is checked on each of them, whatever its rule claims. Where they are not, only a
change that its rule proves is made, and only where nothing that falls away could have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from readhead.program.nodes import CategoricalScores, Classify, Node, SOp, topological
from readhead.program.program import Program
from readhead.program.rewrite import rebuild
from readhead.program.size import Size, size
from readhead.reason.observe import Content, Observed, Right, on_nothing
from readhead.reason.reach import Reach

Ground = Literal["always", "known", "tried"]
"""Why a change keeps the meaning: it always does, it does for all values that occur, or only trying it shows."""

Edit = Callable[[Node, Callable[[Node], Node]], Node]
"""From a node (over its new children), and what stands for each of the program's earlier nodes, to its replacement."""

Option = TypeVar("Option")

HEAD, MLP, READ, ENTRY, VARIABLE = 12, 6, 4, 1, 2
"""What a head, an MLP, an input of a read-out, an entry of a table and a variable count in the cost."""

PROBED = 512
"""On so many inputs a change is tried first."""

REMEMBERED = 256
"""The most inputs that showed a change to be wrong, and are tried next."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One step of a simplification.

    Attributes:
        rule: which rule.
        where: the variable.
        before, after: the program's size.
        check: how it was checked: ``"always equal"``, ``"by domain reasoning"`` or ``"on all N inputs"``.
    """

    rule: str
    where: str
    before: Size
    after: Size
    check: str


def cost(program: Program) -> tuple[int, int]:
    """What every rewrite makes less: the weighted parts of a program, then the sum of its read-outs' weights."""
    found = size(program)
    parts = (
        HEAD * found.heads
        + MLP * found.mlps
        + READ * found.readout_inputs
        + ENTRY * found.table_entries
        + VARIABLE * found.variables
    )
    return parts, sum(weight(node) for node in program.variables.values() if isinstance(node, Classify))


def weight(readout: Classify) -> int:
    """The sum of a read-out's weights, without their signs."""
    rows = (
        row
        for item in readout.inputs
        for row in (
            [scores for _, scores in item.rows]
            if isinstance(item, CategoricalScores)
            else [item.coefficients]
        )
    )
    return sum(abs(score) for row in rows for score in row)


def edited(program: Program, edits: Mapping[Node, Edit]) -> tuple[Program, dict[Node, Node]]:
    """The program with some nodes replaced, and what stands in each node's place."""
    new: dict[Node, Node] = {}
    for node in topological(program.outputs):
        rebuilt = rebuild(node, new.__getitem__)
        edit = edits.get(node)
        new[node] = rebuilt if edit is None else edit(rebuilt, new.__getitem__)
    outputs = [new[output] for output in program.outputs]
    return replace(program, outputs=tuple(o for o in outputs if isinstance(o, SOp))), new


class Work:
    """A program that rules work on.

    Args:
        program: the program.
        observed: it on every input; None where these are too many.
        notify: called before each rule.
        right: the right answers, where wrong ones may change.
    """

    def __init__(
        self,
        program: Program,
        observed: Observed | None,
        notify: Callable[[str, Size], None] | None = None,
        right: Right | None = None,
    ) -> None:
        self._given = program
        self._right = right
        self.program = program
        self.observed = observed
        self.log: list[Rewrite] = []
        self.failed: set[object] = set()
        self.reach = Reach(program, observed)
        self._rule = ""
        self._notify = notify
        self.probe: Observed | None = None
        self._wrong: list[Content] = []
        self._traps: Observed | None = None
        if observed is not None and len(observed) > 2 * PROBED:
            step = len(observed) / PROBED
            chosen = [observed.contents[int(i * step)] for i in range(PROBED)]
            self.probe = Observed(program, chosen, PROBED, right)

    def begin(self, rule: str) -> None:
        """The changes that follow are of this rule."""
        self._rule = rule
        if self._notify is not None:
            self._notify(rule, size(self.program))

    def attempt(self, where: str, edits: Mapping[Node, Edit], ground: Ground) -> bool:
        """Make a change, if the program is smaller after it and means the same.

        Args:
            where: the variable, for the log.
            edits: what is replaced.
            ground: why it keeps the meaning, if all inputs cannot be tried.
        """
        changed, new = edited(self.program, edits)
        if cost(changed) >= cost(self.program):
            return False
        if self.observed is None:
            if ground == "tried" or not self._proved(changed, edits, new):
                return False
        elif not self._holds(changed.outputs):
            return False
        self.log.append(Rewrite(self._rule, where, size(self.program), size(changed), self._check(ground)))
        self.program = changed
        self.reach = Reach(changed, self.observed)
        return True

    def several(
        self, where: str, options: Sequence[Option], build: Callable[[Sequence[Option]], Mapping[Node, Edit]]
    ) -> bool:
        """Make as many of several small changes as hold together: all, or those of each half that do.

        Args:
            where: the variable, for the log.
            options: the changes.
            build: some of them as edits of the program as it then is; empty where they no longer apply.
        """
        edits = build(options) if options else {}
        if edits and self.attempt(where, edits, "tried"):
            return True
        if len(options) < 2:
            return False
        half = len(options) // 2
        first = self.several(where, options[:half], build)
        return self.several(where, options[half:], build) or first

    def nodes(self) -> list[tuple[str, Node]]:
        """The program's variables, the last first: what reads others comes before them."""
        return list(self.program.variables.items())[::-1]

    def _check(self, ground: Ground) -> str:
        if ground == "always":
            return "always equal"
        if self.observed is None:
            return "by domain reasoning"
        count = len(self.observed)
        where = f"on all {count:,} inputs" if count != 1 else "on the only input"
        return where if self._right is None or ground != "tried" else f"{where}, where it was right"

    def _holds(self, outputs: Sequence[SOp]) -> bool:
        """Whether the changed outputs answer alike on every input: on a few first."""
        assert self.observed is not None
        for some in (self.probe, self._traps):
            if some is not None and some.difference(outputs) is not None:
                return False
        found = self.observed.difference(outputs, keep=True)
        if found is not None:
            if found.content is not None and self.probe is not None and len(self._wrong) < REMEMBERED:
                self._wrong.append(found.content)
                self._traps = Observed(self._given, self._wrong, REMEMBERED, self._right)
                self._traps.learn(self.program.outputs)
                self._traps.forget(self.program.outputs)
            return False
        for seen in (self.observed, self.probe, self._traps):
            if seen is not None:
                seen.learn(outputs)
                seen.forget(outputs)
        return True

    def _proved(self, changed: Program, edits: Iterable[Node], new: Mapping[Node, Node]) -> bool:
        """Whether nothing that an output no longer needs could have failed, and empty inputs are answered alike."""
        changing = set(edits)
        for old, output in zip(self.program.outputs, changed.outputs, strict=True):
            needed = set(topological([output]))
            lost = (n for n in topological([old]) if n in changing or new[n] not in needed)
            if not all(self.reach.never_fails(n) for n in lost):
                return False
            if self.program.kind == "sequence_label" and on_nothing(old) != on_nothing(output):
                return False
        return True
