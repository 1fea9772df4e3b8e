"""The benchmark of verdicts: what it writes of what it measured."""

from __future__ import annotations

import verify as benchmark
from readhead.reason.references import reference
from readhead.tasks import TASKS, make_task

PROVED = {
    "verdict": "proved",
    "inputs": 155,
    "seconds": 0.01,
    "counterexample": None,
    "coverage": {"stopped": None},
}
WRONG = {**PROVED, "verdict": "counterexample", "counterexample": {"tokens": ["1", "0"]}}
UNKNOWN = {**PROVED, "verdict": "unknown", "coverage": {"stopped": "at length 3: the time is up"}}


def test_verdicts_in_a_few_words() -> None:
    assert "proved, 155 inputs, 0.0 s" == benchmark.shown(PROVED)
    assert "`1 0`, 0.0 s" == benchmark.shown(WRONG)
    assert "unknown: at length 3: the time is up" == benchmark.shown(UNKNOWN)


def test_a_row_of_the_page() -> None:
    row = {"variables": 9, "verdict": WRONG, "inputs_per_second": {"alone": 100.0, "limit": 200.0}}
    simple = {**row, "variables": 5, "smt": PROVED, "smt_against_learned": UNKNOWN}
    results = {
        "learned": {"sort": row, "hist": row},
        "simplified": {"sort": simple},
        "searched": {"sort": {**row, "verdict": PROVED, "smt": PROVED}},
        "written": {"sort": {"alone": 500.0}, "hist": {"alone": 600.0}},
        "environment": {"hardware": {"cpu": "c", "cores": 1}, "versions": {"python": "3"}},
    }
    page = benchmark.section(results)
    assert (
        "| sort | `1 0`, 0.0 s | proved, 155 inputs, 0.0 s | unknown: at length 3: the time is up "
        "| proved, 155 inputs, 0.0 s | proved, 155 inputs, 0.0 s |" in page
    )
    assert "| sort | 9 | 100 | 50.00% | 5 | 100 | 50.00% | 100 | 500 |" in page
    assert "| hist | 9 | 100 | 50.00% | - | - | - | - | 600 |" in page


def test_rates_and_limits_are_numbers_of_inputs() -> None:
    task = make_task("sort", symbols=2, max_length=3)
    both, alone = benchmark.rate(reference(task), task)
    assert both > 0 and alone > 0
    assert benchmark.limit(reference("sort"), TASKS["sort"], 1e9) > 1e5
