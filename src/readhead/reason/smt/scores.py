"""Read-outs: the label with the highest total score, as a circuit.

Few totals are told apart one by one; of many, the totals are binary numbers, added and compared bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence

from readhead.program.nodes import CategoricalScores, Classify
from readhead.program.operators import INT64_MAX, typed
from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge
from readhead.reason.smt.values import Choice, gathered

TOTALS = 512
"""Up to so many totals are told apart one by one."""

Row = tuple[int, ...]
Term = list[tuple[Row, int]]
"""What one input adds to the labels' scores, and when."""


def classified(gates: Gates, node: Classify, inputs: Sequence[Sequence[Choice]]) -> tuple[Choice, int]:
    """The label at a position, or for pooled scores of the sequence, and when there is none.

    Args:
        gates: the circuit.
        node: the read-out.
        inputs: the values of its inputs, for every position that is summed over.
    """
    terms: list[Term] = []
    failed: list[int] = []
    total = True
    for here in inputs:
        for item, choice in zip(node.inputs, here, strict=True):
            total = total and choice.total
            term: Term = []
            rows = {typed(v): row for v, row in item.rows} if isinstance(item, CategoricalScores) else None
            for value, when in choice.values:
                if rows is not None:
                    term.append((rows.get(typed(value), (0,) * len(node.labels)), when))
                elif isinstance(value, int) and not isinstance(item, CategoricalScores):
                    term.append((tuple(c * value for c in item.coefficients), when))
                else:
                    failed.append(when)
            terms.append(term)
    if sum(max((abs(s) for row, _ in term for s in row), default=0) for term in terms) > INT64_MAX:
        raise TooLarge("its scores might leave int64")
    best = _by_totals(gates, terms) if total and not failed else None
    if best is None:
        best = _by_bits(gates, len(node.labels), terms)
    labels = gathered(gates, zip(node.labels, best, strict=True), total and not failed)
    return labels, gates.any(failed)


def _by_totals(gates: Gates, terms: list[Term]) -> list[int] | None:
    """When each label is the best, by all totals that there can be; None where there are too many."""
    totals: dict[Row, int] = {(): TRUE}
    for term in terms:
        if len(totals) * len(term) > 8 * TOTALS:
            return None
        cases: dict[Row, list[int]] = {}
        for row, when in totals.items():
            for added, is_value in term:
                summed = tuple(map(int.__add__, row, added)) if row else added
                low = min(summed)
                cases.setdefault(tuple(s - low for s in summed), []).append(gates.both(when, is_value))
        totals = {row: gates.any(some) for row, some in cases.items()}
        totals = {row: when for row, when in totals.items() if when != FALSE}
        if len(totals) > TOTALS:
            return None
    labels = len(next(iter(totals))) if totals else 0
    if not labels:
        return None
    found: list[list[int]] = [[] for _ in range(labels)]
    for row, when in totals.items():
        found[row.index(max(row))].append(when)
    return [gates.any(some) for some in found]


def _by_bits(gates: Gates, labels: int, terms: list[Term]) -> list[int]:
    """When each label is the best, from the totals as binary numbers."""
    totals = []
    for label in range(labels):
        numbers = []
        for term in terms:
            lows = min((min(row) for row, _ in term), default=0)
            highest = max((row[label] - lows for row, _ in term), default=0)
            numbers.append(
                [
                    gates.any(when for row, when in term if (row[label] - lows) >> bit & 1)
                    for bit in range(highest.bit_length())
                ]
            )
        totals.append(_sum(gates, numbers))
    best, chosen = totals[0], [TRUE]
    for total in totals[1:]:
        better = _greater(gates, total, best)
        chosen = [gates.both(c, better ^ 1) for c in chosen] + [better]
        best = [gates.mux(better, a, b) for a, b in zip(*_padded(total, best), strict=True)]
    return chosen


def _sum(gates: Gates, numbers: list[list[int]]) -> list[int]:
    """Binary numbers, lowest bit first, added in pairs."""
    while len(numbers) > 1:
        pairs = zip(numbers[::2], numbers[1::2], strict=False)
        numbers = [_plus(gates, a, b) for a, b in pairs] + (numbers[-1:] if len(numbers) % 2 else [])
    return numbers[0] if numbers else []


def _padded(a: list[int], b: list[int]) -> tuple[list[int], list[int]]:
    bits = max(len(a), len(b))
    return a + [FALSE] * (bits - len(a)), b + [FALSE] * (bits - len(b))


def _plus(gates: Gates, a: list[int], b: list[int]) -> list[int]:
    carry, bits = FALSE, []
    for x, y in zip(*_padded(a, b), strict=True):
        one = gates.differ(x, y)
        bits.append(gates.differ(one, carry))
        carry = gates.either(gates.both(x, y), gates.both(one, carry))
    return [*bits, carry] if carry != FALSE else bits


def _greater(gates: Gates, a: list[int], b: list[int]) -> int:
    """``a > b``: at the highest bit where they differ, a has the one."""
    found = FALSE
    for x, y in zip(*_padded(a, b), strict=True):
        found = gates.either(gates.both(x, y ^ 1), gates.both(gates.differ(x, y) ^ 1, found))
    return found
