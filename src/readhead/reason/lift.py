"""Lifting: a program of tables becomes a program of operators, with the same answers.

Each pass makes a smaller program and is held to a standard: the answers of the learned program on every content that
is looked at (:mod:`readhead.reason.forms.contents`); where examples are given, a smaller program still may be taken
that keeps every right answer on them, and the result says how far it departs. The log has every step; the bound says
how far the search for expressions went.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from readhead.errors import UsageError
from readhead.program.nodes import Map, Node, Select, SOp
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.rewrite import substitute, with_output
from readhead.program.size import size
from readhead.reason.forms.contents import INPUTS, Looked, looked_at
from readhead.reason.forms.express import express, named_as
from readhead.reason.forms.expressions import Bound
from readhead.reason.forms.guesses import guesses
from readhead.reason.forms.lengths import tables, tied, untied
from readhead.reason.forms.readout import forms_of_answer
from readhead.reason.forms.record import Lifted, Step, known_of
from readhead.reason.forms.rename import renamed, renamings
from readhead.reason.forms.seen import Seen, observe
from readhead.reason.forms.spelling import spelled
from readhead.reason.forms.standard import (
    OutOfTime,
    Scored,
    Standard,
    example_standard,
    hurried,
    space_standard,
)
from readhead.reason.forms.weight import weight
from readhead.reason.observe import on_nothing
from readhead.reason.search.find import explore
from readhead.tasks.examples import Example
from readhead.tasks.spaces import Space

__all__ = ["Lifted", "Step", "lift"]

ROUNDS = 6
"""The passes are gone through at most so often."""

Progress = Callable[[str], None]
Labels = Callable[[Any], Sequence[str | None]]
"""From a content to its labels, None where a position is not scored."""


def lift(
    program: Program,
    *,
    space: Space | None = None,
    examples: Sequence[Example] | None = None,
    bound: Bound | None = None,
    seconds: float = 60,
    inputs: int = INPUTS,
    searching: bool = True,
    scored: Scored | None = None,
    answers: Labels | None = None,
    progress: Progress | None = None,
) -> Lifted:
    """Turn the tables of a program into operators, as far as these say the same.

    Args:
        program: a learned program, or any other.
        space: the inputs that it is for; by default every content over its vocabulary up to its greatest length.
        examples: where given, right answers on these are kept, and other answers may change if the program becomes
            smaller by it. Without them no answer changes.
        bound: how far the search for expressions goes.
        seconds: after this time the passes stop and what was reached is returned.
        inputs: the most inputs of the space that are looked at; of a larger one it is the shorter part.
        searching: whether half of the time may go to a search for a small program with the same answers
            (:func:`readhead.reason.search.find`).
        scored: from a content to whether each of its answers counts; by default all do. A task does not score every
            position.
        answers: from a content to the right labels, None where none counts. Where given, wrong answers may change, and
            right ones are kept on every input that is looked at.
        progress: is told what is being tried.

    Returns:
        the lifted program, with the log and the length up to which it was proved equal.

    Raises:
        UsageError: for an open vocabulary without space and examples, or a time that is not positive.
        DataError: for examples that do not fit the program.
        InputError: for a space or examples with tokens that the program cannot read.

    >>> from readhead.program import Indices, Relation, Select, SelectorWidth, Vocabulary
    >>> before = Select(Indices(), Indices(), Relation([(0, 1), (0, 2), (1, 2)]))
    >>> lifted = lift(Program((SelectorWidth(before),), Vocabulary(("a",)), max_length=3))
    >>> lifted.program.run("aaaaa"), lifted.proved_up_to
    ([0, 1, 2, 3, 4], 3)
    """
    if not seconds > 0:
        raise UsageError(f"lifting for {seconds} seconds", instead="a positive number of seconds")
    started = time.monotonic()
    looked = looked_at(program, space, examples, inputs)
    if scored is None and answers is not None:
        scored = _counting(answers)
    original = space_standard(program, looked.contents, scored)
    told = list(examples or ())
    if answers is not None:
        told = [Example(tuple(map(str, c)), tuple(answers(c))) for c in looked.contents]
    lifting = _Lifting(
        program=program,
        original=original,
        standards=[original, *([example_standard(program, told)] if told else [])],
        examples=tuple(examples or told),
        looked=looked,
        nothing=() in looked.contents and not told,
        bound=bound if bound is not None else Bound(),
        deadline=started + seconds,
        progress=progress if progress is not None else lambda _: None,
        searching=searching,
    )
    finished = lifting.run()
    result, log = untied(lifting.program), tuple(lifting.log)
    known = known_of(program, result, original, looked)
    if known.lost:
        result, log = program, ()
        known = known_of(program, result, original, looked)
    names = result.names
    return Lifted(
        program=result,
        log=log,
        proved_up_to=known.proved_up_to,
        inputs=looked.what,
        differences=known.differences,
        right_kept_on=len(lifting.standards[1].contents) if told else None,
        tied=tuple(names[node] for node in tied(result)),
        bound=lifting.bound,
        seconds=time.monotonic() - started,
        finished=finished,
    )


@dataclass(slots=True)
class _Lifting:
    """The program as it is now, the standards that it is held to, and what was done to it."""

    program: Program
    original: Standard
    standards: list[Standard]
    examples: tuple[Example, ...]
    looked: Looked
    nothing: bool
    bound: Bound
    deadline: float
    progress: Progress
    searching: bool
    log: list[Step] = field(default_factory=list)
    tried: set[tuple[bytes, ...]] = field(default_factory=set)
    kept: set[bytes] = field(default_factory=set)
    guessed: set[bytes] = field(default_factory=set)
    cut: bool = False

    def run(self) -> bool:
        """All passes, until none makes it smaller; whether they came to an end."""
        self.standards = [hurried(standard, self._late) for standard in self.standards]
        try:
            return self._passes() and not self.cut
        except OutOfTime:
            return False

    def _passes(self) -> bool:
        passes = [self._answer, self._express, self._guess, self._rename]
        self._answer()
        if self._late():
            return False
        if self.searching:
            self._search()
        for _ in range(ROUNDS):
            before = weight(self.program)
            for work in passes:
                if self._late():
                    return False
                work()
            if weight(self.program) >= before:
                return not self._late()
        return False

    def _late(self) -> bool:
        return time.monotonic() > self.deadline

    def _take(self, program: Program, rule: str, where: str, says: str, standard: Standard | None) -> None:
        """Go on with a changed program; ``standard`` is the one that accepted it, None where values are kept."""
        if standard is not None and standard.kind == "examples":
            check = f"every right answer on {len(standard.contents):,} inputs is kept"
            self.program = program
            self.standards[0] = self.standards[0].rebased(program)
        else:
            check = f"{'same values' if standard is None else 'same answers'} on {self.looked.what}"
        self.log.append(Step(rule, where, says, size(self.program), size(program), check))
        self.program = program

    def _accepting(self, program: Program) -> Standard | None:
        """The first standard that a program meets; it has to have an answer wherever the present one has."""
        identity = tuple(output.digest for output in program.outputs)
        if identity in self.tried:
            return None
        self.tried.add(identity)
        if self.nothing and self._on_nothing(program) != self._on_nothing(self.program):
            return None
        for standard in self.standards:
            if standard.accepts(program) and (
                standard is self.standards[0] or self.standards[0].answered_by(program)
            ):
                return standard
        return None

    def _on_nothing(self, program: Program) -> str | None:
        """The answer to a sequence without positions."""
        plain = program.kind != "sequence_label" or program.vocabulary.markers
        return None if plain else on_nothing(program.outputs[0])

    def _answer(self) -> None:
        """The answer as a function of one variable or two."""
        if len(self.program.outputs) > 1:
            return
        self.progress("the answer as the value of a variable")
        best: tuple[int, int, Program, str, Standard] | None = None
        present, name = self.program.outputs[0], self.program.names[self.program.outputs[0]]
        for order, standard in enumerate(self.standards):
            for form in forms_of_answer(self.program, standard, self.bound, at_most=40):
                if self._late():
                    break
                changed = with_output(self.program, _sop(named_as(form, present)))
                found = weight(changed), order
                if found[0] >= weight(self.program) or (best is not None and found >= best[:2]):
                    continue
                met = self._accepting(changed)
                if met is not None:
                    best = (*found, changed, spelled(form, self.program.names), met)
        if best is not None:
            self._take(best[2], "answer", name, best[3], best[4])

    def _search(self) -> None:
        """A small program that gives the answers, whatever the present one does for them."""
        found = self._found()
        if found is None:
            return
        present = self.program.outputs[0]
        changed = with_output(self.program, _sop(named_as(found.outputs[0], present)))
        if weight(changed) < weight(self.program):
            met = self._accepting(changed)
            if met is not None:
                where = self.program.names[present]
                says = spelled(changed.outputs[0], {})
                self._take(changed, "search", where, says, met)

    def _found(self) -> Program | None:
        plain = not any(tied(self.program)) and not tables(self.program)
        if plain or len(self.program.outputs) > 1 or self.program.kind != "token_labels":
            return None
        self.progress("a small program with these answers")
        examples, check = self.examples, None
        if not examples:
            some = self.original.sample or self.original
            examples = tuple(e for c in some.contents if (e := _example(some, c)) is not None)
            check = self._counterexample
        if not any(label is not None for e in examples for label in e.labels):
            return None
        seconds = max(0.01, (self.deadline - time.monotonic()) / 2)
        outcome = explore(
            examples,
            self.program.vocabulary,
            causal=self.program.causal,
            seconds=seconds,
            progress=self.progress,
            check=check,
        )
        self.cut = outcome.found is None and outcome.seconds >= seconds
        return None if outcome.found is None else outcome.found.program

    def _counterexample(self, program: Program) -> Example | None:
        failing = hurried(self.original, self._late).failing(program)
        return None if failing is None else _example(self.original, failing)

    def _express(self) -> None:
        """Tables and predicates as expressions, all values kept."""
        self.progress("tables and predicates as expressions")
        changes: list[tuple[Node, Node]] = []
        changed = self._expressed(self.program, lambda old, new: changes.append((old, new)))
        if not changes:
            return
        if not self.standards[0].accepts(changed):
            raise AssertionError("variables keep their values, so do answers")
        names = self.program.names | changed.names
        before = self.program
        for i, (old, new) in enumerate(changes):
            rule = {Map: "table", Select: "predicate"}.get(type(old), "count")
            where = old.name or "a variable"
            check = f"same values on {self.looked.what}"
            sizes = size(before), size(changed if i == len(changes) - 1 else before)
            self.log.append(Step(rule, where, spelled(new, names), *sizes, check))
        self.program = changed

    def _expressed(self, program: Program, note: Callable[[Node, Node], None]) -> Program:
        seen = observe(program, self.standards[0].batch, self._late)
        return express(program, seen, self.bound, note, self.kept, self._late)

    def _seen(self) -> Seen:
        return observe(self.program, self.standards[0].batch, self._late)

    def _guess(self) -> None:
        """Expressions that say nearly the same, where the answers allow it."""
        if len(self.program.outputs) > 1:
            return
        self.progress("expressions that say nearly the same")
        seen = self._seen()
        lengths = not self.program.causal
        for node in list(self.program.variables.values()):
            if node not in self.program.names or node.digest in self.guessed or self._late():
                continue
            self.guessed.add(node.digest)
            occurs = seen.keys.get(node) if isinstance(node, Map) else seen.pairs.get(node)
            for guess in guesses(node, occurs or (), lengths=lengths):
                changed = substitute(self.program, {node: named_as(guess, node)})
                if weight(changed) >= weight(self.program) or self._late():
                    continue
                met = self._accepting(changed)
                if met is not None:
                    where = self.program.names[node]
                    self._take(changed, "guess", where, spelled(guess, self.program.names), met)
                    seen = self._seen()
                    break

    def _rename(self) -> None:
        """Other values for variables, where they and their readers become smaller by it."""
        self.progress("other values for variables")
        seen = self._seen()
        for node in list(self.program.variables.values()):
            if not isinstance(node, Map) or node not in self.program.names or node not in seen.keys:
                continue
            for renaming in renamings(node, seen.keys[node]):
                if self._late():
                    return
                changed = renamed(self.program, renaming)
                if changed is None:
                    break
                changed = self._expressed(changed, lambda old, new: None)
                if weight(changed) < weight(self.program):
                    says = spelled(renaming.expression, self.program.names)
                    where = self.program.names[node]
                    if not self.standards[0].accepts(changed):
                        raise AssertionError("readers read the same names")
                    self._take(changed, "rename", where, says, None)
                    seen = self._seen()
                    break


def _counting(answers: Labels) -> Scored:
    return lambda content: [label is not None for label in answers(content)]


def _example(standard: Standard, content: tuple[Value, ...]) -> Example | None:
    """What has to be answered on a content, where tokens and answers are texts."""
    asked = standard.asked(content)
    if not all(isinstance(v, str) for v in content) or not all(
        v is None or isinstance(v, str) for v in asked
    ):
        return None
    return Example(tuple(map(str, content)), tuple(None if v is None else str(v) for v in asked))


def _sop(node: Node) -> SOp:
    assert isinstance(node, SOp)
    return node
