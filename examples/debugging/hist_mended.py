"""hist: how often this symbol occurs, mended by hand

A transformer that is a program, written by Readhead.

    python program.py 0 1 2

prints an answer for each token; run(tokens) returns it, and trace(tokens) every variable.
"""

import functools
import math

TOKENS = ("0", "1", "2", "3", "4", "5")
BEGIN = "<s>"
CAUSAL = False
MAX_LENGTH = 7
OUTPUT = "token_labels"


def program(sequence):
    tokens = sequence
    count_1_1_match = select(keys=tokens, queries=tokens, where=match_count_1_1)
    ones = [1] * len(sequence)
    count_1_1 = total(count_1_1_match, ones, default=0)
    prediction = classify(
        PREDICTION_LABELS,
        (count_1_1, PREDICTION_BY_COUNT_1_1),
        (ones, PREDICTION_BY_ONES),
    )
    return prediction, locals()


def match_count_1_1(query, key):
    if query in {"0", "1", "2", "3", "4", "5"}:
        return key == query
    return False


PREDICTION_LABELS = ("1", "2", "3", "4", "5", "6", "7")

# fmt: off
PREDICTION_BY_COUNT_1_1 = (
    # "1"  "2"  "3"  "4"  "5"  "6"  "7"
      -58, -29,  -3,  18,  32,  41,  55,
)

PREDICTION_BY_ONES = (
    # "1"  "2"  "3"  "4"  "5"  "6"  "7"
      298, 254, 188, 114,  50,   0, -90,
)
# fmt: on


# Readhead's own part (helpers 3a90c6f3): leave it as it is.


def run(tokens):
    """The answers, one for each token; or the one that OUTPUT asks for."""
    answers = program(read(tokens))[0]
    if OUTPUT == "token_labels":
        return answers[len(BEFORE) : len(answers) - len(AFTER)]
    if not answers and OUTPUT == "sequence_label" and type(answers) is Pooled:
        return answers.empty
    if not answers:
        raise ProgramError("without tokens there is no answer")
    return answers[0 if OUTPUT == "sequence_label" else -1]


def trace(tokens):
    """Every variable by name: a value for each position, or a row of key positions."""
    values = program(read(tokens))[-1]
    del values["sequence"]
    names = globals().get("NAMES", {})
    return {names.get(name, name): rows(values[name]) for name in values}


def rows(value):
    if type(value) is not Selector:
        return value
    return [[row >> key & 1 == 1 for key in range(len(value))] for row in value]


class ProgramError(ValueError):
    """A question that the program has no answer to."""


def read(tokens):
    """The sequence that the program sees for these tokens, as the constants above say."""
    said = globals().get
    split = said("SPLIT") == "words" and isinstance(tokens, str)
    content = words(tokens) if split else list(tokens)
    if MAX_LENGTH is not None and len(content) > MAX_LENGTH:
        raise ProgramError(f"{len(content)} tokens, and at most {MAX_LENGTH} fit")
    content = [v if type(v) in (bool, str) else number(v) for v in content]
    if said("LOWER"):
        content = [v.lower() if type(v) is str else v for v in content]
    if said("FOLD_DIGITS"):
        content = [folded(v) if type(v) is str else v for v in content]
    if TOKENS is not None and not KNOWN.issuperset(content):
        unknown = said("UNKNOWN")
        if unknown is None:
            outside = ", ".join(repr(v) for v in content if v not in KNOWN)
            raise ProgramError(f"not in the vocabulary: {outside}")
        content = [v if v in KNOWN else unknown for v in content]
    return [*BEFORE, *content, *AFTER]


KNOWN = frozenset(TOKENS or ())
BEFORE = [v for v in [globals().get("BEGIN")] if v is not None]
AFTER = [v for v in [globals().get("END")] if v is not None]


def words(text):
    """The words and punctuation marks of a text."""
    import re

    pattern = r"(?:[^\W\d_]\.){2,}|[^\W_]+|['’](?i:s|t|m|d|ll|re|ve)\b|[^\w\s]|_"
    return re.findall(pattern, text)


def folded(text):
    """The text with every digit as 0."""
    return "".join("0" if c.isdecimal() else c for c in text)


def number(value):
    """The number, if it is a 64-bit integer or a finite float."""
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    if type(value) is float and abs(value) < float("inf"):
        return value
    raise ProgramError(f"{value!r} is no 64-bit integer and no finite float")


@functools.cache
def matches(where):
    """The keys met so far, and for each query met which of these match it."""
    return set(), {}


