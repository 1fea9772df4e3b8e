"""Write docs/text.md: a program that was learned from sentences with names in them, read aloud.

python docs/make_text.py                     # the page, from examples/learned/wikigold.json and wikigold_sentences.json
python docs/make_text.py --learn             # learn the program first, as 'readhead learn wikigold' does
python docs/make_text.py --from runs/x       # or take it from the folder of such a run

To learn, and to take a run, needs ``READHEAD_DATA``; the page itself is made of the two files alone. The sentences are
chosen by :func:`chosen`, never by hand. A test checks that the page is the one that these files make.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import readhead as rh
from readhead.program import Aggregate, CategoricalScores, Classify, Closest, Map, Program, Relation, Select
from readhead.program.operators import Value
from readhead.program.size import size
from readhead.reason.classes import WordClass, with_class_names, word_classes
from readhead.reason.explain import Explanation, explain
from readhead.tasks import Dataset
from readhead.tasks.entities import OUTSIDE

ROOT = Path(__file__).resolve().parents[1]
LEARNED = ROOT / "examples" / "learned"
PROGRAM, SENTENCES = LEARNED / "wikigold.json", LEARNED / "wikigold_sentences.json"
PAGE = ROOT / "docs" / "text.md"
NAME = "wikigold"

LONGEST = 14
"""The most words of a sentence on the page."""
WORDS = 8
"""The most words that are shown of a class."""
ROWS = 6
"""The most rows that are shown of what a head looks for."""
FIGURES = (
    "preset",
    "seed",
    "examples",
    "test_f1",
    "test_precision",
    "test_recall",
    "test_accuracy",
    "majority_accuracy",
)

SOURCE = """
The sentences are of the test split of [Wikigold](data.md#public-data-sets-by-name) (Balasuriya, Ringland, Nothman,
Murphy and Curran, *Named Entity Recognition in Wikipedia*, 2009; CC BY 4.0), unchanged.
"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its labels."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]


def chosen(program: Program, dataset: Dataset) -> list[Sentence]:
    """Three test sentences that are answered without a mistake, and then the first with one.

    Of at most :data:`LONGEST` words, in which there is a name. Of those without a mistake the ones with a name that the
    program does not know come first, then those with most kinds of names, then those with most words in names.
    """
    known = frozenset(program.vocabulary.tokens or ())
    short = [e for e in dataset.test if len(e.tokens) <= LONGEST and set(e.labels) != {OUTSIDE}]
    right, wrong = [], []
    for example, answers in zip(short, program.run_batch([e.tokens for e in short]), strict=True):
        sentence = Sentence(example.tokens, tuple(map(str, example.labels)))
        (right if tuple(answers) == example.labels else wrong).append(sentence)

    def rank(s: Sentence) -> tuple[bool, int, int]:
        names = [(t, label) for t, label in zip(s.tokens, s.labels, strict=True) if label != OUTSIDE]
        strange = any(program.vocabulary.normalized(t) not in known for t, _ in names)
        return not strange, -len({label for _, label in names}), -len(names)

    return [*sorted(right, key=rank)[:3], *wrong[:1]]


def page(program: Program, report: dict[str, Any], sentences: Sequence[Sentence]) -> str:
    """The text of docs/text.md."""
    classes = word_classes(program)
    named = with_class_names(program)
    parts = [
        _heading(program, report),
        *(_of_classes(name, found) for name, found in classes.items()),
        _of_heads(named),
        _of_tables(named),
        _of_readout(named),
        "## Sentences",
        wrapped(f"""{SOURCE}
            They are those of at most {LONGEST} words with a name in them that the program answers without a mistake,
            words that it does not know first; and the first such sentence in which it makes one."""),
        *(_of_sentence(named, sentence) for sentence in sentences),
    ]
    return "\n\n".join(parts) + "\n"


