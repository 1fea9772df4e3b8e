"""Readers of the file formats: bytes in, rows and problems out.

Lines end with a line feed, or a carriage return and a line feed, and nothing else (Unicode's other line ends are
ordinary bytes in latin-1). No reader drops a row: it is read, or it is a problem.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, ParamSpec

from readhead.errors import DataError, ReadheadError, UsageError, did_you_mean
from readhead.tasks.rows import Columns, Row, Rows, checked, row_from, text_row

SUFFIXES = MappingProxyType(
    {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "tsv"}
    | {".conll": "conll", ".bio": "conll", ".iob": "conll", ".iob2": "conll"}
)
TREC = re.compile(r"(\w+):(\w+)[ \t]+(.*)")
TREC_START = re.compile(r"[A-Z]{2,}:[a-z0-9]+ \S")
TAG = re.compile(r"O|[BIESLU]-\S+")
DOCUMENT = "-DOCSTART-"
Given = ParamSpec("Given")


USUAL = Columns()


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how to read it; None for what its name and format suggest."""

    path: Path
    format: str | None = None
    encoding: str | None = None
    columns: Columns = USUAL
    fine: bool = False


def read(source: Source) -> Rows:
    """Read a file.

    Raises:
        UsageError: for a file that is not there, or an unknown format or encoding.
        DataError: for a file that cannot be read or has no rows.
    """
    data = _bytes(source.path)
    layout = source.format or _guess(source.path, data)
    if layout not in READERS:
        raise UsageError(f"there is no format {layout!r}", instead=did_you_mean(layout, READERS))
    if source.fine and layout != "trec":
        raise UsageError(f"{source.path}: fine labels are for the format trec, not {layout}")
    if source.columns != USUAL and layout not in ("jsonl", "csv", "tsv"):
        raise UsageError(f"{source.path}: the format {layout} has no named columns")
    encoding = source.encoding or ("latin-1" if layout == "trec" else "utf-8")
    text, problems = _decode(source.path, data, encoding)
    if problems:
        return Rows((), problems)
    rows: list[Row] = []
    faults: list[ReadheadError] = []
    for item in READERS[layout](text, source):
        if isinstance(item, Row):
            rows.append(item)
        else:
            faults.append(item)
    if not rows and not faults:
        raise DataError(f"{source.path} has no rows", instead="a file with at least one example")
    return Rows(tuple(rows), tuple(faults))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} cannot be read", why=str(error)) from None


def _guess(path: Path, data: bytes) -> str:
    """The format by the file's suffixes, else by its first line with anything in it."""
    for suffix in reversed(path.suffixes):
        if suffix.lower() in SUFFIXES:
            return SUFFIXES[suffix.lower()]
    lines = [line.strip() for line in data[:10_000].decode("latin-1").split("\n")]
    first = next((line for line in lines if line and not line.startswith(DOCUMENT)), "")
    if first.startswith("{"):
        return "jsonl"
    if TREC_START.match(first):
        return "trec"
    columns = first.split()
    if len(columns) > 1 and TAG.fullmatch(columns[-1]):
        return "conll"
    raise UsageError(
        f"what format has {path}?",
        why=f"neither its name nor its first line {first[:60]!r} tells",
        instead=f"format=, one of {', '.join(READERS)}",
    )


def _decode(path: Path, data: bytes, encoding: str) -> tuple[str, tuple[ReadheadError, ...]]:
    """The text without byte order mark; or a problem for each line that has bytes outside the encoding."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except LookupError:
        raise UsageError(f"there is no encoding {encoding!r}", instead="utf-8, latin-1, cp1252") from None
    try:
        return data.decode("utf-8-sig" if name == "utf-8" else name), ()
    except UnicodeDecodeError as error:
        whole = error
    if not name.startswith(("utf-8", "ascii")):
        return "", (DataError(f"byte {whole.start} is not {encoding}", where=str(path), why=whole.reason),)
    problems: list[ReadheadError] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(name)
        except UnicodeDecodeError as error:
            problems.append(
                DataError(
                    f"byte {error.start + 1} of the line, 0x{line[error.start]:02x}, is not {encoding}",
                    where=f"{path}:{number}",
                    instead="encoding=, for example latin-1 or cp1252",
                )
            )
    return "", tuple(problems)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines, from 1, without their ends."""
    return ((number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1))


def _attempt(make: Callable[Given, Row], *given: Given.args, **options: Given.kwargs) -> Row | ReadheadError:
    """The row, or why there is none."""
    try:
        return make(*given, **options)
    except DataError as problem:
        return problem


