"""Put the program that the README shows into it and into ``examples/learned/sort.py``; print ``examples/hist.py`` anew.

Both programs are kept as JSON beside these files, and printed from there; with ``--learn`` they are learned anew:
sorting as ``readhead learn sort`` does it, the histogram by training alone (``--method gradient``), in the exact style
of Python that any program can be printed in.

python docs/make_readme.py [--learn]
"""

from __future__ import annotations

import sys
from pathlib import Path

import readhead as rh

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SORT = ROOT / "examples" / "learned" / "sort.py"
HIST = ROOT / "examples" / "hist.py"
START = "<!-- learned program: made by docs/make_readme.py -->\n"
END = "<!-- end of learned program -->\n"


def with_program(readme: str, python: str) -> str:
    """The README with the program between its marks."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n```python\n{python.rstrip()}\n```\n\n{END}{after}"


def main() -> None:
    """Learn if asked to, and write the files."""
    if "--learn" in sys.argv[1:]:
        rh.learn("sort", seed=0).program.save(SORT.with_suffix(".json"))
        rh.learn("hist", seed=0, method="gradient").program.save(HIST.with_suffix(".json"))
    HIST.write_text(rh.to_python(rh.load(HIST.with_suffix(".json"))), encoding="utf-8")
    python = rh.to_python(rh.load(SORT.with_suffix(".json")), style="plain")
    SORT.write_text(python, encoding="utf-8")
    README.write_text(with_program(README.read_text(encoding="utf-8"), python), encoding="utf-8")


if __name__ == "__main__":
    main()
