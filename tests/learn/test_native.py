"""The compiled training step against the one in torch, and what happens where it cannot be compiled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from readhead.errors import UsageError
from readhead.learn import learn, native
from readhead.learn.attention import closest_order
from readhead.learn.choices import only_present, sample, with_absent
from readhead.learn.gradient import _of_all, loss_and_gradient
from readhead.learn.population import Setting, new_group, train_epoch
from readhead.learn.relaxed import Batch, run_stream
from readhead.learn.shape import Shape, segments

CPU = torch.device("cpu")


@pytest.fixture
def compiled() -> None:
    """Skip where there is no compiled step."""
    if not native.available():
        pytest.skip(native.status())


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Nothing is compiled yet, and the cache is a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("READHEAD_NATIVE", raising=False)
    native._loaded.cache_clear()
    yield tmp_path
    native._loaded.cache_clear()


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Any parts, few of each."""
    few = st.integers(0, 2)
    return Shape(
        draw(st.integers(0, 2)),
        draw(few),
        draw(few),
        draw(few),
        draw(few),
        values=draw(st.integers(2, 9)),
        hidden=draw(st.integers(1, 6)),
        cap=draw(st.integers(1, 3)),
        embeddings=draw(few),
        given_categorical=draw(few),
        given_numerical=draw(few),
    )


def random_batch(
    shape: Shape, n: int, size: int, labels: int, pooled: bool, rng: np.random.Generator
) -> Batch:
    """Sequences of up to ``n`` tokens, padded, some places without a label, with given inputs where the shape has any."""
    d = shape.values
    mask = torch.from_numpy(np.arange(n)[:, None] < rng.integers(0, n + 1, size)).double()
    tokens = torch.from_numpy(rng.integers(0, 7 if shape.embeddings else d, (n, size)))
    value = torch.arange(d)[:, None, None]
    places = (torch.arange(n)[:, None].clamp(max=d - 1) == value).double() * mask
    answers = torch.from_numpy(rng.integers(-1, labels, (1 if pooled else n, size)))
    if not pooled:
        answers = torch.where(mask > 0, answers, -1)
    codes = torch.from_numpy(rng.integers(0, d, (shape.given_categorical, 1, n, size)))
    numbers = torch.from_numpy(rng.uniform(0, 5, (shape.given_numerical, n, size))) * mask
    return Batch(
        tokens,
        None if shape.embeddings else (tokens == value).double() * mask,
        places,
        mask,
        answers,
        given=(codes == value).double() * mask if shape.given_categorical else None,
        numbers=numbers if shape.given_numerical else None,
    )


def single(batch: Batch) -> Batch:
    """The batch in single precision."""
    held = {f.name: getattr(batch, f.name) for f in fields(Batch)}
    return Batch(**{k: v.float() if v is not None and v.is_floating_point() else v for k, v in held.items()})


@given(
    shape=shapes(),
    n=st.integers(1, 9),
    size=st.integers(1, 70),
    labels=st.integers(1, 5),
    width=st.one_of(st.none(), st.integers(1, 5)),
    restarts=st.integers(1, 3),
    causal=st.booleans(),
    pooled=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=150)
