"""Verdicts on learned programs, on every input of their tasks; and how fast every input is run.

The programs are those that ``benchmarks/readable.py`` left under ``results/readable/programs``: learned, simplified,
and lifted with the search. It writes ``results/verify.json`` and its section of ``docs/results.md``. Processor time is
measured, on one core: set ``OMP_NUM_THREADS=1``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import readhead as rh
import record
from readhead.program import Program, SOp
from readhead.reason.pairing import paired
from readhead.reason.references import reference
from readhead.reason.verify import verify
from readhead.tasks import TASKS, Task

SECONDS = 600.0
"""How long a verdict may take."""

PROGRAMS = record.RESULTS / "readable" / "programs"
LONG = 2.0
"""How long a rate is measured, at most."""


def rate(program: Program, task: Task) -> tuple[float, float]:
    """Inputs of the longest length in a second: of the program beside its task, and of the program alone."""
    compared = paired(program, task, None, None)
    work: list[Callable[[Any], object]] = [compared.pair.parts, compared.pair.program.answers]
    rates = []
    for run in work:
        done, start = 0, time.process_time()
        blocks = (
            compared.inputs.of_length(task.max_length) if compared.inputs.closed else compared.inputs.blocks()
        )
        for codes in blocks:
            run(codes)
            done += codes.shape[1]
            if time.process_time() - start > LONG:
                break
        rates.append(done / max(1e-9, time.process_time() - start))
    return rates[0], rates[1]


def bandwidth() -> float:
    """Bytes that a copy in the nearest cache reads and writes in a second."""
    block = np.zeros(1 << 14, dtype=np.uint8)
    out, times = np.empty_like(block), []
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            np.copyto(out, block)
        times.append(time.perf_counter() - start)
    return 2 * block.size * 1000 / min(times)


def limit(program: Program, task: Task, bytes_per_second: float) -> float:
    """Inputs in a second if every variable took one pass that reads and writes a byte (a selector: a bit a key)."""
    n = task.max_length + program.vocabulary.markers
    row = max(1, -(-n // 8))
    size = sum(2 * n * (1 if isinstance(node, SOp) else row) for node in program.variables.values())
    return bytes_per_second / size


def verdict(program: Program, task: Task, method: str) -> dict[str, Any]:
    found = verify(program, task, method=method, seconds=SECONDS)  # type: ignore[arg-type]
    data = found.as_dict()
    print(f"{task.name}, {method}: {str(found).splitlines()[0]}", flush=True)
    return data


def learned_row(program: Program, task: Task, speed: float) -> dict[str, Any]:
    """The verdict on a program as it was learned, and how fast it runs."""
    both, alone = rate(program, task)
    print(f"{task.name}: {alone:,.0f} inputs/s", flush=True)
    return {
        "variables": len(program.variables),
        "verdict": verdict(program, task, "auto"),
        "inputs_per_second": {"with_task": both, "alone": alone, "limit": limit(program, task, speed)},
    }


def simplified_row(simple: Program, program: Program, task: Task, speed: float) -> dict[str, Any]:
    """The same for the program after exact simplification, and what z3 says of it."""
    return {
        **learned_row(simple, task, speed),
        "smt": verdict(simple, task, "smt"),
        "smt_against_learned": verdict_between(simple, program, task),
    }


def verdict_between(simple: Program, program: Program, task: Task) -> dict[str, Any]:
    """The solver's verdict on a simplified program against the one that was learned."""
    space = replace(task.space, min_length=1) if task.causal and task.name.startswith("dyck") else task.space  # type: ignore[type-var]
    found = verify(simple, program, space=space, method="smt", seconds=SECONDS / 20)
    print(f"{task.name}, simplified against learned, smt: {str(found).splitlines()[0]}", flush=True)
    return found.as_dict()


def written(speed: float) -> dict[str, Any]:
    """How fast the programs are that people write: each task's reference."""
    rows = {}
    for name, task in TASKS.items():
        both, alone = rate(reference(name), task)
        rows[name] = {"with_task": both, "alone": alone, "limit": limit(reference(name), task, speed)}
    return rows


