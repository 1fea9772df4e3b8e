"""``learn``: data in, a program out.

The steps are the calls of :func:`learn`: encode the data, train a population of relaxed programs, discretize the
best, prune, measure, write.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from readhead.errors import DataError, LearningError, UsageError
from readhead.learn.cluster import check_cluster
from readhead.learn.counterexamples import check_rounds, refine, task_of
from readhead.learn.discretize import to_program
from readhead.learn.encode import encode
from readhead.learn.finish import Finished
from readhead.learn.growth import Grown, grow, keep, kept, limits_for
from readhead.learn.labels import check_labels
from readhead.learn.population import Setting
from readhead.learn.presets import plan
from readhead.learn.prune import prune
from readhead.learn.quality import tags_of
from readhead.learn.relax import relax
from readhead.learn.report import (
    CHECKPOINT,
    describe,
    fingerprint,
    found_report,
    identity,
    kernels,
    make_report,
    write_outputs,
    written,
)
from readhead.learn.result import LearnResult
from readhead.learn.shape import segments
from readhead.learn.sketch import begun
from readhead.learn.start import Start
from readhead.learn.training import Progress, Run, Silent, finalists, train
from readhead.learn.tuning import RESTARTS, tuned
from readhead.learn.vectors import coverage, for_learning
from readhead.program.program import Program
from readhead.reason.search import Limits
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset

WARM = 0.5
"""The temperature that training begins with where it goes on from a program: its choices are made."""


def learn(
    source: str | Path | Dataset,
    *,
    preset: str = "default",
    method: str = "auto",
    seed: int = 0,
    restarts: int | None = None,
    device: str = "auto",
    out: str | Path | None = None,
    resume: bool = False,
    start: Program | None = None,
    freeze: Iterable[str] = (),
    vectors: str | Path | None = None,
    cluster: str | None = None,
    tune: bool = False,
    counterexamples: int = 0,
    progress: Progress | None = None,
    **options: Any,
) -> LearnResult:
    """Learn a program from data ("Learning Transformer Programs", Friedman, Wettig and Chen, NeurIPS 2023).

    Args:
        source: a task's name, a data file, or a data set.
        preset: ``"default"`` reaches the accuracy soonest, ``"paper"`` follows the paper's protocol, ``"quick"`` is
            small, for trying out.
        method: ``"search"`` looks for a small program that is right on every training example, ``"gradient"`` trains
            relaxed programs; ``"auto"`` searches first, and trains where that finds nothing that is right on
            validation data too. The preset ``"paper"`` trains unless it is told to search.
        seed: of the data's split and of all training noise; the same seed gives the same program.
        restarts: how many programs to train side by side; the best on validation data is kept.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or a GPU's name like ``"cuda:1"``.
        out: a folder for ``program.py``, ``program.json``, ``report.json``, ``curve.png`` and the checkpoint.
        resume: go on from the checkpoint in ``out``.
        start: a program to go on from: its tables and choices are where training begins. What has no learnable form
            stays as it is (``report["frozen"]`` says what, and why).
        freeze: names of its heads and MLPs that are not to change.
        vectors: a file of word vectors in GloVe's text format: word classes start as clusters of them
            (``report["vectors"]`` says how many words have one).
        cluster: train on a Ray cluster: ``"auto"`` is the one that this machine belongs to, else a new one on its
            cores; ``"local"`` a new one; else the ``HOST:PORT`` of its head. The program is the same.
        tune: give groups of restarts other settings than the preset's (temperatures, learning rate, batch, epochs),
            and drop the worse half twice on the way (``report["tuning"]`` says which settings won).
        counterexamples: after learning, verify the program over all inputs of its task, add the wrong ones to the
            training examples, and go on, for so many rounds at most; 0 for learning once. What comes out stands
            beside no other accuracy (``report["counterexamples"]``).
        progress: told how training goes.
        **options: passed to :func:`readhead.tasks.load_dataset` with the source.

    Returns:
        The program, pruned, its Python text, and a report.

    Raises:
        UsageError: for an unknown task, preset or device, options that do not fit, or a program that does not fit the
            data.
        DataError: for data that cannot be read, or a damaged checkpoint.
        LearningError: where all restarts diverge, a worker process dies (on a cluster: more than three times in one
            epoch), a cluster cannot be reached, or ``method="search"`` finds nothing.
    """
    check_rounds(counterexamples)
    device = device if cluster is None else check_cluster(cluster, device)
    task = task_of(source, options) if counterexamples else None
    dataset = source if isinstance(source, Dataset) else load_dataset(source, seed=seed, **options)
    folder = None if out is None else Path(out)
    if folder is None and resume:
        raise UsageError("resuming needs the folder that holds the checkpoint", instead="give out=...")
    progress = progress or Silent()
    asked = Asked(preset, seed, restarts, device, vectors, cluster, tune, progress)
    once = partial(learn_once, asked=asked)
    if task is None:
        return once(dataset, method=method, start=start, freeze=freeze, folder=folder, resume=resume)
    return refine(
        task,
        dataset,
        once,
        rounds=counterexamples,
        seed=seed,
        asked={"preset": preset, "restarts": restarts, "tune": tune},
        method=method,
        start=start,
        freeze=freeze,
        folder=folder,
        resume=resume,
        say=progress.note,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every time of learning; :func:`learn` says what each means."""

    preset: str
    seed: int
    restarts: int | None
    device: str
    vectors: str | Path | None
    cluster: str | None
    tune: bool
    progress: Progress