def _jsonl(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    """A JSON object in each line that is not blank."""
    if _is_json_list(text):
        yield DataError(
            "the file is one JSON list, not JSON lines",
            where=str(source.path),
            instead="an object in each line, without brackets around them and commas between them",
        )
        return
    for number, line in _lines(text):
        if line.strip():
            yield _attempt(_json_row, line, f"{source.path}:{number}", source.columns)


def _is_json_list(text: str) -> bool:
    """Whether the file begins a JSON list of objects, whole or not, rather than lines of JSON."""
    return re.match(r"\s*\[\s*\{", text) is not None


def _json_row(line: str, where: str, columns: Columns) -> Row:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON: {error.msg} at column {error.colno}", where=where) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"not JSON that can be read: {error}", where=where) from None
    if not isinstance(value, dict):
        raise DataError(
            f"not a JSON object: {line[:60]!r}", where=where, instead='{"text": "...", "label": "..."}'
        )
    return row_from(where, value, columns.choose(value.keys(), where))


def _table(
    text: str, source: Source, delimiter: str, quoting: Literal[0, 3]
) -> Iterator[Row | ReadheadError]:
    """Rows under a header; a cell of tokens or labels is split at white space."""
    rows = _numbered(text, source.path, delimiter, quoting)
    first = next(rows, None)
    if first is None or isinstance(first, DataError):
        yield from () if first is None else (first,)
        return
    where, header = first
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        yield DataError(f"the header has {', '.join(map(repr, twice))} twice", where=where)
        return
    try:
        fields = source.columns.choose(header, where)
    except DataError as problem:
        yield problem
        return
    lists = {
        name for name, many in ((fields.content, not fields.text), (fields.labels, fields.per_token)) if many
    }
    for item in rows:
        if isinstance(item, DataError):
            yield item
            continue
        where, cells = item
        if len(cells) != len(header):
            yield DataError(f"{len(cells)} columns, but the header has {len(header)}", where=where)
            continue
        values = {n: cell.split() if n in lists else cell for n, cell in zip(header, cells, strict=True)}
        yield _attempt(row_from, where, values, fields)


def _numbered(
    text: str, path: Path, delimiter: str, quoting: Literal[0, 3]
) -> Iterator[tuple[str, list[str]] | DataError]:
    """Rows that are not blank, with the line that each starts in; nothing after a fault of quotation."""
    lines = (line + "\n" for _, line in _lines(text))
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    while True:
        where = f"{path}:{reader.line_num + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield DataError(f"not a row of a table: {error}", where=where)
            return
        if cells is None:
            return
        if len(cells) > 1 or "".join(cells).strip():
            yield where, cells


def _csv(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    return _table(text, source, ",", csv.QUOTE_MINIMAL)


def _tsv(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    """Columns between tabs; a quotation mark is a character like any other."""
    return _table(text, source, "\t", csv.QUOTE_NONE)


def _conll(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    """A token in each line, its tag in the last column; blank and -DOCSTART- lines part the sentences.

    Each -DOCSTART- line begins a document.
    """
    tokens: list[str] = []
    tags: list[str] = []
    start, width, document = 1, 0, 0
    for number, line in [*_lines(text), (0, "")]:
        if not line.strip() or line.startswith(DOCUMENT):
            if tokens:
                where = f"{source.path}:{start}"
                row = Row(where, tuple(tokens), tuple(tags), per_token=True, text=False, document=document)
                yield _attempt(checked, row)
            tokens, tags = [], []
            document += line.startswith(DOCUMENT)
            continue
        columns = line.split("\t") if "\t" in line else line.split()
        width = width or len(columns)
        start = start if tokens else number
        if len(columns) != width or width < 2:
            need = f"the first has {width}" if width > 1 else "a token and a tag are two"
            yield DataError(f"{len(columns)} columns, but {need}", where=f"{source.path}:{number}")
        tokens.append(columns[0].strip())
        tags.append(columns[-1].strip())


def _trec(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    """``COARSE:fine question``; the quotation marks of the Penn treebank become the typed one."""
    for number, line in _lines(text):
        if not line.strip():
            continue
        where = f"{source.path}:{number}"
        match = TREC.fullmatch(line.strip())
        if match is None:
            yield DataError(f"not a question: {line[:60]!r}", where=where, instead="COARSE:fine question")
            continue
        coarse, fine, question = match.groups()
        question = question.replace("``", '"').replace("''", '"')
        label = f"{coarse}:{fine}" if source.fine else coarse
        yield _attempt(text_row, where, question, label)


def _labelled(text: str, source: Source) -> Iterator[Row | ReadheadError]:
    """A label, a space, a text."""
    for number, line in _lines(text):
        if line.strip():
            label, _, rest = line.strip().partition(" ")
            where = f"{source.path}:{number}"
            yield _attempt(text_row, where, rest, label)


READERS: MappingProxyType[str, Callable[[str, Source], Iterator[Row | ReadheadError]]] = MappingProxyType(
    {"jsonl": _jsonl, "csv": _csv, "tsv": _tsv, "conll": _conll, "trec": _trec, "labelled": _labelled}
)
"""Each format's reader."""
