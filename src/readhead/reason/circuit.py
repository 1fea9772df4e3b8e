"""Circuits: the smallest part of a program that gives the same answers on some inputs.

Invariant: a circuit's program gives, on the answers that were asked about, what the whole program gives (all of them,
or the share that ``keep`` says); this is checked by running it. What is not in the circuit is replaced, see
:mod:`readhead.reason.circuits.cutting`, and tables keep only the rows that the slices of these runs use, see
:mod:`readhead.reason.circuits.slicing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from readhead.errors import UsageError
from readhead.program.nodes import Map, Node
from readhead.program.operators import Value, typed
from readhead.program.program import Program, given_names
from readhead.program.reading import Content
from readhead.program.size import Size, size
from readhead.reason.circuits.asking import Asked, asked
from readhead.reason.circuits.building import Rows, all_answers, used_rows, without
from readhead.reason.circuits.cutting import Ablation, Cuts, Cutter, Score, minimise
from readhead.reason.circuits.patching import Runs
from readhead.tasks.examples import Example

DRAWS = 3
"""How many other inputs a variable's values are taken from."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A variable of the whole program that the circuit does not have.

    Attributes:
        name: the variable.
        value: the constant that stands for it; None where nothing reads it any more.
    """

    name: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class Circuit:
    """A part of a program that answers as the whole does.

    Attributes:
        program: the part, as a program of its own.
        kept: the variables of the whole program that it has, in program order.
        dropped: those that it has not.
        scores: for each head and table of the whole program, how much it matters alone.
        automatic: the variables that nobody named, which were numbered.
        rows: what is left of each table, predicate and read-out input.
        before, after: the sizes of the whole program and of the part.
        inputs: how many inputs there were.
        answers: how many answers were asked about.
        same: how many of these the part gives.
        alone: inputs without another one of their length, which resample ablation cannot change.
        where: the condition, if there was one.
        ablation, draws, keep, seed: how it was found.
    """

    program: Program
    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    scores: tuple[Score, ...]
    automatic: tuple[str, ...]
    rows: tuple[Rows, ...]
    before: Size
    after: Size
    inputs: int
    answers: int
    same: int
    alone: int
    where: str | None
    ablation: Ablation
    draws: int
    keep: float
    seed: int

    def score(self, name: str) -> Score | None:
        """The score of a head or a table."""
        return next((score for score in self.scores if score.name == name), None)


def circuit(
    program: Program,
    inputs: Sequence[Example | Content],
    where: str | None = None,
    seed: int = 0,
    *,
    ablation: Ablation = "resample",
    draws: int = DRAWS,
    keep: float = 1.0,
    progress: Callable[[str], None] | None = None,
) -> Circuit:
    """Find the smallest part of a program that gives the same answers on some inputs.

    A greedy search: a part that no single further cut makes smaller, not always the smallest that there is.

    Args:
        program: the program; of its outputs, the first is asked about.
        inputs: examples, or contents without labels.
        where: which answers, as ``label == 'F'``; by default all. What stands for a cut variable comes from all inputs.
        seed: what decides which other inputs are drawn.
        ablation: ``"mean"``: what is cut is a constant, the variable's mean or commonest value. ``"resample"``: also,
            the answers stay where everything that is cut is what it is on another input of the same length. With
            ``"mean"`` and a condition that all answers alike fulfil, the circuit may be a constant.
        draws: how many other inputs.
        keep: the share of the answers that has to stay.
        progress: told of every part that is tried.

    Returns:
        the circuit.

    Raises:
        UsageError: for no inputs, a condition that is none or picks nothing, and options out of range.
        InputError, EvaluationError: as :meth:`Program.run_batch` does; every variable needs a value on every input.

    >>> from readhead.program.nodes import Constant, Indices, Select, SelectorWidth, Tokens
    >>> same = Select(Tokens(name="tokens"), Tokens(name="tokens"), "==", name="same")
    >>> count = SelectorWidth(same, name="count")
    >>> odd = Map("+", (count, Map("*", (Indices(), Constant(0)))), name="odd")
    >>> found = circuit(Program((odd,)), ["abca", "abcd", "aabb"])
    >>> found.kept, [dropped.name for dropped in found.dropped][:1]
    (('tokens', 'same', 'count', 'odd'), ['indices'])
    """
    if ablation not in ("mean", "resample"):
        raise UsageError(f"there is no ablation {ablation!r}", instead="mean or resample")
    if draws < 1 or not 0 < keep <= 1:
        what = f"draws is {draws}" if draws < 1 else f"keep is {keep}"
        raise UsageError(what, instead="at least 1 draw, and to keep more than 0 and at most 1")
    whole = replace(program, outputs=program.outputs[:1])
    question = asked(whole, inputs, where)
    runs = Runs(whole, question.contents)
    cutter = Cutter(runs, question, ablation=ablation, draws=draws, keep=keep, seed=seed)
    tick = progress or (lambda _: None)
    scores = cutter.scores()
    cuts = minimise(cutter, {s.name: max(s.mean, s.resample) for s in scores}, tick)
    found, rows = _built(whole, question, cutter, cuts)
    found = replace(found, description=_about(program, where, question))
    same = agreeing(found, question)
    assert same >= cutter.least, "a circuit answers as its program does"
    live = cutter.live()
    kept = tuple(name for name in whole.variables if name in found.variables and name in live)
    return Circuit(
        program=found,
        kept=kept,
        dropped=tuple(Dropped(n, cuts.nodes.get(n)) for n in whole.variables if n not in kept),
        scores=scores,
        automatic=tuple(
            name for name, node in whole.variables.items() if node not in given_names(whole.outputs)
        ),
        rows=rows,
        before=size(whole),
        after=size(found),
        inputs=len(question.contents),
        answers=question.count,
        same=same,
        alone=sum(stretch.block.size for stretch in runs.stretches if stretch.block.size == 1),
        where=where,
        ablation=ablation,
        draws=draws,
        keep=keep,
        seed=seed,
    )


def _built(whole: Program, question: Asked, cutter: Cutter, cuts: Cuts) -> tuple[Program, tuple[Rows, ...]]:
    """The program without what was cut, and with the rows that are used.

    Under resample ablation what is kept works on all inputs, so the rows that any of them uses stay.
    """
    smaller = without(whole, cuts)
    everywhere = cutter.keeps_rows_of_all
    wanted = all_answers(whole, question.contents) if everywhere else question.wanted
    usual: dict[Node, Value] = {
        node: cutter.usual(name)[0]
        for name, node in smaller.variables.items()
        if isinstance(node, Map) and name in whole.variables and cutter.usual(name)
    }
    return used_rows(smaller, question.contents, wanted, usual)


def agreeing(program: Program, question: Asked) -> int:
    """How many of the answers that are asked about a program gives."""
    chosen = sorted(question.wanted)
    given = program.run_batch([question.contents[i] for i in chosen])
    count = 0
    for i, answer in zip(chosen, given, strict=True):
        listed = answer if isinstance(answer, list) else [answer]
        count += sum(typed(listed[at]) == typed(question.answers[i][at]) for at in question.wanted[i])
    return count


def _about(program: Program, where: str | None, question: Asked) -> str:
    which = "" if where is None else f" where {where}"
    said = program.description.strip().split("\n")[0]
    of = f"of {said}" if said else "of a program"
    return f"Circuit {of}: {question.count:,} answers of {len(question.contents):,} inputs{which}"
