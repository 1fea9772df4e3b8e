"""The intermediate tensors of a transformer by name (TransformerLens's names), with their shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from readhead.errors import UsageError, did_you_mean
from readhead.program.nodes import Indices
from readhead.transformer.config import TransformerConfig
from readhead.transformer.layers import Tap
from readhead.transformer.legend import Legend

if TYPE_CHECKING:
    from rich.table import Table

Hook = Callable[[Tensor], Tensor | None]
"""Sees a tensor; what it returns, if anything, takes the tensor's place."""

Shape = tuple[str | int, ...]
"""Dimensions: words for those that depend on the input."""

BLOCK = "blocks.{}."
FINAL = "hook_final"
"""What the unembedding reads."""


@dataclass(frozen=True, slots=True)
class HookPoint:
    """A tensor that can be seen and replaced.

    Attributes:
        name: what it is called.
        shape: its dimensions.
        variables: the variables that are written or carried there.
        cleared: the variables of which slots are taken away there, to be used again.
    """

    name: str
    shape: Shape
    variables: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()


def hook_points(config: TransformerConfig, legend: Legend | None = None) -> tuple[HookPoint, ...]:
    """Every hook of a transformer, in the order in which the tensors come about."""
    stream: Shape = ("batch", "position", config.width)
    inputs = tuple(legend.written_by(-1, "embedding")) if legend is not None else ()
    nodes = {} if legend is None else legend.program.variables
    places = tuple(name for name in inputs if isinstance(nodes.get(name), Indices))
    words = tuple(name for name in inputs if name not in places)
    points = [HookPoint("hook_embed", stream, words), HookPoint("hook_pos_embed", stream, places)]
    for b, (heads, hidden) in enumerate(zip(config.heads_of, config.hidden_of, strict=True)):
        at = BLOCK.format(b)
        points.append(HookPoint(f"{at}hook_resid_pre", stream, inputs if b == 0 else ()))
        if heads:
            points += _attention(config, heads, at, _head_variables(legend, b))
        written = tuple(legend.written_by(b, "attention")) if legend is not None else ()
        points.append(HookPoint(f"{at}hook_resid_mid", stream, written))
        if hidden:
            label = legend.mlps[b] if legend is not None else None
            points += _mlp(config, hidden, at, label.variables if label is not None else ())
        written = tuple(legend.written_by(b, "mlp")) if legend is not None else ()
        cleared = tuple(legend.cleared_by(b)) if legend is not None else ()
        points.append(HookPoint(f"{at}hook_resid_post", stream, written, cleared))
    if config.normalization == "layer":
        points.append(HookPoint("ln_final.hook_normalized", stream))
    answer = () if legend is None else (legend.answer,)
    return (*points, HookPoint(FINAL, stream, answer))


def _head_variables(legend: Legend | None, block: int) -> tuple[str, ...]:
    labels = legend.heads[block] if legend is not None else ()
    return tuple(dict.fromkeys(name for label in labels for name in label.variables))


def _attention(config: TransformerConfig, heads: int, at: str, variables: tuple[str, ...]) -> list[HookPoint]:
    met: Shape = ("batch", "position", heads, config.d_head)
    carried: Shape = ("batch", "position", heads, config.d_value)
    pairs: Shape = ("batch", heads, "query", "key")
    shapes = {"q": met, "k": met, "v": carried, "attn_scores": pairs, "pattern": pairs, "z": carried}
    stream: Shape = ("batch", "position", config.width)
    points = [HookPoint(f"{at}ln1.hook_normalized", stream)] if config.normalization == "layer" else []
    points += [HookPoint(f"{at}attn.hook_{name}", shape, variables) for name, shape in shapes.items()]
    return [*points, HookPoint(f"{at}hook_attn_out", stream, variables)]


def _mlp(config: TransformerConfig, hidden: int, at: str, variables: tuple[str, ...]) -> list[HookPoint]:
    stream: Shape = ("batch", "position", config.width)
    units: Shape = ("batch", "position", hidden)
    points = [HookPoint(f"{at}ln2.hook_normalized", stream)] if config.normalization == "layer" else []
    points += [HookPoint(f"{at}mlp.hook_{name}", units, variables) for name in ("pre", "post")]
    return [*points, HookPoint(f"{at}hook_mlp_out", stream, variables)]


def check_hook(name: str, points: tuple[HookPoint, ...]) -> None:
    """Raise a UsageError for a hook that is not there."""
    names = [point.name for point in points]
    if name not in names:
        raise UsageError(f"the model has no hook {name!r}", instead=did_you_mean(name, names))


def tap_of(hooks: Mapping[str, Hook], seen: dict[str, Tensor] | None = None) -> Tap:
    """The tap that gives each hook its tensor, and keeps what every tensor became.

    Args:
        hooks: by the names of their tensors.
        seen: filled with every tensor, after its hook.
    """

    def tap(name: str, tensor: Tensor) -> Tensor:
        hook = hooks.get(name)
        if hook is not None:
            found = hook(tensor)
            tensor = tensor if found is None else found
        if seen is not None:
            seen[name] = tensor
        return tensor

    return tap


def hook_table(points: tuple[HookPoint, ...]) -> Table:
    """The hooks as a table: name, shape, variables; and where slots are used again, whose are taken away."""
    from rich.table import Table

    again = any(point.cleared for point in points)

    table = Table(title="hooks", title_justify="left")
    for heading in ("hook", "shape", "variables", *(("cleared",) if again else ())):
        table.add_column(heading, overflow="fold")
    for point in points:
        cells = (point.name, ", ".join(map(str, point.shape)), ", ".join(point.variables))
        table.add_row(*cells, *((", ".join(point.cleared),) if again else ()))
    return table
