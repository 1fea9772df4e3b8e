"""Writing down what was measured: where it ran, tables, and sections of the results page.

A benchmark writes ``results/NAME.json`` (every figure), ``results/NAME.md`` (its table), and, where it reports learning
results, the section of ``docs/results.md`` between its own two markers. This module imports neither torch nor
scikit-learn, so that a process which only starts others stays small.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "results.md"
PACKAGES = ("readhead", "torch", "numpy", "scikit-learn")

INTRODUCTION = """# Results

Every table here is written by a script in `benchmarks/`, which also keeps the single figures as JSON under
`benchmarks/results/`. Do not edit between the markers: run the script.
"""


def hardware() -> dict[str, Any]:
    """The processor, as far as the system tells: its model, and how many cores this process may use."""
    cpuinfo = Path("/proc/cpuinfo")
    models = (
        [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        if cpuinfo.exists()
        else []
    )
    model = models[0].split(":", 1)[1].strip() if models else platform.processor() or platform.machine()
    return {
        "cpu": model,
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
    }


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that figures depend on; those not installed are left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def environment() -> dict[str, Any]:
    """What every record keeps about where it was measured."""
    return {"hardware": hardware(), "versions": versions()}


def environment_line(records: Iterable[Mapping[str, Any]]) -> str:
    """One sentence for a table's foot: each different hardware and set of versions among the records."""
    places = []
    for record in records:
        machine, packages = record["hardware"], record["versions"]
        names = ", ".join(f"{name} {number}" for name, number in packages.items())
        places.append(f"{machine['cpu']} ({machine['cores']} cores for each process; {names})")
    return f"Measured on {'; and on '.join(dict.fromkeys(places))}."


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column to the left, the others to the right.

    >>> print(table(["task", "accuracy"], [["sort", "99.9"]]))
    | task | accuracy |
    | :--- | ---: |
    | sort | 99.9 |
    """
    lines = [
        "| " + " | ".join(header) + " |",
        "| " + " | ".join([":---"] + ["---:"] * (len(header) - 1)) + " |",
    ]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def write_json(path: Path, data: object) -> None:
    """Write whole or not at all: a process killed half-way leaves no damaged file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Put ``text`` between the page's two markers of this name, at its end where it has none yet."""
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    old = page.read_text(encoding="utf-8") if page.exists() else INTRODUCTION
    section = f"{start}\n{text.strip()}\n{end}"
    if start in old and end in old:
        before, rest = old.split(start, 1)
        new = before + section + rest.split(end, 1)[1]
    else:
        new = old.rstrip() + "\n\n" + section + "\n"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(new, encoding="utf-8")
