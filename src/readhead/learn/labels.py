"""Labels are as many as the data's kind asks for, and declared: whatever the method, a data set is refused alike."""

from __future__ import annotations

from readhead.errors import DataError
from readhead.tasks.examples import Dataset


def check_labels(dataset: Dataset, split: str) -> None:
    """Raise a DataError where an example's labels are too few, too many, or none of the data set's."""
    declared = {None, *dataset.labels}
    for i, example in enumerate(getattr(dataset, split)):
        where = f"{split} example {i}: {example.tokens!r}"
        wanted = len(example.tokens) if dataset.kind == "token_labels" else 1
        if len(example.labels) != wanted:
            what = f"{wanted} tokens" if dataset.kind == "token_labels" else "one sequence"
            raise DataError(f"{len(example.labels)} labels for {what}", where=where)
        for label in example.labels:
            if label not in declared:
                raise DataError(
                    f"{dataset.name} has the label {label!r}, which it does not declare", where=where
                )
