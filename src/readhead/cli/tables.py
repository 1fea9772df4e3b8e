"""What commands show: tables for people, and the same as data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from readhead.cli.answer import Answer

if TYPE_CHECKING:
    from readhead.cli.scoring import Scored
    from readhead.program.program import Program
    from readhead.program.trace import Trace
    from readhead.tasks.examples import Dataset

KINDS = {
    "token_labels": "a label for each token",
    "sequence_label": "one label for the sequence",
    "next_token": "the next token",
}

SIZES = {"heads": "heads", "mlps": "tables", "variables": "variables"}
"""What the sizes in a report are called."""


def learned(report: Mapping[str, Any], out: Path | None) -> RenderableType:
    """What was learned: the accuracies, the size, how training ended, and where it was written."""
    from readhead.tasks.score import percent

    table = Table(title=f"{report['task']}, seed {report['seed']}", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("split")
    table.add_column("accuracy", justify="right")
    tagged = "test_f1" in report
    if tagged:
        table.add_column("F1 of entities", justify="right")
    for split in ("train", "validation", "test"):
        entities = [percent(report.get(f"{split}_f1"))] if tagged else []
        table.add_row(split, percent(report[f"{split}_accuracy"]), *entities)
    table.add_row("test, always the commonest label", percent(report["majority_accuracy"]))
    diverged = [row["restart"] for row in report["restarts"] if row["diverged"]]
    lines = _how_found(report) if report["method"] == "search" else _how_trained(report)
    lines += _how_tuned(report) + _how_refined(report)
    if "vectors" in report:
        known = report["vectors"]
        share = percent(known["of_training_tokens"])
        words = f"{known['words']:,} of {known['of_words']:,} words have vectors in {known['file']}"
        lines.append(f"{words} ({share} of the tokens in training)")
    if diverged:
        lines.append("diverged and dropped: restart " + ", ".join(map(str, diverged)))
    if report["stopped"] == "interrupted":
        lines.append(
            "Interrupted: this is the best so far." + (" --resume goes on." if out is not None else "")
        )
    if out is not None:
        lines.append(f"written to {out}: " + ", ".join(sorted(path.name for path in out.iterdir())))
    return Group(table, *map(Text, lines))


def _how_found(report: Mapping[str, Any]) -> list[str]:
    """How a program was found by searching."""
    search = report["search"]
    looked = f"{search['expressions']:,} expressions in {search['seconds']:.1f} s"
    return [f"found by searching, of size {search['size']}, among {looked}"]


def _how_trained(report: Mapping[str, Any]) -> list[str]:
    """How a program was trained, and what became of it."""
    before, after = report["sizes"]["before_pruning"], report["sizes"]["after_pruning"]
    best = f"restart {report['best_restart']} (of {len(report['restarts'])}) is the best"
    trained = f"{report['epochs']} epochs in {report['training_seconds']:.0f} s ({report['stopped']})"
    counted = [f"{before[what]} to {after[what]} {name}" for what, name in SIZES.items()]
    return [f"{best}; {trained}", "pruned from " + ", ".join(counted)]


def _how_tuned(report: Mapping[str, Any]) -> list[str]:
    """The settings that won, where groups had their own."""
    if "tuning" not in report:
        return []
    winner = ", ".join(f"{name} {value:g}" for name, value in report["tuning"]["winner"].items())
    return [f"tuned: of {len(report['tuning']['groups'])} groups' settings, the winner's are {winner}"]


def _how_refined(report: Mapping[str, Any]) -> list[str]:
    """What learning from counterexamples came to."""
    if "counterexamples" not in report:
        return []
    told = report["counterexamples"]
    rounds = [f"{row['wrong']:,}" for row in told["rounds"]]
    wrong = f"wrong inputs after each round: {', '.join(rounds)}" if rounds else "no round was verified"
    how = {"proved": "proved over all inputs", "unknown": "not all inputs were tried in time"}
    verdict = how.get(str(told["verdict"]), "not proved")
    return [
        f"with {told['added']:,} counterexamples: {verdict} ({wrong})",
        "These accuracies stand beside no others: verification fed back into learning.",
    ]


def trace_data(trace: Trace) -> dict[str, object]:
    """The trace of one sequence as JSON has it.

    >>> from readhead.program import LENGTH, Program
    >>> trace_data(Program((LENGTH,)).trace("ab"))["tokens"]
    ['a', 'b']
    """
    seen = len(trace.tokens[0])
    return {
        "tokens": list(trace.tokens[0]),
        "content": [bool(is_content) for is_content in trace.content[0, :seen]],
        "variables": {name: trace.values(name) for name in trace.order if name in trace.variables},
        "selectors": {
            name: trace.selectors[name][0, :seen, :seen].tolist()
            for name in trace.order
            if name in trace.selectors
        },
    }


def largest_error(errors: Mapping[str, float], gone: Mapping[str, int]) -> Text | None:
    """How far a compiled model's slots are from 0 and 1, nothing where it has none; and which are used again."""
    if not errors:
        return None
    name = max(errors, key=errors.__getitem__)
    lines = [f"largest error of a slot: {errors[name]:.1e}, of {name}"]
    if gone:
        places = ", ".join(f"{variable} (block {block})" for variable, block in gone.items())
        lines.append(f"read before their slots are used again: {places}")
    return Text("\n".join(lines))


