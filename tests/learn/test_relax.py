"""A program as the starting point of training: ``discretize(relax(p)) == p``, and what goes on from there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.learn.models import random_dataset, random_shape

from readhead.errors import UsageError
from readhead.language.rasp import from_rasp
from readhead.learn import learn
from readhead.learn.choices import harden
from readhead.learn.discretize import relaxed_trace, to_program
from readhead.learn.encode import encode, make_batch
from readhead.learn.lowered import lower
from readhead.learn.presets import plan
from readhead.learn.relax import FIXED, relax
from readhead.learn.shape import Shape, segments
from readhead.learn.start import Start
from readhead.learn.steps import network_of
from readhead.program.nodes import (
    LENGTH,
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    NumericScores,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.rewrite import with_output
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import make_task, score
from readhead.tasks.examples import Dataset, Example

TOKENS, POSITIONS = Tokens(name="tokens"), Indices(name="positions")


@pytest.fixture(scope="module")
def hist() -> Dataset:
    return make_task("hist", symbols=3, max_length=4, examples=100).dataset(0)


def again(start: Start, dataset: Dataset) -> Program:
    """The program that a start hardens to."""
    layout = segments(start.shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
    choices = harden(start.origin.flat[None], layout, start.shape)
    return to_program(start.shape, choices, start.readout, dataset, start=start)


def test_random_programs_come_back_equal() -> None:
    """120 random programs in the form that learning gives; their relaxed models compute the same traces too."""
    kinds: dict[str, int] = {}
    for number in range(120):
        rng = np.random.default_rng(number)
        dataset = random_dataset(rng)
        shape = random_shape(rng, dataset)
        layout = segments(shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
        generator = torch.Generator().manual_seed(number)
        flat = torch.randn(sum(s.size for s in layout), generator=generator)
        features = shape.categorical_before(shape.layers) * shape.values + shape.numerical_before(
            shape.layers
        )
        readout = torch.randint(1, 5, (len(dataset.labels), features), generator=generator).double()
        with torch.no_grad():
            program = merged(to_program(shape, harden(flat[None], layout, shape), readout, dataset))
        start = relax(program, dataset, shape)
        if start.given:  # rows for values that a given variable never has are not kept
            contents = [example.tokens for example in dataset.test]
            assert program.trace_batch(contents).diff(again(start, dataset).trace_batch(contents)) is None
        else:
            assert program == again(start, dataset)
        for kind, _, _ in start.slots:
            kinds[kind] = kinds.get(kind, 0) + 1
        kinds["given"] = kinds.get("given", 0) + len(start.given)
        assert_relaxed_agrees(start, program, dataset)
    assert all(kinds[kind] >= 20 for kind in ("head", "sum", "mlp", "number_mlp", "given")), kinds


def merged(program: Program) -> Program:
    """The program with one read-out input for each variable: equal variables have their scores added."""
    readout = program.outputs[0]
    assert isinstance(readout, Classify)
    inputs: dict[object, CategoricalScores | NumericScores] = {}
    for item in readout.inputs:
        known = inputs.get((type(item), item.variable))
        if known is not None and isinstance(item, NumericScores) and isinstance(known, NumericScores):
            total = tuple(a + b for a, b in zip(known.coefficients, item.coefficients, strict=True))
            item = NumericScores(item.variable, total)
        elif known is not None:
            assert isinstance(item, CategoricalScores)
            assert isinstance(known, CategoricalScores)
            rows = dict(known.rows)
            for value, scores in item.rows:
                rows[value] = tuple(
                    a + b for a, b in zip(rows.get(value, (0,) * len(scores)), scores, strict=True)
                )
            item = CategoricalScores(item.variable, rows.items())
        inputs[type(item), item.variable] = item
    return with_output(program, replace(readout, inputs=tuple(inputs.values())))


def assert_relaxed_agrees(start: Start, program: Program, dataset: Dataset) -> None:
    """The hardened start, run as a relaxed model, has the program's values and predictions."""
    layout = segments(start.shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
    data = encode(dataset, dataset.test, start)
    batch = make_batch(data, np.arange(len(data)), start.shape, torch.device("cpu"))
    choices = harden(start.origin.flat[None], layout, start.shape)
    there = relaxed_trace(start.shape, choices, start.readout, dataset, batch, start)
    here = program.trace_batch([example.tokens for example in dataset.test])
    difference = here.diff(there, common_only=True)
    assert difference is None, str(difference)
    assert "prediction" in there.variables


def test_what_has_no_learnable_form_is_given_and_named(hist: Dataset) -> None:
    smaller = SelectorWidth(Select(TOKENS, TOKENS, "<"), name="smaller")
    same = SelectorWidth(Select(TOKENS, TOKENS, "=="), name="same")
    total = Map("max", (smaller, same), name="total")
    copied = Aggregate(
        Closest(Select(POSITIONS, POSITIONS, Relation([(i, i) for i in range(5)]))),
        total,
        "pick",
        name="copied",
    )
    rows = [(i, tuple(int(i == k) for k in range(4))) for i in range(1, 5)]
    readout = Classify(("1", "2", "3", "4"), (CategoricalScores(copied, rows),), name="answer")
    program = Program((readout,), hist.vocabulary, max_length=4)
    start = relax(program, hist, plan(hist, "quick", None)[0])
    assert {"total", "smaller", "same"} == set(start.frozen)
    assert "a SelectorWidth" not in " ".join(start.frozen.values())  # widths are sums of ones first
    assert "one value of the key" in start.frozen["smaller"]
    assert "computed from it" in start.frozen["same"]
    contents = [e.tokens for e in hist.test]
    assert program.run_batch(contents) == again(start, hist).run_batch(contents)
    assert_relaxed_agrees(start, again(start, hist), hist)


def test_operators_become_tables_and_widths_become_sums(hist: Dataset) -> None:
    program = from_rasp("same = selector_width(select(tokens, tokens, ==)); same;")
    program = replace(program, vocabulary=hist.vocabulary, max_length=4)
    start = relax(program, hist, plan(hist, "quick", None)[0])
    assert [("sum", 0, 0), ("number_mlp", 0, 0)] == list(start.slots)
    assert {} == start.frozen
    contents = [e.tokens for e in hist.test]
    expected = [[str(n) for n in answer] for answer in program.run_batch(contents)]
    assert expected == again(start, hist).run_batch(contents)


def counting(dataset: Dataset, looks_for: dict[str, str]) -> Program:
    """A program that counts, for each token, how often another one occurs."""
    most = len(dataset.labels)
    ones = Constant(1, name="ones")
    match = Select(TOKENS, TOKENS, Relation([(key, query) for query, key in looks_for.items()]), name="match")
    count = Aggregate(match, ones, "sum", default=0, name="count")
    number = Map(Table([((n,), n) for n in range(most + 2)]), (count,), name="number")
    rows = [(n, tuple(int(n == k) for k in range(1, most + 1))) for n in range(1, most + 1)]
    readout = Classify(dataset.labels, (CategoricalScores(number, rows),), name="answer")
    return Program((readout,), dataset.vocabulary, max_length=most)


def test_training_goes_on_from_a_broken_program() -> None:
    longer = make_task("hist", symbols=3, max_length=6).dataset(0)
    right = counting(longer, {"0": "0", "1": "1", "2": "2"})
    assert score(right, longer.test).accuracy == 1
    broken = counting(longer, {"0": "0", "1": "0", "2": "2"})
    before = score(broken, longer.test).accuracy
    assert before < 0.9
    result = learn(longer, seed=1, restarts=2, start=broken)
    assert result.report["test_accuracy"] > before + 0.05
    assert {} == result.report["frozen"]


def test_a_frozen_head_stays(hist: Dataset) -> None:
    learned = learn(hist, preset="quick", method="gradient", seed=1).program
    name, count = next((n, v) for n, v in learned.variables.items() if isinstance(v, Aggregate))
    start = relax(learned, hist, plan(hist, "quick", None)[0], freeze=[name])
    assert {name: "it is frozen by name"} == start.frozen
    assert bool(start.origin.fixed.any())
    assert FIXED == float(start.origin.flat.max())
    result = learn(hist, preset="quick", method="gradient", seed=5, start=learned, freeze=[name])
    assert result.unpruned.variables[name] == count
    assert {name: "it is frozen by name"} == result.report["frozen"]


def test_the_other_restarts_begin_nearby_and_idle_slots_at_random(hist: Dataset) -> None:
    from readhead.learn.learner import make_setting
    from readhead.learn.training import new_run

    learned = learn(hist, preset="quick", method="gradient", seed=1).program
    start = relax(learned, hist, plan(hist, "quick", None)[0])
    group = new_run(make_setting(hist, "quick", 0, 2, "cpu", start)).groups[0]
    used = ~start.origin.idle
    assert torch.equal(group.flat[0, used], start.origin.flat[used])
    assert not torch.equal(group.flat[1, used], start.origin.flat[used])
    assert bool((group.flat[:, start.origin.idle] != 0).all())


def test_a_resumed_run_checks_what_it_started_from(hist: Dataset, tmp_path) -> None:
    learned = learn(hist, preset="quick", method="gradient", seed=1, out=tmp_path).program
    with pytest.raises(UsageError, match=r"of another run: .*start: None there"):
        learn(hist, preset="quick", method="gradient", seed=1, out=tmp_path, resume=True, start=learned)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"vocabulary": Vocabulary(("a", "b"))}, "another vocabulary"),
        ({"causal": True}, "causal=True"),
        ({"kind": "next_token"}, "kind='next_token'"),
        ({"max_length": 2}, "at most 2 tokens"),
        ({"outputs": (TOKENS, POSITIONS)}, "2 outputs"),
        ({"outputs": (Classify(("1", "9"), (NumericScores(LENGTH, (0, 1)),)),)}, "answers with '9'"),
        ({"outputs": (Classify(("1", "2"), (NumericScores(LENGTH, (0, 1)),), pooled=True),)}, "pooled: True"),
        ({"outputs": (Map("/", (LENGTH, Map("+", (Indices(), Constant(0.5)))), name="share"),)}, None),
    ],
)
def test_a_program_that_does_not_fit_the_data_is_refused(change, match, hist: Dataset) -> None:
    program = replace(Program((LENGTH,), hist.vocabulary, max_length=4), **change)
    if match is None:  # all its values are finite in number, so it has a read-out after all
        assert relax(program, hist, plan(hist, "quick", None)[0]).given
        return
    with pytest.raises(UsageError, match=match):
        relax(program, hist, plan(hist, "quick", None)[0])


