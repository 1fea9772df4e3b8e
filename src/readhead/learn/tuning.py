"""Hyper-parameters as a population: groups of restarts with schedules of their own, and successive halving.

The first group keeps the preset's schedule; what the others draw depends on the seed and on their number only. At each
rung, a fraction of the epochs, the better half of the groups by validation accuracy trains on, and the others stay as
they are: their best programs still count. Groups learn nothing of each other in between, so the same groups go on and
the same program comes out, whatever trains them.

"Non-stochastic Best Arm Identification and Hyperparameter Optimization" (Jamieson and Talwalkar, AISTATS 2016), with
epochs as the resource; the rungs are those of the synchronous algorithm in "A System for Massively Parallel
Hyperparameter Tuning" (Li et al., MLSys 2020).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from readhead.errors import UsageError
from readhead.learn.population import GROUP, Group, Setting
from readhead.learn.presets import Schedule

RESTARTS = 16
"""How many restarts there are where none are asked for: eight groups."""
RUNGS = (0.25, 0.5)
"""The fractions of the epochs after which the better half goes on: before, everything is too hot to be told apart."""
FACTORS: dict[str, tuple[float, float]] = {
    "hot": (1 / 3, 3.0),
    "cold": (1 / 3, 10.0),
    "learning_rate": (1 / 4, 4.0),
}
"""What a group's schedule is of the preset's: a factor between these, its logarithm uniform."""
CHOICES: dict[str, tuple[float, ...]] = {"batch": (0.5, 1, 2), "epochs": (0.5, 1)}
"""The same, one of these factors, each as likely."""
FINAL_RATES = (1.0, 0.3, 0.1)
"""What the learning rate falls to, as a fraction of the first."""


def tuned(setting: Setting) -> Setting:
    """The setting with a schedule for each group of its restarts.

    Raises:
        UsageError: where one group is all there is.
    """
    groups = -(-setting.schedule.restarts // GROUP)
    if groups < 2:
        raise UsageError(
            f"there is nothing to tune with {setting.schedule.restarts} restarts",
            why=f"{GROUP} restarts at a time have the same settings, the first {GROUP} those of the preset",
            instead=f"at least {GROUP + 1} restarts",
        )
    others = (drawn(setting.schedule, setting.seed, group) for group in range(1, groups))
    return replace(setting, tuned=(setting.schedule, *others))


def drawn(schedule: Schedule, seed: int, group: int) -> Schedule:
    """A group's schedule, drawn around the preset's.

    >>> from readhead.learn.presets import SCHEDULES
    >>> drawn(SCHEDULES["default"], 0, 1) == drawn(SCHEDULES["default"], 0, 1)
    True
    """
    rng = np.random.default_rng([seed, 6, group])
    changed: dict[str, Any] = {}
    for name, (low, high) in FACTORS.items():
        factor = math.exp(rng.uniform(math.log(low), math.log(high)))
        changed[name] = float(f"{getattr(schedule, name) * factor:.3g}")
    for name, factors in CHOICES.items():
        changed[name] = max(1, round(getattr(schedule, name) * factors[rng.integers(len(factors))]))
    changed["final_rate"] = FINAL_RATES[rng.integers(len(FINAL_RATES))]
    return replace(schedule, **changed)


@dataclass(frozen=True, slots=True)
class Rung:
    """A comparison of the groups that still trained.

    Attributes:
        epoch: after how many epochs it was.
        kept: the numbers of the groups that train on, the best first.
        dropped: those of the others.
    """

    epoch: int
    kept: tuple[int, ...]
    dropped: tuple[int, ...]


def rung_epochs(epochs: int) -> list[int]:
    """After which epochs groups are compared.

    >>> rung_epochs(40), rung_epochs(3), rung_epochs(1)
    ([10, 20], [1, 2], [])
    """
    return sorted({e for share in RUNGS if (e := max(1, round(epochs * share))) < epochs})


def halved(groups: list[Group], rungs: list[Rung], epoch: int) -> Rung:
    """The comparison after an epoch: the better half, rounded up, trains on; of equals, those with lower numbers."""
    out = retired(rungs)
    standing = [k for k, group in enumerate(groups) if k not in out and group.ids]
    best = {k: max(float(b) for b in groups[k].best) for k in standing}
    ranked = sorted(standing, key=lambda k: (-best[k], k))
    half = -(-len(ranked) // 2)
    return Rung(epoch, tuple(ranked[:half]), tuple(ranked[half:]))


def retired(rungs: list[Rung]) -> set[int]:
    """The groups that no longer train."""
    return {k for rung in rungs for k in rung.dropped}


def tuning_report(setting: Setting, rungs: list[Rung], winner: int) -> dict[str, Any]:
    """What ``report.json`` says: every group's settings, the rungs, and the settings of the restart that won."""
    settings = [{name: getattr(s, name) for name in SETTINGS} for s in setting.tuned]
    return {
        "groups": [
            {"restarts": restarts_of(k, setting.schedule.restarts), **found}
            for k, found in enumerate(settings)
        ],
        "rungs": [asdict(rung) for rung in rungs],
        "winner": settings[winner // GROUP],
    }


SETTINGS = (*FACTORS, *CHOICES, "final_rate")
"""What differs between groups."""


def restarts_of(group: int, restarts: int) -> list[int]:
    """The numbers of a group's restarts.

    >>> restarts_of(1, 3)
    [2]
    """
    return list(range(group * GROUP, min(restarts, (group + 1) * GROUP)))


def read_rungs(saved: Any) -> list[Rung]:
    """The rungs of a checkpoint.

    Raises:
        ValueError, KeyError or TypeError: where they are not what training saves.
    """
    rungs = [Rung(r["epoch"], tuple(r["kept"]), tuple(r["dropped"])) for r in saved]
    for rung in rungs:
        if any(type(number) is not int or number < 0 for number in (rung.epoch, *rung.kept, *rung.dropped)):
            raise ValueError(f"it has the rung {rung!r}")
    return rungs
