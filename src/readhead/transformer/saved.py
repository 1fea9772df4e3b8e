"""A model in a folder: weights and readings (safetensors), configuration and legend (JSON), the program (JSON), a card.

The configuration knows the hash of every other file that matters, so files of different models, and damaged ones,
are told apart. Nothing is pickled, and nothing that is read is executed.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from readhead.errors import DataError, UsageError
from readhead.program.decode import Fields
from readhead.program.serialize import dumps, encode_value, loads
from readhead.program.trace import Difference
from readhead.transformer.agreement import Agreement, Counterexample
from readhead.transformer.card import model_card
from readhead.transformer.config import DTYPES, Precision, TransformerConfig
from readhead.transformer.legend_json import MISMATCH, decode_legend, encode_legend, encode_readings

if TYPE_CHECKING:
    from readhead.transformer.model import Transformer

FORMAT, VERSION = "readhead-transformer", 1
CONFIG, WEIGHTS, READINGS, PROGRAM, CARD = (
    "config.json",
    "model.safetensors",
    "readings.safetensors",
    "program.json",
    "README.md",
)
MAX_CONFIG = 1 << 28
"""The largest configuration that is read: 256 MiB."""


def save_pretrained(model: Transformer, folder: str | Path) -> None:
    """Write a model; see :meth:`readhead.transformer.model.Transformer.save_pretrained`.

    A folder that is not there yet appears as a whole. In one that is, the files take their places one after the
    other, the configuration last.
    """
    folder = Path(folder)
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        for name, data in _files(model).items():
            with (temporary / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            for name in (CARD, PROGRAM, READINGS, WEIGHTS, CONFIG):
                if (temporary / name).exists():
                    (temporary / name).replace(folder / name)
        else:
            temporary.replace(folder)
    except OSError as error:
        raise DataError(f"the model cannot be written: {error.strerror}", where=str(folder)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def from_pretrained(folder: str | Path) -> Transformer:
    """Read a model; see :meth:`readhead.transformer.model.Transformer.from_pretrained`."""
    from readhead.transformer.model import Transformer

    folder = Path(folder)
    top = _configuration(folder)
    config = _shape(top.fields("config", "the configuration"))
    files = {name: _file(folder, name, sum_, top) for name, sum_ in top.get("files", dict).items()}
    with torch.device("meta"):
        model = Transformer(config)
    model.load_state_dict(_state(model, files, folder / WEIGHTS), assign=True)
    model.positions.requires_grad_(config.positions == "learned")
    legend, agreement = top.take("legend"), top.take("agreement")
    top.finish()
    if legend is not None:
        fields = Fields(legend, str(folder / CONFIG), "the legend")
        for name in (PROGRAM, READINGS):
            if name not in files:
                raise top.error(f"{name} is not listed", why="a compiled program has one")
        program = loads(files[PROGRAM], str(folder / PROGRAM))
        arrays = _arrays(files[READINGS], folder / READINGS)
        model.legend = decode_legend(fields, arrays, program, config)
    if agreement is not None:
        model.agreement = _agreement(Fields(agreement, str(folder / CONFIG), "the agreement"))
    return model.eval()


def _files(model: Transformer) -> dict[str, bytes]:
    """What each file holds; the configuration last, since it knows the others' hashes."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    files = {WEIGHTS: save_tensors(state, metadata={"format": "pt"})}
    if model.legend is not None:
        files[READINGS] = save_arrays(encode_readings(model.legend))
        files[PROGRAM] = dumps(model.legend.program).encode("ascii")
    config = {
        "format": FORMAT,
        "version": VERSION,
        "config": replace(model.config, precision=_precision(model)).as_dict(),
        "files": {name: _hash(data) for name, data in files.items()},
        "legend": None if model.legend is None else encode_legend(model.legend),
        "agreement": None if model.agreement is None else _encode_agreement(model.agreement),
    }
    lines = (f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in config.items())
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    return files | {CARD: model_card(model).encode(), CONFIG: text.encode("ascii")}


