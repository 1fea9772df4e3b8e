"""How fast programs compile, how large and how fast the transformers are, and how both grow; on one core.

Prints tables and writes them to ``results/compile.json`` and into ``docs/results.md``. Tracr's figures are
those that the project's plan states, of its last release, with the same alphabet; they were not measured here. Every
model of the first table is compared with the interpreter before its figures count.

What bounds each figure. *Compiling*: small models take a few milliseconds, of which most is Python walking over values
(the value sets of every variable, and a table of each function of them); large ones are bound by writing the arrays,
most of all by the square of keys against queries of a relation, and by the width of the residual stream times the
hidden units. *Parameters*: a variable takes a coordinate for each of its values, a step of a number one or two hidden
units, a table of two variables one for each pair of values that is told apart. *Cold start*: importing torch, in a
process of its own. *Forward pass*: the same matrix products as in any transformer, and at these sizes, the cost of
calling them; the ordinary one beside it has the same width and layers, in each as many heads and hidden units as
the compiled one's largest. *Growth*: dense arrays, which stay under 1 GiB up to length 512 and an alphabet of 100;
functions of whole numbers are tabulated as arrays, and only what differs of a selector's table gets dimensions. What is
refused names its budget.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import random
import resource
import statistics
import string
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from readhead.compile.blueprint import Blueprint
from readhead.compile.circuit import Budget
from readhead.compile.compiler import compile_program
from readhead.errors import CompileError
from readhead.language.load import load
from readhead.language.rasp import from_rasp
from readhead.program.nodes import LENGTH
from readhead.program.program import Program
from record import (
    RESULTS,
    ROOT,
    environment,
    environment_line,
    kept,
    parser,
    table,
    write_json,
    write_section,
)

if TYPE_CHECKING:
    from torch import nn

    from readhead.transformer import Transformer

Figure = dict[str, Any]

RUNS, LENGTHS, ALPHABET = 21, (10, 40), 10
EXAMPLES = ROOT / "examples"
FILES = {
    "reverse": "reverse.rasp:reverse",
    "sort": "sort.rasp:sorted",
    "sort_freq": "most_frequent.rasp:most_freq",
    "hist": "histogram.rasp:hist",
}
"""The programs of the examples; what Tracr calls ``sort_freq`` is ``most_freq`` there."""
DYCKS = {"shuffle_dyck": '["()"]', "shuffle_dyck2": '["()", "{}"]'}
"""The pairs of brackets of the library's ``shuffle_dyck_k``."""
NAMES = ("length", "hist", "reverse", "sort", "sort_freq", "shuffle_dyck", "shuffle_dyck2")

TRACR_PARAMETERS = {
    10: {
        "reverse": 108_059,
        "sort": 269_903,
        "sort_freq": 602_624,
        "hist": 4_153,
        "shuffle_dyck": 337_343,
        "shuffle_dyck2": 1_114_772,
    },
    40: {"sort": 3_682_733, "sort_freq": 90_000_000},
}
TRACR_SECONDS: dict[int, dict[str, str]] = {
    10: {"length": "0.04", "reverse": "0.16-0.2", "sort": "0.25", "sort_freq": "0.5"},
    40: {
        "reverse": "7.2",
        "sort": "2.2",
        "sort_freq": "57",
        "shuffle_dyck": "> 100",
        "shuffle_dyck2": "> 100",
    },
}
SECONDS_BAR = {10: 0.05, 40: 1.0}

GROWING = ("length", "hist", "reverse", "sort", "sort_freq", "shuffle_dyck2")
GROWN_LENGTHS, GROWN_ALPHABETS = (10, 40, 128, 512), (10, 100)
MEMORY, PATIENCE = 4 << 30, 100
"""The most bytes and seconds for one program of the growth table."""
LARGER = Budget(combinations=1 << 20, cells=1 << 24, units=1 << 17)
"""For what the usual budget refuses."""


def program(name: str) -> Program:
    """One of the programs, as it stands in the examples and the library."""
    if name == "length":
        return Program((LENGTH,))
    if name in DYCKS:
        text = f'load "shuffle_dyck";\nanswer = shuffle_dyck_k({DYCKS[name]});\n'
        return from_rasp(text, f"{name}.rasp", "answer")
    return load(EXAMPLES / FILES[name])


