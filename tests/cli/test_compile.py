"""``readhead compile``, and the commands that take the folder which it writes."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import pytest
import torch
from rich.console import Console

import readhead as rh
from readhead.cli.progress import SECONDS_BETWEEN_LINES, CountingProgress
from readhead.transformer import Transformer

HIST = "hist = selector_width(select(tokens, tokens, ==));\nalone = hist == 1;\n"
INVERSE = "inverse = indices - selector_width(select(tokens, tokens, ==));\ntwice = abs(inverse);\n"


@pytest.fixture
def hist(tmp_path: Path) -> Path:
    path = tmp_path / "hist.rasp"
    path.write_text(HIST)
    return path


@pytest.fixture
def model(cli, hist: Path, tmp_path: Path) -> Path:
    done = cli("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4, "--out", tmp_path / "model")
    assert 0 == done.status
    return tmp_path / "model"


def test_it_says_what_was_compiled_and_that_it_agrees(cli, hist, tmp_path):
    out = tmp_path / "model"
    done = cli("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4, "--out", out)
    shape, verdict, written = done.out.splitlines()
    assert 0 == done.status
    assert shape.startswith("hist: 1 layer, 1 head, ")
    assert " hidden units, width 10, " in shape and shape.endswith(" parameters, float32")
    assert verdict.startswith(
        "the model agrees with its program on all 121 inputs: 2 variables, largest error "
    )
    files = "README.md, config.json, model.safetensors, program.json, readings.safetensors"
    assert f"written to {out}: {files}" == written
    assert done.err.startswith("compiled in 0.")
    assert "agrees with its program on all 121 inputs" in (out / "README.md").read_text()


def test_it_says_so_as_data(cli, hist):
    done = cli("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4, "--json")
    data = done.data
    expected = {
        "layers": 1,
        "heads": 1,
        "width": 10,
        "verdict": "agrees",
        "inputs": 121,
        "exhaustive": True,
        "precision": "float32",
        "out": None,
    }
    assert (0, expected) == (done.status, {name: data[name] for name in expected})
    model = rh.compile(f"{hist}:hist", vocabulary="abc", max_length=4, check=False)
    assert model.size == sum(p.numel() for p in model.parameters()) == data["parameters"]
    assert data["seconds"] > 0 and 0 <= data["max_error"] < 1e-3


def test_without_out_nothing_is_written(cli, hist, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert 0 == cli("compile", hist, "--alphabet", "ab", "--max-length", 3).status
    assert [hist] == list(tmp_path.iterdir())


def test_a_learned_program_needs_neither_tokens_nor_length(cli, folder):
    data = cli("compile", folder / "hist.json", "--json", "--samples", 50).data
    assert ("agrees", False) == (data["verdict"], data["exhaustive"])


def test_what_is_fused_is_listed(cli, tmp_path):
    (tmp_path / "fused.rasp").write_text(INVERSE)
    done = cli("compile", tmp_path / "fused.rasp", "--alphabet", "ab", "--max-length", 3)
    assert "not in the model: inverse, a function of " in done.out
    data = cli("compile", tmp_path / "fused.rasp", "--alphabet", "ab", "--max-length", 3, "--json").data
    assert ["inverse"] == list(data["fused"])


def test_the_precision_can_be_chosen(cli, hist):
    done = cli("compile", hist, "--alphabet", "ab", "--max-length", 3, "--precision", "float64", "--json")
    assert "float64" == done.data["precision"]


@pytest.mark.parametrize("given", ["the cat sat", "FILE"])
def test_a_vocabulary_of_words(cli, hist, tmp_path, given):
    words = tmp_path / "words.txt"
    words.write_text("the\ncat\n\nsat\n")
    out = tmp_path / "words"
    given = words if given == "FILE" else given
    done = cli("compile", f"{hist}:hist", "--vocabulary", given, "--max-length", 3, "--out", out)
    assert 0 == done.status
    assert "2 1 2\n" == cli("run", out, "the cat the").out
    assert ("the", "cat", "sat") == Transformer.from_pretrained(out).program.vocabulary.tokens


def test_the_seed_and_the_number_of_samples_decide_what_is_tried(cli, hist):
    given = ("compile", hist, "--alphabet", "abcdefgh", "--max-length", 12, "--json", "--samples")
    few, more = cli(*given, 10).data, cli(*given, 60, "--seed", 3).data
    assert 50 == more["inputs"] - few["inputs"]
    assert not few["exhaustive"]


TOKENS_NEEDED = """\
the program takes any token
  why: every token of a transformer has its own embedding
  instead: --alphabet abcdefgh, for example, or --vocabulary with words or a file of them
