"""What the statements of a plain file can name, and what the names of its loops stand for. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from readhead.errors import did_you_mean
from readhead.language.python.kinds import Types, types_of
from readhead.language.python.literals import BUILTINS
from readhead.language.python.plain.facts import STRINGS
from readhead.language.python.plain.words import RESERVED, Rules
from readhead.language.python.source import Source
from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import Closest, Map, Node, Selector, SOp, Tokens
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

LOOPS = "for q in x, for a, b in zip(x, y), for i, q in enumerate(x), or for i in range(len(tokens))"


class Broken(Exception):
    """A statement reads a variable whose own statement is wrong; that one is told, this one is not."""


@dataclass
class Env:
    """What the names of a loop stand for.

    Attributes:
        values: the variables that are read at the loop's position.
        matches: selectors: their rows in a loop over queries, whether they match in a loop over keys.
        keys: the position of a selector's one key, in a loop over queries.
        index: the name of the loop's position.
    """

    values: dict[str, SOp] = field(default_factory=dict)
    matches: dict[str, Selector] = field(default_factory=dict)
    keys: dict[str, Closest] = field(default_factory=dict)
    index: str | None = None

    def names(self) -> set[str]:
        """All names that the loop gives a meaning."""
        return {*self.values, *self.matches, *self.keys, *([] if self.index is None else [self.index])}


@dataclass
class Scope:
    """What the statements of a file can name.

    Attributes:
        source: the file.
        vocabulary, max_length: what ``run`` says.
        tokens: the parameter of ``program``.
        functions: the file's own functions, by name.
        constants: its own constants, by name.
        closest: the helpers for the nearest key, with their rules.
        names: what a variable is called, where the file has to write it differently.
        nodes: the variables read so far; None for one whose statement is wrong.
        types: the types that each can hold.
        seen: where keys behind the query are in sight, and where they are not.
        nested: the operators and tables inside other expressions, and where they stand.
    """

    source: Source
    vocabulary: Vocabulary
    max_length: int | None
    tokens: str
    functions: Mapping[str, ast.FunctionDef]
    constants: Mapping[str, ast.expr]
    closest: Mapping[str, Rules]
    names: Mapping[str, str]
    nodes: dict[str, Node | None] = field(default_factory=dict)
    types: dict[Node, Types] = field(default_factory=dict)
    seen: list[tuple[Literal["all", "earlier"], ast.AST]] = field(default_factory=list)
    nested: list[tuple[Map, ast.expr]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes[self.tokens] = self.typed(Tokens(name=self.names.get(self.tokens, self.tokens)))

    def typed(self, node: SOp) -> SOp:
        """The s-op, with its types noted."""
        self.types[node] = types_of(node, self.types, STRINGS)
        return node

    def domain(self, node: SOp) -> Sequence[Value] | None:
        """All values that a variable can hold, where that is known."""
        program = Program((node,), self.vocabulary, False, self.max_length)
        found = infer_domains(program).get(node)
        return found.values if isinstance(found, Categorical) else None

    def variable(self, node: ast.expr) -> Node:
        """The variable that a name means."""
        if not isinstance(node, ast.Name):
            raise self.source.problem(node, "this is no variable", instead="name what is read first")
        if node.id not in self.nodes:
            known = [n for n, found in self.nodes.items() if found is not None]
            raise self.source.problem(
                node, f"no variable {node.id!r} above", instead=did_you_mean(node.id, known)
            )
        found = self.nodes[node.id]
        if found is None:
            raise Broken
        return found

    def sop(self, node: ast.expr) -> SOp:
        """The variable with values that a name means."""
        found = self.variable(node)
        if not isinstance(found, SOp):
            raise self.source.problem(
                node, f"{ast.unparse(node)} is a selector", instead="name a variable with values"
            )
        return found

    def literal(self, node: ast.expr) -> ast.expr:
        """A constant's value where a name of one stands, else the expression itself."""
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.constants[node.id]
        return node

    def is_tokens(self, node: ast.expr) -> bool:
        """Whether this is the name of the tokens."""
        return isinstance(node, ast.Name) and node.id == self.tokens

    def is_length(self, node: ast.expr) -> bool:
        """Whether this is ``len(tokens)``."""
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[argument], keywords=[]):
                return self.is_tokens(argument)
        return False


