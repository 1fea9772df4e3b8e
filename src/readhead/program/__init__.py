"""The ground: what a program is, what it means, and what it did."""

from readhead.program.columns import Column
from readhead.program.domains import Categorical, Numeric, infer_domains
from readhead.program.nodes import (
    FULL,
    LENGTH,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.trace import Difference, Trace
from readhead.program.vocabulary import OPEN, Vocabulary

__all__ = [
    "Program",
    "Vocabulary",
    "OPEN",
    "Value",
    "Node",
    "SOp",
    "Selector",
    "Tokens",
    "Indices",
    "Constant",
    "Map",
    "Table",
    "Select",
    "Relation",
    "And",
    "Or",
    "Not",
    "Closest",
    "Aggregate",
    "SelectorWidth",
    "Classify",
    "CategoricalScores",
    "NumericScores",
    "FULL",
    "LENGTH",
    "Trace",
    "Column",
    "Difference",
    "Categorical",
    "Numeric",
    "infer_domains",
]