def alphabet(name: str, size: int) -> tuple[str, ...]:
    """So many tokens, with the brackets that the program knows."""
    first = {"shuffle_dyck": "()", "shuffle_dyck2": "(){}"}.get(name, "")
    others = string.ascii_letters + string.digits + "".join(map(chr, range(0x391, 0x3FF)))
    return tuple((first + others)[:size])


def parameters(blueprint: Blueprint) -> int:
    """How many numbers the transformer of a blueprint has; the same as its ``size``, without torch."""
    heads = [head for block in blueprint.blocks for head in block.heads]
    query = max((h.query.shape[1] for h in heads), default=0)
    value = max((h.value.shape[1] for h in heads), default=0)
    width = blueprint.width
    reading = blueprint.readings[blueprint.answer]
    total = blueprint.embedding.size + blueprint.positions.size + reading.weights.size + reading.bias.size
    total += len(heads) * 2 * width * (query + value)
    for block in blueprint.blocks:
        if block.mlp is not None:
            units = max(block.mlp.inward.shape[1], int(np.any(block.mlp.outward_bias)))
            total += units * (2 * width + 1) + (width if units else 0)
    return int(total)


def nonzero(blueprint: Blueprint) -> int:
    """How many of them are not 0."""
    reading = blueprint.readings[blueprint.answer]
    arrays = [blueprint.embedding, blueprint.positions, reading.weights, reading.bias]
    for block in blueprint.blocks:
        arrays += [a for h in block.heads for a in (h.query, h.key, h.value, h.output)]
        if block.mlp is not None:
            mlp = block.mlp
            arrays += [mlp.inward, mlp.inward_bias, mlp.outward, mlp.outward_bias]
    return sum(int(np.count_nonzero(a)) for a in arrays)