def _heading(program: Program, report: dict[str, Any]) -> str:
    parts = size(program)
    split = report["examples"]
    sentences = f"{split['train']:,} sentences to learn from, {split['validation']:,} to choose by"
    figures = {
        "F1 of whole names in the test sentences": f"{report['test_f1']:.1%}",
        "precision, recall": f"{report['test_precision']:.1%}, {report['test_recall']:.1%}",
        "test labels right (always `O`)": f"{report['test_accuracy']:.1%} ({report['majority_accuracy']:.1%})",
        "words that it knows": f"{len(program.vocabulary.tokens or ()):,}",
        "spellings by which it tells unknown words apart": f"{len(program.vocabulary.spellings)}",
        "heads, tables, inputs of the read-out": f"{parts.heads}, {parts.mlps}, {parts.readout_inputs}",
        "entries of tables, predicates and scores": f"{parts.table_entries:,}",
    }
    return "\n\n".join(
        [
            "# A text program, read aloud",
            "<!-- Written by docs/make_text.py: do not edit. -->",
            wrapped(f"""`readhead learn {NAME}` makes a program that finds the names of persons, places, organisations
                and other things in sentences of Wikipedia. This is one such program, as it was learned (preset
                `{report["preset"]}`, seed {report["seed"]}; {sentences}, {split["test"]:,} to test on), and which of
                its rules fire in some sentences that it had not seen. [results.md](results.md) compares such programs
                over several seeds."""),
            "\n".join(
                ["| | |", "| :--- | ---: |", *(f"| {what} | {figure} |" for what, figure in figures.items())]
            ),
            wrapped(f"""The program is `examples/learned/{PROGRAM.name}`: `readhead show` prints it, `readhead run` runs
                it, `readhead explain` says why it answers what it answers."""),
            "## Word classes",
            wrapped("""It begins with tables that sort all words into a few classes. Training made them; they have no
                meaning but their words and what the rest of the program does with them. A class *speaks for* the label
                whose score it raises the most, compared with the other classes of its table, as far as the read-out
                reads the table at once. Words stand in the order of their frequency; `<unk:...>` are
                [unknown words by their spelling](data.md#vocabulary). Below, a class is called by its first two words
                and that label."""),
        ]
    )


def _of_classes(name: str, classes: Iterable[WordClass]) -> str:
    rows = []
    for found in classes:
        words = [w for w in found.words if not w.startswith("<")]
        marks = [w for w in found.words if w.startswith("<")]
        shown = ", ".join(map(code, words[:WORDS])) + (", ..." if len(words) > WORDS else "")
        rows.append(
            f"| {code(found.label) if found.label else ''} | {len(words)} | {shown} | {', '.join(map(code, marks))} |"
        )
    head = "| speaks for | words | the most frequent | unknown words and markers |\n| :--- | ---: | :--- | :--- |\n"
    return f"### `{name}`\n\n{head}" + "\n".join(rows)


def _of_heads(program: Program) -> str:
    """What each head looks for and what it brings."""
    lines = [
        "## Heads",
        "",
        wrapped(f"""A head looks from each word for the nearest other word that its predicate matches (itself if there
            is no other, the first if there is none at all), and copies what stands there. A count says how many words
            match. Of each predicate {ROWS} rows are shown, those first that match the fewest values and those of
            classes that speak for a name; `readhead show` prints all."""),
    ]
    for name, node in program.variables.items():
        if not isinstance(node, Aggregate):
            continue
        selector = node.selector.selector if isinstance(node.selector, Closest) else node.selector
        if not isinstance(selector, Select) or not isinstance(selector.predicate, Relation):
            continue
        keys, queries = program.names[selector.keys], program.names[selector.queries]
        does = (
            f"copies `{program.names[node.values]}`"
            if node.reduce == "pick"
            else f"adds up `{program.names[node.values]}`"
        )
        wanted: dict[Value, list[Value]] = {}
        for key, query in selector.predicate.pairs:
            wanted.setdefault(query, []).append(key)
        order = sorted(
            wanted.items(), key=lambda item: (len(item[1]), *map(of_no_name, (item[0], item[1][0])))
        )
        lines += [
            "",
            f"### `{name}`: {does}",
            "",
            f"| where `{queries}` is | it looks for `{keys}` |",
            "| :--- | :--- |",
        ]
        for query, sought in order[:ROWS]:
            lines.append(
                f"| {code(query)} | {' or '.join(map(code, sought[:4]))}{' or ...' if len(sought) > 4 else ''} |"
            )
        if len(order) > ROWS:
            lines += ["", f"and {len(order) - ROWS} more."]
    return "\n".join(lines)


