"""The model card: what a model computes, where each variable lives, and whether it was checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from readhead.program.program import Program
from readhead.transformer.legend import Legend

if TYPE_CHECKING:
    from readhead.transformer.model import Transformer

VALUES = 8
"""How many of a variable's values a row of the card lists."""

TEXT = 20_000
"""The longest program text that stands in the card."""


def model_card(model: Transformer) -> str:
    """The card as Markdown."""
    parts = [_heading(model), _use(model)]
    if model.legend is not None:
        legend = model.legend
        parts += [_program(legend.program), _agreement(model), _blocks(model, legend), _variables(legend)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(model: Transformer) -> str:
    config, legend = model.config, model.legend
    head = "library_name: readhead\ntags:\n- readhead\n- transformer"
    what = (
        "A transformer." if legend is None else "A transformer that is a program: its weights were compiled."
    )
    if legend is not None and legend.program.description:
        what += f" {legend.program.description}"
    heads = " + ".join(map(str, config.heads_of)) or "none"
    rows = [
        ("parameters", f"{model.size:,}"),
        ("blocks", str(config.layers)),
        ("heads", heads),
        ("hidden units", " + ".join(map(str, config.hidden_of)) or "none"),
        ("width", str(config.width)),
        ("positions", f"{config.longest}, {'causal' if config.causal else 'bidirectional'}"),
        ("precision", config.precision),
    ]
    title = "Transformer" if legend is None else legend.answer
    return f"---\n{head}\n---\n\n# {title}\n\n{what}\n\n{_table(('', ''), rows)}"


def _use(model: Transformer) -> str:
    lines = [
        "from readhead.transformer import Transformer",
        "",
        'model = Transformer.from_pretrained("this folder")',
    ]
    if model.legend is None:
        return "\n".join(["```python", *lines, "logits = model(tokens)", "```"])
    example = list((model.program.vocabulary.tokens or ())[: model.program.max_length])[:3]
    lines += [f"model.run({example!r})", f"model.trace({example!r})"]
    return "\n".join(["```python", *lines, "```"])


def _program(program: Program) -> str:
    from readhead.language.rasp import to_rasp

    vocabulary = program.vocabulary
    tokens = vocabulary.tokens or ()
    shown = ", ".join(f"`{t}`" for t in tokens[:40]) + (
        f" and {len(tokens) - 40} more" if len(tokens) > 40 else ""
    )
    reads = f"It reads up to {program.max_length} of {len(tokens)} tokens: {shown}."
    text = to_rasp(program)
    if len(text) > TEXT:
        return f"## The program\n\n{reads} Its text is long: see `program.json`."
    fence = "`" * max(3, 1 + max((len(run) for run in _ticks(text)), default=0))
    return f"## The program\n\n{reads}\n\n{fence}\n{text.strip()}\n{fence}"


def _ticks(text: str) -> Iterable[str]:
    return "".join(c if c == "`" else " " for c in text).split()


def _agreement(model: Transformer) -> str:
    found = model.agreement
    said = (
        "It was not checked against the program."
        if found is None
        else f"{str(found)[0].upper()}{str(found)[1:]}."
    )
    return f"## Agreement\n\n{said}"


def _blocks(model: Transformer, legend: Legend) -> str:
    rows = []
    for b, (labels, mlp) in enumerate(zip(legend.heads, legend.mlps, strict=True)):
        for h, label in enumerate(labels):
            rows.append((f"{b}", f"head {h}: {label.name}", ", ".join(label.variables)))
        if mlp is not None:
            rows.append((f"{b}", f"{model.config.hidden_of[b]} hidden units", ", ".join(mlp.variables)))
    if not rows:
        return ""
    return "## Blocks\n\n" + _table(("block", "part", "computes"), rows)


def _variables(legend: Legend) -> str:
    rows = [(name, *_placed(legend, name)) for name in legend.readable]
    rows += [(name, "", f"not in the model: {why}") for name, why in legend.fused.items()]
    return "## Variables\n\n" + _table(("variable", "values", "where"), rows)


def _placed(legend: Legend, name: str) -> tuple[str, str]:
    reading = legend.readings[name]
    values = ", ".join(map(repr, reading.values[:VALUES]))
    values += f", ... ({len(reading.values)})" if len(reading.values) > VALUES else ""
    slots, gone = legend.slots_of(name), legend.gone(name)
    if slots:
        after = "the embedding" if reading.block < 0 else f"block {reading.block}"
        again = "" if gone is None else f", until block {gone} uses some of them again"
        return values, f"slots {_ranges(sorted(slots))}, after {after}{again}"
    sources = legend.sources(name)
    return values, f"a function of {' and '.join(sources)}" if sources else "always the same"


def _ranges(numbers: list[int]) -> str:
    """Numbers as ranges.

    >>> _ranges([1, 2, 3, 7])
    '1-3, 7'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    return "\n".join([line(head), "|" + " :--- |" * len(head), *map(line, rows)])
