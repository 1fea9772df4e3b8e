"""The operators' meanings are Python's, within int64 and finite floats; comparisons between types are exact."""

from __future__ import annotations

import pytest

from readhead.program.operators import OPERATORS, OperatorError


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("+", (1, 2), 3),
        ("+", (True, True), 2),
        ("+", ("a", "b"), "ab"),
        ("+", (1, 0.5), 1.5),
        ("-", (1, True), 0),
        ("*", (3, -2), -6),
        ("/", (4, 2), 2.0),
        ("/", (2**63 - 1, 3), (2**63 - 1) / 3),
        ("%", (-7, 3), 2),
        ("%", (7, -3), -2),
        ("%", (-7.5, 2), 0.5),
        ("^", (2, 10), 1024),
        ("^", (2, -1), 0.5),
        ("^", (True, 0), 1),
        ("^", (1, 10**18), 1),
        ("==", (1, True), True),
        ("==", (1, "1"), False),
        ("==", (2**53 + 1, 2.0**53), False),
        ("<", (2.0**53, 2**53 + 1), True),
        ("<", ("a", "b"), True),
        (">=", (True, 1), True),
        ("min", (1, True), 1),
        ("min", (True, 1), True),
        ("max", (1.0, 1), 1.0),
        ("max", ("a", "b"), "b"),
        ("and", ("", 1), False),
        ("or", ("", 1), True),
        ("not", ("",), True),
        ("neg", (True,), -1),
        ("abs", (-2.5,), 2.5),
        ("round", (2.5,), 2),
        ("round", (3.5,), 4),
        ("round", (-0.4,), 0),
        ("indicator", ("a",), 1),
        ("if", (0, "a", 1.5), 1.5),
        ("str", (1.0,), "1.0"),
        ("str", (True,), "True"),
        ("int", ("12",), 12),
        ("int", (-2.7,), -2),
        ("float", ("1e3",), 1000.0),
        ("bool", (0.0,), False),
    ],
)
def test_meanings(name, arguments, expected):
    result = OPERATORS[name].apply(*arguments)
    assert (type(expected), expected) == (type(result), result)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("/", (1, 0), "division by zero: 1 / 0"),
        ("%", (1, 0.0), "division by zero: 1 % 0.0"),
        ("^", (0, -1), "division by zero: 0 ^ -1"),
        ("^", (2, 63), "2 ^ 63 overflows: 9223372036854775808 is outside int64"),
        ("^", (2, 10**18), "2 ^ 1000000000000000000 overflows"),
        ("^", (1e200, 2), "1e+200 ^ 2 overflows"),
        ("^", (-8, 0.5), "-8 ^ 0.5 is not a real number"),
        ("+", (2**63 - 1, 1), "overflows"),
        ("-", (-(2**63), 1), "overflows"),
        ("*", (1e308, 10), "is inf"),
        ("+", ("a", 1), "'+' needs two numbers or two strings"),
        ("-", ("a", "b"), "'-' needs numbers, got the string 'a'"),
        ("<", (1, "a"), "'<' cannot order 1 and 'a'"),
        ("min", ("a", 1), "'min' cannot order 'a' and 1"),
        ("neg", ("a",), "'-' needs numbers, got the string 'a'"),
        ("abs", (-(2**63),), "abs(-9223372036854775808) overflows"),
        ("round", (1e300,), "overflows"),
        ("int", ("x",), "int('x') has no answer"),
        ("int", (1e300,), "overflows"),
        ("int", ("9" * 30,), "overflows"),
        ("float", ("inf",), "float('inf') is inf"),
        ("float", ("nan",), "float('nan') is nan"),
    ],
)
def test_errors(name, arguments, message):
    with pytest.raises(OperatorError) as caught:
        OPERATORS[name].apply(*arguments)
    assert message in str(caught.value)


def test_arities():
    for name, operator in OPERATORS.items():
        assert name == operator.name and operator.arity in (1, 2, 3)
