"""A task: what is asked, the reference answer, how examples are drawn, and the whole input space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from readhead.errors import UsageError
from readhead.program.program import OutputKind
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.answers import Labels
from readhead.tasks.examples import Dataset, Example
from readhead.tasks.sampling import Draw, Rows, draw_distinct, shuffled_split, split_sizes, streams
from readhead.tasks.spaces import Space

MIN_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Task:
    """A generated task.

    Attributes:
        name: what it is called.
        summary: what it asks, in one phrase.
        vocabulary: its tokens and markers.
        labels: every label, in a fixed order.
        kind: a label per token for all generated tasks.
        causal: whether its answer depends on earlier tokens only.
        max_length: the most content tokens.
        examples: how many distinct examples a data set has, if there are so many.
        answer: content tokens to labels, None where a position is not scored.
        draw: random contents, as rows of token codes padded with -1.
        space: every content that the task allows.
        subsets: named parts of the space whose score is also reported on its own.
    """

    name: str
    summary: str
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    causal: bool
    max_length: int
    examples: int
    answer: Callable[[Sequence[str]], Labels]
    draw: Draw
    space: Space
    kind: OutputKind = "token_labels"
    subsets: Mapping[str, Callable[[Sequence[str]], bool]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def generate(self, rng: np.random.Generator, count: int) -> list[Example]:
        """Draw examples at random; the same one may come twice."""
        return self._examples(self.draw(rng, count))

    def dataset(self, seed: int = 0) -> Dataset:
        """Distinct examples in three splits, by the paper's protocol.

        Raises:
            UsageError: for a negative seed, or too few distinct examples to split.
        """
        draws, splits = streams(seed)
        examples = self._examples(draw_distinct(self.draw, draws, self.examples))
        if len(examples) < MIN_EXAMPLES:
            raise UsageError(
                f"{self.name} has {len(examples)} distinct examples at these sizes",
                why=f"{MIN_EXAMPLES} are the fewest that make three splits",
                instead="more symbols, a greater max_length or more examples",
            )
        train, validation, test = shuffled_split(examples, splits, split_sizes(len(examples)))
        return Dataset(
            name=self.name,
            vocabulary=self.vocabulary,
            labels=self.labels,
            kind=self.kind,
            causal=self.causal,
            max_length=self.max_length,
            train=train,
            validation=validation,
            test=test,
            description=f"{self.name}: {self.summary}",
        )

    def _examples(self, rows: Rows) -> list[Example]:
        tokens = self.vocabulary.tokens
        assert tokens is not None, "a task's vocabulary is closed"
        contents = (tuple(tokens[code] for code in row if code >= 0) for row in rows.tolist())
        return [Example(content, self.answer(content)) for content in contents]
