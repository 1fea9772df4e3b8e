"""``learn``: data in, a program out.

The steps are the calls of :func:`learn`: encode the data, train a population of relaxed programs, discretize the
best, prune, measure, write.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from readhead.errors import DataError, LearningError, UsageError
from readhead.language.python import to_python
from readhead.learn.discretize import to_program
from readhead.learn.encode import encode
from readhead.learn.finish import Finished
from readhead.learn.population import Setting
from readhead.learn.presets import plan
from readhead.learn.prune import prune
from readhead.learn.report import CHECKPOINT, identity, restarts_report, sizes, versions, write_outputs
from readhead.learn.shape import segments
from readhead.learn.training import Progress, Run, Silent, finalists, train
from readhead.program.interpret import Answer
from readhead.program.program import Program
from readhead.program.reading import Content
from readhead.program.size import Size, size
from readhead.program.trace import Trace
from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset
from readhead.tasks.score import majority, percent, score


@dataclass(frozen=True, slots=True)
class LearnResult:
    """A learned program and how it was learned.

    Attributes:
        program: the program, pruned.
        python: the same as Python source.
        report: accuracies, restarts, sizes, timings, versions; what ``report.json`` holds.
        unpruned: the program as it was discretized, for comparison.
    """

    program: Program
    python: str
    report: dict[str, Any]
    unpruned: Program

    def run(self, tokens: Content) -> Answer:
        """The program's answer: see :meth:`readhead.program.program.Program.run`."""
        return self.program.run(tokens)

    def trace(self, tokens: Content) -> Trace:
        """Every variable's values: see :meth:`readhead.program.program.Program.trace`."""
        return self.program.trace(tokens)

    def __repr__(self) -> str:
        return f"<LearnResult {self.report['task']}: {percent(self.report['test_accuracy'])} of test labels right>"

    def _repr_html_(self) -> str:
        return self.program._repr_html_()


