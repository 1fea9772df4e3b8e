"""Functions of several variables as hidden units: steps along a sum, or a unit for each row and result of a table."""

from __future__ import annotations

import math

import numpy as np

from readhead.compile.circuit import Circuit, Units, block_of, classes, mlp_time
from readhead.compile.values import Codes, Floats, Function, Variable
from readhead.errors import CompileError

FINEST = 2.0**-50
"""Numbers that lie closer together, relative to their size, are not told apart in any precision."""


def steps(
    plateau: float,
    owner: str,
    block: int,
    source: Codes,
    weights: Floats,
    points: Floats,
    results: Floats,
    target: Codes,
    size: float | None = None,
) -> Units:
    """Hidden units that turn a number into what it stands for.

    Args:
        plateau: as :attr:`readhead.compile.circuit.Circuit.plateau`.
        owner: the variable that they are for.
        block: where they are.
        source: the slots whose weighted sum is the number.
        weights: the weights.
        points: the numbers that there can be, in ascending order, all different.
        results: ``[point, target]``.
        target: the slots to write.
        size: the largest magnitude of what the number is a sum of.

    Raises:
        CompileError: where two numbers are too close.
    """
    changes = np.flatnonzero((results[1:] != results[:-1]).any(axis=1))
    gaps = points[changes + 1] - points[changes]
    largest = float(np.abs(points).max(initial=0.0)) if size is None else size
    if len(gaps) and gaps.min() <= FINEST * largest:
        raise CompileError(
            f"variable {owner!r} has values a gap of {gaps.min():.3g} apart, beside numbers of up to {largest:.3g}",
            why="values that must be told apart lie too close together (the error budget)",
            instead="take a smaller maximum length or vocabulary",
        )
    slopes, bias, outward = _ramps(plateau, points, results, changes)
    room = np.full(len(points), math.inf)
    part = plateau or 0.5
    room[changes] = part * gaps
    room[changes + 1] = np.minimum(room[changes + 1], part * gaps)
    ramps = None if plateau else (results[changes + 1] - results[changes]) / gaps[:, None]
    return Units(
        owner,
        block,
        source,
        slopes[None, :] * weights[:, None],
        bias,
        target,
        outward,
        results[0],
        points,
        room,
        weights,
        largest,
        changes,
        ramps,
    )


def _ramps(plateau: float, points: Floats, results: Floats, changes: Codes) -> tuple[Floats, Floats, Floats]:
    """The slopes, biases and outputs of hidden units that lead from each number to the next where results change."""
    gaps = points[changes + 1] - points[changes]
    rise = results[changes + 1] - results[changes]
    if plateau:
        low = points[changes] + plateau * gaps
        slope = 1.0 / ((1 - 2 * plateau) * gaps)
        bias = np.concatenate([-low * slope, -low * slope - 1.0])
        return np.concatenate([slope, slope]), bias, np.concatenate([rise, -rise])
    turns, place = np.unique(np.concatenate([changes, changes + 1]), return_inverse=True)
    slopes = np.zeros(len(turns))
    np.maximum.at(slopes, place, np.concatenate([1.0 / gaps, 1.0 / gaps]))
    outward = np.zeros((len(turns), results.shape[1]))
    rise /= gaps[:, None]
    outward[place[: len(changes)]] += rise  # no two of them are the same, nor of the ends that follow
    outward[place[len(changes) :]] -= rise
    return slopes, -points[turns] * slopes, outward / slopes[:, None]


def one_hot(codes: Codes, count: int) -> Floats:
    """A row for each code, 1 in its column; nothing where the code is -1."""
    return np.asarray(codes[:, None] == np.arange(count)[None, :], dtype=np.float64)


def cell(circuit: Circuit, name: str, function: Function) -> Variable:
    """Give a function of several variables slots of its own.

    Raises:
        CompileError: where that takes too many hidden units.
    """
    time = mlp_time(function.time)
    made = circuit.variable(name, function.values, time)
    circuit.tables[id(made)] = function
    common, axis, pairs = _plan(function)
    best = _along_sum(circuit.plateau, made, function)
    fewest = len(pairs) if best is None else min(len(pairs), len(best.bias))
    if fewest > circuit.budget.units:
        raise circuit.refuse(name, "hidden units", fewest, circuit.budget.units, "units")
    if best is None or len(pairs) < len(best.bias):
        best = _by_rows(made, function, common, axis, pairs)
    circuit.units.append(best)
    return made


