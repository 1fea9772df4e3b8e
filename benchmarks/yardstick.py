"""The yardstick: the model of "Learning Transformer Programs" in plain PyTorch, as one would first write it.

Written from the paper's text (Friedman, Wettig and Chen, NeurIPS 2023, sections 3 and A, arXiv 2306.01128): one
restart, eager mode, vectorised over heads, one Gumbel-softmax sample of the program's choices per training step.
Readhead's learner is timed against it (``training_step.py``); of Readhead it uses only the tasks' data.

Names of dimensions: batch, position (also query and key), variable, value (of a categorical variable), head, unit.

    python benchmarks/yardstick.py --task hist --epochs 30
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from einops import einsum, rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from readhead.tasks import load_dataset
from readhead.tasks.examples import Dataset, Example

NOT_SCORED = -100
LEAST_SCORE = 1e-6
"""Scores are weights of a categorical sample, so their logarithms are its logits; this keeps the latter finite.

The paper writes Gumbel-Softmax(S) for scores S in [0, 1]. Read as logits, they would leave every attention random
however low the temperature; measured on sort over 30 epochs (seed 0), the reading taken here learns best.
"""

Categorical = Float[Tensor, "batch position variable value"]
Numerical = Float[Tensor, "batch position variable"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a model: heads and MLPs are counted per layer.

    Attributes:
        values: how many values each categorical variable has: at least the symbols with padding, and the positions.
        width: hidden units of each MLP.
    """

    layers: int
    categorical_heads: int
    numerical_heads: int
    categorical_mlps: int
    numerical_mlps: int
    values: int = 8
    width: int = 64


SHAPES = {
    "reverse": Shape(3, 4, 4, 1, 1),
    "sort": Shape(3, 4, 4, 2, 2),
    "most_freq": Shape(3, 4, 4, 2, 2),
    "hist": Shape(1, 2, 2, 1, 1),
    "double_hist": Shape(3, 4, 4, 1, 1),
    "dyck1": Shape(3, 4, 4, 1, 1, values=16),
    "dyck2": Shape(3, 2, 2, 2, 2, values=16),
    "induction": Shape(2, 1, 0, 0, 0, values=10),
}
"""The sizes that the paper reports as best (its table 1 and section 4.1)."""


def sampled(logits: Tensor, temperature: float, training: bool) -> Tensor:
    """A one-hot choice over the last dimension: a Gumbel-softmax sample in training, the likeliest one otherwise."""
    if training:
        return functional.gumbel_softmax(logits, tau=temperature, dim=-1)
    return functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)


class Choice(nn.Module):
    """Independent one-hot choices over the last dimension of ``shape``, as learned logits."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.randn(shape))

    def forward(self, temperature: float) -> Tensor:
        return sampled(self.logits, temperature, self.training)


class Predicates(nn.Module):
    """Each head reads a query and a key variable, and maps each query value to one key value (section 3.2)."""

    def __init__(self, heads: int, variables: int, values: int) -> None:
        super().__init__()
        self.query = Choice(heads, variables)
        self.key = Choice(heads, variables)
        self.predicate = Choice(heads, values, values)

    def forward(self, stream: Categorical, temperature: float) -> Float[Tensor, "batch head query key"]:
        query, key = read(stream, self.query(temperature)), read(stream, self.key(temperature))
        wanted = einsum(
            query, self.predicate(temperature), "batch head query i, head i j -> batch head query j"
        )
        return einsum(wanted, key, "batch head query j, batch head key j -> batch head query key")


def read(
    stream: Categorical, gates: Float[Tensor, "head variable"]
) -> Float[Tensor, "batch head position value"]:
    """The variable that each head's gate chooses."""
    return einsum(stream, gates, "batch position variable value, head variable -> batch head position value")


