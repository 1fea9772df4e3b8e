"""An ordinary transformer in plain PyTorch, to compare learned programs with: as many layers and heads, same tokens.

Pre-norm encoder layers (self-attention over all positions, GELU, hidden layers four times as wide), learned embeddings
of tokens and positions, trained from scratch with AdamW; the mean over positions is read where a sequence has one
label. Width, learning rate and dropout are chosen on the validation split, and so is the epoch.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from linear import Outcome, splits
from readhead.tasks import Dataset
from sequences import NOT_SCORED, Coded, answers, batches, coded, figure, figures

BATCH = 32
MOST_EPOCHS = 40
PATIENCE = 3
LEAST_STEPS = 300
"""Training stops after ``PATIENCE`` epochs, and at least so many steps, without a better figure on validation data."""
WEIGHT_DECAY = 0.01
CLIP = 1.0


@dataclass(frozen=True, slots=True)
class Setting:
    """One point of the grid; the width is rounded up to a multiple of the heads."""

    width: int
    rate: float
    dropout: float


GRID = (Setting(64, 1e-3, 0.2), Setting(64, 1e-3, 0.5), Setting(64, 3e-3, 0.5), Setting(128, 1e-3, 0.5))


class Transformer(nn.Module):
    """An encoder with one output for each position, or one for the sequence.

    Args:
        symbols: how many values tokens take; code 0 is padding.
        positions: how many positions are told apart; later ones count as the last.
        pooled: whether a sequence has one label.
    """

    def __init__(
        self,
        symbols: int,
        positions: int,
        labels: int,
        layers: int,
        heads: int,
        width: int,
        dropout: float,
        pooled: bool,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(symbols, width, padding_idx=0)
        self.positions = nn.Embedding(positions, width)
        nn.init.normal_(self.tokens.weight, std=0.1)
        nn.init.normal_(self.positions.weight, std=0.1)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.dropout = nn.Dropout(dropout)
        self.read_out = nn.Linear(width, labels)
        self.pooled = pooled

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits ``[batch, position, label]``, or ``[batch, 1, label]``."""
        places = torch.arange(tokens.shape[1]).clamp(max=self.positions.num_embeddings - 1)
        padding = tokens == 0
        stream = self.layers(
            self.dropout(self.tokens(tokens) + self.positions(places)), src_key_padding_mask=padding
        )
        if self.pooled:
            present = (~padding).float()[:, :, None]
            stream = (stream * present).sum(1, keepdim=True) / present.sum(1, keepdim=True)
        return self.read_out(self.dropout(stream))


def transformer(
    dataset: Dataset,
    seed: int,
    layers: int,
    heads: int,
    grid: Sequence[Setting] = GRID,
    most_epochs: int | None = None,
) -> Outcome:
    """Train every setting of the grid; the one that is best on the validation split answers."""
    data = {name: coded(dataset, examples) for name, examples in splits(dataset).items()}
    best: tuple[float, Setting, int, nn.Module] | None = None
    tried: list[dict[str, Any]] = []
    for setting in grid:
        reached, epoch, model = trained(
            dataset, data, setting, seed, layers, heads, most_epochs or MOST_EPOCHS
        )
        tried.append(asdict(setting) | {"validation": reached, "epoch": epoch})
        if best is None or reached > best[0]:
            best = reached, setting, epoch, model
    assert best is not None
    _, setting, epoch, model = best
    given = {name: answers(dataset, split, model) for name, split in data.items()}
    parameters = sum(parameter.numel() for parameter in model.parameters())
    facts = {"layers": layers, "heads": heads, "parameters": parameters, "epoch": epoch, "grid": tried}
    return Outcome(given, asdict(setting) | facts)


def trained(
    dataset: Dataset,
    data: dict[str, Coded],
    setting: Setting,
    seed: int,
    layers: int,
    heads: int,
    most_epochs: int,
) -> tuple[float, int, nn.Module]:
    """The figure on the validation split, the epoch that it was reached in, and the model of that epoch."""
    torch.manual_seed(seed)
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    model = Transformer(
        len(symbols) + 1,
        data["train"].tokens.shape[1],
        len(dataset.labels),
        layers,
        heads,
        -(-setting.width // heads) * heads,
        setting.dropout,
        dataset.kind == "sequence_label",
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=setting.rate, weight_decay=WEIGHT_DECAY)
    rng = torch.Generator().manual_seed(seed)
    patience = max(PATIENCE, math.ceil(LEAST_STEPS * BATCH / len(dataset.train)))
    best, best_epoch, state = -1.0, 0, copy.deepcopy(model.state_dict())
    for epoch in range(1, most_epochs + 1):
        model.train()
        for tokens, labels in batches(data["train"], BATCH, rng):
            optimizer.zero_grad()
            logits = model(tokens).flatten(0, 1)
            functional.cross_entropy(logits, labels.flatten(), ignore_index=NOT_SCORED).backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
        model.eval()
        given = answers(dataset, data["validation"], model)
        reached = figure(figures(dataset, dataset.validation, given))
        if reached > best:
            best, best_epoch, state = reached, epoch, copy.deepcopy(model.state_dict())
        if epoch - best_epoch >= patience:
            break
    model.load_state_dict(state)
    return best, best_epoch, model
