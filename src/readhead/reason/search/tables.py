"""Small tables: one or two expressions whose values decide the label.

The label's entropy given the values is 0: no combination of values comes with two labels. Entries have
to be seen more than once, on the average, so that a table is not a list of the examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from readhead.reason.search.bank import Bank, Kind, Term
from readhead.reason.search.heads import last_copies
from readhead.reason.search.sample import Array
from readhead.reason.search.target import derived

PARTNERS = 10
SEEN = 2
"""How often the entries of a table are seen at least, on the average."""

DRAWN = 4096
APART = 512


@dataclass(frozen=True, slots=True)
class Table:
    """A table over expressions: its size and its term, whose detail is the entries (values to label)."""

    size: int
    term: Term


@dataclass(frozen=True, slots=True)
class Rows:
    """Expressions that a table may read.

    Attributes:
        values: ``[expression, place]``.
        number: the number of a row's expression; it may put the expression into the bank first.
    """

    values: Array
    number: Callable[[int], int]


def _listed(ids: Array, row: int) -> int:
    return int(ids[row])


def _passed(bank: Bank, size: int, term: Callable[[int], Term], row: int) -> int:
    return derived(bank, size, term(row))


def banked(bank: Bank, size: int) -> Iterator[Rows]:
    """All expressions of a size."""
    kinds: tuple[Kind, ...] = ("token", "number", "test")
    for kind in kinds:
        group = bank.group(kind, size)
        if len(group):
            yield Rows(group.values, partial(_listed, group.ids))


def passing(bank: Bank, size: int) -> Iterator[Rows]:
    """Copies that numbers of a size make possible, and that the bank does not keep."""
    for values, term in last_copies(bank, size):
        yield Rows(values, partial(_passed, bank, size + 1, term))


def tables(bank: Bank, label: Array, labels: Sequence[str | bool], rows: Iterable[Rows]) -> Iterator[Table]:
    """Tables over one of the given expressions, alone or beside a small one.

    Args:
        bank: the small expressions.
        label: ``[place]`` the label's number, -1 where any will do.
        labels: what the numbers stand for.
        rows: the expressions.

    Yields:
        tables, each without a contradiction on the sample, smaller ones first.
    """
    asked = label >= 0
    wanted = label[asked].astype(np.int64)
    partners = [_Partner(None, np.zeros(len(wanted), dtype=np.int64), wanted)]
    partners += [_Partner(number, values[asked], wanted) for number, values in _partners(bank)]
    found: list[Table] = []
    for some in rows:
        bank.check_time()
        values = some.values[:, asked]
        for partner in partners:
            for row in partner.decided(values):
                table = _made(bank, some.number, row, values[row], partner, labels)
                if table is not None:
                    found.append(table)
    yield from sorted(found, key=lambda t: t.size)


def _partners(bank: Bank) -> list[tuple[int, Array]]:
    """The small expressions that a second variable may be: tokens first, then tests, then numbers."""
    found = []
    kinds: tuple[tuple[Kind, int], ...] = (("token", 3), ("test", PARTNERS), ("number", 4))
    for kind, count in kinds:
        group = bank.cheap(kind, 3, count)
        found += [(int(i), v.astype(np.int64)) for i, v in zip(group.ids, group.values, strict=True)]
    return found


@dataclass(slots=True)
class _Partner:
    """The second variable of a table: its number (None: there is none), and its values at the asked places.

    Attributes:
        apart: pairs of places with the same value here and different labels: the first variable tells them apart.
    """

    number: int | None
    values: Array
    wanted: Array
    apart: tuple[Array, Array] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(3)
        left, right = rng.integers(0, len(self.wanted), (2, DRAWN))
        kept = (self.values[left] == self.values[right]) & (self.wanted[left] != self.wanted[right])
        self.apart = left[kept][:APART], right[kept][:APART]

    def decided(self, values: Array) -> Iterator[int]:
        """The rows that, beside this variable, never come with two labels."""
        left, right = self.apart
        few = slice(0, APART // 16)
        rows = np.arange(len(values))
        for some in (few, slice(None)):
            rows = rows[~(values[rows][:, left[some]] == values[rows][:, right[some]]).any(axis=1)]
        for row in rows.tolist():
            first: dict[tuple[int, int], int] = {}
            places = zip(values[row].tolist(), self.values.tolist(), self.wanted.tolist(), strict=True)
            if all(first.setdefault((x, y), label) == label for x, y, label in places):
                yield row


def _made(
    bank: Bank,
    name: Callable[[int], int],
    row: int,
    values: Array,
    partner: _Partner,
    labels: Sequence[str | bool],
) -> Table | None:
    """The table, if it is small and its entries were seen often enough."""
    seen: dict[tuple[int, ...], list[int]] = {}
    for value, beside, wanted in zip(
        values.tolist(), partner.values.tolist(), partner.wanted.tolist(), strict=True
    ):
        seen.setdefault((value,) if partner.number is None else (value, beside), []).append(wanted)
    entries = {key: labels[which[0]] for key, which in seen.items()}
    answers = list(entries.values())
    default = False if isinstance(labels[0], bool) else max(sorted(set(answers), key=str), key=answers.count)
    kept = tuple(sorted((k, v) for k, v in entries.items() if v != default))
    if not 0 < len(kept) < bank.limits.entries or SEEN * len(kept) > sum(len(seen[k]) for k, _ in kept):
        return None
    number = name(row)
    if number == partner.number:
        return None
    children = (number,) if partner.number is None else (number, partner.number)
    size = sum(bank.sizes[c] for c in children) + 1
    return Table(size + 2 * len(kept), Term("table", children, (kept, default)))
