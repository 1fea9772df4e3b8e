"""The paper's eight tasks, seeds 0-4: what Readhead learns, written into ``docs/results.md``.

Each (task, seed) is learned in a process of its own, and recorded as one JSON file; those that exist are kept, so a run
that was stopped goes on where it was. The processes that run at a time share out the cores (as many jobs as cores: one
core, and so one thread, each). The table is made from the files that exist.

    python benchmarks/paper_tasks.py --jobs 2                       # searching first, as `readhead learn` does
    python benchmarks/paper_tasks.py --jobs 2 --method gradient     # training alone
    python benchmarks/paper_tasks.py --jobs 2 --large               # the larger sizes of five of the tasks
    python benchmarks/paper_tasks.py --tasks hist sort --seeds 0 1 --whole-space
    python benchmarks/paper_tasks.py --quick
    python benchmarks/paper_tasks.py --table-only
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from record import ELSEWHERE, RESULTS, environment, environment_line, parser, table, write_json, write_section

if TYPE_CHECKING:
    from readhead.learn import LearnResult

FOLDER = RESULTS / "paper_tasks"
WHOLE_SPACE_LIMIT = 1_000_000
"""Spaces with more contents than this (dyck2 has a thousand million) are not enumerated."""
BLOCK = 20_000

PUBLISHED = {
    "reverse": "99.79",
    "hist": "100.0",
    "double_hist": "98.40",
    "sort": "99.83",
    "most_freq": "75.69",
    "dyck1": "99.30",
    "dyck2": "99.09",
    "induction": "perfect",
}
"""Test accuracy (%) in table 1 and section 4.1 of the paper, arXiv 2306.01128."""

QUICK = ["hist", "sort"]
"""What is learned with ``--quick``, with seed 0."""

TITLES = {"auto": "searching first", "search": "searching alone", "gradient": "training alone"}
NOTES = """\
Test accuracy (%) per scored position of the discretized, rounded and pruned program. *Majority* is what the commonest
training label scores on the test split (mean over seeds). *Spread* is the largest minus the smallest. *Published* is
the paper's figure (table 1; for induction "perfect accuracy", section 4.1), checked against the text of arXiv
2306.01128: the best of a grid search over sizes, there the best of five initialisations by validation accuracy (for
induction, by test loss), on splits of 16,000/2,000/2,000. Here each seed also draws its own data, split 81/9/10 %.
"""


LARGE = {
    task: {"symbols": symbols, "max_length": length}
    for task, symbols, length in (
        ("reverse", 13, 14),
        ("sort", 13, 14),
        ("hist", 14, 15),
        ("double_hist", 14, 15),
        ("most_freq", 14, 15),
    )
}
"""The larger sizes at which the paper measures five of the tasks (there, sequences with their markers are 16 long)."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a table's programs are learned."""

    preset: str
    method: str
    large: bool = False

    @property
    def name(self) -> str:
        """The name of the table's folder and of its section."""
        method = "" if self.method == "gradient" else f"-{self.method}"
        return f"{self.preset}{method}{'-large' if self.large else ''}"

    def options(self, task: str) -> dict[str, int]:
        """The sizes of a task, where they are not the usual ones."""
        return LARGE[task] if self.large else {}


def path_of(protocol: str, task: str, seed: int) -> Path:
    """Where the record of one run lies."""
    return FOLDER / protocol / f"{task}-{seed}.json"


def learn_one(task: str, seed: int, protocol: Protocol) -> None:
    """Learn one task with one seed, and record it."""
    from readhead.learn import learn
    from readhead.tasks import TASKS, load_dataset, majority, score

    options = protocol.options(task)
    started = time.perf_counter()
    result = learn(task, preset=protocol.preset, method=protocol.method, seed=seed, **options)
    seconds = time.perf_counter() - started
    dataset = load_dataset(task, seed=seed, **options)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    record: dict[str, Any] = {
        "task": task,
        "seed": seed,
        "preset": protocol.preset,
        "method": result.report["method"],
        "repairs": result.report.get("repairs"),
        "options": options,
        "seconds": round(seconds, 1),
        "majority": majority(dataset).accuracy,
        "accuracy": {name: score(result.program, examples).accuracy for name, examples in splits.items()},
        "subsets": {},
        "size": size_of(result),
    } | environment()
    for name, belongs in TASKS[task].subsets.items():
        examples = [example for example in dataset.test if belongs(example.tokens)]
        record["subsets"][name] = {
            "accuracy": score(result.program, examples).accuracy,
            "examples": len(examples),
        }
    path = path_of(protocol.name, task, seed)
    write_json(path, record)
    path.with_suffix(".py").write_text(result.python, encoding="utf-8")


def size_of(result: LearnResult) -> dict[str, Any]:
    """Heads and MLPs of the learned program before and after pruning, and the lines of code of the pruned one."""
    from readhead.program.size import size

    before, after = size(result.unpruned), size(result.program)
    return {
        "before": {"heads": before.heads, "mlps": before.mlps},
        "after": {"heads": after.heads, "mlps": after.mlps, "lines": written_lines(result.python)},
    }


