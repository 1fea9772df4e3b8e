"""``relax``: a program as the starting point of training, the inverse of discretization.

What has learnable form becomes a slot of the relaxed program; operators whose meaning is a table that fits are lowered
to that table first. Every other s-op stays as it is, together with all that it is computed from: the relaxed program
is given its values. ``Start.frozen`` names each of these, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from readhead.errors import UsageError, did_you_mean
from readhead.learn.forms import Forms
from readhead.learn.lowered import Form, lower
from readhead.learn.shape import Segment, Shape, segments
from readhead.learn.start import Given, Kind, Origin, Place, Slot, Start, one
from readhead.program.nodes import CategoricalScores, Constant, Indices, Node, SOp, Tokens, topological
from readhead.program.operators import typed
from readhead.program.program import Program
from readhead.tasks.examples import Dataset

STRENGTH = 3.0
"""The logit of a choice that a program has made: of ten options, noise leaves 7 samples in 10 as they were (with 5,
training did not mend a wrong predicate in 40 epochs; with 3 and below it did)."""
FIXED = 1e4
"""The logit of a choice that is not trained: noise never changes it, and its gradient is exactly 0."""
SCORES = 8.0
"""The largest weight of the read-out that training starts from; a program's own scores are on a grid of their own."""


def relax(program: Program, dataset: Dataset, shape: Shape, *, freeze: Iterable[str] = ()) -> Start:
    """The program as the parameters of a relaxed one.

    Args:
        program: it reads the data set's vocabulary and answers with (some of) its labels.
        dataset: what training goes on with.
        shape: the parts that the relaxed program has at least; it grows where the program has more.
        freeze: names of heads and MLPs whose choices are not to be trained.

    Raises:
        UsageError: where the program and the data do not fit, or ``freeze`` names no s-op of the program.
    """
    _check(program, dataset)
    lowered = lower(program, dataset)
    forms = _settled(Forms(lowered, dataset, shape))
    fixed = _frozen_by_name(forms, list(freeze))
    placing = _Placing(forms, _places(forms))
    grown = placing.shape()
    parameters = _Parameters(placing, grown, segments(grown, _symbols(dataset), len(dataset.labels)))
    for place in placing.places.values():
        parameters.fill(place, fixed=placing.slots[place].node in fixed)
    for number, node in placing.words.items():
        parameters.fill_words(number, node, fixed=node in fixed)
    readout = parameters.fill_readout(dataset)
    kept = {a for node in forms.given() for a in topological([node])}
    frozen = {
        lowered.names[node]: why
        for node, why in forms.outside.items()
        if node in kept and not isinstance(node, (Constant, Indices, Tokens))
    }
    frozen |= {lowered.names[node]: "it is frozen by name" for node in fixed}
    return Start(
        lowered.program,
        grown,
        Origin(parameters.flat, parameters.fixed, parameters.idle),
        readout,
        placing.given,
        placing.slots,
        placing.words,
        frozen,
    )


def _symbols(dataset: Dataset) -> int:
    assert dataset.vocabulary.symbols is not None
    return len(dataset.vocabulary.symbols)


def _check(program: Program, dataset: Dataset) -> None:
    if program.vocabulary != dataset.vocabulary:
        raise UsageError(
            f"the program reads another vocabulary than {dataset.name} has",
            why=f"{program.vocabulary!r} and {dataset.vocabulary!r}",
            instead="a program that was learned from data with the same tokens and markers",
        )
    for what, ours, theirs in (
        ("causal", program.causal, dataset.causal),
        ("kind", program.kind, dataset.kind),
    ):
        if ours != theirs:
            raise UsageError(f"the program has {what}={ours!r}, {dataset.name} has {theirs!r}")
    longest = program.max_length
    if longest is not None and (dataset.max_length is None or dataset.max_length > longest):
        raise UsageError(
            f"the program takes at most {longest} tokens",
            why=f"{dataset.name} has sequences of up to {dataset.max_length or 'any number of'}",
            instead="a program without a maximum length, or data with shorter sequences",
        )