def test_names_to_freeze_are_checked(hist: Dataset) -> None:
    program = Program((LENGTH,), hist.vocabulary, max_length=4)
    with pytest.raises(UsageError, match="no s-op 'atn' to freeze"):
        relax(program, hist, plan(hist, "quick", None)[0], freeze=["atn"])
    with pytest.raises(UsageError, match="nothing to freeze"):
        learn(hist, preset="quick", method="gradient", freeze=["attn_1_1"])


def test_an_answer_without_finitely_many_values_is_refused() -> None:
    endless = Dataset(
        "files", Vocabulary(("a", "b")), ("1", "2"), "token_labels", causal=False, max_length=None,
        train=(Example(("a",), ("1",)),), validation=(Example(("a",), ("1",)),), test=(Example(("a",), ("1",)),),
    )  # fmt: skip
    program = Program((LENGTH,), endless.vocabulary)
    with pytest.raises(UsageError, match="no finite number of values"):
        relax(program, endless, Shape(1, 1, 1, 0, 0))


@pytest.mark.parametrize("seed", range(20))
def test_networks_compute_their_tables(seed: int) -> None:
    rng = np.random.default_rng(seed)
    top = int(rng.integers(1, 7))
    if seed % 2:
        table = {(a, a): int(rng.integers(3)) for a in range(top + 1)}
    else:
        table = {(a, b): int(a + 2 * b > top) for a in range(top + 1) for b in range(top + 1)}
    network = network_of(table, 3, 64)
    assert network is not None
    w_in, b_in, w_out, b_out = network
    for (a, b), code in table.items():
        point = torch.tensor([[float(a)], [float(b)]])
        assert code == int((w_out @ (w_in @ point + b_in).relu() + b_out).argmax())


