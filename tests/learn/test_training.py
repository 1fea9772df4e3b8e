"""Training: the same seed gives the same program, whatever interrupts it; a restart that diverges is dropped alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from readhead.errors import DataError, LearningError, UsageError
from readhead.learn import checkpoint, learn, training
from readhead.learn.checkpoint import load_checkpoint, save_checkpoint
from readhead.learn.encode import encode
from readhead.learn.learner import find_device, make_setting
from readhead.learn.population import train_epoch
from readhead.learn.report import CHECKPOINT
from readhead.learn.start import Origin
from readhead.learn.training import new_run
from readhead.learn.workers import Here, Workers
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset


@pytest.fixture(scope="module")
def small() -> Dataset:
    return load_dataset("hist", seed=0, examples=1200)


class Watch:
    """Collects what a run tells its watcher; may interrupt it."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.updates: list[tuple[int, float, float, float | None, int]] = []
        self.started: tuple[int, int] | None = None
        self.finished = 0
        self.interrupt_after = interrupt_after

    def start(self, total_steps: int, restarts: int) -> None:
        self.started = total_steps, restarts

    def update(
        self, step: int, loss: float, temperature: float, best_accuracy: float | None, alive: int
    ) -> None:
        self.updates.append((step, loss, temperature, best_accuracy, alive))
        if self.interrupt_after is not None and step >= self.interrupt_after:
            raise KeyboardInterrupt

    def finish(self) -> None:
        self.finished += 1


def test_the_same_seed_gives_the_same_program_and_another_seed_another(small: Dataset) -> None:
    first, again, other = (learn(small, preset="quick", method="gradient", seed=s) for s in (3, 3, 4))
    assert first.program == again.program
    assert first.python == again.python
    assert first.unpruned != other.unpruned


@pytest.mark.parametrize("origin", [False, True], ids=["afresh", "from an origin"])
def test_workers_train_exactly_as_this_process_does(small: Dataset, origin: bool) -> None:
    setting = make_setting(small, "quick", 0, 4, "cpu")
    if origin:
        flat = torch.linspace(-1, 1, sum(segment.size for segment in setting.layout))
        setting = replace(setting, origin=Origin(flat, flat > 0.9, flat < -0.9))
    train, validation = encode(small, small.train), encode(small, small.validation)
    here, there = new_run(setting), new_run(setting)
    assert len(here.groups) == 2
    workers = Workers(2, setting, train, validation)
    try:
        for epoch in range(2):
            Here(setting, train, validation).epoch(here.groups, epoch, lambda step: None)
            workers.epoch(there.groups, epoch, lambda step: None)
    finally:
        workers.close()
    for left, right in zip(here.groups, there.groups, strict=True):
        assert torch.equal(left.flat, right.flat)
        assert torch.equal(left.best, right.best)
        assert torch.equal(left.generator.get_state(), right.generator.get_state())
        assert left.step == right.step


def test_a_worker_that_is_killed_is_an_error_that_says_how_to_go_on(small: Dataset) -> None:
    setting = make_setting(small, "quick", 0, 4, "cpu")
    workers = Workers(2, setting, encode(small, small.train), encode(small, small.validation))
    try:
        workers.processes[0].kill()
        workers.processes[0].wait()
        with pytest.raises(LearningError, match="ended in the middle") as caught:
            workers.epoch(new_run(setting).groups, 0, lambda step: None)
        assert "--resume" in str(caught.value)
        assert "exit status -9" in str(caught.value)
    finally:
        workers.close()


def test_a_worker_that_fails_says_why(small: Dataset) -> None:
    setting = make_setting(small, "quick", 0, 4, "cpu")
    train = encode(small, small.train)
    broken = replace(train, labels=train.labels + 1000)
    workers = Workers(2, setting, broken, encode(small, small.validation))
    try:
        with pytest.raises(LearningError, match=r"a worker failed: .*Error"):
            workers.epoch(new_run(setting).groups, 0, lambda step: None)
    finally:
        workers.close()


