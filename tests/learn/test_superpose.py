import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from readhead.compile.blueprint import Blueprint
from readhead.compile.compiler import compile_program
from readhead.errors import DataError, UsageError
from readhead.language.rasp import from_rasp
from readhead.learn.superpose import Schedule, compress, superpose
from readhead.learn.superpose.inputs import split_inputs
from readhead.learn.superpose.principal import principal
from readhead.learn.superpose.recover import accuracies, recover
from readhead.learn.superpose.squeezed import Squeezed
from readhead.learn.superpose.training import loss_of, new_run, take_step, train
from readhead.transformer import Transformer, TransformerConfig

REVERSE = "back = length - indices - 1; reversed = aggregate(select(back, indices, ==), tokens);"
FRACTION = 'frac = aggregate(select(indices, indices, <=), float(tokens == "x"));'
QUICK = Schedule(steps=6, batch=8)


def compiled(text: str = REVERSE, alphabet: str = "abc", length: int = 3) -> Blueprint:
    return compile_program(from_rasp(text), vocabulary=alphabet, max_length=length)


@pytest.fixture(scope="module")
def squeezed() -> Squeezed:
    return Squeezed(Transformer.from_blueprint(compiled()), torch.device("cpu"))


def identity(squeezed: Squeezed) -> torch.Tensor:
    return torch.eye(squeezed.width, dtype=squeezed.model.embedding.dtype)[None]


def test_identity_as_projection_changes_nothing(squeezed: Squeezed) -> None:
    learned, _ = split_inputs(squeezed, 0)
    wanted = squeezed.compiled(learned.codes)
    found = squeezed.decompressed(learned.codes, identity(squeezed))
    assert len(found) == 1 + len(squeezed.layers)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a[0], b, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(wanted[-1], squeezed.model.stream(learned.codes)[-1], atol=1e-5, rtol=1e-5)


def test_a_turned_stream_is_the_same_model(squeezed: Squeezed) -> None:
    _, held = split_inputs(squeezed, 0)
    turn = torch.linalg.qr(
        torch.randn(squeezed.width, squeezed.width, generator=torch.Generator().manual_seed(1))
    )[0]
    assert accuracies(squeezed, held, turn.to(identity(squeezed).dtype)[None]).tolist() == [1.0]


def test_all_lengths_are_learned_from_and_none_of_what_is_held_out(squeezed: Squeezed) -> None:
    learned, held = split_inputs(squeezed, 0)
    assert {len(s) for s in learned.sequences} == {1, 2, 3}
    assert len({*learned.sequences, *held.sequences}) == 3 + 9 + 27 == len(learned) + len(held)
    shares = [
        sum(w for s, w in zip(learned.sequences, learned.weights.tolist(), strict=True) if len(s) == n)
        for n in (1, 2, 3)
    ]
    assert shares == pytest.approx([1, 1, 1])
    again, other = split_inputs(squeezed, 0)[1], split_inputs(squeezed, 1)[1]
    assert held.sequences == again.sequences != other.sequences


def test_labels_are_the_answers_of_the_program(squeezed: Squeezed) -> None:
    legend = squeezed.legend
    _, held = split_inputs(squeezed, 0)
    values = legend.readings[legend.answer].values
    for row, sequence in enumerate(held.sequences):
        found = [values[i] for i in held.labels[row][held.scored[row]].tolist()]
        assert found == legend.program.run(sequence)
    assert accuracies(squeezed, held, identity(squeezed)).tolist() == [1.0]


def test_inputs_without_an_answer_are_left_out() -> None:
    text = 'two = aggregate(select(tokens, "a", ==), tokens, no_default);'
    squeezed = Squeezed(Transformer.from_blueprint(compiled(text, "abc", 4)), torch.device("cpu"))
    learned, held = split_inputs(squeezed, 0)
    assert {s.count("a") for s in (*learned.sequences, *held.sequences)} == {1}


def test_too_few_inputs_are_an_error() -> None:
    with pytest.raises(UsageError, match="too few to learn from and to hold out"):
        superpose(compiled(alphabet="a", length=2), 2)


def test_everything_is_recovered_where_nothing_is_lost(squeezed: Squeezed) -> None:
    learned, held = split_inputs(squeezed, 0)
    found = recover(squeezed, learned, held, identity(squeezed)[0])
    assert {"tokens", "indices", "reversed"} <= set(found)
    for recovery in found.values():
        assert recovery.read == 1.0
        assert recovery.cosine == pytest.approx(1.0, abs=1e-4)
        assert recovery.probe >= 0.95
    assert found["reversed"].cosines[0] is None


def test_nothing_is_recovered_from_nothing(squeezed: Squeezed) -> None:
    learned, held = split_inputs(squeezed, 0)
    found = recover(squeezed, learned, held, torch.zeros_like(identity(squeezed)[0][:2]))
    assert found["tokens"].cosine == 0.0
    assert found["tokens"].probe == pytest.approx(found["tokens"].majority, abs=0.2)


