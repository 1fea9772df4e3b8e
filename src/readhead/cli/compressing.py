"""The command that squeezes a compiled model into fewer dimensions: ``compress``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readhead.cli import options
from readhead.cli.answer import Answer
from readhead.errors import DataError, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from readhead.learn.superpose import Compression, Superposed
    from readhead.transformer.model import Transformer

ModelPath = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A compiled model: the folder that compile wrote.")
]
SHADES = " ░▒▓█"
WIDEST = 48
"""The most coordinates whose matrix is drawn in the terminal."""
DOUBLED = 20
"""The most coordinates that are drawn two characters wide."""
CHECKPOINT = "checkpoint.safetensors"


def compress(
    model: ModelPath,
    dim: Annotated[int | None, typer.Option(help="How many dimensions.", min=1)] = None,
    dims: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Several numbers of dimensions, side by side.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds for each.", min=1)] = 5,
    steps: Annotated[int, typer.Option(help="Steps of training.", min=1)] = 1500,
    device: Annotated[str, typer.Option(help="Where it runs: cpu or cuda.")] = "cpu",
    out: Annotated[Path | None, typer.Option(help="A folder for figures, matrices, and all numbers.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint in that folder.")
    ] = False,
    as_json: options.Json = False,
) -> Answer:
    """Squeeze a compiled model into fewer dimensions, and say what is lost."""
    wanted = _dimensions(dim, dims)
    if resume and out is None:
        raise UsageError("there is no folder to go on from", instead="give the folder: --out FOLDER")

    from readhead.learn.superpose import Schedule
    from readhead.learn.superpose import compress as squeeze
    from readhead.transformer.model import Transformer

    compiled = Transformer.from_pretrained(model)
    _check_device(device)
    if out is not None:
        _make(out)
    found = squeeze(
        compiled,
        wanted,
        seeds=seeds,
        schedule=Schedule(steps=steps),
        device=device,
        checkpoint=None if out is None else out / CHECKPOINT,
        resume=resume,
        progress=_Bar(),
    )
    data = compression_data(found, compiled)
    if out is not None:
        write_folder(out, found, data)
    return Answer(data, _shown(found, out), note=_interrupted(found, out))


def _dimensions(dim: int | None, dims: str | None) -> list[int]:
    if (dim is None) == (dims is None):
        raise UsageError(
            "how many dimensions?" if dim is None else "dim and dims are both given",
            instead="--dim 12, or --dims 4,8,12",
        )
    if dims is None:
        assert dim is not None
        return [dim]
    try:
        return [int(part) for part in dims.split(",")]
    except ValueError:
        raise UsageError(f"dims is {dims!r}", instead="whole numbers between commas: --dims 4,8,12") from None


def _check_device(device: str) -> None:
    import torch

    if device != "cpu" and not (device.startswith("cuda") and torch.cuda.is_available()):
        why = "torch finds no such device here" if device.startswith("cuda") else None
        raise UsageError(f"the device is {device!r}", why=why, instead="cpu")


def _make(folder: Path) -> None:
    """Make the folder before anything is trained.

    Raises:
        DataError: where it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"the folder cannot be written: {error.strerror}", where=str(folder)) from None


class _Bar:
    """Progress on standard error: a bar on a terminal, a line at each tenth elsewhere."""

    def __init__(self) -> None:
        self._tenth = 0

    def __call__(self, step: int, total: int, loss: float) -> None:
        tenth = 10 * step // total
        if sys.stderr.isatty():
            end = "\n" if step == total else ""
            bar = "█" * tenth + "·" * (10 - tenth)
            sys.stderr.write(f"\r{bar} step {step}/{total}  loss {loss:.4f} {end}")
            sys.stderr.flush()
        elif tenth > self._tenth:
            sys.stderr.write(f"step {step}/{total}  loss {loss:.4f}\n")
        self._tenth = tenth


def compression_data(found: Compression, compiled: Transformer) -> dict[str, object]:
    """What was found as JSON has it."""
    dims = sorted(found.learned)
    best = {dim: found.best(dim) for dim in dims}
    return {
        "answer": compiled.compiled.answer,
        "width": found.width,
        "slots": list(found.slots),
        "seeds": [s.seed for s in found.learned[dims[0]]],
        "steps": found.schedule.steps,
        "seconds": round(found.seconds, 2),
        "stopped": found.stopped,
        "dimensions": [
            {
                "dim": dim,
                "accuracies": [s.accuracy for s in found.learned[dim]],
                "components": found.components[dim].accuracy,
                "components_told_the_mean": found.centred[dim],
                "best": best[dim].as_dict(),
            }
            for dim in dims
        ],
    }


