"""Many restarts trained as one batch: a leading dimension of every tensor, not a loop over models.

Restarts are trained in groups of a fixed size, on as many worker processes as there are cores; what a group computes
does not depend on how many there are, so a seed gives the same programs bit for bit on any CPU of one kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from readhead.learn.choices import harden, sample, unflatten
from readhead.learn.encode import Encoded, all_batches, cached_order, epoch_batches, make_batch
from readhead.learn.gradient import loss_and_gradient
from readhead.learn.presets import Schedule
from readhead.learn.quality import entity_f1
from readhead.learn.relaxed import Batch, run_stream, scores
from readhead.learn.shape import Segment, Shape
from readhead.learn.start import Origin
from readhead.learn.vectors import Vectors, class_logits

GROUP = 2
"""Restarts in a group, on a CPU."""
SHAKE = 0.5
"""The noise on the parameters of a program that training goes on from, in every restart but the first."""
TENSORS = ("flat", "first", "second", "best", "best_flat", "loss")
"""The tensors of a group's state."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same throughout training.

    ``probe_above`` is the discretized validation accuracy from which finishing a program early is worth a try;
    ``origin`` the parameters of the program that training goes on from, None to begin afresh; ``vectors`` what word
    classes start from, None for nothing; ``tuned`` a schedule for each group of restarts, empty where all have
    ``schedule``.

    ``sketched`` says that the origin is a sketch of the data and no program; ``tags`` are the labels where entities
    count, and nothing where labels do.
    """

    shape: Shape
    schedule: Schedule
    layout: list[Segment]
    causal: bool
    pooled: bool
    seed: int
    device: torch.device
    probe_above: float = 0.97
    origin: Origin | None = None
    vectors: Vectors | None = None
    tuned: tuple[Schedule, ...] = ()
    sketched: bool = False
    tags: tuple[str, ...] = ()

    def of(self, restarts: list[int]) -> Setting:
        """The setting of a group, by its restarts."""
        return replace(self, schedule=self.tuned[restarts[0] // GROUP]) if self.tuned and restarts else self

    def loss_and_gradient(
        self, choices: dict[str, Tensor], batch: Batch, temperature: float
    ) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart parameter"]]:
        """The mean cross-entropy of each restart, and its gradient."""
        order = cached_order(batch.mask.shape[0], self.causal, self.device)
        return loss_and_gradient(self.shape, self.layout, choices, batch, order, temperature, self.pooled)

    def temperature(self, progress: float) -> float:
        """At a fraction of the way: geometric from hot to cold."""
        hot, cold = self.schedule.hot, self.schedule.cold
        return float(hot * (cold / hot) ** progress)

    def rate(self, progress: float) -> float:
        """The learning rate at a fraction of the way."""
        low = self.schedule.final_rate
        return self.schedule.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * progress)) / 2)


@dataclass(slots=True)
class Group:
    """Some restarts: their parameters, Adam's state, their noise, and the best program that each has been.

    Attributes:
        ids: the number of each restart still alive.
        flat: ``[restart, parameter]``.
        first, second: Adam's moments (Kingma and Ba 2015), like ``flat``.
        step: steps taken.
        generator: the source of Gumbel noise.
        best: the best discretized validation accuracy of each restart.
        best_flat: the parameters that had it.
        loss: each restart's loss, averaged over the last epoch.
    """

    ids: list[int]
    flat: Tensor
    first: Tensor
    second: Tensor
    step: int
    generator: torch.Generator
    best: Tensor
    best_flat: Tensor
    loss: Tensor
    diverged: list[int] = field(default_factory=list)

    def copy(self) -> Group:
        """Another group in the same state, which can go on alone."""
        generator = torch.Generator(self.generator.device)
        generator.set_state(self.generator.get_state())
        tensors = {name: getattr(self, name).clone() for name in TENSORS}
        return Group(
            **tensors, ids=list(self.ids), step=self.step, generator=generator, diverged=list(self.diverged)
        )

    def drop_diverged(self) -> None:
        """Remove the restarts whose parameters are no longer finite; the others go on."""
        finite = self.flat.isfinite().all(dim=1) & self.loss.isfinite()
        if bool(finite.all()):
            return
        self.diverged += [i for i, fine in zip(self.ids, finite.tolist(), strict=True) if not fine]
        self.ids = [i for i, fine in zip(self.ids, finite.tolist(), strict=True) if fine]
        for name in TENSORS:
            tensor = getattr(self, name)
            setattr(self, name, tensor[finite.to(tensor.device)])


def new_group(setting: Setting, ids: list[int]) -> Group:
    """Fresh restarts; what each starts from depends on the seed and on its own number only."""
    size = sum(segment.size for segment in setting.layout)
    rows = []
    for i in ids:
        start = torch.randn(size, generator=_generator(torch.device("cpu"), setting.seed, 0, i))
        for segment, piece in zip(setting.layout, start.split([s.size for s in setting.layout]), strict=True):
            if not segment.choice:
                piece.mul_(0.1 if segment.name.startswith("readout") else _spread(segment))
            elif segment.name == "embedding" and setting.vectors is not None:
                noise = piece.view(segment.shape).numpy()
                classes = class_logits(setting.vectors, noise, (setting.seed, 3, i))
                piece.copy_(torch.from_numpy(classes).flatten())
        rows.append(start if setting.origin is None else _from(setting.origin, start, first=i == 0))
    flat = torch.stack(rows).to(setting.device)
    return Group(
        ids=list(ids),
        flat=flat,
        first=torch.zeros_like(flat),
        second=torch.zeros_like(flat),
        step=0,
        generator=_generator(setting.device, setting.seed, 1, ids[0]),
        best=torch.full((len(ids),), -1.0, dtype=torch.float64),
        best_flat=flat.clone(),
        loss=torch.zeros(len(ids), device=setting.device),
    )


def _from(origin: Origin, noise: Tensor, *, first: bool) -> Tensor:
    """Where a restart begins that goes on from a program: the first exactly there, the others nearby."""
    shaken = origin.flat if first else origin.flat + SHAKE * noise
    return torch.where(origin.fixed, origin.flat, torch.where(origin.idle, noise, shaken))


def _spread(segment: Segment) -> float:
    """The initial scale of a network's weights: one over the square root of what a unit sums."""
    return 1.0 / math.sqrt(segment.shape[-1]) if segment.shape[-1] > 2 else 0.3


