"""Reading a program from a file, whichever way it was written down. Nothing is ever executed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from readhead.errors import DataError, UsageError, did_you_mean
from readhead.program.nodes import SOp
from readhead.program.program import IDENTIFIER, Program

SUFFIXES = (".py", ".json", ".rasp")
PROGRAM_FILES = ("program.py", "program.json")
"""What an output folder holds; an edited ``program.py`` goes before the JSON beside it."""


def load(path: str | Path) -> Program:
    """A program from an emitted ``.py``, a ``.json`` or a ``.rasp`` file, or from the folder that learning wrote.

    ``PATH:NAME`` is the same program with the variable of that name for its only output. A path that exists as it is
    stands for itself, whatever colons it has.

    Raises:
        UsageError: for a path that is not there, or is no such file, and for a name that the program does not have.
        DataError: for a file that cannot be read, or is no program.
        ProgramError, Problems: for a RASP text that is wrong, saying where.

    >>> load("no/program.py:hist")
    Traceback (most recent call last):
    ...
    readhead.errors.UsageError: there is no file no/program.py
      instead: a path that exists; there is no folder no
    """
    path, name = located(path)
    if path.suffix.lower() == ".rasp":
        from readhead.language.rasp import from_rasp

        return from_rasp(read_text(path), str(path), name)
    program = Program.load(path) if path.suffix.lower() == ".json" else _python(path)
    return program if name is None else _answering(program, name, path)


def _python(path: Path) -> Program:
    from readhead.language.python import from_python

    return from_python(read_text(path), str(path))


def located(path: str | Path) -> tuple[Path, str | None]:
    """The program's file, and the name of the output that is asked for: what ``PATH`` or ``PATH:NAME`` means.

    Raises:
        UsageError: for a path that is not there, or is no program.
    """
    file, name = _split(str(path))
    if file.is_dir():
        return _in_folder(file), name
    if not file.exists():
        raise UsageError(f"there is no file {file}", instead=_neighbour(file))
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{file} is no program", instead="a .py, .json or .rasp file, or a folder that learning wrote"
        )
    if name is not None and not IDENTIFIER.match(name):
        raise UsageError(
            f"{name!r} cannot name a variable", instead=f"{file}:NAME, with letters, digits and _"
        )
    return file, name


def _split(path: str) -> tuple[Path, str | None]:
    """The path and the name behind its last colon; a colon of the path itself (``C:``) is none."""
    head, colon, name = path.rpartition(":")
    if not colon or not head or Path(path).exists():
        return Path(path), None
    if Path(head).exists() or (len(head) > 1 and IDENTIFIER.match(name)):
        return Path(head), name
    return Path(path), None


def _answering(program: Program, name: str, path: Path) -> Program:
    """The program with one of its variables for its only output."""
    node = program.variables.get(name)
    if node is None:
        sops = [n for n, variable in program.variables.items() if isinstance(variable, SOp)]
        raise UsageError(f"{path} has no variable {name!r}", instead=did_you_mean(name, sops))
    if not isinstance(node, SOp):
        raise UsageError(
            f"{name!r} in {path} is a selector",
            why="a program answers with an s-op, which has a value at every position",
            instead="the name of an s-op; 'readhead trace' shows the selectors",
        )
    if program.outputs == (node,):
        return program
    return replace(program, outputs=(replace(node, name=name),))


def _in_folder(folder: Path) -> Path:
    for name in PROGRAM_FILES:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder} holds no program", instead=f"a folder with {' or '.join(PROGRAM_FILES)}")


def read_text(path: Path) -> str:
    """A file's text; an encoding line in it is not obeyed, it is UTF-8.

    Raises:
        DataError: for a file that cannot be read, or is no text.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text", why=f"byte {error.start} is not UTF-8") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read", why=error.strerror) from None


def _neighbour(path: Path) -> str | None:
    """The programs beside a path that is not there."""
    if not path.parent.is_dir():
        return f"a path that exists; there is no folder {path.parent}"
    beside = [p.name for p in path.parent.iterdir() if p.suffix in SUFFIXES]
    return (
        did_you_mean(path.name, beside) if beside else f"a path that exists; {path.parent} holds no program"
    )
