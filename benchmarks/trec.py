"""TREC questions: Readhead's learned program beside the majority class and a bag of words.

All see the same split and the same tokens: lower-casing, digits and unknown words as the data set's vocabulary says.
The bag of words is a logistic regression on counts (scikit-learn), its strength of regularisation chosen on the
validation split. Needs ``READHEAD_DATA``. Records lie under ``results/trec/``; those that exist are kept.

    python benchmarks/trec.py --baselines-only
    python benchmarks/trec.py --seeds 0 1 2 --preset default
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from readhead.tasks import Dataset, Example, load_dataset, majority
from record import RESULTS, environment, environment_line, table, write_json, write_section

FOLDER = RESULTS / "trec"
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""The values of scikit-learn's C that are tried: the larger, the weaker the regularisation."""

NOTES = """\
Test accuracy (%) on the 500 questions of the test file, six classes; 10% of the training file is held out for
selection, drawn by the seed. *Bag of words* is a logistic regression on word counts, C chosen on the held-out part
among {strengths}.
All methods see the same tokens, none has pre-trained vectors; ten of the test questions also stand in the training
file. For orientation, table 6 of the paper (arXiv 2306.01128; 300-dimensional GloVe vectors, grid
search, best of three seeds by validation; sentences of at most 64 words) has 85.6 for its Transformer Program, 88.6
for a standard transformer, and 74.8 for a naive Bayes bag of words.
"""


def counts(dataset: Dataset, examples: Sequence[Example]) -> csr_matrix:
    """How often each symbol of the vocabulary stands in each example, as the program would see it, without markers."""
    vocabulary = dataset.vocabulary
    assert vocabulary.symbols is not None
    code = {symbol: i for i, symbol in enumerate(vocabulary.symbols)}
    rows, columns = [], []
    for row, example in enumerate(examples):
        for token in vocabulary.sequence(example.tokens):
            if token not in (vocabulary.begin, vocabulary.end):
                rows.append(row)
                columns.append(code[str(token)])
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(examples), len(code)))


def targets(examples: Sequence[Example]) -> list[str]:
    """The label of each example."""
    return [str(example.labels[0]) for example in examples]


def run_majority(dataset: Dataset) -> dict[str, Any]:
    """The commonest training class."""
    return {"test": majority(dataset).accuracy}


def run_bag_of_words(dataset: Dataset) -> dict[str, Any]:
    """Logistic regression on word counts."""
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    inputs = {name: counts(dataset, examples) for name, examples in splits.items()}
    labels = {name: targets(examples) for name, examples in splits.items()}
    fits = [
        LogisticRegression(C=c, max_iter=5000, tol=1e-6).fit(inputs["train"], labels["train"])
        for c in STRENGTHS
    ]
    best = max(fits, key=lambda fit: float(fit.score(inputs["validation"], labels["validation"])))
    return {name: float(best.score(inputs[name], labels[name])) for name in splits} | {"C": best.C}


def run_readhead(dataset: Dataset, preset: str, seed: int) -> dict[str, Any]:
    """The learned program, scored as the program that is printed."""
    from readhead.learn import learn
    from readhead.tasks import score

    result = learn("trec", preset=preset, seed=seed)
    splits = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    scores = {
        name: score(result.program, examples, dataset.kind).accuracy for name, examples in splits.items()
    }
    (FOLDER / f"readhead-{preset}-{seed}.py").write_text(result.python, encoding="utf-8")
    return scores


BASELINES: dict[str, Callable[[Dataset], dict[str, Any]]] = {
    "majority class": run_majority,
    "bag of words": run_bag_of_words,
}


def run(method: str, seed: int, preset: str, force: bool) -> None:
    """Record one method with one seed, unless that is recorded already."""
    variant = f"-{preset}" if method == "readhead" else ""
    path = FOLDER / f"{method.replace(' ', '_')}{variant}-{seed}.json"
    if path.exists() and not force:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    dataset = load_dataset("trec", seed=seed)
    started = time.perf_counter()
    accuracy = run_readhead(dataset, preset, seed) if method == "readhead" else BASELINES[method](dataset)
    record = {
        "method": method,
        "seed": seed,
        "preset": preset if method == "readhead" else None,
        "accuracy": accuracy,
        "seconds": round(time.perf_counter() - started, 1),
        "examples": {
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        },
    } | environment()
    write_json(path, record)


def recorded() -> list[dict[str, Any]]:
    """All records that exist, the baselines first, then by preset and seed."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    order = [*BASELINES, "readhead"]
    return sorted(records, key=lambda r: (order.index(r["method"]), r["preset"] or "", r["seed"]))


def report(records: list[dict[str, Any]]) -> str:
    """The table: one row for each method, one column for each seed."""
    seeds = sorted({record["seed"] for record in records})
    methods = list(dict.fromkeys((record["method"], record["preset"]) for record in records))
    rows = []
    for method, preset in methods:
        of_method = [r for r in records if (r["method"], r["preset"]) == (method, preset)]
        of_seed = {record["seed"]: record["accuracy"]["test"] * 100 for record in of_method}
        values = list(of_seed.values())
        rows.append(
            [
                method if preset is None else f"Readhead, preset `{preset}`",
                *(f"{of_seed[seed]:.1f}" if seed in of_seed else "" for seed in seeds),
                f"{statistics.mean(values):.1f}",
                f"{max(values) - min(values):.1f}",
                f"{statistics.median(record['seconds'] for record in of_method):.0f}",
            ]
        )
    header = ["method", *(f"seed {seed}" for seed in seeds), "mean", "spread", "seconds"]
    strengths = ", ".join(f"{c:g}" for c in STRENGTHS)
    notes = NOTES.format(strengths=strengths).strip()
    return "\n\n".join(["## TREC questions", notes, table(header, rows), environment_line(records)])


def main() -> None:
    """Run what is not recorded yet, then write the table."""
    parser = argparse.ArgumentParser(description="Compare text classifiers on the TREC questions.")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--baselines-only", action="store_true", help="leave Readhead out")
    parser.add_argument("--force", action="store_true", help="run again what is recorded already")
    options = parser.parse_args()
    methods = [*BASELINES] if options.baselines_only else [*BASELINES, "readhead"]
    if "readhead" in methods:
        import torch

        torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        for method in methods:
            for seed in options.seeds:
                run(method, seed, options.preset, options.force)
    records = recorded()
    text = report(records)
    print(text)
    (RESULTS / "trec.md").write_text(text + "\n", encoding="utf-8")
    write_json(RESULTS / "trec.json", records)
    write_section("trec", text)


if __name__ == "__main__":
    main()
