"""What is asked for, and answers that are found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from readhead.reason.search.bank import Bank, Term
from readhead.reason.search.sample import NONE, Array, Sample


@dataclass(frozen=True, slots=True)
class Target:
    """The labels of a sample, as numbers and as tokens where they are that.

    Attributes:
        sample: where they are from.
        numbers: at each scored place the label as a number; None where a label spells none.
        tokens: at each scored place the rank of the label in the alphabet, ``NONE`` for the one label that is no
            token; None where two labels or more are none.
        filler: the label that is no token; None where all are tokens.
    """

    sample: Sample
    numbers: Array | None = field(init=False)
    tokens: Array | None = field(init=False)
    filler: str | None = field(init=False)

    def __post_init__(self) -> None:
        labels = self.sample.labels
        spelt = [int(x) if x.isascii() and x.isdecimal() and str(int(x)) == x else None for x in labels]
        numbers = None
        if all(n is not None and n < 1000 for n in spelt):
            numbers = np.array(spelt, dtype=np.int64)[self.sample.label][self.sample.scored]
        rank = {token: i for i, token in enumerate(self.sample.alphabet)}
        others = [x for x in labels if x not in rank]
        tokens = None
        if len(others) <= 1 and len(others) < len(labels):
            codes = np.array([rank.get(x, NONE) for x in labels], dtype=np.int16)
            tokens = codes[self.sample.label]
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "filler", others[0] if tokens is not None and others else None)


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    """An expression that gives every label of the sample.

    Attributes:
        size: its size.
        constants: how many tokens, labels and entries it names; of equal sizes the smaller is preferred.
        term: its number in the bank.
        stage: what found it.
    """

    size: int
    constants: int
    term: int
    stage: str


def answer(bank: Bank, size: int, term: Term, stage: str) -> Answer:
    """An answer whose expression is put into the bank."""
    number = derived(bank, size, term)
    return Answer(size, constants(bank, number), number, stage)


def derived(bank: Bank, size: int, term: Term) -> int:
    """The number of an expression that is no candidate for larger ones."""
    bank.terms.append(term)
    bank.sizes.append(size)
    return len(bank.terms) - 1


def constants(bank: Bank, number: int) -> int:
    """How many tokens, labels, entries and steps an expression names."""
    seen: set[int] = set()
    stack, count = [number], 0
    while stack:
        current = stack.pop()
        if current not in seen:
            seen.add(current)
            term = bank.terms[current]
            stack.extend(term.children)
            if term.op in ("class", "class_count", "class_before", "token_is", "shift", "constant"):
                count += len(term.detail)
            elif term.op == "table":
                count += len(term.detail[0])  # type: ignore[arg-type]
    return count
