"""How fast RASP programs are read and run, on one core, beside the bars that the project set itself.

Prints a table and writes it to ``results/rasp.json``: the median of several runs, the fastest and the
slowest. The original interpreter's times at length 1,000 (15, 24 and 31 s) are those that the project's plan states;
they were not measured here.

What bounds each figure. *One long sequence*: nothing has the size of all pairs of positions, so the floor is one look
at every token in Python (checked, made a code: some 0.2 microseconds each) and a few sorts and searches of so many
numbers. At length 1,000 the calls themselves, a few microseconds of numpy each, are as much again. *Many short
sequences*: the same look at 100,000 tokens, and as many answers made Python values; the selections are bits of words.
*Memory*: what Python, numpy and the parser take before anything runs; the sequence, its codes, a few columns and the
answer are some hundred kB more. *Reading text*: Python creating objects: tokens of text, tree, nodes, each with its
digest. *The REPL's start*: Python itself, the import of numpy and of the packages that draw the console, and the
standard library, read from its text.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import random
import resource
import statistics
import string
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from readhead.program.program import Program
from record import RESULTS, environment, kept, parser, table, write_json

RUNS = 9

Figure = dict[str, Any]
"""The median and spread of some times in seconds, the bar, and what else was measured."""

SAME = "same = select(tokens, tokens, ==);\n"
PROGRAMS = {
    "hist": "hist = selector_width(select(tokens, tokens, ==));",
    "sort": SAME
    + "first = select(tokens, tokens, <) or (same and select(indices, indices, <));\n"
    + "place = selector_width(first);\n"
    + "sorted = aggregate(select(place, indices, ==), tokens);",
    "select_next_identical": SAME
    + "num_prev = selector_width(same and select(indices, indices, <));\n"
    + "next = same and select(num_prev, num_prev + 1, ==);\n"
    + "where = aggregate(next, indices, -1);",
}
ORIGINAL = {"hist": 15, "sort": 24, "select_next_identical": 31}
"""Seconds at length 1,000, as the project's plan states them."""


def program(name: str) -> Program:
    """One of the programs, read from its text."""
    from readhead.language.rasp import from_rasp

    return from_rasp(PROGRAMS[name])


def answer(name: str, letters: list[str]) -> list[object]:
    """What a program answers, in plain Python."""
    if name == "hist":
        counts = Counter(letters)
        return [counts[x] for x in letters]
    if name == "sort":
        return [*sorted(letters)]
    later: dict[str, int] = {}
    found: list[object] = []
    for i in range(len(letters) - 1, -1, -1):
        found.append(later.get(letters[i], -1))
        later[letters[i]] = i
    return found[::-1]


def letters(length: int, seed: int = 0) -> list[str]:
    """A random sequence of small letters."""
    draw = random.Random(seed)
    return [draw.choice(string.ascii_lowercase) for _ in range(length)]


