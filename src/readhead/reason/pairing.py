"""Two sides made ready to be compared: that they fit together, and the inputs that both can read.

Invariant: every token of the inputs can be read by both sides, and no input is longer than either takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Any

from readhead.errors import InputError, UsageError
from readhead.program.operators import Value
from readhead.program.program import OutputKind, Program
from readhead.program.spelling import SHAPES, marker
from readhead.reason.exhaustive import Pair
from readhead.reason.inputs import Inputs, beyond_counting
from readhead.reason.observe import on_nothing
from readhead.reason.references import UNSCORED
from readhead.reason.sides import Spellings, keeps_prefixes, side_of
from readhead.tasks import Task
from readhead.tasks.spaces import Recall, Space, Strings


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides that fit together, and the inputs on which they are compared.

    Attributes:
        program, against: the two, as they were given.
        inputs: on which inputs.
        total: how many there are.
        pair: the two, as they answer blocks of inputs.
    """

    program: Any
    against: Any
    inputs: Inputs
    total: int
    pair: Pair


def paired(program: Any, against: Any, max_length: int | None, space: Space | None) -> Compared:
    """Two sides made ready to be compared; :func:`readhead.reason.verify.verify` says what its arguments mean.

    Raises:
        UsageError: where they do not fit together.
    """
    if isinstance(program, Task):
        raise UsageError(
            f"the task {program.name!r} stands where the program should",
            instead="verify(program, task); the second is what the first should answer like",
        )
    if max_length is not None and max_length < 0:
        raise UsageError(f"the maximum length is {max_length}", instead="a number that is not negative")
    kind = _kind(program, against)
    inputs = _inputs(program, against, max_length, space, kind)
    _check_readable(program, inputs)
    _check_some(inputs)
    total = inputs.count()
    _check_readable(against, inputs)
    spellings = Spellings()
    left, right = (side_of(side, inputs.alphabet, kind, spellings) for side in (program, against))
    task = isinstance(against, Task)
    unscored = spellings.number(UNSCORED) if task else None
    prefixes = keeps_prefixes(program) and keeps_prefixes(against)
    return Compared(program, against, inputs, total, Pair(left, right, inputs, unscored, not task, prefixes))


def inputs_of(
    program: Any, task: Task | None, max_length: int | None = None, space: Space | None = None
) -> Inputs:
    """The inputs to try on a program alone: a space's, a task's, or every string of tokens that it reads.

    Raises:
        UsageError: where there are none, or the program cannot read them.
    """
    described = program_of(program)
    kind: OutputKind = "token_labels" if described is None else described.kind
    inputs = _inputs(program, program if task is None else task, max_length, space, kind)
    _check_readable(program, inputs)
    _check_some(inputs)
    return inputs


def program_of(given: Any) -> Program | None:
    """The program that says what a side reads and answers: itself, or the one that a model was compiled from."""
    if isinstance(given, Program):
        return given
    found = getattr(given, "program", None)
    return found if isinstance(found, Program) else None


def _kind(program: Any, against: Any) -> OutputKind:
    kinds = []
    for side in (program, against):
        described = side if isinstance(side, Task) else program_of(side)
        if described is not None:
            kinds.append(described.kind)
    if len(set(kinds)) > 1:
        raise UsageError(
            f"the program answers with {kinds[0]}, what it is compared with with {kinds[1]}",
            why="only answers of one kind can be compared",
        )
    return kinds[0] if kinds else "token_labels"


def _inputs(
    program: Any, against: Any, max_length: int | None, space: Space | None, kind: OutputKind
) -> Inputs:
    described = [p for p in (program_of(program), program_of(against)) if p is not None]
    longest = [p.max_length for p in described if p.max_length is not None]
    if space is not None:
        asked, alphabet = space, _alphabet_of(space, described)
    elif isinstance(against, Task):
        asked = _of_length(against, max_length)
        alphabet = against.vocabulary.tokens or ()
        max_length = against.max_length if max_length is None else max_length
    else:
        n = max_length if max_length is not None else min(longest, default=None)
        if n is None:
            raise UsageError(
                "inputs of any length are taken",
                why="a verdict holds up to a maximum length",
                instead="a max_length=, for example 8",
            )
        alphabet = _common_tokens(described)
        answers_nothing = kind == "token_labels" or any(_answers_nothing(p, kind) for p in described)
        asked, max_length = Strings(alphabet, 0 if answers_nothing else 1, n), n
    if max_length is None:
        max_length = getattr(asked, "max_length", None) or _longest(asked)
    if longest and max_length > min(longest):
        raise UsageError(
            f"inputs of {max_length} tokens are too long: a side takes at most {min(longest)}",
            instead=f"a max_length= of at most {min(longest)}",
        )
    return Inputs(asked, alphabet, max_length)


