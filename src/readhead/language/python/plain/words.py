"""The fixed texts of a plain file: the few helpers that it may need, and ``run``, which the settings decide."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from readhead.language.python.literals import literal
from readhead.language.python.spelled import SHAPE_OF, SPELLED
from readhead.program.nodes import Closest
from readhead.program.program import OutputKind
from readhead.program.vocabulary import Vocabulary

MEAN = """
def mean(values, *default):
    values = values or default
    return sum(values) / len(values) if len(values) > 1 else values[0]
"""

TOTAL = """
def total(values, *default):
    values = values or default
    return sum(values) if len(values) > 1 else values[0]
"""

PICK = """
def pick(values, *default):
    (value,) = values or default
    return value
"""

BEST = """
def best(labels, *scores):
    totals = [sum(s) for s in zip([0] * len(labels), *filter(None, scores))]
    return labels[totals.index(max(totals))]
"""

ERROR = '''
class ProgramError(ValueError):
    """A question that the program has no answer to."""
'''

HELPERS = {
    "mean": MEAN,
    "total": TOTAL,
    "pick": PICK,
    "best": BEST,
    "ProgramError": ERROR,
    "shape_of": SHAPE_OF,
    "spelled": SPELLED,
}
"""The helpers by name, besides ``closest``, which has a form for each rule."""

ABOUT_HELPERS = {
    "mean": "# The mean of the values; a single value as it is.",
    "total": "# The sum of the values; a single value as it is.",
    "pick": "# The value, of which there must be one.",
    "best": "# The label with the highest total of scores, the first of those that tie.",
}

CONSTANTS = ("TOKENS", "SPELLINGS", "CAUSAL", "NAMES", "SELECTORS")
"""The constants with a meaning of their own."""

RESERVED = frozenset(
    {*HELPERS, *CONSTANTS, "closest", "program", "run", "content", "sys", "query", "key", "_"}
)
"""What a plain file calls its own parts."""

MAIN = """
if __name__ == "__main__":
    print({}run(sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:]))
"""
"""What the file does as a script: a single argument is a text, as for ``readhead run``; several are tokens."""

OLD_MAIN = """
if __name__ == "__main__":
    print({}run(sys.argv[1:]))
"""
"""What files have that were written before a text was split; they are read as well."""

SHOWN = 20
"""Up to so many tokens an error of ``run`` lists."""

Rules = tuple[str, str, str]
"""The rules of the nearest key: tie, own, fallback."""

RULES: tuple[Rules, ...] = tuple(
    itertools.product(("earlier", "later"), ("last", "never", "any"), ("first", "own"))
)


def rules_of(node: Closest) -> Rules:
    """The rules of a Closest."""
    return node.tie, node.own, node.fallback


def closest_text(name: str, rules: Rules) -> str:
    """The helper that finds the nearest key: of query position ``i``, and for each key whether it matches.

    >>> print(closest_text("closest", ("earlier", "last", "first")))
    def closest(i, matches):
        keys = [j for j, match in enumerate(matches) if match]
        return min(keys, key=lambda j: (j == i, abs(j - i), j), default=0)
    """
    tie, own, fallback = rules
    test = "match and j != i" if own == "never" else "match"
    order = f"({'j == i, ' if own == 'last' else ''}abs(j - i), {'j' if tie == 'earlier' else '-j'})"
    default = "0" if fallback == "first" else "i"
    keys = f"    keys = [j for j, match in enumerate(matches) if {test}]"
    return f"def {name}(i, matches):\n{keys}\n    return min(keys, key=lambda j: {order}, default={default})"


def about_closest(rules: Rules) -> str:
    """What the helper does, as a comment."""
    tie, own, fallback = rules
    of_itself = {"last": "itself only if alone", "never": "never itself", "any": "perhaps itself"}[own]
    other = "0" if fallback == "first" else "i"
    return f"# The key nearest to i ({of_itself}); of two, the {tie}; without one, {other}."


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``run`` is made of.

    Attributes:
        vocabulary: whose markers, unknown token and normalisation it applies.
        max_length: the most content tokens.
        kind: which answers it gives.
        outputs: how many outputs ``program`` returns.
        empty: the answer without tokens, where a pooled read-out has one.
    """

    vocabulary: Vocabulary
    max_length: int | None
    kind: OutputKind
    outputs: int
    empty: str | None


def run_lines(s: Settings) -> list[str]:
    """The statements of ``run(content)``, one a line; the line after an ``if`` is its body."""
    v = s.vocabulary
    lines: list[str] = []
    if v.split == "words":
        lines += [
            "if isinstance(content, str):",
            'raise ValueError(f"expected a list of words, not {content!r}")',
        ]
    folded = v.lower or v.fold_digits
    if v.spellings and folded:
        lines.append("given = list(content)")
    if v.lower:
        lines.append("content = [t.lower() if isinstance(t, str) else t for t in content]")
    if v.fold_digits:
        digits = '"".join("0" if c.isdecimal() else c for c in t)'
        lines.append(f"content = [{digits} if isinstance(t, str) else t for t in content]")
    checks = _checks(s)
    if checks:
        lines += [f"if {' or '.join(checks)}:", _raised(s)]
    if v.unknown is not None and v.spellings:
        word, pairs = ("g", "t, g in zip(content, given)") if folded else ("t", "t in content")
        found = f"spelled({word}, SPELLINGS, {literal(v.unknown)})"
        lines.append(f"content = [t if t in TOKENS else {found} for {pairs}]")
    elif v.unknown is not None:
        lines.append(f"content = [t if t in TOKENS else {literal(v.unknown)} for t in content]")
    given = "list(content)"
    if v.markers:
        parts = [m if m == "*content" else literal(m) for m in (v.begin, "*content", v.end) if m is not None]
        given = f"[{', '.join(parts)}]"
    return [*lines, f"return {_answer(s, f'program({given})')}"]


def _answer(s: Settings, call: str) -> str:
    v = s.vocabulary
    call = call if s.outputs == 1 else f"{call}[0]"
    if s.empty is not None:
        return f"({call} or [{literal(s.empty)}])[0]"
    if s.kind != "token_labels":
        return f"{call}[0]" if s.kind == "sequence_label" else f"{call}[-1]"
    if not v.markers:
        return call
    return f"{call}[{'' if v.begin is None else 1}:{'' if v.end is None else -1}]"


def _checks(s: Settings) -> list[str]:
    v = s.vocabulary
    checks: list[str] = []
    needed = s.kind != "token_labels" and not v.markers and s.empty is None
    if s.max_length is not None:
        checks.append(
            f"not 1 <= len(content) <= {s.max_length}" if needed else f"len(content) > {s.max_length}"
        )
    elif needed:
        checks.append("not content")
    if v.tokens is None:
        checks.append("any(not isinstance(t, str) for t in content)")
    elif v.unknown is None:
        checks.append("any(t not in TOKENS for t in content)")
    return checks


def _raised(s: Settings) -> str:
    v = s.vocabulary
    count = "" if s.max_length is None else f"at most {s.max_length} "
    tokens = "tokens" if v.unknown is not None else "strings" if v.tokens is None else "tokens of {TOKENS}"
    if v.tokens is not None and v.unknown is None and len(v.tokens) > SHOWN:
        tokens = "tokens of TOKENS"
    return f'raise ValueError(f"expected {count}{tokens}, not {{content}}")'
