"""Does a compiled model do what its program does? Every variable, against the interpreter, on all inputs or on many.

Where the inputs are few, all of them are tried. Else the boundary cases come first (no token, one, the most but one,
the most; one token repeated, two in turn), then random inputs of all lengths. Values are compared with their types.
On an input without an answer, where some variable has no value, the variables that do not need it are compared.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from readhead.errors import EvaluationError, UsageError
from readhead.program.nodes import SOp
from readhead.program.program import Program
from readhead.program.trace import Difference, Trace
from readhead.transformer.partial import partial_difference
from readhead.transformer.running import errors_batch, read, runs, trace_of

if TYPE_CHECKING:
    from readhead.transformer.model import Transformer

Verdict = Literal["agrees", "disagrees"]
Progress = Callable[[int, int], None]
Content = tuple[str, ...]

BUDGET = 20_000
"""The most inputs that are all tried."""

BATCH = 512
"""The most inputs that are compared together."""

PAIRS = 1 << 24
"""The most pairs of positions, over selectors and inputs, of such a batch."""

BOUNDARY = 2_000
"""The most boundary cases of one kind."""

PARTIAL = 2_000
"""The most inputs without an answer that are compared as far as they have values; they are spread over all such."""

TRIES = 500
"""How often a counterexample is made shorter, at most."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An input on which the model departs from its program.

    Attributes:
        tokens: the shortest such input that was found, without markers.
        difference: the first variable that differs, and where; the program is on the left.
    """

    tokens: Content
    difference: Difference

    def __str__(self) -> str:
        what, at = self.difference, self.difference.position
        values = f"{what.left!r} in the program, {what.right!r} in the model"
        return f"on {list(self.tokens)!r}: variable {what.variable!r}, position {at}: {values}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What comparing a model with its program gave.

    Attributes:
        verdict: ``"agrees"`` where no variable differed on any input.
        inputs: how many inputs were tried.
        unanswered: on how many of them some variable has no value, so that only the others can be compared.
        left_out: how many of these were not compared at all.
        exhaustive: whether these are all inputs that there are.
        variables: how many variables were compared.
        max_error: the largest deviation of a slot from 0 or 1.
        counterexample: where they part; None where they agree.
    """

    verdict: Verdict
    inputs: int
    unanswered: int
    exhaustive: bool
    variables: int
    max_error: float
    counterexample: Counterexample | None = None
    left_out: int = 0

    def __str__(self) -> str:
        if self.counterexample is not None:
            return f"the model disagrees with its program {self.counterexample}"
        which = f"all {self.inputs:,} inputs" if self.exhaustive else f"{self.inputs:,} inputs"
        return (
            f"the model agrees with its program on {which}{self._unanswered()}: {self.variables} variables, "
            f"largest error {self.max_error:.1e}"
        )

    def _unanswered(self) -> str:
        """What the verdict says of the inputs without an answer."""
        if not self.unanswered:
            return ""
        some = self.unanswered - self.left_out
        if not some:
            return f" ({self.unanswered:,} of them without an answer, not compared)"
        what = "compared on the variables that have values there"
        if not self.left_out:
            return f" ({self.unanswered:,} of them without an answer, {what})"
        return (
            f" ({self.unanswered:,} of them without an answer, of which {some:,} were {what}, "
            f"and {self.left_out:,} not at all)"
        )

    def as_dict(self) -> dict[str, object]:
        """The facts, as JSON knows them."""
        facts: dict[str, object] = {
            "verdict": self.verdict,
            "inputs": self.inputs,
            "unanswered": self.unanswered,
            "left_out": self.left_out,
            "exhaustive": self.exhaustive,
            "variables": self.variables,
            "max_error": self.max_error,
        }
        if self.counterexample is not None:
            difference = self.counterexample.difference
            facts["counterexample"] = {
                "tokens": list(self.counterexample.tokens),
                "variable": difference.variable,
                "position": difference.position,
                "program": difference.left,
                "model": difference.right,
            }
        return facts


