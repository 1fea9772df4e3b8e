"""What verification answers: a verdict, never a percentage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from readhead.program.operators import Value, typed
from readhead.program.trace import Difference

Word = Literal["proved", "counterexample", "unknown"]
Content = tuple[Value, ...]


def spelt(value: Value) -> str:
    """How a value is written: what answers are compared by.

    A number agrees with the label that is spelt the same: ``2`` and ``"2"``, ``True`` and ``"True"``. A float is
    spelt as Python spells it, so ``2.0`` is not ``2``; ``-0.0`` is spelt ``0.0``.

    >>> spelt(2), spelt("2"), spelt(2.0), spelt(-0.0)
    ('2', '2', '2.0', '0.0')
    """
    return str(value + 0.0) if type(value) is float else str(value)


def agree(left: Value, right: Value) -> bool:
    """Whether two answers are spelt the same."""
    return typed(left) == typed(right) or spelt(left) == spelt(right)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """An input on which the two sides part.

    Attributes:
        tokens: the content, without markers.
        program, against: what the two sides answer: a list with a value for each content token (None where a task
            does not score), or one value; None where that side has no answer.
        position: the first content position whose answers part; None where a side has no answer, and where there is
            one answer for the sequence.
        program_error, against_error: why a side has no answer.
        difference: the first variable, of those that have the same name in both, where the traces part; None where
            there is no such variable.
        shortest: whether no shorter input parts them; else it is the shortest that was found.
    """

    tokens: Content
    program: list[Value] | Value | None
    against: list[Value | None] | Value | None
    position: int | None = None
    program_error: str | None = None
    against_error: str | None = None
    difference: Difference | None = None
    shortest: bool = True

    def __str__(self) -> str:
        lines = [
            f"input     {_shown(list(self.tokens))}",
            f"program   {_side(self.program, self.program_error)}",
        ]
        if self.against is not None or self.against_error is not None:
            lines.append(f"expected  {_side(self.against, self.against_error)}")
        if self.position is not None:
            lines.append(f"position  {self.position} (of the content, from 0)")
        if self.difference is not None:
            lines.append(f"variable  {self.difference}")
        if not self.shortest:
            lines.append("the shortest that was found; there may be shorter ones")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """The facts, as JSON knows them."""
        found = self.difference
        variable: dict[str, object] | None = None
        if found is not None:
            variable = {
                "name": found.variable,
                "position": found.position,
                "program": found.left,
                "against": found.right,
            }
        return {
            "tokens": list(self.tokens),
            "program": self.program,
            "against": self.against,
            "position": self.position,
            "program_error": self.program_error,
            "against_error": self.against_error,
            "variable": variable,
            "shortest": self.shortest,
        }


def _shown(values: list[Value] | list[Value | None]) -> str:
    return " ".join("-" if v is None else str(v) for v in values) if values else "(empty)"


def _side(answer: list[Value] | list[Value | None] | Value | None, error: str | None) -> str:
    if error is not None:
        return "no answer: " + error.replace("\n", "\n          ")
    return _shown(answer) if isinstance(answer, list) else str(answer)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at.

    Attributes:
        of: how many inputs there are up to the maximum length.
        max_length: the maximum length, in content tokens.
        complete: every input of at most so many content tokens is decided; None where that is not known of any.
        sampled: how many inputs beyond that were tried, chosen at random or at the boundaries.
        stopped: why there is no verdict; None where there is one.
    """

    of: int
    max_length: int
    complete: int | None
    sampled: int = 0
    stopped: str | None = None

    def __str__(self) -> str:
        whole = "no length" if self.complete is None else f"every input of at most {self.complete} tokens"
        sampled = f", and {self.sampled:,} longer ones chosen at random" if self.sampled else ""
        return f"{whole}{sampled}, of {self.of:,} inputs of at most {self.max_length} tokens"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        verdict: ``"proved"`` for every input up to the maximum length, ``"counterexample"``, or ``"unknown"``.
        inputs: how many inputs are decided: run, or covered by a proof.
        counterexample: where the two part.
        seconds: how long it took.
        method: ``"exhaustive"``, ``"smt"``, or several of ``exhaustive``, ``random`` and ``smt`` joined by ``+``.
        coverage: what was looked at.
    """

    verdict: Word
    inputs: int
    counterexample: Counterexample | None
    seconds: float
    method: str
    coverage: Coverage

    def __str__(self) -> str:
        how = f"{self.method}, {self.seconds:.2f} s"
        match self.verdict:
            case "proved":
                covered = self.coverage
                return f"proved for all {covered.of:,} inputs of at most {covered.max_length} tokens ({how})"
            case "counterexample":
                return f"counterexample ({how}):\n{self.counterexample}"
            case "unknown":
                return f"unknown ({how}): {self.coverage.stopped}\ncovered: {self.coverage}"

    def as_dict(self) -> dict[str, object]:
        """The facts, as JSON knows them."""
        covered = self.coverage
        return {
            "verdict": self.verdict,
            "inputs": self.inputs,
            "counterexample": None if self.counterexample is None else self.counterexample.as_dict(),
            "seconds": round(self.seconds, 3),
            "method": self.method,
            "max_length": covered.max_length,
            "coverage": {
                "of": covered.of,
                "complete": covered.complete,
                "sampled": covered.sampled,
                "stopped": covered.stopped,
            },
        }
