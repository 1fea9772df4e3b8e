"""dyck2: for each prefix, T balanced, P the beginning of a balanced string, F neither

Learned from 16,200 examples (seed 0, preset default): 93.02% of 30,000 test labels are right (always the most common label: 47.53%).
Heads: 10. Tables: 6.

A transformer that is a program, written by Readhead.

    python program.py TOKEN TOKEN ...

prints an answer for each token; run(tokens) returns it, and trace(tokens) every variable.
"""

import functools
import math

TOKENS = ("(", ")", "{", "}")
BEGIN = "<s>"
CAUSAL = True
MAX_LENGTH = 15
OUTPUT = "token_labels"


def program(sequence):
    tokens = sequence
    positions = list(range(len(sequence)))
    attn_1_1_match = select(keys=positions, queries=tokens, where=match_attn_1_1)
    attn_1_1_focus = closest(attn_1_1_match)
    attn_1_1 = pick(attn_1_1_focus, tokens)
    attn_1_2_match = select(keys=positions, queries=tokens, where=match_attn_1_2)
    attn_1_2_focus = closest(attn_1_2_match)
    attn_1_2 = pick(attn_1_2_focus, tokens)
    mlp_1_1 = table(mlp_1_1_of, positions, tokens)
    mlp_1_2 = table(mlp_1_2_of, tokens, positions)
    attn_2_1_match = select(keys=attn_1_1, queries=attn_1_1, where=match_attn_2_1)
    attn_2_1_focus = closest(attn_2_1_match)
    attn_2_1 = pick(attn_2_1_focus, attn_1_2)
    attn_2_2_match = select(keys=positions, queries=attn_1_1, where=match_attn_2_2)
    attn_2_2_focus = closest(attn_2_2_match)
    attn_2_2 = pick(attn_2_2_focus, tokens)
    mlp_2_1 = table(mlp_2_1_of, attn_2_2, attn_1_1)
    mlp_2_2 = table(mlp_2_2_of, attn_2_2, attn_1_1)
    constant_1 = [6] * len(sequence)
    attn_3_1_match = select(keys=positions, queries=constant_1, where=match_attn_3_1)
    attn_3_1_focus = closest(attn_3_1_match)
    attn_3_1 = pick(attn_3_1_focus, tokens)
    constant_2 = [8] * len(sequence)
    attn_3_2_match = select(keys=attn_2_2, queries=constant_2, where=match_attn_3_2)
    attn_3_2_focus = closest(attn_3_2_match)
    attn_3_2 = pick(attn_3_2_focus, attn_1_2)
    mlp_3_1 = table(mlp_3_1_of, attn_3_1)
    mlp_3_2 = table(mlp_3_2_of, attn_2_2, attn_3_1)
    count_1_1_match = select(keys=tokens, queries=positions, where=match_count_1_1)
    ones = [1] * len(sequence)
    count_1_1 = total(count_1_1_match, ones, default=0)
    count_2_1_match = select(keys=mlp_1_2, queries=tokens, where=match_count_2_1)
    count_1_2_match = select(keys=tokens, queries=tokens, where=match_count_1_2)
    count_1_2 = total(count_1_2_match, ones, default=0)
    count_2_1 = total(count_2_1_match, count_1_2, default=0)
    count_2_2_match = select(keys=mlp_1_1, queries=mlp_1_2, where=match_count_2_2)
    count_2_2 = total(count_2_2_match, count_1_1, default=0)
    prediction = classify(
        PREDICTION_LABELS,
        (tokens, PREDICTION_BY_TOKENS),
        (positions, PREDICTION_BY_POSITIONS),
        (attn_1_1, PREDICTION_BY_ATTN_1_1),
        (attn_1_2, PREDICTION_BY_ATTN_1_2),
        (mlp_1_1, PREDICTION_BY_MLP_1_1),
        (mlp_1_2, PREDICTION_BY_MLP_1_2),
        (attn_2_1, PREDICTION_BY_ATTN_2_1),
        (attn_2_2, PREDICTION_BY_ATTN_2_2),
        (mlp_2_1, PREDICTION_BY_MLP_2_1),
        (mlp_2_2, PREDICTION_BY_MLP_2_2),
        (attn_3_1, PREDICTION_BY_ATTN_3_1),
        (attn_3_2, PREDICTION_BY_ATTN_3_2),
        (mlp_3_1, PREDICTION_BY_MLP_3_1),
        (mlp_3_2, PREDICTION_BY_MLP_3_2),
        (count_1_1, PREDICTION_BY_COUNT_1_1),
        (count_2_1, PREDICTION_BY_COUNT_2_1),
        (count_2_2, PREDICTION_BY_COUNT_2_2),
        (ones, PREDICTION_BY_ONES),
    )
    return prediction, locals()