def select(keys, queries, where):
    """For each query position the key positions where the predicate holds."""
    places = places_of(keys)
    met, matching = matches(where)
    if not met.issuperset(places):
        for query, found in matching.items():
            found.update(k for k in places.keys() - met if where(query, k))
        met.update(places)
    rows = {}
    for query in queries:
        if query not in rows:
            if query not in matching:
                matching[query] = {key for key in met if where(query, key)}
            found, row = matching[query], 0
            for key in found if len(found) < len(places) else found & places.keys():
                row |= places.get(key, 0)
            rows[query] = row
    selected = Selector([rows[query] for query in queries])
    return visible(selected)


def places_of(keys):
    """The positions of each key, as the bits of a number."""
    places = {}
    for position, key in enumerate(keys):
        places[key] = places.get(key, 0) | 1 << position
    return places


def visible(selector):
    """The selector without what a causal program hides: the keys after the query."""
    if not CAUSAL:
        return selector
    return Selector([row & (2 << query) - 1 for query, row in enumerate(selector)])


class Selector(list):
    """For each query position, the selected key positions as the bits of a number."""


def total(selector, values, default=None):
    """For each query position the sum of the selected values."""
    if type(default) is not int or default or {*map(type, values)} != {int}:
        return aggregate(selector, values, exact_sum, default)
    sums = {}
    for row in selector:
        if row not in sums:
            sums[row] = number(sum([values[key] for key in positions_of(row)]))
    return [sums[row] for row in selector]


def aggregate(selector, values, combine, default):
    """For each query position the values at the selected keys, combined into one."""
    answers = {}
    for query, row in enumerate(selector):
        if row not in answers:
            chosen = [values[key] for key in positions_of(row)]
            if len(chosen) == 1:
                answers[row] = chosen[0]
            elif chosen:
                answers[row] = combine(chosen)
            elif default is not None:
                answers[row] = default
            else:
                raise ProgramError(f"position {query} selects nothing: no default")
    return [answers[row] for row in selector]


@functools.lru_cache(maxsize=65536)
def positions_of(row):
    """The selected key positions, in order."""
    return tuple(i for i, bit in enumerate(reversed(f"{row:b}")) if bit == "1")


def exact_sum(values):
    """The sum, whatever the order: exact for integers, rounded once for floats."""
    types = set(map(type, values))
    if types == {int}:
        return number(sum(values))
    if not types <= {int, float}:
        raise ProgramError(f"only integers and floats have a sum: {values}")
    try:
        return math.fsum(values)
    except OverflowError:
        raise ProgramError(f"the sum is no finite float: {values}") from None


class Pooled(list):
    """The same answer at each position; ``empty`` is the one where there are none."""

    empty = None


class Scores(dict):
    """For each value the scores of all labels; other values score 0."""

    def __missing__(self, value):
        return 0


@functools.cache
def together(*scores):
    """The scores of all labels in one number, 192 bits apart, so that one sum adds all."""
    return sum(score << 192 * i for i, score in enumerate(scores))


def classify(labels, *inputs, pooled=False):
    """At each position the label with the highest score, the first of those that tie."""
    columns, middle = [], together(*[2**191 for _ in labels])
    for values, scores in inputs:
        if type(scores) is dict:
            known = SCORES.get(id(scores))
            if known is None:
                known = Scores((key, together(*row)) for key, row in scores.items())
                SCORES[id(scores)] = known
            columns.append(map(known.__getitem__, values))
        else:
            known = together(*scores)
            columns.append([value * known for value in values])
    totals, answers = [sum(column, middle) for column in zip(*columns)], []
    if pooled:
        answers = Pooled()
        answers.empty = labels[0]
        totals = [sum(totals) - middle * (len(totals) - 1)] * len(totals)
    shifts = range(0, 192 * len(labels), 192)
    for total in totals:
        scores = [(total >> shift) % 2**192 for shift in shifts]
        best = max(scores)
        number(best - 2**191), number(min(scores) - 2**191)
        answers.append(labels[scores.index(best)])
    return answers


SCORES = {}  # by the identity of a constant above, which never changes


if __name__ == "__main__":
    import sys

    try:
        if len(sys.argv) < 2:
            raise ProgramError(f"give it tokens, or one text\n\n{__doc__}")
        answers = run(sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:])
        print(*answers if OUTPUT == "token_labels" else [answers])
    except ProgramError as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr)
        sys.exit(2)