def _of_tables(program: Program) -> str:
    """The tables that are not word classes."""
    classes = word_classes(program)
    rows = []
    for name, node in program.variables.items():
        if isinstance(node, Map) and not isinstance(node.function, str) and name not in classes:
            table = node.function
            results = {v for _, v in table.entries} | ({table.default} - {None})
            read = ", ".join(f"`{program.names[a]}`" for a in node.arguments)
            rows.append(f"| `{name}` | {read} | {len(table.entries)} | {len(results)} |")
    if not rows:
        return "## Tables\n\nBesides the word classes there are none."
    return "\n".join(
        [
            "## Tables\n",
            "| table | of | entries | different results |",
            "| :--- | :--- | ---: | ---: |",
            *rows,
        ]
    )


def _of_readout(program: Program) -> str:
    """How much each input of the read-out can add."""
    readout = program.outputs[0]
    assert isinstance(readout, Classify)
    rows = []
    for item in readout.inputs:
        scores = [s for _, s in item.rows] if isinstance(item, CategoricalScores) else [item.coefficients]
        spans = [
            max(column) - min(column) for column in zip(*scores, (0,) * len(readout.labels), strict=True)
        ]
        most = readout.labels[spans.index(max(spans))] if max(spans) else ""
        rows.append(
            (
                max(spans),
                f"| `{program.names[item.variable]}` | {len(scores)} | {max(spans)} | {code(most) if most else ''} |",
            )
        )
    rows.sort(key=lambda row: -row[0])
    labels = ", ".join(map(code, readout.labels))
    return "\n".join(
        [
            "## The answer\n",
            wrapped(f"""The read-out adds up scores for each label ({labels}); the highest total wins. The widest span
                of an input's scores for one label, 0 among them, says how much that input can change (for a number, by
                each one more)."""),
            "",
            "| input | rows | widest span | for |",
            "| :--- | ---: | ---: | :--- |",
            *(row for _, row in rows),
        ]
    )


def _of_sentence(program: Program, sentence: Sentence) -> str:
    """A sentence: what each word is read as, its answer, what decides; of a wrong answer what would mend it."""
    content = list(sentence.tokens)
    answers = program.run(content)
    assert isinstance(answers, list)
    mistakes = sum(a != b for a, b in zip(answers, sentence.labels, strict=True))
    lines = [f"### {escaped(' '.join(content))}\n"]
    if mistakes:
        lines.append(f"{mistakes} of {len(content)} answers {'is' if mistakes == 1 else 'are'} wrong.\n")
    lines += ["| word | read as | answer | what decides |", "| :--- | :--- | :--- | :--- |"]
    for i, (word, answer, label) in enumerate(zip(content, answers, sentence.labels, strict=True)):
        found = explain(program, content, i)
        seen = found.tokens[found.position]
        read = "" if seen == word else code(seen)
        said = code(answer) if answer == label else f"{code(answer)}, should be {code(label)}"
        spoken = in_words(found, content)
        lines.append(f"| {escaped(word)} | {read} | {said} | {_decides(found, spoken)} |")
    if mistakes:
        lines += ["", _mending(program, sentence)]
    return "\n".join(lines)


def in_words(found: Explanation, content: Sequence[str]) -> list[str]:
    """What stands at each position, as it is written."""
    first = found.position - found.index
    return [*map(str, found.tokens[:first]), *content, *map(str, found.tokens[first + len(content) :])]


