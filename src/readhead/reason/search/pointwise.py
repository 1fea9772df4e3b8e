"""Expressions made position by position: leaves, classes of tokens, sums and differences, tests.

A comparison of two numbers is a test of their difference, so numbers are compared through the bank of differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, islice

import numpy as np

from readhead.reason.search.bank import Bank, Group, Kind, Term, over
from readhead.reason.search.sample import Array

BLOCK = 2_000_000
"""About how many pairs, or elements, are made at once."""

CLASSES = 256
"""The most classes of several tokens that are tried: those of two tokens first, then of three, and so on."""

JOINED = 7
"""The largest size of a conjunction or disjunction of tests."""


SIGNS: tuple[tuple[Kind, tuple[str, str]], ...] = (("number", ("+", "-")), ("test", ("+if", "-if")))


def choice(count: int) -> int:
    """What a choice among so many costs: 1 for each factor of 4, at least 1.

    >>> [choice(n) for n in (1, 4, 5, 16, 17)]
    [1, 1, 2, 2, 3]
    """
    cost = 1
    while 4**cost < count:
        cost += 1
    return cost


def token_classes(bank: Bank) -> tuple[list[tuple[int, ...]], int]:
    """Classes of two tokens and more, up to all but one, and what one of them costs."""
    count = len(bank.sample.alphabet)
    sizes = (c for size in range(2, count) for c in combinations(range(count), size))
    found = list(islice(sizes, CLASSES))
    return found, choice(max(1, len(found)))


def leaves(bank: Bank, size: int) -> None:
    """Expressions of this size that are made of nothing smaller."""
    sample = bank.sample
    positions = np.broadcast_to(np.arange(sample.shape[1]), sample.shape)
    count = len(sample.alphabet)
    if size == 1:
        rows = [0 * positions, positions, sample.pairs.sum(axis=2)]
        names = ("zero", "index", "length")
        bank.add("number", 1, np.stack([sample.flat(r) for r in rows]), lambda i: Term(names[i]))
        bank.add("token", 1, sample.flat(sample.tokens)[None], lambda i: Term("tokens"))
    if size == 2 and all(_is_number(t) for t in sample.alphabet):
        spelt = np.array([int(t) for t in sample.alphabet], dtype=np.int64)
        if np.abs(spelt).max() < 1000:
            bank.add("number", 2, sample.flat(spelt[sample.tokens])[None], lambda i: Term("spelt"))
    if count > 1 and size == choice(count):
        _classes(bank, size, [(c,) for c in range(count)])
        _counted_before(bank, size, [(c,) for c in range(count)])
    several, cost = token_classes(bank)
    if size == cost:
        _classes(bank, size, several)
        _counted_before(bank, size, several)


def _is_number(token: str) -> bool:
    return token.isascii() and token.isdecimal() and str(int(token)) == token


def _classes(bank: Bank, size: int, classes: list[tuple[int, ...]]) -> None:
    """The test of each class, and how many of it there are."""
    tokens, content = bank.sample.tokens, bank.sample.content
    if not classes:
        return
    tests = np.stack([np.isin(tokens, c) & content for c in classes])
    bank.add("test", size, bank.sample.flat(tests), lambda i: Term("class", (), classes[i]))
    counts = np.matmul(bank.sample.pairs.astype(np.float32), tests[..., None].astype(np.float32))[..., 0]
    bank.add("number", size, bank.sample.flat(counts), lambda i: Term("class_count", (), classes[i]))


def _counted_before(bank: Bank, size: int, classes: list[tuple[int, ...]]) -> None:
    """How many tokens of each class stand before the query."""
    if not classes:
        return
    tokens, content = bank.sample.tokens, bank.sample.content
    tests = np.stack([np.isin(tokens, c) & content for c in classes])
    counts: Array = np.cumsum(tests, axis=2) - tests
    bank.add("number", size, bank.sample.flat(counts), lambda i: Term("class_before", (), classes[i]))


def linear(bank: Bank, size: int) -> None:
    """One more or less than a number; sums and differences; a number that a test adds 1 to, or takes 1 from."""
    one = bank.sample.flat(np.ones(bank.sample.shape, dtype=np.int16))
    unit = bank.hashes(one[None])
    smaller = bank.group("number", size - 1)
    for step in (1, -1):
        bank.add_linear(
            size,
            smaller.hashes + (unit if step == 1 else -unit),
            partial(_stepped, smaller, one[None] * step),
            partial(_step_term, smaller, step),
        )
    for left in range(1, size - 1):
        right = size - 1 - left
        a = bank.group("number", left)
        for kind, signs in SIGNS:
            b = bank.group(kind, right)
            for op in signs:
                if op == "+" and left > right:
                    continue
                for some in _parts(a, len(b)):
                    _pairs(bank, size, some, b, op)


def _stepped(group: Group, step: Array, rows: Array) -> Array:
    return np.asarray(group.values[rows] + step, dtype=np.int16)


def _step_term(group: Group, step: int, row: int) -> Term:
    return Term("shift", (int(group.ids[row]),), (step,))


def _parts(group: Group, width: int) -> Iterator[Group]:
    """The group in stretches, so that pairs with ``width`` others are not too many at once."""
    step = max(1, BLOCK // max(1, width))
    for start in range(0, len(group) if width else 0, step):
        part = slice(start, start + step)
        yield Group(group.ids[part], group.values[part], group.hashes[part])


def _pairs(bank: Bank, size: int, a: Group, b: Group, op: str) -> None:
    plus = op.startswith("+")
    hashes = a.hashes[:, None] + (b.hashes if plus else -b.hashes)[None, :]

    def values(rows: Array) -> Array:
        left, right = a.values[rows // len(b)], b.values[rows % len(b)]
        return np.asarray(left + right if plus else left - right)

    def term(row: int) -> Term:
        return Term(op, (int(a.ids[row // len(b)]), int(b.ids[row % len(b)])))

    bank.add_linear(size, hashes.ravel(), values, term)


def tests(bank: Bank, size: int) -> None:
    """The sign of a number, its parity; tokens compared with tokens; tests joined."""
    numbers = bank.group("number", size - 1)
    content = bank.sample.content.ravel()
    _signs(bank, size, numbers)
    _unary(bank, "number", size, bank.group("number", size - 2), Term("parity"), lambda v: v % 2)
    _unary(bank, "test", size, bank.group("test", size - 1), Term("not"), lambda v: (v == 0) & content)
    alphabet = len(bank.sample.alphabet)
    copies = bank.group("token", size - choice(alphabet)) if size > choice(alphabet) else None
    for code in range(alphabet if copies is not None else 0):
        assert copies is not None
        _unary(bank, "test", size, copies, Term("token_is", (), (code,)), partial(_equal, code, content))
    for left in range(1, size - 1):
        right = size - 1 - left
        if left <= right:
            a, b = bank.group("token", left), bank.group("token", right)
            _binary(bank, size, a, b, Term("compare", (), ("==",)), lambda x, y: (x == y) & content)
            if size <= JOINED:
                a, b = bank.group("test", left), bank.group("test", right)
                _binary(bank, size, a, b, Term("and"), lambda x, y: x & y)
                _binary(bank, size, a, b, Term("or"), lambda x, y: x | y)
        a, b = bank.group("token", left), bank.group("token", right)
        _binary(bank, size, a, b, Term("compare", (), ("<",)), lambda x, y: (x < y) & content)


def compared(bank: Bank, size: int) -> None:
    """The signs of differences: a comparison is as large as the difference, and no larger."""
    group = bank.group("number", size)
    kept = np.array([bank.terms[int(i)].op == "-" for i in group.ids], dtype=bool)
    _signs(bank, size, Group(group.ids[kept], group.values[kept], group.hashes[kept]))


def _signs(bank: Bank, size: int, numbers: Group) -> None:
    content = bank.sample.content.ravel()
    comparisons: tuple[tuple[str, Callable[[Array], Array]], ...] = (
        ("==", lambda v: v == 0),
        (">", lambda v: v > 0),
        ("<", lambda v: v < 0),
    )
    for op, function in comparisons:
        _unary(bank, "test", size, numbers, Term("sign", (), (op,)), partial(_within, function, content))


def _equal(code: int, content: Array, values: Array) -> Array:
    return np.asarray((values == code) & content)


def _within(function: Callable[[Array], Array], content: Array, values: Array) -> Array:
    return np.asarray(function(values) & content)


def _unary(
    bank: Bank, kind: Kind, size: int, group: Group, term: Term, function: Callable[[Array], Array]
) -> None:
    step = max(1, 4 * BLOCK // bank.sample.content.size)
    for start in range(0, len(group), step):
        ids = group.ids[start : start + step]
        made = function(group.values[start : start + step]).astype(np.int16)
        bank.add(kind, size, made, over(term.op, ids, detail=term.detail))


def _binary(
    bank: Bank, size: int, a: Group, b: Group, term: Term, function: Callable[[Array, Array], Array]
) -> None:
    if not len(b):
        return
    step = max(1, 4 * BLOCK // (bank.sample.content.size * len(b)))
    for start in range(0, len(a), step):
        ids = a.ids[start : start + step]
        made = function(a.values[start : start + step, None], b.values[None]).astype(np.int16)

        def joined(row: int, ids: Array = ids) -> Term:
            return term._replace(children=(int(ids[row // len(b)]), int(b.ids[row % len(b)])))

        bank.add("test", size, made.reshape(-1, made.shape[-1]), joined)
