"""The shape of a relaxed program, and where each of its parameters lies in one flat vector."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from readhead.errors import UsageError


@dataclass(frozen=True, slots=True)
class Shape:
    """How many parts a learned program has before pruning.

    Attributes:
        layers: blocks of heads and MLPs.
        categorical_heads, numerical_heads: heads per layer that copy a value, or sum a number.
        categorical_mlps, numerical_mlps: MLPs per layer that read two values, or two numbers.
        values: how many values a categorical variable has.
        hidden: the width of a numerical MLP's hidden layer.
        cap: the largest number that a numerical MLP tells apart; larger ones count as this one.
        embeddings: learned word classes per token; 0 reads the tokens themselves.
        positions: how many positions are told apart, at most as many as values; later ones count as the last of
            them. 0 for as many as values.
        period: positions count round, modulo this; 0 where they do not. Heads can then look to a neighbour anywhere.
        given_categorical, given_numerical: inputs beside tokens and positions, which are computed and not learned.
    """

    layers: int
    categorical_heads: int
    numerical_heads: int
    categorical_mlps: int
    numerical_mlps: int
    values: int = 8
    hidden: int = 64
    cap: int = 31
    embeddings: int = 0
    positions: int = 0
    period: int = 0
    given_categorical: int = 0
    given_numerical: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = {"layers": 0, "values": 2, "hidden": 1, "cap": 1}.get(name, 0)
            if type(value) is not int or value < least:
                raise UsageError(
                    f"a program's shape has {name}={value!r}", instead=f"a whole number from {least}"
                )

    @property
    def inputs(self) -> int:
        """Categorical variables before the first layer: tokens (or word classes), positions, and what is given."""
        return self.place_of_positions + 1 + self.given_categorical

    @property
    def place_of_positions(self) -> int:
        """The number of the variable that holds the positions; the tokens (or word classes) come before it."""
        return max(1, self.embeddings)

    @property
    def last_position(self) -> int:
        """The last position that is told apart; later ones count as this one, or from 0 again."""
        return (self.period or self.positions or self.values) - 1

    def categorical_before(self, layer: int) -> int:
        """How many categorical variables the heads of a layer can read."""
        return self.inputs + layer * (self.categorical_heads + self.categorical_mlps + self.numerical_mlps)

    def numerical_before(self, layer: int) -> int:
        """How many numerical variables the heads of a layer can read: the constant 1, what is given, earlier sums."""
        return 1 + self.given_numerical + layer * self.numerical_heads


@dataclass(frozen=True, slots=True)
class Segment:
    """One parameter tensor inside the flat vector.

    ``choice`` says that its last dimension is a choice among options (relaxed by Gumbel-softmax).
    """

    name: str
    shape: tuple[int, ...]
    choice: bool

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def segments(shape: Shape, words: int, labels: int) -> list[Segment]:
    """Every parameter tensor of a relaxed program, in order, the choices first.

    Args:
        shape: the program's parts.
        words: how many token values there are (rows of an embedding).
        labels: how many labels the read-out has.
    """
    s, d = shape, shape.values
    heads = s.categorical_heads + s.numerical_heads
    out: list[Segment] = []

    def add(name: str, *dims: int, choice: bool = True) -> None:
        if math.prod(dims):
            out.append(Segment(name, dims, choice))

    if s.embeddings:
        add("embedding", s.embeddings, words, d)
    for layer in range(s.layers):
        c, m = s.categorical_before(layer), s.numerical_before(layer)
        add(f"{layer}.query", heads, c)
        add(f"{layer}.key", heads, c)
        add(f"{layer}.value", s.categorical_heads, c)
        add(f"{layer}.number", s.numerical_heads, m)
        add(f"{layer}.predicate", heads, d, d)
        add(f"{layer}.mlp_read", s.categorical_mlps, 2, c + s.categorical_heads)
        add(f"{layer}.mlp_table", s.categorical_mlps, d * d, d)
        add(f"{layer}.num_mlp_read", s.numerical_mlps, 2, m + s.numerical_heads)
        add(f"{layer}.num_mlp_in", s.numerical_mlps, s.hidden, 2, choice=False)
        add(f"{layer}.num_mlp_bias", s.numerical_mlps, s.hidden, 1, choice=False)
        add(f"{layer}.num_mlp_out", s.numerical_mlps, d, s.hidden, choice=False)
        add(f"{layer}.num_mlp_out_bias", s.numerical_mlps, d, 1, choice=False)
    add("readout", labels, s.categorical_before(s.layers), d, choice=False)
    add("readout_numbers", labels, s.numerical_before(s.layers), choice=False)
    return sorted(out, key=lambda s: not s.choice)
