"""reverse: the sequence from its end to its beginning

A transformer that is a program, written by Readhead.

    python program.py 0 1 2

prints an answer for each token; run(tokens) returns it, and trace(tokens) every variable.
"""

import functools

TOKENS = ("0", "1", "2", "3", "4")
BEGIN = "<s>"
END = "</s>"
CAUSAL = False
MAX_LENGTH = 6
OUTPUT = "token_labels"


def program(sequence):
    indices = list(range(len(sequence)))
    tokens = sequence
    anything = select(keys=tokens, queries=tokens, where=match_anything)
    length = selector_width(anything)
    mirror = table(mirror_of, length, indices)
    opposite = select(keys=indices, queries=mirror, where=match_opposite)
    prediction = pick(opposite, tokens, default="0")
    return prediction, locals()


def match_anything(query, key):
    if query in {"0", "1", "2", "3", "4", "<s>", "</s>"}:
        return key in {"0", "1", "2", "3", "4", "<s>", "</s>"}
    return False


def mirror_of(length, indices):
    if length == 3 and indices == 1:
        return 1
    if length == 4:
        if indices == 2:
            return 1
        if indices == 1:
            return 2
    if length == 5:
        if indices == 3:
            return 1
        if indices == 2:
            return 2
        if indices == 1:
            return 3
    if length == 6:
        if indices == 4:
            return 1
        if indices == 3:
            return 2
        if indices == 2:
            return 3
        if indices == 1:
            return 4
    if length == 7:
        if indices == 5:
            return 1
        if indices == 4:
            return 2
        if indices == 3:
            return 3
        if indices in {1, 2}:
            return 5
    if length == 8:
        if indices == 6:
            return 1
        if indices == 5:
            return 2
        if indices == 4:
            return 3
        if indices == 3:
            return 4
        if indices == 2:
            return 5
        if indices == 1:
            return 6
    return 0


def match_opposite(query, key):
    if query in range(1, 8):
        return key == query
    return False


# Readhead's own part (helpers 4d8d1342): leave it as it is.


def run(tokens):
    """The answers, one for each token; or the one that OUTPUT asks for."""
    answers = program(read(tokens))[0]
    if OUTPUT == "token_labels":
        return answers[len(BEFORE) : len(answers) - len(AFTER)]
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


def table(function, *columns):
    """A finite function's answer at each position."""
    return list(map(remembered(function), *columns))


@functools.cache
def remembered(function):
    """The function, working out each answer once."""
    return functools.lru_cache(maxsize=65536)(function)


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


def selector_width(selector):
    """For each query position how many keys it selects."""
    return [row.bit_count() for row in selector]


def several(values):
    raise ProgramError(f"one value can be picked, not {len(values)}: {values}")


def pick(selector, values, default=None):
    """For each query position the value at the one selected key."""
    try:
        return [values[key] for (key,) in map(positions_of, selector)]
    except ValueError:
        return aggregate(selector, values, several, default)


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
