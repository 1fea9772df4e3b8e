"""The plain style: a program as the short Python file that people quote, and back.

It is offered where plain Python says exactly what the program says: :func:`to_plain` refuses other programs, naming
the variable. ``from_plain`` reads the file back: ``from_python(to_python(p, style="plain")) == p``, names included.
"""

from __future__ import annotations

from readhead.language.python.plain.emit import to_plain as to_plain
from readhead.language.python.plain.exact import refusals as refusals
from readhead.language.python.plain.parse import from_plain as from_plain
from readhead.language.python.plain.parse import is_plain as is_plain
