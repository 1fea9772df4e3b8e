"""Seconds per training step (forward, backward, Adam) and restart: Readhead's population learner beside the yardstick.

Each contestant lives in a process of its own, on the same batch size, data and number of threads. The processes take
turns, a few steps each, while the other waits: so a disturbance of the machine meets both, and the peak memory of each
is its own. Reported are medians with quartiles over the turns, and the ratio of the medians.

    python benchmarks/training_step.py --restarts 1 2 4 --threads 1
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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

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

BATCH = 512
RATE = 0.05
TEMPERATURE = 0.17
"""Half-way between 3 and 0.01, geometrically."""
Step = Callable[[], object]


def yardstick_step(task: str, _restarts: int, _threads: int) -> Step:
    """One step of the plain PyTorch model, one restart, on successive batches of the task's training split."""
    import torch

    import yardstick
    from readhead.tasks import load_dataset

    torch.manual_seed(0)
    dataset = load_dataset(task, seed=0)
    data = yardstick.encoded(dataset, dataset.train)
    model = yardstick.model_for(dataset, yardstick.SHAPES[task])
    model.temperature = TEMPERATURE
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    starts = iter(range(10**9))

    def step() -> None:
        first = next(starts) * BATCH % (len(data.tokens) - BATCH)
        rows = slice(first, first + BATCH)
        yardstick.training_step(model, optimizer, data.tokens[rows], data.labels[rows])

    return step


def readhead_step(task: str, restarts: int, threads: int) -> Step:
    """One step of Readhead's population of restarts, at the paper's shape and batch size, as its learner takes it."""
    import torch

    from readhead.learn.encode import Encoded, encode
    from readhead.learn.population import GROUP, Group, Setting, new_group, train_epoch
    from readhead.learn.presets import plan
    from readhead.learn.shape import segments
    from readhead.tasks import load_dataset

    torch.set_num_threads(1)  # the threads share out groups of restarts
    torch.set_flush_denormal(True)  # as the learner's workers do
    dataset = load_dataset(task, seed=0)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    shape, schedule = plan(dataset, "paper", restarts)
    schedule = replace(schedule, batch=BATCH, learning_rate=RATE, hot=TEMPERATURE, cold=TEMPERATURE)
    layout = segments(shape, len(symbols), len(dataset.labels))
    setting = Setting(shape, schedule, layout, dataset.causal, False, 0, torch.device("cpu"))
    data = encode(dataset, dataset.train)
    groups = [new_group(setting, list(range(restarts))[i : i + GROUP]) for i in range(0, restarts, GROUP)]
    pool = ThreadPoolExecutor(threads)
    starts = iter(range(10**9))

    def step() -> None:
        first = next(starts) * BATCH % (len(data) - BATCH)
        rows = slice(first, first + BATCH)
        batch = Encoded(data.tokens[rows], data.lengths[rows], data.labels[rows])

        def one(group: Group) -> None:
            train_epoch(group, setting, batch, epoch=0)

        if threads == 1:
            for group in groups:
                one(group)
        else:
            list(pool.map(one, groups))

    return step


PLAIN = "readhead, torch's kernels"
"""Readhead where there is no C compiler."""
CONTESTANTS: dict[str, Callable[[str, int, int], Step]] = {
    "yardstick": yardstick_step,
    "readhead": readhead_step,
    PLAIN: readhead_step,
}


def on_gpu(task: str, restarts: int, steps: int, *, graph: bool) -> float:
    """Restarts x steps per second on a CUDA device: forward and backward of the whole population at once.

    With ``graph`` the kernels of a step are recorded once as a CUDA graph and played back, so that no step waits for
    Python; the sample of choices and the batch are then the same each time, which changes nothing about the time.
    """
    import numpy as np
    import torch

    from readhead.learn.choices import sample
    from readhead.learn.encode import encode, make_batch
    from readhead.learn.population import Setting, new_group
    from readhead.learn.presets import plan
    from readhead.learn.shape import segments
    from readhead.tasks import load_dataset

    device = torch.device("cuda")
    dataset = load_dataset(task, seed=0)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    shape, schedule = plan(dataset, "paper", restarts)
    layout = segments(shape, len(symbols), len(dataset.labels))
    setting = Setting(shape, schedule, layout, dataset.causal, False, 0, device)
    batch = make_batch(encode(dataset, dataset.train), np.arange(BATCH), shape, device)
    flat = new_group(setting, list(range(restarts))).flat

    def step() -> None:
        choices = sample(flat, layout, TEMPERATURE, None)
        setting.loss_and_gradient(choices, batch, TEMPERATURE)

    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.synchronize()
    run = step
    if graph:
        recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recorded):
            step()
        run = recorded.replay
    started = time.perf_counter()
    for _ in range(steps):
        run()
    torch.cuda.synchronize()
    return restarts * steps / (time.perf_counter() - started)


def race_on_gpu(task: str, restarts: list[int], steps: int) -> None:
    """Print and record restarts x steps per second for populations of these sizes."""
    rows = [
        {"restarts": count, "eager": on_gpu(task, count, steps, graph=False)}
        | {"graph": on_gpu(task, count, steps, graph=True)}
        for count in restarts
    ]
    cells = [[r["restarts"], f"{r['eager']:.0f}", f"{r['graph']:.0f}"] for r in rows]
    print(table(["restarts", "restarts x steps per second", "with a CUDA graph"], cells))
    write_json(
        RESULTS / "training_step_gpu.json", {"task": task, "batch": BATCH, "rows": rows} | environment()
    )


