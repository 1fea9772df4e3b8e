"""The search: the smallest expressions first, each checked on all examples, until one is right.

1. A small sample of the examples is taken (:mod:`~readhead.reason.search.sample`).
2. All expressions of size 1, 2, 3, ... are made, one for each behaviour on the sample
   (:mod:`~readhead.reason.search.pointwise`, :mod:`~readhead.reason.search.heads`).
3. After each size, answers are put together from them (:mod:`~readhead.reason.search.goals`,
   :mod:`~readhead.reason.search.decisions`).
4. An answer is spelt as a program, freed of what it does not need, and run on every example. One that it gets wrong
   goes into the sample, and the search starts again (counterexample-guided inductive synthesis).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from readhead.errors import DataError, UsageError
from readhead.program.program import OutputKind, Program
from readhead.program.vocabulary import Vocabulary
from readhead.reason.names import readable
from readhead.reason.search import decisions, goals, heads, pointwise
from readhead.reason.search.bank import Bank, Stop
from readhead.reason.search.bare import bare
from readhead.reason.search.checks import failures, has_answers
from readhead.reason.search.limits import Limits
from readhead.reason.search.sample import Sample, choose
from readhead.reason.search.spell import Speller
from readhead.reason.search.target import Answer, Target
from readhead.tasks.examples import Example

PRODUCTIONS = (
    pointwise.leaves,
    heads.counts,
    heads.widths,
    heads.crossed,
    heads.extremes,
    heads.copies,
    heads.matches,
    pointwise.tests,
    pointwise.linear,
)
"""What makes the expressions of a size; sums, of which there are most, come last, where a full bank hurts least."""

SMALL = 4
"""Up to this size sums come before heads, so that of two that behave alike arithmetic is kept."""


def productions(size: int) -> tuple[Callable[[Bank, int], None], ...]:
    """What makes the expressions of a size, in order."""
    return (pointwise.linear, *PRODUCTIONS[:-1]) if size <= SMALL else PRODUCTIONS


GOALS = (
    goals.numbers,
    goals.tokens,
    goals.pointers,
    decisions.decisions,
    decisions.exceptions,
    decisions.tabled,
)
SLACK = 3
DEAR = 20_000
"""With so many expressions, the next size is dear: answers wait no longer."""

PATIENCE = {"table": 2}
"""How many further sizes an answer waits that is larger than the expressions that were looked at, by its stage."""

FRESH = 4
"""How many counterexamples one wrong answer adds at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A program that gives all required answers.

    Attributes:
        program: the program; it answers with labels, as strings.
        size: its size as an expression (see ``docs/search.md``).
        tried: how many expressions were looked at.
        seconds: how long it took.
        stage: what found it: number, sum, copy, pointer, decision list, exception or table.
        complete: the size up to which every expression of the grammar was looked at.
        rounds: how many samples it took.
    """

    program: Program
    size: int
    tried: int
    seconds: float
    stage: str
    complete: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a search ended.

    Attributes:
        found: the program, if there is one.
        why: why the search ended without one; empty otherwise.
        complete: the size up to which every expression was looked at.
        tried: how many expressions were.
        seconds: how long it took.
    """

    found: Found | None
    why: str
    complete: int
    tried: int
    seconds: float


def find(
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    *,
    causal: bool,
    kind: OutputKind = "token_labels",
    labels: Sequence[str] | None = None,
    limits: Limits | None = None,
    seconds: float = 60,
    progress: Callable[[str], None] | None = None,
    check: Callable[[Program], Example | None] | None = None,
) -> Found | None:
    """A small program that is right on all examples, or None; see :func:`explore`, which says why."""
    return explore(
        examples,
        vocabulary,
        causal=causal,
        kind=kind,
        labels=labels,
        limits=limits,
        seconds=seconds,
        progress=progress,
        check=check,
    ).found


