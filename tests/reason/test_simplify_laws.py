"""Simplifying keeps the meaning: each rule alone, and all together, on random programs and every input of theirs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, seed, settings

from readhead.reason.rules.work import cost
from readhead.reason.simplify import RULES, simplify
from reason.meaning import everything, outcomes, small_programs

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def check(program, rules, budget):
    found = simplify(program, rules=rules, budget=budget)
    contents = everything(program)
    assert outcomes(program, contents) == outcomes(found.program, contents), found.log
    if found.log:
        assert cost(found.program) < cost(program)
    else:
        assert program == found.program


def laws(rules, budget, examples):
    """Check the law on so many programs."""

    @seed(5)
    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, database=None)
    @given(small_programs())
    def law(program):
        check(program, rules, budget)

    law()


@pytest.mark.parametrize("budget", [0, 10_000])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_keeps_the_meaning(rule, budget):
    laws([rule], budget, 40)


@pytest.mark.parametrize("budget", [0, 10_000])
def test_all_rules_keep_the_meaning(budget):
    laws(None, budget, 40)


@pytest.mark.slow
@pytest.mark.parametrize("budget", [0, 10_000])
@pytest.mark.parametrize("rule", [*RULES, None])
def test_a_rule_keeps_the_meaning_of_many(rule, budget):
    laws(None if rule is None else [rule], budget, 2_000)


@seed(6)
@settings(max_examples=25, deadline=None, suppress_health_check=QUIET, database=None)
@given(small_programs())
def test_simplifying_twice_is_simplifying_once(program):
    once = simplify(program)
    assert once.program == simplify(once.program).program