def timed(work: Callable[[], object], runs: int = RUNS) -> Figure:
    """Median, fastest and slowest of some runs, in seconds; the first one is kept apart."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    first, *warm = times
    return {
        "seconds": round(statistics.median(warm), 5),
        "fastest": round(min(warm), 5),
        "slowest": round(max(warm), 5),
        "first": round(first, 5),
    }


def compiled(name: str, length: int) -> Figure:
    """One program at one length: seconds, parameters, shape, and that it is right."""
    from readhead.transformer import Transformer, check_agreement

    given, tokens = program(name), alphabet(name, ALPHABET)
    work = partial(compile_program, given, vocabulary=tokens, max_length=length)
    blueprint = work()
    model = Transformer.from_blueprint(blueprint)
    found = check_agreement(model, samples=500, budget=0)
    assert found.counterexample is None, str(found)
    assert model.size == parameters(blueprint)
    tracr = TRACR_PARAMETERS[length].get(name)
    narrow = work(reuse_slots=True)
    return {
        **timed(work),
        "bar": SECONDS_BAR[length],
        "parameters": model.size,
        "nonzero": nonzero(blueprint),
        "narrow_parameters": parameters(narrow),
        "narrow_width": narrow.width,
        "tracr_parameters": tracr,
        "tracr_seconds": TRACR_SECONDS[length].get(name),
        "layers": model.config.layers,
        "heads": list(model.config.heads_of),
        "hidden": list(model.config.hidden_of),
        "width": model.config.width,
        "precision": blueprint.precision,
        "inputs_checked": found.inputs,
        "max_error": found.max_error,
    }


COLD = "import readhead as rh; rh.compile({!r}, vocabulary={!r}, max_length=10, check=False).run('')"


def cold() -> dict[str, Figure]:
    """From the start of Python to the compiled model's first answer; and importing torch alone, to compare."""

    def once(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    codes = {"import torch": "import torch"}
    codes |= {n: COLD.format(f"examples/{FILES[n]}", "".join(alphabet(n, ALPHABET))) for n in FILES}
    figures = {}
    for name, code in codes.items():
        before = cpu()
        figures[name] = timed(partial(once, code), 3)
        figures[name]["cpu_seconds"] = round((cpu() - before) / 4, 3)
    return figures


def ordinary(model: Transformer) -> nn.Module:
    """An ordinary transformer of PyTorch's own layers, of the compiled model's shape."""
    import torch
    from torch import nn

    config = model.config
    heads, hidden = max(1, *config.heads_of), max(1, *config.hidden_of)
    width = -(-config.width // heads) * heads

    class Ordinary(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(config.symbols, width, dtype=config.dtype)
            self.positions = nn.Parameter(torch.randn(config.longest, width, dtype=config.dtype))
            layer = nn.TransformerEncoderLayer(
                width, heads, hidden, dropout=0.0, batch_first=True, dtype=config.dtype
            )
            self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
            self.unembedding = nn.Linear(width, config.outputs, dtype=config.dtype)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            x = self.embedding(tokens) + self.positions[: tokens.shape[1]]
            out: torch.Tensor = self.unembedding(self.encoder(x))
            return out

    return Ordinary().eval()


def throughput(name: str, length: int, batch: int, rounds: int = 15) -> Figure:
    """Sequences per second through a compiled model and through an ordinary one, in turns."""
    import torch

    import readhead as rh

    torch.set_num_threads(1)
    tokens = alphabet(name, ALPHABET)
    model = rh.compile(program(name), vocabulary=tokens, max_length=length, check=False)
    draw = random.Random(0)
    codes = model.codes([draw.choices(tokens, k=length) for _ in range(batch)])
    models = {"compiled": model, "ordinary": ordinary(model)}
    times: dict[str, list[float]] = {kind: [] for kind in models}
    with torch.inference_mode():
        for i in range(rounds + 3):
            for kind, each in models.items():
                start = time.perf_counter()
                each(codes)
                if i >= 3:
                    times[kind].append(time.perf_counter() - start)
    rates = {kind: round(batch / statistics.median(t)) for kind, t in times.items()}
    ratios = [b / a for a, b in zip(times["compiled"], times["ordinary"], strict=True)]
    return {**rates, "ratio": round(statistics.median(ratios), 2), "batch": batch, "length": length}


def _memory() -> int:
    """The most that this process has had in memory, in MiB (``ru_maxrss`` would count the parent's)."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def grown(name: str, size: int, length: int) -> Figure:
    """One program at one size, in this process: seconds and peak memory, or why it is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    given, tokens, before = program(name), alphabet(name, size), _memory()
    refused: Figure = {}
    for budget in (Budget(), LARGER):
        start = time.perf_counter()
        try:
            blueprint = compile_program(given, vocabulary=tokens, max_length=length, budget=budget)
        except CompileError as error:
            refused = refused or {"refused": error.what, "why": error.why}
            continue
        except MemoryError:
            return refused or {"refused": f"it does not fit into {MEMORY >> 30} GiB"}
        seconds = time.perf_counter() - start
        peak = _memory()
        return {
            **refused,
            "seconds": round(seconds, 3),
            "peak_mib": peak,
            "added_mib": peak - before,
            "parameters": parameters(blueprint),
            "nonzero": nonzero(blueprint),
            "width": blueprint.width,
            "precision": blueprint.precision,
        }
    return refused


def growth() -> list[Figure]:
    """Every program of the growth table at every size, each in a process of its own."""
    rows = []
    for name in GROWING:
        for size in GROWN_ALPHABETS:
            for length in GROWN_LENGTHS:
                given = [sys.executable, __file__, "grown", name, str(size), str(length)]
                try:
                    done = subprocess.run(given, check=True, capture_output=True, text=True, timeout=PATIENCE)
                    found = json.loads(done.stdout)
                except subprocess.TimeoutExpired:
                    found = {"refused": f"no answer in {PATIENCE} s"}
                rows.append({"program": name, "alphabet": size, "length": length, **found})
                print("growth:", rows[-1], file=sys.stderr)
    return rows


def _share(figure: Figure) -> str:
    tracr = figure["tracr_parameters"]
    return "" if tracr is None else f"{100 * figure['parameters'] / tracr:.2g}%"


def speed_table(figures: dict[int, dict[str, Figure]]) -> str:
    """Seconds and parameters beside Tracr's, at each length."""
    rows = [
        [
            name,
            length,
            f"{found['seconds']:.4f}",
            f"{found['fastest']:.4f}",
            found["tracr_seconds"] or "",
            f"{found['parameters']:,}",
            "" if found["tracr_parameters"] is None else f"{found['tracr_parameters']:,}",
            _share(found),
            f"{found['layers']} / {sum(found['heads'])} / {found['width']}",
            f"{found['narrow_parameters']:,} / {found['narrow_width']}",
            found["precision"],
        ]
        for length, some in figures.items()
        for name, found in some.items()
    ]
    head = ["program", "length", "seconds", "fastest", "Tracr", "parameters", "Tracr", "share"]
    return table([*head, "layers / heads / width", "slots used again: parameters / width", "precision"], rows)


def growth_table(rows: list[Figure]) -> str:
    """Parameters, seconds and memory by size, or why there is no model."""
    cells = []
    for row in rows:
        sizes = [row["program"], row["alphabet"], row["length"]]
        figures = [""] * 5
        if "parameters" in row:
            share = f"{100 * row['nonzero'] / row['parameters']:.2g}%"
            figures = [
                f"{row['parameters']:,}",
                share,
                row["width"],
                f"{row['seconds']:.2f}",
                row["added_mib"],
            ]
        cells.append([*sizes, *figures, row.get("refused", "")])
    head = ["program", "alphabet", "length", "parameters", "not 0", "width", "seconds", "memory, MiB"]
    return table([*head, "with the usual budget"], cells)


def page(record: Figure) -> str:
    """The section of the results page."""
    shapes = [
        [name, f["length"], f["batch"], f"{f['compiled']:,}", f"{f['ordinary']:,}", f["ratio"]]
        for name, found in record["throughput"].items()
        for f in found
    ]
    starts = [
        [name, *(f"{f[k]:.2f}" for k in ("seconds", "slowest", "cpu_seconds"))]
        for name, f in record["cold"].items()
    ]
    figures = {int(length): some for length, some in record["compiling"].items()}
    compiling = (
        f"Programs compiled for an alphabet of {ALPHABET}, on one core, the process warm, Python only: the median and "
        f"the fastest of {RUNS} runs. Tracr's figures are quoted from the project's plan and were not measured here. "
        "Each model was compared with the interpreter, every variable, on boundary cases and 500 random inputs. The "
        "figures of `--reuse-slots` stand beside those without."
    )
    forward = (
        "Sequences per second through the compiled model and through `nn.TransformerEncoder` with the same width, "
        "layers and precision, and the compiled model's largest number of heads and hidden units in each layer; one "
        "core, in turns:"
    )
    head = ["program", "length", "batch", "compiled", "ordinary", "ratio"]
    limits = f"numpy alone, each in a process of its own; at most {MEMORY >> 30} GiB and {PATIENCE} s"
    parts = [
        "## The compiler",
        compiling,
        speed_table(figures),
        "From the start of Python to the first answer of a model for length 10, torch included, in seconds:",
        table(["program", "median", "slowest", "of the processor"], starts),
        forward,
        table(head, shapes),
        f"How it grows ({limits}). What the usual size budget refuses was compiled with a larger one:",
        growth_table(record["growth"]),
        environment_line([record]),
    ]
    return "\n\n".join(parts)


def measure(quick: bool) -> Figure:
    """The record; the quick one leaves out how everything grows."""
    figures = {length: {name: compiled(name, length) for name in NAMES} for length in LENGTHS}
    print(speed_table(figures))
    rates = {
        n: [throughput(n, 10, 512), throughput(n, 40, 64)] for n in ("hist", "reverse", "sort", "sort_freq")
    }
    return {
        "compiling": figures,
        "cold": cold(),
        "throughput": rates,
        "growth": [] if quick else growth(),
        **environment(),
    }


def main() -> None:
    """Measure what is not recorded, print the tables and write the record."""
    options = parser("How fast programs compile, how large and fast the models are.").parse_args()
    path = RESULTS / "compile.json"
    record = kept(path, options.force)
    if record is None:
        write_json(path, measure(options.quick))
        record = kept(path, force=False)
    text = page(record)
    print(text)
    write_section("compile", text)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["grown", name, size, length]:
            print(json.dumps(grown(name, int(size), int(length))))
        case _:
            main()
