"""In which order moves are tried: what gains most for what it costs, under an allowance of lost answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from readhead.program.nodes import Classify
from readhead.reason.thinning.entries import fine
from readhead.reason.thinning.moves import Move, Step
from readhead.reason.thinning.refit import refit, rows_of
from readhead.reason.thinning.state import State
from readhead.reason.thinning.variables import coarse

Effort = Literal["full", "light"]

ROUNDS = 3
"""How often everything is tried again under one allowance, at most."""
REFITS = 3
"""So many inputs are tried, those first without which fewest answers are lost, before the search gives up."""
FREE = 0.25
"""How many lost answers a move that loses none counts for when moves are put in order."""


def shrink(state: State, allowed: int, effort: Effort) -> list[Step]:
    """Make a program smaller until nothing more goes that keeps the lost answers within an allowance.

    Args:
        state: the program; it is changed.
        allowed: how many of the places that were right at first may be wrong in the end.
        effort: ``"light"`` tries only to do away with read-out inputs, variables and arguments.

    Returns:
        the changes that were made, in order.
    """
    made: list[Step] = []
    if effort == "light":
        while more := _whole_variables(state, allowed, copying=False):
            made += more
        return made
    made += _refitted(state, allowed)
    for _ in range(ROUNDS):
        before = state.weight
        made += _whole_variables(state, allowed, copying=True)
        for move in fine(state):
            made += _halving(state, move, allowed)
        if state.weight == before:
            break
    return made


def _whole_variables(state: State, allowed: int, *, copying: bool) -> list[Step]:
    """Try every coarse move, those first that gain most for each answer that they lose by themselves."""
    ranked: list[tuple[float, int, Move]] = []
    for number, move in enumerate(coarse(state, copying=copying)):
        change = move.change(state)
        if change is not None and (gain := state.gain(*change)) > 0:
            tally = state.loss(*change, allowed)
            if tally is not None:
                ranked.append((-gain / max(FREE, tally.lost - state.tally.lost), number, move))
    return [
        step for _, _, move in sorted(ranked, key=lambda r: r[:2]) for step in _tried(state, move, allowed)
    ]


def _tried(state: State, move: Move, allowed: int) -> list[Step]:
    """The move made, if it is still possible, makes the program smaller, and loses few enough answers."""
    change = move.change(state)
    if change is None or state.gain(*change) <= 0 or state.loss(*change, allowed) is None:
        return []
    state.commit(*change)
    return [Step(move.rule, move.where, move.what.format(len(move.units)))]


def _halving(state: State, move: Move, allowed: int) -> Iterator[Step]:
    """The move made for all that it leaves out, or for as large parts of it as will do."""
    stack = [move]
    while stack:
        move = stack.pop()
        made = _tried(state, move, allowed)
        yield from made
        if not made:
            stack.extend(reversed(move.halves()))


def _refitted(state: State, allowed: int) -> list[Step]:
    """Do away with read-out inputs one by one, fitting the weights of the others again."""
    made: list[Step] = []
    while step := _one_input_less(state, allowed):
        made.append(step)
    return made


def _one_input_less(state: State, allowed: int) -> Step | None:
    """Leave out one of the read-out inputs without which fewest answers are lost, if the others can make up for it."""
    output = state.output
    if not isinstance(output, Classify) or not state.answers.adds or output.pooled or len(output.inputs) < 2:
        return None
    rows, names = rows_of(state), state.program.names
    costs = []
    for index in range(len(output.inputs)):
        inputs = output.inputs[:index] + output.inputs[index + 1 :]
        tally = state.loss(output, Classify(output.labels, inputs, name=output.name), state.first)
        costs.append((state.first if tally is None else tally.lost, index))
    for _, index in sorted(costs)[:REFITS]:
        found = refit(state, rows.without(index), allowed)
        if found is not None and state.loss(output, found, allowed) is not None:
            state.commit(output, found)
            what = f"no longer reads {names[output.inputs[index].variable]}, its weights fitted again"
            return Step("read-out input", names[output], what)
    return None
