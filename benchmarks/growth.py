"""How the cost of training grows: length, values, layers, restarts and examples, doubled several times.

Measured is the processor time of one thread (what other processes do meanwhile counts little), the median of several
turns that go round all sizes, so that a disturbance meets every size. The data are random: a step costs the same
whatever it learns.

    python benchmarks/growth.py
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from readhead.learn.encode import Encoded
from readhead.learn.population import Setting, new_group, train_epoch
from readhead.learn.presets import PAPER_SHAPES, Schedule
from readhead.learn.shape import Shape, segments
from record import RESULTS, environment, environment_line, kept, parser, table, write_json, write_section

LABELS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """What is trained: the paper's shape for ``sort``, a sequence of 8 positions, unless a size is doubled."""

    length: int = 8
    values: int = 8
    layers: int = 3
    restarts: int = 1
    examples: int = 256
    batch: int = 256


@dataclass(frozen=True, slots=True)
class Growth:
    """One size to double.

    Attributes:
        name: the attribute of :class:`Size`.
        sizes: its values, each twice the one before.
        least, most: the exponents between which growth should lie.
        why: what grows how.
        base: the other sizes.
    """

    name: str
    sizes: tuple[int, ...]
    least: float
    most: float
    why: str
    base: Size = Size()


GROWTHS = (
    Growth(
        "length",
        (8, 16, 32, 64),
        1,
        2,
        "reading variables, MLPs, sums and the read-out go by position, closest matches by pairs of positions",
        Size(batch=64, examples=64),
    ),
    Growth(
        "values",
        (8, 16, 32),
        1,
        3,
        "variables and matches go by value, predicates by pairs, tables of two variables by triples",
        Size(batch=64, examples=64),
    ),
    Growth(
        "layers",
        (1, 2, 4, 8),
        1,
        2,
        "heads and MLPs go by layer; each reads all variables of earlier layers",
    ),
    Growth(
        "restarts",
        (1, 2, 4, 8),
        0,
        1,
        "restarts are alike; those of a group share the batch and, when it is small, the calls",
    ),
    Growth(
        "examples", (512, 1024, 2048, 4096), 1, 1, "an epoch has as many steps as batches", Size(batch=256)
    ),
    Growth(
        "batch",
        (64, 128, 256, 512),
        0,
        1,
        "one step; a call costs the same however small the batch is",
        Size(examples=64),
    ),
)


def epoch_of(size: Size) -> Callable[[], None]:
    """Trains one epoch of so many random examples; a batch is one step."""
    rng = np.random.default_rng(0)
    examples = max(size.examples, size.batch)
    tokens = rng.integers(0, 8, (examples, size.length))
    labels = rng.integers(0, LABELS, (examples, size.length))
    data = Encoded(tokens, np.full(examples, size.length), labels)
    shape: Shape = replace(PAPER_SHAPES["sort"], layers=size.layers, values=size.values)
    schedule = Schedule(size.restarts, 1, batch=size.batch, hot=0.17, cold=0.17)
    setting = Setting(shape, schedule, segments(shape, 8, LABELS), False, False, 0, torch.device("cpu"))
    group = new_group(setting, list(range(size.restarts)))
    return lambda: train_epoch(group, setting, data, 0)


def measure(growth: Growth, turns: int) -> list[float]:
    """The median processor seconds of an epoch for each size."""
    runs = [epoch_of(replace(growth.base, **{growth.name: size})) for size in growth.sizes]
    seconds: list[list[float]] = [[] for _ in runs]
    for run in runs:
        run()
    for _ in range(turns):
        for run, taken in zip(runs, seconds, strict=True):
            started = time.process_time()
            run()
            taken.append(time.process_time() - started)
    return [statistics.median(taken) for taken in seconds]


def exponent(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """The slope of log seconds over log size, by least squares.

    >>> round(exponent((1, 2, 4), [3.0, 12.0, 48.0]), 6)
    2.0
    """
    return float(np.polyfit([math.log(s) for s in sizes], [math.log(s) for s in seconds], 1)[0])


def report(results: list[tuple[Growth, list[float]]], place: dict[str, Any]) -> str:
    """The table."""
    rows = []
    for growth, seconds in results:
        ratios = [f"{after / before:.2f}" for before, after in pairwise(seconds)]
        expected = (
            f"{growth.least:g}" if growth.least == growth.most else f"{growth.least:g} to {growth.most:g}"
        )
        rows.append(
            [
                growth.name,
                ", ".join(map(str, growth.sizes)),
                ", ".join(f"{s * 1000:.1f}" for s in seconds),
                ", ".join(ratios),
                f"{exponent(growth.sizes, seconds):.2f}",
                expected,
                growth.why,
            ]
        )
    header = ["doubled", "sizes", "ms", "ratios", "exponent", "expected", "why"]
    text = (
        "Processor milliseconds (one thread, medians) of a training epoch at the paper's shape for `sort` where one"
        " size is doubled: one step of 64 examples for length and values, of 256 for layers and restarts. *Exponent* is"
        " fitted over all sizes; where calls cost more than what they compute it lies below what is expected."
    )
    return "\n".join(
        [
            "## How the cost of training grows",
            "",
            text,
            "",
            table(header, rows),
            "",
            environment_line([place]),
        ]
    )


def main() -> None:
    """Measure what is not recorded, print, write down."""
    command = parser("Measure how the cost of a training step grows.")
    command.add_argument("--turns", type=int)
    options = command.parse_args()
    path = RESULTS / "growth.json"
    record = kept(path, options.force)
    if record is None:
        record = measured(options.turns or (1 if options.quick else 9))
        write_json(path, record)
    seconds = [row["seconds"] for row in record["growth"]]
    text = report(list(zip(GROWTHS, seconds, strict=True)), record)
    print(text)
    (RESULTS / "growth.md").write_text(text + "\n", encoding="utf-8")
    write_section("growth", text)


def measured(turns: int) -> dict[str, Any]:
    """The record: the seconds of every size, and the exponents."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    results = [(growth, measure(growth, turns)) for growth in GROWTHS]
    rows = [
        {
            "name": g.name,
            "sizes": g.sizes,
            "seconds": s,
            "exponent": exponent(g.sizes, s),
            "expected": [g.least, g.most],
        }
        for g, s in results
    ]
    return {"turns": turns, "growth": rows} | environment()


if __name__ == "__main__":
    main()
