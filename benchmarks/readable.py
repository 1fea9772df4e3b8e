"""How short learned programs become: simplified, thinned and lifted, and checked on every input of their task.

For each of the paper's tasks one program is learned by gradient descent alone (preset ``default``, seed 0; those that
``benchmarks/paper_tasks.py`` left are used) and shortened step by step. No step sees more than learning did: the
training and validation examples, and the answers of the learned program itself. Only afterwards is every input of the
task tried, with the right answers, to count which were right before and are wrong now. The last row of a task lets
lifting search for a small program that fits these examples.

    python benchmarks/readable.py            # minutes for each task that is learned already
    python benchmarks/readable.py --tasks hist sort --force
    python benchmarks/readable.py --table-only
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from paper_tasks import path_of
from record import RESULTS, environment, environment_line, parser, table, write_json, write_section

if TYPE_CHECKING:
    from readhead.program import Program
    from readhead.reason.thin import Effort
    from readhead.tasks import Task

FOLDER = RESULTS / "readable"
PUBLISHED = {
    "hist": (160, 52),
    "reverse": (602, 174),
    "sort": (792, 222),
    "double_hist": (738, 174),
    "most_freq": (1105, 222),
    "dyck1": (1002, 334),
    "dyck2": (1169, 328),
}
"""Lines of code and rows of read-out weights of the published programs, as the project's plan gives them."""
EVERY = 1_000_000
"""The largest space of which every input is tried."""
SAMPLE = 100_000
"""How many random inputs are tried of a larger one (seed 1)."""
LONGER = 2_000
PLACES = 150_000
"""With more labels than this (the dycks have 270,000), thinning makes only its quick moves."""

NOTES = """\
One program for each task, learned by gradient descent (preset `default`, seed 0), then shortened in steps that see no
more than learning did. *Lines* are those of the whole Python file, formatted by black at 88 columns, without blank
lines and comments, docstrings and helpers included: the plain style where the program allows it, else the exact one
(marked *). *Entries* are those of tables, predicates and read-outs; *AST* counts the nodes of the file's syntax tree.
*Accuracy* is per scored position over every input of the task (dyck2 has 4^15: a random sample of 100,000). *Lost*
are positions that the learned program has right and this one wrong. *4x* is the accuracy on 2,000 random inputs of
more than the trained length and up to four times of it, where the program runs there. For the dycks, thinning makes
only its quick moves. *Searched* lets lifting look for a small program that fits the training and validation examples:
what it finds owes nothing to the learned program's parts. *Published* are the lines and rows of weights of the
paper's own programs (arXiv 2306.01128), as this project's plan quotes them; they were not counted here.
"""


