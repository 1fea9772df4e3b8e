"""Tokens in, the sequence that a program sees out: markers, unknown tokens and normalisation are handled here.

Nobody prepends a beginning marker by hand. A marker is part of the sequence that a program sees, and is counted
by ``Indices``, exactly when its vocabulary declares it. Padding exists only inside a batch: it is never a token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from readhead.errors import InputError, ProgramError, did_you_mean
from readhead.program.nodes import check_value
from readhead.program.operators import Value
from readhead.program.spelling import check_spellings, marker, spelled

Split = Literal["characters", "words"]
WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+|['’](?i:s|t|m|d|ll|re|ve)\b|[^\w\s]|_")
"""Abbreviations (``U.S.``), words, English clitics (``'s`` is a token with or without a space before it), and single
punctuation marks. Splitting the tokens joined with spaces gives the same tokens again."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens that a program reads.

    Args:
        tokens: the content tokens, in code order; None for an open vocabulary, which takes any value.
        begin: the marker put before the content, if the program has one.
        end: the marker put after the content, if the program has one.
        unknown: the token that stands for every token outside ``tokens``; None makes such a token an error.
        lower: lower-case tokens before looking them up.
        fold_digits: write every decimal digit as ``0`` before looking tokens up.
        split: how a typed text becomes tokens: one for each character, or words and punctuation marks.
        spellings: by which spellings unknown words are told apart, as in ``("title", "title-ian", "number")``; one that
            has none of them is read as ``unknown``. :data:`readhead.program.spelling.SHAPES` lists the shapes.

    Raises:
        ProgramError: for a token given twice, an empty or repeated marker, and what is no spelling.

    >>> Vocabulary(("a", "b"), begin="<s>").sequence("ab")
    ('<s>', 'a', 'b')
    """

    tokens: tuple[str, ...] | None = None
    begin: str | None = None
    end: str | None = None
    unknown: str | None = None
    lower: bool = False
    fold_digits: bool = False
    split: Split = "characters"
    spellings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.split not in ("characters", "words"):
            raise ProgramError(
                f"a vocabulary cannot split a text into {self.split!r}", instead="characters or words"
            )
        if self.tokens is not None:
            object.__setattr__(self, "tokens", tuple(self.tokens))
            for token in self.tokens:
                if type(token) is not str:
                    raise ProgramError(f"a vocabulary's token is a string, got {token!r}")
        for given in (self.begin, self.end, self.unknown):
            if given is not None and (type(given) is not str or not given):
                raise ProgramError(f"a marker is a non-empty string, got {given!r}")
        if self.tokens is None and self.unknown is not None:
            raise ProgramError("an open vocabulary has no unknown token", why="it takes every token as it is")
        object.__setattr__(self, "spellings", tuple(self.spellings))
        check_spellings(self.spellings)
        if self.spellings and self.unknown is None:
            raise ProgramError(
                "a vocabulary with spellings has no unknown token",
                why="spellings tell unknown words apart, and without such a token there are none",
                instead='unknown="<unk>"',
            )
        seen: set[str] = set()
        for symbol in self.symbols or tuple(m for m in (self.begin, self.end) if m is not None):
            if symbol in seen:
                raise ProgramError(f"the vocabulary has {symbol!r} twice (as a token or marker)")
            seen.add(symbol)

    @property
    def symbols(self) -> tuple[str, ...] | None:
        """Every value that a closed vocabulary's tokens can take, in code order: content, begin, end, unknown ones."""
        if self.tokens is None:
            return None
        return self.tokens + tuple(m for m in (self.begin, self.end) if m is not None) + self.unknowns

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Every marker that stands for unknown tokens; as a token, each is read as itself."""
        return () if self.unknown is None else (self.unknown, *map(marker, self.spellings))

    def stand_in(self, token: Value) -> str:
        """What a token outside the vocabulary is read as, where it has an unknown token.

        Args:
            token: as it was given, not normalised.

        >>> Vocabulary(("a",), unknown="?", spellings=("number",)).stand_in("1984")
        '<unk:number>'
        """
        assert self.unknown is not None
        return spelled(token, self.spellings, self.unknown) if self.spellings else self.unknown

    @property
    def markers(self) -> int:
        """How many markers stand around the content."""
        return (self.begin is not None) + (self.end is not None)

    def tokenize(self, text: str) -> list[str]:
        """A typed text as content tokens."""
        return list(text) if self.split == "characters" else WORD.findall(text)

    def normalized(self, token: Value) -> Value:
        """The token as it is looked up."""
        if isinstance(token, str):
            if self.lower:
                token = token.lower()
            if self.fold_digits:
                token = re.sub(r"\d", "0", token)
        return token

    def sequence(self, content: str | Sequence[Value]) -> tuple[Value, ...]:
        """The sequence that the program sees for this content: normalised, unknown tokens replaced, markers added.

        Raises:
            InputError: for tokens outside a closed vocabulary without an unknown token, all named at once.
        """
        given = self.tokenize(content) if isinstance(content, str) else list(content)
        tokens = [self.normalized(check_token(t, i)) for i, t in enumerate(given)]
        if self.tokens is not None:
            known = frozenset(self.tokens)
            outside = [(i, t) for i, t in enumerate(tokens) if not (isinstance(t, str) and t in known)]
            if outside and self.unknown is None:
                places = ", ".join(f"{t!r} at position {i}" for i, t in outside[:10])
                first = outside[0][1]
                more = f" and {len(outside) - 10} more" if len(outside) > 10 else ""
                instead = f"use its {len(self.tokens)} tokens; for {first!r}, {did_you_mean(str(first), self.tokens)}"
                if self.split == "characters" and isinstance(first, str) and first.isspace():
                    instead = "leave out the spaces: every character of a text is a token here"
                raise InputError(f"not in the vocabulary: {places}{more}", instead=instead)
            for i, _ in outside:
                tokens[i] = self.stand_in(given[i])
        before = () if self.begin is None else (self.begin,)
        after = () if self.end is None else (self.end,)
        return (*before, *tokens, *after)


OPEN = Vocabulary()
"""The vocabulary of a RASP program: any token, no markers."""


def check_token(token: object, position: int) -> Value:
    """The token, if a program can read it; else an InputError that names its position."""
    try:
        return check_value(token, f"the token at position {position}")
    except ProgramError as error:
        raise InputError(error.what, why=error.why) from None