def match_attn_1_1(query, key):
    if query in {"(", ")", "{", "}", "<s>"}:
        return key == 2
    return False


def match_attn_1_2(query, key):
    if query in {"(", ")", "{"}:
        return key == 1
    if query in {"}", "<s>"}:
        return key == 2
    return False


def mlp_1_1_of(positions, tokens):
    if tokens == "(":
        if positions == 9:
            return 6
        if positions in {1, 2}:
            return 7
        if positions in {11, 13}:
            return 9
        if positions in {7, 8}:
            return 10
        if positions == 3:
            return 11
        if positions in {6, 10, 12, 14, 15}:
            return 13
        if positions == 0:
            return 14
        if positions == 5:
            return 15
    if tokens == ")":
        if positions == 6:
            return 0
        if positions in {3, 4}:
            return 1
        if positions in {8, 10, 11, 12}:
            return 2
        if positions == 2:
            return 9
        if positions == 1:
            return 10
        if positions == 15:
            return 11
        if positions in {0, 14}:
            return 12
        if positions in {9, 13}:
            return 14
    if tokens == "<s>":
        if positions == 6:
            return 0
        if positions in {12, 14}:
            return 2
        if positions in {2, 9}:
            return 4
        if positions == 3:
            return 9
        if positions in {1, 10}:
            return 10
        if positions == 4:
            return 11
        if positions == 0:
            return 12
        if positions == 11:
            return 13
    if tokens == "{":
        if positions in {10, 13}:
            return 1
        if positions == 5:
            return 2
        if positions == 15:
            return 5
        if positions in {8, 9}:
            return 6
        if positions in {1, 2}:
            return 7
        if positions in {7, 11}:
            return 10
        if positions == 0:
            return 11
        if positions in {12, 14}:
            return 13
        if positions == 3:
            return 15
    if tokens == "}":
        if positions == 6:
            return 0
        if positions in {1, 3, 5}:
            return 1
        if positions in {4, 9}:
            return 3
        if positions == 15:
            return 4
        if positions in {8, 13, 14}:
            return 5
        if positions == 2:
            return 9
        if positions == 10:
            return 11
        if positions in {0, 11}:
            return 14
        if positions == 12:
            return 15
    return 8


def mlp_1_2_of(tokens, positions):
    if tokens == "(":
        if positions in {6, 14}:
            return 0
        if positions == 4:
            return 3
        if positions == 8:
            return 5
        if positions == 0:
            return 7
        if positions == 9:
            return 8
        if positions in {1, 3}:
            return 9
        if positions in {10, 11, 13}:
            return 10
        if positions in {5, 7, 12}:
            return 13
        if positions == 15:
            return 14
        if positions == 2:
            return 15
    if tokens == ")":
        if positions in {3, 5}:
            return 1
        if positions in {7, 9}:
            return 4
        if positions in {1, 2}:
            return 6
        if positions == 12:
            return 7
        if positions == 14:
            return 8
        if positions in {0, 4, 13}:
            return 11
        if positions in {8, 10}:
            return 12
    if tokens == "<s>":
        if positions in {1, 3, 11}:
            return 0
        if positions == 15:
            return 3
        if positions in {4, 5}:
            return 4
        if positions == 12:
            return 6
        if positions == 7:
            return 7
        if positions in {6, 10, 14}:
            return 12
        if positions == 8:
            return 13
        if positions in {0, 13}:
            return 15
    if tokens == "{":
        if positions in {12, 14}:
            return 8
        if positions in {1, 3}:
            return 9
        if positions in {5, 7, 8}:
            return 13
        if positions in {6, 9, 10, 11, 13, 15}:
            return 14
        if positions == 2:
            return 15
    if tokens == "}":
        if positions in {3, 4}:
            return 1
        if positions in {5, 13, 15}:
            return 3
        if positions in {1, 2}:
            return 6
        if positions in {8, 10, 12}:
            return 7
        if positions == 14:
            return 10
        if positions == 0:
            return 13
        if positions in {7, 9, 11}:
            return 15
    return 2


