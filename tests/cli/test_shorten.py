"""Programs on the screen: long sets of words are cut, all else stays."""

from readhead.cli.shorten import shortened
from readhead.language.python import to_python
from readhead.program.nodes import CategoricalScores, Classify, Map, Table, Tokens
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary


def program(words: int) -> Program:
    vocabulary = Vocabulary(tuple(f"word{i}" for i in range(words)), unknown="<unk>", split="words")
    entries = [((f"word{i}",), i % 3) for i in range(words)]
    classes = Map(Table(entries, 0), (Tokens(name="tokens"),), name="word_class_1")
    read = CategoricalScores(classes, [(0, (1, 0)), (1, (0, 1))])
    return Program((Classify(("x", "y"), (read,), pooled=True),), vocabulary, kind="sequence_label")


def test_long_sets_are_cut_with_their_count() -> None:
    text = to_python(program(300))
    cut = shortened(text)
    assert len(cut.splitlines()) <= len(text.splitlines()) - 50
    assert "# 100 words" in cut
    assert '"word1"' in cut
    assert '"word298"' not in cut
    assert (
        text.split("def word_class_1_of")[0].splitlines() == cut.split("def word_class_1_of")[0].splitlines()
    )
    assert "return 1" in cut


def test_short_programs_stay_as_they_are() -> None:
    text = to_python(program(6))
    assert text == shortened(text)
