"""Repair: a damaged program is mended on training examples, and kept only where validation agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from learn.models import random_dataset, random_shape
from learn.test_codes import assert_agree, random_choices
from readhead.learn import finish, learn, training
from readhead.learn import repair as module
from readhead.learn.codes import choices_of, coded, parts_of
from readhead.learn.encode import Encoded, encode
from readhead.learn.finish import Finished, finish_choices
from readhead.learn.learner import make_setting
from readhead.learn.population import Setting, new_group, readout_of
from readhead.learn.repair import coordinates, fixed_choices, repair, scored, sweep
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset


def readout_for(rng: np.random.Generator, dataset: Dataset, shape: object) -> np.ndarray:
    features = shape.categorical_before(shape.layers) * shape.values + shape.numerical_before(shape.layers)  # type: ignore[attr-defined]
    return rng.integers(-3, 4, size=(len(dataset.labels), features)).astype(float)


@pytest.mark.parametrize("seed", range(20))
def test_a_move_is_counted_as_a_whole_run_would_and_leaves_everything_up_to_date(seed: int) -> None:
    rng = np.random.default_rng([1, seed])
    dataset = random_dataset(rng)
    shape = random_shape(rng, dataset)
    choices = random_choices(rng, dataset, shape)
    parts = parts_of(shape, choices)
    pooled = dataset.kind == "sequence_label"
    data = encode(dataset, dataset.train)
    readout = readout_for(rng, dataset, shape)

    def fresh() -> module.Scored:
        found = coded(data, shape, choices, causal=dataset.causal, pooled=pooled)
        found.run(parts)
        return scored(found, parts, readout)

    state = fresh()
    moves = [move for listed in coordinates(state, frozenset()) for move in listed]
    for k in rng.permutation(len(moves))[:12].tolist():
        move = moves[k]
        before = int(state.wrong.sum())
        gain, rows, new = state.tried(move)
        parts[move.part] = move.made(parts[move.part])
        state.take(rows, new)
        whole = fresh()
        assert before - gain == whole.wrong.sum() == state.wrong.sum()
        np.testing.assert_array_equal(whole.totals, state.totals)
    assert_agree(dataset, shape, choices_of(shape, choices, parts), state.data)


@pytest.fixture
def quick_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stronger penalty, with which read-outs are fitted in a few steps."""
    monkeypatch.setattr(finish, "PENALTY", 1e-2)
    monkeypatch.setattr(module, "PENALTY", 1e-2)


@pytest.fixture(scope="module")
def small() -> Dataset:
    return load_dataset("hist", seed=0, symbols=3, max_length=4)


Case = tuple[Setting, Encoded, Encoded, int, torch.Tensor, Finished]


@pytest.fixture(scope="module")
def damaged(small: Dataset) -> Case:
    """A program of hist with its own counts, read by a table of which an entry is wrong."""
    setting = make_setting(small, "quick", 0, 1, "cpu")
    train, validation = encode(small, small.train), encode(small, small.validation)
    flat = new_group(setting, [0]).flat[0]
    parts = parts_of(setting.shape, module_choices(flat, setting))
    for part in parts:
        if part.kind == "sum":
            part.reads.update(query=0, key=0, number=0)
            part.table[:] = np.arange(setting.shape.values)
    counting = next(p for p in parts if p.kind == "sum")
    counting.table[1] = 2  # the damage: the symbol 1 counts the 2s
    choices = choices_of(
        setting.shape, module_choices(flat, setting), [*parts[: parts.index(counting)], counting]
    )
    labels = len(small.labels)
    finished = finish_choices(
        choices, readout_of(flat, setting.layout), 0, setting, train, validation, labels
    )
    return setting, train, validation, labels, flat, finished


def module_choices(flat: torch.Tensor, setting: Setting) -> dict[str, torch.Tensor]:
    from readhead.learn.choices import harden

    with torch.no_grad():
        return harden(flat[None], setting.layout, setting.shape)