def explore(
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    *,
    causal: bool,
    kind: OutputKind = "token_labels",
    labels: Sequence[str] | None = None,
    limits: Limits | None = None,
    seconds: float = 60,
    progress: Callable[[str], None] | None = None,
    check: Callable[[Program], Example | None] | None = None,
) -> Outcome:
    """Search for a small program that is right on all examples.

    Args:
        examples: content tokens and labels; a label None may be anything.
        vocabulary: the tokens and markers; closed, and no larger than the limits say.
        causal: whether the program may look at earlier positions only.
        kind: a label for each token is what can be searched for.
        labels: the labels there are; others are an error.
        limits: the bounds; by default :class:`Limits`.
        seconds: when to give up.
        progress: told, in a line now and then, how far the search is.
        check: a last word on a program that is right on all examples: None, or an example that it gets wrong, which
            is added to them.

    Returns:
        the outcome: the program, or why there is none.

    Raises:
        UsageError: for no examples, a label that is not among ``labels``, and seconds that are not positive.
        DataError: where an example has not a label for each token.

    >>> from readhead.tasks import load_dataset
    >>> data = load_dataset("hist", symbols=3, max_length=4)
    >>> explore(data.train, data.vocabulary, causal=False).found.program.run("2122")
    ['3', '1', '3', '3']
    """
    started = time.monotonic()
    _checked(examples, labels, seconds, kind)
    limits = limits or Limits()
    search = _Search(list(examples), vocabulary, causal, limits, started, seconds, progress or _silent, check)
    out = _out_of_bounds(examples, vocabulary, kind, limits)
    if out:
        return Outcome(None, out, 0, 0, time.monotonic() - started)
    return search.run()


def _silent(line: str) -> None:
    """Where nobody listens."""


def _checked(
    examples: Sequence[Example], labels: Sequence[str] | None, seconds: float, kind: OutputKind
) -> None:
    for i, e in enumerate(examples):
        if kind == "token_labels" and len(e.labels) != len(e.tokens):
            raise DataError(
                f"{len(e.labels)} labels for {len(e.tokens)} tokens", where=f"example {i}: {e.tokens!r}"
            )
    asked = {label for e in examples for label in e.labels if label is not None}
    if not asked:
        raise UsageError("a search needs examples with labels", why=f"there are {len(examples)} examples")
    unknown = sorted(asked - set(labels)) if labels is not None else []
    if unknown:
        raise UsageError(
            f"the examples have the label {unknown[0]!r}", why="it is not among the labels given"
        )
    if not seconds > 0:
        raise UsageError(f"a search of {seconds} seconds", instead="a number above 0")


def _out_of_bounds(
    examples: Sequence[Example], vocabulary: Vocabulary, kind: OutputKind, limits: Limits
) -> str:
    if kind != "token_labels":
        return f"out of bounds: the kind of answer is {kind}, and only token_labels is searched for"
    if vocabulary.tokens is None:
        return "out of bounds: the vocabulary is open"
    if len(vocabulary.tokens) > limits.alphabet:
        return f"out of bounds: {len(vocabulary.tokens):,} tokens, and at most {limits.alphabet} are searched over"
    known = set(vocabulary.tokens)
    if any(token not in known for e in examples for token in e.tokens):
        return "out of bounds: examples with tokens that the vocabulary does not have"
    if not any(len(e.tokens) <= limits.longest for e in examples):
        return f"out of bounds: every example is longer than {limits.longest} tokens"
    return _contradiction(examples)


def _contradiction(examples: Sequence[Example]) -> str:
    """Which content is asked to have two labels at one position; empty where none is."""
    first: dict[tuple[tuple[str, ...], int], str] = {}
    for e in examples:
        for i, label in enumerate(e.labels):
            if label is not None and (other := first.setdefault((e.tokens, i), label)) != label:
                return (
                    f"no program at all: {e.tokens!r} has the labels {other!r} and {label!r} at position {i}"
                )
    return ""


