"""The helpers that an emitted program carries with it: how ``select``, ``aggregate`` and the like are computed.

Each is a short piece of plain Python, put into the file only where the program needs it. What the constants at the
top of a file say (``CAUSAL``, ``MAX_LENGTH``, ``OUTPUT``, the markers and so on) is read when the file runs, so that
a person can edit a constant alone: no helper has a variant for a setting. Selected keys are the bits
of an integer (bit ``k`` for key ``k``), finite functions are remembered value by value. When a program is read back
the helpers are compared with these, never executed.
"""

from __future__ import annotations

import re

from readhead.language.python.operator_helpers import OPERATOR_HELPERS, OPERATOR_USES
from readhead.language.python.spelled import SHAPE_OF, SPELLED
from readhead.program.vocabulary import WORD

REDUCTIONS = {"mean": "mean", "sum": "total", "max": "largest", "min": "smallest", "pick": "pick"}
"""What the emitted file calls an aggregate, by its reduction."""

ERROR = '''
class ProgramError(ValueError):
    """A question that the program has no answer to."""
'''

SELECTOR = '''
class Selector(list):
    """For each query position, the selected key positions as the bits of a number."""
'''

VISIBLE = '''
def visible(selector):
    """The selector without what a causal program hides: the keys after the query."""
    if not CAUSAL:
        return selector
    return Selector([row & (2 << query) - 1 for query, row in enumerate(selector)])
'''

RUN = '''
def run(tokens):
    """The answers, one for each token; or the one that OUTPUT asks for."""
    answers = program(read(tokens))[0]
    if OUTPUT == "token_labels":
        return answers[len(BEFORE) : len(answers) - len(AFTER)]{empty}
    if not answers:
        raise ProgramError("without tokens there is no answer")
    return answers[0 if OUTPUT == "sequence_label" else -1]
'''

EMPTY = """
    if not answers and OUTPUT == "sequence_label" and type(answers) is Pooled:
        return answers.empty"""

TRACE = '''
def trace(tokens):
    """Every variable by name: a value for each position."""
    values = program(read(tokens))[-1]
    del values["sequence"]
    names = globals().get("NAMES", {})
    return {names.get(name, name): values[name] for name in values}
'''

TRACE_SELECTORS = '''
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
'''

MAIN = """
if __name__ == "__main__":
    import sys

    try:
        if len(sys.argv) < 2:
            raise ProgramError(f"give it tokens, or one text\\n\\n{__doc__}")
        answers = run(sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:])
        print(*answers if OUTPUT == "token_labels" else [answers])
    except ProgramError as error:
        print(f"{sys.argv[0]}: {error}", file=sys.stderr)
        sys.exit(2)
"""

READ = """
def read(tokens):
    \"\"\"The sequence that the program sees for these tokens, as the constants above say.\"\"\"
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
"""

READ_SPELLED = READ.replace(
    """
    if said("LOWER"):""",
    """
    given = content
    if said("LOWER"):""",
).replace(
    "v if v in KNOWN else unknown for v in content",
    "v if v in KNOWN else spelled(g, SPELLINGS, unknown) for v, g in zip(content, given)",
)
"""The variant for a vocabulary that tells unknown words apart by their spelling."""

WORDS = f'''
def words(text):
    """The words and punctuation marks of a text."""
    import re

    pattern = r"{WORD.pattern}"
    return re.findall(pattern, text)


def folded(text):
    """The text with every digit as 0."""
    return "".join("0" if c.isdecimal() else c for c in text)
'''

CLASSIFY = '''
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
            {lookup}
        else:
            {multiply}
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


SCORES = {{}}  # by the identity of a constant above, which never changes
'''

LOOKUP = "columns.append(map(known.__getitem__, values))"

LOOKUP_TYPED = """if type(next(iter(scores), None)) is tuple:
                values = [(type(value), value) for value in values]
            columns.append(map(known.__getitem__, values))"""

MULTIPLY = """known = together(*scores)
            columns.append([value * known for value in values])"""

MULTIPLY_CHECKED = """if not {int, bool}.issuperset(map(type, values)):
                raise ProgramError(f"scores are multiplied by integers only: {values}")
            known = together(*scores)
            columns.append([value * known for value in values])"""

REMEMBER = '''
@functools.cache
def remembered(function):
    """The function, working out each answer once."""
    return functools.lru_cache(maxsize=65536{typed})(function)
'''

TABLE = '''
def table(function, *columns):
    """A finite function's answer at each position."""
    return list(map(remembered(function), *columns))
'''

SELECT_FINITE = '''
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
'''

SELECT_TYPED = '''
def select(keys, queries, where):
    """For each query position the key positions where the predicate holds."""
    selected = Selector()
    for query in queries:
        matching = [1 << i for i, key in enumerate(keys) if where(query, key)]
        selected.append(sum(matching))
    return visible(selected)
'''

COMPARE_EQUAL = '''
def compare(keys, sign, queries):
    """For each query position the positions of the keys with `key sign query`."""
    places, unequal = {}, (1 << len(keys)) - 1 if sign == "!=" else 0
    for position, key in enumerate(keys):
        places[key] = places.get(key, 0) | 1 << position
    selected = Selector([places.get(query, 0) ^ unequal for query in queries])
    return visible(selected)
'''

COMPARE = '''
def compare(keys, sign, queries):
    """For each query position the positions of the keys with `key sign query`."""
    orders = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    holds = (orders | {"==": operator.eq, "!=": operator.ne})[sign]
    places, rows, mixed = places_of(keys), {}, {}
    for query in set(queries):
        rows[query] = mixed[query] = 0
        for key, row in places.items():
            if sign in orders and isinstance(key, str) != isinstance(query, str):
                mixed[query] |= row
            elif holds(key, query):
                rows[query] |= row
    selected = Selector([mixed[query] for query in queries])
    if any(visible(selected)):
        raise ProgramError(f"{sign} cannot order strings and numbers: {keys + queries}")
    selected = Selector([rows[query] for query in queries])
    return visible(selected)
'''

