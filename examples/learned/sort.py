"""sort: the sequence, in rising order"""

import sys

TOKENS = ("0", "1", "2", "3", "4")


def program(tokens):
    count = [
        sum(k < q or k == q and j < i for j, k in enumerate(tokens))
        for i, q in enumerate(tokens)
    ]
    select_4 = [[key == i - 1 for key in count] for i in range(len(tokens))]
    found = [pick([v for s, v in zip(row, tokens) if s], "") for row in select_4]
    return found


# The value, of which there must be one.
def pick(values, *default):
    (value,) = values or default
    return value


def run(content):
    if any(t not in TOKENS for t in content):
        raise ValueError(f"expected tokens of {TOKENS}, not {content}")
    return program(["<s>", *content, "</s>"])[1:-1]


if __name__ == "__main__":
    print(*run(sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:]))
