"""The training loop: epochs, checkpoints, early stopping, and the programs worth finishing."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from readhead.errors import LearningError
from readhead.learn.checkpoint import load_checkpoint, save_checkpoint
from readhead.learn.encode import Encoded
from readhead.learn.finish import Finished, finish
from readhead.learn.population import GROUP, Group, Setting, new_group, note_best
from readhead.learn.repair import repair
from readhead.learn.tuning import Rung, halved, read_rungs, retired, rung_epochs
from readhead.learn.workers import Trainer, trainer

SETTLED = 0.1
"""The temperature below which choices hardly change any more, so that stalling means something."""
FINALISTS = 2
CHECKPOINT_SECONDS = 10.0


class Progress(Protocol):
    """What watches a run, a progress bar for example; here it does nothing."""

    def start(self, total_steps: int, restarts: int) -> None:
        """Training begins: so many steps at most, of so many restarts."""
        return

    def update(
        self, step: int, loss: float, temperature: float, best_accuracy: float | None, alive: int
    ) -> None:
        """The first group of restarts has taken a step; worker processes tell of one in some."""
        return

    def searching(self, line: str) -> None:
        """Before training, how far the search for a small program is."""
        return

    def note(self, line: str) -> None:
        """Something to be said once: what a round of counterexamples came to, what slows training down."""
        return

    def finish(self) -> None:
        """Training has ended, however it did."""
        return


class Silent(Progress):
    """Watches nothing."""


@dataclass(slots=True)
class Run:
    """A training run and all that it found.

    Attributes:
        groups: the population.
        epoch: epochs done.
        history: for each epoch its number, temperature, mean loss, and the best and mean validation accuracy of the
            discretized programs with the read-outs that they learned.
        stopped: why training ended: ``"annealed"``, ``"perfect"``, ``"stalled"``, ``"diverged"`` or
            ``"interrupted"``.
        seconds: spent training, earlier runs that were resumed included.
        last_gain: the epoch that made the best program.
        rungs: where groups have schedules of their own, the comparisons after which some stopped.
    """

    groups: list[Group]
    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    stopped: str = "annealed"
    seconds: float = 0.0
    last_gain: int = 0
    rungs: list[Rung] = field(default_factory=list)

    def training(self, setting: Setting) -> list[int]:
        """The numbers of the groups that train on: not all diverged, not dropped, with epochs left."""
        out = retired(self.rungs)
        return [
            k
            for k, group in enumerate(self.groups)
            if group.ids and k not in out and self.epoch < setting.of(group.ids).schedule.epochs
        ]

    def bests(self) -> dict[int, tuple[float, Tensor]]:
        """Each living restart's best validation accuracy and the parameters that had it."""
        return {i: (float(g.best[k]), g.best_flat[k]) for g in self.groups for k, i in enumerate(g.ids)}


def new_run(setting: Setting) -> Run:
    """Fresh restarts in groups: of a fixed size on a CPU and where they have their own schedules, else all in one."""
    restarts = list(range(setting.schedule.restarts))
    size = GROUP if setting.device.type == "cpu" or setting.tuned else len(restarts)
    return Run([new_group(setting, restarts[i : i + size]) for i in range(0, len(restarts), size)])