def scored(result: Scored) -> str:
    """An accuracy, with all that it is a share of, in words."""
    from readhead.tasks.score import percent

    score = result.score
    right = f"{percent(score.accuracy)} of {score.positions:,} scored positions are right"
    of = f"{result.task}, {result.split}: {score.examples:,} examples"
    lines = [f"{right} ({of}); the commonest label gets {percent(result.majority.accuracy)}"]
    if score.entities is not None:
        found = score.entities
        lines.append(
            f"entities: F1 {percent(found.f1)}, precision {percent(found.precision)}, recall {percent(found.recall)} "
            f"({found.correct:,} of {found.expected:,} found, {found.answered:,} answered)"
        )
    lines += [
        f"  {name}: {percent(part.accuracy)} of {part.positions:,}" for name, part in result.subsets.items()
    ]
    return "\n".join(lines)


def never_answered(program: Program, dataset: Dataset) -> Text | None:
    """A note on the labels that a read-out does not have, and so can never get right."""
    from readhead.program.nodes import Classify

    readout = program.outputs[0]
    if not isinstance(readout, Classify):
        return None
    missing = [repr(label) for label in dataset.labels if label not in readout.labels]
    if not missing:
        return None
    more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
    return Text(f"this program never answers {', '.join(missing[:10])}{more}")


def tasks() -> Answer:
    """What can be learned by name."""
    from readhead.tasks import TASKS
    from readhead.tasks.hub import HUB
    from readhead.tasks.load import NAMED

    generated = Table(title="Generated tasks", title_justify="left", box=SIMPLE_HEAD)
    for column in ("name", "tokens", "longest", "whole space"):
        generated.add_column(column, no_wrap=True)
    generated.add_column("asks for")
    rows: list[dict[str, object]] = []
    for task in TASKS.values():
        tokens, space = task.vocabulary.tokens or (), task.space.count()
        generated.add_row(
            task.name,
            Text(" ".join(tokens)),
            str(task.max_length),
            f"{space:,}",
            task.summary,
        )
        rows.append(
            {
                "name": task.name,
                "summary": task.summary,
                "tokens": list(tokens),
                "labels": list(task.labels),
                "max_length": task.max_length,
                "causal": task.causal,
                "space": space,
            }
        )
    root = os.environ.get("READHEAD_DATA")
    files = Table(title="Data sets under READHEAD_DATA", title_justify="left", box=SIMPLE_HEAD)
    for column in ("name", "training file", "there"):
        files.add_column(column)
    sets: list[dict[str, object]] = []
    for name, files_of in NAMED.items():
        there = root is not None and (Path(root) / files_of.train).is_file()
        files.add_row(name, files_of.train, "yes" if there else "no" if root else "READHEAD_DATA is not set")
        sets.append({"name": name, "train": files_of.train, "available": there})
    hub = Table(title="Data sets of the Hugging Face hub", title_justify="left", box=SIMPLE_HEAD)
    for column in ("name", "repository"):
        hub.add_column(column)
    fetched: list[dict[str, object]] = []
    for name, where in HUB.items():
        hub.add_row(name, where.path)
        fetched.append({"name": name, "repository": where.path})
    data = {"tasks": rows, "data_sets": sets, "hub": fetched}
    return Answer(data, Group(generated, files, hub))
