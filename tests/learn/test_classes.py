"""Training on text begins with word classes, heads and tables that say what a log-linear model says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from readhead.learn import learn
from readhead.learn.classes import PairTable, WordClass, pair_tables, word_classes
from readhead.learn.discretize import to_program
from readhead.learn.encode import Encoded, encode
from readhead.learn.finish import finish
from readhead.learn.learner import make_setting, relaxed
from readhead.learn.linear import Linear, Pairs, Window, bags, beside, common_pairs, fit_linear, targets
from readhead.learn.population import Setting, hard_quality, new_group
from readhead.learn.quality import best_offset, entity_f1, measure, quality, tags_of
from readhead.learn.readout import Features, agreeing
from readhead.learn.report import identity
from readhead.learn.shape import Shape
from readhead.learn.sketch import RESTARTS, TRIES, WINDOWS, begun, score_of, sketched, stand_ins
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import Dataset, Example

WORDS = [f"{kind}{i}" for kind in ("for", "against", "plain") for i in range(12)]
NAMES = [f"Name{i}" for i in range(20)]


def vocabulary(words: list[str]) -> Vocabulary:
    return Vocabulary(tuple(words), begin="<s>", end="</s>", unknown="<unk>", split="words")


def texts(seed: int = 0, size: int = 300) -> Dataset:
    """Votes: the commoner kind of word is the label; of two words ``not``, ``for`` says the other."""
    rng = np.random.default_rng(seed)
    examples = []
    for _ in range(size):
        words = [WORDS[i] for i in rng.integers(len(WORDS), size=5)]
        if rng.random() < 0.5:
            words[1] = "not"
        said = 0
        for before, word in zip(["", *words], words, strict=False):
            vote = word.startswith("for") - word.startswith("against")
            said += -vote if before == "not" else vote
        if said:
            examples.append(Example(tuple(words), ("yes" if said > 0 else "no",)))
    third = len(examples) // 3
    parts = tuple(examples[third:]), tuple(examples[: third // 2]), tuple(examples[third // 2 : third])
    return Dataset("votes", vocabulary([*WORDS, "not"]), ("no", "yes"), "sequence_label", False, None, *parts)


def tagged(seed: int = 0, size: int = 120, length: int = 24) -> Dataset:
    """Long rows of words in which a name after a title is a person, and after ``in`` a place."""
    rng = np.random.default_rng(seed)
    examples = []
    for _ in range(size):
        tokens, tags = [], []
        while len(tokens) < length:
            name = NAMES[rng.integers(len(NAMES))]
            new = [("Dr", "O"), (name, "I-PER")] if rng.random() < 0.2 else [("in", "O"), (name, "I-LOC")]
            if rng.random() < 0.6:
                new = [(WORDS[rng.integers(len(WORDS))], "O")]
            tokens += [word for word, _ in new]
            tags += [tag for _, tag in new]
        examples.append(Example(tuple(tokens), tuple(tags)))
    parts = tuple(examples[40:]), tuple(examples[:20]), tuple(examples[20:40])
    words = vocabulary([*WORDS, *NAMES, "Dr", "in"])
    return Dataset("names", words, ("O", "I-LOC", "I-PER"), "token_labels", False, None, *parts)


def splits(dataset: Dataset) -> tuple[Encoded, Encoded]:
    return encode(dataset, dataset.train), encode(dataset, dataset.validation)


def begin(dataset: Dataset, seed: int = 0) -> Setting:
    return begun(make_setting(dataset, "default", seed, 1, "cpu"), dataset)


def test_a_log_linear_model_says_what_words_and_pairs_say() -> None:
    dataset = texts(size=1500)
    train, validation = splits(dataset)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    good = measure(validation, ())
    words = fit_linear(train, validation, len(symbols), 2, Window((0,), (), pooled=True), good)
    both = fit_linear(train, validation, len(symbols), 2, Window((0,), ((-1, 0),), pooled=True), good)
    for i, word in enumerate(symbols):
        if word.startswith("for"):
            assert words.words[0, i, 1] > 0 > words.words[0, i, 0]
    assert np.allclose(0, words.words.sum(axis=2))
    assert both.quality > words.quality
    (pairs,) = both.pairs
    refused = [
        i
        for i, left in enumerate(pairs.left)
        if symbols[left] == "not" and symbols[pairs.right[i]].startswith("for")
    ]
    assert refused
    assert both.of_pairs[0][refused].mean(axis=0)[1] < 0


def test_rows_of_a_table_add_up_around_each_label() -> None:
    data = Encoded(
        np.array([[4, 0, 1, 5], [4, 2, 5, -1]]), np.array([4, 3]), np.array([[-1, 0, 1, -1], [-1, 1, -1, -1]])
    )
    window = Window((-1, 0), ((-1, 0),), pooled=False)
    pairs = common_pairs(data, (-1, 0), 6, window)
    assert [] == pairs.left.tolist()  # each is there once
    table = torch.eye(12, dtype=torch.float64)
    rows = bags(data, window, 6, (pairs,)).scores(table)
    assert [[4, 6], [0, 7], [4, 8]] == [row.nonzero().flatten().tolist() for row in rows]
    assert [0, 1, 1] == targets(data).tolist()
    pooled = replace(data, labels=np.array([[0], [1]]))
    rows = bags(pooled, Window((0,), (), pooled=True), 6, ()).scores(torch.eye(6, dtype=torch.float64))
    assert [[1, 1, 0, 0, 1, 1], [0, 0, 1, 0, 1, 1]] == rows.tolist()


@pytest.mark.parametrize("period", [0, 3])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("place", [-2, -1, 0, 1])
def test_a_model_reads_what_a_head_fetches(period: int, causal: bool, place: int) -> None:
    data = Encoded(
        np.array([[4, 0, 1, 2, 3, 5], [4, 2, 5, -1, -1, -1]]), np.array([6, 3]), np.array([[0], [1]])
    )
    shape = Shape(1, 1, 0, 0, 0, values=6, positions=0 if period else 4, period=period)
    told = shape.last_position + 1

    def place_of(i: int) -> int:
        return i % period if period else min(i, 3)

    expected = np.full(data.tokens.shape, -1)
    for row, length in enumerate(data.lengths):
        for i in range(length):
            there = place_of(i) + place
            there = there % told if period else min(max(there, 0), told - 1)
            same = [j for j in range(length) if place_of(j) == there and (j <= i or not causal)]
            nearest = min(same, key=lambda j: (j == i, abs(j - i), j), default=0)
            expected[row, i] = data.tokens[row, i if place == 0 else nearest]
    window = Window((place,), (), pooled=True, heads=shape, causal=causal)
    assert expected.tolist() == beside(data, place, window).tolist()


def test_long_texts_too_are_sketched_as_their_program_reads_them() -> None:
    def longer(rows: tuple[Example, ...]) -> tuple[Example, ...]:
        return tuple(Example((*["plain0"] * 18, *row.tokens), row.labels) for row in rows)

    dataset = texts(size=900)
    dataset = replace(dataset, train=longer(dataset.train), validation=longer(dataset.validation))
    setting = make_setting(dataset, "default", 0, 1, "cpu")
    begins = begun(setting, dataset)
    assert 16 == begins.shape.period
    assert begins.shape.categorical_mlps > 0
    train, validation = splits(dataset)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    window = replace(WINDOWS[True][0], heads=setting.shape)
    good = measure(validation, ())
    model = fit_linear(train, validation, len(symbols), 2, window, good)
    tries = [
        sketched(model, train, validation, setting.shape, good, np.random.default_rng([0, 5, i]))
        for i in range(TRIES)
    ]
    best = max(tries, key=lambda one: one.quality)
    scores = score_of(best.classes, best.tables, validation, window)
    assert best.quality == quality(scores, validation, ())
    assert best.quality == float(hard_quality(new_group(begins, [0]).flat, begins, validation)[0])


def test_a_rare_word_says_what_unknown_words_of_its_spelling_say() -> None:
    known = replace(vocabulary(["Rome", "Oslo", "of"]), spellings=("title", "lower"))
    kinds = stand_ins(known)
    symbols = known.symbols
    assert symbols is not None
    assert kinds is not None
    named = {symbol: symbols[kind] for symbol, kind in zip(symbols, kinds, strict=True)}
    assert {"Rome": "<unk:title>", "Oslo": "<unk:title>", "of": "<unk:lower>"} == {
        word: named.pop(word) for word in ("Rome", "Oslo", "of")
    }
    assert all(marker == kind for marker, kind in named.items())
    assert stand_ins(vocabulary(["Rome"])) is None
    title, lower = symbols.index("<unk:title>"), symbols.index("<unk:lower>")
    tokens = np.array([[0, title, title, title, 2, lower, lower]])
    data = Encoded(tokens, np.array([7]), np.array([[1, 1, 1, 1, 0, 0, 0]]))
    window = Window((0,), (), pooled=False)

    def said(kinds: np.ndarray | None) -> float:
        model = fit_linear(data, data, len(symbols), 2, window, measure(data, ()), (0.01,), kinds)
        return float(model.words[0, 1, 1])  # of Oslo, which the data do not have

    assert 0.0 == said(None)
    assert said(kinds) > 0.1


def test_a_sketch_is_trained_as_often_as_asked() -> None:
    dataset = tagged()
    setting = make_setting(dataset, "default", 0, None, "cpu")
    assert setting.schedule.restarts > RESTARTS
    assert RESTARTS == begun(setting, dataset).schedule.restarts
    assert 3 == begun(setting, dataset, restarts=3).schedule.restarts


def test_classes_add_up_to_what_words_say() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((2, 60, 5))
    linear = Linear(Window((0, 1), (), pooled=False), weights, (), (), 1e-4, 0.5)
    often = rng.integers(1, 50, size=60)
    classes = word_classes(linear, often, 16, 3, 1, np.random.default_rng(1))
    again = word_classes(linear, often, 16, 3, 1, np.random.default_rng(1))
    assert [0, 0, 0, 1] == [one.place for one in classes]
    assert all(np.array_equal(a.codes, b.codes) for a, b in zip(classes, again, strict=True))
    left = [weights[0] - sum(one.centres[one.codes] for one in classes[:n]) for n in range(1, 4)]
    errors = [float(np.square(rest).sum()) for rest in left]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.05 * np.square(weights[0]).sum()


def test_a_word_that_says_nothing_has_a_class_all_the_same() -> None:
    linear = Linear(Window((0,), (), pooled=True), np.zeros((1, 5, 2)), (), (), 1e-4, 0.5)
    (one,) = word_classes(linear, np.ones(5, dtype=np.int64), 4, 3, 1, np.random.default_rng(0))
    assert isinstance(one, WordClass)
    assert not one.centres.any()


def test_a_table_says_what_pairs_say() -> None:
    left, right = (side.ravel() for side in np.meshgrid(np.arange(20), np.arange(20, 40), indexing="ij"))
    says = np.where((left % 2) == (right % 2), 1.0, -1.0)
    weights = np.stack([says, -says], axis=1)
    pairs = Pairs(-1, 0, left, right, np.full(len(left), 3))
    (table,) = pair_tables(pairs, weights, 40, 4, 3, np.random.default_rng(0))
    assert isinstance(table, PairTable)
    assert (-1, 0) == (table.first, table.second)
    assert np.allclose(weights, table.centres[table.table[table.left[left], table.right[right]]])


@pytest.mark.parametrize("dataset", [texts(), tagged()], ids=["texts", "tags"])
def test_a_sketch_is_a_program_before_it_is_trained(dataset: Dataset) -> None:
    setting = begin(dataset)
    train, validation = splits(dataset)
    group = new_group(setting, [0])
    found = float(hard_quality(group.flat, setting, validation)[0])
    finished = finish(group.flat[0], 0, setting, train, validation, len(dataset.labels), sparse=True)
    program = to_program(setting.shape, finished.choices, finished.readout, dataset)
    answers = [program.run(e.tokens) for e in dataset.validation]
    if setting.pooled:
        right = [a == e.labels[0] for a, e in zip(answers, dataset.validation, strict=True)]
        assert found > 0.8
    else:
        assert 0.95 < found
        assert 0 < setting.shape.period < 24
        right = [
            a == b
            for row, e in zip(answers, dataset.validation, strict=True)
            for a, b in zip(row, e.labels, strict=True)
        ]
    assert finished.validation_right == sum(right)
    assert setting.sketched
    assert setting.schedule.repair == 0


def test_pairs_of_words_are_read_by_a_table() -> None:
    setting = begin(texts())
    assert setting.shape.categorical_mlps >= 1
    assert setting.shape.categorical_heads == setting.shape.categorical_mlps  # each fetches the word before
    assert setting.shape.numerical_heads == setting.shape.numerical_mlps == 0


def test_a_causal_program_begins_without_the_words_after() -> None:
    dataset = replace(tagged(), causal=True)
    setting = begin(dataset)
    before = begin(tagged())
    assert 0 < setting.shape.categorical_heads < before.shape.categorical_heads


def test_the_same_seed_begins_alike_on_any_number_of_threads() -> None:
    dataset = texts()
    threads = torch.get_num_threads()
    first = begin(dataset)
    try:
        torch.set_num_threads(threads + 1)
        second = begin(dataset)
        assert threads + 1 == torch.get_num_threads()
    finally:
        torch.set_num_threads(threads)
    assert first.origin is not None
    assert second.origin is not None
    assert torch.equal(first.origin.flat, second.origin.flat)
    assert identity(dataset, first) == identity(dataset, second)
    assert identity(dataset, first) != identity(dataset, begin(dataset, seed=1))


def test_a_learned_tagger_goes_on_from_itself() -> None:
    dataset = tagged()
    learned = learn(dataset, restarts=1)
    assert learned.report["test_f1"] > 0.9
    start = relaxed(learned.unpruned, dataset, "default", ())
    assert start is not None
    assert start.shape.period == learned.report["shape"]["period"] > 0
    assert "positions" not in start.frozen


def test_entities_count_where_labels_are_tags() -> None:
    assert ("O", "B-X") == tags_of(("O", "B-X"))
    assert () == tags_of(("B-X", "I-X")) == tags_of(("O", "other"))
    data = Encoded(np.zeros((1, 4), dtype=np.int64), np.array([4]), np.array([[0, 1, 0, -1]]))
    tags = ("O", "B-X")
    assert 1.0 == entity_f1(np.array([[0, 1, 0, 1]]), data, tags)
    nothing = torch.tensor([[2.0, 0.0], [2.0, 1.5], [2.0, 0.0]])
    assert 0.0 == quality(nothing, data, tags)
    assert 2 / 3 == quality(nothing, data, ())
    best, offset = best_offset(nothing, data, tags)
    assert 1.0 == best
    assert 0.5 < offset < 2.0
    assert (2 / 3, 0.0) == best_offset(nothing, data, ())


def test_scores_are_rounded_so_that_answers_stay() -> None:
    inputs = torch.eye(3, dtype=torch.float64)
    weights = torch.tensor([[0.4, 0.0, 2.0], [0.0, 0.45, 0.0]], dtype=torch.float64)
    features = Features(inputs, torch.tensor([[0.0, 9.0], [0.0, 9.0], [9.0, 0.0]], dtype=torch.float64))
    scores, grid = agreeing(features, weights)
    assert (inputs @ weights.T).argmax(1).tolist() == (inputs @ scores.T).argmax(1).tolist()
    assert torch.equal(scores, scores.round())
    assert grid > 1
