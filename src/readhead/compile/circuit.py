"""A transformer under construction: slots, heads and hidden units that name the slots they read and write.

Scores of heads are in units of the inverse temperature, which is chosen when the arrays are made: a selected key scores
at least :attr:`HeadPlan.gap` more than any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from readhead.compile.blueprint import Part, Slot
from readhead.compile.values import Codes, Floats, Function, Possible, Variable
from readhead.errors import CompileError
from readhead.program.nodes import Indices
from readhead.program.operators import Value
from readhead.program.program import Program


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a compiled program may become.

    Attributes:
        values: the most values that a variable can have.
        combinations: the most combinations of values that one function is tabulated for.
        cells: the most cells of a table of keys against queries.
        units: the most hidden units that one variable takes.
        width: the most coordinates of the residual stream.
        parameters: the most numbers of all heads and hidden units, zeros included; by default, what takes up to 3 GiB
            while it is made.
    """

    values: int = 4096
    combinations: int = 1 << 20
    cells: int = 1 << 22
    units: int = 1 << 14
    width: int = 1 << 14
    parameters: int = 1 << 27


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A part of a head's scores: ``scores[key value, query value]``; None for a side that plays no part."""

    key: Variable | None
    query: Variable | None
    scores: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Carry:
    """What a head brings from the selected keys: ``weights[from, to]``, and what the beginning position gives.

    Attributes:
        average: whether the selected keys can differ in it, so that it is only as exact as the attention is even.
    """

    variable: str
    source: Codes
    weights: Floats
    target: Codes
    begin: Floats
    average: bool


@dataclass(slots=True)
class HeadPlan:
    """An attention head.

    Attributes:
        name: what it is called.
        block: where it is.
        terms: its scores are their sum.
        begin: the beginning position's score.
        gap: by how much a selected key outscores all others.
        carries: what it brings.
        readers: variables that are computed from what it brings for another.
    """

    name: str
    block: int
    terms: tuple[Term, ...]
    begin: float
    gap: float
    carries: list[Carry] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it computes, each once."""
        return tuple(dict.fromkeys([*(c.variable for c in self.carries), *self.readers]))


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Hidden units that belong together: ``relu(x[source] @ inward + bias) @ outward + constant`` into the target.

    Attributes:
        owner: the variable that they are for.
        block: where they are.
        points: for steps along one number: the numbers that there can be, in ascending order; else None.
        room: for each point how far the number may be off.
        weights: how the number is made of the source.
        size: the largest magnitude of what is added up in a unit.
        changes: the points after which the result changes.
        ramps: how steeply it does there, ``[change, target]``, where errors of the number get through.
    """

    owner: str
    block: int
    source: Codes
    inward: Floats
    bias: Floats
    target: Codes
    outward: Floats
    constant: Floats
    points: Floats | None = None
    room: Floats | None = None
    weights: Floats | None = None
    size: float = 1.0
    changes: Codes | None = None
    ramps: Floats | None = None


