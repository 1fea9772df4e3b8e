"""Data sets of the Hugging Face hub, by name, read with the ``datasets`` library.

What the hub calls a feature decides what a column holds: strings, lists of strings, class labels, lists of class
labels. Class labels become their names; a label that is not known (-1) becomes None, which is not scored. As with
files, no row is dropped: it is read, or it is a problem. A folder in the hub's format is read the same way, without a
network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from readhead.errors import DataError, ReadheadError, UsageError
from readhead.tasks.examples import Dataset
from readhead.tasks.features import Reading, choose, decoded
from readhead.tasks.options import FileOptions
from readhead.tasks.readers import USUAL
from readhead.tasks.rows import WORDS, Columns, Row, Rows, checked
from readhead.tasks.text import STEMS, assemble

if TYPE_CHECKING:
    import datasets

PREFIX = "hub:"
PARQUET = "refs/convert/parquet"
"""The branch on which the hub keeps each data set as Parquet files: for those whose main branch is a script."""
OF_FILES = ("validation", "test", "format", "encoding", "fine")
"""The options of data files that say nothing about the hub."""


@dataclass(frozen=True, slots=True)
class HubSet:
    """Where on the hub a data set is, and which of its columns to read.

    Attributes:
        path: the repository, ``OWNER/NAME``; or a folder.
        config: which of its configurations; None where it has one.
        revision: a branch, tag or commit.
        columns: the columns that hold content and labels, where their names and features do not tell.
    """

    path: str
    config: str | None = None
    revision: str | None = None
    columns: Columns = USUAL

    def __str__(self) -> str:
        config = f":{self.config}" if self.config else ""
        return f"{PREFIX}{self.path}{config}" + (f"@{self.revision}" if self.revision else "")


HUB: Mapping[str, HubSet] = MappingProxyType(
    {
        "conll2003": HubSet("eriktks/conll2003", None, PARQUET, Columns(tokens="tokens", labels="ner_tags")),
        "wnut_17": HubSet("leondz/wnut_17", None, PARQUET, Columns(tokens="tokens", labels="ner_tags")),
        "ag_news": HubSet("fancyzhx/ag_news"),
        "dbpedia_14": HubSet("fancyzhx/dbpedia_14", columns=Columns(text="content", label="label")),
        "emotion": HubSet("dair-ai/emotion", "split"),
        "imdb": HubSet("stanfordnlp/imdb"),
        "rotten_tomatoes": HubSet("cornell-movie-review-data/rotten_tomatoes"),
        "sst2": HubSet("stanfordnlp/sst2", columns=Columns(text="sentence", label="label")),
    }
)
"""The data sets of the hub that have a short name: entities in news and tweets, topics, feelings, opinions."""


def parse(name: str) -> HubSet:
    """What ``hub:NAME[:CONFIG][@REVISION]`` or a short name stands for.

    Raises:
        UsageError: where the name is missing.

    >>> found = parse("hub:fancyzhx/ag_news:default@main")
    >>> found.path, found.config, found.revision, str(found)
    ('fancyzhx/ag_news', 'default', 'main', 'hub:fancyzhx/ag_news:default@main')
    """
    if name in HUB:
        return HUB[name]
    rest = name.removeprefix(PREFIX)
    if rest and Path(rest).is_dir():
        return HubSet(rest)
    rest, _, revision = rest.partition("@")
    path, _, config = rest.partition(":")
    if not path.strip():
        raise UsageError(f"{name!r} names no data set", instead="hub:OWNER/NAME, or hub:OWNER/NAME:CONFIG")
    return (
        HUB[path]
        if path in HUB and not config and not revision
        else HubSet(path, config or None, revision or None)
    )


def load_hub(name: str, options: FileOptions, seed: int) -> Dataset:
    """A data set of the hub, or a folder in the hub's format.

    Args:
        name: a short name of :data:`HUB`, or ``hub:NAME[:CONFIG][@REVISION]``; the name may be a folder.
        options: what to make of it; those for the format of files do not apply.
        seed: what decides what is split off where a split is missing.

    Raises:
        UsageError: where ``datasets`` is not installed, and for unknown names, configurations, columns and options.
        DataError: where the hub cannot be reached or the data cannot be read.
        Problems: for bad rows, all of them.
    """
    usual = FileOptions()
    for option in OF_FILES:
        if getattr(options, option) != getattr(usual, option):
            raise UsageError(
                f"{name}: data of the hub have no option {option!r}",
                why="their splits and their format are their own",
                instead="download the files, and give their path" if option != "fine" else "label_column=",
            )
    chosen = parse(name)
    chosen = replace(chosen, columns=_merged(chosen.columns, options))
    splits, unread = _splits(str(chosen), _load(chosen))
    title = Path(chosen.path).resolve().name if Path(chosen.path).is_dir() else name.removeprefix(PREFIX)
    given: dict[str, Rows] = {}
    for part, (label, split) in splits.items():
        rows = _read(f"{title}[{label}]", split, chosen.columns)
        if (
            part == "train"
            or rows.problems
            or any(label is not None for r in rows.rows for label in r.labels)
        ):
            given[part] = rows
        else:
            unread.append(f"{label} (it has no labels)")
    dataset = assemble(title, given, options, seed)
    if not unread:
        return dataset
    return replace(dataset, description=f"{dataset.description}; not read: {', '.join(unread)}")


def _merged(columns: Columns, options: FileOptions) -> Columns:
    """The columns that options name, and those that the set is known to have."""
    text, tokens = columns.text, columns.tokens
    label, labels = columns.label, columns.labels
    if options.text_column or options.tokens_column:
        text, tokens = options.text_column, options.tokens_column
    if options.label_column or options.labels_column:
        label, labels = options.label_column, options.labels_column
    return Columns(text, tokens, label, labels)


def _load(chosen: HubSet) -> Mapping[str, datasets.Dataset]:
    """The splits as ``datasets`` has them."""
    try:
        import datasets
    except ImportError as error:
        raise UsageError(
            f"{chosen} needs the package datasets, which is not installed",
            why=str(error),
            instead="pip install 'readhead[hub]'",
        ) from None
    folder = Path(chosen.path)
    saved = [name for name in ("dataset_dict.json", "state.json") if (folder / name).is_file()]
    try:
        if saved:
            found = datasets.load_from_disk(chosen.path)
        else:
            path = str(folder.resolve()) if folder.is_dir() else chosen.path
            found = datasets.load_dataset(path, chosen.config, revision=chosen.revision)
    except (datasets.exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise _explained(chosen, error) from error
    return {"train": found} if isinstance(found, datasets.Dataset) else found


def _explained(chosen: HubSet, error: Exception) -> ReadheadError:
    """What went wrong, from what ``datasets`` raised."""
    from datasets.exceptions import DatasetNotFoundError

    cause = (
        error.__cause__
        if error.__cause__ is not None and type(error).__name__ == "DatasetGenerationError"
        else error
    )
    why = " ".join(str(cause).split())[:300] or type(cause).__name__
    if isinstance(error, DatasetNotFoundError):
        return UsageError(
            f"there is no data set {chosen}",
            why=why,
            instead=f"OWNER/NAME as in the data set's address, one of {', '.join(HUB)}, or hub: and a folder",
        )
    if isinstance(error, ConnectionError):
        return DataError(
            f"{chosen} cannot be fetched: the hub cannot be reached",
            why=why,
            instead="try again with a network, or give hub: and a folder that holds a copy",
        )
    if "scripts are no longer supported" in why:
        return UsageError(
            f"{chosen} is a script, which is not run",
            why=why,
            instead=f"the hub's own copy as Parquet files: {replace(chosen, revision=PARQUET)}",
        )
    if isinstance(error, ValueError) and ("BuilderConfig" in why or "Config name" in why):
        return UsageError(f"which configuration of {chosen}?", why=why, instead="hub:NAME:CONFIG")
    return DataError(f"{chosen} cannot be read", why=why)


def _splits(
    name: str, found: Mapping[str, datasets.Dataset]
) -> tuple[dict[str, tuple[str, datasets.Dataset]], list[str]]:
    """The splits to read, by part, with the names that they have there; and the names of the others."""
    chosen: dict[str, tuple[str, Any]] = {}
    for part, stems in STEMS.items():
        names = [split for split in found if str(split).lower() in stems]
        if len(names) > 1:
            raise DataError(f"{name} has {len(names)} {part} splits: {', '.join(map(str, names))}")
        if names:
            chosen[part] = str(names[0]), found[names[0]]
    if "train" not in chosen:
        raise DataError(
            f"{name} has no split called train", why=f"its splits are {', '.join(map(str, found)) or 'none'}"
        )
    read = {split for split, _ in chosen.values()}
    return chosen, [str(split) for split in found if str(split) not in read]


def _read(name: str, split: datasets.Dataset, columns: Columns) -> Rows:
    """Every row of a split."""
    reading = choose(split.features, columns, name)
    rows: list[Row] = []
    problems: list[ReadheadError] = []
    records: Iterator[Mapping[str, Any]] = iter(split.select_columns([reading.content, reading.labels]))
    for number, record in enumerate(records):
        try:
            rows.append(_row(f"{name}:{number}", record, reading))
        except DataError as problem:
            problems.append(problem)
    return Rows(tuple(rows), tuple(problems))


def _row(where: str, record: Mapping[str, Any], reading: Reading) -> Row:
    """A record as a row; rows are numbered from 0, as the hub shows them."""
    content, labels = record[reading.content], record[reading.labels]
    if content is None or (reading.per_token and labels is None):
        missing = reading.content if content is None else reading.labels
        raise DataError(f"nothing in {missing!r}", where=where)
    tokens: Sequence[str] = WORDS.tokenize(content) if reading.text else content
    if any(token is None for token in tokens):
        raise DataError(f"{reading.content!r} has a token that is nothing", where=where)
    values = labels if reading.per_token else [labels]
    names = tuple(decoded(value, reading.names, where) for value in values)
    return checked(Row(where, tuple(tokens), names, per_token=reading.per_token, text=reading.text))
