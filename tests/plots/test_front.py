"""The picture of a front."""

from __future__ import annotations

from pathlib import Path

import pytest

from readhead.errors import UsageError
from readhead.plots.front import draw_front

SIZES, SHARES = [90, 40, 12], [1.0, 0.99, 0.8]


def test_it_says_what_it_shows_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw_front(tmp_path / name, SIZES, SHARES, chosen=1, held_out=[0.9, 0.9, 0.7], title="front of it")
    first, second = ((tmp_path / name).read_text() for name in ("one.svg", "two.svg"))
    assert first == second
    for text in ("front of it", "chosen: point 1", "right answers", "on the test split", "size: variables"):
        assert text in first


def test_png_and_no_held_out(tmp_path: Path) -> None:
    draw_front(tmp_path / "deep" / "front.png", SIZES, SHARES, chosen=0)
    assert (tmp_path / "deep" / "front.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be written as front\.gif"):
        draw_front(tmp_path / "front.gif", SIZES, SHARES, chosen=0)
    with pytest.raises(UsageError, match="3 sizes and 2 accuracies, of which point 0"):
        draw_front(tmp_path / "front.svg", SIZES, SHARES[:2], chosen=0)
    with pytest.raises(UsageError, match="of which point 3"):
        draw_front(tmp_path / "front.svg", SIZES, SHARES, chosen=3)
