"""Complete input spaces: every content that a task allows, counted, listed in blocks, and recognised.

A space lists each of its members exactly once, always in the same order, and never holds more than one block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import Protocol

from readhead.errors import UsageError
from readhead.tasks.answers import CLOSING

Content = tuple[str, ...]


class Space(Protocol):
    """All contents that a task allows, without markers."""

    def count(self) -> int:
        """How many contents there are."""
        ...

    def blocks(self, size: int) -> Iterator[list[Content]]:
        """Every content once, in a fixed order, in lists of ``size`` (the last may be shorter)."""
        ...

    def contains(self, tokens: Sequence[str]) -> bool:
        """Whether the task allows this content."""
        ...


@dataclass(frozen=True, slots=True)
class Strings:
    """All strings over an alphabet with a length in a range; shorter ones first, then in alphabet order.

    >>> space = Strings(("0", "1"), 1, 2)
    >>> space.count(), next(space.blocks(3))
    (6, [('0',), ('1',), ('0', '0')])
    """

    alphabet: tuple[str, ...]
    min_length: int
    max_length: int

    def count(self) -> int:
        """How many strings there are."""
        return sum(len(self.alphabet) ** n for n in range(self.min_length, self.max_length + 1))

    def blocks(self, size: int) -> Iterator[list[Content]]:
        """Every string once, in lists of ``size``."""
        lengths = range(self.min_length, self.max_length + 1)
        return _blocks(chain.from_iterable(product(self.alphabet, repeat=n) for n in lengths), size)

    def contains(self, tokens: Sequence[str]) -> bool:
        """Whether every token is in the alphabet and the length in the range."""
        return self.min_length <= len(tokens) <= self.max_length and all(t in self.alphabet for t in tokens)


@dataclass(frozen=True, slots=True)
class Recall:
    """Letter-number pairs in which a letter keeps its number, and one token more.

    That token is a number before the pairs or a letter after them: any number, and any letter, seen or new.
    With 4 letters, 4 numbers and 4 pairs there are 16,720 sequences of pairs and 133,760 contents.

    >>> Recall(("a", "b"), ("0", "1"), pairs=2).contains(("a", "0", "a", "1", "b"))
    False
    """

    letters: tuple[str, ...]
    numbers: tuple[str, ...]
    pairs: int

    def count(self) -> int:
        """How many contents there are: by the number of distinct letters among the pairs."""
        ways = {0: 1}
        for _ in range(self.pairs):
            longer: dict[int, int] = {}
            for distinct, count in ways.items():
                longer[distinct] = longer.get(distinct, 0) + count * distinct
                fresh = (len(self.letters) - distinct) * len(self.numbers)
                longer[distinct + 1] = longer.get(distinct + 1, 0) + count * fresh
            ways = longer
        return sum(ways.values()) * (len(self.letters) + len(self.numbers))

    def blocks(self, size: int) -> Iterator[list[Content]]:
        """Every content once, in lists of ``size``: for each sequence of pairs, with a number, with a letter."""
        return _blocks(self._contents(), size)

    def contains(self, tokens: Sequence[str]) -> bool:
        """Whether this is one of the contents."""
        if len(tokens) != 2 * self.pairs + 1:
            return False
        if tokens[0] in self.numbers:
            body = tokens[1:]
        elif tokens[-1] in self.letters:
            body = tokens[:-1]
        else:
            return False
        known: dict[str, str] = {}
        return all(
            letter in self.letters and number in self.numbers and known.setdefault(letter, number) == number
            for letter, number in zip(body[::2], body[1::2], strict=True)
        )

    def _contents(self) -> Iterator[Content]:
        for letters in product(self.letters, repeat=self.pairs):
            distinct = tuple(dict.fromkeys(letters))
            for numbers in product(self.numbers, repeat=len(distinct)):
                number = dict(zip(distinct, numbers, strict=True))
                body = tuple(token for letter in letters for token in (letter, number[letter]))
                yield from ((first, *body) for first in self.numbers)
                yield from ((*body, last) for last in self.letters)


def in_balanced_half(tokens: Sequence[str]) -> bool:
    """Whether the dyck tasks' generator of balanced strings can make this content.

    That is: one closing bracket more makes it a balanced string that falls apart into pairs when the pair at the
    very end or the pair around everything is taken away, again and again. Random contents can do that too.

    >>> in_balanced_half("(()"), in_balanced_half("()("), in_balanced_half("())")
    (True, True, False)
    """
    expected: list[str] = []
    for token in tokens:
        if token in CLOSING:
            expected.append(CLOSING[token])
        elif not expected or expected.pop() != token:
            return False
    if len(expected) != 1:
        return False
    rest = [*tokens, *expected]
    while rest:
        if CLOSING.get(rest[-2]) == rest[-1]:
            del rest[-2:]
        elif _wraps(rest):
            rest = rest[1:-1]
        else:
            return False
    return True


def _wraps(tokens: Sequence[str]) -> bool:
    """Whether the first bracket of a balanced string is closed only by the last one."""
    depth = 0
    for token in tokens[:-1]:
        depth += 1 if token in CLOSING else -1
        if depth == 0:
            return False
    return True


def _blocks(contents: Iterator[Content], size: int) -> Iterator[list[Content]]:
    if size < 1:
        raise UsageError(f"a block of {size} contents", instead="a size of at least 1")
    return iter(lambda: list(islice(contents, size)), [])
