"""Writing down what was measured: where it ran, tables, and sections of the results page.

A benchmark writes ``results/NAME.json`` (every figure), ``results/NAME.md`` (its table), and, where it reports learning
results, the section of ``docs/results.md`` between its own two markers. This module imports neither torch nor
scikit-learn, so that a process which only starts others stays small.

Every script keeps what is recorded, unless it is given ``--force``: what was stopped goes on. With ``--quick`` on its
command line it does less of the same, and writes nothing where the full results are: all of it goes under
``results/quick``, pages too. ``READHEAD_RESULTS`` names another folder for either.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FULL = ROOT / "benchmarks" / "results"
ELSEWHERE = "READHEAD_RESULTS"


def results_folder(arguments: Sequence[str], variables: Mapping[str, str]) -> Path:
    """Where figures go: the folder that the environment names, ``results/quick`` with ``--quick``, else the full one.

    >>> results_folder(["--quick"], {}).name, results_folder([], {}) == FULL
    ('quick', True)
    """
    named = variables.get(ELSEWHERE)
    if named:
        return Path(named).resolve()
    return FULL / "quick" if "--quick" in arguments else FULL


RESULTS = results_folder(sys.argv[1:], os.environ)
PAGES = ROOT / "docs" if RESULTS == FULL else RESULTS / "docs"
"""Where pages lie: in ``docs`` only those of the full results."""
PAGE = PAGES / "results.md"
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


def parser(description: str) -> argparse.ArgumentParser:
    """A command line with the two options that every script has."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--quick", action="store_true", help="less of the same, written under results/quick")
    made.add_argument("--force", action="store_true", help="measure again what is recorded already")
    return made


def kept(path: Path, force: bool) -> Any:
    """What is recorded in this file; None where nothing is, or where it is to be measured again."""
    return None if force or not path.exists() else json.loads(path.read_text(encoding="utf-8"))


def cpu_seconds() -> float:
    """The processor's time that this process and its ended children have used so far."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


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
