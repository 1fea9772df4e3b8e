"""File formats: what is read, and every problem that a row can have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from readhead.errors import DataError, ReadheadError, UsageError
from readhead.tasks.readers import READERS, Source, read
from readhead.tasks.rows import Columns, Row


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows_of(path: Path, **options: Any) -> list[tuple[tuple[str, ...], tuple[str | None, ...]]]:
    got = read(Source(path, **options))
    assert () == got.problems
    return [(row.tokens, row.labels) for row in got.rows]


def problems_of(path: Path, **options: Any) -> list[ReadheadError]:
    return list(read(Source(path, **options)).problems)


SENTENCE = (("the", "cat", "'s", "hat", "."), ("x",))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", '{"text": "the cat\'s hat.", "label": "x"}\n\n', [SENTENCE]),
        ("a.jsonl", '\ufeff{"text": "the cat\'s hat.", "label": "x", "id": 3}', [SENTENCE]),
        ("a.ndjson", '{"tokens": ["a b", "."], "labels": ["x", null]}\r\n', [(("a b", "."), ("x", None))]),
        ("a.json", '{"tokens": ["a"], "label": "y z"}', [(("a",), ("y z",))]),
        ("a.csv", 'text,label\n"the cat\'s hat.",x\n', [SENTENCE]),
        ("a.csv", 'label,id,text\r\nx,1,"the cat\'s\nhat."\r\n\r\n', [SENTENCE]),
        ("a.csv", "tokens,labels\na b,x y\nc,z\n", [(("a", "b"), ("x", "y")), (("c",), ("z",))]),
        ("a.tsv", 'tokens\tlabel\na " b\tx y\n', [(("a", '"', "b"), ("x y",))]),
        ("a.conll", "a\tO\nb\tB-x\n \t\nc\tO\n", [(("a", "b"), ("O", "B-x")), (("c",), ("O",))]),
        (
            "a.bio",
            "-DOCSTART- -X- O O\n\nU.N. NNP I-NP B-ORG\n. . O O\n\n\n-DOCSTART- -X- O O\n",
            [(("U.N.", "."), ("B-ORG", "O"))],
        ),
        ("a.conll.txt", "\n\n'' O\n# O\n", [(("''", "#"), ("O", "O"))]),
        ("a.annotated", "New\tB-x\nYork\tI-x\n", [(("New", "York"), ("B-x", "I-x"))]),
        ("a.txt", "NUM:count How many `` seas '' ?\n", [(("How", "many", '"', "seas", '"', "?"), ("NUM",))]),
        ("a.txt", '{"text": "hm", "label": "x"}', [(("hm",), ("x",))]),
    ],
)
def test_what_is_read(
    tmp_path: Path, name: str, content: str, expected: list[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    assert expected == rows_of(written(tmp_path, name, content))


def test_options_of_reading(tmp_path: Path) -> None:
    trec = written(tmp_path, "q.label", b"LOC:city Where is S\xe3o Paulo ?\n")
    assert [(("Where", "is", "São", "Paulo", "?"), ("LOC:city",))] == rows_of(trec, format="trec", fine=True)
    labelled = written(tmp_path, "mr.all", b"1 it 's caf\xe9 \x97 good\r\n")
    expected = [(("it", "'s", "café", "—", "good"), ("1",))]
    assert expected == rows_of(labelled, format="labelled", encoding="cp1252")
    utf16 = written(tmp_path, "a.csv", "text,label\nno,x\n".encode("utf-16"))
    assert [(("no",), ("x",))] == rows_of(utf16, encoding="utf-16")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (Columns(), ("A", "B")),
        (Columns(text="sentence"), ("c", "d")),
        (Columns(text="sentence", label="stars"), ("c", "d")),
    ],
)
def test_columns_by_name(tmp_path: Path, columns: Columns, expected: tuple[str, ...]) -> None:
    content = "tokens,sentence,text,stars,label\nA B,c d,e f,5,x\n"
    [(tokens, labels)] = rows_of(written(tmp_path, "a.csv", content), columns=columns)
    assert expected == tokens
    assert ("5" if columns.label else "x",) == labels


def test_a_place_is_file_and_line(tmp_path: Path) -> None:
    table = written(tmp_path, "a.csv", 'text,label\n"a\nb",x\nc,y\n')
    assert [f"{table}:2", f"{table}:4"] == [row.where for row in read(Source(table)).rows]
    conll = written(tmp_path, "a.conll", "\na O\nb O\n\n\nc O\n")
    assert [f"{conll}:2", f"{conll}:6"] == [row.where for row in read(Source(conll)).rows]


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("a.jsonl", '{"text": "a"', 1, "not JSON: Expecting ',' delimiter at column 13"),
        ("a.jsonl", "\n[1]", 2, r"not a JSON object: '\[1\]'"),
        ("a.jsonl", "[" * 100_000, 1, "not JSON that can be read: .*recursion"),
        ("a.jsonl", '{"text": 1' + "0" * 5000 + "}", 1, "not JSON that can be read: .*digits"),
        (
            "a.jsonl",
            '{"txt": "a", "label": "x"}',
            1,
            "no 'tokens' or 'text'(?s:.*)fields here are 'txt', 'label'",
        ),
        ("a.jsonl", '{"text": "a"}', 1, "no 'labels' or 'label'(?s:.*)labels_column= or label_column="),
        ("a.jsonl", "{}", 1, "fields here are none"),
        ("a.jsonl", '{"text": ["a"], "label": "x"}', 1, r"'text' is a string, got \['a'\]"),
        ("a.jsonl", '{"text": "a", "label": 1}', 1, "(?s)'label' is a string, got 1.*instead: \"1\""),
        ("a.jsonl", '{"text": "a", "label": null}', 1, "'label' is a string, got None"),
        ("a.jsonl", '{"text": "a", "labels": ["x"]}', 1, "'text' is a text"),
        ("a.jsonl", '{"tokens": "a", "label": "x"}', 1, "'tokens' is a list of strings, got 'a'"),
        (
            "a.jsonl",
            '{"tokens": ["a", 3], "label": "x"}',
            1,
            "'tokens' is a list of strings, but item 1 is 3",
        ),
        ("a.jsonl", '{"tokens": [null], "label": "x"}', 1, "item 0 is None"),
        ("a.jsonl", '{"tokens": ["a"], "labels": [2]}', 1, "'labels' is a list of strings, but item 0 is 2"),
        ("a.jsonl", '{"tokens": ["a"], "labels": []}', 1, "1 tokens but 0 labels"),
        ("a.jsonl", '{"tokens": [], "labels": []}', 1, "no tokens in this row"),
        ("a.jsonl", '{"text": " ", "label": "x"}', 1, "no tokens in this row"),
        ("a.jsonl", '{"tokens": [""], "label": "x"}', 1, "an empty token: ''"),
        ("a.jsonl", '{"text": "a", "label": " "}', 1, "an empty label: ' '"),
        ("a.jsonl", '{"text": "a", "label": "\\ud800"}', 1, r"the label '\\ud800' has a lone surrogate"),
        ("a.csv", "a,b\nc,d\n", 1, "no 'tokens' or 'text'"),
        ("a.csv", "text,text,label\nc,d,e\n", 1, "the header has 'text' twice"),
        ("a.csv", "text,label\na\n", 2, "1 columns, but the header has 2"),
        ("a.csv", "text,label\na,b,c\n", 2, "3 columns, but the header has 2"),
        ("a.csv", "text,label\n,\n", 2, "no tokens in this row"),
        ("a.csv", 'text,label\n\n"a,b\nc,d\n', 3, "not a row of a table: unexpected end of data"),
        ("a.csv", '"text,label\n', 1, "not a row of a table"),
        ("a.csv", f"text,label\n{'a' * 140_000},b\n", 2, "not a row of a table: field larger"),
        ("a.csv", "tokens,labels\na b,x\n", 2, "2 tokens but 1 labels"),
        ("a.tsv", "text\tlabel\na\t\n", 2, "an empty label"),
        ("a.conll", "a O\nb\n", 2, "1 columns, but the first has 2"),
        ("a.conll", "a\n", 1, "1 columns, but a token and a tag are two"),
        ("a.conll", "a O\n\nb NN O\n", 3, "3 columns, but the first has 2"),
        ("a.conll", "a\tO\n\tO\n", 1, "an empty token"),
        (
            "a.txt",
            "NUM:count How many ?\nHow many ?\n",
            2,
            "(?s)not a question: 'How many .'.*COARSE:fine question",
        ),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, name: str, content: str, line: int, message: str) -> None:
    path = written(tmp_path, name, content)
    problem = problems_of(path)[0]
    assert f"{path}:{line}" == problem.where
    assert isinstance(problem, DataError)
    with pytest.raises(DataError) as caught:
        raise problem
    caught.match(message)


def test_good_rows_are_read_beside_all_the_bad_ones(tmp_path: Path) -> None:
    lines = [json.dumps({"text": "a", "label": "x" if i % 2 else i}) for i in range(10)]
    got = read(Source(written(tmp_path, "a.jsonl", "\n".join(lines))))
    assert (5, 5) == (len(got.rows), len(got.problems))
    assert all(isinstance(row, Row) for row in got.rows)


def test_undecodable_lines_are_all_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"text,label\nok,x\ncaf\xe9,y\nn\xffo,z\n")
    problems = problems_of(path)
    assert [f"{path}:3", f"{path}:4"] == [p.where for p in problems]
    assert "byte 4 of the line, 0xe9, is not utf-8" == problems[0].what
    assert "encoding=, for example latin-1 or cp1252" == problems[0].instead


def test_other_encodings_name_the_byte(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"text,label\n\x81,x\n")
    assert "byte 11 is not cp1252" == problems_of(path, encoding="cp1252")[0].what


@pytest.mark.parametrize("layout", READERS)
@pytest.mark.parametrize("content", ["", "\n \r\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, layout: str, content: str) -> None:
    encoding = "utf-8"
    with pytest.raises(DataError, match="has no rows"):
        read(Source(written(tmp_path, "a", content), format=layout, encoding=encoding))


def test_only_a_header(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no rows"):
        read(Source(written(tmp_path, "a.csv", "text,label\n")))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "a.txt",
            {},
            r"(?s)what format has .*a\.txt\?.*first line 'hello you' tells.*format=, one of jsonl, csv",
        ),
        ("a.txt", {"format": "jsnl"}, r"(?s)no format 'jsnl'.*did you mean 'jsonl'\?"),
        ("a.csv", {"encoding": "utf9"}, "there is no encoding 'utf9'"),
        ("a.csv", {"encoding": "base64"}, "there is no encoding 'base64'"),
        ("a.csv", {"fine": True}, "fine labels are for the format trec, not csv"),
        ("a.conll", {"columns": Columns(text="x")}, "the format conll has no named columns"),
    ],
)
def test_wrong_use(tmp_path: Path, name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(Source(written(tmp_path, name, "hello you\n"), **options))
    caught.match(message)


def test_a_file_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read(Source(tmp_path / "a.csv"))
    with pytest.raises(DataError, match="cannot be read"):
        read(Source(tmp_path))
    with pytest.raises(DataError, match="cannot be read"):
        read(Source(Path("a\0.csv")))


PIECES = st.sampled_from(
    ['"', ",", "\t", " ", "\n", "\r\n", "{", "}", "[", "]", ":", "\0", "text", "label", "tokens", "O"]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join), st.sampled_from(sorted(READERS)))
@example('"text","label"\r"a\rb",c', "csv")
@example("text,label\na\rb,c", "csv")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_escapes_as_another_error(tmp_path: Path, content: str, layout: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content.encode("utf-8", errors="surrogatepass"))
    try:
        got = read(Source(path, format=layout))
    except DataError:  # no rows at all
        return
    for row in got.rows:
        assert row.tokens
        assert all(token.strip() for token in row.tokens)
        assert len(row.labels) == (len(row.tokens) if row.per_token else 1)
    assert got.rows or got.problems


def test_one_json_list_is_told_once(tmp_path: Path) -> None:
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    for text in (json.dumps(rows, indent=1), json.dumps(rows), json.dumps(rows, indent=1)[:-9]):
        (problem,) = problems_of(written(tmp_path, "a.json", text))
        assert "the file is one JSON list, not JSON lines" in str(problem)
        assert (
            "an object in each line, without brackets around them and commas between them" == problem.instead
        )
    (problem,) = problems_of(written(tmp_path, "a.jsonl", '{"text": "a", "label": "x"}\n[]\n'))
    assert "a.jsonl:2: not a JSON object: '[]'" in str(problem)
