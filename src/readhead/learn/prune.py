"""Pruning a learned program: every head, MLP and read-out input goes whose removal costs nothing on the examples.

Two passes, repeated until no variable goes any more. The first removes read-out inputs, deepest variables first, with
the scores of all examples at hand. The second replaces variables (and single inputs of MLPs) by the constant that they
most often are, and runs the changed program. What nobody reads any more is gone, since a Program is what its
outputs need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Constant,
    Map,
    NumericScores,
    Table,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program
from readhead.program.rewrite import fix_argument, replace_node, substitute, with_output
from readhead.program.trace import Column
from readhead.tasks.examples import Example
from readhead.tasks.score import score

BLOCK, PAIRS = 4096, 2**24
"""At most so many examples are traced at once, and so many (query, key) pairs for each selector."""
SAMPLE = 1000
"""Examples on which a change is tried first."""


def prune(program: Program, examples: Sequence[Example]) -> Program:
    """The program without the parts whose removal costs no correct answer on the examples.

    Args:
        program: a learned program: its output is a read-out.
        examples: those that learning may see (training and validation).
    """
    examples = [e for e in examples if any(label is not None for label in e.labels)]
    before = -1
    while before != (before := len(program.variables)):
        program = _prune_readout(program, examples)
        program = _prune_variables(program, examples)
        program = _tidy_readout(program)
    return program


def readout(program: Program) -> Classify:
    """The program's read-out."""
    output = program.outputs[0]
    assert isinstance(output, Classify), "a learned program answers with a read-out"
    return output


def _prune_readout(program: Program, examples: Sequence[Example]) -> Program:
    classify = readout(program)
    gains, labels = contributions(program, examples)
    total = gains.sum(axis=0)
    best = int((total.argmax(axis=1) == labels).sum())
    keep = list(range(len(classify.inputs)))
    for index in reversed(range(len(classify.inputs))):
        without = total - gains[index]
        right = int((without.argmax(axis=1) == labels).sum())
        if right >= best:
            total, best = without, right
            keep.remove(index)
    inputs = tuple(classify.inputs[i] for i in keep)
    return with_output(program, replace_node(classify, inputs=inputs))


