"""Pruning a learned program: every read-out input, variable and argument goes that no example needs.

This is data-preserving simplification (:mod:`readhead.reason.thin`) with the least effort and nothing lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from readhead.program.program import Program
from readhead.reason.thin import thin
from readhead.tasks.examples import Example
from readhead.tasks.score import score


def prune(program: Program, examples: Sequence[Example]) -> Program:
    """The program without the parts that no right answer on the examples needs.

    Args:
        program: a learned program; one that gets nothing right is left as it is.
        examples: those that learning may see (training and validation).
    """
    if not score(program, examples, program.kind).correct:
        return program
    return thin(program, examples, effort="light").program