class Circuit:
    """The slots, heads and units so far.

    Attributes:
        tables: for each variable that is a function of others at the same position, that function, by its identity.
        possible: for pairs of variables, by their identities, the values that they can have together.
        reads_position: whether the program itself reads positions.
        plateau: what part of the way between two numbers belongs to either one, so that small errors do not get
            through; 0 where they do, which takes half the hidden units.
        causal: whether positions attend to earlier ones only; else a causal program's selectors see to it.
    """

    def __init__(self, program: Program, budget: Budget, plateau: float) -> None:
        assert program.max_length is not None and program.vocabulary.symbols is not None
        self.program = program
        self.budget = budget
        self.plateau = plateau
        self.causal = program.causal
        self.longest = program.max_length + program.vocabulary.markers
        self.slots: list[Slot] = []
        self.names: set[str] = set()
        self.variables: list[Variable] = []
        self.tables: dict[int, Function] = {}
        self.possible: Possible = {}
        self.heads: list[HeadPlan] = []
        self.units: list[Units] = []
        self.reads_position = self.longest > 1 and any(
            isinstance(n, Indices) for n in program.variables.values()
        )
        self._position: Variable | None = None
        self.one = self._slot("one", None, None, 0)
        self.begin = self._slot("bos", None, None, 0)

    def _slot(self, name: str, variable: str | None, value: Value | None, time: int) -> int:
        plain, count = name, 1
        while name in self.names:
            count += 1
            name = f"{plain}#{count}"
        self.names.add(name)
        part: Part = "embedding" if time == 0 else "attention" if time % 2 else "mlp"
        self.slots.append(Slot(name, variable, value, (-1 if time == 0 else (time - 1) // 2, part)))
        if len(self.slots) > self.budget.width:
            raise CompileError(
                f"variable {variable!r} does not fit: more than {self.budget.width} coordinates are needed",
                why="every value of a variable has a coordinate of its own (the size budget)",
                instead="take a smaller vocabulary or maximum length",
            )
        return len(self.slots) - 1

    def variable(self, name: str, values: tuple[Value, ...], time: int) -> Variable:
        """New slots for a variable."""
        self.check_values(name, len(values))
        first = len(self.slots)
        for value in values:
            text = value if isinstance(value, str) else repr(value)
            if text in ("", "1") and isinstance(value, str):
                text = repr(value)
            self._slot(f"{name}:{text}", name, value, time)
        made = Variable(name, values, time, first)
        self.variables.append(made)
        return made

    def position(self) -> Variable:
        """The variable of the position, made when it is first needed."""
        if self._position is None:
            values = tuple(range(self.longest))
            name = self.program.names.get(Indices(), "indices")
            self._position = self.variable(name, values, 0)
        return self._position

    def is_position(self, variable: Variable) -> bool:
        """Whether it is the position."""
        return variable is self._position

    def number(self, name: str, kind: str, time: int) -> int:
        """A new slot for a number on its way to becoming a variable."""
        return self._slot(f"{name}~{kind}", name, None, time)

    @property
    def depth(self) -> int:
        """How many blocks there are."""
        return 1 + max([-1, *(h.block for h in self.heads), *(u.block for u in self.units)])

    def check_values(self, name: str, count: int) -> None:
        """Refuse a variable of too many values.

        Raises:
            CompileError: naming it, and the size budget.
        """
        if count > self.budget.values:
            raise CompileError(
                f"variable {name!r} can have {count} values, more than {self.budget.values}",
                why="every value has a coordinate of its own (the size budget: values)",
                instead="take a smaller vocabulary or maximum length, or a larger budget",
            )

    def refuse(
        self, name: str, what: str, count: int, most: int, budget: Literal["combinations", "cells", "units"]
    ) -> CompileError:
        """The error of a variable that would break the size budget."""
        return CompileError(
            f"variable {name!r} needs {count} {what}, more than {most}",
            why=f"it would be too large (the size budget: {budget})",
            instead="take a smaller vocabulary or maximum length, or a larger budget",
        )


def attention_time(after: int) -> int:
    """The first attention that can read what is written at this time."""
    return after + 1 if after % 2 == 0 else after + 2


def mlp_time(after: int) -> int:
    """The first elementwise part that can read what is written at this time."""
    return after + 1 if after % 2 else after + 2


def block_of(time: int) -> int:
    """The block of an attention or an elementwise part."""
    return (time - 1) // 2


def classes(matrix: np.ndarray[Any, Any]) -> tuple[Codes, Codes]:
    """Equal rows: the class of each, numbered as they first occur, and the first row of each class."""
    if matrix.shape[1] == 0:
        return np.zeros(len(matrix), dtype=np.intp), np.zeros(min(1, len(matrix)), dtype=np.intp)
    packed = np.ascontiguousarray(np.packbits(matrix, axis=1) if matrix.dtype == np.bool_ else matrix)
    rows = packed.view(np.dtype((np.void, packed.dtype.itemsize * packed.shape[1]))).ravel()
    _, first, inverse = np.unique(rows, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse], np.sort(first)
