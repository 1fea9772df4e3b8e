"""Which columns of a hub data set hold content and labels, and what a label's value means.

The columns' features decide, not their values. A column is taken that an option names; else one of the usual name; else
the only one of its kind. Where none of these tells, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from readhead.errors import DataError, UsageError
from readhead.tasks.rows import Columns

Kind = Literal["text", "tokens", "class label", "class labels", "number", "numbers", "something else"]
SINGLE: tuple[Kind, ...] = ("class label", "text", "number")
EACH: tuple[Kind, ...] = ("class labels", "tokens", "numbers")
CONTENTS = ("tokens", "words", "text", "sentence")
"""The usual names of columns that hold content, the most telling first."""
LABELS = ("labels", "label", "tags", "ner_tags")
"""The usual names of columns that hold labels."""
UNSCORED = -100
"""The number that stands for no label where labels are plain numbers of tokens."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Which columns to read, and how.

    Attributes:
        content: the column of tokens, or of texts.
        text: which of the two.
        labels: the column of labels.
        per_token: whether it has a label for each token.
        names: of class labels, by number; None where labels are strings or numbers.
    """

    content: str
    text: bool
    labels: str
    per_token: bool
    names: tuple[str, ...] | None


def kind_of(feature: Any) -> Kind:
    """What a column holds, by its feature."""
    inner = getattr(feature, "feature", None)
    if inner is not None:
        kinds: dict[Kind, Kind] = {"text": "tokens", "class label": "class labels", "number": "numbers"}
        return kinds.get(kind_of(inner), "something else")
    if getattr(feature, "names", None) is not None:
        return "class label"
    dtype = str(getattr(feature, "dtype", ""))
    if dtype in ("string", "large_string"):
        return "text"
    return "number" if dtype.startswith(("int", "uint", "bool")) else "something else"


def choose(features: Mapping[str, Any], columns: Columns, where: str) -> Reading:
    """The columns to read.

    Args:
        features: of every column.
        columns: those that options name.
        where: the data set and split, for errors.

    Raises:
        UsageError: for a column that is not there or holds something else, and where several might be meant.
    """
    kinds = {name: kind_of(feature) for name, feature in features.items()}
    content = _named(
        kinds,
        {"text_column": (columns.text, ("text",)), "tokens_column": (columns.tokens, ("tokens",))},
        where,
    )
    labels = _named(
        kinds, {"label_column": (columns.label, SINGLE), "labels_column": (columns.labels, EACH)}, where
    )
    if content is None:
        free = {name: kind for name, kind in kinds.items() if name != labels}
        content = (
            _usual(free, CONTENTS, ("tokens", "text")) or _only(free, ("tokens",)) or _only(free, ("text",))
        )
    if content is None:
        raise _unclear("content", "text_column= or tokens_column=", kinds, where)
    text = kinds[content] == "text"
    if labels is None:
        free = {name: kind for name, kind in kinds.items() if name != content}
        fitting = SINGLE if text else (*EACH, *SINGLE)
        classes: tuple[Kind, ...] = ("class label",) if text else ("class labels",)
        labels = _usual(free, LABELS, fitting) or _only(free, classes)
        if labels is None and not text:
            labels = _only(free, ("class label",))
    if labels is None:
        raise _unclear("labels", "label_column= or labels_column=", kinds, where)
    per_token = kinds[labels] in EACH
    if per_token and text:
        raise UsageError(
            f"{where}: {labels!r} gives a label to each token, but {content!r} is a text",
            why=_listed(kinds),
            instead="tokens_column= with labels_column=, or text_column= with label_column=",
        )
    feature = features[labels]
    names = getattr(getattr(feature, "feature", feature), "names", None)
    return Reading(content, text, labels, per_token, None if names is None else tuple(names))


def decoded(value: object, names: tuple[str, ...] | None, where: str) -> str | None:
    """A label as a string; None for one that is not known.

    >>> decoded(1, ("O", "B-PER"), "here"), decoded(-1, ("O", "B-PER"), "here"), decoded(7, None, "here")
    ('B-PER', None, '7')
    """
    if value is None:
        return None
    if names is None:
        return None if value == UNSCORED else str(value)
    if not isinstance(value, int) or value >= len(names):
        raise DataError(f"the label {value!r} is none of the {len(names)} classes", where=where)
    return names[value] if value >= 0 else None


def _named(
    kinds: Mapping[str, Kind], options: Mapping[str, tuple[str | None, tuple[Kind, ...]]], where: str
) -> str | None:
    """The column that an option names, the last of them where several do; None where none does."""
    found = None
    for option, (name, fitting) in options.items():
        if name is None:
            continue
        if name not in kinds:
            raise UsageError(f"{where} has no column {name!r}", why=_listed(kinds), instead=f"{option}=")
        if kinds[name] not in fitting:
            raise UsageError(
                f"{where}: the column {name!r} holds {kinds[name]}",
                why=f"{option} is one of {' or '.join(fitting)}",
            )
        found = name
    return found


def _usual(kinds: Mapping[str, Kind], names: tuple[str, ...], fitting: tuple[Kind, ...]) -> str | None:
    return next((name for name in names if kinds.get(name) in fitting), None)


def _only(kinds: Mapping[str, Kind], fitting: tuple[Kind, ...]) -> str | None:
    found = [name for name, kind in kinds.items() if kind in fitting]
    return found[0] if len(found) == 1 else None


def _unclear(what: str, options: str, kinds: Mapping[str, Kind], where: str) -> UsageError:
    return UsageError(
        f"{where}: which column holds the {what}?", why=_listed(kinds), instead=f"name it with {options}"
    )


def _listed(kinds: Mapping[str, Kind]) -> str:
    return "its columns are " + ", ".join(f"{name!r} ({kind})" for name, kind in kinds.items())
