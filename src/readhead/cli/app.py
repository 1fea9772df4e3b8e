"""The commands: each loads, asks the toolkit, and returns an :class:`~readhead.cli.answer.Answer`."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import readhead as rh
from readhead.cli import (
    clusters,
    compiling,
    compressing,
    console,
    drawing,
    explaining,
    exporting,
    family,
    lifting,
    options,
    simplifying,
    tables,
    verifying,
)
from readhead.cli.answer import FAILED, INTERRUPTED, MISUSED, OK, Answer, Unwritable, give, give_error
from readhead.cli.models import Compiled, opened
from readhead.cli.shorten import shortened
from readhead.errors import ReadheadError, UsageError, did_you_mean

if TYPE_CHECKING:
    from readhead.program.operators import Value

FORMS = ("python", "plain", "rasp", "json")

app = typer.Typer(
    name="readhead",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def readhead(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Transformers that are programs: learn one or write it, read it, run it, trace it, draw it, compile it."""
    if version:
        sys.stdout.write(f"readhead {rh.__version__}\n")
        raise typer.Exit


@app.command()
@options.with_data_options
def learn(
    source: options.Source,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the program, its report and its training curves.")
    ] = None,
    preset: Annotated[str, typer.Option(help="default, paper or quick.")] = "default",
    method: Annotated[
        str,
        typer.Option(help="search (for a small program), gradient (train one), or auto: search, then train."),
    ] = "auto",
    restarts: Annotated[
        int | None, typer.Option(help="How many programs are trained side by side.", min=1)
    ] = None,
    seed: options.Seed = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a run into --out was stopped.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="PROGRAM", help="A program to go on from, with its choices and tables."
        ),
    ] = None,
    freeze: Annotated[
        list[str] | None,
        typer.Option("--freeze", metavar="NAME", help="A head or MLP of that program that stays as it is."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Word vectors (GloVe's text format) that word classes start from."),
    ] = None,
    cluster: clusters.Cluster = None,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune",
            help="Groups of restarts train with other temperatures, learning rates, batches and epochs; "
            "the worse half stops after a quarter and after half of the epochs.",
        ),
    ] = False,
    counterexamples: Annotated[
        int,
        typer.Option(
            metavar="[ROUNDS]",
            help="Verify the program over all inputs of its task, learn from the wrong ones too, and go on: at most "
            "so many times (8 without a number).",
            min=0,
        ),
    ] = 0,
    as_json: options.Json = False,
    **data: Any,
) -> Answer:
    """Learn a program from examples, and print it as Python."""
    from readhead.cli.progress import LearningProgress

    if resume and out is None:
        raise UsageError(
            "--resume without --out", instead="--out with the folder of the run that was stopped"
        )
    with clusters.aside(cluster):
        result = rh.learn(
            source,
            preset=preset,
            method=method,
            seed=seed,
            restarts=restarts,
            device=device,
            out=out,
            resume=resume,
            start=None if start is None else rh.load(start),
            freeze=freeze or (),
            vectors=vectors,
            cluster=cluster,
            tune=tune,
            counterexamples=counterexamples,
            progress=LearningProgress(),
            **data,
        )
    report = {**result.report, "program": result.python if out is None else str(out / "program.py")}
    text = result.python if out is None else shortened(result.python)
    return Answer(report, text, note=None if as_json else tables.learned(report, out), highlight="python")


@app.command()
def run(
    program: options.ProgramPath, tokens: options.Contents = None, as_json: options.Json = False
) -> Answer:
    """Run a program on a sequence, or the transformer that compile wrote."""
    output = opened(program).run(_content(tokens))
    text = " ".join(map(str, output)) if isinstance(output, list) else str(output)
    return Answer({"output": output}, text)


@app.command()
def trace(
    program: options.ProgramPath, tokens: options.Contents = None, as_json: options.Json = False
) -> Answer:
    """Show every variable and every selector of a program on a sequence; of a transformer, those that it shows."""
    from readhead.cli.folding import Folded

    loaded, content = opened(program), _content(tokens)
    found = loaded.trace(content)
    data = tables.trace_data(found)
    if not isinstance(loaded, Compiled):
        return Answer(data, Folded(found))
    errors, gone = loaded.model.errors(content), loaded.gone
    data |= {"errors": errors} | ({"gone": gone} if gone else {})
    return Answer(data, Folded(found), note=tables.largest_error(errors, gone))