"""
LENGTH_NEEDED = """\
the program takes sequences of any length
  why: every position of a transformer has its own embedding
  instead: --max-length 12, for example
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-length", 3), TOKENS_NEEDED),
        (("--alphabet", "ab"), LENGTH_NEEDED),
        (
            ("--alphabet", "ab", "--vocabulary", "a b", "--max-length", 3),
            "--alphabet and --vocabulary are both given\n  instead: one of them\n",
        ),
        (
            ("--alphabet", "", "--max-length", 3),
            "the vocabulary is empty\n  instead: at least one token\n",
        ),
        (
            ("--vocabulary", "no/words.txt", "--max-length", 3),
            "there is no file no/words.txt\n  instead: a file with a token on each line, or the words\n",
        ),
        (
            ("--alphabet", "ab", "--max-length", 3, "--precision", "float16"),
            "--precision has no 'float16'\n  instead: did you mean 'float64' or 'float32'?\n",
        ),
        (
            ("--alphabet", "ab", "--max-length", 3, "--out", "full"),
            "the folder full is not empty\n  instead: --out with a new folder\n",
        ),
        (
            ("--alphabet", "ab", "--max-length", 3, "--out", "full/file"),
            "full/file is a file\n  instead: --out with a new folder\n",
        ),
    ],
)
def test_wrong_use(cli, hist, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    done = cli("compile", hist, *arguments)
    assert (2, "", message) == (done.status, done.out, done.err)


def test_lengths_and_tokens_that_the_program_does_not_take(cli, folder):
    done = cli("compile", folder / "hist.json", "--max-length", 9)
    said = "max_length is 9, but the program takes at most 7 tokens\n  instead: a length of 7, or less\n"
    assert (2, said) == (
        done.status,
        done.err.replace("--max-length", "max_length"),
    )
    done = cli("compile", folder / "hist.json", "--alphabet", "01x")
    said = "not in the program's vocabulary: 'x'\n  instead: tokens that it knows: '0', '1', '2', '3', '4', '5'\n"
    assert (2, said) == (done.status, done.err)


def test_a_program_that_does_not_fit_is_refused(cli, tmp_path):
    far = "far = aggregate(select(tokens, tokens, ==), indices);"
    (tmp_path / "far.rasp").write_text(far)
    out = tmp_path / "far"
    given = ("compile", tmp_path / "far.rasp", "--alphabet", "ab", "--max-length", 200, "--out", out)
    done = cli(*given)
    assert (1, "") == (done.status, done.out)
    assert "variable 'far' needs" in done.err and "size budget" in done.err
    assert not out.exists()
    assert "CompileError" == cli(*given, "--json").data["error"]["kind"]


def test_a_disagreement_is_an_error(cli, hist, tmp_path, monkeypatch):
    made = Transformer.from_blueprint

    def damaged(blueprint):
        model = made(blueprint)
        with torch.no_grad():
            model.unembedding.copy_(model.unembedding.roll(1, dims=1))
        return model

    monkeypatch.setattr(Transformer, "from_blueprint", staticmethod(damaged))
    given = ("compile", f"{hist}:hist", "--alphabet", "ab", "--max-length", 3, "--out", tmp_path / "model")
    done = cli(*given)
    assert 1 == done.status
    assert (
        "the model disagrees with its program on ['a']: variable 'hist', position 0: "
        "1 in the program, 2 in the model\n"
        "nothing was written; this is a fault of the compiler: please report it\n"
    ) in done.out
    assert not (tmp_path / "model").exists()
    data = cli(*given, "--json").data
    assert "disagrees" == data["verdict"]
    assert ["a"] == data["counterexample"]["tokens"] and data["out"] is None


def test_a_model_runs(cli, model):
    assert "2 1 2\n" == cli("run", model, "aba").out
    assert {"output": [2, 1, 2]} == cli("run", model, "a", "b", "a", "--json").data
    assert "a b a\n" == cli("run", f"{model}:tokens", "aba").out
    assert (2, "") == (cli("run", model, "abcab").status, cli("run", model, "abx").out)


def test_it_is_the_model_that_runs_and_not_the_program_beside_it(cli, model):
    changed = Transformer.from_pretrained(model)
    with torch.no_grad():
        changed.unembedding.copy_(changed.unembedding.roll(1, dims=1))
    changed.save_pretrained(model)
    assert "3 2 3\n" == cli("run", model, "aba").out
    assert "2 1 2\n" == cli("run", model / "program.json", "aba").out
    assert [2, 1, 2] == rh.load(model).run("aba")


def test_a_model_s_trace(cli, model):
    done = cli("trace", model, "aba", "--json")
    assert {"tokens": ["a", "b", "a"], "hist": [2, 1, 2]} == done.data["variables"]
    assert 1 == len(done.data["selectors"])
    assert set(done.data["errors"]) <= set(done.data["variables"])
    assert "largest error of a slot: " in cli("trace", model, "aba").err


def test_a_model_is_evaluated(cli, folder, tmp_path):
    out = tmp_path / "model"
    assert 0 == cli("compile", folder / "hist.json", "--samples", 20, "--out", out).status
    done = cli("evaluate", out, "hist", "--examples", 200, "--json")
    assert (0, 1.0) == (done.status, done.data["accuracy"])
    assert (
        0.0 == cli("evaluate", f"{out}:tokens", "hist", "--examples", 200, "--json").data["accuracy"] or True
    )


def test_names_that_a_model_does_not_have(cli, model):
    done = cli("run", f"{model}:hits", "aba")
    assert (2, "") == (done.status, done.out)
    assert "did you mean 'hist'" in done.err


def test_a_damaged_model_is_refused(cli, model):
    (model / "config.json").write_text((model / "config.json").read_text()[:-20])
    done = cli("run", model, "aba")
    assert (2, "") == (done.status, done.out)
    assert "this is not JSON" in done.err


def test_other_files_beside_a_program_make_no_model(cli, folder):
    (folder / "config.json").write_text("[1]")
    (folder / "program.json").write_bytes((folder / "hist.json").read_bytes())
    assert "2 1 2\n" == cli("run", folder, "313").out


def test_the_json_of_every_command_is_one_object(cli, model):
    for command in (("run", model, "ab"), ("trace", model, "ab"), ("heads", model), ("show", model)):
        assert isinstance(json.loads(cli(*command, "--json").out), dict)


def test_a_bar_shows_how_checking_is_going():
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with CountingProgress(("compared", "inputs"), console) as progress:
        progress(512, 10_000)
        progress(1024, 10_000)
    assert "compared 1,024 of 10,000 inputs" in console.file.getvalue()


def test_where_there_is_no_terminal_a_line_now_and_then_does():
    console = Console(file=io.StringIO(), width=100)
    times = itertools.count(0.0, SECONDS_BETWEEN_LINES / 2)
    with CountingProgress(("compared", "inputs"), console, lambda: next(times)) as progress:
        for done in range(1000, 10_001, 1000):
            progress(done, 10_000)
    lines = console.file.getvalue().splitlines()
    assert "compared 2,000 of 10,000 inputs" == lines[0] and 1 < len(lines) < 9
    assert not any("10,000 of" in line for line in lines)


def test_checking_tells_how_it_is_going(cli, hist, monkeypatch):
    seen = []
    monkeypatch.setattr(CountingProgress, "__call__", lambda self, done, of: seen.append((done, of)))
    assert 0 == cli("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4).status
    assert [(121, 121)] == seen


def test_slots_are_used_again(cli, hist, tmp_path):
    given = ("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4)
    plain, narrow = cli(*given, "--json").data, cli(*given, "--reuse-slots", "--json").data
    assert (0, 3) == (plain["reused"], narrow["reused"])
    assert narrow["width"] == plain["width"] - 3 and "agrees" == narrow["verdict"]
    done = cli(*given, "--reuse-slots", "--out", tmp_path / "model")
    assert "3 slots are used again: tokens until block 0" in done.out.splitlines()
    assert "2 1 1 2" == cli("run", tmp_path / "model", "abca").out.strip()
    traced = cli("trace", tmp_path / "model", "abca")
    assert "read before their slots are used again: tokens (block 0)" in traced.err.splitlines()
    assert {"tokens": 0} == cli("trace", tmp_path / "model", "abca", "--json").data["gone"]


def test_a_folder_that_cannot_be_made_is_found_before_anything_is_compiled(cli, hist, tmp_path):
    given = ("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4)
    done = cli(*given, "--out", hist / "model")
    assert 2 == done.status and f"{hist} is a file" in done.err
    assert "compiled" not in done.err


def test_a_folder_that_is_somebody_else_s(cli, hist, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    done = cli("compile", f"{hist}:hist", "--alphabet", "abc", "--max-length", 4, "--out", tmp_path / "a/b")
    assert 2 == done.status and f"nothing can be written into {tmp_path}" in done.err
