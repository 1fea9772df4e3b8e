import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from readhead.cli.answer import Answer, drawn
from readhead.cli.compressing import compress
from readhead.compile.compiler import compile_program
from readhead.errors import DataError, UsageError
from readhead.language.rasp import from_rasp
from readhead.transformer import Transformer

TEXT = "back = length - indices - 1; reversed = aggregate(select(back, indices, ==), tokens);"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "reverse"
    blueprint = compile_program(from_rasp(TEXT), vocabulary="abc", max_length=3)
    Transformer.from_blueprint(blueprint).save_pretrained(folder)
    return folder


def shown(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "160")
    return drawn(answer.text)


def test_one_dimension(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = compress(model, dim=4, seeds=2, steps=5)
    dimensions = answer.data["dimensions"]
    assert isinstance(dimensions, list)
    (found,) = dimensions
    assert (found["dim"], len(found["accuracies"])) == (4, 2)
    assert answer.data["seeds"] == [0, 1]
    assert answer.data["answer"] == "reversed"
    assert answer.status == 0
    assert answer.note is None
    text = shown(answer, monkeypatch)
    assert "principal components" in text
    assert "what is left of each variable, 4 dimensions" in text
    for name in ("tokens:a", "reversed:c", "one"):
        assert name in text
    json.dumps(answer.data, allow_nan=False)


def test_a_terminal_of_80_columns_holds_what_became_of_each_coordinate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint = compile_program(from_rasp(TEXT), vocabulary="abcd", max_length=6)
    Transformer.from_blueprint(blueprint).save_pretrained(tmp_path / "model")
    answer = compress(tmp_path / "model", dim=4, seeds=1, steps=2)
    monkeypatch.setenv("COLUMNS", "80")
    drawing = drawn(answer.text).splitlines()
    drawing = drawing[1 + next(i for i, line in enumerate(drawing) if line.startswith("W^T W")) :]
    fates = {line.split()[0]: line.split()[2] for line in drawing if line.strip()}
    assert answer.data["slots"] == list(fates)
    assert set(fates.values()) <= {"kept", "shared", "dropped"}
    assert all(len(line) <= 80 for line in drawing)


def test_several_dimensions_and_a_folder(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    answer = compress(model, dims="3,5", seeds=2, steps=4, out=out)
    names = {"accuracy.svg", "checkpoint.safetensors", "compression.json", "gram_3.svg", "gram_5.svg"}
    assert {path.name for path in out.iterdir()} == names | {"projections.safetensors"}
    assert json.loads((out / "compression.json").read_text()) == json.loads(json.dumps(answer.data))
    matrices = load_file(out / "projections.safetensors")
    assert {name: m.shape[0] for name, m in matrices.items()} == {
        "W.3.0": 3,
        "W.3.1": 3,
        "W.5.0": 5,
        "W.5.1": 5,
    }
    again = compress(model, dims="3,5", seeds=2, steps=4, out=out, resume=True)
    assert again.data["dimensions"] == answer.data["dimensions"]


def test_progress_goes_to_standard_error(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compress(model, dim=2, seeds=1, steps=20)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-1].startswith("step 20/20  loss ")
    assert len(captured.err.splitlines()) == 10


def test_an_interrupt_keeps_what_was_learned(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: object, step: int, total: int, loss: float) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("readhead.cli.compressing._Bar.__call__", stop)
        answer = compress(model, dim=2, seeds=1, steps=6, out=tmp_path)
    assert answer.data["stopped"] == "interrupted"
    assert "--resume goes on" in str(answer.note)
    assert compress(model, dim=2, seeds=1, steps=6, out=tmp_path, resume=True).data["stopped"] == "annealed"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "how many dimensions?"),
        ({"dim": 3, "dims": "4"}, "dim and dims are both given"),
        ({"dims": "4,x"}, "dims is '4,x'"),
        ({"dim": 3, "resume": True}, "no folder to go on from"),
        ({"dim": 3, "device": "tpu"}, "the device is 'tpu'"),
        ({"dim": 99}, "99 dimensions: the model has"),
    ],
)
def test_wrong_use(model: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        compress(model, **options)  # type: ignore[arg-type]


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no model in this folder"):
        compress(tmp_path, dim=3)


def test_a_folder_that_cannot_be_written(model: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        compress(model, dim=3, seeds=1, steps=2, out=blocked / "out")
