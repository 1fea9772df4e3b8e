"""Selectors as sums of relations: which pairs of a key's value and a query's value each conjunct allows.

A selector is a boolean formula over comparisons. Comparisons of the same two variables are one relation, whatever
the formula; a conjunction of relations is a sum of scores. What is neither becomes a relation between *classes* of
combinations of values, which are variables of their own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from readhead.compile.cells import cell
from readhead.compile.circuit import Circuit, classes
from readhead.compile.values import WHOLE, Codes, Function, Variable, simplified, whole
from readhead.program.nodes import Aggregate, And, Indices, Not, Or, Select, Selector, SOp
from readhead.program.operators import COMPARISONS, OperatorError, Value, typed

Booleans = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A relation between a variable at the key and one at the query; None for a side that plays no part.

    Attributes:
        holds: ``[key value, query value]``.
    """

    key: Variable | None
    query: Variable | None
    holds: Booleans

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for equal relations."""
        return id(self.key), id(self.query), self.holds.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class Conjunction:
    """Keys that fulfil all of some relations; ``never`` where no key ever does."""

    relations: tuple[Relation, ...]
    never: bool = False

    @property
    def time(self) -> int:
        """When all that it reads is written."""
        return max((v.time for r in self.relations for v in (r.key, r.query) if v is not None), default=0)

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for equal conjunctions."""
        return self.never, tuple(r.identity for r in self.relations)

    def own(self) -> bool | None:
        """Whether a query selects its own position: always, never, or sometimes (None)."""
        found: list[bool | None] = []
        for r in self.relations:
            if r.key is not r.query and r.key is not None and r.query is not None:
                found.append(None)
                continue
            diagonal = np.diagonal(r.holds) if r.key is r.query else r.holds.ravel()
            found.append(True if diagonal.all() else None if diagonal.any() else False)
        if False in found or self.never:
            return False
        return None if None in found else True


@dataclass(frozen=True, slots=True, eq=False)
class _Literal:
    """A comparison: over the values of one variable (or none) on each side."""

    key: Variable | None
    query: Variable | None
    holds: Booleans


_Formula = tuple[Any, ...]
"""``("literal", literal)``, ``("not", formula)``, ``("and"/"or", formula, formula)`` or ``("true",)``."""