@app.command()
def show(
    program: options.ProgramPath,
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="With --diff, the program to compare it with.")
    ] = None,
    form: Annotated[str, typer.Option("--as", help="python, plain, rasp or json.")] = "python",
    diff: Annotated[
        bool, typer.Option("--diff", help="Say what NEW does differently: variables, answers, an example.")
    ] = False,
    inputs: Annotated[
        str | None, typer.Option(metavar="TASK", help="With --diff, whose inputs they are compared on.")
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(help="With --diff, the most tokens of an input.", min=0)
    ] = None,
    as_json: options.Json = False,
) -> Answer:
    """Print a program as Python, as RASP or as JSON; or, with --diff, what another does differently."""
    if diff or new is not None or inputs is not None or max_length is not None:
        return explaining.show_difference(program, new, inputs, max_length, diff=diff)
    from readhead.program.serialize import dumps

    _one_of("--as", form, FORMS)
    loaded = rh.load(program)
    plain = partial(rh.to_python, style="plain")
    writers: dict[str, Any] = {"python": rh.to_python, "plain": plain, "rasp": rh.to_rasp, "json": dumps}
    text = writers[form](loaded)
    data = json.loads(text) if form == "json" else text
    highlight = "json" if form == "json" else "python"  # RASP has Python's words and signs
    return Answer({"form": form, "program": data}, text, highlight=highlight)


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .rasp file, or any other that holds a program.")
    ],
    rasp_l: Annotated[
        bool,
        typer.Option("--rasp-l", help="Also say which rules of RASP-L it breaks, and how complex it is."),
    ] = False,
    as_json: options.Json = False,
) -> Answer:
    """Say what is wrong in a program's file, and what could be better, without running it."""
    from readhead.cli import checking

    return checking.check(file, rasp_l)


app.command()(compiling.compile)
app.command()(compressing.compress)
app.command()(exporting.export)
app.command()(explaining.explain)
app.command()(explaining.circuit)
app.command()(options.with_data_options(simplifying.simplify))
app.command()(lifting.lift)
app.command("benchmark-models")(family.benchmark_models)
app.command()(verifying.verify)
app.command()(drawing.draw)
app.command()(drawing.heads)
app.command()(console.repl)


@app.command()
@options.with_data_options
def evaluate(
    program: options.ProgramPath,
    source: options.Source,
    split: Annotated[str, typer.Option(help="test, validation, train or all.")] = "test",
    at_least: Annotated[
        float | None, typer.Option(help="Exit with status 1 where the accuracy is below this.", min=0, max=1)
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(
            metavar="2x,4x", help="Also score random longer inputs, up to so many times the length."
        ),
    ] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    **data: Any,
) -> Answer:
    """Measure a program's accuracy on a task or a file, or that of the transformer that compile wrote."""
    from readhead.cli.scoring import SPLITS, as_data, longer, scored, times

    _one_of("--split", split, SPLITS)
    factors = times(lengths, source)
    answering = opened(program)
    loaded = answering.program if isinstance(answering, Compiled) else answering
    dataset = rh.load_dataset(source, seed=seed, **data)
    if loaded.kind != dataset.kind:
        raise UsageError(
            f"{program} gives {tables.KINDS[loaded.kind]}, {dataset.name} asks for {tables.KINDS[dataset.kind]}",
            instead="a program for this task, or another task",
        )
    result = scored(answering, dataset, split)
    failed = at_least is not None and result.score.accuracy < at_least
    beyond = [longer(answering, loaded, source, factor, seed, data) for factor in factors]
    return Answer(
        {**as_data(result), "seed": seed} | ({"lengths": [b.as_data() for b in beyond]} if beyond else {}),
        "\n".join([tables.scored(result), *map(str, beyond)]),
        note=tables.never_answered(loaded, dataset),
        status=FAILED if failed else OK,
    )


@app.command()
def tasks(as_json: options.Json = False) -> Answer:
    """List what can be learned by name."""
    return tables.tasks()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, print its answer, and exit."""
    _open_outputs()
    try:
        code = status(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has read enough, as in: readhead show program.py | head
        code = OK
        _let_go_of_output()
    except Unwritable as error:
        code = FAILED
        sys.stderr.write(f"{error}\n")
        _let_go_of_output()
    sys.exit(code)


def _open_outputs() -> None:
    """Have somewhere to write, also where the outputs are closed; escape what their encoding does not have."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_output() -> None:
    """Have Python not try again, when it exits, to write what nobody takes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def status(arguments: Sequence[str]) -> int:
    """Run the command line and print its answer; the exit status."""
    given = list(arguments)
    as_json = "--json" in (given[: given.index("--")] if "--" in given else given)
    try:
        answer = app(clusters.addressed(given), prog_name="readhead", standalone_mode=False)
        if isinstance(answer, Answer):
            return give(answer, as_json)
        code = answer if isinstance(answer, int) else OK
    except Unwritable:
        raise
    except ReadheadError as error:
        return give_error(error, as_json)
    except typer.TyperException as error:
        if not error.format_message():  # there was no command, and typer has printed the help
            return MISUSED
        return give_error(_misuse(error), as_json)
    except OSError as error:
        if error.filename is None:
            raise
        return give_error(UsageError(f"{error.filename}: {error.strerror}"), as_json)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        give_error(ReadheadError("Interrupted."), as_json)
    return code


def _misuse(error: typer.TyperException) -> UsageError:
    """What typer found wrong with the command line, as an error of ours."""
    message = error.format_message()
    where = getattr(getattr(error, "ctx", None), "command_path", "readhead")
    return UsageError(message.rstrip("."), instead=f"see {where} --help")


def _content(tokens: list[str] | None) -> str | list[Value]:
    """One argument is a text, for the vocabulary to split; several are tokens."""
    given: list[Value] = [*(tokens or ())]
    return str(given[0]) if len(given) == 1 else given


def _one_of(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise UsageError(f"{option} has no {value!r}", instead=did_you_mean(value, known))
