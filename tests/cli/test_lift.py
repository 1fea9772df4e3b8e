"""``readhead lift``, and ``readhead evaluate --lengths``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import readhead as rh
from readhead.cli.answer import INTERRUPTED
from readhead.cli.scoring import longer, times
from readhead.errors import UsageError
from readhead.program import Indices, Map, Program, Relation, Select, SelectorWidth, Table, Tokens, Vocabulary

Cli = Any
DIGITS = tuple("012")


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    """A histogram of three symbols whose tables go up to three, and which is wrong there."""
    tokens = Tokens(name="tokens")
    same = Select(tokens, tokens, Relation([(t, t) for t in DIGITS]), name="same")
    count = SelectorWidth(same, name="count")
    answer = Map(Table([((1,), "1"), ((2,), "2"), ((3,), "2")], "0"), (count,), name="prediction")
    program = Program((answer,), Vocabulary(DIGITS, begin="<s>"), max_length=3)
    program.save(tmp_path / "learned.json")
    return tmp_path / "learned.json"


def test_the_lifted_program_is_printed_and_its_length_said(cli: Cli, learned: Path) -> None:
    done = cli("lift", learned, "--seconds", 5)
    assert done.status == 0
    assert "MAX_LENGTH" not in done.out  # nothing is tied to a length
    assert "proved equal on every input up to length 3" in done.err
    assert "it takes sequences of any length" in done.err
    assert "searched: expressions of up to 7" in done.err


def test_what_was_done_is_data(cli: Cli, learned: Path) -> None:
    data = cli("lift", learned, "--seconds", 5, "--json").data
    assert (data["proved_up_to"], data["differences"], data["tied"], data["max_length"]) == (3, 0, [], None)
    assert data["after"]["table_entries"] < data["before"]["table_entries"]
    assert {"rule", "where", "says", "before", "after", "check"} == set(data["log"][0])
    assert rh.from_python(data["program"]).run("00") == ["2", "2"]
    assert data["finished"] is True
    assert data["right_kept_on"] is None


def test_unknown_tokens_are_among_the_inputs_up_to_a_length(cli: Cli, tmp_path: Path) -> None:
    known = Map(Table([(("a",), "x"), (("b",), "x")], "other"), (Tokens(),))
    Program((known,), Vocabulary(("a", "b"), unknown="<unk>"), max_length=3).save(tmp_path / "p.json")
    data = cli("lift", tmp_path / "p.json", "--max-length", 2, "--seconds", 5, "--json").data
    assert rh.from_python(data["program"]).run(["a", "zebra"]) == ["x", "other"]
    assert (data["proved_up_to"], data["inputs"]) == (2, "all 13 inputs")


def test_ctrl_c_ends_lifting_and_writes_nothing(
    cli: Cli, learned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from readhead.reason.lift import _Lifting

    def interrupted(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_Lifting, "_express", interrupted)
    done = cli("lift", learned, "--out", tmp_path / "out.py")
    assert (done.status, done.out) == (INTERRUPTED, "")
    assert "Interrupted." in done.err
    assert not (tmp_path / "out.py").exists()


def test_with_a_task_and_its_data_wrong_answers_may_change(cli: Cli, learned: Path, tmp_path: Path) -> None:
    vocabulary = Vocabulary(tuple("012345"), begin="<s>")
    program = rh.Program.load(learned)
    out = tmp_path / "lifted.py"
    wider = Program(program.outputs, vocabulary, max_length=3)
    wider.save(tmp_path / "wider.json")
    done = cli("lift", tmp_path / "wider.json", "--inputs", "hist", "--max-length", 3, "--keep-right", "--out", out, "--json")  # fmt: skip
    assert done.status == 0
    assert done.data["program"] == str(out)
    assert done.data["right_kept_on"] == 6 + 36 + 216
    assert f"written to {out}" in done.err.replace("\n", "")
    scored = cli("evaluate", out, "hist", "--examples", 200, "--lengths", "2x,4x", "--json").data
    assert [entry["times"] for entry in scored["lengths"]] == [2, 4]
    assert [entry["max_length"] for entry in scored["lengths"]] == [14, 28]


def test_the_form_of_the_file_is_its_ending(cli: Cli, learned: Path, tmp_path: Path) -> None:
    for ending in ("py", "rasp", "json"):
        out = tmp_path / f"lifted.{ending}"
        assert cli("lift", learned, "--seconds", 5, "--out", out).status == 0
        assert rh.load(out).run("11") == ["2", "2"]


def test_a_program_tied_to_its_length_is_said_to_be(cli: Cli, tmp_path: Path) -> None:
    table = Table([((n,), letter) for n, letter in enumerate("xqzk")])
    Program((Map(table, (Indices(),), name="names"),), Vocabulary(DIGITS), max_length=3).save(
        tmp_path / "t.json"
    )
    done = cli("lift", tmp_path / "t.json", "--seconds", 5)
    assert "tied to lengths up to 3 by names" in done.err


def test_without_time_it_says_so(cli: Cli, learned: Path) -> None:
    done = cli("lift", learned, "--seconds", 0.1, "--json")
    assert done.status == 0
    assert cli("lift", learned, "--seconds", 0).status == 2


@pytest.mark.parametrize(
    ("arguments", "what", "instead"),
    [
        (("--inputs", "hits"), "--inputs has no task 'hits'", "hist"),
        (
            ("--inputs", "dyck1"),
            "the task dyck1 does not fit the program: it has no token '('",
            "learned from",
        ),
        (("--inputs", "hist"), "has no token '3'", "learned from"),
        (("--keep-right",), "--keep-right without --inputs", "--inputs with the task"),
        (("--out", "lifted.txt"), "--out lifted.txt is no file of a program", ".py, .rasp or .json"),
    ],
)
def test_wrong_use_is_said(
    cli: Cli, learned: Path, arguments: tuple[str, ...], what: str, instead: str
) -> None:
    done = cli("lift", learned, *arguments)
    assert done.status == 2
    assert what in done.err
    assert instead in done.err


def test_a_file_that_is_there_is_kept(cli: Cli, learned: Path) -> None:
    before = learned.read_bytes()
    done = cli("lift", learned, "--out", learned)
    assert done.status == 2
    assert "what is there would be lost" in done.err
    assert learned.read_bytes() == before


def test_inputs_longer_than_the_program_takes(cli: Cli, folder: Path) -> None:
    done = cli("lift", folder / "hist.json", "--inputs", "hist", "--max-length", 9)
    assert done.status == 2
    assert "hist has inputs of length 9, the program takes 7" in done.err
    assert "--max-length 7" in done.err


def test_with_data_right_answers_on_it_are_kept(cli: Cli, folder: Path) -> None:
    done = cli("lift", folder / "hist.json", "--data", "hist", "--max-length", 3, "--seconds", 5, "--json")
    assert done.status == 0
    assert done.data["right_kept_on"] > 200


def test_data_of_another_kind(cli: Cli, folder: Path) -> None:
    done = cli("lift", folder / "topic.json", "--data", "hist")
    assert done.status == 2
    assert "answer in different ways: sequence_label and token_labels" in done.err


def test_an_open_vocabulary_needs_inputs(cli: Cli, folder: Path) -> None:
    done = cli("lift", folder / "quotient.json")
    assert done.status == 2
    assert "it is not said which inputs the program is for" in done.err


def test_longer_inputs_are_scored(cli: Cli, folder: Path) -> None:
    program = rh.Program.load(folder / "hist.json")
    Program(program.outputs, program.vocabulary).save(folder / "any.json")
    done = cli("evaluate", folder / "any.json", "hist", "--examples", 200, "--lengths", "2x,4x")
    assert done.status == 0
    assert "at up to 2x the length (14): 100% of " in done.out
    assert "at up to 4x the length (28): 100% of " in done.out
    tied = cli("evaluate", folder / "hist.json", "hist", "--examples", 200, "--lengths", "2x")
    assert "at up to 2x the length (14): the program takes at most 7 tokens" in tied.out
    plain = cli("evaluate", folder / "hist.json", "hist", "--examples", 200, "--json").data
    assert "lengths" not in plain


def test_longer_inputs_of_odd_length_and_without_an_answer() -> None:
    brackets = Program(
        (Map(Table([((n,), "T") for n in range(20)]), (Indices(),)),), Vocabulary(("(", ")")), True
    )
    found = longer(brackets, brackets, "dyck1", 2, 0, {})
    assert found.max_length == 31
    assert found.score is None
    assert "no answer" in str(found)
    assert found.as_data()["accuracy"] is None
    assert longer(brackets, brackets, "dyck1", 3, 0, {"max_length": 5, "examples": 100}).max_length == 15


@pytest.mark.parametrize("lengths", ["2", "1x", "x2", "2x,,4x", "0x", ""])
def test_lengths_are_factors(lengths: str) -> None:
    with pytest.raises(UsageError, match="--lengths"):
        times(lengths, "hist")


def test_only_a_task_has_longer_inputs() -> None:
    with pytest.raises(UsageError, match=r"--lengths with data\.jsonl"):
        times("2x", "data.jsonl")
    assert times(None, "data.jsonl") == []
    assert times("2x, 3x", "sort") == [2, 3]