def test_a_run_does_not_depend_on_what_runs_beside_it(squeezed: Squeezed) -> None:
    learned, _ = split_inputs(squeezed, 0)
    alone = train(squeezed, learned, QUICK, [(4, 7)])
    beside = train(squeezed, learned, QUICK, [(2, 0), (4, 7), (6, 1)])
    torch.testing.assert_close(beside.projections[1, :4], alone.projections[0], atol=1e-5, rtol=1e-4)
    assert not beside.projections[0, 2:].any()
    assert not beside.projections[1, 4:].any()


def test_training_is_deterministic_and_seeds_differ(squeezed: Squeezed) -> None:
    learned, _ = split_inputs(squeezed, 0)
    one, two = (train(squeezed, learned, QUICK, [(4, 0), (4, 1)]) for _ in range(2))
    assert torch.equal(one.projections, two.projections)
    assert not torch.equal(one.projections[0], one.projections[1])


def test_only_the_projection_learns(squeezed: Squeezed) -> None:
    learned, _ = split_inputs(squeezed, 0)
    before = {name: value.clone() for name, value in squeezed.model.state_dict().items()}
    train(squeezed, learned, QUICK, [(4, 0)])
    assert all(torch.equal(before[name], value) for name, value in squeezed.model.state_dict().items())


@pytest.mark.parametrize("output", ["cross-entropy", "squared"])
def test_gradient_is_the_slope_of_the_loss(output: str) -> None:
    squeezed = Squeezed(Transformer.from_blueprint(compiled(FRACTION, "xy", 3)).double(), torch.device("cpu"))
    squeezed.model.double()
    learned, _ = split_inputs(squeezed, 0)
    schedule = Schedule(output=output)  # type: ignore[arg-type]
    start = (
        torch.randn(1, 4, squeezed.width, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 4
    )
    drawn = torch.arange(6)
    projections = start.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(
        loss_of(squeezed, learned, drawn, projections, schedule).sum(), projections
    )
    step = torch.randn(start.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 1e-6
    ahead, behind = (loss_of(squeezed, learned, drawn, start + s, schedule).sum() for s in (step, -step))
    assert float((ahead - behind) / 2) == pytest.approx(float((gradient * step).sum()), rel=1e-3)


def test_the_loss_falls_and_accuracy_rises() -> None:
    blueprint = compiled()
    found = superpose(blueprint, 8, steps=150)
    assert sum(found.loss[-10:]) < 0.5 * sum(found.loss[:10])
    assert found.accuracy > 0.8
    assert len(found.loss) == 150
    assert found.gram.shape == (blueprint.width, blueprint.width)


def test_principal_components_of_all_dimensions_lose_nothing(squeezed: Squeezed) -> None:
    learned, held = split_inputs(squeezed, 0)
    for centred in (False, True):
        found = principal(squeezed, learned, centred=centred)
        assert found.variances.tolist() == sorted(found.variances.tolist(), reverse=True)
        torch.testing.assert_close(
            found.components @ found.components.T, identity(squeezed)[0], atol=1e-4, rtol=0
        )
        rank = int((found.variances > 1e-6).sum())
        assert rank < squeezed.width
        assert accuracies(squeezed, held, found.components[None, :rank], found.mean).tolist() == [1.0]


def test_attention_begins_soft_and_the_rate_falls() -> None:
    schedule = Schedule(steps=100, rate=0.5, soft=0.1, soft_until=0.5)
    assert schedule.attention_at(0) == pytest.approx(0.1)
    assert [schedule.attention_at(s) for s in (50, 75, 99)] == [1.0, 1.0, 1.0]
    assert schedule.rate_at(0) == 0.5
    assert schedule.rate_at(50) == pytest.approx(0.25)
    assert schedule.rate_at(100) == pytest.approx(0.0)


@pytest.mark.parametrize("start", ["normal", "orthogonal", "components"])
def test_starts(squeezed: Squeezed, start: str) -> None:
    learned, _ = split_inputs(squeezed, 0)
    schedule = Schedule(start=start)  # type: ignore[arg-type]
    found = new_run(squeezed, learned, schedule, [(3, 0), (5, 1)], 0).projections
    gram = found[1] @ found[1].T
    assert found.shape == (2, 5, squeezed.width)
    assert not found[0, 3:].any()
    assert torch.allclose(gram, torch.eye(5), atol=1e-4) == (start == "orthogonal")


def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    blueprint, path = compiled(), tmp_path / "deep" / "run.safetensors"
    whole = compress(blueprint, [3, 5], seeds=2, schedule=QUICK)

    def stop(step: int, total: int, loss: float) -> None:
        if step == 4:
            raise KeyboardInterrupt

    half = compress(blueprint, [3, 5], seeds=2, schedule=QUICK, checkpoint=path, progress=stop)
    assert half.stopped == "interrupted"
    assert len(half.learned[3][0].loss) == 4
    rest = compress(blueprint, [3, 5], seeds=2, schedule=QUICK, checkpoint=path, resume=True)
    assert rest.stopped == "annealed"
    for dim in (3, 5):
        for a, b in zip(rest.learned[dim], whole.learned[dim], strict=True):
            assert torch.equal(a.W, b.W)
            assert a.loss == b.loss


def test_an_interrupt_in_a_step_leaves_no_half_step(
    squeezed: Squeezed, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned, _ = split_inputs(squeezed, 0)
    run = new_run(squeezed, learned, QUICK, [(4, 0)], 0)
    state = run.generator.get_state()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(squeezed, "decompressed", interrupt)
        with pytest.raises(KeyboardInterrupt):
            take_step(run, squeezed, learned, QUICK)
    assert run.step == 0
    assert torch.equal(run.generator.get_state(), state)


def test_checkpoints_of_other_runs_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    blueprint, path = compiled(), tmp_path / "run.safetensors"
    compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=path)
    with pytest.raises(UsageError, match="checkpoint is of another run: sizes"):
        compress(blueprint, [4], seeds=1, schedule=QUICK, checkpoint=path, resume=True)
    other = replace(QUICK, batch=9)
    with pytest.raises(UsageError, match="batch: 8 there, 9 here"):
        compress(blueprint, [3], seeds=1, schedule=other, checkpoint=path, resume=True)
    with pytest.raises(DataError, match="there is no checkpoint"):
        compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=tmp_path / "none", resume=True)
    with pytest.raises(UsageError, match="program: ") as caught:
        compress(compiled(FRACTION), [3], seeds=1, schedule=QUICK, checkpoint=path, resume=True)
    assert len(caught.value.what) < 200
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=cut, resume=True)


