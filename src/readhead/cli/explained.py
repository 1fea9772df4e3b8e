"""Explanations, circuits and differences in words, and as JSON has them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from readhead.program.show import shown
from readhead.tasks.score import percent

if TYPE_CHECKING:
    from readhead.program.operators import Value
    from readhead.program.size import Size
    from readhead.reason.circuit import Circuit
    from readhead.reason.circuits.cutting import Score
    from readhead.reason.difference import ProgramDifference
    from readhead.reason.explain import Explanation, Step
    from readhead.reason.explaining.attention import Attention, Match
    from readhead.reason.explaining.changes import Change
    from readhead.reason.explaining.mending import Mend

LOOKS = 8
"""The most positions of a head that are told in words."""

OTHERS = 5
"""The most further mends that are told in words."""


def explain_data(found: Explanation) -> dict[str, object]:
    """An explanation as JSON has it."""
    return {
        "tokens": list(found.tokens),
        "index": found.index,
        "position": found.position,
        "answer": found.answer,
        "expected": found.expected,
        "wrong": list(found.wrong),
        "steps": [asdict(step) for step in found.steps],
        "labels": list(found.labels),
        "totals": list(found.totals),
        "contributions": [asdict(item) for item in found.contributions],
        "mends": [asdict(mend) for mend in found.mends],
        "keys_tried": found.keys_tried,
    }


def explain_text(found: Explanation) -> str:
    """An explanation in words."""
    token = shown(found.tokens[found.position])
    lines = [f"answer {found.index} (position {found.position}, token {token}): {shown(found.answer)}"]
    if found.expected is not None:
        right = found.index not in found.wrong
        lines[0] += ", as expected" if right else f", expected {shown(found.expected)}"
    lines.append("seen: " + " ".join(shown(t) for t in found.tokens) + "  (positions from 0)")
    lines.append("")
    for step in found.steps:
        if step.by not in ("constant", "input"):
            lines += _step_lines(step)
    if found.labels:
        lines += ["", *_readout_lines(found)]
    if found.index in found.wrong:
        lines += ["", *_mend_lines(found)]
        others = [i for i in found.wrong if i != found.index]
        if others:
            lines.append(f"also wrong: answer{'s' * (len(others) > 1)} {', '.join(map(str, others))}")
    return "\n".join(lines)


def _step_lines(step: Step) -> list[str]:
    head = f"{step.name}[{step.position}] = {shown(step.value)}"
    if step.by == "readout":
        return [f"{head}    what the read-out adds up, below"]
    if step.attention is None:
        read = ", ".join(f"{s.name}[{s.position}] = {shown(s.value)}" for s in step.sources)
        return [f"{head}    {step.by} of {read}" if read else f"{head}    {step.by}"]
    return [f"{head}    {_reduced(step)}", *_look_lines(step.attention)]


def _reduced(step: Step) -> str:
    assert step.attention is not None
    count = len(step.attention.looks)
    keys = f"{count} key{'s' * (count != 1)} of {step.attention.selector}"
    if step.by == "width":
        return f"the number of keys of {step.attention.selector}"
    if not step.sources:
        return f"the default: no key of {step.attention.selector}"
    names = sorted({source.name for source in step.sources})
    if count == 1:
        (source,) = step.sources
        return f"{source.name}[{source.position}], the {keys.removeprefix('1 ')}"
    return f"{step.by} of {names[0]} at {keys}"


def _look_lines(found: Attention) -> list[str]:
    lines = [f"    {found.fallback}"] if found.fallback is not None else []
    matched = [look for look in found.looks[:LOOKS] if look.matches]
    lines += [f"    key {look.at}: " + "; ".join(map(_match, look.matches)) for look in matched]
    more = len(found.looks) - LOOKS
    return [*lines, f"    and {more} more keys"] if more > 0 else lines


def _match(match: Match) -> str:
    key, query = f"{match.key} {shown(match.key_value)}", f"{match.query} {shown(match.query_value)}"
    if match.predicate == "table":
        what = "pairs" if match.holds else "does not pair"
        return f"{match.selector} {what} the key's {key} with the query's {query}"
    return f"the key's {key} {'is' if match.holds else 'is not'} {match.predicate} the query's {query}"


def _readout_lines(found: Explanation) -> list[str]:
    """A table of the scores: a row for each input, a column for each label."""
    columns = [f"{shown(label)}" for label in found.labels]
    rows = [
        (
            c.name + ("" if c.value is None else f" = {shown(c.value)}"),
            [str(score) for score in c.scores],
            "" if c.decides else "  (settles nothing)",
        )
        for c in found.contributions
    ]
    rows.append(("total", [str(total) for total in found.totals], ""))
    first = max(len("label"), *(len(name) for name, _, _ in rows))
    widths = [max(len(c), *(len(cells[i]) for _, cells, _ in rows)) for i, c in enumerate(columns)]
    header = "label".ljust(first) + "".join("  " + c.rjust(w) for c, w in zip(columns, widths, strict=True))
    lines = ["what the read-out adds up:", "  " + header]
    for name, cells, note in rows:
        cells_text = "".join("  " + c.rjust(w) for c, w in zip(cells, widths, strict=True))
        lines.append(f"  {name.ljust(first)}{cells_text}{note}")
    return lines


def _mend_lines(found: Explanation) -> list[str]:
    first = found.first_mend
    keys = "" if found.keys_tried else " (keys of selectors are not tried in more than 64 positions)"
    if first is None:
        return [f"no single change of one variable gives {shown(found.expected or '')}{keys}"]
    if first.own:
        wanted = f"{first.variable} itself would have to answer {shown(first.instead)} for what it reads here"
        return [f"no other variable mends it: {wanted}{keys}"]
    lines = [f"the first change that mends it: {_mend(first)}{keys}"]
    rest = [mend for mend in found.mends[1:] if not mend.own]
    lines += [f"  or {_mend(mend)}" for mend in rest[:OTHERS]]
    return [*lines, f"  or {len(rest) - OTHERS} more variables"] if len(rest) > OTHERS else lines


def _mend(mend: Mend) -> str:
    others = "no other answer" if not mend.others else f"{mend.others} other answer{'s' * (mend.others > 1)}"
    tail = f" (changes {others} of this input)"
    if mend.key is None:
        row = "" if mend.row is None else f", in its row {', '.join(map(shown, mend.row))}"
        return f"{mend.variable}[{mend.position}] = {shown(mend.instead)} instead of {shown(mend.value)}{row}{tail}"
    what = "select" if mend.instead else "not select"
    what = f"{what} only" if mend.alone else what
    pair = "" if mend.row is None else f" (key {shown(mend.row[0])}, query {shown(mend.row[1])})"
    return f"{mend.variable} should {what} key {mend.key} for query {mend.position}{pair}{tail}"


def circuit_data(found: Circuit, out: Path | None, program: Path | None) -> dict[str, object]:
    """A circuit as JSON has it."""
    return {
        "inputs": found.inputs,
        "answers": found.answers,
        "same": found.same,
        "where": found.where,
        "ablation": found.ablation,
        "keep": found.keep,
        "draws": found.draws,
        "seed": found.seed,
        "alone": found.alone,
        "kept": list(found.kept),
        "dropped": [asdict(dropped) for dropped in found.dropped],
        "scores": [asdict(score) | {"kept": score.name in found.kept} for score in found.scores],
        "rows": [asdict(rows) for rows in found.rows],
        "before": asdict(found.before),
        "after": asdict(found.after),
        "out": None if out is None else str(out),
        "program": None if program is None else str(program),
    }


def circuit_text(found: Circuit, out: Path | None, program: Path | None) -> str:
    """A circuit in words."""
    which = "" if found.where is None else f" where {found.where}"
    lines = [
        f"{found.same:,} of {found.answers:,} answers{which} ({found.inputs:,} inputs) are the same with:",
        f"  {_size(found.after)}",
        f"  of {_size(found.before)}",
    ]
    if found.ablation == "resample" and found.alone:
        lines.append(f"  {found.alone} input(s) have no other of their length to resample from")
    kept = [score for score in found.scores if score.name in found.kept]
    gone = [score for score in found.scores if score.name not in found.kept]
    width = max((len(score.name) for score in found.scores), default=0)
    if kept:
        lines += ["", "kept, with the share of answers that change without it (resampled, mean):"]
        lines += [_score(score, width) for score in _ranked(kept)]
    if gone:
        held = {d.name: d.value for d in found.dropped}
        lines += ["", "not needed:"]
        for score in _ranked(gone):
            value = held.get(score.name)
            tail = "" if value is None else f"  held at {shown(value)}"
            lines.append(_score(score, width) + tail)
    fewer = [rows for rows in found.rows if rows.kept < rows.of]
    if fewer:
        lines += ["", "rows that are used: " + ", ".join(f"{r.name} {r.kept} of {r.of}" for r in fewer)]
    lines += [f"written to {path}" for path in (out, program) if path is not None]
    return "\n".join(lines)


def _ranked(scores: list[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: -max(score.resample, score.mean))


def _score(score: Score, width: int) -> str:
    return (
        f"  {score.kind:8}  {score.name.ljust(width)}  {percent(score.resample):>7}  {percent(score.mean):>7}"
    )


def _size(size: Size) -> str:
    parts = (
        (size.heads, "head", "heads"),
        (size.mlps, "table or operator", "tables and operators"),
        (size.readout_inputs, "read-out input", "read-out inputs"),
        (size.table_entries, "entry", "entries"),
        (size.variables, "variable", "variables"),
    )
    return ", ".join(f"{n:,} {one if n == 1 else several}" for n, one, several in parts)


def difference_data(found: ProgramDifference) -> dict[str, object]:
    """A difference as JSON has it."""
    example = found.example
    first = None if example is None else example.first
    return {
        "settings": [{"name": name, "old": old, "new": new} for name, old, new in found.settings],
        "changes": [asdict(change) for change in found.changes],
        "differing": found.differing,
        "compared": found.compared,
        "exhaustive": found.exhaustive,
        "traced": found.traced,
        "max_length": found.max_length,
        "example": None
        if example is None
        else {
            "tokens": list(example.tokens),
            "old": example.old,
            "new": example.new,
            "first": None
            if first is None or first.variable is None
            else {
                "variable": first.variable,
                "position": first.position,
                "old": first.left,
                "new": first.right,
            },
        },
    }


def difference_text(found: ProgramDifference) -> str:
    """A difference in words."""
    lines = [f"{name}: {old} -> {new}" for name, old, new in found.settings]
    for change in found.changes:
        lines += _change_lines(change, found.traced)
    if not found.settings and not found.changes:
        lines.append("the programs are the same")
    which = "all " if found.exhaustive else "a sample of "
    lines.append(
        f"the answers differ on {found.differing:,} of {which}{found.compared:,} inputs"
        f" of up to {found.max_length} tokens"
    )
    if found.compared == 1 and found.max_length > 0 and any(s[0] == "tokens" for s in found.settings):
        lines.append("no token is read by both, so the only input for both is the empty one")
    if found.example is not None:
        example = found.example
        lines.append(f"for example on {' '.join(map(shown, example.tokens)) or 'no tokens'}:")
        lines += [f"  old: {_answer(example.old)}", f"  new: {_answer(example.new)}"]
        if example.first is not None and example.first.variable is not None:
            first = example.first
            at = first.position
            if at is None:  # the sequences that they see are of different lengths
                lines.append(f"  first to part: {first.variable}: {first.left} -> {first.right}")
            else:
                place = f"query {at[0]}, key {at[1]}" if isinstance(at, tuple) else f"position {at}"
                lines.append(
                    f"  first to part: {first.variable} at {place}: {first.left!r} -> {first.right!r}"
                )
    return "\n".join(lines)


def _answer(answer: list[Value] | Value | None) -> str:
    if answer is None:
        return "no answer"
    return " ".join(map(shown, answer)) if isinstance(answer, list) else shown(answer)


def _change_lines(change: Change, traced: int) -> list[str]:
    values = "" if change.differs is None else f" (other values on {change.differs:,} of {traced:,} inputs)"
    match change.how:
        case "added":
            return [f"added    {change.name} = {change.new}"]
        case "removed":
            return [f"removed  {change.name} = {change.old}"]
        case "renamed":
            return [f"renamed  {change.old} -> {change.name}"]
        case "reached":
            return [f"reached  {change.name}{values}"]
        case _:
            return [f"changed  {change.name}{values}", f"  old: {change.old}", f"  new: {change.new}"]
