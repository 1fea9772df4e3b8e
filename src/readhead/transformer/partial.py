"""What a program has where it has no answer: a value for every variable that needs none of those that have no value.

The interpreter stops at the first variable without a value; a compiled model goes on, and what it then gives for that
variable, and for all that read it, means nothing. All others have to agree, and so they are found here one by one.
"""

from __future__ import annotations

import numpy as np

from readhead.errors import EvaluationError
from readhead.program.columns import Column, Misfit
from readhead.program.interpret import plan_of
from readhead.program.operators import Value, typed
from readhead.program.plan import Block, Result
from readhead.program.program import Program
from readhead.program.reading import Content
from readhead.program.trace import Difference, Trace


def partial_values(program: Program, tokens: Content) -> dict[str, list[Value]]:
    """The values of every variable that has one at each position, in program order.

    Args:
        program: any program.
        tokens: content that it can read, whether or not it has an answer on it.

    Raises:
        InputError: for a sequence that the program cannot read.

    >>> from readhead.program.nodes import Indices, Map
    >>> partial_values(Program((Map("/", (Indices(), Indices()), name="one"),)), "ab")
    {'indices': [0, 1]}
    """
    plan = plan_of(program)
    batch = plan.reader.read([tokens])
    n = int(batch.lengths[0])
    if n == 0:
        return {}
    block = Block(n, 1, batch.tokens(np.array([0])), program.causal)
    results: dict[str, Result] = {}
    for step in plan.steps:
        if all(name in results for name in step.reads):
            try:
                results[step.name] = step.kernel(block, *[results[name] for name in step.reads])
            except (Misfit, EvaluationError):
                continue
    return {
        name: [column.value(i, 0) for i in range(n)]
        for name, column in results.items()
        if isinstance(column, Column)
    }


def partial_difference(program: Program, tokens: Content, trace: Trace, at: int) -> Difference | None:
    """Where a trace first departs from the values that a program has; None where nowhere.

    Args:
        program: any program.
        tokens: the content.
        trace: of a batch, the content among it.
        at: which sequence of the batch it is.
    """
    for name, wanted in partial_values(program, tokens).items():
        if name in trace.variables:
            found = trace.values(name, at)
            for i, (left, right) in enumerate(zip(wanted, found, strict=True)):
                if typed(left) != typed(right):
                    return Difference(name, at, i, left, right)
    return None
