"""Tuning: groups with schedules of their own, halved twice; the same program wherever they are trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from readhead.errors import UsageError
from readhead.learn import LearnResult, finish, learn, repair, training, workers
from readhead.learn.encode import encode
from readhead.learn.learner import make_setting
from readhead.learn.population import GROUP, TENSORS
from readhead.learn.training import new_run
from readhead.learn.tuning import (
    CHOICES,
    FACTORS,
    FINAL_RATES,
    RESTARTS,
    Rung,
    drawn,
    halved,
    read_rungs,
    retired,
    rung_epochs,
)
from readhead.learn.workers import Here, Workers
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset

OPTIONS: dict[str, Any] = {"preset": "quick", "method": "gradient", "seed": 2, "restarts": 7, "tune": True}


@pytest.fixture(scope="module", autouse=True)
def quick_fits() -> Iterator[None]:
    """A stronger penalty, with which read-outs are fitted in a few steps: nothing here is about how good they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "PENALTY", 1e-2)
        patch.setattr(repair, "PENALTY", 1e-2)
        yield


@pytest.fixture(scope="module")
def small() -> Dataset:
    return load_dataset("hist", seed=0, symbols=3, max_length=4)


@pytest.fixture(scope="module")
def whole(small: Dataset) -> LearnResult:
    return learn(small, **OPTIONS)


def same(left: LearnResult, right: LearnResult) -> bool:
    different = {k for k in left.report if left.report[k] != right.report[k]}
    return (
        left.program == right.program
        and left.unpruned == right.unpruned
        and different <= {"seconds", "training_seconds"}
    )


def test_what_a_group_draws_is_within_the_ranges_and_its_own(small: Dataset) -> None:
    preset = make_setting(small, "default", 3, None, "cpu").schedule
    found = [drawn(preset, seed, group) for seed in range(4) for group in range(1, 9)]
    assert len(set(found)) > 25
    assert found[0] == drawn(preset, 0, 1)
    for schedule in found:
        for name, (low, high) in FACTORS.items():
            assert 0.99 * low <= getattr(schedule, name) / getattr(preset, name) <= 1.01 * high
        assert schedule.batch in {round(preset.batch * f) for f in CHOICES["batch"]}
        assert schedule.epochs in {round(preset.epochs * f) for f in CHOICES["epochs"]}
        assert schedule.final_rate in FINAL_RATES
        unchanged = {"restarts", "patience", "probe", "repair"}
        assert all(getattr(schedule, name) == getattr(preset, name) for name in unchanged)


def test_the_first_group_keeps_the_presets_schedule(small: Dataset) -> None:
    setting = make_setting(small, "quick", 3, None, "cpu", tune=True)
    assert setting.schedule.restarts == RESTARTS
    assert len(setting.tuned) == RESTARTS // GROUP
    assert setting.of([0, 1]) == setting.of([1]) == replace(setting, schedule=setting.schedule)
    assert setting.of([3]).schedule == setting.tuned[1] != setting.schedule
    assert make_setting(small, "quick", 3, None, "cpu").of([3]).tuned == ()


def test_half_of_the_groups_goes_on_and_of_equals_the_first(small: Dataset) -> None:
    groups = new_run(make_setting(small, "quick", 0, 9, "cpu", tune=True)).groups
    assert [len(group.ids) for group in groups] == [2, 2, 2, 2, 1]
    for group, best in zip(groups, (0.5, 0.25, 0.75, 0.5, 0.9), strict=True):
        group.best[0] = best
    first = halved(groups, [], 10)
    assert first == Rung(10, (4, 2, 0), (3, 1))
    second = halved(groups, [first], 20)
    assert second == Rung(20, (4, 2), (0,))
    assert retired([first, second]) == {0, 1, 3}
    groups[4].ids = []  # diverged
    assert halved(groups, [first], 20) == Rung(20, (2,), (0,))


def test_rungs_are_read_as_they_were_written() -> None:
    assert read_rungs([{"epoch": 1, "kept": [0], "dropped": [1]}]) == [Rung(1, (0,), (1,))]
    assert rung_epochs(8) == [2, 4]


