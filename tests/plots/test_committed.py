"""The pictures in the documents are those that their script makes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def make_pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_pictures_are_what_the_script_makes(make_pictures):
    made = {name: picture.svg() for name, picture in make_pictures.pictures().items()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert sorted(made) == sorted(committed)
    assert [] == [name for name in made if made[name] != committed[name]], "run docs/make_pictures.py"


def test_the_script_writes_them(make_pictures, monkeypatch, tmp_path):
    monkeypatch.setattr(make_pictures, "FOLDER", tmp_path / "pictures")
    monkeypatch.setattr(make_pictures, "PICTURES", {"learned": ("examples/hist.py", "313")})
    make_pictures.main()
    assert (tmp_path / "pictures" / "learned.svg").read_text() == (FOLDER / "learned.svg").read_text()


@pytest.mark.parametrize("folder", ["pictures", "curves"])
def test_the_documents_show_all_of_them(folder):
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        name
        for page in pages
        for name in re.findall(rf"!\[[^\]]*\]\([^)]*?{folder}/([\w]+\.svg)\)", page.read_text())
    }
    assert {path.name for path in (ROOT / "docs" / folder).iterdir()} == shown