def match_attn_2_1(query, key):
    if query in {"(", ")", "{", "}", "<s>"}:
        return key == "<s>"
    return False


def match_attn_2_2(query, key):
    if query in {"(", "{"}:
        return key == 3
    if query in {")", "}", "<s>"}:
        return key == 1
    return False


def mlp_2_1_of(attn_2_2, attn_1_1):
    if attn_2_2 == "(":
        if attn_1_1 in {"(", "{"}:
            return 0
        if attn_1_1 == "}":
            return 1
        if attn_1_1 == "<s>":
            return 5
    if attn_2_2 == ")":
        if attn_1_1 == "<s>":
            return 6
        if attn_1_1 == "{":
            return 9
        if attn_1_1 in {")", "}"}:
            return 11
    if attn_2_2 == "<s>":
        if attn_1_1 == "(":
            return 7
        if attn_1_1 == ")":
            return 8
        if attn_1_1 == "<s>":
            return 12
        if attn_1_1 == "{":
            return 13
        if attn_1_1 == "}":
            return 15
    if attn_2_2 == "{":
        if attn_1_1 == "(":
            return 2
        if attn_1_1 == "{":
            return 8
        if attn_1_1 == ")":
            return 9
        if attn_1_1 == "<s>":
            return 13
    if attn_2_2 == "}":
        if attn_1_1 in {"(", "<s>"}:
            return 1
        if attn_1_1 == ")":
            return 9
        if attn_1_1 == "}":
            return 11
    return 10


def mlp_2_2_of(attn_2_2, attn_1_1):
    if attn_1_1 == "(":
        if attn_2_2 == "{":
            return 2
        if attn_2_2 == "<s>":
            return 4
        if attn_2_2 == ")":
            return 14
        if attn_2_2 == "(":
            return 15
    if attn_1_1 == ")":
        if attn_2_2 == "<s>":
            return 3
        if attn_2_2 == ")":
            return 11
        if attn_2_2 == "(":
            return 14
    if attn_1_1 == "<s>":
        if attn_2_2 == "(":
            return 4
        if attn_2_2 == "{":
            return 6
        if attn_2_2 in {")", "}"}:
            return 7
        if attn_2_2 == "<s>":
            return 11
    if attn_1_1 == "{":
        if attn_2_2 == "(":
            return 6
        if attn_2_2 in {"{", "<s>"}:
            return 10
        if attn_2_2 == "}":
            return 14
    if attn_1_1 == "}":
        if attn_2_2 == "}":
            return 7
        if attn_2_2 in {")", "<s>"}:
            return 8
        if attn_2_2 == "{":
            return 14
    return 5


def match_attn_3_1(query, key):
    if query in range(6, 14) or query == 0:
        return key == 4
    if query in {1, 14}:
        return key == 5
    if query in {2, 15}:
        return key == 2
    if query in {3, 4, 5}:
        return key == query - 1
    return False


def match_attn_3_2(query, key):
    if query in range(2, 9) or query in {0, 10, 11, 12, 14}:
        return key == "<s>"
    if query in {1, 13}:
        return key == ")"
    if query in {9, 15}:
        return key == "}"
    return False


def mlp_3_1_of(attn_3_1):
    if attn_3_1 == "<s>":
        return 6
    if attn_3_1 == "(":
        return 11
    if attn_3_1 == ")":
        return 12
    return 0


def mlp_3_2_of(attn_2_2, attn_3_1):
    if attn_3_1 == "(":
        if attn_2_2 == "{":
            return 5
        if attn_2_2 == "<s>":
            return 8
        if attn_2_2 == ")":
            return 11
        if attn_2_2 == "(":
            return 15
    if attn_3_1 == ")":
        if attn_2_2 == "<s>":
            return 2
        if attn_2_2 == "}":
            return 10
        if attn_2_2 == "{":
            return 12
        if attn_2_2 == "(":
            return 13
    if attn_3_1 == "<s>":
        if attn_2_2 == "<s>":
            return 1
        if attn_2_2 in {")", "}"}:
            return 3
        if attn_2_2 == "(":
            return 11
        if attn_2_2 == "{":
            return 13
    if attn_3_1 == "{":
        if attn_2_2 == "{":
            return 1
        if attn_2_2 == "(":
            return 8
        if attn_2_2 == "}":
            return 11
        if attn_2_2 == "<s>":
            return 13
    if attn_3_1 == "}":
        if attn_2_2 in {"}", "<s>"}:
            return 5
        if attn_2_2 == "{":
            return 7
        if attn_2_2 == ")":
            return 10
    return 6