def seconds(work: Callable[[], object], runs: int = RUNS) -> list[float]:
    """How long the work takes, each time; after a first time that is not counted."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def figure(times: list[float], bar: str, **more: object) -> Figure:
    """The median and spread of some times, in seconds, and the bar that they are held to."""
    return {
        "median": round(statistics.median(times), 6),
        "fastest": round(min(times), 6),
        "slowest": round(max(times), 6),
        "bar": bar,
        **more,
    }


def long_sequences() -> dict[str, Figure]:
    """Each program on 1,000 letters, ready to run."""
    figures = {}
    given = letters(1000)
    for name in PROGRAMS:
        ready = program(name)
        assert answer(name, given) == ready.run(given)
        times = seconds(partial(ready.run, given))
        figures[f"{name}, 1,000 letters"] = figure(times, "0.1 s", original=ORIGINAL[name])
    return figures


def short_sequences() -> dict[str, Figure]:
    """10,000 strings of 10 letters through sort, as one batch."""
    batch = [letters(10, seed) for seed in range(10_000)]
    ready = program("sort")
    assert [sorted(s) for s in batch] == ready.run_batch(batch)
    return {"sort, 10,000 x 10 letters": figure(seconds(lambda: ready.run_batch(batch)), "1 s")}


def memory() -> dict[str, Any]:
    """Time and memory of hist on 10,000 letters; run this in a process of its own, for its peak is never lowered."""
    ready, given = program("hist"), letters(10_000)
    ready.run(given[:100])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = ready.run(given)
    first = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert answer("hist", given) == found
    return {
        "peak_mib": round(after / 1024, 1),
        "added_mib": round((after - before) / 1024, 1),
        "first": first,
    }


def long_histogram() -> dict[str, Figure]:
    """The histogram of 10,000 letters, each run in a fresh process."""
    records = []
    for _ in range(5):
        process = subprocess.run(  # this script, with a word of its own
            [sys.executable, __file__, "memory"], check=True, capture_output=True, text=True
        )
        records.append(json.loads(process.stdout))
    peaks = {key: max(r[key] for r in records) for key in ("peak_mib", "added_mib")}
    return {"hist, 10,000 letters": figure([r["first"] for r in records], "2 GiB", **peaks)}


def generated(lines: int = 1000) -> str:
    """A RASP text of so many lines: s-ops, selectors, aggregates, functions, comparisons, if-else."""
    draw = random.Random(4)
    text = []
    numbers, selectors = ["indices", "length"], ["full_s"]
    for i in range(lines):
        a, b, s = draw.choice(numbers[-20:]), draw.choice(numbers[-20:]), draw.choice(selectors[-20:])
        kind = i % 10
        if kind in (0, 5):
            text.append(
                f"s{i} = select({a}, {b} + {draw.randrange(5)}, {draw.choice(['==', '<', '<=', '!='])});"
            )
            selectors.append(f"s{i}")
        elif kind == 3:
            text.append(
                f"s{i} = {s} and not select(tokens, {draw.choice(string.ascii_lowercase)!r}, ==);".replace(
                    "'", '"'
                )
            )
            selectors.append(f"s{i}")
        elif kind == 7:
            text.append(f"def f{i}(x, y) {{ z = x * 2 + y; return z if x < y else x - y; }}  # line {i}")
        else:
            text.append(
                {
                    1: f"x{i} = selector_width({s});",
                    2: f"x{i} = {a} % {draw.randrange(2, 9)} + {b};",
                    4: f"x{i} = aggregate({s}, {a}, 0);",
                    6: f"x{i} = {a} if {b} > {draw.randrange(9)} else {draw.randrange(9)};",
                    8: f"x{i} = f{i - 1}({a}, {b});",
                    9: f'x{i} = indicator(tokens in ["a", "b", "c"]) + round({a} / 2);',
                }[kind]
            )
            numbers.append(f"x{i}")
    return "\n".join(text) + "\n"


def reading() -> dict[str, Figure]:
    """1,000 generated lines: parsed, elaborated, their types checked."""
    from readhead.language.rasp.elaborate import run_file

    text = generated()
    assert len(text.splitlines()) == 1000
    return {
        "parse and type-check 1,000 lines": figure(
            seconds(lambda: run_file(text, "generated.rasp"), 5), "0.5 s", characters=len(text)
        )
    }


def start() -> dict[str, Figure]:
    """The REPL, from the start of Python to its end on an empty input; and Python by itself, to compare."""

    def once(arguments: list[str]) -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, input=b"")

    alone = statistics.median(seconds(lambda: once(["-c", "pass"])))
    return {
        "REPL start": figure(
            seconds(lambda: once(["-m", "readhead", "repl"])), "0.4 s", python_alone=round(alone, 3)
        )
    }


def main() -> None:
    """Measure what is not recorded, print the table and write the record."""
    options = parser("How fast RASP programs are read and run.").parse_args()
    path = RESULTS / "rasp.json"
    made = kept(path, options.force)
    if made is None:
        figures = long_sequences() | reading()
        if not options.quick:
            figures |= short_sequences() | long_histogram() | start()
        made = {"figures": figures, **environment()}
        write_json(path, made)
    rows = [
        [
            name,
            *(f"{1000 * found[key]:.1f}" for key in ("median", "fastest", "slowest")),
            found.get("peak_mib", ""),
            found["bar"],
        ]
        for name, found in made["figures"].items()
    ]
    print(table(["what", "median, ms", "fastest", "slowest", "peak, MiB", "bar"], rows))


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        print(json.dumps(memory()))
    else:
        main()
