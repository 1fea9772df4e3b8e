"""Each of the eight tasks as a program: what verification compares with.

A reference answers with the task's own labels, and with :data:`UNSCORED` where the task does not score a position. The
tests compare each with the task's plain Python answer on every input of the paper's protocol (for ``dyck2``, whose
inputs are 4^15, up to a shorter length), and :data:`PROVED` says up to which sizes. Beyond these, verification asks
the task's own answer.

Sources: "Thinking Like Transformers" (Weiss, Goldberg and Yahav, 2021) for sorting, counting and brackets; the tasks
are those of "Learning Transformer Programs" (Friedman, Wettig and Chen, 2023).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from readhead.errors import UsageError, did_you_mean
from readhead.program.nodes import (
    Aggregate,
    And,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    Or,
    Select,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.tasks import TASKS, Task
from readhead.tasks.answers import BEGIN, CLOSING, UNKNOWN
from readhead.tasks.spaces import Strings

UNSCORED = ""
"""What a reference answers where its task does not score the position."""

PROVED: MappingProxyType[str, tuple[int, int]] = MappingProxyType(
    {
        "reverse": (5, 6),
        "sort": (5, 6),
        "hist": (6, 7),
        "double_hist": (6, 7),
        "most_freq": (6, 7),
        "dyck1": (2, 15),
        "dyck2": (4, 9),
        "induction": (8, 9),
    }
)
"""How many tokens, and which maximum length, the tests compare a reference with its task on, on every input."""

TOKENS, INDICES = Tokens(name="tokens"), Indices(name="indices")


def reference(task: str | Task) -> Program:
    """A task as a program, over the task's tokens and without markers.

    Args:
        task: one of ``TASKS``, or its name.

    Raises:
        UsageError: for a task that is none of these.

    >>> reference("sort").run("3142")
    ['1', '2', '3', '4']
    """
    if isinstance(task, str):
        if task not in TASKS:
            raise UsageError(f"there is no task {task!r}", instead=did_you_mean(task, TASKS))
        task = TASKS[task]
    if task.name not in _BUILDERS:
        raise UsageError(
            f"the task {task.name!r} has no reference program", instead=did_you_mean(task.name, _BUILDERS)
        )
    vocabulary = replace(task.vocabulary, begin=None, end=None)
    description = f"{task.name}: {task.summary}"
    return Program(
        (_BUILDERS[task.name](task),), vocabulary, task.causal, task.max_length, description=description
    )


def is_proved(task: Task) -> bool:
    """Whether the tests compare this task's reference with its answer on every one of its inputs."""
    tokens, longest = PROVED.get(task.name, (0, 0))
    known = TASKS.get(task.name)
    return (
        known is not None
        and task.answer is known.answer
        and len(task.vocabulary.tokens or ()) <= tokens
        and task.max_length <= longest
        and (
            task.space.max_length <= longest if isinstance(task.space, Strings) else task.space == known.space
        )
    )


def _operator(name: str, *arguments: SOp | Value) -> SOp:
    return Map(name, tuple(a if isinstance(a, SOp) else Constant(a) for a in arguments))


def _place() -> SOp:
    """How far the position is from the end: 1 at the last."""
    return SelectorWidth(Select(INDICES, INDICES, ">="), name="place")


def _pick(keys: SOp, queries: SOp, values: SOp) -> SOp:
    """The value at the one key that equals the query."""
    return Aggregate(Select(keys, queries, "=="), values, "pick")


def _reverse(task: Task) -> SOp:
    return _pick(_operator("-", _place(), 1), INDICES, TOKENS)


def _ranked(task: Task) -> SOp:
    """The tokens as numbers: "9" comes before "10"."""
    tokens = task.vocabulary.tokens or ()
    if max(map(len, tokens), default=0) <= 1:
        return TOKENS
    return Map(Table(((token,), int(token)) for token in tokens), (TOKENS,), name="number")


