"""The paper's protocol: how much is drawn, what is dropped, how it is split, and that a seed fixes it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from readhead.errors import UsageError
from readhead.tasks import TASKS, load_dataset, majority, make_task
from readhead.tasks.sampling import Rows, draw_distinct, draw_strings, split_sizes, streams
from readhead.tasks.score import majority_label


@pytest.mark.parametrize("name", TASKS)
def test_sizes_and_distinctness(name: str) -> None:
    dataset = TASKS[name].dataset(0)
    sizes = [len(dataset.train), len(dataset.validation), len(dataset.test)]
    contents = {e.tokens for e in (*dataset.train, *dataset.validation, *dataset.test)}
    assert sum(sizes) == len(contents)
    if name in ("sort", "reverse"):
        assert 14_000 < sum(sizes) < 14_250
    else:
        assert [16_200, 1800, 2000] == sizes
    assert list(split_sizes(sum(sizes))) == sizes


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [("hist", "1", 0.40), ("most_freq", "<s>", 0.34), ("dyck2", "P", 0.48), ("induction", "unknown", 0.66)],
)
def test_the_majority_label_scores_what_the_issue_says(name: str, label: str, expected: float) -> None:
    dataset = TASKS[name].dataset(0)
    assert label == majority_label(dataset)
    assert expected == pytest.approx(majority(dataset).accuracy, abs=0.015)


@pytest.mark.parametrize("name", TASKS)
def test_a_seed_fixes_everything(name: str) -> None:
    task = make_task(name, examples=300)
    assert task.dataset(3) == make_task(name, examples=300).dataset(3)
    assert task.dataset(3).train != task.dataset(4).train
    assert load_dataset(name, seed=3, examples=300) == task.dataset(3)


@pytest.mark.parametrize("name", TASKS)
def test_the_data_set_says_what_a_program_needs(name: str) -> None:
    task, dataset = TASKS[name], make_task(name, examples=100).dataset()
    assert (task.name, task.vocabulary, task.labels) == (dataset.name, dataset.vocabulary, dataset.labels)
    assert ("token_labels", task.causal, task.max_length) == (
        dataset.kind,
        dataset.causal,
        dataset.max_length,
    )
    assert "<s>" == dataset.vocabulary.begin
    assert ("</s>" if name in ("sort", "reverse") else None) == dataset.vocabulary.end
    assert task.summary in dataset.description
    for example in dataset.train:
        assert len(example.tokens) == len(example.labels)
        seen = dataset.vocabulary.sequence(example.tokens)
        assert len(seen) == len(example.tokens) + dataset.vocabulary.markers


def test_lengths_are_uniform_before_duplicates_are_dropped() -> None:
    rows = draw_strings(np.random.default_rng(0), 30_000, 5, 1, 6)
    lengths = Counter((rows >= 0).sum(axis=1).tolist())
    assert set(range(1, 7)) == set(lengths)
    assert all(abs(n - 5000) < 300 for n in lengths.values())
    symbols = Counter(rows[rows >= 0].tolist())
    assert set(range(5)) == set(symbols)
    assert max(symbols.values()) < 1.05 * min(symbols.values())


def test_draws_go_on_until_enough_are_distinct() -> None:
    asked: list[int] = []

    def draw(rng: np.random.Generator, count: int) -> Rows:
        asked.append(count)
        return rng.integers(2 if len(asked) < 3 else 1000, size=(count, 2))

    assert 100 == len(draw_distinct(draw, np.random.default_rng(0), 100))
    assert [200, 100, 100] == asked


def test_draws_stop_at_five_times_the_number_wanted() -> None:
    asked: list[int] = []

    def draw(rng: np.random.Generator, count: int) -> Rows:
        asked.append(count)
        return rng.integers(3, size=(count, 1))

    rows = draw_distinct(draw, np.random.default_rng(0), 100)
    assert [200, 100, 100, 100] == asked
    assert [0, 1, 2] == sorted(rows[:, 0].tolist())


def test_the_first_distinct_contents_are_kept_in_the_order_drawn() -> None:
    drawn = np.array([[4], [1], [4], [0], [1], [2]])
    assert [[4], [1], [0]] == draw_distinct(lambda rng, count: drawn, np.random.default_rng(0), 3).tolist()


def test_induction_has_leading_numbers_and_trailing_letters_half_and_half() -> None:
    examples = TASKS["induction"].generate(np.random.default_rng(0), 10_000)
    leading = sum(e.tokens[0].isdecimal() for e in examples)
    assert 4800 < leading < 5200
    assert all(e.tokens[0].isdecimal() != e.tokens[-1].isalpha() for e in examples)
    assert {4, 5} == {sum(label is not None for label in e.labels) for e in examples}
    trailing = [e.labels[-1] for e in examples if e.tokens[-1].isalpha()]
    assert 0.28 < trailing.count("unknown") / len(trailing) < 0.35  # (3/4)^4 = 0.316


@pytest.mark.parametrize("count", [10, 11, 99, 14_151, 20_000])
def test_splits_share_out_everything(count: int) -> None:
    sizes = split_sizes(count)
    assert count == sum(sizes)
    assert all(abs(size - share * count) <= 1 for size, share in zip(sizes, (0.81, 0.09, 0.10), strict=True))


def test_sizes_are_options() -> None:
    dataset = load_dataset("sort", symbols=12, max_length=4, examples=200)
    assert 12 == len(dataset.labels)
    assert 4 == max(len(e.tokens) for e in dataset.train)
    assert ["11", "3"] == dataset.vocabulary.tokenize("11 3")
    assert ("(", ")", "{", "}", "[", "]") == make_task("dyck2", symbols=3).vocabulary.tokens


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sort", {"symbols": 1}, r"sort with symbols=1\n  instead: 2 to 1,000"),
        ("sort", {"max_length": 0}, r"sort with max_length=0\n  instead: 2 to 1,000"),
        ("hist", {"examples": 9}, r"hist with examples=9\n  instead: 10 to 1,000,000"),
        ("dyck1", {"symbols": 5}, r"dyck1 with symbols=5\n  instead: 1 to 4"),
        ("induction", {"symbols": 11}, r"induction with symbols=11\n  instead: 2 to 10"),
        ("induction", {"max_length": 8}, r"(?s)max_length=8.*no partner.*instead: an odd max_length, 7 or 9"),
        ("dyck2", {"max_length": 4}, "instead: an odd max_length, 3 or 5"),
        ("sort", {"symbol": 3}, r"(?s)no option 'symbol'.*did you mean 'symbols'\?"),
        ("sort", {"symbols": "3"}, "sort: symbols is a whole number, got '3'"),
        ("sort", {"symbols": True}, "sort: symbols is a whole number, got True"),
        ("sotr", {}, r"(?s)there is no task 'sotr'.*did you mean 'sort'\?"),
    ],
)
def test_sizes_that_a_task_cannot_have(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_task(name, **options)
    caught.match(message)


def test_too_few_distinct_examples() -> None:
    with pytest.raises(UsageError) as caught:
        make_task("sort", symbols=2, max_length=2).dataset()
    caught.match(r"(?s)sort has 6 distinct examples.*10 are the fewest.*more symbols")


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(UsageError, match="a seed is a whole number from 0"):
        streams(seed)  # type: ignore[arg-type]  # what a caller without a type checker may do
