"""Boolean circuits: conjunctions of literals, each distinct one built once.

A literal is an integer: twice a gate's number, plus one where it is negated; :data:`FALSE` and :data:`TRUE` are the
two literals of gate 0. Invariant: equal conjunctions are the same gate, so two programs that compute a thing the same
way share it, and what is true of constants never reaches the solver.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from readhead.errors import ReadheadError

FALSE, TRUE = 0, 1

GATES = 4_000_000
"""The most gates of one question."""

TICKS = 4_096
"""The clock is read once for so many gates."""


class TooLarge(ReadheadError):
    """A question that does not fit: too many values or gates, or no time left to state it."""


class Gates:
    """A circuit under construction.

    Args:
        deadline: when to give up, in seconds of ``time.perf_counter``; None for never.

    >>> gates = Gates()
    >>> a, b = gates.choice(2)
    >>> gates.both(a, b) == FALSE, gates.both(a, TRUE) == a
    (True, True)
    """

    def __init__(self, deadline: float | None = None) -> None:
        self.parts: list[tuple[int, ...]] = [()]
        """What each gate is the conjunction of; nothing for a variable."""
        self.choices: list[tuple[int, ...]] = []
        """Literals of which exactly one holds, by what they mean."""
        self.implied: list[tuple[int, ...]] = []
        """The same for literals of which that follows; saying so helps the solver."""
        self._known: dict[tuple[int, ...], int] = {}
        self._group: dict[int, int] = {}
        self._deadline = deadline

    def choice(self, count: int) -> list[int]:
        """Variables of which exactly one holds; TRUE for a single one."""
        if count == 1:
            return [TRUE]
        group = len(self.choices)
        literals = []
        for _ in range(count):
            literals.append(2 * len(self.parts))
            self._group[literals[-1]] = group
            self.parts.append(())
        self.choices.append(tuple(literals))
        return literals

    def both(self, a: int, b: int) -> int:
        """Both hold."""
        if a > b:
            a, b = b, a
        if a == FALSE or a ^ 1 == b:
            return FALSE
        if a in (TRUE, b):
            return b
        if a in self._group and self._group.get(b) == self._group[a]:
            return FALSE  # two different tokens at one position
        found = self._known.get((a, b))
        return self._made((a, b)) if found is None else found

    def _made(self, parts: tuple[int, ...]) -> int:
        gate = len(self.parts)
        if gate > GATES:
            raise TooLarge(f"more than {GATES:,} gates")
        if gate % TICKS == 0 and self._deadline is not None and time.perf_counter() >= self._deadline:
            raise TooLarge("the time is up")
        self.parts.append(parts)
        self._known[parts] = 2 * gate
        return 2 * gate

    def all(self, literals: Iterable[int]) -> int:
        """All hold."""
        rest: set[int] = set()
        for literal in literals:
            if literal == FALSE or literal ^ 1 in rest:
                return FALSE
            if literal != TRUE:
                rest.add(literal)
        if len(rest) <= 2:
            ordered = sorted(rest)
            return TRUE if not ordered else self.both(ordered[0], ordered[-1])
        parts = tuple(sorted(rest))
        found = self._known.get(parts)
        return self._made(parts) if found is None else found

    def any(self, literals: Iterable[int]) -> int:
        """At least one holds."""
        return self.all(literal ^ 1 for literal in literals) ^ 1

    def either(self, a: int, b: int) -> int:
        """One of the two holds, or both."""
        return self.both(a ^ 1, b ^ 1) ^ 1

    def differ(self, a: int, b: int) -> int:
        """Exactly one of the two holds."""
        return self.both(self.both(a, b) ^ 1, self.both(a ^ 1, b ^ 1) ^ 1)

    def mux(self, condition: int, then: int, other: int) -> int:
        """``then`` where the condition holds, else ``other``."""
        if then == other:
            return then
        return self.either(self.both(condition, then), self.both(condition ^ 1, other))

    def say_one(self, literals: Iterable[int]) -> None:
        """Remember that exactly one of these follows to hold."""
        several = tuple(sorted({x for x in literals if x != FALSE}))
        if len(several) > 1 and several not in self.choices:
            self.implied.append(several)
