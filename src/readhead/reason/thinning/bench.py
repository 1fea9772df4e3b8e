"""A program laid out on examples: the values of all its nodes, and what would become of them after a change.

Sequences of one length stand side by side in blocks, as in the interpreter, whose kernels do the work; those of a
sample come first. A change recomputes only what reads the changed node, only in the blocks and only for the sequences
in which its values really change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from readhead.program.columns import Array, Column, unify
from readhead.program.domains import DTYPES, Categorical
from readhead.program.nodes import Node, topological
from readhead.program.plan import Block, Kernel, Result, kernel_of
from readhead.program.program import Program
from readhead.program.reading import Batch
from readhead.program.selections import BITS, Bits

SAMPLE = 512
"""At least so many sequences, or every sixteenth, are tried before the others."""
ALL = 0.7
"""Where a greater share of a block's sequences changes, all of it is computed again."""

Changed = dict[Node, Result]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does in one block.

    Attributes:
        columns: the sequences concerned, as indices into the block; None for all.
        results: the new results of the nodes that change, for these sequences.
    """

    columns: Array | None
    results: Changed


@dataclass(slots=True)
class Part:
    """One block of sequences, and the results of the program's nodes in it."""

    sequences: Array
    block: Block
    results: Changed = field(default_factory=dict)

    def of(self, node: Node) -> Result:
        """A node's result, in the form that kernels read."""
        return _unpacked(self.results[node])


class Bench:
    """A program's nodes with their results on some sequences.

    Args:
        program: what is run.
        batch: its input.
        chosen: which of its sequences are laid out.
    """

    def __init__(self, program: Program, batch: Batch, chosen: Array) -> None:
        self.batch = batch
        self._kernels: dict[Node, Kernel] = {}
        self._children: dict[Node, tuple[Node, ...]] = {}
        sample, others = _sample(batch, chosen)
        self.parts = [
            self._part(program, i) for some in (sample, others) if len(some) for i in batch.blocks(some)
        ]
        self.sampled = len(list(batch.blocks(sample))) if len(sample) else 0
        self.order: tuple[Node, ...] = ()
        self.lay_out(program, {})

    def _part(self, program: Program, indices: Array) -> Part:
        n = int(self.batch.lengths[indices[0]])
        return Part(indices, Block(n, len(indices), self.batch.tokens(indices), program.causal))

    @property
    def sample(self) -> list[Part]:
        """The blocks of the sample."""
        return self.parts[: self.sampled]

    def needs(self, node: Node) -> set[Node]:
        """A node of the program and all that it depends on."""
        found: set[Node] = set()
        stack = [node]
        while stack:
            if (node := stack.pop()) not in found:
                found.add(node)
                stack.extend(node.children)
        return found

    def kernel(self, node: Node) -> Kernel:
        """The node's kernel, made once."""
        if node not in self._kernels:
            self._kernels[node] = kernel_of(node, dict.fromkeys(node.children, ""))
        return self._kernels[node]

    def share_kernel(self, old: Node, new: Node) -> None:
        """A node rebuilt over other children computes as it did."""
        if old in self._kernels:
            self._kernels.setdefault(new, self._kernels[old])

    def lay_out(self, program: Program, known: dict[Node, list[Result]], without: bool = False) -> None:
        """Hold the results of a program's first output and all that it needs.

        Args:
            program: its nodes.
            known: results of some of them in every block.
            without: leave out the output itself.

        Raises:
            Misfit: where a node has no value.
        """
        self.order = tuple(topological(program.outputs[:1]))
        self._children = {node: node.children for node in self.order}
        for number, part in enumerate(self.parts):
            results: Changed = {}
            for node in self.order[:-1] if without else self.order:
                if node in part.results:
                    results[node] = part.results[node]
                elif node in known:
                    results[node] = _packed(known[node][number])
                else:
                    given = [_unpacked(results[child]) for child in node.children]
                    results[node] = _packed(self.kernel(node)(part.block, *given))
            part.results = results
        kept = set(self.order)
        self._kernels = {node: k for node, k in self._kernels.items() if node in kept}

    def effects(self, old: Node, new: Node, stop: Node | None = None) -> Iterator[tuple[Part, Effect]]:
        """What replacing one node by another changes, block by block; blocks without any change are left out.

        Args:
            old: a node of the program.
            new: what stands in its place; it may read nodes of the program, and new ones.
            stop: a node that is not computed: the read-out, which is added up elsewhere.

        Raises:
            Misfit: where a node has no value any more.
        """
        cone = self.cone(old, stop)
        for part in self.parts:
            effect = self._effect(part, old, new, cone)
            if effect is not None:
                yield part, effect

    def cone(self, root: Node, stop: Node | None = None) -> list[Node]:
        """The nodes that depend on one, in order, without itself and what is not computed."""
        inside = {root}
        found = []
        for node in self.order:
            if node not in inside and not inside.isdisjoint(self._children[node]):
                inside.add(node)
                if node != stop:
                    found.append(node)
        return found

    def _effect(self, part: Part, old: Node, new: Node, cone: list[Node]) -> Effect | None:
        fresh: Changed = {}
        before, after = part.of(old), self.result(part, new, fresh)
        columns = differing(before, after, part.block.size, part.block.n)
        if columns is not None and not len(columns):
            return None
        changed: Changed = {old: after if columns is None else narrowed(after, columns)}
        block = part.block if columns is None else _narrow_block(part.block, columns)
        base: Changed = {}
        for node in cone:
            if any(child in changed for child in self._children[node]):
                given = []
                for child in self._children[node]:
                    if child not in changed and child not in base:
                        whole = part.of(child)
                        base[child] = whole if columns is None else narrowed(whole, columns)
                    given.append(changed[child] if child in changed else base[child])
                found = self.kernel(node)(block, *given)
                was = part.of(node) if columns is None else narrowed(part.of(node), columns)
                moved = differing(was, found, block.size, block.n)
                if moved is None or len(moved):
                    changed[node] = found
        return Effect(columns, changed)

    def result(self, part: Part, node: Node, fresh: Changed) -> Result:
        """The result of a node of the program, or of a new one over such nodes."""
        if node in part.results:
            return part.of(node)
        if node not in fresh:
            given = [self.result(part, child, fresh) for child in node.children]
            fresh[node] = self.kernel(node)(part.block, *given)
        return fresh[node]


