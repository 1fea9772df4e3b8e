"""Programs through JSON: everything survives, and nothing that is wrong gets through."""

from __future__ import annotations

import json
import os
import random
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from program.cases import CASES
from readhead.errors import DataError, EvaluationError, ReadheadError
from readhead.program import (
    LENGTH,
    Closest,
    Constant,
    Indices,
    Map,
    NumericScores,
    Program,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
    nodes,
    serialize,
)
from readhead.program.serialize import dumps, loads
from strategies import programs, programs_with_inputs

BASE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_saved_program_is_the_same(case, tmp_path):
    path = tmp_path / "program.json"
    case.program.save(path)
    loaded = Program.load(path)
    assert case.program == loaded
    assert case.program.description == loaded.description
    for content, expected in case.answers:
        assert repr(expected) == repr(loaded.run(content))


@settings(BASE, max_examples=500)
@given(programs())
def test_random_programs_survive(program):
    text = dumps(program)
    loaded = loads(text)
    assert program == loaded
    assert list(program.variables) == list(loaded.variables)
    assert text == dumps(loaded)
    text.encode("ascii")


@settings(BASE, max_examples=150)
@given(programs_with_inputs())
def test_they_mean_the_same(case):
    program, contents = case
    loaded = loads(dumps(program))
    for content in contents:
        try:
            expected = program.trace(content)
        except EvaluationError:
            with pytest.raises(EvaluationError):
                loaded.trace(content)
        else:
            assert expected.diff(loaded.trace(content)) is None


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        1.0,
        True,
        False,
        "1",
        "",
        "\ud800",
        '☃\n"',
        -0.0,
        5e-324,
        1.7e308,
        2**53,
        2**53 + 1,
        -(2**63),
        0.1,
    ],
)
def test_values_keep_their_types(value):
    program = Program((Constant(value),))
    loaded = loads(dumps(program)).outputs[0].value
    assert (type(value), repr(value)) == (type(loaded), repr(loaded))


def test_a_float_stays_one_when_others_write_it_as_a_whole_number():
    text = dumps(Program((Constant(2.0),))).replace('{"float": 2.0}', '{"float": 2}')
    assert 2.0 == loads(text).outputs[0].value and float is type(loads(text).outputs[0].value)


def test_names_are_kept_and_automatic_ones_are_not_written():
    program = Program((Map("+", (Indices(name="i"), Constant(1))),))
    text = dumps(program)
    assert '"i"' in text and "constant_1" not in text
    assert loads(text).outputs[0].arguments[0].name == "i" and loads(text).outputs[0].name is None
    clash = Program(
        (Map("+", (Indices(name="x"), Map("+", (Constant(1, name="x"), Constant(2)), name="x"))),)
    )
    assert list(clash.variables) == list(loads(dumps(clash)).variables)


def test_a_deep_chain_and_a_doubling_dag():
    chain = double = Indices()
    for _ in range(20_000):
        chain = Map("neg", (chain,))
    for _ in range(2000):
        double = Map("max", (double, double))
    for node in (chain, double):
        program = Program((node,))
        assert program == loads(dumps(program))


def test_the_file_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "program.json"
    Program((LENGTH,)).save(path)
    before = path.read_bytes()
    umask = os.umask(0)
    os.umask(umask)
    assert 0o666 & ~umask == stat.S_IMODE(path.stat().st_mode)

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DataError, match="cannot be written: No space left"):
        Program((Tokens(),)).save(path)
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_or_read(tmp_path):
    with pytest.raises(DataError, match="cannot be written: No such file"):
        Program((LENGTH,)).save(tmp_path / "no" / "program.json")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        Program.load(tmp_path / "program.json")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        Program.load(tmp_path)
    with pytest.raises(DataError, match="cannot be read: embedded null byte"):
        Program.load("a\0b")


GOOD = Program(
    (
        SelectorWidth(Closest(Select(Tokens(), Indices(), "=="))),
        Map(Table([((1,), 2)], 0), (Constant(1.0),)),
        nodes.Classify(
            ("a", "b"), (NumericScores(Indices(), (1, 2)), nodes.CategoricalScores(Tokens(), [("a", (1, 2))]))
        ),
    ),
    Vocabulary(("a", "b")),
)


def edited(*path_and_value):
    """The good program's JSON with one thing changed."""
    *path, last, value = path_and_value
    data = json.loads(dumps(GOOD))
    inner = data
    for key in path:
        inner = inner[key]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(data)


NODES = json.loads(dumps(GOOD))["nodes"]
AT = {kind: next(i for i, n in enumerate(NODES) if n["node"] == kind) for kind in {n["node"] for n in NODES}}

