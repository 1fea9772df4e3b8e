"""Groups of restarts trained at the same time, one worker process for each core.

A worker is a fresh interpreter that calls :func:`work`; it holds the data and, on request, takes a group through one
epoch. Threads would share one interpreter lock, and steps are short. Workers end when the process that started them
does, however it ends, since their connection closes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

import torch

from readhead.errors import LearningError
from readhead.learn.encode import Encoded
from readhead.learn.population import TENSORS, Group, Setting, note_best, train_epoch

Report = Callable[[int], None]
KEY = "READHEAD_WORKER_KEY"
START = "import sys; from readhead.learn.workers import work; work(sys.argv[1])"
START_SECONDS = 120.0
REPORT_EVERY = 16


class Here:
    """Trains groups one after the other in this process: on a GPU, or where one core or one group is all there is."""

    def __init__(self, setting: Setting, train: Encoded, validation: Encoded) -> None:
        self.setting, self.train, self.validation = setting, train, validation

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs."""
        for k, group in enumerate(groups):
            train_epoch(group, self.setting, self.train, epoch, report if k == 0 else None)
            if group.ids:
                note_best(group, self.setting, self.validation)


class Workers:
    """Trains groups in worker processes; the result is that of :class:`Here`, bit for bit."""

    def __init__(self, count: int, setting: Setting, train: Encoded, validation: Encoded) -> None:
        key = secrets.token_hex(32)
        environment = {**os.environ, KEY: key, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.connections: list[Connection] = []
        with Listener(None, backlog=count, authkey=bytes.fromhex(key)) as listener:
            command = [sys.executable, "-c", START, str(listener.address)]
            self.processes = [
                subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL) for _ in range(count)
            ]
            try:
                for _ in range(count):
                    with self._watch_start():
                        connection = listener.accept()
                    connection.send((setting, train, validation))
                    self.connections.append(connection)
            except BaseException:
                self.close()
                raise

    @contextlib.contextmanager
    def _watch_start(self) -> Iterator[None]:
        """Turn a worker that never comes up into an error rather than a wait without end."""

        def give_up(*_: Any) -> None:
            raise LearningError(
                f"a worker process did not start within {START_SECONDS:.0f} seconds",
                why="; ".join(f"exit status {p.returncode}" for p in self.processes if p.poll() is not None)
                or None,
            )

        old = signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, START_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)

    def epoch(self, groups: list[Group], epoch: int, report: Report) -> None:
        """Take every group through an epoch, and note its best programs."""
        waiting = list(enumerate(groups))
        busy: dict[int, int] = {}
        idle = list(range(len(self.connections)))
        while waiting or busy:
            while waiting and idle:
                k, group = waiting.pop(0)
                worker = idle.pop(0)
                self.connections[worker].send((k, _pack(group), epoch))
                busy[worker] = k
            for worker in list(busy):
                message = self._receive(worker)
                if message is None:
                    continue
                kind, payload = message
                if kind == "step":
                    if busy[worker] == 0:
                        report(payload)
                elif kind == "done":
                    _unpack(payload, groups[busy.pop(worker)])
                    idle.append(worker)
                else:
                    raise LearningError(f"a worker failed: {payload}")

    def _receive(self, worker: int) -> tuple[str, Any] | None:
        connection = self.connections[worker]
        try:
            return connection.recv() if connection.poll(0.02) else None
        except (EOFError, ConnectionError) as error:
            status = self.processes[worker].poll()
            raise LearningError(
                "a worker process ended in the middle of its work",
                why=f"exit status {status}",
                instead="run again with --resume: the checkpoint holds all finished epochs",
            ) from error

    def close(self) -> None:
        """End the workers."""
        for connection in self.connections:
            connection.close()
        for process in self.processes:
            process.terminate()
            process.wait()


def _pack(group: Group) -> dict[str, Any]:
    """The group as arrays and plain values."""
    arrays = {name: getattr(group, name).numpy() for name in TENSORS}
    state = group.generator.get_state().numpy()
    return arrays | {"ids": group.ids, "step": group.step, "diverged": group.diverged, "generator": state}


def _unpack(packed: dict[str, Any], group: Group) -> None:
    """Put what :func:`_pack` gave into a group."""
    for name in TENSORS:
        setattr(group, name, torch.from_numpy(packed[name]))
    group.ids, group.step, group.diverged = packed["ids"], packed["step"], packed["diverged"]
    group.generator.set_state(torch.from_numpy(packed["generator"]))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def trainer(setting: Setting, groups: int, train: Encoded, validation: Encoded) -> Iterator[Here | Workers]:
    """Whatever trains groups fastest on this machine."""
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
    setting, train, validation = connection.recv()
    here = Here(setting, train, validation)

    def tell(step: int) -> None:
        if step % REPORT_EVERY == 0:
            connection.send(("step", step))

    while True:
        try:
            _, packed, epoch = connection.recv()
        except EOFError:
            return
        group = Group(
            **{name: torch.from_numpy(packed[name]) for name in TENSORS},
            ids=packed["ids"],
            step=packed["step"],
            diverged=packed["diverged"],
            generator=torch.Generator(),
        )
        _unpack(packed, group)
        here.epoch([group], epoch, tell)
        connection.send(("done", _pack(group)))


def work(address: str) -> None:
    """Connect to the process that started this one, and work for it; what goes wrong is told, then raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    key = bytes.fromhex(os.environ[KEY])
    with (
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
        Client(address, authkey=key) as connection,
    ):
        try:
            _serve(connection)
        except Exception as error:
            connection.send(("failed", f"{type(error).__name__}: {error}"))
            raise
