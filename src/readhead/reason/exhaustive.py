"""Every input, in blocks of codes, shorter ones first: two sides compared until they part or time is up.

Where both sides are causal and the space holds every prefix of its contents, only strings of a few lengths are run:
the answers on their prefixes are the first of theirs. The first input on which the sides part, in the space's order
among the shortest, is the same either way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array
from readhead.reason.inputs import Codes, Inputs
from readhead.reason.sides import Side

Progress = Callable[[int, int], None]
"""Called with how many inputs are decided, of how many."""

STAGE = 3
"""Where prefixes are shared, so many lengths at a time are covered by running the longest of them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared.

    Attributes:
        program, against: the two sides.
        inputs: on which inputs.
        unscored: the number of the spelling on the right that is not compared; None where all are.
        both_fail: whether two sides without an answer agree.
        prefixes: whether both sides answer a prefix as they answer the beginning of the whole.
    """

    program: Side
    against: Side
    inputs: Inputs
    unscored: int | None
    both_fail: bool
    prefixes: bool

    def parts(self, codes: Codes) -> tuple[Array, bool]:
        """Where the sides part on a block, ``[content position, batch]``, and whether a side fails on any of it.

        A failure counts at every position; for contents without one there is a single row then.
        """
        left, right = self.program.answers(codes), self.against.answers(codes)
        apart: Array = left.numbers != right.numbers
        if self.unscored is not None:
            apart &= right.numbers != self.unscored
        fails = bool(left.failed.any() or right.failed.any())
        if fails:
            apart = apart if len(apart) else np.zeros((1, codes.shape[1]), dtype=bool)
            apart[:, left.failed | right.failed] = True
            if self.both_fail:
                apart[:, left.failed & right.failed] = False
        return apart, fails

    def first(self, codes: Codes) -> tuple[str, ...] | None:
        """The first content of a block on which the sides part."""
        apart, _ = self.parts(codes)
        if not apart.any():
            return None
        column = int(apart.any(axis=0).argmax())
        return self.inputs.contents(codes[:, column : column + 1])[0]


@dataclass(frozen=True, slots=True)
class Exhausted:
    """What going through the inputs gave.

    Attributes:
        inputs: how many are decided.
        complete: every input of at most so many tokens is decided; None for none.
        tokens: the first input on which the sides part; None where there is none among those decided.
        finished: whether all inputs are decided, or one was found.
    """

    inputs: int
    complete: int | None
    tokens: tuple[str, ...] | None
    finished: bool


def exhaust(
    pair: Pair, *, deadline: float | None = None, progress: Progress | None = None, longest: int | None = None
) -> Exhausted:
    """Compare the two sides on every input.

    Args:
        pair: what is compared.
        deadline: when to stop, in seconds of ``time.perf_counter``; None for never.
        progress: told how far it is.
        longest: only inputs of at most so many tokens.
    """
    longest = pair.inputs.max_length if longest is None else longest
    total = pair.inputs.count(longest)
    if pair.prefixes and pair.inputs.closed:
        return _by_stages(pair, deadline, progress, longest, total)
    complete: int | None = None
    found: tuple[str, ...] | None = None
    done = 0
    for codes in pair.inputs.blocks(longest):
        if _late(deadline):
            return Exhausted(done, complete, found, finished=False)
        if pair.inputs.rising and len(codes):
            complete = len(codes) - 1
        if found is None or len(codes) < len(found):
            shorter = pair.first(codes)
            found = found if shorter is None else shorter
        done += codes.shape[1]
        if found is not None and pair.inputs.rising:
            return Exhausted(done, complete, found, finished=True)
        if progress is not None:
            progress(done, total)
    return Exhausted(done, longest, found, finished=True)


def _by_stages(
    pair: Pair, deadline: float | None, progress: Progress | None, longest: int, total: int
) -> Exhausted:
    """Run the strings of some lengths; each stage covers all shorter ones too.

    A string on which a side fails says nothing of its prefixes, so then the stage's lengths are run one by one.
    """
    inputs = pair.inputs
    complete: int | None = None
    lengths = [n for n in inputs.lengths() if n <= longest]
    for n in sorted({*lengths[STAGE - 1 :: STAGE], *lengths[-1:]}):
        before = 0 if complete is None else inputs.count(complete)
        done = before
        for codes in inputs.of_length(n):
            if _late(deadline):
                return Exhausted(before, complete, None, finished=False)
            apart, fails = pair.parts(codes)
            if fails or apart.any():
                found = _one_by_one(pair, complete, n, deadline, progress, total)
                if found.tokens is not None or not found.finished:
                    return found
                break
            done += codes.shape[1]
            if progress is not None:
                progress(done, total)
        complete = n
    return Exhausted(total, longest, None, finished=True)


def _one_by_one(
    pair: Pair, complete: int | None, last: int, deadline: float | None, progress: Progress | None, total: int
) -> Exhausted:
    """The first difference among strings longer than those that are decided, up to a length."""
    inputs = pair.inputs
    done = 0 if complete is None else inputs.count(complete)
    for n in inputs.lengths():
        if (complete is not None and n <= complete) or n > last:
            continue
        for codes in inputs.of_length(n):
            if _late(deadline):
                return Exhausted(done, complete, None, finished=False)
            tokens = pair.first(codes)
            done += codes.shape[1]
            if tokens is not None:
                return Exhausted(done, complete, tokens, finished=True)
            if progress is not None:
                progress(done, total)
        complete = n
    return Exhausted(done, complete, None, finished=True)


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.perf_counter() >= deadline
