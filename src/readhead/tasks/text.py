"""The user's own data: files in, a data set out.

The steps are: read every file, refuse all bad rows at once, split, make the vocabulary from the training
split alone, refuse tokens that it cannot read. No row is dropped and no content is cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from readhead.errors import DataError, ReadheadError, UsageError, did_you_mean
from readhead.program.spelling import marker
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.examples import Dataset, Example
from readhead.tasks.options import FileOptions
from readhead.tasks.readers import read
from readhead.tasks.rows import Row, Rows, refuse
from readhead.tasks.sampling import shuffled_split, split_sizes, streams
from readhead.tasks.spellings import spellings_of

MAX_SYMBOLS = 100
STEMS = {"train": ("train",), "validation": ("validation", "valid", "val", "dev"), "test": ("test",)}


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of each split, and every label that the training file has."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """How a set that is one file is split.

    Attributes:
        validation, test: their percentages; training gets the rest.
        documents: whether documents are kept whole, and percentages are of documents rather than of rows.
    """

    validation: int
    test: int
    documents: bool = False

    def parts(self, rows: Sequence[Row], rng: np.random.Generator) -> dict[str, tuple[Row, ...]]:
        """The rows of each split, drawn at random."""
        by_document = groupby(rows, lambda row: row.document)
        units = [tuple(unit) for _, unit in by_document] if self.documents else [(row,) for row in rows]
        validation, test = ((share * len(units) + 50) // 100 for share in (self.validation, self.test))
        drawn = shuffled_split(units, rng, (len(units) - validation - test, validation, test))
        splits = (tuple(row for unit in part for row in unit) for part in drawn)
        return dict(zip(("train", "validation", "test"), splits, strict=True))


def load_files(
    path: Path, options: FileOptions, seed: int, name: str | None = None, cut: Cut | None = None
) -> Dataset:
    """A data set from a file, or from a folder with files ``train``, ``validation`` and ``test``.

    Args:
        path: the training file, or the folder.
        options: how to read it.
        seed: what decides where the data are split.
        name: the data set's name; by default the file's.
        cut: how to split it where neither validation nor test has a file; by default 9 and 10 per cent of the rows.

    Raises:
        UsageError: for files that are not there, and options that fit nothing.
        DataError: for files that cannot be read, and splits that cannot be made.
        Problems: for bad rows, all of them.
    """
    train, validation, test = _files(path, options)
    given = {part: read(options.source(file)) for part, file in _present(train, validation, test)}
    return assemble(name or path.resolve().stem, given, options, seed, cut)


def assemble(
    name: str, given: Mapping[str, Rows], options: FileOptions, seed: int, cut: Cut | None = None
) -> Dataset:
    """A data set from the rows that a source has: ``train``, and perhaps ``validation`` and ``test``.

    Raises:
        UsageError: for options that fit nothing.
        DataError: for splits that cannot be made.
        Problems: for bad rows, all of them.
    """
    _refuse_bad_rows(name, given)
    split = _split(name, given, seed, cut)
    vocabulary = make_vocabulary(split.train, options)
    _refuse_unseen(name, split, vocabulary)
    return Dataset(
        name=name,
        vocabulary=vocabulary,
        labels=split.labels,
        kind="token_labels" if split.train[0].per_token else "sequence_label",
        causal=False,
        max_length=None,
        train=_examples(split.train),
        validation=_examples(split.validation),
        test=_examples(split.test),
        description=_description(name, split),
    )


def make_vocabulary(rows: Sequence[Row], options: FileOptions) -> Vocabulary:
    """The vocabulary of the training rows: words by falling frequency, symbols in string order.

    Raises:
        UsageError: for options that contradict each other.
        DataError: for a row that has a marker as a token.
    """
    words = any(row.text for row in rows) or len({t for row in rows for t in row.tokens}) > MAX_SYMBOLS
    lower = options.lower if options.lower is not None else words and not rows[0].per_token
    fold_digits = options.fold_digits if options.fold_digits is not None else words
    plain = Vocabulary(lower=lower, fold_digits=fold_digits)
    count = Counter(str(plain.normalized(token)) for row in rows for token in row.tokens)
    min_count = options.min_count if options.min_count is not None else 2 if words else 1
    kept = sorted((t for t in count if count[t] >= min_count), key=lambda t: (-count[t], t))[
        : options.max_vocabulary
    ]
    dropped = len(kept) < len(count)
    unknown = options.allow_unknown if options.allow_unknown is not None else words or dropped
    if dropped and not unknown:
        raise UsageError(
            f"min_count and max_vocabulary drop {len(count) - len(kept)} of {len(count)} tokens",
            why="allow_unknown=False leaves nothing to read them as",
        )
    telling = options.unknown_spelling
    if telling and not unknown:
        raise UsageError(
            "unknown_spelling=True tells unknown tokens apart",
            why="there are none here",
            instead="allow_unknown=True with it",
        )
    telling = telling if telling is not None else words and unknown and rows[0].per_token
    known = frozenset(kept)
    rare = (t for row in rows for t in row.tokens if plain.normalized(t) not in known)
    spellings = spellings_of(rare) if telling else ()
    markers = [m for m in (options.begin, options.end, options.unknown if unknown else None) if m is not None]
    markers += map(marker, spellings)
    for row in rows:
        taken = [t for t in row.tokens if plain.normalized(t) in markers]
        if taken:
            raise DataError(
                f"the token {taken[0]!r} is also a marker of the vocabulary",
                where=row.where,
                instead="other markers: begin=, end= or unknown=",
            )
    single = not words and all(len(token) == 1 for token in kept)
    return Vocabulary(
        tuple(kept if words else sorted(kept)),
        begin=options.begin,
        end=options.end,
        unknown=options.unknown if unknown else None,
        lower=lower,
        fold_digits=fold_digits,
        split="characters" if single else "words",
        spellings=spellings,
    )


def _files(path: Path, options: FileOptions) -> tuple[Path, Path | None, Path | None]:
    """The file of each split; a folder's files are known by their stems."""
    validation = None if options.validation is None else Path(options.validation)
    test = None if options.test is None else Path(options.test)
    if not path.is_dir():
        return path, validation, test
    found: dict[str, Path | None] = {}
    for part, stems in STEMS.items():
        files = sorted(f for f in path.iterdir() if f.is_file() and f.stem.lower() in stems)
        if len(files) > 1:
            names = ", ".join(f.name for f in files)
            raise UsageError(
                f"{path} has {len(files)} {part} files: {names}", instead="give one of them by its path"
            )
        found[part] = files[0] if files else None
    train = found["train"]
    if train is None:
        raise UsageError(
            f"{path} has no file called train", instead="train.jsonl, train.csv, train.conll or the like"
        )
    return train, validation or found["validation"], test or found["test"]


