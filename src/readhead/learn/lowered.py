"""A program made ready to be relaxed: a read-out over the data's labels, and sums in place of widths.

A :class:`Form` is one part of it that has learnable form; :mod:`readhead.learn.forms` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from readhead.errors import UsageError
from readhead.learn.start import Kind
from readhead.learn.steps import Network
from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Constant,
    Map,
    Node,
    SelectorWidth,
    SOp,
    Table,
)
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.rewrite import substitute, with_output
from readhead.tasks.examples import Dataset

ONES = Constant(1, name="ones")
MANY = 64
"""An answer with more values than this is first made the label that it spells."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program with a read-out, whose widths are sums of ones."""

    program: Program

    @property
    def names(self) -> Mapping[Node, str]:
        """The names of all its nodes."""
        return self.program.names

    @property
    def readout(self) -> Classify:
        """What it answers with."""
        output = self.program.outputs[0]
        assert isinstance(output, Classify)
        return output


def lower(program: Program, dataset: Dataset) -> Lowered:
    """The program with a read-out over the data's labels, and sums in place of widths.

    Raises:
        UsageError: where it answers with anything but labels of the data set, or adds up another way than the data.
    """
    if len(program.outputs) != 1:
        raise UsageError(f"the program has {len(program.outputs)} outputs", instead="a program with one")
    program = replace(program, max_length=dataset.max_length)
    output = program.outputs[0]
    if not isinstance(output, Classify):
        program = with_output(program, _readout(program, output, dataset))
    readout = program.outputs[0]
    assert isinstance(readout, Classify)
    unknown = [label for label in readout.labels if label not in dataset.labels]
    if unknown:
        raise UsageError(
            f"the program answers with {', '.join(map(repr, unknown[:5]))}",
            why=f"the labels of {dataset.name} are {', '.join(map(repr, dataset.labels[:12]))}",
        )
    if readout.pooled != (dataset.kind == "sequence_label"):
        raise UsageError(
            f"the program's read-out is pooled: {readout.pooled}; {dataset.name} is {dataset.kind}"
        )
    widths: dict[Node, Node] = {
        node: Aggregate(node.selector, ONES, "sum", default=0, name=name)
        for name, node in program.variables.items()
        if isinstance(node, SelectorWidth)
    }
    return Lowered(substitute(program, widths, fold=False))


def _readout(program: Program, output: SOp, dataset: Dataset) -> Classify:
    """A read-out that answers what an s-op says, in the words of the data's labels."""
    domain = infer_domains(program).get(output)
    if not isinstance(domain, Categorical):
        raise UsageError(
            f"what the program answers, {program.names[output]!r}, has no finite number of values",
            why="training needs a score for each value and label",
            instead="a program that answers with labels",
        )
    labels = dataset.labels
    if isinstance(output, SelectorWidth) or (isinstance(output, Aggregate) and output.reduce == "sum"):
        # a number has one coefficient for each label: scores for each of its values need a table of it
        output = Map(Table([((v,), v) for v in domain.values]), (output,))
    elif len(domain.values) > MANY:  # codes for the labels alone
        said = [((v,), str(v)) for v in domain.values if str(v) in labels]
        output = Map(Table(said, ""), (output,))
        domain = Categorical(tuple(dict.fromkeys([*(label for _, label in said), ""])))
    rows = [(v, tuple(int(str(v) == label) for label in labels)) for v in domain.values]
    name = "prediction" if "prediction" not in program.variables else None
    pooled = dataset.kind == "sequence_label"
    return Classify(labels, (CategoricalScores(output, rows),), pooled, name=name)


@dataclass(frozen=True, slots=True)
class Form:
    """A part of learnable form.

    Attributes:
        kind: which sort of slot it takes.
        node: the s-op.
        reads: the variables that it reads: key, query and value of a head; an MLP's arguments.
        meanings: what the codes of an MLP mean.
        wanted: of a head, for each value of the query the code of the key that it looks for.
        cells: of a categorical MLP, its code for each pair of codes.
        network: of a numerical MLP.
    """

    kind: Kind
    node: SOp
    reads: tuple[SOp, ...]
    meanings: tuple[Value, ...] | None = None
    wanted: tuple[int, ...] = ()
    cells: Mapping[tuple[int, int], int] | None = None
    network: Network | None = None