@dataclass(slots=True)
class _Search:
    """One search: the examples, and how far it is."""

    examples: list[Example]
    vocabulary: Vocabulary
    causal: bool
    limits: Limits
    started: float
    seconds: float
    progress: Callable[[str], None]
    check: Callable[[Program], Example | None] | None
    tried: int = 0
    complete: int = 0
    rounds: int = 0

    def run(self) -> Outcome:
        """Rounds with growing samples."""
        sample = choose(self.examples, self.limits.sample, self.limits.places, self.limits.longest)
        why = ""
        while self.rounds < self.limits.rounds:
            self.rounds += 1
            found, failing, why = self._round(sample)
            if found is not None or not failing:
                break
            have = {e.tokens for e in sample}
            sample = (*sample, *(e for e in failing if e.tokens not in have))
        else:
            found, why = None, f"{self.limits.rounds} samples did not lead to a program that is always right"
        seconds = time.monotonic() - self.started
        return Outcome(found, "" if found else why, self.complete, self.tried, seconds)

    def _round(self, chosen: tuple[Example, ...]) -> tuple[Found | None, list[Example], str]:
        """One sample: a program, or examples that its programs get wrong, or why there is neither."""
        assert self.vocabulary.tokens is not None
        sample = Sample(chosen, tuple(sorted(self.vocabulary.tokens)), self.causal)
        bank = Bank(sample, self.limits, self.started + self.seconds)
        target = Target(sample)
        waiting: list[tuple[int, Answer]] = []
        why = f"no program up to size {self.limits.size}"
        for size in range(1, self.limits.size + 1):
            stopped = self._grow(bank, size)
            why = stopped or why
            met = [(size, a) for a in self._answers(bank, target, size)]
            waiting += met
            self.progress(f"size {size}: {len(bank.terms):,} expressions, {len(waiting)} answers wait")
            last = bool(stopped) or size == self.limits.size or len(bank.terms) > DEAR
            ready = [(s, a) for s, a in waiting if last or _ripe(a, s, size)]
            waiting = [a for a in waiting if a not in ready]
            failing: list[Example] = []
            for answer in sorted(a for _, a in ready):
                program, wrong = self._tested(bank, answer)
                if program is not None:
                    seconds = time.monotonic() - self.started
                    self.tried += bank.tried
                    stage = answer.stage
                    made = Found(program, answer.size, self.tried, seconds, stage, self.complete, self.rounds)
                    return made, [], ""
                failing += wrong
            if failing:
                self.tried += bank.tried
                return None, failing, why
            if stopped:
                break
        self.tried += bank.tried
        return None, [], why

    def _grow(self, bank: Bank, size: int) -> str:
        """All expressions of one size; why it stopped before the end, if it did."""
        why = ""
        try:
            for production in productions(size):
                production(bank, size)
        except Stop as stop:
            why = f"no program up to size {size - 1}, and {stop}"
        else:
            self.complete = max(self.complete, size)
        bank.close(size)
        try:
            pointwise.compared(bank, size)
        except Stop as stop:
            why = why or f"no program up to size {size - 1}, and {stop}"
        bank.close(size)
        return why

    def _answers(self, bank: Bank, target: Target, size: int) -> Iterator[Answer]:
        for goal in GOALS:
            try:
                yield from goal(bank, target, size)
            except Stop:
                continue

    def _tested(self, bank: Bank, answer: Answer) -> tuple[Program | None, list[Example]]:
        """The answer as a program, if it is right everywhere; else some examples that it gets wrong."""
        sampled = {e.tokens for e in bank.sample.examples}
        for safe in (False, True):
            output = Speller(bank, self.vocabulary, safe).node(answer.term)
            program = Program((output,), self.vocabulary, self.causal)
            wrong = failures(program, self.examples)
            fresh = [e for e in wrong if e.tokens not in sampled]
            if not wrong and (safe or has_answers(program, self.examples)):
                break
            if fresh:
                return None, fresh[:FRESH]
        else:
            return None, []  # it has no answer at a marker
        smaller = bare(program, self.examples)
        if not failures(smaller, self.examples):
            program = smaller
        program = readable(program)
        counter = self.check(program) if self.check is not None else None
        if counter is not None:
            self.examples.append(counter)
            return None, [counter]
        return program, []


def _ripe(answer: Answer, met: int, size: int) -> bool:
    """Whether an answer met at one size is tried at this one: smaller ones had their chance."""
    return answer.size <= size + SLACK or size >= met + PATIENCE.get(answer.stage, 1)