def _decides(found: Explanation, spoken: Sequence[str]) -> str:
    """The two inputs of the read-out that put the answer the farthest above the label that comes next."""
    totals = list(found.totals)
    first = found.labels.index(str(found.answer))
    second = max((i for i in range(len(totals)) if i != first), key=lambda i: totals[i])
    adds = sorted(
        ((c.scores[first] - c.scores[second], c) for c in found.contributions), key=lambda pair: -pair[0]
    )
    told = [
        f"`{c.name}` is {code(c.value)}{_looks(found, c.name, spoken)} {more:+}"
        for more, c in adds[:2]
        if more > 0
    ]
    return f"{'; '.join(told)} (over {code(found.labels[second])} by {totals[first] - totals[second]})"


def _looks(found: Explanation, name: str, spoken: Sequence[str]) -> str:
    """Which word a head copies from, if it is a head and takes one."""
    for step in found.steps:
        if step.name == name and step.position == found.position and step.attention is not None:
            looks = step.attention.looks
            if len(looks) == 1:
                return f" (from *{escaped(spoken[looks[0].at])}*, {looks[0].at - found.position:+})"
    return ""


def _mending(program: Program, sentence: Sentence) -> str:
    """Which single changes would make the first wrong answer right."""
    found = explain(program, list(sentence.tokens), None, list(sentence.labels))
    word, spoken = sentence.tokens[found.index], in_words(found, sentence.tokens)
    totals = (f"{code(label)} {total}" for label, total in zip(found.labels, found.totals, strict=True))
    start = (
        f"The first wrong answer is {code(found.answer)} for *{escaped(word)}*, which should be "
        f"{code(found.expected)}. The scores are {', '.join(totals)}."
    )
    changes = [m for m in found.mends if not m.own and m.key is None][:3]
    if not changes:
        return f"{start} No single value in between would mend it: the scores themselves are wrong for such words."
    told = [
        f"- `{m.variable}` at *{escaped(spoken[m.position])}*: {code(m.instead)} instead of {code(m.value)}"
        f"{f' ({m.others} other answers would change)' if m.others else ''}"
        for m in changes
    ]
    return "\n".join([f"{start} Any of these changes alone would mend it:\n", *told])


def wrapped(text: str) -> str:
    """A paragraph, in lines."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def of_no_name(value: Value) -> bool:
    """Whether a value is no class that speaks for a name."""
    return not isinstance(value, str) or not value.endswith(")") or value.endswith(f"({OUTSIDE})")


def code(value: Value | None) -> str:
    """A value as code, in a cell of a table."""
    text = str(value).replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def escaped(text: str) -> str:
    """A text in a cell of a table, read as it is."""
    for sign in "\\`*_<>[]|#":
        text = text.replace(sign, f"\\{sign}")
    return text


def saved() -> tuple[Program, dict[str, Any], list[Sentence]]:
    """The program, its figures and the sentences of the page."""
    data = json.loads(SENTENCES.read_text("utf-8"))
    sentences = [Sentence(tuple(s["tokens"]), tuple(s["labels"])) for s in data["sentences"]]
    return rh.load(PROGRAM), data["report"], sentences


def take(folder: Path) -> None:
    """Save the program of a run, its figures and sentences of the test split under examples/learned/."""
    program, report = (
        rh.load(folder / "program.json"),
        json.loads((folder / "report.json").read_text("utf-8")),
    )
    dataset = rh.load_dataset(NAME, seed=report["seed"])
    if program.vocabulary != dataset.vocabulary:
        sys.exit(f"{folder} was learned from other data or with other options")
    sentences = [{"tokens": s.tokens, "labels": s.labels} for s in chosen(program, dataset)]
    data = {
        "source": " ".join(SOURCE.split()),
        "report": {name: report[name] for name in FIGURES},
        "sentences": sentences,
    }
    program.save(PROGRAM)
    SENTENCES.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learn", action="store_true", help=f"learn {NAME} first, into runs/{NAME}")
    parser.add_argument("--from", dest="folder", type=Path, help="the folder of such a run")
    asked = parser.parse_args()
    folder = asked.folder
    if asked.learn:
        folder = ROOT / "runs" / NAME
        rh.learn(NAME, out=folder)
    if folder is not None:
        take(folder)
    PAGE.write_text(page(*saved()), "utf-8")


if __name__ == "__main__":
    main()
