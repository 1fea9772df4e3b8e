"""Spellings of unknown words: shapes, endings, markers, and that every arrow reads a word alike."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readhead.compile.compiler import compile_program
from readhead.compile.run import answers
from readhead.errors import ProgramError, ReadheadError
from readhead.language.python import from_python, to_python
from readhead.language.python.spelled import SHAPE_OF, SPELLED
from readhead.language.rasp import from_rasp, to_rasp
from readhead.program import Program, Tokens, Vocabulary
from readhead.program.nodes import Map, Table
from readhead.program.serialize import dumps, loads
from readhead.program.spelling import SHAPES, marker, shape_of, spelled

LISTED = (
    "url",
    "hashtag",
    "number",
    "punctuation",
    "upper",
    "title",
    "title-s",
    "title-ies",
    "lower-ing",
    "uncased",
)
WORDS = st.one_of(
    st.text(max_size=8),
    st.text("aAsSiInNgG-.@#1٣'ßǅ東ªé", min_size=1, max_size=8),
    st.sampled_from([marker(s) for s in (*SHAPES, *LISTED, "title-cities", "lower-xing")]),
    st.sampled_from(
        ["<unk>", "the", "The", "0000", "1999", "https://t.co/x", "www.a.b", "", "<unk:title", "title"]
    ),
)


def program(lower: bool = False, fold_digits: bool = False, unknown: str = "<unk>") -> Program:
    """What each token is read as, and a table of it."""
    vocabulary = Vocabulary(
        ("the", "0000"), "<s>", None, unknown, lower, fold_digits, split="words", spellings=LISTED
    )
    tokens = Tokens(name="word")
    table = Table(((("the",), 1), ((marker("title"),), 2), ((marker("title-s"),), 3)), default=0)
    return Program((tokens, Map(table, (tokens,), name="value")), vocabulary, max_length=4)


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("https://t.co/x", "url"),
        ("WWW.x.org", "url"),
        ("@anna", "user"),
        ("@", "punctuation"),
        ("#win", "hashtag"),
        ("", "punctuation"),
        ("1,000", "number"),
        ("٣٤", "number"),
        ("3rd", "alphanumeric"),
        (":-)", "punctuation"),
        ("J", "initial"),
        ("U.S.", "initial"),
        ("NATO", "upper"),
        ("Berlin", "title"),
        ("O'Brien", "title"),
        ("Anglo-Saxon", "title"),
        ("Al-qaeda", "title"),
        ("McDonald", "mixed"),
        ("iPod", "mixed"),
        ("ǅ", "title"),
        ("well-known", "hyphenated"),
        ("-known", "lower"),
        ("straße", "lower"),
        ("東京", "uncased"),
    ],
)
def test_a_word_has_the_first_shape_that_fits(word, shape):
    assert shape == shape_of(word)


def test_the_longest_listed_ending_is_taken():
    listed = ("title", "title-s", "title-ies", "lower-s")
    assert [spelled(w, listed, "?") for w in ("Cities", "Paris", "Rome", "cities", "city", "IBM", 7)] == [
        "<unk:title-ies>",
        "<unk:title-s>",
        "<unk:title>",
        "<unk:lower-s>",
        "?",
        "?",
        "?",
    ]


def test_a_marker_is_read_as_a_word_of_its_shape_and_ending():
    listed = ("title", "title-s")
    assert [
        spelled(m, listed, "<unk>") for m in ("<unk:title>", "<unk:title-ies>", "<unk:lower>", "<unk>")
    ] == [
        "<unk:title>",
        "<unk:title-s>",
        "<unk>",
        "<unk>",
    ]
    assert ("<unk:title-s>",) == Vocabulary(("a",), unknown="<unk>", spellings=listed).sequence(
        ["<unk:title-s>"]
    )


@given(WORDS)
def test_markers_stand_for_all_words(word):
    """Whatever two vocabularies read a word as, some marker of theirs is read as the same by both."""
    one, other = LISTED, ("title-s", "title-ties", "lower", "hyphenated-a", "title")
    markers = ["<unk>", *map(marker, (*SHAPES, *one, *other))]
    read = [(spelled(w, one, "<unk>"), spelled(w, other, "<unk>")) for w in (word, *markers)]
    assert read[0] in read[1:]


@given(WORDS)
def test_unknown_words_have_symbols_of_the_vocabulary(word):
    for p in (program(), program(lower=True), program(lower=True, fold_digits=True, unknown="?")):
        (symbol,) = p.run([word])
        assert symbol in (p.vocabulary.symbols or ())
        assert [symbol] == p.run_batch([[word], [word, word]])[0]
        assert [symbol] == p.run([symbol])


def test_the_spelling_is_that_of_the_word_as_given():
    p = program(lower=True, fold_digits=True)
    assert ["the", "<unk:upper>", "<unk:title>", "0000", "<unk>", "<unk:lower-ing>"] == [
        p.run([w])[0] for w in ("THE", "THAT", "That", "1999", "that", "thing")
    ]


def test_the_helpers_of_emitted_files_are_the_functions():
    space: dict[str, object] = {}
    exec(compile(ast.parse(SHAPE_OF + SPELLED), "<helpers>", "exec"), space)

    @given(WORDS)
    def alike(word):
        assert shape_of(word) == space["shape_of"](word)
        for unknown in ("<unk>", "?"):
            assert spelled(word, LISTED, unknown) == space["spelled"](word, LISTED, unknown)

    alike()
    assert all(
        spelled(marker(s), tuple(SHAPES), "?") == space["spelled"](marker(s), tuple(SHAPES), "?")
        for s in SHAPES
    )


PROGRAMS = [program(), program(lower=True), program(fold_digits=True), program(True, True, "?")]


@pytest.mark.parametrize("style", ["exact", "plain"])
@pytest.mark.parametrize("p", PROGRAMS)
def test_emitted_programs_read_words_alike(p, style):
    text = to_python(p, style=style)
    assert p == from_python(text)
    space: dict[str, object] = {"__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), space)

    @given(st.lists(WORDS, max_size=4))
    def alike(words):
        assert p.run(words) == space["run"](words)

    alike()


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_compiled_models_read_words_alike(words):
    for p in PROGRAMS:
        assert [p.run(words)] == answers(COMPILED[p], [words])


COMPILED = {p: compile_program(p) for p in PROGRAMS}


@pytest.mark.parametrize("p", PROGRAMS)
def test_programs_with_spellings_are_written_and_read(p):
    assert p == loads(dumps(p))
    assert p == from_rasp(to_rasp(p))


def test_without_spellings_nothing_is_written_of_them():
    p = program()
    p = replace(p, vocabulary=replace(p.vocabulary, spellings=()))
    for text in (dumps(p), to_rasp(p), to_python(p), to_python(p, style="plain")):
        assert "pell" not in text
    assert p == loads(dumps(p)) != program()


@pytest.mark.parametrize(
    ("spellings", "unknown", "message"),
    [
        (("title",), None, "a vocabulary with spellings has no unknown token"),
        (("Title",), "?", "no word has the shape 'Title'"),
        (("title-",), "?", "has the ending ''"),
        (("title-IES",), "?", "title-ies"),
        (("title", "title"), "?", "'title' is listed twice"),
        ((1,), "?", "a spelling is a string, got 1"),
        (("title",), "<unk:title>", "has '<unk:title>' twice"),
    ],
)
def test_what_a_vocabulary_refuses_of_spellings(spellings, unknown, message):
    with pytest.raises(ProgramError) as caught:
        Vocabulary(("a",), unknown=unknown, spellings=spellings)
    assert message in str(caught.value)


def test_edited_files_say_what_is_wrong():
    for style in ("exact", "plain"):
        text = to_python(program(), style=style)
        start = text.index("SPELLINGS = ")
        wrong = text[:start] + 'SPELLINGS = "title"\n' + text[text.index(")", start) + 1 :]
        with pytest.raises(ReadheadError, match="SPELLINGS is no tuple of strings"):
            from_python(wrong)
        with pytest.raises(ProgramError) as caught:
            from_python(text[:start] + text[start:].replace('"uncased"', '"cased"', 1))
        assert "no word has the shape 'cased'" in str(caught.value)
