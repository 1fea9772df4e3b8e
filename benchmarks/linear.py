"""The simple baselines of ``text.py``: the commonest label, a word's commonest tag, and logistic regression.

For a label per sequence the regression sees a bag of words (counts), for a label per token that token alone. It is
scikit-learn's, its C chosen on the validation split.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from readhead.tasks import Dataset, Example
from readhead.tasks.score import majority_label
from sequences import figure, figures

STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""The values of scikit-learn's C that are tried: the larger, the weaker the regularisation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method came to.

    Attributes:
        answers: for each split that it answered, an answer to each example.
        settings: what was chosen on the validation split, and other facts worth a record.
        size: of a program; empty for the others.
    """

    answers: dict[str, Sequence[Any]]
    settings: dict[str, Any] = field(default_factory=dict)
    size: dict[str, Any] = field(default_factory=dict)


def splits(dataset: Dataset) -> dict[str, tuple[Example, ...]]:
    """The splits by name."""
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}


def content(dataset: Dataset, example: Example) -> tuple[str, ...]:
    """The content tokens as a program sees them, without markers."""
    vocabulary = dataset.vocabulary
    seen = vocabulary.sequence(example.tokens)
    last = len(seen) - int(vocabulary.end is not None)
    return tuple(str(token) for token in seen[int(vocabulary.begin is not None) : last])


def always(dataset: Dataset, seed: int) -> Outcome:
    """The commonest label of the training split, everywhere."""
    label = majority_label(dataset)
    per_token = dataset.kind == "token_labels"
    return Outcome(
        {
            name: [[label] * len(e.tokens) if per_token else label for e in examples]
            for name, examples in splits(dataset).items()
        }
    )


def commonest_tag(dataset: Dataset, seed: int) -> Outcome:
    """For each token its commonest tag in the training split; of equally common ones the data set's first."""
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for example in dataset.train:
        for token, label in zip(content(dataset, example), example.labels, strict=True):
            if label is not None:
                count[token][label] += 1
    other = majority_label(dataset)
    tags = {token: max(dataset.labels, key=lambda label: of[label]) for token, of in count.items()}
    return Outcome(
        {
            name: [[tags.get(token, other) for token in content(dataset, e)] for e in examples]
            for name, examples in splits(dataset).items()
        }
    )


def counts(dataset: Dataset, rows: Sequence[Sequence[str]]) -> csr_matrix:
    """How often each symbol of the vocabulary stands in each row of tokens."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    code = {symbol: i for i, symbol in enumerate(symbols)}
    places = [(row, code[token]) for row, tokens in enumerate(rows) for token in tokens]
    index = np.array(places, dtype=np.int64).reshape(-1, 2).T
    return csr_matrix((np.ones(len(places)), tuple(index)), shape=(len(rows), len(code)))


def regression(dataset: Dataset, seed: int) -> Outcome:
    """Logistic regression on a bag of words, or on the token itself."""
    if dataset.kind == "sequence_label":
        bags = {n: counts(dataset, [content(dataset, e) for e in of]) for n, of in splits(dataset).items()}
        labels = [str(example.labels[0]) for example in dataset.train]
        fits = [_fit(c, bags["train"], labels, None) for c in STRENGTHS]
        outcomes = [{name: list(fit.predict(bag)) for name, bag in bags.items()} for fit in fits]
    else:
        pairs = Counter(
            (token, label)
            for example in dataset.train
            for token, label in zip(content(dataset, example), example.labels, strict=True)
            if label is not None
        )
        inputs = counts(dataset, [(token,) for token, _ in pairs])
        weights = np.array(list(pairs.values()), dtype=float)
        symbols = dataset.vocabulary.symbols
        assert symbols is not None
        every = counts(dataset, [(symbol,) for symbol in symbols])
        outcomes = []
        for c in STRENGTHS:
            fit = _fit(c, inputs, [label for _, label in pairs], weights)
            tags = dict(zip(symbols, map(str, fit.predict(every)), strict=True))
            outcomes.append(
                {n: [[tags[t] for t in content(dataset, e)] for e in of] for n, of in splits(dataset).items()}
            )
    validation = [figure(figures(dataset, dataset.validation, outcome["validation"])) for outcome in outcomes]
    best = int(np.argmax(validation))
    return Outcome(outcomes[best], {"C": STRENGTHS[best]})


def _fit(c: float, inputs: csr_matrix, labels: list[str], weights: np.ndarray | None) -> LogisticRegression:
    return LogisticRegression(C=c, max_iter=5000, tol=1e-5).fit(inputs, labels, sample_weight=weights)
