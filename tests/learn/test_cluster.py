"""Learning on a Ray cluster: the program is the same, whichever workers die."""

from __future__ import annotations

import builtins
import gc
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import readhead as rh
from readhead.cli.app import status
from readhead.cli.clusters import addressed
from readhead.errors import LearningError, UsageError
from readhead.learn import LearnResult, cluster, learn
from readhead.learn.cluster import Cluster, check_cluster, connect
from readhead.learn.encode import encode
from readhead.learn.learner import make_setting
from readhead.learn.population import TENSORS, Setting
from readhead.learn.report import CHECKPOINT
from readhead.learn.training import new_run
from readhead.learn.workers import Here
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset

OPTIONS: dict[str, Any] = {"preset": "quick", "method": "gradient", "seed": 2, "restarts": 4}


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """One Ray cluster of two workers on this machine, for all tests here."""
    module = pytest.importorskip("ray", reason="Ray is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one into the user's home
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setattr(cluster, "cores", lambda: 2)
        before = signal.getsignal(signal.SIGTERM)
        try:
            assert connect("local")
        except LearningError as error:
            for left in gc.get_objects():  # of what had started before something failed
                if (
                    issubclass(type(left), subprocess.Popen)
                    and "/ray/" in str(left.args)
                    and left.poll() is None
                ):
                    left.kill()
                    left.wait()
            pytest.skip(f"Ray does not start on this machine: {error}")
        try:
            yield module
        finally:
            module.shutdown()
            signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load_dataset("hist", seed=0, examples=2000)


@pytest.fixture(scope="module")
def alone(data: Dataset) -> LearnResult:
    """What is learned without a cluster."""
    return learn(data, **OPTIONS)


@pytest.fixture
def flushing() -> Iterator[None]:
    """This thread takes numbers too small to be normal for zero, as every thread does that trains."""
    torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)


@pytest.fixture
def setting(data: Dataset) -> Setting:
    return make_setting(data, "quick", 0, 4, "cpu")


def same(left: LearnResult, right: LearnResult) -> bool:
    """Whether two runs learned the same, and report the same but the time."""
    different = {k for k in left.report if left.report[k] != right.report[k]}
    return (
        left.program == right.program
        and left.unpruned == right.unpruned
        and left.python == right.python
        and left.report.keys() == right.report.keys()
        and different <= {"seconds", "training_seconds"}
    )


def dying(marker: Path, times: int, in_epoch: int) -> Callable[..., Iterator[Any]]:
    """Work for a worker that kills its own process half-way through an epoch, so many times in all."""

    def work(shared: Any, packed: Any, epoch: int, tells: bool) -> Iterator[Any]:
        import os
        import signal

        from readhead.learn.cluster import work

        for kind, payload in work(shared, packed, epoch, True):
            if kind == "step" and epoch == in_epoch:
                deaths = len(list(marker.glob("*")))
                if deaths < times:
                    (marker / f"{deaths}.{os.getpid()}").touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            if tells or kind != "step":
                yield kind, payload

    return work


@pytest.mark.usefixtures("flushing")
def test_a_cluster_trains_exactly_as_this_process_does(ray: Any, data: Dataset, setting: Setting) -> None:
    train, validation = encode(data, data.train), encode(data, data.validation)
    here, there = new_run(setting), new_run(setting)
    assert len(here.groups) == 2
    steps: list[int] = []
    with closing(Cluster("auto", setting, train, validation)) as workers:
        for epoch in range(2):
            Here(setting, train, validation).epoch(here.groups, epoch, lambda step: None)
            workers.epoch(there.groups, epoch, steps.append)
            assert sorted(workers.working) == [0, 1]
        assert workers.lost == []
    for left, right in zip(here.groups, there.groups, strict=True):
        for name in TENSORS:
            assert torch.equal(getattr(left, name), getattr(right, name)), name
            assert getattr(right, name).is_contiguous()
        assert torch.equal(left.generator.get_state(), right.generator.get_state())
        assert (left.ids, left.step, left.diverged) == (right.ids, right.step, right.diverged)
    assert steps and steps == sorted(steps)
    assert ray.is_initialized(), "a cluster that somebody else joined is left as it was"


