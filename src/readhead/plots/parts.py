"""The parts of a picture: which boxes a program's schedule becomes, and what each reads.

What would only clutter a picture gets no box of its own but is written into the text of what reads it: constants, and
operators without a name that one other operator reads, or several, where the text is short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from readhead.compile.schedule import Head, Schedule, schedule
from readhead.plots.words import Labels, expression, reading
from readhead.program.nodes import Aggregate, Constant, Indices, Map, Node, SelectorWidth, SOp, Tokens
from readhead.program.program import Program

Kind = Literal["input", "elementwise", "head"]

LARGEST_FOLD = 8
"""How many operators are written into one box."""


@dataclass(frozen=True, slots=True)
class Result:
    """An s-op that a part computes.

    Attributes:
        node: the s-op.
        title: its name, or else what it is.
        text: what it is, where the title does not say it.
        output: whether the program answers with it.
    """

    node: SOp
    title: str
    text: str
    output: bool


@dataclass(frozen=True, slots=True)
class Read:
    """Something that a part reads, and what for: ``key``, ``query``, ``value``, or nothing to say."""

    node: SOp
    role: str


@dataclass(frozen=True, slots=True)
class Part:
    """A box of the picture.

    Attributes:
        key: what tells it from the others, as ``p3``.
        kind: an input, something elementwise, or a head.
        layer: the layer that it stands in.
        level: in which row of its layer, from below.
        results: what it computes: one s-op; for a head, one for each reader.
        reads: what it reads, each once.
        title: for a head, its number; else empty.
        text: for a head, its selector; else empty.
        head: the head, if it is one.
    """

    key: str
    kind: Kind
    layer: int
    level: int
    results: tuple[Result, ...]
    reads: tuple[Read, ...]
    title: str = ""
    text: str = ""
    head: Head | None = None

    @property
    def name(self) -> str:
        """What to call it in one line."""
        return self.title or self.results[0].title

    def label(self, node: Node) -> str:
        """What to call one of its results."""
        return next(result.title for result in self.results if result.node == node)


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts, from the inputs up.

    Attributes:
        parts: each after those that it reads.
        schedule: the layers that they stand in.
        critical: what to call the variables of the schedule's critical path.
    """

    parts: tuple[Part, ...]
    schedule: Schedule
    critical: tuple[str, ...]

    def sources(self) -> dict[Node, Part]:
        """The part that computes each s-op."""
        return {result.node: part for part in self.parts for result in part.results}


def parts_of(program: Program, notes: Mapping[str, str] | None = None) -> Parts:
    """The boxes of a program's picture.

    Args:
        program: the program.
        notes: what to write into the boxes of some variables besides, by name.

    >>> from readhead.program.nodes import LENGTH, Indices
    >>> back = Map("-", (Map("-", (LENGTH, Constant(1))), Indices()), name="back")
    >>> [(part.layer, part.name) for part in parts_of(Program((back,))).parts]
    [(0, 'indices'), (1, 'head 1.1'), (1, 'back')]
    """
    return _Maker(program, notes or {}).make()


class _Maker:
    """Holds what all parts of one program need: the labels, and what is folded away."""

    def __init__(self, program: Program, notes: Mapping[str, str]) -> None:
        self.program = program
        self.notes = {
            program.variables[name]: note for name, note in notes.items() if name in program.variables
        }
        self.outputs = set(program.outputs)
        self.schedule = schedule(program)
        self.labels = Labels.of(program)
        self.folded = _folded(program, self.labels)
        self.made: list[Part] = []
        self.levels: dict[Node, int] = {}  # of what is elementwise in the present layer

    def make(self) -> Parts:
        for number, layer in enumerate(self.schedule.layers):
            self.levels = {}
            for index, head in enumerate(layer.heads, 1):
                self.made.append(self._head(head, number, f"head {number}.{index}"))
            for node in layer.elementwise:
                if node not in self.folded:
                    self.made.append(self._elementwise(node, number))
        found = Parts(tuple(self.made), self.schedule, ())
        sources = found.sources()
        path = [self.program.variables[name] for name in self.schedule.critical_path]
        return replace(found, critical=tuple(sources[node].label(node) for node in path))

    @property
    def _key(self) -> str:
        return f"p{len(self.made)}"

    def _elementwise_result(self, node: SOp) -> Result:
        text = expression(node, self.labels)
        title = self.labels.get(node, text)
        return Result(node, title, self._noted(node, text if title != text else ""), node in self.outputs)

    def _noted(self, node: SOp, text: str) -> str:
        return "; ".join(filter(None, (text, self.notes.get(node, ""))))

    def _elementwise(self, node: SOp, layer: int) -> Part:
        reads = tuple(Read(source, "") for source in self._read(node))
        below = [self.levels[read.node] for read in reads if read.node in self.levels]
        kind: Kind = "input" if isinstance(node, Tokens | Indices) else "elementwise"
        level = 0 if kind == "input" else 1 + max(below, default=0)
        self.levels[node] = level
        return Part(self._key, kind, layer, level, (self._elementwise_result(node),), reads)

    def _head(self, head: Head, layer: int, title: str) -> Part:
        roles: dict[SOp, list[str]] = {}
        for role, nodes in (("key", head.keys), ("query", head.queries), ("value", head.values)):
            for node in nodes:
                if not isinstance(node, Constant):
                    roles.setdefault(node, []).append(role)
        text = expression(head.selector, self.labels)
        if head.selector in self.labels and self.labels[head.selector] != text:
            text = f"{self.labels[head.selector]} = {text}"
        return Part(
            self._key,
            "head",
            layer,
            0,
            tuple(self._reader(reader) for reader in head.readers),
            tuple(Read(node, ", ".join(words)) for node, words in roles.items()),
            title,
            text,
            head,
        )

    def _reader(self, reader: Aggregate | SelectorWidth) -> Result:
        title = self.labels.get(reader, expression(reader, self.labels))
        text = self._noted(reader, reading(reader, self.labels))
        return Result(reader, title, text, reader in self.outputs)

    def _read(self, node: SOp) -> Iterator[SOp]:
        """What an elementwise box reads: its children, or in place of folded ones what those read; each once."""
        found: dict[SOp, None] = {}
        stack = list(reversed(node.children))
        while stack:
            child = stack.pop()
            if child in self.folded:
                stack.extend(reversed(child.children))
            elif isinstance(child, SOp):
                found[child] = None
        return iter(found)


def _folded(program: Program, labels: Labels) -> set[Node]:
    """The nodes that get no box."""
    nodes = list(program.variables.values())
    readers: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        for child in node.children:
            readers[child].append(node)
    folded: set[Node] = {n for n in nodes if isinstance(n, Constant) and n not in program.outputs}
    size: dict[Node, int] = {}
    for node in nodes:
        if not isinstance(node, Map):
            continue
        size[node] = 1
        for child in node.children:
            if not isinstance(child, Map) or child in labels or child in program.outputs:
                continue
            once = len(readers[child]) == 1 and size[node] + size[child] <= LARGEST_FOLD
            tiny = size[child] == 1 and all(isinstance(reader, Map) for reader in readers[child])
            if once or tiny:
                folded.add(child)
                size[node] += size[child]
    return folded
