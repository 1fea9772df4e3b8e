"""Pre-trained word vectors, from which the word classes of relaxed programs can start.

The file is GloVe's text format: in each line a word and its numbers, with spaces between them (Pennington, Socher and
Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014); the header of word2vec's text format, two whole
numbers, is read past. Only words of the vocabulary are kept, so memory does not grow with the file.

For each word class of each restart the vectors are projected at random to a few dimensions and clustered (k-means,
Lloyd 1982, begun as in "k-means++", Arthur and Vassilvitskii 2007). Invariant: a word that has a vector starts with
its cluster as the most probable value of the class; the other words start as they would without vectors. Sums are
not left to a linear algebra library, so that a seed gives the same clusters on any number of cores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from readhead.errors import DataError, UsageError
from readhead.learn.shape import Shape
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.examples import Dataset

LEAD = 2.0
"""How far above the largest other logit of its word a cluster starts."""
PROJECTED = 16
"""The dimensions that vectors are projected to, at most."""
ROUNDS = 10
"""The most rounds of k-means."""
MOST_NUMBERS = 10_000
"""A vector with more numbers than this is a mistake."""
LONGEST_LINE = 50 * MOST_NUMBERS
"""A line with more bytes than this is one too."""
LARGEST = 1e30
FOLDED = Vocabulary(lower=True, fold_digits=True)

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Vectors of some words of a vocabulary.

    Attributes:
        path: the file.
        rows: the words that have a vector, as codes into the vocabulary's symbols, in rising order.
        vectors: centred, of length 1.
    """

    path: Path
    rows: Int[NDArray[np.int64], "word"]
    vectors: Float[NDArray[np.float32], "word dimension"]

    @property
    def digest(self) -> str:
        """What a resumed run must have in common with the one that wrote the checkpoint."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(self.rows.tobytes())
        digest.update(self.vectors.tobytes())
        return digest.hexdigest()


def read_vectors(path: str | Path, vocabulary: Vocabulary) -> Vectors:
    """The vectors that a file has for the words of a vocabulary.

    A word takes the vector of the word that is spelled alike; where there is none, of a word that differs from it in
    capitals and digits only. Of several the first counts: files are sorted by frequency.

    Args:
        path: the file.
        vocabulary: closed; its markers have no vectors.

    Raises:
        UsageError: for a file that is not there, or has none of the words.
        DataError: for a file that cannot be read, with the line and what is wrong there.
    """
    path = Path(path)
    assert vocabulary.tokens is not None
    code = {token: i for i, token in enumerate(vocabulary.tokens)}
    alike: dict[str, list[int]] = {}
    for token, i in code.items():
        alike.setdefault(_folded(token), []).append(i)
    exact: dict[int, Numbers] = {}
    close: dict[int, Numbers] = {}
    for number, word, rest in _lines(path):
        own = code.get(word)
        near = [i for i in alike.get(_folded(word), ()) if i not in close]
        if near or (own is not None and own not in exact):
            vector = _vector(rest, f"{path}:{number}", word)
            close |= dict.fromkeys(near, vector)
            if own is not None:
                exact.setdefault(own, vector)
    found = close | exact
    if not found:
        raise UsageError(
            f"{path} has no vector for any of the {len(code):,} words of the vocabulary",
            instead="vectors of words in the language of the data",
        )
    rows = np.array(sorted(found), dtype=np.int64)
    vectors = np.stack([found[i] for i in rows.tolist()]).astype(np.float64)
    vectors -= vectors.mean(axis=0)
    lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    return Vectors(path, rows, (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32))


def _folded(word: str) -> str:
    """A word without regard to capitals and digits."""
    return str(FOLDED.normalized(word))


def _lines(path: Path) -> Iterator[tuple[int, str, bytes]]:
    """The number of each line, its word, and its numbers, as many as in the first.

    A word may hold spaces: the numbers are the last of the line.
    """
    size = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE + 1), b""), 1):
                where = f"{path}:{number}"
                if len(line) > LONGEST_LINE:
                    raise DataError(f"a line of more than {LONGEST_LINE:,} bytes", where=where)
                line = line.removeprefix(b"\xef\xbb\xbf").rstrip() if number == 1 else line.rstrip()
                parts = line.split() if number == 1 or line.count(b" ") != size else []
                if number == 1:
                    header = len(parts) == 2 and all(part.isdigit() for part in parts)
                    size = int(parts[1]) if header else len(parts) - 1
                    if not 1 <= size <= MOST_NUMBERS:
                        raise DataError(
                            "not a word and its numbers", where=where, why=f"{len(parts)} columns"
                        )
                    if header:  # of word2vec's text format
                        continue
                if (parts and len(parts) <= size) or not line:
                    raise DataError(
                        f"{max(0, len(parts) - 1)} numbers where the others have {size}", where=where
                    )
                word, numbers = b" ".join(parts[:-size]), b" ".join(parts[-size:])
                if not parts:
                    word, _, numbers = line.partition(b" ")
                yield number, _word(word, where), numbers
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read", why=error.strerror) from error
    if not size:
        raise DataError(f"{path} is empty")


def _word(word: bytes, where: str) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError as error:
        raise DataError("the word is not UTF-8", where=where, why=error.reason) from None


def _vector(rest: bytes, where: str, word: str) -> Numbers:
    values = []
    for i, number in enumerate(rest.split(b" "), 1):
        try:
            value = float(number)
        except ValueError:
            given = number.decode("utf-8", "replace")
            raise DataError(f"number {i} of {word!r} is {given!r}", where=where) from None
        if not abs(value) <= LARGEST:
            raise DataError(f"number {i} of {word!r} is {value}", where=where, why="vectors are finite")
        values.append(value)
    return np.array(values, dtype=np.float32)


def for_learning(
    path: str | Path, dataset: Dataset, shape: Shape, method: str, *, continued: bool
) -> Vectors:
    """The vectors of a data set's words, where learning can use them.

    Raises:
        UsageError: where the program to be learned has no word classes, or has those of another program.
    """
    if method == "search":
        raise UsageError(
            "vectors for a search", why="only training starts from them", instead="method='gradient'"
        )
    if continued:
        raise UsageError(
            "vectors, and a program to go on from",
            why="it has word classes of its own",
            instead="one of the two",
        )
    if not shape.embeddings:
        raise UsageError(
            f"{dataset.name} has no use for word vectors",
            why="it has so few tokens that programs read them as they are, without word classes",
        )
    return read_vectors(path, dataset.vocabulary)


def coverage(vectors: Vectors, dataset: Dataset) -> dict[str, Any]:
    """How much of a data set has vectors: of the vocabulary's words, and of the tokens of the training split."""
    tokens = dataset.vocabulary.tokens
    assert tokens is not None
    known = {tokens[code] for code in vectors.rows.tolist()}
    seen = [dataset.vocabulary.normalized(t) in known for e in dataset.train for t in e.tokens]
    return {
        "file": vectors.path.name,
        "dimensions": int(vectors.vectors.shape[1]),
        "words": len(known),
        "of_words": len(tokens),
        "of_training_tokens": sum(seen) / max(1, len(seen)),
    }


