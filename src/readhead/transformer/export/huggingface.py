"""A transformer as a model of Hugging Face: importing this module teaches ``AutoModel`` to load what it saves.

GPT-2's own class is not offered, also for causal programs: it normalises the residual stream before every part, and
a compiled model's numbers mean what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import TokenClassifierOutput
from transformers.utils import logging

from readhead.errors import DataError, InputError, UsageError
from readhead.program.serialize import dumps
from readhead.transformer.config import TransformerConfig
from readhead.transformer.export.tokenizer import check_tokenizer, tokenizer_of
from readhead.transformer.hooks import tap_of
from readhead.transformer.legend import Legend
from readhead.transformer.model import Transformer

SMALLEST: dict[str, object] = {
    "width": 1,
    "layers": 0,
    "heads": [],
    "d_head": 0,
    "d_value": 0,
    "hidden": [],
    "symbols": 1,
    "outputs": 1,
    "longest": 1,
}
"""The shape of a configuration that is made without one, as Hugging Face does to compare."""


class ReadheadConfig(PreTrainedConfig):
    """The configuration of a transformer: its shape, and for a compiled one what its codes and coordinates mean.

    Args:
        shape: the fields of a :class:`~readhead.transformer.config.TransformerConfig`.
        symbols: the tokens in code order.
        slots: the names of the residual stream's coordinates.
        answer: the variable that the logits tell.
        program: the program as JSON, see :func:`readhead.program.serialize.loads`.
        more: what Hugging Face adds.
    """

    model_type = "readhead"

    def __init__(
        self,
        shape: dict[str, object] | None = None,
        symbols: list[str] | None = None,
        slots: list[str] | None = None,
        answer: str | None = None,
        program: str | None = None,
        **more: Any,
    ) -> None:
        self.shape = dict(SMALLEST if shape is None else shape)
        self.symbols, self.slots, self.answer, self.program = symbols, slots, answer, program
        super().__init__(**more)

    @property
    def transformer_config(self) -> TransformerConfig:
        """The shape, as Readhead has it."""
        values: dict[str, Any] = dict(self.shape)
        for name in ("heads", "hidden"):
            values[name] = tuple(values[name])
        return TransformerConfig(**values)

    @property
    def vocab_size(self) -> int:
        """How many token codes there are."""
        return self.transformer_config.symbols

    @property
    def hidden_size(self) -> int:
        """How many coordinates the residual stream has."""
        return self.transformer_config.width

    @property
    def num_hidden_layers(self) -> int:
        """How many blocks there are."""
        return self.transformer_config.layers

    @property
    def max_position_embeddings(self) -> int:
        """The most positions of a sequence, the beginning token included."""
        return self.transformer_config.longest


class ReadheadModel(PreTrainedModel):
    """A transformer as Hugging Face's tools take it: token codes in, logits at every position out.

    Args:
        config: its shape.
    """

    config_class = ReadheadConfig
    base_model_prefix = ""
    main_input_name = "input_ids"

    def __init__(self, config: ReadheadConfig) -> None:
        asked = config.dtype  # where a precision is asked for, from_pretrained leaves it there
        super().__init__(config)
        self.transformer = Transformer(config.transformer_config)
        if asked is not None:
            self.transformer.to(asked)
        self.post_init()

    def _init_weights(self, module: torch.nn.Module) -> None:
        """Nothing: a transformer draws its weights when it is made."""

    def forward(
        self,
        input_ids: Int[Tensor, "batch position"],
        attention_mask: Int[Tensor, "batch position"] | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> TokenClassifierOutput | tuple[Any, ...]:
        """The logits, with every residual stream and every pattern of attention where they are asked for.

        Args:
            input_ids: token codes, beginning with the beginning token.
            attention_mask: 0 where there is padding, which stands at the end.
            output_attentions: whether to return the patterns, ``[batch, head, query, key]`` for each block that has
                heads.
            output_hidden_states: whether to return the residual streams, as embedded and after each block.
            return_dict: False for a tuple.

        Raises:
            InputError: for more positions than the model has, and padding at the beginning.
            UsageError: for padding, where the model has no code for it.
        """
        config = self.config
        codes = input_ids if attention_mask is None else self._padded(input_ids, attention_mask)
        wanted = config.output_attentions if output_attentions is None else output_attentions
        seen: dict[str, Tensor] = {}
        streams = self.transformer.stream(codes, tap_of({}, seen) if wanted else None)
        logits: Float[Tensor, "batch position output"] = self.transformer.logits(streams[-1])
        patterns = tuple(tensor for name, tensor in seen.items() if name.endswith("hook_pattern"))
        states = config.output_hidden_states if output_hidden_states is None else output_hidden_states
        output = TokenClassifierOutput(
            logits=logits,
            hidden_states=tuple(streams) if states else None,
            attentions=patterns if wanted else None,
        )
        as_dict = config.return_dict if return_dict is None else return_dict
        return output if as_dict else output.to_tuple()

    def _padded(self, codes: Tensor, attention_mask: Tensor) -> Tensor:
        """The codes with padding where the mask has 0."""
        hidden = attention_mask == 0
        if not bool(hidden.any()):
            return codes
        padding = self.transformer.config.padding
        if padding is None:
            raise UsageError("the attention mask hides positions, and the model has no code for padding")
        if bool(hidden[:, 0].any()):
            raise InputError(
                "the attention mask hides the first position",
                why="the beginning token stands there, and positions are counted from it",
                instead="put padding at the end: padding_side='right'",
            )
        return codes.masked_fill(hidden, padding)


AutoConfig.register(ReadheadConfig.model_type, ReadheadConfig, exist_ok=True)
for auto in (AutoModel, AutoModelForTokenClassification):
    auto.register(ReadheadConfig, ReadheadModel, exist_ok=True)


def to_huggingface(model: Transformer, folder: str | Path | None = None) -> ReadheadModel:
    """The same transformer as a model of Hugging Face, with weights of its own.

    Args:
        model: any transformer.
        folder: where to save it, with a tokenizer where it is a compiled program.

    Raises:
        DataError: where the folder cannot be written.
        UsageError: for a folder, where the program tells unknown words apart by their spelling: a tokenizer cannot.
    """
    if folder is not None and model.legend is not None:
        check_tokenizer(model.legend)
    exported = ReadheadModel(_config(model))
    exported.to(device=model.unembedding.device, dtype=model.unembedding.dtype)
    exported.transformer.load_state_dict(model.state_dict())
    exported.eval()
    if folder is not None:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with _without_bars():
                exported.save_pretrained(folder)
            if model.legend is not None:
                tokenizer_of(model.legend, model.config.longest).save_pretrained(folder)
            (Path(folder) / "README.md").write_text(_card(model.legend), "utf-8")
        except OSError as error:
            raise DataError(f"the model cannot be written: {error.strerror}", where=str(folder)) from None
    return exported


@contextmanager
def _without_bars() -> Iterator[None]:
    """No progress bars: a model is written at once."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _config(model: Transformer) -> ReadheadConfig:
    shape = model.config.as_dict()
    legend = model.legend
    if legend is None:
        return ReadheadConfig(shape, num_labels=model.config.outputs)
    labels = _labels(legend)
    return ReadheadConfig(
        shape,
        symbols=list(legend.symbols),
        slots=[slot.name for slot in legend.slots],
        answer=legend.answer,
        program=dumps(legend.program),
        id2label=dict(enumerate(labels)),
        label2id={label: code for code, label in enumerate(labels)},
        bos_token_id=len(legend.symbols) - 2,
        pad_token_id=len(legend.symbols) - 1,
    )