def sum_table(function: Function) -> tuple[Floats, Codes] | None:
    """The sums of a function's sources that occur, and what each decides; None where they decide nothing."""
    if function.sums is None:
        return None
    total = np.zeros(())
    for axis, numbers in enumerate(function.sums):
        shape = [1] * len(function.sources)
        shape[axis] = -1
        total = total + numbers.reshape(shape)
    known = function.codes >= 0
    numbers, codes = total[known], function.codes[known]
    if not np.isfinite(numbers).all() or np.abs(numbers).max(initial=0) > 2**40:
        return None
    order = np.lexsort((codes, numbers))
    numbers, codes = numbers[order], codes[order]
    nearness = 1e-9 * max(1.0, float(np.abs(numbers).max(initial=0)))
    fresh = np.concatenate([[True], np.diff(numbers) > nearness])
    group = np.cumsum(fresh) - 1
    if (codes != codes[fresh][group]).any():
        return None
    ends = fresh | np.append(
        fresh[1:], True
    )  # of numbers that are nearly the same, the least and the greatest
    ends &= np.append(True, np.diff(numbers) > 0)
    return numbers[ends], codes[ends]


def _along_sum(plateau: float, made: Variable, function: Function) -> Units | None:
    table = sum_table(function)
    if table is None or function.sums is None:
        return None
    points, codes = table
    source = np.concatenate([s.slots for s in function.sources])
    size = sum(float(np.abs(numbers).max()) for numbers in function.sums)
    return steps(
        plateau,
        made.name,
        block_of(made.time),
        source,
        np.concatenate(function.sums),
        points,
        one_hot(codes, len(made.values)),
        made.slots,
        size,
    )


def _plan(function: Function) -> tuple[int, int, Codes]:
    """The commonest result, the axis along which a table takes the fewest units, and a row and result for each unit."""
    counts = np.bincount(function.codes[function.codes >= 0], minlength=len(function.values))
    common = int(np.argmax(counts))
    codes = np.where(function.codes < 0, common, function.codes)
    plans = [_pairs(codes, axis, common) for axis in range(codes.ndim)]
    axis = min(range(len(plans)), key=lambda i: len(plans[i]))
    return common, axis, plans[axis]


def _by_rows(made: Variable, function: Function, common: int, axis: int, pairs: Codes) -> Units:
    """A hidden unit for each row of the table and each uncommon result in it."""
    codes = np.where(function.codes < 0, common, function.codes)
    table, group, first = _table(codes, axis)
    results = pairs[:, 1]
    order = [i for i in range(codes.ndim) if i != axis]
    shape = [codes.shape[i] for i in order]
    slots = np.concatenate([*(function.sources[i].slots for i in order), function.sources[axis].slots])
    inward = np.zeros((len(slots), len(results)))
    offset = 0
    if codes.ndim == 2:
        inward[: shape[0]] = group[:, None] == pairs[:, 0]
        offset = shape[0]
    else:
        for i, index in enumerate(np.unravel_index(pairs[:, 0], shape) if shape else ()):
            inward[offset + index, np.arange(len(results))] = 1.0
            offset += shape[i]
    inward[offset:] = (table[first][pairs[:, 0]] == results[:, None]).T
    outward = one_hot(results, len(function.values))
    outward[:, common] -= 1.0
    constant = np.zeros(len(function.values))
    constant[common] = 1.0
    bias = np.full(len(results), -float(codes.ndim - 1))
    return Units(
        made.name,
        block_of(made.time),
        slots,
        inward,
        bias,
        made.slots,
        outward,
        constant,
        size=float(codes.ndim),
    )


def _table(codes: Codes, axis: int) -> tuple[Codes, Codes, Codes]:
    """A row for each combination of the other axes, the group of equal ones that it is in, and each group's first."""
    table = np.moveaxis(codes, axis, -1).reshape(-1, codes.shape[axis])
    if codes.ndim == 2:
        group, first = classes(table)
        return table, group, first
    return table, np.arange(len(table)), np.arange(len(table))


def _pairs(codes: Codes, axis: int, common: int) -> Codes:
    """A group of rows along an axis and a result in it, for every result but the commonest."""
    table, _, first = _table(codes, axis)
    ordered = np.sort(table[first], axis=1)
    fresh = np.ones(ordered.shape, dtype=bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    row, column = np.nonzero(fresh & (ordered != common))
    return np.stack([row, ordered[row, column]], axis=1).astype(np.intp)


def ways(function: Function) -> int:
    """How many steps along its sum a function takes; very many where no sum decides it."""
    table = sum_table(function)
    return 1 << 30 if table is None else int((np.diff(table[1]) != 0).sum())
