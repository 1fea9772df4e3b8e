"""A compiled model's vocabulary as a tokenizer of Hugging Face: text in, token codes out, the beginning token first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase, Normalizer, Replace
from tokenizers.normalizers import Sequence as Normalizers
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from readhead.errors import UsageError
from readhead.program.vocabulary import WORD, Vocabulary

if TYPE_CHECKING:
    from readhead.transformer.legend import Legend

CHARACTER = r"[\s\S]"


def tokenizer_of(legend: Legend, longest: int) -> PreTrainedTokenizerFast:
    """The tokenizer whose codes are those of :meth:`readhead.transformer.model.Transformer.codes`.

    A token outside a vocabulary that has no unknown token is an error, as it is for the program.

    Args:
        legend: what the model's codes mean.
        longest: the most positions of a sequence, the beginning token included.
    """
    vocabulary, symbols = legend.program.vocabulary, legend.symbols
    beginning, padding = symbols[-2:]
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    tokenizer = Tokenizer(WordLevel(codes, unk_token=vocabulary.unknown or ""))
    tokenizer.normalizer = Normalizers(_normalizers(vocabulary))
    pattern = CHARACTER if vocabulary.split == "characters" else WORD.pattern
    tokenizer.pre_tokenizer = Split(Regex(pattern), behavior="removed", invert=True)
    before = [beginning, *filter(None, [vocabulary.begin])]
    after = list(filter(None, [vocabulary.end]))
    names = {marker: f"marker{i}" for i, marker in enumerate([*before, *after])}  # a template parses names
    tokenizer.post_processor = TemplateProcessing(
        single=[*(names[m] for m in before), "$A", *(names[m] for m in after)],
        special_tokens=[{"id": n, "ids": [codes[m]], "tokens": [m]} for m, n in names.items()],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=beginning,
        pad_token=padding,
        unk_token=vocabulary.unknown,
        additional_special_tokens=[*before[1:], *after],
        padding_side="right",
        model_max_length=longest,
        model_input_names=["input_ids", "attention_mask"],
        split_special_tokens=True,  # a marker that is typed is no marker
        clean_up_tokenization_spaces=False,
    )


def _normalizers(vocabulary: Vocabulary) -> list[Normalizer]:
    found: list[Normalizer] = [Lowercase()] if vocabulary.lower else []
    return [*found, Replace(Regex(r"\d"), "0")] if vocabulary.fold_digits else found


def check_tokenizer(legend: Legend) -> None:
    """Raise a UsageError where no tokenizer says what the program's vocabulary says."""
    if legend.program.vocabulary.spellings:
        raise UsageError(
            "the program tells unknown words apart by their spelling",
            why="a tokenizer of Hugging Face has one unknown token",
            instead="model.to_huggingface() without a folder, and codes from model.codes(...)",
        )
