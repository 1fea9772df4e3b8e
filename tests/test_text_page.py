"""docs/text.md is what its script makes of the program and the sentences that are checked in."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import readhead as rh
from readhead.program import CategoricalScores, Classify, Map, Program, Table, Tokens, Vocabulary
from readhead.reason.classes import word_classes
from readhead.tasks import Dataset, Example

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def text() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_text", ROOT / "docs" / "make_text.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_text"] = module
    spec.loader.exec_module(module)
    return module


def program() -> Program:
    """Names are unknown words with a capital, and Rome."""
    vocabulary = Vocabulary(("went", "to", "Rome", "."), unknown="<unk>", split="words", spellings=("title",))
    kind = Map(Table([(("<unk:title>",), 2), (("Rome",), 1)], 0), (Tokens(name="tokens"),), name="kind")
    scores = CategoricalScores(kind, [(2, (0, 7, 3)), (1, (0, 0, 9)), (0, (4, 0, 0))])
    return Program((Classify(("O", "PER", "LOC"), (scores,), name="prediction"),), vocabulary)


def dataset() -> Dataset:
    rows = [
        ("went to", "O O"),
        ("Rome .", "LOC O"),
        ("Ann went to Rome .", "PER O O LOC O"),
        ("Ann went to Oslo .", "PER O O LOC O"),
        ("Bob went .", "PER O O"),
        ("Bob to Paris", "PER O LOC"),
        ("Ann Ann .", "PER PER O"),
        (" ".join(["Rome"] * 15), " ".join(["LOC"] * 15)),
    ]
    test = tuple(Example(tuple(words.split()), tuple(labels.split())) for words, labels in rows)
    found = program()
    return Dataset(
        "wikigold", found.vocabulary, ("O", "PER", "LOC"), "token_labels", False, None, (), (), test
    )


REPORT = {
    "preset": "quick",
    "seed": 0,
    "examples": {"train": 1000, "validation": 2, "test": 8},
    "test_f1": 0.5,
    "test_precision": 0.25,
    "test_recall": 0.75,
    "test_accuracy": 0.9,
    "majority_accuracy": 0.8,
}


def test_the_page_is_the_one_that_the_program_makes(text) -> None:
    saved, report, sentences = text.saved()
    assert text.PAGE.read_text("utf-8") == text.page(saved, report, sentences)
    assert f"{report['test_f1']:.1%}" in text.PAGE.read_text("utf-8")
    assert 4 == len(sentences)


def test_the_program_that_is_checked_in_holds_words_and_no_sentences(text) -> None:
    assert text.PROGRAM.stat().st_size < 300_000
    saved = rh.load(text.PROGRAM)
    words = set(saved.vocabulary.symbols or ())
    data = json.loads(text.PROGRAM.read_text("ascii"))
    keys = {
        key[0]
        for node in data["nodes"]
        if isinstance(node.get("function"), dict)
        for key, _ in node["function"]["table"]
        if isinstance(key[0], str)
    }
    assert keys
    assert keys <= words
    assert word_classes(saved)


def test_sentences_are_chosen_by_a_rule(text) -> None:
    chosen = text.chosen(program(), dataset())
    assert ["Ann went to Rome .", "Ann Ann .", "Bob went .", "Ann went to Oslo ."] == [
        " ".join(s.tokens) for s in chosen
    ]


def test_a_page_says_what_fires_and_what_would_mend_a_mistake(text) -> None:
    page = text.page(program(), REPORT, text.chosen(program(), dataset()))
    assert "learned (preset `quick`, seed 0; 1,000 sentences" in page
    assert "| F1 of whole names in the test sentences | 50.0% |" in page
    assert "| `LOC` | 1 | `Rome` |  |" in page
    assert "| `PER` | 0 |  | `<unk:title>` |" in page
    assert "| Ann | `<unk:title>` | `PER` | `kind` is `<unk:title> (PER)` +4 (over `LOC` by 4) |" in page
    assert "| Oslo | `<unk:title>` | `PER`, should be `LOC` |" in page
    assert "1 of 5 answers is wrong." in page
    assert "- `kind` at *Oslo*: `Rome (LOC)` instead of `<unk:title> (PER)`" in page
    assert "Besides the word classes there are none." in page


def test_a_mistake_that_nothing_mends_is_told_as_such(text) -> None:
    found = program()
    readout = found.outputs[0]
    assert isinstance(readout, Classify)
    never = replace(readout, inputs=(CategoricalScores(readout.inputs[0].variable, [(2, (0, 7, 0))]),))
    page = text.page(replace(found, outputs=(never,)), REPORT, text.chosen(found, dataset())[-1:])
    assert "the scores themselves are wrong for such words" in page


def test_signs_are_written_as_they_are(text) -> None:
    assert r"\<s\> a\|b \*" == text.escaped("<s> a|b *")
    assert r"`a\|b`" == text.code("a|b")
    assert "`` ` ``" == text.code("`")


def test_a_run_is_taken_over(text, tmp_path, monkeypatch) -> None:
    program().save(tmp_path / "program.json")
    (tmp_path / "report.json").write_text(json.dumps({**REPORT, "more": 1}))
    monkeypatch.setattr(text, "PROGRAM", tmp_path / "taken.json")
    monkeypatch.setattr(text, "SENTENCES", tmp_path / "sentences.json")
    monkeypatch.setattr(text, "PAGE", tmp_path / "text.md")
    monkeypatch.setattr(text.rh, "load_dataset", lambda name, seed: dataset())
    monkeypatch.setattr(sys, "argv", ["make_text.py", "--from", str(tmp_path)])
    text.main()
    saved, report, sentences = text.saved()
    assert (program(), REPORT, text.chosen(program(), dataset())) == (saved, report, sentences)
    assert (tmp_path / "text.md").read_text("utf-8") == text.page(saved, report, sentences)
    other = replace(dataset(), vocabulary=Vocabulary(("a",)))
    monkeypatch.setattr(text.rh, "load_dataset", lambda name, seed: other)
    with pytest.raises(SystemExit, match="was learned from other data"):
        text.take(tmp_path)
