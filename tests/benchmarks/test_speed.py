"""The floor of a training step: operations counted from the shape, and what the page says of them."""

from __future__ import annotations

import pytest

import speed as benchmark
import training_step
from readhead.learn import native
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
    plain = {
        "step": 30.0,
        "few": 7.0,
        "batch": 0.1,
        "sample": 0.4,
        "gradient": 28.0,
        "faults": 0,
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
    page = benchmark.report(plain | {"step": 12.0, "function": 10.0}, plain, speeds)
    assert "the operations alone take 6.0 ms" in page  # 3 * 10 / 15 + 3 * 5 / 5 + 1 / 1
    assert "the rate of large matrix products, 5.0 ms. The compiled function takes" in page
    assert "10.0 ms, 2.0 times that." in page
    assert "| whole step | 12.0 | 30.0 |" in page
    assert "| of it the compiled function | 10.0 |  |" in page
    assert "| of these kernels' time: matrix products |  | 75% |" in page


@pytest.mark.parametrize("switch", ["0", "1"])
def test_a_profile_knows_what_it_was_computed_with(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if switch == "1" and not native.available():
        pytest.skip(native.status())
    monkeypatch.setattr(native, "available", lambda: switch == "1")
    found = benchmark.profile(1)
    assert ("function" in found) == (switch == "1")
    assert (found["kernels"] > 500) == (switch == "0")


def test_the_table_of_steps_has_each_beside_the_yardstick() -> None:
    def contestant(name: str, seconds: float) -> dict[str, object]:
        turns = [seconds * share for share in (0.5, 1.0, 2.0)]
        return {
            "name": name,
            "restarts": 1,
            "turns": turns,
            "busy": turns,
            "peak": 300 << 20,
            "before": 200 << 20,
        }

    data = {
        "settings": {"task": "sort", "threads": 1, "batch": 512, "steps": 4},
        "contestants": [contestant("yardstick", 0.16), contestant("readhead", 0.02)],
    } | environment()
    page = training_step.report(data)
    assert "| yardstick | 1 | 160.0 | 120.0-240.0 | 1/1.0 | 160.0 | 1/1.0 | 300 | 100 |" in page
    assert "| readhead | 1 | 20.0 | 15.0-30.0 | 1/8.0 | 20.0 | 1/8.0 | 300 | 100 |" in page
    assert "medians of 3 turns of 4 steps" in page
