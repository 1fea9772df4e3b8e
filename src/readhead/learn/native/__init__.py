"""A training step in C, for CPUs: the loss of a population and its gradient, several times faster than torch's kernels.

``step.c`` says how. It is compiled when it is first needed, for the processor at hand, which takes two seconds; the
result is kept in the user's cache (``$XDG_CACHE_HOME/readhead`` or ``~/.cache/readhead``). It needs a C compiler that
knows GCC's vector extension (GCC from 9 on, clang): ``$CC``, else ``cc``, ``gcc`` or ``clang``. Where there is none, on
Windows, or where ``READHEAD_NATIVE=0`` is set, training goes on with torch's kernels and says so; on a GPU it always
does.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from readhead.errors import UsageError
from readhead.learn.attention import ClosestOrder
from readhead.learn.relaxed import Batch
from readhead.learn.shape import Segment, Shape

SOURCE = Path(__file__).with_name("step.c")
FLAGS = ("-O3", "-shared", "-fPIC")
TUNED = ("-march=native", "-mcpu=native", "")
"""For the processor at hand, as different compilers spell it; the first that works."""
PARTS = (
    "query",
    "key",
    "value",
    "number",
    "predicate",
    "mlp_read",
    "mlp_table",
    "num_mlp_read",
    "num_mlp_in",
    "num_mlp_bias",
    "num_mlp_out",
    "num_mlp_out_bias",
)
"""The parameters of a layer, in the order that ``step.c`` knows."""
LAST = ("embedding", "readout", "readout_numbers")
CACHE = 3 * 2**18
"""Bytes that a block of examples may take, so that it stays in a second-level cache of 1 MiB."""

_PARTS = "layers cat num mlps nmlps d hidden embeddings place_of_positions given given_numbers"
_KINDS, _BATCH = "words labels pooled causal", "positions size width"
_FLOATS = "one_hot here mask categories numbers"


class Step(ctypes.Structure):
    """The arguments of ``readhead_step``: ``Step`` in ``step.c``, field by field."""

    _fields_ = (
        [(name, ctypes.c_int64) for name in (*_PARTS.split(), *_KINDS.split())]
        + [("cap", ctypes.c_double)]
        + [(name, ctypes.c_int64) for name in _BATCH.split()]
        + [(name, ctypes.c_void_p) for name in ("tokens", "answers", *_FLOATS.split(), "keys")]
        + [("restarts", ctypes.c_int64), ("parameters", ctypes.c_int64)]
        + [(name, ctypes.c_void_p) for name in ("offsets", "choices", "gradient", "loss")]
        + [("temperature", ctypes.c_double), ("weight", ctypes.c_double), ("scratch", ctypes.c_void_p)]
    )


class NoCompilerError(Exception):
    """There is no compiled step, and the message says why."""


def status() -> str:
    """How a training step on a CPU is computed: ``"native"``, or ``"torch: "`` and why."""
    try:
        library()
    except NoCompilerError as error:
        return f"torch: {error}"
    return "native"


def available() -> bool:
    """Whether there is a compiled step; compiles it."""
    return status() == "native"


@lru_cache(maxsize=1)
def _loaded() -> ctypes.CDLL | str:
    """The compiled library, or why there is none."""
    wanted = os.environ.get("READHEAD_NATIVE") or "1"
    if wanted not in ("0", "1"):
        raise UsageError(
            f"READHEAD_NATIVE is {wanted!r}",
            instead="1 to compile the training step (the default), 0 to leave it to torch",
        )
    if wanted == "0":
        return "READHEAD_NATIVE=0 is set"
    if platform.system() == "Windows":  # GCC does not align vectors on the stack there
        return "it is not compiled on Windows"
    try:
        try:
            loaded = ctypes.CDLL(str(compiled()))
        except OSError:  # the file is damaged
            loaded = ctypes.CDLL(str(compiled(anew=True)))
    except (NoCompilerError, OSError) as error:
        return str(error)
    loaded.readhead_room.restype, loaded.readhead_step.restype = ctypes.c_int64, None
    for function in (loaded.readhead_room, loaded.readhead_step):
        function.argtypes = [ctypes.POINTER(Step)]
    return loaded


def library() -> ctypes.CDLL:
    """The compiled library.

    Raises:
        NoCompilerError: it cannot be had, and why.
    """
    loaded = _loaded()
    if isinstance(loaded, str):
        raise NoCompilerError(loaded)
    return loaded


def compiler() -> list[str]:
    """The path of a C compiler, and what ``$CC`` says after its name.

    Raises:
        NoCompilerError: none was found.
    """
    given = os.environ.get("CC", "").split()
    for name, *arguments in [given] if given else [["cc"], ["gcc"], ["clang"]]:
        found = shutil.which(name)
        if found:
            return [found, *arguments]
    raise NoCompilerError(f"there is no C compiler {given[0]!r}" if given else "there is no C compiler")


def compiled(*, anew: bool = False) -> Path:
    """The compiled library's file, made now if it is not in the cache.

    Args:
        anew: make it even so.

    Raises:
        NoCompilerError: there is no compiler, or it does not compile the source.
    """
    command = compiler()
    parts = (SOURCE.read_text("utf-8"), *command, *FLAGS, *TUNED, _processor())
    key = hashlib.sha256("\0".join(parts).encode())
    file = _cache() / f"step-{key.hexdigest()[:24]}.so"
    if file.exists() and not anew:
        return file
    said = ""
    for tuned in TUNED:
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:  # nothing half-made stays
            made = Path(folder) / file.name
            arguments = [*FLAGS, *filter(None, [tuned]), "-o", str(made), str(SOURCE), "-lm"]
            ran = subprocess.run(
                [*command, *arguments], capture_output=True, text=True, errors="replace", check=False
            )
            if ran.returncode == 0:
                with made.open("rb") as whole:
                    os.fsync(whole.fileno())  # to load half a file ends the process
                made.replace(file)  # another process may be doing the same
                return file
        said = said or ran.stderr.strip() or f"it ends with status {ran.returncode}"
    raise NoCompilerError(f"{' '.join(command)} does not compile the training step: {said[:300]}")


def _cache() -> Path:
    """A folder of the user's own for what is compiled, or this process's where there is none that can be written."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(base) if base else Path.home() / ".cache") / "readhead"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK) and _own(folder):
            return folder
    except (OSError, RuntimeError):  # no home
        pass
    return _fresh()


