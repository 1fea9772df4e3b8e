"""A legend as JSON and arrays, and back with every check. The program has its own file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from readhead.compile.blueprint import Part, Reading, Slot
from readhead.program.columns import Array
from readhead.program.decode import Fields
from readhead.program.program import Program
from readhead.program.serialize import encode_value
from readhead.transformer.config import TransformerConfig
from readhead.transformer.legend import HeadLabel, Legend, MlpLabel

PARTS = ("rows", "columns", "weights", "bias")
"""What is kept of a reading: where its weights are not 0, the weights there, and the biases."""


def encode_legend(legend: Legend) -> dict[str, object]:
    """The legend, without the readings' arrays."""
    return {
        "symbols": list(legend.symbols),
        "answer": legend.answer,
        "slots": [_encoded(slot) for slot in legend.slots],
        "readings": {
            name: {"values": [encode_value(v) for v in r.values], "block": r.block, "gap": _finite(r.gap)}
            for name, r in legend.readings.items()
        },
        "fused": legend.fused,
        "margins": {name: [_finite(gap), _finite(error)] for name, (gap, error) in legend.margins.items()},
        "heads": [[[label.name, list(label.variables)] for label in labels] for labels in legend.heads],
        "mlps": [
            None if label is None else [list(label.variables), list(label.owners)] for label in legend.mlps
        ],
    }


def _encoded(slot: Slot) -> list[object]:
    """A slot as a list; with the block that clears it and all that it stands for, where it is used again."""
    item = [slot.name, slot.variable, None if slot.value is None else encode_value(slot.value), *slot.written]
    again = slot.cleared is not None or slot.then
    return [*item, slot.cleared, [_encoded(s) for s in slot.then]] if again else item


def encode_readings(legend: Legend) -> dict[str, Array]:
    """The arrays of the readings, by variable and part."""
    arrays: dict[str, Array] = {}
    for name, reading in legend.readings.items():
        rows, columns = map(np.ascontiguousarray, np.nonzero(reading.weights))
        weights = np.asarray(reading.weights[rows, columns], dtype=np.float64)
        parts = (rows, columns, weights, np.asarray(reading.bias, dtype=np.float64))
        arrays |= {f"{name}.{part}": array for part, array in zip(PARTS, parts, strict=True)}
    return arrays


def decode_legend(
    fields: Fields, arrays: Mapping[str, Array], program: Program, config: TransformerConfig
) -> Legend:
    """The legend that was saved.

    Raises:
        DataError: for fields that are wrong, and for parts that do not fit the configuration or the program.
    """
    slots = tuple(_slot(fields, item) for item in fields.items("slots"))
    readings = {
        name: _reading(Fields(item, fields.file, f"the reading {name!r}"), name, arrays, len(slots))
        for name, item in fields.get("readings", dict).items()
    }
    heads = tuple(
        tuple(HeadLabel(*_labelled(fields, item)) for item in fields.as_type(labels, list, "a block's heads"))
        for labels in fields.items("heads")
    )
    mlps = tuple(None if item is None else MlpLabel(*_words(fields, item)) for item in fields.items("mlps"))
    margins = {name: _margin(fields, item) for name, item in fields.get("margins", dict).items()}
    legend = Legend(
        program=program,
        symbols=_strings(fields, fields.items("symbols"), "a symbol"),
        slots=slots,
        readings=readings,
        answer=fields.get("answer", str),
        fused={name: fields.as_type(w, str, "a reason") for name, w in fields.get("fused", dict).items()},
        margins=margins,
        heads=heads,
        mlps=mlps,
    )
    fields.finish()
    _check(fields, legend, config)
    return legend