def test_the_same_program_and_report_are_learned(
    ray: Any, data: Dataset, alone: LearnResult, tmp_path: Path
) -> None:
    result = learn(data, **OPTIONS, cluster="auto", out=tmp_path)
    assert same(result, alone)
    assert {p.name for p in tmp_path.iterdir()} == {
        "program.py", "program.json", "report.json", "curve.png", CHECKPOINT,
    }  # fmt: skip
    assert json.loads((tmp_path / "report.json").read_text()) == result.report


def test_tuning_on_the_cluster_keeps_the_same_groups_and_learns_the_same(ray: Any, data: Dataset) -> None:
    options = {**OPTIONS, "restarts": 6, "tune": True}
    here, there = learn(data, **options), learn(data, **options, cluster="auto")
    assert same(here, there)
    assert here.report["tuning"]["rungs"] == there.report["tuning"]["rungs"] != []


def test_a_worker_killed_half_way_changes_nothing(
    ray: Any, data: Dataset, alone: LearnResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters: list[Cluster] = []

    class Watched(Cluster):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            clusters.append(self)

    monkeypatch.setattr(cluster, "work", dying(tmp_path, times=2, in_epoch=2))
    monkeypatch.setattr(cluster, "Cluster", Watched)
    result = learn(data, **OPTIONS, cluster="auto")
    deaths = sorted(p.name for p in tmp_path.iterdir())
    assert [name.partition(".")[0] for name in deaths] == ["0", "1"]
    (watched,) = clusters
    assert len(watched.lost) == 2
    for name in deaths:
        assert any(f"process {name.partition('.')[2]} on " in line for line in watched.lost)
    assert same(result, alone)


def test_workers_that_always_die_are_an_error_and_the_epochs_before_are_kept(
    ray: Any, data: Dataset, alone: LearnResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, out = tmp_path / "deaths", tmp_path / "out"
    marker.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "work", dying(marker, times=1000, in_epoch=3))
        patch.setattr(cluster, "RETRIES", 1)
        patch.setattr(Cluster.__init__, "__kwdefaults__", {"retries": 1})
        with pytest.raises(
            LearningError, match=r"epoch 4 of the restarts .* lost its worker 2 times"
        ) as caught:
            learn(data, **OPTIONS, cluster="auto", out=out)
    assert caught.value.where is not None and "process " in str(caught.value.where)
    assert "WorkerCrashedError" in str(caught.value)
    assert "--resume" in str(caught.value)
    assert not (out / "report.json").exists()
    resumed = learn(data, **OPTIONS, out=out, resume=True)  # without a cluster: the checkpoint is the same
    assert same(resumed, alone)


def test_an_interrupt_keeps_the_best_and_is_resumed_on_the_cluster(
    ray: Any, data: Dataset, alone: LearnResult, tmp_path: Path
) -> None:
    class Interrupting:
        def start(self, total_steps: int, restarts: int) -> None:
            self.total = total_steps

        def searching(self, line: str) -> None: ...

        def note(self, line: str) -> None: ...

        def update(self, step: int, *figures: object) -> None:
            if step > self.total / 2:
                raise KeyboardInterrupt

        def finish(self) -> None: ...

    first = learn(data, **OPTIONS, cluster="auto", out=tmp_path, progress=Interrupting())  # type: ignore[arg-type]
    assert first.report["stopped"] == "interrupted"
    assert 0 < first.report["epochs"] < alone.report["epochs"]
    assert same(learn(data, **OPTIONS, cluster="auto", out=tmp_path, resume=True), alone)


def test_a_worker_that_fails_says_why_and_where(ray: Any, data: Dataset, setting: Setting) -> None:
    train = encode(data, data.train)
    broken = replace(train, labels=train.labels + 1000)
    groups = new_run(setting).groups
    with (
        closing(Cluster("auto", setting, broken, encode(data, data.validation))) as workers,
        pytest.raises(LearningError, match=r"process \d+ on .*: a worker failed: .*Error"),
    ):
        workers.epoch(groups, 0, lambda step: None)


def test_a_cluster_that_fails_otherwise_is_not_tried_again(ray: Any, data: Dataset, setting: Setting) -> None:
    groups = new_run(setting).groups
    with closing(
        Cluster("auto", setting, encode(data, data.train), encode(data, data.validation))
    ) as workers:
        submit = workers._submit

        def cancelled(*arguments: Any) -> None:
            submit(*arguments)
            ray.cancel(list(workers._streams)[-1], force=True)

        workers._submit = cancelled  # type: ignore[method-assign]
        with pytest.raises(LearningError, match="the Ray cluster failed") as caught:
            workers.epoch(groups, 0, lambda step: None)
        assert "TaskCancelledError" in str(caught.value)


def test_other_versions_on_a_worker_are_an_error(
    ray: Any, data: Dataset, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cluster.versions()
    monkeypatch.setattr(cluster, "versions", lambda: {**here, "torch": "1.0"})
    groups = new_run(setting).groups
    with (
        closing(Cluster("auto", setting, encode(data, data.train), encode(data, data.validation))) as workers,
        pytest.raises(LearningError, match="a worker has other versions: torch") as caught,
    ):
        workers.epoch(groups, 0, lambda step: None)
    assert f"torch {here['torch']} there, 1.0 here" in str(caught.value)


def test_the_command_learns_on_a_cluster(
    ray: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "deaths"
    marker.mkdir()
    monkeypatch.setattr(cluster, "work", dying(marker, times=1, in_epoch=1))
    text = "learn hist --examples 1200 --preset quick --method gradient --restarts 2 --json --out"
    arguments = text.split()
    assert status([*arguments, str(tmp_path / "there"), "--cluster"]) == 0
    there = json.loads(capsys.readouterr().out)  # and nothing of what Ray has to say
    assert len(list(marker.iterdir())) == 1
    assert status([*arguments, str(tmp_path / "here")]) == 0
    here = json.loads(capsys.readouterr().out)
    assert (tmp_path / "there" / "program.py").read_text() == (tmp_path / "here" / "program.py").read_text()
    assert {k for k in here if here[k] != there[k]} <= {"seconds", "training_seconds", "program"}


def test_what_ray_prints_does_not_go_to_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def noisy(source: str, **options: Any) -> None:
        print("(raylet) a worker died")
        raise LearningError(f"on {options['cluster']}")

    monkeypatch.setattr(rh, "learn", noisy)
    for argument, address in (("--cluster=h:1", "h:1"), ("--cluster", "auto")):
        assert status(["learn", "sort", argument, "--json"]) != 0
        captured = capsys.readouterr()
        assert json.loads(captured.out)["error"]["what"] == f"on {address}"
        assert "(raylet) a worker died" in captured.err


OWN = """
import json, os, signal, sys
from readhead.learn import cluster, learn
import ray
cluster.cores = lambda: 1
before = signal.getsignal(signal.SIGTERM)
learn("hist", examples=1200, preset="quick", method="gradient", restarts=1, cluster=sys.argv[1], out=sys.argv[2])
print(json.dumps([ray.is_initialized(), signal.getsignal(signal.SIGTERM) == before]))
"""


@pytest.mark.parametrize("where", ["local", "joined"])
def test_a_cluster_is_left_when_learning_ends(ray: Any, where: str, tmp_path: Path) -> None:
    address = "local" if where == "local" else ray.get_runtime_context().gcs_address
    command = [sys.executable, "-c", OWN, address, str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == [False, True]
    assert (tmp_path / "program.py").exists()
    assert ray.cluster_resources()["CPU"] == 2, "the cluster that was joined goes on"


class TestRefusals:
    def test_without_ray(self, data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        really = builtins.__import__

        def no_ray(name: str, *rest: Any, **more: Any) -> Any:
            if name == "ray":
                raise ImportError("No module named 'ray'")
            return really(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", no_ray)
        with pytest.raises(UsageError, match="needs Ray, which is not installed") as caught:
            learn(data, cluster="auto")
        assert "pip install 'readhead[cluster]'" in str(caught.value)

    def test_ray_is_imported_only_when_asked_for(self) -> None:
        code = "import sys, readhead.learn, readhead.cli.app; print('ray' in sys.modules)"
        process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert process.stdout.strip() == "False"

    def closed_port(self) -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            return int(listener.getsockname()[1])

    def test_unreachable(self, data: Dataset) -> None:
        pytest.importorskip("ray", reason="Ray is not installed")
        address = f"127.0.0.1:{self.closed_port()}"
        with pytest.raises(LearningError, match=f"no Ray cluster answers at {address}") as caught:
            learn(data, cluster=address)
        assert "ray start --head" in str(caught.value)

    def test_unreachable_through_the_environment(self, data: Dataset) -> None:
        pytest.importorskip("ray", reason="Ray is not installed")
        address = f"127.0.0.1:{self.closed_port()}"
        code = "from readhead.learn import learn; learn('hist', cluster='auto')"
        environment = {**os.environ, "RAY_ADDRESS": address}
        process = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment
        )
        assert process.returncode != 0
        assert f"no Ray cluster answers at {address}" in process.stderr

    @pytest.mark.parametrize("address", ["", "nowhere", "host:", ":6379", "host:99999", "host:x", "a/b:1"])
    def test_no_address(self, data: Dataset, address: str) -> None:
        pytest.importorskip("ray", reason="Ray is not installed")
        with pytest.raises(UsageError, match="is not the address of a Ray cluster") as caught:
            learn(data, cluster=address)
        assert "HOST:PORT" in str(caught.value)

    def test_rays_client(self) -> None:
        pytest.importorskip("ray", reason="Ray is not installed")
        with pytest.raises(UsageError, match="is not the address") as caught:
            check_cluster("ray://10.0.0.1:10001", "auto")
        assert "from one of its machines" in str(caught.value)

    def test_gpu(self, data: Dataset) -> None:
        pytest.importorskip("ray", reason="Ray is not installed")
        with pytest.raises(UsageError, match="a cluster does not train on 'cuda'"):
            learn(data, cluster="auto", device="cuda")

    def test_another_cluster_than_the_one_joined(self, ray: Any) -> None:
        with pytest.raises(UsageError, match=r"is connected to the Ray cluster .* already") as caught:
            check_cluster("local", "auto")
        assert "ray.shutdown()" in str(caught.value)
        assert check_cluster(ray.get_runtime_context().gcs_address, "auto") == "cpu"

    def test_ray_that_cannot_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module = pytest.importorskip("ray", reason="Ray is not installed")

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("no room\nat all")

        monkeypatch.setattr(module, "is_initialized", lambda: False)
        monkeypatch.setattr(module, "init", fail)
        with pytest.raises(LearningError, match="Ray cannot start here") as caught:
            connect("auto")
        assert caught.value.why == "RuntimeError: no room"
        with pytest.raises(LearningError, match="the Ray cluster at h:1 cannot be joined"):
            connect("h:1")


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("learn sort --cluster", "learn sort --cluster=auto"),
        ("learn --cluster sort", "learn --cluster=auto sort"),
        ("learn --cluster local sort", "learn --cluster local sort"),
        ("learn sort --cluster=a:1", "learn sort --cluster=a:1"),
        ("learn sort -- --cluster", "learn sort -- --cluster"),
        ("learn --counterexamples sort", "learn --counterexamples=8 sort"),
        ("learn sort --counterexamples 3", "learn sort --counterexamples 3"),
        ("learn sort --counterexamples --tune", "learn sort --counterexamples=8 --tune"),
        ("run p.py --cluster", "run p.py --cluster"),
    ],
)
def test_values_may_be_left_out(given: str, understood: str) -> None:
    assert addressed(given.split()) == understood.split()
