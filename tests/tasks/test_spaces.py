"""Whole input spaces: counts, blocks, membership, and the generators' support."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest

from readhead.errors import UsageError
from readhead.tasks import TASKS, make_task
from readhead.tasks.spaces import Recall, Strings, in_balanced_half

COUNTS = {
    "reverse": 19_530,
    "sort": 19_530,
    "hist": 335_922,
    "double_hist": 335_922,
    "most_freq": 335_922,
    "dyck1": 32_768,
    "dyck2": 4**15,
    "induction": 133_760,
}


@pytest.mark.parametrize("name", TASKS)
def test_the_count_is_the_issue_s(name: str) -> None:
    assert COUNTS[name] == TASKS[name].space.count()


@pytest.mark.parametrize("name", ["sort", "hist", "dyck1", "induction"])
def test_blocks_list_every_content_once(name: str) -> None:
    space = TASKS[name].space
    blocks = list(space.blocks(10_000))
    assert [10_000] * (COUNTS[name] // 10_000) + [COUNTS[name] % 10_000] == [len(b) for b in blocks]
    contents = [content for block in blocks for content in block]
    assert COUNTS[name] == len(set(contents)) == len(contents)
    assert all(space.contains(content) for content in contents[:: max(1, len(contents) // 5000)])


def test_a_space_too_great_to_list_gives_its_first_blocks() -> None:
    first = next(TASKS["dyck2"].space.blocks(3))
    assert [("(",) * 15, ("(",) * 14 + (")",), ("(",) * 14 + ("{",)] == first


def test_blocks_come_in_the_same_order_whatever_their_size() -> None:
    space = make_task("induction", symbols=2, max_length=5).space
    small = [content for block in space.blocks(7) for content in block]
    assert small == next(space.blocks(1000))


def test_a_block_has_a_size() -> None:
    with pytest.raises(UsageError, match="a block of 0 contents"):
        TASKS["sort"].space.blocks(0)


@pytest.mark.parametrize(
    ("name", "symbols", "max_length"),
    [
        ("sort", 3, 3),
        ("most_freq", 2, 4),
        ("dyck1", 1, 5),
        ("dyck2", 2, 3),
        ("induction", 2, 5),
        ("induction", 2, 7),
    ],
)
def test_the_generator_draws_exactly_the_space(name: str, symbols: int, max_length: int) -> None:
    task = make_task(name, symbols=symbols, max_length=max_length)
    drawn = {e.tokens for e in task.generate(np.random.default_rng(0), 20_000)}
    assert {content for block in task.space.blocks(50) for content in block} == drawn
    assert task.space.count() == len(drawn)


@pytest.mark.parametrize("name", TASKS)
def test_what_is_drawn_is_in_the_space(name: str) -> None:
    task = TASKS[name]
    assert all(task.space.contains(e.tokens) for e in task.generate(np.random.default_rng(3), 2000))


def test_membership_is_right_on_all_strings() -> None:
    tokens = ("a", "b", "0", "1", "x")
    recall, strings = Recall(("a", "b"), ("0", "1"), 2), Strings(("a", "0"), 2, 4)
    listed = {c for block in recall.blocks(99) for c in block} | {
        c for block in strings.blocks(99) for c in block
    }
    for length in range(7):
        for content in product(tokens, repeat=length):
            assert (content in listed) == (recall.contains(content) or strings.contains(content))


def balanced(pairs: int, kinds: tuple[str, ...]) -> set[str]:
    if pairs == 1:
        return set(kinds)
    smaller = balanced(pairs - 1, kinds)
    return {s + k for s in smaller for k in kinds} | {k[0] + s + k[1] for s in smaller for k in kinds}


def test_there_are_128_balanced_dyck1_contents_and_membership_knows_them() -> None:
    expected = {s[:15] for s in balanced(8, ("()",))}
    assert 128 == len(expected)
    space = TASKS["dyck1"].space
    assert expected == {"".join(c) for block in space.blocks(4096) for c in block if in_balanced_half(c)}


def test_the_balanced_half_of_two_kinds() -> None:
    expected = {s[:5] for s in balanced(3, ("()", "{}"))}
    space = make_task("dyck2", max_length=5).space
    assert expected == {"".join(c) for block in space.blocks(4096) for c in block if in_balanced_half(c)}
    assert 2**7 * 2**8 == len(balanced(8, ("()", "{}")))


def test_the_task_names_its_balanced_half() -> None:
    chosen = TASKS["dyck2"].subsets["balanced"]
    rng = np.random.default_rng(0)
    share = sum(chosen(e.tokens) for e in TASKS["dyck2"].generate(rng, 4000)) / 4000
    assert 0.47 < share < 0.53
    assert not any(chosen(random.Random(i).choices("(){}", k=15)) for i in range(50))