class CategoricalHeads(nn.Module):
    """Heads that copy a variable from the nearest matching position, or the first where none matches (section A.1)."""

    closeness: Tensor

    def __init__(self, heads: int, variables: int, values: int, positions: int) -> None:
        super().__init__()
        self.scores = Predicates(heads, variables, values)
        self.value = Choice(heads, variables)
        place = torch.arange(positions)
        distance = (place[:, None] - place[None, :]).abs()
        closeness = torch.where(distance == 0, 1.0, positions + 1.0 - distance) / positions
        self.register_buffer("closeness", closeness)

    def forward(
        self, stream: Categorical, visible: Bool[Tensor, "batch query key"], temperature: float
    ) -> Categorical:
        scores = self.scores(stream, temperature).masked_fill(~visible[:, None], 0.0)
        unmatched = 1.0 - scores.amax(-1)
        scores = torch.cat([scores[..., :1] + unmatched[..., None], scores[..., 1:]], dim=-1)
        closeness = self.closeness[: scores.shape[-2], : scores.shape[-1]]
        logits = (scores * closeness).clamp_min(LEAST_SCORE).log().masked_fill(~visible[:, None], -math.inf)
        attention = sampled(logits, temperature, self.training)
        value = read(stream, self.value(temperature))
        return einsum(
            attention, value, "batch head query key, batch head key value -> batch query head value"
        )


class NumericalHeads(nn.Module):
    """Heads that sum a numerical variable over the matching positions (section A.2)."""

    def __init__(self, heads: int, variables: int, numbers: int, values: int) -> None:
        super().__init__()
        self.scores = Predicates(heads, variables, values)
        self.value = Choice(heads, numbers)

    def forward(
        self,
        stream: Categorical,
        numbers: Numerical,
        visible: Bool[Tensor, "batch query key"],
        temperature: float,
    ) -> Numerical:
        scores = self.scores(stream, temperature).masked_fill(~visible[:, None], 0.0)
        value = einsum(
            numbers, self.value(temperature), "batch key variable, head variable -> batch head key"
        )
        return einsum(scores, value, "batch head query key, batch head key -> batch query head")


class Mlps(nn.Module):
    """MLPs with one hidden layer, each of which reads two variables and writes a categorical one.

    Args:
        size: the length of one variable that is read: its values, or 1 for a number.
    """

    def __init__(self, mlps: int, variables: int, size: int, values: int, width: int) -> None:
        super().__init__()
        self.inputs = Choice(mlps, 2, variables)
        self.hidden = nn.Parameter(torch.empty(mlps, 2 * size, width).uniform_(-1, 1) / math.sqrt(2 * size))
        self.hidden_bias = nn.Parameter(torch.empty(mlps, width).uniform_(-1, 1) / math.sqrt(2 * size))
        self.out = nn.Parameter(torch.empty(mlps, width, values).uniform_(-1, 1) / math.sqrt(width))
        self.out_bias = nn.Parameter(torch.empty(mlps, values).uniform_(-1, 1) / math.sqrt(width))

    def forward(self, stream: Categorical, temperature: float) -> Categorical:
        inputs = einsum(
            stream,
            self.inputs(temperature),
            "batch position var value, mlp side var -> batch position mlp side value",
        )
        inputs = rearrange(inputs, "batch position mlp side value -> batch position mlp (side value)")
        hidden = einsum(inputs, self.hidden, "batch position mlp i, mlp i unit -> batch position mlp unit")
        hidden = functional.relu(hidden + self.hidden_bias)
        out = einsum(hidden, self.out, "batch position mlp unit, mlp unit value -> batch position mlp value")
        return sampled(out + self.out_bias, temperature, self.training)


