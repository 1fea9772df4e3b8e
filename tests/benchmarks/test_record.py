"""The helpers that turn figures into tables and pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import paper_tasks
import record
from readhead.language.python import to_python
from readhead.program.nodes import Tokens
from readhead.program.program import Program


def test_a_section_is_added_then_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    record.write_section("one", "first", page)
    record.write_section("two", "second", page)
    record.write_section("one", "changed", page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Results")
    assert "first" not in text
    assert text.index("changed") < text.index("second")
    assert text.count("<!-- one: start -->") == text.count("<!-- one: end -->") == 1


def test_json_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "figures.json"
    record.write_json(path, {"accuracy": 0.5})
    assert json.loads(path.read_text(encoding="utf-8")) == {"accuracy": 0.5}
    assert [p.name for p in path.parent.iterdir()] == ["figures.json"]


def test_versions_leave_out_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PACKAGES", ("torch", "no-such-package"))
    assert sorted(record.versions()) == ["python", "torch"]


@pytest.mark.parametrize(
    ("share", "expected"), [(1.0, "100"), (0.999_999, "99.99"), (0.9984, "99.84"), (0.5, "50.00")]
)
def test_a_percentage_says_100_only_when_nothing_is_wrong(share: float, expected: str) -> None:
    assert paper_tasks.percent(share) == expected


def test_own_lines_are_neither_blank_nor_comments_nor_helpers() -> None:
    text = (
        "# a comment\n\nx = 1  # one\n    # another\ny = 2\n# Readhead's own part (helpers 1): ...\nz = 3\n"
    )
    assert paper_tasks.own_lines(text) == 2


def test_own_lines_end_where_the_emitter_says() -> None:
    text = to_python(Program((Tokens(),)))
    assert 0 < paper_tasks.own_lines(text) < len(text.splitlines()) / 2


def a_record(task: str, seed: int, accuracy: float) -> dict[str, Any]:
    size = {"before": {"heads": 8, "mlps": 4}, "after": {"heads": 3, "mlps": 1, "lines": 40}}
    figures = {"accuracy": {"test": accuracy}, "majority": 0.4, "seconds": 5.0, "size": size, "subsets": {}}
    return {"task": task, "seed": seed, **figures}


def test_the_tables_show_every_seed_and_leave_missing_ones_blank() -> None:
    records = {
        "sort": [a_record("sort", 0, 0.99), a_record("sort", 1, 1.0)],
        "hist": [a_record("hist", 1, 1.0)],
    }
    assert paper_tasks.accuracy_table(records).splitlines()[2:] == [
        "| sort | 40.00 | 99.00 | 100 | 99.50 | 99.00 | 100 | 1.00 | 99.83 |",
        "| hist | 40.00 |  | 100 | 100 | 100 | 100 | 0.00 | 100.0 |",
    ]
    assert paper_tasks.size_table(records).splitlines()[2] == "| sort | 8 → 3 | 4 → 1 | 40 | 5 |  |  |"


def test_jobs_share_out_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3})
    assert paper_tasks.shares(1) == ["0,1,2,3"]
    assert paper_tasks.shares(2) == ["0,2", "1,3"]
    assert paper_tasks.shares(6) == ["0", "1", "2", "3", "0", "1"]


def test_the_environment_is_named_once_for_each_place() -> None:
    here = {"hardware": {"cpu": "A", "cores": 2}, "versions": {"python": "3.11"}}
    there = {"hardware": {"cpu": "B", "cores": 1}, "versions": {"python": "3.12"}}
    assert record.environment_line([here, here, there]) == (
        "Measured on A (2 cores for each process; python 3.11); and on B (1 cores for each process; python 3.12)."
    )
