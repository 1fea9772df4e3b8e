"""The sums and means that several selected numbers can have, exactly, and numbers that tell them apart.

Every value that is aggregated gets a *code*, a whole number: a multiple of the value, plus a little for a float among
integers (``1 + 1`` is not ``0.5 + 1.5``). The sum of the codes of the selected keys then decides the result, given
how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from readhead.program.domains import exact
from readhead.program.operators import OperatorError, Value, checked


class TooMany(Exception):
    """There are more different sums than the budget has room for; carries how many were found."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True, slots=True)
class Totals:
    """What sums decide.

    Attributes:
        codes: the code of each value, scaled to lie from 0 to 1.
        results: for each number of selected keys (from 1) the result for each sum of codes.
    """

    codes: tuple[Fraction, ...]
    results: tuple[dict[Fraction, Value], ...]


@dataclass(frozen=True, slots=True)
class _Code:
    """How sums of values are written as whole numbers: ``total * unit * room + floats * step + zeros``.

    Attributes:
        unit: what makes all values whole.
        room: for the number of floats and of negative zeros.
        step: for the number of negative zeros.
        floats: whether every sum is a float; None where the code says it.
    """

    unit: int
    room: int
    step: int
    floats: bool | None

    def of(self, value: int | float) -> int:
        """The code of a single value."""
        small = (self.step if self.floats is None and type(value) is float else 0) + (
            1 if self.step > 1 and repr(value) == "-0.0" else 0
        )
        return int(Fraction(value) * self.unit) * self.room + small

    def result(self, code: int, reduce: str, keys: int) -> Value | None:
        """The interpreter's sum or mean of two or more values; None where the sum overflows."""
        whole, small = divmod(code, self.room)
        total = Fraction(whole, self.unit)
        floats = small >= self.step if self.floats is None else self.floats
        try:
            found: float = float(total) if floats else int(total)
            checked(found, "their sum")
        except (OverflowError, OperatorError):
            return None
        return found / keys if reduce == "mean" else found


def totals(values: Sequence[Value], reduce: str, longest: int, most: int) -> Totals:
    """All sums or means of up to ``longest`` of these values.

    Raises:
        TooMany: for more than ``most`` different ones, counted for each number of keys.
    """
    plain = [v for v in values if type(v) is int or type(v) is float]
    code = _code(plain, longest)
    codes = [code.of(v) for v in plain]
    low, high = min(codes), max(codes)
    beyond = iter(range(high + code.room, high + code.room * (len(values) + 1), code.room))
    all_codes = [code.of(v) if type(v) is int or type(v) is float else next(beyond) for v in values]
    scale = max(all_codes) - low or 1
    single = {Fraction(c - low, scale): v for c, v in zip(all_codes, values, strict=True)}
    results = [single]
    wide = max(abs(low), abs(high)) * (longest + 1) < 2**62
    each: np.ndarray[Any, Any] = np.array(sorted(set(codes)), dtype=np.int64 if wide else object)
    states = each
    count = len(values)
    for keys in range(2, longest + 1):
        states = np.unique(np.add.outer(states, each))
        count += len(states)
        if count > most:
            raise TooMany(count)
        found = ((c, code.result(c, reduce, keys)) for c in states.tolist())
        results.append({Fraction(c - low * keys, scale): v for c, v in found if v is not None})
    return Totals(tuple(Fraction(c - low, scale) for c in all_codes), tuple(results))


def _code(values: Sequence[int | float], longest: int) -> _Code:
    types = {type(v) for v in values}
    zeros = {repr(v) for v in values if v == 0}
    step = longest + 1 if "-0.0" in zeros and len(zeros) > 1 else 1
    unit = math.lcm(*(Fraction(v).denominator for v in values))
    return _Code(unit, 4 * step * (longest + 1), step, None if len(types) > 1 else float in types)


def averages(values: Totals) -> dict[Fraction, Value] | None:
    """The result for each mean of codes, whatever the number of keys; None where that also matters.

    It does where sums are rounded before they are divided: the mean of three times 0.1 is 0.10000000000000002.
    """
    found: dict[Fraction, Value] = {}
    for keys, results in enumerate(values.results, start=1):
        for code, value in results.items():
            if exact(found.setdefault(code / keys, value)) != exact(value):
                return None
    return found
