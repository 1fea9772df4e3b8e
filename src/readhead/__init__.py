"""Readhead: transformers that are programs.

>>> import readhead as rh
>>> program = rh.from_python(rh.to_python(rh.Program((rh.program.LENGTH,))))
>>> program.run("abc")
[3, 3, 3]

Everything is imported when it is first used: ``import readhead`` is quick, and torch comes in with ``learn`` and
``compile``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from readhead import errors as errors

if TYPE_CHECKING:
    from readhead import language as language
    from readhead import plots as plots
    from readhead import program as program
    from readhead import rasp as rasp
    from readhead import reason as reason
    from readhead import tasks as tasks
    from readhead import transformer as transformer
    from readhead.language.load import load as load
    from readhead.language.python import from_python as from_python
    from readhead.language.python import to_python as to_python
    from readhead.language.rasp import from_rasp as from_rasp
    from readhead.language.rasp import to_rasp as to_rasp
    from readhead.learn import LearnResult as LearnResult
    from readhead.learn import learn as learn
    from readhead.plots import draw as draw
    from readhead.program import Program as Program
    from readhead.program import Trace as Trace
    from readhead.program import Vocabulary as Vocabulary
    from readhead.reason.explain import explain as explain
    from readhead.reason.lift import lift as lift
    from readhead.reason.simplify import simplify as simplify
    from readhead.reason.thin import thin as thin
    from readhead.reason.verify import verify as verify
    from readhead.tasks import TASKS as TASKS
    from readhead.tasks import load_dataset as load_dataset
    from readhead.tasks import score as score
    from readhead.transformer import Transformer as Transformer
    from readhead.transformer import compile as compile  # noqa: A004 - the word of the field

__version__ = "0.1.0"

_HOMES = {
    "Program": "readhead.program",
    "Trace": "readhead.program",
    "Vocabulary": "readhead.program",
    "to_python": "readhead.language.python",
    "from_python": "readhead.language.python",
    "to_rasp": "readhead.language.rasp",
    "from_rasp": "readhead.language.rasp",
    "load": "readhead.language.load",
    "LearnResult": "readhead.learn",
    "TASKS": "readhead.tasks",
    "load_dataset": "readhead.tasks",
    "score": "readhead.tasks",
    "explain": "readhead.reason.explain",
    "lift": "readhead.reason.lift",
    "simplify": "readhead.reason.simplify",
    "thin": "readhead.reason.thin",
    "verify": "readhead.reason.verify",
    "draw": "readhead.plots",
    "Transformer": "readhead.transformer",
}
"""Where each public name lives."""

_ROOMS = ("compile", "language", "learn", "plots", "program", "rasp", "reason", "tasks", "transformer")
"""The modules that are reached as attributes; ``readhead.learn`` and ``readhead.compile`` can also be called."""

__all__ = ["errors", *_HOMES, *_ROOMS]  # noqa: PLE0604 - the names are strings, made above


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name in _ROOMS:
        return importlib.import_module(f"readhead.{name}")
    if name not in _HOMES:
        raise AttributeError(
            f"module 'readhead' has no attribute {name!r}; {errors.did_you_mean(name, __all__)}"
        )
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