def check_agreement(
    model: Transformer,
    *,
    seed: int = 0,
    samples: int = 10_000,
    budget: int = BUDGET,
    progress: Progress | None = None,
) -> Agreement:
    """Compare a compiled model with its program, on every variable that can be read off the model.

    Args:
        model: a compiled model. Its ``agreement`` is set to what is found.
        seed: of the random inputs.
        samples: how many random inputs are tried where there are too many to try all.
        budget: the most inputs that are all tried.
        progress: called with how many inputs were compared, of how many.

    Raises:
        UsageError: for a model that is no compiled program, and for a negative number of samples.
    """
    if samples < 0 or budget < 0:
        raise UsageError(f"samples is {samples}, budget is {budget}", instead="numbers that are not negative")
    program = model.program
    inputs, exhaustive = inputs_of(program, seed, samples, budget)
    found = Agreement("agrees", 0, 0, exhaustive, len(model.compiled.readable), 0.0)
    unanswered: list[Content] = []
    for batch in _batches(program, inputs):
        expected, answered = _expected(program, batch)
        trace, slots = _of_model(model, answered)
        unanswered += _without(batch, answered)
        found = replace(
            found,
            inputs=found.inputs + len(batch),
            unanswered=found.unanswered + len(batch) - len(answered),
            max_error=max(found.max_error, slots),
        )
        difference = _values(expected.diff(trace, common_only=True))
        if difference is not None:
            worst = _shortest(model, answered, difference)
            found = replace(found, verdict="disagrees", exhaustive=False, counterexample=worst)
            break
        if progress is not None:
            progress(found.inputs, len(inputs))
    if unanswered and found.counterexample is None:
        found = _partially(model, found, unanswered)
    model.agreement = found
    return found


def _without(batch: list[Content], answered: list[Content]) -> list[Content]:
    """The inputs of a batch that have no answer, in order."""
    if len(answered) == len(batch):
        return []
    known = set(answered)
    return [tokens for tokens in batch if tokens not in known]


