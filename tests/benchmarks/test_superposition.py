"""The page on superposition says what was measured."""

from __future__ import annotations

import json

import pytest

import superposition

RECORDS = json.loads((superposition.RESULTS / "superposition.json").read_text("utf-8"))


def test_every_program_of_the_study_is_recorded() -> None:
    assert set(superposition.CASES) == set(RECORDS)
    assert all(record["seeds"] >= 5 for record in RECORDS.values())


@pytest.mark.parametrize("name", superposition.CASES)
def test_the_tables_of_the_page_are_those_of_the_record(name: str) -> None:
    page = superposition.PAGE.read_text("utf-8")
    table = superposition.section(name, RECORDS[name])
    assert f"<!-- {name}: start -->\n{table}\n<!-- {name}: end -->" in page
    assert all((superposition.PICTURES / f"{name}_{kind}.svg").is_file() for kind in ("accuracy", "gram"))
