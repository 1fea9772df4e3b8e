"""What it means that the interpreter agrees with the reference: values, types, errors, one by one and as a batch."""

from __future__ import annotations

import pytest

from program.reference import answer, evaluate, is_sop, same
from readhead.errors import EvaluationError


def reference(program, content):
    try:
        return evaluate(program, content)
    except EvaluationError as error:
        return error


def check_trace(program, expected, trace, batch):
    seen, variables = expected
    assert list(seen) == list(trace.tokens[batch])
    n = len(seen)
    for name, node in program.variables.items():
        if is_sop(node):
            got = [trace.variables[name].value(batch, i) for i in range(n)]
            assert len(got) == len(variables[name])
            for i in range(n):
                assert same(variables[name][i], got[i]), (name, i, variables[name], got)
        else:
            assert variables[name] == trace.selectors[name][batch, :n, :n].tolist(), name
            assert not trace.selectors[name][batch, n:].any()
            assert not trace.selectors[name][batch, :, n:].any()


def check(program, contents):
    """Compare everything; returns how many of the inputs have an answer."""
    expected = [reference(program, c) for c in contents]
    good = [c for c, e in zip(contents, expected, strict=True) if not isinstance(e, EvaluationError)]
    for content, e in zip(contents, expected, strict=True):
        if isinstance(e, EvaluationError):
            with pytest.raises(EvaluationError) as caught:
                program.trace(content)
            assert caught.value.where is not None
        else:
            check_trace(program, e, program.trace(content), 0)
            assert repr(answer(program, content)) == repr(program.run(content))
    if good:
        together = program.trace_batch(good)
        for i, e in enumerate(e for e in expected if not isinstance(e, EvaluationError)):
            check_trace(program, e, together, i)
        assert repr([program.run(c) for c in good]) == repr(program.run_batch(good))
    if len(good) < len(contents):
        check_first_error(program, contents, expected)
    return len(good)


def check_first_error(program, contents, expected):
    first = next(i for i, e in enumerate(expected) if isinstance(e, EvaluationError))
    with pytest.raises(EvaluationError) as alone:
        program.trace(contents[first])
    with pytest.raises(EvaluationError) as together:
        program.trace_batch(contents)
    where = f"sequence {first}, {alone.value.where}" if len(contents) > 1 else alone.value.where
    assert (where, alone.value.what) == (together.value.where, together.value.what)