def match_count_1_1(query, key):
    if query in {1, 2, 4, 5, 6, 8}:
        return key == "}"
    if query == 3:
        return key == ")"
    if query in {10, 12, 14}:
        return key == "<s>"
    return False


def match_count_2_1(query, key):
    if query == "(":
        return key == 5
    if query == ")":
        return key == 14
    if query == "<s>":
        return key == 6
    if query == "{":
        return key == 10
    if query == "}":
        return key == 0
    return False


def match_count_1_2(query, key):
    if query == "(":
        return key == "{"
    if query == "<s>":
        return key == ")"
    return False


def match_count_2_2(query, key):
    if query in {0, 4}:
        return key == 6
    if query in range(5, 10) or query in {1, 2, 3, 11, 13, 15}:
        return key == 1
    if query in {10, 14}:
        return key == 13
    if query == 12:
        return key == 8
    return False


PREDICTION_LABELS = ("T", "P", "F")

# fmt: off
PREDICTION_BY_TOKENS = {
    #     "T"  "P"  "F"
    "(": (-14,   1,   0),
    ")": (  6,  -4,   0),
    "{": (-13,   1,   0),
    "}": (  7,  -2,   0),
}

PREDICTION_BY_POSITIONS = {
    #    "T"  "P"  "F"
    0:  ( -1,   0,   0),
    1:  ( -8,   8,   0),
    2:  ( 19,   0,   0),
    3:  (-10,  15,   0),
    4:  (  1,   0,  -6),
    5:  (-12,   6,   0),
    6:  (  0,   1,  -1),
    7:  (-13,   1,   0),
    9:  (-13,   0,   2),
    10: (  3,  -3,   0),
    11: (-13,   0,   3),
    12: (  6,  -5,   0),
    13: (-12,   0,   3),
    14: ( 10,  -6,   0),
    15: (-13,   0,   2),
}

PREDICTION_BY_ATTN_1_1 = {
    #       "T"  "P"  "F"
    "(":   (  0,   4,  -2),
    ")":   (  0,  -7,  16),
    "<s>": (  0,   2,  -3),
    "{":   (  0,   0,  -5),
    "}":   (  0, -11,  12),
}

PREDICTION_BY_ATTN_1_2 = {
    #       "T"  "P"  "F"
    "(":   (  0,   3,   0),
    ")":   (  0,  -7,   0),
    "<s>": ( -1,   3,   0),
    "{":   ( -5,   4,   0),
    "}":   (  0, -12,   9),
}

PREDICTION_BY_MLP_1_1 = {
    #    "T"  "P"  "F"
    0:  (  0,  -1,   0),
    1:  ( -1,   0,   1),
    2:  (  0,   0,  -1),
    3:  (  0,   1,   0),
    4:  ( -2,   0,   2),
    6:  ( -2,   0,   2),
    7:  ( -1,   4,   0),
    8:  ( -3,   0,   2),
    9:  (  8,  -1,   0),
    10: ( -2,   0,   2),
    11: (  1,   0,   0),
    13: (-11,   0,   1),
    14: ( -3,   1,   0),
}

PREDICTION_BY_MLP_1_2 = {
    #    "T"  "P"  "F"
    0:  (  0,   0,   1),
    1:  ( -1,   0,   2),
    3:  ( -2,   1,   0),
    4:  ( -4,   0,   1),
    5:  ( -3,   0,   0),
    6:  (  2,  -3,   0),
    8:  (  0,   0,   1),
    9:  ( -1,   4,   0),
    10: (  0,  -1,   0),
    11: (  0,   0,  -1),
    13: ( -2,   0,   0),
    14: (  0,  -1,   1),
    15: ( -8,   1,   0),
}

