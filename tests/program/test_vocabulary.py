"""Vocabularies: markers, unknown tokens, normalisation, and what they refuse."""

from __future__ import annotations

import pytest

from readhead.errors import InputError, ProgramError
from readhead.program import OPEN, Vocabulary


def test_markers_stand_around_the_content():
    vocabulary = Vocabulary(("a", "b"), begin="<s>", end="</s>", unknown="?")
    assert ("<s>", "a", "?", "</s>") == vocabulary.sequence("ax")
    assert ("<s>", "</s>") == vocabulary.sequence("")
    assert ("a", "b", "<s>", "</s>", "?") == vocabulary.symbols
    assert 2 == vocabulary.markers and 0 == OPEN.markers and OPEN.symbols is None


def test_a_marker_is_no_content():
    vocabulary = Vocabulary(("a",), begin="<s>", unknown="?")
    assert ("<s>", "?", "?", "?") == vocabulary.sequence(["<s>", "?", 1])


def test_an_open_vocabulary_takes_any_value():
    assert (1, 1.5, True, "a") == OPEN.sequence([1, 1.5, True, "a"])
    assert ("^", 1) == Vocabulary(begin="^").sequence([1])


def test_normalisation():
    vocabulary = Vocabulary(("the", "in", "0000"), lower=True, fold_digits=True, split="words")
    assert ("in", "0000", "the") == vocabulary.sequence("In 1987 THE")
    assert (5,) == Vocabulary(lower=True).sequence([5])


def test_typed_texts():
    assert list("a b") == OPEN.tokenize("a b")
    words = Vocabulary(split="words")
    assert ["Who", "is", "there", "?"] == words.tokenize("Who  is there?")
    assert ["a", "_", "b", "-", "c", "é"] == words.tokenize("a_b-c é")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Vocabulary(("a", "a")), "has 'a' twice"),
        (lambda: Vocabulary(("a",), begin="a"), "has 'a' twice"),
        (lambda: Vocabulary(begin="x", end="x"), "has 'x' twice"),
        (lambda: Vocabulary(("a",), unknown=""), "a marker is a non-empty string, got ''"),
        (lambda: Vocabulary(("a",), begin=1), "a marker is a non-empty string, got 1"),
        (lambda: Vocabulary((1,)), "a vocabulary's token is a string, got 1"),
        (lambda: Vocabulary(unknown="?"), "an open vocabulary has no unknown token"),
        (lambda: Vocabulary(split="lines"), "cannot split a text into 'lines'"),
    ],
)
def test_what_a_vocabulary_refuses(make, message):
    with pytest.raises(ProgramError) as caught:
        make()
    assert message in str(caught.value)


def test_tokens_outside_are_all_named():
    with pytest.raises(InputError) as caught:
        Vocabulary(("apple", "pear")).sequence(["appel", "pear", 3])
    text = str(caught.value)
    assert "not in the vocabulary: 'appel' at position 0, 3 at position 2" in text
    assert "did you mean 'apple'" in text
    with pytest.raises(InputError, match="and 5 more"):
        Vocabulary(("a",)).sequence("b" * 15)


@pytest.mark.parametrize("token", [None, 2**63, float("inf"), b"a", ["a"]])
def test_what_is_no_value_is_no_token(token):
    with pytest.raises(InputError, match="the token at position 1"):
        OPEN.sequence(["a", token])


def test_spaces_between_single_characters_are_explained():
    with pytest.raises(InputError) as caught:
        Vocabulary(("a", "b")).sequence("a b")
    assert "not in the vocabulary: ' ' at position 1" in str(caught.value)
    assert "leave out the spaces: every character of a text is a token here" == caught.value.instead
    with pytest.raises(InputError, match=r"did you mean|known: "):
        Vocabulary(("a", "b"), split="words").sequence(["a", " "])
