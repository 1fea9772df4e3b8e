"""A spelt program run on all examples, and on contents that are none: what is wrong, and what has no answer."""

from __future__ import annotations

from collections.abc import Sequence

from readhead.errors import ReadheadError
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.reason.search.bare import probes
from readhead.tasks.examples import Example

BLOCK = 256


def failures(program: Program, examples: Sequence[Example]) -> list[Example]:
    """The examples that a program gets wrong, shortest first; those that it cannot answer are wrong.

    Where one cannot be answered, only the first block of examples with wrong ones is gone through.
    """
    try:
        return _wrong(examples, program.run_batch([e.tokens for e in examples]))
    except ReadheadError:
        pass  # some example has no answer: which, is found block by block
    for start in range(0, len(examples), BLOCK):
        block = examples[start : start + BLOCK]
        wrong = _wrong(block, [_answer(program, e) for e in block])
        if wrong:
            return wrong
    return []


def has_answers(program: Program, examples: Sequence[Example]) -> bool:
    """Whether a program has an answer to contents that are no examples, as far as some can tell."""
    try:
        program.run_batch(probes(program, examples))
    except ReadheadError:
        return False
    return True


def _wrong(examples: Sequence[Example], answers: Sequence[list[Value] | Value]) -> list[Example]:
    wrong = []
    for example, given in zip(examples, answers, strict=True):
        assert isinstance(given, list), "a label for each token"
        if any(a is not None and g != a for g, a in zip(given, example.labels, strict=True)):
            wrong.append(example)
    return sorted(wrong, key=lambda e: len(e.tokens))


def _answer(program: Program, example: Example) -> list[Value] | Value:
    try:
        return program.run(example.tokens)
    except ReadheadError:
        return [""] * len(example.tokens)
