"""What a program brought into training, written as it was where it has not changed."""

from __future__ import annotations

import torch

from readhead.learn.choices import harden
from readhead.learn.relaxed import Choices
from readhead.learn.shape import Shape, segments
from readhead.learn.start import Given, Place, Start, padded, rewritten, same_choices
from readhead.program.nodes import Aggregate, CategoricalScores, Closest, Node, NumericScores, SOp
from readhead.program.operators import Value
from readhead.program.rewrite import replace_node


class Own:
    """The parts that a program brought into training: written as they were where they have not changed.

    Args:
        start: the program that training went on from; None where it began afresh.
        shape: the relaxed program's parts.
    """

    def __init__(self, start: Start | None, shape: Shape) -> None:
        self.start, self.values = start, shape.values
        self._stream: dict[Node, SOp] = {}
        self._was: Choices = {}
        if start is not None:
            layout = segments(shape, _words(start, shape), len(start.readout))
            self._was = harden(start.origin.flat[None], layout, shape)

    def name(self, node: SOp, usual: str) -> str:
        """What the program calls an input."""
        return usual if self.start is None else self.start.program.names.get(node, usual)

    def note(self, was: SOp, now: SOp) -> None:
        """Say which variable stands in the place of one of the program's."""
        self._stream[was] = now

    def given(self) -> tuple[Given, ...]:
        """The inputs that are not learned."""
        return () if self.start is None else self.start.given

    def word_class(self, number: int, choices: Choices, learned: SOp) -> SOp:
        """A word class; the program's own where it is as it was."""
        own = None if self.start is None else self.start.words.get(number)
        if self.start is not None and own is None:
            return self._renamed(learned)
        if own is None:
            return learned
        now, was = (c["embedding"][0, number].cpu() for c in (choices, self._was))
        found = own if torch.equal(now, was) else replace_node(learned, name=own.name)
        self.note(own, found)
        return found

    def meanings(self, place: Place) -> tuple[Value, ...]:
        """What an MLP's codes mean: what they meant to the program, and whole numbers for the others."""
        slot = None if self.start is None else self.start.slots.get(place)
        known = () if slot is None or slot.meanings is None else slot.meanings
        return padded(known, self.values)

    def kept(self, place: Place, learned: SOp, choices: Choices) -> SOp:
        """A slot's variable: the program's own node where its choices are as they were, else the learned one."""
        if self.start is None:
            return learned
        slot = self.start.slots.get(place)
        if slot is None:
            return self._renamed(learned)
        if same_choices(self.start, place, choices, self._was):
            node = rewritten(slot, self._stream)
        else:
            node = replace_node(learned, name=self.start.program.names[slot.node])
        self.note(slot.node, node)
        return node

    def _renamed(self, learned: SOp) -> SOp:
        """A new part, by a name that the program does not have."""
        assert self.start is not None
        assert learned.name is not None
        taken = self.start.program.variables
        names = (learned.name, *(f"{learned.name}_{number}" for number in range(2, len(taken) + 3)))
        free = (name for name in names if not any(t == name or t.startswith(f"{name}_") for t in taken))
        found = _named(learned, learned.name, next(free))
        assert isinstance(found, SOp)
        return found

    def ordered(
        self, inputs: list[CategoricalScores | NumericScores]
    ) -> list[CategoricalScores | NumericScores]:
        """The inputs of a read-out that score anything, those of the program's own read-out first and in its order."""
        assert self.start is not None
        rank = {self._stream[node]: i for node, i in self.start.order.items() if node in self._stream}
        used = [i for i in inputs if (i.rows if isinstance(i, CategoricalScores) else any(i.coefficients))]
        return sorted(used, key=lambda item: rank.get(item.variable, len(rank)))


def _words(start: Start, shape: Shape) -> int:
    return len(start.program.vocabulary.symbols or ()) if shape.embeddings else 0


def _named(node: Node, was: str, now: str) -> Node:
    """A part whose name, and those of its selectors, begin with another word."""
    if node.name is None or not node.name.startswith(was):
        return node
    renamed = replace_node(node, name=now + node.name.removeprefix(was))
    if isinstance(renamed, (Aggregate, Closest)):
        return replace_node(renamed, selector=_named(renamed.selector, was, now))
    return renamed
