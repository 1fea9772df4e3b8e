"""Groups of restarts trained on a Ray cluster; the result is that of this process alone, bit for bit.

An epoch of a group is one task: the packed group goes out, its steps are told while they are taken, the packed group
comes back. What a task computes depends on the group and the epoch's number only, and the driver keeps its own group
until the other is back. So nothing is lost with a worker: the same epoch of the same group is run again, wherever
there is room, at most :data:`RETRIES` times.

Ray is an optional extra, imported where it is asked for. It moves tensors and plain data; programs stay here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from queue import SimpleQueue
from typing import Any

import numpy as np
import torch

from readhead.errors import LearningError, UsageError
from readhead.learn.encode import Encoded
from readhead.learn.population import Group, Setting
from readhead.learn.workers import REPORT_EVERY, Here, Report, cores, pack, packed_group, unpack

AUTO, LOCAL = "auto", "local"
RETRIES = 3
"""How often an epoch of one group is run again because its worker died."""
REACH_SECONDS = 10.0
"""How long the head of a cluster may take to answer."""
SAME = ("readhead", "torch", "numpy")
"""The packages that must have the same version on every machine."""

Shared = tuple[Setting, Encoded, Encoded]


def work(shared: Shared, packed: dict[str, Any], epoch: int, tells: bool) -> Iterator[tuple[str, Any]]:
    """One epoch of one group, on a worker.

    Yields:
        ``("started", where)``, then, where it tells, ``("step", number)`` now and then, and ``("done", packed)``.
    """
    yield "started", {"host": socket.gethostname(), "pid": os.getpid(), "versions": versions()}
    steps: SimpleQueue[int | None] = SimpleQueue()
    group = packed_group(_own(packed))

    def train() -> None:
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)  # of this thread
        Here(*shared).epoch([group], epoch, lambda step: None if step % REPORT_EVERY else steps.put(step))

    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(train)
        training.add_done_callback(lambda _: steps.put(None))
        for step in iter(steps.get, None):
            if tells:
                yield "step", step
        training.result()
    yield "done", pack(group)


class Cluster:
    """Trains groups as tasks on a Ray cluster.

    Args:
        address: see :func:`check_cluster`.
        setting: what stays the same.
        train: the training split.
        validation: the validation split.
        retries: how often an epoch of a group is run again because its worker died.

    Attributes:
        lost: the workers that died, one line each.
        working: where each group is being trained: its number, and the host and process id of its worker.

    Raises:
        LearningError: where the cluster cannot be reached or started.
    """

    def __init__(
        self, address: str, setting: Setting, train: Encoded, validation: Encoded, *, retries: int = RETRIES
    ) -> None:
        self.ray = import_ray()
        self.retries = retries
        self.lost: list[str] = []
        self.working: dict[int, dict[str, Any]] = {}
        self._streams: dict[Any, int] = {}
        self._on_terminate = _terminate_handler()
        self._ours = connect(address)
        try:
            self._shared = self.ray.put((setting, train, validation))
            self._task = self.ray.remote(num_cpus=1, num_returns="streaming", max_retries=0)(work)
        except BaseException:
            self.close()
            raise

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs.

        Raises:
            LearningError: where a worker fails, or workers die more often than they may.
        """
        lost: Counter[int] = Counter()
        for k, group in enumerate(groups):
            self._submit(k, group, epoch)
        while self._streams:
            ready, _ = self.ray.wait(list(self._streams), num_returns=1, fetch_local=False)
            for stream in ready:
                k = self._streams[stream]
                try:
                    kind, payload = self.ray.get(next(stream))
                except self.ray.exceptions.RayError as error:
                    del self._streams[stream]
                    lost[k] += 1
                    self._note(error, k, groups[k], epoch, lost[k])
                    self._submit(k, groups[k], epoch)
                    continue
                if kind == "started":
                    self.working[k] = payload
                    check_versions(payload)
                elif kind == "step":
                    report(payload)
                else:
                    unpack(_own(payload), groups[k])
                    del self._streams[stream]

    def _submit(self, k: int, group: Group, epoch: int) -> None:
        self.working.pop(k, None)
        self._streams[self._task.remote(self._shared, pack(group), epoch, k == 0)] = k

    def _note(self, error: Exception, k: int, group: Group, epoch: int, times: int) -> None:
        """Note that a group has lost its worker; raise where that is not what happened, or was once too often."""
        problems = self.ray.exceptions
        if isinstance(error, problems.RayTaskError):
            cause = error.cause if isinstance(error.cause, Exception) else error
            raise LearningError(
                f"a worker failed: {type(cause).__name__}: {cause}", where=_place(self.working.get(k))
            ) from error
        died = (
            problems.WorkerCrashedError,
            problems.NodeDiedError,
            problems.OutOfMemoryError,
            problems.ObjectLostError,
        )
        why = _said(error)
        if not isinstance(error, died):
            raise LearningError("the Ray cluster failed", why=why, instead=GO_ON) from error
        self.lost.append(f"{_place(self.working.get(k))}: {why}")
        if times > self.retries:
            restarts = ", ".join(map(str, group.ids))
            raise LearningError(
                f"epoch {epoch + 1} of the restarts {restarts} lost its worker {times} times",
                where=_place(self.working.get(k)),
                why=why,
                instead=f"see that machine's memory and Ray's logs there; {GO_ON}",
            ) from error

    def close(self) -> None:
        """Cancel what is under way; leave the cluster, and end it where it was started here."""
        try:
            while self._streams:
                self.ray.cancel(self._streams.popitem()[0], force=True)
        finally:
            if self._ours:
                self.ray.shutdown()
                if self._on_terminate is not None:
                    signal.signal(signal.SIGTERM, self._on_terminate)


