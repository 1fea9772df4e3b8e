"""A hardened relaxed program, as a Program that gives exactly the same answers, and as a Trace.

A categorical variable's codes mean values: tokens mean the vocabulary's symbols, positions mean integers, a head's
codes mean what the variable it copies means, and an MLP's codes are the integers themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from readhead.learn.attention import closest_order
from readhead.learn.own import Own
from readhead.learn.relaxed import Batch, Choices, matches_of, run_stream
from readhead.learn.shape import Shape
from readhead.learn.start import Place, Start, one
from readhead.program.domains import Categorical, Numeric
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import Value, sort_key, typed
from readhead.program.program import Program
from readhead.program.rewrite import replace_node
from readhead.program.trace import Column, Trace
from readhead.tasks.examples import Dataset


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the stream: its node, and what its codes mean (None for a number), or its largest number."""

    node: SOp
    meanings: tuple[Value, ...] | None
    largest: int | None = None

    @property
    def name(self) -> str:
        assert self.node.name is not None
        return self.node.name


def to_program(
    shape: Shape,
    choices: Choices,
    readout: Float[Tensor, "label feature"],
    dataset: Dataset,
    *,
    start: Start | None = None,
    description: str = "",
) -> Program:
    """The Program of hardened choices.

    Args:
        shape: the relaxed program's parts.
        choices: of one restart, from :func:`~readhead.learn.choices.harden`.
        readout: integer scores: for each label, those of every categorical variable's values, then of numbers.
        dataset: what it was learned from.
        start: the program that training went on from: parts whose choices are as they were are written as they were.
        description: for the program's documentation.
    """
    own = Own(start, shape)
    categorical, numerical = variables(shape, choices, dataset, own)
    d = shape.values
    scores = readout.round().long().numpy()
    inputs: list[CategoricalScores | NumericScores] = []
    for c, variable in enumerate(categorical):
        assert variable.meanings is not None
        rows = [
            (value, tuple(scores[:, c * d + code].tolist())) for code, value in enumerate(variable.meanings)
        ]
        inputs.append(CategoricalScores(variable.node, rows))
    for m, variable in enumerate(numerical):
        inputs.append(NumericScores(variable.node, tuple(scores[:, len(categorical) * d + m].tolist())))
    if start is not None:
        inputs = own.ordered(inputs)
    prediction = Classify(dataset.labels, tuple(inputs), dataset.kind == "sequence_label", name="prediction")
    return Program(
        (prediction,),
        dataset.vocabulary,
        causal=dataset.causal,
        max_length=dataset.max_length,
        kind=dataset.kind,
        description=description,
    )


def variables(
    shape: Shape, choices: Choices, dataset: Dataset, own: Own
) -> tuple[list[Variable], list[Variable]]:
    """Every variable of the stream in the order of its slots: the categorical ones, and the numerical ones."""

    def kept(place: Place, learned: Variable) -> Variable:
        return replace(learned, node=own.kept(place, learned.node, choices))

    categorical, numerical = _inputs(shape, choices, dataset, own)
    for layer in range(shape.layers):
        heads = [
            kept(("head", layer, h), _categorical_head(shape, choices, layer, h, categorical))
            for h in range(shape.categorical_heads)
        ]
        sums = [
            kept(
                ("sum", layer, h), _numerical_head(shape, choices, layer, h, categorical, numerical, dataset)
            )
            for h in range(shape.numerical_heads)
        ]
        categorical += heads
        numerical += sums
        mlps = []
        for m in range(shape.categorical_mlps):
            place: Place = ("mlp", layer, m)
            meanings = own.meanings(place)
            mlps.append(kept(place, _categorical_mlp(shape, choices, layer, m, categorical, meanings)))
        for m in range(shape.numerical_mlps):
            place = ("number_mlp", layer, m)
            meanings = own.meanings(place)
            mlps.append(kept(place, _numerical_mlp(shape, choices, layer, m, numerical, meanings)))
        categorical += mlps
    return categorical, numerical


