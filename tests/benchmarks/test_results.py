"""`make results` writes every section of the results page, and the quick scripts write nothing where the full results lie."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import paper_tasks
import record

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "benchmarks"
START = re.compile(r"<!-- ([\w-]+): start -->")
WRITES = re.compile(r"write_section\(\s*(f?)\"([^\"]+)\"")


def recipe(target: str) -> list[list[str]]:
    """The scripts that a target of the Makefile runs, each with its options."""
    made = subprocess.run(
        ["make", "-n", "-o", ".venv", target, "READHEAD_DATA=data"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    runs = []
    for line in made.stdout.splitlines():
        words = shlex.split(line)
        script = next((i for i, word in enumerate(words) if word.startswith("benchmarks/")), None)
        if script is not None:
            runs.append([Path(words[script]).name, *words[script + 1 :]])
    return runs


def writers(section: str) -> list[str]:
    """The scripts that write a section, by the name or the beginning of the name in their call."""
    found = []
    for path in sorted(SCRIPTS.glob("*.py")):
        for formatted, name in WRITES.findall(path.read_text("utf-8")):
            if section == name or (formatted and section.startswith(name.split("{")[0])):
                found.append(path.name)
    return found


def sections() -> list[str]:
    return START.findall((ROOT / "docs" / "results.md").read_text("utf-8"))


def test_make_results_calls_the_one_script_of_every_section() -> None:
    called = {run[0] for run in recipe("results")}
    assert sections()
    for section in sections():
        assert len(writers(section)) == 1, section
        assert writers(section)[0] in called, section


def test_make_results_learns_the_paper_s_tasks_in_every_way_that_the_page_shows() -> None:
    made = []
    for script, *options in recipe("results"):
        if script == "paper_tasks.py":
            given = paper_tasks.command_line().parse_args(options)
            protocol = paper_tasks.Protocol(given.preset, given.method, given.large)
            made.append(f"paper-tasks-{protocol.name}")
    assert sorted(made) == sorted(name for name in sections() if name.startswith("paper-tasks-"))


def test_the_quick_target_runs_the_same_scripts_quickly() -> None:
    quick = recipe("results-quick")
    assert {run[0] for run in quick} == {run[0] for run in recipe("results")}
    assert all("--quick" in run for run in quick)
    assert all((SCRIPTS / run[0]).is_file() for run in quick)


def test_every_script_is_described() -> None:
    page = (SCRIPTS / "README.md").read_text("utf-8")
    for script in sorted({run[0] for run in recipe("results")}):
        assert f"`{script}`" in page


def test_real_text_is_left_out_without_data() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "READHEAD_DATA"}
    made = subprocess.run(
        ["make", "-n", "-o", ".venv", "results"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "READHEAD_DATA is not set" in made.stdout
    assert "text.py" not in made.stdout


def test_where_results_go() -> None:
    assert record.results_folder([], {}) == SCRIPTS / "results"
    assert record.results_folder(["--quick"], {}) == SCRIPTS / "results" / "quick"
    assert record.results_folder(["--quick"], {"READHEAD_RESULTS": "/tmp/there"}) == Path("/tmp/there")
    assert (record.RESULTS, record.PAGE) == (SCRIPTS / "results", ROOT / "docs" / "results.md")


def test_the_options_that_every_script_has() -> None:
    given = record.parser("What it does.").parse_args(["--quick", "--force"])
    assert (given.quick, given.force) == (True, True)


def test_what_is_recorded_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    assert record.kept(path, force=False) is None
    record.write_json(path, {"accuracy": 1.0})
    assert record.kept(path, force=False) == {"accuracy": 1.0}
    assert record.kept(path, force=True) is None


def test_cpu_seconds_count_children() -> None:
    before = record.cpu_seconds()
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    assert record.cpu_seconds() > before


def run(folder: Path, script: str, *options: str) -> str:
    """A script in a process of its own, whose results go into ``folder``."""
    environment = os.environ | {"READHEAD_RESULTS": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, SCRIPTS / script, "--quick", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_a_quick_run_from_end_to_end_is_kept_and_goes_on(tmp_path: Path) -> None:
    full = [ROOT / "docs" / "results.md", SCRIPTS / "results" / "search.json"]
    before = [path.read_bytes() for path in full]
    first = run(tmp_path, "search.py", "--tasks", "hist")
    figures = json.loads((tmp_path / "search.json").read_text("utf-8"))
    assert [r["task"] for r in figures["records"]] == ["hist"]
    assert figures["records"][0]["space"]["wrong"] == 0
    page = (tmp_path / "docs" / "results.md").read_text("utf-8")
    assert START.findall(page) == ["search"]
    assert "| hist |" in page and "| hist |" in first
    run(tmp_path, "search.py", "--tasks", "hist", "reverse")
    again = json.loads((tmp_path / "search.json").read_text("utf-8"))
    assert [r["task"] for r in again["records"]] == ["hist", "reverse"]
    assert again["records"][0] == figures["records"][0]
    assert [path.read_bytes() for path in full] == before


def test_the_page_says_which_programs_were_never_repaired() -> None:
    repaired, older = {"method": "gradient", "repairs": 3}, {"method": "gradient"}
    line = paper_tasks.methods_line({"sort": [repaired, repaired], "hist": [repaired, older]})
    assert "Those of hist are as they were before single choices were repaired" in line
    assert "repaired" not in paper_tasks.methods_line({"sort": [repaired]})
