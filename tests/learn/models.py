"""Random relaxed models of random shape, and the traces of everything that they can be turned into."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch

from readhead.language.python import from_python, to_python
from readhead.learn.choices import harden
from readhead.learn.discretize import relaxed_trace, to_program
from readhead.learn.encode import encode, make_batch
from readhead.learn.shape import Shape, segments
from readhead.program.program import Program
from readhead.program.trace import Trace
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.examples import Dataset, Example


def random_dataset(rng: np.random.Generator) -> Dataset:
    """A data set of random sequences and labels: only its vocabulary, markers and kind matter."""
    tokens = tuple("abcdefghijkl"[: rng.integers(1, 7)])
    vocabulary = Vocabulary(
        tokens,
        begin="<s>" if rng.random() < 0.6 else None,
        end="</s>" if rng.random() < 0.5 else None,
        unknown="<unk>" if rng.random() < 0.4 else None,
    )
    labels = tuple(f"y{i}" for i in range(rng.integers(1, 5)))
    pooled = rng.random() < 0.4
    longest = int(rng.integers(1, 9))
    examples = []
    for _ in range(24):
        content = tuple(rng.choice(tokens, size=rng.integers(1, longest + 1)).tolist())
        count = 1 if pooled else len(content)
        examples.append(Example(content, tuple(rng.choice(labels, size=count).tolist())))
    split = tuple(examples)
    return Dataset(
        "random",
        vocabulary,
        labels,
        "sequence_label" if pooled else "token_labels",
        causal=bool(rng.random() < 0.5),
        max_length=longest if rng.random() < 0.7 else None,
        train=split,
        validation=split,
        test=split,
    )


def random_shape(rng: np.random.Generator, dataset: Dataset) -> Shape:
    """A small random shape that has room for the data set's symbols."""
    symbols = len(dataset.vocabulary.symbols or ())
    embeddings = int(rng.integers(0, 3))
    least = 2 if embeddings else max(2, symbols)
    return Shape(
        layers=int(rng.integers(0, 4)),
        categorical_heads=int(rng.integers(0, 3)),
        numerical_heads=int(rng.integers(0, 3)),
        categorical_mlps=int(rng.integers(0, 3)),
        numerical_mlps=int(rng.integers(0, 2)),
        values=int(rng.integers(least, least + 4)),
        hidden=4,
        cap=int(rng.integers(1, 6)),
        embeddings=embeddings,
        positions=int(rng.integers(0, least + 1)),
    )


def all_traces(shape: Shape, flat: torch.Tensor, readout: torch.Tensor, dataset: Dataset) -> dict[str, Trace]:
    """The traces of one model as a relaxed model, a program, parsed-back Python and JSON."""
    layout = segments(shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
    with torch.no_grad():
        choices = harden(flat[None], layout, shape)
    return traces_of(shape, choices, readout, dataset)


def traces_of(
    shape: Shape, choices: dict[str, torch.Tensor], readout: torch.Tensor, dataset: Dataset
) -> dict[str, Trace]:
    """As :func:`all_traces`, from hardened choices."""
    data = encode(dataset, dataset.test)
    batch = make_batch(data, np.arange(len(data)), shape, torch.device("cpu"))
    program = to_program(shape, choices, readout, dataset)
    contents = [example.tokens for example in dataset.test]
    reloaded = from_python(to_python(program))
    assert program == reloaded
    return {
        "relaxed": relaxed_trace(shape, choices, readout, dataset, batch),
        "program": program.trace_batch(contents),
        "python": reloaded.trace_batch(contents),
        "json": through_json(program).trace_batch(contents),
    }


def through_json(program: Program) -> Program:
    """The program, saved and loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.json"
        program.save(path)
        return Program.load(path)


def executed(program: Program) -> dict[str, object]:
    """The namespace of the program's emitted Python: tests execute theirs, nobody else does."""
    namespace: dict[str, object] = {"__name__": "emitted"}
    exec(compile(to_python(program), "emitted.py", "exec"), namespace)
    return namespace
