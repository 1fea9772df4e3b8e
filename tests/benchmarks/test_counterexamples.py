"""The table of learning with counterexamples."""

from __future__ import annotations

import counterexamples as benchmark


def test_a_small_task_round_by_round() -> None:
    found = benchmark.measure("hist", 0, "quick", 2, symbols=2, max_length=3)
    assert 1 <= len(found["rounds"]) <= 2
    assert found["rounds"][0]["of"] == 14
    page = benchmark.section([found])
    assert "| hist | quick | 0 | " in page and "## With counterexamples" in page


def test_a_row() -> None:
    rounds = [{"wrong": 1200, "of": 19530}, {"wrong": 0, "of": 19530}]
    record = {
        "task": "sort",
        "preset": "quick",
        "seed": 1,
        "rounds": rounds,
        "verdict": "proved",
        "added": 1000,
        "seconds": 61.4,
    }
    assert benchmark.row(record) == ["sort", "quick", "1", "1,200 → 0", "19,530", "1,000", "proved", "61"]
    assert benchmark.row({**record, "verdict": "counterexample"})[6] == "not proved"
