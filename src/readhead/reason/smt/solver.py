"""z3, asked about a circuit: is there an input on which a literal holds?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge

PAIRWISE = 6
"""At most one of so many literals is said pair by pair; of more, only that one of them holds."""


class Solver:
    """The circuit below some literals, given to z3 as clauses.

    Args:
        gates: the circuit.
        goals: the literals that will be asked about.
        deadline: when to give up, in seconds of ``time.perf_counter``; None for never.
    """

    def __init__(self, gates: Gates, goals: Sequence[int], deadline: float | None) -> None:
        import z3

        self._z3 = z3
        self._deadline = deadline
        self._gates = gates
        self._numbers: dict[int, int] = {}
        clauses = self._clauses(goals)
        text = "".join(f"{' '.join(map(str, clause))} 0\n" for clause in clauses)
        self._solver = z3.SolverFor("QF_FD")
        self._solver.from_string(f"p cnf {len(self._numbers)} {len(clauses)}\n{text}")

    def _clauses(self, goals: Sequence[int]) -> list[list[int]]:
        """Each gate below the goals, as clauses over numbered variables."""
        parts = self._gates.parts
        stack = [g >> 1 for g in goals if g > TRUE]
        for choice in self._gates.choices:
            stack += [literal >> 1 for literal in choice]
        while stack:
            gate = stack.pop()
            if gate not in self._numbers:
                self._numbers[gate] = len(self._numbers) + 1
                stack += [part >> 1 for part in parts[gate]]
        clauses = []
        for gate, number in self._numbers.items():
            if parts[gate]:
                inner = [self._literal(part) for part in parts[gate]]
                clauses += [[-number, part] for part in inner]
                clauses.append([number, *(-part for part in inner)])
        for choice in self._gates.choices:
            clauses += _exactly_one([self._literal(x) for x in choice], len(choice))
        for choice in self._gates.implied:
            if all(x >> 1 in self._numbers for x in choice):
                clauses += _exactly_one([self._literal(x) for x in choice], PAIRWISE)
        return clauses

    def _literal(self, literal: int) -> int:
        number = self._numbers[literal >> 1]
        return -number if literal & 1 else number

    def _term(self, literal: int) -> object:
        z3 = self._z3
        context, number = z3.main_ctx(), self._numbers[literal >> 1]
        symbol = z3.Z3_mk_int_symbol(context.ref(), number)  # what a variable of a text of clauses is called
        variable = z3.BoolRef(z3.Z3_mk_const(context.ref(), symbol, z3.BoolSort().ast), context)
        return z3.Not(variable) if literal & 1 else variable

    def holds(self, literals: Sequence[int]) -> bool:
        """Whether there is an input on which all these literals hold.

        Raises:
            TooLarge: where the time is up.
        """
        if any(x == FALSE for x in literals):
            return False
        if self._deadline is not None:
            left = self._deadline - time.perf_counter()
            if left <= 0:
                raise TooLarge("the time is up")
            self._solver.set("timeout", max(1, int(left * 1000)))
        found = self._solver.check(*[self._term(x) for x in literals if x != TRUE])
        if found == self._z3.unknown:
            reason = self._solver.reason_unknown()
            if "interrupted" in reason or "keyboard" in reason:
                raise KeyboardInterrupt
            raise TooLarge(
                "the time is up" if reason in ("timeout", "canceled") else f"z3 gives up: {reason}"
            )
        return bool(found == self._z3.sat)


def _exactly_one(literals: list[int], pairwise: int) -> list[list[int]]:
    clauses = [literals]
    if len(literals) <= pairwise:
        clauses += [[-a, -b] for i, a in enumerate(literals) for b in literals[:i]]
    return clauses
