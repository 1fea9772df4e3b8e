"""A family of compiled models with their ground truth, to try interpretability methods on.

The same seed and sizes give the same files, byte for byte (on one kind of machine and one release of Readhead). A run
that was interrupted goes on where it stopped. The idea is InterpBench's (Gupta et al., 2024): models whose circuit is
known.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from readhead.compile.compiler import compile_program
from readhead.errors import CompileError, DataError, UsageError
from readhead.program.program import Program
from readhead.program.serialize import dumps
from readhead.program.vocabulary import Vocabulary
from readhead.transformer.compiled import compile as compile_model
from readhead.transformer.model import Transformer
from readhead.transformer.patching import idle_edges
from readhead.transformer.recipes import LETTERS, Recipe, random_program, written
from readhead.transformer.truth import GroundTruth, ground_truth

FORMAT, VERSION = "readhead-benchmark", 2
INDEX, TRUTH = "index.json", "ground_truth.json"
MAX_INDEX = 1 << 26

Size = tuple[int, int]
"""How many letters, and the most tokens of a sequence."""

Progress = Callable[[int, int, str], None]
"""Called with how many models are there, of how many, and the name of the latest."""

SIZES: tuple[Size, ...] = ((3, 5), (4, 8))
COUNT = 36
WIDEST = 128
"""The most coordinates of a random program's model."""

SAMPLES = 1000
"""On how many random inputs a model is checked where it is not checked on all."""


