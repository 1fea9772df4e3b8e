"""What two programs do differently: which variables changed, and on how many inputs the answers part.

Answers are compared as verification compares them (a number equals the label spelt the same), on every input where
these are few, else on a sample; variables as :mod:`readhead.reason.explaining.changes` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from readhead.errors import EvaluationError, UsageError
from readhead.program.columns import Column
from readhead.program.nodes import SOp
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.trace import Difference
from readhead.reason.circuits.patching import same
from readhead.reason.explaining.changes import Change, changes
from readhead.reason.verdict import agree
from readhead.tasks.spaces import Space, Strings

EXHAUSTIVE = 400_000
"""The most inputs that are all compared."""

SAMPLED = 20_000
"""How many are compared where there are more."""

TRACED = 2_000
"""On how many of them the values of variables are compared."""

BLOCK = 4096

Content = tuple[Value, ...]
Answer = list[Value] | Value | None
"""What a program answers; None where it has no answer."""


@dataclass(frozen=True, slots=True)
class Example:
    """An input on which the answers part: no shorter one was found.

    Attributes:
        tokens: the content.
        old, new: the answers; None where a program has none.
        first: the first variable of the same name, in program order, whose values part; None where there is none.
    """

    tokens: Content
    old: Answer
    new: Answer
    first: Difference | None


@dataclass(frozen=True, slots=True)
class ProgramDifference:
    """What two programs do differently.

    Attributes:
        settings: what they read and answer, where that differs: name, old, new.
        changes: variables, in the order of the old program, then of the new.
        differing: on how many inputs the answers part.
        compared: of how many.
        exhaustive: whether these are all inputs up to ``max_length``.
        traced: on how many inputs the values of variables were compared.
        max_length: the most content tokens of an input.
        example: an input on which they part.
    """

    settings: tuple[tuple[str, str, str], ...]
    changes: tuple[Change, ...]
    differing: int
    compared: int
    exhaustive: bool
    traced: int
    max_length: int
    example: Example | None

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not self.settings and not self.changes and not self.differing


def difference(
    old: Program,
    new: Program,
    *,
    space: Space | None = None,
    draw: Callable[[np.random.Generator, int], Sequence[Content]] | None = None,
    max_length: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ProgramDifference:
    """Compare two programs: what they are, and what they answer.

    Args:
        old, new: the programs.
        space: the inputs that count; by default everything over the tokens that both know, up to ``max_length``.
        draw: draws inputs at random where the space has too many; needed for a space that is not ``Strings``.
        max_length: the most content tokens of an input; by default the shorter of the programs' own maximum lengths.
        seed: what decides which inputs are drawn.
        progress: told how many inputs have been compared, of how many.

    Raises:
        UsageError: where there is no input that both can read, and where no length bounds them.

    >>> from readhead.program.nodes import Constant, Indices, Map, Tokens
    >>> from readhead.program.vocabulary import Vocabulary
    >>> steps = [Map("+", (Indices(), Constant(n, name="by")), name="next") for n in (1, 2)]
    >>> found = difference(*(Program((step,), Vocabulary(("a",)), max_length=3) for step in steps))
    >>> found.differing, found.compared, found.example.tokens, [(c.name, c.how) for c in found.changes]
    (3, 4, ('a',), [('by', 'changed'), ('next', 'reached')])
    """
    space, longest = _space(old, new, space, max_length)
    count = space.count()
    exhaustive = count <= EXHAUSTIVE
    contents = _contents(space, draw, seed) if not exhaustive else None
    blocks = space.blocks(BLOCK) if contents is None else _split(contents)
    total = count if contents is None else len(contents)
    if not total:
        raise UsageError(
            "there is no input to compare the programs on", instead="another task, or a greater length"
        )
    found = _Comparison(old, new, max(1, total // TRACED))
    for block in blocks:
        found.add(block)
        if progress is not None:
            progress(found.compared, total)
    return ProgramDifference(
        settings=_settings(old, new),
        changes=changes(old, new, found.values),
        differing=found.differing,
        compared=found.compared,
        exhaustive=exhaustive,
        traced=found.traced,
        max_length=longest,
        example=found.example(),
    )


def _space(old: Program, new: Program, space: Space | None, max_length: int | None) -> tuple[Space, int]:
    """The inputs that count, and the most tokens that they have."""
    lengths = [n for n in (old.max_length, new.max_length, max_length) if n is not None]
    if isinstance(space, Strings):
        lengths.append(space.max_length)
        longest = min(lengths)
        return Strings(space.alphabet, space.min_length, longest), longest
    if space is not None:
        return space, min(lengths, default=0)
    known = [p.vocabulary.tokens for p in (old, new) if p.vocabulary.tokens is not None]
    if not known:
        raise UsageError(
            "the programs take any token, so there is no list of inputs to compare them on",
            instead="--inputs TASK, whose inputs they are compared on",
        )
    if not lengths:
        raise UsageError("the programs take inputs of any length", instead="--max-length 6, for example")
    tokens = tuple(t for t in known[0] if all(t in other for other in known) and _read(t, old, new))
    needs_one = any(p.kind != "token_labels" and not p.vocabulary.markers for p in (old, new))
    return Strings(tokens, 1 if needs_one else 0, min(lengths)), min(lengths)


def _read(token: str, *programs: Program) -> bool:
    """Whether programs can be given a token; one with capitals is none where tokens are lower-cased first."""
    vocabularies = [p.vocabulary for p in programs if p.vocabulary.tokens is not None]
    return all(v.unknown is not None or v.normalized(token) in (v.tokens or ()) for v in vocabularies)


def _contents(
    space: Space, draw: Callable[[np.random.Generator, int], Sequence[Content]] | None, seed: int
) -> list[Content]:
    """Inputs drawn at random, each once, shorter ones first."""
    rng = np.random.default_rng(seed)
    if draw is not None:
        drawn: Iterable[Content] = draw(rng, SAMPLED)
    elif isinstance(space, Strings):
        lengths = rng.integers(space.min_length, space.max_length + 1, size=SAMPLED)
        letters = rng.integers(len(space.alphabet), size=(SAMPLED, space.max_length))
        drawn = [
            tuple(space.alphabet[c] for c in row[:n])
            for n, row in zip(lengths.tolist(), letters.tolist(), strict=True)
        ]
    else:
        raise UsageError(
            f"there are {space.count():,} inputs, too many to compare all",
            instead="a way to draw some of them",
        )
    return sorted(dict.fromkeys(drawn), key=lambda content: (len(content), content))


def _split(contents: list[Content]) -> Iterable[list[Content]]:
    return (contents[first : first + BLOCK] for first in range(0, len(contents), BLOCK))


class _Comparison:
    """Compares two programs block by block.

    Args:
        every: of so many inputs, the values of variables are compared on one.
    """

    def __init__(self, old: Program, new: Program, every: int) -> None:
        self.old, self.new, self.every = old, new, every
        self.differing = self.compared = self.traced = 0
        self.values: dict[str, int] = {
            name: 0
            for name, node in old.variables.items()
            if name in new.variables and isinstance(node, SOp) == isinstance(new.variables[name], SOp)
        }
        self.shortest: tuple[int, Content, Answer, Answer] | None = None

    def add(self, contents: Sequence[Content]) -> None:
        """Compare the answers to some inputs, and the values on a part of them."""
        olds, news = _answers(self.old, contents), _answers(self.new, contents)
        for content, a, b in zip(contents, olds, news, strict=True):
            if not _alike(a, b):
                self.differing += 1
                if self.shortest is None or len(content) < self.shortest[0]:
                    self.shortest = (len(content), content, a, b)
        offset = -self.compared % self.every
        self.compared += len(contents)
        chosen = range(offset, len(contents), self.every)
        both = [contents[i] for i in chosen if olds[i] is not None and news[i] is not None]
        self._compare_values(both)

    def _compare_values(self, contents: Sequence[Content]) -> None:
        """Count the inputs on which each variable that both have differs; inputs without a trace are left out."""
        if not contents:
            return
        try:
            old, new = self.old.trace_batch(contents), self.new.trace_batch(contents)
        except EvaluationError:
            if len(contents) > 1:
                self._compare_values(contents[: len(contents) // 2])
                self._compare_values(contents[len(contents) // 2 :])
            return
        self.traced += len(contents)
        if old.tokens != new.tokens:  # other markers: positions do not correspond
            return
        there = old.present
        for name in self.values:
            if name in old.variables:
                a, b = old.variables[name], new.variables[name]
                flat = same(Column(a.values[there], a.domain), Column(b.values[there], b.domain))
                unequal = np.zeros(there.shape, dtype=bool)
                unequal[there] = ~flat
                self.values[name] += int(np.logical_or.reduce(unequal, axis=1).sum())
            else:
                rows = old.selectors[name] != new.selectors[name]
                self.values[name] += int(np.logical_or.reduce(rows, axis=(1, 2)).sum())

    def example(self) -> Example | None:
        """The shortest input on which the answers part, and where the traces do."""
        if self.shortest is None:
            return None
        _, content, a, b = self.shortest
        first = None
        if a is not None and b is not None:
            try:
                first = self.old.trace(content).diff(self.new.trace(content), common_only=True)
            except EvaluationError:  # another output has no value here
                first = None
        return Example(content, a, b, first)


def _answers(program: Program, contents: Sequence[Content]) -> list[Answer]:
    """The answers; None where there is none."""
    try:
        return list(program.run_batch(contents))
    except EvaluationError:
        if len(contents) == 1:
            return [None]
        half = len(contents) // 2
        return [*_answers(program, contents[:half]), *_answers(program, contents[half:])]


def _alike(a: Answer, b: Answer) -> bool:
    if a is None or b is None:
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(agree, a, b))
    return not isinstance(a, list) and not isinstance(b, list) and agree(a, b)


def _settings(old: Program, new: Program) -> tuple[tuple[str, str, str], ...]:
    """What the programs read and answer, where that differs."""
    pairs: list[tuple[str, object, object]] = [
        (f.name, getattr(old.vocabulary, f.name), getattr(new.vocabulary, f.name))
        for f in fields(old.vocabulary)
    ]
    pairs += [(name, getattr(old, name), getattr(new, name)) for name in ("causal", "max_length", "kind")]
    pairs.append(("outputs", _outputs(old), _outputs(new)))
    return tuple((name, _said(a), _said(b)) for name, a, b in pairs if a != b)


def _said(value: object) -> str:
    return " ".join(map(_token, value)) if isinstance(value, tuple) else str(value)


def _outputs(program: Program) -> tuple[str, ...]:
    return tuple(program.names[output] for output in program.outputs)


def _token(value: object) -> str:
    """A token as it is, in quotes where it would not be seen as one."""
    text = str(value)
    return text if text.isprintable() and text and " " not in text else repr(text)
