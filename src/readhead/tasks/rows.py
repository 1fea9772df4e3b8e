"""Rows of a data file, and the report of all the bad ones at once.

A reader turns a file into rows, and collects a problem for every row that it cannot use. Nothing is loaded from
a file with problems.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from readhead.errors import DataError, Problems, ReadheadError
from readhead.program.vocabulary import Vocabulary

MAX_PRINTED = 50
WORDS = Vocabulary(split="words")


@dataclass(frozen=True, slots=True)
class Row:
    """One example and the place it comes from.

    Attributes:
        where: file and line.
        tokens: the content.
        labels: one for each token, or one for the row.
        per_token: which of the two.
        text: whether the tokens were made from a text.
        document: the number of the document that it stands in, in files that part documents.
    """

    where: str
    tokens: tuple[str, ...]
    labels: tuple[str | None, ...]
    per_token: bool
    text: bool
    document: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a reader got out of a file."""

    rows: tuple[Row, ...]
    problems: tuple[ReadheadError, ...]


class Fields(NamedTuple):
    """Where a row's content and labels stand."""

    content: str
    text: bool
    labels: str
    per_token: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the fields that hold content and labels; None for the usual name."""

    text: str | None = None
    tokens: str | None = None
    label: str | None = None
    labels: str | None = None

    def choose(self, names: Collection[str], where: str) -> Fields:
        """Which of these fields to read: tokens rather than text, labels rather than a label.

        Raises:
            DataError: where there is no field for the content or for the labels.
        """
        content, content_kind = _pick({"tokens": self.tokens, "text": self.text}, names, where)
        labels, labels_kind = _pick({"labels": self.labels, "label": self.label}, names, where)
        return Fields(content, content_kind == "text", labels, labels_kind == "labels")


def _pick(options: Mapping[str, str | None], names: Collection[str], where: str) -> tuple[str, str]:
    """The field to read, and which kind it is: the first that is here, of those that options name, if any do."""
    named = {kind: field for kind, field in options.items() if field is not None}
    candidates = named or {kind: kind for kind in options}
    for kind, field in candidates.items():
        if field in names:
            return field, kind
    raise DataError(
        f"there is no {' or '.join(map(repr, candidates.values()))}",
        where=where,
        why=f"the fields here are {', '.join(map(repr, names)) or 'none'}",
        instead=f"name the field with {' or '.join(f'{kind}_column=' for kind in options)}",
    )


def text_row(where: str, text: str, label: str) -> Row:
    """A row of a text and its label; the text is split into words and punctuation marks."""
    return checked(Row(where, tuple(WORDS.tokenize(text)), (label,), per_token=False, text=True))


def row_from(where: str, values: Mapping[str, object], fields: Fields) -> Row:
    """A row from named values, as JSON gives them.

    Raises:
        DataError: for values that are no strings or lists of strings, or do not fit together.
    """
    content, labels = values[fields.content], values[fields.labels]
    if fields.text:
        if not isinstance(content, str):
            raise DataError(f"{fields.content!r} is a string, got {content!r:.80}", where=where)
        tokens = tuple(WORDS.tokenize(content))
    else:
        tokens = tuple(t for t in _strings(where, fields.content, content, optional=False) if t is not None)
    if not fields.per_token:
        if not isinstance(labels, str):
            instead = f'"{labels}"' if isinstance(labels, int) and not isinstance(labels, bool) else None
            raise DataError(
                f"{fields.labels!r} is a string, got {labels!r:.80}", where=where, instead=instead
            )
        return checked(Row(where, tokens, (labels,), per_token=False, text=fields.text))
    if fields.text:
        raise DataError(
            f"{fields.labels!r} gives a label to each token, but {fields.content!r} is a text",
            where=where,
            instead=f"tokens with labels, or a text with one label (in {fields.labels!r}: label_column)",
        )
    each = _strings(where, fields.labels, labels, optional=True)
    return checked(Row(where, tokens, each, per_token=True, text=False))


def checked(row: Row) -> Row:
    """The row, if it has content, usable strings, and as many labels as its kind needs.

    Raises:
        DataError: otherwise.
    """
    if not row.tokens:
        raise DataError("no tokens in this row", where=row.where, instead="at least one, or no such row")
    if row.per_token and len(row.tokens) != len(row.labels):
        raise DataError(f"{len(row.tokens)} tokens but {len(row.labels)} labels", where=row.where)
    for what, strings in (("token", row.tokens), ("label", row.labels)):
        for string in strings:
            if string is not None and not string.strip():
                raise DataError(f"an empty {what}: {string!r}", where=row.where)
            if string is not None and any("\ud800" <= c <= "\udfff" for c in string):
                raise DataError(f"the {what} {string!r} has a lone surrogate", where=row.where)
    return row


def _strings(where: str, field: str, value: object, *, optional: bool) -> tuple[str | None, ...]:
    """A list of strings (or None, where a label may be left out)."""
    if not isinstance(value, list):
        raise DataError(f"{field!r} is a list of strings, got {value!r:.80}", where=where)
    for i, item in enumerate(value):
        if not (isinstance(item, str) or (optional and item is None)):
            raise DataError(f"{field!r} is a list of strings, but item {i} is {item!r:.80}", where=where)
    return tuple(value)


def refuse(name: str, problems: Collection[ReadheadError]) -> None:
    """Raise all problems as one, if there are any; beyond 50, say how many more."""
    if not problems:
        return
    shown = list(problems)[:MAX_PRINTED]
    if len(problems) > MAX_PRINTED:
        shown.append(DataError(f"and {len(problems) - MAX_PRINTED:,} more"))
    raise Problems(f"{name}: {len(problems):,} problem(s), so nothing is loaded", shown)