def test_a_table_that_changes_too_often_has_no_network() -> None:
    assert network_of({(a, a): a % 2 for a in range(8)}, 2, 4) is None


def test_a_capped_table_of_numbers_is_a_slot(hist: Dataset) -> None:
    shape = Shape(1, 1, 1, 0, 1, values=8, cap=2)
    ones = Constant(1, name="ones")
    count = Aggregate(
        Select(TOKENS, TOKENS, Relation([(t, t) for t in "012"])), ones, "sum", default=0, name="count"
    )
    capped = Map("min", (count, Constant(2)), name="count_capped")
    many = Map(Table([((2,), 1)], default=0), (capped,), name="many")
    readout = Classify(("1", "2"), (CategoricalScores(many, [(0, (1, 0)), (1, (0, 1))]),), name="answer")
    program = Program((readout,), hist.vocabulary, max_length=4)
    start = relax(program, hist, shape)
    assert {("sum", 0, 0), ("number_mlp", 0, 0)} == set(start.slots)
    contents = [e.tokens for e in hist.test]
    assert program.run_batch(contents) == again(start, hist).run_batch(contents)
    assert_relaxed_agrees(start, again(start, hist), hist)


def test_more_values_than_a_variable_has_codes_make_room(hist: Dataset) -> None:
    shares = Aggregate(Select(TOKENS, TOKENS, "=="), POSITIONS, "mean")
    shape = plan(hist, "quick", None)[0]
    start = relax(Program((shares,), hist.vocabulary, max_length=4), hist, shape)
    assert max(len(given.meanings or ()) for given in start.given) <= start.shape.values
    result = learn(hist, preset="quick", restarts=1, start=Program((shares,), hist.vocabulary))
    assert "gradient" == result.report["method"]


def test_an_answer_with_many_values_is_read_as_the_label_it_spells(
    hist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readhead.learn.lowered.MANY", 2)
    program = Program((Map("str", (LENGTH,)),), hist.vocabulary, max_length=4)
    lowered = lower(program, hist).program
    for content in ("0", "01", "012"):  # of length 2 to 4, with the marker
        assert program.run(content) == lowered.run(content)