def _generator(device: torch.device, *seeds: int) -> torch.Generator:
    state = int(np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0]) >> 1
    return torch.Generator(device).manual_seed(state)


def train_epoch(
    group: Group, setting: Setting, data: Encoded, epoch: int, report: Callable[[int], None] | None = None
) -> None:
    """One pass over the training split.

    Args:
        group: is advanced in place.
        setting: how.
        data: the training split.
        epoch: its number; the order of examples depends on it and on the seed only.
        report: called with the number of steps taken, after each.
    """
    batches = epoch_batches(data, setting.schedule.batch, np.random.default_rng([setting.seed, 2, epoch]))
    total = max(1, len(batches) * setting.schedule.epochs - 1)
    losses = torch.zeros_like(group.loss)
    for rows in batches:
        progress = min(1.0, group.step / total)
        temperature = setting.temperature(progress)
        batch = make_batch(data, rows, setting.shape, setting.device, few_words=True)
        choices = sample(group.flat, setting.layout, temperature, group.generator, batch.present)
        loss, gradient = setting.loss_and_gradient(choices, batch, temperature)
        group.step += 1
        if setting.origin is not None:
            gradient.masked_fill_(setting.origin.fixed.to(gradient.device), 0)
        _adam(group, gradient, setting.rate(progress))
        losses += loss
        if report is not None:
            report(group.step)
    group.loss = losses / len(batches)
    group.drop_diverged()


def _adam(group: Group, gradient: Tensor, rate: float) -> None:
    """One step of Adam with the usual constants, on all restarts at once."""
    group.first.lerp_(gradient, 0.1)
    group.second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
    corrected = (group.second / (1 - 0.999**group.step)).sqrt_().add_(1e-8)
    group.flat.addcdiv_(group.first, corrected, value=-rate / (1 - 0.9**group.step))


def hard_quality(flat: Tensor, setting: Setting, data: Encoded) -> Float[Tensor, "restart"]:
    """How good each restart's discretized program is on a split, with its own read-out.

    It is the share of labels that are right, or the F1 of entities where the setting has tags.
    """
    answers = np.full((flat.shape[0], *data.labels.shape), -1)
    with torch.no_grad():
        choices = harden(flat, setting.layout, setting.shape)
        for rows, batch in all_batches(data, 1024, setting.shape, setting.device):
            order = cached_order(batch.mask.shape[0], setting.causal, setting.device)
            stream = run_stream(setting.shape, choices, batch, order, None)
            best = scores(choices, stream, batch, pooled=setting.pooled).argmax(dim=1)
            answers[:, rows, : best.shape[1]] = best.permute(0, 2, 1).cpu().numpy()
    if setting.tags:
        found = [entity_f1(each, data, setting.tags) for each in answers]
    else:
        scored = data.labels >= 0
        found = [float((each == data.labels)[scored].sum() / max(1, scored.sum())) for each in answers]
    return torch.tensor(found, dtype=torch.float64)


def note_best(group: Group, setting: Setting, validation: Encoded) -> None:
    """Measure the group's discretized programs, and keep those that are better than each was before."""
    accuracy = hard_quality(group.flat, setting, validation)
    better = accuracy > group.best
    group.best = torch.where(better, accuracy, group.best)
    group.best_flat = torch.where(better[:, None].to(group.flat.device), group.flat, group.best_flat)


def readout_of(flat: Tensor, layout: list[Segment]) -> Float[Tensor, "label feature"]:
    """The read-out's weights of one restart: categorical values first, then numbers."""
    parameters = unflatten(flat[None], layout)
    parts = [parameters["readout"][0].flatten(1)]
    if "readout_numbers" in parameters:
        parts.append(parameters["readout_numbers"][0])
    return torch.cat(parts, dim=1).detach().double().cpu()
