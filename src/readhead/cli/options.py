"""The parameters that commands share."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from readhead.cli.answer import Answer

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else there.")
]
ProgramPath = Annotated[
    Path,
    typer.Argument(
        metavar="PROGRAM[:NAME]",
        help="A .rasp file, an emitted .py, a .json, or the folder that learn or compile wrote; "
        "with a name, that variable is its answer.",
    ),
]
Contents = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TOKENS",
        help="Several tokens; or one text, which is split; or nothing, the empty sequence. "
        "Put -- before tokens that begin with a dash.",
    ),
]
Source = Annotated[
    str, typer.Argument(metavar="TASK|FILE", help="A name that 'readhead tasks' lists, or a file.")
]
Seed = Annotated[int, typer.Option(help="What decides all that is drawn or split at random.", min=0)]


def _size(help_text: str) -> Any:
    return typer.Option(help=help_text, rich_help_panel="Sizes of generated tasks")


def _file(help_text: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel="How to read files")


DATA: dict[str, Any] = {
    "symbols": Annotated[int | None, _size("Size of the alphabet.")],
    "max_length": Annotated[int | None, _size("Most tokens in a sequence.")],
    "examples": Annotated[int | None, _size("How many distinct examples.")],
    "validation": Annotated[Path | None, _file("Its own file for validation; by default a part of FILE.")],
    "test": Annotated[Path | None, _file("Its own file for the test; by default a part of FILE.")],
    "format": Annotated[
        str | None, _file("jsonl, csv, tsv, conll, trec or labelled; by default, what FILE says.")
    ],
    "encoding": Annotated[str | None, _file("By default utf-8.")],
    "text_column": Annotated[str | None, _file("The field that holds a text.")],
    "tokens_column": Annotated[str | None, _file("The field that holds tokens.")],
    "label_column": Annotated[str | None, _file("The field that holds the text's label.")],
    "labels_column": Annotated[str | None, _file("The field that holds a label for each token.")],
    "min_count": Annotated[int | None, _file("Words that are rarer count as unknown.")],
    "max_vocabulary": Annotated[int | None, _file("Keep only so many words, the most frequent ones.")],
    "lower": Annotated[bool | None, _file("Lower-case the words.", "--lower/--no-lower")],
    "fold_digits": Annotated[bool | None, _file("Read every digit as 0.", "--fold-digits/--no-fold-digits")],
    "begin": Annotated[str | None, _file('The marker before the content; "" for none.')],
    "end": Annotated[str | None, _file('The marker after the content; "" for none.')],
    "unknown": Annotated[str | None, _file("The token that stands for all unknown ones.")],
    "allow_unknown": Annotated[
        bool | None, _file("Read unseen tokens as unknown.", "--allow-unknown/--no-allow-unknown")
    ],
    "unknown_spelling": Annotated[
        bool | None,
        _file("Tell unknown words apart by their spelling.", "--unknown-spelling/--no-unknown-spelling"),
    ],
    "fine": Annotated[bool | None, _file("The fine labels of trec files.", "--fine")],
}
"""The options of :func:`readhead.load_dataset` by name, all without a default: what is not given is not passed."""


_IN_PYTHON = re.compile(rf"\b({'|'.join(DATA)})=(True|False)?")


def as_typed(text: str) -> str:
    """Keywords of the Python interface as options of the command line.

    >>> as_typed("text_column= or allow_unknown=True, allow_unknown=False")
    '--text-column or --allow-unknown, --no-allow-unknown'
    """

    def option(found: re.Match[str]) -> str:
        return ("--no-" if found[2] == "False" else "--") + found[1].replace("_", "-")

    return _IN_PYTHON.sub(option, text)


def with_data_options(command: Callable[..., Answer]) -> Callable[..., Answer]:
    """The command with every option of :data:`DATA`; those that the user gives arrive in its ``**data``.

    An option that the command has itself, of the same name, stays its own.
    """

    @functools.wraps(command)
    def expanded(**arguments: object) -> Answer:
        given = {name: value for name, value in arguments.items() if name not in DATA or value is not None}
        no_marker = {name: None for name in ("begin", "end") if given.get(name) == ""}
        return command(**{**given, **no_marker})

    signature = inspect.signature(command, eval_str=True)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in DATA.items()
        if name not in {p.name for p in own}
    ]
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    vars(expanded)["__signature__"] = signature.replace(parameters=[*keyword, *added])
    return expanded