def _own(folder: Path) -> bool:
    """Whether only this user can have put there what is in a folder."""
    found = folder.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022


@lru_cache(maxsize=1)
def _fresh() -> Path:
    """A folder that is there as long as this process."""
    folder = tempfile.mkdtemp(prefix="readhead-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _processor() -> str:
    """What the compiled code depends on: a cache may be shared by several machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    flags = [line for line in lines if line.lower().startswith(("flags", "features"))]
    return " ".join([platform.system(), platform.machine(), platform.processor(), *flags[:1]])


@lru_cache(maxsize=64)
def _offsets(layout: tuple[Segment, ...], layers: int) -> Tensor:
    """Where each parameter begins, ``[layer * part + last]``; -1 where there is none."""
    begins, at = {}, 0
    for segment in layout:
        begins[segment.name] = at
        at += segment.size
    names = [f"{layer}.{part}" for layer in range(layers) for part in PARTS] + list(LAST)
    return torch.tensor([begins.get(name, -1) for name in names])


def step(
    shape: Shape,
    layout: list[Segment],
    choices: Float[Tensor, "restart parameter"],
    batch: Batch,
    weight: float,
    order: ClosestOrder,
    temperature: float,
    pooled: bool,
    width: int | None = None,
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart parameter"]]:
    """The loss of each restart, and its gradient with respect to choices and parameters.

    Args:
        shape, layout: the program's parts, and where their parameters lie.
        choices: sampled choices and the other parameters, in the order of the layout.
        batch, order: the sequences, on a CPU.
        weight: of each label in the loss.
        temperature: of the numerical MLPs' softmax.
        pooled: one label for each sequence.
        width: vectors of examples in a block; by default as many as stay in the cache.

    Raises:
        NoCompilerError: there is no compiled step.
        IndexError: a token or a label has a code that the program does not have.
    """
    functions = library()
    choices = choices.contiguous()
    restarts, parameters = choices.shape
    positions, size = batch.mask.shape
    by_name = {segment.name: segment for segment in layout}
    gradient, loss = torch.zeros_like(choices), torch.zeros(restarts, dtype=torch.float64)
    offsets = _offsets(tuple(layout), shape.layers)
    floats = {
        "one_hot": batch.words,
        "here": batch.places,
        "mask": batch.mask,
        "categories": batch.given,
        "numbers": batch.numbers,
    }
    held = {name: None if t is None else t.contiguous() for name, t in floats.items()}
    tokens, answers = batch.tokens.contiguous(), batch.labels.contiguous()
    words = by_name["embedding"].shape[1] if "embedding" in by_name else 0
    labels = by_name["readout"].shape[0]
    if shape.embeddings and tokens.numel() and not 0 <= int(tokens.min()) <= int(tokens.max()) < words:
        raise IndexError(f"a token's code is outside 0 to {words - 1}")
    if answers.numel() and int(answers.max()) >= labels:
        raise IndexError(f"a label's code is {int(answers.max())}, and there are {labels}")
    arguments = Step(
        layers=shape.layers,
        cat=shape.categorical_heads,
        num=shape.numerical_heads,
        mlps=shape.categorical_mlps,
        nmlps=shape.numerical_mlps,
        d=shape.values,
        hidden=shape.hidden,
        embeddings=shape.embeddings,
        place_of_positions=shape.place_of_positions,
        given=shape.given_categorical,
        given_numbers=shape.given_numerical,
        words=words,
        labels=labels,
        pooled=pooled,
        causal=order.causal is not None,
        cap=shape.cap,
        positions=positions,
        size=size,
        tokens=tokens.data_ptr(),
        answers=answers.data_ptr(),
        keys=order.keys.data_ptr(),
        restarts=restarts,
        parameters=parameters,
        offsets=offsets.data_ptr(),
        choices=choices.data_ptr(),
        gradient=gradient.data_ptr(),
        loss=loss.data_ptr(),
        temperature=temperature,
        weight=weight,
        **{name: None if t is None else t.data_ptr() for name, t in held.items()},
    )
    scratch = torch.zeros(_room(functions, arguments, width), dtype=torch.uint8)
    arguments.scratch = scratch.data_ptr()
    functions.readhead_step(ctypes.byref(arguments))
    return loss.to(choices.dtype), gradient


def _room(functions: ctypes.CDLL, arguments: Step, width: int | None) -> int:
    """The bytes of scratch that a block takes; sets the block's width where none is given."""
    arguments.width = width or 1
    room = int(functions.readhead_room(ctypes.byref(arguments)))
    if width is not None:
        return room
    lanes = ctypes.c_int64.in_dll(functions, "readhead_lanes").value  # examples in a vector
    while arguments.width * lanes < arguments.size:
        arguments.width += 1
        wider = int(functions.readhead_room(ctypes.byref(arguments)))
        if wider > CACHE:
            arguments.width -= 1
            break
        room = wider
    return room
