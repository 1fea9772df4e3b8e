"""Data sets in the hub's format: folders of Parquet, Arrow and JSON files, read without a network."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readhead.errors import DataError, Problems, UsageError
from readhead.tasks import load_dataset
from readhead.tasks.hub import HUB, parse
from readhead.tasks.load import NAMED

datasets = pytest.importorskip("datasets", reason="datasets is not installed")

NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
TEXT = datasets.Value("string")


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network, and a cache of its own."""
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


def sentences(count: int) -> dict[str, list[Any]]:
    """Tagged sentences as CoNLL-2003 has them, with tags of other kinds."""
    return {
        "id": [str(i) for i in range(count)],
        "tokens": [["Jane", "Austen", "in", "Bath"] for _ in range(count)],
        "pos_tags": [[1, 1, 0, 1] for _ in range(count)],
        "ner_tags": [[1, 2, 0, 3] for _ in range(count)],
    }


SENTENCES = datasets.Features(
    {
        "id": TEXT,
        "tokens": datasets.Sequence(TEXT),
        "pos_tags": datasets.Sequence(datasets.ClassLabel(names=["IN", "NNP"])),
        "ner_tags": datasets.Sequence(datasets.ClassLabel(names=NAMES)),
    }
)
UNNAMED = datasets.Features({{"ner_tags": "chunk_tags"}.get(n, n): f for n, f in SENTENCES.items()})
TOPICS = datasets.Features({"text": TEXT, "label": datasets.ClassLabel(names=["World", "Sports"])})


def topics(count: int, label: Callable[[int], int] = lambda i: i % 2) -> dict[str, list[Any]]:
    texts = ["The minister's visit.", "A late goal!"]
    return {"text": [texts[i % 2] for i in range(count)], "label": [label(i) for i in range(count)]}


def parquet(folder: Path, features: Any, **splits: dict[str, list[Any]]) -> Path:
    """A repository of Parquet files, one for each split."""
    for split, columns in splits.items():
        (folder / "data").mkdir(parents=True, exist_ok=True)
        made = datasets.Dataset.from_dict(columns, features=features)
        made.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


def test_tags_of_tokens(tmp_path: Path) -> None:
    folder = parquet(
        tmp_path / "news", SENTENCES, train=sentences(6), validation=sentences(2), test=sentences(3)
    )
    dataset = load_dataset(f"hub:{folder}", labels_column="ner_tags")
    assert (6, 2, 3) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert ("token_labels", set(NAMES), "news") == (dataset.kind, set(dataset.labels), dataset.name)
    assert ("Jane", "Austen", "in", "Bath") == dataset.test[0].tokens
    assert ("B-PER", "I-PER", "O", "B-LOC") == dataset.test[0].labels
    parts = load_dataset(f"hub:{folder}", labels_column="pos_tags")
    assert {"IN", "NNP"} == set(parts.labels)


def test_texts_with_a_class(tmp_path: Path) -> None:
    folder = parquet(tmp_path / "news", TOPICS, train=topics(40), test=topics(4))
    dataset = load_dataset(f"hub:{folder}", seed=3)
    assert (36, 4, 4) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert ("sequence_label", {"World", "Sports"}) == (dataset.kind, set(dataset.labels))
    assert ("The", "minister", "'s", "visit", ".") == dataset.test[0].tokens
    assert ("World",) == dataset.test[0].labels
    assert dataset == load_dataset(f"hub:{folder}", seed=3)


