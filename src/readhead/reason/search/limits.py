"""What bounds a search: sizes and counts, the same for every task."""

from __future__ import annotations

from dataclasses import dataclass

from readhead.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a search.

    Attributes:
        size: the largest expression that is tried, by the sizes of ``docs/search.md``.
        expressions: how many expressions with different values are kept.
        sample: how many sequences an expression is first evaluated on.
        places: about how many positions these have together.
        alphabet: the most content tokens; a larger or an open vocabulary is out of bounds.
        longest: the longest sequences that are sampled; an expression is checked on longer ones too.
        rules: the most rules of a decision list.
        entries: the most entries of a table.
        rounds: how often a search may start again on a larger sample.

    Raises:
        UsageError: for a bound below 1.
    """

    size: int = 12
    expressions: int = 250_000
    sample: int = 48
    places: int = 400
    alphabet: int = 40
    longest: int = 40
    rules: int = 4
    entries: int = 24
    rounds: int = 8

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise UsageError(f"a search with {name}={getattr(self, name)}", instead="at least 1")
