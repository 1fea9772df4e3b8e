"""What a found program does not need is dropped: conditions that leave markers out, and guards of empty selections.

A change stays when the program still gives the same answers on the examples at hand, and on random contents up to
twice as long, so what is dropped is not needed beyond the examples either, as far as those can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from readhead.errors import ReadheadError
from readhead.program.nodes import And, Map, Node, Or, SelectorWidth, topological
from readhead.program.program import Program
from readhead.program.rewrite import substitute
from readhead.reason.search.spell import guards
from readhead.tasks.examples import Example

RANDOM = 300
KEPT = 300


def bare(program: Program, examples: Sequence[Example]) -> Program:
    """The program without what makes no difference.

    Args:
        program: spelt with every condition.
        examples: contents that it is run on.

    Returns:
        a program that answers alike; the same one where it has no answer to some content.
    """
    contents = probes(program, examples)
    try:
        expected = program.run_batch(contents)
    except ReadheadError:
        return program  # there is nothing to compare with
    changed = True
    while changed:
        changed = False
        for node, simpler in _changes(program):
            smaller = substitute(program, {node: simpler})
            if _same(smaller, contents, expected):
                program, changed = smaller, True
                break
    return program


def probes(program: Program, examples: Sequence[Example]) -> list[tuple[str, ...]]:
    """The empty content, some of the examples, and random contents up to twice as long."""
    tokens = program.vocabulary.tokens or tuple(sorted({t for e in examples for t in e.tokens}))
    longest = max((len(e.tokens) for e in examples), default=1)
    rng = np.random.default_rng(2)
    lengths = rng.integers(1, 2 * longest + 1, RANDOM).tolist()
    drawn = [tuple(tokens[i] for i in rng.integers(0, len(tokens), n).tolist()) for n in lengths]
    return [(), *(e.tokens for e in examples[:KEPT]), *drawn]


def _changes(program: Program) -> Iterator[tuple[Node, Node]]:
    """What may be dropped, the parts that answer last first."""
    left_out = set(guards(program.vocabulary))
    for node in reversed(list(topological(program.outputs))):
        match node:
            case And(left=left, right=right) if right in left_out:
                yield node, left
            case Map(function="if", arguments=(Map(function=">", arguments=(SelectorWidth(), _)), copy, _)):
                yield node, copy
            case And(left=left, right=right) | Or(left=left, right=right):
                yield node, left
                yield node, right
            case _:
                continue


def _same(program: Program, contents: Sequence[tuple[str, ...]], expected: Sequence[object]) -> bool:
    try:
        return bool(program.run_batch(contents) == expected)
    except ReadheadError:
        return False