def test_damage_is_mended(damaged: Case) -> None:
    setting, train, validation, labels, flat, finished = damaged
    assert finished.train_right < finished.train_total
    found = repair(finished, flat, setting, train, validation, labels)
    assert found is not None and found.repairs > 0
    assert found.perfect
    again = repair(finished, flat, setting, train, validation, labels)
    assert again is not None and again.repairs == found.repairs
    assert torch.equal(again.readout, found.readout)
    assert all(torch.equal(again.choices[n], found.choices[n]) for n in found.choices)


def test_what_is_no_better_on_validation_is_not_taken(damaged: Case) -> None:
    setting, train, validation, labels, flat, finished = damaged
    perfect = replace(finished, validation_right=finished.validation_total)
    shuffled = replace(validation, labels=(validation.labels + 1).clip(max=labels - 1))
    assert repair(perfect, flat, setting, train, shuffled, labels) is None


def test_nothing_is_tried_where_it_cannot_help(damaged: Case) -> None:
    setting, train, validation, labels, flat, finished = damaged
    off = replace(setting, schedule=replace(setting.schedule, repair=0))
    assert repair(finished, flat, off, train, validation, labels) is None
    right = replace(finished, train_right=finished.train_total)
    assert repair(right, flat, setting, train, validation, labels) is None
    hopeless = replace(finished, train_right=finished.train_total // 3)
    assert repair(hopeless, flat, setting, train, validation, labels) is None
    wide = np.pad(train.tokens, ((0, 0), (0, 30)), constant_values=-1)
    assert repair(finished, flat, setting, replace(train, tokens=wide), validation, labels) is None


def test_the_number_of_moves_is_bounded(damaged: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    setting, train, _, _, _, finished = damaged
    parts = parts_of(setting.shape, finished.choices)
    data = coded(train, setting.shape, finished.choices, causal=setting.causal, pooled=setting.pooled)
    data.run(parts)
    state = scored(data, parts, finished.readout.numpy())
    tried, kept = sweep(state, np.random.default_rng(0), frozenset(), 5)
    most = max(len(listed) for listed in coordinates(state, frozenset()))
    assert 5 <= tried < 5 + most and kept <= tried


@pytest.mark.usefixtures("quick_fits")
def test_what_is_frozen_is_not_moved(small: Dataset) -> None:
    first = learn(small, preset="quick", method="gradient", restarts=1)
    heads = [n for n in first.program.variables if n.startswith(("attn", "count")) and n.count("_") == 2]
    second = learn(small, preset="quick", method="gradient", restarts=1, start=first.program, freeze=heads)
    for name in heads:
        assert second.unpruned.variables[name] == first.program.variables[name]
    from readhead.learn.learner import relaxed

    begin = relaxed(first.program, small, "quick", heads)
    assert begin is not None
    setting = make_setting(small, "quick", 0, 1, "cpu", begin)
    parts = parts_of(setting.shape, module_choices(begin.origin.flat, setting))
    fixed = fixed_choices(setting, parts)
    frozen = {k for k, _, _ in fixed}
    assert len(frozen) >= len(heads) > 0
    assert {(k, "table", 0) for k in frozen} <= fixed
    data = coded(encode(small, small.train, begin), setting.shape, module_choices(begin.origin.flat, setting), causal=False, pooled=False)  # fmt: skip
    data.run(parts)
    state = scored(data, parts, begin.readout.numpy())
    assert all(move.part not in frozen for listed in coordinates(state, fixed) for move in listed)


@pytest.mark.usefixtures("quick_fits")
def test_learning_repairs_and_says_how_much(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"preset": "quick", "method": "gradient", "restarts": 1, "seed": 1}
    result = learn(small, **options)
    assert result.report["schedule"]["repair"] == 8
    monkeypatch.setattr(training, "repair", lambda *_: None)
    without = learn(small, **options)
    assert without.report["repairs"] == 0
    assert result.report["validation_accuracy"] >= without.report["validation_accuracy"]
    assert (result.report["repairs"] > 0) == (result.unpruned != without.unpruned)
