"""What ``compile.py`` measures: its programs are right, its counts are the models', its tables have every row."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from readhead.compile import run
from readhead.compile.compiler import compile_program
from readhead.transformer import Transformer

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "compile.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """By its path: its name is also that of a folder of tests."""
    spec = importlib.util.spec_from_file_location("compile_benchmark", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def answer(name: str, given: list[str]) -> list[object]:
    """What a program answers, in plain Python."""
    match name:
        case "length":
            return [len(given)] * len(given)
        case "hist":
            return [given.count(t) for t in given]
        case "reverse":
            return list(given[::-1])
        case "sort":
            return sorted(given)
        case "sort_freq":
            found = sorted(set(given), key=lambda t: (-given.count(t), given.index(t)))
            return [*found, *["§"] * (len(given) - len(found))]
    depths = dict.fromkeys(["()"] if name == "shuffle_dyck" else ["()", "{}"], 0)
    failed, answers = False, []
    for token in given:
        for pair in depths:
            depths[pair] += (token == pair[0]) - (token == pair[1])
        failed = failed or min(depths.values()) < 0
        answers.append("F" if failed else "P" if any(depths.values()) else "T")
    return answers


def test_the_measured_programs_are_right_and_counted(benchmark: ModuleType) -> None:
    draw = random.Random(0)
    for name in benchmark.NAMES:
        tokens = benchmark.alphabet(name, 10)
        assert 10 == len(set(tokens))
        blueprint = compile_program(benchmark.program(name), vocabulary=tokens, max_length=8)
        sequences = [draw.choices(tokens, k=n) for n in (0, 1, 5, 8, 8, 8)]
        assert [answer(name, s) for s in sequences] == run.answers(blueprint, sequences)
        model = Transformer.from_blueprint(blueprint)
        assert model.size == benchmark.parameters(blueprint)
        assert sum(int((p != 0).sum()) for p in model.parameters()) == benchmark.nonzero(blueprint)


def test_an_alphabet_of_a_hundred(benchmark: ModuleType) -> None:
    assert 100 == len(set(benchmark.alphabet("shuffle_dyck2", 100)))


def test_the_ordinary_transformer_takes_the_same_tokens(benchmark: ModuleType) -> None:
    blueprint = compile_program(benchmark.program("sort"), vocabulary="abc", max_length=5)
    model = Transformer.from_blueprint(blueprint)
    codes = model.codes(["abcab", "b"])
    assert model(codes).shape == benchmark.ordinary(model)(codes).shape


def test_the_tables_have_every_row(benchmark: ModuleType) -> None:
    figure = {
        "seconds": 0.01,
        "fastest": 0.009,
        "tracr_seconds": None,
        "parameters": 10,
        "tracr_parameters": 1000,
    }
    figure |= {"layers": 1, "heads": [1], "width": 3, "precision": "float32"}
    figure |= {"narrow_parameters": 8, "narrow_width": 2}
    assert (
        "| hist | 10 | 0.0100 | 0.0090 |  | 10 | 1,000 | 1% | 1 / 1 / 3 | 8 / 2 | float32 |"
        in benchmark.speed_table({10: {"hist": figure}})
    )
    grown = {"program": "hist", "alphabet": 10, "length": 512}
    refused = {"refused": "too many", "why": "the size budget"}
    made = {"parameters": 100, "nonzero": 50, "width": 3, "seconds": 1.0, "added_mib": 5}
    lines = benchmark.growth_table([grown | refused, grown | made]).splitlines()
    assert [
        "| hist | 10 | 512 |  |  |  |  |  | too many |",
        "| hist | 10 | 512 | 100 | 50% | 3 | 1.00 | 5 |  |",
    ] == lines[2:]


def test_growth_is_measured_in_a_process_of_its_own() -> None:
    path = [sys.executable, str(PATH), "grown", "hist", "3", "4"]
    found = json.loads(subprocess.run(path, check=True, capture_output=True, text=True).stdout)
    names = {"seconds", "peak_mib", "added_mib", "parameters", "nonzero", "width", "precision"}
    assert names == set(found)


def test_what_tracr_needs_is_compared_with_what_it_says(benchmark: ModuleType) -> None:
    for length, most in ((10, ("reverse", "sort", "sort_freq", "hist")), (40, ())):
        known = benchmark.TRACR_PARAMETERS[length]
        for name in known:
            given = benchmark.program(name), benchmark.alphabet(name, 10)
            blueprint = compile_program(given[0], vocabulary=given[1], max_length=length)
            share = 1 if name in most else 0.1
            assert benchmark.parameters(blueprint) <= share * known[name], name
