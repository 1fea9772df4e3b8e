"""``readhead explain``, ``readhead circuit`` and ``readhead show --diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import readhead as rh
from readhead.program import (
    Closest,
    Constant,
    Indices,
    Map,
    Program,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.program.nodes import FULL, Aggregate, CategoricalScores, Classify

Cli = Any
HIST = Path("examples/hist.py").resolve()


def test_why_an_answer(cli: Cli, folder: Path) -> None:
    done = cli("explain", folder / "hist.json", "313", "--position", 2)
    assert 0 == done.status
    assert done.out.startswith("answer 2 (position 3, token '3'): '2'\n")
    assert "    key 1: the key's tokens '3' is == the query's tokens '3'\n" in done.out
    assert "prediction[3] = '2'    str of count[3] = 2\n" in done.out


def test_why_an_answer_is_wrong(cli: Cli) -> None:
    done = cli("explain", HIST, "0000000", "--expected", "7 _ _ _ _ _ 7")
    assert 0 == done.status
    assert "answer 0 (position 1, token '0'): '6', expected '7'" in done.out
    assert "  total          -108    51  167  240  274  287  148\n" in done.out
    assert (
        "no other variable mends it: prediction itself would have to answer '7' for what it reads here"
        in done.out
    )
    assert "also wrong: answers 6\n" in done.out.replace("answer 6", "answers 6")


def test_what_mends_it(cli: Cli, folder: Path) -> None:
    tokens = Tokens(name="tokens")
    code = Map(Table([(("a",), 1), (("b",), 1)], default=0), (tokens,), name="code")
    Program((Map("+", (code, Constant(1)), name="answer"),), Vocabulary(("a", "b")), max_length=4).save(
        folder / "p.json"
    )
    done = cli("explain", folder / "p.json", "ab", "--expected", "2 3")
    assert (
        "the first change that mends it: code[1] = 2 instead of 1, in its row b (changes no other answer"
        in done.out
    )
    data = cli("explain", folder / "p.json", "ab", "--expected", "2 3", "--json").data
    assert ["code", "constant_1", "answer"] != [m["variable"] for m in data["mends"]]
    assert {"variable": "code", "position": 1, "key": None, "alone": False, "value": 1, "instead": 2, "others": 0, "row": ["b"], "own": False} == data["mends"][0]  # fmt: skip
    assert (1, [1], "3") == (data["index"], data["wrong"], data["expected"])
    assert "2, as expected" in cli("explain", folder / "p.json", "ab", "--expected", "2 2").out


def test_one_expected_label_may_have_blanks(cli: Cli, folder: Path) -> None:
    scores = CategoricalScores(Tokens(name="tokens"), [("a", (3, 0)), ("b", (0, 2))])
    label = Classify(("very good", "bad"), (scores,), pooled=True, name="label")
    Program((label,), Vocabulary(("a", "b")), kind="sequence_label").save(folder / "p.json")
    wrong = cli("explain", folder / "p.json", "bb", "--expected", "very good")
    assert "'bad'" in wrong.out.replace(" bad,", " 'bad',")
    assert "expected 'very good'" in wrong.out
    assert (
        "'very good', as expected" in cli("explain", folder / "p.json", "aa", "--expected", "very good").out
    )
    assert "expected" not in cli("explain", folder / "p.json", "aa", "--expected", "_").out


def test_a_fallback_and_a_default_are_told(cli: Cli, folder: Path) -> None:
    tokens = Tokens(name="tokens")
    nearest = Closest(Select(tokens, Constant("z"), "==", name="zs"), name="nearest")
    Program((Aggregate(nearest, Indices(name="indices"), name="at"),)).save(folder / "p.json")
    out = cli("explain", folder / "p.json", "ab", "--position", 1).out
    assert (
        "at[1] = 0    indices[0], the key of nearest\n    nothing matches, so it takes the first position"
        in out
    )
    empty = Select(tokens, Constant("z"), "==", name="zs")
    Program((Aggregate(empty, Indices(), default=7, name="at"),)).save(folder / "q.json")
    out = cli("explain", folder / "q.json", "ab").out
    assert "at[0] = 7    the default: no key of zs\n    nothing matches" in out


def test_many_keys_are_cut_short(cli: Cli, folder: Path) -> None:
    tokens = Tokens(name="tokens")
    Program((SelectorWidth(Select(tokens, tokens, "==", name="same"), name="n"),)).save(folder / "p.json")
    out = cli("explain", folder / "p.json", "a" * 12).out
    assert "    key 7: " in out and "    key 8: " not in out and "    and 4 more keys" in out


def test_a_circuit(cli: Cli, folder: Path) -> None:
    made, drawn = folder / "part.py", folder / "part.svg"
    done = cli("circuit", HIST, "--inputs", "hist", "--samples", 200, "--out", drawn, "--program", made)
    assert 0 == done.status
    assert (
        "answers (200 inputs) are the same with:\n  1 head, 0 tables and operators, 2 read-out inputs, "
        in done.out
    )
    assert f"written to {drawn}\nwritten to {made}\n" in done.out
    assert "resampled" in drawn.read_text()
    part = rh.load(made)
    assert ["2", "1", "2"] == part.run("313")
    assert part.description.startswith("Circuit of hist: how often this symbol occurs")


def test_a_circuit_of_some_answers(cli: Cli) -> None:
    found = cli(
        "circuit",
        HIST,
        "--inputs",
        "hist",
        "--samples",
        200,
        "--where",
        "label == '1'",
        "--ablation",
        "mean",
        "--json",
    )
    data = found.data
    assert (0, "label == '1'", "mean", 200) == (found.status, data["where"], data["ablation"], data["inputs"])
    assert data["same"] == data["answers"] > 100
    assert ["count_1_1"] == [s["name"] for s in data["scores"]]


def test_a_circuit_is_the_same_for_the_same_seed(cli: Cli, folder: Path) -> None:
    given = ("circuit", folder / "hist.json", "--inputs", "hist", "--samples", 100, "--seed", 4, "--json")
    assert cli(*given).data == cli(*given).data


def test_what_differs(cli: Cli, folder: Path) -> None:
    mended = HIST.read_text().replace("41,   0,\n", "41,  55,\n").replace("0, 148,\n", "0, -90,\n")
    (folder / "mended.py").write_text(mended)
    done = cli("show", "--diff", HIST, folder / "mended.py")
    assert 0 == done.status
    assert "changed  prediction (other values on " in done.out
    assert (
        "the answers differ on 6 of all 335,923 inputs of up to 7 tokens\nfor example on '0' '0' '0'"
        in done.out
    )
    assert "  first to part: prediction at position 0: '6' -> '7'" not in done.out
    assert "  first to part: prediction at position 1: '6' -> '7'" in done.out
    data = cli(
        "show", "--diff", HIST, folder / "mended.py", "--inputs", "hist", "--max-length", 3, "--json"
    ).data
    assert (0, 258, True) == (data["differing"], data["compared"], data["exhaustive"])
    assert ["prediction"] == [c["name"] for c in data["changes"]]


def test_nothing_differs(cli: Cli) -> None:
    done = cli("show", "--diff", HIST, HIST.with_suffix(".json"), "--max-length", 2)
    assert (
        "the programs are the same\nthe answers differ on 0 of all 43 inputs of up to 2 tokens\n" == done.out
    )


def test_programs_of_other_tokens_and_markers_differ(cli: Cli, folder: Path) -> None:
    tokens = Tokens(name="tokens")
    Program((tokens,), Vocabulary(("a", "two words", "\n", "")), max_length=2).save(folder / "a.json")
    Program((tokens,), Vocabulary(("b",)), max_length=2).save(folder / "b.json")
    out = cli("show", "--diff", folder / "a.json", folder / "b.json").out
    assert "tokens: a 'two words' '\\n' '' -> b\n" in out
    assert "differ on 0 of all 1 inputs of up to 2 tokens\nno token is read by both, so the only input" in out
    width = SelectorWidth(FULL, name="n")
    for name, begin in (("c", None), ("d", "<s>")):
        Program((width,), Vocabulary(("a",), begin=begin), max_length=2).save(folder / f"{name}.json")
    out = cli("show", "--diff", folder / "c.json", folder / "d.json").out
    assert "  first to part: tokens at position 0: 'a' -> '<s>'\n" in out
    for name, begin in (("f", "<s>"),):
        Program((tokens,), Vocabulary(("a",), begin=begin), kind="next_token", max_length=2).save(
            folder / f"{name}.json"
        )
    out = cli("show", "--diff", folder / "c.json", folder / "f.json").out
    assert "  old: \n  new: <s>\n  first to part: tokens: 0 tokens -> 1 tokens\n" in out


def test_all_that_can_differ_is_told(cli: Cli, folder: Path) -> None:
    tokens, letters = Tokens(name="tokens"), Vocabulary(("a",))
    one = SelectorWidth(Select(tokens, tokens, "==", name="same"), name="n")
    two = SelectorWidth(Select(tokens, tokens, "==", name="alike"), name="n")
    Program((Map("/", (Constant(1), one), name="q"),), letters, max_length=2).save(folder / "a.json")
    Program((Map("/", (Constant(1), Map("-", (two, one), name="d")), name="q"),), letters, max_length=3).save(
        folder / "b.json"
    )
    out = cli("show", "--diff", folder / "a.json", folder / "b.json").out
    assert "max_length: 2 -> 3\n" in out
    assert "changed  q" in out and "added    d = -(n, n)\n" in out
    assert "  old: 1.0\n  new: no answer\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "HIST", "9"], "not in the vocabulary: '9'"),
        (["explain", "HIST", "01", "--position", 5], "there is no answer at position 5"),
        (["explain", "HIST", "01", "--expected", "1"], "1 expected answer, and the program gives 2"),
        (["explain", "HIST"], "the input has no answer to explain"),
        (["explain", "HIST:nobody", "01"], "has no variable 'nobody'"),
        (["circuit", "HIST"], "Missing option '--inputs'"),
        (["circuit", "HIST", "--inputs", "hits"], "there is no task or data set 'hits'"),
        (["circuit", "HIST", "--inputs", "hist", "--ablation", "zero"], "--ablation has no 'zero'"),
        (["circuit", "HIST", "--inputs", "hist", "--where", "exit()"], "a condition cannot have exit()"),
        (["circuit", "HIST", "--inputs", "hist", "--where", "label == 'x'"], "no answer has label == 'x'"),
        (["circuit", "HIST", "--inputs", "hist", "--keep", "0"], "keep is 0.0"),
        (
            ["circuit", "HIST", "--inputs", "hist", "--out", "part.gif"],
            "a picture cannot be written as 'gif'",
        ),
        (
            ["circuit", "HIST", "--inputs", "hist", "--program", "part.txt"],
            "part.txt is no file for a program",
        ),
        (["circuit", "LABEL", "--inputs", "hist"], "gives one label for the sequence, hist asks for a label"),
        (["show", "HIST", "HIST"], "a second program, or --inputs or --max-length, without --diff"),
        (["show", "--diff", "HIST"], "--diff with one program\n  instead: readhead show --diff OLD NEW"),
        (["show", "--diff", "HIST", "HIST", "--inputs", "hits"], "--inputs has no task 'hits'"),
        (["show", "--diff", "HIST", "no.py"], "there is no file no.py"),
    ],
)
def test_what_cannot_be_asked(cli: Cli, folder: Path, arguments: list[object], message: str) -> None:
    one = Program((Constant("x"),), rh.TASKS["hist"].vocabulary, kind="sequence_label")
    one.save(folder / "label.json")
    places = {"HIST": str(HIST), "HIST:nobody": f"{HIST}:nobody", "LABEL": str(folder / "label.json")}
    done = cli(*(places.get(str(a), a) for a in arguments))
    assert 2 == done.status
    assert message in done.err
    assert "" == done.out
