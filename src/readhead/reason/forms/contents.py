"""Which contents lifting looks at: a whole space where it is small enough, else its shorter part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from readhead.errors import UsageError
from readhead.program.program import Program
from readhead.reason.forms.standard import Content
from readhead.reason.inputs import beyond_counting
from readhead.reason.observe import on_nothing
from readhead.tasks.examples import Example
from readhead.tasks.spaces import Space, Strings

INPUTS = 400_000
"""The most contents that are looked at."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The contents that are looked at.

    Attributes:
        contents: each once.
        up_to: every content of the space up to this length is among them; None where that holds for no length.
        whole: whether they are the whole space.
        what: the same in words.
    """

    contents: tuple[Content, ...]
    up_to: int | None
    whole: bool
    what: str


def looked_at(
    program: Program, space: Space | None, examples: Sequence[Example] | None, most: int = INPUTS
) -> Looked:
    """The contents of a space, or of the program's own space, or of examples.

    Args:
        program: its vocabulary and greatest length make a space where none is given.
        space: all contents that the program is for.
        examples: their contents are looked at too, where the space is too large.
        most: how many contents are looked at, at most (and those of the examples).

    Raises:
        UsageError: for a program over an open vocabulary without space and examples.
    """
    own = space if space is not None else own_space(program)
    listed: tuple[Content, ...] = tuple(dict.fromkeys(tuple(e.tokens) for e in examples or ()))
    if own is None:
        if not listed:
            raise UsageError(
                "it is not said which inputs the program is for",
                why="its vocabulary is open, so there is no space of all its inputs",
                instead="a space, or examples",
            )
        return Looked(listed, None, False, f"the {len(listed):,} inputs of the examples")
    unending = isinstance(own, Strings) and space is None and program.max_length is None
    if not unending and not beyond_counting(own) and own.count() <= most:
        contents = tuple(c for block in own.blocks(4096) for c in block)
        longest = max(map(len, contents), default=0)
        return Looked(contents, longest, True, f"all {len(contents):,} inputs")
    shorter, up_to = _shorter(program, own, most)
    every = tuple(dict.fromkeys((*shorter, *listed)))
    which = f"all inputs up to length {up_to}" if up_to is not None else "the first inputs"
    return Looked(every, up_to, False, f"{which}, {len(every):,} in all")


def own_space(program: Program) -> Strings | None:
    """Every content that a program has an answer for, unknown ones by their markers; None for an open vocabulary."""
    vocabulary = program.vocabulary
    if vocabulary.tokens is None:
        return None
    tokens = tuple(t for t in vocabulary.tokens if vocabulary.normalized(t) == t)
    tokens += vocabulary.unknowns
    plain = program.kind == "token_labels" or vocabulary.markers
    pooled = program.kind == "sequence_label" and on_nothing(program.outputs[0]) is not None
    least = 0 if plain or pooled else 1
    longest = program.max_length if program.max_length is not None else 64
    return Strings(tokens, min(least, longest), longest)


def _shorter(program: Program, space: Space, most: int) -> tuple[tuple[Content, ...], int | None]:
    """The shorter part of a space of strings; the first contents of any other."""
    if not isinstance(space, Strings):
        first = islice((c for block in space.blocks(4096) for c in block), most)
        return tuple(first), None
    least = min(1, space.min_length) if program.causal else space.min_length
    up_to = least
    while up_to < space.max_length and Strings(space.alphabet, least, up_to + 1).count() <= most:
        up_to += 1
    part = Strings(space.alphabet, least, up_to)
    if part.count() > most:
        first = islice((c for block in part.blocks(4096) for c in block), most)
        return tuple(first), None
    return tuple(c for block in part.blocks(4096) for c in block), up_to
