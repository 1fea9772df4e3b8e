"""Put the program that the README shows into it and into ``examples/hist.py``.

The program is kept as ``examples/hist.json``, and printed from there; with ``--learn`` it is learned anew.

python docs/make_readme.py [--learn]
"""

from __future__ import annotations

import sys
from pathlib import Path

import readhead as rh

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXAMPLE = ROOT / "examples" / "hist.py"
SAVED = ROOT / "examples" / "hist.json"
START = "<!-- learned program: made by docs/make_readme.py -->\n"
END = "<!-- end of learned program -->\n"
RUNTIME = "\n\n# Readhead's own part"
"""Where an emitted program's own text ends, and what is the same in all of them begins."""


def excerpt(python: str) -> str:
    """The part of an emitted file that was learned."""
    learned, mark, _ = python.partition(RUNTIME)
    assert mark, "an emitted program marks where its run-time part begins"
    return f"```python\n{learned.rstrip()}\n```\n"


def with_program(readme: str, python: str) -> str:
    """The README with the program between its marks."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return before + START + "\n" + excerpt(python) + "\n" + END + after


def main() -> None:
    """Learn if asked to, and write the files."""
    if "--learn" in sys.argv[1:]:
        rh.learn("hist", seed=0).program.save(SAVED)
    python = rh.to_python(rh.load(SAVED))
    EXAMPLE.write_text(python, encoding="utf-8")
    README.write_text(with_program(README.read_text(encoding="utf-8"), python), encoding="utf-8")


if __name__ == "__main__":
    main()
