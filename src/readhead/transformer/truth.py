"""The circuit of a compiled model: which component reads what from which, as the weights themselves say.

A compiled model's weights are zero wherever nothing is meant, so its circuit is known exactly: a component writes some
coordinates of the residual stream and reads others, and an edge is there where the two meet. An edge *matters* where
the answer can depend on it; all else can be taken away, and the answer stays. This is what circuit-discovery methods
are to find, and so what they can be scored against (as in "InterpBench", Gupta et al., 2024).

Components have TransformerLens's names: ``embedding``, ``positions``, ``blocks.0.attn.head.1``, ``blocks.0.mlp``,
``unembedding``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from readhead.compile.blueprint import Blueprint
from readhead.errors import UsageError, did_you_mean
from readhead.transformer.model import Transformer
from readhead.transformer.wiring import UNEMBEDDING, Wire, Wiring, wiring_of

if TYPE_CHECKING:
    import networkx as nx  # type: ignore[import-untyped]

Kind = Literal["embedding", "positions", "head", "mlp", "unembedding"]

EdgeName = tuple[str, str, str]
"""Writer, reader, and the side of the reader."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the model that reads the residual stream and writes to it.

    Attributes:
        name: what it is called.
        kind: what it is.
        block, head: where it is; None where that does not apply.
        hook: the hook at which its output can be seen; for a head, one of several there.
        variables: the variables that it computes; the unembedding's is the one that it answers with.
        matters: whether the answer can depend on it.
    """

    name: str
    kind: Kind
    block: int | None
    head: int | None
    hook: str
    variables: tuple[str, ...]
    matters: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A component reads what another wrote.

    Attributes:
        writer, reader: their names.
        side: where the reader takes it in: ``q``, ``k`` or ``v`` of a head, ``mlp``, ``unembed``.
        variables: the variables that are carried. Of a slot that is used again, all that it stands for: what is
            taken away reaches the later readers as well.
        slots: the coordinates that are carried, by name.
        matters: whether the answer can depend on it.
        constant: whether it carries the same on every input, as from the positions, so that only ablating it shows,
            and not resampling it from another input.
    """

    writer: str
    reader: str
    side: str
    variables: tuple[str, ...]
    slots: tuple[str, ...]
    matters: bool
    constant: bool

    @property
    def name(self) -> EdgeName:
        """Writer, reader and side."""
        return self.writer, self.reader, self.side


@dataclass(frozen=True, slots=True)
class Score:
    """How edges that a method found compare with the circuit's.

    Attributes:
        right: those that are in the circuit.
        extra: those that are not.
        missing: those of the circuit that were not found.
    """

    right: tuple[EdgeName, ...]
    extra: tuple[EdgeName, ...]
    missing: tuple[EdgeName, ...]

    @property
    def precision(self) -> float:
        """The share of the found edges that are right; 1 where none was found."""
        found = len(self.right) + len(self.extra)
        return len(self.right) / found if found else 1.0

    @property
    def recall(self) -> float:
        """The share of the circuit's edges that were found; 1 where it has none."""
        wanted = len(self.right) + len(self.missing)
        return len(self.right) / wanted if wanted else 1.0


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """The circuit of a compiled model, as a graph over its components.

    Attributes:
        answer: the variable that it is the circuit of.
        components: in the order in which they run.
        edges: by reader, then writer.
        views: variables that no component writes, since they are read off others: those others.
        fused: why each variable without a reading has none.
    """

    answer: str
    components: tuple[Component, ...]
    edges: tuple[Edge, ...]
    views: Mapping[str, tuple[str, ...]]
    fused: Mapping[str, str]
    _wiring: Wiring = field(repr=False, compare=False)

    def component(self, name: str) -> Component:
        """The component of this name.

        Raises:
            UsageError: where there is none.
        """
        for component in self.components:
            if component.name == name:
                return component
        names = [c.name for c in self.components]
        raise UsageError(f"the circuit has no component {name!r}", instead=did_you_mean(name, names))

    def minimal(self, answer: str | None = None) -> GroundTruth:
        """Only what matters for a variable, carrying only what matters.

        Args:
            answer: a variable that can be read off; by default the circuit's own. Of another than the model's answer,
                the unembedding stands for what reads it.

        Raises:
            UsageError: for a variable that cannot be read off.
        """
        answer = self.answer if answer is None else answer
        wires, reached = self._wiring.circuit(answer)
        kept = [replace(c, matters=True) for c in self.components if c.name in reached]
        kept = [replace(c, variables=(answer,)) if c.name == UNEMBEDDING else c for c in kept]
        edges = tuple(_edge(self._wiring, wire, matters=True) for wire in wires)
        return replace(self, answer=answer, components=tuple(kept), edges=edges)

    def score(self, found: Iterable[EdgeName], *, constants: bool = False) -> Score:
        """How edges that a method found compare with those that matter.

        Args:
            found: edges as writer, reader and side.
            constants: whether edges count that carry the same on every input: those that only ablation shows.

        Raises:
            UsageError: for a component that the model does not have.
        """
        found = set(found)
        names = {c.name for c in self.components}
        for name in (name for edge in found for name in edge[:2]):
            if name not in names:
                self.component(name)
        skipped = set() if constants else {e.name for e in self.edges if e.constant}
        wanted = [e.name for e in self.edges if e.matters and e.name not in skipped]
        return Score(
            right=tuple(e for e in wanted if e in found),
            extra=tuple(sorted(found - set(wanted) - skipped)),
            missing=tuple(e for e in wanted if e not in found),
        )

    def as_dict(self) -> dict[str, Any]:
        """The graph, as JSON knows it."""
        return {
            "answer": self.answer,
            "components": [
                {
                    "name": c.name,
                    "kind": c.kind,
                    "block": c.block,
                    "head": c.head,
                    "hook": c.hook,
                    "variables": list(c.variables),
                    "matters": c.matters,
                }
                for c in self.components
            ],
            "edges": [
                {
                    "writer": e.writer,
                    "reader": e.reader,
                    "side": e.side,
                    "variables": list(e.variables),
                    "slots": list(e.slots),
                    "matters": e.matters,
                    "constant": e.constant,
                }
                for e in self.edges
            ],
            "views": {name: list(sources) for name, sources in self.views.items()},
            "fused": dict(self.fused),
        }

    def to_json(self) -> str:
        """The graph as a JSON text."""
        return json.dumps(self.as_dict(), indent=1) + "\n"

    def to_networkx(self) -> nx.MultiDiGraph:
        """The graph for networkx, which has to be installed: the side is the key of an edge.

        Raises:
            UsageError: where networkx is not there.
        """
        try:
            import networkx as nx
        except ImportError:
            raise UsageError(
                "networkx is not installed", instead="pip install networkx, or as_dict()"
            ) from None
        data = self.as_dict()
        graph = nx.MultiDiGraph(answer=self.answer)
        for component in data["components"]:
            graph.add_node(component.pop("name"), **component)
        for edge in data["edges"]:
            graph.add_edge(edge.pop("writer"), edge.pop("reader"), key=edge.pop("side"), **edge)
        return graph


