"""The yardstick is the paper's model: discrete when evaluated, differentiable when trained."""

from __future__ import annotations

import pytest
import torch

import yardstick

VALUES = 4
TOKENS, POSITIONS = 0, 1


def choose(choice: yardstick.Choice, options: list[int] | list[list[int]]) -> None:
    """Set one-hot choices: the option for each row of the choice's logits."""
    wanted = torch.nn.functional.one_hot(torch.tensor(options), choice.logits.shape[-1])
    choice.logits.data = 10.0 * wanted.float().reshape(choice.logits.shape)


def one_layer(causal: bool = False) -> yardstick.TransformerProgram:
    """One categorical head and one numerical head, read by hand-set choices; one MLP of each kind."""
    torch.manual_seed(0)
    shape = yardstick.Shape(1, 1, 1, 1, 1, values=VALUES, width=8)
    return yardstick.TransformerProgram(
        shape, symbols=VALUES, positions=VALUES, labels=3, causal=causal
    ).eval()


def head_outputs(model: yardstick.TransformerProgram, tokens: list[int]) -> tuple[list[int], list[float]]:
    """What the categorical head copies (value codes) and what the numerical head counts, at each position."""
    seen: dict[str, torch.Tensor] = {}
    layer = model.layers[0]
    layer.categorical_heads.register_forward_hook(lambda _m, _i, out: seen.update(copied=out))
    layer.numerical_heads.register_forward_hook(lambda _m, _i, out: seen.update(counted=out))
    with torch.no_grad():
        model(torch.tensor([tokens]))
    assert (seen["copied"].sum(-1) == 1).all()
    return seen["copied"][0, :, 0].argmax(-1).tolist(), seen["counted"][0, :, 0].tolist()


def set_head(scores: yardstick.Predicates, query: int, key: int, predicate: list[int]) -> None:
    choose(scores.query, [query])
    choose(scores.key, [key])
    choose(scores.predicate, predicate)


def test_copies_the_previous_token_and_counts_the_same_token() -> None:
    model = one_layer()
    layer = model.layers[0]
    set_head(layer.categorical_heads.scores, POSITIONS, POSITIONS, [3, 0, 1, 2])
    choose(layer.categorical_heads.value, [TOKENS])
    set_head(layer.numerical_heads.scores, TOKENS, TOKENS, [0, 1, 2, 3])
    copied, counted = head_outputs(model, [2, 1, 2, 2])
    assert copied == [2, 2, 1, 2]
    assert counted == [3.0, 1.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        pytest.param([1, 2, 2, 1], [3, 0, 3, 0], id="the nearest match, not the query's own position"),
        pytest.param([1, 2, 1, 2], [2, 0, 0, 2], id="of two equally near matches the earlier"),
        pytest.param([2, 1, 2, 2], [1, 1, 1, 1], id="its own position when nothing else matches"),
        pytest.param([2, 2, 2, 2], [0, 0, 0, 0], id="the first position when nothing matches"),
        pytest.param([2, 3, 3, 0], [0, 0, 0], id="padding never matches"),
    ],
)
def test_attends_to_the_nearest_match(tokens: list[int], expected: list[int]) -> None:
    model = one_layer()
    heads = model.layers[0].categorical_heads
    set_head(heads.scores, TOKENS, TOKENS, [0, 1, 1, 0])
    choose(heads.value, [POSITIONS])
    copied, _ = head_outputs(model, tokens)
    assert copied[: len(expected)] == expected


def test_causal_heads_see_no_later_position() -> None:
    model = one_layer(causal=True)
    layer = model.layers[0]
    set_head(layer.categorical_heads.scores, TOKENS, TOKENS, [0, 1, 2, 3])
    choose(layer.categorical_heads.value, [POSITIONS])
    set_head(layer.numerical_heads.scores, TOKENS, TOKENS, [0, 1, 2, 3])
    copied, counted = head_outputs(model, [1, 2, 1, 1])
    assert copied == [0, 1, 0, 2]
    assert counted == [1.0, 1.0, 2.0, 3.0]


def test_every_parameter_gets_a_gradient_and_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    model = yardstick.TransformerProgram(yardstick.Shape(2, 2, 2, 1, 1), symbols=8, positions=8, labels=5)
    tokens = torch.randint(1, 8, (64, 8))
    labels = torch.where(tokens < 6, tokens - 1, yardstick.NOT_SCORED)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = [yardstick.training_step(model, optimizer, tokens, labels).item() for _ in range(25)]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        only_one_option = name == "layers.0.numerical_heads.value.logits"
        assert (parameter.grad.abs().sum() > 0) != only_one_option, name
    assert losses[-1] < 0.5 * losses[0]


def test_evaluation_is_discrete_and_training_is_sampled() -> None:
    torch.manual_seed(0)
    model = yardstick.TransformerProgram(yardstick.SHAPES["hist"], symbols=8, positions=8, labels=7)
    tokens = torch.randint(1, 8, (16, 8))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))
    model.train()
    assert not torch.equal(model(tokens), model(tokens))


def test_a_model_too_small_for_its_task_is_refused() -> None:
    with pytest.raises(ValueError, match="9 symbols and 8 positions do not fit 8 values"):
        yardstick.TransformerProgram(yardstick.SHAPES["hist"], symbols=9, positions=8, labels=7)


def test_encoding_puts_markers_in_and_leaves_them_unscored() -> None:
    dataset = yardstick.load_dataset("sort", seed=0)
    data = yardstick.encoded(dataset, dataset.test[:50])
    markers = dataset.vocabulary.markers
    for example, tokens, labels in zip(dataset.test, data.tokens, data.labels, strict=False):
        assert (tokens != 0).sum() == len(example.tokens) + markers
        assert (labels != yardstick.NOT_SCORED).sum() == len(example.tokens)
        scored = [dataset.labels[code] for code in labels.tolist() if code != yardstick.NOT_SCORED]
        assert scored == list(example.labels)