def learn(
    source: str | Path | Dataset,
    *,
    preset: str = "default",
    seed: int = 0,
    restarts: int | None = None,
    device: str = "auto",
    out: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> LearnResult:
    """Learn a program from data ("Learning Transformer Programs", Friedman, Wettig and Chen, NeurIPS 2023).

    Args:
        source: a task's name, a data file, or a data set.
        preset: ``"default"`` reaches the accuracy soonest, ``"paper"`` follows the paper's protocol, ``"quick"`` is
            small, for trying out.
        seed: of the data's split and of all training noise; the same seed gives the same program.
        restarts: how many programs to train side by side; the best on validation data is kept.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or a GPU's name like ``"cuda:1"``.
        out: a folder for ``program.py``, ``program.json``, ``report.json``, ``curve.png`` and the checkpoint.
        resume: go on from the checkpoint in ``out``.
        progress: told how training goes.
        **options: passed to :func:`readhead.tasks.load_dataset` with the source.

    Returns:
        The program, pruned, its Python text, and a report.

    Raises:
        UsageError: for an unknown task, preset or device, or options that do not fit.
        DataError: for data that cannot be read, or a damaged checkpoint.
        LearningError: where all restarts diverge, or a worker process dies.
    """
    started = time.monotonic()
    dataset = source if isinstance(source, Dataset) else load_dataset(source, seed=seed, **options)
    setting = make_setting(dataset, preset, seed, restarts, device)
    folder = None if out is None else Path(out)
    if folder is None and resume:
        raise UsageError("resuming needs the folder that holds the checkpoint", instead="give out=...")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    run, best, unpruned, program = search(
        dataset, setting, folder, resume=resume, progress=progress or Silent()
    )
    report = make_report(dataset, setting, preset, run, best, unpruned, program)
    report["seconds"] = round(time.monotonic() - started, 2)
    program = replace(program, description=describe(dataset, report))
    python = to_python(program)
    if folder is not None:
        write_outputs(folder, program, python, report, run.history)
    return LearnResult(program, python, report, unpruned)


def search(
    dataset: Dataset, setting: Setting, folder: Path | None, *, resume: bool, progress: Progress
) -> tuple[Run, Finished, Program, Program]:
    """Train a population; the run, the best of it finished, and its program before and after pruning."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # one thread for each group of restarts; more would only get in each other's way
    torch.set_flush_denormal(True)
    try:
        splits = encode(dataset, dataset.train), encode(dataset, dataset.validation)
        run = train(
            setting,
            *splits,
            len(dataset.labels),
            checkpoint=None if folder is None else folder / CHECKPOINT,
            identity=identity(dataset, setting),
            resume=resume,
            progress=progress,
        )
        if not run.bests():
            raise LearningError(
                f"all {setting.schedule.restarts} restarts diverged", instead="another seed, or more restarts"
            )
        done = finalists(run, setting, *splits, len(dataset.labels))
        return run, *choose(done, setting, dataset)
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)


def make_setting(dataset: Dataset, preset: str, seed: int, restarts: int | None, device: str) -> Setting:
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
    shape, schedule = plan(dataset, preset, restarts)
    return Setting(
        shape,
        schedule,
        segments(shape, len(symbols), len(dataset.labels)),
        causal=dataset.causal,
        pooled=dataset.kind == "sequence_label",
        seed=seed,
        device=find_device(device),
    )


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


def choose(done: list[Finished], setting: Setting, dataset: Dataset) -> tuple[Finished, Program, Program]:
    """The smallest, once pruned, of the finished programs that tie for the best; before and after pruning."""
    best: tuple[int, Finished, Program, Program] | None = None
    for finished in done:
        unpruned = to_program(setting.shape, finished.choices, finished.readout, dataset)
        program = prune(unpruned, dataset.train + dataset.validation)
        if best is None or len(program.variables) < best[0]:
            best = len(program.variables), finished, unpruned, program
    assert best is not None
    return best[1:]


def make_report(
    dataset: Dataset,
    setting: Setting,
    preset: str,
    run: Run,
    best: Finished,
    unpruned: Program,
    program: Program,
) -> dict[str, Any]:
    """Everything that ``report.json`` says, but the time."""
    before, after = size(unpruned), size(program)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    scores = {name: score(program, examples, dataset.kind) for name, examples in splits.items()}
    return {
        "task": dataset.name,
        "preset": preset,
        "seed": setting.seed,
        **{f"{name}_accuracy": s.accuracy for name, s in scores.items()},
        "test_accuracy_unpruned": score(unpruned, dataset.test, dataset.kind).accuracy,
        "majority_accuracy": majority(dataset).accuracy,
        "examples": {name: len(examples) for name, examples in splits.items()},
        "test_positions": scores["test"].positions,
        "best_restart": best.restart,
        "restarts": restarts_report(run),
        "stopped": run.stopped,
        "epochs": run.epoch,
        "training_seconds": round(run.seconds, 2),
        "score_grid": best.grid,
        "sizes": sizes(before, after),
        "shape": {f: getattr(setting.shape, f) for f in setting.shape.__dataclass_fields__},
        "schedule": {f: getattr(setting.schedule, f) for f in setting.schedule.__dataclass_fields__},
        "device": str(setting.device),
        "versions": versions(),
    }


def describe(dataset: Dataset, report: dict[str, Any]) -> str:
    """What the program's documentation says: what was learned, from what, with which accuracy."""
    after = Size(**report["sizes"]["after_pruning"])
    examples = report["examples"]
    what = dataset.description or "from data"
    title = what if what.startswith(dataset.name) else f"{dataset.name}: {what}"
    learned = (
        f"Learned from {examples['train']:,} examples (seed {report['seed']}, preset {report['preset']}): "
        f"{percent(report['test_accuracy'])} of {report['test_positions']:,} test labels are right "
        f"(always the most common label: {percent(report['majority_accuracy'])})."
    )
    return "\n".join([title, "", learned, f"Heads: {after.heads}. Tables: {after.mlps}."])
