"""The loops of a statement: over all query positions, and inside it over the keys that each query sees.

A loop hands out a name for every variable that an expression reads, and says in the end what it runs over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from readhead.program.nodes import Closest, Node, Selector


@dataclass
class Loop:
    """One loop.

    Args:
        names: how each variable with a statement is written.
        taken: the names that mean something else; those handed out are added.
        tokens: how the tokens are written.
        outer: the loop over the queries, where this one is over keys.
        causal: whether keys behind the query are out of sight.
        words: what the variables are called; none for their own first letters.
    """

    names: Mapping[Node, str]
    taken: set[str]
    tokens: str
    outer: Loop | None = None
    causal: bool = False
    words: Collection[str] = ()
    read: dict[Node, str] = field(default_factory=dict)
    index: str | None = None
    sliced: bool = False
    """Whether its text says what a query sees."""

    def fresh(self, *wishes: str) -> str:
        """A name that means nothing else."""
        number = 1
        while True:
            for wish in wishes:
                name = wish if number == 1 else f"{wish}{number}"
                if name not in self.taken:
                    self.taken.add(name)
                    return name
            number += 1

    def variable(self, node: Node) -> str:
        """The name of a variable's value at the loop's position; of a selector's, of its row or key."""
        if node not in self.read:
            self.read[node] = self.fresh(*self._wishes(node))
        return self.read[node]

    def _wishes(self, node: Node) -> Collection[str]:
        if isinstance(node, Selector):
            of_query = "p" if isinstance(node, Closest) else "row"
            return (of_query,) if self.outer is None else ("s",)
        if self.words:
            return self.words
        letter = self.names[node].lstrip("_")[:1].lower() or "v"
        return (letter if letter not in "ij" and letter.isalpha() else "v",)

    def position(self) -> str:
        """The name of the loop's position."""
        if self.index is None:
            self.index = self.fresh("i" if self.outer is None else "j")
        return self.index

    def text(self) -> str:
        """``for ... in ...``, once everything is read."""
        over = [(name, self._over(node)) for node, name in self.read.items()]
        if self.outer is not None:
            over = self._seen(over)
        names = [name for name, _ in over]
        many = len(names) > 1
        what = f"zip({', '.join(text for _, text in over)})" if many else over[0][1] if over else ""
        target = ", ".join(names)
        if not over:
            return f"for {self.index or '_'} in {self._alone()}"
        if self.index is None:
            return f"for {target} in {what}"
        return f"for {self.index}, {f'({target})' if many else target} in enumerate({what})"

    def _over(self, node: Node) -> str:
        if isinstance(node, Selector) and self.outer is not None:
            return self.outer.variable(node)
        return self.names[node]

    def _seen(self, over: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Only what the query sees; rows of selectors end there by themselves."""
        assert self.outer is not None
        if any(isinstance(node, Selector) for node in self.read):
            return over
        self.sliced = bool(over)
        if not self.causal or not over:
            return over
        (name, first), *rest = over
        return [(name, f"{first}[: {self.outer.position()} + 1]"), *rest]

    def _alone(self) -> str:
        """What a loop runs over that reads nothing but positions."""
        if self.outer is not None and self.causal:
            i = self.outer.position()
            self.sliced = True
            return f"{self.tokens}[: {i} + 1]" if self.index is None else f"range({i} + 1)"
        self.sliced = self.outer is not None
        return self.tokens if self.index is None else f"range(len({self.tokens}))"