def _of_length(task: Task, max_length: int | None) -> Space:
    """The task's space up to a length; of a causal task the prefixes too, whose answers are the first of the whole."""
    match task.space:
        case Strings():
            shortest = min(1, task.space.min_length) if task.causal else task.space.min_length
            longest = task.space.max_length if max_length is None else max_length
            return Strings(task.space.alphabet, shortest, longest)
        case Recall() if max_length is not None:
            return Recall(task.space.letters, task.space.numbers, max(0, max_length - 1) // 2)
    return task.space


def _alphabet_of(space: Space, described: list[Program]) -> tuple[str, ...]:
    match space:
        case Strings():
            return space.alphabet
        case Recall():
            return (*space.letters, *space.numbers)
    closed = [p.vocabulary.tokens for p in described if p.vocabulary.tokens is not None]
    if closed:
        return closed[0]
    return tuple(sorted({token for block in space.blocks(1 << 12) for content in block for token in content}))


def _longest(space: Space) -> int:
    if isinstance(space, Recall):
        return 2 * space.pairs + 1
    return max((len(content) for block in space.blocks(1 << 12) for content in block), default=0)


def _common_tokens(described: list[Program]) -> tuple[str, ...]:
    """Every token of either that both read, and one that neither knows, where both take such."""
    closed = [p for p in described if p.vocabulary.tokens is not None]
    if not closed:
        raise UsageError(
            "any token is taken, so the inputs are not known",
            why="a verdict holds for the strings of a closed vocabulary",
            instead="a task, a program with a vocabulary, or a space of inputs",
        )
    tokens = dict.fromkeys(t for p in closed for t in p.vocabulary.tokens or ())
    common = tuple(t for t in tokens if all(_reads(p, t) for p in described))
    if all(p.vocabulary.unknown is not None for p in closed):
        common = (*common, *_folded(described, tokens))
        strange = (t for t in map("\N{WHITE SQUARE}".__mul__, count(1)) if t not in tokens)
        # one stands for all of them, but where an open vocabulary tells them apart
        common = (*common, *islice(strange, 1 if len(closed) == len(described) else 2))
        common = (*common, *_spelled(described, common))
    if not common and tokens:
        raise UsageError(
            "the two sides have no token in common",
            why=" against ".join(f"{list((p.vocabulary.tokens or ())[:6])!r}" for p in closed),
        )
    return common


def _answers_nothing(program: Program, kind: OutputKind) -> bool:
    """Whether a program with one answer for a sequence has one for the empty sequence too."""
    pooled = kind == "sequence_label" and on_nothing(program.outputs[0]) is not None
    return pooled or program.vocabulary.markers > 0


def _folded(described: list[Program], tokens: Iterable[str]) -> list[str]:
    """Spellings that one side reads as a token and another does not, where they fold letters or digits differently."""
    spelling = any(
        p.vocabulary.spellings for p in described
    )  # of a folded token, a side that does not know it sees more
    if not spelling and len({(p.vocabulary.lower, p.vocabulary.fold_digits) for p in described}) == 1:
        return []
    cases = {
        t: (t, t.upper(), *((t.capitalize(), t[:1].lower() + t[1:].upper()) if spelling else ()))
        for t in tokens
    }
    spellings = {s for t in tokens for u in cases[t] for s in (u, u.replace("0", "1"))}
    return [s for s in sorted(spellings - set(tokens)) if len({_read(p, s) for p in described}) > 1]


def _spelled(described: list[Program], tokens: Iterable[str]) -> list[str]:
    """Markers that stand for unknown words of every spelling that a side tells apart, beside these tokens."""
    spellings = dict.fromkeys(s for p in described for s in p.vocabulary.spellings)
    if not spellings:
        return []
    plain = (p.vocabulary.unknown for p in described if p.vocabulary.unknown is not None)
    found = {tuple(_read(p, t) for p in described): t for t in tokens}
    before = len(found)
    for m in (*plain, *map(marker, (*spellings, *SHAPES))):
        found.setdefault(tuple(_read(p, m) for p in described), m)
    return list(found.values())[before:]


def _read(program: Program, token: str) -> Value:
    """A token as a program sees it."""
    return program.vocabulary.sequence([token])[program.vocabulary.begin is not None]


def _reads(program: Program, token: str) -> bool:
    try:
        program.vocabulary.sequence([token])
    except InputError:
        return False
    return True


def _check_readable(side: Any, inputs: Inputs) -> None:
    """Raise a UsageError where a side cannot read the inputs' tokens."""
    program = program_of(side)
    if program is None:
        return
    unread = [t for t in inputs.alphabet if not _reads(program, t)]
    if unread:
        raise UsageError(
            f"the program cannot read {', '.join(map(repr, unread[:10]))}",
            why="the inputs do not fit the program's vocabulary",
            instead="a task over the program's tokens, or a program for this task",
        )


def _check_some(inputs: Inputs) -> None:
    space = inputs.space
    if isinstance(space, Strings) and beyond_counting(replace(space, max_length=inputs.max_length)):
        raise UsageError(
            f"there are more inputs than can be counted: strings of up to {inputs.max_length:,} tokens",
            instead="a smaller max_length=",
        )
    if not inputs.count():
        raise UsageError(
            f"there is no input of at most {inputs.max_length} tokens", instead="a greater maximum length"
        )