def write_folder(folder: Path, found: Compression, data: dict[str, object]) -> None:
    """Write all numbers (JSON), the matrices (safetensors), and the pictures.

    Raises:
        DataError: where the folder cannot be written.
    """
    from safetensors.torch import save_file

    from readhead.plots.superposition import draw_accuracy, draw_gram

    dims = sorted(found.learned)
    try:
        (folder / "compression.json").write_text(json.dumps(data, indent=1) + "\n", encoding="ascii")
        matrices = {f"W.{s.dim}.{s.seed}": s.W.contiguous() for d in dims for s in found.learned[d]}
        save_file(matrices, folder / "projections.safetensors", metadata={"slots": json.dumps(found.slots)})
        for dim in dims:
            best = found.best(dim)
            title = f"$W^T W$, {dim} of {found.width} dimensions, {best.accuracy:.1%} right"
            draw_gram(folder / f"gram_{dim}.svg", best.gram.numpy(), found.slots, title=title)
        if len(dims) > 1:
            draw_accuracy(
                folder / "accuracy.svg",
                {d: [s.accuracy for s in found.learned[d]] for d in dims},
                {d: found.components[d].accuracy for d in dims},
                found.centred,
                width=found.width,
                title="right answers against dimensions",
            )
    except OSError as error:
        raise DataError(f"the folder cannot be written: {error.strerror}", where=str(folder)) from None


def _shown(found: Compression, out: Path | None) -> RenderableType:
    """The tables: accuracy against dimension; and for the last dimension its coordinates and variables."""
    from rich.console import Group
    from rich.text import Text

    best = found.best(max(found.learned))
    parts: list[RenderableType] = [_accuracy_table(found)]
    parts += [
        _variables_table(best),
        Text(f"W^T W, {best.dim} of {found.width} dimensions, seed {best.seed}:"),
    ]
    parts.append(Text(gram_text(best), no_wrap=True))
    if out is not None:
        parts.append(Text(f"written to {out}"))
    return Group(*parts)


def _accuracy_table(found: Compression) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from readhead.tasks.score import percent

    title = f"right answers; the compiled model has {found.width} dimensions"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in ("dimensions", "best", "mean", "worst", "principal components", "told the mean"):
        table.add_column(column, justify="right")
    for dim, runs in sorted(found.learned.items()):
        right = [s.accuracy for s in runs]
        cells = (
            max(right),
            sum(right) / len(right),
            min(right),
            found.components[dim].accuracy,
            found.centred[dim],
        )
        table.add_row(str(dim), *map(percent, cells))
    return table


def _variables_table(best: Superposed) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from readhead.tasks.score import percent

    title = f"what is left of each variable, {best.dim} dimensions, seed {best.seed}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in ("variable", "cosine", "read", "linear probe", "commonest value", "faithful"):
        table.add_column(column, justify="left" if column == "variable" else "right")
    faithful = best.faithful
    for variable in best.variables:
        left = best.recovery(variable)
        cosine = "-" if left.cosine is None else f"{left.cosine:.2f}"
        shares = map(percent, (left.read, left.probe, left.majority))
        table.add_row(Text(variable), cosine, *shares, "yes" if variable in faithful else "no")
    return table


def gram_text(best: Superposed) -> str:
    """The matrix as shades (its absolute values), a row for each coordinate, after its squared length and fate."""
    kept, dropped = set(best.kept), set(best.dropped)
    longest, wide = max(map(len, best.slots)), 1 + (len(best.slots) <= DOUBLED)
    lines = []
    for name, row in zip(best.slots, best.gram.tolist(), strict=True):
        length = row[best.slots.index(name)]
        fate = "kept" if name in kept else "dropped" if name in dropped else "shared"
        shades = "".join(SHADES[min(len(SHADES) - 1, round(abs(g) * (len(SHADES) - 1)))] * wide for g in row)
        drawn = f" {shades}" if len(best.slots) <= WIDEST else ""
        lines.append(f"{name:>{longest}} {length:5.2f} {fate:7}{drawn}".rstrip())
    return "\n".join(lines)


def _interrupted(found: Compression, out: Path | None) -> RenderableType | None:
    if found.stopped != "interrupted":
        return None
    from rich.text import Text

    return Text(
        "Interrupted: this is what was learned so far." + (" --resume goes on." if out is not None else "")
    )