def _settled(forms: Forms) -> Forms:
    """What can be learned: slots whose inputs are slots too, or can be given."""
    while True:
        lost = [node for node in forms.slots if not all(map(forms.readable, forms.slots[node].reads))]
        for node in lost:
            forms.exclude(node, "it reads a variable with too many values, or with no whole numbers")
        scored = [node for node in forms.slots if forms.scored_by_value(node)]
        for node in scored:
            forms.exclude(node, "the read-out has scores for each of its values")
        lost += scored
        above = {a for node in forms.given() for a in _ancestors(node)} & set(forms.slots)
        for node in above:
            forms.exclude(node, "something that is not learned is computed from it")
        if not lost and not above:
            return forms


def _ancestors(node: Node) -> set[Node]:
    return set(topological([node])) - {node}


def _frozen_by_name(forms: Forms, freeze: Sequence[str]) -> set[SOp]:
    known = {name: node for node, name in forms.lowered.names.items() if isinstance(node, SOp)}
    fixed: set[SOp] = set()
    for name in freeze:
        node = known.get(name)
        if node is None:
            raise UsageError(
                f"the program has no s-op {name!r} to freeze", instead=did_you_mean(name, sorted(known))
            )
        if node in forms.slots or node in forms.words:
            fixed.add(node)  # everything else never changes
    return fixed


def _places(forms: Forms) -> dict[Node, Place]:
    """A layer for every slot, after all that it reads; few layers first, then few slots of a kind in a layer."""
    earliest: dict[Node, int] = {}
    for node, form in forms.slots.items():
        reads = [r for r in form.reads if r in forms.slots]
        earliest[node] = max((earliest[r] + _apart(forms.slots[r].kind, form.kind) for r in reads), default=0)
    last = max([forms.shape.layers - 1, *earliest.values()])
    latest = dict.fromkeys(forms.slots, last)
    for node, form in reversed(forms.slots.items()):
        for read in form.reads:
            if read in forms.slots:
                latest[read] = min(latest[read], latest[node] - _apart(forms.slots[read].kind, form.kind))
    room = {
        "head": forms.shape.categorical_heads,
        "sum": forms.shape.numerical_heads,
        "mlp": forms.shape.categorical_mlps,
        "number_mlp": forms.shape.numerical_mlps,
    }
    places: dict[Node, Place] = {}
    used: dict[tuple[Kind, int], int] = {}
    mlps = {node for node, form in forms.slots.items() if form.kind in ("mlp", "number_mlp")}
    for node in sorted(forms.slots, key=lambda n: (earliest[n], n in mlps, latest[n])):
        kind = forms.slots[node].kind
        reads = [r for r in forms.slots[node].reads if r in places]
        first = max((places[r][1] + _apart(places[r][0], kind) for r in reads), default=0)
        free = [k for k in range(first, latest[node] + 1) if used.get((kind, k), 0) < room[kind]]
        layer = free[0] if free else first
        number = used.get((kind, layer), 0)
        used[kind, layer] = number + 1
        places[node] = (kind, layer, number)
    return {node: places[node] for node in forms.slots}


def _apart(read: Kind, reader: Kind) -> int:
    """How many layers later a slot can read another: an MLP reads the heads of its own layer."""
    return int(not (reader in ("mlp", "number_mlp") and read in ("head", "sum")))


