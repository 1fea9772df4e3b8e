"""What a table, a predicate or a read-out says, in the operators of the language.

>>> from readhead.program.nodes import Indices, Map, Table
>>> from readhead.reason.forms import Bound, form_of_table
>>> table = Map(Table([((0,), 0), ((1,), 1), ((2,), 2)]), (Indices(),))
>>> form_of_table(table, [(0,), (1,), (2,)], Bound()) == Indices()
True
"""

from readhead.reason.forms.decisions import decision_list
from readhead.reason.forms.express import express
from readhead.reason.forms.expressions import Bound, Expression, enumerate_expressions, search
from readhead.reason.forms.guesses import guesses
from readhead.reason.forms.lengths import tied, untied
from readhead.reason.forms.predicates import form_of_predicate
from readhead.reason.forms.readout import forms_of_answer
from readhead.reason.forms.rename import Renaming, renamed, renamings
from readhead.reason.forms.seen import Seen, observe
from readhead.reason.forms.spelling import spelled
from readhead.reason.forms.standard import Standard, example_standard, space_standard
from readhead.reason.forms.tables import form_of_table, form_of_values
from readhead.reason.forms.weight import weight

__all__ = [
    "Bound",
    "Expression",
    "Renaming",
    "Seen",
    "Standard",
    "decision_list",
    "enumerate_expressions",
    "example_standard",
    "express",
    "form_of_predicate",
    "form_of_table",
    "form_of_values",
    "forms_of_answer",
    "guesses",
    "observe",
    "renamed",
    "renamings",
    "search",
    "space_standard",
    "spelled",
    "tied",
    "untied",
    "weight",
]