def ground_truth(model: Transformer | Blueprint) -> GroundTruth:
    """The circuit of a compiled model.

    Args:
        model: a compiled model, or the blueprint of one.

    Raises:
        UsageError: for a model that is no compiled program.

    >>> from readhead.compile.compiler import compile_program
    >>> from readhead.program.nodes import LENGTH
    >>> from readhead.program.program import Program
    >>> truth = ground_truth(compile_program(Program((LENGTH,)), vocabulary="ab", max_length=3))
    >>> [c.name for c in truth.components if c.matters]
    ['embedding', 'blocks.0.attn.head.0', 'blocks.0.mlp', 'unembedding']
    """
    if isinstance(model, Blueprint):
        model = Transformer.from_blueprint(model)
    legend = model.compiled
    wiring = wiring_of(model)
    mattering, reached = wiring.circuit(legend.answer)
    paths = {(w.writer, w.reader, w.side) for w in mattering}
    edges = tuple(
        _edge(wiring, wire, (wire.writer, wire.reader, wire.side) in paths) for wire in wiring.wires()
    )
    slotted = set(legend.settable)
    views = {name: tuple(legend.sources(name)) for name in legend.readable if name not in slotted}
    return GroundTruth(
        answer=legend.answer,
        components=_components(model, reached),
        edges=edges,
        views=views,
        fused=dict(legend.fused),
        _wiring=wiring,
    )


def _edge(wiring: Wiring, wire: Wire, matters: bool) -> Edge:
    slots = [wiring.legend.slots[i] for i in wire.slots]
    held = [s for slot in slots for s in slot.held]
    variables = tuple(dict.fromkeys(s.variable for s in held if s.variable is not None))
    names = tuple(s.name for s in slots)
    return Edge(wire.writer, wire.reader, wire.side, variables, names, matters, wire.constant)


def _components(model: Transformer, reached: set[str]) -> tuple[Component, ...]:
    legend = model.compiled
    points = {point.name: point for point in model.hook_points}

    def made(
        name: str,
        kind: Kind,
        hook: str,
        variables: tuple[str, ...],
        block: int | None = None,
        head: int | None = None,
    ) -> Component:
        return Component(name, kind, block, head, hook, variables, name in reached)

    found = [
        made("embedding", "embedding", "hook_embed", points["hook_embed"].variables),
        made("positions", "positions", "hook_pos_embed", points["hook_pos_embed"].variables),
    ]
    for b, (labels, mlp) in enumerate(zip(legend.heads, legend.mlps, strict=True)):
        for h, label in enumerate(labels):
            name = f"blocks.{b}.attn.head.{h}"
            found.append(made(name, "head", f"blocks.{b}.attn.hook_z", label.variables, b, h))
        if mlp is not None:
            found.append(made(f"blocks.{b}.mlp", "mlp", f"blocks.{b}.hook_mlp_out", mlp.variables, b))
    found.append(made(UNEMBEDDING, "unembedding", "hook_final", (legend.answer,)))
    return tuple(found)
