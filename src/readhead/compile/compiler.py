"""The compiler: a program becomes the arrays of a transformer, pass by pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from readhead.compile.assemble import blocks, embeddings, symbols
from readhead.compile.blueprint import Array, Block, Blueprint, Head, Mlp, Reading
from readhead.compile.circuit import Budget, block_of
from readhead.compile.lower import Lowering
from readhead.compile.margins import Margins, margins
from readhead.compile.reuse import Placing, kept, reused
from readhead.compile.values import Function
from readhead.errors import CompileError, UsageError
from readhead.program.nodes import Classify, SOp, Tokens
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

Precision = Literal["float32", "float64"]
PLATEAUS = (0.0, 0.25)
"""Half the hidden units where errors may pass through steps; more where they have to be stopped."""

SHOWN = 20
"""How many tokens an error lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Lowered:
    """A program's circuit, where its slots are, how every variable is read off, and why some are not."""

    lowering: Lowering
    placing: Placing
    readings: dict[str, Reading]
    fused: dict[str, str]


PRECISIONS: tuple[Precision, ...] = ("float32", "float64")


def compile_program(
    program: Program,
    *,
    vocabulary: Vocabulary | Iterable[str] | None = None,
    max_length: int | None = None,
    precision: Precision | None = None,
    budget: Budget | None = None,
    reuse_slots: bool = False,
) -> Blueprint:
    """A program as the arrays of a transformer that computes it exactly.

    Args:
        program: any program.
        vocabulary: the tokens; needed where the program takes any.
        max_length: the most content tokens; needed where the program has no limit.
        precision: of the arrays; by default the smallest that keeps everything apart that must be.
        budget: how large it may become.
        reuse_slots: whether slots of variables that nothing reads any more go to variables that are written later.
            Then the stream is narrower, and such a variable can be read off after its own block only.

    Raises:
        CompileError: where it would break the size budget, or the error budget of the precision; it names the variable.
        UsageError: where vocabulary or length are missing or do not fit.

    >>> from readhead.program.nodes import LENGTH
    >>> compile_program(Program((LENGTH,)), vocabulary="ab", max_length=3).width
    6
    """
    closed = specialised(program, vocabulary, max_length)
    return _assembled(*_precision(closed, Budget() if budget is None else budget, precision, reuse_slots))


def specialised(
    program: Program, vocabulary: Vocabulary | Iterable[str] | None, max_length: int | None
) -> Program:
    """The program for one vocabulary and maximum length.

    Raises:
        UsageError: where one is missing, or the program does not take it.
    """
    own = program.vocabulary
    if vocabulary is not None and not isinstance(vocabulary, Vocabulary):
        tokens = tuple(dict.fromkeys(vocabulary))
        vocabulary = replace(own, tokens=tokens)
    chosen = own if vocabulary is None else vocabulary
    if chosen.tokens is None:
        raise UsageError(
            "the program takes any token", instead="compile it for a vocabulary, as in vocabulary='abc'"
        )
    if own.tokens is not None and not set(chosen.symbols or ()) <= set(own.symbols or ()):
        known = [repr(t) for t in own.tokens]
        extra = ", ".join(repr(t) for t in chosen.symbols or () if t not in (own.symbols or ()))
        raise UsageError(
            f"not in the program's vocabulary: {extra}",
            instead="tokens that it knows: "
            + ", ".join(known[:SHOWN])
            + (", ..." if len(known) > SHOWN else ""),
        )
    longest = program.max_length if max_length is None else max_length
    if longest is None:
        raise UsageError("the program takes sequences of any length", instead="compile it for a max_length")
    if program.max_length is not None and longest > program.max_length:
        raise UsageError(
            f"max_length is {longest}, but the program takes at most {program.max_length} tokens",
            instead=f"a length of {program.max_length}, or less",
        )
    return replace(program, vocabulary=chosen, max_length=longest)


def _lowered(program: Program, budget: Budget, plateau: float, reuse: bool) -> Lowered:
    lowering = Lowering(program, budget, plateau)
    readings, fused = _readings(lowering)
    answer = program.names[program.outputs[0]]
    placing = reused(lowering.circuit, readings, answer) if reuse else kept(lowering.circuit)
    return Lowered(lowering, placing, readings, fused)


