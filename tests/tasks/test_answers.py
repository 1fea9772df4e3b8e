"""The reference answers against slower ones, written another way, and against examples worked by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from readhead.tasks import TASKS
from readhead.tasks.answers import BEGIN

Slow = Callable[[Sequence[str]], tuple[str | None, ...]]


def slow_sort(tokens: Sequence[str]) -> tuple[str, ...]:
    left, out = list(tokens), []
    while left:
        least = min(left, key=int)
        left.remove(least)
        out.append(least)
    return tuple(out)


def slow_double_hist(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        str(sum(1 for s in set(tokens) if list(tokens).count(s) == list(tokens).count(t))) for t in tokens
    )


def slow_most_freq(tokens: Sequence[str]) -> tuple[str, ...]:
    given = list(tokens)
    ranked = sorted(set(given), key=lambda s: (-given.count(s), given.index(s)))
    return tuple(ranked + [BEGIN] * (len(given) - len(ranked)))


def slow_dyck(tokens: Sequence[str]) -> tuple[str, ...]:
    """By rewriting: erase adjacent pairs until none is left; only opening brackets may remain."""

    def one(prefix: str) -> str:
        before = None
        while before != prefix:
            before = prefix
            for pair in ("()", "{}", "[]", "<>"):
                prefix = prefix.replace(pair, "")
        return "T" if not prefix else "F" if any(c in ")}]>" for c in prefix) else "P"

    return tuple(one("".join(tokens[: i + 1])) for i in range(len(tokens)))


def slow_induction(tokens: Sequence[str]) -> tuple[str | None, ...]:
    out: list[str | None] = []
    for i, token in enumerate(tokens):
        before = [tokens[j + 1] for j in range(i) if tokens[j] == token]
        out.append(None if token in "0123456789" else before[0] if before else "unknown")
    return tuple(out)


SLOW: dict[str, Slow] = {
    "reverse": lambda tokens: tuple(tokens[len(tokens) - 1 - i] for i in range(len(tokens))),
    "sort": slow_sort,
    "hist": lambda tokens: tuple(str(sum(t == s for s in tokens)) for t in tokens),
    "double_hist": slow_double_hist,
    "most_freq": slow_most_freq,
    "dyck1": slow_dyck,
    "dyck2": slow_dyck,
    "induction": slow_induction,
}


@pytest.mark.parametrize("name", TASKS)
def test_answers_agree_with_a_slow_reference(name: str) -> None:
    task = TASKS[name]
    for example in task.generate(np.random.default_rng(1), 2000):
        assert SLOW[name](example.tokens) == example.labels, example
        assert task.answer(example.tokens) == example.labels


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("reverse", "314", "4 1 3"),
        ("sort", "31403", "0 1 3 3 4"),
        ("hist", "313", "2 1 2"),
        ("double_hist", "0011234", "2 2 2 2 3 3 3"),
        ("most_freq", "5112255", "5 1 2 <s> <s> <s> <s>"),
        ("most_freq", "1344", "4 1 3 <s>"),
        ("dyck1", "()(()))((((((((", "P T P P P T F F F F F F F F F"),
        ("dyck2", "({)}()()()()()(", "P P F F F F F F F F F F F F F"),
        ("dyck2", "({})[", "P P P T P"),
        ("induction", "a1b0a1c2b", "unknown - unknown - 1 - unknown - 0"),
        ("induction", "1a1b0a1c2", "- unknown - unknown - 1 - unknown -"),
    ],
)
def test_answers_by_hand(name: str, content: str, expected: str) -> None:
    got = TASKS[name].answer(list(content))
    assert expected.split() == ["-" if label is None else label for label in got]


def test_sorting_is_by_number() -> None:
    assert ("9", "10") == TASKS["sort"].answer(["10", "9"])


@pytest.mark.parametrize("name", TASKS)
def test_every_answer_is_a_declared_label_and_every_label_occurs(name: str) -> None:
    task = TASKS[name]
    rng = np.random.default_rng(0)
    seen = {label for e in task.generate(rng, 20_000) for label in e.labels if label is not None}
    if name in ("hist", "double_hist"):  # rare: seven times the same symbol, six symbols of one count
        seen |= set(task.answer(list("1111111"))) | set(task.answer(list("012345")))
    assert set(task.labels) == seen


@pytest.mark.parametrize("name", ["dyck1", "dyck2", "induction"])
def test_causal_answers_do_not_look_ahead(name: str) -> None:
    task = TASKS[name]
    for example in task.generate(np.random.default_rng(2), 300):
        cut = random.Random(str(example)).randrange(len(example.tokens))
        assert example.labels[:cut] == task.answer(example.tokens[:cut])
