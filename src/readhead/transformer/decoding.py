"""The residual stream of a compiled model, read: every variable's values, and how far its slots are from 0 and 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from readhead.program.columns import Array
from readhead.program.domains import Categorical, exact
from readhead.program.nodes import Aggregate, Closest, Node, Selector, SelectorWidth
from readhead.transformer.layers import Residual
from readhead.transformer.legend import Legend


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    """A reading, without the coordinates that it does not look at.

    Attributes:
        level: which residual stream it reads: 0 as embedded, ``i`` after block ``i - 1``.
        rows: the coordinates.
        weights: ``[rows, values]``.
        bias: ``[values]``.
    """

    level: int
    rows: Tensor
    weights: Tensor
    bias: Tensor


class Decoder:
    """Reads variables off residual streams.

    Args:
        legend: what the coordinates mean.
        device, dtype: those of the residual streams.
    """

    def __init__(self, legend: Legend, device: torch.device, dtype: torch.dtype) -> None:
        self.legend, self.device, self.dtype = legend, device, dtype
        self.domains = {name: Categorical(reading.values) for name, reading in legend.readings.items()}
        self._scores: dict[str, _Scores] = {}
        self._slots: dict[str, tuple[Tensor, Tensor, int]] = {}

    def codes(self, name: str, residuals: Sequence[Residual]) -> Int[Tensor, "batch position"]:
        """A variable's values at every position but the beginning token's, as codes of its domain."""
        reading = self._reading(name)
        if not len(reading.rows):
            best = reading.bias.argmax()
            return best.expand(residuals[0].shape[0], residuals[0].shape[1] - 1)
        return (self._gather(name, residuals, reading.rows) @ reading.weights + reading.bias).argmax(dim=-1)

    def slots(self, name: str, residuals: Sequence[Residual]) -> Float[Tensor, "batch position value"]:
        """A variable's own slots at every position but the beginning token's."""
        columns, _, level = self._places(name)
        held: Float[Tensor, "batch position value"] = residuals[level][:, 1:].index_select(-1, columns)
        return held

    def error(self, name: str, residuals: Sequence[Residual]) -> Float[Tensor, "batch"]:
        """How far a variable's slots are from the one-hot of the value that is read, in each sequence."""
        slots, wanted = self.slots(name, residuals), self._places(name)[1][self.codes(name, residuals)]
        if not slots[0].numel():
            return torch.zeros(len(slots), dtype=self.dtype, device=self.device)
        return (slots - wanted).abs().amax(dim=(1, 2))

    @property
    def slotted(self) -> list[str]:
        """The variables that have slots for their values and a reading, in program order."""
        own = set(self.legend.settable)
        return [name for name in self.legend.readable if name in own]

    def _gather(self, name: str, residuals: Sequence[Residual], columns: Tensor) -> Tensor:
        return residuals[self._reading(name).level][:, 1:].index_select(-1, columns)

    def _reading(self, name: str) -> _Scores:
        if name not in self._scores:
            given = self.legend.reading(name)
            rows = np.flatnonzero(np.any(given.weights != 0, axis=1))
            self._scores[name] = _Scores(
                level=given.block + 1,
                rows=torch.tensor(rows, device=self.device),
                weights=torch.tensor(given.weights[rows], device=self.device, dtype=self.dtype),
                bias=torch.tensor(given.bias, device=self.device, dtype=self.dtype),
            )
        return self._scores[name]

    def _places(self, name: str) -> tuple[Tensor, Tensor, int]:
        """A variable's coordinates, for each of its values what they should hold, and in which stream they do."""
        if name not in self._slots:
            of_values = self.legend.values_of(name)
            columns, held = list(of_values), [exact(v) for v in of_values.values()]
            wanted = np.array([[exact(v) == h for h in held] for v in self.domains[name].values], dtype=float)
            written = [
                s.written[0] + 1 for _, s in self.legend.held if s.variable == name and s.value is not None
            ]
            self._slots[name] = (
                torch.tensor(columns, device=self.device, dtype=torch.int64),
                torch.tensor(wanted, device=self.device, dtype=self.dtype).reshape(-1, len(columns)),
                max(
                    [self._reading(name).level, *written]
                ),  # a read-out is read off its scores, before it has slots
            )
        return self._slots[name]


def exact_selectors(legend: Legend) -> dict[str, tuple[tuple[int, int], ...]]:
    """The selectors that heads' patterns show, with their heads as (block, head).

    A head that carries a mean, a sum or a single value, or counts keys, attends to exactly the selected keys (and to
    the beginning token); where several heads compute one variable, they share its selector's keys out.
    """
    variables, names = legend.program.variables, legend.program.names
    heads: dict[str, list[tuple[int, int]]] = {}
    for b, labels in enumerate(legend.heads):
        for h, label in enumerate(labels):
            for name in label.variables:
                selector = _shown(variables.get(name))
                if selector is not None:
                    heads.setdefault(names[selector], []).append((b, h))
    return {name: tuple(dict.fromkeys(heads[name])) for name in variables if name in heads}


def _shown(node: Node | None) -> Selector | None:
    if isinstance(node, SelectorWidth) and not isinstance(node.selector, Closest):
        return node.selector
    if isinstance(node, Aggregate) and node.reduce not in ("max", "min"):
        return node.selector
    return None


def selected(selector: Node, patterns: Iterable[Float[Tensor, "batch query key"]]) -> Array:
    """Which keys a selector selects: those with a fair share of the attention of one of its heads.

    Where a :class:`Closest` finds nothing, its head attends to the beginning token, and it is the fall-back's turn.
    """
    shares = [(p[:, 1:, 1:] > 1 / (2 * p.shape[-1])).cpu().numpy() for p in patterns]
    rows: Array = np.logical_or.reduce(shares)
    if isinstance(selector, Closest) and rows.size:
        batch, query = np.nonzero(~rows.any(axis=2))
        rows[batch, query, query if selector.fallback == "own" else 0] = True
    return rows