class Layer(nn.Module):
    """One layer: heads read the stream as it enters; MLPs also read what these heads wrote."""

    def __init__(self, shape: Shape, categorical: int, numerical: int, positions: int) -> None:
        super().__init__()
        self.categorical_heads = CategoricalHeads(
            shape.categorical_heads, categorical, shape.values, positions
        )
        self.numerical_heads = NumericalHeads(shape.numerical_heads, categorical, numerical, shape.values)
        categorical, numerical = categorical + shape.categorical_heads, numerical + shape.numerical_heads
        self.categorical_mlps = Mlps(
            shape.categorical_mlps, categorical, shape.values, shape.values, shape.width
        )
        self.numerical_mlps = Mlps(shape.numerical_mlps, numerical, 1, shape.values, shape.width)

    def forward(
        self,
        stream: Categorical,
        numbers: Numerical,
        visible: Bool[Tensor, "batch query key"],
        temperature: float,
    ) -> tuple[Categorical, Numerical]:
        copied = self.categorical_heads(stream, visible, temperature)
        counted = self.numerical_heads(stream, numbers, visible, temperature)
        stream, numbers = torch.cat([stream, copied], dim=2), torch.cat([numbers, counted], dim=2)
        looked_up = self.categorical_mlps(stream, temperature)
        measured = self.numerical_mlps(numbers[..., None], temperature)
        return torch.cat([stream, looked_up, measured], dim=2), numbers


class TransformerProgram(nn.Module):
    """The relaxed program in training mode, the discrete one in evaluation mode.

    Args:
        symbols: how many values the tokens variable takes; code 0 is padding.
        positions: the longest sequence, markers included.
        labels: how many labels the read-out has.
    """

    def __init__(self, shape: Shape, symbols: int, positions: int, labels: int, causal: bool = False) -> None:
        super().__init__()
        if max(symbols, positions) > shape.values:
            raise ValueError(f"{symbols} symbols and {positions} positions do not fit {shape.values} values")
        self.shape, self.causal, self.temperature = shape, causal, 1.0
        categorical, numerical = 2, 1
        layers = []
        for _ in range(shape.layers):
            layers.append(Layer(shape, categorical, numerical, positions))
            categorical += shape.categorical_heads + shape.categorical_mlps + shape.numerical_mlps
            numerical += shape.numerical_heads
        self.layers = nn.ModuleList(layers)
        self.read_out = nn.Linear(categorical * shape.values + numerical, labels)

    def forward(self, tokens: Int[Tensor, "batch position"]) -> Float[Tensor, "batch position label"]:
        batch, positions = tokens.shape
        present = tokens != 0
        visible = present[:, None, :].expand(batch, positions, positions)
        if self.causal:
            visible = (
                visible & torch.ones(positions, positions, dtype=torch.bool, device=tokens.device).tril()
            )
        places = torch.arange(positions, device=tokens.device).expand(batch, positions)
        stream = functional.one_hot(torch.stack([tokens, places], dim=2), self.shape.values).float()
        numbers = torch.ones(batch, positions, 1, device=tokens.device)
        for layer in self.layers:
            stream, numbers = layer(stream, numbers, visible, self.temperature)
        return self.read_out(torch.cat([stream.flatten(2), numbers], dim=2))


@dataclass(frozen=True, slots=True)
class Encoded:
    """One split as codes: 0 is padding; labels that are not scored are ``NOT_SCORED``."""

    tokens: Int[Tensor, "example position"]
    labels: Int[Tensor, "example position"]


def encoded(dataset: Dataset, examples: Sequence[Example]) -> Encoded:
    """Examples of a task with one label per token as codes, markers in."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None and dataset.max_length is not None
    code = {symbol: i for i, symbol in enumerate(symbols, start=1)}
    label_code = {label: i for i, label in enumerate(dataset.labels)}
    length = dataset.max_length + dataset.vocabulary.markers
    first = int(dataset.vocabulary.begin is not None)
    tokens = torch.zeros(len(examples), length, dtype=torch.long)
    labels = torch.full((len(examples), length), NOT_SCORED)
    for row, example in enumerate(examples):
        for place, token in enumerate(dataset.vocabulary.sequence(example.tokens)):
            tokens[row, place] = code[str(token)]
        for place, label in enumerate(example.labels, start=first):
            if label is not None:
                labels[row, place] = label_code[label]
    return Encoded(tokens, labels)


def model_for(dataset: Dataset, shape: Shape) -> TransformerProgram:
    """A fresh model that reads the data set's symbols and positions."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None and dataset.max_length is not None
    positions = dataset.max_length + dataset.vocabulary.markers
    return TransformerProgram(shape, len(symbols) + 1, positions, len(dataset.labels), dataset.causal)


