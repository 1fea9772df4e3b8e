"""How fast the interpreter is: short sequences through a large learned program, and one long histogram.

Prints a table and writes it to ``results/interpret.json``. One thread is enough: numpy uses one here.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    NumericScores,
    Relation,
    Select,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from record import RESULTS, kept, parser, write_json

VALUES, LENGTH, LABELS = 8, 8, 6


def learned_program(
    seed: int = 0, layers: int = 3, heads: int = 4, mlps: int = 2, values: int = VALUES
) -> Program:
    """A random program of a learned one's shape: per layer as many categorical as numerical heads, and MLPs.

    Args:
        seed: every seed gives another program.
        layers: how many blocks.
        heads: heads of each sort in a layer.
        mlps: tables of each sort in a layer.
        values: how many values a categorical variable has.
    """
    draw = random.Random(seed)
    symbols = tuple(str(i) for i in range(values - 2))
    vocabulary = Vocabulary(symbols, begin="<s>", end="</s>")
    tokens, positions, ones = Tokens(name="tokens"), Indices(name="positions"), Constant(1, name="ones")
    domains: dict[SOp, tuple[str | int, ...]] = {
        tokens: vocabulary.symbols or (),
        positions: tuple(range(LENGTH)),
    }
    numeric: list[SOp] = [ones]
    for layer in range(layers):
        stream = list(domains)
        counts = list(numeric)
        for head in range(heads):
            key, query, value = (draw.choice(stream) for _ in range(3))
            match = Select(
                key, query, _relation(draw, domains[key], domains[query]), name=f"attn_{layer}_{head}_match"
            )
            focus = Closest(match, name=f"attn_{layer}_{head}_focus")
            node = Aggregate(focus, value, "pick", name=f"attn_{layer}_{head}")
            domains[node] = domains[value]
            key, query = draw.choice(stream), draw.choice(stream)
            match = Select(
                key, query, _relation(draw, domains[key], domains[query]), name=f"count_{layer}_{head}_match"
            )
            numeric.append(Aggregate(match, draw.choice(counts), "sum", 0, name=f"count_{layer}_{head}"))
        for mlp in range(mlps):
            x, y = draw.choice(list(domains)), draw.choice(list(domains))
            entries = [((a, b), draw.randrange(values)) for a in domains[x] for b in domains[y]]
            domains[Map(Table(entries, 0), (x, y), name=f"mlp_{layer}_{mlp}")] = tuple(range(values))
            capped = [Map("min", (draw.choice(numeric), Constant(LENGTH))) for _ in range(2)]
            pairs = [((a, b), draw.randrange(values)) for a in range(LENGTH + 1) for b in range(LENGTH + 1)]
            domains[Map(Table(pairs, 0), tuple(capped), name=f"num_mlp_{layer}_{mlp}")] = tuple(range(values))
    scores = [
        CategoricalScores(
            v, [(value, tuple(draw.randrange(-4096, 4096) for _ in range(LABELS))) for value in known]
        )
        for v, known in domains.items()
    ]
    weights = [NumericScores(v, tuple(draw.randrange(-512, 512) for _ in range(LABELS))) for v in numeric]
    prediction = Classify(symbols[:LABELS], (*scores, *weights), name="prediction")
    return Program((prediction,), vocabulary, max_length=LENGTH - 2)


def _relation(draw: random.Random, keys: tuple[str | int, ...], queries: tuple[str | int, ...]) -> Relation:
    return Relation([(draw.choice(keys), query) for query in queries])


def _seconds(work: Callable[[], object], repeats: int = 7) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(batch: int = 20_000) -> dict[str, float]:
    """Sequences per second and milliseconds, by what was measured."""
    draw = random.Random(1)
    program = learned_program()
    symbols = program.vocabulary.tokens or ()
    full = [[draw.choice(symbols) for _ in range(LENGTH - 2)] for _ in range(batch)]
    mixed = [row[: draw.randrange(1, LENGTH - 1)] for row in full]
    program.run_batch(full[:10])
    figures = {
        f"sequences of length 8 per second, 3 layers, 24 heads, batch of {batch:,}": len(full)
        / _seconds(lambda: program.run_batch(full)),
        "the same, lengths 3 to 8 mixed": len(mixed) / _seconds(lambda: program.run_batch(mixed)),
        "single calls per second": 200 / _seconds(lambda: [program.run(row) for row in full[:200]]),
    }
    letters = [str(draw.randrange(26)) for _ in range(1000)]
    first = time.perf_counter()
    histogram = Program((SelectorWidth(Select(Tokens(), Tokens(), "==")),))
    histogram.run(letters)
    figures["histogram at length 1,000, first call, milliseconds"] = 1000 * (time.perf_counter() - first)
    figures["histogram at length 1,000, milliseconds"] = 1000 * _seconds(lambda: histogram.run(letters))
    return figures


def main() -> None:
    """Print the table and write it."""
    options = parser("How fast the interpreter is.").parse_args()
    path = RESULTS / "interpret.json"
    figures = kept(path, options.force)
    if figures is None:
        figures = {k: round(v, 1) for k, v in measure(2_000 if options.quick else 20_000).items()}
        write_json(path, figures)
    for name, figure in figures.items():
        print(f"{figure:12,.1f}  {name}")


if __name__ == "__main__":
    main()
