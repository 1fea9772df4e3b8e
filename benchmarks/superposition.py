"""Compiled programs squeezed into fewer dimensions: what is lost, what is kept, and what is no longer faithful.

    python benchmarks/superposition.py [--steps 1200] [--seeds 5] [--force] [--redraw] [PROGRAM ...]

The study of Lindner et al. 2023, section 5. For each program and dimension several projections are learned, and
principal components of the same activations are measured beside them. Writes ``results/superposition.json``,
``results/superposition.md``, the tables of ``docs/superposition.md`` and the pictures in ``docs/superposition/``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean, pstdev
from typing import Any

import numpy as np
import torch

from readhead.compile.blueprint import Block, Blueprint, Reading
from readhead.compile.compiler import compile_program
from readhead.language.rasp import from_rasp
from readhead.learn.superpose import Compression, Schedule, compress
from readhead.plots.superposition import draw_accuracy, draw_gram, draw_recovery
from record import PAGES, RESULTS, environment, environment_line, parser, table, write_json, write_section

PAGE = PAGES / "superposition.md"
PICTURES = PAGES / "superposition"
LOSSLESS = 0.999

FRACTION = """
is_x = float(tokens == "x");
frac_prevs = aggregate(select(indices, indices, <=), is_x);
"""
SORT = """
earlier = select(tokens, tokens, <) or (select(tokens, tokens, ==) and select(indices, indices, <));
target_pos = selector_width(earlier);
sorted = aggregate(select(target_pos, indices, ==), tokens);
"""
HIST = "hist = selector_width(select(tokens, tokens, ==));"
REVERSE = """
target_pos = length - indices - 1;
reversed = aggregate(select(target_pos, indices, ==), tokens);
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A program of the study."""

    text: str
    alphabet: str
    length: int
    dims: tuple[int, ...]
    schedule: Schedule
    number: str | None = None
    """The variable whose number is the answer, before it becomes a value."""


CLASSES = Schedule(steps=1200, batch=48, rate=0.03, layers=0.1)
NUMBER = Schedule(steps=1200, batch=48, rate=0.03, layers=0.01, output="squared")
CASES = {
    "frac_prevs": Case(FRACTION, "wxyz", 5, (3, 4, 5, 6, 7, 8, 10), NUMBER, "frac_prevs"),
    "frac_prevs_onehot": Case(FRACTION, "wxyz", 5, (6, 8, 10, 12, 16), CLASSES),
    "sort": Case(SORT, "abcdefgh", 5, (8, 12, 16, 20, 24), CLASSES),
    "sort_answers": Case(SORT, "abcdefgh", 5, (12, 16, 20), replace(CLASSES, layers=0.01)),
    "hist": Case(HIST, "abcdef", 5, (4, 6, 8, 10, 12), CLASSES),
    "reverse": Case(REVERSE, "abcd", 5, (3, 4, 5, 6, 8, 12), CLASSES),
}


def blueprint_of(case: Case) -> Blueprint:
    """The compiled program; where its number is the answer, without the slots of its values and what writes them."""
    made = compile_program(from_rasp(case.text), vocabulary=case.alphabet, max_length=case.length)
    return made if case.number is None else read_as_number(made, case.number)


def read_as_number(made: Blueprint, variable: str) -> Blueprint:
    """A mean's raw number as the answer, as in the paper: the value nearest to it.

    ``(m - v)^2`` is smallest where ``2 v m - v^2`` is largest, which is linear in the number ``m``. What writes the
    values' one-hot slots from the number, the last elementwise part, is left away with them.
    """
    keep = [i for i, s in enumerate(made.slots) if s.variable != variable or s.value is None]
    slots = tuple(made.slots[i] for i in keep)
    number = next(i for i, s in enumerate(slots) if s.name == f"{variable}~mean")
    readings = {n: replace(r, weights=r.weights[keep]) for n, r in made.readings.items()}
    values = readings[variable].values
    numbers = np.array([float(str(v)) for v in values], dtype=made.precision)
    weights = np.zeros((len(keep), len(values)), dtype=made.precision)
    weights[number] = 2 * numbers
    gaps = np.diff(np.sort(numbers))
    readings[variable] = Reading(
        values, weights, -(numbers**2), readings[variable].block, float(gaps.min() ** 2)
    )
    heads = (
        tuple(
            replace(h, query=h.query[keep], key=h.key[keep], value=h.value[keep], output=h.output[:, keep])
            for h in block.heads
        )
        for block in made.blocks
    )
    blocks = tuple(Block(h, None) for h in heads if h)
    readings[variable] = replace(readings[variable], block=len(blocks) - 1)
    return replace(
        made,
        slots=slots,
        embedding=made.embedding[:, keep],
        positions=made.positions[:, keep],
        blocks=blocks,
        readings=readings,
    )


def study(name: str, case: Case, steps: int, seeds: int) -> dict[str, Any]:
    """Squeeze one program, draw its pictures, and say what was found."""
    started, cpu = time.monotonic(), time.process_time()

    def progress(step: int, total: int, loss: float) -> None:
        if step % 200 == 0:
            print(f"{name}: step {step}/{total}, loss {loss:.3f}", file=sys.stderr)

    found = compress(
        blueprint_of(case),
        case.dims,
        seeds=seeds,
        schedule=replace(case.schedule, steps=steps),
        progress=progress,
    )
    trained = time.process_time() - cpu
    record = {
        "program": case.text.strip(),
        "alphabet": case.alphabet,
        "max_length": case.length,
        "width": found.width,
        "slots": list(found.slots),
        "steps": steps,
        "seeds": seeds,
        "schedule": {f: getattr(found.schedule, f) for f in Schedule.__dataclass_fields__},
        "runs": [s.as_dict() for d in case.dims for s in found.learned[d]],
        "components": [found.components[d].as_dict() for d in case.dims],
        "centred": {str(d): found.centred[d] for d in case.dims},
        "lossless": lossless(found),
        "training_cpu_seconds": round(trained, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "seconds": round(time.monotonic() - started, 1),
    }
    best = found.best(shown_dimension(record))
    return record | {"gram": [" ".join(f"{g:.3f}" for g in row) for row in best.gram.tolist()]}


def lossless(found: Compression) -> dict[str, int | None]:
    """The smallest dimension of which the best seed, all seeds, and principal components lose nothing."""
    dims = sorted(found.learned)
    accuracies = {d: [s.accuracy for s in found.learned[d]] for d in dims}
    return {
        "best": next((d for d in dims if max(accuracies[d]) >= LOSSLESS), None),
        "all": next((d for d in dims if min(accuracies[d]) >= LOSSLESS), None),
        "components": next((d for d in dims if found.components[d].accuracy >= LOSSLESS), None),
        "centred": next((d for d in dims if found.centred[d] >= LOSSLESS), None),
    }


def pictures(name: str, record: Mapping[str, Any]) -> None:
    """The three pictures of a program."""
    runs, dims = record["runs"], [c["dim"] for c in record["components"]]
    accuracy = {d: [r["accuracy"] for r in runs if r["dim"] == d] for d in dims}
    seeds = f"{record['steps']} steps, {record['seeds']} seeds"
    draw_accuracy(
        PICTURES / f"{name}_accuracy.svg",
        accuracy,
        {c["dim"]: c["accuracy"] for c in record["components"]},
        {int(d): a for d, a in record["centred"].items()},
        width=record["width"],
        title=f"{name}: {record['width']} dimensions squeezed ({seeds})",
    )
    shown = shown_dimension(record)
    draw_gram(
        PICTURES / f"{name}_gram.svg",
        np.array([row.split() for row in record["gram"]], dtype=float),
        record["slots"],
        title=f"$W^T W$: {name}, {shown} of {record['width']} dimensions, {max(accuracy[shown]):.1%} right",
    )
    panels, majority = {}, {}
    for variable, facts in runs[0]["variables"].items():
        left = {d: [r["variables"][variable] for r in runs if r["dim"] == d] for d in dims}
        panels[variable] = {
            what: {d: [v[what] for v in left[d]] for d in dims} for what in ("cosine", "read", "probe")
        }
        majority[variable] = facts["majority"]
    draw_recovery(
        PICTURES / f"{name}_recovery.svg",
        panels,
        accuracy,
        majority,
        title=f"{name}: what is left of each variable (mean and range of the seeds)",
    )


def shown_dimension(record: Mapping[str, Any]) -> int:
    """The smallest dimension without loss, or else the most accurate one."""
    runs = record["runs"]
    found: int = record["lossless"]["best"] or max(runs, key=lambda r: r["accuracy"])["dim"]
    return found


def accuracy_table(record: Mapping[str, Any]) -> str:
    """Accuracy against dimension."""
    rows = []
    for components in record["components"]:
        dim = components["dim"]
        found = [r["accuracy"] for r in record["runs"] if r["dim"] == dim]
        spread = pstdev(found)
        cells = (
            max(found),
            fmean(found),
            min(found),
            spread,
            components["accuracy"],
            record["centred"][str(dim)],
        )
        rows.append([str(dim), *(f"{100 * c:.1f}" for c in cells)])
    header = ["dimensions", "best", "mean", "worst", "deviation", "principal components", "told the mean"]
    return table(header, rows)


def recovery_table(record: Mapping[str, Any]) -> str:
    """What is left of each variable at each dimension: means over the seeds."""
    rows = []
    for variable in record["runs"][0]["variables"]:
        for components in record["components"]:
            runs = [r for r in record["runs"] if r["dim"] == components["dim"]]
            left = [r["variables"][variable] for r in runs]
            cosines = [v["cosine"] for v in left]
            rows.append(
                [
                    f"`{variable}`",
                    str(components["dim"]),
                    f"{100 * fmean(r['accuracy'] for r in runs):.1f}",
                    f"{fmean(cosines):.2f} ({min(cosines):.2f} to {max(cosines):.2f})",
                    f"{100 * fmean(v['read'] for v in left):.1f}",
                    f"{100 * fmean(v['probe'] for v in left):.1f}",
                    f"{100 * left[0]['majority']:.1f}",
                ]
            )
    header = ["variable", "dimensions", "right answers", "cosine (range)", "read", "probe", "commonest value"]
    return table(header, rows)


def section(name: str, record: Mapping[str, Any]) -> str:
    """What the page says of one program."""
    smallest = record["lossless"]
    words = {k: "none of these" if v is None else str(v) for k, v in smallest.items()}
    best = max(
        (r for r in record["runs"] if r["dim"] == shown_dimension(record)),
        key=lambda r: (r["accuracy"], -r["loss"]),
    )
    about = (
        f"{record['width']} dimensions compiled; alphabet `{record['alphabet']}`, "
        f"at most {record['max_length']} tokens; "
        f"{record['steps']} steps, {record['seeds']} seeds, {record['cpu_seconds']:.0f} s of processor time in all."
    )
    smallest_words = (
        f"Smallest of these dimensions without loss: {words['best']} (best seed), {words['all']} (all seeds), "
        f"{words['components']} (principal components), {words['centred']} (principal components told the mean)."
    )
    fates = (
        f"The best of {best['dim']} dimensions ({best['accuracy']:.1%} right) keeps "
        f"{listed(best['kept'])} and drops {listed(best['dropped'])}; faithful are {listed(best['faithful'])}."
    )
    lengths = length_table(record, best["dim"])
    parts = [about, smallest_words, accuracy_table(record), fates, lengths, recovery_table(record)]
    return "\n\n".join(parts)


def length_table(record: Mapping[str, Any], dim: int) -> str:
    """How much is kept of each coordinate, over the seeds of one dimension."""
    norms = [r["norms"] for r in record["runs"] if r["dim"] == dim]
    rows = [
        [f"`{slot}`", *(f"{f(column):.2f}" for f in (fmean, min, max))]
        for slot, column in zip(record["slots"], zip(*norms, strict=True), strict=True)
    ]
    return table([f"coordinate ({dim} dimensions)", "squared length, mean", "least", "most"], rows)


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return ", ".join(f"`{n}`" for n in names) if names else "none"


def main() -> None:
    """Study the programs that are asked for; the others keep their records."""
    options = parser("Squeeze compiled programs into fewer dimensions.")
    options.add_argument("programs", nargs="*", metavar="PROGRAM", help=", ".join(CASES))
    options.add_argument("--steps", type=int)
    options.add_argument("--seeds", type=int)
    options.add_argument(
        "--redraw", action="store_true", help="no training: tables and pictures of what is recorded"
    )
    given = options.parse_args()
    programs = given.programs or (["frac_prevs"] if given.quick else CASES)
    steps = given.steps or (CLASSES.steps // 20 if given.quick else CLASSES.steps)
    seeds = given.seeds or (1 if given.quick else 5)
    torch.set_num_threads(1)
    path = RESULTS / "superposition.json"
    records: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name in records if given.redraw and not given.programs else programs:
        if not given.redraw and (given.force or name not in records):
            records[name] = environment() | study(name, CASES[name], steps, seeds)
            write_json(path, records)
        pictures(name, records[name])
        write_section(name, section(name, records[name]), PAGE)
        print(f"{name}\n\n{accuracy_table(records[name])}\n")
    tables = [f"## {name}\n\n{accuracy_table(r)}\n\n{recovery_table(r)}" for name, r in records.items()]
    text = "\n\n".join([*tables, environment_line(records.values())])
    (RESULTS / "superposition.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
