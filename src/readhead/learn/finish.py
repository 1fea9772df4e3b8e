"""From a trained restart to a finished program: harden, fit the read-out again, round it, measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from readhead.learn.choices import harden
from readhead.learn.encode import Encoded, all_batches, cached_order
from readhead.learn.population import Setting, readout_of
from readhead.learn.readout import Features, agreeing, collect, correct, fewest, fit, rounded
from readhead.learn.relaxed import Choices, run_stream

PENALTY = 1e-7
"""Of the squared read-out weights, per example: enough for separable problems to have an answer."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A discretized program before it is pruned.

    Attributes:
        restart: which restart it comes from.
        choices: its hardened choices.
        readout: integer scores, ``[label, feature]``.
        grid: grid points per unit of log-odds that the scores were rounded to.
        train_right, train_total, validation_right, validation_total: labels right, and labels in all, after rounding.
        repairs: how many choices were changed after training.
    """

    restart: int
    choices: Choices
    readout: Float[Tensor, "label feature"]
    grid: int
    train_right: int
    train_total: int
    validation_right: int
    validation_total: int
    repairs: int = 0

    @property
    def perfect(self) -> bool:
        """Whether it is right on every example that learning and selection see."""
        return self.train_right == self.train_total and self.validation_right == self.validation_total

    @property
    def rank(self) -> tuple[int, int]:
        """How good it is: validation first, then training."""
        return self.validation_right, self.train_right


def finish(
    flat: Tensor,
    restart: int,
    setting: Setting,
    train: Encoded,
    validation: Encoded,
    labels: int,
    *,
    sparse: bool = False,
) -> Finished:
    """Discretize one restart, and finish it.

    Args:
        flat: ``[parameter]``, the restart's parameters.
        restart, setting, train, validation, labels, sparse: as for :func:`finish_choices`.
    """
    with torch.no_grad():
        choices = {k: v.cpu() for k, v in harden(flat[None], setting.layout, setting.shape).items()}
    learned = readout_of(flat, setting.layout)
    return finish_choices(choices, learned, restart, setting, train, validation, labels, sparse=sparse)


def finish_choices(
    choices: Choices,
    learned: Float[Tensor, "label feature"],
    restart: int,
    setting: Setting,
    train: Encoded,
    validation: Encoded,
    labels: int,
    *,
    sparse: bool = False,
) -> Finished:
    """Give hardened choices their read-out.

    It is the better, on training and validation examples, of the one that was learned and the logistic regression on
    the discrete variables (fitted on training examples only).

    Args:
        choices: hardened, of one restart.
        learned: the read-out that was learned with them.
        restart: its number.
        setting: how it was trained.
        train, validation: the splits.
        labels: how many labels there are.
        sparse: also look for a read-out that leaves out as many variables as it can.
    """
    seen = features(choices, setting, train, labels)
    held = features(choices, setting, validation, labels)
    candidates = [learned]
    if not setting.sketched:  # words that are fitted twice are believed too much
        fitted = fit(seen, learned, PENALTY)
        candidates.append(fitted)
    if sparse and not setting.sketched:
        active = fewest(seen, held, fitted, _slices(setting), PENALTY)
        candidates.append(fit(seen, fitted, PENALTY, active))
    best: tuple[tuple[int, int], Tensor, int] | None = None
    for weights in candidates:
        scores, grid = (agreeing if setting.sketched else rounded)(seen, weights)
        found = (correct(held, scores), correct(seen, scores))
        if best is None or found >= best[0]:
            best = found, scores, grid
    assert best is not None
    (validation_right, train_right), scores, grid = best
    return Finished(restart, choices, scores, grid, train_right, seen.total, validation_right, held.total)


def features(choices: Choices, setting: Setting, data: Encoded, labels: int) -> Features:
    """What the read-out sees of a split."""
    here = choices if setting.device.type == "cpu" else {k: v.to(setting.device) for k, v in choices.items()}
    return collect(*_features(here, setting, data), labels)


def _slices(setting: Setting) -> list[slice]:
    """The read-out's features of each variable, in the order of the stream: numbers of a layer before its MLPs."""
    d, categorical = setting.shape.values, setting.shape.categorical_before(setting.shape.layers)
    numbers = setting.shape.numerical_before(setting.shape.layers)
    words = [slice(c * d, (c + 1) * d) for c in range(categorical)]
    sums = [slice(categorical * d + m, categorical * d + m + 1) for m in range(numbers)]
    first = 1 + setting.shape.given_numerical
    return sums[:first] + words[: setting.shape.inputs] + sums[first:] + words[setting.shape.inputs :]


def _features(
    choices: Choices, setting: Setting, data: Encoded
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of read-out features, and their labels, at every scored place."""
    rows, labels = [], []
    with torch.no_grad():
        for _, batch in all_batches(data, 1024, setting.shape, setting.device):
            order = cached_order(batch.mask.shape[0], setting.causal, setting.device)
            stream = run_stream(setting.shape, choices, batch, order, None)
            features = torch.cat([stream.categorical.flatten(1, 2), stream.numerical], dim=1)[0]
            if setting.pooled:
                features = features.sum(dim=1, keepdim=True)
            scored = batch.labels >= 0
            rows.append(features.permute(1, 2, 0)[scored].round().long().cpu().numpy())
            labels.append(batch.labels[scored].cpu().numpy())
    return np.concatenate(rows), np.concatenate(labels)