def query_loop(scope: Scope, generators: Sequence[ast.comprehension]) -> Env:
    """The loop of a statement."""
    generator = _only(scope, generators)
    if generator.ifs:
        raise scope.source.problem(
            generator.ifs[0], "a statement has a value at every position", instead="leave out the if"
        )
    env = Env()
    for target, over in _pairs(scope, env, generator, None):
        node = scope.variable(over)
        if isinstance(node, Closest):
            env.keys[target] = node
        elif isinstance(node, Selector):
            env.matches[target] = node
        else:
            assert isinstance(node, SOp)
            env.values[target] = node
    return env


def key_loop(scope: Scope, generators: Sequence[ast.comprehension], queries: Env) -> Env:
    """The loop over the keys of each query; whether it ends at the query is noted."""
    generator = _only(scope, generators)
    env = Env()
    sliced = False
    for target, over in _pairs(scope, env, generator, queries):
        match over:
            case ast.Name(id=name) if name in queries.matches:
                env.matches[target] = queries.matches[name]
            case ast.Subscript(value=column) if is_slice(over, queries):
                env.values[target] = scope.sop(column)
                sliced = True
            case _:
                env.values[target] = scope.sop(over)
    shared = env.names() & queries.names() - {"_"}
    if shared:
        name = min(shared)
        raise scope.source.problem(
            generator.target,
            f"{name} has a meaning already",
            instead="give keys and queries names of their own",
        )
    if sliced:
        scope.seen.append(("earlier", generator.iter))
    elif env.values and not env.matches:
        scope.seen.append(("all", generator.iter))
    return env


def is_slice(node: ast.expr, queries: Env) -> bool:
    """Whether this is ``x[: i + 1]``, where ``i`` is the query's position."""
    match node:
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.expr() as upper, step=None)):
            return _is_next(upper, queries)
    return False


def _is_next(node: ast.expr, queries: Env) -> bool:
    match node:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=1)):
            return name == queries.index
    return False


def _only(scope: Scope, generators: Sequence[ast.comprehension]) -> ast.comprehension:
    if len(generators) != 1 or generators[0].is_async:
        raise scope.source.problem(generators[-1].target, "a comprehension here has one loop", instead=LOOPS)
    return generators[0]


def _pairs(
    scope: Scope, env: Env, generator: ast.comprehension, queries: Env | None
) -> Iterator[tuple[str, ast.expr]]:
    """The names of a loop with what they run over; a position's name goes into the environment."""
    target, over = generator.target, generator.iter
    match over:
        case ast.Call(func=ast.Name(id="range"), args=[end], keywords=[]):
            whole = scope.is_length(end)
            if not whole and not (queries is not None and _is_next(end, queries)):
                raise scope.source.problem(
                    over, "this is no range of positions", instead="range(len(tokens))"
                )
            if queries is not None:
                scope.seen.append(("all" if whole else "earlier", over))
            env.index = _name(scope, target)
            return
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner], keywords=[]):
            if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
                raise scope.source.problem(
                    target, "enumerate gives a position and a value", instead="for i, q in ..."
                )
            env.index = _name(scope, target.elts[0])
            target, over = target.elts[1], inner
    match over, target:
        case ast.Call(func=ast.Name(id="zip"), args=columns, keywords=[]), ast.Tuple(elts=targets):
            if len(columns) != len(targets):
                raise scope.source.problem(
                    target, f"{len(targets)} names for {len(columns)} variables", instead="a name for each"
                )
        case ((ast.Name() | ast.Subscript()), ast.Name()):
            columns, targets = [over], [target]
        case _:
            raise scope.source.problem(over, "this is no loop over positions", instead=LOOPS)
    names = [_name(scope, t) for t in targets]
    if len({*names, env.index}) != len(names) + 1 and set(names) != {"_"}:
        raise scope.source.problem(target, "a name stands for two things", instead="a name for each")
    yield from zip(names, columns, strict=True)


def _name(scope: Scope, node: ast.expr) -> str:
    if not isinstance(node, ast.Name):
        raise scope.source.problem(node, "this is no name", instead=LOOPS)
    own = node.id in scope.functions or node.id in scope.constants or node.id in scope.closest
    if own or node.id in BUILTINS or node.id in RESERVED - {"query", "key", "_"}:
        raise scope.source.problem(node, f"{node.id} has a meaning already", instead="another name")
    return node.id
