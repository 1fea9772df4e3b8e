"""Interventions: a variable is set to values, or patched from another input, right after it is written.

Variables live in slots, so both come down to edits of the residual stream at the place where the slots are written.
Everything that reads the variable later, views included, sees what was put there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from readhead.compile.blueprint import Part
from readhead.errors import InputError, UsageError, did_you_mean
from readhead.program.domains import exact
from readhead.program.operators import Value
from readhead.program.reading import Content
from readhead.transformer.hooks import FINAL, Hook
from readhead.transformer.running import Run, read, runs

if TYPE_CHECKING:
    from readhead.transformer.model import Transformer

Setting = Value | Sequence[Value | None]
"""A value for every position, or one for each; None leaves a position as it is."""

Patch = Content | Tensor
"""Another input, or for a hook the tensor itself."""

SHOWN = 12
"""How many possible values an error lists."""


def interventions(
    model: Transformer,
    tokens: Content,
    values: Mapping[str, Setting] | None,
    patches: Mapping[str, Patch] | None,
) -> dict[str, Hook] | None:
    """The hooks that set and patch, for a run on these tokens; None where there is nothing to do.

    Raises:
        UsageError: for a variable or hook that is not there, a variable without slots of its own, a value that the
            variable cannot have, a tensor of another shape.
        InputError: for an input that cannot be read, or is not as long as the tokens.
    """
    if not values and not patches:
        return None
    n = int(read(model, [tokens]).lengths[0])
    edits: dict[str, list[Hook]] = defaultdict(list)
    for name, setting in (values or {}).items():
        places = model.compiled.own_slots(name, "cannot set")
        wanted = _one_hots(model, name, setting, n)
        for place, columns in places.items():
            edits[_hook(model, place)].append(_setter(model.compiled.values_of(name), columns, wanted))
    others: dict[int, Run] = {}
    for name, source in (patches or {}).items():
        if name in _hook_names(model):
            edits[name].append(_replacer(name, _tensor(model, name, source, n, others)))
            continue
        _check_patchable(model, name)
        if isinstance(source, Tensor):
            raise UsageError(
                f"the variable {name!r} is patched from a tensor",
                instead="from another input, or patch a hook",
            )
        run = _other(model, name, source, n, others)
        for place, columns in model.compiled.own_slots(name, "cannot patch").items():
            hook = _hook(model, place)
            edits[hook].append(_copier(columns, run.seen[hook]))
    return {name: _in_turn(hooks) for name, hooks in edits.items()}


def _hook(model: Transformer, place: tuple[int, Part]) -> str:
    """The first hook at which what a part writes is in the residual stream."""
    block, part = place
    if part == "embedding":
        return "blocks.0.hook_resid_pre" if model.config.layers else FINAL
    return f"blocks.{block}.hook_resid_{'mid' if part == 'attention' else 'post'}"


def _one_hots(model: Transformer, name: str, setting: Setting, n: int) -> list[tuple[int, Value]]:
    """The positions to be set, with the values."""
    legend = model.compiled
    if isinstance(setting, (bool, int, float, str)):
        given: list[Value | None] = [setting] * n
    else:
        given = list(setting)
        if len(given) != n:
            raise UsageError(
                f"cannot set {name!r} to {len(given)} values: the program sees {n} positions",
                instead="one value, or one for each position, markers included; None leaves a position as it is",
            )
    known = (
        legend.readings[name].values if name in legend.readings else tuple(legend.values_of(name).values())
    )
    possible = {exact(v) for v in known}
    for value in given:
        if value is not None and (type(value) not in (bool, int, float, str) or exact(value) not in possible):
            listed = ", ".join(map(repr, known[:SHOWN])) + (", ..." if len(known) > SHOWN else "")
            raise UsageError(
                f"cannot set {name!r} to {value!r}", why="it never has that value", instead=f"one of {listed}"
            )
    return [(i, v) for i, v in enumerate(given) if v is not None]


def _setter(of_values: dict[int, Value], columns: list[int], wanted: list[tuple[int, Value]]) -> Hook:
    hot = {exact(of_values[i]): i for i in columns if i in of_values}

    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        for position, value in wanted:
            x[:, position + 1, list(hot.values())] = 0
            if exact(value) in hot:
                x[:, position + 1, hot[exact(value)]] = 1
        return x

    return edit


def _copier(columns: list[int], other: Tensor) -> Hook:
    def edit(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, 1:, columns] = other[:, 1:, columns]
        return x

    return edit


def _replacer(name: str, other: Tensor) -> Hook:
    def edit(x: Tensor) -> Tensor:
        if other.shape != x.shape:
            raise UsageError(
                f"{name!r} is patched with a tensor of the shape {tuple(other.shape)}",
                instead=f"one of the shape {tuple(x.shape)}",
            )
        return other.to(x)

    return edit


def _in_turn(hooks: list[Hook]) -> Hook:
    def edit(x: Tensor) -> Tensor:
        for hook in hooks:
            found = hook(x)
            x = x if found is None else found
        return x

    return edit


def _check_patchable(model: Transformer, name: str) -> None:
    legend = model.compiled
    if name not in legend.program.variables:
        known = [*legend.settable, *_hook_names(model)]
        raise UsageError(
            f"cannot patch {name!r}: the model has no such variable or hook",
            instead=did_you_mean(name, known),
        )


def _hook_names(model: Transformer) -> list[str]:
    return [point.name for point in model.hook_points]


def _tensor(model: Transformer, name: str, source: Patch, n: int, others: dict[int, Run]) -> Tensor:
    return source if isinstance(source, Tensor) else _other(model, name, source, n, others).seen[name]


def _other(model: Transformer, name: str, source: Content, n: int, others: dict[int, Run]) -> Run:
    """The run of the input that is patched from; each input is run once."""
    if id(source) not in others:
        batch = read(model, [source])
        if int(batch.lengths[0]) != n:
            raise InputError(
                f"{name!r} is patched from an input of {int(batch.lengths[0])} positions, and there are {n}",
                instead="another input of the same length",
            )
        (others[id(source)],) = runs(model, batch, keep=True)
    return others[id(source)]
