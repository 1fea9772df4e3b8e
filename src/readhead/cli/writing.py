"""Programs written to a file, in the form that its suffix names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import readhead as rh
from readhead.errors import UsageError

if TYPE_CHECKING:
    from readhead.program.program import Program

FORMS = (".py", ".rasp", ".json")


def check_out(out: Path) -> None:
    """Check, before there is anything to lose, that a program can be written to a new file.

    Raises:
        UsageError: for a suffix that names no form, a file that is there, and a folder that is not.
    """
    if out.suffix not in FORMS:
        raise UsageError(
            f"--out {out} is no file of a program", instead="one that ends in .py, .rasp or .json"
        )
    if out.exists():
        raise UsageError(f"{out} exists", why="what is there would be lost", instead="the name of a new file")
    if not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", instead="--out in a folder that exists")


def write_program(program: Program, out: Path) -> None:
    """Write a program as Python, as RASP or as JSON."""
    from readhead.language.python.shortest import shortest

    if out.suffix == ".json":
        program.save(out)
        return
    text = shortest(program) if out.suffix == ".py" else rh.to_rasp(program)
    out.write_text(text, encoding="utf-8")
