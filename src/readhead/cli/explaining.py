"""The commands that say why: ``explain`` an answer, find the ``circuit`` behind answers; and ``show --diff``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

import readhead as rh
from readhead.cli import options
from readhead.cli.answer import Answer
from readhead.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import numpy as np

    from readhead.plots.picture import Picture
    from readhead.program.operators import Value
    from readhead.program.program import Program
    from readhead.reason.circuit import Circuit
    from readhead.tasks.examples import Example

ABLATIONS = ("resample", "mean")
SAMPLES = 1000
"""How many of the inputs of a data set a circuit is found on."""

ANY = "_"
"""How an expected answer is written that may be anything."""


def explain(
    program: options.ProgramPath,
    tokens: options.Contents = None,
    position: Annotated[
        int | None,
        typer.Option(
            help="Which answer, from 0. By default the first that is not as expected, else the first."
        ),
    ] = None,
    expected: Annotated[
        str | None,
        typer.Option(
            metavar="LABELS", help="The right answers, with blanks between them; _ where any will do."
        ),
    ] = None,
    as_json: options.Json = False,
) -> Answer:
    """Say why a program gives an answer, and what would mend a wrong one."""
    from readhead.cli.explained import explain_data, explain_text
    from readhead.reason.explain import explain as explained

    loaded = rh.load(program)
    content = _content(tokens)
    found = explained(loaded, content, position, None if expected is None else _expected(loaded, expected))
    return Answer(explain_data(found), explain_text(found))


def circuit(
    program: options.ProgramPath,
    inputs: Annotated[
        str,
        typer.Option(metavar="TASK|FILE", help="Where the inputs come from: a task, or a file of examples."),
    ],
    where: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITION", help="Which answers, as \"label == 'F' and position > 2\". By default all."
        ),
    ] = None,
    ablation: Annotated[
        str,
        typer.Option(
            help="resample: what is cut may be what it is on another input. mean: what is cut is a constant."
        ),
    ] = "resample",
    keep: Annotated[
        float, typer.Option(help="The share of the answers that has to stay.", min=0, max=1)
    ] = 1.0,
    samples: Annotated[int, typer.Option(help="How many inputs are taken, at random.", min=1)] = SAMPLES,
    seed: options.Seed = 0,
    out: Annotated[Path | None, typer.Option(help="The picture's file: .svg, .png or .html.")] = None,
    as_program: Annotated[
        Path | None, typer.Option("--program", help="A .py or .json file for the circuit as a program.")
    ] = None,
    as_json: options.Json = False,
) -> Answer:
    """Find the smallest part of a program that gives the same answers on some inputs."""
    from readhead.cli.explained import circuit_data, circuit_text
    from readhead.plots.picture import format_of
    from readhead.reason.circuit import circuit as circuit_of

    if ablation not in ABLATIONS:
        raise UsageError(f"--ablation has no {ablation!r}", instead=did_you_mean(ablation, ABLATIONS))
    if out is not None:
        format_of(out)
    if as_program is not None and as_program.suffix not in (".py", ".json"):
        raise UsageError(f"{as_program} is no file for a program", instead="a name that ends in .py or .json")
    loaded = rh.load(program)
    examples = _examples(loaded, program, inputs, samples, seed)
    started = time.perf_counter()
    with Console(stderr=True).status("looking for parts that can go") as status:
        found = circuit_of(
            loaded,
            examples,
            where,
            seed,
            ablation="mean" if ablation == "mean" else "resample",
            keep=keep,
            progress=lambda name: status.update(f"trying to do without {name}"),
        )
    if out is not None:
        picture_of(found).save(out)
    if as_program is not None:
        _write(found.program, as_program)
    note = f"{len(examples):,} inputs of {inputs}, {time.perf_counter() - started:.1f} s"
    return Answer(circuit_data(found, out, as_program), circuit_text(found, out, as_program), note=note)


def show_difference(
    old: Path, new: str | None, inputs: str | None, max_length: int | None, *, diff: bool, seed: int = 0
) -> Answer:
    """What two programs do differently.

    Args:
        old, new: where they are.
        diff: whether this was asked for.
        inputs: a task whose inputs they are compared on; None for all over their tokens.
        max_length: the most tokens of an input.
        seed: what decides which inputs are drawn, where there are too many.
    """
    from readhead.cli.explained import difference_data, difference_text
    from readhead.cli.progress import CountingProgress
    from readhead.reason.difference import difference

    if not diff or new is None:
        what = (
            "--diff with one program"
            if diff
            else "a second program, or --inputs or --max-length, without --diff"
        )
        raise UsageError(what, instead="readhead show --diff OLD NEW")
    before, after = rh.load(old), rh.load(new)
    space, draw = None, None
    if inputs is not None:
        if inputs not in rh.TASKS:
            raise UsageError(f"--inputs has no task {inputs!r}", instead=did_you_mean(inputs, rh.TASKS))
        task = rh.TASKS[inputs]
        space = task.space

        def draw(rng: np.random.Generator, count: int) -> list[tuple[Value, ...]]:
            return [example.tokens for example in task.generate(rng, count)]

    with CountingProgress(("compared", "inputs")) as counting:
        found = difference(
            before, after, space=space, draw=draw, max_length=max_length, seed=seed, progress=counting
        )
    return Answer(difference_data(found), difference_text(found))


def picture_of(found: Circuit) -> Picture:
    """The circuit as a picture, with the score of each head and table in its box."""
    from readhead.plots.picture import draw
    from readhead.reason.circuits.building import unnamed

    shown = unnamed(found.program, found.automatic)
    names = shown.names
    notes = {
        names[
            found.program.variables[score.name]
        ]: f"changes {score.resample:.1%} (resampled), {score.mean:.1%} (mean)"
        for score in found.scores
        if score.name in found.kept
    }
    return draw(shown, notes=notes)


def _examples(program: Program, path: Path, inputs: str, samples: int, seed: int) -> list[Example]:
    """Some of the inputs of a data set, in its order."""
    import numpy as np

    from readhead.cli.tables import KINDS

    dataset = rh.load_dataset(inputs, seed=0)
    if program.kind != dataset.kind:
        raise UsageError(
            f"{path} gives {KINDS[program.kind]}, {dataset.name} asks for {KINDS[dataset.kind]}",
            instead="a program for these inputs, or other inputs",
        )
    every = [*dataset.train, *dataset.validation, *dataset.test]
    if len(every) <= samples:
        return every
    chosen = np.random.default_rng(seed).choice(len(every), size=samples, replace=False)
    return [every[i] for i in sorted(chosen.tolist())]


def _expected(program: Program, text: str) -> list[Value | None]:
    """The right answers; where there is one for the whole sequence, its blanks belong to it."""
    if program.kind != "token_labels":
        return [None if text == ANY else text]
    return [None if word == ANY else word for word in text.split()]


def _content(tokens: list[str] | None) -> str | list[Value]:
    """One argument is a text, for the vocabulary to split; several are tokens."""
    given: list[Value] = [*(tokens or ())]
    return str(given[0]) if len(given) == 1 else given


def _write(program: Program, path: Path) -> None:
    if path.suffix == ".json":
        program.save(path)
    else:
        path.write_text(rh.to_python(program), encoding="utf-8")
