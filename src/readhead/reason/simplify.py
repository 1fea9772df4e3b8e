"""Exact simplification: a smaller program that means the same, with every step of the way and how it was checked.

Invariant: on every input of the space the simplified program gives the same answers, of the same types, and has no
answer exactly where the given one has none. Where the inputs are few enough, each rewrite is checked on all of them,
whatever its rule promises. Where they are not, only what :mod:`readhead.program.domains` proves is done.

The rules are applied in turn until none of them finds anything, so simplifying a second time changes nothing. Every
rewrite makes the program's cost (:func:`readhead.reason.rules.work.cost`) less, so the number of rewrites is bounded by
it. In a round a rule tries about ten changes for each variable, and one for each row, pair or entry; a change costs one
evaluation of the variables that it touches, on 512 inputs where it is wrong and on all of them where it is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType

from readhead.errors import UsageError, did_you_mean
from readhead.program.program import Program
from readhead.program.size import Size, size
from readhead.reason.inputs import beyond_counting
from readhead.reason.observe import Content, Observed, Right, TooManyFailures
from readhead.reason.rules.compose import compose
from readhead.reason.rules.constants import constants
from readhead.reason.rules.duplicates import duplicates
from readhead.reason.rules.functions import functions
from readhead.reason.rules.needless import choices, entries, pairs, variables
from readhead.reason.rules.predicates import predicates
from readhead.reason.rules.refit import refit
from readhead.reason.rules.scores import labels, scores
from readhead.reason.rules.selectors import selectors
from readhead.reason.rules.tables import tables
from readhead.reason.rules.votes import digits, rows, votes
from readhead.reason.rules.work import Rewrite, Work
from readhead.tasks.spaces import Space, Strings

__all__ = ["BUDGET", "RULES", "Rewrite", "Simplified", "default_space", "simplify"]

BUDGET = 1_000_000
"""The most inputs that are all tried."""

MEMORY = 1 << 31
"""The most results (of a variable at a position of an input) that are kept, each of one to eight bytes."""

FAILURES = 2_000
"""On so many inputs the program may have no answer for some variable."""

Progress = Callable[[str, Size], None]

RULES = MappingProxyType(
    {
        "constants": constants,
        "duplicates": duplicates,
        "selectors": selectors,
        "predicates": predicates,
        "tables": tables,
        "labels": labels,
        "functions": functions,
        "votes": votes,
        "refit": refit,
        "scores": scores,
        "compose": compose,
        "variables": variables,
        "choices": choices,
        "rows": rows,
        "pairs": pairs,
        "entries": entries,
        "digits": digits,
    }
)
"""The rules by name, in the order in which they are applied."""


@dataclass(frozen=True, slots=True)
class Simplified:
    """What simplifying gave.

    Attributes:
        program: the smaller program.
        log: the rewrites, in order.
        before, after: the sizes.
        inputs: how many inputs every rewrite was checked on; None where it was proved from value sets alone.
        notes: what stood in the way of knowing more.
    """

    program: Program
    log: tuple[Rewrite, ...]
    before: Size
    after: Size
    inputs: int | None
    notes: tuple[str, ...] = ()


def simplify(
    program: Program,
    *,
    space: Space | None = None,
    budget: int = BUDGET,
    answers: Right | None = None,
    rules: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Simplified:
    """Make a program smaller without changing what it answers.

    Args:
        program: any program.
        space: the inputs for which the meaning is kept; by default every content over its vocabulary up to its maximum
            length. On other inputs the simplified program may answer otherwise.
        budget: the most inputs that are all tried; for more, value sets alone are used.
        answers: the right labels of each content, as a task gives them: where the program's first output is wrong,
            it may become any other answer; where it is right, it stays. By default every answer stays.
        rules: the names of the rules to apply (of :data:`RULES`); by default all.
        progress: called with a rule's name and the program's size before each rule is applied.

    Raises:
        UsageError: for an unknown rule, a negative budget, and for right answers where not all inputs can be tried or
            the program does not give a label for each token.
        InputError: for a space with contents that the program cannot read.

    >>> from readhead.program import Constant, Indices, Map, Program, Vocabulary
    >>> parity = Map("%", (Map("*", (Indices(), Constant(4))), Constant(2)))
    >>> found = simplify(Program((parity,), Vocabulary(("a",)), max_length=3))
    >>> found.program.outputs[0], found.log[0].rule, found.log[0].check
    (<Constant ...>, 'constants', 'on all 4 inputs')
    """
    if budget < 0:
        raise UsageError(f"budget is {budget}", instead="a number that is not negative")
    if answers is not None and program.kind != "token_labels":
        raise UsageError(
            f"right answers are given to a program of kind {program.kind}",
            why="they are a label for each token",
            instead="simplify it without them: then every answer stays",
        )
    chosen = _chosen(rules)
    observed, notes = _observe(program, space, budget, answers)
    if answers is not None and observed is None:
        raise UsageError(
            "which answers are right can only be told where all inputs are tried",
            why=notes[0],
            instead="a smaller space or a larger budget, or no right answers: then every answer stays",
        )
    work = Work(program, observed, progress, answers)
    while True:
        before = work.program
        for name in chosen:
            work.begin(name)
            RULES[name](work)
        if work.program == before:
            break
    count = None if observed is None else len(observed)
    return Simplified(work.program, tuple(work.log), size(program), size(work.program), count, notes)


def default_space(program: Program) -> Strings | None:
    """Every content that a program can read; None where there is no end of them.

    A token outside a vocabulary that has an unknown token is stood for by one such token, or, where unknown words are
    told apart by their spelling, by one for each spelling.
    """
    vocabulary = program.vocabulary
    if vocabulary.tokens is None or program.max_length is None:
        return None
    alphabet = tuple(t for t in vocabulary.tokens if vocabulary.normalized(t) == t)
    if vocabulary.spellings:
        alphabet += vocabulary.unknowns
    elif vocabulary.unknown is not None:
        outside = "?"
        while outside in vocabulary.tokens:
            outside += "?"
        alphabet += (outside,)
    return Strings(alphabet, 0, program.max_length)


def _chosen(rules: Iterable[str] | None) -> list[str]:
    wanted = set(RULES if rules is None else rules)
    for name in sorted(wanted - set(RULES)):
        raise UsageError(f"there is no rule {name!r}", instead=did_you_mean(name, RULES))
    return [name for name in RULES if name in wanted]


def _observe(
    program: Program, space: Space | None, budget: int, answers: Right | None
) -> tuple[Observed | None, tuple[str, ...]]:
    """The program on every input; or nothing, and why."""
    inputs = default_space(program) if space is None else space
    if inputs is None:
        missing = "vocabulary is open" if program.vocabulary.tokens is None else "length has no limit"
        return None, (f"the program's {missing}: value sets alone are used",)
    if beyond_counting(inputs):
        return None, ("there are more inputs than can be counted: value sets alone are used",)
    count = inputs.count()
    if count > budget:
        return None, (f"{count:,} inputs are more than {budget:,}: value sets alone are used",)
    contents: list[Content] = [c for block in inputs.blocks(1 << 14) for c in block]
    longest = max(map(len, contents), default=0) + program.vocabulary.markers
    if count * longest * max(longest, len(program.variables)) > MEMORY:
        return None, (
            f"{count:,} inputs of up to {longest} positions are too much to keep: value sets alone are used",
        )
    try:
        return Observed(program, contents, FAILURES, answers), ()
    except TooManyFailures:
        return None, (
            f"the program has no answer on more than {FAILURES:,} inputs: value sets alone are used",
        )