def test_a_readme_tells_what_the_labels_of_json_lines_mean(tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    names = "".join(f"            '{i}': {name}\n" for i, name in enumerate(NAMES))
    (folder / "README.md").write_text(
        "---\ndataset_info:\n  features:\n  - name: words\n    list: string\n  - name: tags\n    list:\n"
        f"      class_label:\n          names:\n{names}---\n# Names\n"
    )
    row = json.dumps({"words": ["Jane", "in", "Bath"], "tags": [1, 0, 3]})
    for split in ("train", "dev", "test"):
        (folder / f"{split}.jsonl").write_text(f"{row}\n" * 4)
    dataset = load_dataset(f"hub:{folder}")
    assert ("B-PER", "O", "B-LOC") == dataset.validation[0].labels
    assert (4, 4, 4) == (len(dataset.train), len(dataset.validation), len(dataset.test))


def test_configurations_of_a_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    for config, label in (("long", "yes"), ("short", "no")):
        (folder / config).mkdir()
        lines = [
            json.dumps({"text": f"a {config} text", "label": label if i % 2 else "other"}) for i in range(40)
        ]
        (folder / config / "train.jsonl").write_text("\n".join(lines))
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: long\n  data_files: long/*.jsonl\n"
        "- config_name: short\n  data_files: short/*.jsonl\n---\n"
    )
    monkeypatch.chdir(tmp_path)
    assert {"no", "other"} == set(load_dataset("hub:./two:short").labels)
    with pytest.raises(UsageError, match=r"which configuration of hub:\./two:shrt") as caught:
        load_dataset("hub:./two:shrt")
    assert "Available: ['long', 'short']\n  instead: hub:NAME:CONFIG" in str(caught.value)
    with pytest.raises(UsageError, match=r"Config name is missing.*\['long', 'short'\]"):
        load_dataset("hub:./two")


@pytest.mark.parametrize("whole", [True, False])
def test_what_save_to_disk_writes(tmp_path: Path, whole: bool) -> None:
    train = datasets.Dataset.from_dict(topics(40), features=TOPICS)
    saved = datasets.DatasetDict(train=train, test=train) if whole else train
    saved.save_to_disk(tmp_path / "saved")
    dataset = load_dataset(f"hub:{tmp_path / 'saved'}")
    assert (40 if whole else 4) == len(dataset.test)


def test_an_arrow_file(tmp_path: Path) -> None:
    made = datasets.Dataset.from_dict(topics(40), features=TOPICS)
    made.save_to_disk(tmp_path / "saved")
    (tmp_path / "arrow").mkdir()
    (tmp_path / "saved" / "data-00000-of-00001.arrow").rename(tmp_path / "arrow" / "train.arrow")
    assert {"World", "Sports"} == set(load_dataset(f"hub:{tmp_path / 'arrow'}").labels)


def test_a_short_name_knows_where_and_which_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = parquet(tmp_path / "c", SENTENCES, train=sentences(40))
    asked: list[Any] = []

    def fetched(path: str, config: str | None, revision: str | None) -> Any:
        asked.append((path, config, revision))
        return original(str(folder))

    original = datasets.load_dataset
    monkeypatch.setattr(datasets, "load_dataset", fetched)
    dataset = load_dataset("conll2003")
    assert ("conll2003", set(NAMES)) == (dataset.name, set(dataset.labels))
    assert {"IN", "NNP"} == set(load_dataset("hub:conll2003", labels_column="pos_tags").labels)
    load_dataset("hub:someone/names:big@v2", labels_column="ner_tags")
    official = ("eriktks/conll2003", None, "refs/convert/parquet")
    assert [official, official, ("someone/names", "big", "v2")] == asked


def test_no_short_name_hides_another() -> None:
    assert not set(HUB) & set(NAMED)
    for name in HUB:
        assert parse(f"hub:{name}") == parse(name) == HUB[name]
        assert "/" in HUB[name].path


def test_labels_that_are_not_known(tmp_path: Path) -> None:
    unlabelled = topics(4, lambda i: -1)
    folder = parquet(
        tmp_path / "sst",
        TOPICS,
        train=topics(40, lambda i: -1 if i == 0 else i % 2),
        test=unlabelled,
        extra=topics(2),
    )
    dataset = load_dataset(f"hub:{folder}")
    assert (32, 4, 4) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert 1 == sum(
        e.labels == (None,) for part in (dataset.train, dataset.validation, dataset.test) for e in part
    )
    assert dataset.description.endswith("not read: extra, test (it has no labels)")


def test_labels_that_are_strings_or_numbers(tmp_path: Path) -> None:
    numbers = datasets.Features(
        {"words": datasets.Sequence(TEXT), "tags": datasets.Sequence(datasets.Value("int32"))}
    )
    rows = {"words": [["a", "b"]] * 20, "tags": [[7, -100], [8, 7]] * 10}
    dataset = load_dataset(f"hub:{parquet(tmp_path / 'n', numbers, train=rows)}")
    assert {"7", "8"} == set(dataset.labels)
    assert {("7", None), ("8", "7")} == {e.labels for e in dataset.train}
    strings = datasets.Features({"sentence": TEXT, "label": TEXT})
    rows = {"sentence": ["a b", "c d"] * 20, "label": ["x", "y"] * 20}
    assert {"x", "y"} == set(load_dataset(f"hub:{parquet(tmp_path / 's', strings, train=rows)}").labels)


@pytest.mark.parametrize(
    ("features", "options", "message"),
    [
        (
            UNNAMED,
            {},
            "which column holds the labels?\n  why: its columns are 'id' (text), 'tokens' (tokens), ",
        ),
        (UNNAMED, {}, "'chunk_tags' (class labels)\n  instead: name it with label_column= or labels_column="),
        (SENTENCES, {"labels_column": "ner"}, "has no column 'ner'\n  why: its columns are 'id' (text), "),
        (
            SENTENCES,
            {"labels_column": "id"},
            "the column 'id' holds text\n  why: labels_column is one of class labels",
        ),
        (
            SENTENCES,
            {"text_column": "tokens"},
            "the column 'tokens' holds tokens\n  why: text_column is one of text",
        ),
        (
            SENTENCES,
            {"text_column": "id", "labels_column": "ner_tags"},
            "gives a label to each token, but 'id' is a text",
        ),
        (SENTENCES, {"tokens_column": "id"}, "the column 'id' holds text"),
        (SENTENCES, {"format": "csv"}, "data of the hub have no option 'format'"),
        (SENTENCES, {"test": "t.csv"}, "data of the hub have no option 'test'"),
        (SENTENCES, {"fine": True}, "data of the hub have no option 'fine'"),
        (SENTENCES, {"labels_colum": "x"}, "have no option 'labels_colum'"),
    ],
)
def test_columns_and_options_that_do_not_fit(
    features: Any, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    columns = dict(zip(features, sentences(4).values(), strict=True))
    folder = parquet(tmp_path / "s", features, train=columns)
    with pytest.raises(UsageError) as caught:
        load_dataset(f"hub:{folder}", **options)
    assert message in str(caught.value)


def test_content_that_cannot_be_found(tmp_path: Path) -> None:
    features = datasets.Features(
        {"premise": TEXT, "hypothesis": TEXT, "label": datasets.ClassLabel(names=["n", "y"])}
    )
    rows = {"premise": ["a"] * 20, "hypothesis": ["b"] * 20, "label": [0, 1] * 10}
    folder = parquet(tmp_path / "nli", features, train=rows)
    with pytest.raises(UsageError, match="which column holds the content") as caught:
        load_dataset(f"hub:{folder}")
    assert "name it with text_column= or tokens_column=" in str(caught.value)
    assert 1 == len(load_dataset(f"hub:{folder}", text_column="hypothesis").test[0].tokens)


def test_bad_rows_are_all_reported(tmp_path: Path) -> None:
    rows = topics(40)
    rows["text"][3], rows["text"][5] = None, ""
    folder = parquet(tmp_path / "bad", TOPICS, train=rows)
    with pytest.raises(Problems) as caught:
        load_dataset(f"hub:{folder}")
    assert "bad[train]:3: nothing in 'text'" in str(caught.value)
    assert "bad[train]:5: no tokens in this row" in str(caught.value)
    ragged = sentences(20)
    ragged["ner_tags"][2] = [1]
    ragged["tokens"][4] = ["a", None, "b", "c"]
    ragged["ner_tags"][6] = None
    folder = parquet(tmp_path / "ragged", SENTENCES, train=ragged)
    with pytest.raises(Problems) as caught:
        load_dataset(f"hub:{folder}", labels_column="ner_tags")
    assert "ragged[train]:2: 4 tokens but 1 labels" in str(caught.value)
    assert "ragged[train]:4: 'tokens' has a token that is nothing" in str(caught.value)
    assert "ragged[train]:6: nothing in 'ner_tags'" in str(caught.value)


def test_splits_that_are_not_there_or_not_clear(tmp_path: Path) -> None:
    saved = datasets.Dataset.from_dict(topics(40), features=TOPICS)
    datasets.DatasetDict(first=saved, test=saved).save_to_disk(tmp_path / "a")
    with pytest.raises(DataError, match="has no split called train\n  why: its splits are first, test"):
        load_dataset(f"hub:{tmp_path / 'a'}")
    datasets.DatasetDict(train=saved, dev=saved, valid=saved).save_to_disk(tmp_path / "b")
    with pytest.raises(DataError, match="has 2 validation splits: dev, valid"):
        load_dataset(f"hub:{tmp_path / 'b'}")
    parquet(tmp_path / "c", TOPICS, train=topics(0), test=topics(2))
    with pytest.raises(DataError, match=r"hub:.*/c cannot be read\n  why: .* no data"):
        load_dataset(f"hub:{tmp_path / 'c'}")


def test_without_a_network() -> None:
    with pytest.raises(
        DataError, match="hub:fancyzhx/ag_news cannot be fetched: the hub cannot be reached"
    ) as caught:
        load_dataset("ag_news")
    assert "why: Couldn't reach 'fancyzhx/ag_news' on the Hub" in str(caught.value)
    assert "instead: try again with a network, or give hub: and a folder that holds a copy" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            datasets.exceptions.DatasetNotFoundError(
                "Dataset 'x/y' doesn't exist on the Hub or cannot be accessed."
            ),
            UsageError,
            "cannot be accessed.\n  instead: OWNER/NAME as in the data set's address, one of conll2003, ",
        ),
        (
            RuntimeError("Dataset scripts are no longer supported, but found y.py"),
            UsageError,
            "found y.py\n  instead: the hub's own copy as Parquet files: hub:x/y@refs/convert/parquet",
        ),
        (OSError("disk full"), DataError, "hub:x/y cannot be read\n  why: disk full"),
        (ValueError(""), DataError, "hub:x/y cannot be read\n  why: ValueError"),
    ],
)
def test_what_the_hub_says(
    error: Exception, kind: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", fails)
    with pytest.raises(kind) as caught:
        load_dataset("hub:x/y")
    assert message in str(caught.value)


def test_files_that_are_broken(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, file, text in (
        ("a", "train.parquet", "x"),
        ("b", "train.jsonl", '{"text": "a"'),
        ("c", "c.py", ""),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
    (tmp_path / "d").mkdir()
    for name, message in (
        ("a", "cannot be read\n  why: Parquet file size is 1 bytes"),
        ("b", "cannot be read\n  why: "),
        ("c", "is a script, which is not run"),
        ("d", "cannot be read\n  why: The directory at "),
    ):
        with pytest.raises((DataError, UsageError)) as caught:
            load_dataset(f"hub:{tmp_path / name}")
        assert message in str(caught.value)


@pytest.mark.parametrize("name", ["hub:", "hub:@main", "hub: :x"])
def test_no_name_at_all(name: str) -> None:
    with pytest.raises(UsageError, match="names no data set\n  instead: hub:OWNER/NAME"):
        load_dataset(name)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(UsageError) as caught:
        load_dataset("ag_news")
    assert "hub:fancyzhx/ag_news needs the package datasets, which is not installed" in str(caught.value)
    assert "instead: pip install 'readhead[hub]'" in str(caught.value)


def test_a_name_that_is_nearly_right() -> None:
    with pytest.raises(UsageError, match="did you mean 'conll2003'"):
        load_dataset("conll203")