def _present(train: Path, validation: Path | None, test: Path | None) -> list[tuple[str, Path]]:
    parts = (("train", train), ("validation", validation), ("test", test))
    return [(part, path) for part, path in parts if path is not None]


def _refuse_bad_rows(name: str, given: Mapping[str, Rows]) -> None:
    """Raise every problem of every file, rows of another kind than the first and unknown labels among them."""
    problems = [problem for rows in given.values() for problem in rows.problems]
    rows = [row for each in given.values() for row in each.rows]
    kinds = ("one label", "a label for each token")
    problems += [
        DataError(
            f"this row has {kinds[row.per_token]}",
            where=row.where,
            why=f"the first has {kinds[rows[0].per_token]}",
        )
        for row in rows
        if row.per_token != rows[0].per_token
    ]
    known = {label for row in given["train"].rows for label in row.labels}
    for part in ("validation", "test"):
        for row in given[part].rows if part in given else ():
            new = [label for label in row.labels if label is not None and label not in known]
            if new and given["train"].rows:
                hint = did_you_mean(new[0], [label for label in known if label is not None])
                problems.append(
                    DataError(
                        f"the label {new[0]!r} is not in the training file", where=row.where, instead=hint
                    )
                )
    refuse(name, problems)


def _split(name: str, given: Mapping[str, Rows], seed: int, cut: Cut | None) -> Split:
    """Split off what has no file of its own: 9 and 10 per cent, or 10 per cent where only one is missing."""
    train = given["train"].rows
    count = Counter(label for row in train for label in row.labels if label is not None)
    if len(count) < 2:
        only = f"only the label {next(iter(count))!r}" if count else "no label"
        raise DataError(f"{name}: the training file has {only}", why="there is nothing to tell apart")
    sizes = split_sizes(len(train))
    tenth = (10 * len(train) + 50) // 100
    if "validation" in given and "test" in given:
        sizes = (len(train), 0, 0)
    elif "validation" in given:
        sizes = (len(train) - tenth, 0, tenth)
    elif "test" in given:
        sizes = (len(train) - tenth, tenth, 0)
    rng = streams(seed)[1]
    if cut is not None and len(given) == 1:
        parts = cut.parts(train, rng)
    else:
        parts = dict(zip(("train", "validation", "test"), shuffled_split(train, rng, sizes), strict=True))
    parts |= {part: given[part].rows for part in ("validation", "test") if part in given}
    for part, rows in parts.items():
        if not any(label is not None for row in rows for label in row.labels):
            raise DataError(
                f"{name}: the {part} split has no scored example",
                why=f"the training file has {len(given['train'].rows)} rows",
                instead=f"more rows{'' if part == 'train' else f', or a file of its own: {part}='}",
            )
    labels = tuple(sorted(count, key=lambda label: (-count[label], label)))
    return Split(parts["train"], parts["validation"], parts["test"], labels)


def _refuse_unseen(name: str, split: Split, vocabulary: Vocabulary) -> None:
    """Raise for every row with tokens that the vocabulary cannot read."""
    if vocabulary.unknown is not None:
        return
    assert vocabulary.tokens is not None
    known = frozenset(vocabulary.tokens)
    problems: list[ReadheadError] = []
    for row in (*split.validation, *split.test):
        unseen = [t for t in row.tokens if vocabulary.normalized(t) not in known]
        if unseen:
            problems.append(
                DataError(
                    f"the token {unseen[0]!r} is not in the training split",
                    where=row.where,
                    instead="allow_unknown=True reads such tokens as unknown",
                )
            )
    refuse(name, problems)


def _examples(rows: Iterable[Row]) -> tuple[Example, ...]:
    return tuple(Example(row.tokens, row.labels) for row in rows)


def _description(name: str, split: Split) -> str:
    """Name, sizes, and how many test contents can be answered from memory."""
    seen = {row.tokens for row in split.train}
    repeated = sum(row.tokens in seen for row in split.test)
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    sizes = ", ".join(f"{len(rows):,} {part}" for part, rows in parts.items())
    note = f"; {repeated:,} of the test contents are also in train" if repeated else ""
    return f"{name}: {len(split.labels)} labels; {sizes} examples{note}"
