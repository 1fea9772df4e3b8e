"""What lifting tells: its steps, what is known of the result, and how far that was proved.

Invariant: what is said to be proved holds for errors too. Contents on which the learned program has no answer ask for
nothing while it is lifted; here they are run on both programs, and where one of them answers and the other does not,
nothing is proved at that length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from readhead.errors import ReadheadError
from readhead.program.domains import exact
from readhead.program.nodes import SOp
from readhead.program.program import Program
from readhead.program.size import Size
from readhead.reason.forms.contents import Looked
from readhead.reason.forms.expressions import Bound
from readhead.reason.forms.standard import Content, Standard

FAILURES = 2_000
"""On so many inputs without an answer both programs are run; of more, nothing is known."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change.

    Attributes:
        rule: the pass that made it.
        where: the variable.
        says: what stands there now.
        before: the program's size before.
        after: and after.
        check: how it was checked.
    """

    rule: str
    where: str
    says: str
    before: Size
    after: Size
    check: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where} = {self.says} ({self.check})"


@dataclass(frozen=True, slots=True)
class Lifted:
    """A lifted program, and what is known of it.

    Attributes:
        program: without a greatest length, where nothing in it is tied to one.
        log: every change, in order.
        proved_up_to: up to this content length it answers as the learned program on every input of the space, and has
            no answer where that has none; None where only examples were looked at, or the shortest inputs differ.
        inputs: which inputs were looked at, in words.
        differences: how many of the learned program's answers on these are others now; 0 without
            examples and answers.
        right_kept_on: on so many inputs every right answer was found to be kept; None where it is not known which
            answers are right.
        tied: variables that list positions or counts, and so tie it to the lengths that it was learned at.
        bound: how far the search for expressions went.
        seconds: how long it took.
        finished: whether every pass, the search among them, came to its end within the time.
    """

    program: Program
    log: tuple[Step, ...]
    proved_up_to: int | None
    inputs: str
    differences: int
    right_kept_on: int | None
    tied: tuple[str, ...]
    bound: Bound
    seconds: float
    finished: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a lifted program.

    Attributes:
        proved_up_to: as :class:`Lifted` has it.
        differences: as :class:`Lifted` has it.
        lost: whether an output answers otherwise where another output has no answer.
    """

    proved_up_to: int | None
    differences: int
    lost: bool


def known_of(program: Program, result: Program, original: Standard, looked: Looked) -> Known:
    """Compare a lifted program with the learned one on every content that was looked at.

    Args:
        program: the learned one.
        result: the lifted one.
        original: the learned one's answers.
        looked: the contents.
    """
    markers = program.vocabulary.markers
    changed = [(n - markers, d) for n, d in original.differences(result) if d]
    lengths = [n for n, _ in changed]
    lost = False
    if result.outputs != program.outputs:
        answered = set(original.contents)
        rest = [c for c in looked.contents if c not in answered]
        few = len(rest) <= FAILURES
        for content in rest if few or len(program.outputs) > 1 else ():
            pairs = [
                (
                    outcome(program, old, content),
                    outcome(replace(result, max_length=program.max_length), new, content),
                )
                for old, new in zip(program.outputs, result.outputs, strict=True)
            ]
            if any(old != new for old, new in pairs):
                lengths.append(len(content))
                lost = lost or any(isinstance(old, list) and old != new for old, new in pairs)
        lengths += [len(c) for c in rest if not few]
    up_to = looked.up_to
    if lengths and up_to is not None:
        shortest = min(lengths)
        up_to = max((n for n in map(len, looked.contents) if n < min(shortest, up_to + 1)), default=None)
    return Known(up_to, sum(d for _, d in changed), lost and len(program.outputs) > 1)


def outcome(program: Program, output: SOp, content: Content) -> object:
    """What one output answers, each value with its type, as a list; else the kind of error."""
    alone = Program((output,), program.vocabulary, program.causal, program.max_length, program.kind)
    try:
        found = alone.run(list(content))
    except ReadheadError as error:
        return type(error)
    return list(map(exact, found if isinstance(found, list) else [found]))