def _inputs(
    shape: Shape, choices: Choices, dataset: Dataset, own: Own
) -> tuple[list[Variable], list[Variable]]:
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    tokens = Tokens(name=own.name(Tokens(), "tokens"))
    own.note(tokens, tokens)
    categorical: list[Variable] = []
    if shape.embeddings:
        classes = choices["embedding"][0].argmax(dim=-1).tolist()
        for k, row in enumerate(classes):
            entries = [((symbol,), code) for symbol, code in zip(symbols, row, strict=True)]
            node = Map(_table(entries), (tokens,), name=f"word_class_{k + 1}")
            found = own.word_class(k, choices, node)
            categorical.append(Variable(found, tuple(range(shape.values))))
    else:
        categorical.append(Variable(tokens, symbols))
    longest = None if dataset.max_length is None else dataset.max_length + dataset.vocabulary.markers
    positions: SOp
    last = shape.last_position
    if longest is not None and longest <= last + 1:
        positions = Indices(name=own.name(Indices(), "positions"))
        known = longest
    else:
        round_off = ("%", shape.period) if shape.period else ("min", last)
        capped = Map(round_off[0], (Indices(name="indices"), Constant(round_off[1])))
        positions = replace_node(capped, name=own.name(capped, "positions"))
        known = last + 1
    own.note(positions, positions)
    categorical.append(Variable(positions, tuple(range(known))))
    ones = Constant(1, name=own.name(Constant(1), "ones"))
    own.note(ones, ones)
    numerical = [Variable(ones, None, 1)]
    for given in own.given():
        own.note(given.node, given.node)
        (numerical if given.meanings is None else categorical).append(
            Variable(given.node, given.meanings, given.largest)
        )
    return categorical, numerical


def _chosen(choices: Choices, name: str, *index: int) -> int:
    return int(choices[name][0][index].argmax())


def _relation(choices: Choices, layer: int, head: int, keys: Variable, queries: Variable) -> Relation:
    assert keys.meanings is not None and queries.meanings is not None
    wanted = choices[f"{layer}.predicate"][0, head].argmax(dim=-1).tolist()
    pairs = [
        (keys.meanings[wanted[code]], query)
        for code, query in enumerate(queries.meanings)
        if wanted[code] < len(keys.meanings)
    ]
    return Relation(pairs)


def _categorical_head(
    shape: Shape, choices: Choices, layer: int, h: int, stream: Sequence[Variable]
) -> Variable:
    queries = stream[_chosen(choices, f"{layer}.query", h)]
    keys = stream[_chosen(choices, f"{layer}.key", h)]
    values = stream[_chosen(choices, f"{layer}.value", h)]
    name = f"attn_{layer + 1}_{h + 1}"
    match = Select(keys.node, queries.node, _relation(choices, layer, h, keys, queries), name=f"{name}_match")
    focus = Closest(match, name=f"{name}_focus")
    return Variable(Aggregate(focus, values.node, "pick", name=name), values.meanings)


def _numerical_head(
    shape: Shape,
    choices: Choices,
    layer: int,
    h: int,
    stream: Sequence[Variable],
    numbers: Sequence[Variable],
    dataset: Dataset,
) -> Variable:
    head = shape.categorical_heads + h
    queries = stream[_chosen(choices, f"{layer}.query", head)]
    keys = stream[_chosen(choices, f"{layer}.key", head)]
    number = numbers[_chosen(choices, f"{layer}.number", h)]
    name = f"count_{layer + 1}_{h + 1}"
    match = Select(
        keys.node, queries.node, _relation(choices, layer, head, keys, queries), name=f"{name}_match"
    )
    largest = None
    if number.largest is not None and dataset.max_length is not None:
        largest = number.largest * (dataset.max_length + dataset.vocabulary.markers)
    return Variable(Aggregate(match, number.node, "sum", default=0, name=name), None, largest)


def _categorical_mlp(
    shape: Shape,
    choices: Choices,
    layer: int,
    m: int,
    stream: Sequence[Variable],
    meanings: tuple[Value, ...],
) -> Variable:
    d = shape.values
    left = stream[_chosen(choices, f"{layer}.mlp_read", m, 0)]
    right = stream[_chosen(choices, f"{layer}.mlp_read", m, 1)]
    outputs = choices[f"{layer}.mlp_table"][0, m].argmax(dim=-1).view(d, d).tolist()
    assert left.meanings is not None and right.meanings is not None
    cells = product(enumerate(left.meanings), enumerate(right.meanings))
    name = f"mlp_{layer + 1}_{m + 1}"
    if left.node == right.node:
        entries = [((value,), meanings[outputs[i][i]]) for i, value in enumerate(left.meanings)]
        return Variable(Map(_table(entries), (left.node,), name=name), meanings)
    entries_2 = [((a, b), meanings[outputs[i][j]]) for (i, a), (j, b) in cells]
    return Variable(Map(_table(entries_2), (left.node, right.node), name=name), meanings)


def _numerical_mlp(
    shape: Shape,
    choices: Choices,
    layer: int,
    m: int,
    numbers: Sequence[Variable],
    meanings: tuple[Value, ...],
) -> Variable:
    left = numbers[_chosen(choices, f"{layer}.num_mlp_read", m, 0)]
    right = numbers[_chosen(choices, f"{layer}.num_mlp_read", m, 1)]
    outputs = choices[f"{layer}.num_mlp_table"][0, m].tolist()
    name = f"num_mlp_{layer + 1}_{m + 1}"
    if left.node == right.node:
        node, reach = _capped(left, shape.cap)
        table = _table([((a,), meanings[outputs[a][a]]) for a in reach])
        return Variable(Map(table, (node,), name=name), meanings)
    (first, reach_1), (second, reach_2) = _capped(left, shape.cap), _capped(right, shape.cap)
    entries = [((a, b), meanings[outputs[a][b]]) for a in reach_1 for b in reach_2]
    return Variable(Map(_table(entries), (first, second), name=name), meanings)