@pytest.mark.usefixtures("compiled")
def test_loss_and_gradient_are_those_of_torch_in_double_precision(
    shape: Shape,
    n: int,
    size: int,
    labels: int,
    width: int | None,
    restarts: int,
    causal: bool,
    pooled: bool,
    seed: int,
) -> None:
    batch = random_batch(shape, n, size, labels, pooled, np.random.default_rng(seed))
    layout = segments(shape, words=7, labels=labels)
    flat = torch.randn(
        restarts,
        sum(s.size for s in layout),
        generator=torch.Generator().manual_seed(seed),
        dtype=torch.float64,
    )
    choices = sample(flat, layout, 0.7, None)
    order = closest_order(n, causal, CPU, torch.float64)
    networks = run_stream(shape, choices, batch, order, 0.7).networks
    near = [(network.inputs - shape.cap).abs() < 1e-4 for network in networks if network is not None]
    assume(not any(bool(close.any()) for close in near))  # there the gradient jumps
    raw = [replace(s, choice=False) for s in layout]  # compare the gradient of choices
    expected_loss, expected = _of_all(shape, raw, choices, batch, order, 0.7, pooled)
    together = torch.cat([choices[s.name].flatten(1) for s in layout], dim=1).float()
    weight = 1 / max(1, int((batch.labels >= 0).sum()))
    loss, gradient = native.step(shape, layout, together, single(batch), weight, order, 0.7, pooled, width)
    np.testing.assert_allclose(loss, expected_loss, rtol=2e-5, atol=1e-6)
    scale = float(expected.abs().max())
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=2e-5 * scale + 1e-7)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("values", [16, 50])
def test_many_values_are_multiplied_a_few_at_a_time(values: int) -> None:
    """Products of two variables' values do not fit at once: the gradient is the same."""
    shape = Shape(1, 1, 1, 2, 1, values=values, hidden=40, cap=31)
    batch = random_batch(shape, 17, 33, 3, False, np.random.default_rng(0))
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(1, sum(s.size for s in layout), generator=torch.Generator().manual_seed(1)).double()
    choices = sample(flat, layout, 0.7, None)
    order = closest_order(17, False, CPU, torch.float64)
    loss, gradient = loss_and_gradient(shape, layout, choices, batch, order, 0.7, False)
    less = {name: choice.float() for name, choice in choices.items()}
    other_loss, other = loss_and_gradient(shape, layout, less, single(batch), order, 0.7, False)
    assert other.dtype == torch.float32
    np.testing.assert_allclose(other_loss, loss, rtol=1e-5)
    np.testing.assert_allclose(other, gradient, rtol=1e-3, atol=1e-5 * float(gradient.abs().max()))


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("0.query", np.nan),
        ("0.predicate", np.nan),
        ("0.mlp_table", np.nan),
        ("0.num_mlp_in", np.nan),
        ("0.num_mlp_bias", np.nan),
        ("0.num_mlp_bias", np.inf),
        ("0.num_mlp_out", np.nan),
        ("0.num_mlp_out_bias", np.inf),
        ("1.num_mlp_out_bias", 3e38),
        ("readout", np.nan),
        ("readout", np.inf),
        ("readout_numbers", np.nan),
    ],
)
def test_a_restart_that_diverges_is_found_by_its_loss(part: str, value: float) -> None:
    """What is not a number is handed on to the loss; the other restarts go on as if nothing had happened."""
    shape = Shape(2, 1, 1, 1, 1, values=4, hidden=3, cap=5)
    batch = single(random_batch(shape, 5, 20, 3, False, np.random.default_rng(4)))
    layout = segments(shape, words=4, labels=3)
    flat = torch.randn(3, sum(s.size for s in layout), generator=torch.Generator().manual_seed(5))
    choices = sample(flat, layout, 0.05, None)
    order = closest_order(5, False, CPU)

    def run(choices: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return loss_and_gradient(shape, layout, choices, batch, order, 0.05, False)

    fine_loss, fine = run(choices)
    choices[part] = choices[part].clone()
    choices[part][1].view(-1)[0] = value
    loss, gradient = run(choices)
    assert loss.isfinite().tolist() == [True, False, True]
    assert torch.equal(loss[::2], fine_loss[::2]) and torch.equal(gradient[::2], fine[::2])


@pytest.mark.usefixtures("compiled")
def test_choices_in_any_order_of_memory() -> None:
    shape = Shape(1, 1, 1, 1, 1, values=4)
    batch = single(random_batch(shape, 5, 20, 3, False, np.random.default_rng(6)))
    layout = segments(shape, words=4, labels=3)
    flat = torch.rand(sum(s.size for s in layout), 2, generator=torch.Generator().manual_seed(7)).T
    order = closest_order(5, False, CPU)
    some, same = (
        native.step(shape, layout, choices, batch, 1.0, order, 1.0, False)
        for choices in (flat, flat.contiguous())
    )
    assert torch.equal(some[0], same[0]) and torch.equal(some[1], same[1])


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("tuned", ["", "-mavx"])
def test_vectors_of_any_length(tuned: str, afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are as long as the processor's registers: here as on an older one."""
    if tuned and " avx " not in native._processor():
        pytest.skip("this processor has no AVX")
    monkeypatch.setattr(native, "TUNED", (tuned,))
    assert native.status() == "native"
    shape = Shape(2, 1, 1, 1, 1, values=5, hidden=6, cap=9, embeddings=1)
    batch = random_batch(shape, 6, 45, 3, False, np.random.default_rng(8))
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(2, sum(s.size for s in layout), generator=torch.Generator().manual_seed(9)).double()
    choices = sample(flat, layout, 0.7, None)
    order = closest_order(6, False, CPU, torch.float64)
    loss, gradient = loss_and_gradient(shape, layout, choices, batch, order, 0.7, False)
    less = {name: choice.float() for name, choice in choices.items()}
    other_loss, other = loss_and_gradient(shape, layout, less, single(batch), order, 0.7, False)
    np.testing.assert_allclose(other_loss, loss, rtol=1e-5)
    np.testing.assert_allclose(other, gradient, rtol=1e-3, atol=1e-5 * float(gradient.abs().max()))


def test_words_that_do_not_occur_are_left_out_and_put_back() -> None:
    """A batch's few words give the loss and the gradient that the whole vocabulary gives."""
    shape = Shape(1, 1, 1, 1, 0, values=4, embeddings=2)
    batch = random_batch(shape, 5, 6, 3, False, np.random.default_rng(2))
    batch = replace(batch, tokens=batch.tokens.clamp(min=2, max=4))
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(2, sum(s.size for s in layout), generator=torch.Generator().manual_seed(3)).double()
    order = closest_order(5, False, CPU, torch.float64)
    whole = loss_and_gradient(shape, layout, sample(flat, layout, 0.7, None), batch, order, 0.7, False)
    present, places = batch.tokens.unique(return_inverse=True)
    few = replace(batch, tokens=places, present=present)
    choices = sample(flat, layout, 0.7, None, present)
    assert choices["embedding"].shape == (2, 2, 3, 4)
    part = loss_and_gradient(shape, layout, choices, few, order, 0.7, False)
    np.testing.assert_allclose(part[0], whole[0], rtol=1e-12)
    np.testing.assert_allclose(part[1], whole[1], rtol=1e-9, atol=1e-15)
    kept, _ = only_present(flat, layout, present)
    back = with_absent(kept, layout, present)
    assert torch.equal(only_present(back, layout, present)[0], kept)
    assert int((back[:, : layout[0].size] == 0).sum()) == 2 * 2 * 4 * 4


def test_without_word_classes_nothing_is_left_out() -> None:
    layout = segments(Shape(1, 1, 0, 0, 0, values=4), words=4, labels=2)
    flat = torch.randn(1, sum(s.size for s in layout))
    present = torch.tensor([0, 2])
    assert only_present(flat, layout, present)[0] is flat
    assert with_absent(flat, layout, present) is flat


def test_no_compiler(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(afresh))
    assert native.status() == "torch: there is no C compiler"
    assert not native.available()
    with pytest.raises(native.NoCompilerError, match="there is no C compiler"):
        native.library()


def test_the_compiler_that_is_asked_for(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert native.status() == "torch: there is no C compiler 'no-such-compiler'"


@pytest.mark.usefixtures("compiled")
def test_a_compiler_with_arguments(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in ``CC="ccache gcc"``."""
    monkeypatch.setenv("CC", f"env {native.compiler()[0]} -DNOTHING")
    assert native.status() == "native"


def test_not_on_windows(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native.platform, "system", lambda: "Windows")
    assert native.status() == "torch: it is not compiled on Windows"


def test_a_compiler_that_fails(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = afresh / "broken"
    broken.write_text("#!/bin/sh\necho 'step.c:1: I know no vectors' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    assert native.status() == (
        f"torch: {broken} does not compile the training step: step.c:1: I know no vectors"
    )
    assert [p.name for p in (afresh / "readhead").iterdir()] == []  # nothing half-made stays


def test_a_compiler_that_fails_without_a_word(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = afresh / "silent"
    silent.write_text("#!/bin/sh\nexit 3\n")
    silent.chmod(0o755)
    monkeypatch.setenv("CC", str(silent))
    assert native.status() == f"torch: {silent} does not compile the training step: it ends with status 3"


def test_what_is_compiled_cannot_be_loaded(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = afresh / "broken"
    broken.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\necho nothing > "$2"\n')
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    assert native.status().startswith("torch: ")


@pytest.mark.usefixtures("compiled")
def test_what_is_damaged_is_compiled_again(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    native.compiled().write_bytes(b"nothing")
    assert native.status() == "native"


@pytest.mark.usefixtures("compiled")
def test_ctrl_c_while_it_is_compiled(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(native.subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        native.compiled()
    assert list((afresh / "readhead").iterdir()) == []


def test_switched_off(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READHEAD_NATIVE", "0")
    assert native.status() == "torch: READHEAD_NATIVE=0 is set"


def test_a_switch_that_is_neither(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READHEAD_NATIVE", "yes")
    with pytest.raises(UsageError, match="READHEAD_NATIVE is 'yes'"):
        native.status()


@pytest.mark.usefixtures("compiled")
def test_it_is_compiled_once(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = native.compiled()
    assert first.parent == afresh / "readhead"
    monkeypatch.setattr(native.subprocess, "run", lambda *a, **k: pytest.fail("compiled again"))
    assert native.compiled() == first


@pytest.mark.usefixtures("compiled")
def test_a_cache_that_cannot_be_written(afresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (afresh / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(afresh / "file"))
    assert native.status() == "native"
    monkeypatch.setenv("XDG_CACHE_HOME", str(afresh / "other"))
    monkeypatch.setattr(os, "access", lambda *a: False)
    assert native._cache().name.startswith("readhead-")


@pytest.mark.usefixtures("compiled")
def test_a_cache_that_others_can_write(afresh: Path) -> None:
    """What is in it may be theirs: nothing is loaded from there."""
    folder = afresh / "readhead"
    folder.mkdir()
    folder.chmod(0o777)
    assert native.compiled().parent != folder
    assert native.status() == "native"
    assert list(folder.iterdir()) == []


def test_learning_says_what_it_was_computed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Notes:
        def note(self, line: str) -> None:
            said.append(line)

        def __getattr__(self, name: str) -> object:
            return lambda *a: None

    why = "cc does not compile the training step: step.c:1: I know no vectors"
    monkeypatch.setattr(native, "_loaded", lambda: why)
    result = learn(
        "hist", preset="quick", method="gradient", restarts=1, examples=200, device="cpu", progress=Notes()
    )
    assert result.report["kernels"] == f"torch: {why}"
    assert said == [f"training is three times slower than it could be ({why})"]


@pytest.mark.usefixtures("compiled")
def test_an_epoch_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters after an epoch, with and without the compiled step."""
    from readhead.learn.encode import encode
    from readhead.learn.presets import plan
    from readhead.tasks import load_dataset

    dataset = load_dataset("hist", seed=0, examples=1000)
    shape, schedule = plan(dataset, "quick", 2)
    layout = segments(shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
    setting = Setting(shape, schedule, layout, dataset.causal, False, 0, CPU)
    data = encode(dataset, dataset.train)
    after = []
    for available in (True, False):
        monkeypatch.setattr(native, "available", lambda available=available: available)
        group = new_group(setting, [0, 1])
        train_epoch(group, setting, data, epoch=0)
        after.append(group)
    np.testing.assert_allclose(after[0].loss, after[1].loss, rtol=1e-4)
    np.testing.assert_allclose(after[0].flat, after[1].flat, atol=2e-3)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("what", "message"), [("tokens", "a token's code"), ("labels", "a label's code is 3")]
)
def test_codes_that_do_not_exist(what: str, message: str) -> None:
    """They are told before anything is read beyond its end."""
    shape = Shape(1, 1, 0, 0, 0, values=4, embeddings=1)
    batch = single(random_batch(shape, 3, 4, 3, False, np.random.default_rng(0)))
    layout = segments(shape, words=7, labels=3)
    flat = torch.zeros(1, sum(s.size for s in layout))
    wrong = replace(batch, **{what: getattr(batch, what).clone().fill_(7 if what == "tokens" else 3)})
    with pytest.raises(IndexError, match=message):
        native.step(shape, layout, flat, wrong, 1.0, closest_order(3, False, CPU), 1.0, False)