def _blocks(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """The examples in blocks whose traces fit in memory."""
    longest = 2 + max((len(e.tokens) for e in examples), default=0)
    block = max(1, min(BLOCK, PAIRS // longest**2))
    for start in range(0, len(examples), block):
        yield examples[start : start + block]


def _tidy_readout(program: Program) -> Program:
    """The same read-out without rows for values that never occur, and with all its constants made one.

    Changes no answer: a constant adds the same scores everywhere, and unreachable rows add none.
    """
    classify = readout(program)
    domains = infer_domains(program)
    inputs: list[CategoricalScores | NumericScores] = []
    bias = [0] * len(classify.labels)
    for item in classify.inputs:
        if isinstance(item.variable, Constant):
            value = item.variable.value
            if isinstance(item, NumericScores):
                assert isinstance(value, int)
                added = [value * c for c in item.coefficients]
            else:
                rows = {typed(v): scores for v, scores in item.rows}
                added = list(rows.get(typed(value), [0] * len(bias)))
            bias = [a + b for a, b in zip(bias, added, strict=True)]
        elif isinstance(item, CategoricalScores) and isinstance(
            domain := domains.get(item.variable), Categorical
        ):
            possible = {typed(v) for v in domain.values}
            inputs.append(CategoricalScores(item.variable, [r for r in item.rows if typed(r[0]) in possible]))
        else:
            inputs.append(item)
    if len(set(bias)) > 1:
        lowest = min(bias)
        inputs.append(NumericScores(Constant(1, name="ones"), tuple(b - lowest for b in bias)))
    return with_output(program, replace_node(classify, inputs=tuple(inputs)))


def contributions(
    program: Program, examples: Sequence[Example]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each read-out input adds to each label's score at every scored place.

    Returns:
        ``[input, place, label]`` scores, and ``[place]`` the right labels' codes.
    """
    classify = readout(program)
    code = {label: i for i, label in enumerate(classify.labels)}
    names = program.names
    gains: list[list[NDArray[np.int64]]] = [[] for _ in classify.inputs]
    labels: list[int] = []
    for part in _blocks(examples):
        trace = program.trace_batch([e.tokens for e in part])
        present = np.zeros(trace.content.shape, dtype=bool)
        for i, tokens in enumerate(trace.tokens):
            present[i, : len(tokens)] = True
        scored = np.zeros(trace.content.shape, dtype=bool)
        for i, example in enumerate(part):
            if classify.pooled:
                labels.append(code[str(example.labels[0])])
                continue
            places = np.flatnonzero(trace.content[i])
            for at, label in zip(places, example.labels, strict=True):
                if label is not None:
                    scored[i, at] = True
                    labels.append(code[label])
        for index, item in enumerate(classify.inputs):
            values = _scores(item, trace.variables[names[item.variable]], len(classify.labels))
            gains[index].append(
                (values * present[..., None]).sum(axis=1) if classify.pooled else values[scored]
            )
    if not gains:
        return np.zeros((0, len(labels), len(classify.labels)), dtype=np.int64), np.array(labels)
    return np.stack([np.concatenate(parts) for parts in gains]), np.array(labels)


def _scores(item: CategoricalScores | NumericScores, column: Column, labels: int) -> NDArray[np.int64]:
    """``[batch, position, label]`` scores of one read-out input."""
    if isinstance(item, NumericScores):
        return column.values.astype(np.int64)[..., None] * np.array(item.coefficients, dtype=np.int64)
    if isinstance(column.domain, Categorical):
        values, codes = column.domain.values, column.values
    else:
        unique, inverse = np.unique(column.values, return_inverse=True)
        values, codes = tuple(unique.tolist()), inverse.reshape(column.values.shape)
    rows = {typed(value): scores for value, scores in item.rows}
    nothing = (0,) * labels
    table = [rows.get(typed(v), nothing) for v in values] + [nothing]
    return np.array(table, dtype=np.int64)[codes]


def _prune_variables(program: Program, examples: Sequence[Example]) -> Program:
    """Replace variables, then single inputs of MLPs, by constants where that costs nothing."""
    measure = _Measure(program, examples)
    usual = _usual_values(program, examples)
    for name in reversed(list(program.variables)):
        node = program.variables.get(name)
        if isinstance(node, (Aggregate, Map)) and name in usual:
            changed = substitute(program, {node: Constant(usual[name])})
            if measure.as_good(changed):
                program = changed
    for name in reversed(list(program.variables)):
        node = program.variables.get(name)
        if not (isinstance(node, Map) and isinstance(node.function, Table) and len(node.arguments) > 1):
            continue
        for index, argument in enumerate(node.arguments):
            value = usual.get(program.names[argument])
            if value is None:
                continue
            changed = substitute(program, {node: fix_argument(node, index, value)})
            if measure.as_good(changed):
                program = changed
                break
    return program


class _Measure:
    """Tells whether a changed program is as good as the best so far: first on a sample, then on all examples."""

    def __init__(self, program: Program, examples: Sequence[Example]) -> None:
        self.parts = [part for part in (examples[:SAMPLE], examples[SAMPLE:]) if part]
        self.right = [score(program, part, program.kind).correct for part in self.parts]

    def as_good(self, program: Program) -> bool:
        """Whether the program loses no right answer, on balance, in either part; remembers it where it does not."""
        now = []
        for part, right in zip(self.parts, self.right, strict=True):
            now.append(score(program, part, program.kind).correct)
            if now[-1] < right:
                return False
        self.right = now
        return True


def _usual_values(program: Program, examples: Sequence[Example]) -> dict[str, Value]:
    """The most common value of every s-op on the first examples."""
    trace = program.trace_batch([e.tokens for e in next(_blocks(examples))])
    usual: dict[str, Value] = {}
    for name, column in trace.variables.items():
        values, counts = np.unique(column.values[trace.content], return_counts=True)
        if len(values):
            common = values[counts.argmax()]
            usual[name] = (
                column.domain.values[int(common)] if isinstance(column.domain, Categorical) else common.item()
            )
    return usual