def _precision(model: Transformer) -> Precision:
    """What the weights are now, which may be other than what they were made."""
    for precision in get_args(Precision):
        if {p.dtype for p in model.parameters()} == {DTYPES[precision]}:
            found: Precision = precision
            return found
    dtypes = ", ".join(sorted({str(p.dtype).removeprefix("torch.") for p in model.parameters()}))
    raise UsageError(
        f"the weights are {dtypes}", instead="save a model of float32 or of float64: model.float()"
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _configuration(folder: Path) -> Fields:
    path = folder / CONFIG
    if not path.is_file():
        raise DataError(
            "there is no model in this folder" if folder.is_dir() else "there is no such folder",
            where=str(folder),
            why=f"a saved model has a {CONFIG}",
        )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CONFIG + 1)
        if len(data) > MAX_CONFIG:
            raise DataError(
                "the file is too large", where=str(path), why=f"at most {MAX_CONFIG} bytes are read"
            )
        top = Fields(json.loads(data), str(path), "the file")
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"this is not JSON: {error}", where=str(path), why="the file is damaged or cut"
        ) from None
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    found, version = top.get("format", str), top.get("version", int)
    if (found, version) != (FORMAT, VERSION):
        raise top.error(
            f"the format is {found!r}, version {version}",
            why=f"this Readhead reads {FORMAT!r}, version {VERSION}",
        )
    return top


def _shape(fields: Fields) -> TransformerConfig:
    names = TransformerConfig.__dataclass_fields__
    values: dict[str, Any] = {name: fields.take(name) for name in names}
    fields.finish()
    for name in ("heads", "hidden"):
        values[name] = tuple(fields.as_type(values[name], list, repr(name)))
    try:
        return TransformerConfig(**values)
    except UsageError as error:
        raise fields.error(error.what, instead=error.instead) from None


def _file(folder: Path, name: str, wanted: object, top: Fields) -> bytes:
    if name not in (WEIGHTS, READINGS, PROGRAM):
        raise top.error(f"a file {name!r} is listed", instead=f"{WEIGHTS}, {READINGS} and {PROGRAM} can be")
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}", where=str(path)) from None
    if _hash(data) != wanted:
        raise DataError(
            f"{name} is not the file that this model was saved with",
            where=str(path),
            why=f"it is damaged, was changed, or belongs to another model: its hash is not the one in {CONFIG}",
            instead="save or compile the model again",
        )
    return data


def _state(model: Transformer, files: dict[str, bytes], path: Path) -> dict[str, Tensor]:
    """The parameters, if they are the ones that the configuration describes."""
    if WEIGHTS not in files:
        raise DataError(f"{WEIGHTS} is not listed", where=str(path.with_name(CONFIG)))
    try:
        found = load_tensors(files[WEIGHTS])
    except (SafetensorError, ValueError, KeyError) as error:
        raise DataError(f"the weights cannot be read: {error}", where=str(path)) from None
    wanted = model.state_dict()
    for name in sorted({*found, *wanted}):
        if name not in found or name not in wanted:
            missing = "is missing" if name not in found else "is not part of the model"
            raise DataError(f"the weight {name!r} {missing}", where=str(path), why=MISMATCH)
        a, b = found[name], wanted[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            raise DataError(
                f"the weight {name!r} is {_described(a)}, and the model's is {_described(b)}",
                where=str(path),
                why=MISMATCH,
            )
    return found


def _described(tensor: Tensor) -> str:
    return f"{list(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"


def _arrays(data: bytes, path: Path) -> dict[str, Any]:
    try:
        arrays: dict[str, Any] = load_arrays(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise DataError(f"the readings cannot be read: {error}", where=str(path)) from None
    return arrays


def _encode_agreement(agreement: Agreement) -> dict[str, object]:
    facts = agreement.as_dict()
    found = facts.get("counterexample")
    if isinstance(found, dict):
        facts["counterexample"] = found | {side: encode_value(found[side]) for side in ("program", "model")}
    return facts


def _agreement(fields: Fields) -> Agreement:
    verdict = fields.get("verdict", str)
    if verdict not in ("agrees", "disagrees"):
        raise fields.error(f"the verdict is {verdict!r}", instead="agrees or disagrees")
    counts = {name: fields.get(name, int) for name in ("inputs", "unanswered", "left_out", "variables")}
    error, exhaustive = fields.get("max_error", float), fields.get("exhaustive", bool)
    counterexample = None
    if "counterexample" in fields:
        item = fields.fields("counterexample", "the counterexample")
        tokens = tuple(item.as_type(t, str, "a token") for t in item.items("tokens"))
        left, right = (item.value(item.take(side), side) for side in ("program", "model"))
        difference = Difference(item.get("variable", str), 0, item.get("position", int), left, right)
        item.finish()
        counterexample = Counterexample(tokens, difference)
    fields.finish()
    return Agreement(
        verdict="agrees" if verdict == "agrees" else "disagrees",
        exhaustive=exhaustive,
        max_error=error,
        counterexample=counterexample,
        **counts,
    )