def test_progress_is_told_of_every_step(small: Dataset) -> None:
    watch = Watch()
    learn(small, preset="quick", method="gradient", restarts=1, progress=watch)
    assert watch.started is not None and watch.started[1] == 1
    assert [u[0] for u in watch.updates] == list(range(1, len(watch.updates) + 1))
    assert len(watch.updates) <= watch.started[0]
    temperatures = [u[2] for u in watch.updates]
    assert temperatures == sorted(temperatures, reverse=True)
    assert watch.updates[-1][3] is not None and 0 < watch.updates[-1][3] <= 1
    assert {u[4] for u in watch.updates} == {1}
    assert watch.finished == 1


def test_an_interrupt_keeps_the_best_so_far_and_can_be_resumed(small: Dataset, tmp_path: Path) -> None:
    whole = learn(small, preset="quick", method="gradient", restarts=1, seed=1)
    steps = -(-len(small.train) // 128)
    interrupted = learn(
        small,
        preset="quick",
        method="gradient",
        restarts=1,
        seed=1,
        out=tmp_path,
        progress=Watch(interrupt_after=3 * steps + 1),
    )
    assert interrupted.report["stopped"] == "interrupted"
    assert interrupted.report["epochs"] == 3
    assert (tmp_path / "program.py").read_text() == interrupted.python
    resumed = learn(small, preset="quick", method="gradient", restarts=1, seed=1, out=tmp_path, resume=True)
    assert resumed.report["stopped"] == whole.report["stopped"]
    assert resumed.program == whole.program
    assert resumed.unpruned == whole.unpruned


def test_an_interrupt_while_repairing_keeps_the_program_and_can_be_resumed(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    options = {"preset": "quick", "method": "gradient", "restarts": 1, "seed": 1}
    with monkeypatch.context() as patch:
        patch.setattr(training, "repair", interrupted)
        stopped = learn(small, **options, out=tmp_path)
    assert (stopped.report["stopped"], stopped.report["repairs"]) == ("interrupted", 0)
    assert (tmp_path / "program.py").exists()
    again, whole = learn(small, **options, out=tmp_path, resume=True), learn(small, **options)
    assert again.program == whole.program
    assert again.report["stopped"] == whole.report["stopped"] != "interrupted"


KILLED = """
import sys
from readhead.learn import learn, training
from readhead.tasks import load_dataset
training.CHECKPOINT_SECONDS = 0.0
learn(load_dataset("hist", seed=0, examples=6000), preset="quick", method="gradient", seed=2, restarts=4, out=sys.argv[1])
"""


def test_kill_9_then_resume_ends_as_the_uninterrupted_run_does(tmp_path: Path) -> None:
    dataset = load_dataset("hist", seed=0, examples=6000)
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    path = tmp_path / CHECKPOINT
    deadline = time.monotonic() + 120
    while not path.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, "it was to be killed while training, and had ended"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert path.exists()
    assert not (tmp_path / "report.json").exists()
    resumed = learn(dataset, preset="quick", method="gradient", seed=2, restarts=4, out=tmp_path, resume=True)
    whole = learn(dataset, preset="quick", method="gradient", seed=2, restarts=4)
    assert resumed.program == whole.program
    assert resumed.unpruned == whole.unpruned
    different = {k for k in whole.report if resumed.report[k] != whole.report[k]}
    assert different <= {"seconds", "training_seconds"}


def test_a_restart_that_diverges_is_dropped_and_named(small: Dataset) -> None:
    setting = make_setting(small, "quick", 0, 2, "cpu")
    run = new_run(setting)
    group = run.groups[0]
    untouched = new_run(setting).groups[0].flat[1]
    group.flat[0, 5] = float("nan")
    train_epoch(group, setting, encode(small, small.train), 0)
    assert group.ids == [1]
    assert group.diverged == [0]
    assert group.flat.shape[0] == group.first.shape[0] == group.best.shape[0] == 1
    assert bool(group.flat.isfinite().all())
    assert not torch.equal(group.flat[0], untouched)


def test_when_all_restarts_diverge_the_error_says_so(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from readhead.learn import training

    def broken(setting: object) -> object:
        run = new_run(setting)  # type: ignore[arg-type]
        for group in run.groups:
            group.flat[:] = float("nan")
        return run

    monkeypatch.setattr(training, "new_run", broken)
    with pytest.raises(LearningError, match="all 1 restarts diverged"):
        learn(small, preset="quick", method="gradient", restarts=1)


def test_the_output_folder_holds_all_that_is_promised(small: Dataset, tmp_path: Path) -> None:
    result = learn(small, preset="quick", method="gradient", restarts=2, out=tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert {p.name for p in folder.iterdir()} == {
        "program.py",
        "program.json",
        "report.json",
        "curve.png",
        CHECKPOINT,
    }
    report = json.loads((folder / "report.json").read_text())
    assert report == result.report
    for key in (
        "task",
        "seed",
        "train_accuracy",
        "validation_accuracy",
        "test_accuracy",
        "restarts",
        "seconds",
    ):
        assert key in report
    assert [row["restart"] for row in report["restarts"]] == [0, 1]
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_pruning_never_costs_an_answer_and_never_grows(small: Dataset) -> None:
    result = learn(small, preset="quick", method="gradient", restarts=1)
    seen = small.train + small.validation

    def right(program: object) -> int:
        answers = program.run_batch([e.tokens for e in seen])  # type: ignore[attr-defined]
        return sum(
            sum(a == b for a, b in zip(x, e.labels, strict=True)) for x, e in zip(answers, seen, strict=True)
        )

    assert right(result.program) >= right(result.unpruned)
    assert len(result.program.variables) <= len(result.unpruned.variables)


ROW = {"epoch": 1, "temperature": 2.0, "loss": 1.0, "best_accuracy": 0.5, "mean_accuracy": 0.4}
PROGRESS = {"epoch": 7, "history": [ROW] * 7, "seconds": 1.5, "last_gain": 3, "rungs": []}


class TestCheckpoint:
    @pytest.mark.parametrize(
        "change",
        [
            {"epoch": "x"},
            {"epoch": -5},
            {"history": [{}] * 7},
            {"history": []},
            {"seconds": None},
            {"last_gain": 9},
            {"rungs": [{"epoch": 1}]},
            {"rungs": [{"epoch": 1, "kept": ["a"], "dropped": []}]},
        ],
    )
    def test_of_damaged_progress(self, small: Dataset, tmp_path: Path, change: dict[str, object]) -> None:
        path = tmp_path / "c"
        groups = new_run(make_setting(small, "quick", 0, 2, "cpu")).groups
        save_checkpoint(path, groups, {}, {**PROGRESS, **change})
        with pytest.raises(DataError, match="cannot be read"):
            load_checkpoint(path, {}, torch.device("cpu"), groups[0].flat.shape[1])

    def test_of_another_size(self, small: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "c"
        groups = new_run(make_setting(small, "quick", 0, 2, "cpu")).groups
        save_checkpoint(path, groups, {}, PROGRESS)
        with pytest.raises(DataError, match="cannot be read") as caught:
            load_checkpoint(path, {}, torch.device("cpu"), 17)
        assert "has the shape" in str(caught.value)

    def write(self, small: Dataset, path: Path) -> None:
        run = new_run(make_setting(small, "quick", 0, 2, "cpu"))
        save_checkpoint(path, run.groups, {"seed": 0, "task": "hist"}, PROGRESS)

    def test_round_trip(self, small: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "c"
        groups = new_run(make_setting(small, "quick", 0, 2, "cpu")).groups
        train_epoch(groups[0], make_setting(small, "quick", 0, 2, "cpu"), encode(small, small.train), 0)
        save_checkpoint(path, groups, {"seed": 0}, {**PROGRESS, "history": [ROW] * 7})
        loaded, progress = load_checkpoint(path, {"seed": 0}, torch.device("cpu"), groups[0].flat.shape[1])
        assert progress == {**PROGRESS, "history": [ROW] * 7}
        for name in checkpoint.TENSORS:
            assert torch.equal(getattr(groups[0], name), getattr(loaded[0], name)), name
        assert torch.equal(groups[0].generator.get_state(), loaded[0].generator.get_state())
        assert [p.name for p in tmp_path.iterdir()] == ["c"]

    def test_missing(self, small: Dataset, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no checkpoint to resume"):
            learn(small, preset="quick", method="gradient", out=tmp_path, resume=True)

    @pytest.mark.parametrize("keep", [0, 7, 100, 5000])
    def test_damaged(self, small: Dataset, tmp_path: Path, keep: int) -> None:
        path = tmp_path / "c"
        self.write(small, path)
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(DataError, match="cannot be read"):
            load_checkpoint(path, {"seed": 0, "task": "hist"}, torch.device("cpu"), 1)

    def test_of_another_run(self, small: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "c"
        self.write(small, path)
        with pytest.raises(UsageError, match="seed: 0 there, 1 here") as caught:
            load_checkpoint(path, {"seed": 1, "task": "hist"}, torch.device("cpu"), 1)
        assert "another output folder" in str(caught.value)

    def test_of_another_format(self, small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "c"
        monkeypatch.setattr(checkpoint, "FORMAT", 99)
        self.write(small, path)
        monkeypatch.undo()
        with pytest.raises(DataError, match="format 99") as caught:
            load_checkpoint(path, {"seed": 0, "task": "hist"}, torch.device("cpu"), 1)
        assert "run again without --resume" in str(caught.value)


class TestUse:
    def test_unknown_preset(self, small: Dataset) -> None:
        with pytest.raises(UsageError, match="no preset 'papre'") as caught:
            learn(small, preset="papre")
        assert "did you mean 'paper'" in str(caught.value)

    @pytest.mark.parametrize("restarts", [0, -3, True, "3", 10**9])
    def test_too_few_restarts(self, small: Dataset, restarts: int) -> None:
        with pytest.raises(UsageError, match="there cannot be"):
            learn(small, restarts=restarts)

    @pytest.mark.parametrize("seed", [-1, 2**63, 1.5])
    def test_seed(self, small: Dataset, seed: int) -> None:
        with pytest.raises(UsageError, match="the seed is"):
            learn(small, seed=seed)

    def test_resume_needs_a_folder(self, small: Dataset) -> None:
        with pytest.raises(UsageError, match="needs the folder"):
            learn(small, resume=True)

    @pytest.mark.parametrize("name", ["abacus", "cuda:77"])
    def test_device(self, name: str) -> None:
        with pytest.raises(UsageError, match="no device"):
            find_device(name)

    def test_open_vocabulary(self, small: Dataset) -> None:
        from readhead.program.vocabulary import Vocabulary

        with pytest.raises(UsageError, match="cannot be learned"):
            learn(replace(small, name="mine", vocabulary=Vocabulary()))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_cuda_learns_as_the_cpu_does(small: Dataset) -> None:
    setting = make_setting(small, "quick", 0, 2, "cuda")
    on_cpu = make_setting(small, "quick", 0, 2, "cpu")
    from readhead.learn.choices import sample
    from readhead.learn.encode import make_batch

    flat = new_run(on_cpu).groups[0].flat
    rows = np.arange(64)
    losses = []
    for s in (on_cpu, setting):
        batch = make_batch(encode(small, small.train), rows, s.shape, s.device)
        choices = sample(flat.to(s.device), s.layout, 1.0, None)
        losses.append([t.cpu() for t in s.loss_and_gradient(choices, batch, 1.0)])
    np.testing.assert_allclose(losses[0][0], losses[1][0], rtol=1e-4)
    np.testing.assert_allclose(losses[0][1], losses[1][1], rtol=1e-2, atol=1e-5)
    result = learn(small, preset="quick", method="gradient", device="cuda", restarts=8)
    assert result.report["device"] == "cuda"
    assert len(result.report["restarts"]) == 8
