"""Time to the paper's accuracy: Readhead's whole ``learn`` beside the yardstick's protocol: 250 epochs, 5 seeds.

Every figure is in CPU seconds of one core and one thread, so that what else the machine does weighs little. Of Readhead
the whole process is counted: starting Python, importing, data, search or training with all restarts, selection,
pruning. Of the yardstick only its training steps are: neither its start nor its evaluations. It is trained to the end
on hist and sort, one seed each; on the other tasks some epochs are timed, and 250 epochs of 5 seeds extrapolated.

Each run is a process of its own and one JSON file under ``results/time_to_accuracy``; those that exist are kept.

    python benchmarks/time_to_accuracy.py
    python benchmarks/time_to_accuracy.py --quick
    python benchmarks/time_to_accuracy.py --table-only
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paper_tasks import PUBLISHED, percent
from record import (
    ELSEWHERE,
    PAGES,
    RESULTS,
    cpu_seconds,
    environment,
    environment_line,
    kept,
    parser,
    table,
    write_json,
    write_section,
)

FOLDER = RESULTS / "time_to_accuracy"
CURVES = PAGES / "curves"
EPOCHS, SEEDS = 250, 5
"""The paper's protocol."""
WHOLE = ("hist", "sort")
"""The tasks on which the yardstick is trained to the end."""
QUICK = ["hist"]
"""What is measured with ``--quick``, with seed 0."""
AIM = 20
"""Readhead is to take at most this part of the yardstick's time."""
TIMED, WARM = 4, 1
"""Epochs of the yardstick that are timed, and before them those that are not, where it is not trained to the end."""


def run_yardstick(task: str, seed: int, whole: bool) -> dict[str, Any]:
    """Train the yardstick: to the end (``whole``), or for as many epochs as are timed."""
    import torch

    import yardstick
    from readhead.tasks import load_dataset

    torch.set_num_threads(1)
    dataset = load_dataset(task, seed=seed)
    epochs = EPOCHS if whole else WARM + TIMED
    rows = yardstick.train(
        dataset, yardstick.SHAPES[task], epochs=epochs, seed=seed, evaluate_every=5 if whole else 1
    )
    first = 0.0 if whole else rows[WARM - 1]["cpu_seconds"]
    per_epoch = (rows[-1]["cpu_seconds"] - first) / (epochs if whole else TIMED)
    best = max(rows, key=lambda row: row["validation_accuracy"])
    record: dict[str, Any] = {"seconds_per_epoch": per_epoch, "epochs": epochs}
    if whole:
        record |= {"rows": rows, "test_accuracy": best["test_accuracy"]}
    return record


def run_readhead(task: str, seed: int, method: str) -> dict[str, Any]:
    """Learn with the defaults; where it trains, the best validation accuracy of each epoch and when it had it."""
    from readhead.learn import learn
    from readhead.learn.training import Progress

    class Watch(Progress):
        """Notes the best program of discretized validation accuracy whenever it gets better."""

        def __init__(self) -> None:
            self.rows: list[dict[str, float]] = []

        def update(
            self, step: int, loss: float, temperature: float, best_accuracy: float | None, alive: int
        ) -> None:
            best = self.rows[-1]["validation_accuracy"] if self.rows else -1.0
            if best_accuracy is not None and best_accuracy > best:
                self.rows.append({"cpu_seconds": cpu_seconds(), "validation_accuracy": best_accuracy})

    watch = Watch()
    report = learn(task, method=method, seed=seed, progress=watch).report
    end = {"cpu_seconds": cpu_seconds(), "validation_accuracy": report["validation_accuracy"]}
    return {
        "method": report["method"],
        "rows": [*watch.rows, end],
        "test_accuracy": report["test_accuracy"],
        "seconds": cpu_seconds(),
    }


def path_of(contestant: str, task: str, seed: int) -> Path:
    """Where the record of one run lies."""
    return FOLDER / f"{contestant}-{task}-{seed}.json"


def run_one(contestant: str, task: str, seed: int, quick: bool) -> None:
    """One run, in this process, on one core; a quick one trains no yardstick to the end."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    started = time.perf_counter()
    record = (
        run_yardstick(task, seed, whole=task in WHOLE and not quick)
        if contestant == "yardstick"
        else run_readhead(task, seed, contestant.removeprefix("readhead-"))
    )
    wall = time.perf_counter() - started
    write_json(
        path_of(contestant, task, seed),
        {"contestant": contestant, "task": task, "seed": seed, "wall_seconds": wall} | record | environment(),
    )


def runs(tasks: Sequence[str], seeds: Sequence[int]) -> list[tuple[str, str, int]]:
    """Every run of the table: contestant, task, seed."""
    todo = [("readhead-auto", task, seed) for task in tasks for seed in seeds]
    todo += [("readhead-gradient", task, 0) for task in tasks if task in WHOLE]
    todo += [("yardstick", task, 0) for task in tasks if task not in WHOLE]
    return todo + [("yardstick", task, 0) for task in tasks if task in WHOLE]


def recorded(contestant: str, task: str) -> list[dict[str, Any]]:
    """The records of one contestant that exist, by seed."""
    paths = FOLDER.glob(f"{contestant}-{task}-*.json")
    return sorted((json.loads(path.read_text(encoding="utf-8")) for path in paths), key=lambda r: r["seed"])


def protocol_seconds(record: dict[str, Any]) -> float:
    """What the yardstick's protocol takes on a task."""
    return float(record["seconds_per_epoch"]) * EPOCHS * SEEDS