HELPERS = "# Readhead's own part"
"""Where an emitted file's functions end that are the same for every program."""


def written_lines(text: str) -> int:
    """The lines of a program as it was written: of a plain file all of them, else those above the helpers."""
    from readhead.language.python.measure import lines_of_code

    return own_lines(text) if HELPERS in text else lines_of_code(text)


def own_lines(text: str) -> int:
    r"""Lines of an emitted file, neither blank nor only a comment, before the part that every program brings along.

    >>> own_lines("# a comment\n\nx = 1  # one\n# Readhead's own part: ...\ny = 2\n")
    1
    """
    own, heading, _ = text.partition(HELPERS)
    assert heading, "an emitted file has its helpers below a heading"
    return sum(1 for line in own.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def add_whole_space(path: Path) -> None:
    """Score a recorded program on every content that its task allows, and add that to its record."""
    from readhead.language.python import from_python
    from readhead.tasks import TASKS, Example, score

    record = json.loads(path.read_text(encoding="utf-8"))
    if record.get("options"):
        return
    task = TASKS[record["task"]]
    if "whole_space" in record or task.space.count() > WHOLE_SPACE_LIMIT:
        return
    program_path = path.with_suffix(".py")
    program = from_python(program_path.read_text(encoding="utf-8"), filename=program_path.name)
    correct = positions = 0
    for block in task.space.blocks(BLOCK):
        examples = [Example(content, tuple(task.answer(content))) for content in block]
        if any(label is not None for example in examples for label in example.labels):
            part = score(program, examples)
            correct, positions = correct + part.correct, positions + part.positions
    record["whole_space"] = {
        "accuracy": correct / positions,
        "wrong": positions - correct,
        "positions": positions,
        "contents": task.space.count(),
    }
    write_json(path, record)


def shares(jobs: int) -> list[str]:
    """The cores for each of the processes that run at a time."""
    cores = sorted(os.sched_getaffinity(0))
    return [",".join(str(core) for core in cores[job % len(cores) :: jobs]) for job in range(jobs)]


def run_all(todo: list[tuple[str, int]], protocol: Protocol, jobs: int) -> list[str]:
    """Learn all in processes of their own, ``jobs`` at a time; the runs that failed, with their status."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", ELSEWHERE: str(RESULTS)}
    free: SimpleQueue[str] = SimpleQueue()
    for share in shares(jobs):
        free.put(share)

    def run(job: tuple[str, int]) -> str | None:
        task, seed = job
        share = free.get()
        command = [sys.executable, __file__, "--one", task, str(seed), "--cores", share]
        command += ["--preset", protocol.preset, "--method", protocol.method]
        command += ["--large"] if protocol.large else []
        status = subprocess.run(command, env=environment, check=False).returncode
        free.put(share)
        print(f"{task}, seed {seed}: {'done' if status == 0 else f'failed with status {status}'}", flush=True)
        return None if status == 0 else f"{task}, seed {seed}: status {status}"

    with ThreadPoolExecutor(jobs) as pool:
        return [failure for failure in pool.map(run, todo) if failure]


def percent(share: float) -> str:
    """A share as a percentage that says 100 only when nothing is wrong.

    >>> percent(1.0), percent(0.99999), percent(0.5)
    ('100', '99.99', '50.00')
    """
    rounded = f"{share * 100:.2f}"
    if share == 1:
        return "100"
    return "99.99" if rounded == "100.00" else rounded


def recorded(protocol: str) -> dict[str, list[dict[str, Any]]]:
    """The records that exist, by task in the paper's order, by seed."""
    records = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / protocol).glob("*.json"))
    ]
    by_task = {task: [r for r in records if r["task"] == task] for task in PUBLISHED}
    return {task: sorted(rows, key=lambda r: r["seed"]) for task, rows in by_task.items() if rows}


def accuracy_table(by_task: dict[str, list[dict[str, Any]]]) -> str:
    """One row for each task: every seed's test accuracy, and how they spread."""
    seeds = sorted({record["seed"] for records in by_task.values() for record in records})
    header = [
        "task",
        "majority",
        *(f"seed {seed}" for seed in seeds),
        "mean",
        "min",
        "max",
        "spread",
        "published",
    ]
    rows = []
    for task, records in by_task.items():
        of_seed = {record["seed"]: record["accuracy"]["test"] for record in records}
        values = list(of_seed.values())
        rows.append(
            [
                task,
                percent(statistics.mean(record["majority"] for record in records)),
                *(percent(of_seed[seed]) if seed in of_seed else "" for seed in seeds),
                percent(statistics.mean(values)),
                percent(min(values)),
                percent(max(values)),
                f"{(max(values) - min(values)) * 100:.2f}",
                "" if records[0].get("options") else PUBLISHED[task],
            ]
        )
    return table(header, rows)


