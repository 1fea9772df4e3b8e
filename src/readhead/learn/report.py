"""What a run leaves behind: the program as Python and JSON, a report, a picture of training, a checkpoint."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from readhead.language.python import to_python
from readhead.language.python.shortest import shortest
from readhead.learn import native
from readhead.learn.finish import Finished
from readhead.learn.growth import Grown
from readhead.learn.population import Setting
from readhead.learn.start import Origin
from readhead.learn.training import Run
from readhead.learn.tuning import tuning_report
from readhead.program.program import Program
from readhead.program.size import Size, size
from readhead.tasks.examples import Dataset
from readhead.tasks.score import Score, majority, percent, score

CHECKPOINT = "checkpoint.safetensors"


def fingerprint(dataset: Dataset) -> str:
    """A digest of everything that learning reads, so that a checkpoint is never resumed on other data."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(
        repr((dataset.vocabulary, dataset.labels, dataset.kind, dataset.causal, dataset.max_length)).encode()
    )
    for split in (dataset.train, dataset.validation):
        for example in split:
            digest.update(repr((example.tokens, example.labels)).encode())
    return digest.hexdigest()


def identity(dataset: Dataset, setting: Setting) -> dict[str, Any]:
    """What a resumed run must have in common with the one that wrote the checkpoint."""
    return {
        "task": dataset.name,
        "data": fingerprint(dataset),
        "shape": asdict(setting.shape),
        "schedule": asdict(setting.schedule),
        "seed": setting.seed,
        "tune": bool(setting.tuned),
        "device": setting.device.type,
        "start": None if setting.origin is None else origin_digest(setting.origin),
        "sketched": setting.sketched,
        "vectors": None if setting.vectors is None else setting.vectors.digest,
    }


def origin_digest(origin: Origin) -> str:
    """A digest of what training began with."""
    digest = hashlib.blake2b(digest_size=16)
    for tensor in (origin.flat, origin.fixed, origin.idle):
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """The versions that a result depends on."""
    return {
        "readhead": version("readhead"),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }


def kernels(device: torch.device) -> str:
    """What training steps are computed with: ``"native"``, ``"cuda"``, or ``"torch: "`` and why."""
    return native.status() if device.type == "cpu" else device.type


def restarts_report(run: Run) -> list[dict[str, Any]]:
    """Every restart: its best discretized validation accuracy, or that it diverged."""
    rows: list[dict[str, Any]] = [
        {"restart": i, "validation_accuracy": accuracy, "diverged": False}
        for i, (accuracy, _) in run.bests().items()
    ]
    for group in run.groups:
        rows += [{"restart": i, "validation_accuracy": None, "diverged": True} for i in group.diverged]
    return sorted(rows, key=lambda row: int(row["restart"]))


def sizes(before: Size, after: Size) -> dict[str, dict[str, int]]:
    """The program's size before and after pruning."""
    return {"before_pruning": asdict(before), "after_pruning": asdict(after)}


def write_outputs(
    out: Path, program: Program, python: str, report: dict[str, Any], history: list[dict[str, float]]
) -> None:
    """Fill the output folder; each file is written whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "program.py", python)
    program.save(out / "program.json")
    _write(out / "report.json", json.dumps(report, indent=2) + "\n")
    if history:
        draw_curve(out / "curve.png", history, str(report["task"]))


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".writing")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def draw_curve(path: Path, history: list[dict[str, float]], task: str) -> None:
    """Loss, temperature and discretized validation accuracy over the epochs."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.add_subplot()
    epochs = [row["epoch"] for row in history]
    left.plot(epochs, [row["loss"] for row in history], color="tab:blue", label="loss (mean of restarts)")
    left.plot(epochs, [row["temperature"] for row in history], color="tab:gray", ls=":", label="temperature")
    left.set(xlabel="epoch", ylabel="loss, temperature", yscale="log", title=f"Learning {task}")
    right = left.twinx()
    right.plot(epochs, [row["best_accuracy"] for row in history], color="tab:green", label="best restart")
    right.plot(
        epochs, [row["mean_accuracy"] for row in history], color="tab:olive", ls="--", label="mean restart"
    )
    right.set(ylabel="validation accuracy, discretized", ylim=(0, 1.02))
    lines = left.get_lines() + right.get_lines()
    left.legend(lines, [str(line.get_label()) for line in lines], loc="center right")
    temporary = path.with_name("curve.writing.png")
    figure.savefig(temporary, dpi=120)
    temporary.replace(path)