def learn_once(
    dataset: Dataset,
    *,
    asked: Asked,
    method: str,
    start: Program | None,
    freeze: Iterable[str],
    folder: Path | None,
    resume: bool,
) -> LearnResult:
    """Learn from a data set: search, train, or both; :func:`learn` says what its arguments mean."""
    started = time.monotonic()
    preset, progress = asked.preset, asked.progress
    begin = relaxed(start, dataset, preset, freeze)
    setting = make_setting(dataset, preset, asked.seed, asked.restarts, asked.device, begin, tune=asked.tune)
    if asked.tune and method == "search":
        raise UsageError("there is nothing to tune where nothing is trained", instead="method='gradient'")
    if asked.vectors is not None:
        known = for_learning(asked.vectors, dataset, setting.shape, method, continued=begin is not None)
        setting = replace(setting, vectors=known)
    elif preset == "default" and setting.shape.embeddings and begin is None and method != "search":
        setting = begun(setting, dataset, restarts=asked.restarts)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    limits = limits_for(method, preset, continued=begin is not None or resume)
    grown = searched(dataset, limits, folder, method, resume=resume, progress=progress)
    if grown is not None and taken(grown, method):
        learned = found(dataset, setting, preset, grown)
    else:
        learned = trained(dataset, setting, preset, folder, begin, resume, progress, asked.cluster)
        if grown is not None and grown.program is not None and grown.validation >= learned.validation:
            learned = found(dataset, setting, preset, grown)
    report = learned.report
    if grown is not None:
        report["search"] = grown.report
    if begin is not None:
        report["frozen"] = dict(begin.frozen)
    if setting.vectors is not None and report["method"] == "gradient":
        report["vectors"] = coverage(setting.vectors, dataset)
    report["seconds"] = round(time.monotonic() - started, 2)
    program = replace(learned.program, description=describe(dataset, report))
    python = written(program, report["method"])
    if folder is not None:
        write_outputs(folder, program, python, report, learned.history)
    return LearnResult(program, python, report, learned.unpruned, tuple(learned.history))


@dataclass(frozen=True, slots=True)
class Learned:
    """A program that one of the ways of learning came to.

    Attributes:
        program, unpruned: the program, and what it was before pruning.
        report: what ``report.json`` says of it.
        history: a row for each epoch of its training.
    """

    program: Program
    unpruned: Program
    report: dict[str, Any]
    history: list[dict[str, float]]

    @property
    def validation(self) -> float:
        """Its accuracy on the validation split."""
        return float(self.report["validation_accuracy"])


def searched(
    dataset: Dataset,
    limits: Limits | None,
    folder: Path | None,
    method: str,
    *,
    resume: bool,
    progress: Progress,
) -> Grown | None:
    """What the search before training came to, or had come to in the run that is resumed; None where there was none.

    What it found is kept in the folder while training goes on, so that a resumed run can still choose it.

    Raises:
        LearningError: where nothing is found and nothing but searching was asked for.
    """
    if folder is not None and resume and method == "auto":
        return kept(folder, fingerprint(dataset))
    grown = None if limits is None else grow(dataset, limits, progress.searching)
    if method == "search" and grown is not None and grown.program is None:
        raise LearningError("the search found no program", why=grown.why, instead="method='gradient'")
    if folder is not None and not resume:
        settled = grown is None or taken(grown, method)
        keep(folder, None if settled else grown, fingerprint(dataset))
    return grown


def taken(grown: Grown, method: str) -> bool:
    """Whether what the search found is taken at once: right on all validation data too, or all that was asked for."""
    return grown.program is not None and (grown.validation == 1 or method == "search")


def found(dataset: Dataset, setting: Setting, preset: str, grown: Grown) -> Learned:
    """The program that searching found."""
    assert grown.program is not None
    report = found_report(dataset, setting, preset, grown)
    return Learned(grown.program, grown.program, report, [])