def test_workers_train_tuned_groups_exactly_as_this_process_does(small: Dataset) -> None:
    setting = make_setting(small, "quick", 0, 6, "cpu", tune=True)
    train, validation = encode(small, small.train), encode(small, small.validation)
    here, there = new_run(setting), new_run(setting)
    torch.set_flush_denormal(True)
    try:
        with closing(Workers(2, setting, train, validation)) as others:
            for epoch in range(2):
                Here(setting, train, validation).epoch(here.groups, epoch, lambda step: None)
                others.epoch(there.groups, epoch, lambda step: None)
    finally:
        torch.set_flush_denormal(False)
    for left, right in zip(here.groups, there.groups, strict=True):
        assert all(torch.equal(getattr(left, name), getattr(right, name)) for name in TENSORS)
    assert len({group.step for group in here.groups}) > 1, "batches differ, so steps do"


def test_on_one_core_and_on_several_the_same_is_learned(
    small: Dataset, whole: LearnResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert same(learn(small, **OPTIONS), whole)


def test_the_report_names_the_settings(whole: LearnResult) -> None:
    told = whole.report["tuning"]
    assert [group["restarts"] for group in told["groups"]] == [[0, 1], [2, 3], [4, 5], [6]]
    assert [rung["epoch"] for rung in told["rungs"]] == [2, 3]
    assert [len(rung["kept"]) for rung in told["rungs"]] == [2, 1]
    winner = whole.report["best_restart"] // GROUP
    assert told["winner"] == {k: v for k, v in told["groups"][winner].items() if k != "restarts"}
    preset = whole.report["schedule"]
    assert all(preset[name] == value for name, value in told["groups"][0].items() if name != "restarts")


def test_groups_that_were_dropped_take_no_more_steps(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[list[int]] = []
    really = Here.epoch

    def watched(self: Here, groups: Any, epoch: int, report: Any) -> None:
        trained.append([group.ids[0] // GROUP for group in groups])
        really(self, groups, epoch, report)

    monkeypatch.setattr(workers, "cores", lambda: 1)
    monkeypatch.setattr(Here, "epoch", watched)
    result = learn(small, **OPTIONS)
    first, second = result.report["tuning"]["rungs"]
    assert trained[:2] == [[0, 1, 2, 3]] * 2
    assert trained[2] == sorted(first["kept"])
    assert all(groups == sorted(second["kept"]) for groups in trained[3:])
    ends = {k: group["epochs"] for k, group in enumerate(result.report["tuning"]["groups"])}
    assert all(epoch < ends[k] for epoch, groups in enumerate(trained) for k in groups)


class Interrupting(training.Silent):
    def __init__(self, after: float) -> None:
        self.after = after

    def start(self, total_steps: int, restarts: int) -> None:
        self.last = self.after * total_steps

    def update(self, step: int, *figures: object) -> None:
        if step > self.last:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [0.2, 0.4])
def test_resumed_before_and_after_a_rung_the_same_is_learned(
    small: Dataset, whole: LearnResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    monkeypatch.setattr(workers, "cores", lambda: 1)  # where every step is told
    first = learn(small, **OPTIONS, out=tmp_path, progress=Interrupting(after))
    assert first.report["stopped"] == "interrupted"
    assert 0 < first.report["epochs"] < whole.report["epochs"]
    assert same(learn(small, **OPTIONS, out=tmp_path, resume=True), whole)


def test_a_checkpoint_without_tuning_is_of_another_run(small: Dataset, tmp_path: Path) -> None:
    without = {**OPTIONS, "tune": False}
    learn(small, **without, out=tmp_path)
    with pytest.raises(UsageError, match="tune: False there, True here"):
        learn(small, **OPTIONS, out=tmp_path, resume=True)


@pytest.mark.parametrize("restarts", [1, 2])
def test_too_few_restarts(small: Dataset, restarts: int) -> None:
    with pytest.raises(UsageError, match="nothing to tune with") as caught:
        learn(small, **{**OPTIONS, "restarts": restarts})
    assert "at least 3 restarts" in str(caught.value)


def test_searching_alone_has_nothing_to_tune(small: Dataset) -> None:
    with pytest.raises(UsageError, match="nothing to tune where nothing is trained"):
        learn(small, **{**OPTIONS, "method": "search"})