BAD = [
    ("", "p.json:1:1: this is not JSON", "damaged or cut"),
    (dumps(GOOD)[:200], "this is not JSON", "damaged or cut"),
    ("[]", "p.json: the program: an object is expected, found []", None),
    (b"\xff{}", "p.json: byte 0 is not UTF-8", "damaged"),
    ("[" * 200_000, "p.json: the file is nested too deeply", "flat"),
    ('{"a":' * 200_000, "p.json: the file is nested too deeply", "flat"),
    ('{"format": "x", "format": "y"}', "an object has the key 'format' twice", None),
    ('{"format": NaN}', "NaN is no number", "finite"),
    ('{"format": -Infinity}', "-Infinity is no number", "finite"),
    ('{"format": ' + "9" * 5000 + "}", "a number cannot be read", None),
    ("{}", "the field 'format' is missing", None),
    (edited("format", "other"), "the format is 'other'", "readhead-program"),
    (edited("version", 2), "the version is 2", "use the Readhead that wrote it"),
    (edited("version", 0), "the version is 0", "reads version 1"),
    (edited("version", True), "'version' is True", "an integer"),
    (edited("extra", 1), "the field 'extra' is not known here", None),
    (edited("kind", "labels"), "a program has no output kind 'labels'", "token_labels"),
    (edited("kind", None), "'kind' is null", "a string"),
    (edited("causal", 0), "'causal' is 0", "true or false"),
    (edited("max_length", -1), "a maximum length is a whole number, got -1", None),
    (edited("max_length", 1.5), "'max_length' is 1.5", "an integer"),
    (edited("vocabulary", []), "the vocabulary: an object is expected, found []", None),
    (edited("vocabulary", "tokens", [1]), "the vocabulary: a token is 1", "strings"),
    (edited("vocabulary", "tokens", ["a", "a"]), "the vocabulary has 'a' twice", None),
    (edited("vocabulary", "split", "lines"), "cannot split a text into 'lines'", None),
    (edited("vocabulary", "begin", ""), "a marker is a non-empty string", None),
    (edited("outputs", []), "a program needs an output", None),
    (edited("outputs", [99]), "an output is the node 99, which does not stand before it", None),
    (edited("outputs", [-1]), "an output is the node -1", None),
    (edited("outputs", [AT["Select"]]), "a program's output is an s-op", None),
    (edited("outputs", [0]), "no output needs this node", "remove it"),
    (edited("nodes", {}), "'nodes' is {}", "a list"),
    (edited("nodes", 0, None), "nodes[0]: an object is expected, found null", None),
    (edited("nodes", 0, "node", "Tokenz"), "nodes[0]: there is no node 'Tokenz'", "did you mean 'Tokens'?"),
    (edited("nodes", 0, "node", 1), "nodes[0]: 'node' is 1", "a string"),
    (edited("nodes", 0, "name", "a b"), "'a b' cannot name a variable", None),
    (edited("nodes", 0, "name", 1), "nodes[0]: 'name' is 1", "a string"),
    (
        edited("nodes", AT["Select"], "keys", AT["Select"]),
        "keys is the node 2, which does not stand before",
        "cycle",
    ),
    (
        edited("nodes", AT["Select"], "keys", 5),
        "keys is the node 5, which does not stand before it",
        "no cycle",
    ),
    (edited("nodes", AT["Select"], "keys", "0"), "keys is '0'", "an integer"),
    (edited("nodes", AT["Select"], "keys", False), "keys is False", "an integer"),
    (edited("nodes", AT["Select"], "predicate", "=~"), "Select has no comparison '=~'", "'=='"),
    (edited("nodes", AT["Select"], "predicate", {"pairs": [[1]]}), "a pair is a list of 1", "a list of two"),
    (edited("nodes", AT["Select"], "predicate", 3), "its predicate: an object is expected, found 3", None),
    (edited("nodes", AT["Closest"], "tie", "none"), "Closest has no tie rule 'none'", "earlier"),
    (
        edited("nodes", AT["Closest"], "selector", 0),
        "Closest needs a selector as selector, got an s-op",
        None,
    ),
    (edited("nodes", AT["Constant"], "value", 1.5), "the value is 1.5", '{"float": 1.5}'),
    (
        edited("nodes", AT["Constant"], "value", 2**60),
        "the value is 1152921504606846976",
        "guess a number's type",
    ),
    (edited("nodes", AT["Constant"], "value", {"float": True}), "the value is {'float': True}", None),
    (edited("nodes", AT["Constant"], "value", {"float": 10**400}), "finite", None),
    (edited("nodes", AT["Constant"], "value", {"int": "9" * 19}), "outside int64", None),
    (edited("nodes", AT["Constant"], "value", {"int": "9" * 25}), "the value is {'int': '999", None),
    (edited("nodes", AT["Constant"], "value", {"int": "1_0"}), "the value is {'int': '1_0'}", None),
    (edited("nodes", AT["Constant"], "value", None), "the value is null", None),
    (edited("nodes", AT["Constant"], "value", KeyError), "the field 'value' is missing", None),
    (edited("nodes", AT["Map"], "arguments", []), "is given 0", None),
    (edited("nodes", AT["Map"], "function", "plus"), "Map has no operator 'plus'", None),
    (edited("nodes", AT["Map"], "function", "table", [[[1], 2], [[1], 3]]), "gives the key (1,) twice", None),
    (edited("nodes", AT["Map"], "function", "table", [[1, 2]]), "an entry's key is 1", "a list"),
    (edited("nodes", AT["Classify"], "labels", ["a", "a"]), "labels given twice: 'a'", None),
    (edited("nodes", AT["Classify"], "labels", ["a"]), "1 labels, but a row of 2 scores", None),
    (edited("nodes", AT["Classify"], "labels", [1]), "a label is 1", "a string"),
    (edited("nodes", AT["Classify"], "inputs", 0, "coefficients", [1, "2"]), "a score is '2'", "an integer"),
    (
        edited("nodes", AT["Classify"], "inputs", 0, "coefficients", [1, True]),
        "a score is True",
        "an integer",
    ),
    (edited("nodes", AT["Classify"], "inputs", 0, "variable", AT["Select"]), "Classify needs an s-op", None),
    (edited("nodes", AT["Classify"], "pooled", None), "'pooled' is null", None),
]