def loss_of(model: TransformerProgram, tokens: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, averaged over the scored positions."""
    return functional.cross_entropy(model(tokens).flatten(0, 1), labels.flatten(), ignore_index=NOT_SCORED)


def training_step(
    model: TransformerProgram, optimizer: torch.optim.Optimizer, tokens: Tensor, labels: Tensor
) -> Tensor:
    """Forward, backward, Adam."""
    optimizer.zero_grad()
    loss = loss_of(model, tokens, labels)
    loss.backward()
    optimizer.step()
    return loss.detach()


def batches(data: Encoded, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One shuffled epoch, the last batch smaller."""
    for rows in torch.randperm(len(data.tokens)).split(size):
        yield data.tokens[rows], data.labels[rows]


@torch.no_grad()
def discrete_accuracy(model: TransformerProgram, data: Encoded) -> float:
    """Accuracy per scored position of the discrete model: every choice and every attention is an argmax."""
    model.eval()
    guesses = torch.cat([model(tokens).argmax(-1) for tokens in data.tokens.split(2048)])
    model.train()
    scored = data.labels != NOT_SCORED
    return (guesses == data.labels)[scored].float().mean().item()


def train(
    dataset: Dataset,
    shape: Shape,
    *,
    epochs: int = 250,
    batch_size: int = 512,
    rate: float = 0.05,
    temperatures: tuple[float, float] = (3.0, 0.01),
    seed: int = 0,
    evaluate_every: int = 10,
) -> list[dict[str, float]]:
    """Train with the paper's protocol (section B.2): Adam, temperature annealed geometrically at each step.

    Returns:
        A row for each evaluated epoch: epoch, seconds (wall and CPU), loss, temperature, validation and test accuracy
        (discrete).
    """
    torch.manual_seed(seed)
    training, validation, test = (
        encoded(dataset, s) for s in (dataset.train, dataset.validation, dataset.test)
    )
    model = model_for(dataset, shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    steps = epochs * math.ceil(len(training.tokens) / batch_size)
    highest, lowest = temperatures
    step, seconds, cpu, rows = 0, 0.0, 0.0, []
    for epoch in range(1, epochs + 1):
        started, cpu_started, losses = time.perf_counter(), time.process_time(), []
        for tokens, labels in batches(training, batch_size):
            model.temperature = highest * (lowest / highest) ** (step / max(1, steps - 1))
            losses.append(training_step(model, optimizer, tokens, labels))
            step += 1
        seconds += time.perf_counter() - started
        cpu += time.process_time() - cpu_started
        if epoch % evaluate_every == 0 or epoch == epochs:
            row = {
                "epoch": epoch,
                "seconds": round(seconds, 2),
                "cpu_seconds": round(cpu, 2),
                "loss": torch.stack(losses).mean().item(),
                "temperature": model.temperature,
                "validation_accuracy": discrete_accuracy(model, validation),
                "test_accuracy": discrete_accuracy(model, test),
            }
            print(json.dumps(row), flush=True)
            rows.append(row)
    return rows


def main() -> None:
    """Train, printing a JSON object for each evaluated epoch."""
    parser = argparse.ArgumentParser(description="Train the yardstick model on one of the paper's tasks.")
    parser.add_argument("--task", choices=sorted(SHAPES), default="sort")
    parser.add_argument("--epochs", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=10, help="evaluate after every so many epochs")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dataset = load_dataset(options.task, seed=options.seed)
    train(
        dataset, SHAPES[options.task], epochs=options.epochs, seed=options.seed, evaluate_every=options.every
    )


if __name__ == "__main__":
    main()
