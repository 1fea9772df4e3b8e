"""Data-preserving simplification as the command asks for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from readhead.cli.answer import drawn
from readhead.cli.thinning import Front, as_data, front_table, thinned, wanted
from readhead.errors import UsageError
from readhead.program import Map, Program, Select, SelectorWidth, Tokens, Vocabulary
from readhead.program.nodes import CategoricalScores, Classify, Indices, Table
from readhead.reason.thin import Point
from readhead.reason.thinning.weight import weight

Cli = Any
SMALL = {"symbols": 3, "max_length": 3, "examples": 39}


def hist_with_an_idle_part() -> Program:
    tokens = Tokens(name="tokens")
    count = SelectorWidth(Select(tokens, tokens, "==", name="same"), name="count")
    rows = CategoricalScores(count, [(1, (2, 0, 0)), (2, (0, 2, 0)), (3, (0, 0, 2))])
    idle = Map(Table([((1,), "x")], default="y"), (Indices(name="positions"),), name="idle")
    readout = Classify(
        ("1", "2", "3"), (rows, CategoricalScores(idle, [("x", (1, 0, 1))])), name="prediction"
    )
    return Program((readout,), Vocabulary(("0", "1", "2"), begin="<s>"), max_length=3)


@pytest.fixture(scope="module")
def front() -> Front:
    return thinned(hist_with_an_idle_part(), "hist", **SMALL)


def test_the_front_as_data(front: Front) -> None:
    data = as_data(front)
    json.dumps(data, allow_nan=False)
    points = data["front"]
    assert isinstance(points, list)
    assert points[0]["point"] == 0
    assert points[data["chosen"]]["lost"] == 0  # type: ignore[index]
    assert {"positions", "idle"} <= set(points[1]["gone"])
    assert all(point["test_accuracy"] is not None for point in points)
    assert front.test is not None
    assert len(front.test) == len(points)


def test_the_front_as_a_table(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    text = drawn(front_table(front))
    for words in (
        "size against accuracy on hist",
        "what went",
        "idle",
        "(the program as it was)",
        "verify",
        "> ",
    ):
        assert words in text


def test_point_plot_and_progress(tmp_path: Path) -> None:
    reached: list[Point] = []
    path = tmp_path / "front.svg"
    found = thinned(hist_with_an_idle_part(), "hist", point=0, plot=path, progress=reached.append, **SMALL)
    assert found.thinned.program == hist_with_an_idle_part()
    assert "chosen: point 0" in path.read_text()
    assert reached


def test_a_lower_share_gives_a_smaller_program(front: Front) -> None:
    less = thinned(hist_with_an_idle_part(), "hist", keep_accuracy=0.5, **SMALL)
    chosen = less.thinned.front[less.thinned.chosen]
    assert chosen.weight < front.thinned.front[front.thinned.chosen].weight
    assert chosen.accuracy >= 0.5


def test_which_options_go_together() -> None:
    assert wanted(0.9, "hist", None, None)
    assert wanted(None, "hist", 2, None)
    assert not wanted(None, None, None, None)
    with pytest.raises(UsageError, match="which answers are to be kept"):
        wanted(1.0, None, None, None)
    with pytest.raises(UsageError, match="how many right answers are to be kept"):
        wanted(None, "hist", None, None)
    with pytest.raises(UsageError, match="--min-count, --symbols without data"):
        wanted(None, None, None, None, symbols=3, min_count=2)


def test_the_command(cli: Cli, tmp_path: Path) -> None:
    program, out, plot = tmp_path / "p.json", tmp_path / "small.json", tmp_path / "front.svg"
    replace(hist_with_an_idle_part(), max_length=7).save(program)
    sizes = ("--symbols", 3, "--examples", 39)
    keep = ("--keep-accuracy", 0.6, "--data", "hist", "--plot", plot, "--out", out, *sizes)
    found = cli("simplify", program, *keep, "--json")
    assert found.status == 0
    front = found.data["thinned"]
    assert front["front"][front["chosen"]]["accuracy"] >= 0.6
    assert weight(Program.load(out)) == front["front"][front["chosen"]]["weight"]
    assert "chosen: point" in plot.read_text()
    assert "thinning: size" in found.err
    table = cli("simplify", program, "--point", 0, "--data", "hist", *sizes)
    assert "size against accuracy on hist" in table.err
    assert "def program" in table.out
    assert cli("simplify", program, "--json").data["thinned"] is None
    assert cli("simplify", program, "--keep-accuracy", 0.9).status == 2
    assert cli("simplify", program, "--keep-accuracy", 1.2, "--data", "hist").status == 2


def test_wrong_use(tmp_path: Path) -> None:
    one_label = Program((Tokens(),), Vocabulary(("0", "1", "2")), kind="sequence_label")
    with pytest.raises(
        UsageError, match="the program gives one label for the sequence, hist asks for a label"
    ):
        thinned(one_label, "hist", **SMALL)
    with pytest.raises(UsageError, match="no point 99"):
        thinned(hist_with_an_idle_part(), "hist", point=99, **SMALL)
    with pytest.raises(UsageError, match=r"cannot be written as front\.txt"):
        thinned(hist_with_an_idle_part(), "hist", plot=tmp_path / "front.txt", **SMALL)
