"""The search finds small programs from examples alone, and says why where it finds none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from readhead.errors import DataError, UsageError
from readhead.program import Program, Vocabulary
from readhead.reason.search import Limits, explore, find
from readhead.tasks import load_dataset, make_task
from readhead.tasks.examples import Example
from readhead.tasks.task import Task

LETTERS = Vocabulary(("a", "b", "c"), begin="<s>", end="</s>")
SMALL = {
    "hist": {"symbols": 4, "max_length": 5},
    "reverse": {"symbols": 3, "max_length": 5},
    "sort": {"symbols": 3, "max_length": 5},
    "induction": {"symbols": 3, "max_length": 5},
    "dyck1": {"max_length": 7},
    "double_hist": {"symbols": 5, "max_length": 5},
}


def wrong_contents(program: Program, task: Task) -> list[tuple[str, ...]]:
    wrong = []
    for block in task.space.blocks(20_000):
        for content, given in zip(block, program.run_batch(block), strict=True):
            assert isinstance(given, list)
            if any(a is not None and a != g for a, g in zip(task.answer(content), given, strict=True)):
                wrong.append(content)
    return wrong


@pytest.mark.parametrize("name", SMALL)
def test_small_tasks_are_found_and_right_everywhere_and_at_twice_the_length(name: str) -> None:
    task = make_task(name, examples=1500, **SMALL[name])
    data = task.dataset(0)
    found = find(data.train, data.vocabulary, causal=data.causal, labels=data.labels, seconds=600)
    assert found is not None
    assert wrong_contents(found.program, task) == []
    longer = make_task(name, **{**SMALL[name], "max_length": 2 * task.max_length + task.max_length % 2})
    assert found.program.max_length is None
    for example in longer.dataset(1).test[:200]:
        given = found.program.run(example.tokens)
        assert isinstance(given, list)
        assert all(a is None or a == g for a, g in zip(example.labels, given, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["hist", "reverse", "sort", "induction", "double_hist", "most_freq", "dyck1", "dyck2"]
)
def test_the_papers_tasks_are_found(name: str) -> None:
    data = load_dataset(name)
    found = find(data.train, data.vocabulary, causal=data.causal, seconds=3600)
    assert found is not None
    for split in (data.validation, data.test):
        for example, given in zip(split, found.program.run_batch([e.tokens for e in split]), strict=True):
            assert isinstance(given, list)
            assert all(a is None or a == g for a, g in zip(example.labels, given, strict=True))


def examples(answer: Callable[[Sequence[str]], Sequence[str | None]], longest: int = 5) -> list[Example]:
    contents = [c for n in range(1, longest + 1) for c in product("abc", repeat=n)]
    return [Example(c, tuple(answer(c))) for c in contents]


OTHERS: dict[str, tuple[bool, Callable[[Sequence[str]], Sequence[str | None]]]] = {
    "two before": (True, lambda t: ["none", "none", *t][: len(t)]),
    "the first": (False, lambda t: [t[0]] * len(t)),
    "the last": (False, lambda t: [t[-1]] * len(t)),
    "how many a so far": (True, lambda t: [str(t[: i + 1].count("a")) for i in range(len(t))]),
    "parity of a": (True, lambda t: ["odd" if t[: i + 1].count("a") % 2 else "even" for i in range(len(t))]),
    "the largest": (False, lambda t: [max(t)] * len(t)),
    "how many different": (False, lambda t: [str(len(set(t)))] * len(t)),
    "a or b": (False, lambda t: ["many" if t.count("a") > t.count("b") else "few"] * len(t)),
    "seen before": (True, lambda t: ["old" if x in t[:i] else "new" for i, x in enumerate(t)]),
    "renamed": (False, lambda t: ["bca"["abc".index(x)] for x in t]),
    "last a": (True, lambda t: [x if x != "c" else "?" for x in t]),
    "counts with other names": (False, lambda t: ["zyxwv"[t.count(x) - 1] for x in t]),
    "the distance to the end, and the length": (
        False,
        lambda t: [str(2 * len(t) - i) for i in range(len(t))],
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_no_task_asks_is_found_too(name: str) -> None:
    causal, answer = OTHERS[name]
    known = examples(answer)
    found = find(known, LETTERS, causal=causal, seconds=600)
    assert found is not None
    for example, given in zip(known, found.program.run_batch([e.tokens for e in known]), strict=True):
        assert given == list(example.labels)


def test_labels_that_are_not_asked_for_may_be_anything() -> None:
    known = examples(lambda t: [t[-1 - i] if i else None for i in range(len(t))])
    found = find(known, LETTERS, causal=False, seconds=600)
    assert found is not None
    assert found.program.run("abca") == ["a", "c", "b", "a"]


def test_the_same_search_finds_the_same_program() -> None:
    data = load_dataset("sort", symbols=3, max_length=4)
    first, second = (find(data.train, data.vocabulary, causal=False, seconds=600) for _ in range(2))
    assert first is not None and second is not None
    assert first.program == second.program
    assert first.tried == second.tried


def test_a_counterexample_changes_what_is_found() -> None:
    known = [e for e in examples(lambda t: [str(t.count(x)) for x in t], 4) if len(set(e.tokens)) == 1]
    asked: list[Program] = []

    def check(program: Program) -> Example | None:
        asked.append(program)
        given = program.run("aab")
        return None if given == ["2", "2", "1"] else Example(("a", "a", "b"), ("2", "2", "1"))

    found = find(known, LETTERS, causal=False, seconds=600, check=check)
    assert found is not None
    assert found.program.run("aabca") == ["3", "3", "1", "1", "3"]
    assert len(asked) > 1
    assert found.rounds > 1


def test_answers_that_no_small_program_gives_are_given_up() -> None:
    def scrambled(content: Sequence[str]) -> list[str]:
        code = sum(ord(x) * 31**i for i, x in enumerate(content))
        return ["xyz"[(code // 7 + i * code) % 3] for i in range(len(content))]

    lines: list[str] = []
    outcome = explore(
        examples(scrambled, 6),
        LETTERS,
        causal=False,
        seconds=600,
        limits=Limits(size=3),
        progress=lines.append,
    )
    assert outcome.found is None
    assert outcome.why == "no program up to size 3"
    assert outcome.complete == 3
    assert len(lines) == 3


def test_a_full_bank_and_a_spent_time_end_a_search() -> None:
    known = examples(lambda t: ["xy"[hash_of(t) % 2]] * len(t), 6)
    full = explore(known, LETTERS, causal=False, seconds=600, limits=Limits(expressions=50))
    assert full.found is None
    assert "50 expressions are kept" in full.why
    late = explore(known, LETTERS, causal=False, seconds=1e-9)
    assert late.found is None
    assert "the time is up" in late.why


def hash_of(content: Sequence[str]) -> int:
    code = 1
    for token in content:
        code = (code * 1_000_003 + ord(token) * 8191) % 1_000_033
    return code // 5


OUT = {
    "the vocabulary is open": ({}, Vocabulary()),
    "50 tokens, and at most 40": ({}, Vocabulary(tuple(str(i) for i in range(50)))),
    "the kind of answer is next_token": ({"kind": "next_token"}, LETTERS),
    "tokens that the vocabulary does not have": ({}, Vocabulary(("x",))),
    "every example is longer than 2": ({"limits": Limits(longest=2)}, LETTERS),
}


@pytest.mark.parametrize("why", OUT)
def test_what_is_out_of_bounds_is_said(why: str) -> None:
    options, vocabulary = OUT[why]
    outcome = explore([Example(("a", "b", "c"), ("1", "1", "1"))], vocabulary, causal=False, **options)  # type: ignore[arg-type]
    assert outcome.found is None
    assert outcome.why.startswith("out of bounds")
    assert why in outcome.why


def test_what_cannot_be_searched_for_is_an_error() -> None:
    known = [Example(("a",), ("1",))]
    with pytest.raises(UsageError, match="needs examples with labels"):
        find([Example(("a",), (None,))], LETTERS, causal=False)
    with pytest.raises(UsageError, match="the label '1'"):
        find(known, LETTERS, causal=False, labels=("2",))
    with pytest.raises(UsageError, match="a search of 0 seconds"):
        find(known, LETTERS, causal=False, seconds=0)
    with pytest.raises(UsageError, match="sample=0"):
        Limits(sample=0)


def test_what_copies_one_key_has_an_answer_where_there_are_several() -> None:
    vocabulary = Vocabulary(tuple("abcd"))
    alone = {
        c: [t for t in c if c.count(t) == 1]
        for n in range(1, 5)
        for c in product(vocabulary.tokens, repeat=n)
    }
    once = [Example(c, tuple(ts) * len(c)) for c, ts in alone.items() if len(ts) == 1]
    found = find(once, vocabulary, causal=False, seconds=600)
    assert found is not None
    answers = found.program.run_batch(list(alone))  # also where no token stands alone, or several do
    for content, answer in zip(alone, answers, strict=True):
        assert len(alone[content]) != 1 or answer == alone[content] * len(content)


@pytest.mark.parametrize("labels", [("1",), ("1", "1", "1"), ()])
def test_labels_that_do_not_fit_their_tokens_are_an_error(labels: tuple[str, ...]) -> None:
    examples = [Example(("a",), ("1",)), Example(("a", "b"), labels)]
    with pytest.raises(DataError, match=f"{len(labels)} labels for 2 tokens") as caught:
        explore(examples, LETTERS, causal=False)
    assert "example 1" in str(caught.value)


def test_a_contradiction_ends_a_search_before_it_begins() -> None:
    pair = [Example(("a", "b"), ("1", None)), Example(("a", "b"), (None, "2"))]
    assert explore(pair, LETTERS, causal=False).found is not None
    outcome = explore([*pair, Example(("a", "b"), ("1", "3"))], LETTERS, causal=False)
    assert (None, 0) == (outcome.found, outcome.tried)
    assert "no program at all: ('a', 'b') has the labels '2' and '3' at position 1" == outcome.why
