"""Entities of tags: the definition of the CoNLL shared tasks, by hand and beside seqeval."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readhead.tasks import Example, Score, score
from readhead.tasks.entities import Entity, EntityScore, are_tags, entities, score_entities


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("", []),
        ("O O", []),
        # BIO2: every entity begins with B
        ("B-PER I-PER O B-LOC", ["PER 0 2", "LOC 3 4"]),
        ("B-PER B-PER I-PER", ["PER 0 1", "PER 1 3"]),
        ("B-PER I-LOC I-LOC", ["PER 0 1", "LOC 1 3"]),
        # BIO (IOB1): I begins an entity, and B only one that touches another of its type
        ("I-PER I-PER O I-LOC", ["PER 0 2", "LOC 3 4"]),
        ("I-PER B-PER I-PER", ["PER 0 1", "PER 1 3"]),
        ("I-PER I-LOC", ["PER 0 1", "LOC 1 2"]),
        # IOBES: ends and single tokens are marked as well
        ("B-PER I-PER E-PER S-LOC S-LOC", ["PER 0 3", "LOC 3 4", "LOC 4 5"]),
        ("B-PER E-PER I-PER", ["PER 0 2", "PER 2 3"]),
        ("S-PER I-PER E-PER", ["PER 0 1", "PER 1 3"]),
        ("E-PER E-PER", ["PER 0 1", "PER 1 2"]),
        # the same under other names
        ("B-PER L-PER U-PER U-PER", ["PER 0 2", "PER 2 3", "PER 3 4"]),
        # a type may hold hyphens
        ("B-creative-work I-creative-work", ["creative-work 0 2"]),
        # what is no tag is outside
        ("B-PER PER I-PER -X", ["PER 0 1", "PER 2 3"]),
    ],
)
def test_what_counts_as_an_entity(tags: str, found: list[str]) -> None:
    assert found == [f"{e.kind} {e.start} {e.end}" for e in entities(tags.split())]


def test_an_answer_that_is_no_string_is_outside() -> None:
    assert [Entity("PER", 1, 2)] == entities([3, "B-PER", None])


@pytest.mark.parametrize(
    ("expected", "answered", "counts"),
    [
        # of type, start and end, all three must be right
        ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", (2, 2, 2)),
        ("B-PER I-PER O B-LOC", "B-PER O O B-LOC", (1, 2, 2)),
        ("B-PER I-PER O B-LOC", "B-LOC I-LOC O B-LOC", (1, 2, 2)),
        ("B-PER I-PER O B-LOC", "B-PER I-PER I-PER B-LOC", (1, 2, 2)),
        ("B-PER I-PER I-PER", "B-PER B-PER I-PER", (0, 2, 1)),
        ("B-PER I-PER", "O O", (0, 0, 1)),
        ("O O", "B-PER I-PER", (0, 1, 0)),
        # the scheme does not matter, only what it marks
        ("B-PER I-PER O B-LOC", "B-PER E-PER O S-LOC", (2, 2, 2)),
    ],
)
def test_what_counts_as_found(expected: str, answered: str, counts: tuple[int, int, int]) -> None:
    assert EntityScore(*counts) == score_entities([(expected.split(), answered.split())])


def test_rows_are_added_up_and_never_joined() -> None:
    rows = [(["B-PER"], ["B-PER"]), (["I-PER"], ["I-PER"]), (["O", "B-LOC"], ["B-LOC", "O"])]
    found = score_entities(rows)
    assert EntityScore(correct=2, answered=3, expected=3) == found
    assert (2 / 3, 2 / 3, 2 / 3) == (found.precision, found.recall, found.f1)


def test_nothing_to_find_and_nothing_answered() -> None:
    empty = EntityScore(0, 0, 0)
    assert (0, 0, 0) == (empty.precision, empty.recall, empty.f1)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["O", "B-PER", "I-PER"], True),
        (["I-LOC", None], True),
        (["O"], False),
        ([], False),
        (["O", "PER"], False),
        (["NUM", "LOC"], False),
        (["B-"], False),
        (["B-PER", "DESC"], False),
    ],
)
def test_which_labels_are_tags(labels: list[str | None], expected: bool) -> None:
    assert expected == are_tags(labels)


class Fixed:
    """Answers what it is told to."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.answers = answers

    def run_batch(self, sequences: Sequence[Any]) -> Sequence[Any]:
        return self.answers


def test_a_score_counts_entities_where_there_are_tags() -> None:
    examples = (
        Example(("Jane", "Austen", "wrote"), ("B-PER", "I-PER", "O")),
        Example(("in", "Bath"), ("O", "B-LOC")),
    )
    got = score(Fixed([["B-PER", "I-PER", "O"], ["B-LOC", "B-LOC"]]), examples)
    assert Score(4, 5, 2, EntityScore(correct=2, answered=3, expected=2)) == got


def test_positions_that_are_not_scored_are_left_out_of_the_row() -> None:
    examples = (Example(("Au", "##sten", "wrote"), ("B-PER", None, "I-PER")),)
    got = score(Fixed([["B-PER", "B-LOC", "I-PER"]]), examples)
    assert EntityScore(1, 1, 1) == got.entities


def test_other_labels_have_no_entities() -> None:
    assert score(Fixed([["x"]]), (Example(("a",), ("x",)),)).entities is None
    one = (Example(("a",), ("B-PER",)),)
    assert score(Fixed(["B-PER"]), one, "sequence_label").entities is None


TAGS = st.sampled_from(["O", *(f"{p}-{kind}" for p in "BIES" for kind in ("PER", "LOC", "creative-work"))])
ROWS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=4)


def test_seqeval_counts_the_same() -> None:
    seqeval = pytest.importorskip("seqeval.metrics", reason="seqeval is not installed")

    @given(ROWS)
    def check(rows: list[list[tuple[str, str]]]) -> None:
        expected = [[e for e, _ in row] for row in rows]
        answered = [[a for _, a in row] for row in rows]
        found = score_entities(zip(expected, answered, strict=True))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of shares of nothing
            precision = seqeval.precision_score(expected, answered)
            recall = seqeval.recall_score(expected, answered)
            f1 = seqeval.f1_score(expected, answered)
        assert pytest.approx((precision, recall, f1)) == (found.precision, found.recall, found.f1)

    check()
