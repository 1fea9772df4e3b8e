"""The read-out of a discretized program: fitted, rounded, thinned out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from readhead.learn import readout
from readhead.learn.readout import Features, agreeing, collect, correct, fewest, fit, rounded


def one_hot(codes: np.ndarray, values: int) -> np.ndarray:
    return np.eye(values, dtype=np.int64)[codes]


def test_collect_merges_equal_rows_and_loses_no_label() -> None:
    features = collect(np.array([[1, 0], [0, 1], [1, 0], [1, 0]]), np.array([0, 1, 1, 0]), 2)
    assert features.inputs.tolist() == [[0, 1], [1, 0]]
    assert features.counts.tolist() == [[0, 1], [2, 1]]
    assert features.total == 4


def test_correct_gives_ties_to_the_first_label() -> None:
    features = collect(np.array([[1], [1], [1]]), np.array([0, 1, 1]), 2)
    assert correct(features, torch.zeros(2, 1, dtype=torch.float64)) == 1
    assert correct(features, torch.tensor([[0.0], [1.0]], dtype=torch.float64)) == 2


def test_fit_finds_a_separable_answer_even_where_a_label_is_rare() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 6, 5000)
    codes[codes == 5] = 0
    codes[17] = 5  # once in five thousand
    features = collect(one_hot(codes, 6), codes, 6)
    weights = fit(features, torch.zeros(6, 6), 1e-7)
    assert correct(features, weights) == 5000
    scores, grid = rounded(features, weights)
    assert correct(features, scores) == 5000
    assert torch.equal(scores, scores.round())
    assert grid == 1


def test_fit_of_a_number_reads_off_counts() -> None:
    counts = np.repeat(np.arange(1, 8), [400, 300, 200, 100, 50, 10, 2])
    features = collect(np.stack([counts, np.ones_like(counts)], axis=1), counts - 1, 7)
    weights = fit(features, torch.zeros(7, 2), 1e-9)
    assert correct(features, weights) == len(counts)
    assert correct(features, rounded(features, weights)[0]) == len(counts)


def test_rounding_loses_no_right_answer_of_the_finest_grid() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = np.random.default_rng(1).integers(0, 3, (400, 5))
    features = collect(inputs, np.random.default_rng(2).integers(0, 3, 400), 3)
    for _ in range(10):
        weights = torch.randn(3, 5, generator=generator, dtype=torch.float64)
        scores, _ = rounded(features, weights)
        assert correct(features, scores) >= correct(features, (weights * 1000).round())


def test_fit_gives_inactive_features_nothing() -> None:
    features = collect(np.array([[1, 0, 1], [0, 1, 1]] * 5), np.array([0, 1] * 5), 2)
    weights = fit(features, torch.ones(2, 3), 1e-6, torch.tensor([True, True, False]))
    assert weights[:, 2].tolist() == [0, 0]
    assert correct(features, weights) == 10


def test_fewest_keeps_what_is_needed_and_drops_the_rest() -> None:
    rng = np.random.default_rng(3)
    label, noise = rng.integers(0, 4, 600), rng.integers(0, 4, 600)
    inputs = np.concatenate([one_hot(label, 4), one_hot(noise, 4), one_hot(label, 4)], axis=1)
    features = collect(inputs, label, 4)
    held = Features(features.inputs, features.counts)
    start = fit(features, torch.zeros(4, 12), 1e-6)
    active = fewest(features, held, start, [slice(0, 4), slice(4, 8), slice(8, 12)], 1e-6)
    assert active.tolist() == [True] * 4 + [False] * 8


def test_a_fit_stops_at_the_first_weights_that_will_do() -> None:
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 5, 300)
    features = collect(one_hot(codes, 5), codes, 5)
    told: list[torch.Tensor] = []

    def enough(weights: torch.Tensor) -> bool:
        told.append(weights)
        return correct(features, weights) == 300

    start = torch.zeros(5, 5)
    first = fit(features, start, 1e-7, torch.tensor([True] * 5), enough)
    assert correct(features, first) == 300
    assert torch.equal(first, told[-1]) and first.shape == start.shape
    assert first.abs().max() < fit(features, start, 1e-7).abs().max()  # right is not yet certain


def test_a_fit_that_does_not_get_better_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = np.stack([np.ones(40, dtype=np.int64), np.arange(40)], axis=1)
    labels = (np.arange(40) == 20).astype(np.int64)  # no line has one in the middle alone
    features = collect(inputs, labels, 2)
    fits: list[object] = []
    regress = readout._regress

    def counted(*given: object) -> torch.Tensor:
        fits.append(given)
        return regress(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(readout, "_regress", counted)
    whole = fit(features, torch.zeros(2, 2), 1e-7)
    assert (correct(features, whole), len(fits)) == (39, 3)
    fits.clear()
    tried = fit(features, torch.zeros(2, 2), 1e-7, None, lambda weights: False)
    assert (correct(features, tried), len(fits)) == (39, 2)


def test_agreeing_keeps_answers_whether_they_are_right_or_not() -> None:
    rng = np.random.default_rng(5)
    inputs = rng.integers(0, 3, (400, 4))
    features = collect(inputs, rng.integers(0, 3, 400), 3)
    weights = torch.from_numpy(rng.normal(size=(3, 4)))
    scores, grid = agreeing(features, weights)
    assert torch.equal(scores, scores.round()) and grid in readout.GRIDS
    answers = (features.inputs @ weights.T).argmax(dim=1)
    differ = (features.inputs @ scores.T).argmax(dim=1) != answers
    assert features.counts[differ].sum() <= readout.DIFFER * features.total
    coarser = [g for g in readout.GRIDS if g < grid]
    centred = weights - weights.median(dim=0, keepdim=True).values
    for other in coarser:
        differ = (features.inputs @ (centred * other).round().T).argmax(dim=1) != answers
        assert features.counts[differ].sum() > readout.DIFFER * features.total


def test_agreeing_takes_the_finest_grid_where_none_agrees() -> None:
    features = collect(np.array([[1]]), np.array([0]), 2)
    scores, grid = agreeing(features, torch.tensor([[-1e-6], [1e-6]], dtype=torch.float64))
    assert grid == readout.GRIDS[-1] and scores.tolist() == [[0.0], [0.0]]
