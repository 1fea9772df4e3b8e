"""Which variable, and which rows of its table, each line of an emitted file belongs to.

With it, what a debugger, a profiler or coverage.py says of lines is said of the program: a line that is never reached
is a head, a table, or rows of a table that these inputs never use. The file is parsed and never executed.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from readhead.language.python.emit import RESERVED, to_python
from readhead.language.python.source import Source
from readhead.program.nodes import Classify, Map, Relation, Select, Table
from readhead.program.operators import Value
from readhead.program.program import Program

Part = Literal["statement", "table", "predicate", "scores", "labels"]
Row = tuple[Value, ...]

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_TYPES = {"int": int, "float": float, "str": str, "bool": bool}


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of an emitted file is for.

    Attributes:
        number: the line's, from 1.
        variable: the variable that it computes, or whose table it belongs to.
        part: the statement that computes the variable, its table, its predicate, or a read-out's scores or labels.
        rows: where the line answers for some rows: their keys; of a predicate, pairs of key and query that match.
        default: whether it answers for all keys that have no row.
    """

    number: int
    variable: str
    part: Part
    rows: tuple[Row, ...] = ()
    default: bool = False

    def __str__(self) -> str:
        what = {
            "statement": f"the statement of {self.variable}",
            "table": f"the table of {self.variable}",
            "predicate": f"the predicate of {self.variable}",
            "scores": f"the scores of {self.variable}",
            "labels": f"the labels of {self.variable}",
        }[self.part]
        if self.default:
            return f"line {self.number}: {what}, all other keys"
        if not self.rows:
            return f"line {self.number}: {what}"
        first = ", ".join(str(row[0]) if len(row) == 1 else repr(row) for row in self.rows[:3])
        more = f" and {len(self.rows) - 3} more" if len(self.rows) > 3 else ""
        return f"line {self.number}: {what}, row{'s' * (len(self.rows) > 1)} {first}{more}"


def lines_of(program: Program, text: str | None = None) -> dict[int, Line]:
    """The lines of a program's file that belong to a variable, by number.

    Args:
        program: the program.
        text: its file, where a person has edited that; by default what :func:`to_python` writes.

    Raises:
        DataError: for text that is no Python.

    >>> from readhead.program.nodes import Tokens
    >>> shout = Map(Table([(("a",), "A")], default="?"), (Tokens(name="tokens"),), name="shout")
    >>> for line in lines_of(Program((shout,))).values():
    ...     if line.part == "table":
    ...         print(line)
    line 22: the table of shout
    line 23: the table of shout
    line 24: the table of shout, row a
    line 25: the table of shout, all other keys
    """
    tree = Source(to_python(program) if text is None else text, "program").tree
    functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    main = functions["program"]
    own = {name: function for name, function in functions.items() if name not in RESERVED}
    constants = {
        s.targets[0].id: s
        for s in tree.body
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
    }
    called = _names(constants.get("NAMES"))
    found: dict[int, Line] = {}
    for statement in main.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=written)]):
                name = called.get(written, written)
                for line in _lines(statement, name, "statement"):
                    found[line.number] = line
                for mentioned in (n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)):
                    if mentioned in own:
                        found |= {line.number: line for line in _function(program, name, own[mentioned])}
                    elif mentioned in constants:
                        part = _part(program, name, mentioned)
                        found |= {line.number: line for line in _lines(constants[mentioned], name, part)}
            case _:
                continue
    return dict(sorted(found.items()))


def _part(program: Program, name: str, constant: str) -> Part:
    """What a constant is for: in the plain style, tables and predicates are constants too."""
    node = program.variables.get(name)
    if isinstance(node, Classify):
        return "labels" if constant.endswith("_LABELS") else "scores"
    return "table" if isinstance(node, Map) else "predicate"


def _names(statement: ast.Assign | None) -> Mapping[str, str]:
    """What NAMES says: how a variable is written, and what it is called."""
    if statement is None:
        return {}
    names: dict[str, str] = ast.literal_eval(statement.value)
    return names


def _lines(statement: ast.stmt, name: str, part: Part) -> Iterator[Line]:
    for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
        yield Line(number, name, part)


def _function(program: Program, name: str, function: ast.FunctionDef) -> Iterator[Line]:
    """The lines of a table's or a predicate's function, the rows at the lines that answer for them."""
    node = program.variables.get(name)
    parameters = [argument.arg for argument in function.args.args]
    part: Part = "predicate" if isinstance(node, Select) else "table"
    rows: dict[int, list[Row]] = {}
    if isinstance(node, Map) and isinstance(node.function, Table):
        for key, _ in node.function.entries:
            ends = _reached(function.body, dict(zip(parameters, key, strict=True)))
            if ends is not None:
                rows.setdefault(ends.lineno, []).append(key)
    elif isinstance(node, Select) and isinstance(node.predicate, Relation):
        for key_value, query_value in node.predicate.pairs:
            ends = _reached(function.body, {parameters[0]: query_value, parameters[1]: key_value})
            if ends is not None:
                rows.setdefault(ends.lineno, []).append((key_value, query_value))
    last = function.body[-1]
    for line in _lines(function, name, part):
        default = (
            line.number == last.lineno
            and isinstance(last, ast.Return | ast.Raise)
            and not rows.get(line.number)
        )
        yield Line(line.number, name, part, tuple(rows.get(line.number, ())), default)


def _reached(body: list[ast.stmt], values: Mapping[str, Value]) -> ast.stmt | None:
    """The statement that answers for these arguments; None where the function leaves without one."""
    for statement in body:
        match statement:
            case ast.If():
                inner = _reached(
                    statement.body if _value(statement.test, values) else statement.orelse, values
                )
                if inner is not None:
                    return inner
            case ast.Return() | ast.Raise():
                return statement
            case _:
                continue
    return None


def _value(node: ast.expr, values: Mapping[str, Value]) -> Any:
    """The value of a test of an emitted function."""

    def of(part: ast.expr) -> Any:
        return _value(part, values)

    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name] if name in values else _TYPES[name]
        case ast.Set(elts=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(map(of, parts))
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(map(of, parts))
        case ast.BoolOp(values=parts):
            return any(map(of, parts))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not of(operand)
        case ast.UnaryOp(operand=operand):
            return -of(operand)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return of(left) + of(right)
        case ast.BinOp(left=left, right=right):
            return of(left) - of(right)
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            return range(*map(of, arguments))
        case ast.Call(func=ast.Name(id="type"), args=[argument]):
            return type(of(argument))
        case ast.Compare(left=left, ops=ops, comparators=rest):
            compared = [of(left), *map(of, rest)]
            return all(_COMPARE[type(op)](compared[i], compared[i + 1]) for i, op in enumerate(ops))
    raise AssertionError(f"not part of an emitted function: {ast.dump(node)}")