class Selectors:
    """Makes conjunctions of relations out of selectors.

    Args:
        circuit: where variables that are needed on the way get their slots.
        function: how an s-op is seen: as a function of at most one variable.
    """

    def __init__(self, circuit: Circuit, function: Callable[[SOp], Function]) -> None:
        self._circuit = circuit
        self._function = function
        self._literals: dict[Select, _Formula] = {}
        self._known: dict[Selector, Conjunction] = {}

    def conjunction(self, selector: Selector, name: str) -> Conjunction:
        """A selector as one conjunction.

        Args:
            selector: without a closest at its root.
            name: what needs it.

        Raises:
            CompileError: where its joint variables would be too large.
        """
        if selector not in self._known:
            self._known[selector] = self._grouped(self._factors(self._masked(selector), False), name)
        return self._known[selector]

    def disjoint(self, selector: Selector, name: str) -> list[Conjunction]:
        """A selector as conjunctions of which a key fulfils at most one: as few as are found, without joint variables.

        Where that takes too many, it is the one of :meth:`conjunction`.
        """
        groups = _merge(self._factors(self._masked(selector), False))
        joint = [g for g in groups if len(_keys(g)) > 1 or len(_queries(g)) > 1]
        if not joint:
            return [self.conjunction(selector, name)]
        simple = [_relation(g) for g in groups if not any(g is j for j in joint)]
        found: list[list[Relation]] = [simple]
        for group in joint:
            parts = _split(group)
            if parts is None or len(parts) * len(found) > 4:
                return [self.conjunction(selector, name)]
            found = [[*f, *p] for f in found for p in parts]
        return [_conjunction(f) for f in found]

    def _masked(self, selector: Selector) -> _Formula:
        """The formula; with causality in it, where the transformer has none."""
        formula = self._formula(selector)
        if not self._circuit.program.causal or self._circuit.causal:
            return formula
        return ("and", formula, self._select(Select(Indices(), Indices(), "<=")))

    def _formula(self, selector: Selector) -> _Formula:
        match selector:
            case Select():
                return self._select(selector)
            case And() | Or():
                word = "and" if isinstance(selector, And) else "or"
                return (word, self._formula(selector.left), self._formula(selector.right))
            case Not():
                return ("not", self._formula(selector.operand))
            case _:
                chosen = Aggregate(selector, Indices(), "pick")
                return self._select(Select(Indices(), chosen, "=="))

    def _select(self, node: Select) -> _Formula:
        if node not in self._literals:
            key, query = self._function(node.keys), self._function(node.queries)
            holds = _tabulated(node, key.values, query.values)
            k, q = key.codes.reshape(-1), query.codes.reshape(-1)
            spread = holds[np.ix_(k, q)]
            spread[k < 0] = False
            spread[:, q < 0] = False
            left, right = (f.sources[0] if f.sources else None for f in (key, query))
            literal = _Literal(left, right, spread)
            self._literals[node] = ("literal", literal)
        return self._literals[node]

    def _factors(self, formula: _Formula, negated: bool) -> list[_Formula]:
        """Formulas that hold all together exactly where this one does (or does not)."""
        kind = formula[0]
        if kind == "not":
            return self._factors(formula[1], not negated)
        if kind == ("or" if negated else "and"):
            return self._factors(formula[1], negated) + self._factors(formula[2], negated)
        return [("not", formula) if negated else formula]

    def _grouped(self, factors: list[_Formula], name: str) -> Conjunction:
        relations = []
        for group in _merge(factors):
            if len(_keys(group)) <= 1 and len(_queries(group)) <= 1:
                relations.append(_relation(group))
            else:
                relations.append(self._joint(group, name))
        return _conjunction(relations)

    def _joint(self, formula: _Formula, name: str) -> Relation:
        """One relation between classes of combinations of the keys' variables and of the queries'."""
        keys, queries = _keys(formula), _queries(formula)
        found = [_reduced(formula, v, side) for side, some in enumerate((keys, queries)) for v in some]
        shape = tuple(len(first) for _, first in found)
        budget = self._circuit.budget
        if math.prod(shape) > budget.cells:
            raise self._circuit.refuse(
                name, "cells of a selector's table", math.prod(shape), budget.cells, "cells"
            )
        holds = _evaluated(formula, keys, queries, [first for _, first in found])
        rows, columns = math.prod(shape[: len(keys)]), math.prod(shape[len(keys) :])
        table = np.broadcast_to(holds, shape).reshape(rows, columns)
        key, first_row = self._side(table, keys, [g for g, _ in found[: len(keys)]], f"{name}~key")
        query, first_column = self._side(
            table.T, queries, [g for g, _ in found[len(keys) :]], f"{name}~query"
        )
        small = table[np.ix_(first_row, first_column)]
        if len(keys) == 1:
            small = small[classes(table)[0][found[0][0]]]
        if len(queries) == 1:
            small = small[:, classes(table.T)[0][found[-1][0]]]
        return Relation(key, query, small)

    def _side(
        self, table: Booleans, variables: Sequence[Variable], groups: Sequence[Codes], name: str
    ) -> tuple[Variable | None, Codes]:
        """The variable of one side's classes, and a row that stands for each."""
        of_row, first = classes(table)
        if len(variables) <= 1:
            return (variables[0] if variables else None), first
        shape = [int(g.max()) + 1 for g in groups]
        codes = of_row.reshape(shape)[np.ix_(*groups)]
        count = len(first)
        function = simplified(tuple(range(count)), tuple(variables), codes)
        if not function.sources:
            return None, first
        if len(function.sources) == 1:
            made = function.sources[0]
            return made, first[function.codes]
        return cell(self._circuit, name, function), first


def _tabulated(node: Select, keys: tuple[Value, ...], queries: tuple[Value, ...]) -> Booleans:
    if not isinstance(node.predicate, str):
        pairs = {(typed(k), typed(q)) for k, q in node.predicate.pairs}
        found = [[(typed(k), typed(q)) in pairs for q in queries] for k in keys]
        return np.array(found, dtype=bool).reshape(len(keys), len(queries))
    numbers = whole(keys), whole(queries)
    if numbers[0] is not None and numbers[1] is not None:
        return np.asarray(WHOLE[node.predicate](numbers[0][:, None], numbers[1][None, :]), dtype=bool)
    apply = COMPARISONS[node.predicate].apply

    def holds(key: Value, query: Value) -> bool:
        try:
            return bool(apply(key, query))
        except OperatorError:
            return False

    return np.array([[holds(k, q) for q in queries] for k in keys], dtype=bool).reshape(
        len(keys), len(queries)
    )


def _literals(formula: _Formula) -> list[_Literal]:
    if formula[0] == "literal":
        return [formula[1]]
    return [found for part in formula[1:] for found in _literals(part)]


def _sorted(variables: Sequence[Variable | None]) -> list[Variable]:
    unique = {id(v): v for v in variables if v is not None}
    return sorted(unique.values(), key=lambda v: v.first)


def _keys(formula: _Formula) -> list[Variable]:
    return _sorted([found.key for found in _literals(formula)])


def _queries(formula: _Formula) -> list[Variable]:
    return _sorted([found.query for found in _literals(formula)])