@pytest.mark.parametrize(
    ("text", "message", "advice"), BAD, ids=[f"{i}-{b[1][:30]}" for i, b in enumerate(BAD)]
)
def test_a_damaged_program_is_refused(text, message, advice, tmp_path):
    path = tmp_path / "p.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError) as caught:
        Program.load(path)
    assert str(path) in str(caught.value.where)
    assert message in str(caught.value)
    assert (advice or "") in str(caught.value)


def test_what_is_too_large_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "p.json"
    GOOD.save(path)
    monkeypatch.setattr(serialize, "MAX_NODES", 3)
    with pytest.raises(DataError, match=f"{len(NODES)} nodes are too many"):
        Program.load(path)
    monkeypatch.setattr(serialize, "MAX_BYTES", 100)
    with pytest.raises(DataError, match="larger than 100 bytes"):
        Program.load(path)


@settings(BASE, max_examples=150)
@given(programs(max_steps=5), st.randoms(use_true_random=False))
def test_mutated_files_load_or_are_refused(program, draw):
    """Damage of any sort is a DataError, or another program; never another exception."""
    data = json.loads(dumps(program))
    for _ in range(5):
        text = json.dumps(mutated(data, draw))
        try:
            loaded = loads(text)
        except DataError as error:
            assert error.where is not None
        else:
            assert loaded == loads(dumps(loaded))


def mutated(data, draw: random.Random):
    """The data with one thing somewhere in it replaced, dropped or repeated."""
    data = json.loads(json.dumps(data))
    inner = data
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        if not keys:
            return data
        key = draw.choice(keys)
        if not isinstance(inner[key], (dict, list)) or draw.random() < 0.2:
            break
        inner = inner[key]
    odd = [
        None,
        True,
        0,
        -1,
        1,
        3,
        1.5,
        2**70,
        "",
        "x",
        "Tokens",
        "==",
        [],
        {},
        [0],
        {"float": 1},
        {"int": "1"},
    ]
    match draw.randrange(3):
        case 0:
            inner[key] = draw.choice(odd)
        case 1:
            del inner[key]
        case _ if isinstance(inner, list):
            inner.insert(key, inner[key])
        case _:
            inner[draw.choice(["name", "value", "x"])] = inner[key]
    return data


@settings(BASE, max_examples=200)
@given(programs(max_steps=3), st.randoms(use_true_random=False))
def test_garbled_bytes_load_or_are_refused(program, draw):
    garbled = bytearray(dumps(program).encode())
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(garbled))
        garbled[place : place + draw.randrange(3)] = bytes(
            draw.randrange(256) for _ in range(draw.randrange(3))
        )
    try:
        loads(bytes(garbled))
    except ReadheadError as error:
        assert type(error) is DataError
