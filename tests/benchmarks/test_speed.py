"""The floor of a training step: operations counted from the shape, and what the page says of them."""

from __future__ import annotations

import pytest

import speed as benchmark
from readhead.learn.shape import Shape
from record import environment


def test_without_parts_only_the_read_out_costs() -> None:
    counted = benchmark.operations(Shape(0, 4, 4, 2, 2, values=8), 5, 10, 3)
    assert counted == {"products": 3 * (2 * 8 + 1) * 50, "passes": 0, "exponentials": 3 * 50}


def test_a_categorical_head_reads_three_variables_and_compares_all_pairs() -> None:
    nothing, head = (benchmark.operations(Shape(1, h, 0, 0, 0, values=4), 5, 10, 3) for h in (0, 1))
    reads, wanted, new_in_readout = 3 * 2 * 4 * 50, 4 * 4 * 50, 3 * 4 * 50
    assert head["products"] - nothing["products"] == reads + wanted + new_in_readout
    assert head["passes"] - nothing["passes"] == (2 * 4 + 2) * 5 * 50


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("aten::bmm", "matrix products"),
        ("aten::addcmul_", "products and sums, element by element"),
        ("aten::index_select", "copies and reordering"),
        ("aten::_softmax", "softmax and rectifiers"),
        ("aten::something", "other kernels"),
    ],
)
def test_kernels_are_sorted_by_kind(name: str, kind: str) -> None:
    assert benchmark.kind_of(name) == kind


def test_the_page_has_the_floor_and_both_profiles() -> None:
    profile = {
        "step": 30.0,
        "gradient": 28.0,
        "calls": 7.0,
        "faults": 0,
        "system": 0.1,
        "kernels": 800,
        "kinds": {"matrix products": 3.0, "other kernels": 1.0},
        "operations": {"products": 10e6, "passes": 5e6, "exponentials": 1e6},
    } | environment()
    speeds = {
        "matrix products, 512 x 512 x 512": 30.0,
        "matrix products, a step's sizes": 15.0,
        "element-wise passes": 5.0,
        "exponentials": 1.0,
    }
    page = benchmark.report(profile | {"step": 60.0}, profile, speeds)
    assert "the operations alone take 5.0 ms" in page  # 3 * 10 / 30 + 3 * 5 / 5 + 1 / 1
    assert "the sizes that a step has, 6.0 ms. A step takes 30.0 ms" in page
    assert "| whole step | 60.0 | 30.0 |" in page
    assert "| of the kernels' time: matrix products | 75% | 75% |" in page
    assert "| whole step | 30.0 |" in benchmark.report(None, profile, speeds)
