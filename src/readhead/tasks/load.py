"""A data set by name or path: a task, a set under ``READHEAD_DATA`` or on the hub, or the user's own files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from readhead.errors import UsageError, did_you_mean
from readhead.tasks.algorithmic import FACTORIES, make_task
from readhead.tasks.examples import Dataset, Example
from readhead.tasks.hub import HUB, PREFIX, load_hub
from readhead.tasks.options import parse_options
from readhead.tasks.text import Cut, load_files

ROOT = "READHEAD_DATA"


def _reading(**options: object) -> MappingProxyType[str, object]:
    return MappingProxyType(options)


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Where a well-known data set's files lie under ``READHEAD_DATA``, and how to read them.

    ``cut`` says how a set that comes without splits is split.
    """

    train: str
    validation: str | None = None
    test: str | None = None
    reading: MappingProxyType[str, object] = field(default_factory=_reading)
    label_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cut: Cut | None = None


NAMED: MappingProxyType[str, NamedSet] = MappingProxyType(
    {
        "trec": NamedSet("trec/train.txt", test="trec/test.txt", reading=_reading(format="trec")),
        "wnut17": NamedSet(
            "wnut17/wnut17train.conll",
            "wnut17/emerging.dev.conll",
            "wnut17/emerging.test.annotated",
            reading=_reading(format="conll"),
        ),
        "wikigold": NamedSet(
            "wikigold/wikigold.conll.txt",
            reading=_reading(format="conll"),
            cut=Cut(validation=10, test=20, documents=True),
        ),
        "mr": NamedSet(
            "mr/rt-polarity.all",
            reading=_reading(format="labelled", encoding="cp1252"),
            label_names=MappingProxyType({"0": "negative", "1": "positive"}),
            cut=Cut(validation=10, test=10),
        ),
        "subj": NamedSet(
            "subj/subj.all",
            reading=_reading(format="labelled", encoding="cp1252"),
            label_names=MappingProxyType({"0": "subjective", "1": "objective"}),
            cut=Cut(validation=10, test=10),
        ),
    }
)
"""The data sets that have a name: questions, entities in tweets and in Wikipedia, opinions, subjectivity."""


def load_dataset(name_or_path: str | Path, *, seed: int = 0, **options: object) -> Dataset:
    """A data set by the name of a task or of a well-known set, or from a file or folder.

    Args:
        name_or_path: a name in ``TASKS``, ``NAMED`` or ``HUB``; ``hub:NAME[:CONFIG][@REVISION]`` for any other set on
            the Hugging Face hub; or a path (one that is also a name is written ``./name``).
        seed: what decides all that is drawn or split at random.
        options: a task's sizes (``symbols``, ``max_length``, ``examples``), or those of :class:`FileOptions`.

    Raises:
        UsageError: for an unknown name or option, and files that are not there.
        DataError: for files that cannot be read.
        Problems: for bad rows, all at once.

    >>> len(load_dataset("hist", examples=100).train)
    81
    """
    name = str(name_or_path)
    if not name.strip():
        raise UsageError("the name of a task, a data set or a file is missing")
    if name in FACTORIES and isinstance(name_or_path, str):
        return make_task(name, **options).dataset(seed)
    if name in NAMED and isinstance(name_or_path, str):
        return _load_named(name, options, seed)
    if (name in HUB or name.startswith(PREFIX)) and isinstance(name_or_path, str):
        return load_hub(name, parse_options(options), seed)
    path = Path(name_or_path)
    try:
        found = path.exists()
    except OSError as error:
        raise UsageError(f"{name[:40]!r} is no task, data set or file", why=error.strerror) from None
    if not found and (isinstance(name_or_path, Path) or path.suffix or path.name != name):
        raise UsageError(f"there is no file {name}")
    if not found:
        known = did_you_mean(name, [*FACTORIES, *NAMED, *HUB])
        raise UsageError(f"there is no task or data set {name!r}", instead=f"{known} Or the path of a file")
    return load_files(path, parse_options(options), seed)


def _load_named(name: str, options: dict[str, object], seed: int) -> Dataset:
    root = os.environ.get(ROOT)
    if not root:
        raise UsageError(
            f"where is {name}?",
            why=f"the environment variable {ROOT} is not set",
            instead=f"set {ROOT} to the folder that holds {NAMED[name].train}, or give your copy's path",
        )
    chosen = NAMED[name]
    parts = {"train": chosen.train, "validation": chosen.validation, "test": chosen.test}
    files = {part: Path(root) / file for part, file in parts.items() if file is not None}
    for file in files.values():
        if not file.is_file():
            raise UsageError(f"{name} needs {file}, which is not there", why=f"{ROOT} is {root}")
    held = {part: file for part, file in files.items() if part != "train"}
    reading = parse_options({**held, **chosen.reading, **options})
    dataset = load_files(files["train"], reading, seed, name, chosen.cut)
    return _relabelled(dataset, chosen.label_names) if chosen.label_names else dataset


def _relabelled(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    """The same data set with telling labels."""

    def renamed(examples: tuple[Example, ...]) -> tuple[Example, ...]:
        return tuple(Example(e.tokens, tuple(names[str(label)] for label in e.labels)) for e in examples)

    return replace(
        dataset,
        labels=tuple(names[label] for label in dataset.labels),
        train=renamed(dataset.train),
        validation=renamed(dataset.validation),
        test=renamed(dataset.test),
    )
