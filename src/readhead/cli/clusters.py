"""The options of ``learn`` whose value may be left out: ``--cluster [ADDRESS]``, ``--counterexamples [ROUNDS]``.

typer has no such options, so the value is put in before typer sees it.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="[ADDRESS]",
        help="Train on a Ray cluster: HOST:PORT of its head, or local for a new one; without an address, the one that "
        "this machine belongs to, else a new one.",
    ),
]
LEFT_OUT: dict[str, tuple[re.Pattern[str], str]] = {
    "--cluster": (re.compile(r"auto|local|\S+:\d+"), "auto"),
    "--counterexamples": (re.compile(r"[-+]?\d+"), "8"),
}
"""For each option, what a value of it looks like, and the value that stands where there is none."""


def addressed(arguments: Sequence[str]) -> list[str]:
    """The arguments with the values that a bare ``--cluster`` or ``--counterexamples`` leaves out.

    >>> addressed(["learn", "--cluster", "sort", "--counterexamples"])
    ['learn', '--cluster=auto', 'sort', '--counterexamples=8']
    >>> addressed(["learn", "sort", "--cluster", "10.0.0.1:6379"])
    ['learn', 'sort', '--cluster', '10.0.0.1:6379']
    """
    given = list(arguments)
    if given[:1] != ["learn"]:
        return given
    for i, argument in enumerate(given):
        if argument == "--":
            break
        if argument in LEFT_OUT:
            looks, value = LEFT_OUT[argument]
            if not any(looks.fullmatch(following) for following in given[i + 1 : i + 2]):
                given[i] = f"{argument}={value}"
    return given


def aside(cluster: str | None) -> contextlib.AbstractContextManager[object]:
    """While training on a cluster, what is printed goes to standard error: Ray tells there of workers that died."""
    return contextlib.nullcontext() if cluster is None else contextlib.redirect_stdout(sys.stderr)
