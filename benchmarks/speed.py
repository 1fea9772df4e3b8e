"""What a training step must cost, what it does cost, and where that goes: the tables of ``docs/speed.md``.

The floor counts the multiplications and additions of a step from the shape, and measures how fast this processor does
them: matrix products as large as it likes, matrix products of a step's sizes, element-wise passes and exponentials. The
profile has the step with the compiled function (``readhead.learn.native``) beside one with torch's kernels, which it
sorts by kind. Times are processor time of one thread, medians; the two take their turns one after the other.

    python benchmarks/speed.py
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from readhead.learn import native
from readhead.learn.choices import sample
from readhead.learn.encode import Encoded, cached_order, encode, make_batch
from readhead.learn.population import Setting, new_group, train_epoch
from readhead.learn.presets import plan
from readhead.learn.shape import Shape, segments
from readhead.tasks import load_dataset
from record import (
    PAGES,
    RESULTS,
    environment,
    environment_line,
    kept,
    parser,
    table,
    write_json,
    write_section,
)

PAGE = PAGES / "speed.md"
BATCH, FEW = 512, 8
TEMPERATURE = 0.17
KINDS = {
    "matrix products": ("mm", "bmm", "addmm", "baddbmm", "addmm_", "baddbmm_"),
    "products and sums, element by element": (
        "mul",
        "mul_",
        "addcmul",
        "addcmul_",
        "add_",
        "sub",
        "sub_",
        "sum",
        "cumsum",
    ),
    "copies and reordering": ("copy_", "cat", "index_select", "fill_", "constant_pad_nd", "gather", "clone"),
    "softmax and rectifiers": (
        "_softmax",
        "_log_softmax",
        "_softmax_backward_data",
        "exp_",
        "log_",
        "exponential_",
        "clamp_min_",
        "clamp",
        "threshold_backward",
    ),
}


def median(run: Callable[[], object], turns: int) -> float:
    """The median processor seconds of a call, after three to warm up."""
    for _ in range(3):
        run()
    taken = []
    for _ in range(turns):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def operations(shape: Shape, n: int, batch: int, labels: int) -> dict[str, float]:
    """How many operations the forward pass of one restart needs; the backward pass needs about twice as many.

    Returns:
        ``products``: multiplications with additions inside matrix products; ``passes``: those element by element;
        ``exponentials``.
    """
    d, points = shape.values, n * batch
    cat, num = shape.categorical_heads, shape.numerical_heads
    products = (
        labels * (shape.categorical_before(shape.layers) * d + shape.numerical_before(shape.layers)) * points
    )
    passes = exponentials = 0
    for layer in range(shape.layers):
        width, numbers = shape.categorical_before(layer), shape.numerical_before(layer)
        reads = 2 * (cat + num) + cat
        products += reads * width * d * points + 2 * shape.categorical_mlps * (width + cat) * d * points
        products += cat * d * d * points + num * d * d * batch
        products += num * numbers * points + 2 * shape.numerical_mlps * (numbers + num) * points
        products += shape.categorical_mlps * d**3 * points
        products += shape.numerical_mlps * shape.hidden * (3 + d) * points
        passes += cat * (2 * d + 2) * n * points + 2 * num * d * points
        passes += shape.categorical_mlps * d * d * points + shape.numerical_mlps * shape.hidden * points
        exponentials += shape.numerical_mlps * d * points
    return {"products": products, "passes": passes, "exponentials": exponentials + labels * points}


def rates() -> dict[str, float]:
    """What one core does per second, in thousand millions: see :func:`operations`."""
    large, wide, tall = torch.randn(512, 512), torch.randn(20, 18), torch.randn(18, 33280)
    table_, pairs = torch.randn(2, 8, 64), torch.randn(2, 64, 4160)
    total, left, right = torch.zeros(4, 8, 8, 520), torch.randn(4, 8, 1, 520), torch.randn(4, 1, 8, 520)
    numbers = torch.randn(2, 8, 4160)
    products = median(lambda: wide @ tall, 25) + median(lambda: torch.bmm(table_, pairs), 25)
    return {
        "matrix products, 512 x 512 x 512": 512**3 / median(lambda: large @ large, 25) / 1e9,
        "matrix products, a step's sizes": (wide.numel() * 33280 + table_.numel() * 4160) / products / 1e9,
        "element-wise passes": total.numel() / median(lambda: total.addcmul_(left, right), 25) / 1e9,
        "exponentials": numbers.numel() / median(numbers.exp, 25) / 1e9,
    }


def kind_of(name: str) -> str:
    for kind, names in KINDS.items():
        if name.removeprefix("aten::") in names:
            return kind
    return "other kernels"


def profile(turns: int) -> dict[str, Any]:
    """Where the time of a step goes, in milliseconds, as this process computes it (``READHEAD_NATIVE``)."""
    dataset = load_dataset("sort", seed=0)
    assert dataset.vocabulary.symbols is not None
    shape, schedule = plan(dataset, "paper", 1)
    layout = segments(shape, len(dataset.vocabulary.symbols), len(dataset.labels))
    setting = Setting(shape, schedule, layout, dataset.causal, False, 0, torch.device("cpu"))
    data = encode(dataset, dataset.train)
    group = new_group(setting, [0])

    def step(count: int) -> Callable[[], None]:
        rows = Encoded(data.tokens[:count], data.lengths[:count], data.labels[:count])
        return lambda: train_epoch(group, setting, rows, 0)

    rows = np.arange(BATCH)
    batch = make_batch(data, rows, shape, setting.device)
    choices = sample(group.flat, layout, TEMPERATURE, group.generator)
    parts: dict[str, Callable[[], object]] = {
        "step": step(BATCH),
        "few": step(FEW),
        "batch": lambda: make_batch(data, rows, shape, setting.device),
        "sample": lambda: sample(group.flat, layout, TEMPERATURE, group.generator),
        "gradient": lambda: setting.loss_and_gradient(choices, batch, TEMPERATURE),
    }
    if native.available():
        flat = torch.cat([choices[s.name].flatten(1) for s in layout], dim=1)
        order = cached_order(batch.mask.shape[0], setting.causal, setting.device)
        parts["function"] = lambda: native.step(
            shape, layout, flat, batch, 1.0, order, TEMPERATURE, pooled=False
        )
    found: dict[str, Any] = {name: 1000 * median(run, turns) for name, run in parts.items()}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(turns):
        step(BATCH)()
    found["faults"] = (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / turns
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as watched:
        for _ in range(turns):
            step(BATCH)()
    kinds: dict[str, float] = {}
    kernels = 0
    for event in watched.key_averages():
        kind = kind_of(event.key)
        kinds[kind] = kinds.get(kind, 0) + event.self_cpu_time_total / turns / 1000
        kernels += event.count if kind != "other kernels" else 0
    counted = operations(shape, data.tokens.shape[1], BATCH, len(dataset.labels))
    return found | {"kernels": kernels / turns, "kinds": kinds, "operations": counted}


def elsewhere(turns: int) -> dict[str, Any]:
    """The profile of a process that has torch's kernels only."""
    command = [sys.executable, __file__, "--torch-alone", "--turns", str(turns)]
    run = subprocess.run(
        command, env=os.environ | {"READHEAD_NATIVE": "0"}, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


ROWS = {
    "step": "whole step",
    "batch": "making the batch",
    "sample": "drawing the sample of choices",
    "gradient": "loss and gradient",
    "function": "of it the compiled function",
    "few": f"a step of {FEW} examples",
}


def report(compiled: dict[str, Any], plain: dict[str, Any], speeds: dict[str, float]) -> str:
    """The tables."""
    counts = compiled["operations"]
    best = {
        "products": speeds["matrix products, 512 x 512 x 512"],
        "passes": speeds["element-wise passes"],
        "exponentials": speeds["exponentials"],
    }
    shaped = best | {"products": speeds["matrix products, a step's sizes"]}

    def least(rate: dict[str, float]) -> float:
        both = sum(3 * counts[k] / rate[k] / 1e6 for k in ("products", "passes"))
        return both + counts["exponentials"] / rate["exponentials"] / 1e6

    rows = [
        [name, f"{times * counts[name] / 1e6:.1f}", f"{best[name]:.2f}", f"{shaped[name]:.2f}"]
        for name, times in (("products", 3), ("passes", 3), ("exponentials", 1))
    ]
    both = (compiled, plain)
    lines = [[title, *(f"{c[name]:.1f}" if name in c else "" for c in both)] for name, title in ROWS.items()]
    lines.append(["page faults", *(f"{c['faults']:.0f}" for c in both)])
    lines.append(["torch's kernels called", *(f"{c['kernels']:.0f}" for c in both)])
    total = sum(plain["kinds"].values())
    lines += [
        [f"of these kernels' time: {kind}", "", f"{100 * plain['kinds'].get(kind, 0) / total:.0f}%"]
        for kind in (*KINDS, "other kernels")
    ]
    floor = [
        f"At the rates of the sizes that torch's kernels have, the operations alone take {least(shaped):.1f} ms; at",
        f"the rate of large matrix products, {least(best):.1f} ms. The compiled function takes",
        f"{compiled['function']:.1f} ms, {compiled['function'] / least(best):.1f} times that.",
    ]
    return "\n".join(
        [
            "### The floor",
            "",
            "Millions of operations of a step (forward and backward) and thousand millions per second on one core, as",
            "torch's kernels do them.",
            "",
            table(["", "millions", "rate at best", "rate at a step's sizes"], rows),
            "",
            *floor,
            "",
            "### The profile",
            "",
            "Milliseconds of processor time, and the shares of the kinds of kernel as torch's profiler sees them.",
            "",
            table(["", "compiled", "torch's kernels"], lines),
            "",
            environment_line([compiled]),
        ]
    )


def main() -> None:
    """Measure what is not recorded, and write the page's section."""
    command = parser("Profile a training step, and measure its floor.")
    command.add_argument("--turns", type=int)
    command.add_argument("--torch-alone", action="store_true", help=argparse.SUPPRESS)
    options = command.parse_args()
    turns = options.turns or (3 if options.quick else 25)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if options.torch_alone:
        print(json.dumps(profile(turns)))
        return
    native.library()  # or say why there is none
    path = RESULTS / "speed.json"
    found = kept(path, options.force)
    if found is None:
        found = {"compiled": profile(turns) | environment(), "torch": elsewhere(turns), "rates": rates()}
        write_json(path, found)
    text = report(found["compiled"], found["torch"], found["rates"])
    print(text)
    write_section("speed", text, PAGE)


if __name__ == "__main__":
    main()
