"""Learning from counterexamples: rounds until the program is proved, kept as they go, and said to be what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from readhead.errors import DataError, UsageError
from readhead.learn import LearnResult, counterexamples, finish, learn, repair
from readhead.learn.counterexamples import KEPT, NOTE, refine, task_of
from readhead.learn.report import CHECKPOINT
from readhead.learn.training import Silent
from readhead.program import Program
from readhead.rasp import tokens
from readhead.reason import disagreements as module
from readhead.reason.disagreements import disagreements
from readhead.reason.references import reference
from readhead.tasks import Dataset, load_dataset, make_task

SIZES = {"symbols": 3, "max_length": 4}
OPTIONS: dict[str, Any] = {"preset": "quick", "method": "gradient", "restarts": 1, "seed": 1, **SIZES}


@pytest.fixture(scope="module", autouse=True)
def quick_fits() -> Iterator[None]:
    """A stronger penalty, with which read-outs are fitted in a few steps: nothing here is about how good they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "PENALTY", 1e-2)
        patch.setattr(repair, "PENALTY", 1e-2)
        yield


class Listening(Silent):
    """Keeps what each round came to; may interrupt the training of one."""

    def __init__(self, interrupt: int | None = None) -> None:
        self.lines: list[str] = []
        self.interrupt = interrupt

    def note(self, line: str) -> None:
        self.lines.append(line)

    def update(self, step: int, *figures: object) -> None:
        if self.interrupt == len(self.lines) and step > 2:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[LearnResult, Listening, Path]:
    listening, out = Listening(), tmp_path_factory.mktemp("whole")
    result = learn("hist", **OPTIONS, counterexamples=3, progress=listening, out=out)
    return result, listening, out


def same(left: LearnResult, right: LearnResult) -> bool:
    def told(result: LearnResult) -> Any:
        report = {**result.report, "seconds": 0, "training_seconds": 0}
        rounds = [{**r, "seconds": 0} for r in report["counterexamples"]["rounds"]]
        return {**report, "counterexamples": {**report["counterexamples"], "rounds": rounds}}

    return left.program == right.program and left.python == right.python and told(left) == told(right)


class TestDisagreements:
    def test_a_right_program_is_proved(self) -> None:
        task = make_task("hist", **SIZES)
        found = disagreements(reference(task), task)
        assert (found.verdict, found.contents, found.wrong) == ("proved", (), 0)
        assert found.looked == found.of == 120
        assert str(found) == "proved for all 120 inputs"

    def test_all_wrong_inputs_are_found_and_none_other(self) -> None:
        task = make_task("hist", **SIZES)
        program = (tokens + "").program()
        found = disagreements(program, task)
        wrong = {
            content
            for block in task.space.blocks(1000)
            for content in block
            if [*map(str, program.run(content))] != [*task.answer(content)]  # type: ignore[arg-type]
        }
        assert set(found.contents) == wrong and len(found.contents) == found.wrong == len(wrong)
        assert [len(c) for c in found.contents] == sorted(len(c) for c in found.contents)
        assert str(found) == f"wrong on {len(wrong)} of 120 inputs"

    def test_of_many_the_first_and_others_by_the_seed(self) -> None:
        task = make_task("hist", **SIZES)
        program = (tokens + "").program()
        some = disagreements(program, task, most=7, seed=3)
        assert len(some.contents) == 7 < some.wrong
        assert some.contents[0] == disagreements(program, task).contents[0]
        assert some.contents == disagreements(program, task, most=7, seed=3).contents
        assert some.contents != disagreements(program, task, most=7, seed=4).contents

    def test_of_large_spaces_the_shortest_and_random_ones(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "BUDGET", 100)
        monkeypatch.setattr(module, "SHORTEST", 50)
        monkeypatch.setattr(module, "SAMPLES", 200)
        task = make_task("hist", symbols=3, max_length=6)
        found = disagreements((tokens + "").program(), task)
        assert found.verdict == "counterexample" and found.looked < found.of
        assert {len(c) for c in found.contents} == {1, 2, 3, 4, 5, 6}
        assert len(set(found.contents)) == len(found.contents)
        assert disagreements(reference(task), task).verdict == "proved"

    def test_without_time_nothing_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "BUDGET", 0)
        task = make_task("sort", symbols=9, max_length=12)
        found = disagreements(reference(task), task, seconds=0.0)
        assert found.verdict == "unknown"
        assert str(found).startswith("unknown: right on ")