def shown(data: dict[str, Any]) -> str:
    """A verdict in a few words."""
    match data["verdict"]:
        case "proved":
            return f"proved, {data['inputs']:,} inputs, {data['seconds']:.1f} s"
        case "counterexample":
            return f"`{' '.join(map(str, data['counterexample']['tokens']))}`, {data['seconds']:.1f} s"
        case _:
            return f"unknown: {data['coverage']['stopped']}"


def section(results: dict[str, Any]) -> str:
    """The section of the results page."""
    verdicts, rates = [], []
    for name, row in results["learned"].items():
        simple = results["simplified"].get(name)
        asked = [shown(simple[key]) for key in ("smt", "smt_against_learned")] if simple else ["-", "-"]
        verdicts.append([name, shown(row["verdict"]), *asked])
        fast = speeds(simple) if simple else ["-"] * 3
        short = results["searched"].get(name)
        verdicts[-1] += [shown(short["verdict"]), shown(short["smt"])] if short else ["-", "-"]
        alone = f"{short['inputs_per_second']['alone']:,.0f}" if short else "-"
        rates.append([name, *speeds(row), *fast, alone, f"{results['written'][name]['alone']:,.0f}"])
    heads = ["task", "learned program", "simplified, by z3", "simplified against learned, by z3"]
    heads += ["lifted with the search", "the same, by z3"]
    columns = ["variables", "inputs/s", "of the limit"]
    return "\n\n".join(
        [
            "## Verified on every input",
            (
                "The programs learned with the default seed, on the whole input space of the paper's protocol "
                "([Verifying](verify.md)). A verdict is a proof or the shortest counterexample; prefixes count as "
                "inputs of the bracket tasks."
            ),
            record.table(heads, verdicts),
            (
                "Inputs of the longest length run in a second of one core's time: learned, exactly simplified, lifted "
                "with the search, and as a person writes the task. The limit is one pass over every variable, a "
                "byte for each position, at the speed at which a copy runs in the nearest cache."
            ),
            record.table(
                [
                    "task",
                    *columns,
                    *(f"simplified: {c}" for c in columns),
                    "lifted: inputs/s",
                    "as written: inputs/s",
                ],
                rates,
            ),
            record.environment_line([results["environment"]]),
        ]
    )


def speeds(row: dict[str, Any]) -> list[object]:
    """How many variables, how fast, and what share of the limit."""
    r = row["inputs_per_second"]
    return [row["variables"], f"{r['alone']:,.0f}", f"{100 * r['alone'] / r['limit']:.2f}%"]


def begun() -> dict[str, Any]:
    """What is measured before the first learned program."""
    speed = bandwidth()
    return {
        "environment": record.environment(),
        "bytes_per_second": speed,
        "written": written(speed),
        "learned": {},
        "simplified": {},
        "searched": {},
    }


def main() -> None:
    options = record.parser("Verdicts on learned programs, on every input of their tasks.").parse_args()
    path = record.RESULTS / "verify.json"
    results: dict[str, Any] = record.kept(path, options.force) or begun()
    speed = results["bytes_per_second"]
    for name, task in TASKS.items():
        if name in results["searched"]:
            continue
        programs = {stage: PROGRAMS / f"{name}-{stage}.py" for stage in ("learned", "simplified", "searched")}
        if not all(path.exists() for path in programs.values()):
            print(f"{name}: not measured, since benchmarks/readable.py has not left its programs", flush=True)
            continue
        learned, simple, short = (rh.load(path) for path in programs.values())
        results["learned"][name] = learned_row(learned, task, speed)
        results["simplified"][name] = simplified_row(simple, learned, task, speed)
        results["searched"][name] = {**learned_row(short, task, speed), "smt": verdict(short, task, "smt")}
        record.write_json(path, results)
    record.write_section("verify", section(results))


if __name__ == "__main__":
    main()
