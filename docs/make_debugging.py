"""Make the programs of docs/debugging.md, and write anew what its commands print (and those of docs/circuits.md).

python docs/make_debugging.py

A program with a planted error (reverse, one row of a table wrong), the same mended, and the learned hist of
``examples/hist.py`` mended, all into ``examples/debugging/``. The tests check that nothing would change.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import readhead as rh
from readhead.program import (
    Aggregate,
    Classify,
    Indices,
    Map,
    NumericScores,
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "examples" / "debugging"
PAGES = ("debugging.md", "circuits.md")
BLOCK = re.compile(r"(^```console\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)

PLANTED = {(7, 2): 5}
"""In sequences of seven positions (five tokens and the markers), position 2 looks at 5, where it should look at 4."""

MENDED = {"7": (55, -90)}
"""What the label "7" of hist gets for each symbol counted, and always."""


def reverse(planted: dict[tuple[int, int], int]) -> Program:
    """The task reverse with tables, as learning writes it; some rows are others."""
    task = rh.TASKS["reverse"]
    symbols = task.vocabulary.symbols or ()
    tokens, indices = Tokens(name="tokens"), Indices(name="indices")
    anything = Select(tokens, tokens, Relation([(a, b) for a in symbols for b in symbols]), name="anything")
    length = SelectorWidth(anything, name="length")
    lengths = range(task.vocabulary.markers + 1, task.vocabulary.markers + task.max_length + 1)
    rows = {(n, i): n - 1 - i for n in lengths for i in range(1, n - 1)} | planted
    mirror = Map(Table(rows.items(), default=0), (length, indices), name="mirror")
    positions = range(1, max(lengths))
    opposite = Select(indices, mirror, Relation([(i, i) for i in positions]), name="opposite")
    answer = Aggregate(opposite, tokens, "pick", default=symbols[0], name="prediction")
    said = "reverse: the sequence from its end to its beginning"
    return Program((answer,), task.vocabulary, max_length=task.max_length, description=said)


def mended_hist() -> Program:
    """The learned hist with other scores for the label "7"."""
    program = rh.load(ROOT / "examples" / "hist.py")
    readout = program.outputs[0]
    assert isinstance(readout, Classify)
    at = readout.labels.index("7")
    inputs = []
    for item, score in zip(readout.inputs, MENDED["7"], strict=True):
        assert isinstance(item, NumericScores)
        coefficients = (*item.coefficients[:at], score, *item.coefficients[at + 1 :])
        inputs.append(NumericScores(item.variable, coefficients))
    said = f"{program.description.splitlines()[0]}, mended by hand"
    return replace(program, outputs=(replace(readout, inputs=tuple(inputs)),), description=said)


def programs() -> dict[str, str]:
    """The programs' texts, by the names of their files."""
    made = {"reverse.py": reverse(PLANTED), "reverse_mended.py": reverse({}), "hist_mended.py": mended_hist()}
    return {name: rh.to_python(program) for name, program in made.items()}


def answered(page: str) -> str:
    """The page, with what its commands print now."""
    return BLOCK.sub(lambda block: block[1] + "".join(map(_printed, _commands(block[2]))) + block[3], page)


def _commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def _printed(command: str) -> str:
    tool, *arguments = shlex.split(command)
    line = [sys.executable, *(["-I"] if tool == "python" else ["-m", "readhead"]), *arguments]
    printed = subprocess.run(
        line, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "COLUMNS": "120"}
    )
    return f"$ {command}\n{printed.stdout}"


def main() -> None:
    """Write the programs and the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in programs().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for name in PAGES:
        page = ROOT / "docs" / name
        page.write_text(answered(page.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
