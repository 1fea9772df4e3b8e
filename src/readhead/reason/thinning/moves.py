"""What is tried: a part of the program replaced by less.

A move names its variable and is built against the program as it then is, since an earlier change may have altered the
node, or done away with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from readhead.program.nodes import Node
from readhead.reason.thinning.state import State

Units: TypeAlias = frozenset[object]


@dataclass(frozen=True, slots=True)
class Move:
    """One thing to try.

    Attributes:
        rule: which kind of change it is.
        where: the variable that is changed.
        what: what is done to it, in words; ``{}`` is how many things are left out.
        build: from the variable's node, and the things to leave out, to what stands in its place; None where there is
            no such change any more.
        units: the things to leave out, for a move that can be tried for some of them only.
    """

    rule: str
    where: str
    what: str
    build: Callable[[Node, Units], Node | None]
    units: tuple[object, ...] = ()

    def change(self, state: State) -> tuple[Node, Node] | None:
        """The node and what stands in its place, in the program as it is."""
        old = state.program.variables.get(self.where)
        new = None if old is None else self.build(old, frozenset(self.units))
        return None if old is None or new is None or new == old else (old, new)

    def halves(self) -> list[Move]:
        """The same for the first and for the second half of the things left out."""
        middle = len(self.units) // 2
        return [replace(self, units=u) for u in (self.units[:middle], self.units[middle:]) if middle]


@dataclass(frozen=True, slots=True)
class Step:
    """A change that was made.

    Attributes:
        rule: which kind of change.
        where: the variable.
        what: what was done to it.
    """

    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}"
