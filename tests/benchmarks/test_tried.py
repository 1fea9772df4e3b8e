"""The table of what was tried: each variant changes what it says, and the table says what was measured."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import tried as benchmark
from readhead.learn.choices import sample
from readhead.learn.encode import encode, make_batch
from readhead.learn.learner import make_setting
from readhead.learn.population import new_group
from readhead.learn.presets import Schedule
from readhead.tasks import load_dataset


def record(variant: str, seed: int, refitted: float) -> dict[str, Any]:
    return {
        "task": "sort",
        "variant": variant,
        "seed": seed,
        "accuracy": {"learned": 0.5, "refitted": refitted},
        "seconds": {"training": 2.0, "finishing": 1.0},
        "hardware": {"cpu": "c", "cores": 1},
        "versions": {"python": "3"},
    }


def test_every_variant_changes_something_that_there_is() -> None:
    for name, variant in benchmark.VARIANTS.items():
        assert set(variant.schedule) <= set(Schedule.__dataclass_fields__)
        changed = bool(variant.schedule) or variant.straight_through or bool(variant.entropy)
        assert changed == (name != benchmark.BASE)


def test_a_row_compares_with_the_base_on_the_same_seeds() -> None:
    records = [record("base", 0, 0.8), record("base", 1, 0.9), record("rate_0.1", 1, 0.85)]
    base, row = benchmark.rows_of(records, "sort")
    assert base[1:] == [
        benchmark.VARIANTS["base"].title,
        "2",
        "50.00 ± 0.00",
        "85.00 ± 7.07",
        "",
        "",
        "",
        "2",
    ]
    assert row[1:] == ["learning rate 0.1", "1", "50.00", "85.00", "", "-5.00", "0 of 1", "2"]
    assert "| sort | learning rate 0.1 | 1 |" in benchmark.section(records, ["sort"])


@pytest.mark.parametrize("name", ["straight_through", "entropy_0.01"])
def test_the_changed_loss_has_the_gradient_that_it_says(name: str) -> None:
    dataset = load_dataset("hist", seed=0, symbols=3, max_length=4)
    plain = make_setting(dataset, "quick", 0, 1, "cpu")
    changed = benchmark.setting_of(benchmark.VARIANTS[name], plain)
    data = encode(dataset, dataset.train)
    batch = make_batch(data, torch.arange(16).numpy(), plain.shape, plain.device)
    flat = new_group(plain, [0]).flat
    choices = sample(flat, plain.layout, 0.5, torch.Generator().manual_seed(0))
    loss, gradient = plain.loss_and_gradient(choices, batch, 0.5)
    other_loss, other = changed.loss_and_gradient(choices, batch, 0.5)
    none = benchmark.Changed(
        **{n: getattr(plain, n) for n in benchmark.Setting.__dataclass_fields__}
    ).loss_and_gradient(choices, batch, 0.5)
    torch.testing.assert_close(none[1], gradient)
    assert not torch.allclose(other, gradient)
    if name == "straight_through":
        assert not torch.allclose(loss, other_loss)
        return
    logits = flat.clone().requires_grad_(True)
    rows, total = 0, torch.zeros(())
    for segment, piece in zip(plain.layout, logits.split([s.size for s in plain.layout], dim=1), strict=True):
        if segment.choice and segment.name == "0.query":
            noise = choices[segment.name].log() * 0.5 - piece.detach().view(choices[segment.name].shape)
            soft = torch.softmax((piece.view(noise.shape) + noise) / 0.5, dim=-1)
            rows = soft[0, ..., 0].numel()
            total = -(soft * soft.log()).sum() / rows * 0.01
    total.backward()
    assert logits.grad is not None
    touched = logits.grad != 0
    torch.testing.assert_close((other - gradient)[touched], logits.grad[touched], rtol=1e-3, atol=1e-6)


def test_a_small_task_is_measured_to_the_end() -> None:
    found = benchmark.measure("hist", "base", 0, symbols=2, max_length=3)
    assert set(found["accuracy"]) == {"learned", "refitted", "repaired"}
    assert all(0 <= value <= 1 for value in found["accuracy"].values())
    assert set(found["seconds"]) == {"training", "finishing", "repair"}
