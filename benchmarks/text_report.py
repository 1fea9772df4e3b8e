"""The text part of the results page: what each method reached on each data set, beside the aims."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from readhead.program.nodes import Map, Table, Tokens
from readhead.program.program import Program
from record import environment_line, table

DATA = ("trec", "wikigold", "wnut17", "subj", "mr")
TAGGED = ("wikigold", "wnut17")
"""The data sets with named entities: a label for each token, scored by F1."""
METHODS = (
    "majority",
    "commonest tag",
    "logistic regression",
    "ordinary transformer",
    "yardstick",
    "Readhead",
)
WHAT = {
    "trec": "types of questions",
    "wikigold": "entities in Wikipedia",
    "wnut17": "entities in tweets",
    "subj": "subjectivity",
    "mr": "opinions on films",
}
PAPER = (
    ("CoNLL-2003", "F1", "76", "70", "66"),
    ("TREC", "accuracy", "85.6", "88.6", ""),
    ("MR", "accuracy", "78", "77", ""),
    ("Subj", "accuracy", "93", "92", ""),
)
"""The paper's own figures: its program, its ordinary transformer, its unigram tagger."""

NOTES = """\
Test figures (%): accuracy of the label, or, for the two sets of named entities, F1 of whole entities (type, first and
last token right, counted as seqeval does by default: `readhead.tasks.entities`; a test compares the two where seqeval
is installed). All methods see the same splits and the same tokens: rare and unseen words as the vocabulary reads
them, which is made of the training split alone. None has pre-trained vectors. TREC and WNUT-17 have test files of
their own; Wikigold is split by documents 70/10/20, Subj and MR 80/10/10, TREC's held-out tenth is drawn too: by the
seed, which decides all else that is drawn. *Spread* is the largest minus the smallest.

*Commonest tag* gives each word the tag it has most often. *Logistic regression* sees a bag of words, for entities the
word alone (a unigram tagger); C is chosen on the validation split among
{strengths}. The *ordinary transformer* has as many layers and heads as the program that Readhead's preset begins
with (given here); early stopping, and width, learning rate and dropout, are decided on the validation split: of
{grid}
that which is best with seed {first} is taken for all seeds. The *yardstick* is the paper's model
(`benchmarks/yardstick_text.py`) by the published settings, in one run for each seed; of its epochs the best on the
validation split counts.
*Readhead* is the learned program, discretized, pruned and printed as Python.

*CPU seconds* are those of one run, all restarts, the search of settings and the selection included (the ordinary
transformer's first seed pays for the grid). Larger machines run these side by side.
"""

AIMS = """\
The aim is to be at or above the ordinary transformer, and above the yardstick. Differences are of the means over the
seeds, in points. [learning.md](learning.md#text) says how these programs are learned. Tried besides, on one seed each,
and left out since validation was no better: training the word classes from random ones alone, word dropout while
training, slower or frozen word classes, fitting the read-out again after clustering, prefixes and suffixes of all words
as further features, twice as many values for each class, pairs of neighbours where tokens have labels, rarer pairs, six
classes of the word itself, and coarser scores. Tried on three seeds of TREC, MR and Subj, and left out: words and pairs
that count by their log-count ratios (Wang and Manning, ACL 2012), pairs fitted after words, tables kept only where they
are better by a standard error. They made the log-linear model of MR and Subj better on validation data, and the program
of MR a point better on test data, but those of the other two no better or worse.
"""

SIZES = """\
The size of the programs, as the median over the seeds: lines of the emitted Python (neither blank nor comment, without
the helpers that every program brings along), heads that pruning kept, tables that sort words into classes and how many
classes they tell apart, and entries of all tables, predicates and read-outs. [text.md](text.md) reads one aloud.
"""

ORIENTATION = """\
For orientation only, the paper's figures (arXiv 2306.01128), which stand on other data conditions: 300-dimensional
GloVe vectors, a search over sizes with the best of three seeds, and long test sentences dropped. TREC's are those of
its table 6; the others are quoted from this project's plan, rounded, and were not confirmed. CoNLL-2003 is not freely
available, so that Wikigold and WNUT-17, both smaller, stand in for it here.
"""


def word_tables(program: Program) -> tuple[int, int]:
    """How many tables of a program sort words into classes, and how many classes these tell apart altogether."""
    tables = [
        node.function
        for node in program.variables.values()
        if isinstance(node, Map)
        and isinstance(node.function, Table)
        and len(node.arguments) == 1
        and isinstance(node.arguments[0], Tokens)
    ]
    values = [{value for _, value in t.entries} | {t.default} - {None} for t in tables]
    return len(tables), sum(map(len, values))


