"""Journeys through several commands: learn, edit by hand, verify, evaluate, see what changed; find an error and mend it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import coverage
import pytest

import readhead as rh
from readhead.cli.app import status
from readhead.language.python.lines import lines_of
from readhead.program import Map, Table
from readhead.program.rewrite import substitute

ROOT = Path(__file__).resolve().parents[2]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """A command's JSON, with its exit status."""

    def call(*arguments: object) -> dict[str, Any]:
        capsys.readouterr()
        code = status([*map(str, arguments), "--json"])
        data = json.loads(capsys.readouterr().out)
        return {**data, "exit": code}

    return call


def edited(path: Path, to: Path, *changes: tuple[str, str]) -> Path:
    """The file with some lines changed, as a person would in an editor."""
    text = path.read_text()
    for old, new in changes:
        assert 1 == text.count(old), old
        text = text.replace(old, new)
    to.write_text(text)
    return to


def test_learn_edit_verify_evaluate_and_see_what_changed(ask: Ask, tmp_path: Path) -> None:
    sizes = ("--symbols", 2, "--max-length", 3, "--examples", 14)
    learned = tmp_path / "learned"
    assert (
        0
        == ask(
            "learn",
            "hist",
            "--preset",
            "quick",
            "--method",
            "gradient",
            "--restarts",
            1,
            "--out",
            learned,
            *sizes,
        )["exit"]
    )
    assert "proved" == ask("verify", learned / "program.py", "--against", learned / "program.json")["verdict"]

    text = (learned / "program.py").read_text()
    labels = next(line for line in text.splitlines() if line.startswith("PREDICTION_LABELS = "))
    turned = labels.replace('"1", "2"', '"2", "1"')
    mine = edited(learned / "program.py", tmp_path / "mine.py", (labels, turned))
    verdict = ask("verify", mine, "--against", learned)
    difference = ask("show", "--diff", learned, mine)
    assert ("counterexample", 1) == (verdict["verdict"], verdict["exit"])
    assert len(verdict["counterexample"]["tokens"]) == len(difference["example"]["tokens"])
    assert difference["exhaustive"] and 0 < difference["differing"] <= difference["compared"] == 15
    assert ["prediction"] == [change["name"] for change in difference["changes"]]
    before, after = (ask("evaluate", path, "hist", *sizes)["correct"] for path in (learned, mine))
    assert (before, after) == tuple(
        sum(
            given == label
            for example in rh.load_dataset("hist", symbols=2, max_length=3, examples=14).test
            for given, label in zip(rh.load(path).run(example.tokens), example.labels, strict=True)
        )
        for path in (learned, mine)
    )


def test_a_wrong_predicate_for_one_position_is_mended_by_hand(ask: Ask, tmp_path: Path) -> None:
    good = ROOT / "examples" / "debugging" / "reverse_mended.py"
    bad = edited(
        good,
        tmp_path / "bad.py",
        (
            "        return key == query\n",
            "        return key == query\n    if query == 4:\n        return key == 2\n",
        ),
        ("    if query in range(1, 8):\n", "    if query in {1, 2, 3, 5, 6, 7}:\n"),
    )
    verdict = ask("verify", bad, "--against", "reverse")
    assert "counterexample" == verdict["verdict"]
    tokens = verdict["counterexample"]["tokens"]
    found = ask("explain", bad, *tokens, "--expected", " ".join(reversed(tokens)))
    first = found["mends"][0]
    assert ("opposite", 4, True) == (first["variable"], first["key"], first["alone"])
    head = next(step for step in found["steps"] if step["name"] == "prediction")
    assert [2] == [look["at"] for look in head["attention"]["looks"]]
    assert 4 == head["attention"]["looks"][0]["matches"][0]["query_value"]

    mended = edited(
        bad,
        tmp_path / "mended.py",
        ("    if query == 4:\n        return key == 2\n", "    if query == 4:\n        return key == 4\n"),
    )
    assert "proved" == ask("verify", mended, "--against", "reverse")["verdict"]
    assert 1.0 == ask("evaluate", mended, "reverse")["accuracy"]
    difference = ask("show", "--diff", bad, mended, "--inputs", "reverse")
    assert ["opposite"] == [c["name"] for c in difference["changes"] if c["how"] == "changed"]
    assert "opposite" == difference["example"]["first"]["variable"]
    assert tokens == [*map(str, difference["example"]["tokens"])] or len(tokens) == len(
        difference["example"]["tokens"]
    )


def test_a_planted_row_is_found_by_what_was_expected(ask: Ask, tmp_path: Path) -> None:
    planted = ROOT / "examples" / "debugging" / "reverse.py"
    found = ask("explain", planted, *"01234", "--expected", "4 3 2 1 0")
    first = found["mends"][0]
    assert ("mirror", 2, [7, 2], 5, 4, 0) == (
        first["variable"], first["position"], first["row"], first["value"], first["instead"], first["others"],
    )  # fmt: skip
    program = rh.load(planted)
    node = program.variables["mirror"]
    assert isinstance(node, Map) and isinstance(node.function, Table)
    rows = dict(node.function.entries) | {tuple(first["row"]): first["instead"]}
    mended = Map(Table(rows.items(), node.function.default), node.arguments, name="mirror")
    substitute(program, {node: mended}).save(tmp_path / "mended.json")
    assert "proved" == ask("verify", tmp_path / "mended.json", "--against", "reverse")["verdict"]


def test_a_learned_error_is_mended_in_the_read_out(ask: Ask, tmp_path: Path) -> None:
    learned = ROOT / "examples" / "hist.py"
    verdict = ask("verify", learned, "--against", "hist")
    assert 7 * [verdict["counterexample"]["tokens"][0]] == verdict["counterexample"]["tokens"]
    found = ask("explain", learned, *verdict["counterexample"]["tokens"], "--expected", "7 " * 7)
    assert ["prediction"] == [mend["variable"] for mend in found["mends"]]  # nothing before it is wrong
    assert [-108, 51, 167, 240, 274, 287, 148] == found["totals"]
    mended = edited(
        learned,
        tmp_path / "mended.py",
        ("32,  41,   0,\n", "32,  41,  55,\n"),
        ("50,   0, 148,\n", "50,   0, -90,\n"),
    )
    assert rh.load(mended) == rh.load(ROOT / "examples" / "debugging" / "hist_mended.py")
    assert "proved" == ask("verify", mended, "--against", "hist")["verdict"]
    difference = ask("show", "--diff", learned, mended, "--inputs", "hist")
    assert (6, 335_922, True) == (difference["differing"], difference["compared"], difference["exhaustive"])


def test_coverage_says_which_rows_no_input_uses() -> None:
    path = ROOT / "examples" / "debugging" / "reverse.py"
    measured = coverage.Coverage(data_file=None, config_file=False, include=[str(path)])
    measured.start()
    try:
        spec = importlib.util.spec_from_file_location("reverse", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.run("01")
        module.run("0123")
    finally:
        measured.stop()
    program, lines = rh.load(path), lines_of(rh.load(path), path.read_text())
    unused = [lines[n] for n in measured.analysis(str(path))[2] if n in lines]
    rows = {row for line in unused if line.variable == "mirror" for row in line.rows}
    node = program.variables["mirror"]
    assert isinstance(node, Map) and isinstance(node.function, Table)
    assert rows == {key for key, _ in node.function.entries if key[0] not in (4, 6)}
    assert (7, 2) in rows  # the planted one: these inputs say nothing of it