def class_logits(
    vectors: Vectors, noise: Float[NDArray[np.float32], "classes word value"], seeds: Sequence[int]
) -> Float[NDArray[np.float32], "classes word value"]:
    """The logits that word classes start with.

    Args:
        vectors: of some words.
        noise: what the logits would be without them.
        seeds: what decides projections and clusters; each class has its own.
    """
    logits = noise.copy()
    for number, row in enumerate(logits):
        rng = np.random.default_rng([*seeds, number])
        clusters = k_means(_projected(vectors.vectors, rng), row.shape[1], rng)
        row[vectors.rows, clusters] = row[vectors.rows].max(axis=1) + np.float32(LEAD)
    return logits


def _projected(
    vectors: Float[NDArray[np.float32], "word dimension"], rng: np.random.Generator
) -> Float[NDArray[np.float64], "word projected"]:
    """The vectors along a few random directions, which no two classes share."""
    directions = rng.standard_normal((vectors.shape[1], min(PROJECTED, vectors.shape[1])))
    found: NDArray[np.float64] = np.einsum("wd,dp->wp", vectors.astype(np.float64), directions)
    return found


def k_means(
    points: Float[NDArray[np.float64], "point dimension"],
    clusters: int,
    rng: np.random.Generator,
    mass: Float[NDArray[np.float64], "point"] | None = None,
) -> Int[NDArray[np.int64], "point"]:
    """The cluster of each point: the nearest of some centres, each the mean of its points.

    Args:
        points: at least one.
        clusters: how many; where there are fewer different points, some stay empty.
        rng: draws the first centres.
        mass: how much each point counts; None for all alike.

    >>> left, near, far, right = k_means(np.array([[0.0], [0.1], [9.0], [9.1]]), 2, np.random.default_rng(0))
    >>> bool(left == near != far == right)
    True
    """
    mass = np.ones(len(points)) if mass is None else mass
    centres = _first_centres(points, clusters, rng, mass)
    codes = nearest(points, centres)
    for _ in range(ROUNDS):
        counts = np.bincount(codes, mass, minlength=clusters)
        sums = np.stack(
            [np.bincount(codes, mass * column, minlength=clusters) for column in points.T], axis=1
        )
        filled = counts > 0
        centres[filled] = sums[filled] / counts[filled, None]
        last, codes = codes, nearest(points, centres)
        if np.array_equal(last, codes):
            break
    return codes


def nearest(
    points: Float[NDArray[np.float64], "point dimension"],
    centres: Float[NDArray[np.float64], "cluster dimension"],
) -> Int[NDArray[np.int64], "point"]:
    """The centre that is nearest to each point, the first of those that are equally near."""
    found: NDArray[np.int64] = _distances(points, centres).argmin(axis=1)
    return found


def _first_centres(
    points: Float[NDArray[np.float64], "point dimension"],
    clusters: int,
    rng: np.random.Generator,
    mass: Float[NDArray[np.float64], "point"],
) -> Float[NDArray[np.float64], "cluster dimension"]:
    """Points drawn one by one, each in proportion to its mass and the square of its distance from those before it."""
    centres = points[rng.integers(len(points), size=clusters)]  # a copy; what is not drawn below stays random
    gap = _distances(points, centres[:1])[:, 0]
    for k in range(1, clusters):
        edges = np.cumsum(gap * mass)
        if edges[-1] > 0:
            centres[k] = points[
                min(int(np.searchsorted(edges, rng.random() * edges[-1], "right")), len(points) - 1)
            ]
        gap = np.minimum(gap, _distances(points, centres[k : k + 1])[:, 0])
    return centres


def _distances(
    points: Float[NDArray[np.float64], "point dimension"],
    centres: Float[NDArray[np.float64], "cluster dimension"],
) -> Float[NDArray[np.float64], "point cluster"]:
    """The square of the distance of every point to every centre."""
    products = np.einsum("pd,cd->pc", points, centres)
    own = np.square(points).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    found: NDArray[np.float64] = np.maximum(own - 2 * products, 0)
    return found
