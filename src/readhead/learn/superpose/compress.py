"""Superposition: a compiled model squeezed into fewer dimensions than it has features, and what is left of each.

The study of compression in "Tracr: Compiled Transformers as a Laboratory for Interpretability" (Lindner et al. 2023,
section 5): one matrix between the compiled residual stream and a smaller one, learned so that answers and layers stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from readhead.compile.blueprint import Blueprint
from readhead.errors import UsageError, did_you_mean
from readhead.learn.superpose.inputs import Inputs, split_inputs
from readhead.learn.superpose.principal import principal
from readhead.learn.superpose.recover import Recovery, accuracies, recover_one, slotted
from readhead.learn.superpose.squeezed import Squeezed
from readhead.learn.superpose.training import Progress, Run, Schedule, train
from readhead.program.serialize import dumps
from readhead.transformer.model import Transformer

FAITHFUL = 0.99
"""The share of positions at which the compiled reading must be right for a variable to count as faithful."""

DROPPED, KEPT = 0.25, 0.75
"""The squared norms below and above which a coordinate counts as dropped, and as kept."""


@dataclass(slots=True, eq=False)
class Superposed:
    """A compiled model in fewer dimensions.

    Attributes:
        W: ``[dim, width]``; ``x W`` is the compiled stream as far as it is left, ``y W^T`` the squeezed one.
        seed: what it was drawn by; None for principal components.
        accuracy: the share of the program's answers, token by token on held-out inputs, that it gives.
        loss: at each step.
        slots: the names of the compiled stream's coordinates.
        stopped: ``"annealed"`` or ``"interrupted"``; ``"components"`` for principal components.
    """

    W: Float[Tensor, "dim width"]
    seed: int | None
    accuracy: float
    loss: list[float]
    slots: tuple[str, ...]
    stopped: str
    _squeezed: Squeezed
    _learned: Inputs
    _held: Inputs
    _recovered: dict[str, Recovery] = field(default_factory=dict)

    @property
    def dim(self) -> int:
        """How many dimensions the squeezed stream has."""
        return len(self.W)

    @property
    def gram(self) -> Float[Tensor, "width width"]:
        """``W^T W``: what coordinates become when squeezed and read back; the identity where nothing is lost."""
        return self.W.T @ self.W

    @property
    def variables(self) -> list[str]:
        """The variables that have slots and can be read off the compiled model."""
        return slotted(self._squeezed)

    def recovery(self, variable: str) -> Recovery:
        """What is left of a variable.

        Raises:
            UsageError: for a variable that has no slots.
        """
        if variable not in self.variables:
            raise UsageError(
                f"the model has no slots for {variable!r}", instead=did_you_mean(variable, self.variables)
            )
        if variable not in self._recovered:
            self._recovered[variable] = recover_one(
                self._squeezed, self._learned, self._held, self.W.to(self._squeezed.device), variable
            )
        return self._recovered[variable]

    @property
    def similarity(self) -> dict[str, tuple[float | None, ...]]:
        """The cosine of each variable's decompressed slots to the compiled ones, as embedded and after each block."""
        return {v: self.recovery(v).cosines for v in self.variables}

    def probe(self, variable: str) -> float:
        """How often a linear probe on the squeezed stream finds the variable's value, on held-out inputs."""
        return self.recovery(variable).probe

    @property
    def faithful(self) -> tuple[str, ...]:
        """The variables that the compiled readings still read off the decompressed stream."""
        return tuple(v for v in self.variables if self.recovery(v).read >= FAITHFUL)

    @property
    def kept(self) -> tuple[str, ...]:
        """The coordinates that keep (nearly) all of their length."""
        return tuple(n for n, g in zip(self.slots, self.gram.diagonal().tolist(), strict=True) if g >= KEPT)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The coordinates of which (nearly) nothing is left."""
        return tuple(n for n, g in zip(self.slots, self.gram.diagonal().tolist(), strict=True) if g < DROPPED)

    def as_dict(self) -> dict[str, object]:
        """The facts, as JSON knows them."""
        recovered = [self.recovery(v) for v in self.variables]
        return {
            "dim": self.dim,
            "seed": self.seed,
            "accuracy": self.accuracy,
            "loss": self.loss[-1] if self.loss else None,
            "stopped": self.stopped,
            "faithful": list(self.faithful),
            "kept": list(self.kept),
            "dropped": list(self.dropped),
            "norms": [round(g, 4) for g in self.gram.diagonal().tolist()],
            "variables": {
                r.variable: {
                    "block": r.level,
                    "cosine": r.cosine,
                    "cosines": list(r.cosines),
                    "read": r.read,
                    "probe": r.probe,
                    "majority": r.majority,
                }
                for r in recovered
            },
        }


@dataclass(frozen=True, slots=True, eq=False)
class Compression:
    """A compiled model squeezed into several dimensions, from several seeds, beside principal components.

    Attributes:
        width: how many coordinates the compiled model has.
        slots: their names.
        learned: the squeezed models, by dimension.
        components: for each dimension the model squeezed by principal components.
        centred: for each dimension the accuracy of principal components that are told the mean.
        schedule: how they were trained.
        seconds: how long.
        stopped: ``"annealed"`` or ``"interrupted"``.
    """

    width: int
    slots: tuple[str, ...]
    learned: dict[int, list[Superposed]]
    components: dict[int, Superposed]
    centred: dict[int, float]
    schedule: Schedule
    seconds: float
    stopped: str

    def best(self, dim: int) -> Superposed:
        """The most accurate of a dimension; of several, the one with the smallest loss at the end."""
        return max(self.learned[dim], key=lambda s: (s.accuracy, -sum(s.loss[-100:])))


def superpose(
    model: Transformer | Blueprint,
    dim: int,
    *,
    seed: int = 0,
    steps: int = 1500,
    schedule: Schedule | None = None,
    device: str = "cpu",
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Superposed:
    """Squeeze a compiled model into fewer dimensions.

    Args:
        model: a compiled model.
        dim: how many dimensions.
        seed: of the projection at first.
        steps: of training.
        schedule: everything about training; it goes before ``steps``.
        device: where torch computes.
        checkpoint: a file from which a killed run goes on.
        resume: whether to go on from it.
        progress: called with steps taken, of how many, and the loss.

    Raises:
        UsageError: for a model that is no compiled program, and a dimension that it cannot have.

    >>> from readhead.compile.compiler import compile_program
    >>> from readhead.program import LENGTH, Program
    >>> squeezed = superpose(compile_program(Program((LENGTH,)), vocabulary="ab", max_length=3), 4, steps=10)
    >>> squeezed.W.shape
    torch.Size([4, 6])
    """
    found = compress(
        model,
        [dim],
        seeds=[seed],
        schedule=schedule or Schedule(steps=steps),
        device=device,
        checkpoint=checkpoint,
        resume=resume,
        progress=progress,
    )
    return found.learned[dim][0]


def compress(
    model: Transformer | Blueprint,
    dims: Iterable[int],
    *,
    seeds: int | Iterable[int] = 5,
    schedule: Schedule | None = None,
    device: str = "cpu",
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Compression:
    """Squeeze a compiled model into several dimensions from several seeds, all side by side.

    A projection depends on its own dimension and seed, not on those beside it, but for rounding.

    Args:
        model: a compiled model.
        dims: the dimensions.
        seeds: how many, or which.
        schedule, device, checkpoint, resume, progress: as :func:`superpose` takes them.

    Raises:
        UsageError: for a model that is no compiled program, dimensions that it cannot have, and no seeds.
    """
    plain = Transformer.from_blueprint(model) if isinstance(model, Blueprint) else model
    schedule = schedule or Schedule()
    width = len(plain.compiled.slots)
    wanted, which = sorted(set(dims)), list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    _check(wanted, which, width)
    squeezed = Squeezed(plain, torch.device(device))
    learned, held = split_inputs(squeezed, seed=0)
    sizes = [(dim, seed) for dim in wanted for seed in which]
    identity = _identity(squeezed, schedule, sizes)
    run = train(
        squeezed,
        learned,
        schedule,
        sizes,
        checkpoint=checkpoint,
        resume=resume,
        identity=identity,
        progress=progress,
    )
    return _measured(squeezed, learned, held, run, schedule)


def _check(dims: list[int], seeds: list[int], width: int) -> None:
    for dim in dims:
        if type(dim) is not int or not 1 <= dim <= width:
            raise UsageError(
                f"{dim!r} dimensions: the model has {width}", instead=f"a whole number from 1 to {width}"
            )
    if not dims or not seeds:
        raise UsageError("there is nothing to train", instead="give a dimension, and at least one seed")


def _identity(squeezed: Squeezed, schedule: Schedule, sizes: list[tuple[int, int]]) -> dict[str, Any]:
    """What a run has in common with the checkpoint that it goes on from."""
    about = {name: getattr(schedule, name) for name in Schedule.__dataclass_fields__}
    weights = sum(float(p.double().abs().sum()) for p in squeezed.model.parameters())
    digest = hashlib.sha256(dumps(squeezed.legend.program).encode()).hexdigest()
    program = f"{squeezed.legend.answer} {digest[:16]}"
    return {**about, "sizes": [list(s) for s in sizes], "program": program, "weights": round(weights, 3)}


def _measured(squeezed: Squeezed, learned: Inputs, held: Inputs, run: Run, schedule: Schedule) -> Compression:
    names = tuple(slot.name for slot in squeezed.legend.slots)
    dims = sorted({dim for dim, _ in run.sizes})
    losses = torch.stack(run.losses).T.tolist() if run.losses else [[] for _ in run.sizes]

    def superposed(
        matrix: Tensor, seed: int | None, accuracy: float, loss: list[float], stopped: str
    ) -> Superposed:
        return Superposed(matrix.cpu(), seed, accuracy, loss, names, stopped, squeezed, learned, held)

    found: dict[int, list[Superposed]] = {dim: [] for dim in dims}
    right = accuracies(squeezed, held, run.projections).tolist()
    for i, (dim, seed) in enumerate(run.sizes):
        found[dim].append(superposed(run.projections[i, :dim], seed, right[i], losses[i], run.stopped))
    plain, centred = principal(squeezed, learned), principal(squeezed, learned, centred=True)
    components, told = {}, {}
    for dim in dims:
        accuracy = float(accuracies(squeezed, held, plain.components[None, :dim])[0])
        components[dim] = superposed(plain.components[:dim], None, accuracy, [], "components")
        told[dim] = float(accuracies(squeezed, held, centred.components[None, :dim], centred.mean)[0])
    return Compression(squeezed.width, names, found, components, told, schedule, run.seconds, run.stopped)
