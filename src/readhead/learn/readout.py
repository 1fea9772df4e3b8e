"""The read-out of a discretized program: fitted again on the discrete variables, and rounded to integers.

With all other choices fixed, the read-out is a multinomial logistic regression on finitely many different rows of
variables, a convex problem. Its weights are then rounded to the coarsest fixed-point grid that loses no correct
answer on the examples, so scores are small integers and every evaluator breaks ties alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

ROUNDS = 6
"""How often rows that are still wrong are given more weight."""
ITERATIONS, ASKED = 100, 10
"""Iterations of a fit at most, and after how many each time it is asked whether that will do."""
ROWS = 6000
"""At most so many rows are fitted before it is known which are hard."""
DIFFER = 0.0005
"""The share of answers that may differ after rounding, where it is answers that are kept."""
GRIDS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100, 200, 500, 1000)
"""Grid points per unit of log-odds, coarsest first."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the read-out sees: the different rows of variables, with how often each has each label.

    Attributes:
        inputs: ``[row, feature]`` one-hot categorical variables (summed over positions, when pooled) and numbers.
        counts: ``[row, label]`` how often the row occurs with the label.
    """

    inputs: Float[Tensor, "row feature"]
    counts: Float[Tensor, "row label"]

    @property
    def total(self) -> int:
        """How many labels there are."""
        return int(self.counts.sum())


def collect(
    inputs: Int[NDArray[np.int64], "example feature"], labels: NDArray[np.int64], count: int
) -> Features:
    """Merge equal rows.

    Args:
        inputs: one row of integer features for each scored label.
        labels: its label's code.
        count: how many labels there are.
    """
    rows, where = np.unique(inputs, axis=0, return_inverse=True)
    counts = np.zeros((len(rows), count))
    np.add.at(counts, (where.reshape(-1), labels), 1)
    return Features(torch.from_numpy(rows).double(), torch.from_numpy(counts))


def correct(features: Features, weights: Float[Tensor, "label feature"]) -> int:
    """How many labels the read-out gets right, ties going to the first label."""
    best = (features.inputs @ weights.T).argmax(dim=1)
    return int(features.counts.gather(1, best[:, None]).sum())


def fit(
    features: Features,
    start: Float[Tensor, "label feature"],
    penalty: float,
    active: Tensor | None = None,
    enough: Callable[[Tensor], bool] | None = None,
) -> Float[Tensor, "label feature"]:
    """The logistic regression on the discrete variables, from where learning left it.

    Where only few rows stay wrong they are given more weight and the fit is repeated, since what counts is the
    number of right answers: rare labels are few, not unimportant. Of many rows, a sample is fitted; where it gets nine
    in ten right, the rows that it gets wrong join it.

    Args:
        features: the examples.
        start: the weights to start from.
        penalty: of the squared weights, per example.
        active: booleans, which features may have weights; the others get 0. None for all.
        enough: says of weights that they will do, where that is all that is asked: fitting stops at the first that it
            is told of, and where more weight on wrong rows rights no more. None for the best fit.
    """
    columns = torch.arange(start.shape[1]) if active is None else active.nonzero().squeeze(1)
    if not len(columns):
        return torch.zeros_like(start, dtype=torch.float64)
    inputs = features.inputs[:, columns]
    scale = inputs.abs().amax(dim=0).clamp(min=1)
    inputs = inputs / scale
    counts = features.counts.clone()
    fitted = torch.zeros(len(inputs), dtype=torch.bool)
    fitted[:: -(-len(inputs) // ROWS)] = True
    weights = start[:, columns].double() * scale
    best, best_right = weights, -1

    def whole(some: Tensor) -> Tensor:
        out = torch.zeros_like(start, dtype=torch.float64)
        out[:, columns] = some / scale
        return out

    def done(some: Tensor) -> bool:
        return enough is not None and enough(whole(some))

    for _ in range(ROUNDS):
        weights = _regress(inputs[fitted], counts[fitted], weights, penalty, None if enough is None else done)
        if done(weights):
            return whole(weights)
        chosen = (inputs @ weights.T).argmax(dim=1)
        right = int(features.counts.gather(1, chosen[:, None]).sum())
        if right > best_right:
            best, best_right = weights, right
        elif enough is not None:
            break
        wrong = features.counts.argmax(dim=1) != chosen
        if not bool(wrong.any()) or right < 0.9 * features.total:
            break
        counts[wrong & fitted] *= 8
        fitted |= wrong
    return whole(best)


def _regress(
    inputs: Tensor, counts: Tensor, start: Tensor, penalty: float, done: Callable[[Tensor], bool] | None
) -> Tensor:
    """Weights after so many iterations of L-BFGS, or the first that are done, which is asked now and then."""
    weights = start.clone().requires_grad_(True)
    steps = ITERATIONS if done is None else ASKED
    optimizer = torch.optim.LBFGS([weights], max_iter=steps, history_size=12, line_search_fn="strong_wolfe")
    total, per_row = counts.sum(), counts.sum(dim=1, keepdim=True)

    @torch.no_grad()
    def loss() -> Tensor:  # and its gradient, which takes half as long by hand
        log_odds = torch.log_softmax(inputs @ weights.T, dim=1)
        value = penalty * weights.square().sum() - (counts * log_odds).sum() / total
        above = log_odds.exp_().mul_(per_row).sub_(counts).div_(total)
        weights.grad = (above.T @ inputs).add_(weights, alpha=2 * penalty)
        return value

    for _ in range(ITERATIONS // steps):
        optimizer.step(loss)
        if done is not None and done(weights.detach()):
            break
    return weights.detach()


def rounded(
    features: Features, weights: Float[Tensor, "label feature"]
) -> tuple[Float[Tensor, "label feature"], int]:
    """The weights on the coarsest grid that gets as many labels right as the finest, and that grid.

    A label's scores may all be shifted by the same amount without a change, so each feature's row is shifted to a
    median of 0 first: fewer and smaller numbers.
    """
    centred = weights - weights.median(dim=0, keepdim=True).values
    finest = correct(features, (centred * GRIDS[-1]).round())
    for grid in GRIDS:
        candidate = (centred * grid).round()
        if correct(features, candidate) >= finest:
            return candidate, grid
    raise AssertionError("the finest grid is as good as itself")


def agreeing(
    features: Features, weights: Float[Tensor, "label feature"]
) -> tuple[Float[Tensor, "label feature"], int]:
    """The weights on the coarsest grid on which hardly an answer differs from the finest, and that grid.

    Unlike :func:`rounded` it does not ask which answers are right: where few labels are of interest, right answers
    are mostly others.
    """
    centred = weights - weights.median(dim=0, keepdim=True).values
    often = features.counts.sum(dim=1)
    finest = (features.inputs @ weights.T).argmax(dim=1)
    for grid in GRIDS:
        candidate = (centred * grid).round()
        differs = (features.inputs @ candidate.T).argmax(dim=1) != finest
        if float(often[differs].sum()) <= DIFFER * features.total:
            return candidate, grid
    return (centred * GRIDS[-1]).round(), GRIDS[-1]


def fewest(
    features: Features,
    held: Features,
    start: Float[Tensor, "label feature"],
    variables: list[slice],
    penalty: float,
) -> Tensor:
    """Which features a read-out needs: variables are left out, last first, while a new fit loses nothing.

    Each try is made on a sample of the rows, and is over when it loses nothing; what remains is confirmed on all of
    them by the caller.

    Args:
        features, held: what the fit sees, and the examples held back; neither may get worse.
        start: the weights of the fit with all variables.
        variables: the features of each variable.
        penalty: of the squared weights, per example.

    Returns:
        Booleans, which features stay active.
    """
    sample = _sample(features)
    weights, active = start, torch.ones(start.shape[1], dtype=torch.bool)
    goal = correct(sample, weights), correct(held, weights)

    def as_good(tried: Tensor) -> bool:
        return correct(sample, tried) >= goal[0] and correct(held, tried) >= goal[1]

    for variable in reversed(variables):
        if not bool(weights[:, variable].any()):
            active[variable] = False
            continue
        trial = active.clone()
        trial[variable] = False
        without = fit(sample, weights, penalty, trial, as_good)
        if as_good(without):
            weights, active = without, trial
            goal = correct(sample, without), correct(held, without)
    return active


def _sample(features: Features, most: int = 4000) -> Features:
    """At most so many of the rows, evenly spaced."""
    step = -(-len(features.inputs) // most)
    return Features(features.inputs[::step], features.counts[::step])
