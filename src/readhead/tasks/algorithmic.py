"""The eight algorithmic tasks of "Learning Transformer Programs" (Friedman, Wettig and Chen, NeurIPS 2023).

Each factory takes the same options, with the paper's protocol as their defaults: ``symbols`` (the size of the
alphabet; for brackets, the kinds of pairs), ``max_length`` (content tokens) and ``examples``.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType

from readhead.errors import UsageError, did_you_mean
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import answers
from readhead.tasks.answers import BEGIN, END, PAIRS, UNKNOWN
from readhead.tasks.sampling import draw_brackets, draw_recall, draw_strings
from readhead.tasks.spaces import Recall, Strings, in_balanced_half
from readhead.tasks.task import MIN_EXAMPLES, Task

OPTIONS = ("symbols", "max_length", "examples")


def reverse(symbols: int = 5, max_length: int = 6, examples: int = 20_000) -> Task:
    """The sequence, backwards."""
    labels = _numerals(symbols)
    return _over_strings(
        "reverse", "the sequence, backwards", answers.reverse, labels, symbols, max_length, examples, end=END
    )


def sort(symbols: int = 5, max_length: int = 6, examples: int = 20_000) -> Task:
    """The sequence, in rising order."""
    labels = _numerals(symbols)
    return _over_strings(
        "sort", "the sequence, in rising order", answers.sort, labels, symbols, max_length, examples, end=END
    )


def hist(symbols: int = 6, max_length: int = 7, examples: int = 20_000) -> Task:
    """How often the symbol at each position occurs."""
    labels = _counts(max_length)
    return _over_strings(
        "hist", "how often this symbol occurs", answers.hist, labels, symbols, max_length, examples
    )


def double_hist(symbols: int = 6, max_length: int = 7, examples: int = 20_000) -> Task:
    """How many distinct symbols occur as often as the symbol at each position."""
    labels = _counts(min(symbols, max_length))
    summary = "how many distinct symbols occur as often as this symbol"
    return _over_strings("double_hist", summary, answers.double_hist, labels, symbols, max_length, examples)


def most_freq(symbols: int = 6, max_length: int = 7, examples: int = 20_000) -> Task:
    """The distinct symbols by falling frequency, filled up with the begin marker."""
    labels = (*_numerals(symbols), BEGIN)
    summary = f"the distinct symbols by falling frequency (ties: the first to occur), then {BEGIN}"
    return _over_strings("most_freq", summary, answers.most_freq, labels, symbols, max_length, examples)


def dyck1(symbols: int = 1, max_length: int = 15, examples: int = 20_000) -> Task:
    """For each prefix of a string of brackets: balanced, the beginning of a balanced string, or neither."""
    return _dyck("dyck1", symbols, max_length, examples)


def dyck2(symbols: int = 2, max_length: int = 15, examples: int = 20_000) -> Task:
    """The same with two kinds of brackets."""
    return _dyck("dyck2", symbols, max_length, examples)


def induction(symbols: int = 4, max_length: int = 9, examples: int = 20_000) -> Task:
    """After a letter that was seen before, its number; after a new letter, ``unknown``.

    ``symbols`` counts the letters and, apart, the numbers; ``max_length`` is the only length, and odd.
    """
    _check("induction", symbols, max_length, examples, range(2, 11), odd=True)
    letters, numbers = tuple(string.ascii_lowercase[:symbols]), _numerals(symbols)
    pairs = (max_length - 1) // 2
    return Task(
        name="induction",
        summary="the number that followed this letter before; unknown after a new letter",
        vocabulary=Vocabulary((*letters, *numbers), begin=BEGIN),
        labels=(*numbers, UNKNOWN),
        causal=True,
        max_length=max_length,
        examples=examples,
        answer=answers.induction,
        draw=partial(draw_recall, symbols=symbols, pairs=pairs),
        space=Recall(letters, numbers, pairs),
    )


def _over_strings(
    name: str,
    summary: str,
    answer: Callable[[Sequence[str]], answers.Labels],
    labels: tuple[str, ...],
    symbols: int,
    max_length: int,
    examples: int,
    end: str | None = None,
) -> Task:
    """A task whose contents are all strings of symbols, from length 1."""
    _check(name, symbols, max_length, examples)
    tokens = _numerals(symbols)
    return Task(
        name=name,
        summary=summary,
        vocabulary=Vocabulary(tokens, begin=BEGIN, end=end, split="characters" if symbols <= 10 else "words"),
        labels=labels,
        causal=False,
        max_length=max_length,
        examples=examples,
        answer=answer,
        draw=partial(draw_strings, symbols=symbols, min_length=1, max_length=max_length),
        space=Strings(tokens, 1, max_length),
    )


def _dyck(name: str, symbols: int, max_length: int, examples: int) -> Task:
    _check(name, symbols, max_length, examples, range(1, len(PAIRS) + 1), odd=True)
    brackets = tuple(bracket for pair in PAIRS[:symbols] for bracket in pair)
    return Task(
        name=name,
        summary="for each prefix, T balanced, P the beginning of a balanced string, F neither",
        vocabulary=Vocabulary(brackets, begin=BEGIN),
        labels=("T", "P", "F"),
        causal=True,
        max_length=max_length,
        examples=examples,
        answer=answers.dyck,
        draw=partial(draw_brackets, kinds=symbols, length=max_length),
        space=Strings(brackets, max_length, max_length),
        subsets=MappingProxyType({"balanced": in_balanced_half}),
    )


def _numerals(count: int) -> tuple[str, ...]:
    return tuple(str(i) for i in range(count))


def _counts(largest: int) -> tuple[str, ...]:
    return tuple(str(i) for i in range(1, largest + 1))


def _check(
    name: str,
    symbols: int,
    max_length: int,
    examples: int,
    allowed: range = range(2, 1001),
    odd: bool = False,
) -> None:
    """Refuse sizes that a task cannot have."""
    for option, value, values in (
        ("symbols", symbols, allowed),
        ("max_length", max_length, range(2, 1001)),
        ("examples", examples, range(MIN_EXAMPLES, 1_000_001)),
    ):
        if value not in values:
            raise UsageError(f"{name} with {option}={value}", instead=f"{values[0]} to {values[-1]:,}")
    if odd and max_length % 2 == 0:
        raise UsageError(
            f"{name} with max_length={max_length}",
            why="all contents have this length: pairs, and one token that has no partner",
            instead=f"an odd max_length, {max_length - 1} or {max_length + 1}",
        )


FACTORIES = MappingProxyType(
    {f.__name__: f for f in (reverse, sort, hist, double_hist, most_freq, dyck1, dyck2, induction)}
)
"""The factory of each task, by name."""

TASKS: dict[str, Task] = {name: factory() for name, factory in FACTORIES.items()}
"""Each task at the paper's sizes, by name."""


def make_task(name: str, **options: object) -> Task:
    """A task by name, with other sizes than the paper's where options say so.

    Raises:
        UsageError: for an unknown name or option, or a size that the task cannot have.

    >>> make_task("sort", symbols=3, max_length=2).space.count()
    12
    """
    if name not in FACTORIES:
        raise UsageError(f"there is no task {name!r}", instead=did_you_mean(name, FACTORIES))
    sizes: dict[str, int] = {}
    for option, value in options.items():
        if option not in OPTIONS:
            raise UsageError(
                f"the task {name} has no option {option!r}", instead=did_you_mean(option, OPTIONS)
            )
        if type(value) is not int:
            raise UsageError(f"{name}: {option} is a whole number, got {value!r}")
        sizes[option] = value
    return FACTORIES[name](**sizes)