def of(records: Iterable[dict[str, Any]], data: str, method: str) -> list[dict[str, Any]]:
    """The records of one method on one data set, by seed."""
    return sorted((r for r in records if (r["data"], r["method"]) == (data, method)), key=lambda r: r["seed"])


def percent(share: float) -> str:
    """A share as a percentage with one decimal.

    >>> percent(0.8456)
    '84.6'
    """
    return f"{100 * share:.1f}"


def named(method: str, rows: Sequence[dict[str, Any]]) -> str:
    """The method's name, with its size or the bound on its epochs where there is one."""
    settings = rows[0]["settings"]
    if method == "ordinary transformer":
        return f"{method}, {settings['layers']} x {settings['heads']} heads"
    if method == "Readhead":
        return f"{method}, preset `{settings['preset']}`"
    if method == "yardstick":
        return f"{method}, {settings['epochs']} of its {settings['protocol']['epochs']} epochs"
    return method


def figure_table(records: list[dict[str, Any]]) -> str:
    """A row for each data set and method: every seed, mean, spread, cost."""
    seeds = sorted({r["seed"] for r in records})
    rows = []
    for data in DATA:
        for method in METHODS:
            runs = of(records, data, method)
            if not runs:
                continue
            by_seed = {r["seed"]: r["figure"] for r in runs}
            values = list(by_seed.values())
            rows.append(
                [
                    f"{data}: {WHAT[data]} ({'F1' if data in TAGGED else 'accuracy'})",
                    named(method, runs),
                    *(percent(by_seed[seed]) if seed in by_seed else "" for seed in seeds),
                    percent(statistics.mean(values)),
                    percent(max(values) - min(values)),
                    f"{statistics.median(r['cpu_seconds'] for r in runs):.0f}",
                ]
            )
    return table(["data", "method", *(f"seed {s}" for s in seeds), "mean", "spread", "CPU seconds"], rows)


def aim_table(records: list[dict[str, Any]]) -> str:
    """What Readhead reached beside the aims, where all that are compared have run the same seeds."""
    rows = []
    for data in DATA:
        runs = {m: of(records, data, m) for m in ("Readhead", "ordinary transformer", "yardstick")}
        seeds = {m: [r["seed"] for r in rs] for m, rs in runs.items()}
        if not runs["Readhead"]:
            continue
        mean = {m: statistics.mean(r["figure"] for r in rs) for m, rs in runs.items() if rs}
        row: list[str] = [data, percent(mean["Readhead"])]
        for other in ("ordinary transformer", "yardstick"):
            if seeds[other] != seeds["Readhead"]:
                row += ["not measured on the same seeds", ""]
                continue
            difference = mean["Readhead"] - mean[other]
            reached = difference >= 0 if other == "ordinary transformer" else difference > 0
            row += [
                f"{percent(mean[other])} ({100 * difference:+.1f})",
                "reached" if reached else "falls short",
            ]
        rows.append(row)
    return table(["data", "Readhead", "ordinary transformer", "aim", "yardstick", "aim"], rows)


def size_table(records: list[dict[str, Any]]) -> str:
    """Medians of the sizes of Readhead's programs."""
    parts = ("lines", "heads", "word_tables", "word_classes", "table_entries")
    rows = []
    for data in DATA:
        sizes = [r["size"] for r in of(records, data, "Readhead")]
        if sizes:
            rows.append([data, *(f"{statistics.median(size[part] for size in sizes):g}" for part in parts)])
    return table(["data", "lines", "heads", "word tables", "word classes", "table entries"], rows)


def section(records: list[dict[str, Any]], strengths: str, grid: str) -> str:
    """The whole section; the parts that need Readhead's runs only where there are any."""
    first = min(r["seed"] for r in records)
    notes = NOTES.format(strengths=strengths, grid=grid, first=first).strip()
    parts = ["## Real text", notes, figure_table(records)]
    if any(r["method"] == "Readhead" for r in records):
        parts += [AIMS.strip(), aim_table(records), SIZES.strip(), size_table(records)]
    orientation = table(["paper's data", "figure", "its program", "ordinary", "unigram"], PAPER)
    parts += [ORIENTATION.strip(), orientation, environment_line(records)]
    return "\n\n".join(parts)
