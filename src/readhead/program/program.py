"""The Program: outputs, vocabulary, causality. Every feature of Readhead is an arrow into it or out of it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from readhead.errors import ProgramError, did_you_mean
from readhead.program.nodes import Indices, Map, Node, SOp, Tokens, topological
from readhead.program.operators import Value
from readhead.program.vocabulary import OPEN, Vocabulary

if TYPE_CHECKING:
    from readhead.program.trace import Trace

OutputKind = Literal["token_labels", "sequence_label", "next_token"]
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A transformer that is a program.

    Args:
        outputs: the s-ops that it computes; the first is its answer.
        vocabulary: the tokens that it reads.
        causal: whether every selector sees only the query's own and earlier positions.
        max_length: the most content tokens that it takes; None for no limit.
        kind: a label for each content token, one label for the sequence (read at the first position), or the
            next token (read at the last position).
        description: what it is, for people; ignored by equality.

    Raises:
        ProgramError: for an output that is no s-op, a name that is no identifier, a negative maximum length.

    Equality is structural: the outputs, every variable's name, and all of the above but the description.
    """

    outputs: tuple[SOp, ...]
    vocabulary: Vocabulary = OPEN
    causal: bool = False
    max_length: int | None = None
    kind: OutputKind = "token_labels"
    description: str = ""
    variables: MappingProxyType[str, Node] = field(init=False, repr=False)
    """Every variable by name, s-ops and selectors, each after those it reads."""
    _plan: object = field(init=False, repr=False, default=None)
    """What the interpreter prepared for it; made once, no part of what the program is."""

    def __post_init__(self) -> None:
        given: object = self.outputs  # a single s-op will do as well
        outputs = (given,) if isinstance(given, SOp) else tuple(self.outputs)
        object.__setattr__(self, "outputs", outputs)
        if not outputs:
            raise ProgramError("a program needs an output")
        for output in outputs:
            if not isinstance(output, SOp):
                raise ProgramError(f"a program's output is an s-op, got {output!r}")
        if self.kind not in get_args(OutputKind):
            raise ProgramError(
                f"a program has no output kind {self.kind!r}",
                instead=did_you_mean(str(self.kind), get_args(OutputKind)),
            )
        if self.max_length is not None and (type(self.max_length) is not int or self.max_length < 0):
            raise ProgramError(f"a maximum length is a whole number, got {self.max_length!r}")
        object.__setattr__(self, "variables", MappingProxyType(named(outputs, given_names(outputs))))

    def __deepcopy__(self, memo: dict[int, object]) -> Program:
        """Itself: nothing in it ever changes, so a copy of what holds it can share it."""
        return self

    @property
    def names(self) -> dict[Node, str]:
        """The name of every node."""
        return {node: name for name, node in self.variables.items()}

    def run(self, tokens: str | Sequence[Value], output: str | None = None) -> list[Value] | Value:
        """The answer for one sequence of content tokens.

        Only what the answer needs is computed. A text is split as the vocabulary says.

        Args:
            tokens: the content, without markers.
            output: the variable to answer with; by default the first output.

        Returns:
            a list with a value for each content token; for the kind ``sequence_label`` the value at the first
            position that the program sees, for ``next_token`` the one at the last.

        Raises:
            InputError: for a token that the vocabulary does not have, for too many tokens, and for an empty
                sequence where one value is asked for and the program sees no position.
            EvaluationError: where a variable has no value; it names variable and position.

        >>> from readhead.program.nodes import LENGTH
        >>> Program((LENGTH,)).run("abc")
        [3, 3, 3]
        """
        from readhead.program import interpret

        return interpret.run(self, tokens, output)

    def run_batch(
        self, sequences: Sequence[str | Sequence[Value]], output: str | None = None
    ) -> list[list[Value] | Value]:
        """The answers for many sequences, the same as :meth:`run` gives for each.

        Raises:
            InputError, EvaluationError: as :meth:`run` does for the first sequence that is wrong.
        """
        from readhead.program import interpret

        return interpret.run_batch(self, sequences, output)

    def trace(self, tokens: str | Sequence[Value]) -> Trace:
        """The value of every variable, and every selector, for one sequence.

        Raises:
            InputError, EvaluationError: as :meth:`run` does, for any of the variables.
        """
        from readhead.program import interpret

        return interpret.trace(self, tokens)

    def trace_batch(self, sequences: Sequence[str | Sequence[Value]]) -> Trace:
        """The value of every variable, and every selector, for many sequences.

        Raises:
            InputError, EvaluationError: as :meth:`run` does for the first sequence that is wrong.
        """
        from readhead.program import interpret

        return interpret.trace_batch(self, sequences)

    def save(self, path: str | Path) -> None:
        """Write the program as JSON; the file is complete or not there at all."""
        from readhead.program import serialize

        serialize.save(self, path)

    @staticmethod
    def load(path: str | Path) -> Program:
        """Read a program that :meth:`save` wrote.

        Raises:
            DataError: for a file that is no such program, saying where.
        """
        from readhead.program import serialize

        return serialize.load(path)

    def _repr_html_(self) -> str:
        from readhead.program.show import program_html

        return program_html(self)

    def _identity(self) -> tuple[object, ...]:
        names = tuple((name, node.digest) for name, node in self.variables.items())
        outputs = tuple(output.digest for output in self.outputs)
        return outputs, names, self.vocabulary, self.causal, self.max_length, self.kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Program) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


def given_names(outputs: tuple[SOp, ...]) -> dict[Node, str]:
    """The names that nodes were given; of equal nodes, the first name met.

    Raises:
        ProgramError: for a name that is no identifier.
    """
    given: dict[Node, str] = {}
    for node in _objects(outputs):
        if node.name is not None:
            if not IDENTIFIER.match(node.name):
                raise ProgramError(
                    f"{node.name!r} cannot name a variable", where=node.span, instead="letters, digits and _"
                )
            given.setdefault(node, node.name)
    return given


def named(outputs: tuple[SOp, ...], given: Mapping[Node, str]) -> dict[str, Node]:
    """Names for all nodes: the ones that are given, made unique, and automatic ones, numbered by kind.

    >>> list(named((Map("+", (Indices(), Indices())),), {Indices(): "i"}))
    ['i', 'map_1']
    """
    taken = set(given.values())
    counts: dict[str, int] = {}
    variables: dict[str, Node] = {}
    for node in topological(outputs):
        name = given.get(node)
        if name is None or name in variables:
            stem = _stem(node) if name is None else name
            plain = name is not None or isinstance(node, (Tokens, Indices))
            while True:
                counts[stem] = counts.get(stem, 0) + 1
                name = stem if plain and counts[stem] == 1 else f"{stem}_{counts[stem]}"
                if name not in taken and name not in variables and not keyword.iskeyword(name):
                    break
        variables[name] = node
    return variables


def _stem(node: Node) -> str:
    if isinstance(node, Map) and isinstance(node.function, str) and node.function.isidentifier():
        return f"{node.function}_of"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(node).__name__).lower()


def _objects(outputs: tuple[SOp, ...]) -> Iterator[Node]:
    """Every node object, each once, children first: equal nodes built twice are both seen."""
    done: set[int] = set()
    for output in outputs:
        stack: list[tuple[Node, bool]] = [(output, False)]
        while stack:
            node, expanded = stack.pop()
            if id(node) in done:
                continue
            if expanded:
                done.add(id(node))
                yield node
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node.children))
