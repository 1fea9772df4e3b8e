"""What was reached beside each aim of the learner: accuracy on the paper's tasks, speed, time to the paper's accuracy.

Measures nothing: reads what ``paper_tasks.py``, ``training_step.py`` and ``time_to_accuracy.py`` have recorded.

    python benchmarks/aims.py
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from typing import Any

import time_to_accuracy
from paper_tasks import LARGE, PUBLISHED, percent, recorded
from record import RESULTS, environment_line, parser, table, write_section

ACCURACY = {
    "reverse": 1.0,
    "hist": 1.0,
    "double_hist": 1.0,
    "sort": 1.0,
    "most_freq": 0.95,
    "dyck1": 0.999,
    "dyck2": 0.999,
    "induction": 1.0,
}
"""The test accuracy that is aimed at; 1 means every input of the whole space besides."""
STEP = 8
"""A training step is to take at most this part of the yardstick's."""

NOTES = """\
Accuracy in per cent from the worst seed, with the number of seeds. The first columns of figures are of `readhead learn
TASK` with its defaults, which searches for a small program before it trains; the last two of training alone (`--method
gradient`), which falls short of these aims: what was tried there is under *What was tried*. dyck2 has too many inputs
to run them all; what is proved of it is under *Verified on every input*. What bounds speed is in
[speed.md](speed.md)."""

Records = Sequence[dict[str, Any]]


def lowest(records: Records, where: str) -> str:
    """The lowest accuracy over the seeds, on the test split or on the whole space, and over how many seeds."""
    found = [
        record["accuracy"]["test"] if where == "test" else record["whole_space"]["accuracy"]
        for record in records
        if where == "test" or "whole_space" in record
    ]
    return f"{percent(min(found))} ({len(found)})" if found else ""


def verdict(reached: bool) -> str:
    """In a word."""
    return "yes" if reached else "**no**"


def accuracy_rows() -> list[list[object]]:
    """One row for each task: the paper's best, the aim, and what each way of learning reached from its worst seed."""
    searched, trained = recorded("default-auto"), recorded("default")
    rows: list[list[object]] = []
    for task, aim in ACCURACY.items():
        ours, alone = searched.get(task, []), trained.get(task, [])
        if not ours:
            continue
        reached = all(
            record["accuracy"]["test"] >= aim
            and (aim < 1 or record.get("whole_space", {"accuracy": 0.0})["accuracy"] == 1)
            for record in ours
        )
        rows.append(
            [
                task,
                PUBLISHED[task],
                f"{'at least ' if aim < 1 else ''}{100 * aim:g}",
                lowest(ours, "test"),
                lowest(ours, "whole space"),
                verdict(reached),
                lowest(alone, "test"),
                lowest(alone, "whole space"),
            ]
        )
    large = recorded("default-auto-large")
    for task in LARGE:
        ours = large.get(task, [])
        if ours:
            perfect = all(record["accuracy"]["test"] == 1 for record in ours)
            aim_text = "an ordinary transformer's, less 2 points"
            # 100% is at least any accuracy less two points; anything lower would need the other model beside it
            rows.append([f"{task}, large", "", aim_text, lowest(ours, "test"), "", verdict(perfect), "", ""])
    return rows


def speed_rows() -> list[list[object]]:
    """Time per step, and time to the paper's accuracy."""
    rows: list[list[object]] = []
    path = RESULTS / "training_step.json"
    if path.exists():
        contestants = json.loads(path.read_text(encoding="utf-8"))["contestants"]
        of = {(c["name"], c["restarts"]): statistics.median(c["turns"]) for c in contestants}
        yardstick = of["yardstick", 1]
        ratios = {n: yardstick / seconds for (name, n), seconds in of.items() if name == "readhead"}
        reached = ", ".join(f"1/{ratio:.1f} ({restarts})" for restarts, ratio in sorted(ratios.items()))
        rows.append(
            [
                "training step of one restart (restarts in the population)",
                f"1/{STEP}",
                reached,
                verdict(min(ratios.values()) >= STEP),
            ]
        )
    for task in PUBLISHED:
        yard = time_to_accuracy.recorded("yardstick", task)
        ours = time_to_accuracy.recorded("readhead-auto", task)
        if yard and ours:
            ratio = time_to_accuracy.protocol_seconds(yard[0]) / max(r["seconds"] for r in ours)
            accurate = min(r["test_accuracy"] for r in ours) * 100 >= float(
                PUBLISHED[task].replace("perfect", "100")
            )
            rows.append(
                [
                    f"{task}: time to the paper's accuracy, slowest seed",
                    f"1/{time_to_accuracy.AIM}",
                    f"1/{ratio:,.0f}",
                    verdict(accurate and ratio >= time_to_accuracy.AIM),
                ]
            )
    return rows


def section() -> str:
    """The part of the results page."""
    ways = (recorded("default-auto"), recorded("default"), recorded("default-auto-large"))
    records = [record for way in ways for rows in way.values() for record in rows]
    accuracy = [
        "task",
        "paper's best",
        "aim",
        "test, worst seed (seeds)",
        "whole space",
        "reached",
        "training alone: test",
        "whole space",
    ]
    return "\n\n".join(
        [
            "## Aims, and what was reached",
            NOTES,
            table(accuracy, accuracy_rows()),
            table(["speed", "aim, of the yardstick's", "reached", "holds"], speed_rows()),
            environment_line(records),
        ]
    )


def main() -> None:
    """Print the tables and write them."""
    parser("What was reached beside each aim.").parse_args()
    text = section()
    print(text)
    write_section("aims", text)


if __name__ == "__main__":
    main()