def _labels(legend: Legend) -> list[str]:
    """The answer's values as texts, all different."""
    values = legend.readings[legend.answer].values
    texts = [str(value) for value in values]
    return texts if len(set(texts)) == len(texts) else [repr(value) for value in values]


WHERE: dict[Literal["token_labels", "sequence_label", "next_token"], str] = {
    "token_labels": "at every token's own position",
    "sequence_label": "at position 1, the first after the beginning token",
    "next_token": "at the last position that is no padding",
}


def _card(legend: Legend | None) -> str:
    """How the folder is used."""
    lines = [
        "import readhead.transformer.export.huggingface",
        "from transformers import AutoModel, AutoTokenizer",
        "",
        'model = AutoModel.from_pretrained("this folder")',
    ]
    said = "A transformer."
    if legend is not None:
        lines += [
            'tokenizer = AutoTokenizer.from_pretrained("this folder")',
            f'logits = model(**tokenizer("{_example(legend)}", return_tensors="pt")).logits',
        ]
        said = "A transformer that is a program: its weights were compiled. "
        said += f"`{legend.answer}` is told {WHERE[legend.program.kind]}; `config.id2label` names its values."
    code = "\n".join(lines)
    return f"---\nlibrary_name: transformers\ntags:\n- readhead\n---\n\n{said}\n\n```python\n{code}\n```\n"


def _example(legend: Legend) -> str:
    vocabulary = legend.program.vocabulary
    tokens = list(vocabulary.tokens or ())[: min(3, legend.program.max_length or 0)]
    return ("" if vocabulary.split == "characters" else " ").join(tokens)