def test_rounds_are_told_and_reported(whole: tuple[LearnResult, Listening, Path]) -> None:
    result, listening, out = whole
    told = result.report["counterexamples"]
    assert told["note"] == NOTE
    assert len(listening.lines) == len(told["rounds"]) >= 2
    assert told["stopped"] in ("proved", "rounds")
    for number, (line, row) in enumerate(zip(listening.lines, told["rounds"], strict=True), 1):
        assert line.startswith(f"round {number}: ")
        assert (row["verdict"] == "counterexample") == (row["wrong"] > 0) == ("are added" in line)
        assert row["added"] == min(row["wrong"], counterexamples.MOST)
    first, second = told["rounds"][:2]
    assert second["examples"] == first["examples"] + first["added"]
    assert told["added"] == sum(row["added"] for row in told["rounds"])
    best = told["rounds"][told["best_round"] - 1]
    assert best["wrong"] == min(row["wrong"] for row in told["rounds"])
    assert told["verdict"] == best["verdict"]
    assert NOTE in result.program.description and NOTE in result.python
    assert json.loads((out / "report.json").read_text()) == result.report
    assert Program.load(out / "program.json") == result.program
    found = disagreements(result.program, make_task("hist", **SIZES))
    assert (found.verdict, found.wrong) == (best["verdict"], best["wrong"])


def test_the_same_seed_gives_the_same_rounds(whole: tuple[LearnResult, Listening, Path]) -> None:
    assert same(learn("hist", **OPTIONS, counterexamples=3), whole[0])


@pytest.mark.parametrize("round_", [0, 1])
def test_interrupted_and_resumed_it_ends_the_same(
    whole: tuple[LearnResult, Listening, Path], tmp_path: Path, round_: int
) -> None:
    stopped = Listening(interrupt=round_)
    first = learn("hist", **OPTIONS, counterexamples=3, out=tmp_path, progress=stopped)
    assert first.report["stopped"] == first.report["counterexamples"]["stopped"] == "interrupted"
    assert len(first.report["counterexamples"]["rounds"]) == round_
    assert (tmp_path / "program.py").exists() and (tmp_path / KEPT).exists() == bool(round_)
    again = learn("hist", **OPTIONS, counterexamples=3, out=tmp_path, resume=True)
    assert same(again, whole[0])


def test_more_rounds_go_on_from_those_that_were(
    whole: tuple[LearnResult, Listening, Path], tmp_path: Path
) -> None:
    if len(whole[0].report["counterexamples"]["rounds"]) < 3:
        pytest.skip("it was proved before")
    learn("hist", **OPTIONS, counterexamples=2, out=tmp_path)
    assert same(learn("hist", **OPTIONS, counterexamples=3, out=tmp_path, resume=True), whole[0])
    with pytest.raises(UsageError, match="3 rounds were made already, and 1 are asked for"):
        learn("hist", **OPTIONS, counterexamples=1, out=tmp_path, resume=True)


def test_a_run_that_is_not_resumed_forgets_the_rounds_of_the_one_before(
    whole: tuple[LearnResult, Listening, Path], tmp_path: Path
) -> None:
    learn("hist", **OPTIONS, counterexamples=2, out=tmp_path)
    assert (tmp_path / KEPT).exists()
    stopped = learn("hist", **OPTIONS, counterexamples=3, out=tmp_path, progress=Listening(interrupt=0))
    assert stopped.report["counterexamples"]["rounds"] == []
    assert not (tmp_path / KEPT).exists() and not (tmp_path / "round-2" / CHECKPOINT).exists()
    again = learn("hist", **OPTIONS, counterexamples=3, out=tmp_path, resume=True)
    assert same(again, whole[0])


def test_what_is_frozen_stays_so_in_every_round() -> None:
    task = make_task("hist", **SIZES)
    program = (tokens + "").program()
    (name,) = [n for n in program.variables if n != "tokens"][:1]
    asked: list[tuple[Program | None, list[str]]] = []

    def once(dataset: Dataset, **given: Any) -> LearnResult:
        asked.append((given["start"], list(given["freeze"])))
        report = {"method": "gradient", "stopped": "annealed", "validation_accuracy": 0.5}
        return LearnResult(program, "", report, program)

    refine(
        task, load_dataset("hist", seed=1, **SIZES), once,
        rounds=2, seed=0, asked={}, method="gradient", start=program, freeze=iter([name, "pruned"]),
        folder=None, resume=False, say=lambda line: None,
    )  # fmt: skip
    assert asked == [(program, [name, "pruned"]), (program, [name])]


