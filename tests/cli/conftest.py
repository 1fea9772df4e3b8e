"""The command line as a function, and small programs on disk to give it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from readhead.cli.app import status
from readhead.program import Constant, Map, Program, Select, SelectorWidth, Tokens, Vocabulary


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = status([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def hist_program() -> Program:
    """How often the symbol occurs, as the task's label."""
    tokens = Tokens(name="tokens")
    same = Select(tokens, tokens, "==", name="same")
    count = SelectorWidth(same, name="count")
    return Program(
        (Map("str", (count,), name="prediction"),), Vocabulary(tuple("012345"), begin="<s>"), max_length=7
    )


def quotient_program() -> Program:
    """One divided by each token: no answer for 0, numbers for answers, an open vocabulary."""
    number = Map("int", (Tokens(),), name="number")
    return Program((Map("/", (Constant(1), number), name="quotient"),))


def topic_program() -> Program:
    """One label for a sequence of words: the first of them, markers included."""
    words = Vocabulary(("who", "is", "-", "--json"), begin="<s>", unknown="<unk>", lower=True, split="words")
    return Program((Tokens(name="tokens"),), words, kind="sequence_label", description="the first word")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    hist_program().save(tmp_path / "hist.json")
    quotient_program().save(tmp_path / "quotient.json")
    topic_program().save(tmp_path / "topic.json")
    return tmp_path
