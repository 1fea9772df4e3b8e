"""Random inputs, and boundary cases, of spaces too large to list: they find counterexamples, and prove nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import cycle, islice

import numpy as np

from readhead.reason.exhaustive import Pair
from readhead.tasks.spaces import Strings

BLOCK = 1_000
"""So many inputs of one length are run together."""

TRIES = 2_000
"""How often a counterexample is made shorter, at most."""


def sample(
    pair: Pair, complete: int | None, seed: int, samples: int, deadline: float | None
) -> tuple[int, tuple[str, ...] | None]:
    """Try boundary inputs and random ones that are longer than those already decided.

    Args:
        pair: what is compared; its space has to be one of strings, of others nothing is tried.
        complete: every input of at most so many tokens is decided.
        seed: what decides the random inputs.
        samples: how many of them.
        deadline: when to stop.

    Returns:
        how many were tried, and the shortest counterexample that was found, made shorter while it still is one.
    """
    space = pair.inputs.space
    lengths = [n for n in pair.inputs.lengths() if n and (complete is None or n > complete)]
    if not isinstance(space, Strings) or not lengths or not pair.inputs.alphabet:
        return 0, None
    generator = random.Random(seed)
    tried = 0
    for n in lengths:
        contents = [
            *_boundary(pair.inputs.alphabet, n),
            *_random(pair.inputs.alphabet, n, samples // len(lengths), generator),
        ]
        contents = list(dict.fromkeys(contents))
        for first in range(0, len(contents), BLOCK):
            if deadline is not None and time.perf_counter() >= deadline:
                return tried, None
            block = contents[first : first + BLOCK]
            tried += len(block)
            tokens = pair.first(pair.inputs.codes(block))
            if tokens is not None:
                return tried, _shrunk(pair, tokens)
    return tried, None


def drawn(
    pair: Pair, generator: random.Random, samples: int, deadline: float | None
) -> tuple[int, list[tuple[str, ...]]]:
    """Boundary inputs and random ones of all lengths, where the space is one of strings.

    Args:
        pair: what is compared.
        generator: of the random inputs.
        samples: how many of them.
        deadline: when to stop.

    Returns:
        how many were tried, and all those on which the sides part, shorter ones first.
    """
    space = pair.inputs.space
    lengths = [n for n in pair.inputs.lengths() if n]
    found: list[tuple[str, ...]] = []
    tried = 0
    if not isinstance(space, Strings) or not pair.inputs.alphabet:
        return tried, found
    for n in lengths:
        count = samples // len(lengths)
        contents = [*_boundary(pair.inputs.alphabet, n), *_random(pair.inputs.alphabet, n, count, generator)]
        contents = list(dict.fromkeys(contents))
        for first in range(0, len(contents), BLOCK):
            if deadline is not None and time.perf_counter() >= deadline:
                return tried, found
            block = contents[first : first + BLOCK]
            tried += len(block)
            apart, _ = pair.parts(pair.inputs.codes(block))
            found += [block[i] for i in np.flatnonzero(apart.any(axis=0)).tolist()]
    return tried, found


def _boundary(alphabet: tuple[str, ...], n: int) -> Iterator[tuple[str, ...]]:
    """One token again and again, two in turn, all in a row."""
    few = alphabet[:8]
    yield from ((token,) * n for token in few)
    yield tuple(islice(cycle(alphabet), n))
    yield from (tuple(islice(cycle(pair), n)) for pair in ((a, b) for a in few for b in few if a != b))
    yield from ((a,) * (n // 2) + (b,) * (n - n // 2) for a in few for b in few if a != b)


def _random(
    alphabet: tuple[str, ...], n: int, count: int, generator: random.Random
) -> Iterator[tuple[str, ...]]:
    """Half of them of a few tokens only, so that these repeat."""
    for i in range(count):
        among = generator.choices(alphabet, k=3) if i % 2 else alphabet
        yield tuple(generator.choices(among, k=n))


def _shrunk(pair: Pair, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out tokens one by one while the sides still part."""
    least = min(pair.inputs.lengths())
    tries = iter(range(TRIES))
    at = 0
    while at < len(tokens) and len(tokens) > least and next(tries, None) is not None:
        shorter = tokens[:at] + tokens[at + 1 :]
        if pair.first(pair.inputs.codes([shorter])) is not None:
            tokens, at = shorter, 0
        else:
            at += 1
    return tokens