def time_table(tasks: Sequence[str]) -> str:
    """One row for each task that both have been measured on."""
    header = [
        "task",
        "paper's accuracy",
        "yardstick, s per epoch",
        "its protocol, s",
        "its accuracy",
        "Readhead, s (median)",
        "slowest seed",
        "accuracy, worst seed",
        "of the yardstick's time (slowest)",
    ]
    rows = []
    for task in tasks:
        yard, ours = recorded("yardstick", task), recorded("readhead-auto", task)
        if not yard or not ours:
            continue
        seconds = [record["seconds"] for record in ours]
        protocol = protocol_seconds(yard[0])
        rows.append(
            [
                task,
                PUBLISHED[task],
                f"{yard[0]['seconds_per_epoch']:.2f}",
                f"{protocol:,.0f}{'' if 'rows' in yard[0] else ' (extrapolated)'}",
                percent(yard[0]["test_accuracy"]) if "rows" in yard[0] else "",
                f"{statistics.median(seconds):.1f}",
                f"{max(seconds):.1f}",
                percent(min(record["test_accuracy"] for record in ours)),
                f"1/{protocol / max(seconds):,.0f}",
            ]
        )
    return table(header, rows)


def trained_table(tasks: Sequence[str]) -> str:
    """Training alone beside the yardstick's one seed: what each has at the end, and when it first had 99%."""
    header = ["task", "contestant", "restarts", "s in all", "test accuracy", "s to 99% validation accuracy"]
    rows = []
    for task in tasks:
        for contestant, restarts in (
            ("yardstick", "1 seed"),
            ("readhead-gradient", "all, selection included"),
        ):
            for record in recorded(contestant, task):
                if "rows" not in record:
                    continue
                reached = [r["cpu_seconds"] for r in record["rows"] if r["validation_accuracy"] >= 0.99]
                rows.append(
                    [
                        task,
                        contestant,
                        restarts,
                        f"{record['rows'][-1]['cpu_seconds']:,.0f}",
                        percent(record["test_accuracy"]),
                        f"{reached[0]:,.0f}" if reached else "never",
                    ]
                )
    return table(header, rows)


def draw(task: str, path: Path) -> None:
    """Accuracy against seconds: the yardstick, Readhead trained, Readhead searching first."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams |= {"svg.hashsalt": task, "svg.fonttype": "none"}
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    names = {
        "yardstick": ("yardstick, one seed", "tab:gray"),
        "readhead-gradient": ("Readhead, training alone", "tab:blue"),
        "readhead-auto": ("Readhead, searching first", "tab:green"),
    }
    for contestant, (name, colour) in names.items():
        for record in [r for r in recorded(contestant, task) if "rows" in r][:1]:
            xs = [row["cpu_seconds"] for row in record["rows"]]
            ys = [
                100 * max(r["validation_accuracy"] for r in record["rows"][: k + 1]) for k in range(len(xs))
            ]
            axes.plot(xs, ys, color=colour, label=name, marker="o", markersize=3, drawstyle="steps-post")
    axes.set_xscale("log")
    axes.set(
        xlabel="CPU seconds",
        ylabel="best accuracy so far (%)",
        title=f"{task}: discretized, validation split",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def section(tasks: Sequence[str]) -> str:
    """The part of the results page."""
    records = [r for c in ("readhead-auto", "yardstick") for t in tasks for r in recorded(c, t)]
    pictures = [f"![Accuracy against seconds: {task}](curves/{task}.svg)" for task in WHOLE if task in tasks]
    notes = (
        f"CPU seconds of one core. *Its protocol*: {EPOCHS} epochs, {SEEDS} seeds, of the yardstick "
        "(`benchmarks/yardstick.py`): its training steps only; measured to the end for one seed on hist and sort and "
        "taken five times, extrapolated elsewhere from "
        f"{TIMED} epochs. *Its accuracy*: of that one seed on the test split, at the epoch best on validation data. "
        "Readhead: `readhead learn TASK` with its defaults (searching first), the whole process from the start of "
        f"Python to the program, over the seeds that are recorded. The aim is 1/{AIM}. What the search can find owes "
        "its grammar to people who knew these tasks ([search.md](search.md)); the second table has training alone."
    )
    return "\n\n".join(
        [
            "## Time to the paper's accuracy",
            notes,
            time_table(tasks),
            trained_table([task for task in WHOLE if task in tasks]),
            *pictures,
            environment_line(records),
        ]
    )


def main() -> None:
    """Measure what is not recorded yet, then write the tables and draw the curves."""
    command_line = parser("Time to the paper's accuracy, beside the yardstick.")
    command_line.add_argument("--tasks", nargs="+", choices=list(PUBLISHED))
    command_line.add_argument("--seeds", nargs="+", type=int)
    command_line.add_argument(
        "--table-only", action="store_true", help="only write the tables and pictures again"
    )
    command_line.add_argument(
        "--one", nargs=3, metavar=("CONTESTANT", "TASK", "SEED"), help=argparse.SUPPRESS
    )
    options = command_line.parse_args()
    if options.one:
        run_one(options.one[0], options.one[1], int(options.one[2]), options.quick)
        return
    tasks = options.tasks or (QUICK if options.quick else list(PUBLISHED))
    seeds = options.seeds or ([0] if options.quick else list(range(SEEDS)))
    single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    for run in [] if options.table_only else runs(tasks, seeds):
        if kept(path_of(*run), options.force) is None:
            print(*run, flush=True)
            command = [
                sys.executable,
                __file__,
                "--one",
                *map(str, run),
                *(["--quick"] if options.quick else []),
            ]
            variables = os.environ | single | {ELSEWHERE: str(RESULTS)}
            subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)
    text = section(tasks)
    print(text)
    write_section("time-to-accuracy", text)
    for task in WHOLE:
        if task in tasks:
            draw(task, CURVES / f"{task}.svg")


if __name__ == "__main__":
    main()
