"""The family of benchmark models: reproducible to the byte, completed where it was interrupted, and true."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from readhead.cli import family as command
from readhead.compile.compiler import compile_program
from readhead.errors import DataError, UsageError
from readhead.program.nodes import Aggregate, SelectorWidth
from readhead.program.vocabulary import Vocabulary
from readhead.transformer.family import COUNT, INDEX, TRUTH, benchmark_models, members
from readhead.transformer.model import Transformer
from readhead.transformer.recipes import interesting, random_program, written
from readhead.transformer.truth import ground_truth

SMALL = {"sizes": [(2, 3), (3, 4)], "count": 3}
WRITTEN = len(written())


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("family") / "small"
    benchmark_models(folder, **SMALL)
    return folder


@pytest.fixture
def copied(small, tmp_path):
    return shutil.copytree(small, tmp_path / "copy")


def test_every_model_has_its_circuit_and_an_entry(small):
    index = json.loads((small / INDEX).read_text())
    assert ("readhead-benchmark", 2, 0, [[2, 3], [3, 4]]) == tuple(
        index[k] for k in ("format", "version", "seed", "sizes")
    )
    assert ["histogram-2x3", "histogram-3x4", "double-histogram-2x3"] == [m["name"] for m in index["models"]][
        :3
    ]
    assert 6 == len(index["models"])
    for entry in index["models"]:
        folder = small / entry["name"]
        assert set(entry["files"]) == {path.name for path in folder.iterdir()} >= {TRUTH, "model.safetensors"}
        for name, hash_ in entry["files"].items():
            assert hash_ == hashlib.sha256((folder / name).read_bytes()).hexdigest()
        model = Transformer.from_pretrained(folder)
        assert json.loads((folder / TRUTH).read_text()) == ground_truth(model).as_dict()
        assert entry["verdict"] == "agrees"
        assert (entry["parameters"], entry["width"]) == (model.size, model.config.width)
        assert 1 <= entry["edges"]


def test_the_same_seed_gives_the_same_bytes(small, tmp_path):
    benchmark_models(tmp_path / "again", **SMALL)
    assert contents(small) == contents(tmp_path / "again")


def test_what_is_there_stays(small, copied):
    found = benchmark_models(copied, **SMALL)
    assert (6, 0) == (len(found.models), found.made)
    assert contents(small) == contents(copied)


def test_an_interrupted_run_goes_on(small, tmp_path):
    out = tmp_path / "out"

    def stop(done, total, name):
        assert (6, "histogram-2x3") == (total, name) or done == 2
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        benchmark_models(out, **SMALL, progress=stop)
    assert 2 == len(json.loads((out / INDEX).read_text())["models"])
    assert 4 == benchmark_models(out, **SMALL).made
    assert contents(small) == contents(out)


def test_what_is_damaged_or_missing_is_made_again(small, copied):
    (copied / "histogram-2x3" / "model.safetensors").write_bytes(b"")
    (copied / "histogram-3x4" / TRUTH).unlink()
    shutil.rmtree(copied / "double-histogram-2x3")
    assert 3 == benchmark_models(copied, **SMALL).made
    assert contents(small) == contents(copied)


def test_a_smaller_family_lists_only_its_own(copied):
    benchmark_models(copied, sizes=[(2, 3)], count=1)
    assert ["histogram-2x3"] == [m["name"] for m in json.loads((copied / INDEX).read_text())["models"]]


def test_other_seeds_give_other_random_programs():
    first, second = (list(members(seed, [(3, 4)], WRITTEN + 3)) for seed in (0, 1))
    assert [m.program for m in first[:WRITTEN]] == [m.program for m in second[:WRITTEN]]
    assert all(a.program != b.program for a, b in zip(first[WRITTEN:], second[WRITTEN:], strict=True))
    assert ["random-0-0-3x4"] == [m.name for m in first[WRITTEN : WRITTEN + 1]]
    assert len({m.program.outputs for m in first}) + 4 == len(first)


def test_there_are_more_than_thirty_and_all_compile():
    made = list(members(0, [(3, 4)], 36))
    assert 36 == len(made) == len({m.name for m in made}) == len({m.identity for m in made})
    assert {"written": WRITTEN, "random": 36 - WRITTEN} == {
        source: sum(m.recipe.source == source for m in made) for source in ("written", "random")
    }
    for member in made:
        blueprint = compile_program(member.program)
        assert any(block.heads for block in blueprint.blocks), member.name


@pytest.mark.parametrize("number", range(10))
def test_random_programs_attend_and_are_interesting(number):
    program = random_program(5, number)
    assert program == random_program(5, number)
    assert interesting(program)
    assert any(isinstance(node, (Aggregate, SelectorWidth)) for node in program.variables.values())


@pytest.mark.parametrize("recipe", written(), ids=lambda r: r.name)
def test_written_programs_have_an_answer_on_every_input(recipe):
    inputs = ["", "a", "b", "ab", "ba", "aabba", "bbbb", "abab"]
    answers = recipe.program.run_batch(inputs)
    assert [len(text) for text in inputs] == [len(answer) for answer in answers]
    assert Vocabulary() == recipe.program.vocabulary


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"count": 0}, "the family has 0 programs"),
        ({"seed": -1}, "the seed is -1"),
        ({"sizes": []}, "there are no sizes"),
        ({"sizes": [(1, 4)]}, r"the size \(1, 4\) cannot be"),
        ({"sizes": [(3, 0)]}, r"the size \(3, 0\) cannot be"),
    ],
)
def test_settings_that_cannot_be(settings, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        benchmark_models(tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_folders_that_hold_something_else(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty, and holds no benchmark models"):
        benchmark_models(tmp_path, **SMALL)
    with pytest.raises(UsageError, match="is a file"):
        benchmark_models(tmp_path / "notes.txt", **SMALL)
    (tmp_path / INDEX).write_text('{"format": "other"}')
    with pytest.raises(UsageError, match="no index of benchmark models"):
        benchmark_models(tmp_path, **SMALL)
    for damaged in (
        "",
        "[]",
        '{"format": "readhead-benchmark"}',
        '{"format": "readhead-benchmark", "models": [1]}',
    ):
        (tmp_path / INDEX).write_text(damaged)
        with pytest.raises(DataError, match="the index cannot be read"):
            benchmark_models(tmp_path, **SMALL)
    assert "mine" == (tmp_path / "notes.txt").read_text()


def test_an_index_that_leads_elsewhere_is_not_followed(copied):
    index = json.loads((copied / INDEX).read_text())
    index["models"][0]["files"]["../histogram-3x4/ground_truth.json"] = index["models"][1]["files"][TRUTH]
    (copied / INDEX).write_text(json.dumps(index))
    assert 1 == benchmark_models(copied, **SMALL).made


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        benchmark_models(tmp_path / "file" / "out", **SMALL)


def test_the_command(tmp_path, capsys, monkeypatch):
    assert COUNT == command.COUNT
    monkeypatch.setattr(command, "SECONDS_BETWEEN_LINES", 0.0)
    answer = command.benchmark_models(tmp_path / "out", seed=0, count=1)
    assert {
        "out": str(tmp_path / "out"),
        "seed": 0,
        "models": 2,
        "made": 2,
        "index": str(tmp_path / "out" / INDEX),
    } == answer.data
    assert "2 models of 1 programs" in answer.text
    assert ["1/2  histogram-3x5", "2/2  histogram-4x8"] == capsys.readouterr().err.splitlines()
    assert 0 == command.benchmark_models(tmp_path / "out", seed=0, count=1).data["made"]