def _capped(number: Variable, cap: int) -> tuple[SOp, range]:
    """The number as an MLP reads it, and the values that it can take: saturated where it can exceed the cap."""
    if one(number.node):
        return number.node, range(1, 2)
    if number.largest is not None and number.largest <= cap:
        return number.node, range(number.largest + 1)
    return Map("min", (number.node, Constant(cap)), name=f"{number.name}_capped"), range(cap + 1)


def _table(entries: Iterable[tuple[tuple[Value, ...], Value]]) -> Table:
    """A table whose default is its most common value (the smallest of those that tie)."""
    listed = list(entries)
    values = {typed(value): value for _, value in listed}
    counts = Counter(typed(value) for _, value in listed)
    default = min(counts, key=lambda value: (-counts[value], sort_key(value[1])))
    return Table(listed, values[default])


def relaxed_trace(
    shape: Shape,
    choices: Choices,
    readout: Float[Tensor, "label feature"],
    dataset: Dataset,
    batch: Batch,
    start: Start | None = None,
) -> Trace:
    """The trace of the discretized relaxed model itself, for comparison with its Program's.

    Args:
        shape, choices, readout, dataset: as for :func:`to_program`.
        batch: sequences of one padded length.
        start: the program that training went on from.
    """
    categorical, numerical = variables(shape, choices, dataset, Own(start, shape))
    n, size = batch.mask.shape
    order = closest_order(n, dataset.causal, batch.mask.device)
    stream = run_stream(shape, choices, batch, order, None)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    present = batch.mask.T.bool().numpy()
    codes = np.where(present, batch.tokens.T.numpy(), -1)
    lengths = present.sum(axis=1)
    tokens = [tuple(symbols[c] for c in row[:length]) for row, length in zip(codes, lengths, strict=True)]
    content = present.copy()
    if dataset.vocabulary.begin is not None:
        content[:, :1] = False
    if dataset.vocabulary.end is not None:
        content[np.arange(size)[lengths > 0], lengths[lengths > 0] - 1] = False
    columns = {"tokens": Column(codes, Categorical(symbols))}
    for variable, values in zip(categorical, stream.categorical[0].permute(0, 3, 2, 1), strict=True):
        assert variable.meanings is not None
        codes = np.where(present, values.argmax(dim=-1).numpy(), -1)
        columns[variable.name] = Column(codes, Categorical(variable.meanings))
    for variable, values in zip(numerical, stream.numerical[0].permute(0, 2, 1), strict=True):
        columns[variable.name] = Column(values.round().long().numpy(), Numeric("int"))
    columns["prediction"] = _prediction(stream.categorical, stream.numerical, readout, dataset, present)
    selectors = {}
    for layer, heads in enumerate(stream.heads):
        if heads is None:
            continue
        matches = matches_of(shape, choices, layer, heads, order)[0].permute(0, 3, 1, 2).numpy() > 0.5
        for h in range(shape.categorical_heads):
            assert heads.pattern is not None
            focus, match = _selectors(categorical[shape.categorical_before(layer) + h].node)
            selectors[match] = matches[h]
            selectors[focus] = heads.pattern.weights[0, h].permute(2, 0, 1).numpy() > 0.5
        for h in range(shape.numerical_heads):
            (match,) = _selectors(numerical[shape.numerical_before(layer) + h].node)
            selectors[match] = matches[shape.categorical_heads + h]
    return Trace(tokens, content, columns, selectors)


def _selectors(head: SOp) -> list[str]:
    """The names of a head's selectors, the last one first."""
    names = []
    node: Node = head
    while isinstance(node, (Aggregate, Closest)):
        node = node.selector
        names.append(node.name or f"{head.name}_match")
    return names


def _prediction(
    categorical: Tensor, numerical: Tensor, readout: Tensor, dataset: Dataset, present: np.ndarray
) -> Column:
    features = torch.cat([categorical[0].flatten(0, 1), numerical[0]]).permute(2, 1, 0).double()
    totals = features.round() @ readout.double().T
    if dataset.kind == "sequence_label":
        totals = totals.sum(dim=1, keepdim=True).expand_as(totals)
    return Column(np.where(present, totals.argmax(dim=-1).numpy(), -1), Categorical(dataset.labels))
