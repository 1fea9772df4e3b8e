"""What learning from text selects by: the share of right labels, or the F1 of entities where labels are their tags.

Most tokens are in no entity, so the share of right labels hardly tells programs for entities apart: one that never
finds any has nine in ten right.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from readhead.learn.encode import Encoded
from readhead.tasks.entities import OUTSIDE, are_tags, score_entities

OFFSETS = tuple(np.arange(-1.0, 4.01, 0.25).tolist())
"""What is tried as an addition to the score of every tag, in units of log-odds."""


def tags_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels, where they are tags of entities and :data:`OUTSIDE`; else none."""
    return labels if are_tags(labels) and OUTSIDE in labels else ()


def entity_f1(
    answers: Int[NDArray[np.int64], "example position"], data: Encoded, tags: tuple[str, ...]
) -> float:
    """The F1 of the entities that answers have.

    Args:
        answers: codes of labels; those where the data have none are not looked at.
        data: what is right.
        tags: what the codes mean.
    """
    pairs = []
    for right, given in zip(data.labels, answers, strict=True):
        scored = right >= 0
        pairs.append(([tags[i] for i in right[scored]], [tags[i] for i in given[scored]]))
    return score_entities(pairs).f1


def quality(scores: Float[Tensor, "label tag"], data: Encoded, tags: tuple[str, ...]) -> float:
    """How good the scores of a split's labels are, those of one example after those of another.

    Args:
        scores: for every label that the split has, in its order.
        data: the split.
        tags: what the codes mean, where entities count; else none.
    """
    best = scores.argmax(dim=1).numpy()
    scored = data.labels >= 0
    if not tags:
        return float((best == data.labels[scored]).mean())
    answers = np.full(data.labels.shape, -1)
    answers[scored] = best
    return entity_f1(answers, data, tags)


def best_offset(
    scores: Float[Tensor, "label tag"],
    data: Encoded,
    tags: tuple[str, ...],
    offsets: tuple[float, ...] = OFFSETS,
) -> tuple[float, float]:
    """The quality with the best of some additions to the scores of all tags, and that addition.

    Where answers are scored by entities, those that are likely without being likelier than none are worth a try.
    """
    if not tags:
        return quality(scores, data, tags), 0.0
    found = []
    for offset in offsets:
        moved = scores.clone()
        moved[:, tags.index(OUTSIDE)] -= offset
        found.append((quality(moved, data, tags), -offset))
    best, least = max(found)
    return best, -least


def measure(data: Encoded, tags: tuple[str, ...]) -> partial[float]:
    """A function from scores to their quality with the best of a few offsets."""
    return partial(_with_offset, data=data, tags=tags)


def _with_offset(scores: Tensor, data: Encoded, tags: tuple[str, ...]) -> float:
    return best_offset(scores, data, tags, OFFSETS[::3])[0]
