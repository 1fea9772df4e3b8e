"""What was tried on learning by gradient, and what became of it, written into ``docs/results.md``.

Every row is one change to the same base: one restart, few epochs, so that there are errors left to tell apart. Each
(task, variant, seed) is one JSON file under ``results/tried/``; those that exist are kept, so a run that was stopped
goes on where it was. What is measured is the discretized program on the test split, three times: with the read-out that
it learned, with the read-out fitted again, and, for the base, repaired.

    python benchmarks/tried.py                       # what is not recorded yet, then the table
    python benchmarks/tried.py --tasks sort --seeds 0 1 2 3 4 --variants base straight_through
    python benchmarks/tried.py --quick               # two variants on a small task, into results/quick
    python benchmarks/tried.py --table-only
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from readhead.learn.choices import harden
from readhead.learn.encode import cached_order, encode
from readhead.learn.finish import features, finish
from readhead.learn.gradient import loss_and_gradient
from readhead.learn.learner import make_setting
from readhead.learn.population import Setting, readout_of
from readhead.learn.readout import correct
from readhead.learn.relaxed import Batch
from readhead.learn.repair import repair
from readhead.learn.training import Silent, train
from readhead.tasks import load_dataset
from record import RESULTS, environment, environment_line, kept, parser, table, write_json, write_section

FOLDER = RESULTS / "tried"
EPOCHS = 10
"""The base's; a tenth of what the longest variant has would do nothing."""
BASE = "base"


@dataclass(frozen=True, slots=True)
class Variant:
    """A change to the base.

    Attributes:
        title: its row.
        schedule: what of the schedule is other.
        straight_through: choices are one-hot on the way forward, and soft on the way back.
        entropy: the weight of the sampled choices' mean entropy in the loss.
        repaired: also repair the program.
    """

    title: str
    schedule: Mapping[str, Any] = field(default_factory=dict)
    straight_through: bool = False
    entropy: float = 0.0
    repaired: bool = False


VARIANTS: dict[str, Variant] = {
    BASE: Variant("hot 3, cold 0.01, 10 epochs, rate 0.05, batch 64", repaired=True),
    "epochs_5": Variant("5 epochs", {"epochs": 5}, repaired=True),
    "straight_through": Variant("straight-through samples", straight_through=True),
    "entropy_0.01": Variant("entropy of choices in the loss, times 0.01", entropy=0.01),
    "rate_0.1": Variant("learning rate 0.1", {"learning_rate": 0.1}),
    "rate_0.02": Variant("learning rate 0.02", {"learning_rate": 0.02}),
    "final_rate_0.1": Variant("learning rate falling to a tenth", {"final_rate": 0.1}),
    "batch_128": Variant("batch 128", {"batch": 128}),
    "batch_32": Variant("batch 32", {"batch": 32}),
    "hot_1": Variant("from temperature 1", {"hot": 1.0}),
    "hot_10": Variant("from temperature 10", {"hot": 10.0}),
    "cold_0.1": Variant("to temperature 0.1", {"cold": 0.1}),
    "entropy_0.1": Variant("entropy of choices in the loss, times 0.1", entropy=0.1),
    "epochs_20": Variant("20 epochs", {"epochs": 20}, repaired=True),
    "epochs_40": Variant("40 epochs", {"epochs": 40}, repaired=True),
    "epochs_80": Variant("80 epochs", {"epochs": 80}),
}


@dataclass(frozen=True, slots=True)
class Changed(Setting):
    """A setting whose loss is another one; what was no better lives here, and nowhere else."""

    straight_through: bool = False
    entropy: float = 0.0

    def loss_and_gradient(
        self, choices: dict[str, Tensor], batch: Batch, temperature: float
    ) -> tuple[Tensor, Tensor]:
        """The loss of each restart and its gradient: see :class:`Variant`."""
        order = cached_order(batch.mask.shape[0], self.causal, self.device)
        chosen = [s.name for s in self.layout if s.choice]
        forward = dict(choices)
        if self.straight_through:
            for name in chosen:
                best = choices[name].argmax(dim=-1)
                forward[name] = torch.nn.functional.one_hot(best, choices[name].shape[-1]).float()
        raw = [replace(s, choice=False) for s in self.layout]  # the gradient of choices, not of their logits
        loss, gradient = loss_and_gradient(self.shape, raw, forward, batch, order, temperature, self.pooled)
        parts = []
        for segment, part in zip(
            self.layout, gradient.split([s.size for s in self.layout], dim=1), strict=True
        ):
            if segment.choice:
                soft = choices[segment.name]
                part = part.view(soft.shape)
                if self.entropy:
                    rows = soft[0, ..., 0].numel()
                    part = part - self.entropy / rows * (soft.clamp(min=1e-12).log() + 1)
                part = soft * (part - (part * soft).sum(dim=-1, keepdim=True)) / temperature
            parts.append(part.reshape(len(loss), -1))
        return loss, torch.cat(parts, dim=1)


def setting_of(variant: Variant, setting: Setting) -> Setting:
    """The setting with a variant's changes."""
    schedule = replace(
        setting.schedule, **{"epochs": EPOCHS, "patience": 1000, "probe": 1000, **variant.schedule}
    )
    setting = replace(setting, schedule=schedule)
    if not variant.straight_through and not variant.entropy:
        return setting
    fields = {name: getattr(setting, name) for name in Setting.__dataclass_fields__}
    return Changed(**fields, straight_through=variant.straight_through, entropy=variant.entropy)


