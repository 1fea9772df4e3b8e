"""Checkpoints of a population in training: one safetensors file, written whole or not at all.

The file holds every group's parameters, Adam's moments, noise generator and best programs; its metadata is JSON:
a format number, the run's identity and the history. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from readhead.errors import DataError, UsageError
from readhead.learn.population import TENSORS, Group
from readhead.learn.tuning import read_rungs

FORMAT = 2


def save_checkpoint(
    path: Path, groups: list[Group], identity: dict[str, Any], progress: dict[str, Any]
) -> None:
    """Write a checkpoint: to a new file beside the old one, flushed to disk, which then takes its place.

    Args:
        path: the file.
        groups: the population.
        identity: what a run must have in common with the checkpoint to resume it.
        progress: the epoch and whatever else the training loop needs, as JSON.
    """
    tensors: dict[str, torch.Tensor] = {}
    about = []
    for g, group in enumerate(groups):
        for name in TENSORS:
            tensors[f"{g}.{name}"] = getattr(group, name).detach().cpu().contiguous()
        tensors[f"{g}.generator"] = group.generator.get_state().cpu()
        about.append({"ids": group.ids, "step": group.step, "diverged": group.diverged})
    metadata = {"format": FORMAT, "identity": identity, "progress": progress, "groups": about}
    temporary = path.with_name(path.name + ".writing")
    save_file(tensors, temporary, metadata={"readhead": json.dumps(metadata)})
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def load_checkpoint(
    path: Path, identity: dict[str, Any], device: torch.device, parameters: int
) -> tuple[list[Group], dict[str, Any]]:
    """Read a checkpoint.

    Args:
        path: the file.
        identity: of the run that wants to resume.
        device: where the tensors go.
        parameters: how many a restart has.

    Returns:
        The population, and the progress that was saved with it.

    Raises:
        DataError: for a file that is missing, damaged or of another format.
        UsageError: for a checkpoint of another run, naming what differs.
    """
    if not path.exists():
        raise DataError(
            "there is no checkpoint to resume", where=str(path), instead="run it once without --resume"
        )
    try:
        with safe_open(path, "pt", device=str(device)) as file:
            about = json.loads((file.metadata() or {})["readhead"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dictionary)
        if about["format"] != FORMAT:
            raise DataError(
                f"the checkpoint has format {about['format']}",
                where=str(path),
                why=f"this version of readhead reads format {FORMAT}",
                instead="run again without --resume, or with the version that wrote it",
            )
        check_identity(path, about["identity"], identity)
        check_progress(about["progress"])
        groups = [
            _group(g, described, tensors, device, parameters) for g, described in enumerate(about["groups"])
        ]
    except (SafetensorError, KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
        raise DataError(
            "the checkpoint cannot be read", where=str(path), why=f"it is damaged ({error})"
        ) from error
    progress: dict[str, Any] = about["progress"]
    return groups, progress


ROW = ("epoch", "temperature", "loss", "best_accuracy", "mean_accuracy")


def check_progress(progress: Any) -> None:
    """Raise a ValueError, KeyError or TypeError where a checkpoint's progress is not what training saves."""
    epoch, history = progress["epoch"], progress["history"]
    if (
        type(epoch) is not int
        or type(progress["last_gain"]) is not int
        or not 0 <= progress["last_gain"] <= epoch
    ):
        raise ValueError(f"it has epoch {epoch!r}")
    read_rungs(progress["rungs"])
    if not isinstance(progress["seconds"], int | float) or progress["seconds"] < 0:
        raise ValueError(f"it has {progress['seconds']!r} seconds")
    if type(history) is not list or len(history) != epoch:
        raise ValueError(f"its history is not of {epoch} epochs")
    for row in history:
        if any(not isinstance(row[key], int | float) for key in ROW):
            raise ValueError(f"its history has {row!r}")


def check_identity(path: Path, saved: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raise a UsageError that names every difference between the checkpoint's run and this one."""
    different = [
        f"{key}: {saved.get(key)!r} there, {wanted.get(key)!r} here"
        for key in sorted({*saved, *wanted})
        if saved.get(key) != wanted.get(key)
    ]
    if different:
        raise UsageError(
            "the checkpoint is of another run: " + "; ".join(different),
            where=str(path),
            instead="the same task, preset, seed and options, or another output folder",
        )


def _group(
    g: int, described: dict[str, Any], tensors: dict[str, torch.Tensor], device: torch.device, parameters: int
) -> Group:
    generator = torch.Generator(device)
    generator.set_state(tensors[f"{g}.generator"].cpu())
    parts = {name: tensors[f"{g}.{name}"] for name in TENSORS}
    parts["best"] = parts["best"].cpu()
    alive = len(described["ids"])
    for name, tensor in parts.items():
        wanted = (alive,) if name in ("best", "loss") else (alive, parameters)
        if tuple(tensor.shape) != wanted:
            raise ValueError(f"{name} of group {g} has the shape {tuple(tensor.shape)}, not {wanted}")
    return Group(
        ids=list(described["ids"]),
        step=int(described["step"]),
        generator=generator,
        diverged=list(described["diverged"]),
        **parts,
    )
