"""Names and paths, and the well-known data sets where they are at hand."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readhead.errors import UsageError
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import load_dataset
from readhead.tasks.entities import entities
from readhead.tasks.load import NAMED

ROOT = os.environ.get("READHEAD_DATA")
needs_data = pytest.mark.skipif(not ROOT, reason="READHEAD_DATA is not set: no data to read")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "sotr",
            "there is no task or data set 'sotr'\n  instead: did you mean 'sort'? Or the path of a file",
        ),
        ("trek", "did you mean 'trec'?"),
        ("sort.jsonl", "there is no file sort.jsonl"),
        ("./sort", "there is no file ./sort"),
        ("x" * 5000, "is no task, data set or file\n  why: File name too long"),
    ],
)
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_dataset(name)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["", " "])
def test_no_name_at_all(name: str) -> None:
    with pytest.raises(UsageError, match="the name of a task, a data set or a file is missing"):
        load_dataset(name)


def test_a_path_is_never_a_name() -> None:
    with pytest.raises(UsageError, match="there is no file sort"):
        load_dataset(Path("sort"))


@pytest.mark.parametrize("name", NAMED)
def test_a_well_known_set_says_where_it_looks(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("READHEAD_DATA", raising=False)
    with pytest.raises(UsageError) as caught:
        load_dataset(name)
    assert f"where is {name}?" in str(caught.value)
    assert f"set READHEAD_DATA to the folder that holds {NAMED[name].train}" in str(caught.value)
    monkeypatch.setenv("READHEAD_DATA", str(tmp_path))
    with pytest.raises(UsageError, match="which is not there"):
        load_dataset(name)


def test_well_known_sets_are_read_like_any_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "trec").mkdir()
    (tmp_path / "mr").mkdir()
    questions = [f"NUM:count How many n{i} ?\nLOC:city Where is n\xef{i} ?\n" for i in range(20)]
    for name in ("train", "test"):
        (tmp_path / "trec" / f"{name}.txt").write_bytes("".join(questions).encode("latin-1"))
    (tmp_path / "mr" / "rt-polarity.all").write_text("0 bad film\n1 good film\n" * 20, encoding="cp1252")
    monkeypatch.setenv("READHEAD_DATA", str(tmp_path))
    trec = load_dataset("trec")
    assert ("trec", ("LOC", "NUM"), 36, 4, 40) == (
        trec.name,
        trec.labels,
        len(trec.train),
        len(trec.validation),
        len(trec.test),
    )
    assert ("LOC:city", "NUM:count") == load_dataset("trec", fine=True).labels
    by_path = load_dataset(tmp_path / "trec")
    assert (trec.train, trec.vocabulary) == (by_path.train, by_path.vocabulary)
    opinions = load_dataset("mr")
    assert {"negative", "positive"} == set(opinions.labels)
    assert {("bad", "film"): ("negative",), ("good", "film"): ("positive",)} == {
        e.tokens: e.labels for e in opinions.test
    }


@needs_data
def test_trec() -> None:
    dataset = load_dataset("trec")
    assert (5452, 500) == (len(dataset.train) + len(dataset.validation), len(dataset.test))
    count = Counter(e.labels[0] for e in (*dataset.train, *dataset.validation))
    assert {"DESC": 1162, "ENTY": 1250, "ABBR": 86, "HUM": 1223, "LOC": 835, "NUM": 896} == count
    test = Counter(e.labels[0] for e in dataset.test)
    assert {"DESC": 138, "ENTY": 94, "ABBR": 9, "HUM": 65, "LOC": 81, "NUM": 113} == test
    # The byte that is not UTF-8 is read, not dropped.
    assert any("\xf0" in token for e in (*dataset.train, *dataset.validation) for token in e.tokens)
    assert "sequence_label" == dataset.kind


SPLIT = Vocabulary(split="words").tokenize


@given(
    st.lists(
        st.sampled_from(
            ["it's", "isn't", "U.S.", "e-mail", "O'Hara", "A.", "'", ".", "s", "_", "1,000", "Été"]
        )
        | st.text(max_size=4)
    )
)
def test_splitting_tokens_joined_with_spaces_gives_them_again(pieces: list[str]) -> None:
    tokens = SPLIT("".join(pieces))
    assert tokens == SPLIT(" ".join(tokens))


def test_a_typed_question_is_split_like_a_question_of_the_treebank() -> None:
    assert ["What", "'s", "the", "capital", "of", "the", "U.S.", "?"] == SPLIT(
        "What's the capital of the U.S.?"
    )
    assert SPLIT("What's the capital of the U.S.?") == SPLIT("What 's the capital of the U.S. ?")


@needs_data
def test_trec_s_questions_are_split_as_if_typed() -> None:
    for example in load_dataset("trec").test:
        assert list(example.tokens) == SPLIT(" ".join(example.tokens))


def test_a_set_of_documents_is_split_between_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "wikigold").mkdir()
    documents = ["-DOCSTART- O\n\n" + f"d{d} I-LOC\n\nin O\nd{d} I-PER\n" for d in range(20)]
    (tmp_path / "wikigold" / "wikigold.conll.txt").write_text("\n".join(documents))
    monkeypatch.setenv("READHEAD_DATA", str(tmp_path))
    dataset = load_dataset("wikigold", seed=1, allow_unknown=True)
    splits = (dataset.train, dataset.validation, dataset.test)
    assert [28, 4, 8] == [len(split) for split in splits]
    documents_of = [{example.tokens[-1] for example in split} for split in splits]
    assert [14, 2, 4] == [len(names) for names in documents_of]
    assert 20 == len(set().union(*documents_of))
    assert dataset == load_dataset("wikigold", seed=1, allow_unknown=True)
    assert dataset.test != load_dataset("wikigold", seed=2, allow_unknown=True).test


def test_a_set_that_is_one_file_is_split_as_its_name_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "subj").mkdir()
    (tmp_path / "subj" / "subj.all").write_text("".join(f"{i % 2} sentence {i}\n" for i in range(40)))
    monkeypatch.setenv("READHEAD_DATA", str(tmp_path))
    dataset = load_dataset("subj")
    assert (32, 4, 4) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    own = tmp_path / "own.txt"
    own.write_text("0 mine\n1 yours\n")
    with_own = load_dataset("subj", test=own)
    assert (36, 4, 2) == (len(with_own.train), len(with_own.validation), len(with_own.test))


@needs_data
@pytest.mark.parametrize(
    ("name", "sizes", "labels"),
    [
        ("wnut17", (3394, 1009, 1287), 13),
        ("wikigold", (1179, 214, 303), 5),
        ("mr", (8530, 1066, 1066), 2),
        ("subj", (8000, 1000, 1000), 2),
    ],
)
def test_the_other_sets(name: str, sizes: tuple[int, int, int], labels: int) -> None:
    assert ROOT
    if not (Path(ROOT) / NAMED[name].train).is_file():
        pytest.skip(f"{name} is not under READHEAD_DATA")
    dataset = load_dataset(name)
    assert sizes == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert labels == len(dataset.labels)


@needs_data
@pytest.mark.parametrize(("name", "counts"), [("wnut17", (1975, 836, 1079)), ("wikigold", (3558,))])
def test_the_entities_that_are_published(name: str, counts: tuple[int, ...]) -> None:
    assert ROOT
    if not (Path(ROOT) / NAMED[name].train).is_file():
        pytest.skip(f"{name} is not under READHEAD_DATA")
    dataset = load_dataset(name)
    found = [
        sum(len(entities([str(label) for label in example.labels])) for example in split)
        for split in (dataset.train, dataset.validation, dataset.test)
    ]
    assert list(counts) == (found if len(counts) == 3 else [sum(found)])
