"""From a circuit to arrays: every head's and every hidden unit's weights, for one inverse temperature.

The beginning position is kept in a known state throughout: as a query it looks at itself only, as a unit it is off. So
what it offers as a key can be set exactly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from readhead.compile.blueprint import Block, Head, Mlp
from readhead.compile.circuit import Circuit, HeadPlan, Term, Units, classes
from readhead.compile.reuse import Placing
from readhead.compile.values import Codes, Floats, Variable
from readhead.errors import CompileError

BEGIN, PADDING = "<begin>", "<padding>"

Products = list[tuple[Variable | None, Variable | None, Floats, Floats]]
"""The variables of key and query, and the factors of their scores."""


def temperature(plan: HeadPlan, longest: int, leak: float) -> float:
    """The inverse temperature at which keys that are not selected weigh at most ``leak`` together."""
    return (math.log(longest + 2) - math.log(leak)) / plan.gap


def symbols(circuit: Circuit) -> tuple[str, ...]:
    """The tokens in code order, then the beginning token and padding, with names that no token has."""
    known = circuit.program.vocabulary.symbols or ()
    found = list(known)
    for name in (BEGIN, PADDING):
        while name in found:
            name = f"<{name}>"
        found.append(name)
    return tuple(found)


def embeddings(circuit: Circuit, placing: Placing, tokens: Variable | None) -> tuple[Floats, Floats]:
    """What every symbol, and every position, writes into the residual stream."""
    width, count, place = placing.width, len(symbols(circuit)), placing.place
    embedding = np.zeros((count, width))
    embedding[:, place[circuit.one]] = 1.0
    embedding[count - 2, place[circuit.begin]] = 1.0
    if tokens is not None:
        embedding[np.arange(count - 2), place[tokens.slots]] = 1.0
    positions = np.zeros((circuit.longest + 1, width))
    found = next((v for v in circuit.variables if circuit.is_position(v)), None)
    if found is not None:
        positions[np.arange(1, circuit.longest + 1), place[found.slots]] = 1.0
    return embedding, positions


def blocks(circuit: Circuit, placing: Placing, leak: float) -> tuple[Block, ...]:
    """All blocks' arrays.

    Raises:
        CompileError: where they would be too large; it names the variable that takes most.
    """
    place = placing.place
    state = np.zeros(placing.width)
    state[place[[circuit.one, circuit.begin]]] = 1.0
    count = circuit.depth
    made = []
    products = [factors(p.terms) for p in circuit.heads]
    _check_size(circuit, placing.width, products)
    for block in range(count):
        here = [(p, f) for p, f in zip(circuit.heads, products, strict=True) if p.block == block]
        plans = [p for p, _ in here]
        heads = tuple(_head(circuit, placing, p, f, leak, state) for p, f in here)
        for plan in plans:
            for carry in plan.carries:
                state[place[carry.target]] += carry.begin
        units = [u for u in circuit.units if u.block == block]
        made.append(Block(heads, _mlp(circuit, placing, units, state) if units else None))
        for part in units:
            state[place[part.target]] += part.constant
    return tuple(made)


def _check_size(circuit: Circuit, width: int, products: Sequence[Products]) -> None:
    """Refuse what would take more memory than the budget has."""
    sizes = Counter[str]()
    for plan, parts in zip(circuit.heads, products, strict=True):
        inner = 1 + sum(k.shape[1] for _, _, k, _ in parts) + sum(len(c.target) for c in plan.carries)
        sizes[plan.name] += 2 * width * inner
    for units in circuit.units:
        sizes[units.owner] += 2 * width * len(units.bias)
    total, most = sizes.total(), circuit.budget.parameters
    if total > most:
        ((name, count),) = sizes.most_common(1)
        raise CompileError(
            f"variable {name!r} takes {count} of {total} numbers, more than {most} in all",
            why=f"the transformer would be {width} wide, and too large (the size budget: parameters)",
            instead="take a smaller vocabulary or maximum length, or a larger budget",
        )


def factors(terms: Sequence[Term]) -> Products:
    """Terms as products ``key [values, d]``, ``query [values, d]``, those of the same variables together."""
    return [(t.key, t.query, *_factored(t.scores)) for t in together(terms)]


def together(terms: Sequence[Term]) -> list[Term]:
    """Terms of which no two have the same variables; those that do are added up."""
    found: dict[tuple[int, int], Term] = {}
    for term in terms:
        identity = id(term.key), id(term.query)
        if identity in found:
            term = Term(term.key, term.query, found[identity].scores + term.scores)
        found[identity] = term
    return list(found.values())


def _factored(scores: Floats) -> tuple[Floats, Floats]:
    """A matrix as a product, by its different rows or its different columns, whichever are fewer."""
    rows = _distinct(scores)
    columns = _distinct(scores.T)
    if rows[1].shape[0] <= columns[1].shape[0]:
        return rows[0], rows[1].T
    return columns[1].T, columns[0]


def _distinct(scores: Floats) -> tuple[Floats, Floats]:
    """Which different row each row is, as columns of ones and zeros, and those rows; rows of zeros left out."""
    of_row, first = classes(scores)
    kept = np.array([i for i, at in enumerate(first.tolist()) if scores[at].any()], dtype=np.intp)
    return np.asarray(of_row[:, None] == kept[None, :], dtype=np.float64), scores[first[kept]]


def _slots(variable: Variable | None, circuit: Circuit) -> Codes:
    return np.array([circuit.one]) if variable is None else variable.slots


def _head(
    circuit: Circuit, placing: Placing, plan: HeadPlan, parts: Products, leak: float, state: Floats
) -> Head:
    width, place = placing.width, placing.place
    one, first = place[circuit.one], place[circuit.begin]
    heat = temperature(plan, circuit.longest, leak)
    size = sum(k.shape[1] for _, _, k, _ in parts) + 1
    key, query = np.zeros((width, size)), np.zeros((width, size))
    at = 0
    for of_key, of_query, k, q in parts:
        here = np.arange(at, at + k.shape[1])
        key[np.ix_(place[_slots(of_key, circuit)], here)] = k
        query[np.ix_(place[_slots(of_query, circuit)], here)] = q * heat
        at += k.shape[1]
    key[first] -= state @ key
    query[first] -= state @ query
    key[first, -1] = 1.0
    query[one, -1] = plan.begin * heat
    query[first, -1] = (max(plan.begin, 1.0) - plan.begin) * heat
    query *= math.sqrt(size)
    carried = sum(len(c.target) for c in plan.carries)
    value, output = np.zeros((width, carried)), np.zeros((carried, width))
    at = 0
    for carry in plan.carries:
        here = np.arange(at, at + len(carry.target))
        source = place[carry.source]
        np.add.at(value, (source[:, None], here[None, :]), carry.weights)
        value[first, here] = carry.begin - state[source] @ carry.weights
        output[here, place[carry.target]] = 1.0
        at += len(carry.target)
    return Head(plan.name, plan.variables, query, key, value, output)


def _mlp(circuit: Circuit, placing: Placing, units: Sequence[Units], state: Floats) -> Mlp:
    width, place = placing.width, placing.place
    hidden = sum(len(u.bias) for u in units)
    inward, outward = np.zeros((width, hidden)), np.zeros((hidden, width))
    bias, constant = np.zeros(hidden), np.zeros(width)
    owners: list[str] = []
    at = 0
    for part in units:
        here = np.arange(at, at + len(part.bias))
        np.add.at(inward, (place[part.source][:, None], here[None, :]), part.inward)
        bias[here] = part.bias
        outward[np.ix_(here, place[part.target])] = part.outward
        constant[place[part.target]] += part.constant
        owners += [part.owner] * len(here)
        at += len(here)
    before = state @ inward + bias
    inward[place[circuit.begin]] -= np.maximum(before + 1.0, 0.0)
    return Mlp(tuple(dict.fromkeys(owners)), inward, bias, outward, constant, tuple(owners))
