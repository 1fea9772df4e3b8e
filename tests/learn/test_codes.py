"""Programs on codes: every variable is what the relaxed program computes, and stays so when choices change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from learn.models import random_dataset, random_shape
from readhead.learn.choices import harden
from readhead.learn.codes import choices_of, coded, parts_of
from readhead.learn.encode import all_batches, cached_order, encode
from readhead.learn.relaxed import Choices, run_stream
from readhead.learn.shape import Shape, segments
from readhead.tasks.examples import Dataset


def random_choices(rng: np.random.Generator, dataset: Dataset, shape: Shape) -> Choices:
    layout = segments(shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
    flat = torch.from_numpy(rng.normal(size=(1, sum(s.size for s in layout)))).float()
    with torch.no_grad():
        return harden(flat, layout, shape)


def assert_agree(dataset: Dataset, shape: Shape, choices: Choices, found: object) -> None:
    data = encode(dataset, dataset.train)
    for rows, batch in all_batches(data, 1024, shape, torch.device("cpu")):
        order = cached_order(batch.mask.shape[0], dataset.causal, torch.device("cpu"))
        stream = run_stream(shape, choices, batch, order, None)
        n = batch.mask.shape[0]
        for c in range(shape.categorical_before(shape.layers)):
            vectors = stream.categorical[0, c].permute(2, 1, 0)
            codes = torch.where(vectors.sum(dim=2) > 0.5, vectors.argmax(dim=2), shape.values)
            np.testing.assert_array_equal(codes.numpy(), found.words[c][rows, :n])  # type: ignore[attr-defined]
        for m in range(shape.numerical_before(shape.layers)):
            numbers = stream.numerical[0, m].T.numpy()
            np.testing.assert_array_equal(numbers, found.numbers[m][rows, :n])  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(30))
def test_codes_are_what_the_relaxed_program_computes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dataset = random_dataset(rng)
    shape = random_shape(rng, dataset)
    choices = random_choices(rng, dataset, shape)
    parts = parts_of(shape, choices)
    pooled = dataset.kind == "sequence_label"
    found = coded(encode(dataset, dataset.train), shape, choices, causal=dataset.causal, pooled=pooled)
    found.run(parts)
    assert_agree(dataset, shape, choices, found)
    again = choices_of(shape, choices, parts)
    assert all(torch.equal(again[name].float(), choices[name].float()) for name in choices)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_positions_that_count_round(period: int) -> None:
    rng = np.random.default_rng(period)
    dataset = random_dataset(rng)
    while max(len(example.tokens) for example in dataset.train) <= period:
        dataset = random_dataset(rng)
    shape = replace(random_shape(rng, dataset), layers=2, values=8, positions=0, period=period)
    choices = random_choices(rng, dataset, shape)
    pooled = dataset.kind == "sequence_label"
    found = coded(encode(dataset, dataset.train), shape, choices, causal=dataset.causal, pooled=pooled)
    found.run(parts_of(shape, choices))
    assert_agree(dataset, shape, choices, found)
