"""The option ``--cluster [ADDRESS]`` of ``learn``.

typer has no options whose value may be left out, so it is put in before typer sees it.
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
NAME = "--cluster"
ADDRESS = re.compile(r"auto|local|\S+:\d+")


def addressed(arguments: Sequence[str]) -> list[str]:
    """The arguments with the address that a bare ``--cluster`` leaves out.

    >>> addressed(["learn", "--cluster", "sort"])
    ['learn', '--cluster=auto', 'sort']
    >>> addressed(["learn", "sort", "--cluster", "10.0.0.1:6379"])
    ['learn', 'sort', '--cluster', '10.0.0.1:6379']
    """
    given = list(arguments)
    if given[:1] != ["learn"]:
        return given
    for i, argument in enumerate(given):
        if argument == "--":
            break
        if argument == NAME and not any(ADDRESS.fullmatch(value) for value in given[i + 1 : i + 2]):
            given[i] = f"{NAME}=auto"
    return given


def aside(cluster: str | None) -> contextlib.AbstractContextManager[object]:
    """While training on a cluster, what is printed goes to standard error: Ray tells there of workers that died."""
    return contextlib.nullcontext() if cluster is None else contextlib.redirect_stdout(sys.stderr)
