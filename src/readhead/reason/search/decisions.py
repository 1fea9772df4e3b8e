"""Labels that tests decide: short decision lists, tables of few values, what once true stays true, exceptions.

A rule of a list is a test that holds only where one label is asked for, among the places that no earlier rule takes.
For a label that stays once it is given (in a causal program), or that all places of a sequence share, it is enough
to find a test that first holds where the label first comes: what it says afterwards does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from readhead.reason.search.bank import Bank, Term
from readhead.reason.search.sample import Array
from readhead.reason.search.tables import banked, passing, tables
from readhead.reason.search.target import Answer, Target, answer, derived

LABELS = 8
"""The most labels that a decision list tells apart."""

TESTS = 10_000
BEAM = 2
SHARE = 0.3
"""A rule takes at least this share of its label's remaining places."""

EXCEPTIONS = 40
TABLES = 5


@dataclass(slots=True)
class Tests:
    """Tests that a list may use: numbers, sizes and values ``[test, scored place]``; each also stands negated."""

    ids: list[int]
    sizes: Array
    values: Array


def decisions(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """Decision lists over the tests up to a size, and over tests of what stays true."""
    labels = target.sample.labels
    if len(labels) > LABELS:
        return
    tests = bank.cheap("test", size, TESTS)
    scored = target.sample.scored
    pool = Tests(
        tests.ids.tolist(), np.array([bank.sizes[i] for i in tests.ids.tolist()]), tests.values[:, scored]
    )
    pool = _with_lasting(bank, target, size, pool)
    if not pool.ids:
        return
    asked = target.sample.label[scored]
    lists = _lists(pool, asked, np.ones(len(asked), dtype=bool), bank.limits.rules)
    best = min(lists, key=lambda rules: sum(r.size + 2 for r in rules), default=None)
    if best is not None:
        yield _spelt(bank, pool, labels, best)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a test (or its negation) holds: this label. Without a test: everywhere else."""

    label: int
    test: int | None = None
    holds: bool = True
    size: int = 0


def _lists(pool: Tests, asked: Array, left: Array, rules: int) -> Iterator[tuple[Rule, ...]]:
    """Lists that give every place that is left its label; the promising first rules are tried."""
    present = np.unique(asked[left])
    if len(present) == 1:
        yield (Rule(int(present[0])),)
        return
    if rules < len(present) - 1:
        return
    one_hot = (asked[left][:, None] == present).astype(np.float32)
    totals = one_hot.sum(axis=0)
    true = _counted(pool.values[:, left], one_hot)
    candidates: list[tuple[float, int, int, bool, int]] = []
    for holds, counts in ((True, true), (False, totals - true)):
        pure = np.flatnonzero((counts > 0).sum(axis=1) == 1)
        for row in pure.tolist():
            which = int(counts[row].argmax())
            share = float(counts[row, which] / totals[which])
            cost = int(pool.sizes[row]) + (not holds)
            if share >= SHARE:
                candidates.append((-share, cost, row, holds, which))
    for _, cost, row, holds, which in sorted(candidates)[:BEAM]:
        rest = left & ~((pool.values[:, :][row] > 0) == holds)
        for tail in _lists(pool, asked, rest, rules - 1):
            yield (Rule(int(present[which]), row, holds, cost), *tail)


def _counted(values: Array, one_hot: Array) -> Array:
    counts = np.empty((len(values), one_hot.shape[1]), dtype=np.float32)
    for start in range(0, len(values), 4096):
        counts[start : start + 4096] = values[start : start + 4096].astype(np.float32) @ one_hot
    return counts


def _spelt(bank: Bank, pool: Tests, labels: tuple[str, ...], rules: tuple[Rule, ...]) -> Answer:
    """The list as nested choices, the last label as it is."""
    *earlier, last = rules
    number = derived(bank, 1, Term("constant", (), (labels[last.label],)))
    size = 1
    for rule in reversed(earlier):
        assert rule.test is not None
        test = pool.ids[rule.test]
        if not rule.holds:
            test = derived(bank, int(pool.sizes[rule.test]) + 1, Term("not", (test,)))
        label = derived(bank, 1, Term("constant", (), (labels[rule.label],)))
        size += rule.size + 2
        number = derived(bank, size, Term("choose", (test, label, number)))
    return replace(answer(bank, size, bank.terms[number], "decision list"), term=number)


def _with_lasting(bank: Bank, target: Target, size: int, pool: Tests) -> Tests:
    """The pool with a test "was there a place where ..." for each label that stays."""
    ids, sizes, rows = list(pool.ids), [pool.sizes], [pool.values]
    for label in range(len(target.sample.labels)):
        spec = lasting(target, label)
        if spec is None:
            continue
        found = _witness(bank, spec, size, label)
        if found is not None:
            bank.witnesses[label] = found
        if label in bank.witnesses:
            test, cost = bank.witnesses[label]
            ids.append(derived(bank, cost + 2, Term("ever", (test,))))
            sizes.append(np.array([cost + 2]))
            asked = target.sample.label[target.sample.scored] == label
            rows.append(asked[None].astype(np.int16))
    return Tests(ids, np.concatenate(sizes), np.concatenate(rows))


@dataclass(frozen=True, slots=True)
class Lasting:
    """Where a test must be true (one place of each group at least) and where it must be false.

    Attributes:
        groups: ``[group, place]``: in each group some place is true.
        false: places where it is false.
    """

    groups: Array
    false: Array


def lasting(target: Target, label: int) -> Lasting | None:
    """What a test must say so that it "held somewhere so far" exactly at this label; None if none can."""
    sample = target.sample
    shape = sample.shape
    scored = sample.scored.reshape(shape)
    has = (sample.label.reshape(shape) == label) & scored
    lacks = scored & ~has
    if not has.any() or not lacks.any():
        return None
    places = np.arange(shape[1])
    content = sample.content
    if sample.causal:
        first = np.where(has.any(axis=1), has.argmax(axis=1), shape[1])
        last = np.where(lacks.any(axis=1), shape[1] - 1 - lacks[:, ::-1].argmax(axis=1), -1)
        if (last > first).any():
            return None
        false = content & (places <= last[:, None])
        true = content & (places <= first[:, None]) & (places > last[:, None]) & has.any(axis=1)[:, None]
    else:
        if (has.any(axis=1) & lacks.any(axis=1)).any():
            return None
        false, true = content & lacks.any(axis=1)[:, None], content & has.any(axis=1)[:, None]
    rows = np.flatnonzero(true.any(axis=1))
    groups = np.zeros((len(rows), *shape), dtype=bool)
    for i, row in enumerate(rows):
        groups[i, row] = true[row]
    return Lasting(groups.reshape(len(rows), -1), false.ravel())


def _witness(bank: Bank, spec: Lasting, size: int, name: int) -> tuple[int, int] | None:
    """The smallest test that a lasting label allows, among those of the bank and small tables of two variables."""
    known = bank.witnesses.get(name)
    if known is not None and bank.terms[known[0]].op != "table":
        return known
    tests = bank.upto("test", size)
    allowed = np.flatnonzero(~(tests.values[:, spec.false] > 0).any(axis=1))
    if len(allowed):
        good = ((tests.values[allowed].astype(np.float32) @ spec.groups.T.astype(np.float32)) > 0).all(axis=1)
        if good.any():
            number = int(tests.ids[allowed[good.argmax()]])
            return number, bank.sizes[number]
    if known is None and (spec.groups.sum(axis=1) == 1).all():
        label = np.full(spec.groups.shape[1], -1)
        label[spec.false], label[spec.groups.any(axis=0)] = 0, 1
        rows = chain(banked(bank, size), passing(bank, size))
        table = next(tables(bank, label, (False, True), rows), None)
        if table is not None:
            return derived(bank, table.size, table.term), table.size
    return None


def exceptions(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """A number or token that is the label except where a test holds; there the label is one and the same."""
    scored = target.sample.scored
    label = target.sample.label[scored]
    asked = []
    if target.numbers is not None:
        asked.append(("number", target.numbers, "str"))
    if target.tokens is not None:
        asked.append(("token", target.tokens[scored], "copied"))
    tests = bank.cheap("test", size, TESTS)
    if not len(tests):
        return
    marked = tests.values[:, scored] > 0
    for kind, wanted, op in asked:
        group = bank.group(kind, size)  # type: ignore[arg-type]
        wrong = group.values[:, scored] != wanted
        for row in np.argsort(wrong.sum(axis=1), kind="stable")[:EXCEPTIONS].tolist():
            other = np.unique(label[wrong[row]])
            if len(other) != 1:
                continue
            forbidden = label != other[0]
            good = marked[:, wrong[row]].all(axis=1) & ~marked[:, forbidden].any(axis=1)
            if good.any():
                test = int(tests.ids[good.argmax()])
                detail = () if op == "str" else (None,)
                shown = derived(bank, size, Term(op, (int(group.ids[row]),), detail))
                constant = derived(bank, 1, Term("constant", (), (target.sample.labels[int(other[0])],)))
                total = size + bank.sizes[test] + 2
                yield answer(bank, total, Term("choose", (test, constant, shown)), "exception")
                return


def tabled(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """A small table from one expression, or two, to the label."""
    label = np.where(target.sample.scored, target.sample.label, -1)
    rows = chain(banked(bank, size), passing(bank, size))
    for table in islice(tables(bank, label, target.sample.labels, rows), TABLES):
        yield answer(bank, table.size, table.term, "table")
