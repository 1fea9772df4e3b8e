"""Word vectors: what is read of a file, what is refused, and the word classes that training starts with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from readhead.errors import DataError, UsageError
from readhead.learn import learn
from readhead.learn.choices import unflatten
from readhead.learn.learner import make_setting
from readhead.learn.population import new_group
from readhead.learn.report import identity
from readhead.learn.vectors import LEAD, class_logits, coverage, for_learning, k_means, read_vectors
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import Dataset, Example

GROUPS = ("animal", "colour", "tool", "town")
WORDS = [f"{group}{chr(97 + i)}" for group in GROUPS for i in range(8)]
VOCABULARY = Vocabulary(
    tuple(WORDS), begin="<s>", unknown="<unk>", lower=True, fold_digits=True, split="words"
)


def write(path: Path, words: list[str], size: int = 6) -> Path:
    """Vectors near one of four corners, by group."""
    rng = np.random.default_rng(0)
    corners = {group: 5 * np.eye(len(GROUPS), size)[i] for i, group in enumerate(GROUPS)}
    lines = []
    for word in words:
        numbers = corners.get(word[:-1], np.zeros(size)) + 0.1 * rng.standard_normal(size)
        lines.append(" ".join([word, *(f"{n:.4f}" for n in numbers)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def texts() -> Dataset:
    """Texts of two words of one group, which is the label."""
    examples = tuple(
        Example((a, b), (group,))
        for k, group in enumerate(GROUPS)
        for a in WORDS[8 * k : 8 * k + 8]
        for b in WORDS[8 * k : 8 * k + 8]
    )
    return Dataset(
        "groups", VOCABULARY, GROUPS, "sequence_label", False, None, examples, examples[::5], examples[::7]
    )


def test_only_words_of_the_vocabulary_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "v.txt", ["the", *WORDS[3:20], "of", "towna"])
    found = read_vectors(path, VOCABULARY)
    assert [*range(3, 20), WORDS.index("towna")] == found.rows.tolist()
    assert (18, 6) == found.vectors.shape
    assert np.allclose(1, np.linalg.norm(found.vectors, axis=1))
    about = coverage(found, texts())
    assert ("v.txt", 6, 18, 32) == (about["file"], about["dimensions"], about["words"], about["of_words"])
    assert 18 / 32 == about["of_training_tokens"]


def test_words_are_matched_as_they_are_spelled_and_else_without_capitals_and_digits(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("apple 1 0\nAPPLE 0 1\n1999 1 1\n2024 9 9\nBath 2 5\nbath 7 1\nbath 0 0\n")
    vocabulary = Vocabulary(("Apple", "APPLE", "0000", "bath", "Ann"), split="words")
    found = read_vectors(path, vocabulary)
    assert [0, 1, 2, 3] == found.rows.tolist()
    raw = np.array([[1, 0], [0, 1], [1, 1], [7, 1]], dtype=float)
    raw -= raw.mean(axis=0)
    assert np.allclose(raw / np.linalg.norm(raw, axis=1, keepdims=True), found.vectors)


@pytest.mark.parametrize(
    "text",
    [
        "a 1 2 3\nb 4 5 6\n",
        "2 3\na 1 2 3\nb 4 5 6\n",
        "a 1 2 3 \r\nb 4 5 6 \r\n",
        "a\t1\t2\t3\nb  4 5 6",
        "\ufeffa 1 2 3\nb 4 5 6\n",
        "a 1 2 3\nat name 7 8 9\nb 4e0 +5 6.0\n",
    ],
)
def test_forms_of_the_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(text.encode())
    plain = tmp_path / "plain.txt"
    plain.write_text("a 1 2 3\nb 4 5 6\n")
    vocabulary = Vocabulary(("a", "b"), split="words")
    found, expected = read_vectors(tmp_path / "v.txt", vocabulary), read_vectors(plain, vocabulary)
    assert np.array_equal(expected.rows, found.rows)
    assert np.array_equal(expected.vectors, found.vectors)
    assert expected.digest == found.digest


def test_a_word_may_hold_a_space(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("b 4 5\nsan marino 1 2\n")
    found = read_vectors(tmp_path / "v.txt", Vocabulary(("san marino", "b"), split="words"))
    assert [0, 1] == found.rows.tolist()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "v.txt is empty"),
        (b"a\n", "v.txt:1: not a word and its numbers\n  why: 1 columns"),
        (b"\na 1 2\n", "v.txt:1: not a word and its numbers\n  why: 0 columns"),
        (b"2 0\na\n", "v.txt:1: not a word and its numbers"),
        (b"a 1 2\nb 1\n", "v.txt:2: 1 numbers where the others have 2"),
        (b"3 2\na 1 2\nb\n", "v.txt:3: 0 numbers where the others have 2"),
        (b"a 1 2\n\nb 1 2\n", "v.txt:2: 0 numbers where the others have 2"),
        (b"a 1 x\n", "v.txt:1: number 2 of 'a' is 'x'"),
        (b"a 1 nan\n", "v.txt:1: number 2 of 'a' is nan\n  why: vectors are finite"),
        (b"a 1e99 2\n", "v.txt:1: number 1 of 'a' is 1e+99\n  why: vectors are finite"),
        (b"a 1 2\nb" + b" 1" * 300_000, "v.txt:2: a line of more than 500,000 bytes"),
        (b"a 1 2\n\xff 1 2\n", "v.txt:2: the word is not UTF-8"),
    ],
)
def test_bad_files(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_vectors(tmp_path / "v.txt", Vocabulary(("a", "b"), split="words"))
    assert message in str(caught.value)


def test_files_that_do_not_serve(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_vectors(tmp_path / "none.txt", VOCABULARY)
    with pytest.raises(DataError, match="cannot be read\n  why: Is a directory"):
        read_vectors(tmp_path, VOCABULARY)
    with pytest.raises(UsageError, match="has no vector for any of the 32 words of the vocabulary"):
        read_vectors(write(tmp_path / "v.txt", ["der", "die"]), VOCABULARY)


def test_clusters_of_points() -> None:
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.normal(10 * k, 0.1, (20, 3)) for k in range(4)])
    found = k_means(points, 4, np.random.default_rng(0)).reshape(4, 20)
    assert all(1 == len(set(row.tolist())) for row in found)
    assert 4 == len(set(found[:, 0].tolist()))
    same = k_means(np.zeros((5, 2)), 3, np.random.default_rng(0))
    assert 1 == len(set(same.tolist()))


def test_every_class_starts_with_clusters_of_its_own(tmp_path: Path) -> None:
    vectors = read_vectors(write(tmp_path / "v.txt", WORDS[4:]), VOCABULARY)
    noise = np.random.default_rng(0).standard_normal((3, 34, 8)).astype(np.float32)
    logits = class_logits(vectors, noise, (0, 3, 0))
    best = logits.argmax(axis=2)
    for row in best:
        groups = [set(row[max(4, 8 * k) : 8 * k + 8].tolist()) for k in range(4)]
        assert all(not a & b for i, a in enumerate(groups) for b in groups[:i])
    assert len({tuple(row[4:32].tolist()) for row in best}) == 3
    lead = np.sort(logits[:, 4:32], axis=2)
    assert np.allclose(
        LEAD, (lead[:, :, -1] - lead[:, :, -2])[noise[:, 4:32].argmax(axis=2) != best[:, 4:32]]
    )
    assert np.array_equal(noise[:, :4], logits[:, :4])
    assert np.array_equal(noise[:, 32:], logits[:, 32:])
    assert np.array_equal(logits, class_logits(vectors, noise, (0, 3, 0)))
    assert not np.array_equal(best, class_logits(vectors, noise, (0, 3, 1)).argmax(axis=2))


def test_restarts_start_with_them_and_nothing_else_changes(tmp_path: Path) -> None:
    dataset = texts()
    plain = make_setting(dataset, "quick", 0, 2, "cpu")
    vectors = read_vectors(write(tmp_path / "v.txt", WORDS), VOCABULARY)
    setting = replace(plain, vectors=vectors)
    before = unflatten(new_group(plain, [0, 1]).flat, plain.layout)
    after = unflatten(new_group(setting, [0, 1]).flat, plain.layout)
    for name, tensor in after.items():
        assert (name != "embedding") == torch.equal(before[name], tensor), name
    alone = unflatten(new_group(setting, [1]).flat, plain.layout)["embedding"]
    assert torch.equal(after["embedding"][1], alone[0])
    assert identity(dataset, plain)["vectors"] is None
    assert vectors.digest == identity(dataset, setting)["vectors"]


def test_learning_with_vectors(tmp_path: Path) -> None:
    path = write(tmp_path / "v.txt", WORDS[:30])
    runs = [
        learn(texts(), preset="quick", method="gradient", restarts=1, device="cpu", vectors=path)
        for _ in range(2)
    ]
    assert runs[0].python == runs[1].python
    about = runs[0].report["vectors"]
    assert ("v.txt", 30, 32) == (about["file"], about["words"], about["of_words"])
    plain = learn(texts(), preset="quick", method="gradient", restarts=1, device="cpu")
    assert "vectors" not in plain.report
    assert plain.python != runs[0].python


def test_learning_that_has_no_use_for_vectors(tmp_path: Path) -> None:
    path = write(tmp_path / "v.txt", WORDS)
    with pytest.raises(UsageError, match="sort has no use for word vectors"):
        learn("sort", vectors=path)
    with pytest.raises(UsageError, match="vectors for a search"):
        learn(texts(), method="search", vectors=path)
    shape = make_setting(texts(), "quick", 0, 1, "cpu").shape
    with pytest.raises(UsageError, match="vectors, and a program to go on from\n  why: it has word classes"):
        for_learning(path, texts(), shape, "gradient", continued=True)
