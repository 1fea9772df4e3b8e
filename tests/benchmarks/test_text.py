"""Real text: all methods see the same, simple baselines are what they say, models learn, the page says what was reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import linear
import ordinary
import sequences
import text
import text_report
import yardstick_text
from readhead.program.nodes import Aggregate, Map, Select, Table, Tokens
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import Dataset, Example

VOCABULARY = Vocabulary(
    ("is", "what", "who"), begin="<s>", end="</s>", unknown="<unk>", lower=True, split="words"
)


def dataset(kind: Any, examples: tuple[Example, ...], labels: tuple[str, ...]) -> Dataset:
    return Dataset("toy", VOCABULARY, labels, kind, False, None, examples, examples, examples)


QUESTIONS = dataset(
    "sequence_label",
    tuple(
        Example(words, (label,))
        for words, label in [
            (("What", "is", "is", "zyzzyva"), "DESC"),
            (("WHO",), "HUM"),
            (("who", "is"), "HUM"),
            (("what", "is"), "DESC"),
            (("what", "what", "is"), "DESC"),
        ]
    ),
    ("DESC", "HUM"),
)
TAGGED = dataset(
    "token_labels",
    (
        Example(("who", "is", "Ann", "Lee"), ("O", "O", "B-PER", "I-PER")),
        Example(("what", "is", "it"), ("O", "O", None)),
        Example(("Bob",), ("B-PER",)),
    ),
    ("O", "B-PER", "I-PER"),
)
BOTH = pytest.mark.parametrize("data", [QUESTIONS, TAGGED], ids=["questions", "entities"])


def test_codes_are_what_the_vocabulary_reads() -> None:
    data = sequences.coded(TAGGED, TAGGED.train)
    assert data.tokens.tolist() == [[4, 3, 1, 6, 6, 5], [4, 2, 1, 6, 5, 0], [4, 6, 5, 0, 0, 0]]
    assert data.lengths.tolist() == [6, 5, 3]
    skip = sequences.NOT_SCORED
    assert data.labels.tolist() == [
        [skip, 0, 0, 1, 2, skip],
        [skip, 0, 0, skip, skip, skip],
        [skip, 1, skip, skip, skip, skip],
    ]
    assert sequences.coded(QUESTIONS, QUESTIONS.train).labels.tolist() == [[0], [1], [1], [0], [0]]


@BOTH
def test_an_epoch_has_every_example_once(data: Dataset) -> None:
    examples = data.train * 7
    split = sequences.coded(data, examples)
    rng = torch.Generator().manual_seed(0)
    rows = [
        (tuple(t for t in tokens if t), tuple(label for label in labels if label >= 0))
        for some, them in sequences.batches(split, 2, rng)
        for tokens, labels in zip(some.tolist(), them.tolist(), strict=True)
    ]
    expected = [
        (tuple(t for t in tokens if t), tuple(label for label in labels if label >= 0))
        for tokens, labels in zip(split.tokens.tolist(), split.labels.tolist(), strict=True)
    ]
    assert sorted(rows) == sorted(expected)


@BOTH
def test_answers_stand_at_the_content_and_are_scored_as_a_program_s(data: Dataset) -> None:
    split = sequences.coded(data, data.test)
    by_tokens = {
        tuple(tokens): labels for tokens, labels in zip(split.tokens.tolist(), split.labels, strict=True)
    }

    def right(tokens: torch.Tensor) -> torch.Tensor:
        longest = split.tokens.shape[1]
        rows = [by_tokens[(*row, *[0] * (longest - len(row)))] for row in tokens.tolist()]
        width = tokens.shape[1] if data.kind == "token_labels" else 1
        codes = torch.stack(rows)[:, :width].clamp(min=0)
        return torch.nn.functional.one_hot(codes, len(data.labels)).float()

    given = sequences.answers(data, split, right, size=2)
    shares = sequences.figures(data, data.test, given)
    names = ["accuracy"] if data is QUESTIONS else ["accuracy", "precision", "recall", "f1"]
    assert shares == dict.fromkeys(names, 1.0)
    if data is TAGGED:
        assert [len(e.tokens) for e in data.test] == [len(g) for g in given]


def test_the_figure_of_entities_is_their_f1() -> None:
    given = [["O", "O", "B-PER", "I-PER"], ["O", "O", "O"], ["O"]]
    shares = sequences.figures(TAGGED, TAGGED.test, given)
    assert (shares["precision"], shares["recall"]) == (1.0, 0.5)
    assert sequences.figure(shares) == pytest.approx(2 / 3)


def test_the_commonest_label_and_tag() -> None:
    assert linear.always(QUESTIONS, 0).answers["test"] == ["DESC"] * 5
    assert linear.always(TAGGED, 0).answers["test"] == [["O"] * 4, ["O"] * 3, ["O"]]
    assert linear.commonest_tag(TAGGED, 0).answers["test"] == [
        ["O", "O", "B-PER", "B-PER"],
        ["O", "O", "B-PER"],
        ["B-PER"],
    ]


def test_the_bag_of_words_counts_what_the_program_sees_without_markers() -> None:
    bags = linear.counts(QUESTIONS, [linear.content(QUESTIONS, e) for e in QUESTIONS.train[:2]])
    assert bags.toarray().tolist() == [[2, 1, 0, 0, 0, 1], [0, 0, 1, 0, 0, 0]]


@BOTH
def test_regression_learns_what_words_tell(data: Dataset) -> None:
    outcome = linear.regression(data, 0)
    assert outcome.settings["C"] in linear.STRENGTHS
    if data is QUESTIONS:
        assert outcome.answers["test"] == [e.labels[0] for e in data.test]
    else:
        assert outcome.answers == linear.commonest_tag(data, 0).answers


@BOTH
def test_the_ordinary_transformer_learns_and_takes_the_best_of_the_grid(data: Dataset) -> None:
    grid = (ordinary.Setting(4, 1e-5, 0.5), ordinary.Setting(16, 1e-2, 0.0))
    outcome = ordinary.transformer(data, 0, 1, 3, grid, most_epochs=20)
    assert (outcome.settings["width"], outcome.settings["rate"]) == (16, 1e-2)
    assert len(outcome.settings["grid"]) == 2
    shares = sequences.figures(data, data.test, outcome.answers["test"])
    assert sequences.figure(shares) == 1.0
    again = ordinary.transformer(data, 0, 1, 3, grid[1:], most_epochs=20)
    assert again.answers == outcome.answers


def test_padding_changes_nothing() -> None:
    torch.manual_seed(0)
    model = ordinary.Transformer(9, 8, 3, 2, 2, 8, 0.0, pooled=True).eval()
    tokens = torch.tensor([[4, 1, 2, 5]])
    padded = torch.nn.functional.pad(tokens, (0, 3))
    torch.testing.assert_close(model(tokens), model(padded))
    program = yardstick_text.TextProgram(yardstick_text.CLASSIFICATION, 9, 8, 3, pooled=True).eval()
    torch.testing.assert_close(program(tokens), program(padded))


@BOTH
def test_the_yardstick_on_text_is_discrete_when_evaluated_and_learns(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = yardstick_text.Protocol(
        2, 8, layers=1, heads=2, mlps=1, width=8, epochs=60, batch=2, rate=0.05, dropout=0.0
    )
    monkeypatch.setattr(yardstick_text, "protocol_of", lambda _: small)
    outcome = yardstick_text.program(data, 0, most_epochs=40)
    assert outcome.settings["epochs"] == 40
    shares = sequences.figures(data, data.test, outcome.answers["test"])
    assert sequences.figure(shares) > 0.6
    torch.manual_seed(0)
    model = yardstick_text.TextProgram(small, 9, 8, 3, pooled=False)
    tokens = torch.tensor([[4, 1, 2, 5]])
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    stream = model.embedded(tokens)
    assert set(stream.unique().tolist()) == {0.0, 1.0}
    assert (stream.sum(-1) == 1).all()
    assert torch.equal(model(tokens), model(tokens))


def test_the_yardstick_follows_the_kind_of_data() -> None:
    assert yardstick_text.protocol_of(QUESTIONS) is yardstick_text.CLASSIFICATION
    assert yardstick_text.protocol_of(TAGGED) is yardstick_text.TAGGING


def test_word_tables_are_those_that_read_tokens() -> None:
    words = Map(Table([(("a",), 1), (("b",), 2)], default=0), (Tokens(),), name="words")
    again = Map(Table([((1,), 5)], default=0), (words,), name="again")
    select = Select(words, words, "==")
    program = Program((Aggregate(select, again, "sum", 0),))
    assert text_report.word_tables(program) == (1, 3)


def a_record(data: str, method: str, seed: int, figure: float, **settings: object) -> dict[str, Any]:
    sizes = {"lines": 90, "heads": 2, "word_tables": 3, "word_classes": 12, "table_entries": 700}
    return {
        "data": data,
        "method": method,
        "seed": seed,
        "digest": f"{data}{seed}",
        "figure": figure,
        "cpu_seconds": 12.3,
        "settings": settings,
        "size": sizes if method == "Readhead" else {},
        "hardware": {"cpu": "A", "cores": 2},
        "versions": {"python": "3.11"},
    }


RECORDS = [
    a_record("trec", "majority", 0, 0.188),
    *(a_record("trec", "ordinary transformer", seed, 0.86, layers=1, heads=3) for seed in (0, 1)),
    *(a_record("trec", "yardstick", seed, 0.8, epochs=5, protocol={"epochs": 10}) for seed in (0, 1)),
    *(a_record("trec", "Readhead", seed, 0.86 + seed / 50, preset="default") for seed in (0, 1)),
    a_record("wikigold", "ordinary transformer", 0, 0.5, layers=2, heads=6),
    a_record("wikigold", "yardstick", 1, 0.4, epochs=50, protocol={"epochs": 50}),
    a_record("wikigold", "Readhead", 0, 0.4, preset="default"),
]


def test_the_tables_show_every_seed_and_what_was_bounded() -> None:
    rows = text_report.figure_table(RECORDS).splitlines()
    what = "trec: types of questions (accuracy)"
    assert f"| {what} | majority | 18.8 |  | 18.8 | 0.0 | 12 |" in rows
    assert f"| {what} | ordinary transformer, 1 x 3 heads | 86.0 | 86.0 | 86.0 | 0.0 | 12 |" in rows
    assert f"| {what} | yardstick, 5 of its 10 epochs | 80.0 | 80.0 | 80.0 | 0.0 | 12 |" in rows
    assert f"| {what} | Readhead, preset `default` | 86.0 | 88.0 | 87.0 | 2.0 | 12 |" in rows
    assert "| trec | 90 | 2 | 3 | 12 | 700 |" in text_report.size_table(RECORDS).splitlines()


def test_the_aims_are_compared_on_the_same_seeds_only() -> None:
    assert text_report.aim_table(RECORDS).splitlines()[2:] == [
        "| trec | 87.0 | 86.0 (+1.0) | reached | 80.0 (+7.0) | reached |",
        "| wikigold | 40.0 | 50.0 (-10.0) | falls short | not measured on the same seeds |  |",
    ]


def test_the_section_has_all_its_parts_and_no_gap() -> None:
    page = text_report.section(RECORDS, "0.1, 1", "64 wide, 0.001, 0.2")
    assert page.startswith("## Real text\n")
    for part in ("0.1, 1", "64 wide", "reached", "table entries", "CoNLL-2003", "Measured on A"):
        assert part in page
    assert "{" not in page
    assert "falls short" not in text_report.section(RECORDS[:1], "1", "")


def test_records_of_other_data_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "FOLDER", tmp_path)
    for record in RECORDS[:2]:
        path = text.path_of(record["data"], record["method"], record["seed"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))
    assert len(text.recorded()) == 2
    path.write_text(json.dumps(RECORDS[1] | {"digest": "another"}))
    with pytest.raises(SystemExit, match="trec, seed 0: ordinary transformer saw other data"):
        text.recorded()


def test_a_digest_tells_data_apart() -> None:
    assert text.digest(QUESTIONS) == text.digest(QUESTIONS)
    assert text.digest(QUESTIONS) != text.digest(TAGGED)


def test_a_run_is_recorded_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data" / "trec"
    folder.mkdir(parents=True)
    lines = [f"HUM:x who is it {i}\nLOC:x where is it {i}\n" for i in range(40)]
    for name in ("train", "test"):
        (folder / f"{name}.txt").write_text("".join(lines))
    monkeypatch.setenv("READHEAD_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(text, "FOLDER", tmp_path / "results")
    written: list[str] = []
    monkeypatch.setattr(text, "write_section", lambda _name, page: written.append(page))
    monkeypatch.setattr("sys.argv", ["text.py", "--quick", "--methods", "majority", "ordinary transformer"])
    text.main()
    record = json.loads(text.path_of("trec", "ordinary transformer", 0).read_text())
    assert record["figure"] == record["splits"]["test"]["accuracy"] == 1.0
    assert (record["settings"]["layers"] >= 1, record["settings"]["width"]) == (True, 64)
    assert "trec, majority, seed 0: 50.0" in capsys.readouterr().out
    text.main()
    assert "CPU s" not in capsys.readouterr().out.splitlines()[0]
    assert len(written) == 2 and written[0] == written[1]