def trained(
    dataset: Dataset,
    setting: Setting,
    preset: str,
    folder: Path | None,
    start: Start | None,
    resume: bool,
    progress: Progress,
    cluster: str | None,
) -> Learned:
    """The best program of a population that is trained."""
    run, best, unpruned, program = by_gradient(
        dataset, setting, folder, start=start, resume=resume, progress=progress, cluster=cluster
    )
    report = make_report(dataset, setting, preset, run, best, unpruned, program)
    return Learned(program, unpruned, report, run.history)


def by_gradient(
    dataset: Dataset,
    setting: Setting,
    folder: Path | None,
    *,
    start: Start | None,
    resume: bool,
    progress: Progress,
    cluster: str | None = None,
) -> tuple[Run, Finished, Program, Program]:
    """Train a population; the run, the best of it finished, and its program before and after pruning."""
    computed = kernels(setting.device)
    if computed.startswith("torch"):
        why = computed.removeprefix("torch: ")
        progress.note(f"training is three times slower than it could be ({why})")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # one thread for each group of restarts; more would only get in each other's way
    torch.set_flush_denormal(True)
    try:
        splits = encode(dataset, dataset.train, start), encode(dataset, dataset.validation, start)
        run = train(
            setting,
            *splits,
            len(dataset.labels),
            checkpoint=None if folder is None else folder / CHECKPOINT,
            identity=identity(dataset, setting),
            resume=resume,
            progress=progress,
            cluster=cluster,
        )
        if not run.bests():
            raise LearningError(
                f"all {setting.schedule.restarts} restarts diverged", instead="another seed, or more restarts"
            )
        done = finalists(run, setting, *splits, len(dataset.labels))
        return run, *choose(done, setting, dataset, start)
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)


def make_setting(
    dataset: Dataset,
    preset: str,
    seed: int,
    restarts: int | None,
    device: str,
    start: Start | None = None,
    *,
    tune: bool = False,
) -> Setting:
    """All that stays the same throughout training."""
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise UsageError(f"the seed is {seed!r}", instead="a whole number from 0")
    symbols = dataset.vocabulary.symbols
    if symbols is None or dataset.kind == "next_token":
        raise UsageError(
            f"{dataset.name} cannot be learned",
            why="learning needs a closed vocabulary and labels to predict",
        )
    for name in ("train", "validation", "test"):
        if not any(label is not None for example in getattr(dataset, name) for label in example.labels):
            raise DataError(f"the {name} split of {dataset.name} has no label to learn from or to score")
        if name != "test":
            check_labels(dataset, name)
    shape, schedule = plan(dataset, preset, RESTARTS if tune and restarts is None else restarts)
    if start is not None:
        shape, schedule = start.shape, replace(schedule, hot=WARM)
    setting = Setting(
        shape,
        schedule,
        segments(shape, len(symbols), len(dataset.labels)),
        causal=dataset.causal,
        pooled=dataset.kind == "sequence_label",
        seed=seed,
        device=find_device(device),
        origin=None if start is None else start.origin,
        tags=tags_of(dataset.labels) if dataset.kind == "token_labels" and dataset.max_length is None else (),
    )
    return tuned(setting) if tune else setting


def relaxed(program: Program | None, dataset: Dataset, preset: str, freeze: Iterable[str]) -> Start | None:
    """The program to go on from, relaxed; None where training begins afresh."""
    if program is not None:
        return relax(program, dataset, plan(dataset, preset, None)[0], freeze=freeze)
    if list(freeze):
        raise UsageError("there is nothing to freeze", instead="freeze with start: a program to go on from")
    return None


def find_device(name: str) -> torch.device:
    """The device of that name; ``"auto"`` is a GPU where there is one.

    Raises:
        UsageError: for a device that is neither, or that this machine does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        if device.type not in ("cpu", "cuda"):
            raise UsageError(f"learning does not run on {name!r}", instead="auto, cpu or cuda")
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"there is no device {name!r} here", why=reason, instead="auto, cpu or cuda"
        ) from error
    return device


def choose(
    done: list[Finished], setting: Setting, dataset: Dataset, start: Start | None
) -> tuple[Finished, Program, Program]:
    """The smallest, once pruned, of the finished programs that tie for the best; before and after pruning."""
    best: tuple[int, Finished, Program, Program] | None = None
    for finished in done:
        unpruned = to_program(setting.shape, finished.choices, finished.readout, dataset, start=start)
        program = prune(unpruned, dataset.train + dataset.validation)
        if best is None or len(program.variables) < best[0]:
            best = len(program.variables), finished, unpruned, program
    assert best is not None
    return best[1:]
