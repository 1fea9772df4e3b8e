"""One table of programs for everybody's tests: a program, and inputs with the answers that it gives.

The interpreter, emitted Python, saved programs and, one day, compiled transformers are all held to it. Every answer
was worked out from what the program is for, not by running it.
"""

from __future__ import annotations

from dataclasses import dataclass

from readhead.program import (
    FULL,
    LENGTH,
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
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)


@dataclass(frozen=True)
class Case:
    """A program and what it answers: pairs of an input and its answer."""

    name: str
    program: Program
    answers: tuple[tuple[object, object], ...]


def case(name, outputs, *answers, **options):
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return Case(name, Program(outputs, description=name, **options), answers)


TOKENS, INDICES = Tokens(name="tokens"), Indices(name="indices")
SAME = Select(TOKENS, TOKENS, "==", name="same")
EARLIER = Select(INDICES, INDICES, "<", name="earlier")


def _reverse():
    mirrored = Map("-", (Map("-", (LENGTH, Constant(1))), INDICES), name="mirrored")
    return Aggregate(Select(INDICES, mirrored, "=="), TOKENS, name="reversed")


def _sort():
    smaller = Select(TOKENS, TOKENS, "<", name="smaller")
    rank = SelectorWidth(Or(smaller, And(SAME, EARLIER)), name="rank")
    return Aggregate(Select(rank, INDICES, "=="), TOKENS, name="sorted")


def _learned():
    """The shape of a learned program: the previous token by a table of positions, counts, tables, a read-out."""
    previous = Select(INDICES, INDICES, Relation((i - 1, i) for i in range(1, 8)), name="previous_match")
    before = Aggregate(Closest(previous, name="previous_focus"), TOKENS, "pick", name="before")
    ones = Constant(1, name="ones")
    alike = Select(TOKENS, TOKENS, Relation((t, t) for t in ("a", "b")), name="alike_match")
    count = Aggregate(alike, ones, "sum", 0, name="count")
    capped = Map("min", (count, Constant(2)), name="capped")
    level = Map(Table([((1,), "one"), ((2,), "more")], "none"), (capped,), name="level")
    double = Map(Table([(("a", "a"), 1), (("b", "b"), 1)], 0), (TOKENS, before), name="double")
    scores = (
        CategoricalScores(double, [(1, (0, 0, 9))]),
        CategoricalScores(level, [("more", (0, 5, 0))]),
        NumericScores(count, (1, 1, 1)),
    )
    return Classify(("single", "often", "double"), scores, name="prediction")


AB = Vocabulary(("a", "b"), begin="<s>", end="</s>")

CASES = (
    case("the length", LENGTH, ("abc", [3, 3, 3]), ("", [])),
    case("the length of the prefix", LENGTH, ("abc", [1, 2, 3]), causal=True),
    case("a histogram", SelectorWidth(SAME, name="count"), ("hello", [1, 1, 2, 2, 1]), ("", []), (["a", 1, 1.0], [1, 2, 2])),
    case("reverse", _reverse(), ("abc", ["c", "b", "a"]), ("a", ["a"]), ("", [])),
    case("sort", _sort(), ("3142", list("1234")), ("2121", list("1122")), ([10, 9, 10], [9, 10, 10])),
    case(
        "the share of earlier tokens that are 'a'",
        Aggregate(Or(EARLIER, Select(INDICES, INDICES, "==")), Map("indicator", (Map("==", (TOKENS, Constant("a"))),))),
        ("abab", [1, 0.5, 2 / 3, 0.5]),
    ),
    case(
        "the token before, or a dash",
        Aggregate(Select(INDICES, Map("-", (INDICES, Constant(1))), "=="), TOKENS, "pick", "-"),
        ("abc", ["-", "a", "b"]),
        ([1, 2.5, True], ["-", 1, 2.5]),
    ),
    case(
        "the nearest other occurrence",
        Aggregate(Closest(SAME, own="last", fallback="own"), INDICES, "pick"),
        ("abab", [2, 3, 0, 1]),
        ("aaba", [1, 0, 2, 1]),
    ),
    case(
        "the nearest b, the later of two, never the own",
        Aggregate(Closest(Select(TOKENS, Constant("b"), "=="), "later", "never", "first"), INDICES, "pick"),
        ("bab", [2, 2, 0]),
        ("ab", [1, 0]),
    ),
    case("largest and smallest so far", (Aggregate(FULL, TOKENS, "max"), Aggregate(FULL, TOKENS, "min")), ("bca", ["b", "c", "c"]), causal=True),
    case("sums are exact", Aggregate(FULL, TOKENS, "sum"), ([0.1] * 10, [1.0] * 10), ([2**62, 2**61], [2**62 + 2**61] * 2)),
    case("means of one keep the type", Aggregate(Select(TOKENS, TOKENS, "=="), TOKENS), ([7, "x", True], [7, "x", True])),
    case("what nobody selects", SelectorWidth(Not(FULL)), ("abc", [0, 0, 0])),
    case("not is hidden by causality", SelectorWidth(Not(Select(INDICES, INDICES, "=="))), ("abc", [0, 1, 2]), causal=True),
    case(
        "typed tables",
        Map(Table([((1,), "int"), ((1.0,), "float"), ((True,), "bool"), (("1",), "str")], "other"), (TOKENS,)),
        ([1, 1.0, True, "1", 2], ["int", "float", "bool", "str", "other"]),
    ),
    case(
        "if is a choice between values of any type",
        Map("if", (Map("<", (INDICES, Constant(1))), TOKENS, Map("/", (INDICES, Constant(2))))),
        ("abc", ["a", 0.5, 1.0]),
    ),
    case("Python's remainder", Map("%", (TOKENS, Constant(-3))), ([7, -7, 7.5], [-2, -1, -1.5])),
    case("markers are positions", INDICES, ("ab", [1, 2]), ("", []), vocabulary=AB),
    case("markers are counted", LENGTH, ("ab", [4, 4]), vocabulary=AB, max_length=6),
    case("a learned shape", _learned(), ("aab", ["often", "double", "single"]), ("ba", ["single", "single"]), vocabulary=AB, max_length=6),
    case(
        "one label for a sequence",
        Classify(("few", "many"), (CategoricalScores(TOKENS, [("a", (0, 2)), ("b", (1, 0))]),), pooled=True),
        ("aab", "many"),
        ("bba", "few"),
        ("", "few"),
        vocabulary=Vocabulary(("a", "b")),
        kind="sequence_label",
    ),
    case(
        "the token that followed last time",
        Aggregate(
            Closest(
                Select(
                    Aggregate(Select(INDICES, Map("-", (INDICES, Constant(1))), "=="), TOKENS, "pick", "<none>"),
                    TOKENS,
                    "==",
                ),
                fallback="own",
            ),
            TOKENS,
            "pick",
        ),
        ("abcab", "c"),
        ("xyx", "y"),
        kind="next_token",
        causal=True,
    ),
    case(
        "unknown words",
        TOKENS,
        (["The", "zebra", "1987"], ["the", "<unk>", "0000"]),
        ("the The", ["the", "the"]),
        vocabulary=Vocabulary(("the", "0000"), unknown="<unk>", lower=True, fold_digits=True, split="words"),
    ),
)  # fmt: skip
