"""What the search for small programs finds from training examples alone, and whether it is right everywhere.

For each task, at the paper's sizes and at larger ones, the training split is the only specification. What is found is
then run on the whole input space (on random contents where that is too large to be run within ``--space-seconds``) and
on random contents of four times the length. Prints a table, writes ``results/search.json`` and the section
``search`` of ``docs/results.md``.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from readhead.language.rasp import to_rasp
from readhead.program.program import Program
from readhead.program.size import size
from readhead.reason.search import explore
from readhead.tasks import make_task
from readhead.tasks.examples import Example
from readhead.tasks.task import Task
from record import RESULTS, environment, environment_line, kept, parser, table, write_json, write_section

NAMES = ("hist", "reverse", "sort", "induction", "double_hist", "most_freq", "dyck1", "dyck2")
LARGE: dict[str, dict[str, int]] = {
    "reverse": {"symbols": 13, "max_length": 14},
    "sort": {"symbols": 13, "max_length": 14},
    "hist": {"symbols": 14, "max_length": 15},
    "double_hist": {"symbols": 14, "max_length": 15},
    "most_freq": {"symbols": 14, "max_length": 15},
}
QUICK = ("hist", "sort")
SPACE = 2_000_000
"""Larger spaces are sampled."""

DRAWN = 20_000
LONGER = 2_000


def wrong(program: Program, examples: Iterable[Example]) -> tuple[int, int]:
    """How many examples a program gets wrong, and how many there are."""
    known = list(examples)
    answers = program.run_batch([e.tokens for e in known])
    bad = 0
    for example, given in zip(known, answers, strict=True):
        assert isinstance(given, list)
        bad += any(
            label is not None and got != label for got, label in zip(given, example.labels, strict=True)
        )
    return bad, len(known)


def whole_space(task: Task, program: Program) -> dict[str, Any]:
    """The count over the whole space, or over random contents where it is too large."""
    if task.space.count() > SPACE:
        bad, count = wrong(program, task.generate(np.random.default_rng(5), DRAWN))
        return {"wrong": bad, "inputs": count, "whole": False}
    bad = count = 0
    for block in task.space.blocks(20_000):
        some, many = wrong(program, (Example(c, task.answer(c)) for c in block))
        bad, count = bad + some, count + many
    return {"wrong": bad, "inputs": count, "whole": True}


def longer(name: str, options: dict[str, int], task: Task, program: Program) -> dict[str, Any]:
    """The count over random contents of up to four times the length."""
    length = 4 * task.max_length + (task.max_length % 2)
    long = make_task(name, **{**options, "max_length": length})
    bad, count = wrong(program, long.generate(np.random.default_rng(6), LONGER))
    return {"wrong": bad, "inputs": count, "length": length}


def measure(name: str, options: dict[str, int], seconds: float) -> dict[str, Any]:
    """One search, and what became of it."""
    task = make_task(name, **options)
    data = task.dataset(0)
    busy = time.process_time()
    outcome = explore(data.train, data.vocabulary, causal=data.causal, labels=data.labels, seconds=seconds)
    record: dict[str, Any] = {
        "task": name,
        "options": options,
        "seconds": outcome.seconds,
        "cpu_seconds": time.process_time() - busy,
        "tried": outcome.tried,
        "complete": outcome.complete,
        "why": outcome.why,
    }
    if outcome.found is not None:
        found = outcome.found
        record |= {
            "stage": found.stage,
            "size": found.size,
            "rounds": found.rounds,
            "variables": size(found.program).variables,
            "rasp": to_rasp(found.program),
            "space": whole_space(task, found.program),
            "longer": longer(name, options, task, found.program),
        }
    return record


def shown(record: dict[str, Any]) -> list[object]:
    """A row of the table."""
    options = record["options"]
    name = record["task"] + (
        f", {options['symbols']} symbols, length {options['max_length']}" if options else ""
    )
    if "stage" not in record:
        return [
            name,
            "-",
            "-",
            "-",
            f"{record['tried']:,}",
            f"{record['cpu_seconds']:.1f}",
            record["why"],
            "-",
        ]
    space, far = record["space"], record["longer"]
    return [
        name,
        record["stage"],
        record["size"],
        record["variables"],
        f"{record['tried']:,}",
        f"{record['cpu_seconds']:.1f}",
        f"{space['wrong']:,} of {space['inputs']:,}" + ("" if space["whole"] else " drawn"),
        f"{far['wrong']:,} of {far['inputs']:,}",
    ]


def main() -> None:
    """Search for every task, and write down what was found."""
    options = parser("What the search for small programs finds.")
    options.add_argument("--tasks", nargs="*", choices=NAMES)
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--no-large", action="store_true")
    chosen = options.parse_args()
    tasks = chosen.tasks or (QUICK if chosen.quick else NAMES)
    runs: list[tuple[str, dict[str, int]]] = [(name, {}) for name in tasks]
    if not (chosen.no_large or chosen.quick):
        runs += [(name, LARGE[name]) for name in tasks if name in LARGE]
    path = RESULTS / "search.json"
    before = kept(path, chosen.force) or {"records": [], **environment()}
    place = {name: before[name] for name in environment()}
    records = before["records"]
    for name, sizes in runs:
        if not any((r["task"], r["options"]) == (name, sizes) for r in records):
            records.append(measure(name, sizes, chosen.seconds))
            write_json(path, {"records": records, **place})
            print(" | ".join(map(str, shown(records[-1]))), flush=True)
    header = [
        "task",
        "found by",
        "size",
        "nodes",
        "expressions",
        "CPU s",
        "wrong inputs",
        "wrong at 4x the length",
    ]
    made = table(header, map(shown, records))
    text = (
        "## Small programs found by search\n\nThe training examples are the only specification; no task is known "
        "by name. Wrong inputs are counted over the whole input space (or over inputs drawn at random), and over "
        f"random contents of four times the length.\n\n{made}\n\n{environment_line([place])}"
    )
    write_section("search", text)
    print(made)


if __name__ == "__main__":
    main()