def _partially(model: Transformer, found: Agreement, unanswered: list[Content]) -> Agreement:
    """Compare what there is on inputs without an answer; of many, some from all over."""
    some = unanswered[:: -(-len(unanswered) // PARTIAL)]
    for batch in _batches(model.program, some):
        trace = _of_model(model, batch)[0]
        for at, tokens in enumerate(batch):
            difference = partial_difference(model.program, tokens, trace, at)
            if difference is not None:
                worst = _shortest(model, batch[at:], replace(difference, batch=0))
                return replace(found, verdict="disagrees", exhaustive=False, counterexample=worst)
    return replace(found, left_out=len(unanswered) - len(some))


def inputs_of(program: Program, seed: int, samples: int, budget: int) -> tuple[list[Content], bool]:
    """The inputs to try, shorter ones first, and whether they are all that there are.

    Args:
        program: with a closed vocabulary and a maximum length.
        seed, samples, budget: as :func:`check_agreement` takes them.
    """
    tokens, longest = readable_tokens(program), program.max_length
    assert longest is not None
    if _count(len(tokens), longest, budget) <= budget:
        lengths = range(longest + 1)
        every = itertools.chain.from_iterable(itertools.product(tokens, repeat=n) for n in lengths)
        return list(every), True
    generator = random.Random(seed)
    inputs = dict.fromkeys(_boundary(tokens, longest, generator))
    most = len(inputs) + samples
    for _ in range(2 * samples):
        if len(inputs) == most:
            break
        inputs[_random(tokens, longest, generator)] = None
    return sorted(inputs, key=len), False


def readable_tokens(program: Program) -> tuple[str, ...]:
    """The tokens that a program can read, and one that it does not know, where it takes such; of each spelling."""
    vocabulary = program.vocabulary
    known = vocabulary.tokens or ()
    tokens = tuple(t for t in known if vocabulary.normalized(t) in known)
    if vocabulary.unknown is None or vocabulary.spellings:
        return (*tokens, *vocabulary.unknowns)
    strange = next(t for t in map("\N{WHITE SQUARE}".__mul__, itertools.count(1)) if t not in known)
    return (*tokens, strange)


def _count(tokens: int, longest: int, budget: int) -> int:
    """How many inputs there are; if there are more than the budget, any number beyond it."""
    total = 0
    for n in range(longest + 1):
        total += tokens**n
        if total > budget:
            break
    return total


def _boundary(tokens: Sequence[str], longest: int, generator: random.Random) -> Iterator[Content]:
    """The shortest and the longest inputs: one token again and again, two in turn, all in a row."""
    yield ()
    if not tokens:
        return
    for n in sorted({1, max(1, longest - 1), longest} - {0}):
        repeated = tokens if len(tokens) <= BOUNDARY else generator.sample(tokens, BOUNDARY)
        yield from ((token,) * n for token in repeated)
        yield tuple(itertools.islice(itertools.cycle(tokens), n))
        for a, b in _pairs(tokens, generator):
            yield tuple(itertools.islice(itertools.cycle((a, b)), n))


def _pairs(tokens: Sequence[str], generator: random.Random) -> list[tuple[str, str]]:
    if len(tokens) ** 2 <= BOUNDARY:
        return [(a, b) for a in tokens for b in tokens if a != b]
    pairs = ((generator.choice(tokens), generator.choice(tokens)) for _ in range(BOUNDARY))
    return [(a, b) for a, b in pairs if a != b]


def _random(tokens: Sequence[str], longest: int, generator: random.Random) -> Content:
    """Any length alike; half of the time of a few tokens only, so that they repeat."""
    n = generator.randint(0, longest)
    few = generator.random() < 0.5
    return tuple(generator.choices(generator.choices(tokens, k=3) if few and tokens else tokens, k=n))


def _batches(program: Program, inputs: list[Content]) -> Iterator[list[Content]]:
    """The inputs in batches whose traces fit in memory."""
    selectors = sum(not isinstance(node, SOp) for node in program.variables.values())
    first = 0
    while first < len(inputs):
        size = BATCH
        last = min(first + size, len(inputs))
        n = len(inputs[last - 1]) + program.vocabulary.markers
        size = max(1, min(size, PAIRS // max(1, selectors * n * n)))
        yield inputs[first : first + size]
        first += size


def _expected(program: Program, batch: list[Content]) -> tuple[Trace, list[Content]]:
    """The interpreter's trace of the inputs on which it has an answer, and these inputs."""
    try:
        return program.trace_batch(batch), batch
    except EvaluationError:
        answered = list(_answered(program, batch)) if len(batch) > 1 else []
        return program.trace_batch(answered), answered


def _answered(program: Program, batch: list[Content]) -> Iterator[Content]:
    """The inputs on which the interpreter has an answer: a batch that has none is halved."""
    middle = len(batch) // 2
    for half in (batch[:middle], batch[middle:]):
        try:
            program.trace_batch(half)
        except EvaluationError:
            if len(half) > 1:
                yield from _answered(program, half)
        else:
            yield from half


def _of_model(model: Transformer, inputs: list[Content]) -> tuple[Trace, float]:
    """The model's trace without selectors, and the largest deviation of a slot."""
    batch = read(model, inputs)
    done = list(runs(model, batch))
    return trace_of(model, inputs, done, selectors=False), max(
        errors_batch(model, done).values(), default=0.0
    )


def _difference(model: Transformer, tokens: Content) -> Difference | None:
    """Where model and program part on one input, as far as the program has values; None where they agree."""
    expected, answered = _expected(model.program, [tokens])
    trace = _of_model(model, [tokens])[0]
    if not answered:
        return partial_difference(model.program, tokens, trace, 0)
    return _values(expected.diff(trace, common_only=True))


def _values(difference: Difference | None) -> Difference | None:
    """A difference of values alone: the names that only the program has are known."""
    return None if difference is None else replace(difference, only_left=(), only_right=())


def _shortest(model: Transformer, inputs: list[Content], difference: Difference) -> Counterexample:
    """The shortest of these inputs on which model and program part, made shorter while they still do.

    Args:
        model: a compiled model.
        inputs: a batch, shorter ones first.
        difference: between the traces of the whole batch; what is left where no sequence differs on its own.
    """
    differences = ((tokens, _difference(model, tokens)) for tokens in inputs)
    assert difference.batch is not None
    together = Counterexample(inputs[difference.batch], difference)
    found = next((Counterexample(t, d) for t, d in differences if d is not None), together)
    tries = iter(range(TRIES))
    shorter: Counterexample | None = found
    while shorter is not None:
        found, shorter = shorter, None
        for i in range(len(found.tokens)):
            if next(tries, None) is None:
                return found
            tokens = found.tokens[:i] + found.tokens[i + 1 :]
            apart = _difference(model, tokens)
            if apart is not None:
                shorter = Counterexample(tokens, apart)
                break
    return found
