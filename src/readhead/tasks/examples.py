"""What learning and scoring read: examples, and a data set of three splits."""

from __future__ import annotations

from dataclasses import dataclass

from readhead.program.program import OutputKind
from readhead.program.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """Content tokens and their labels.

    Attributes:
        tokens: the content, without markers, as given (not normalised).
        labels: one label for each content token, None where the position is not scored; or a single label, where
            the data set's kind is ``sequence_label``.
    """

    tokens: tuple[str, ...]
    labels: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Examples in three splits, with all that a program for them needs to know.

    Attributes:
        name: the task's name, or the file's.
        vocabulary: the tokens, markers and normalisation.
        labels: every label, in a fixed order (ties in a read-out go to the first).
        kind: a label per token, or one per sequence.
        causal: whether a program for it may look at later positions.
        max_length: the most content tokens; None where longer inputs must run too.
        train, validation, test: the splits. Learning sees the first, selection the second; the third is scored.
        description: one sentence for the program's documentation.
    """

    name: str
    vocabulary: Vocabulary
    labels: tuple[str, ...]
    kind: OutputKind
    causal: bool
    max_length: int | None
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    description: str = ""
