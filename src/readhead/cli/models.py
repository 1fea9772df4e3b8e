"""What ``run``, ``trace`` and ``evaluate`` are given: a program, or the folder of a compiled model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import readhead as rh

if TYPE_CHECKING:
    from readhead.program.interpret import Answer
    from readhead.program.program import Program
    from readhead.program.reading import Content
    from readhead.program.trace import Trace
    from readhead.transformer.model import Transformer


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled model that answers as a program does, with the variable that was asked for.

    Attributes:
        model: the model.
        program: what it was compiled from, answering with that variable.
        output: the variable; None for the program's own answer.
    """

    model: Transformer
    program: Program
    output: str | None

    @property
    def gone(self) -> dict[str, int]:
        """The variables whose slots are used again, with the block that takes the first of them away."""
        legend = self.model.compiled
        blocks = {name: legend.gone(name) for name in legend.readable}
        return {name: block for name, block in blocks.items() if block is not None}

    def run(self, tokens: Content) -> Answer:
        """The model's answer for one sequence."""
        return self.model.run(tokens, self.output)

    def run_batch(self, sequences: Sequence[Content]) -> list[Answer]:
        """The model's answers for many."""
        return self.model.run_batch(sequences, self.output)

    def trace(self, tokens: Content) -> Trace:
        """What is read off the residual stream."""
        return self.model.trace(tokens)


def opened(path: Path) -> Program | Compiled:
    """The program of a path, or the model where the path is the folder of one.

    Raises:
        UsageError, DataError, ProgramError, Problems: as :func:`readhead.load` does, and for a damaged model.
    """
    from readhead.language.load import located

    _, name = located(path)
    given = Path(str(path).removesuffix(f":{name}")) if name is not None else path
    if not given.is_dir() or not _is_model(given):
        return rh.load(path)
    from readhead.transformer import Transformer

    model = Transformer.from_pretrained(given)
    if name is not None:
        model.compiled.reading(name)
    return Compiled(model, rh.load(path), name)


def _is_model(folder: Path) -> bool:
    """Whether a folder's ``config.json`` says that it belongs to a model."""
    config = folder / "config.json"
    if not config.is_file():
        return False
    try:
        return isinstance(json.loads(config.read_bytes()), dict)
    except (OSError, ValueError, RecursionError):
        return True  # a damaged one, of which reading the model says more