class _Placing:
    """Where everything lies in the stream."""

    def __init__(self, forms: Forms, places: dict[Node, Place]) -> None:
        self.forms, self.places = forms, places
        self.slots: dict[Place, Slot] = {
            places[node]: Slot(form.node, form.reads, form.meanings) for node, form in forms.slots.items()
        }
        given = forms.given()
        categorical = [Given(node, forms.meanings(node)) for node in given if forms.read_as(node) != "number"]
        numerical = [
            Given(node, None, forms.largest(node))
            for node in given
            if forms.read_as(node) != "category" and not one(node)
        ]
        self.given = (*categorical, *numerical)
        self.words = dict(enumerate(forms.words)) if forms.embedded else {}

    def shape(self) -> Shape:
        """The data's own shape, with room for everything that the program has."""
        base = self.forms.shape
        most: dict[Kind, int] = {}
        for kind, _, number in self.places.values():
            most[kind] = max(most.get(kind, 0), number + 1)
        layers = max([base.layers, *(layer + 1 for _, layer, _ in self.places.values())])
        grown = replace(
            base,
            layers=layers,
            categorical_heads=max(base.categorical_heads, most.get("head", 0)),
            numerical_heads=max(base.numerical_heads, most.get("sum", 0)),
            categorical_mlps=max(base.categorical_mlps, most.get("mlp", 0)),
            numerical_mlps=max(base.numerical_mlps, most.get("number_mlp", 0)),
            cap=self.forms.cap,
            embeddings=max(base.embeddings, len(self.words)),
            given_categorical=sum(g.meanings is not None for g in self.given),
            given_numerical=sum(g.meanings is None for g in self.given),
        )
        return replace(grown, values=self.forms.values, positions=grown.positions or base.values)

    def categorical(self, shape: Shape) -> dict[Node, int]:
        """The number of every categorical variable in the stream."""
        forms = self.forms
        words = max(1, shape.embeddings)
        index: dict[Node, int] = {node: number for number, node in self.words.items()}
        if not shape.embeddings:
            index[forms.tokens] = 0
        index[forms.positions] = words
        kept = [g.node for g in self.given if g.meanings is not None]
        index |= {node: words + 1 + i for i, node in enumerate(kept)}
        for node, (kind, layer, number) in self.places.items():
            first = shape.categorical_before(layer)
            if kind == "head":
                index[node] = first + number
            elif kind == "mlp":
                index[node] = first + shape.categorical_heads + number
            elif kind == "number_mlp":
                index[node] = first + shape.categorical_heads + shape.categorical_mlps + number
        return index

    def numerical(self, shape: Shape) -> dict[Node, int]:
        """The number of every numerical variable in the stream; the constant one is the first."""
        kept = [g.node for g in self.given if g.meanings is None]
        index: dict[Node, int] = {node: 1 + i for i, node in enumerate(kept)}
        for node, (kind, layer, number) in self.places.items():
            if kind == "sum":
                index[node] = shape.numerical_before(layer) + number
        return index