def _merge(factors: Sequence[_Formula]) -> list[_Formula]:
    """Factors put together where they read the same variables, or one of them adds none."""
    groups: list[_Formula] = []
    order = sorted(factors, key=lambda f: -(min(len(_keys(f)), 1) + min(len(_queries(f)), 1)))
    for factor in order:
        keys, queries = _keys(factor), _queries(factor)
        for i, group in enumerate(groups):
            both_keys = _sorted([*keys, *_keys(group)])
            both_queries = _sorted([*queries, *_queries(group)])
            free = len(both_keys) <= 1 and len(both_queries) <= 1
            same = len(both_keys) <= len(_keys(group)) and len(both_queries) <= len(_queries(group))
            if free or (same and (len(both_keys) > 1 or len(both_queries) > 1)):
                groups[i] = ("and", group, factor)
                break
        else:
            groups.append(factor)
    return groups


def _evaluated(
    formula: _Formula,
    keys: Sequence[Variable],
    queries: Sequence[Variable],
    chosen: Sequence[Codes] | None = None,
) -> Booleans:
    """Where a formula holds, with an axis for each of the keys' and then the queries' variables."""
    kind = formula[0]
    if kind == "not":
        return ~_evaluated(formula[1], keys, queries, chosen)
    if kind in ("and", "or"):
        left, right = (_evaluated(part, keys, queries, chosen) for part in formula[1:])
        return left & right if kind == "and" else left | right
    literal: _Literal = formula[1]
    holds = literal.holds
    shape = [1] * (len(keys) + len(queries))
    for side, variable in enumerate((literal.key, literal.query)):
        if variable is None:
            continue
        some = (keys, queries)[side]
        axis = next(i for i, v in enumerate(some) if v is variable) + side * len(keys)
        if chosen is not None:
            holds = holds.take(chosen[axis], axis=side)
        shape[axis] = holds.shape[side]
    return holds.reshape(shape)


def _reduced(formula: _Formula, variable: Variable, side: int) -> tuple[Codes, Codes]:
    """The classes of a variable's values that a formula cannot tell apart, and a value that stands for each."""
    found = [
        x.holds if side == 0 else x.holds.T for x in _literals(formula) if (x.key, x.query)[side] is variable
    ]
    return classes(np.concatenate(found, axis=1))


def _relation(formula: _Formula) -> Relation:
    keys, queries = _keys(formula), _queries(formula)
    key, query = (some[0] if some else None for some in (keys, queries))
    shape = [1 if v is None else len(v.values) for v in (key, query)]
    return Relation(key, query, _evaluated(formula, keys, queries).reshape(shape))


def _conjunction(relations: Sequence[Relation]) -> Conjunction:
    if any(not r.holds.any() for r in relations):
        return Conjunction((), never=True)
    kept = [r for r in relations if not r.holds.all()]
    trimmed = []
    for r in kept:
        holds = r.holds
        same_keys = r.key is not None and bool((holds == holds[:1]).all())
        same_queries = r.query is not None and bool((holds == holds[:, :1]).all())
        if same_keys:
            r = Relation(None, r.query, holds[:1])
        elif same_queries:
            r = Relation(r.key, None, holds[:, :1])
        trimmed.append(r)
    return Conjunction(tuple(trimmed))


def _split(group: _Formula) -> list[list[Relation]] | None:
    """Disjoint conjunctions that together are a formula over two pairs of variables; None where there are none.

    The values of one pair fall into types by what the comparisons of that pair say; for each type the rest is a
    relation between the other two.
    """
    literals = _literals(group)
    pairs: dict[tuple[int, int], list[_Literal]] = {}
    for x in literals:
        pairs.setdefault((id(x.key), id(x.query)), []).append(x)
    if len(pairs) != 2:
        return None
    options = []
    for one, other in itertools.permutations(pairs.values()):
        options.append(_by_type(group, one, other))
    return min(options, key=lambda parts: sum(len(p) for p in parts))


def _by_type(group: _Formula, chosen: list[_Literal], other: list[_Literal]) -> list[list[Relation]]:
    types, first = classes(np.stack([x.holds.ravel() for x in chosen], axis=1))
    shape = chosen[0].holds.shape
    rests: dict[bytes, tuple[Booleans, Booleans]] = {}
    for kind, at in enumerate(first.tolist()):
        given = {id(x): bool(x.holds.ravel()[at]) for x in chosen}
        rest = np.broadcast_to(_residual(group, given), other[0].holds.shape)
        if rest.any():
            here = (types == kind).reshape(shape)
            before = rests.get(rest.tobytes())
            rests[rest.tobytes()] = (here if before is None else here | before[0], rest)
    a, b = chosen[0], other[0]
    return [
        [Relation(a.key, a.query, here), *([] if rest.all() else [Relation(b.key, b.query, rest)])]
        for here, rest in rests.values()
    ]


def _residual(formula: _Formula, given: dict[int, bool]) -> Booleans:
    kind = formula[0]
    if kind == "not":
        return np.asarray(~_residual(formula[1], given))
    if kind in ("and", "or"):
        left, right = (_residual(part, given) for part in formula[1:])
        return np.asarray(left & right if kind == "and" else left | right)
    literal: _Literal = formula[1]
    return np.array([[given[id(literal)]]]) if id(literal) in given else literal.holds
