"""``readhead verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from readhead.cli import verifying
from readhead.program import Constant, Map, Program, Tokens
from readhead.reason import properties
from readhead.reason.references import reference
from readhead.tasks import TASKS

Cli = Any


@pytest.fixture
def sort(folder: Path) -> Path:
    reference("sort").save(folder / "sort.json")
    Program((Tokens(name="copy"),), TASKS["sort"].vocabulary, max_length=6).save(folder / "copy.json")
    return folder


def test_a_right_program_is_proved(cli: Cli, sort: Path) -> None:
    done = cli("verify", sort / "sort.json", "--against", "sort")
    assert 0 == done.status
    assert done.out.startswith("proved for all 19,530 inputs of at most 6 tokens (exhaustive, ")
    data = cli("verify", sort / "sort.json", "--against", "sort", "--max-length", 3, "--json").data
    assert ["verdict", "inputs", "counterexample", "seconds"] == list(data)[:4]
    assert ("proved", 155, None, 3) == (
        data["verdict"],
        data["inputs"],
        data["counterexample"],
        data["max_length"],
    )
    assert ("sort", None) == (data["against"], data["property"])


@pytest.mark.parametrize("method", ["exhaustive", "smt", "auto"])
def test_a_wrong_program_has_a_counterexample(cli: Cli, sort: Path, method: str) -> None:
    done = cli("verify", sort / "copy.json", "--against", "sort", "--method", method, "--json")
    assert 1 == done.status
    found = done.data["counterexample"]
    assert (["1", "0"], ["1", "0"], ["0", "1"], 0) == (
        found["tokens"], found["program"], found["against"], found["position"]
    )  # fmt: skip
    assert found["shortest"] and found["variable"] is None
    said = cli("verify", sort / "copy.json", "--against", "sort", "--method", method).out
    assert "input     1 0\nprogram   1 0\nexpected  0 1\nposition  0 (of the content, from 0)" in said


def test_what_is_not_decided_in_time_is_unknown(cli: Cli, sort: Path) -> None:
    done = cli("verify", sort / "sort.json", "--against", "sort", "--seconds", 0)
    assert 3 == done.status
    assert "unknown (exhaustive, " in done.out
    assert "the time is up\ncovered: no length, of 19,530 inputs of at most 6 tokens" in done.out


def test_two_programs_are_compared_with_the_variable_where_they_part(cli: Cli, sort: Path) -> None:
    vocabulary = TASKS["sort"].vocabulary
    for name, value in (("one", 1), ("two", 2)):
        added = Map("+", (Constant(value), Constant(1)), name="added")
        Program((Map("str", (added,)),), vocabulary, max_length=2).save(sort / f"{name}.json")
    done = cli("verify", sort / "one.json", "--against", sort / "two.json", "--json")
    assert {"name": "added", "position": 0, "program": 2, "against": 3} == done.data["counterexample"][
        "variable"
    ]
    assert 0 == cli("verify", sort / "one.json", "--against", sort / "one.json").status
    assert 1 == cli("verify", f"{sort / 'one.json'}:added", "--against", f"{sort / 'two.json'}:added").status


def test_a_compiled_model_is_verified(cli: Cli, folder: Path) -> None:
    assert 0 == cli("compile", folder / "hist.json", "--max-length", 3, "--out", folder / "model").status
    assert 0 == cli("verify", folder / "model", "--against", "hist", "--max-length", 3).status
    assert 1 == cli("verify", folder / "model", "--against", "double_hist", "--max-length", 3).status
    assert 0 == cli("verify", folder / "model", "--against", folder / "hist.json", "--max-length", 3).status


MINE = """
def kept(tokens, answers):
    return sorted(tokens) == sorted(answers)

def few(tokens, answers):
    return answers.count("4") < 2

def raising(tokens, answers):
    return answers[7]

def leaving(tokens, answers):
    raise SystemExit(0)

