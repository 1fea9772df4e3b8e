"""``readhead learn``: what it asks of the learner, and what it makes of the answer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import readhead as rh
from readhead.cli import app
from readhead.cli.progress import LearningProgress
from readhead.errors import DataError, UsageError

Cli = Any
SIZE = {"heads": 8, "mlps": 4, "variables": 40}
REPORT = {
    "task": "hist",
    "seed": 3,
    "preset": "quick",
    "method": "gradient",
    "train_accuracy": 1.0,
    "validation_accuracy": 0.99999,
    "test_accuracy": 0.995,
    "majority_accuracy": 0.4,
    "restarts": [
        {"restart": 0, "validation_accuracy": 0.99999, "diverged": False},
        {"restart": 1, "validation_accuracy": None, "diverged": True},
    ],
    "best_restart": 0,
    "epochs": 7,
    "stopped": "annealed",
    "seconds": 1.5,
    "training_seconds": 1.2,
    "sizes": {"before_pruning": SIZE, "after_pruning": {"heads": 2, "mlps": 1, "variables": 9}},
}


class Learned:
    """A result as ``learn`` gives it, and a record of what it was asked."""

    def __init__(self, program: rh.Program) -> None:
        self.program = program
        self.python = rh.to_python(program)
        self.report = dict(REPORT)
        self.asked: dict[str, Any] = {}

    def __call__(self, source: str, **asked: Any) -> Learned:
        self.asked = {"source": source, **asked}
        progress = asked["progress"]
        progress.start(10, 2)
        progress.update(1, float("nan"), 3.0, None, 2)
        progress.update(10, 0.25, 0.01, 0.99999, 1)
        progress.finish()
        if asked["out"] is not None:
            asked["out"].mkdir()
            (asked["out"] / "program.py").write_text(self.python)
        return self


@pytest.fixture
def learner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Learned:
    fake = Learned(rh.load(folder / "hist.json"))
    monkeypatch.setattr(app.rh, "learn", fake, raising=False)
    return fake


def test_the_program_is_printed_and_all_else_said_beside_it(cli: Cli, learner: Learned) -> None:
    done = cli("learn", "hist")
    assert (0, learner.python) == (done.status, done.out)
    for line in (
        "hist, seed 3",
        "99.99%",
        "99.50%",
        "40.00%",
        "pruned from 8 to 2 heads, 4 to 1 tables, 40 to 9 variables",
        "dropped: restart 1",
    ):
        assert line in done.err
    assert "learning: 10 steps, 2 restarts side by side" in done.err


def test_json_is_one_object(cli: Cli, learner: Learned) -> None:
    done = cli("learn", "hist", "--json")
    assert 0 == done.status
    assert {**REPORT, "program": learner.python} == done.data


def test_the_folder_is_named(cli: Cli, learner: Learned, tmp_path: Path) -> None:
    out = tmp_path / "new"
    done = cli("learn", "hist", "--out", out, "--json")
    assert str(out / "program.py") == done.data["program"]
    assert "Interrupted" not in done.err
    learner.report["stopped"] = "interrupted"
    done = cli("learn", "hist", "--out", tmp_path / "newer")
    assert f"written to {tmp_path / 'newer'}: program.py" in done.err
    assert "Interrupted: this is the best so far. --resume goes on." in done.err


def test_a_program_that_was_found_says_how(cli: Cli, tmp_path: Path) -> None:
    done = cli("learn", "hist", "--preset", "quick", "--symbols", 3, "--max-length", 4, "--out", tmp_path)
    assert "found by searching, of size" in done.err
    assert "100%" in done.err
    again = cli("learn", "hist", "--preset", "quick", "--method", "serch")
    assert "no method 'serch'" in again.err


def test_options_reach_the_learner_and_those_not_given_do_not(
    cli: Cli, learner: Learned, tmp_path: Path
) -> None:
    cli("learn", "sort")
    given = {name: value for name, value in learner.asked.items() if name != "progress"}
    assert {
        "source": "sort",
        "preset": "default",
        "method": "auto",
        "seed": 0,
        "restarts": None,
        "device": "auto",
        "out": None,
        "resume": False,
        "start": None,
        "freeze": (),
        "vectors": None,
        "cluster": None,
        "tune": False,
        "counterexamples": 0,
    } == given
    options = (
        "--preset quick --restarts 3 --seed 4 --device cpu --resume --symbols 3 --max-length 4 --examples 50"
    )
    cli("learn", "sort", "--out", tmp_path / "out", *options.split())
    expected = {
        "preset": "quick",
        "restarts": 3,
        "seed": 4,
        "device": "cpu",
        "resume": True,
        "out": tmp_path / "out",
    }
    sizes = {"symbols": 3, "max_length": 4, "examples": 50}
    assert {"source": "sort", **expected, **sizes}.items() <= learner.asked.items()


def test_a_program_to_go_on_from_is_loaded_and_parts_of_it_frozen(
    cli: Cli, learner: Learned, tmp_path: Path
) -> None:
    learner.program.save(tmp_path / "before.json")
    cli("learn", "sort", "--from", tmp_path / "before.json", "--freeze", "attn_1_2", "--freeze", "mlp_1_1")
    assert learner.program == learner.asked["start"]
    assert ["attn_1_2", "mlp_1_1"] == learner.asked["freeze"]
    failed = cli("learn", "sort", "--from", tmp_path / "none.json")
    assert failed.status == 2
    assert "none.json" in failed.err


def test_options_of_files_reach_the_learner(cli: Cli, learner: Learned) -> None:
    options = (
        "--validation v.csv --test t.csv --format csv --encoding latin-1 --text-column q --tokens-column w "
        "--label-column a --labels-column b --min-count 3 --max-vocabulary 99 --no-lower --fold-digits --fine "
        "--begin <b> --unknown ? --no-allow-unknown --no-unknown-spelling"
    )
    cli("learn", "data.csv", *options.split())
    assert {
        "source": "data.csv",
        "validation": Path("v.csv"),
        "test": Path("t.csv"),
        "format": "csv",
        "encoding": "latin-1",
        "text_column": "q",
        "tokens_column": "w",
        "label_column": "a",
        "labels_column": "b",
        "min_count": 3,
        "max_vocabulary": 99,
        "lower": False,
        "fold_digits": True,
        "fine": True,
        "begin": "<b>",
        "unknown": "?",
        "allow_unknown": False,
        "unknown_spelling": False,
    }.items() <= learner.asked.items()
    assert "end" not in learner.asked
    cli("learn", "data.csv", "--end", "")
    assert learner.asked["end"] is None


def test_tuning_and_counterexamples_reach_the_learner(cli: Cli, learner: Learned) -> None:
    for given, rounds in (("--counterexamples", 8), ("--counterexamples 3", 3), ("--counterexamples=0", 0)):
        cli("learn", "hist", *given.split())
        assert (learner.asked["counterexamples"], learner.asked["tune"]) == (rounds, False)
    cli("learn", "--counterexamples", "hist", "--tune")
    assert (learner.asked["counterexamples"], learner.asked["tune"]) == (8, True)
    refused = cli("learn", "hist", "--counterexamples", "-1")
    assert refused.status == 2 and "greater than or equal to 0" in refused.err


def test_what_tuning_and_counterexamples_came_to_is_said(cli: Cli, learner: Learned) -> None:
    settings = {"hot": 3.0, "learning_rate": 0.05}
    learner.report["tuning"] = {"winner": settings, "groups": [settings, settings]}
    learner.report["counterexamples"] = {
        "added": 1012, "verdict": "proved", "rounds": [{"wrong": 1012}, {"wrong": 0}],
    }  # fmt: skip
    done = cli("learn", "hist")
    assert "of 2 groups' settings, the winner's are hot 3, learning_rate 0.05" in done.err
    assert (
        "with 1,012 counterexamples: proved over all inputs (wrong inputs after each round: 1,012, 0)"
        in done.err
    )
    assert "These accuracies stand beside no others" in done.err
    for verdict, said in (("unknown", "not all inputs were tried in time"), ("counterexample", "not proved")):
        learner.report["counterexamples"]["verdict"] = verdict
        assert said in cli("learn", "hist").err
    learner.report["counterexamples"] |= {"verdict": None, "rounds": []}
    assert "no round was verified" in cli("learn", "hist").err


def test_rounds_are_lines_on_standard_error(cli: Cli) -> None:
    done = cli(
        "learn",
        "sort",
        "--preset",
        "quick",
        "--symbols",
        3,
        "--max-length",
        4,
        "--counterexamples",
        2,
        "--json",
    )
    assert done.status == 0
    assert "round 1: " in done.err
    assert done.data["counterexamples"]["rounds"]


def test_a_file_has_no_counterexamples(cli: Cli, tmp_path: Path) -> None:
    done = cli("learn", tmp_path / "data.csv", "--counterexamples")
    assert done.status == 2 and "has no counterexamples" in done.err


def test_to_resume_needs_a_folder(cli: Cli, learner: Learned) -> None:
    done = cli("learn", "hist", "--resume")
    assert (2, "") == (done.status, done.out)
    assert "--resume without --out" in done.err


@pytest.mark.parametrize("error", [UsageError("there is no task 'hits'"), DataError("a damaged checkpoint")])
def test_an_error_of_the_learner(cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(source: str, **options: Any) -> None:
        raise error

    monkeypatch.setattr(app.rh, "learn", fails, raising=False)
    assert (2, "", f"{error}\n") == (
        (done := cli("learn", "hits")).status,
        done.out,
        done.err,
    )
    assert type(error).__name__ == cli("learn", "hits", "--json").data["error"]["kind"]


def test_interrupted_before_there_is_anything(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(source: str, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.rh, "learn", interrupted, raising=False)
    done = cli("learn", "hist", "--json")
    assert 130 == done.status
    assert done.err.endswith("Interrupted.\n")


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    out, now = io.StringIO(), [0.0]
    progress = LearningProgress(Console(file=out, width=200), clock=lambda: now[0])
    progress.start(100, 4)
    for step in range(1, 101):
        now[0] += 1.0
        progress.update(step, 0.5, 1.0, 0.75, 4 if step < 40 else 3)
    progress.finish()
    progress.finish()
    lines = out.getvalue().splitlines()
    assert "learning: 100 steps, 4 restarts side by side" == lines[0]
    assert "step 15/100  loss 0.5000  temperature 1.000  best 75.00%  85 s left" == lines[1]
    assert "step 45/100  loss 0.5000  temperature 1.000  best 75.00%  3/4 alive  55 s left" == lines[3]
    assert "trained for 100 s; now rounding the scores, and pruning what is not needed" == lines[7]
    assert 8 == len(lines)


def test_progress_on_a_terminal_is_a_bar_that_fits() -> None:
    out, now = io.StringIO(), [0.0]
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    progress = LearningProgress(console, clock=lambda: now[0])
    progress.start(10_160, 4)
    for step in (2540, 5080):
        now[0] += 1000.0
        progress.update(step, 0.5, 1.25, 0.75, 4)
    progress.finish()
    lines = out.getvalue().replace("\r", "\n").splitlines()
    (shown, *_) = [line for line in lines if "5080/10160" in line]
    for part in ("loss 0.5000", "temperature 1.250", "best 75.00%", "0:33:20 left"):
        assert part in shown
    assert lines[-1].endswith("needed")


def test_progress_that_never_began_says_nothing() -> None:
    out = io.StringIO()
    progress = LearningProgress(Console(file=out, width=80))
    progress.start(100, 4)
    progress.finish()
    assert ["learning: 100 steps, 4 restarts side by side"] == out.getvalue().splitlines()


@pytest.mark.parametrize("source", ["sotr", "missing.csv", "folder/missing"])
def test_an_unknown_source(cli: Cli, source: str) -> None:
    done = cli("learn", source, "--json")
    assert 2 == done.status
    assert source in done.data["error"]["what"]
    if source == "sotr":
        assert "did you mean 'sort'" in done.data["error"]["instead"]


def test_a_small_run_from_the_command_line_to_every_file(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sizes = ["--symbols", 2, "--max-length", 3, "--examples", 14]
    done = cli(
        "learn",
        "reverse",
        "--preset",
        "quick",
        "--method",
        "gradient",
        "--restarts",
        1,
        "--device",
        "cpu",
        "--out",
        out,
        "--json",
        *sizes,
    )
    assert 0 == done.status
    data = done.data
    for key in (
        "task",
        "seed",
        "train_accuracy",
        "validation_accuracy",
        "test_accuracy",
        "restarts",
        "seconds",
    ):
        assert key in data
    assert str(out / "program.py") == data["program"]
    assert {"program.py", "program.json", "report.json", "curve.png"} <= {path.name for path in out.iterdir()}
    report = json.loads((out / "report.json").read_text())
    assert {name: value for name, value in data.items() if name != "program"} == report
    scored = cli("evaluate", out, "reverse", "--json", *sizes).data
    assert data["test_accuracy"] == scored["accuracy"]
    assert rh.load(out / "program.py") == rh.load(out / "program.json")
    again = cli(
        "learn",
        "reverse",
        "--preset",
        "quick",
        "--method",
        "gradient",
        "--restarts",
        1,
        "--device",
        "cpu",
        "--out",
        tmp_path / "b",
        *sizes,
    )
    assert (out / "program.py").read_text() == again.out
