"""Models whose slots are used again: traces, interventions, tables, saving."""

from __future__ import annotations

import json

import pytest

import readhead as rh
from readhead.errors import DataError
from readhead.transformer import Transformer

TEXT = """
hist = selector_width(select(tokens, tokens, ==));
rank = selector_width(select(hist, hist, <));
best = aggregate(select(rank, 0, ==), indices, -1);
"""
INPUTS = ("", "a", "abca", "bbcab", "ccccc")


def made(**options):
    return rh.compile(rh.from_rasp(TEXT), vocabulary="abc", max_length=5, **options)


@pytest.fixture(scope="module")
def models():
    return made(check=False), made(reuse_slots=True)


def test_it_agrees_on_every_variable(models):
    plain, narrow = models
    assert ("agrees", True) == (narrow.agreement.verdict, narrow.agreement.exhaustive)
    assert narrow.config.width < plain.config.width
    assert narrow.legend.readable == plain.legend.readable
    for tokens in INPUTS:
        assert plain.run(tokens) == narrow.run(tokens)
        assert plain.trace(tokens).diff(narrow.trace(tokens)) is None
        assert all(error < 1e-3 for error in narrow.errors(tokens).values())


def test_the_legend_says_when_a_variable_is_gone(models):
    plain, narrow = models
    gone = {name: narrow.legend.gone(name) for name in narrow.legend.settable}
    assert gone["tokens"] is not None and gone["best"] is None
    assert {None} == {plain.legend.gone(name) for name in plain.legend.settable}
    assert "tokens" in narrow.legend.cleared_by(gone["tokens"])
    assert any(", then " in slot.name for slot in narrow.legend.slots)


def test_the_table_of_hooks_shows_what_is_cleared(models):
    plain, narrow = models
    block = narrow.legend.gone("tokens")
    cleared = {p.name: p.cleared for p in narrow.hook_points if p.cleared}
    assert "tokens" in cleared[f"blocks.{block}.hook_resid_post"]
    assert "cleared" in [column.header for column in narrow.hook_table().columns]
    assert "cleared" not in [column.header for column in plain.hook_table().columns]


def test_interventions_do_the_same(models):
    plain, narrow = models
    for name in plain.legend.settable:
        if name in plain.legend.readings:
            for value in plain.legend.readings[name].values:
                assert plain.run("abca", set={name: value}) == narrow.run("abca", set={name: value})
            assert plain.run("abca", patch={name: "ccab"}) == narrow.run("abca", patch={name: "ccab"})


def test_the_cache_has_every_variable_s_slots_in_order(models):
    caches = [model.run_with_cache("abca")[1] for model in models]
    for name in ("tokens", "hist", "rank", "best"):
        first, second = (cache.slots(name) for cache in caches)
        assert first.shape == second.shape
        assert (first - second).abs().max() < 1e-3


def test_it_is_saved_with_all_that_a_slot_stands_for(models, tmp_path):
    narrow = models[1]
    narrow.save_pretrained(tmp_path / "model")
    found = Transformer.from_pretrained(tmp_path / "model")
    assert narrow.legend.slots == found.legend.slots
    assert narrow.agreement == found.agreement
    assert [narrow.run(tokens) for tokens in INPUTS] == [found.run(tokens) for tokens in INPUTS]
    block = narrow.legend.gone("tokens")
    assert f"after the embedding, until block {block} uses some of them again" in (
        tmp_path / "model/README.md"
    ).read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda slot: slot[:6], "where it is used again, two more"),
        (lambda slot: [*slot[:5], "x", slot[6]], "the block that clears a slot"),
        (lambda slot: [*slot[:6], [slot]], "all that it stands for in one list"),
    ],
)
def test_a_slot_that_is_wrong(models, tmp_path, change, message):
    models[1].save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    slots = config["legend"]["slots"]
    at = next(i for i, slot in enumerate(slots) if len(slot) == 7)
    slots[at] = change(slots[at])
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(DataError) as caught:
        Transformer.from_pretrained(tmp_path)
    assert message in str(caught.value)


def test_the_circuit_names_all_that_an_edge_may_carry(models):
    edges = {edge.name: set(edge.variables) for edge in models[1].ground_truth().edges}
    assert {"tokens", "hist"} <= edges["embedding", "blocks.0.mlp", "mlp"]
