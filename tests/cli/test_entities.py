"""Entities, word vectors and the hub on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import readhead as rh
from readhead.cli.tables import learned
from readhead.learn import learn
from readhead.program import CategoricalScores, Classify, Program, Tokens, Vocabulary

Cli = Any
ROWS = [
    (["jane", "austen", "wrote"], ["B-PER", "I-PER", "O"]),
    (["emma", "in", "bath"], ["B-PER", "O", "B-LOC"]),
    (["she", "wrote", "emma"], ["O", "O", "B-PER"]),
]


def write(path: Path, rows: list[tuple[list[str], list[str]]]) -> Path:
    path.write_text("".join(json.dumps({"tokens": t, "labels": tags}) + "\n" for t, tags in rows))
    return path


def tagger() -> Program:
    """Knows names, and takes every word of a name for a name of its own."""
    words = Vocabulary(("jane", "austen", "emma", "bath"), unknown="<unk>", lower=True, split="words")
    scores = tuple((word, (0, int(word != "bath"), int(word == "bath"))) for word in words.tokens or ())
    readout = Classify(("O", "B-PER", "B-LOC"), (CategoricalScores(Tokens(), scores),))
    return Program((readout,), words)


def test_entities_are_counted_beside_labels(cli: Cli, tmp_path: Path) -> None:
    tagger().save(tmp_path / "tagger.json")
    data = write(tmp_path / "names.jsonl", ROWS * 10)
    done = cli("evaluate", tmp_path / "tagger.json", data, "--split", "all")
    assert "88.88% of 90 scored positions are right" in done.out
    assert "entities: F1 66.66%, precision 60.00%, recall 75.00% (30 of 40 found, 50 answered)\n" in done.out
    found = cli("evaluate", tmp_path / "tagger.json", data, "--split", "all", "--json").data
    assert pytest.approx((2 / 3, 0.6, 0.75)) == (found["f1"], found["precision"], found["recall"])


def test_other_labels_have_no_entities(cli: Cli, folder: Path) -> None:
    done = cli("evaluate", folder / "hist.json", "hist", "--examples", 100)
    assert "entities" not in done.out
    assert "f1" not in cli("evaluate", folder / "hist.json", "hist", "--examples", 100, "--json").data


def table(report: dict[str, Any]) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(learned(report, None))
    return out.getvalue()


def test_learning_reports_entities_and_vectors(tmp_path: Path) -> None:
    names = [f"name{chr(97 + i)}" for i in range(20)]
    rows = [([name, "wrote", other], ["B-PER", "O", "B-PER"]) for name in names for other in names[:5]]
    data = write(tmp_path / "names.jsonl", rows)
    result = learn(data, preset="quick", method="gradient", restarts=1, device="cpu")
    report = result.report
    test = rh.load_dataset(data).test
    counted = rh.score(result.program, test).entities
    assert counted is not None
    assert (counted.f1, counted.precision, counted.recall) == (
        report["test_f1"],
        report["test_precision"],
        report["test_recall"],
    )
    assert {"train_f1", "validation_f1"} <= report.keys()
    assert "F1 of whole entities: " in result.program.description
    assert "F1 of entities" in table(report)
    about = {"file": "v.txt", "dimensions": 2, "words": 9, "of_words": 21, "of_training_tokens": 0.75}
    assert "9 of 21 words have vectors in v.txt (75.00% of the tokens in training)" in table(
        report | {"vectors": about}
    )


def test_vectors_that_are_not_there(cli: Cli, tmp_path: Path) -> None:
    words = [f"word{chr(97 + i)}{chr(97 + j)}" for i in range(6) for j in range(6)]
    data = write(tmp_path / "names.jsonl", [([a, b], ["O", "B-X"]) for a in words for b in words[:3]])
    done = cli("learn", data, "--preset", "quick", "--vectors", tmp_path / "none.txt")
    assert (2, f"there is no file {tmp_path / 'none.txt'}\n") == (done.status, done.err)
    done = cli("learn", "sort", "--preset", "quick", "--vectors", tmp_path / "none.txt")
    assert "sort has no use for word vectors" in done.err


def test_columns_of_the_hub_are_named_as_options_are_typed(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="datasets is not installed")
    lines = [json.dumps({"premise": "a b", "hypothesis": "b a", "label": "yn"[i % 2]}) for i in range(40)]
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "train.jsonl").write_text("\n".join(lines))
    done = cli("learn", f"hub:{tmp_path / 'pairs'}")
    assert 2 == done.status
    assert "name it with --text-column or --tokens-column" in done.err


def test_the_hub_is_among_what_can_be_learned_by_name(cli: Cli) -> None:
    names = {entry["name"]: entry["repository"] for entry in cli("tasks", "--json").data["hub"]}
    assert "fancyzhx/ag_news" == names["ag_news"]
    assert "conll2003" in cli("tasks").out
