"""Well-typed random programs over every kind of node, with inputs: the main net of the differential tests.

``programs()`` makes programs, ``programs_with_inputs()`` programs and sequences that they can read. Most of them
have an answer on most inputs; some raise an EvaluationError (a division by zero, an empty row, an overflow), as
programs that people write do.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from readhead.program.nodes import (
    FULL,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import typed
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

LETTERS = ("a", "b", "c", "d")
STRINGS = (*LETTERS, "<s>", "</s>", "<unk>", "", "1", "x y")
INTS = (0, 1, 2, 3, -1, 5, 7, 2**53 + 1, 2**62, -(2**63))
FLOATS = (0.0, 0.5, 1.0, -1.5, 2.0, -0.0, 0.1, 9007199254740992.0, 1e308)
VALUES = {"str": STRINGS, "int": INTS, "float": FLOATS, "bool": (False, True)}
NUMBERS = ("int", "float", "bool", "number")

vocabularies = st.builds(
    Vocabulary,
    tokens=st.sampled_from([None, LETTERS, LETTERS[:2], ("1", "2", "a", "B")]),
    begin=st.sampled_from([None, None, "<s>"]),
    end=st.sampled_from([None, None, "</s>"]),
    lower=st.sampled_from([False, False, True]),
)


@dataclass
class Stream:
    """The s-ops and selectors made so far; each s-op with its type: str, int, float, bool, number or any."""

    sops: list[tuple[SOp, str]] = field(default_factory=list)
    selectors: list = field(default_factory=list)
    names: int = 0


def value_of(draw, kind):
    """A value of this type; mostly a small one."""
    if kind in ("any", "number"):
        kind = draw(st.sampled_from(["str", "int", "float", "bool"] if kind == "any" else ["int", "float"]))
    common = VALUES[kind][:4]
    return draw(st.sampled_from(common)) if draw(st.integers(0, 9)) else draw(st.sampled_from(VALUES[kind]))


def _name(draw, stream):
    if draw(st.booleans()):
        return None
    stream.names += 1
    return (
        f"v{stream.names}" if draw(st.integers(0, 9)) else draw(st.sampled_from(["x", "y", "tokens", "run"]))
    )


def _sop(draw, stream, kinds=None):
    """An s-op made before, of one of these types, and its type; a constant where there is none."""
    fitting = [s for s in stream.sops if kinds is None or s[1] in kinds]
    if fitting:
        return draw(st.sampled_from(fitting))
    kind = kinds[0]
    return Constant(value_of(draw, kind)), kind


def _selector(draw, stream):
    return draw(st.sampled_from([FULL, *stream.selectors]))


def _joined(*kinds):
    """The type of a value that comes from one of these."""
    if len(set(kinds)) == 1:
        return kinds[0]
    return "number" if set(kinds) <= {"int", "float", "number"} else "any"


def _table(draw, arguments):
    keys = [
        list(VALUES[k][:5]) if k in VALUES else [value_of(draw, k) for _ in range(4)] for _, k in arguments
    ]
    kind = draw(st.sampled_from(["str", "int", "float", "bool", "any"]))
    chosen = draw(st.lists(st.tuples(*map(st.sampled_from, keys)), max_size=8))
    entries = {tuple(map(typed, key)): (key, value_of(draw, kind)) for key in chosen}
    with_default = draw(st.integers(0, 9)) or not entries
    return Table(entries.values(), value_of(draw, kind) if with_default else None), kind


def _add_constant(draw, stream):
    kind = draw(st.sampled_from(["str", "int", "int", "float", "bool"]))
    return Constant(value_of(draw, kind), name=_name(draw, stream)), kind


def _add_table(draw, stream):
    arguments = [_sop(draw, stream) for _ in range(draw(st.integers(1, 3)))]
    table, kind = _table(draw, arguments)
    return Map(table, tuple(s for s, _ in arguments), name=_name(draw, stream)), kind


def _add_operator(draw, stream):
    groups = ["arithmetic", "arithmetic", "compare", "order", "extreme", "logic", "convert", "round", "if"]
    group = draw(st.sampled_from(groups))

    def one(kinds=None):
        return _sop(draw, stream, kinds)

    match group:
        case "arithmetic":
            symbol = draw(st.sampled_from(["+", "-", "*", "/", "%", "^"]))
            arguments = [one(("str",)), one(("str",))] if symbol == "+" and draw(st.booleans()) else None
            if arguments is not None:
                kind = "str"
            else:
                arguments = [one(NUMBERS), one(NUMBERS)]
                kinds = {k for _, k in arguments}
                kind = "int" if kinds <= {"int", "bool"} else "float" if "float" in kinds else "number"
                kind = "float" if symbol == "/" else "number" if symbol == "^" else kind
        case "compare":
            symbol, kind = draw(st.sampled_from(["==", "!="])), "bool"
            arguments = [one(), one()]
        case "order" | "extreme":
            kinds = draw(st.sampled_from([NUMBERS, NUMBERS, ("str",)]))
            arguments = [one(kinds), one(kinds)]
            symbol = draw(st.sampled_from(["<", "<=", ">", ">="] if group == "order" else ["min", "max"]))
            kind = "bool" if group == "order" else _joined(*(k for _, k in arguments))
        case "logic":
            symbol = draw(st.sampled_from(["and", "or", "not", "indicator", "bool"]))
            arguments = [one() for _ in range(2 if symbol in ("and", "or") else 1)]
            kind = "int" if symbol == "indicator" else "bool"
        case "convert":
            symbol = draw(st.sampled_from(["str", "int", "float"]))
            arguments = [one(None if symbol == "str" else NUMBERS)]
            kind = symbol
        case "round":
            symbol = draw(st.sampled_from(["neg", "abs", "round"]))
            arguments = [one(NUMBERS)]
            kind = "int" if symbol == "round" or arguments[0][1] == "bool" else arguments[0][1]
        case _:
            symbol, arguments = "if", [one(), one(), one()]
            kind = _joined(arguments[1][1], arguments[2][1])
    return Map(symbol, tuple(s for s, _ in arguments), name=_name(draw, stream)), kind


def _add_aggregate(draw, stream):
    selector = _selector(draw, stream)
    reduce = draw(st.sampled_from(["mean", "sum", "max", "min", "pick"]))
    if reduce == "pick" and not isinstance(selector, Closest) and draw(st.integers(0, 4)):
        selector = Closest(selector)
    usual = {"mean": ("int", "float", "number"), "sum": ("int", "float", "number"), "pick": None}
    kinds = usual.get(reduce, draw(st.sampled_from([NUMBERS, ("str",), ("bool",)])))
    values, kind = _sop(draw, stream, kinds if draw(st.integers(0, 9)) else None)
    kind = _joined(kind, "float") if reduce == "mean" else kind
    default = None
    if draw(st.integers(0, 3)):
        default_kind = draw(st.sampled_from([kind, kind, "int", "str"]))
        default = value_of(draw, default_kind)
        kind = _joined(kind, default_kind)
    return Aggregate(selector, values, reduce, default, name=_name(draw, stream)), kind


def _add_width(draw, stream):
    return SelectorWidth(_selector(draw, stream), name=_name(draw, stream)), "int"


def _add_select(draw, stream):
    keys, key_kind = _sop(draw, stream)
    queries, query_kind = draw(st.sampled_from([_sop(draw, stream), (keys, key_kind)]))
    if draw(st.booleans()):
        listed = [VALUES.get(k, STRINGS + INTS[:4])[:6] for k in (key_kind, query_kind)]
        predicate = Relation(draw(st.lists(st.tuples(*map(st.sampled_from, listed)), max_size=10)))
    else:
        ordered = (key_kind == query_kind == "str") or {key_kind, query_kind} <= set(NUMBERS)
        predicate = draw(st.sampled_from(["==", "!=", *(["<", "<=", ">", ">="] if ordered else [])]))
    return Select(keys, queries, predicate, name=_name(draw, stream))


def _add_selector(draw, stream):
    kind = draw(st.sampled_from(["select", "select", "select", "and", "or", "not", "closest", "closest"]))
    match kind:
        case "select":
            return _add_select(draw, stream)
        case "and" | "or":
            node = And if kind == "and" else Or
            return node(_selector(draw, stream), _selector(draw, stream), name=_name(draw, stream))
        case "not":
            return Not(_selector(draw, stream), name=_name(draw, stream))
        case _:
            return Closest(
                _selector(draw, stream),
                tie=draw(st.sampled_from(["earlier", "later"])),
                own=draw(st.sampled_from(["last", "never", "any"])),
                fallback=draw(st.sampled_from(["first", "own"])),
                name=_name(draw, stream),
            )


def _add_classify(draw, stream):
    labels = LETTERS[: draw(st.integers(1, 4))]
    score = (
        st.integers(-3, 3) if draw(st.integers(0, 19)) else st.sampled_from([2**62, -(2**63), 2**63 - 1, 0])
    )
    scores = st.tuples(*[score] * len(labels))
    inputs = []
    for _ in range(draw(st.integers(0, 4))):
        variable, kind = _sop(draw, stream)
        if kind in ("int", "bool") and draw(st.booleans()):
            inputs.append(NumericScores(variable, draw(scores)))
        else:
            values = VALUES.get(kind, STRINGS + INTS[:4])[:6]
            rows = {typed(v): (v, draw(scores)) for v in draw(st.lists(st.sampled_from(values), max_size=5))}
            inputs.append(CategoricalScores(variable, rows.values()))
    return Classify(labels, tuple(inputs), draw(st.booleans()), name=_name(draw, stream)), "str"


def _grow(draw, stream):
    step = draw(
        st.sampled_from(
            [
                _add_constant,
                _add_table,
                _add_operator,
                _add_operator,
                _add_aggregate,
                _add_aggregate,
                _add_width,
            ]
            + [_add_selector] * 4
            + [_add_classify]
        )
    )
    made = step(draw, stream)
    if isinstance(made, tuple):
        stream.sops.append(made)
    else:
        stream.selectors.append(made)


def _unread(stream):
    """An s-op for everything that nothing reads, so that nothing that was made falls away."""
    read = {child for node in (*stream.selectors, *(s for s, _ in stream.sops)) for child in node.children}
    widths = [SelectorWidth(s) for s in dict.fromkeys(stream.selectors) if s not in read]
    return [*(s for s, _ in stream.sops if s not in read), *widths]


@st.composite
def programs(
    draw, *, max_steps: int = 10, kinds: tuple[str, ...] = ("token_labels", "sequence_label", "next_token")
):
    """A program of any shape.

    Args:
        max_steps: how many nodes are added to the tokens and indices, at most.
        kinds: the kinds of output to draw from.
    """
    vocabulary = draw(vocabularies)
    if vocabulary.tokens is not None and draw(st.booleans()):
        vocabulary = Vocabulary(
            vocabulary.tokens,
            vocabulary.begin,
            vocabulary.end,
            "<unk>",
            vocabulary.lower,
            draw(st.booleans()),
        )
    stream = Stream()
    stream.sops = [(Tokens(name=_name(draw, stream)), "str"), (Indices(name=_name(draw, stream)), "int")]
    for _ in range(draw(st.sampled_from([n for n in (1, 3, 5, 8, 10, 15, 20, 25) if n <= max_steps]))):
        _grow(draw, stream)
    outputs = [stream.sops[-1][0]]
    if draw(st.integers(0, 3)):
        outputs += _unread(stream)
    return Program(
        tuple(outputs),
        vocabulary,
        causal=draw(st.booleans()),
        max_length=draw(st.sampled_from([None, None, 6, 12])),
        kind=draw(st.sampled_from(kinds)),
        description=draw(st.sampled_from(["", "counts letters"])),
    )


def contents(program: Program, *, max_length: int = 6):
    """Sequences that a program can read: empty and repetitive ones, unknown tokens where it takes them."""
    tokens = program.vocabulary.tokens
    known = LETTERS if tokens is None else tokens
    if program.vocabulary.unknown is not None:
        known = (*known, "zebra", "<s>", "9")
    most = max_length if program.max_length is None else min(max_length, program.max_length)
    least = 0 if program.kind == "token_labels" or program.vocabulary.markers else 1
    if program.vocabulary.lower and tokens is not None and program.vocabulary.unknown is None:
        known = tuple(t for t in known if t == t.lower())
    lengths = st.sampled_from(range(least, most + 1))
    return lengths.flatmap(lambda n: st.lists(st.sampled_from(known), min_size=n, max_size=n))


@st.composite
def programs_with_inputs(draw, *, max_steps: int = 10, max_inputs: int = 4, max_length: int = 6):
    """A program, and a few sequences for it."""
    program = draw(programs(max_steps=max_steps))
    return program, draw(st.lists(contents(program, max_length=max_length), min_size=1, max_size=max_inputs))
