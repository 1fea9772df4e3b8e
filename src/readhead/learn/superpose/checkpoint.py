"""Checkpoints of projections in training: one safetensors file, written whole or not at all.

The file holds the projections, Adam's moments, the losses and the generator's state; its metadata is JSON: a format
number, the run's identity and how far it is. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from readhead.errors import DataError
from readhead.learn.checkpoint import check_identity

if TYPE_CHECKING:
    from readhead.learn.superpose.training import Run

FORMAT = 2
TENSORS = ("projections", "mean", "square")


def save_checkpoint(path: Path, run: Run, identity: dict[str, Any]) -> None:
    """Write a checkpoint: to a new file beside the old one, flushed to disk, which then takes its place."""
    tensors = {name: getattr(run, name).detach().cpu().contiguous() for name in TENSORS}
    tensors["generator"] = run.generator.get_state().cpu()
    tensors["losses"] = torch.stack(run.losses) if run.losses else torch.zeros(0, len(run.sizes))
    about = {"format": FORMAT, "identity": identity, "step": run.step, "seconds": run.seconds}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".writing")
    save_file(tensors, temporary, metadata={"readhead": json.dumps(about)})
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(path)


def load_checkpoint(path: Path, run: Run, identity: dict[str, Any]) -> None:
    """Put a fresh run where the checkpoint's was.

    Raises:
        DataError: for a file that is missing, damaged or of another format.
        UsageError: for a checkpoint of another run, naming what differs.
    """
    if not path.exists():
        raise DataError(
            "there is no checkpoint to resume", where=str(path), instead="run it once without --resume"
        )
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["readhead"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dictionary)
        if about["format"] != FORMAT:
            raise DataError(
                f"the checkpoint has format {about['format']}", where=str(path), why=f"this is {FORMAT}"
            )
        check_identity(path, about["identity"], identity)
        _restore(run, tensors, about)
    except (SafetensorError, KeyError, ValueError, TypeError, OSError, RuntimeError) as error:
        raise DataError(
            "the checkpoint cannot be read", where=str(path), why=f"it is damaged ({error})"
        ) from error


def _restore(run: Run, tensors: dict[str, torch.Tensor], about: dict[str, Any]) -> None:
    step, seconds = about["step"], about["seconds"]
    if type(step) is not int or step < 0 or not isinstance(seconds, int | float):
        raise ValueError(f"it has step {step!r}, {seconds!r} seconds")
    if tuple(tensors["losses"].shape) != (step, len(run.sizes)):
        raise ValueError(f"its losses are not of {step} steps")
    for name in TENSORS:
        wanted = getattr(run, name)
        if tensors[name].shape != wanted.shape or tensors[name].dtype != wanted.dtype:
            raise ValueError(f"{name} has the shape {list(tensors[name].shape)}, not {list(wanted.shape)}")
        setattr(run, name, tensors[name].to(wanted.device))
    run.generator.set_state(tensors["generator"])
    run.step, run.seconds, run.losses = step, float(seconds), list(tensors["losses"])
