"""A read-out as the value of a variable: which variables settle the label, and what function of them it is.

A variable settles the label where no value of it goes with two labels. The function is an expression, a decision list
or a table; a value of the variable that goes with no label that counts is free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from readhead.program.columns import Array, Column
from readhead.program.domains import exact
from readhead.program.interpret import plan_of
from readhead.program.nodes import Classify, Map, SOp, Table, topological
from readhead.program.operators import Value, sort_key
from readhead.program.program import Program
from readhead.reason.forms.expressions import Bound, Key
from readhead.reason.forms.seen import coded, distinct
from readhead.reason.forms.standard import Standard, in_time, read_places, sops
from readhead.reason.forms.tables import form_of_values, table_weight

PAIRS = 400
"""At most so many pairs of variables are looked at."""
LARGEST = 512
"""A function of more combinations of values than this is not written down."""


@dataclass(slots=True)
class Settled:
    """What a variable or two have to do with the answer.

    Attributes:
        variables: the s-ops.
        answers: for each combination of their values where the answer counts, the answer.
        keys: every combination that occurs anywhere.
    """

    variables: tuple[SOp, ...]
    answers: dict[object, Value] = field(default_factory=dict)
    keys: dict[object, Key] = field(default_factory=dict)


def forms_of_answer(program: Program, standard: Standard, bound: Bound, at_most: int) -> Iterator[SOp]:
    """Expressions, decision lists and tables of one variable, or of two inputs of the read-out, that give the answer.

    Args:
        program: what gives the answers now.
        standard: which answers count.
        bound: how far the search for expressions goes.
        at_most: the weight above which a form is no improvement.
    """
    output = program.outputs[0]
    singles = [(node,) for node in sops(program) if node != output]
    found = settling(program, standard, singles)
    if not found:
        read = output.children if isinstance(output, Classify) else ()
        inputs = [node for node in dict.fromkeys(read) if isinstance(node, SOp)]
        found = settling(program, standard, list(combinations(inputs, 2))[:PAIRS])
    for settled in found:
        if not settled.answers or len(settled.keys) > LARGEST:
            continue
        order = sorted(settled.keys.items(), key=lambda item: tuple(map(sort_key, item[1])))
        targets = [settled.answers.get(identity) for identity, _ in order]
        keys = [key for _, key in order]
        table = _table(settled.variables, keys, targets)
        most = min(at_most, table_weight(table))
        form = form_of_values(settled.variables, keys, targets, bound, most)
        yield form if form is not None else table


def settling(program: Program, standard: Standard, groups: Sequence[tuple[SOp, ...]]) -> list[Settled]:
    """The groups of variables whose values settle every answer that counts."""
    if standard.sample is not None:
        groups = [s.variables for s in settling(program, standard.sample, groups)]
    alive = [Settled(group) for group in groups]
    wanted = {node for group in groups for node in group}
    names = {node: name for node, name in program.names.items() if node in wanted}
    blocks = in_time(plan_of(program).blocks(standard.batch, None), standard.late)
    for (_, results), (expected, counts) in zip(blocks, standard.expected, strict=True):
        if not alive:
            return []
        codes: dict[SOp, tuple[Array, tuple[Value, ...]]] = {}
        for node, name in names.items():
            column = results[name]
            assert isinstance(column, Column) and isinstance(node, SOp)
            if not column.values.size:
                break
            codes[node] = coded(column)
        if len(codes) == len(names):
            alive = [s for s in alive if _consistent(program, s, codes, expected, counts)]
    return alive


def _consistent(
    program: Program,
    settled: Settled,
    codes: dict[SOp, tuple[Array, tuple[Value, ...]]],
    expected: Column,
    counts: Array,
) -> bool:
    """Add what one block shows; whether the answers are still a function of the variables."""
    given = [codes[v] for v in settled.variables]
    joint: Array = given[0][0]
    values = [known for _, known in given]
    size = len(values[0])
    for code, known in given[1:]:
        joint = joint * len(known) + code
        size *= len(known)
    for number in distinct(joint, size).tolist():
        key = _key(number, values)
        settled.keys.setdefault(tuple(map(exact, key)), key)
    answer_codes, answers = coded(expected)
    places = read_places(program, Column(joint, expected.domain)).values
    both = (places * len(answers) + answer_codes)[counts]
    for number in distinct(both, size * len(answers)).tolist():
        rest, answer = divmod(number, len(answers))
        identity = tuple(map(exact, _key(rest, values)))
        if exact(settled.answers.setdefault(identity, answers[answer])) != exact(answers[answer]):
            return False
    return True


def _key(number: int, values: Sequence[tuple[Value, ...]]) -> Key:
    found: list[Value] = []
    for known in reversed(values):
        number, at = divmod(number, len(known))
        found.append(known[at])
    return tuple(reversed(found))


def _table(variables: tuple[SOp, ...], keys: Sequence[Key], targets: Sequence[Value | None]) -> Map:
    """The table of the answers that count, the commonest as the default."""
    rows = [(key, target) for key, target in zip(keys, targets, strict=True) if target is not None]
    counts = Counter(exact(target) for _, target in rows)
    default = max((target for _, target in rows), key=lambda t: counts[exact(t)])
    return Map(Table(rows, default), variables)


def is_read_out(program: Program) -> bool:
    """Whether the answer is a read-out's."""
    return any(isinstance(node, Classify) for node in topological(program.outputs[:1]))
