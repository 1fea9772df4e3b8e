"""The tables of time to the paper's accuracy and of the aims, from records made for the purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aims
import paper_tasks
import time_to_accuracy
from record import environment, write_json


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """hist: the yardstick timed on some epochs, two seeds of Readhead; sort: both with their curves."""
    monkeypatch.setattr(time_to_accuracy, "FOLDER", tmp_path)

    def note(contestant: str, task: str, seed: int, **figures: Any) -> None:
        record = {"contestant": contestant, "task": task, "seed": seed} | figures | environment()
        write_json(time_to_accuracy.path_of(contestant, task, seed), record)

    note("yardstick", "hist", 0, seconds_per_epoch=0.8, epochs=5)
    note("readhead-auto", "hist", 0, seconds=2.0, test_accuracy=1.0, rows=[])
    note("readhead-auto", "hist", 1, seconds=10.0, test_accuracy=0.5, rows=[])
    rows = [
        {"cpu_seconds": 10.0, "validation_accuracy": 0.4},
        {"cpu_seconds": 30.0, "validation_accuracy": 0.995},
        {"cpu_seconds": 50.0, "validation_accuracy": 0.99},
    ]
    note("yardstick", "sort", 0, seconds_per_epoch=2.0, epochs=250, rows=rows, test_accuracy=0.98)
    note("readhead-auto", "sort", 0, seconds=3.0, test_accuracy=1.0, rows=rows)
    return tmp_path


def test_the_slowest_seed_is_set_against_the_whole_protocol(records: Path) -> None:
    hist, sort = time_to_accuracy.time_table(["hist", "sort", "reverse"]).splitlines()[2:]
    assert "1,000 (extrapolated)" in hist
    assert "| 6.0 | 10.0 | 50.00 | 1/100 |" in hist
    assert "| 2,500 | 98.00 |" in sort
    assert "extrapolated" not in sort


def test_when_99_percent_were_first_reached(records: Path) -> None:
    rows = time_to_accuracy.trained_table(["hist", "sort"]).splitlines()[2:]
    assert rows == ["| sort | yardstick | 1 seed | 50 | 98.00 | 30 |"]


def test_the_curves_are_drawn(records: Path, tmp_path: Path) -> None:
    time_to_accuracy.draw("sort", tmp_path / "time.svg")
    drawn = (tmp_path / "time.svg").read_text("utf-8")
    assert "yardstick, one seed" in drawn
    assert "Readhead, searching first" in drawn
    assert "training alone" not in drawn


def test_an_aim_holds_only_from_every_seed(records: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aims, "RESULTS", records)
    held = {row[0].split(":")[0]: row[-1] for row in ([str(c) for c in r] for r in aims.speed_rows())}
    assert held == {"hist": "**no**", "sort": "yes"}


def test_accuracy_of_the_worst_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    def record(test: float, space: float) -> dict[str, Any]:
        return {"accuracy": {"test": test}, "whole_space": {"accuracy": space}}

    made = {
        "default-auto": {"sort": [record(1.0, 1.0), record(1.0, 0.999)], "dyck2": [record(0.9995, 0.9)]},
        "default": {},
        "default-auto-large": {},
    }
    monkeypatch.setattr(aims, "recorded", made.__getitem__)
    by_task = {row[0]: row for row in aims.accuracy_rows()}
    assert by_task["sort"][5] == "**no**"
    assert by_task["sort"][4] == "99.90 (2)"
    assert by_task["dyck2"][5] == "yes"
    assert set(aims.ACCURACY) == set(paper_tasks.PUBLISHED)
