"""How fast an emitted file is: short sequences through a large learned program, in plain Python on one core.

Prints a table and writes it to ``results/emitted.json``. Every sequence is different, and the file keeps
no whole inputs: what it remembers are single values of tables and predicates. The bar is 4,000 sequences per second.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from interpret import LENGTH, learned_program
from readhead.language.python import from_python, to_python
from record import RESULTS, environment, kept, parser, write_json

SEQUENCES, RUNS = 2_000, 7


def load(text: str) -> Callable[[list[str]], list[str]]:
    """The ``run`` of an emitted file. Only a benchmark of this project's own output executes it."""
    namespace: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(text, "emitted.py", "exec"), namespace)  # noqa: S102  # the text was made two lines above
    run: Callable[[list[str]], list[str]] = namespace["run"]
    return run


def sequences_per_second(run: Callable[[list[str]], list[str]], sequences: list[list[str]]) -> float:
    """One pass over the sequences, one at a time."""
    start = time.perf_counter()
    for sequence in sequences:
        run(sequence)
    return len(sequences) / (time.perf_counter() - start)


def measure(runs: int) -> dict[str, Any]:
    """The record: sizes, and sequences per second over several runs."""
    program = learned_program()
    tokens = program.vocabulary.tokens
    assert tokens is not None
    rng = random.Random(0)
    content = LENGTH - program.vocabulary.markers
    text = to_python(program)
    run = load(text)
    figures = []
    for _ in range(runs):
        sequences = [[rng.choice(tokens) for _ in range(content)] for _ in range(SEQUENCES)]
        figures.append(sequences_per_second(run, sequences))
    assert [run(s) for s in sequences[:200]] == program.run_batch(sequences[:200])
    start = time.perf_counter()
    assert from_python(text) == program
    return {
        "variables": len(program.variables),
        "lines": len(text.splitlines()),
        "positions": LENGTH,
        "sequences_per_second": round(statistics.median(figures)),
        "slowest": round(min(figures)),
        "fastest": round(max(figures)),
        "seconds_to_read_back": round(time.perf_counter() - start, 3),
        **environment(),
    }


def main() -> None:
    """Measure what is not recorded, print it, and write the record."""
    options = parser("How fast an emitted file is.").parse_args()
    path = RESULTS / "emitted.json"
    record = kept(path, options.force)
    if record is None:
        record = measure(2 if options.quick else RUNS)
        write_json(path, record)
    for name, value in record.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
