"""What a run leaves behind: the program as Python and JSON, a report, a picture of training, a checkpoint."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from readhead.learn.population import Setting
from readhead.learn.start import Origin
from readhead.learn.training import Run
from readhead.program.program import Program
from readhead.program.size import Size
from readhead.tasks.examples import Dataset

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
        "device": setting.device.type,
        "start": None if setting.origin is None else origin_digest(setting.origin),
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
