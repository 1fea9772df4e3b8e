"""Find and draw the circuits of docs/circuits.md, into ``docs/circuits/``.

python docs/make_circuits.py
"""

from __future__ import annotations

from pathlib import Path

import readhead as rh
from readhead.cli.explaining import picture_of
from readhead.plots import Picture
from readhead.reason.circuit import Circuit, circuit
from readhead.tasks import Example

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "circuits"
SAMPLES = 300
"""How many inputs each circuit is found on."""

OPENING = {"(": ")", "{": "}"}


def brackets() -> list[Example]:
    """All examples of the task dyck2."""
    dataset = rh.load_dataset("dyck2")
    return [*dataset.train, *dataset.validation, *dataset.test]


def never_wrong(example: Example) -> bool:
    """Whether no prefix is wrong: balanced or not yet is all that is asked, so counting is enough."""
    return "F" not in example.labels


def never_closes_too_much(example: Example) -> bool:
    """Whether counting finds nothing wrong: what is wrong here is a bracket closed by one of the other kind."""
    depth = 0
    for token in example.tokens:
        depth += 1 if token in OPENING else -1
        if depth < 0:
            return False
    return True


def circuits() -> dict[str, Circuit]:
    """The circuits, by the names of their pictures."""
    every = brackets()
    counting = [e for e in every if never_wrong(e)][:SAMPLES]
    matching = [e for e in every if never_closes_too_much(e)][:SAMPLES]
    written = rh.load(f"{ROOT / 'examples' / 'dyck.rasp'}:dyck2")
    learned = rh.load(ROOT / "examples" / "learned" / "dyck2.py")
    frequent = rh.load(ROOT / "examples" / "most_frequent.rasp")
    words = rh.load_dataset("most_freq").test[:SAMPLES]
    return {
        "dyck2_written_counting": circuit(written, counting, ablation="mean"),
        "dyck2_learned_counting": circuit(learned, counting, ablation="mean", keep=0.95),
        "dyck2_learned_mismatch": circuit(learned, matching, "label == 'F'", keep=0.95),
        "most_freq_first": circuit(frequent, words, "position == 0", ablation="mean"),
        "most_freq_second": circuit(frequent, words, "position == 1", ablation="mean"),
    }


def pictures() -> dict[str, Picture]:
    """The pictures, by the names of their files."""
    return {f"{name}.svg": picture_of(found) for name, found in circuits().items()}


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        picture.save(FOLDER / name)


if __name__ == "__main__":
    main()
