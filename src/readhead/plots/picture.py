"""A program as a picture: the layers with their heads and elementwise parts, and what they did on an input."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from readhead.errors import DataError, UsageError, did_you_mean
from readhead.plots.boxes import Run
from readhead.plots.parts import Parts, parts_of
from readhead.plots.scene import drawing_of
from readhead.plots.shapes import Drawing, shortened
from readhead.plots.words import printable
from readhead.program.nodes import Selector, SelectorWidth, SOp
from readhead.program.operators import Value
from readhead.program.program import Program

FORMATS = ("svg", "png", "html")
MOST_TOKENS, MOST_PARTS, LONGEST_HEADING = 60, 400, 48


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn program.

    Attributes:
        drawing: the shapes.
        title: what it shows.
        parts: what the boxes stand for.
    """

    drawing: Drawing
    title: str
    parts: Parts

    def svg(self) -> str:
        """The picture as an SVG document."""
        from readhead.plots.svg import to_svg

        return to_svg(self.drawing, self.title)

    def png(self) -> bytes:
        """The picture as a PNG image, two pixels for each of the SVG's."""
        from readhead.plots.png import to_png

        return to_png(self.drawing)

    def html(self) -> str:
        """The picture as a page of its own: pointing at a part shows what it reads."""
        from readhead.plots.page import to_page

        return to_page(self.svg(), self.title, self.parts)

    def save(self, path: str | Path, format: str | None = None) -> None:  # noqa: A002 - its usual name
        """Write the picture to a file, which is complete or not there at all.

        Args:
            path: the file.
            format: ``svg``, ``png`` or ``html``; by default, what the file's name ends in.

        Raises:
            UsageError: for another format.
            DataError: where the file cannot be written.
        """
        path = Path(path)
        writers: dict[str, Callable[[], bytes]] = {
            "svg": lambda: self.svg().encode(),
            "png": self.png,
            "html": lambda: self.html().encode(),
        }
        _write(path, writers[format_of(path, format)]())

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return f'<div style="overflow:auto">{self.svg()}</div>'

    def _repr_png_(self) -> bytes:
        return self.png()


def format_of(path: Path, given: str | None = None) -> str:
    """The format of a picture's file.

    Raises:
        UsageError: for one that there is not.
    """
    name = path.suffix.removeprefix(".").lower() if given is None else given
    if name in FORMATS:
        return name
    if given is None and not name:
        better = path.with_name(f"{path.name}.svg") if path.name not in ("", "..") else path / "flow.svg"
        raise UsageError(
            f"{path} does not say what kind of picture to write", instead=f"{better}, .png or .html"
        )
    raise UsageError(f"a picture cannot be written as {name!r}", instead=did_you_mean(name, FORMATS))


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"the picture cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def draw(
    program: object,
    input: str | Sequence[Value] | None = None,  # noqa: A002 - what it is
    out: str | Path | None = None,
    format: str | None = None,  # noqa: A002 - its usual name
    title: str | None = None,
    notes: Mapping[str, str] | None = None,
) -> Picture:
    """Draw a program: its layers from below, in each the heads and what is computed position by position.

    Args:
        program: a program, an s-op or selector, or anything that has a program (what ``learn`` returns, for example).
        input: a sequence that it is run on; its values and patterns are then shown. At most 60 tokens.
        out: a file to write the picture to as well.
        format: ``svg``, ``png`` or ``html``; by default, what the file's name ends in.
        title: the heading; by default, what the program says of itself.
        notes: what to write into the boxes of some variables besides, by name: scores, for example.

    Returns:
        the picture, which notebooks show.

    Raises:
        UsageError: for something that has no program, for one too large to draw, for a sequence too long to read in
            a picture, and for a format that there is not.
        InputError, EvaluationError: as :meth:`Program.trace <readhead.program.Program.trace>` does.
        DataError: where the file cannot be written.

    >>> from readhead.program.nodes import LENGTH
    >>> picture = draw(Program((LENGTH,)), "abc")
    >>> picture.title, picture.svg()[:4]
    ('length', '<svg')
    """
    if out is not None:
        format = format_of(Path(out), format)  # noqa: A001 - before any work
    found = program_of(program)
    parts = parts_of(found, notes)
    if len(parts.parts) > MOST_PARTS:
        raise UsageError(
            f"the program has {len(parts.parts)} parts to draw, a picture shows at most {MOST_PARTS}",
            instead="draw one of its variables: FILE:NAME on the command line",
        )
    run = None
    if input is not None:
        count = len(found.vocabulary.sequence(input))
        if count > MOST_TOKENS:
            raise UsageError(
                f"the input has {count} tokens, a picture is legible up to {MOST_TOKENS}",
                instead="a shorter input, or none: then only the flow is drawn",
            )
        run = Run.of(found, found.trace(input))
    heading, note = _headings(found, parts, title)
    picture = Picture(drawing_of(parts, run, heading, note, found.causal), heading, parts)
    if out is not None:
        picture.save(out, format)
    return picture


def program_of(thing: object) -> Program:
    """The program that something is, or has.

    Raises:
        UsageError: for what has none.
    """
    match thing:
        case Program():
            return thing
        case SOp():
            return Program((thing,))
        case Selector():
            return Program((SelectorWidth(thing),))
    for name in ("program", "node"):
        inner = getattr(thing, name, None)
        inner = inner() if name == "program" and callable(inner) else inner
        if isinstance(inner, Program | SOp | Selector):
            return program_of(inner)
    raise UsageError(
        f"{type(thing).__name__} has no program to draw", instead="a Program, an s-op, a selector"
    )


def _headings(program: Program, parts: Parts, title: str | None) -> tuple[str, str]:
    """The heading, and a line under it: what the program says of itself is one of them, where it says something."""
    said = printable(program.description.strip().split("\n")[0])
    if title is not None:
        return shortened(printable(title), LONGEST_HEADING), said
    if said and len(said) <= LONGEST_HEADING:
        return said, ""
    sources = parts.sources()
    answers = dict.fromkeys(sources[output].label(output) for output in program.outputs)
    return shortened(", ".join(answers), LONGEST_HEADING), said
