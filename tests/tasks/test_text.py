"""Files to data sets: splits, vocabularies, and the report of everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from readhead.errors import DataError, Problems, ReadheadError, UsageError
from readhead.tasks import Dataset, Example, load_dataset

WORDS = [a + b for a in "abcde" for b in "vwxyz"]


def jsonl(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(count: int, start: int = 0) -> list[dict[str, object]]:
    """Texts whose label is told by their first word; each is of its own."""
    return [
        {"text": f"{WORDS[i % 2]} {WORDS[i // 2 % 25]} {WORDS[i // 50 % 25]} end", "label": "xy"[i % 2]}
        for i in range(start, start + count)
    ]


def sequences(count: int, per_token: bool = True) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for i in range(count):
        tokens = [str(i // 5**k % 5) for k in range(4)]
        rows.append(
            {"tokens": tokens, "labels": tokens[::-1]}
            if per_token
            else {"tokens": tokens, "label": tokens[0]}
        )
    return rows


def everything(dataset: Dataset) -> list[Example]:
    return [*dataset.train, *dataset.validation, *dataset.test]


def failure(path: Path, **options: Any) -> str:
    with pytest.raises(ReadheadError) as caught:
        load_dataset(path, **options)
    return str(caught.value)


def test_one_file_is_split_by_seed(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "poems.jsonl", texts(200))
    dataset = load_dataset(path)
    assert (162, 18, 20) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert 200 == len({e.tokens for e in everything(dataset)})
    assert dataset == load_dataset(str(path), seed=0)
    assert dataset.train != load_dataset(path, seed=1).train
    assert ("poems", "sequence_label", False, None) == (
        dataset.name,
        dataset.kind,
        dataset.causal,
        dataset.max_length,
    )
    assert "poems: 2 labels; 162 train, 18 validation, 20 test examples" == dataset.description


@pytest.mark.parametrize(
    ("given", "sizes"),
    [
        (("validation",), (90, 7, 10)),
        (("test",), (90, 10, 7)),
        (("validation", "test"), (100, 7, 7)),
    ],
)
def test_splits_with_files_of_their_own(
    tmp_path: Path, given: tuple[str, ...], sizes: tuple[int, int, int]
) -> None:
    train = jsonl(tmp_path / "t.jsonl", texts(100))
    files = {part: jsonl(tmp_path / f"{part}.jsonl", texts(7, 200)) for part in given}
    dataset = load_dataset(train, **files)
    assert sizes == (len(dataset.train), len(dataset.validation), len(dataset.test))


def test_a_folder_has_a_file_for_each_split(tmp_path: Path) -> None:
    jsonl(tmp_path / "train.jsonl", texts(100))
    (tmp_path / "dev.csv").write_text("text,label\nthe end,x\n", encoding="utf-8")
    (tmp_path / "TEST.tsv").write_text("text\tlabel\na end\ty\n", encoding="utf-8")
    (tmp_path / "README").write_text("not data", encoding="utf-8")
    dataset = load_dataset(tmp_path)
    assert (100, 1, 1) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert tmp_path.name == dataset.name
    other = jsonl(tmp_path / "other.jsonl", texts(9))
    assert 9 == len(load_dataset(tmp_path, test=str(other)).test)


def test_a_folder_without_a_training_file_or_with_two(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no file called train"):
        load_dataset(tmp_path)
    for suffix in ("csv", "jsonl"):
        (tmp_path / f"train.{suffix}").touch()
    with pytest.raises(UsageError, match=r"has 2 train files: train\.csv, train\.jsonl"):
        load_dataset(tmp_path)


def test_words_are_cut_off_lowered_and_folded_and_the_unknown_token_stands_in(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": "The year 1984 ?", "label": "x"}] * 3
    rows += [{"text": "the Hapax", "label": "y"}]
    files = {part: jsonl(tmp_path / f"{part}.jsonl", rows[:1]) for part in ("validation", "test")}
    path = jsonl(tmp_path / "a.jsonl", rows)
    vocabulary = load_dataset(path, **files).vocabulary
    assert ("the", "0000", "?", "year") == vocabulary.tokens
    assert ("<s>", "</s>", "<unk>", "words") == (
        vocabulary.begin,
        vocabulary.end,
        vocabulary.unknown,
        vocabulary.split,
    )
    assert ("<s>", "the", "<unk>", "0000", "</s>") == vocabulary.sequence("The hapax 2001")
    plain = load_dataset(path, **files, lower=False, fold_digits=False, min_count=1).vocabulary
    assert {"The", "the", "year", "1984", "?", "Hapax"} == set(plain.tokens or ())
    few = load_dataset(path, **files, max_vocabulary=2, begin=None, end=None, unknown="[UNK]").vocabulary
    assert (("the", "0000"), None, None, "[UNK]") == (few.tokens, few.begin, few.end, few.unknown)


def test_only_the_training_split_makes_the_vocabulary(tmp_path: Path) -> None:
    test = jsonl(tmp_path / "test.jsonl", [{"text": "zebra zebra zebra", "label": "x"}])
    dataset = load_dataset(jsonl(tmp_path / "a.jsonl", texts(100)), test=test)
    assert "zebra" not in (dataset.vocabulary.tokens or ())


def test_tagging_keeps_the_case_and_the_given_tokens(tmp_path: Path) -> None:
    lines = [f"Word{chr(97 + i % 26)}{chr(97 + i // 26)}\t{'O' if i % 3 else 'B-x'}\n\n" for i in range(400)]
    path = tmp_path / "a.conll"
    path.write_text("".join(lines), encoding="utf-8")
    dataset = load_dataset(path, min_count=1)
    assert (False, True) == (dataset.vocabulary.lower, dataset.vocabulary.fold_digits)
    assert "<unk>" == dataset.vocabulary.unknown
    assert ("O", "B-x") == dataset.labels
    assert "token_labels" == dataset.kind
    assert ("Wordaa",) in {e.tokens for e in everything(dataset)}


@pytest.mark.parametrize("per_token", [True, False])
def test_few_symbols_are_kept_as_they_are(tmp_path: Path, per_token: bool) -> None:
    dataset = load_dataset(jsonl(tmp_path / "a.jsonl", sequences(300, per_token)))
    vocabulary = dataset.vocabulary
    assert (("0", "1", "2", "3", "4"), None) == (vocabulary.tokens, vocabulary.unknown)
    assert (False, False, "characters") == (vocabulary.lower, vocabulary.fold_digits, vocabulary.split)
    assert ("token_labels" if per_token else "sequence_label") == dataset.kind


def test_an_unseen_symbol_is_an_error_unless_it_may_be_unknown(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", sequences(300))
    test = jsonl(tmp_path / "b.jsonl", [{"tokens": ["0", t], "labels": ["0", "1"]} for t in "09x"])
    message = failure(path, test=test)
    assert "a: 2 problem(s), so nothing is loaded" in message
    assert f"{test}:2: the token '9' is not in the training split" in message
    assert "allow_unknown=True" in message
    assert "<unk>" == load_dataset(path, test=test, allow_unknown=True).vocabulary.unknown


def test_dropped_tokens_need_the_unknown_token(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", sequences(300))
    assert "<unk>" == load_dataset(path, max_vocabulary=2).vocabulary.unknown
    assert "drop 3 of 5 tokens" in failure(path, max_vocabulary=2, allow_unknown=False)


def test_a_token_that_is_also_a_marker(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [*texts(99), {"tokens": ["<UNK>"], "label": "x"}] * 3)
    message = failure(path)
    assert "the token '<UNK>' is also a marker" in message
    assert "a.jsonl:100" in message or "a.jsonl:200" in message or "a.jsonl:300" in message
    assert "[UNK]" == load_dataset(path, unknown="[UNK]").vocabulary.unknown


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    train = jsonl(tmp_path / "a.jsonl", [*texts(20), {"text": "a"}, {"tokens": ["a"], "labels": ["x"]}])
    test = jsonl(tmp_path / "b.jsonl", [*texts(3), {"text": "", "label": "x"}, {"text": "a", "label": "z"}])
    with pytest.raises(Problems) as caught:
        load_dataset(train, test=test)
    problems = caught.value.problems
    assert [f"{train}:21", f"{test}:4", f"{train}:22", f"{test}:5"] == [p.where for p in problems]
    assert "a: 4 problem(s), so nothing is loaded" == caught.value.what
    assert "this row has a label for each token" in str(problems[2])
    assert "the first has one label" in str(problems[2])
    assert "the label 'z' is not in the training file" in str(problems[3])


def test_fifty_problems_are_printed_and_the_others_counted(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"text": "a"}] * 1300)
    message = failure(path)
    assert "a: 1,300 problem(s)" in message
    assert f"{path}:50:" in message
    assert f"{path}:51:" not in message
    assert message.endswith("- and 1,250 more")


def test_contents_that_are_in_train_and_test_are_kept_and_counted(tmp_path: Path) -> None:
    train, test = (
        jsonl(tmp_path / "a.jsonl", texts(50) * 2),
        jsonl(tmp_path / "b.jsonl", texts(3) + texts(1, 99)),
    )
    dataset = load_dataset(train, test=test)
    assert (90, 4) == (len(dataset.train), len(dataset.test))
    assert "3 of the test contents are also in train" in dataset.description


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"text": "a", "label": "x"}] * 50, "a: the training file has only the label 'x'"),
        ([{"tokens": ["a"], "labels": [None]}] * 50, "a: the training file has no label"),
        (texts(3), "the validation split has no scored example"),
        (texts(2), "or a file of its own: validation="),
        ([], "has no rows"),
    ],
)
def test_data_that_cannot_be_learned_from(
    tmp_path: Path, rows: list[dict[str, object]], message: str
) -> None:
    path = jsonl(tmp_path / "a.jsonl", rows)
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert message in str(caught.value)


def test_a_test_file_without_a_label(tmp_path: Path) -> None:
    train = jsonl(tmp_path / "a.jsonl", sequences(99))
    test = jsonl(tmp_path / "b.jsonl", [{"tokens": ["0"], "labels": [None]}])
    assert "the test split has no scored example" in failure(train, test=test)


def test_long_contents_are_kept_whole(tmp_path: Path) -> None:
    long = {"text": "word " * 5000, "label": "x"}
    dataset = load_dataset(jsonl(tmp_path / "a.jsonl", [*texts(50), long]))
    assert 5000 == max(len(e.tokens) for e in everything(dataset))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_cuont": 2}, r"data files have no option 'min_cuont'"),
        ({"min_count": 0}, "min_count is a whole number from 1, got 0"),
        ({"max_vocabulary": True}, "max_vocabulary is a whole number from 1, got True"),
        ({"lower": "yes"}, "lower is True or False, got 'yes'"),
        ({"fine": 1}, "fine is True or False, got 1"),
        ({"begin": ""}, "begin is a non-empty string, got ''"),
        ({"unknown": None}, "unknown is a non-empty string, got None"),
        ({"test": 3}, "test is a path, got 3"),
        ({"symbols": 3}, "data files have no option 'symbols'"),
        ({"test": "nowhere.csv"}, "there is no file nowhere.csv"),
    ],
)
def test_options_that_files_cannot_have(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    path = jsonl(tmp_path / "a.jsonl", texts(50))
    with pytest.raises(UsageError) as caught:
        load_dataset(path, **options)
    assert message in str(caught.value)
