"""The circuits in the documents are those that their scripts make; notes are written into the boxes of pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import readhead as rh
from readhead.plots import draw

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notes_stand_in_the_boxes() -> None:
    program = rh.load(ROOT / "examples" / "hist.py")
    assert (
        "sum of 1, else 0; worth 60%" in draw(program, notes={"count_1_1": "worth 60%", "nobody": "x"}).svg()
    )
    assert "worth" not in draw(program).svg()


def test_the_circuits_are_what_the_script_finds() -> None:
    made = {name: picture.svg() for name, picture in script("make_circuits").pictures().items()}
    committed = {path.name: path.read_text() for path in (ROOT / "docs" / "circuits").iterdir()}
    assert sorted(made) == sorted(committed)
    assert [] == [name for name in made if made[name] != committed[name]], "run docs/make_circuits.py"
    page = (ROOT / "docs" / "circuits.md").read_text()
    assert [] == [name for name in committed if f"](circuits/{name})" not in page]


def test_the_circuits_give_what_the_page_says() -> None:
    found = script("make_circuits").circuits()
    heads = {name: (circuit.after.heads, circuit.before.heads) for name, circuit in found.items()}
    assert {
        "dyck2_written_counting": (1, 5),
        "dyck2_learned_counting": (3, 10),
        "dyck2_learned_mismatch": (6, 10),
        "most_freq_first": (3, 4),
        "most_freq_second": (4, 4),
    } == heads
    assert all(circuit.same >= 0.95 * circuit.answers for circuit in found.values())


@pytest.mark.parametrize("name", ["reverse.py", "reverse_mended.py", "hist_mended.py"])
def test_the_programs_to_debug_are_what_the_script_makes(name: str) -> None:
    assert (ROOT / "examples" / "debugging" / name).read_text() == script("make_debugging").programs()[name]


def test_the_learned_examples_read_back() -> None:
    for name in ("dyck2", "most_freq"):
        path = ROOT / "examples" / "learned" / f"{name}.py"
        assert rh.to_python(rh.load(path)) == path.read_text()