def measure(task: str, name: str, seed: int, **sizes: int) -> dict[str, Any]:
    """Train one restart with a variant's changes, finish it, and score it on the test split."""
    variant = VARIANTS[name]
    dataset = load_dataset(task, seed=seed, **sizes)
    setting = setting_of(variant, make_setting(dataset, "default", seed, 1, "cpu"))
    labels = len(dataset.labels)
    splits = [encode(dataset, part) for part in (dataset.train, dataset.validation, dataset.test)]
    started = time.process_time()
    run = train(setting, *splits[:2], labels, checkpoint=None, identity={}, resume=False, progress=Silent())
    trained = time.process_time()
    flat = run.bests()[0][1]
    finished = finish(flat, 0, setting, *splits[:2], labels)
    done = time.process_time()
    with torch.no_grad():
        choices = harden(flat[None], setting.layout, setting.shape)
    test = features(choices, setting, splits[2], labels)
    found = {
        "learned": correct(test, readout_of(flat, setting.layout)) / test.total,
        "refitted": correct(test, finished.readout) / test.total,
    }
    seconds = {"training": trained - started, "finishing": done - trained}
    if variant.repaired:
        repaired = repair(finished, flat, setting, *splits[:2], labels, sparse=False)
        seconds["repair"] = time.process_time() - done
        best = finished if repaired is None else repaired
        found["repaired"] = (
            correct(features(best.choices, setting, splits[2], labels), best.readout) / test.total
        )
    return {
        "task": task,
        "variant": name,
        "seed": seed,
        "accuracy": found,
        "seconds": {what: round(value, 1) for what, value in seconds.items()},
    } | environment()


def path_of(task: str, name: str, seed: int) -> Path:
    """Where a record lies."""
    return FOLDER / f"{task}-{name}-{seed}.json"


def recorded(tasks: Sequence[str]) -> list[dict[str, Any]]:
    """The records that exist, of some tasks."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return [record for record in found if record["task"] in tasks and record["variant"] in VARIANTS]


def rows_of(records: Sequence[Mapping[str, Any]], task: str) -> list[list[str]]:
    """A row for each variant: accuracies, and in how many seeds the refitted program is better than the base's."""
    base = {r["seed"]: r for r in records if r["task"] == task and r["variant"] == BASE}
    rows = []
    for name, variant in VARIANTS.items():
        own = {r["seed"]: r for r in records if r["task"] == task and r["variant"] == name}
        if not own:
            continue
        both = sorted(own.keys() & base.keys())
        gains = [own[s]["accuracy"]["refitted"] - base[s]["accuracy"]["refitted"] for s in both]
        better = "" if name == BASE or not both else f"{sum(g > 0 for g in gains)} of {len(both)}"
        seconds = statistics.median(r["seconds"]["training"] for r in own.values())
        columns = [
            spread([r["accuracy"].get(what) for r in own.values()]) for what in ("learned", "refitted")
        ]
        columns.append(spread([r["accuracy"].get("repaired") for r in own.values()]))
        difference = f"{statistics.mean(gains) * 100:+.2f}" if better else ""
        rows.append([task, variant.title, str(len(own)), *columns, difference, better, f"{seconds:.0f}"])
    return rows


def spread(values: Sequence[float | None]) -> str:
    """Mean and standard deviation in percent; nothing where it was not measured.

    >>> spread([0.5, 0.75]), spread([None])
    ('62.50 ± 17.68', '')
    """
    known = [value * 100 for value in values if value is not None]
    if not known:
        return ""
    deviation = f" ± {statistics.stdev(known):.2f}" if len(known) > 1 else ""
    return f"{statistics.mean(known):.2f}{deviation}"


NOTES = """\
One restart of preset `default` with {epochs} epochs, and one change to it in each row. Test accuracy (%) per scored
position of the discretized program, mean and standard deviation over the seeds: with the read-out that it *learned*,
with the read-out *refitted* on the discrete variables, and *repaired* (single choices changed where that rights
training labels; validation says whether the repair is taken). *Difference*: of the refitted programs, to the first
row's, on the seeds of both; *better*: in how many of these. Seconds are CPU seconds of training. What helps is in the
presets; the others stay in `benchmarks/tried.py` alone.
"""


def section(records: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> str:
    """The results page's part."""
    header = ["task", "change", "seeds", "learned", "refitted", "repaired", "difference", "better", "seconds"]
    rows = [row for task in tasks for row in rows_of(records, task)]
    return "\n\n".join(
        [
            "## What was tried on learning by gradient",
            NOTES.format(epochs=EPOCHS).strip(),
            table(header, rows),
            environment_line(records),
        ]
    )


SMALL = {"symbols": 3, "max_length": 4}
"""The sizes with ``--quick``."""


def main() -> None:
    """Measure what is not recorded yet, then write the table."""
    command = parser("Measure changes to learning by gradient, one at a time.")
    command.add_argument("--tasks", nargs="+", help="by default sort; hist, small, with --quick")
    command.add_argument("--seeds", nargs="+", type=int, help="by default 0 to 4; 0 with --quick")
    command.add_argument(
        "--variants", nargs="+", choices=list(VARIANTS), help="by default all; two with --quick"
    )
    command.add_argument("--table-only", action="store_true", help="only write the table again")
    options = command.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    tasks = options.tasks or ["hist" if options.quick else "sort"]
    seeds = options.seeds or ([0] if options.quick else [0, 1, 2, 3, 4])
    names = options.variants or ([BASE, "straight_through"] if options.quick else list(VARIANTS))
    sizes = SMALL if options.quick else {}
    for name, task, seed in product(names, tasks, () if options.table_only else seeds):
        path = path_of(task, name, seed)
        if kept(path, options.force) is None:
            write_json(path, measure(task, name, seed, **sizes))
            print(f"{task}, {name}, seed {seed}: done", flush=True)
    records = recorded(tasks)
    if not records:
        raise SystemExit("nothing is recorded yet")
    text = section(records, tasks)
    print(text)
    write_section("tried", text)


if __name__ == "__main__":
    main()
