"""Learning from counterexamples: learn, verify over all inputs, add the wrong ones to the training examples, go on.

Here verification feeds back into learning, which it does nowhere else: what comes out knows inputs that the splits
did not show, so its accuracies stand beside no others. The report says so, under ``counterexamples``.

Every round leaves a folder of its own, and what was learned so far is written after each one: a run that was stopped
goes on in the round in which it was.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from readhead.errors import DataError, UsageError
from readhead.learn.checkpoint import check_identity
from readhead.learn.report import CHECKPOINT, fingerprint, write_outputs, written
from readhead.learn.result import LearnResult
from readhead.program.program import Program
from readhead.program.serialize import dumps, loads
from readhead.reason.disagreements import Disagreements, disagreements
from readhead.reason.verdict import Content
from readhead.tasks import FACTORIES, Dataset, Example, Task, make_task

ROUNDS = 8
"""How many rounds there are at most, where no number is given."""
MOST = 1000
"""At most so many counterexamples are added in a round."""
SECONDS = 120.0
"""How long a round looks for counterexamples."""
KEPT = "counterexamples.json"
"""The rounds so far, in the output folder."""
NOTE = (
    "Counterexamples from verification over all inputs were among the training examples, so no accuracy here says "
    "how a program answers to inputs that learning did not see."
)


class Once(Protocol):
    """Learns from one data set, one time."""

    def __call__(
        self,
        dataset: Dataset,
        *,
        method: str,
        start: Program | None,
        freeze: Iterable[str],
        folder: Path | None,
        resume: bool,
    ) -> LearnResult:
        """What is learned, and written into the folder."""


@dataclass(frozen=True, slots=True)
class Round:
    """One time of learning and verifying.

    Attributes:
        method: ``"search"`` or ``"gradient"``.
        examples: how many training examples there were.
        verdict, wrong, looked, of: see :class:`~readhead.reason.disagreements.Disagreements`.
        added: how many of the wrong inputs were added to the training examples after it.
        validation_accuracy: of the program, on the validation split.
        seconds: spent on it.
    """

    method: str
    examples: int
    verdict: str
    wrong: int
    looked: int
    of: int
    added: int
    validation_accuracy: float
    seconds: float


@dataclass(slots=True)
class Rounds:
    """The rounds so far.

    Attributes:
        rounds: one for each that has ended.
        added: the counterexamples, in the order in which they were added.
        best: the round whose program is wrong least often, from 0.
        last: the program of the last round.
    """

    rounds: list[Round] = field(default_factory=list)
    added: list[Content] = field(default_factory=list)
    best: int = 0
    last: Program | None = None

    @property
    def settled(self) -> bool:
        """Whether the last round found nothing to add."""
        return bool(self.rounds) and self.rounds[-1].verdict != "counterexample"


def task_of(source: object, options: dict[str, Any]) -> Task:
    """The task that answers to counterexamples.

    Raises:
        UsageError: for a source that is no task: files and data sets answer to nothing but their own examples.
    """
    if isinstance(source, str) and source in FACTORIES:
        return make_task(source, **options)
    name = source.name if isinstance(source, Dataset) else source
    raise UsageError(
        f"{str(name)!r} has no counterexamples",
        why="they are the wrong answers among all inputs; only a task has an answer to every input",
        instead=f"the name of a task ({', '.join(FACTORIES)}), or no counterexamples",
    )


def check_rounds(rounds: int) -> None:
    """Raise a UsageError where there cannot be so many rounds."""
    if type(rounds) is not int or rounds < 0:
        raise UsageError(
            f"there cannot be {rounds!r} rounds of counterexamples",
            instead="a whole number; 0 for learning once",
        )


def refine(
    task: Task,
    dataset: Dataset,
    once: Once,
    *,
    rounds: int,
    seed: int,
    asked: dict[str, Any],
    method: str,
    start: Program | None,
    freeze: Iterable[str],
    folder: Path | None,
    resume: bool,
    say: Callable[[str], None],
) -> LearnResult:
    """Learn until the program is proved, or the rounds are used up.

    Args:
        task: it answers to all inputs.
        dataset: what the first round learns from.
        once: learns.
        rounds: how many rounds there are at most.
        seed: of which counterexamples are added, where there are many.
        asked: what else a resumed run must have in common with the one that made the rounds.
        method: of the first round, and of later ones as long as it searches; what was trained is trained on from
            where it was.
        start, freeze: the program that the first round goes on from, and what of it stays in all rounds.
        folder: where the rounds are kept; None for nowhere.
        resume: go on with the rounds in the folder.
        say: told a line for each round.

    Returns:
        The program of the round with the fewest wrong inputs, the first of those that tie. Ctrl-C ends the
        rounds with what they came to; before there is anything, it is raised.
    """
    freeze = tuple(freeze)
    about = asked | {
        "data": fingerprint(dataset),
        "seed": seed,
        "method": method,
        "start": None if start is None else _digest(start),
        "freeze": sorted(freeze),
    }
    if not resume and folder is not None:
        _forget(folder)
    state = _read(folder, about, rounds) if resume and folder is not None else Rounds()
    results: dict[int, LearnResult] = {}
    stopped = "proved"
    while not state.settled:
        number = len(state.rounds)
        if number == rounds:
            stopped = "rounds"
            break
        started = time.perf_counter()
        learning = replace(dataset, train=dataset.train + tuple(_answered(task, state.added)))
        here = None if folder is None else folder / f"round-{number + 1}"
        searched = not state.rounds or state.rounds[-1].method == "search"
        try:
            result = once(
                learning,
                method=method if searched else "gradient",
                start=start if searched else state.last,
                freeze=freeze if searched else _left(state.last, freeze),
                folder=here,
                resume=resume and here is not None and (here / CHECKPOINT).exists(),
            )
            results[number] = result
            if result.report["stopped"] == "interrupted":
                stopped = "interrupted"
                break
            found = disagreements(result.program, task, most=MOST, seconds=SECONDS, seed=seed + number)
        except KeyboardInterrupt:
            if not results and not state.rounds:
                raise
            stopped = "interrupted"
            break
        _note(state, result, found, len(learning.train), time.perf_counter() - started)
        say(f"round {number + 1}: {found}" + (f"; {len(found.contents):,} are added" if found.wrong else ""))
        if folder is not None:
            _write(folder, about, state)
    if state.rounds and state.rounds[-1].verdict == "unknown":
        stopped = "unknown"
    number = state.best if state.rounds else min(results)
    result = results[number] if number in results else _again(folder, number)
    return _finished(result, dataset, state, stopped, number, folder)


def _note(state: Rounds, result: LearnResult, found: Disagreements, examples: int, seconds: float) -> None:
    """Add a round to those that were."""
    state.rounds.append(
        Round(
            result.report["method"],
            examples,
            found.verdict,
            found.wrong,
            found.looked,
            found.of,
            len(found.contents),
            result.report["validation_accuracy"],
            round(seconds, 2),
        )
    )
    state.added += found.contents
    state.last = result.program
    state.best = min(range(len(state.rounds)), key=lambda k: state.rounds[k].wrong)


def _left(program: Program | None, names: Iterable[str]) -> list[str]:
    """Of the names, those that a program still has: pruning may have removed what nothing needs."""
    assert program is not None
    return [name for name in names if name in program.variables]


def _answered(task: Task, contents: Iterable[Content]) -> list[Example]:
    """Contents with the task's answers; those of which nothing is scored teach nothing."""
    examples = [Example(tuple(map(str, c)), tuple(task.answer(tuple(map(str, c))))) for c in contents]
    return [e for e in examples if any(label is not None for label in e.labels)]