def train(
    setting: Setting,
    train_split: Encoded,
    validation: Encoded,
    labels: int,
    *,
    checkpoint: Path | None,
    identity: dict[str, Any],
    resume: bool,
    progress: Progress,
    cluster: str | None = None,
) -> Run:
    """Train a population until it is perfect, stalls, or has annealed; on a Ray cluster where its address is given.

    Ctrl-C ends training early and keeps the best so far. With a checkpoint file, at most the last
    :data:`CHECKPOINT_SECONDS` (and the epoch under way) are lost when the process is killed, and a resumed run ends
    as the uninterrupted one would have.
    """
    run = new_run(setting)
    if resume:
        assert checkpoint is not None
        parameters = sum(segment.size for segment in setting.layout)
        run.groups, saved = load_checkpoint(checkpoint, identity, setting.device, parameters)
        run.epoch, run.history = saved["epoch"], saved["history"]
        run.seconds, run.last_gain = saved["seconds"], saved["last_gain"]
        run.rungs = read_rungs(saved["rungs"])
    elif setting.sketched:
        for group in run.groups:
            note_best(group, setting, validation)
    started = time.monotonic() - run.seconds
    steps = -(-len(train_split) // setting.schedule.batch)
    progress.start(steps * setting.schedule.epochs, setting.schedule.restarts)
    saved_at = time.monotonic()
    try:
        with trainer(setting, len(run.groups), train_split, validation, cluster) as trains:
            while run.epoch < setting.schedule.epochs and not _stop(
                run, setting, train_split, validation, labels
            ):
                _epoch(run, setting, trains, progress)
                run.seconds = time.monotonic() - started
                if checkpoint is not None and time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    _save(checkpoint, run, identity)
                    saved_at = time.monotonic()
        if checkpoint is not None:
            _save(checkpoint, run, identity)
    except KeyboardInterrupt:
        run.stopped = "interrupted"
        if checkpoint is not None:
            _save(checkpoint, run, identity)
        if run.epoch == 0:
            for group in run.groups:
                note_best(group, setting, validation)
    except LearningError:  # workers died: the run is as it was after the epoch before
        if checkpoint is not None and run.epoch:
            _save(checkpoint, run, identity)
        raise
    finally:
        progress.finish()
    run.seconds = time.monotonic() - started
    return run


def _save(path: Path, run: Run, identity: dict[str, Any]) -> None:
    progress = {
        "epoch": run.epoch,
        "history": run.history,
        "seconds": run.seconds,
        "last_gain": run.last_gain,
        "rungs": [asdict(rung) for rung in run.rungs],
    }
    save_checkpoint(path, run.groups, identity, progress)


def _epoch(run: Run, setting: Setting, trains: Trainer, progress: Progress) -> None:
    before = _best_accuracy(run)
    groups = [g.copy() for g in run.groups]  # an interrupt leaves the run as it was after the epoch before
    training = [groups[k] for k in run.training(setting)]
    first = setting.of(training[0].ids)
    pace = first.schedule.batch / setting.schedule.batch

    def report(step: int) -> None:
        loss = run.history[-1]["loss"] if run.history else float("nan")
        progress.update(round(step * pace), loss, _temperature(first, run.epoch), before, _alive(run))

    trains.epoch(training, run.epoch, report)
    losses = [float(x) for g in training for x in g.loss]
    bests = [float(x) for g in groups for x in g.best]
    row = {
        "epoch": run.epoch + 1,
        "temperature": _temperature(first, run.epoch + 1),
        "loss": sum(losses) / max(1, len(losses)),
        "best_accuracy": max(bests, default=0.0),
        "mean_accuracy": sum(bests) / max(1, len(bests)),
    }
    gained = bool(bests) and (before is None or max(bests) > before)
    last_gain = run.epoch + 1 if gained else run.last_gain
    rungs = run.rungs
    if setting.tuned and run.epoch + 1 in rung_epochs(setting.schedule.epochs):
        rungs = [*rungs, halved(groups, rungs, run.epoch + 1)]
    run.groups, run.history, run.last_gain = groups, [*run.history, row], last_gain
    run.epoch, run.rungs = run.epoch + 1, rungs


def _temperature(setting: Setting, epoch: int) -> float:
    """After so many epochs of a schedule."""
    return setting.temperature(min(1.0, epoch / setting.schedule.epochs))


def _alive(run: Run) -> int:
    return sum(len(g.ids) for g in run.groups)


def _best_accuracy(run: Run) -> float | None:
    bests = [float(b) for g in run.groups for b in g.best if b >= 0]
    return max(bests) if bests else None


def _stop(run: Run, setting: Setting, train_split: Encoded, validation: Encoded, labels: int) -> bool:
    """Whether to end before the schedule does; tries now and then to finish the best program so far."""
    schedule = setting.schedule
    if run.epoch == 0:
        return False
    if _alive(run) == 0:
        run.stopped = "diverged"
        return True
    training = [setting.of(run.groups[k].ids) for k in run.training(setting)]
    if not training:
        return True
    settled = max(_temperature(each, run.epoch) for each in training) < SETTLED
    if settled and run.epoch - run.last_gain >= schedule.patience:
        run.stopped = "stalled"
        return True
    best = _best_accuracy(run) or 0.0
    better = run.last_gain > run.epoch - schedule.probe  # else it was tried before
    if run.epoch % schedule.probe == 0 and better and best >= setting.probe_above:
        restart, (_, flat) = max(run.bests().items(), key=lambda item: (item[1][0], -item[0]))
        if finish(flat, restart, setting, train_split, validation, labels).perfect:
            run.stopped = "perfect"
            return True
    return False


def finalists(
    run: Run, setting: Setting, train_split: Encoded, validation: Encoded, labels: int
) -> list[Finished]:
    """The most accurate programs once finished: one, or several that tie.

    Ctrl-C ends repairing and leaving out variables, and gives the best program without.
    """
    ranked = sorted(run.bests().items(), key=lambda item: (-item[1][0], item[0]))[:FINALISTS]
    done = [finish(flat, i, setting, train_split, validation, labels) for i, (_, flat) in ranked]
    best = max(f.rank for f in done)
    flats = {i: flat for i, (_, flat) in ranked}
    leading = [f for f in done if f.rank == best]
    if run.stopped == "interrupted":  # somebody waits
        return leading[:1]
    found = []
    try:
        for f in leading:
            flat = flats[f.restart]
            repaired = repair(f, flat, setting, train_split, validation, labels)
            if repaired is None:
                repaired = finish(flat, f.restart, setting, train_split, validation, labels, sparse=True)
            found.append(repaired)
    except KeyboardInterrupt:
        run.stopped = "interrupted"
        return leading[:1]
    best = max(f.rank for f in found)
    return [f for f in found if f.rank == best]
