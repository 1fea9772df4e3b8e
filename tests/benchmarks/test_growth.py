"""The table of how cost grows: what is doubled is doubled, and the table says what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

import growth as benchmark
from record import environment


@pytest.mark.parametrize("growth", benchmark.GROWTHS, ids=lambda growth: growth.name)
def test_each_size_is_doubled_and_can_be_trained(growth: benchmark.Growth) -> None:
    assert [2 * size for size in growth.sizes[:-1]] == list(growth.sizes[1:])
    assert hasattr(growth.base, growth.name) and growth.least <= growth.most
    benchmark.epoch_of(replace(growth.base, **{"batch": 8, "examples": 8, growth.name: growth.sizes[0]}))()


def test_one_processor_time_for_each_size() -> None:
    growth = replace(benchmark.GROWTHS[0], sizes=(1, 2), base=benchmark.Size(batch=4, examples=4))
    seconds = benchmark.measure(growth, 1)
    assert len(seconds) == 2 and min(seconds) > 0


def test_the_table_has_ratios_and_the_fitted_exponent() -> None:
    growth = replace(benchmark.GROWTHS[0], sizes=(1, 2, 4), least=1, most=1)
    page = benchmark.report([(growth, [0.001, 0.004, 0.016])], environment())
    assert "| length | 1, 2, 4 | 1.0, 4.0, 16.0 | 4.00, 4.00 | 2.00 | 1 | " in page
    page = benchmark.report([(replace(growth, most=2), [0.001, 0.004, 0.016])], environment())
    assert "| 2.00 | 1 to 2 | " in page
