"""Expressions made by attention: widths, ranks, sums, extremes, and copies of one key.

All variants of a selector over one pair of variables are made together, and all tests that may filter its keys at
once: a width under a filter is the selection times the filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from readhead.reason.search.bank import Bank, Group, Kind, Term, over
from readhead.reason.search.pointwise import BLOCK
from readhead.reason.search.sample import NONE, Array

CROSS = 4
"""The largest size of either variable of a selector over two different variables."""

KINDS: tuple[Kind, ...] = ("token", "number", "test")
ORDERED: tuple[Kind, ...] = ("token", "number")

SOURCES = 3
"""The largest size of what is added up or copied, other than tokens and positions."""


def _dense(bank: Bank, values: Array) -> Array:
    return values.reshape(-1, *bank.sample.shape)


def _variants(bank: Bank, kind: Kind, same: bool) -> Iterator[tuple[int, str, str]]:
    """What may relate key and query beside the pair itself: extra size, comparison, and which side of the query."""
    yield 0, "==", ""
    sides = () if bank.sample.causal else ("<", ">")
    for side in sides:
        yield 0, "==", side
    if kind == "test":
        return
    for op in ("<", ">", "<=", ">="):
        yield 1, op, ""
    if same and not bank.sample.causal:
        yield 0, "rank<", ""
        yield 0, "rank>", ""
    for side in sides:
        for op in ("<", ">"):
            yield 2, op, side


def _related(bank: Bank, keys: Array, queries: Array, op: str, side: str) -> Array:
    """``[expression, batch, query, key]``: which keys are selected."""
    k, q = keys[:, :, None, :], queries[:, :, :, None]
    places = np.arange(bank.sample.shape[1])
    match op:
        case "==":
            found = k == q
        case "<":
            found = k < q
        case "<=":
            found = k <= q
        case ">":
            found = k > q
        case ">=":
            found = k >= q
        case _:
            earlier = places[None, :] < places[:, None]
            found = (k < q if op == "rank<" else k > q) | ((k == q) & earlier)
    found &= bank.sample.pairs
    if side:
        found &= places[None, :] < places[:, None] if side == "<" else places[None, :] > places[:, None]
    return np.asarray(found)


def _chunks(bank: Bank, group: Group) -> Iterator[slice]:
    step = max(1, 2 * BLOCK // bank.sample.pairs.size)
    for start in range(0, len(group), step):
        bank.check_time()
        yield slice(start, start + step)


def _varied(bank: Bank, group: Group) -> Group:
    """The group without what is the same all along, or only rises or falls: sums and counts say that more shortly.

    One more or less than a number selects as the number does, and goes as well.
    """
    content, x = bank.sample.content, _dense(bank, group.values)
    both = content[:, 1:] & content[:, :-1]
    step = np.where(both, np.diff(x, axis=2), 0)
    same = ~step.any(axis=(1, 2))
    plain = ((step > 0) | ~both).all(axis=(1, 2)) | ((step < 0) | ~both).all(axis=(1, 2))
    shifted = np.array([bank.terms[int(i)].op == "shift" for i in group.ids], dtype=bool)
    kept = ~(same | plain | shifted)
    return Group(group.ids[kept], group.values[kept], group.hashes[kept])


def counts(bank: Bank, size: int) -> None:
    """How many keys pass a test: all that the query sees, or those on one side of it."""
    places = np.arange(bank.sample.shape[1])
    for extra, side in ((1, ""), (2, "<"), (2, ">")):
        if bank.sample.causal and side == ">":
            continue
        group = bank.group("test", size - extra)
        seen = bank.sample.pairs.copy()
        if side:
            seen &= places[None, :] < places[:, None] if side == "<" else places[None, :] > places[:, None]
        for some in _chunks(bank, group):
            ids = group.ids[some]
            columns = _dense(bank, group.values[some]).transpose(1, 2, 0).astype(np.float32)
            made = (seen.astype(np.float32) @ columns).transpose(2, 0, 1)
            bank.add(
                "number",
                size,
                bank.sample.flat(made),
                over("count", ids, detail=(side,)),
            )


def widths(bank: Bank, size: int) -> None:
    """How many keys compare with the query; all of them, or those that pass a test."""
    for kind in KINDS:
        for own in range(1, size):
            group = bank.group(kind, own)
            for extra, op, side in _variants(bank, kind, same=True):
                rest = size - own - 1 - extra
                if rest < 0 or not len(group):
                    continue
                _same_widths(bank, size, group, op, side, rest)


def _same_widths(bank: Bank, size: int, group: Group, op: str, side: str, rest: int) -> None:
    filters = bank.group("test", rest) if rest else None
    if filters is not None and (not len(filters) or op in ("<=", ">=")):
        return
    group = _varied(bank, group)
    for some in _chunks(bank, group):
        x = _dense(bank, group.values[some])
        ids = group.ids[some]
        selected = _related(bank, x, x, op, side)
        if filters is None:
            made = bank.sample.flat(selected.sum(axis=3))
            bank.add("number", size, made, over("width", ids, detail=(op, side)))
            continue
        _filtered(bank, size, selected.astype(np.float32), ids, filters, Term("filtered", (), (op, side)))


def _filtered(bank: Bank, size: int, selected: Array, ids: Array, columns: Group, term: Term) -> None:
    step = max(1, 2 * BLOCK // bank.sample.content.size)
    for start in range(0, len(columns), step):
        some = columns.values[start : start + step]
        right = _dense(bank, some).transpose(1, 2, 0).astype(np.float32)
        made = (selected @ right).transpose(0, 3, 1, 2)  # expression, filter, batch, query
        count = len(some)
        rows = bank.sample.flat(made).reshape(-1, bank.sample.content.size)

        def named(row: int, start: int = start, count: int = count) -> Term:
            return term._replace(children=(int(ids[row // count]), int(columns.ids[start + row % count])))

        bank.add("number", size, rows, named)


def crossed(bank: Bank, size: int) -> None:
    """How many keys' one variable compares with the query's other; and what such a key holds."""
    for kind in ORDERED:
        for own in range(1, CROSS + 1):
            for extra, op, side in _variants(bank, kind, same=False):
                other = size - own - 2 - extra
                if not 1 <= other <= CROSS:
                    continue
                keys, queries = bank.group(kind, own), bank.group(kind, other)
                _crossed_widths(bank, size, keys, queries, op, side)


def _crossed_widths(bank: Bank, size: int, keys: Group, queries: Group, op: str, side: str) -> None:
    y = _dense(bank, queries.values)
    for i, x in enumerate(_dense(bank, keys.values)):
        for some in _chunks(bank, queries):
            selected = _related(bank, x[None], y[some], op, side)
            ids = queries.ids[some]
            made = bank.sample.flat(selected.sum(axis=3))
            bank.add(
                "number",
                size,
                made,
                over("crossed", ids, int(keys.ids[i]), detail=(op, side)),
            )


def extremes(bank: Bank, size: int) -> None:
    """The sum of a number, the largest or the smallest value, among all keys that the query sees."""
    summed = bank.group("number", size - 2)
    columns = _dense(bank, summed.values).transpose(1, 2, 0).astype(np.float32)
    if len(summed) and size - 2 <= SOURCES:
        made = (bank.sample.pairs.astype(np.float32) @ columns).transpose(2, 0, 1)
        bank.add("number", size, bank.sample.flat(made), over("total", summed.ids))
    for kind in ORDERED:
        group = bank.group(kind, size - 2)
        for some in _chunks(bank, group):
            x = _dense(bank, group.values[some])
            ids = group.ids[some]
            for word in ("max", "min"):
                outside = -(2**14) if word == "max" else 2**14
                shown = np.where(bank.sample.pairs, x[:, :, None, :], outside)
                made = shown.max(axis=3) if word == "max" else shown.min(axis=3)
                bank.add(
                    kind,
                    size,
                    bank.sample.flat(made),
                    over("extreme", ids, detail=(word,)),
                )


def sources(bank: Bank, size: int) -> Iterator[tuple[Kind, int, Array, int]]:
    """What may be copied at this size: kind, number, dense values, and the value where nothing is selected."""
    kinds: tuple[tuple[Kind, int], ...] = (("token", NONE), ("number", -1), ("test", 0))
    for kind, default in kinds:
        group = bank.group(kind, size)
        for i, values in enumerate(_dense(bank, group.values)):
            if bank.terms[int(group.ids[i])].op not in ("zero", "length"):
                yield kind, int(group.ids[i]), values, default


def copies(bank: Bank, size: int) -> None:
    """What stands at a computed position; at the nearest key that is equal; at the nearest key that passes a test."""
    for own in range(1, size):
        for kind, source, values, default in sources(bank, size - own - 2):
            if own <= 2 and size - own - 2 <= SOURCES and bank.terms[source].op != "tokens":
                _at(bank, size, bank.group("number", own), kind, source, values, default)
        for kind, source, values, default in sources(bank, size - own - 1):
            leaf = bank.terms[source].op
            if leaf == "tokens":
                _at(bank, size, bank.group("number", own), kind, source, values, default)
        for kind, source, values, default in sources(bank, size - own - 2):
            if bank.terms[source].op in ("tokens", "index"):
                for x in KINDS:
                    _near(bank, size, bank.group(x, own), x == "test", kind, source, values, default)


def _at(bank: Bank, size: int, group: Group, kind: Kind, source: int, values: Array, default: int) -> None:
    last = bank.sample.pairs.sum(axis=2)
    for some in _chunks(bank, group):
        place = _dense(bank, group.values[some])
        ids = group.ids[some]
        inside = (place >= 0) & (place < last)
        found = np.take_along_axis(
            np.broadcast_to(values, place.shape), np.where(inside, place, 0).astype(np.intp), axis=2
        )
        made = bank.sample.flat(np.where(inside, found, default))
        bank.add(kind, size, made, over("at", ids, source))


def last_copies(bank: Bank, size: int) -> Iterator[tuple[Array, Callable[[int], Term]]]:
    """Tokens that numbers of this size point at or lie next to: looked at once, and not kept.

    Yields:
        values ``[expression, place]``, and what says which expression a row is.
    """
    tokens = bank.group("token", 1)
    if not len(tokens):
        return
    group = _varied(bank, bank.group("number", size))
    source, values = int(tokens.ids[0]), _dense(bank, tokens.values)[0]
    sides = ("<",) if bank.sample.causal else ("<", ">")
    for some in _chunks(bank, group):
        x, ids = _dense(bank, group.values[some]), group.ids[some]
        for side in sides:
            made = nearest(bank, _related(bank, x, x, "==", side), side, values, NONE)
            yield made, over("near", ids, source, detail=(side,))


def _near(
    bank: Bank, size: int, group: Group, test: bool, kind: Kind, source: int, values: Array, default: int
) -> None:
    sides = ("<",) if bank.sample.causal else ("<", ">")
    op = "near_where" if test else "near"
    group = _varied(bank, group)
    for some in _chunks(bank, group):
        x = _dense(bank, group.values[some])
        ids = group.ids[some]
        for side in sides:
            queries = np.ones_like(x) if test else x
            made = nearest(bank, _related(bank, x, queries, "==", side), side, values, default)
            bank.add(kind, size, made, over(op, ids, source, detail=(side,)))


def nearest(bank: Bank, selected: Array, side: str, values: Array, default: int) -> Array:
    """The value at the nearest selected key on one side of the query."""
    length = selected.shape[-1]
    place = length - 1 - selected[..., ::-1].argmax(axis=3) if side == "<" else selected.argmax(axis=3)
    found = np.take_along_axis(np.broadcast_to(values, place.shape), place, axis=2)
    return bank.sample.flat(np.where(selected.any(axis=3), found, default))


def matches(bank: Bank, size: int) -> None:
    """Tokens at the keys whose one variable equals the query's other, where all such keys hold the same token."""
    tokens = bank.group("token", 1)
    if not len(tokens):
        return
    source, values = int(tokens.ids[0]), _dense(bank, tokens.values)[0]
    for kind in ORDERED:
        for own in range(1, size - 2):
            keys, queries = bank.group(kind, own), bank.group(kind, size - 2 - own)
            if min(own, size - 2 - own) > 2 or max(own, size - 2 - own) > CROSS + 2:
                continue
            for i, x in enumerate(_dense(bank, keys.values)):
                _matched(bank, size, x, int(keys.ids[i]), queries, source, values)


def _matched(bank: Bank, size: int, x: Array, key: int, queries: Group, source: int, values: Array) -> None:
    for some in _chunks(bank, queries):
        y, ids = _dense(bank, queries.values[some]), queries.ids[some]
        selected = _related(bank, x[None], y, "==", "")
        shown = np.broadcast_to(values[:, None, :], selected.shape[1:])
        high = np.where(selected, shown, NONE).max(axis=3)
        low = np.where(selected, shown, 2**14).min(axis=3)
        same = ((high == low) | (high == NONE)).all(axis=(1, 2))
        if not same.any():
            continue
        several = (selected.sum(axis=3) > 1).any(axis=(1, 2))[same]
        bank.add(
            "token",
            size,
            bank.sample.flat(high[same]),
            _match(key, ids[same], source, several),
        )


def _match(key: int, ids: Array, source: int, several: Array) -> Callable[[int], Term]:
    def term(row: int) -> Term:
        return Term("match", (key, int(ids[row]), source), ("max" if several[row] else "pick",))

    return term
