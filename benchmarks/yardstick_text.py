"""The yardstick on text: the paper's model with learned word classes, and a pooled read-out for sequences.

Heads and MLPs are those of ``yardstick.py``. Written from the paper's text (arXiv 2306.01128, section 4.3): each word
is several categorical variables, drawn by Gumbel-softmax in every step like all choices; positions are one more
variable; where a sequence has one label, what all positions hold is averaged and then read. Sizes and training are
those of the scripts that the authors publish for their experiments (``conll.sh`` and ``classification.sh`` of the
repository princeton-nlp/TransformerPrograms), with three differences: no pre-trained vectors; no sentence is dropped
for its length, positions beyond the last variable's value count as its last; and of all epochs the best one on the
validation split is kept, where the model is discrete already.
"""

from __future__ import annotations

import copy
import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from linear import Outcome, splits
from readhead.tasks import Dataset
from sequences import NOT_SCORED, answers, batches, coded, figure, figures
from yardstick import Categorical, CategoricalHeads, Choice, Mlps

HOT, COLD = 3.0, 0.01
"""The temperature at the first and at the last step; geometric in between."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Sizes and training.

    Attributes:
        classes: how many variables a word is.
        values: how many values each variable has.
        heads, mlps: categorical ones, per layer.
        width: hidden units of an MLP.
        epochs: of the paper's protocol.
        dropout: on what heads and MLPs write.
    """

    classes: int
    values: int
    layers: int
    heads: int
    mlps: int
    width: int
    epochs: int
    batch: int
    rate: float
    dropout: float


TAGGING = Protocol(4, 32, layers=2, heads=8, mlps=1, width=64, epochs=50, batch=32, rate=0.01, dropout=0.5)
CLASSIFICATION = Protocol(
    4, 64, layers=2, heads=4, mlps=1, width=64, epochs=10, batch=128, rate=0.05, dropout=0.0
)


class TextProgram(nn.Module):
    """The relaxed program in training mode, the discrete one in evaluation mode.

    Args:
        symbols: how many values tokens take; code 0 is padding.
        positions: the longest sequence, markers included.
        pooled: whether a sequence has one label.
    """

    def __init__(self, p: Protocol, symbols: int, positions: int, labels: int, pooled: bool) -> None:
        super().__init__()
        self.values, self.pooled, self.temperature = p.values, pooled, 1.0
        self.words = Choice(p.classes, symbols, p.values)
        variables = p.classes + 1
        heads, mlps = [], []
        for _ in range(p.layers):
            heads.append(CategoricalHeads(p.heads, variables, p.values, positions))
            mlps.append(Mlps(p.mlps, variables + p.heads, p.values, p.values, p.width))
            variables += p.heads + p.mlps
        self.heads, self.mlps = nn.ModuleList(heads), nn.ModuleList(mlps)
        self.dropout = nn.Dropout(p.dropout)
        self.read_out = nn.Linear(variables * p.values, labels)

    def embedded(self, tokens: Tensor) -> Categorical:
        """The word classes and the position of each token; only the words of the batch are sampled."""
        words, places = tokens.unique(return_inverse=True)
        if self.training:
            table = functional.gumbel_softmax(self.words.logits[:, words], tau=self.temperature, dim=-1)
        else:
            table = self.words(self.temperature)[:, words]
        position = torch.arange(tokens.shape[1]).clamp(max=self.values - 1).expand(tokens.shape)
        return torch.cat(
            [table[:, places].permute(1, 2, 0, 3), functional.one_hot(position, self.values)[:, :, None]],
            dim=2,
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits ``[batch, position, label]``, or ``[batch, 1, label]``."""
        present = tokens != 0
        visible = present[:, None, :].expand(*tokens.shape, tokens.shape[1])
        stream = self.embedded(tokens)
        for heads, mlps in zip(self.heads, self.mlps, strict=True):
            copied = heads(stream, visible, self.temperature)
            stream = torch.cat([stream, self.dropout(copied)], dim=2)
            stream = torch.cat([stream, self.dropout(mlps(stream, self.temperature))], dim=2)
        read = stream.flatten(2)
        if self.pooled:
            there = present.float()[:, :, None]
            read = (read * there).sum(1, keepdim=True) / there.sum(1, keepdim=True)
        return self.read_out(read)


def protocol_of(dataset: Dataset) -> Protocol:
    """The protocol for the data set's kind."""
    return CLASSIFICATION if dataset.kind == "sequence_label" else TAGGING


def program(dataset: Dataset, seed: int, most_epochs: int | None = None) -> Outcome:
    """Train one model by its protocol, for at most so many epochs (the temperature falls as fast as these allow)."""
    torch.manual_seed(seed)
    p = protocol_of(dataset)
    data = {name: coded(dataset, examples) for name, examples in splits(dataset).items()}
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    longest = max(split.tokens.shape[1] for split in data.values())
    pooled = dataset.kind == "sequence_label"
    model = TextProgram(p, len(symbols) + 1, longest, len(dataset.labels), pooled)
    optimizer = torch.optim.Adam(model.parameters(), lr=p.rate)
    rng = torch.Generator().manual_seed(seed)
    epochs, step = p.epochs if most_epochs is None else min(p.epochs, most_epochs), 0
    steps = epochs * math.ceil(len(dataset.train) / p.batch)
    best, best_epoch, state = -1.0, 0, copy.deepcopy(model.state_dict())
    for epoch in range(1, epochs + 1):
        model.train()
        for tokens, labels in batches(data["train"], p.batch, rng):
            model.temperature = HOT * (COLD / HOT) ** (step / max(1, steps - 1))
            optimizer.zero_grad()
            logits = model(tokens).flatten(0, 1)
            functional.cross_entropy(logits, labels.flatten(), ignore_index=NOT_SCORED).backward()
            optimizer.step()
            step += 1
        model.eval()
        reached = figure(figures(dataset, dataset.validation, answers(dataset, data["validation"], model)))
        if reached >= best:
            best, best_epoch, state = reached, epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    given = {name: answers(dataset, split, model) for name, split in data.items()}
    facts = {"protocol": asdict(p), "epochs": epochs, "best_epoch": best_epoch}
    return Outcome(given, facts)
