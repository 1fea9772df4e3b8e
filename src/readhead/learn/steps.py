"""A table over one or two numbers as the small network that a relaxed program has in its place.

The network computes logits from one hidden layer of rectified units. Along a line (a weighted sum of the two numbers)
a table is a step function: each place where its value changes takes two units, whose difference climbs from 0 to 1
between the two neighbouring sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor

GAIN = 8.0
"""The logit of a table's value; that of every other value is 0."""

Network = tuple[Tensor, Tensor, Tensor, Tensor]
"""``[unit, 2]`` weights, ``[unit, 1]`` biases of the hidden layer; ``[value, unit]`` and ``[value, 1]`` of outputs."""


def network_of(table: Mapping[tuple[int, int], int], values: int, hidden: int) -> Network | None:
    """The network of a table; None where no line has few enough changes.

    Args:
        table: the code for each pair of numbers that occurs, both at least 0.
        values: how many codes there are.
        hidden: how many units the network has.

    >>> w_in, b_in, w_out, b_out = network_of({(a, a): int(a > 1) for a in range(4)}, 2, 4)
    >>> [int((w_out @ (w_in @ torch.full((2, 1), float(a)) + b_in).relu() + b_out).argmax()) for a in range(4)]
    [0, 0, 1, 1]
    """
    side = max(max(pair) for pair in table) + 1
    lines = [(1, 0), (0, 1), (1, 1), (1, -1), (side, 1), (1, side)]
    found = [one for line in lines if (one := _steps(table, line)) is not None]
    line, first, steps = min(found, key=lambda one: len(one[2]))
    if 2 * len(steps) > hidden:
        return None
    w_in, b_in = torch.zeros(hidden, 2), torch.zeros(hidden, 1)
    w_out, b_out = torch.zeros(values, hidden), torch.zeros(values, 1)
    w_in[: 2 * len(steps)] = torch.tensor(line, dtype=torch.float32)
    b_out[first] = GAIN
    for k, (low, high, before, after) in enumerate(steps):
        b_in[2 * k], b_in[2 * k + 1] = -low, -high
        slope = GAIN / (high - low)
        for code, sign in ((after, 1.0), (before, -1.0)):
            w_out[code, 2 * k] += sign * slope
            w_out[code, 2 * k + 1] -= sign * slope
    return w_in, b_in, w_out, b_out


Steps = list[tuple[int, int, int, int]]


def _steps(
    table: Mapping[tuple[int, int], int], line: tuple[int, int]
) -> tuple[tuple[int, int], int, Steps] | None:
    """The line, its first value, and where the table changes; None where it is no function of the line."""
    along: dict[int, int] = {}
    for (a, b), code in table.items():
        if along.setdefault(line[0] * a + line[1] * b, code) != code:
            return None
    levels = sorted(along)
    changes = [
        (low, high, along[low], along[high]) for low, high in pairwise(levels) if along[low] != along[high]
    ]
    return line, along[levels[0]], changes
