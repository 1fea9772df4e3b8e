"""Thinking about programs: making them smaller, proving things about them, saying why they answer as they do.

>>> from readhead.rasp import indices
>>> from readhead.reason import complexity, conformance
>>> conformance((indices % 2).program()).broken
('indices',)
>>> complexity((indices % 2).program()).heads
0
"""

from readhead.reason.complexity import Complexity, complexity
from readhead.reason.rasp_l import RULES, Conformance, Rule, Rules, Violation, conformance
from readhead.reason.verdict import Verdict

__all__ = [
    "RULES",
    "Complexity",
    "Conformance",
    "Rule",
    "Rules",
    "Violation",
    "complexity",
    "conformance",
    "Verdict",
]
