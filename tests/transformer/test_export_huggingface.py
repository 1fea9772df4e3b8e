"""Hugging Face loads the same transformer from a folder, offline, and reads texts as the program does."""

from __future__ import annotations

import json
import re
import socket
import sys
from pathlib import Path

import pytest
import torch

import readhead as rh
from readhead.errors import DataError, InputError, UsageError
from readhead.program.nodes import Constant, Map, Tokens
from readhead.program.program import Program
from readhead.program.serialize import loads
from readhead.program.vocabulary import Vocabulary
from readhead.transformer import export
from transformer.exported import NAMES, batches, model


@pytest.fixture
def hugging(monkeypatch: pytest.MonkeyPatch):
    """Hugging Face's package, without a network."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = pytest.importorskip(
        "transformers", reason="transformers is not installed: pip install 'readhead[huggingface]'"
    )

    def refused(*_: object) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    return found


def compiled(vocabulary: Vocabulary, max_length: int = 6, node=None):
    program = Program((Tokens() if node is None else node,), vocabulary, max_length=max_length)
    return rh.transformer.compile(program, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_loaded_is_the_same(name: str, hugging, tmp_path: Path) -> None:
    ours = model(name)
    ours.to_huggingface(tmp_path / "model")
    theirs = hugging.AutoModel.from_pretrained(tmp_path / "model")
    assert {"config.json", "model.safetensors", "README.md"} <= {
        p.name for p in (tmp_path / "model").iterdir()
    }
    assert ours.unembedding.dtype == theirs.dtype
    assert not theirs.training
    for codes, real in batches(ours):
        filled = codes.masked_fill(~real, 0)
        with torch.no_grad():
            expected = ours(codes)[real]
            found = theirs(input_ids=filled, attention_mask=real.long()).logits[real]
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["sort", "causal", "plain"])
def test_hidden_states_and_attentions(name: str, hugging) -> None:
    ours = model(name)
    codes = next(codes for codes, real in batches(ours) if real.all() and codes.shape[1] > 2)
    seen = {}
    hooks = {p.name: lambda tensor, name=p.name: seen.update({name: tensor}) for p in ours.hook_points}
    with torch.no_grad():
        streams = ours.stream(codes)
        ours(codes, hooks=hooks)
        found = ours.to_huggingface()(codes, output_hidden_states=True, output_attentions=True)
        assert isinstance(ours.to_huggingface()(codes, return_dict=False), tuple)
    for expected, state in zip(streams, found.hidden_states, strict=True):
        torch.testing.assert_close(state, expected, atol=1e-5, rtol=1e-5)
    patterns = [tensor for hook, tensor in seen.items() if hook.endswith("hook_pattern")]
    assert patterns
    for expected, pattern in zip(patterns, found.attentions, strict=True):
        torch.testing.assert_close(pattern, expected, atol=1e-5, rtol=1e-5)


def test_the_configuration_says_what_the_numbers_mean(hugging, tmp_path: Path) -> None:
    ours = model("learned")
    ours.to_huggingface(tmp_path)
    config = hugging.AutoConfig.from_pretrained(tmp_path)
    legend = ours.compiled
    assert list(legend.symbols) == config.symbols
    assert [slot.name for slot in legend.slots] == config.slots
    assert legend.answer == config.answer
    assert ours.program == loads(config.program, "the configuration")
    assert [str(v) for v in legend.readings[legend.answer].values] == [config.id2label[i] for i in range(7)]
    assert ours.config == config.transformer_config
    assert (ours.config.width, ours.config.symbols) == (config.hidden_size, config.vocab_size)
    assert (ours.config.layers, ours.config.longest) == (
        config.num_hidden_layers,
        config.max_position_embeddings,
    )


def test_values_that_look_alike_have_other_labels(hugging) -> None:
    node = Map("==", (Tokens(), Constant("a")))
    labels = compiled(Vocabulary(("a", "b")), node=node).to_huggingface().config.id2label
    assert {"True", "False"} == set(labels.values())
    mixed = rh.program.Table([(("a",), 1)], default="1")
    alike = compiled(Vocabulary(("a", "b")), node=Map(mixed, (Tokens(),)))
    assert {"1", "'1'"} == set(alike.to_huggingface().config.id2label.values())


VOCABULARIES = {
    "letters": (Vocabulary(tuple("ab ")), ["", "a", "b a", "aabb"]),
    "markers": (Vocabulary(tuple("ab$"), begin="$A", end="<s>"), ["", "a", "$ba", "aabb"]),
    "unknown": (Vocabulary(tuple("ab"), unknown="<unk>", lower=True), ["xA", "<unk", "aBé"]),
    "words": (
        Vocabulary(("a", "'s", "U.S.", "00", ","), unknown="<unk>", fold_digits=True, split="words"),
        ["a's U.S.", "12, x", "a,a", "the <s>"],
    ),
}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_the_tokenizer_reads_as_the_program_does(name: str, hugging, tmp_path: Path) -> None:
    vocabulary, texts = VOCABULARIES[name]
    ours = compiled(vocabulary)
    ours.to_huggingface(tmp_path)
    tokenizer = hugging.AutoTokenizer.from_pretrained(tmp_path)
    found = tokenizer(texts, padding=True, return_tensors="pt")
    expected = ours.codes(texts)
    assert torch.equal(expected, found["input_ids"])
    assert torch.equal((expected != ours.config.padding).long(), found["attention_mask"])


def test_the_tokenizer_refuses_what_the_program_refuses(hugging, tmp_path: Path) -> None:
    ours = compiled(Vocabulary(("a", "b")), max_length=20)
    ours.to_huggingface(tmp_path)
    tokenizer = hugging.AutoTokenizer.from_pretrained(tmp_path)
    for text in ("xyz", "a" + ours.compiled.symbols[-2], ours.compiled.symbols[-1]):
        with pytest.raises(InputError, match="not in the vocabulary"):
            ours.codes([text])
        with pytest.raises(Exception, match="UNK"):
            tokenizer(text)


def test_no_tokenizer_tells_unknown_words_apart(tmp_path: Path) -> None:
    ours = compiled(Vocabulary(("a",), unknown="?", spellings=("title",)), max_length=3)
    with pytest.raises(UsageError) as caught:
        ours.to_huggingface(tmp_path / "model")
    assert "one unknown token" in str(caught.value) and "model.codes" in str(caught.value)
    assert not (tmp_path / "model").exists()
    assert ("a", "?", "<unk:title>") == tuple(ours.to_huggingface().config.symbols[:3])


def test_a_pipeline_answers_as_the_program(hugging, tmp_path: Path) -> None:
    ours = model("hist")
    ours.to_huggingface(tmp_path)
    theirs = hugging.AutoModelForTokenClassification.from_pretrained(tmp_path)
    tokenizer = hugging.AutoTokenizer.from_pretrained(tmp_path)
    pipeline = hugging.pipeline("token-classification", model=theirs, tokenizer=tokenizer, device="cpu")
    found = pipeline("abcaab", ignore_labels=[])
    assert [str(value) for value in ours.run("abcaab")] == [row["entity"] for row in found]


def test_the_card_is_true(hugging, tmp_path: Path) -> None:
    ours = model("reverse")
    ours.to_huggingface(tmp_path)
    card = (tmp_path / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    found: dict = {}
    exec(code.replace("this folder", str(tmp_path)), found)
    labels = found["model"].config.id2label
    assert ["c", "b", "a"] == [labels[i] for i in found["logits"][0, 1:].argmax(-1).tolist()]
    assert "`reverse` is told at every token's own position" in card


def test_the_copy_is_a_copy(hugging) -> None:
    ours = model("hist")
    before = ours.embedding.detach().clone()
    with torch.no_grad():
        ours.to_huggingface().transformer.embedding.add_(1)
    assert torch.equal(before, ours.embedding)


def test_another_precision_is_kept(hugging, tmp_path: Path) -> None:
    ours = compiled(Vocabulary(("a", "b"))).double()
    ours.to_huggingface(tmp_path)
    assert torch.float64 == hugging.AutoModel.from_pretrained(tmp_path).dtype
    assert "float64" == json.loads((tmp_path / "config.json").read_text())["dtype"]
    single = hugging.AutoModel.from_pretrained(tmp_path, dtype=torch.float32)
    assert torch.float32 == single(ours.codes(["ab"])).logits.dtype


def test_masks_that_the_model_does_not_take(hugging) -> None:
    ours = model("hist")
    codes = ours.codes(["abc"])
    mask = torch.ones_like(codes)
    mask[:, 0] = 0
    with pytest.raises(InputError, match="hides the first position") as caught:
        ours.to_huggingface()(codes, attention_mask=mask)
    assert "put padding at the end: padding_side='right'" == caught.value.instead
    plain = model("plain").to_huggingface()
    with pytest.raises(UsageError, match="has no code for padding"):
        plain(torch.zeros(1, 2, dtype=torch.int64), attention_mask=torch.tensor([[1, 0]]))
    with pytest.raises(InputError, match="positions are too many"):
        plain(torch.zeros(1, 7, dtype=torch.int64))


def test_a_folder_that_cannot_be_written(hugging, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        model("hist").to_huggingface(tmp_path / "file")


def test_without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("huggingface", "tokenizer"):
        monkeypatch.delitem(sys.modules, f"{export.__name__}.{name}", raising=False)
        monkeypatch.delattr(export, name, raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match="transformers 5 or newer, which is not installed") as caught:
        model("hist").to_huggingface()
    assert "pip install 'readhead[huggingface]'" == caught.value.instead
