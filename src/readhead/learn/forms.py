"""Which parts of a program have learnable form, and what their tables are.

Learnable are: heads that copy from the closest key whose value is the one that the query's value asks for; sums over
all such keys; tables of one or two categorical variables, or of one or two (capped) numbers. A selector's comparison
and an operator's meaning become tables where they are finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from readhead.errors import UsageError
from readhead.learn.lowered import Form, Lowered
from readhead.learn.shape import Shape
from readhead.learn.start import Kind, one, padded
from readhead.learn.steps import network_of
from readhead.program.domains import Categorical, Domain, infer_domains
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
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
from readhead.program.operators import COMPARISONS, OPERATORS, OperatorError, Value, sort_key, typed
from readhead.tasks.examples import Dataset


class Forms:
    """The parts of a program that can be learned, and everything else.

    Args:
        lowered: the program.
        dataset: what it is to learn on.
        shape: the data's own shape.

    Attributes:
        slots: every part of learnable form, in program order.
        words: word classes (tables of the tokens alone, where the data's words are embedded).
        outside: why each of the other s-ops is not learned.
    """

    def __init__(self, lowered: Lowered, dataset: Dataset, shape: Shape) -> None:
        self.lowered, self.shape = lowered, shape
        self.embedded = shape.embeddings > 0
        self._domains: dict[Node, Domain] = infer_domains(lowered.program)
        self._symbols = dataset.vocabulary.symbols or ()
        longest = None if dataset.max_length is None else dataset.max_length + dataset.vocabulary.markers
        self.tokens: SOp = Tokens()
        short = longest is not None and longest <= shape.last_position + 1
        limit = ("%", shape.period) if shape.period else ("min", shape.last_position)
        self.positions: SOp = Indices() if short else Map(limit[0], (Indices(), Constant(limit[1])))
        self._known_positions = longest if short and longest is not None else shape.last_position + 1
        self.cap = self._usual_cap()
        self.slots: dict[Node, Form] = {}
        self._kept: dict[Node, tuple[Value, ...]] = {}
        self.words: list[SOp] = []
        self.outside: dict[Node, str] = {}
        for node in lowered.program.variables.values():
            if isinstance(node, SOp) and node not in (self.tokens, self.positions, lowered.readout):
                self._classify(node)

    def _usual_cap(self) -> int:
        """The cap of the program's own numerical MLPs; the shape's where it has none, or several."""
        nodes = self.lowered.program.variables.values()
        caps = {found[1] for node in nodes if (found := _capped(node)) is not None}
        cap = caps.pop() if len(caps) == 1 else None
        return cap if type(cap) is int and 1 <= cap <= self.shape.cap else self.shape.cap

    def _classify(self, node: SOp) -> None:
        if one(node):
            return
        match node:
            case Map() if self.embedded and node.arguments == (self.tokens,) and self._is_words(node):
                self.words.append(node)
                return
            case Map() if _capped(node) is not None:
                form, why = None, "it belongs to a table that is not learned"
            case Map():
                form, why = self._mlp(node)
            case Aggregate():
                form, why = self._head(node)
            case Constant():
                form, why = None, "it is a constant"
            case _:
                form, why = None, f"a {type(node).__name__} has no slot"
        if form is None:
            self.outside[node] = why
        else:
            self.slots[node] = form

    def _is_words(self, node: Map) -> bool:
        values = self._table(node, [self._symbols])
        return values is not None and all(
            type(v) is int and 0 <= v < self.shape.values for v in values.values()
        )

    def classes(self, node: SOp) -> list[int]:
        """The class of every symbol."""
        assert isinstance(node, Map)
        values = self._table(node, [self._symbols])
        assert values is not None
        return [int(values[(symbol,)]) for symbol in self._symbols]

    def exclude(self, node: Node, why: str) -> None:
        """Take a part from those that are learned; its codes keep their meaning, which others' tables are made for."""
        if self.slots[node].kind != "sum":
            self._kept[node] = self.meanings(self.slots[node].node)
        del self.slots[node]
        self.outside[node] = why

    def given(self) -> list[SOp]:
        """The s-ops outside that parts which are learned read, in program order."""
        read: set[Node] = {r for form in self.slots.values() for r in form.reads}
        read |= set(self.lowered.readout.children)
        sops = [n for n in self.lowered.program.variables.values() if isinstance(n, SOp)]
        return [n for n in sops if n in read and self._is_given(n)]

    def _is_given(self, node: SOp) -> bool:
        if node in (self.tokens, self.positions):
            return node == self.tokens and self.embedded
        if one(node):
            return self.read_as(node) != "number"
        return node not in self.slots and node not in self.words

    def readable(self, node: SOp) -> bool:
        """Whether a part can read this variable: a slot or an input, or one that can be given."""
        if not self._is_given(node):
            return True
        return self.read_as(node) == "number" or (
            node in self._kept
            or (
                isinstance(found := self._domains.get(node), Categorical)
                and len(found.values) <= self.shape.values
            )
        )

    def read_as(self, node: SOp) -> str:
        """``"category"``, ``"number"`` or ``"both"``: how what is given is read."""
        numbers = any(
            (form.kind == "sum" and form.reads[2] == node)
            or (form.kind == "number_mlp" and node in form.reads)
            for form in self.slots.values()
        ) or any(isinstance(i, NumericScores) and i.variable == node for i in self.lowered.readout.inputs)
        words = any(
            (form.kind in ("head", "mlp") and node in form.reads)
            or (form.kind == "sum" and node in form.reads[:2])
            for form in self.slots.values()
        ) or any(isinstance(i, CategoricalScores) and i.variable == node for i in self.lowered.readout.inputs)
        return "both" if numbers and words else "number" if numbers else "category"

    def scored_by_value(self, node: Node) -> bool:
        """Whether the read-out scores the values of what is a sum: the relaxed read-out has one coefficient for it."""
        return self.slots[node].kind == "sum" and any(
            isinstance(i, CategoricalScores) and i.variable == node for i in self.lowered.readout.inputs
        )

    def largest(self, node: SOp) -> int | None:
        """The largest value of a number."""
        found = self._domains.get(node)
        if not isinstance(found, Categorical):
            return None
        return max((int(v) for v in found.values if type(v) is int), default=None)

    def meanings(self, node: SOp, room: int = 0) -> tuple[Value, ...]:
        """What a categorical variable's codes mean.

        Args:
            node: the variable.
            room: how many codes an MLP has; by default those that the program gives a meaning.
        """
        if node == self.tokens:
            return self._symbols
        if node == self.positions:
            return tuple(range(self._known_positions))
        if node in self.words:
            return tuple(range(max(room, self.shape.values)))
        form = self.slots.get(node)
        if form is not None and form.kind == "head":
            return self.meanings(form.reads[2], room)
        if form is not None and form.meanings is not None:
            return padded(form.meanings, room)
        if node in self._kept:
            return self._kept[node]
        found = self._domains.get(node)
        if not isinstance(found, Categorical):
            raise UsageError(f"what {self.lowered.names[node]!r} is has no finite number of values")
        return found.values

    @property
    def values(self) -> int:
        """How many values a variable must have: a code for everything, and for nothing where nothing is wanted."""
        needed = [self.shape.values]
        needed += [len(self.meanings(node)) for node in self.given() if self.read_as(node) != "number"]
        for form in self.slots.values():
            needed.append(len(form.meanings or ()))
            needed += [code + 1 for code in form.wanted]
        return max(needed)

    def _number(self, node: SOp) -> bool:
        """Whether a variable is a number of the stream."""
        if one(node):
            return True
        form = self.slots.get(node)
        if form is not None:
            return form.kind == "sum"
        found = self._domains.get(node)
        return (
            node in self.outside
            and isinstance(found, Categorical)
            and all(type(v) is int and v >= 0 for v in found.values)
        )

    def _category(self, node: SOp) -> bool:
        """Whether a variable has codes in the stream."""
        if node in self.slots:
            return self.slots[node].kind != "sum"
        found = self._domains.get(node)
        return node == self.positions or (
            isinstance(found, Categorical) and len(found.values) <= self.shape.values
        )

    def _head(self, node: Aggregate) -> tuple[Form | None, str]:
        selector = node.selector
        kind: Kind = "sum"
        if isinstance(selector, Closest):
            if (selector.tie, selector.own, selector.fallback) != ("earlier", "last", "first"):
                return None, "learned heads have other rules for the closest key"
            selector, kind = selector.selector, "head"
        elif node.reduce != "sum" or node.default != 0 or type(node.default) is not int:
            return None, "learned heads copy from the closest key, or add up with 0 where there is none"
        if not isinstance(selector, Select):
            return None, "a learned head has one predicate"
        keys, queries = selector.keys, selector.queries
        values = self._category(node.values) if kind == "head" else self._number(node.values)
        if not values or not self._category(keys) or not self._category(queries):
            return None, "it reads a variable that a head of a relaxed program cannot read"
        wanted = self._wanted(selector)
        if wanted is None:
            return None, "a learned head looks for one value of the key for each value of the query"
        return Form(kind, node, (keys, queries, node.values), wanted=wanted), ""

    def _wanted(self, selector: Select) -> tuple[int, ...] | None:
        """The code of the key that each query looks for (a free one for none); None where a query wants several."""
        keys, queries = self.meanings(selector.keys), self.meanings(selector.queries)
        predicate = selector.predicate
        pairs = (
            {(typed(k), typed(q)) for k, q in predicate.pairs} if isinstance(predicate, Relation) else None
        )
        wanted = []
        for query in queries:
            if pairs is not None:
                found = [i for i, key in enumerate(keys) if (typed(key), typed(query)) in pairs]
            else:
                assert isinstance(predicate, str)
                compare = COMPARISONS[predicate]
                try:
                    found = [i for i, key in enumerate(keys) if compare.apply(key, query)]
                except OperatorError:  # strings are not compared with numbers by <
                    return None
            if len(found) > 1:
                return None
            wanted.append(found[0] if found else len(keys))
        return tuple(wanted)

    def _mlp(self, node: Map) -> tuple[Form | None, str]:
        if len(node.arguments) > 2:
            return None, "a learned MLP reads at most two variables"
        bare = [
            found[0] if (found := _capped(a)) is not None and found[1] == self.cap else a
            for a in node.arguments
        ]
        if all(self._number(a) and (a in self.slots or one(a)) for a in bare):
            return self._number_mlp(node, bare)
        if not all(map(self._category, node.arguments)):
            return None, "it reads a variable that an MLP of a relaxed program cannot read"
        axes = [self.meanings(a) for a in node.arguments]
        values = self._table(node, axes)
        if values is None:
            return None, "it has no value for some of its arguments"
        meanings = _codes(values.values(), self.shape.values)
        if len(meanings) > self.shape.values:
            return None, "it has too many values"
        code = {typed(v): i for i, v in enumerate(meanings)}
        cells = {}
        for key in product(*map(enumerate, axes)):
            place = tuple(i for i, _ in key)
            cells[place[0], place[-1]] = code[typed(values[tuple(v for _, v in key)])]
        return Form("mlp", node, node.arguments, meanings, cells=cells), ""

    def _number_mlp(self, node: Map, numbers: list[SOp]) -> tuple[Form | None, str]:
        axes = []
        for argument in node.arguments:
            domain = self._domains.get(argument)
            if isinstance(domain, Categorical):
                known: Sequence[Value] = domain.values
            elif _capped(argument) is not None:
                known = range(self.cap + 1)
            else:
                return None, "it reads a number without a bound"
            values = [v for v in known if type(v) is int and 0 <= v <= self.cap]
            if len(values) != len(known):
                return None, f"it tells numbers apart that are negative or above {self.cap}"
            axes.append(values)
        found = self._table(node, axes)
        if found is None:
            return None, "it has no value for some of its arguments"
        meanings = _codes(found.values(), self.shape.values)
        if len(meanings) > self.shape.values:
            return None, "it has too many values"
        code = {typed(v): i for i, v in enumerate(meanings)}
        table = {(int(k[0]), int(k[-1])): code[typed(v)] for k, v in found.items()}
        network = network_of(table, len(meanings), self.shape.hidden)
        if network is None:
            return None, "its table changes too often for the network of a relaxed program"
        return Form("number_mlp", node, tuple(numbers), meanings, network=network), ""

    def _table(self, node: Map, axes: Sequence[Sequence[Value]]) -> dict[tuple[Value, ...], Value] | None:
        """The values of a map over all combinations of its arguments; None where one has none."""
        function = node.function
        lookup = function.lookup() if isinstance(function, Table) else {}
        out: dict[tuple[Value, ...], Value] = {}
        for key in product(*axes):
            if isinstance(function, Table):
                value = lookup.get(tuple(map(typed, key)), function.default)
            else:
                try:
                    value = OPERATORS[function].apply(*key)
                except OperatorError:  # on values that may not even occur: no table says that
                    return None
            if value is None:
                return None
            out[key] = value
        return out


def _capped(node: Node) -> tuple[SOp, Value] | None:
    """The number and the cap of ``min(number, cap)``."""
    if isinstance(node, Map) and node.function == "min" and len(node.arguments) == 2:
        number, cap = node.arguments
        if isinstance(cap, Constant) and not isinstance(number, (Indices, Constant)):
            return number, cap.value
    return None


def _codes(values: Iterable[Value], most: int) -> tuple[Value, ...]:
    """What the codes of an MLP mean: whole numbers are their own codes where they fit."""
    plain = sorted((value for _, value in dict.fromkeys(map(typed, values))), key=sort_key)
    if all(type(v) is int and 0 <= v < most for v in plain):
        return tuple(range(max(int(v) for v in plain) + 1))
    return tuple(plain)
