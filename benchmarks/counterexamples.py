"""Learning by gradient with counterexamples from verification: a section of its own in ``docs/results.md``.

Small budgets, with which ordinary learning leaves errors: what one round leaves is the ordinary result, and the last
column what the rounds came to. Nothing here stands beside other accuracies, since verification over all inputs feeds
back into learning. Each (task, seed) is one JSON file under ``results/counterexamples/``; those that exist are kept.

    python benchmarks/counterexamples.py
    python benchmarks/counterexamples.py --tasks sort --seeds 0 1 2 --rounds 4 --preset default
    python benchmarks/counterexamples.py --table-only
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from readhead.learn import learn
from record import RESULTS, environment, environment_line, kept, parser, table, write_json, write_section

FOLDER = RESULTS / "counterexamples"
NOTES = """\
`readhead learn TASK --method gradient --restarts 1 --counterexamples`: the program is verified over all inputs of its
task, the wrong ones (at most 1,000 in a round) are added to the training examples, and training goes on from the
program. *Wrong inputs* after each round, of all inputs of the task; the first is what ordinary learning leaves. **These
are no results of learning from examples alone**: inputs outside the training split were learned from.
"""


def measure(task: str, seed: int, preset: str, rounds: int, **sizes: int) -> dict[str, Any]:
    """Learn one task with counterexamples; what each round came to."""
    started = time.process_time()
    result = learn(
        task,
        preset=preset,
        method="gradient",
        restarts=1,
        seed=seed,
        counterexamples=rounds,
        device="cpu",
        **sizes,
    )
    told = result.report["counterexamples"]
    return {
        "task": task,
        "seed": seed,
        "preset": preset,
        "asked": rounds,
        "rounds": told["rounds"],
        "verdict": told["verdict"],
        "added": told["added"],
        "seconds": round(time.process_time() - started, 1),
    } | environment()


def path_of(task: str, seed: int, preset: str) -> Path:
    """Where a record lies."""
    return FOLDER / f"{task}-{preset}-{seed}.json"


def row(record: Mapping[str, Any]) -> list[str]:
    """A row of the table."""
    wrong = " → ".join(f"{r['wrong']:,}" for r in record["rounds"])
    of = f"{record['rounds'][0]['of']:,}"
    verdict = {"proved": "proved", "unknown": "unknown"}.get(record["verdict"], "not proved")
    return [
        record["task"],
        record["preset"],
        str(record["seed"]),
        wrong,
        of,
        f"{record['added']:,}",
        verdict,
        f"{record['seconds']:.0f}",
    ]


def section(records: Sequence[Mapping[str, Any]]) -> str:
    """The results page's part."""
    header = ["task", "preset", "seed", "wrong inputs, round by round", "of", "added", "verdict", "CPU s"]
    ordered = sorted(records, key=lambda r: (r["task"], r["preset"], r["seed"]))
    return "\n\n".join(
        [
            "## With counterexamples",
            NOTES.strip(),
            table(header, map(row, ordered)),
            environment_line(ordered),
        ]
    )


SMALL = {"symbols": 3, "max_length": 4}
"""The sizes with ``--quick``."""


def main() -> None:
    """Measure what is not recorded yet, then write the table."""
    command = parser("Learn with counterexamples from verification.")
    command.add_argument("--tasks", nargs="+", help="by default hist and sort; hist, small, with --quick")
    command.add_argument("--seeds", nargs="+", type=int, help="by default 0 to 2; 0 with --quick")
    command.add_argument("--preset", default="quick")
    command.add_argument("--rounds", type=int, default=4)
    command.add_argument("--table-only", action="store_true", help="only write the table again")
    options = command.parse_args()
    tasks = options.tasks or (["hist"] if options.quick else ["hist", "sort"])
    seeds = options.seeds or ([0] if options.quick else [0, 1, 2])
    sizes = SMALL if options.quick else {}
    for task, seed in product(tasks, () if options.table_only else seeds):
        path = path_of(task, seed, options.preset)
        if kept(path, options.force) is None:
            write_json(path, measure(task, seed, options.preset, options.rounds, **sizes))
            print(f"{task}, seed {seed}: done", flush=True)
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    if not records:
        raise SystemExit("nothing is recorded yet")
    text = section(records)
    print(text)
    write_section("counterexamples", text)


if __name__ == "__main__":
    main()