def peak_memory() -> int:
    """The most memory that this process ever held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def serve(contestant: str, task: str, restarts: int, threads: int) -> None:
    """A contestant's process: for each line with a number of steps, take them and answer with time and memory."""
    import torch

    torch.set_num_threads(threads)
    before = peak_memory()
    step = CONTESTANTS[contestant](task, restarts, threads)
    for line in sys.stdin:
        started, busy = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            step()
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        answer = {"seconds": seconds, "busy": busy, "peak": peak_memory(), "before": before}
        print(json.dumps(answer), flush=True)


@dataclass(slots=True)
class Contestant:
    """A running process, and what it has answered.

    Attributes:
        turns: seconds per step and restart, one for each turn.
        busy: of these, what the processor spent on it: other processes count little.
        peak, before: peak memory in bytes now, and when only torch had been imported.
    """

    name: str
    restarts: int
    process: subprocess.Popen[str]
    turns: list[float]
    peak: int = 0
    before: int = 0
    busy: list[float] = field(default_factory=list)

    def take(self, steps: int) -> float:
        """Take so many steps; seconds per step and restart."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended with status {self.process.wait()}")
        answer = json.loads(line)
        self.peak, self.before = answer["peak"], answer["before"]
        self.busy.append(float(answer["busy"]) / steps / self.restarts)
        return float(answer["seconds"]) / steps / self.restarts

    def record(self) -> dict[str, Any]:
        """All of it but the process."""
        return {
            "name": self.name,
            "restarts": self.restarts,
            "turns": self.turns,
            "busy": self.busy,
            "peak": self.peak,
            "before": self.before,
        }


def start(name: str, task: str, restarts: int, threads: int) -> Contestant:
    """Start a contestant's process."""
    command = [sys.executable, __file__, "--serve", name, "--task", task]
    command += ["--restarts", str(restarts), "--threads", str(threads)]
    variables = os.environ | {"READHEAD_NATIVE": "0" if name == PLAIN else "1"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables
    )
    return Contestant(name, restarts, process, [])


def race(
    task: str, restarts: list[int], threads: int, turns: int, steps: int, warm_up: int
) -> list[Contestant]:
    """Let the contestants take turns; the yardstick first, then Readhead with each number of restarts."""
    contestants = [start("yardstick", task, 1, threads)]
    contestants += [start("readhead", task, count, threads) for count in restarts]
    contestants.append(start(PLAIN, task, restarts[0], threads))
    try:
        for contestant in contestants:
            contestant.take(warm_up)
            contestant.busy.clear()
        for _ in range(turns):
            for contestant in contestants:
                contestant.turns.append(contestant.take(steps))
    finally:
        for contestant in contestants:
            contestant.process.kill()
            contestant.process.wait()
    return contestants


def report(data: dict[str, Any]) -> str:
    """The table: one row for each contestant, the yardstick first."""
    contestants, settings = data["contestants"], data["settings"]
    reference, busiest = (statistics.median(contestants[0][key]) for key in ("turns", "busy"))
    rows = []
    for c in contestants:
        first, median, third = statistics.quantiles(c["turns"], n=4, method="inclusive")
        busy = statistics.median(c["busy"])
        rows.append(
            [
                c["name"],
                c["restarts"],
                f"{median * 1000:.1f}",
                f"{first * 1000:.1f}-{third * 1000:.1f}",
                f"1/{reference / median:.1f}",
                f"{busy * 1000:.1f}",
                f"1/{busiest / busy:.1f}",
                f"{c['peak'] / 2**20:.0f}",
                f"{(c['peak'] - c['before']) / 2**20:.0f}",
            ]
        )
    header = ["", "restarts", "ms per step and restart", "quartiles", "of the yardstick's", "processor ms"]
    header += ["of the yardstick's", "peak MiB", "of it beyond importing torch"]
    notes = (
        f"Task {settings['task']}, the paper's shape, batch {settings['batch']}, {settings['threads']} thread(s); "
        f"forward, backward and Adam; medians of {len(contestants[0]['turns'])} turns of {settings['steps']} steps, "
        "which the processes took one after the other."
    )
    return "\n\n".join([table(header, rows), notes, environment_line([data])])


def main() -> None:
    """Race, print the table, write it down; what is recorded is only printed."""
    command = parser("Time a training step of Readhead and of the yardstick.")
    command.add_argument("--task", default="sort")
    command.add_argument(
        "--restarts", type=int, nargs="+", default=[1, 2, 4], help="sizes of Readhead's population"
    )
    command.add_argument("--threads", type=int, default=1)
    command.add_argument("--turns", type=int)
    command.add_argument("--steps", type=int, default=4, help="steps per turn")
    command.add_argument("--warm-up", type=int, default=4, help="steps before the first turn")
    command.add_argument("--serve", choices=sorted(CONTESTANTS), help=argparse.SUPPRESS)
    command.add_argument(
        "--device", choices=["cpu", "cuda"], default="cpu", help="cuda: restarts x steps per second, alone"
    )
    options = command.parse_args()
    if options.device == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise SystemExit("--device cuda needs a CUDA device, and this machine has none: use --device cpu")
        race_on_gpu(options.task, options.restarts, options.steps)
        return
    if options.serve:
        serve(options.serve, options.task, options.restarts[0], options.threads)
        return
    path = RESULTS / "training_step.json"
    data = kept(path, options.force)
    if data is None:
        turns = options.turns or (3 if options.quick else 15)
        contestants = race(
            options.task, options.restarts, options.threads, turns, options.steps, options.warm_up
        )
        settings = {
            "task": options.task,
            "threads": options.threads,
            "batch": BATCH,
            "steps": options.steps,
        }
        data = {"settings": settings, "contestants": [c.record() for c in contestants]} | environment()
        write_json(path, data)
    text = report(data)
    print(text)
    write_section("training-step", text, PAGES / "speed.md")


if __name__ == "__main__":
    main()
