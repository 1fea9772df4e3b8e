"""Which spellings of unknown words a data set's vocabulary lists, and the option that decides."""

from __future__ import annotations

import json

import pytest

from readhead.errors import DataError, UsageError
from readhead.tasks import load_dataset
from readhead.tasks.spellings import ENDED, ENDINGS, ENOUGH, spellings_of


def test_spellings_that_enough_rare_words_have_are_listed():
    words = ["Vilnius"] * ENOUGH + ["12"] * (ENOUGH - 1) + ["running"] * ENOUGH
    assert ("title", "lower", "title-s", "lower-ing") == spellings_of(words)
    assert () == spellings_of(words[1:ENOUGH])


def test_of_several_endings_the_longest_counts():
    assert ("lower", "lower-ly") == spellings_of(["gladly"] * ENOUGH)
    assert all(ending == ending.lower() for ending in ENDINGS) and set(ENDED) == {"title", "lower"}


def rows(tagged: bool, extra: str = "Xenia") -> list[dict[str, object]]:
    """Sentences of two common words and a rare name."""
    made: list[dict[str, object]] = []
    for i in range(400):
        words = [
            f"w{'ab'[i % 2]}{chr(97 + i % 20)}",
            f"v{chr(97 + i % 26)}",
            f"{extra}{chr(97 + i % 26)}{'q' * (i // 26)}",
        ]
        made.append(
            {"tokens": words, "labels": ["O", "O", "B-PER"]}
            if tagged
            else {"text": " ".join(words), "label": "ab"[i % 2]}
        )
    return made


@pytest.fixture
def file(tmp_path):
    def write(given):
        path = tmp_path / "data.jsonl"
        path.write_text("\n".join(map(json.dumps, given)), "utf-8")
        return path

    return write


def test_words_with_labels_for_each_token_are_told_apart_unless_asked_otherwise(file):
    path = file(rows(tagged=True))
    vocabulary = load_dataset(path).vocabulary
    assert ("title",) == vocabulary.spellings
    assert "<unk:title>" == vocabulary.sequence(["Nobody"])[1]
    assert "<unk>" == vocabulary.sequence(["nobody"])[1]
    assert () == load_dataset(path, unknown_spelling=False).vocabulary.spellings
    assert (
        ()
        == load_dataset(
            path, allow_unknown=False, min_count=1, test=path, validation=path
        ).vocabulary.spellings
    )


def test_texts_are_told_apart_when_asked(file):
    path = file(rows(tagged=False))
    assert () == load_dataset(path).vocabulary.spellings
    vocabulary = load_dataset(path, unknown_spelling=True).vocabulary
    assert vocabulary.lower and ("title",) == vocabulary.spellings
    assert ("<unk:title>", "<unk>") == vocabulary.sequence(["Nobody", "nobody"])[1:3]


def test_what_is_refused(file):
    path = file(rows(tagged=True))
    with pytest.raises(UsageError) as caught:
        load_dataset(path, unknown_spelling=True, allow_unknown=False, min_count=1)
    assert "there are none here" in str(caught.value) and "allow_unknown=True" in str(caught.value)
    with pytest.raises(UsageError) as caught:
        load_dataset(path, unknown_spelling="yes")
    assert "unknown_spelling is True or False, got 'yes'" in str(caught.value)
    marked = [*rows(tagged=True), {"tokens": ["<unk:title>", "wa"], "labels": ["O", "O"]}] * 2
    with pytest.raises(DataError) as caught:
        load_dataset(file(marked))
    assert "'<unk:title>' is also a marker" in str(caught.value)