def learned(name: str) -> Program:
    """The program of seed 0: the one that was recorded, else learned now."""
    from readhead.language.python import from_python
    from readhead.learn import learn

    path = path_of("default", name, 0).with_suffix(".py")
    if not path.exists():
        result = learn(name, preset="default", method="gradient", seed=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(result.python, encoding="utf-8")
    return from_python(path.read_text(encoding="utf-8"), filename=path.name)


def stages(name: str) -> list[tuple[str, Program, float]]:
    """The program after each step, and the seconds that the step took."""
    from readhead.reason.lift import lift
    from readhead.reason.simplify import simplify
    from readhead.reason.thin import thin
    from readhead.tasks import TASKS, load_dataset

    space = TASKS[name].space
    dataset = load_dataset(name, seed=0)
    examples = [*dataset.train, *dataset.validation]
    program = learned(name)
    found = [("learned", program, 0.0)]

    def step(what: str, result: Program, started: float) -> Program:
        found.append((what, result, time.perf_counter() - started))
        print(f"{name}: {what} in {found[-1][2]:.0f} s, {len(result.variables)} variables", flush=True)
        return result

    started = time.perf_counter()
    program = step("simplified", simplify(program, space=space).program, started)
    started = time.perf_counter()
    places = sum(label is not None for example in examples for label in example.labels)
    effort: Effort = "full" if places <= PLACES else "light"
    program = step("thinned", thin(program, examples, effort=effort).program, started)
    started = time.perf_counter()
    again = simplify(program, space=space).program
    lifted = lift(again, space=space, examples=examples, searching=False, seconds=120)
    step("lifted", lifted.program, started)
    started = time.perf_counter()
    step("searched", lift(again, space=space, examples=examples, seconds=240).program, started)
    return found


def answers(program: Program, contents: list[tuple[str, ...]], task: Task) -> tuple[Any, int]:
    """Which scored positions of these contents the program has right, and how many there are."""
    right = []
    for content, given in zip(contents, program.run_batch(contents), strict=True):
        assert isinstance(given, list)
        wanted = task.answer(content)
        right += [str(g) == w for g, w in zip(given, wanted, strict=True) if w is not None]
    return np.array(right, dtype=bool), len(right)


def blocks(task: Task) -> Any:
    """Every content of a task, or a random sample of it."""
    if task.space.count() <= EVERY:
        yield from task.space.blocks(20_000)
        return
    rng = np.random.default_rng(1)
    for _ in range(SAMPLE // 20_000):
        yield [example.tokens for example in task.generate(rng, 20_000)]


def longer(program: Program, name: str) -> float | None:
    """The accuracy on inputs of more than the trained length, and up to four times of it."""
    from readhead.tasks import TASKS, make_task

    if program.max_length is not None or program.vocabulary.tokens is None:
        return None
    base = TASKS[name]
    task = make_task(name, max_length=4 * base.max_length - base.max_length % 2)
    drawn = [e.tokens for e in task.generate(np.random.default_rng(2), 2 * LONGER)]
    contents = [c for c in drawn if len(c) > base.max_length][:LONGER]
    right, total = answers(program, contents, task)
    return float(right.sum()) / total


def measured(program: Program) -> dict[str, Any]:
    """The size of a program as Python."""
    from dataclasses import asdict

    from readhead.errors import ProgramError
    from readhead.language.python import to_python
    from readhead.language.python.measure import lines_of_code, syntax_nodes, table_entries
    from readhead.program.size import size

    try:
        text, style = to_python(program, style="plain"), "plain"
    except ProgramError:
        text, style = to_python(program), "exact"
    return {
        "style": style,
        "lines": lines_of_code(text),
        "ast": syntax_nodes(text),
        "literals": table_entries(text),
        "text": text,
        **asdict(size(program)),
    }


def measure(name: str) -> dict[str, Any]:
    """Everything about one task."""
    from readhead.tasks import TASKS

    task = TASKS[name]
    found = stages(name)
    right = [[] for _ in found]
    total = 0
    for block in blocks(task):
        contents = [c for c in block if any(label is not None for label in task.answer(c))]
        for i, (_, program, _) in enumerate(found):
            good, count = answers(program, contents, task)
            right[i].append(good)
        total += count
    joined = [np.concatenate(parts) for parts in right]
    rows = []
    for (what, program, seconds), good in zip(found, joined, strict=True):
        rows.append(
            {
                "stage": what,
                "seconds": round(seconds, 1),
                "accuracy": float(good.sum()) / total,
                "wrong": int(total - good.sum()),
                "lost": int((joined[0] & ~good).sum()),
                "longer": longer(program, name),
                **measured(program),
            }
        )
    every = task.space.count() <= EVERY
    return {"task": name, "positions": total, "every": every, "rows": rows} | environment()


def share(value: float | None) -> str:
    """A share in per cent, 100 only where nothing is wrong."""
    if value is None:
        return ""
    return "100" if value == 1 else f"{min(99.99, value * 100):.2f}"


def write_table() -> None:
    """The table of what was measured."""
    import json

    records = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("*.json"))]
    order = [*PUBLISHED, "induction"]
    rows = []
    for record in sorted(records, key=lambda r: order.index(r["task"])):
        for row in record["rows"]:
            published = PUBLISHED.get(record["task"])
            first = row["stage"] == "learned"
            mark = "" if row["style"] == "plain" else "*"
            rows.append(
                [
                    record["task"] if first else "",
                    row["stage"],
                    share(row["accuracy"]) + ("" if record["every"] else " (sample)"),
                    row["lost"],
                    share(row["longer"]),
                    f"{row['lines']}{mark}",
                    row["table_entries"],
                    row["ast"],
                    row["heads"],
                    row["mlps"],
                    f"{row['seconds']:.0f}",
                    f"{published[0]} + {published[1]}" if first and published else "",
                ]
            )
    header = [
        *("task", "program", "accuracy", "lost", "4x", "lines", "entries", "AST"),
        *("heads", "MLPs", "seconds", "published"),
    ]
    text = f"## Short programs\n\n{NOTES}\n{table(header, rows)}\n\n{environment_line(records)}"
    write_section("readable", text)


def main() -> None:
    options = parser("Shorten learned programs, and write the table.")
    options.add_argument("--tasks", nargs="*", choices=[*PUBLISHED, "induction"])
    options.add_argument("--table-only", action="store_true")
    given = options.parse_args()
    if not given.table_only:
        for name in given.tasks or (["hist"] if given.quick else [*PUBLISHED, "induction"]):
            if not given.force and (FOLDER / f"{name}.json").exists():
                continue
            record = measure(name)
            for row in record["rows"]:
                Path(FOLDER / "programs").mkdir(parents=True, exist_ok=True)
                path = FOLDER / "programs" / f"{name}-{row['stage']}.py"
                path.write_text(row.pop("text"), encoding="utf-8")
            write_json(FOLDER / f"{name}.json", record)
    write_table()


if __name__ == "__main__":
    main()