number = 3
"""


def test_a_property_of_ones_own(cli: Cli, sort: Path) -> None:
    (sort / "mine.py").write_text(MINE)
    kept = f"{sort / 'mine.py'}:kept"
    assert 0 == cli("verify", sort / "copy.json", "--property", kept, "--against", "sort").status
    done = cli("verify", sort / "sort.json", "--property", f"{sort / 'mine.py'}:few", "--json")
    assert (1, ["4", "4"]) == (done.status, done.data["counterexample"]["tokens"])
    ready = cli("verify", sort / "copy.json", "--property", "sorted_output")
    assert (1, True) == (ready.status, "input     1 0" in ready.out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "there is nothing to verify against"),
        (["--against", "sotr"], "there is no task 'sotr'"),
        (["--against", "nowhere.json"], "there is no file nowhere.json"),
        (["--against", "hist", "--max-length", "6"], "cannot read '5'"),
        (["--against", "sort", "--max-length", "7"], "inputs of 7 tokens are too long"),
        (["--against", "sort", "--method", "magic"], "--method has no 'magic'"),
        (["--property", "sorted"], "there is no property 'sorted'"),
        (["--property", "nowhere.py:kept"], "there is no file nowhere.py"),
        (["--property", "{}/mine.txt:kept"], "mine.txt is no Python file"),
        (["--property", "{}/mine.py:keep"], "mine.py has no function 'keep'"),
        (["--property", "{}/mine.py:number"], "mine.py has no function 'number'"),
        (["--property", "{}/mine.py:raising"], "the property raising raises IndexError"),
        (["--property", "{}/broken.py:kept"], "broken.py cannot be executed: SyntaxError"),
        (["--property", "{}/mine.py:leaving"], "the property leaving raises SystemExit"),
        (["--property", "{}/leaving.py:kept"], "leaving.py cannot be executed: SystemExit: 0"),
        (["--property", "same_length", "--against", "{}/sort.json"], "--property with --against a program"),
        (["--property", "same_length", "--method", "smt"], "--property with --method smt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_said(cli: Cli, sort: Path, options: list[str], message: str) -> None:
    (sort / "mine.py").write_text(MINE)
    (sort / "mine.txt").write_text(MINE)
    (sort / "broken.py").write_text("def kept(:\n")
    (sort / "leaving.py").write_text("raise SystemExit(0)\n")
    done = cli("verify", sort / "copy.json", *(option.format(sort) for option in options))
    assert 2 == done.status
    assert message in done.err


def test_a_length_beyond_counting_is_said(cli: Cli, sort: Path) -> None:
    Program((Tokens(name="copy"),), TASKS["sort"].vocabulary).save(sort / "any.json")
    for command in (["verify", sort / "any.json", "--against", "sort", "--max-length", 1_000_000],
                    ["verify", sort / "any.json", "--against", sort / "any.json", "--max-length", 6_000],
                    ["verify", sort / "any.json", "--property", "same_length", "--max-length", 6_000]):  # fmt: skip
        done = cli(*command)
        assert 2 == done.status
        assert "there are more inputs than can be counted" in done.err
    done = cli("simplify", sort / "any.json", "--max-length", 6_000)
    assert 0 == done.status
    assert "there are more inputs than can be counted: value sets alone are used" in done.err


def test_every_input_has_a_property_where_exhaustion_is_asked_for(
    cli: Cli, sort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(properties, "BUDGET", 100)
    for method, found in (("exhaustive", "exhaustive"), ("auto", "hypothesis")):
        done = cli("verify", sort / "sort.json", "--property", "same_length", "--max-length", 3, "--method", method, "--json")  # fmt: skip
        assert found == done.data["method"]


def test_long_work_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = iter([0.0, 1.0, 6.0, 7.0])
    telling = verifying._Telling(lambda: next(seconds))
    for done in (1_000, 2_000, 3_000):
        telling(done, 19_530)
    assert "2,000 of 19,530 inputs are decided\n" == capsys.readouterr().err


def test_an_interrupt_ends_it(cli: Cli, sort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: object, done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verifying._Telling, "__call__", interrupted)
    assert 130 == cli("verify", sort / "sort.json", "--against", "sort").status