def size_table(by_task: dict[str, list[dict[str, Any]]]) -> str:
    """One row for each task: program sizes, cost, and the scores on parts of the input space (medians over seeds)."""
    header = ["task", "heads", "MLPs", "lines", "seconds", "balanced half", "whole space"]
    rows = []
    for task, records in by_task.items():
        sizes = [record["size"] for record in records]
        balanced = [r["subsets"]["balanced"]["accuracy"] for r in records if "balanced" in r["subsets"]]
        whole = [record["whole_space"]["accuracy"] for record in records if "whole_space" in record]
        rows.append(
            [
                task,
                *(before_after(sizes, part) for part in ("heads", "mlps")),
                f"{statistics.median(size['after']['lines'] for size in sizes):g}",
                f"{statistics.median(record['seconds'] for record in records):.0f}",
                f"{percent(min(balanced))}-{percent(max(balanced))}" if balanced else "",
                f"{percent(min(whole))}-{percent(max(whole))} ({len(whole)} seeds)" if whole else "",
            ]
        )
    return table(header, rows)


def before_after(sizes: list[dict[str, Any]], part: str) -> str:
    """Median size before and after pruning."""
    before, after = (statistics.median(size[when][part] for size in sizes) for when in ("before", "after"))
    return f"{before:g} → {after:g}"


def methods_line(by_task: dict[str, list[dict[str, Any]]]) -> str:
    """How the programs came about: found by searching, or trained."""
    methods = [record.get("method", "gradient") for records in by_task.values() for record in records]
    found = methods.count("search")
    if not found:
        older = [t for t, records in by_task.items() if any("repairs" not in record for record in records)]
        said = f" Those of {', '.join(older)} are as they were before single choices were repaired after training."
        return f"All programs were trained (`--method gradient`).{said if older else ''}"
    trained = f"; the other {len(methods) - found} were trained" if found < len(methods) else ""
    return (
        f"{found} of the {len(methods)} programs were found by searching before anything was trained{trained}. The "
        "search sees the training split alone; its grammar was written by people who knew these tasks "
        "([search.md](search.md))."
    )


def section(protocol: Protocol) -> str:
    """A table's part of the results page."""
    by_task = recorded(protocol.name)
    explanation = (
        "Medians over the seeds: heads and MLPs before and after pruning; lines of the emitted Python (neither blank "
        "nor comment, docstring and settings included; in the exact style without the helpers that every program "
        "brings along, in the plain style all of the file); and seconds to learn, all restarts and selection included. "
        "Lowest and highest "
        "accuracy over the seeds (%) on the test examples that the dycks' generator of balanced strings can make, and, "
        "where measured, per position over every input that the task allows."
    )
    return "\n\n".join(
        [
            f"## The paper's tasks, preset `{protocol.preset}`, {TITLES[protocol.method]}"
            + (", larger sizes" if protocol.large else ""),
            NOTES.strip(),
            methods_line(by_task),
            accuracy_table(by_task),
            explanation,
            size_table(by_task),
            environment_line(record for records in by_task.values() for record in records),
        ]
    )


def command_line() -> argparse.ArgumentParser:
    """The options of the script."""
    options = parser("Learn the paper's tasks and write the results table.")
    options.add_argument("--tasks", nargs="+", choices=list(PUBLISHED))
    options.add_argument("--seeds", nargs="+", type=int)
    options.add_argument("--preset", default="default")
    options.add_argument("--method", choices=list(TITLES), default="auto")
    options.add_argument("--large", action="store_true", help="the larger sizes of five of the tasks")
    options.add_argument("--jobs", type=int, default=1, help="processes at a time; they share out the cores")
    options.add_argument(
        "--whole-space", action="store_true", help="also score on every input the task allows"
    )
    options.add_argument("--table-only", action="store_true", help="only write the table again")
    options.add_argument("--cores", help=argparse.SUPPRESS)
    options.add_argument("--one", nargs=2, metavar=("TASK", "SEED"), help=argparse.SUPPRESS)
    return options


def main() -> None:
    """Learn what is not recorded yet, then write the table."""
    options = command_line().parse_args()
    protocol = Protocol(options.preset, options.method, options.large)
    if options.one:
        os.sched_setaffinity(0, {int(core) for core in options.cores.split(",")})
        learn_one(options.one[0], int(options.one[1]), protocol)
        return
    tasks = options.tasks or (QUICK if options.quick else list(LARGE if options.large else PUBLISHED))
    seeds = options.seeds or ([0] if options.quick else [0, 1, 2, 3, 4])
    chosen = [(task, seed) for task in tasks for seed in seeds]
    failures: list[str] = []
    if not options.table_only:
        todo = [job for job in chosen if options.force or not path_of(protocol.name, *job).exists()]
        print(f"{len(todo)} of {len(chosen)} runs to do")
        failures = run_all(todo, protocol, options.jobs)
    if options.whole_space:
        for path in (path_of(protocol.name, *job) for job in chosen):
            if path.exists():
                add_whole_space(path)
    if recorded(protocol.name):
        text = section(protocol)
        print(text)
        write_section(f"paper-tasks-{protocol.name}", text)
    if failures:
        raise SystemExit("failed runs:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