@dataclass(frozen=True, slots=True)
class Member:
    """A model of the family before it is made.

    Attributes:
        name: its folder.
        recipe: what it computes.
        program: for its vocabulary and length.
    """

    name: str
    recipe: Recipe
    program: Program

    @property
    def identity(self) -> str:
        """The hash of all that decides the model."""
        return hashlib.sha256(f"{VERSION} {dumps(self.program)}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Family:
    """The models that were made.

    Attributes:
        folder: where they are.
        models: the index's entry of each.
        made: how many were compiled now; the others were there already.
    """

    folder: Path
    models: tuple[dict[str, Any], ...]
    made: int


def benchmark_models(
    out: str | Path,
    seed: int = 0,
    sizes: Sequence[Size] = SIZES,
    count: int = COUNT,
    progress: Progress | None = None,
) -> Family:
    """Compile a family of models into a folder, each with its ground truth, and an index.

    Args:
        out: the folder; one that holds models of an earlier run is completed.
        seed: of the random programs.
        sizes: for each the number of letters (at least 2) and the maximum length; every program is compiled for each.
        count: how many programs: first those that were written, the others random.
        progress: called after every model.

    Returns:
        What is there now.

    Raises:
        UsageError: for sizes, a seed or a count that cannot be, and a folder that holds something else.
        DataError: where the folder cannot be read or written.
    """
    folder = Path(out)
    sizes = checked(seed, sizes, count)
    known = _known(folder)
    entries: list[dict[str, Any]] = []
    made, total = 0, count * len(sizes)
    for member in members(seed, sizes, count):
        entry = known.get(member.name)
        if entry is None or not _complete(folder, member, entry):
            entry = _make(folder, member)
            made += 1
            left = {k: v for k, v in known.items() if k not in {e["name"] for e in (*entries, entry)}}
            _write_index(folder, seed, sizes, [*entries, entry, *left.values()])
        entries.append(entry)
        if progress is not None:
            progress(len(entries), total, member.name)
    _write_index(folder, seed, sizes, entries)
    return Family(folder, tuple(entries), made)


def checked(seed: int, sizes: Sequence[Size], count: int) -> tuple[Size, ...]:
    """The sizes, each once.

    Raises:
        UsageError: for settings that cannot be.
    """
    if count < 1:
        raise UsageError(f"the family has {count} programs", instead="at least 1")
    if seed < 0:
        raise UsageError(f"the seed is {seed}", instead="a number that is not negative")
    if not sizes:
        raise UsageError("there are no sizes", instead="at least one, as in sizes=[(3, 5)]")
    for letters, longest in sizes:
        if not 2 <= letters <= len(LETTERS) or longest < 1:
            raise UsageError(
                f"the size ({letters}, {longest}) cannot be",
                instead=f"2 to {len(LETTERS)} letters, and a length of at least 1",
            )
    return tuple(dict.fromkeys((int(a), int(b)) for a, b in sizes))


def members(seed: int, sizes: Sequence[Size], count: int) -> Iterator[Member]:
    """The models of a family, in order."""
    recipes = list(written()[:count])
    known = {recipe.program.outputs for recipe in recipes}
    number = 0
    while len(recipes) < count:
        program = random_program(seed, number, lambda program: _small(program, sizes))
        number += 1
        if program.outputs not in known:
            known.add(program.outputs)
            recipes.append(Recipe(f"random-{seed}-{number - 1}", "random", program))
    for recipe in recipes:
        for letters, longest in sizes:
            program = _sized(recipe.program, letters, longest)
            yield Member(f"{recipe.name}-{letters}x{longest}", recipe, program)


def _sized(program: Program, letters: int, longest: int) -> Program:
    return replace(program, vocabulary=Vocabulary(tuple(LETTERS[:letters])), max_length=longest)


def _small(program: Program, sizes: Sequence[Size]) -> bool:
    """Whether a program's models are all of a size that one can look at, and all of their circuits does something."""
    try:
        made = [compile_program(_sized(program, *size)) for size in sizes]
    except CompileError:
        return False
    if any(b.width > WIDEST or not any(block.heads for block in b.blocks) for b in made):
        return False
    models = [Transformer.from_blueprint(b) for b in made]
    return not any(idle_edges(model, ground_truth(model)) for model in models)


def _make(folder: Path, member: Member) -> dict[str, Any]:
    """Compile and save a model; its entry in the index."""
    model = compile_model(member.program, samples=SAMPLES)
    truth = ground_truth(model)
    target = folder / member.name
    if target.exists():
        shutil.rmtree(target)
    model.save_pretrained(target)
    _write(target / TRUTH, truth.to_json().encode("ascii"))
    return _entry(member, model, truth, target)


def _entry(member: Member, model: Transformer, truth: GroundTruth, folder: Path) -> dict[str, Any]:
    config, agreement = model.config, model.agreement
    assert agreement is not None
    tokens = member.program.vocabulary.tokens or ()
    return {
        "name": member.name,
        "program": member.recipe.name,
        "source": member.recipe.source,
        "identity": member.identity,
        "letters": len(tokens),
        "max_length": member.program.max_length,
        "causal": config.causal,
        "answer": truth.answer,
        "parameters": model.size,
        "layers": config.layers,
        "heads": list(config.heads_of),
        "hidden": list(config.hidden_of),
        "width": config.width,
        "precision": config.precision,
        "verdict": agreement.verdict,
        "inputs": agreement.inputs,
        "components": sum(c.matters for c in truth.components),
        "edges": sum(e.matters and not e.constant for e in truth.edges),
        "files": {path.name: _hash(path) for path in sorted(folder.iterdir())},
    }


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _complete(folder: Path, member: Member, entry: dict[str, Any]) -> bool:
    """Whether a model is there as it was made."""
    files = entry.get("files")
    if entry.get("identity") != member.identity or not isinstance(files, dict) or TRUTH not in files:
        return False
    paths = {name: folder / member.name / str(name) for name in files}
    return all(Path(n).name == n and p.is_file() and _hash(p) == files[n] for n, p in paths.items())


def _known(folder: Path) -> dict[str, dict[str, Any]]:
    """The models that the index of a folder knows.

    Raises:
        UsageError: for a folder with something else in it.
        DataError: for an index that cannot be read.
    """
    path = folder / INDEX
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", instead="a folder for the models")
    if not path.is_file():
        if folder.is_dir() and any(not p.name.startswith(".") for p in folder.iterdir()):
            raise UsageError(f"{folder} is not empty, and holds no benchmark models", instead="a new folder")
        return {}
    try:
        data = json.loads(path.read_bytes()[:MAX_INDEX])
        if data["format"] != FORMAT:
            raise UsageError(f"{path} is no index of benchmark models", instead="a new folder")
        return {str(entry["name"]): dict(entry) for entry in data["models"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            "the index cannot be read", where=str(path), why="it is damaged or cut", instead="a new folder"
        ) from None
    except OSError as error:
        raise DataError(f"the index cannot be read: {error.strerror}", where=str(path)) from None


def _write_index(folder: Path, seed: int, sizes: Sequence[Size], entries: list[dict[str, Any]]) -> None:
    head = {"format": FORMAT, "version": VERSION, "seed": seed, "sizes": [list(size) for size in sizes]}
    _write(folder / INDEX, (json.dumps(head | {"models": entries}, indent=1) + "\n").encode("ascii"))


def _write(path: Path, data: bytes) -> None:
    """Write a file, all of it or not at all.

    Raises:
        DataError: where it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise DataError(f"the file cannot be written: {error.strerror}", where=str(path)) from None
