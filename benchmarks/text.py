"""Real text: Readhead's programs beside simple baselines, an ordinary transformer and the paper's model.

Questions (trec), opinions (mr) and subjectivity (subj) by accuracy; named entities in tweets (wnut17) and in Wikipedia
(wikigold) by F1 of whole entities. Every method sees the same splits and the same tokens; none has pre-trained vectors.
Needs ``READHEAD_DATA``. Every run is one JSON file under ``results/text/``, and those that exist are kept, so that what
was stopped goes on; learned programs lie beside them.

    python benchmarks/text.py
    python benchmarks/text.py --data trec wikigold --methods ordinary --seeds 0 1 2
    python benchmarks/text.py --table-only
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from readhead.tasks import Dataset, load_dataset
from record import RESULTS, cpu_seconds, environment, parser, write_json, write_section
from text_report import DATA, METHODS, TAGGED, section

FOLDER = RESULTS / "text"
SEEDS = (0, 1, 2)


def path_of(data: str, method: str, seed: int) -> Path:
    """Where the record of one run lies."""
    return FOLDER / data / f"{method.replace(' ', '_')}-{seed}.json"


def digest(dataset: Dataset) -> str:
    """A digest of the splits as the vocabulary reads them: runs that differ in it saw other data."""
    made = hashlib.blake2b(digest_size=8)
    for examples in (dataset.train, dataset.validation, dataset.test):
        for example in examples:
            made.update(repr((dataset.vocabulary.sequence(example.tokens), example.labels)).encode())
    return made.hexdigest()


def run(data: str, method: str, seed: int, options: argparse.Namespace) -> None:
    """Run one method with one seed, and record it."""
    from linear import splits
    from sequences import figure, figures

    dataset = load_dataset(data, seed=seed)
    started = cpu_seconds()
    outcome = RUNS[method](dataset, seed, options)
    seconds = cpu_seconds() - started
    shares = {name: figures(dataset, splits(dataset)[name], of) for name, of in outcome.answers.items()}
    record = {
        "data": data,
        "method": method,
        "seed": seed,
        "digest": digest(dataset),
        "figure": figure(shares["test"]),
        "splits": shares,
        "cpu_seconds": round(seconds, 1),
        "settings": outcome.settings,
        "size": outcome.size,
        "examples": {name: len(examples) for name, examples in splits(dataset).items()},
        "symbols": len(dataset.vocabulary.symbols or ()),
    } | environment()
    write_json(path_of(data, method, seed), record)
    print(f"{data}, {method}, seed {seed}: {100 * record['figure']:.1f}, {seconds:.0f} CPU s", flush=True)


def run_ordinary(dataset: Dataset, seed: int, options: argparse.Namespace) -> Any:
    """The ordinary transformer with as many layers and heads as the program that the preset begins with."""
    from ordinary import GRID, Setting, transformer
    from readhead.learn.presets import plan

    shape, _ = plan(dataset, "default", None)
    heads = shape.categorical_heads + shape.numerical_heads
    first = path_of(dataset.name, "ordinary transformer", SEEDS[0])
    grid = GRID[:1] if options.quick else GRID
    if seed != SEEDS[0] and first.exists():
        chosen = json.loads(first.read_text(encoding="utf-8"))["settings"]
        grid = (Setting(chosen["width"], chosen["rate"], chosen["dropout"]),)
    return transformer(dataset, seed, shape.layers, heads, grid, 2 if options.quick else None)


def run_yardstick(dataset: Dataset, seed: int, options: argparse.Namespace) -> Any:
    """The paper's model."""
    from yardstick_text import program

    return program(dataset, seed, 1 if options.quick else options.yardstick_epochs)


def run_readhead(dataset: Dataset, seed: int, options: argparse.Namespace) -> Any:
    """The learned program, pruned and printed: it is what answers."""
    from linear import Outcome, splits
    from paper_tasks import written_lines
    from readhead.learn import learn
    from readhead.program.size import size
    from text_report import word_tables

    preset = "quick" if options.quick else "default"
    result = learn(dataset.name, preset=preset, seed=seed)
    given = {name: result.program.run_batch([e.tokens for e in of]) for name, of in splits(dataset).items()}
    path = path_of(dataset.name, "Readhead", seed).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result.python, encoding="utf-8")
    measured = size(result.program)
    tables, classes = word_tables(result.program)
    facts = {name: result.report.get(name) for name in ("method", "preset", "epochs", "shape", "schedule")}
    return Outcome(
        given,
        facts,
        {
            "lines": written_lines(result.python),
            "heads": measured.heads,
            "mlps": measured.mlps,
            "word_tables": tables,
            "word_classes": classes,
            "table_entries": measured.table_entries,
        },
    )


def run_simple(name: str) -> Callable[[Dataset, int, argparse.Namespace], Any]:
    """One of the baselines of ``linear.py``, imported when it runs."""

    def of(dataset: Dataset, seed: int, options: argparse.Namespace) -> Any:
        import linear

        return getattr(linear, name)(dataset, seed)

    return of


RUNS: dict[str, Callable[[Dataset, int, argparse.Namespace], Any]] = {
    "majority": run_simple("always"),
    "commonest tag": run_simple("commonest_tag"),
    "logistic regression": run_simple("regression"),
    "ordinary transformer": run_ordinary,
    "yardstick": run_yardstick,
    "Readhead": run_readhead,
}
assert tuple(RUNS) == METHODS


def recorded() -> list[dict[str, Any]]:
    """All records that exist.

    Raises:
        SystemExit: where methods of one data set and seed saw different data.
    """
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*/*.json"))]
    seen: dict[tuple[str, int], str] = {}
    for r in records:
        if seen.setdefault((r["data"], r["seed"]), r["digest"]) != r["digest"]:
            raise SystemExit(
                f"{r['data']}, seed {r['seed']}: {r['method']} saw other data than the methods before it; "
                "run what is older again, with --force"
            )
    return records


def main() -> None:
    """Run what is not recorded yet, then write the table."""
    command = parser("Compare methods on real text and write the table.")
    command.add_argument("--data", nargs="+", choices=DATA, help="by default all; trec with --quick")
    command.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    command.add_argument("--seeds", nargs="+", type=int)
    command.add_argument(
        "--yardstick-epochs", type=int, help="at most; by default its protocol's, 10 or, for entities, 50"
    )
    command.add_argument("--table-only", action="store_true", help="only write the table again")
    options = command.parse_args()
    chosen = options.data or (["trec"] if options.quick else DATA)
    seeds = options.seeds or (SEEDS[:1] if options.quick else SEEDS)
    jobs = [(d, m, s) for d in chosen for m in options.methods for s in seeds]
    if not options.table_only:
        limit_threads()
        for data, method, seed in jobs:
            if method == "commonest tag" and data not in TAGGED:
                continue
            if options.force or not path_of(data, method, seed).exists():
                run(data, method, seed, options)
    records = recorded()
    if records:
        from linear import STRENGTHS
        from ordinary import GRID

        grid = "; ".join(f"{g.width} wide, {g.rate:g}, {g.dropout:g}" for g in GRID)
        text = section(records, ", ".join(f"{c:g}" for c in STRENGTHS), grid)
        print(text)
        write_section("text", text)


def limit_threads() -> None:
    """One thread for each process: more would get in each other's way, and be counted as CPU time."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


if __name__ == "__main__":
    main()