PLACES = '''
def places_of(keys):
    """The positions of each key, as the bits of a number."""
    places = {}
    for position, key in enumerate(keys):
        places[key] = places.get(key, 0) | 1 << position
    return places
'''

CLOSEST = '''
@functools.lru_cache(maxsize=65536)
def nearest(query, row, tie="earlier", own="last", fallback="first"):
    """The one key nearest to the query."""
    me = 1 << query
    if row & me and own == "any":
        return me
    before, after = row & me - 1, row >> query + 1
    to_left = query + 1 - before.bit_length()
    to_right = (after & -after).bit_length()
    if before and after:
        left = to_left < to_right or to_left == to_right and tie == "earlier"
        return me >> to_left if left else me << to_right
    if before or after:
        return me >> to_left if before else me << to_right
    if row & me and own == "last":
        return me
    return 1 if fallback == "first" else me


def closest(selector, **rules):
    """For each query position the nearest of the selected keys, one and only one."""
    if rules:
        return Selector([nearest(i, row, **rules) for i, row in enumerate(selector)])
    return Selector(map(nearest, range(len(selector)), selector))
'''

POSITIONS = '''
@functools.lru_cache(maxsize=65536)
def positions_of(row):
    """The selected key positions, in order."""
    return tuple(i for i, bit in enumerate(reversed(f"{row:b}")) if bit == "1")
'''

AGGREGATE = '''
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
'''

PICK = '''
def several(values):
    raise ProgramError(f"one value can be picked, not {len(values)}: {values}")


def pick(selector, values, default=None):
    """For each query position the value at the one selected key."""
    try:
        return [values[key] for (key,) in map(positions_of, selector)]
    except ValueError:
        return aggregate(selector, values, several, default)
'''

SUM = '''
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
'''

TOTAL = '''
def total(selector, values, default=None):
    """For each query position the sum of the selected values."""
    if type(default) is not int or default or {*map(type, values)} != {int}:
        return aggregate(selector, values, exact_sum, default)
    sums = {}
    for row in selector:
        if row not in sums:
            sums[row] = number(sum([values[key] for key in positions_of(row)]))
    return [sums[row] for row in selector]
'''

MEAN = '''
def average(values):
    return exact_sum(values) / len(values)


def mean(selector, values, default=None):
    """For each query position the mean of the selected values."""
    return aggregate(selector, values, average, default)
'''

LARGEST = '''
def largest(selector, values, default=None):
    """For each query position the largest selected value."""
    try:
        return aggregate(selector, values, max, default)
    except TypeError:
        raise ProgramError(f"strings and numbers have no order: {values}") from None
'''

SMALLEST = '''
def smallest(selector, values, default=None):
    """For each query position the smallest selected value."""
    try:
        return aggregate(selector, values, min, default)
    except TypeError:
        raise ProgramError(f"strings and numbers have no order: {values}") from None
'''

SELECT_AND = '''
def select_and(left, right):
    """The keys that both select."""
    return Selector([a & b for a, b in zip(left, right)])
'''

SELECT_OR = '''
def select_or(left, right):
    """The keys that either selects."""
    return Selector([a | b for a, b in zip(left, right)])
'''

SELECT_NOT = '''
def select_not(selector):
    """The keys that it does not select."""
    every = (1 << len(selector)) - 1
    selected = Selector([every ^ row for row in selector])
    return visible(selected)
'''

SELECTOR_WIDTH = '''
def selector_width(selector):
    """For each query position how many keys it selects."""
    return [row.bit_count() for row in selector]
'''

HELPERS: dict[str, str] = {
    **OPERATOR_HELPERS,
    "table": TABLE,
    "remembered": REMEMBER,
    "select": SELECT_FINITE,
    "compare": COMPARE,
    "places_of": PLACES,
    "select_and": SELECT_AND,
    "select_or": SELECT_OR,
    "select_not": SELECT_NOT,
    "closest": CLOSEST,
    "visible": VISIBLE,
    "selector": SELECTOR,
    "selector_width": SELECTOR_WIDTH,
    "pick": PICK,
    "mean": MEAN,
    "total": TOTAL,
    "largest": LARGEST,
    "smallest": SMALLEST,
    "aggregate": AGGREGATE,
    "positions_of": POSITIONS,
    "exact_sum": SUM,
    "classify": CLASSIFY,
}
"""Every helper that computes, in the order of the file. Some have variants."""

USES: dict[str, tuple[str, ...]] = {
    **OPERATOR_USES,
    "table": ("remembered",),
    "select": ("places_of", "visible"),
    "compare": ("places_of", "visible"),
    "select_and": ("selector",),
    "select_or": ("selector",),
    "select_not": ("visible",),
    "closest": ("selector",),
    "visible": ("selector",),
    "pick": ("aggregate",),
    "mean": ("aggregate", "exact_sum"),
    "total": ("aggregate", "exact_sum"),
    "largest": ("aggregate",),
    "smallest": ("aggregate",),
    "aggregate": ("positions_of",),
    "exact_sum": ("number",),
    "classify": ("number",),
}
"""The helpers that each helper uses."""

DEFINED = frozenset(
    {
        *re.findall(
            r"^(?:def|class) (\w+)",
            "\n".join([*HELPERS.values(), TRACE_SELECTORS, ERROR, WORDS, SHAPE_OF, SPELLED]),
            re.MULTILINE,
        ),
        "SCORES",
    }
)
"""The names that helpers define."""
