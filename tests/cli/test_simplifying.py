"""``readhead simplify``."""

from __future__ import annotations

import io
import itertools

import pytest
from rich.console import Console

import readhead as rh
from readhead.cli.answer import INTERRUPTED
from readhead.cli.simplifying import Watched, merged
from readhead.program import Indices, Map, Program, Vocabulary
from readhead.program.size import Size
from readhead.reason import simplify
from readhead.reason.simplify import Rewrite

UNKNOWN = """\
the program does not know the tokens of dyck1: '(', ')'
  instead: a program over the task's vocabulary
"""
ENDLESS = """\
the program's vocabulary is open, so its inputs are endless at any length
  instead: --inputs with a task, or no --max-length
"""
SMALL = Size(0, 1, 0, 4, 2)


@pytest.fixture
def capped(tmp_path):
    """A sum that is always 0, added to each position."""
    nothing = Map("-", (Indices(), Indices()), name="nothing")
    given = Program((Map("+", (Indices(), nothing), name="place"),), Vocabulary(("a", "b")), max_length=3)
    given.save(tmp_path / "capped.json")
    return tmp_path / "capped.json"


def test_ctrl_c_ends_simplifying_and_writes_nothing(cli, capped, tmp_path, monkeypatch):
    def interrupted(work):
        raise KeyboardInterrupt

    monkeypatch.setattr(simplify, "RULES", {**simplify.RULES, "scores": interrupted})
    outcome = cli("simplify", capped, "--out", tmp_path / "out.py")
    assert (INTERRUPTED, "") == (outcome.status, outcome.out)
    assert "Interrupted." in outcome.err
    assert not (tmp_path / "out.py").exists()


def test_simplify(cli, capped):
    outcome = cli("simplify", capped)
    assert 0 == outcome.status
    assert rh.from_python(outcome.out).outputs == (Indices(),)
    assert "on all 15 inputs" in outcome.err
    assert "0 heads, 2 MLPs, 0 read-out inputs, 0 entries, 3 variables before" in outcome.err
    assert "0 heads, 0 MLPs, 0 read-out inputs, 0 entries, 1 variable after" in outcome.err


def test_simplify_as_data(cli, capped):
    data = cli("simplify", capped, "--json").data
    assert (2, 0, 15, []) == (data["before"]["mlps"], data["after"]["mlps"], data["inputs"], data["notes"])
    assert {"rule", "where", "before", "after", "check"} == set(data["log"][0])
    assert rh.from_python(data["program"]).outputs == (Indices(),)


@pytest.mark.parametrize("suffix", [".py", ".rasp", ".json"])
def test_simplify_into_a_file(cli, capped, tmp_path, suffix):
    out = tmp_path / f"small{suffix}"
    outcome = cli("simplify", capped, "--out", out)
    assert (0, f"written to {out}") == (outcome.status, outcome.err.splitlines()[-1].strip())
    assert rh.load(out).outputs == (Indices(),)


def test_simplify_nothing(cli, tmp_path):
    Program((Indices(),), Vocabulary(("a",)), max_length=2).save(tmp_path / "small.json")
    outcome = cli("simplify", tmp_path / "small.json")
    assert "nothing was found to simplify" in outcome.err


def test_simplify_up_to_a_length(cli, capped):
    assert 7 == cli("simplify", capped, "--max-length", 2, "--json").data["inputs"]
    assert 15 == cli("simplify", capped, "--max-length", 9, "--json").data["inputs"]


def test_simplify_for_a_task(cli, folder):
    data = cli("simplify", folder / "hist.json", "--inputs", "hist", "--max-length", 3, "--json").data
    assert 6 + 36 + 216 == data["inputs"]


def test_simplify_keeping_right_answers(cli, folder):
    arguments = ("--inputs", "hist", "--max-length", 3, "--keep-right", "--json")
    data = cli("simplify", folder / "hist.json", *arguments).data
    assert 258 == data["inputs"]
    assert ["1", "1"] == rh.from_python(data["program"]).run("01")


def test_simplify_without_a_space(cli, folder):
    data = cli("simplify", folder / "quotient.json", "--json").data
    assert ["the program's vocabulary is open: value sets alone are used"] == data["notes"]
    assert None is data["inputs"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("hist", ("--inputs", "hits"), "--inputs has no task 'hits'\n  instead: did you mean 'hist'?\n"),
        (
            "hist",
            ("--inputs", "dyck1"),
            UNKNOWN,
        ),
        (
            "hist",
            ("--keep-right",),
            "--keep-right without --inputs\n  instead: --inputs with the task that says what is right\n",
        ),
        (
            "hist",
            ("--inputs", "hist", "--max-length", 0),
            "hist has no inputs of up to 0 tokens only\n  instead: --inputs without --max-length\n",
        ),
        (
            "quotient",
            ("--max-length", 2),
            ENDLESS,
        ),
        (
            "hist",
            ("--out", "small.txt"),
            "--out small.txt is no file of a program\n  instead: one that ends in .py, .rasp or .json\n",
        ),
        (
            "hist",
            ("--out", "hist.json"),
            "hist.json exists\n  why: what is there would be lost\n  instead: the name of a new file\n",
        ),
        (
            "hist",
            ("--out", "no/small.py"),
            "there is no folder no\n  instead: --out in a folder that exists\n",
        ),
    ],
)
def test_simplify_errors(cli, folder, monkeypatch, name, arguments, message):
    monkeypatch.chdir(folder)
    outcome = cli("simplify", f"{name}.json", *arguments)
    assert (2, "", message) == (outcome.status, outcome.out, outcome.err)


def test_simplify_a_program_that_is_too_short_for_the_task(cli, tmp_path):
    Program((Indices(),), Vocabulary(tuple("012345")), max_length=2).save(tmp_path / "short.json")
    outcome = cli("simplify", tmp_path / "short.json", "--inputs", "hist")
    assert (
        "the program takes 2 tokens, and hist has inputs of 7\n  instead: no --inputs, and --max-length 2\n"
        == outcome.err
    )


def test_steps_of_one_rule_at_one_variable_are_one_line():
    steps = [Size(0, 1, 0, n, 2) for n in (4, 3, 2, 1)]
    log = [Rewrite("rows", "x", a, b, "c") for a, b in itertools.pairwise(steps)]
    other = Rewrite("rows", "y", steps[3], SMALL, "c")
    assert [Rewrite("rows", "x", steps[0], steps[3], "c"), other] == merged((*log, other))


def test_a_line_now_and_then(monkeypatch):
    page = io.StringIO()
    with Watched(Console(file=page)) as watched:
        monkeypatch.setattr("readhead.cli.simplifying.time.monotonic", lambda: watched._spoken + 100)
        watched("tables", SMALL)
    said = "simplifying: 0 heads, 1 MLP, 0 read-out inputs, 4 entries, 2 variables; rule tables\n"
    assert said == page.getvalue()


def test_a_terminal_shows_what_is_going_on():
    page = io.StringIO()
    with Watched(Console(file=page, force_terminal=True, width=120)) as watched:
        watched("tables", SMALL)
    assert "simplifying" in page.getvalue()


def test_interrupted(cli, capped, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("readhead.reason.simplify.simplify", interrupted)
    assert 130 == cli("simplify", capped).status