def _check(fields: Fields, legend: Legend, config: TransformerConfig) -> None:
    """The numbers that have to be the same in the legend, the configuration and the program."""
    seen = legend.program.vocabulary.symbols
    if seen is None or legend.symbols[:-2] != seen:
        raise fields.error("the symbols are not those of the program's vocabulary", why=MISMATCH)
    for name in (*legend.readings, legend.answer):
        if name not in legend.program.variables:
            raise fields.error(f"the program has no variable {name!r}", why=MISMATCH)
    if legend.answer not in legend.readings:
        raise fields.error(f"the answer {legend.answer!r} has no reading", why=MISMATCH)
    outputs = len(legend.readings[legend.answer].values)
    numbers = [
        ("slots", len(legend.slots), config.width),
        ("symbols", len(legend.symbols), config.symbols),
        ("values of the answer", outputs, config.outputs),
        ("blocks with heads", len(legend.heads), config.layers),
        ("elementwise parts", len(legend.mlps), config.layers),
    ]
    numbers += [
        (f"heads in block {b}", len(labels), config.heads_of[b])
        for b, labels in enumerate(legend.heads[: config.layers])
    ]
    for what, found, wanted in numbers:
        if found != wanted:
            raise fields.error(f"there are {found} {what}, and the model has {wanted}", why=MISMATCH)
    for name, reading in legend.readings.items():
        if not -1 <= reading.block < config.layers:
            raise fields.error(
                f"{name!r} is read after block {reading.block}, of {config.layers}", why=MISMATCH
            )


MISMATCH = "the files do not belong together"


def _slot(fields: Fields, item: object, inner: bool = False) -> Slot:
    parts = fields.as_type(item, list, "a slot")
    if len(parts) not in (5, 7):
        raise fields.error(
            f"a slot is {parts!r}",
            instead="name, variable, value, block, part; where it is used again, two more",
        )
    name, variable, value, block, part = parts[:5]
    cleared, then = parts[5:] or (None, [])
    if part not in get_args(Part):
        raise fields.error(f"a slot is written by {part!r}", instead=", ".join(get_args(Part)))
    later = fields.as_type(then, list, "what a slot stands for")
    if inner and later:
        raise fields.error(f"a slot is {parts!r}", instead="all that it stands for in one list")
    return Slot(
        fields.as_type(name, str, "a slot's name"),
        None if variable is None else fields.as_type(variable, str, "a slot's variable"),
        None if value is None else fields.value(value, "a slot's value"),
        (fields.as_type(block, int, "a slot's block"), part),
        None if cleared is None else fields.as_type(cleared, int, "the block that clears a slot"),
        tuple(_slot(fields, s, inner=True) for s in later),
    )


def _reading(fields: Fields, name: str, arrays: Mapping[str, Array], width: int) -> Reading:
    values = tuple(fields.value(v, "a value") for v in fields.items("values"))
    gap = _number(fields, fields.take("gap"), "the gap")
    missing = [part for part in PARTS if f"{name}.{part}" not in arrays]
    if missing:
        raise fields.error(f"its {', '.join(missing)} are missing", why=MISMATCH)
    rows, columns, held, bias = (arrays[f"{name}.{part}"] for part in PARTS)
    fits = rows.shape == columns.shape == held.shape and bias.shape == (len(values),)
    if not fits or _outside(rows, width) or _outside(columns, len(values)):
        raise fields.error(f"its arrays do not fit {len(values)} values and {width} slots", why=MISMATCH)
    weights = np.zeros((width, len(values)))
    weights[rows, columns] = held
    made = Reading(values, weights, bias, fields.get("block", int), gap)
    fields.finish()
    return made


def _finite(number: float) -> float | None:
    """A number as JSON knows them: none is infinite."""
    return float(number) if math.isfinite(number) else None


def _number(fields: Fields, item: object, what: str) -> float:
    if item is None:
        return math.inf
    if type(item) is not float:
        raise fields.error(
            f"{what} is {item!r}", instead="it has to be a number with a point, or null for no limit"
        )
    return item


def _margin(fields: Fields, item: object) -> tuple[float, float]:
    gap, error = fields.pair(item, "a margin")
    return _number(fields, gap, "a gap"), _number(fields, error, "an error")


def _outside(indices: Array, size: int) -> bool:
    return indices.dtype.kind != "i" or bool(((indices < 0) | (indices >= size)).any())


def _labelled(fields: Fields, item: object) -> tuple[str, tuple[str, ...]]:
    name, variables = fields.pair(item, "a head")
    return fields.as_type(name, str, "a head's name"), _strings(fields, variables, "a head's variable")


def _words(fields: Fields, item: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    variables, owners = fields.pair(item, "an elementwise part")
    return _strings(fields, variables, "a variable"), _strings(fields, owners, "a hidden unit's variable")


def _strings(fields: Fields, item: Any, what: str) -> tuple[str, ...]:
    return tuple(fields.as_type(word, str, what) for word in fields.as_type(item, list, f"{what} list"))
