"""A dynamic slice holds all that its answers depend on: changes outside it change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readhead.errors import EvaluationError
from readhead.program import Aggregate, Closest, Indices, Program, Select, Tokens
from readhead.program.columns import Column, Misfit, decode, from_values
from readhead.program.interpret import plan_of
from readhead.program.plan import Result
from readhead.program.selections import Bits, pack
from readhead.reason.circuits.patching import Runs, same
from readhead.reason.circuits.slicing import slice_of
from strategies import programs_with_inputs


def other_values(column: Column, mask: np.ndarray, rng: np.random.Generator) -> Column:
    """The column with the values outside the mask shuffled among all that it holds."""
    values = decode(column)
    pool = values.ravel().tolist()
    drawn = np.empty(values.shape, dtype=object)
    drawn.ravel()[:] = [pool[i] for i in rng.integers(len(pool), size=values.size)]
    mixed = np.where(mask, values, drawn)
    flat = from_values(mixed.ravel().tolist())
    return Column(flat.values.reshape(values.shape), flat.domain)


@settings(max_examples=300, deadline=None)
@given(programs_with_inputs(max_inputs=1, max_length=5), st.integers(0, 2**32), st.data())
def test_what_happens_outside_a_slice_does_not_change_it(drawn, seed, data):
    program, (content,) = drawn
    try:
        trace = program.trace(content)
    except EvaluationError:
        return
    n = len(trace.tokens[0])
    if n == 0:
        return
    wanted = np.zeros((1, n), dtype=bool)
    wanted[0, data.draw(st.integers(0, n - 1))] = True
    found, rng = slice_of(program, trace, wanted), np.random.default_rng(seed)
    (stretch,) = Runs(program, [content]).stretches
    seen = np.tril(np.ones((n, n), dtype=bool)) if program.causal else np.ones((n, n), dtype=bool)
    results: dict[str, Result] = {}
    for step in plan_of(program).steps:
        try:
            result = step.kernel(stretch.block, *[results[name] for name in step.reads])
        except Misfit:
            return
        if isinstance(result, Column):
            mask = found.values[step.name].T
            assert same(stretch.column(step.name), result)[mask].all(), step.name
            results[step.name] = other_values(stretch.column(step.name), mask, rng)
            continue
        mask, rows = found.pairs[step.name][0], trace.selectors[step.name][0]
        assert (result.rows()[:, :, 0] == rows)[mask].all(), step.name
        flipped = np.where(mask, rows, rng.integers(2, size=(n, n)) > 0) & seen
        if not isinstance(program.variables[step.name], Closest):
            result = Bits(n, pack(flipped[:, :, None]))
        results[step.name] = result
    assert found.values[program.names[program.outputs[0]]][wanted].all()


def asked(n: int, at: int) -> np.ndarray:
    return np.arange(n)[None, :] == at


@pytest.mark.parametrize(
    ("own", "tie", "near"),
    [
        ("last", "earlier", [1, 2, 4, 5]),
        ("last", "later", [2, 4, 5]),
        ("any", "earlier", [3]),
        ("never", "later", [2, 4, 5]),
    ],
)
def test_of_a_nearest_key_those_as_near_matter(own, tie, near):
    # position 3 of b a a b a b: the other b's are at 0 and 5
    nearest = Closest(Select(Tokens(), Tokens(), "==", name="same"), tie=tie, own=own)
    program = Program((Aggregate(nearest, Indices()),))
    found = slice_of(program, program.trace("baabab"), asked(6, 3)).pairs["same"][0]
    assert near == np.flatnonzero(found[3]).tolist()
    assert not np.delete(found, 3, axis=0).any()
