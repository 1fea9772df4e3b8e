"""Run an emitted program on inputs under coverage.py, and say what the lines that are never reached belong to.

python docs/lines_never_hit.py examples/debugging/reverse.py 0123 4321    # each argument is an input
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import coverage

from readhead.language.load import load
from readhead.language.python.lines import Line, lines_of
from readhead.program.nodes import Map, Select


def never_hit(path: Path, inputs: Sequence[str]) -> list[Line]:
    """The lines of tables and predicates that answer for some rows, and that no input reaches."""
    path = path.resolve()
    measured = coverage.Coverage(data_file=None, config_file=False, include=[str(path)])
    measured.start()
    spec = importlib.util.spec_from_file_location("emitted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for tokens in inputs:
        module.run(tokens)
    measured.stop()
    _, _, missing, _ = measured.analysis(str(path))
    known = lines_of(load(path), path.read_text("utf-8"))
    return [
        known[number]
        for number in missing
        if number in known and (known[number].rows or known[number].default)
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the lines, and which tables and heads they belong to."""
    path = Path(arguments[0])
    program = load(path)
    lines = never_hit(path, arguments[1:])
    for line in lines:
        print(line)
    unused = dict.fromkeys(line.variable for line in lines)
    kinds = {name: program.variables[name] for name in unused}
    tables = [name for name, node in kinds.items() if isinstance(node, Map)]
    heads = [name for name, node in kinds.items() if isinstance(node, Select)]
    print(f"rows never used: of tables {', '.join(tables) or '-'}; of heads {', '.join(heads) or '-'}")


if __name__ == "__main__":
    main(sys.argv[1:])