def test_a_checkpoint_whose_numbers_do_not_fit_is_refused(tmp_path: Path) -> None:
    blueprint, path = compiled(), tmp_path / "run.safetensors"
    compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=path)
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        kept = dict(file.metadata())
    for name in ("projections", "losses"):
        save_file({**tensors, name: tensors[name][:0].clone()}, path, metadata=kept)
        with pytest.raises(DataError, match="damaged"):
            compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=path, resume=True)
    save_file(tensors, path, metadata={"readhead": kept["readhead"].replace('"format": 2', '"format": 9')})
    with pytest.raises(DataError, match="has format 9"):
        compress(blueprint, [3], seeds=1, schedule=QUICK, checkpoint=path, resume=True)


def test_facts_of_a_squeezed_model() -> None:
    found = superpose(compiled(), 4, schedule=QUICK)
    facts = found.as_dict()
    json.dumps(facts, allow_nan=False)
    assert (facts["dim"], facts["seed"], found.stopped) == (4, 0, "annealed")
    assert set(found.similarity) == set(found.variables) == set(facts["variables"])  # type: ignore[call-overload]
    assert found.probe("tokens") == found.recovery("tokens").probe
    assert set(found.faithful) <= set(found.variables)
    assert not set(found.kept) & set(found.dropped)
    with pytest.raises(UsageError, match="no slots for 'tokns'") as caught:
        found.recovery("tokns")
    assert "tokens" in str(caught.value)


def test_the_best_is_the_most_accurate() -> None:
    found = compress(compiled(), [3, 2, 3], seeds=[4, 9], schedule=QUICK)
    assert list(found.learned) == [2, 3]
    assert [s.seed for s in found.learned[3]] == [4, 9]
    assert found.best(3).accuracy == max(s.accuracy for s in found.learned[3])
    assert found.components[2].seed is None


@pytest.mark.parametrize("dim", [0, -1, 99, 2.5])
def test_dimensions_that_there_are_not(dim: int) -> None:
    with pytest.raises(UsageError, match="dimensions: the model has") as caught:
        superpose(compiled(), dim)
    assert "a whole number from 1 to" in str(caught.value)


def test_nothing_to_train_is_an_error() -> None:
    for dims, seeds in (([], 1), ([3], 0)):
        with pytest.raises(UsageError, match="nothing to train"):
            compress(compiled(), dims, seeds=seeds)


def test_a_model_that_is_no_compiled_program_is_an_error() -> None:
    shape = TransformerConfig(
        width=4, layers=1, heads=1, d_head=2, d_value=2, hidden=2, symbols=3, outputs=2, longest=4
    )
    with pytest.raises(UsageError, match="no compiled program"):
        superpose(Transformer(shape), 2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"rate": -1.0}, "rate is -1.0"),
        ({"layers": float("nan")}, "layers is nan"),
        ({"soft": 0.0}, "soft is 0.0"),
        ({"output": "other"}, "output is 'other'"),
        ({"start": "pca"}, "start is 'pca'"),
    ],
)
def test_schedules_that_make_no_sense(given: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Schedule(**given)  # type: ignore[arg-type]