def make_report(
    dataset: Dataset,
    setting: Setting,
    preset: str,
    run: Run,
    best: Finished,
    unpruned: Program,
    program: Program,
) -> dict[str, Any]:
    """Everything that ``report.json`` says of a trained program, but the time."""
    return {
        **_scores(dataset, setting, preset, "gradient", program),
        "test_accuracy_unpruned": score(unpruned, dataset.test, dataset.kind).accuracy,
        "best_restart": best.restart,
        "repairs": best.repairs,
        "restarts": restarts_report(run),
        **({"tuning": tuning_report(setting, run.rungs, best.restart)} if setting.tuned else {}),
        "stopped": run.stopped,
        "epochs": run.epoch,
        "training_seconds": round(run.seconds, 2),
        "score_grid": best.grid,
        "sizes": sizes(size(unpruned), size(program)),
        "shape": {f: getattr(setting.shape, f) for f in setting.shape.__dataclass_fields__},
        "schedule": {f: getattr(setting.schedule, f) for f in setting.schedule.__dataclass_fields__},
        "device": str(setting.device),
        "kernels": kernels(setting.device),
        "versions": versions(),
    }


def found_report(dataset: Dataset, setting: Setting, preset: str, grown: Grown) -> dict[str, Any]:
    """Everything that ``report.json`` says of a program that was found by searching, but the time."""
    assert grown.program is not None
    scores = _scores(dataset, setting, preset, "search", grown.program)
    return {
        **scores,
        "test_accuracy_unpruned": scores["test_accuracy"],
        "best_restart": None,
        "restarts": [],
        "stopped": "found",
        "epochs": 0,
        "training_seconds": 0.0,
        "sizes": sizes(size(grown.program), size(grown.program)),
        "versions": versions(),
    }


def _scores(dataset: Dataset, setting: Setting, preset: str, method: str, program: Program) -> dict[str, Any]:
    """What was learned, how, and how right it is."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    scores = {name: score(program, examples, dataset.kind) for name, examples in splits.items()}
    return {
        "task": dataset.name,
        "preset": preset,
        "method": method,
        "seed": setting.seed,
        **{f"{name}_accuracy": s.accuracy for name, s in scores.items()},
        **{f"{name}_f1": s.entities.f1 for name, s in scores.items() if s.entities is not None},
        **_shares(scores["test"]),
        "majority_accuracy": majority(dataset).accuracy,
        "examples": {name: len(examples) for name, examples in splits.items()},
        "test_positions": scores["test"].positions,
    }


def _shares(test: Score) -> dict[str, float]:
    """Precision and recall of entities on the test split, where there are any."""
    found = test.entities
    return {} if found is None else {"test_precision": found.precision, "test_recall": found.recall}


def describe(dataset: Dataset, report: dict[str, Any]) -> str:
    """What the program's documentation says: what was learned, from what, with which accuracy."""
    after = Size(**report["sizes"]["after_pruning"])
    examples = report["examples"]
    what = dataset.description or "from data"
    title = what if what.startswith(dataset.name) else f"{dataset.name}: {what}"
    learned = (
        f"Learned from {examples['train']:,} examples (seed {report['seed']}, preset {report['preset']}, "
        f"by {'searching' if report['method'] == 'search' else 'training'}): "
        f"{percent(report['test_accuracy'])} of {report['test_positions']:,} test labels are right "
        f"(always the most common label: {percent(report['majority_accuracy'])})."
        + (f" F1 of whole entities: {percent(report['test_f1'])}." if "test_f1" in report else "")
    )
    return "\n".join([title, "", learned, f"Heads: {after.heads}. Tables: {after.mlps}."])


def written(program: Program, method: str) -> str:
    """The program as Python: what was found by searching in the plain style, where that says exactly the same."""
    return shortest(program) if method == "search" else to_python(program)