GO_ON = "run again with --resume: the checkpoint of --out holds the epochs that were finished"


def import_ray() -> Any:
    """Ray, where it is installed.

    Raises:
        UsageError: where it is not, saying how to install it.
    """
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "learning on a cluster needs Ray, which is not installed",
            why=str(error),
            instead="pip install 'readhead[cluster]'",
        ) from error
    return ray


def check_cluster(address: str, device: str) -> str:
    """Whether training can be on that cluster, before anything else is done.

    Args:
        address: ``"auto"`` (the cluster that this process, ``RAY_ADDRESS`` or this machine belongs to, else a new one
            on this machine's cores), ``"local"`` (a new one), or the ``HOST:PORT`` of a cluster's head.
        device: what was asked for; a cluster trains on CPUs.

    Returns:
        The device to train on.

    Raises:
        UsageError: where Ray is not installed, or for an address or a device that does not fit.
        LearningError: where nothing answers at the address.
    """
    ray = import_ray()
    if device not in ("auto", "cpu"):
        raise UsageError(
            f"a cluster does not train on {device!r}",
            instead="device cpu, or no cluster: one GPU is one machine",
        )
    given = os.environ.get("RAY_ADDRESS", AUTO) if address == AUTO and not ray.is_initialized() else address
    if given not in (AUTO, LOCAL):
        _reach(given)
    if address != AUTO and ray.is_initialized():
        current = ray.get_runtime_context().gcs_address
        if address != current:
            raise UsageError(
                f"this process is connected to the Ray cluster {current} already, not to {address!r}",
                instead=f"cluster={AUTO!r} to use that one, or ray.shutdown() first",
            )
    return "cpu"


def _reach(address: str) -> None:
    """Raise where an address is none, or nothing listens there: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise UsageError(
            f"{address!r} is not the address of a Ray cluster",
            why="Readhead joins a cluster from one of its machines" if "://" in address else None,
            instead=f"HOST:PORT of its head, as in 10.0.0.1:6379, or {AUTO!r} or {LOCAL!r}",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS).close()
    except OSError as error:
        raise LearningError(
            f"no Ray cluster answers at {address}",
            why=str(error),
            instead="ray start --head on one machine, ray start --address on the others, this one too",
        ) from error


def connect(address: str) -> bool:
    """Join a cluster, or start one; whether that was done, rather than by somebody before."""
    ray = import_ray()
    if ray.is_initialized():
        return False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address != LOCAL:
            with contextlib.suppress(*(() if address != AUTO else (ConnectionError,))):
                ray.init(address=address, **quiet)
                return True
        os.environ.setdefault(
            "RAY_USAGE_STATS_ENABLED", "0"
        )  # nothing is sent anywhere unless somebody wants it
        ray.init(address=LOCAL, num_cpus=cores(), include_dashboard=False, **quiet)
    except (RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        raise LearningError(
            "Ray cannot start here"
            if address in (AUTO, LOCAL)
            else f"the Ray cluster at {address} cannot be joined",
            why=_said(error),
            instead="the same versions of Ray and Python on every machine; without a cluster, this machine's cores",
        ) from error
    return True


def versions() -> dict[str, str]:
    """The versions that must be the same on every machine."""
    return {name: version(name) for name in SAME}


def check_versions(there: dict[str, Any]) -> None:
    """Raise a LearningError where a worker has other versions than this process: its results would be others."""
    here = versions()
    different = [
        f"{n} {there['versions'][n]} there, {here[n]} here" for n in SAME if there["versions"][n] != here[n]
    ]
    if different:
        raise LearningError(
            "a worker has other versions: " + "; ".join(different),
            where=_place(there),
            instead="install the same versions on every machine of the cluster",
        )


def _own(packed: dict[str, Any]) -> dict[str, Any]:
    """The packed group with arrays of its own: those that Ray gives are read-only."""
    return {name: x.copy() if isinstance(x, np.ndarray) else x for name, x in packed.items()}


def _said(error: Exception) -> str:
    """The error's kind and the first line of what it says."""
    return ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])


def _place(there: dict[str, Any] | None) -> str:
    return "a worker that had not begun" if there is None else f"process {there['pid']} on {there['host']}"


def _terminate_handler() -> Any:
    """What this process does when it is told to end, which Ray replaces; None where it may not be put back."""
    on_main_thread = threading.current_thread() is threading.main_thread()
    return signal.getsignal(signal.SIGTERM) if on_main_thread else None
