"""Reading a program from a file, whichever way it was written down. Nothing is ever executed."""

from __future__ import annotations

from pathlib import Path

from readhead.errors import DataError, UsageError, did_you_mean
from readhead.language.python import from_python
from readhead.program.program import Program

SUFFIXES = (".py", ".json")
PROGRAM_FILES = ("program.py", "program.json")
"""What an output folder holds; an edited ``program.py`` goes before the JSON beside it."""


def load(path: str | Path) -> Program:
    """A program from an emitted ``.py`` or a ``.json`` file, or from the folder that learning wrote.

    Raises:
        UsageError: for a path that is not there, or is no such file.
        DataError: for a file that cannot be read, or is no program.

    >>> load("no/program.py")
    Traceback (most recent call last):
    ...
    readhead.errors.UsageError: there is no file no/program.py
      instead: a path that exists; there is no folder no
    """
    path = Path(path)
    if path.is_dir():
        return load(_in_folder(path))
    if not path.exists():
        raise UsageError(f"there is no file {path}", instead=_neighbour(path))
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path} is no program", instead="a .py or .json file, or a folder that learning wrote"
        )
    if path.suffix.lower() == ".json":
        return Program.load(path)
    return from_python(_text(path), str(path))


def _in_folder(folder: Path) -> Path:
    for name in PROGRAM_FILES:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"{folder} holds no program", instead=f"a folder with {' or '.join(PROGRAM_FILES)}")


def _text(path: Path) -> str:
    """The file's text; an encoding line in it is not obeyed, it is UTF-8."""
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
