"""Groups of restarts trained at the same time, one worker process for each core.

A worker is a fresh interpreter that calls :func:`work`; it holds the data and, on request, takes a group through one
epoch. Threads would share one interpreter lock, and steps are short. Workers end when the process that started them
does, however it ends, since their connection closes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Protocol

import torch

from readhead.errors import LearningError
from readhead.learn.encode import Encoded
from readhead.learn.population import TENSORS, Group, Setting, note_best, train_epoch

Report = Callable[[int], None]
START = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
from readhead.learn.workers import work
work(int(sys.argv[1]))
"""
REPORT_EVERY = 16
"""Steps between two words of a worker's progress."""


class Trainer(Protocol):
    """What takes groups through epochs; how it does must not change what comes out."""

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs."""


class Here:
    """Trains groups one after the other in this process: on a GPU, or where one core or one group is all there is."""

    def __init__(self, setting: Setting, train: Encoded, validation: Encoded) -> None:
        self.setting, self.train, self.validation = setting, train, validation

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs."""
        for k, group in enumerate(groups):
            setting = self.setting.of(group.ids)
            train_epoch(group, setting, self.train, epoch, report if k == 0 else None)
            if group.ids:
                note_best(group, self.setting, self.validation)


class Workers:
    """Trains groups in worker processes; the result is that of :class:`Here`, bit for bit."""

    def __init__(self, count: int, setting: Setting, train: Encoded, validation: Encoded) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.connections: list[Connection] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        try:
            for _ in range(count):
                ours, theirs = Pipe()
                self.connections.append(ours)
                with theirs:
                    # -P: what lies in the user's folder is not imported
                    command = [sys.executable, "-P", "-c", START, str(theirs.fileno())]
                    self.processes.append(
                        subprocess.Popen(
                            command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
                        )
                    )
            for worker in range(count):
                self._send(worker, (setting, train, validation))
        except BaseException:
            self.close()
            raise

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs."""
        waiting = list(enumerate(groups))
        busy: dict[int, int] = {}
        idle = list(range(len(self.connections)))
        while waiting or busy:
            while waiting and idle:
                k, group = waiting.pop(0)
                worker = idle.pop(0)
                self._send(worker, (pack(group), epoch))
                busy[worker] = k
            ready = wait([self.connections[worker] for worker in busy])
            for worker in [w for w in busy if self.connections[w] in ready]:
                kind, payload = self._receive(worker)
                if kind == "step":
                    if busy[worker] == 0:
                        report(payload)
                elif kind == "done":
                    unpack(payload, groups[busy.pop(worker)])
                    idle.append(worker)
                else:
                    raise LearningError(f"a worker failed: {payload}")

    def _send(self, worker: int, message: object) -> None:
        try:
            self.connections[worker].send(message)
        except OSError as error:
            raise self._gone(worker) from error

    def _receive(self, worker: int) -> tuple[str, Any]:
        try:
            message: tuple[str, Any] = self.connections[worker].recv()
        except (EOFError, OSError) as error:
            raise self._gone(worker) from error
        return message

    def _gone(self, worker: int) -> LearningError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.processes[worker].wait(timeout=5)
        return LearningError(
            "a worker process ended in the middle of its work",
            why=f"exit status {self.processes[worker].returncode}",
            instead="run again with --resume: the checkpoint holds the epochs that were finished",
        )

    def close(self) -> None:
        """End the workers."""
        for connection in self.connections:
            connection.close()
        for process in self.processes:
            process.terminate()
            process.wait()


def pack(group: Group) -> dict[str, Any]:
    """The group as arrays and plain values."""
    arrays = {name: getattr(group, name).numpy() for name in TENSORS}
    state = group.generator.get_state().numpy()
    return arrays | {"ids": group.ids, "step": group.step, "diverged": group.diverged, "generator": state}


def unpack(packed: dict[str, Any], group: Group) -> None:
    """Put what :func:`pack` gave into a group."""
    for name in TENSORS:
        setattr(group, name, torch.from_numpy(packed[name]))
    group.ids, group.step, group.diverged = packed["ids"], packed["step"], packed["diverged"]
    group.generator.set_state(torch.from_numpy(packed["generator"]))


def packed_group(packed: dict[str, Any]) -> Group:
    """A new group from what :func:`pack` gave."""
    tensors = {name: torch.from_numpy(packed[name]) for name in TENSORS}
    generator = torch.Generator()
    generator.set_state(torch.from_numpy(packed["generator"]))
    ids, step, diverged = packed["ids"], packed["step"], packed["diverged"]
    return Group(**tensors, ids=ids, step=step, diverged=diverged, generator=generator)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def trainer(
    setting: Setting, groups: int, train: Encoded, validation: Encoded, cluster: str | None = None
) -> Iterator[Trainer]:
    """Whatever trains groups fastest on this machine; or a Ray cluster, by its address."""
    if cluster is not None:
        from readhead.learn.cluster import Cluster

        with contextlib.closing(Cluster(cluster, setting, train, validation)) as there:
            yield there
        return
    count = min(groups, cores())
    if setting.device.type != "cpu" or count == 1:
        yield Here(setting, train, validation)
        return
    workers = Workers(count, setting, train, validation)
    try:
        yield workers
    finally:
        workers.close()


def _serve(connection: Connection) -> None:
    """A worker's life: groups in, groups out, until the connection closes."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    setting, train, validation = connection.recv()
    here = Here(setting, train, validation)

    def tell(step: int) -> None:
        if step % REPORT_EVERY == 0:
            connection.send(("step", step))

    while True:
        try:
            packed, epoch = connection.recv()
        except EOFError:
            return
        group = packed_group(packed)
        here.epoch([group], epoch, tell)
        connection.send(("done", pack(group)))


def work(descriptor: int) -> None:
    """Work for the process that started this one; what goes wrong is told, then raised."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError), Connection(descriptor) as connection:
        try:
            _serve(connection)
        except Exception as error:
            connection.send(("failed", f"{type(error).__name__}: {error}"))
            raise
