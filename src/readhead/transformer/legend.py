"""What the coordinates of a compiled transformer mean: the part of a blueprint that is no weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from readhead.compile.blueprint import Blueprint, Part, Reading, Slot
from readhead.errors import UsageError, did_you_mean
from readhead.program.domains import exact
from readhead.program.operators import Value
from readhead.program.program import Program


@dataclass(frozen=True, slots=True)
class HeadLabel:
    """What a head is called, and the variables that it computes."""

    name: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MlpLabel:
    """The variables that an elementwise part computes, and the one that each hidden unit is for."""

    variables: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Legend:
    """What a compiled transformer's parts mean, as its blueprint says.

    Attributes:
        program: what was compiled.
        symbols: the tokens in code order, then the beginning token, then padding.
        slots: the coordinates of the residual stream; one that is used again knows all that it stands for.
        readings: how each variable is read off.
        answer: the variable that the unembedding reads.
        fused: why the other variables have no reading.
        margins: for each variable the gap that must survive, and the error that can be made.
        heads: for each block, a label for each of its heads.
        mlps: for each block its elementwise part; None where it has none.
    """

    program: Program
    symbols: tuple[str, ...]
    slots: tuple[Slot, ...]
    readings: dict[str, Reading]
    answer: str
    fused: dict[str, str]
    margins: dict[str, tuple[float, float]]
    heads: tuple[tuple[HeadLabel, ...], ...]
    mlps: tuple[MlpLabel | None, ...]

    @staticmethod
    def of(blueprint: Blueprint) -> Legend:
        """The legend of a blueprint."""
        mlps = (block.mlp for block in blueprint.blocks)
        return Legend(
            program=blueprint.program,
            symbols=blueprint.symbols,
            slots=blueprint.slots,
            readings=dict(blueprint.readings),
            answer=blueprint.answer,
            fused=dict(blueprint.fused),
            margins=dict(blueprint.margins),
            heads=tuple(tuple(HeadLabel(h.name, h.variables) for h in b.heads) for b in blueprint.blocks),
            mlps=tuple(None if m is None else MlpLabel(m.variables, m.owners) for m in mlps),
        )

    @property
    def readable(self) -> tuple[str, ...]:
        """The variables that can be read off, in program order."""
        return tuple(name for name in self.program.variables if name in self.readings)

    @property
    def held(self) -> Iterator[tuple[int, Slot]]:
        """Every coordinate with all that it stands for, one after the other where it is used again."""
        return ((i, slot) for i, coordinate in enumerate(self.slots) for slot in coordinate.held)

    def values_of(self, variable: str) -> dict[int, Value]:
        """The coordinates that stand for a variable's values, with the values, in their order."""
        found = [(i, s.value) for i, s in self.held if s.variable == variable and s.value is not None]
        if variable in self.readings:
            order = {exact(v): at for at, v in enumerate(self.readings[variable].values)}
            found.sort(key=lambda item: order.get(exact(item[1]), len(order)))
        return dict(found)

    def slots_of(self, variable: str) -> list[int]:
        """The coordinates that stand for a variable's values."""
        return list(self.values_of(variable))

    def written_by(self, block: int, part: Part) -> list[str]:
        """The variables whose slots a part writes, each once."""
        names = (s.variable for _, s in self.held if s.written == (block, part))
        return list(dict.fromkeys(n for n in names if n is not None))

    def cleared_by(self, block: int) -> list[str]:
        """The variables of which a block's hidden units take slots away, each once."""
        names = (s.variable for _, s in self.held if s.cleared == block)
        return list(dict.fromkeys(n for n in names if n is not None))

    def gone(self, variable: str) -> int | None:
        """The block that first takes a slot of a variable away; None where all stay to the end."""
        return min(
            (s.cleared for _, s in self.held if s.variable == variable and s.cleared is not None),
            default=None,
        )

    def sources(self, variable: str) -> list[str]:
        """The variables whose slots a variable's reading adds up, each once."""
        reading = self.readings[variable]
        rows = set(np.flatnonzero(np.any(reading.weights != 0, axis=1)).tolist())
        there = {i: s.variable for i, s in self.held if i in rows and s.written[0] <= reading.block}
        return list(dict.fromkeys(n for n in there.values() if n is not None))

    def reading(self, variable: str) -> Reading:
        """How a variable is read off.

        Raises:
            UsageError: for a variable that cannot be read, with the reason, and for one that is not there.
        """
        if variable in self.readings:
            return self.readings[variable]
        if variable in self.fused:
            raise UsageError(
                f"the variable {variable!r} cannot be read off the model",
                why=self.fused[variable],
                instead=did_you_mean(variable, self.readable),
            )
        raise UsageError(
            f"the model has no variable {variable!r}", instead=did_you_mean(variable, self.readable)
        )

    def own_slots(self, variable: str, doing: str) -> dict[tuple[int, Part], list[int]]:
        """Where a variable is written: its slots by block and part, of values and of raw numbers.

        Raises:
            UsageError: for a variable without slots of its own, naming those that it is read from; and for one
                that is not there.
        """
        places: dict[tuple[int, Part], list[int]] = defaultdict(list)
        for i, slot in self.held:
            if slot.variable == variable:
                places[slot.written].append(i)
        if self.slots_of(variable):
            return places
        settable = self.settable
        if variable in self.fused:
            raise UsageError(
                f"{doing} {variable!r}: it is nowhere in the model",
                why=self.fused[variable],
                instead=did_you_mean(variable, settable),
            )
        if variable not in self.readings:
            raise UsageError(
                f"{doing} {variable!r}: the model has no such variable",
                instead=did_you_mean(variable, settable),
            )
        sources = self.sources(variable)
        why = f"it is read from the slots of {_words(sources)}" if sources else "it has one possible value"
        instead = f"{_words(sources)}" if sources else did_you_mean(variable, settable)
        raise UsageError(f"{doing} {variable!r}: it has no slots of its own", why=why, instead=instead)

    @property
    def settable(self) -> list[str]:
        """The variables that have slots for their values."""
        return list(dict.fromkeys(s.variable for _, s in self.held if s.variable and s.value is not None))


def _words(names: Iterable[str]) -> str:
    return " and ".join(map(repr, names))
