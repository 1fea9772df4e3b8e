"""A program in, a checked transformer out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from readhead.compile.circuit import Budget
from readhead.compile.compiler import compile_program
from readhead.errors import CompileError, UsageError
from readhead.language.load import load
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.rasp import SOp
from readhead.transformer.agreement import Progress, check_agreement
from readhead.transformer.config import Precision
from readhead.transformer.model import Transformer


def compile(  # noqa: A001 - the word of the field
    program: Program | SOp | str | Path,
    *,
    vocabulary: Vocabulary | Iterable[str] | None = None,
    max_length: int | None = None,
    precision: Precision | None = None,
    budget: Budget | None = None,
    reuse_slots: bool = False,
    check: bool = True,
    seed: int = 0,
    samples: int = 10_000,
    progress: Progress | None = None,
) -> Transformer:
    """Compile a program into a transformer that gives the same answers, and check that it does.

    Args:
        program: written, or learned; an s-op of :mod:`readhead.rasp`; or the path of a file that holds a program,
            as :func:`readhead.load` takes it.
        vocabulary: the tokens that it is compiled for; needed where the program takes any token.
        max_length: the most tokens of a sequence; needed where the program has no limit.
        precision: ``"float32"`` or ``"float64"``; by default the smaller one that keeps every value apart.
        budget: how large the model may become.
        reuse_slots: whether slots of variables that nothing reads any more are used again: the model is narrower, and
            such a variable can be seen after its own block only, where its trace is read.
        check: whether the model is compared with the program, see
            :func:`~readhead.transformer.agreement.check_agreement`.
        seed, samples, progress: of that comparison.

    Returns:
        The model; ``model.agreement`` says what was checked.

    Raises:
        UsageError: where vocabulary or length are missing, or the program does not take them; for something that is
            no program, and for a path that is not there.
        CompileError: for a program that does not fit into a transformer, naming the variable and the budget; and
            where the model departs from the program, with the shortest input on which it does.
    """
    model = Transformer.from_blueprint(
        compile_program(
            program_of(program),
            vocabulary=vocabulary,
            max_length=max_length,
            precision=precision,
            budget=budget,
            reuse_slots=reuse_slots,
        )
    )
    if check:
        found = check_agreement(model, seed=seed, samples=samples, progress=progress)
        if found.counterexample is not None:
            raise CompileError(str(found), why="this is a fault of the compiler: please report it")
    return model


def program_of(given: object) -> Program:
    """The program that something is, holds or names.

    Raises:
        UsageError: for anything else, and for a path that is not there.

    >>> from readhead.rasp import length
    >>> program_of(length).run("ab")
    [2, 2]
    """
    match given:
        case Program():
            return given
        case SOp():
            return given.program()
        case str() | Path():
            return load(given)
    raise UsageError(
        f"{type(given).__name__} has no program to compile",
        instead="a Program, an s-op, or the path of a program",
    )
