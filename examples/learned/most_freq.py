"""most_freq: the distinct symbols by falling frequency (ties: the first to occur), then <s>

Learned from 16,200 examples (seed 0, preset default): 78.74% of 11,948 test labels are right (always the most common label: 34.03%).
Heads: 24. Tables: 12.

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
    positions = list(range(len(sequence)))
    attn_1_1_match = select(keys=positions, queries=positions, where=match_attn_1_1)
    attn_1_1_focus = closest(attn_1_1_match)
    attn_1_1 = pick(attn_1_1_focus, tokens)
    attn_1_2_match = select(keys=tokens, queries=positions, where=match_attn_1_2)
    attn_1_2_focus = closest(attn_1_2_match)
    attn_1_2 = pick(attn_1_2_focus, tokens)
    attn_1_3_match = select(keys=positions, queries=positions, where=match_attn_1_3)
    attn_1_3_focus = closest(attn_1_3_match)
    attn_1_3 = pick(attn_1_3_focus, tokens)
    attn_1_4_match = select(keys=tokens, queries=positions, where=match_attn_1_4)
    attn_1_4_focus = closest(attn_1_4_match)
    attn_1_4 = pick(attn_1_4_focus, tokens)
    mlp_1_1 = table(mlp_1_1_of, tokens, positions)
    mlp_1_2 = table(mlp_1_2_of, positions, tokens)
    count_1_1_match = select(keys=tokens, queries=positions, where=match_count_1_1)
    ones = [1] * len(sequence)
    count_1_1 = total(count_1_1_match, ones, default=0)
    num_mlp_1_1 = table(num_mlp_1_1_of, count_1_1)
    num_mlp_1_2 = table(num_mlp_1_2_of, count_1_1)
    attn_2_1_match = select(keys=attn_1_3, queries=num_mlp_1_2, where=match_attn_2_1)
    attn_2_1_focus = closest(attn_2_1_match)
    attn_2_1 = pick(attn_2_1_focus, tokens)
    attn_2_2_match = select(keys=attn_1_3, queries=positions, where=match_attn_2_2)
    attn_2_2_focus = closest(attn_2_2_match)
    attn_2_2 = pick(attn_2_2_focus, num_mlp_1_2)
    attn_2_3_match = select(keys=positions, queries=positions, where=match_attn_2_3)
    attn_2_3_focus = closest(attn_2_3_match)
    attn_2_3 = pick(attn_2_3_focus, num_mlp_1_2)
    attn_2_4_match = select(keys=num_mlp_1_1, queries=positions, where=match_attn_2_4)
    attn_2_4_focus = closest(attn_2_4_match)
    attn_2_4 = pick(attn_2_4_focus, attn_1_2)
    mlp_2_1 = table(mlp_2_1_of, attn_1_2, positions)
    mlp_2_2 = table(mlp_2_2_of, positions, attn_2_1)
    count_1_4_match = select(keys=tokens, queries=positions, where=match_count_1_4)
    count_1_4 = total(count_1_4_match, ones, default=0)
    count_2_4_match = select(keys=tokens, queries=positions, where=match_count_2_4)
    count_2_4 = total(count_2_4_match, ones, default=0)
    num_mlp_2_1 = table(num_mlp_2_1_of, count_1_4, count_2_4)
    count_2_1_match = select(keys=tokens, queries=positions, where=match_count_2_1)
    count_2_1 = total(count_2_1_match, ones, default=0)
    num_mlp_2_2 = table(num_mlp_2_2_of, count_2_1, count_2_4)
    attn_3_1_match = select(keys=attn_1_4, queries=positions, where=match_attn_3_1)
    attn_3_1_focus = closest(attn_3_1_match)
    attn_3_1 = pick(attn_3_1_focus, num_mlp_1_2)
    attn_3_2_match = select(keys=tokens, queries=tokens, where=match_attn_3_2)
    attn_3_2_focus = closest(attn_3_2_match)
    attn_3_2 = pick(attn_3_2_focus, tokens)
    attn_3_3_match = select(keys=num_mlp_2_2, queries=attn_1_3, where=match_attn_3_3)
    attn_3_3_focus = closest(attn_3_3_match)
    attn_3_3 = pick(attn_3_3_focus, num_mlp_1_2)
    attn_3_4_match = select(keys=positions, queries=positions, where=match_attn_3_4)
    attn_3_4_focus = closest(attn_3_4_match)
    attn_3_4 = pick(attn_3_4_focus, tokens)
    mlp_3_1 = table(mlp_3_1_of, attn_2_1, positions)
    mlp_3_2 = table(mlp_3_2_of, tokens, attn_1_3)
    count_2_3_match = select(keys=tokens, queries=attn_1_3, where=match_count_2_3)
    count_2_3 = total(count_2_3_match, ones, default=0)
    count_2_2_match = select(keys=tokens, queries=positions, where=match_count_2_2)
    count_2_2 = total(count_2_2_match, ones, default=0)
    num_mlp_3_1 = table(num_mlp_3_1_of, count_2_3, count_2_2)
    count_3_3_match = select(keys=tokens, queries=attn_1_3, where=match_count_3_3)
    count_3_3 = total(count_3_3_match, ones, default=0)
    num_mlp_3_2 = table(num_mlp_3_2_of, count_3_3)
    count_1_2_match = select(keys=tokens, queries=positions, where=match_count_1_2)
    count_1_2 = total(count_1_2_match, ones, default=0)
    count_1_3_match = select(keys=tokens, queries=positions, where=match_count_1_3)
    count_1_3 = total(count_1_3_match, ones, default=0)
    count_3_1_match = select(keys=attn_1_4, queries=tokens, where=match_count_3_1)
    count_3_1 = total(count_3_1_match, ones, default=0)
    count_3_2_match = select(keys=num_mlp_1_2, queries=attn_1_3, where=match_count_3_2)
    count_3_2 = total(count_3_2_match, count_1_2, default=0)
    count_3_4_match = select(keys=tokens, queries=positions, where=match_count_3_4)
    count_3_4 = total(count_3_4_match, count_2_4, default=0)
    prediction = classify(
        PREDICTION_LABELS,
        (tokens, PREDICTION_BY_TOKENS),
        (positions, PREDICTION_BY_POSITIONS),
        (attn_1_1, PREDICTION_BY_ATTN_1_1),
        (attn_1_2, PREDICTION_BY_ATTN_1_2),
        (attn_1_3, PREDICTION_BY_ATTN_1_3),
        (attn_1_4, PREDICTION_BY_ATTN_1_4),
        (mlp_1_1, PREDICTION_BY_MLP_1_1),
        (mlp_1_2, PREDICTION_BY_MLP_1_2),
        (num_mlp_1_1, PREDICTION_BY_NUM_MLP_1_1),
        (num_mlp_1_2, PREDICTION_BY_NUM_MLP_1_2),
        (attn_2_1, PREDICTION_BY_ATTN_2_1),
        (attn_2_2, PREDICTION_BY_ATTN_2_2),
        (attn_2_3, PREDICTION_BY_ATTN_2_3),
        (attn_2_4, PREDICTION_BY_ATTN_2_4),
        (mlp_2_1, PREDICTION_BY_MLP_2_1),
        (mlp_2_2, PREDICTION_BY_MLP_2_2),
        (num_mlp_2_1, PREDICTION_BY_NUM_MLP_2_1),
        (num_mlp_2_2, PREDICTION_BY_NUM_MLP_2_2),
        (attn_3_1, PREDICTION_BY_ATTN_3_1),
        (attn_3_2, PREDICTION_BY_ATTN_3_2),
        (attn_3_3, PREDICTION_BY_ATTN_3_3),
        (attn_3_4, PREDICTION_BY_ATTN_3_4),
        (mlp_3_1, PREDICTION_BY_MLP_3_1),
        (mlp_3_2, PREDICTION_BY_MLP_3_2),
        (num_mlp_3_1, PREDICTION_BY_NUM_MLP_3_1),
        (num_mlp_3_2, PREDICTION_BY_NUM_MLP_3_2),
        (count_1_1, PREDICTION_BY_COUNT_1_1),
        (count_1_2, PREDICTION_BY_COUNT_1_2),
        (count_1_3, PREDICTION_BY_COUNT_1_3),
        (count_1_4, PREDICTION_BY_COUNT_1_4),
        (count_2_1, PREDICTION_BY_COUNT_2_1),
        (count_2_2, PREDICTION_BY_COUNT_2_2),
        (count_2_3, PREDICTION_BY_COUNT_2_3),
        (count_2_4, PREDICTION_BY_COUNT_2_4),
        (count_3_1, PREDICTION_BY_COUNT_3_1),
        (count_3_2, PREDICTION_BY_COUNT_3_2),
        (count_3_3, PREDICTION_BY_COUNT_3_3),
        (count_3_4, PREDICTION_BY_COUNT_3_4),
        (ones, PREDICTION_BY_ONES),
    )
    return prediction, locals()


def match_attn_1_1(query, key):
    if query in {0, 6}:
        return key == 7
    if query == 1:
        return key == 3
    if query in {2, 3, 7}:
        return key == 0
    if query in {4, 5}:
        return key == 6
    return False


def match_attn_1_2(query, key):
    if query == 0:
        return key == "5"
    if query in {1, 2}:
        return key == "4"
    if query in {3, 5, 7}:
        return key == "0"
    return False


def match_attn_1_3(query, key):
    if query == 0:
        return key == 5
    if query == 1:
        return key == 3
    if query == 2:
        return key == 1
    if query == 3:
        return key == 2
    if query in {4, 5, 6}:
        return key == query + 1
    if query == 7:
        return key == 0
    return False


def match_attn_1_4(query, key):
    if query == 0:
        return key == "5"
    if query == 1:
        return key == "1"
    if query in {3, 4}:
        return key == "0"
    return False


def mlp_1_1_of(tokens, positions):
    if positions == 0:
        if tokens == "2":
            return 3
        if tokens == "4":
            return 4
        if tokens in {"3", "5"}:
            return 6
        if tokens == "0":
            return 7
    if positions == 1:
        if tokens == "5":
            return 1
        if tokens == "<s>":
            return 2
        if tokens == "2":
            return 3
        if tokens == "4":
            return 4
        if tokens in {"0", "3"}:
            return 6
        if tokens == "1":
            return 7
    if positions == 2:
        if tokens == "2":
            return 1
        if tokens in {"1", "3", "5"}:
            return 2
        if tokens == "<s>":
            return 6
        if tokens == "0":
            return 7
    if positions == 3 and tokens in {"0", "1", "2", "3", "4", "5", "<s>"}:
        return 2
    if positions == 4 and tokens in {"0", "4"}:
        return 2
    if positions == 5 and tokens in {"1", "<s>"}:
        return 5
    if positions == 7 and tokens in {"1", "2", "4", "5", "<s>"}:
        return 5
    if positions == 6 and tokens in {"5", "<s>"}:
        return 5
    return 0


def mlp_1_2_of(positions, tokens):
    if positions == 0:
        if tokens in {"0", "1", "4", "<s>"}:
            return 0
        if tokens == "5":
            return 2
        if tokens == "2":
            return 6
        if tokens == "3":
            return 7
    if positions == 1:
        if tokens in {"0", "1"}:
            return 0
        if tokens == "4":
            return 3
        if tokens == "3":
            return 5
        if tokens == "2":
            return 6
        if tokens == "<s>":
            return 7
    if positions == 2:
        if tokens in {"2", "3"}:
            return 0
        if tokens == "4":
            return 4
        if tokens in {"0", "1", "5", "<s>"}:
            return 7
    if positions == 3:
        if tokens == "3":
            return 0
        if tokens == "1":
            return 2
        if tokens in {"5", "<s>"}:
            return 4
        if tokens in {"0", "2", "4"}:
            return 7
    if positions == 4:
        if tokens == "4":
            return 2
        if tokens == "1":
            return 3
        if tokens in {"0", "3"}:
            return 4
        if tokens in {"2", "<s>"}:
            return 6
    if positions == 5:
        if tokens == "3":
            return 2
        if tokens in {"1", "4"}:
            return 3
        if tokens == "0":
            return 4
        if tokens in {"2", "<s>"}:
            return 6
    if positions == 6:
        if tokens == "0":
            return 4
        if tokens == "3":
            return 5
        if tokens in {"1", "2", "4"}:
            return 6
    return 1


def match_count_1_1(query, key):
    if query == 0:
        return key == "3"
    if query in {1, 2}:
        return key == "<s>"
    if query in range(3, 7):
        return key == "5"
    return False


def num_mlp_1_1_of(count_1_1):
    if count_1_1 == 0:
        return 1
    if count_1_1 == 1:
        return 3
    return 5


def num_mlp_1_2_of(count_1_1):
    if count_1_1 == 1:
        return 2
    if count_1_1 == 2:
        return 5
    if count_1_1 == 0:
        return 6
    return 1


def match_attn_2_1(query, key):
    if query == 0:
        return key == "4"
    if query in {2, 5, 6}:
        return key == "<s>"
    if query == 3:
        return key == "2"
    if query == 4:
        return key == "3"
    if query == 7:
        return key == "5"
    return False


def match_attn_2_2(query, key):
    if query == 0:
        return key == "2"
    if query == 2:
        return key == "<s>"
    if query == 7:
        return key == "5"
    return False


def match_attn_2_3(query, key):
    if query in range(3, 7) or query == 0:
        return key == 0
    if query == 1:
        return key == 2
    if query == 2:
        return key == 6
    if query == 7:
        return key == 7
    return False


def match_attn_2_4(query, key):
    if query == 0:
        return key == 4
    if query == 1:
        return key == 3
    if query in {2, 4, 5}:
        return key == 5
    if query in {3, 7}:
        return key == 2
    if query == 6:
        return key == 6
    return False


def mlp_2_1_of(attn_1_2, positions):
    if positions == 1:
        if attn_1_2 == "5":
            return 0
        if attn_1_2 == "4":
            return 2
        if attn_1_2 == "2":
            return 4
        if attn_1_2 == "3":
            return 5
        if attn_1_2 in {"0", "1"}:
            return 6
        if attn_1_2 == "<s>":
            return 7
    if positions == 2:
        if attn_1_2 in {"0", "3"}:
            return 2
        if attn_1_2 == "1":
            return 3
        if attn_1_2 in {"4", "5", "<s>"}:
            return 4
        if attn_1_2 == "2":
            return 6
    if positions == 3:
        if attn_1_2 == "5":
            return 2
        if attn_1_2 in {"0", "1", "2", "3", "<s>"}:
            return 4
        if attn_1_2 == "4":
            return 5
    if positions == 4:
        if attn_1_2 in {"0", "2", "4"}:
            return 0
        if attn_1_2 == "1":
            return 2
        if attn_1_2 == "5":
            return 3
        if attn_1_2 in {"3", "<s>"}:
            return 4
    if positions == 5:
        if attn_1_2 == "3":
            return 0
        if attn_1_2 in {"0", "4", "5"}:
            return 6
    if positions == 0:
        if attn_1_2 == "<s>":
            return 0
        if attn_1_2 == "2":
            return 3
        if attn_1_2 in {"3", "5"}:
            return 5
        if attn_1_2 in {"1", "4"}:
            return 6
    if positions == 6 and attn_1_2 == "4":
        return 0
    return 1


def mlp_2_2_of(positions, attn_2_1):
    if positions == 0:
        if attn_2_1 == "3":
            return 0
        if attn_2_1 in {"1", "2", "4", "<s>"}:
            return 1
        if attn_2_1 == "5":
            return 7
    if positions == 1:
        if attn_2_1 in {"2", "5", "<s>"}:
            return 0
        if attn_2_1 == "0":
            return 1
        if attn_2_1 == "3":
            return 4
        if attn_2_1 == "4":
            return 5
        if attn_2_1 == "1":
            return 7
    if positions == 2:
        if attn_2_1 in {"5", "<s>"}:
            return 0
        if attn_2_1 == "3":
            return 1
        if attn_2_1 == "1":
            return 6
        if attn_2_1 in {"0", "2"}:
            return 7
    if positions == 3:
        if attn_2_1 in {"0", "1"}:
            return 0
        if attn_2_1 == "5":
            return 1
        if attn_2_1 == "<s>":
            return 2
        if attn_2_1 == "4":
            return 4
        if attn_2_1 in {"2", "3"}:
            return 7
    if positions == 4:
        if attn_2_1 == "1":
            return 0
        if attn_2_1 in {"2", "3"}:
            return 1
        if attn_2_1 in {"0", "<s>"}:
            return 2
        if attn_2_1 == "4":
            return 4
        if attn_2_1 == "5":
            return 7
    if positions == 5:
        if attn_2_1 == "0":
            return 1
        if attn_2_1 == "<s>":
            return 2
        if attn_2_1 in {"4", "5"}:
            return 5
    if positions == 6:
        if attn_2_1 == "4":
            return 2
        if attn_2_1 == "0":
            return 6
    return 3


def match_count_1_4(query, key):
    if query in {0, 1}:
        return key == "3"
    if query == 2:
        return key == "<s>"
    if query in range(3, 7):
        return key == "4"
    return False


def match_count_2_4(query, key):
    if query in {0, 1}:
        return key == "2"
    if query == 2:
        return key == "<s>"
    if query in range(3, 8):
        return key == "4"
    return False


def num_mlp_2_1_of(count_1_4, count_2_4):
    if count_1_4 == 0:
        if count_2_4 in range(1, 9):
            return 6
        if count_2_4 == 0:
            return 7
    if count_1_4 == 1 and count_2_4 in {6, 7, 8}:
        return 6
    if count_1_4 == 3 and count_2_4 == 0:
        return 2
    if count_1_4 == 4 and count_2_4 in {0, 1}:
        return 2
    if count_1_4 == 5 and count_2_4 in {0, 1, 2}:
        return 2
    if count_1_4 == 6 and count_2_4 in range(4):
        return 2
    if count_1_4 == 7 and count_2_4 in range(5):
        return 2
    if count_1_4 == 8 and count_2_4 in range(6):
        return 2
    return 3


def match_count_2_1(query, key):
    if query == 0:
        return key == "3"
    if query == 1:
        return key == "5"
    if query == 2:
        return key == "<s>"
    if query in {3, 4, 5}:
        return key == "2"
    return False


def num_mlp_2_2_of(count_2_1, count_2_4):
    if count_2_1 == 0 and count_2_4 in range(9):
        return 3
    if count_2_1 == 1 and count_2_4 == 8:
        return 3
    if count_2_1 == 2 and count_2_4 == 0:
        return 4
    if count_2_1 == 3 and count_2_4 in {0, 1}:
        return 4
    if count_2_1 == 4 and count_2_4 in range(4):
        return 4
    if count_2_1 == 5 and count_2_4 in range(5):
        return 4
    if count_2_1 == 6 and count_2_4 in range(6):
        return 4
    if count_2_1 == 7 and count_2_4 in range(8):
        return 4
    if count_2_1 == 8 and count_2_4 in range(9):
        return 4
    return 6


def match_attn_3_1(query, key):
    if query == 1:
        return key == "<s>"
    if query == 7:
        return key == "5"
    return False


def match_attn_3_2(query, key):
    if query in {"0", "1", "2", "3", "5", "<s>"}:
        return key == "4"
    if query == "4":
        return key == "5"
    return False


def match_attn_3_3(query, key):
    if query in {"0", "1", "2", "4", "5", "<s>"}:
        return key == 7
    if query == "3":
        return key == 6
    return False


def match_attn_3_4(query, key):
    if query == 0:
        return key == 2
    if query in {1, 3, 4, 6}:
        return key == query + 1
    if query in {2, 7}:
        return key == 0
    if query == 5:
        return key == 7
    return False


def mlp_3_1_of(attn_2_1, positions):
    if attn_2_1 == "0":
        if positions == 4:
            return 0
        if positions in {0, 2, 3}:
            return 5
    if attn_2_1 == "1":
        if positions == 5:
            return 1
        if positions in {3, 4}:
            return 2
        if positions in {0, 1}:
            return 4
        if positions == 2:
            return 7
    if attn_2_1 == "2":
        if positions == 3:
            return 0
        if positions == 7:
            return 1
        if positions == 0:
            return 4
        if positions == 4:
            return 5
        if positions in {1, 5}:
            return 7
    if attn_2_1 == "3":
        if positions in {3, 4}:
            return 0
        if positions in {0, 1, 2}:
            return 2
        if positions == 5:
            return 6
    if attn_2_1 == "4":
        if positions == 4:
            return 0
        if positions in {5, 6}:
            return 1
        if positions in {0, 2, 3}:
            return 4
        if positions == 1:
            return 7
    if attn_2_1 == "5":
        if positions in {0, 3}:
            return 0
        if positions == 4:
            return 1
        if positions == 1:
            return 5
        if positions == 2:
            return 6
    if attn_2_1 == "<s>":
        if positions == 2:
            return 0
        if positions in {4, 5}:
            return 1
        if positions in {0, 1}:
            return 4
        if positions == 3:
            return 5
    return 3


def mlp_3_2_of(tokens, attn_1_3):
    if attn_1_3 == "0":
        if tokens == "0":
            return 1
        if tokens in {"1", "2", "3"}:
            return 3
        if tokens == "<s>":
            return 5
        if tokens == "4":
            return 7
    if attn_1_3 == "1":
        if tokens in {"0", "2", "5"}:
            return 0
        if tokens == "<s>":
            return 2
        if tokens in {"3", "4"}:
            return 4
        if tokens == "1":
            return 7
    if attn_1_3 == "2":
        if tokens in {"0", "1", "3", "5"}:
            return 2
        if tokens == "2":
            return 5
        if tokens in {"4", "<s>"}:
            return 7
    if attn_1_3 == "4":
        if tokens == "<s>":
            return 0
        if tokens == "4":
            return 3
        if tokens in {"0", "1", "3", "5"}:
            return 5
        if tokens == "2":
            return 7
    if attn_1_3 == "<s>":
        if tokens == "1":
            return 0
        if tokens in {"2", "3"}:
            return 2
        if tokens == "4":
            return 4
        if tokens == "0":
            return 7
    if attn_1_3 == "3":
        if tokens == "2":
            return 2
        if tokens == "4":
            return 5
        if tokens == "3":
            return 7
    if attn_1_3 == "5":
        if tokens == "5":
            return 4
        if tokens == "4":
            return 5
        if tokens == "2":
            return 7
    return 6


def match_count_2_3(query, key):
    if query in {"0", "2", "3", "4", "5"}:
        return key == "1"
    if query == "<s>":
        return key == "<s>"
    return False


def match_count_2_2(query, key):
    if query in {0, 1}:
        return key == "3"
    if query in range(2, 7):
        return key == "1"
    return False


def num_mlp_3_1_of(count_2_3, count_2_2):
    if count_2_2 == 0 and count_2_3 in range(6):
        return 7
    if count_2_2 == 1 and count_2_3 == 0:
        return 0
    if count_2_2 == 2 and count_2_3 in {0, 1}:
        return 0
    if count_2_2 == 3:
        if count_2_3 in {1, 2}:
            return 0
        if count_2_3 == 0:
            return 2
    if count_2_2 == 4:
        if count_2_3 in {2, 3}:
            return 0
        if count_2_3 in {0, 1}:
            return 2
    if count_2_2 == 5:
        if count_2_3 in {3, 4}:
            return 0
        if count_2_3 in {0, 1, 2}:
            return 2
    if count_2_2 == 6:
        if count_2_3 in {4, 5}:
            return 0
        if count_2_3 in range(4):
            return 2
    if count_2_2 == 7:
        if count_2_3 in {4, 5, 6}:
            return 0
        if count_2_3 in range(4):
            return 2
    if count_2_2 == 8:
        if count_2_3 in {5, 6, 7}:
            return 0
        if count_2_3 in range(5):
            return 2
    return 3


def match_count_3_3(query, key):
    if query in {"0", "1", "3", "4", "5", "<s>"}:
        return key == "2"
    if query == "2":
        return key == "<s>"
    return False


def num_mlp_3_2_of(count_3_3):
    if count_3_3 in {1, 2}:
        return 5
    return 7


def match_count_1_2(query, key):
    if query == 1:
        return key == "0"
    if query in range(2, 7):
        return key == "<s>"
    if query == 7:
        return key == "5"
    return False


def match_count_1_3(query, key):
    if query in {0, 1}:
        return key == "1"
    if query == 2:
        return key == "<s>"
    if query in range(3, 7):
        return key == "0"
    if query == 7:
        return key == "4"
    return False


def match_count_3_1(query, key):
    if query == "0":
        return key == "3"
    if query in {"1", "2", "3", "4", "5", "<s>"}:
        return key == "0"
    return False


def match_count_3_2(query, key):
    if query in {"0", "1", "2", "3", "4"}:
        return key == 5
    if query == "5":
        return key == 0
    if query == "<s>":
        return key == 7
    return False


def match_count_3_4(query, key):
    if query in {0, 1}:
        return key == "4"
    if query in {2, 4}:
        return key == "<s>"
    if query in {3, 5, 6}:
        return key == "2"
    if query == 7:
        return key == "5"
    return False


PREDICTION_LABELS = ("0", "1", "2", "3", "4", "5", "<s>")

# fmt: off
PREDICTION_BY_TOKENS = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (  127,   -13,    11,     0,   -28,     1,  -162),
    "1":   (  -27,    21,     0,    -3,   -35,     4,    80),
    "2":   (  -19,     0,    35,     0,   -28,    -1,   104),
    "3":   (  -33,   -17,     0,    25,   -27,     7,   145),
    "4":   (  -71,    26,     0,     2,   126,   -13,  -109),
    "5":   (  -18,     0,     1,    16,   -23,    33,   -41),
    "<s>": (    2,    -1,     0,     3,     0,     0,     0),
}

PREDICTION_BY_POSITIONS = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (    0,     3,     3,    -2,     0,    -1,     0),
    1: (    0,    46,     0,    -1,    42,    76,  -307),
    2: (   44,     5,    -5,     0,   -18,    16,  -218),
    3: (  -42,     0,    21,    25,    24,     0,  -276),
    4: (  -38,    -5,     2,     0,    12,   -34,   107),
    5: (   44,   -23,    12,    -6,     0,   -30,   197),
    6: (  115,   -17,    18,     0,   -13,   -38,   328),
    7: (   -3,    -2,     6,    13,     0,   -12,   131),
}

PREDICTION_BY_ATTN_1_1 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   14,   -12,     0,    -3,     0,     1,    10),
    "1":   (  -12,    16,    -1,     0,     2,     1,   -33),
    "2":   (    0,    -3,    34,     1,     4,    -8,   -26),
    "3":   (   -5,    -6,     5,    26,     5,     0,   -31),
    "4":   (   -7,    -1,     0,     5,    34,     3,   -15),
    "5":   (   -3,   -11,     3,    -9,     9,    38,     0),
    "<s>": (  -11,     9,     2,     0,    -1,     0,    19),
}

PREDICTION_BY_ATTN_1_2 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   -7,    12,    -4,     0,     6,    15,    -6),
    "1":   (    0,     7,    -7,     9,   -11,     1,   -40),
    "2":   (   -4,   -10,     6,     0,    35,     1,   -13),
    "3":   (  -22,    23,    -9,     0,    43,    49,    -8),
    "4":   (   28,   -21,     6,     0,    24,   -19,  -220),
    "5":   (   -5,     4,     1,   -12,     0,    -8,     6),
    "<s>": (  -26,    10,     0,    -2,    -6,    14,    51),
}

PREDICTION_BY_ATTN_1_3 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (    5,   -33,     3,     0,    12,    -7,   -17),
    "1":   (   29,   124,   -23,   -24,     0,    14,   -58),
    "2":   (    0,   -14,    36,     8,    -2,    -1,    10),
    "3":   (  -18,   -29,     0,    21,     1,   -16,    46),
    "4":   (  -14,   -22,     9,     0,     9,    -1,    18),
    "5":   (  -16,   -38,     6,     2,     0,    25,   -17),
    "<s>": (  -24,   -24,     3,     5,     0,    -1,     4),
}

PREDICTION_BY_ATTN_1_4 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   76,   -23,    -3,     0,     0,     1,  -106),
    "1":   (   18,    54,     0,     3,   -12,   -29,  -216),
    "2":   (  -16,    50,    11,     7,    -6,     0,    -3),
    "3":   (  -45,    37,    -8,    14,    26,   -24,     0),
    "4":   (  -75,    30,   -41,     0,    17,   -59,     0),
    "5":   (  -31,    -8,     2,   -23,     0,    18,    13),
    "<s>": (  -58,    -4,     0,     2,     3,     0,    76),
}

PREDICTION_BY_MLP_1_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (   -2,    14,     0,     3,    -9,     0,    46),
    1: (   -5,     0,    -9,    17,     8,    28,   -33),
    2: (   -3,     3,    -4,    -4,     0,     3,    13),
    3: (    0,    -5,    79,    19,     5,    -4,   -97),
    4: (   -9,    -6,    13,    13,    72,     0,   -58),
    5: (   -1,    22,     0,    -2,   -17,     1,    92),
    6: (   57,   -26,     0,    18,    -1,     7,   -44),
    7: (  -23,    18,    -6,     0,     2,     0,   -38),
}

PREDICTION_BY_MLP_1_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (    8,    20,    -1,     0,     9,     0,  -112),
    1: (   -1,   -17,    10,   -20,     0,    31,   151),
    2: (    3,     0,     0,     0,     6,    -4,    -9),
    3: (  -12,   -14,     3,   -11,     5,     0,     4),
    4: (    0,     3,     5,     0,    -5,     3,   -12),
    5: (  -49,    18,   -15,    46,     0,    -4,     9),
    6: (   -6,   -20,    12,    -9,     8,     0,    37),
    7: (    0,     0,     1,     2,     4,    -6,  -105),
}

PREDICTION_BY_NUM_MLP_1_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (    0,     0,     3,    -5,     9,   -56,   131),
    3: (  -12,    -2,     0,     5,     2,     4,   -56),
    5: (   -2,    12,    17,     0,    12,    -2,   -42),
}

PREDICTION_BY_NUM_MLP_1_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (  -20,     0,     3,    14,     5,  -124,   -16),
    2: (   -2,    -2,     1,     5,     0,    22,   -73),
    5: (    0,     2,     9,    -2,     3,   -48,   -38),
    6: (    0,     0,    -5,    -6,     7,   -98,   156),
}

PREDICTION_BY_ATTN_2_1 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   -5,     5,     1,     6,    -3,     0,   -20),
    "1":   (  -14,    20,    -6,     2,     6,     0,    -3),
    "2":   (  -10,     9,     0,     1,     1,    -7,    -2),
    "3":   (  -12,     9,    -2,     0,     2,    12,   -10),
    "4":   (    6,    -1,    -2,    -1,    27,     0,    71),
    "5":   (  -10,     3,     9,    -5,     0,    18,   -13),
    "<s>": (    5,     0,    15,     3,    -3,    -6,   -23),
}

PREDICTION_BY_ATTN_2_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (  -15,     8,     0,    10,     2,   -15,   -30),
    2: (  -11,    -7,    -5,     6,     5,     0,    22),
    5: (   -1,    19,    15,   -42,    15,     0,  -123),
    6: (   -5,     0,     2,    -5,     6,    -3,    44),
}

PREDICTION_BY_ATTN_2_3 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (   -4,     0,     4,   -37,     2,    14,   -14),
    2: (   -8,     1,     0,    13,     1,    -4,  -108),
    5: (    0,    -1,     0,   -33,     8,    39,    20),
    6: (   -7,    -9,     0,    -9,     1,     5,    91),
}

PREDICTION_BY_ATTN_2_4 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   -6,     0,     3,     5,     0,   -18,   -74),
    "1":   (    0,     8,     3,    -3,     0,   -16,   -10),
    "2":   (    0,    11,   -10,     0,   -14,    20,    -2),
    "3":   (    2,    15,     8,    -5,     0,   -19,   -18),
    "4":   (  -48,     0,    17,    23,    28,   -13,   -86),
    "5":   (   -1,     0,     2,   -24,     2,    43,   -32),
    "<s>": (   -9,     0,     3,     0,    -4,   -15,    57),
}

PREDICTION_BY_MLP_2_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (  -33,    11,     0,    16,    14,   -16,   -11),
    1: (  -31,     3,    -2,   -12,     7,     0,   279),
    2: (    0,    -8,     2,     0,     6,     4,  -120),
    3: (  -11,    -2,     0,   -15,    18,     9,    23),
    4: (  -10,     0,     6,     3,     1,     0,  -136),
    5: (   20,    26,   -13,    -3,    22,     0,    -3),
    6: (   41,   -16,     0,    -9,     2,   -10,   106),
    7: (  -36,     0,     2,    14,   -21,     9,  -293),
}

PREDICTION_BY_MLP_2_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (    0,     0,     8,     0,    10,     9,   -34),
    1: (   -1,     4,     4,     0,     8,   -14,   -27),
    2: (   -7,    -4,     1,   -14,     0,     0,     9),
    3: (  -35,     4,     0,     6,   -13,    -7,    67),
    4: (  -23,     4,     3,     4,    -6,     0,   -58),
    5: (  -30,    10,     0,     0,     3,    17,   -25),
    6: (   18,   -10,    -3,     0,     9,    -8,    41),
    7: (    3,    -5,     2,     0,     4,    -2,  -101),
}

PREDICTION_BY_NUM_MLP_2_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    2: (  -65,    -8,    27,    66,    94,    -8,     0),
    3: (   30,    -3,    36,    -2,    48,     0,   -76),
    6: (   11,    74,  -102,   -30,   -79,    85,     0),
    7: (  -50,     0,    11,   -21,  -150,     7,   193),
}

PREDICTION_BY_NUM_MLP_2_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    3: (  -18,     0,  -122,     0,   -10,    24,   195),
    4: (   -2,     8,     0,     0,     5,    -8,  -103),
    6: (   -6,     0,    21,     1,     6,    -7,  -114),
}

PREDICTION_BY_ATTN_3_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (    0,    -1,     5,   -41,     8,    16,   -81),
    2: (   -3,    -4,     0,    40,     2,     1,  -107),
    5: (   -2,     0,     3,    28,    12,   -13,   -43),
    6: (  -11,     1,     0,  -136,     5,    -8,   138),
}

PREDICTION_BY_ATTN_3_2 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (    3,   -15,    -5,     5,   -55,     0,     6),
    "1":   (    3,     0,     2,   -33,   -51,    15,    -7),
    "2":   (    2,   -23,     3,     4,   -47,     0,    -8),
    "3":   (    5,   -15,     0,    -3,   -54,     8,    20),
    "4":   (  -38,    20,     0,    -1,    78,     1,  -173),
    "5":   (   14,   -20,     0,    -2,   -38,    36,    40),
    "<s>": (   12,   -15,     0,     1,   -51,   -37,    99),
}

PREDICTION_BY_ATTN_3_3 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    1: (   -1,    -2,     3,    45,    21,     0,   -43),
    2: (   -9,     5,     0,    -8,     7,     2,   -14),
    5: (  -15,     3,     0,    54,    -1,    -7,    10),
    6: (   -9,    -2,     0,    -6,     3,     8,    43),
}

PREDICTION_BY_ATTN_3_4 = {
    #         "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    "0":   (   19,    -5,     4,    -1,    -1,     0,    12),
    "1":   (   -2,    19,     3,     5,    -1,     0,   -33),
    "2":   (   -6,     0,    32,     8,     3,    -2,    -3),
    "3":   (   -9,     0,     2,    23,     1,    -3,   -14),
    "4":   (   -5,     0,     4,    -4,    32,     1,   -10),
    "5":   (   -3,    -6,    -1,     6,     0,    27,    15),
    "<s>": (   -9,    14,     0,     0,    -1,     0,    11),
}

PREDICTION_BY_MLP_3_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (   -7,     7,     0,    -1,    16,     2,    -7),
    1: (  -16,     8,    -1,    -2,     7,     0,    46),
    2: (    0,   -10,     8,    -1,     6,     4,   -22),
    3: (   -2,    -6,    -9,     5,     0,    23,   102),
    4: (    5,     0,     7,    -1,   -10,    11,  -167),
    5: (  -15,     0,     0,    -5,     2,     6,   -19),
    6: (   -5,     1,     0,    32,    10,   -13,   -37),
    7: (  -17,     0,    14,    -3,    -1,     1,    20),
}

PREDICTION_BY_MLP_3_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (    0,     9,     7,    -2,    11,   -14,   -39),
    1: (  -58,    -2,     5,     0,   -12,     7,    26),
    2: (    1,   -10,    10,     0,    -2,     8,   -15),
    3: (    7,    -4,    -3,     5,   -16,     0,     3),
    4: (    0,    -1,     3,     9,    15,   -13,   -15),
    5: (    5,     1,   -12,    -3,     3,    -3,     0),
    6: (    7,    -5,    -7,     0,     2,     9,   -21),
    7: (    9,    -5,    -1,   -10,    11,     0,     3),
}

PREDICTION_BY_NUM_MLP_3_1 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    0: (  -20,    15,     8,     9,     0,    -3,  -120),
    2: (  -15,    21,     9,    22,     0,     0,   -94),
    3: (   -5,    43,     1,   -12,     7,     0,  -265),
    7: (    0,  -124,    -2,    -4,     5,     5,   288),
}

PREDICTION_BY_NUM_MLP_3_2 = {
    #     "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
    5: (  -10,     0,    22,     1,    -1,    11,  -104),
    7: (   -6,     0,   -85,     1,    10,     0,   101),
}

PREDICTION_BY_COUNT_1_1 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         10,    11,    -4,     0,     4,   -47,   -15,
)

PREDICTION_BY_COUNT_1_2 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
        162,    -9,    -1,     6,    -2,     0,    60,
)

PREDICTION_BY_COUNT_1_3 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
        -81,    19,    -1,    -2,     3,     3,     0,
)

PREDICTION_BY_COUNT_1_4 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         -7,    11,  -135,    28,  -101,    21,     0,
)

PREDICTION_BY_COUNT_2_1 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         -6,     4,  -106,     0,   -19,    32,    38,
)

PREDICTION_BY_COUNT_2_2 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
        -14,   -97,     7,     0,     2,    -4,    13,
)

PREDICTION_BY_COUNT_2_3 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         10,    79,   -10,    -1,    -4,     0,    15,
)

PREDICTION_BY_COUNT_2_4 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         13,     0,   151,   -19,    -2,   -13,    28,
)

PREDICTION_BY_COUNT_3_1 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
         55,     0,     1,    -2,     0,    -5,  -163,
)

PREDICTION_BY_COUNT_3_2 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
          0,     0,    -2,     3,     1,    19,    -3,
)

PREDICTION_BY_COUNT_3_3 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
          0,     0,    57,     1,   -16,   -12,   -85,
)

PREDICTION_BY_COUNT_3_4 = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
          0,    -1,   -14,     3,    23,    -5,     7,
)

PREDICTION_BY_ONES = (
    #   "0"    "1"    "2"    "3"    "4"    "5"  "<s>"
          0,    10,    10,    15,    13,    10,     7,
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