_BEFORE = And(Select(TOKENS, TOKENS, "=="), Select(INDICES, INDICES, "<"), name="before")
_COUNT = SelectorWidth(Select(TOKENS, TOKENS, "=="), name="count")
_FIRST = Map("==", (SelectorWidth(_BEFORE), Constant(0)), name="first")


def _sort(task: Task) -> SOp:
    number = _ranked(task)
    place = SelectorWidth(Or(Select(number, number, "<"), _BEFORE), name="place")
    return _pick(place, INDICES, TOKENS)


def _hist(task: Task) -> SOp:
    return _operator("str", _COUNT)


def _double_hist(task: Task) -> SOp:
    as_often = And(Select(_COUNT, _COUNT, "=="), Select(_FIRST, Constant(True), "=="))
    return _operator("str", SelectorWidth(as_often))


def _most_freq(task: Task) -> SOp:
    """Of the first of each symbol, its rank: how many first ones are more frequent, or as frequent and earlier."""
    more = Select(_COUNT, _COUNT, ">")
    tied = And(Select(_COUNT, _COUNT, "=="), Select(INDICES, INDICES, "<"))
    ahead = And(Or(more, tied), Select(_FIRST, Constant(True), "=="))
    rank = _operator("if", _FIRST, SelectorWidth(ahead), -1)
    return Aggregate(Select(rank, INDICES, "=="), TOKENS, "pick", default=BEGIN)


def _dyck(task: Task) -> SOp:
    """Brackets on one level take turns, so the one there just before a closing bracket is its partner, if it opens."""
    opens = Map(Table([((token,), True) for token in CLOSING], False), (TOKENS,), name="opens")
    so_far = Select(INDICES, INDICES, "<=")

    def count(flag: SOp) -> SOp:
        return SelectorWidth(And(so_far, Select(flag, Constant(True), "==")))

    closes = _operator("not", opens)
    depth = Map("-", (count(opens), count(closes)), name="depth")
    level = Map("+", (depth, _operator("indicator", closes)), name="level")
    earlier = And(Select(level, level, "=="), Select(INDICES, INDICES, "<"))
    partner = Aggregate(Closest(earlier, own="never", fallback="own"), TOKENS, "pick", name="partner")
    pairs = Table([(pair, True) for pair in CLOSING.items()], False)
    unmatched = _operator("and", closes, _operator("not", Map(pairs, (partner, TOKENS))))
    wrong = _operator("or", unmatched, _operator("<", depth, 0))
    broken = _operator(">", count(wrong), 0)
    balanced = _operator("if", _operator("==", depth, 0), "T", "P")
    return _operator("if", broken, "F", balanced)


def _induction(task: Task) -> SOp:
    """The token behind the last earlier one that is the same letter; numbers are not scored."""
    numbers = [((token,), True) for token in task.labels if token != UNKNOWN]
    number = Map(Table(numbers, False), (TOKENS,), name="number")
    previous = Aggregate(
        Select(INDICES, _operator("-", INDICES, 1), "=="), TOKENS, "pick", default=UNSCORED, name="previous"
    )
    behind = And(Select(previous, TOKENS, "=="), Select(number, Constant(True), "=="))
    seen = SelectorWidth(behind, name="seen")
    focus = Closest(And(behind, Not(Select(INDICES, INDICES, "=="))), own="never", fallback="own")
    found = Aggregate(focus, TOKENS, "pick", name="found")
    return _operator("if", number, UNSCORED, _operator("if", _operator(">", seen, 0), found, UNKNOWN))


_BUILDERS: MappingProxyType[str, Callable[[Task], SOp]] = MappingProxyType(
    {
        "reverse": _reverse,
        "sort": _sort,
        "hist": _hist,
        "double_hist": _double_hist,
        "most_freq": _most_freq,
        "dyck1": _dyck,
        "dyck2": _dyck,
        "induction": _induction,
    }
)
