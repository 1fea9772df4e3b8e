"""The command ``compile``: a program as a transformer, checked against the program before anything is written."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import readhead as rh
from readhead.cli import options
from readhead.cli.answer import FAILED, OK, Answer
from readhead.cli.progress import CountingProgress
from readhead.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from readhead.program.program import Program
    from readhead.program.vocabulary import Vocabulary
    from readhead.transformer.agreement import Agreement
    from readhead.transformer.legend import Legend
    from readhead.transformer.model import Transformer

PRECISIONS = ("float32", "float64")
SAMPLES = 10_000


def compile(  # noqa: A001 - the name of the command
    program: options.ProgramPath,
    alphabet: Annotated[
        str | None, typer.Option(help="The tokens that it is compiled for, one for each letter.")
    ] = None,
    vocabulary: Annotated[
        str | None,
        typer.Option(metavar="WORDS|FILE", help="The same, with blanks between them; or a file, one a line."),
    ] = None,
    max_length: Annotated[
        int | None,
        typer.Option(help="The most tokens of a sequence. By default, as the program says.", min=0),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="float32 or float64. By default, the smaller one that is exact.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for weights, layout, program and model card.")
    ] = None,
    reuse_slots: Annotated[
        bool, typer.Option("--reuse-slots", help="Use slots of variables that nothing reads any more again.")
    ] = False,
    samples: Annotated[
        int, typer.Option(help="How many random inputs are tried where there are too many for all.", min=0)
    ] = SAMPLES,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Answer:
    """Compile a program into a transformer that gives the same answers, and check that it does."""
    from readhead.transformer.agreement import check_agreement

    precise = _precision(precision)
    if out is not None:
        _check_free(out)
    loaded = rh.load(program)
    chosen = _vocabulary(loaded, alphabet, vocabulary)
    if loaded.max_length is None and max_length is None:
        raise UsageError(
            "the program takes sequences of any length",
            why="every position of a transformer has its own embedding",
            instead="--max-length 12, for example",
        )
    start = time.perf_counter()
    model = rh.compile(
        loaded,
        vocabulary=chosen,
        max_length=max_length,
        precision=precise,
        reuse_slots=reuse_slots,
        check=False,
    )
    compiled = time.perf_counter()
    with CountingProgress(("compared", "inputs")) as progress:
        found = check_agreement(model, seed=seed, samples=samples, progress=progress)
    checked = time.perf_counter()
    agrees = found.counterexample is None
    if out is not None and agrees:
        model.save_pretrained(out)
    times = (compiled - start, checked - compiled)
    written = out if agrees else None
    return Answer(
        data_of(model, found, times, written),
        text_of(model, found, written),
        note=f"compiled in {times[0]:.2f} s, checked in {times[1]:.1f} s",
        status=OK if agrees else FAILED,
    )


def data_of(
    model: Transformer, found: Agreement, seconds: tuple[float, float], out: Path | None
) -> dict[str, object]:
    """What was compiled, and the verdict, as JSON has them.

    Args:
        model: a compiled model.
        found: the verdict.
        seconds: to compile, and to check.
        out: where the model was written.
    """
    config = model.config
    return {
        "parameters": model.size,
        "layers": config.layers,
        "heads": sum(config.heads_of),
        "width": config.width,
        "seconds": round(seconds[0], 4),
        **found.as_dict(),
        "heads_per_layer": list(config.heads_of),
        "hidden_units": list(config.hidden_of),
        "precision": config.precision,
        "causal": config.causal,
        "check_seconds": round(seconds[1], 2),
        "fused": dict(model.compiled.fused),
        "reused": _reused(model.compiled),
        "out": None if out is None else str(out),
    }


def text_of(model: Transformer, found: Agreement, out: Path | None) -> str:
    """The same in words."""
    config, legend = model.config, model.compiled
    heads = sum(config.heads_of)
    each = f" ({' + '.join(map(str, config.heads_of))})" if config.layers > 1 else ""
    shape = (
        f"{config.layers} layer{'s' * (config.layers != 1)}, {heads} head{'s' * (heads != 1)}{each}, "
        f"{sum(config.hidden_of)} hidden units, width {config.width}, {model.size:,} parameters, {config.precision}"
    )
    lines = [f"{legend.answer}: {shape}", str(found)]
    lines += [f"not in the model: {name}, {why}" for name, why in legend.fused.items()]
    if _reused(legend):
        lines.append(
            f"{_reused(legend)} slots are used again: "
            + ", ".join(
                f"{n} until block {legend.gone(n)}" for n in legend.settable if legend.gone(n) is not None
            )
        )
    if found.counterexample is not None:
        lines.append("nothing was written; this is a fault of the compiler: please report it")
    if out is not None:
        lines.append(f"written to {out}: " + ", ".join(sorted(path.name for path in out.iterdir())))
    return "\n".join(lines)


def _reused(legend: Legend) -> int:
    """How many slots share a coordinate with one before them."""
    return sum(len(slot.held) - 1 for slot in legend.slots)


def _precision(given: str | None) -> rh.transformer.config.Precision | None:
    match given:
        case None | "float32" | "float64":
            return given
    raise UsageError(f"--precision has no {given!r}", instead=did_you_mean(given, PRECISIONS))


def _check_free(out: Path) -> None:
    """Raise a UsageError where a new folder cannot be made."""
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"the folder {out} is not empty", instead="--out with a new folder")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", instead="--out with a new folder")
    above = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not above.is_dir():
        raise UsageError(f"--out {out}: {above} is a file", instead="--out with a new folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise UsageError(
            f"--out {out}: nothing can be written into {above}", instead="--out with a folder that is yours"
        )


def _vocabulary(program: Program, alphabet: str | None, words: str | None) -> Vocabulary | None:
    """The vocabulary that is asked for; None for the program's own."""
    if alphabet is not None and words is not None:
        raise UsageError("--alphabet and --vocabulary are both given", instead="one of them")
    if alphabet is None and words is None:
        if program.vocabulary.tokens is None:
            raise UsageError(
                "the program takes any token",
                why="every token of a transformer has its own embedding",
                instead="--alphabet abcdefgh, for example, or --vocabulary with words or a file of them",
            )
        return None
    tokens = tuple(dict.fromkeys(alphabet if alphabet is not None else _words(words or "")))
    if not tokens:
        raise UsageError("the vocabulary is empty", instead="at least one token")
    split = "words" if any(len(token) > 1 for token in tokens) else program.vocabulary.split
    return replace(program.vocabulary, tokens=tokens, split=split)


def _words(given: str) -> list[str]:
    """Tokens from a file, one a line, or from the words themselves."""
    from readhead.language.load import read_text

    path = Path(given)
    if path.is_file():
        return [line for line in read_text(path).splitlines() if line]
    if path.suffix or path.is_dir():
        raise UsageError(
            f"there is no file {given}", instead="a file with a token on each line, or the words"
        )
    return given.split()
