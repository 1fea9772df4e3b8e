"""Properties other than equality: stated in Python on an input and its answers, checked on every input or on many.

A property is a function of the content tokens and the answers (a list of both) that answers True or False. Where the
inputs are few, or not simply all strings, all of them are tried, shortest first; else Hypothesis draws inputs and
shrinks what it finds.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from readhead.errors import EvaluationError, UsageError
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.reason.exhaustive import Progress
from readhead.reason.inputs import Inputs
from readhead.reason.pairing import inputs_of
from readhead.reason.sides import Runs
from readhead.reason.verdict import Counterexample, Coverage, Verdict, Word, spelt
from readhead.tasks import Task
from readhead.tasks.spaces import Space

Property = Callable[[list[Any], Any], bool]

BUDGET = 1_000_000
"""Up to so many inputs are all tried."""

EXAMPLES = 2_000
"""How many inputs Hypothesis draws, where there are more."""

BLOCK = 1 << 12


def check(
    program: Program | Runs,
    stated: Property,
    *,
    task: Task | None = None,
    max_length: int | None = None,
    space: Space | None = None,
    seconds: float | None = 60.0,
    budget: int | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """Check a property of a program's answers on every input, or on many.

    Args:
        program: a program, or anything else that has ``run``.
        stated: the property, a function of the content tokens and the answer: for each token one, or one value.
        task: whose inputs to take; it is not asked for answers.
        max_length: the longest inputs, in content tokens.
        space: which inputs; by default the task's, or every string of tokens that the program reads.
        seconds: when to give up; None for never.
        budget: up to so many inputs are all tried; by default :data:`BUDGET`.
        progress: called with how many inputs are decided, of how many.

    Returns:
        the verdict: ``"proved"`` only where all inputs were tried; an input on which the program has no answer is a
        counterexample.

    Raises:
        UsageError: for a property that raises, or answers with something else than True or False, naming the input;
            and where Hypothesis is needed and not installed.

    >>> from readhead.rasp import sort, tokens
    >>> ordered = sort(tokens, tokens).program(vocabulary="abc", max_length=4)
    >>> check(ordered, permutation_of_input).verdict
    'proved'
    >>> check(tokens.program(vocabulary="abc", max_length=4), sorted_output).counterexample.tokens
    ('b', 'a')
    """
    start = time.perf_counter()
    deadline = None if seconds is None else start + seconds
    inputs = inputs_of(program, task, max_length, space)
    if inputs.count() <= (BUDGET if budget is None else budget) or not inputs.closed:
        return _exhaustive(program, stated, inputs, start, deadline, progress)
    return _drawn(program, stated, inputs, start, deadline)


def permutation_of_input(tokens: list[Any], answers: list[Any]) -> bool:
    """The answers are the tokens, in any order.

    >>> permutation_of_input(["2", "1"], [1, 2])
    True
    """
    return Counter(map(spelt, tokens)) == Counter(map(spelt, answers))


def sorted_output(tokens: list[Any], answers: list[Any]) -> bool:
    """The answers rise: as numbers where they all spell whole numbers, else as they are spelt.

    >>> sorted_output([], ["9", "10"]), sorted_output([], ["b", "a"])
    (True, False)
    """
    texts = list(map(spelt, answers))
    whole = all(text.removeprefix("-").isdecimal() for text in texts)
    ranks: Sequence[Any] = [int(text) for text in texts] if whole else texts
    return all(a <= b for a, b in pairwise(ranks))


def same_length(tokens: list[Any], answers: list[Any]) -> bool:
    """There is an answer for each token.

    >>> same_length(["a"], [1, 2])
    False
    """
    return len(tokens) == len(answers)


READY: dict[str, Property] = {p.__name__: p for p in (permutation_of_input, sorted_output, same_length)}
"""The ready-made properties by name."""


def _exhaustive(
    program: Any,
    stated: Property,
    inputs: Inputs,
    start: float,
    deadline: float | None,
    progress: Progress | None,
) -> Verdict:
    total, done = inputs.count(), 0
    found: Counterexample | None = None
    complete: int | None = None
    stopped: str | None = None
    for codes in inputs.blocks():
        if deadline is not None and time.perf_counter() >= deadline:
            stopped = "the time is up"
            break
        if inputs.rising and len(codes):
            complete = len(codes) - 1
        contents = inputs.contents(codes)
        for content, answer, error in _answers(program, contents):
            if (found is None or len(content) < len(found.tokens)) and not _holds(
                stated, content, answer, error
            ):
                found = _breaking(content, answer, error)
                break
        done += len(contents)
        if found is not None and inputs.rising:
            break
        if progress is not None:
            progress(done, total)
    else:
        complete = inputs.max_length
    word: Word = "counterexample" if found else "unknown" if stopped else "proved"
    coverage = Coverage(total, inputs.max_length, complete, 0, None if found else stopped)
    return Verdict(word, done, found, time.perf_counter() - start, "exhaustive", coverage)


def _answers(program: Any, contents: list[tuple[str, ...]]) -> list[tuple[tuple[str, ...], Any, str | None]]:
    try:
        batch = getattr(program, "run_batch", None)
        given = [program.run(c) for c in contents] if batch is None else batch(contents)
    except EvaluationError:
        return [(content, *_answer(program, content)) for content in contents]
    return [(content, answer, None) for content, answer in zip(contents, given, strict=True)]


def _answer(program: Any, content: tuple[str, ...]) -> tuple[Any, str | None]:
    try:
        return program.run(content), None
    except EvaluationError as error:
        return None, str(error)


def _holds(stated: Property, content: tuple[str, ...], answer: Any, error: str | None) -> bool:
    """Whether the property holds; an input without an answer does not have it."""
    if error is not None:
        return False
    name = getattr(stated, "__name__", repr(stated))
    try:
        holds: object = stated(list(content), list(answer) if isinstance(answer, list) else answer)
    except (Exception, SystemExit) as raised:
        raise UsageError(
            f"the property {name} raises {type(raised).__name__}: {raised}",
            where=f"input {list(content)!r}, answer {answer!r}",
            instead="a function of the tokens and the answers that answers True or False",
        ) from raised
    if not isinstance(holds, bool):
        raise UsageError(
            f"the property {name} answers {holds!r}",
            where=f"input {list(content)!r}, answer {answer!r}",
            instead="True or False",
        )
    return holds


def _breaking(
    content: tuple[Value, ...], answer: Any, error: str | None, *, shortest: bool = True
) -> Counterexample:
    return Counterexample(content, answer, None, program_error=error, shortest=shortest)


def _drawn(program: Any, stated: Property, inputs: Inputs, start: float, deadline: float | None) -> Verdict:
    """Inputs drawn by Hypothesis, which makes what it finds as short and simple as it can."""
    hypothesis = _hypothesis()
    st = hypothesis.strategies
    lengths = inputs.lengths()
    tokens = st.sampled_from(inputs.alphabet)
    contents = st.lists(tokens, min_size=lengths[0], max_size=lengths[-1]).map(tuple)
    seen: set[tuple[str, ...]] = set()
    worst: list[tuple[tuple[str, ...], Any, str | None]] = []

    def tried(content: tuple[str, ...]) -> None:
        if deadline is not None and time.perf_counter() >= deadline:
            return
        seen.add(content)
        answer, error = _answer(program, content)
        if not _holds(stated, content, answer, error):
            worst.append((content, answer, error))
            raise _Broken

    test = hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        verbosity=hypothesis.Verbosity.quiet,
    )(hypothesis.given(contents)(tried))
    with contextlib.suppress(_Broken):
        test()
    example = None
    if worst:
        content, answer, error = min(worst, key=lambda found: len(found[0]))
        example = _breaking(content, answer, error, shortest=False)
    stopped = f"there are more than {BUDGET:,} inputs, and a sample proves nothing"
    coverage = Coverage(inputs.count(), inputs.max_length, None, len(seen), None if example else stopped)
    word: Word = "counterexample" if example else "unknown"
    return Verdict(word, len(seen), example, time.perf_counter() - start, "hypothesis", coverage)


class _Broken(Exception):
    """The property does not hold on the input just tried."""


def _hypothesis() -> Any:
    try:
        import hypothesis
        import hypothesis.strategies
    except ImportError:
        raise UsageError(
            "there are too many inputs to try them all, and Hypothesis, which draws some, is not installed",
            instead="pip install hypothesis; or a smaller max_length=",
        ) from None
    return hypothesis
