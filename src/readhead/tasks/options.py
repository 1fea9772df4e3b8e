"""The options of data files, and their check at the door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readhead.errors import UsageError, did_you_mean
from readhead.tasks.answers import BEGIN, END
from readhead.tasks.readers import Source
from readhead.tasks.rows import Columns


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How to read files and what to make of them.

    Contents given as lists of tokens, with at most 100 different ones in the training split, are *symbols*:
    every symbol is kept as it is, and another one in a later split is an error. All others are *words*.

    Attributes:
        validation, test: files of their own for these splits; without them, parts of the training file.
        format: jsonl, csv, tsv, conll, trec or labelled; by default, what the file's name or first line says.
        encoding: of all files; by default utf-8, with or without byte order mark, and latin-1 for trec.
        text_column, tokens_column, label_column, labels_column: the fields of JSON and tables to read.
        fine: trec's fine labels, ``COARSE:fine``, rather than the coarse ones.
        min_count: tokens rarer than this in the training split are unknown; by default 2 for words, else 1.
        max_vocabulary: the most tokens to keep, the most frequent ones; by default, all.
        lower: lower-case tokens; by default for words with one label per sequence.
        fold_digits: write every digit as 0; by default for words.
        allow_unknown: whether unseen tokens are read as unknown; by default for words.
        unknown_spelling: whether unknown tokens are told apart by their spelling (capitals, digits, endings); by
            default for words with a label for each token.
        begin, end: the markers around the content; None for none.
        unknown: the token that stands for all unknown ones, or for those whose spelling is not told apart.
    """

    validation: str | Path | None = None
    test: str | Path | None = None
    format: str | None = None
    encoding: str | None = None
    text_column: str | None = None
    tokens_column: str | None = None
    label_column: str | None = None
    labels_column: str | None = None
    fine: bool = False
    min_count: int | None = None
    max_vocabulary: int | None = None
    lower: bool | None = None
    fold_digits: bool | None = None
    allow_unknown: bool | None = None
    unknown_spelling: bool | None = None
    begin: str | None = BEGIN
    end: str | None = END
    unknown: str = "<unk>"

    def source(self, path: Path) -> Source:
        """The file with how to read it."""
        columns = Columns(self.text_column, self.tokens_column, self.label_column, self.labels_column)
        return Source(path, self.format, self.encoding, columns, self.fine)


def parse_options(options: Mapping[str, Any]) -> FileOptions:
    """File options from keywords.

    Raises:
        UsageError: for an unknown option, or a value of the wrong kind.
    """
    for option, value in options.items():
        if option not in KINDS:
            raise UsageError(f"data files have no option {option!r}", instead=did_you_mean(option, KINDS))
        accepts, what = KINDS[option]
        if not accepts(value):
            raise UsageError(f"{option} is {what}, got {value!r}")
    return FileOptions(**options)


def _string(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _or_none(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or accepts(value)


_PATH = (_or_none(lambda v: isinstance(v, str | Path)), "a path")
_NAME = (_or_none(_string), "a non-empty string")
_COUNT = (_or_none(lambda v: type(v) is int and v >= 1), "a whole number from 1")
_SWITCH = (_or_none(lambda v: type(v) is bool), "True or False")

KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(("validation", "test"), _PATH),
    **dict.fromkeys(
        ("format", "encoding", "text_column", "tokens_column", "label_column", "labels_column"), _NAME
    ),
    **dict.fromkeys(("begin", "end"), _NAME),
    "unknown": (_string, "a non-empty string"),
    "fine": (lambda v: type(v) is bool, "True or False"),
    **dict.fromkeys(("min_count", "max_vocabulary"), _COUNT),
    **dict.fromkeys(("lower", "fold_digits", "allow_unknown", "unknown_spelling"), _SWITCH),
}
"""What each option takes."""
