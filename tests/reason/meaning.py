"""What programs answer, to be compared: every output, on every content, errors by their kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from readhead.errors import ReadheadError
from readhead.program import Program, Vocabulary
from readhead.program.domains import exact
from readhead.reason.simplify import default_space
from strategies import LETTERS, programs


def answered(answer: object) -> object:
    """An answer, each value with its type."""
    return [exact(v) for v in answer] if isinstance(answer, list) else exact(answer)


def outcomes(program: Program, contents: Sequence[Sequence[str]]) -> list[list[object]]:
    """For each output, the answer to each content, or the kind of error."""
    return [_outcomes(replace(program, outputs=(output,)), contents) for output in program.outputs]


def _outcomes(program: Program, contents: Sequence[Sequence[str]]) -> list[object]:
    try:
        return [answered(a) for a in program.run_batch(contents)]
    except ReadheadError as error:
        if len(contents) == 1:
            return [type(error)]
    half = len(contents) // 2
    return _outcomes(program, contents[:half]) + _outcomes(program, contents[half:])


def everything(program: Program) -> list[tuple[str, ...]]:
    """Every content that a program can read."""
    space = default_space(program)
    assert space is not None
    return [content for block in space.blocks(1000) for content in block]


@st.composite
def small_programs(draw, max_steps: int = 10):
    """Programs over small vocabularies, of which every content can be tried."""
    program = draw(programs(max_steps=max_steps))
    vocabulary = program.vocabulary
    if vocabulary.tokens is None:
        vocabulary = Vocabulary(LETTERS[:2], vocabulary.begin, vocabulary.end)
    longest = 4 if len(vocabulary.tokens) < 3 else 3
    return replace(
        program,
        vocabulary=vocabulary,
        max_length=draw(st.sampled_from((longest, longest - 1, longest, 1, 0))),
    )