def test_what_is_found_by_searching_is_proved_in_a_round(tmp_path: Path) -> None:
    options = {**OPTIONS, "method": "auto"}
    result = learn("sort", **options, counterexamples=4, out=tmp_path)
    told = result.report["counterexamples"]
    assert result.report["method"] == "search"
    assert (told["verdict"], told["stopped"]) == ("proved", "proved")
    assert told["rounds"][-1]["wrong"] == 0
    again = learn("sort", **options, counterexamples=4, out=tmp_path, resume=True)
    assert again.program == result.program
    assert again.report["counterexamples"] == told


def test_a_search_that_is_wrong_learns_from_it() -> None:
    few = {"preset": "quick", "method": "search", "seed": 1, "symbols": 2, "max_length": 4, "examples": 12}
    result = learn("double_hist", **few, counterexamples=6)
    told = result.report["counterexamples"]
    assert told["verdict"] == "proved"
    assert {row["method"] for row in told["rounds"]} == {"search"}


def test_an_interrupt_before_there_is_anything_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from readhead.learn import growth

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(growth, "explore", interrupted)
    with pytest.raises(KeyboardInterrupt):
        learn("sort", **{**OPTIONS, "method": "auto"}, counterexamples=3)


def test_an_interrupt_while_verifying_keeps_what_was_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(counterexamples, "disagreements", interrupted)
    result = learn("sort", **{**OPTIONS, "method": "auto"}, counterexamples=3)
    told = result.report["counterexamples"]
    assert (told["stopped"], told["rounds"], told["verdict"]) == ("interrupted", [], None)


def test_a_time_that_is_up_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterexamples, "SECONDS", 0.0)
    monkeypatch.setattr(module, "BUDGET", 0)
    result = learn("sort", symbols=9, max_length=12, examples=300, preset="quick", counterexamples=2)
    told = result.report["counterexamples"]
    assert (told["stopped"], told["verdict"], len(told["rounds"])) == ("unknown", "unknown", 1)


class TestRefusals:
    def test_a_file_answers_to_nothing_but_its_examples(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="has no counterexamples") as caught:
            learn(tmp_path / "data.csv", counterexamples=2)
        assert "the name of a task" in str(caught.value)

    def test_nor_does_a_data_set(self) -> None:
        with pytest.raises(UsageError, match="'hist' has no counterexamples"):
            learn(load_dataset("hist", examples=100), counterexamples=2)
        assert task_of("hist", {"symbols": 3}).vocabulary.tokens == ("0", "1", "2")

    @pytest.mark.parametrize("rounds", [-1, True, 1.5, "3"])
    def test_rounds_are_a_whole_number(self, rounds: Any) -> None:
        with pytest.raises(UsageError, match="there cannot be"):
            learn("hist", counterexamples=rounds)

    def test_nothing_to_resume(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no rounds to resume"):
            learn("hist", counterexamples=2, out=tmp_path, resume=True)
        with pytest.raises(UsageError, match="needs the folder"):
            learn("hist", counterexamples=2, resume=True)

    def test_damaged_or_other_rounds(self, tmp_path: Path) -> None:
        options = {**OPTIONS, "method": "auto"}
        learn("sort", **options, counterexamples=2, out=tmp_path)
        with pytest.raises(UsageError, match=r"of another run: data: .* seed: 1 there, 5 here"):
            learn("sort", **{**options, "seed": 5}, counterexamples=2, out=tmp_path, resume=True)
        for other, said in (
            ({"preset": "default"}, "preset: 'quick' there, 'default' here"),
            ({"restarts": 3}, "restarts: 1 there, 3 here"),
            ({"method": "gradient"}, "method: 'auto' there, 'gradient' here"),
            ({"tune": True}, "tune: False there, True here"),
            ({"start": (tokens + "").program()}, "start: None there"),
        ):
            with pytest.raises(UsageError, match=said):
                learn("sort", **{**options, **other}, counterexamples=2, out=tmp_path, resume=True)
        report = (tmp_path / "round-1" / "report.json").read_text()
        (tmp_path / "round-1" / "report.json").write_text(report[:40])
        with pytest.raises(DataError, match="a round's report cannot be read"):
            learn("sort", **options, counterexamples=2, out=tmp_path, resume=True)
        (tmp_path / "round-1" / "report.json").write_text(report)
        (tmp_path / "round-1" / "program.json").unlink()
        with pytest.raises(DataError, match="the program cannot be read"):
            learn("sort", **options, counterexamples=2, out=tmp_path, resume=True)
        (tmp_path / KEPT).write_text((tmp_path / KEPT).read_text()[:100])
        with pytest.raises(DataError, match="the rounds so far cannot be read"):
            learn("sort", **options, counterexamples=2, out=tmp_path, resume=True)