def _sample(batch: Batch, chosen: Array) -> tuple[Array, Array]:
    """The sequences that have a position: some that are tried first, and the others."""
    chosen = chosen[batch.lengths[chosen] > 0]
    shuffled = np.random.default_rng(0).permutation(chosen)
    size = max(SAMPLE, len(chosen) // 16)
    return np.sort(shuffled[:size]), np.sort(shuffled[size:])


def unequal(left: Result, right: Result) -> Array | None:
    """Where two results differ, ``[position, batch]``; None where that cannot be told from their forms."""
    if isinstance(left, Column) and isinstance(right, Column):
        a, b = (left, right) if left.domain is right.domain else unify((left, right))
        if a.values.dtype == object:
            return None  # integers and floats mixed: 1 and 1.0 compare as equal, and are not
        if a.values.dtype == np.float64:
            return np.asarray(a.values.view(np.int64) != b.values.view(np.int64))  # 0.0 and -0.0 are two
        return np.asarray(a.values != b.values)
    if isinstance(left, Bits) and isinstance(right, Bits):
        if left.one is not None and right.one is not None:
            return np.asarray(left.one != right.one)
        return np.asarray(left.mask != right.mask)
    return None  # beyond 64 positions selections have many forms


def differing(before: Result, after: Result, size: int, n: int) -> Array | None:
    """The sequences in which two results differ; None for so many that all may as well be computed."""
    apart = unequal(before, after)
    if apart is None:
        return None
    found: Array = np.flatnonzero(apart.any(axis=0))
    return found if len(found) == 0 or (len(found) <= ALL * size and n <= BITS) else None


def narrowed(result: Result, columns: Array) -> Result:
    """A result for some of the block's sequences."""
    if isinstance(result, Column):
        return Column(result.values[:, columns], result.domain)
    assert isinstance(result, Bits)
    if result.one is not None:
        return Bits(result.n, one=result.one[:, columns])
    return Bits(result.n, result.mask[:, columns])


def merged(before: Result, after: Result, columns: Array | None) -> Result:
    """The result with some sequences' columns replaced."""
    if columns is None:
        return after
    if isinstance(before, Column):
        assert isinstance(after, Column)
        a, b = unify((before, after))
        values = a.values.copy()
        values[:, columns] = b.values
        return Column(values, a.domain)
    assert isinstance(before, Bits)
    assert isinstance(after, Bits)
    if before.one is not None and after.one is not None:
        one = before.one.copy()
        one[:, columns] = after.one
        return Bits(before.n, one=one)
    mask = before.mask.copy()
    mask[:, columns] = after.mask
    return Bits(before.n, mask)


def _narrow_block(block: Block, columns: Array) -> Block:
    tokens = Column(block.tokens.values[:, columns], block.tokens.domain)
    return Block(block.n, len(columns), tokens, block.causal)


def _packed(result: Result) -> Result:
    """The result in few bytes."""
    if isinstance(result, Column) and result.values.dtype == np.int64:
        low, high = int(result.values.min(initial=0)), int(result.values.max(initial=0))
        if -128 <= low and high < 128:
            return Column(result.values.astype(np.int8), result.domain)
        if -(2**15) <= low and high < 2**15:
            return Column(result.values.astype(np.int16), result.domain)
    if isinstance(result, Bits) and result.one is not None:
        return Bits(result.n, one=result.one.astype(np.int8))
    if isinstance(result, Bits):
        return Bits(result.n, result.mask)  # without the rows that it may have laid out
    return result


def _unpacked(result: Result) -> Result:
    if isinstance(result, Column):
        wanted = np.intp if isinstance(result.domain, Categorical) else DTYPES[result.domain.kind]
        return Column(result.values.astype(wanted, copy=False), result.domain)
    if isinstance(result, Bits) and result.one is not None:
        return Bits(result.n, one=result.one.astype(np.intp, copy=False))
    return result