def _finished(
    result: LearnResult, dataset: Dataset, state: Rounds, stopped: str, number: int, folder: Path | None
) -> LearnResult:
    """The result of all rounds, and its files."""
    held = {"validation": dataset.validation, "test": dataset.test}
    added = set(state.added)
    report = {
        **result.report,
        "counterexamples": {
            "note": NOTE,
            "stopped": stopped,
            "rounds": [asdict(r) for r in state.rounds],
            "best_round": number + 1,
            "verdict": state.rounds[number].verdict if number < len(state.rounds) else None,
            "added": len(state.added),
            **{f"of_{name}": sum(e.tokens in added for e in split) for name, split in held.items()},
        },
    }
    if stopped == "interrupted":
        report["stopped"] = stopped
    program = replace(result.program, description=f"{result.program.description}\n{NOTE}")
    python = written(program, report["method"])
    if folder is not None:
        write_outputs(folder, program, python, report, list(result.history))
    return LearnResult(program, python, report, result.unpruned, result.history)


def _again(folder: Path | None, number: int) -> LearnResult:
    """What a round of the run that is resumed came to.

    Raises:
        DataError: where its files are not there any more, or damaged.
    """
    assert folder is not None, "only what is resumed has rounds without results"
    here = folder / f"round-{number + 1}"
    try:
        report = json.loads((here / "report.json").read_text(encoding="utf-8"))
        method = str(report["method"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError("a round's report cannot be read", where=str(here), why=str(error)) from error
    program = Program.load(here / "program.json")
    return LearnResult(program, written(program, method), report, program)


def _digest(program: Program) -> str:
    """Of all that a program is."""
    return hashlib.blake2b(dumps(program).encode(), digest_size=16).hexdigest()


def _forget(folder: Path) -> None:
    """Remove what a run that is stopped and resumed would take for its own: another run's rounds and checkpoints."""
    for path in (folder / KEPT, *folder.glob(f"round-*/{CHECKPOINT}")):
        path.unlink(missing_ok=True)


def _write(folder: Path, identity: dict[str, Any], state: Rounds) -> None:
    """Keep the rounds, for a run that goes on."""
    assert state.last is not None
    about = {
        "identity": identity,
        "rounds": [asdict(r) for r in state.rounds],
        "added": state.added,
        "best": state.best,
        "last": dumps(state.last),
    }
    temporary = folder / f"{KEPT}.writing"
    temporary.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / KEPT)


def _read(folder: Path, identity: dict[str, Any], rounds: int) -> Rounds:
    """The rounds in a folder; none where the first one was stopped.

    Raises:
        DataError: for a file that is missing or damaged.
        UsageError: for the rounds of another run, naming what differs, and where there are more rounds already than
            are asked for.
    """
    path = folder / KEPT
    if not path.exists():
        if not (folder / "round-1").exists():
            raise DataError(
                "there are no rounds to resume", where=str(folder), instead="run it once without --resume"
            )
        return Rounds()
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        found = Rounds(
            [Round(**row) for row in about["rounds"]],
            [tuple(content) for content in about["added"]],
            int(about["best"]),
            loads(about["last"], str(path)),
        )
        saved = dict(about["identity"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "the rounds so far cannot be read", where=str(path), why=f"it is damaged ({error})"
        ) from error
    check_identity(path, saved, identity)
    if len(found.rounds) > rounds:
        raise UsageError(
            f"{len(found.rounds)} rounds were made already, and {rounds} are asked for",
            where=str(path),
            instead=f"at least {len(found.rounds)}",
        )
    return found