def _precision(
    program: Program, budget: Budget, wanted: Precision | None, reuse: bool
) -> tuple[Lowered, Precision, Margins]:
    """The smallest precision that keeps every gap, and of the ways to build the program the first that does with it.

    Raises:
        CompileError: where none does.
    """
    lowered: dict[float, Lowered] = {}
    for precision in PRECISIONS if wanted is None else (wanted,):
        rounding = _rounding(precision)
        for plateau in PLATEAUS:
            if plateau not in lowered:
                lowered[plateau] = _lowered(program, budget, plateau, reuse)
            candidate = lowered[plateau]
            found = margins(candidate.lowering.circuit, candidate.readings, rounding, rounding)
            if found.worst is None:
                return candidate, precision, found
    assert found.worst is not None
    name, gap, error = found.worst
    raise CompileError(
        f"variable {name!r} needs a gap of {gap:.3g} to survive, but {precision} can be off by {error:.3g} there",
        why="values that must be told apart lie too close together (the error budget)",
        instead="take a smaller maximum length or vocabulary"
        + (", or float64" if precision == "float32" else ""),
    )


def _rounding(precision: Precision) -> float:
    return float(np.finfo(precision).eps) / 2


def _readings(lowering: Lowering) -> tuple[dict[str, Reading], dict[str, str]]:
    """How every variable is read off, and why some are not."""
    readings: dict[str, Reading] = {}
    fused: dict[str, str] = {}
    for name, node in lowering.circuit.program.variables.items():
        if not isinstance(node, SOp):
            continue
        if isinstance(node, Classify) and node in lowering.scores:
            readings[name] = _logits(lowering, node)
        elif len(lowering.functions[node].sources) <= 1:
            readings[name] = _reading(lowering, lowering.functions[node])
        else:
            sources = ", ".join(s.name for s in lowering.functions[node].sources)
            fused[name] = f"a function of {sources}, computed together with what reads it"
    return readings, fused


def _reading(lowering: Lowering, function: Function) -> Reading:
    width = len(lowering.circuit.slots)
    weights, bias = np.zeros((width, len(function.values))), np.zeros(len(function.values))
    if function.constant:
        bias[0] = 1.0
        return Reading(function.values, weights, bias, -1, 1.0)
    source = function.sources[0]
    known = function.codes >= 0
    weights[source.slots[known], function.codes[known]] = 1.0
    return Reading(function.values, weights, bias, _block(source.time), 1.0)


def _logits(lowering: Lowering, node: Classify) -> Reading:
    scores = lowering.scores[node]
    weights = np.zeros((len(lowering.circuit.slots), len(scores.labels)))
    np.add.at(weights, scores.source, scores.weights)
    return Reading(
        node.labels,
        weights,
        scores.bias - scores.ties,
        _block(scores.time),
        scores.unit / (2 * len(scores.labels)),
    )


def _block(time: int) -> int:
    return -1 if time == 0 else block_of(time)


def _assembled(lowered: Lowered, precision: Precision, found: Margins) -> Blueprint:
    lowering, placing, circuit = lowered.lowering, lowered.placing, lowered.lowering.circuit
    program = circuit.program
    tokens = lowering.functions.get(Tokens())
    read = tokens.sources[0] if tokens is not None and tokens.sources else None
    embedding, positions = embeddings(circuit, placing, read)

    def cast(array: Array) -> Array:
        return array.astype(precision, copy=False)

    made = tuple(
        Block(
            tuple(
                Head(h.name, h.variables, cast(h.query), cast(h.key), cast(h.value), cast(h.output))
                for h in b.heads
            ),
            None
            if b.mlp is None
            else Mlp(
                b.mlp.variables,
                cast(b.mlp.inward),
                cast(b.mlp.inward_bias),
                cast(b.mlp.outward),
                cast(b.mlp.outward_bias),
                b.mlp.owners,
            ),
        )
        for b in blocks(circuit, placing, _rounding(precision))
    )
    return Blueprint(
        program,
        symbols(circuit),
        placing.slots(circuit.slots),
        cast(embedding),
        cast(positions),
        made,
        {
            n: Reading(r.values, cast(placing.folded(r.weights)), cast(r.bias), r.block, r.gap)
            for n, r in lowered.readings.items()
        },
        program.names[program.outputs[0]],
        lowered.fused,
        circuit.causal,
        precision,
        found.found,
    )