PREDICTION_BY_ATTN_2_1 = {
    #       "T"  "P"  "F"
    "(":   (  0,   2,  -1),
    ")":   (  0,  -3,  22),
    "<s>": (  0,   2,   0),
    "{":   (  0,   0,  -2),
    "}":   (  0,  -3,  15),
}

PREDICTION_BY_ATTN_2_2 = {
    #       "T"  "P"  "F"
    "(":   (  0,   3,  -1),
    ")":   (  0,  -6,   8),
    "<s>": ( -2,   1,   0),
    "{":   (  0,   1,   0),
    "}":   (  0,  -6,   7),
}

PREDICTION_BY_MLP_2_1 = {
    #    "T"  "P"  "F"
    0:  (  0,   0,   1),
    1:  (  0,   0,   9),
    2:  (  0,   1,   0),
    5:  ( -1,   2,   0),
    6:  ( -1,   0,   4),
    8:  (  0,   0,   1),
    9:  (  0,   0,   5),
    10: (  0,   1,  -2),
    11: ( -2,   0,   0),
    13: (  0,   1,  -1),
    15: ( -1,   0,   1),
}

PREDICTION_BY_MLP_2_2 = {
    #    "T"  "P"  "F"
    2:  ( -1,   0,   0),
    3:  (  0,   1,   0),
    4:  ( -1,   0,   0),
    5:  ( -7,   0,  11),
    6:  ( -1,   0,   1),
    7:  ( -1,   0,   4),
    8:  ( -1,   0,   1),
    10: (  0,   0,  -3),
    11: ( -3,   0,   0),
    14: (  0,   1,  -8),
    15: (  1,   0,  -1),
}

PREDICTION_BY_ATTN_3_1 = {
    #       "T"  "P"  "F"
    "(":   ( -1,   5,   0),
    ")":   (  0,  -6,   0),
    "<s>": (  0,   0,   2),
    "{":   (  0,   4,   0),
    "}":   (  0,  -8,   4),
}

PREDICTION_BY_ATTN_3_2 = {
    #       "T"  "P"  "F"
    "(":   (  0,   1,   0),
    ")":   (  0,  -1,  19),
    "<s>": (  0,   1,   0),
    "{":   (  0,   1,  -3),
    "}":   (  0,  -1,  25),
}

PREDICTION_BY_MLP_3_1 = {
    #    "T"  "P"  "F"
    0:  ( -1,   0,   2),
    6:  ( -1,   0,   1),
    11: ( -1,   0,   1),
    12: ( -2,   0,   3),
}

PREDICTION_BY_MLP_3_2 = {
    #    "T"  "P"  "F"
    1:  ( -4,   0,   0),
    2:  ( -2,   1,   0),
    3:  ( -2,   0,   2),
    5:  ( -1,   2,   0),
    6:  (  0,  -2,   2),
    7:  (  0,   8,  -6),
    8:  ( -1,   0,   1),
    10: ( -2,   0,   0),
    11: (  0,  -3,   0),
    12: (  0,  -5,   7),
    13: (  0,   0,  -4),
    15: (  0,   0,   1),
}

PREDICTION_BY_COUNT_1_1 = (
    # "T"  "P"  "F"
        1,  -2,   0,
)

PREDICTION_BY_COUNT_2_1 = (
    # "T"  "P"  "F"
        0,   1,   0,
)

PREDICTION_BY_COUNT_2_2 = (
    # "T"  "P"  "F"
        0,  -1,   2,
)

PREDICTION_BY_ONES = (
    # "T"  "P"  "F"
        0,   8,  10,
)
# fmt: on


# Readhead's own part (helpers da227d34): leave it as it is.


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


def visible(selector):
    """The selector without what a causal program hides: the keys after the query."""
    if not CAUSAL:
        return selector
    return Selector([row & (2 << query) - 1 for query, row in enumerate(selector)])


class Selector(list):
    """For each query position, the selected key positions as the bits of a number."""


def several(values):
    raise ProgramError(f"one value can be picked, not {len(values)}: {values}")


def pick(selector, values, default=None):
    """For each query position the value at the one selected key."""
    try:
        return [values[key] for (key,) in map(positions_of, selector)]
    except ValueError:
        return aggregate(selector, values, several, default)


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