class _Parameters:
    """The flat vector, filled slot by slot."""

    def __init__(self, placing: _Placing, shape: Shape, layout: list[Segment]) -> None:
        self.forms, self.slots, self.shape = placing.forms, placing.slots, shape
        self.categorical, self.numerical = placing.categorical(shape), placing.numerical(shape)
        size = sum(s.size for s in layout)
        self.flat = torch.zeros(size)
        self.fixed = torch.zeros(size, dtype=torch.bool)
        self.idle = torch.ones(size, dtype=torch.bool)
        sizes = [s.size for s in layout]

        def views(vector: Tensor) -> dict[str, Tensor]:
            pieces = vector.split(sizes)
            return {s.name: p.view(s.shape) for s, p in zip(layout, pieces, strict=True)}

        self._values, self._fixed, self._idle = views(self.flat), views(self.fixed), views(self.idle)

    def _number(self, node: Node) -> int:
        return 0 if one(node) else self.numerical[node]

    def _choose(self, name: str, index: tuple[int, ...], option: int, fixed: bool) -> None:
        self._values[name][index][option] = FIXED if fixed else STRENGTH
        self._mark(name, index, fixed)

    def _mark(self, name: str, index: tuple[int, ...], fixed: bool) -> None:
        self._fixed[name][index] = fixed
        self._idle[name][index] = False

    def fill(self, place: Place, *, fixed: bool) -> None:
        """Write a slot's choices."""
        kind, layer, number = place
        form = self.forms.slots[self.slots[place].node]
        if kind in ("head", "sum"):
            self._fill_head(form, layer, number, fixed)
        elif kind == "mlp":
            self._fill_mlp(form, layer, number, fixed)
        else:
            for side, read in enumerate(form.reads if len(form.reads) == 2 else form.reads * 2):
                self._choose(f"{layer}.num_mlp_read", (number, side), self._number(read), fixed)
            parts = ("num_mlp_in", "num_mlp_bias", "num_mlp_out", "num_mlp_out_bias")
            assert form.network is not None
            for part, weights in zip(parts, form.network, strict=True):
                self._values[f"{layer}.{part}"][number, : len(weights)] = weights  # other values: logits of 0
                self._mark(f"{layer}.{part}", (number,), fixed)

    def _fill_head(self, form: Form, layer: int, number: int, fixed: bool) -> None:
        keys, queries, values = form.reads
        head = number if form.kind == "head" else self.shape.categorical_heads + number
        self._choose(f"{layer}.query", (head,), self.categorical[queries], fixed)
        self._choose(f"{layer}.key", (head,), self.categorical[keys], fixed)
        if form.kind == "head":
            self._choose(f"{layer}.value", (number,), self.categorical[values], fixed)
        else:
            self._choose(f"{layer}.number", (number,), self._number(values), fixed)
        self._mark(f"{layer}.predicate", (head,), fixed)
        for code, wanted in enumerate(form.wanted):
            self._choose(f"{layer}.predicate", (head, code), wanted, fixed)

    def _fill_mlp(self, form: Form, layer: int, number: int, fixed: bool) -> None:
        left, right = form.reads if len(form.reads) == 2 else form.reads * 2
        for side, read in enumerate((left, right)):
            self._choose(f"{layer}.mlp_read", (number, side), self.categorical[read], fixed)
        self._mark(f"{layer}.mlp_table", (number,), fixed)
        d = self.shape.values
        assert form.cells is not None
        for (i, j), code in form.cells.items():
            for column in range(d) if len(form.reads) == 1 else (j,):
                self._choose(f"{layer}.mlp_table", (number, i * d + column), code, fixed)

    def fill_words(self, number: int, node: SOp, *, fixed: bool) -> None:
        """Write a word class for every symbol."""
        for symbol, code in enumerate(self.forms.classes(node)):
            self._choose("embedding", (number, symbol), code, fixed)

    def fill_readout(self, dataset: Dataset) -> Tensor:
        """Write the read-out's weights; its own integer scores, in the order of the stream."""
        d, labels = self.shape.values, len(dataset.labels)
        words = self.shape.categorical_before(self.shape.layers)
        sums = self.shape.numerical_before(self.shape.layers)
        scores = torch.zeros(labels, words * d + sums, dtype=torch.float64)
        readout = self.forms.lowered.readout
        rank = [dataset.labels.index(label) for label in readout.labels]
        for item in readout.inputs:
            if isinstance(item, CategoricalScores):
                meanings = self.forms.meanings(item.variable, d)
                at = {typed(value): code for code, value in enumerate(meanings)}
                for value, row in item.rows:
                    if typed(value) in at:
                        column = self.categorical[item.variable] * d + at[typed(value)]
                        scores[rank, column] += torch.tensor(row, dtype=torch.float64)
            else:
                column = words * d + self._number(item.variable)
                scores[rank, column] += torch.tensor(item.coefficients, dtype=torch.float64)
        missing = [i for i in range(labels) if i not in rank]
        scores[missing, words * d] = scores.min() * 1000 - 1  # a label that the program never gives
        scaled = scores.clamp(min=float(scores[rank].min())) * (
            SCORES / max(SCORES, float(scores[rank].abs().max()))
        )
        self._values["readout"][...] = scaled[:, : words * d].view(labels, words, d)
        self._values["readout_numbers"][...] = scaled[:, words * d :]
        self._idle["readout"][...] = False
        self._idle["readout_numbers"][...] = False
        return scores
