"""Which answers a circuit has to give: the inputs, and of each the positions that a condition picks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readhead.errors import InputError, UsageError
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.reading import Content
from readhead.reason.circuits.where import NAMES, Condition, parse
from readhead.tasks.examples import Example

WITHOUT_POSITIONS = ("label", "answer", "length")
"""What a condition can speak of where there is one answer for a whole sequence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Inputs, and the answers that are asked about.

    Attributes:
        contents: the inputs, without markers.
        wanted: for an input by number, the content positions; 0 where there is one answer for the sequence.
        answers: what the program answers on every input, as a list.
    """

    contents: tuple[Content, ...]
    wanted: Mapping[int, tuple[int, ...]]
    answers: tuple[tuple[Value, ...], ...]

    @property
    def count(self) -> int:
        """How many answers are asked about."""
        return sum(map(len, self.wanted.values()))


def asked(program: Program, inputs: Sequence[Example | Content], where: str | None) -> Asked:
    """Run a program on inputs, and pick the answers that a condition holds for.

    Args:
        program: the program.
        inputs: examples, or contents without labels.
        where: a condition, see :mod:`readhead.reason.circuits.where`; None picks all answers.

    Raises:
        UsageError: for no inputs, a condition that is none or picks nothing, or one on labels where there are none.
        InputError: for labels that are not as many as the answers, and as :meth:`Program.run_batch` does.

    >>> from readhead.program.nodes import Tokens
    >>> asked(Program((Tokens(),)), ["ab", "b"], "token == 'b'").wanted
    {0: (1,), 1: (0,)}
    """
    if not inputs:
        raise UsageError("there are no inputs", instead="at least one sequence that the program can read")
    per_token = program.kind == "token_labels"
    condition = None if where is None else parse(where, NAMES if per_token else WITHOUT_POSITIONS)
    contents = tuple(i.tokens if isinstance(i, Example) else i for i in inputs)
    given = program.run_batch(contents)
    answers = tuple(tuple(a) if isinstance(a, list) else (a,) for a in given)
    wanted: dict[int, tuple[int, ...]] = {}
    for number, (item, answer) in enumerate(zip(inputs, answers, strict=True)):
        labels = item.labels if isinstance(item, Example) else None
        if labels is not None and len(labels) != len(answer):
            raise InputError(
                f"{len(answer)} answers, and {len(labels)} labels",
                where=f"input {number}: {contents[number]!r}",
            )
        picked = tuple(
            i for i in range(len(answer)) if condition is None or _holds(program, condition, item, answer, i)
        )
        if picked:
            wanted[number] = picked
    if not wanted:
        why = None if where is None else f"{sum(map(len, answers)):,} answers were looked at"
        what = "the inputs have no position to answer at" if where is None else f"no answer has {where}"
        raise UsageError(what, why=why, instead="other inputs" if where is None else "another condition")
    return Asked(contents, wanted, answers)


def _holds(
    program: Program, condition: Condition, item: Example | Content, answer: tuple[Value, ...], i: int
) -> bool:
    """Whether a condition holds for one answer of an input; one on its label not, where it has no label."""
    content = item.tokens if isinstance(item, Example) else item
    tokens = program.vocabulary.tokenize(content) if isinstance(content, str) else content
    facts: dict[str, object] = {"answer": answer[i], "length": len(tokens)}
    if program.kind == "token_labels":
        facts |= {"token": tokens[i], "position": i}
    if "label" in condition.names:
        if not isinstance(item, Example):
            raise UsageError(
                f"the condition {condition.text} speaks of labels, and the inputs have none",
                instead="answer, which is what the program says; or examples with labels",
            )
        if item.labels[i] is None:
            return False
        facts["label"] = item.labels[i]
    return condition.holds(facts)
