"""Growth from the smallest program: searching before training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import readhead as rh
from readhead.errors import DataError, EvaluationError, LearningError, UsageError
from readhead.learn import learn
from readhead.learn.growth import LIMITS, limits_for
from readhead.learn.training import Progress
from readhead.program import Vocabulary
from readhead.program.nodes import SelectorWidth
from readhead.reason.search import Limits
from readhead.tasks import make_task
from readhead.tasks.examples import Dataset, Example


@pytest.fixture(scope="module")
def hist() -> Dataset:
    return make_task("hist", symbols=3, max_length=4).dataset(0)


def lawless(dataset: Dataset) -> Dataset:
    """The data set with labels that follow no small rule: every example's labels are another's."""

    def shifted(examples: tuple[Example, ...]) -> tuple[Example, ...]:
        by_length: dict[int, list[Example]] = {}
        for e in examples:
            by_length.setdefault(len(e.tokens), []).append(e)
        return tuple(
            Example(e.tokens, other.labels)
            for same in by_length.values()
            for e, other in zip(same, same[1:] + same[:1], strict=True)
        )

    splits = {name: shifted(tuple(getattr(dataset, name))) for name in ("train", "validation", "test")}
    return Dataset(
        "lawless",
        dataset.vocabulary,
        dataset.labels,
        dataset.kind,
        dataset.causal,
        dataset.max_length,
        **splits,
    )


class Lines(Progress):
    """Remembers what the search said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def searching(self, line: str) -> None:
        self.lines.append(line)


def test_what_a_small_program_explains_is_found_by_searching(hist: Dataset, tmp_path: Path) -> None:
    lines = Lines()
    result = learn(hist, preset="quick", out=tmp_path, progress=lines)
    assert "search" == result.report["method"]
    assert result.report["search"]["found"] is True
    assert 1.0 == result.report["search"]["validation_accuracy"] == result.report["test_accuracy"]
    assert any(isinstance(node, SelectorWidth) for node in result.program.variables.values())
    assert ["7"] * 7 == result.program.run("1" * 7)  # no example was so long: a rule, not a table
    assert {"program.py", "program.json", "report.json"} == {path.name for path in tmp_path.iterdir()}
    assert "found" == json.loads((tmp_path / "report.json").read_text())["stopped"]
    assert result.program == rh.load(tmp_path)
    assert "by searching" in result.program.description
    assert "def program(tokens)" in result.python  # the plain style
    assert result.program == learn(hist, preset="quick").program


def test_what_no_small_program_explains_is_trained(hist: Dataset) -> None:
    result = learn(lawless(hist), preset="quick", restarts=1)
    assert "gradient" == result.report["method"]
    assert result.report["search"]["found"] is False
    assert result.report["search"]["why"]
    assert "by training" in result.python


def test_what_is_trained_may_be_wrong_on_all_validation_data(hist: Dataset) -> None:
    dataset = lawless(hist)
    never = dataset.labels[
        -1
    ]  # four equal symbols are not in the training split: no program gives this label
    strange = tuple(Example(e.tokens, (never,) * len(e.tokens)) for e in dataset.validation)
    train = tuple(e for e in dataset.train if never not in e.labels)
    result = learn(replace(dataset, train=train, validation=strange), preset="quick", restarts=1)
    assert 0.0 == result.report["validation_accuracy"]
    assert "gradient" == result.report["method"]


def test_a_search_alone_that_finds_nothing_says_so(hist: Dataset) -> None:
    with pytest.raises(LearningError, match="the search found no program") as caught:
        learn(lawless(hist), preset="quick", method="search")
    assert "method='gradient'" in str(caught.value)


def test_what_is_searched_for_where() -> None:
    assert limits_for("auto", "default", continued=False) == LIMITS["default"]
    assert limits_for("auto", "paper", continued=False) is None
    assert limits_for("search", "paper", continued=False) == Limits()
    assert limits_for("gradient", "default", continued=False) is None
    assert limits_for("auto", "default", continued=True) is None
    with pytest.raises(UsageError, match="no method 'serch'"):
        limits_for("serch", "default", continued=False)
    with pytest.raises(UsageError, match="begins with nothing"):
        limits_for("search", "default", continued=True)


def small(train: Example, validation: Example) -> Dataset:
    return Dataset(
        "small", Vocabulary(("a", "b")), ("x", "y", "z"), "token_labels", causal=False, max_length=2,
        train=(train,), validation=(validation,), test=(train,),
    )  # fmt: skip


def test_of_two_that_validate_alike_the_found_program_is_kept() -> None:
    data = small(Example(("a", "b"), ("x", "y")), Example(("b", "a"), ("z", "x")))  # no one can know of z
    result = learn(data, preset="quick", restarts=1)
    assert (0.5, "search") == (result.report["validation_accuracy"], result.report["method"])


@pytest.mark.parametrize("method", ["auto", "search", "gradient"])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_labels_that_do_not_fit_the_data_are_refused(method: str, split: str) -> None:
    good = Example(("a", "b"), ("x", "y"))
    for labels, message in (
        (("x", "q"), "the label 'q', which it does not declare"),
        (("x",), "1 labels for 2 tokens"),
    ):
        bad = Example(("a", "b"), labels)
        data = small(bad, good) if split == "train" else small(good, bad)
        with pytest.raises(DataError, match=message):
            learn(data, preset="quick", method=method)


def test_a_program_without_an_answer_to_validation_data_is_not_taken(
    hist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: object) -> None:
        raise EvaluationError("'pick' takes one key")

    monkeypatch.setattr("readhead.learn.growth.score", fails)
    with pytest.raises(LearningError, match="found no program") as caught:
        learn(hist, preset="quick", method="search")
    assert "no answer to some validation example: 'pick' takes one key" in str(caught.value)


def test_what_a_search_found_is_there_when_training_is_resumed(tmp_path: Path) -> None:
    data = small(Example(("a", "b"), ("x", "y")), Example(("b", "a"), ("z", "x")))
    first = learn(data, preset="quick", restarts=1, out=tmp_path)
    again = learn(data, preset="quick", restarts=1, out=tmp_path, resume=True)
    assert first.program == again.program
    assert first.report["search"] == again.report["search"]
    trained = learn(data, preset="quick", method="gradient", restarts=1, out=tmp_path, resume=True)
    assert "gradient" == trained.report["method"]
    (tmp_path / "search.json").write_text("{")
    with pytest.raises(DataError, match=r"search\.json"):
        learn(data, preset="quick", restarts=1, out=tmp_path, resume=True)
    learn(data, preset="quick", method="gradient", restarts=1, out=tmp_path)
    assert not (tmp_path / "search.json").exists()  # it was of another run
