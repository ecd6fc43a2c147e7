"""Periods whose true share is exactly the target, audited day by day: how often a status is wrong about them.

A period has 25 labelers of unequal skill and volume, each working five of its seven days, and decisions of three
strata, of which the riskier have more errors. Where audits are stratified, each stratum gets as many of them though the
strata hold 60, 30 and 10 % of the decisions, so that weights differ six times; where they are clustered, a day's audits
are of four labelers alone. The decisions are drawn anew in every world, with the target as what is expected of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from smo_reports.analyses.status import audits_needed, status
from smo_reports.schema import MET, MISSED, UNDECIDED
from smo_reports.stats.sampling import ShareTallies, cluster_interval, design_interval
from smo_reports.stats.sequence import daily_worth, evidence_against

DAYS, LABELERS, FEWEST = 7, 25, 30
STRATA = np.array([0.6, 0.3, 0.1])
HARDER = np.log([1.0, 2.0, 4.0])
SKILL = 0.6
A_DAY = 4
_AT_ONCE = 400_000


Seed = int | list[int]


@dataclass(frozen=True)
class Plan:
    """How a period is audited: ``audits`` in all, as part of its decisions, and how they are drawn."""

    audits: int
    part: float
    stratified: bool
    clustered: bool

    @property
    def name(self) -> str:
        """In words."""
        return ("stratified, weighted" if self.stratified else "simple") + (", few labelers a day" * self.clustered)


@dataclass(frozen=True)
class Crew:
    """Labelers: each one's volume, the days on which they work, and how much oftener than others they are wrong."""

    volume: np.ndarray
    works: np.ndarray
    worse: np.ndarray

    def rates(self, share: float) -> np.ndarray:
        """Shares right by labeler and stratum, that give ``share`` over the period's decisions."""
        share = min(share, 1 - 1e-9)
        mix = (self.volume / self.volume.sum())[:, None] * STRATA[None, :]
        worse = self.worse[:, None] + HARDER[None, :]
        at = optimize.brentq(lambda m: float((mix / (1 + np.exp(-(worse + m)))).sum()) - (1 - share), -40, 40)
        return 1 - 1 / (1 + np.exp(-(worse + at)))


def crew(rng: np.random.Generator) -> Crew:
    """Draw labelers."""
    works = rng.permuted(np.tile(np.arange(DAYS) < 5, (LABELERS, 1)), axis=1)
    return Crew(rng.lognormal(0, 0.5, LABELERS), works, rng.normal(0, SKILL, LABELERS))


@dataclass(frozen=True)
class Audits:
    """Audits in the order in which they are made; arrays of shape (audits,)."""

    stratum: np.ndarray
    labeler: np.ndarray
    right: np.ndarray
    day: np.ndarray

    def and_then(self, more: Audits) -> Audits:
        """These audits, followed by others."""
        pairs = zip(vars(self).values(), vars(more).values(), strict=True)
        return Audits(*(np.concatenate(pair) for pair in pairs))


def drawn(rng: np.random.Generator, people: Crew, plan: Plan, share: float, audits: int) -> Audits:
    """Audit a period whose decisions are right with the chance ``share``."""
    right = people.rates(share)
    day = np.sort(np.arange(audits) % DAYS)
    stratum = rng.choice(3, audits, p=np.full(3, 1 / 3) if plan.stratified else STRATA)
    labeler = np.empty(audits, int)
    for one in range(DAYS):
        odds = people.volume * people.works[:, one]
        if plan.clustered:
            odds = odds * np.isin(np.arange(LABELERS), rng.choice(np.flatnonzero(odds), A_DAY, replace=False))
        labeler[day == one] = rng.choice(LABELERS, int((day == one).sum()), p=odds / odds.sum())
    return Audits(stratum, labeler, rng.random(audits) < right[labeler, stratum], day)


def looks_at(plan: Plan, daily: bool) -> np.ndarray:
    """How many audits there are at each look: at each day's end, or after every audit."""
    day = np.sort(np.arange(plan.audits) % DAYS)
    ends = np.flatnonzero(np.r_[day[1:] != day[:-1], True]) + 1 if daily else np.arange(1, plan.audits + 1)
    return ends[ends >= FEWEST]


def tallied(plan: Plan, periods: list[Audits], looks: np.ndarray) -> ShareTallies:
    """The package's tallies, each look at each period a group."""
    cells, shape = 3 * LABELERS, (len(periods), len(looks), 3 * LABELERS)
    n, hits = np.zeros(shape), np.zeros(shape)
    for at, audits in enumerate(periods):
        seen = np.searchsorted(looks, np.arange(len(audits.day)), side="right")
        place = seen * cells + audits.labeler * 3 + audits.stratum
        for total, part in ((n, None), (hits, audits.right)):
            total[at] = np.bincount(place, part, len(looks) * cells).reshape(len(looks), cells).cumsum(axis=0)
    stratum = np.tile(np.arange(3), LABELERS)
    weight = np.ones_like(n)
    if plan.stratified:
        # A stratum's weight is its decisions so far for each of its audits.
        drawn_so_far = np.stack([n[..., stratum == at].sum(axis=-1) for at in range(3)], axis=-1)
        decided = looks[:, None] / plan.part * STRATA
        weight = np.maximum(decided / np.maximum(drawn_so_far, 1), 1.0)[..., stratum]
    group, cell = np.divmod(np.arange(n.size), cells)
    kept = n.ravel() > 0
    parts = [part.ravel()[kept] for part in (n, n * weight, n * weight**2, hits * weight, hits * weight**2)]
    where = stratum[cell[kept]] if plan.stratified else np.zeros(int(kept.sum()), int)
    return ShareTallies(group[kept], where, cell[kept] // 3, *parts, shape[0] * shape[1], plan.stratified)


def wrong(plan: Plan, target: float, worlds: int, daily: bool, seed: Seed) -> tuple[float, float, float]:
    """Parts of the periods that are called met or missed while they run, by the package and by an ordinary interval,
    and that are called so while they run or, by the ordinary interval, when they are over.
    """
    rng = np.random.default_rng(seed)
    looks = looks_at(plan, daily)
    together = max(1, _AT_ONCE // (len(looks) * 3 * LABELERS))
    found = []
    for first in range(0, worlds, together):
        periods = [
            drawn(rng, crew(rng), plan, target, plan.audits) for _ in range(first, min(first + together, worlds))
        ]
        tallies = tallied(plan, periods, looks)
        design, process = design_interval(tallies), cluster_interval(tallies)
        share, n = tallies.share, np.tile(looks.astype(float), len(periods))
        worth = daily_worth(share, n, (design.low, design.high), (process.low, process.high))
        outside = ((design.low > target) | (design.high < target)).reshape(len(periods), -1)
        # What grades is never narrower than the ordinary interval.
        sequence = (evidence_against(target, share, worth) > math.log(20)).reshape(outside.shape) & outside
        told = sequence.any(axis=1)
        found.append(np.stack([told, outside.any(axis=1), told | outside[:, -1]], axis=1))
    parts = np.concatenate(found).mean(axis=0)
    return float(parts[0]), float(parts[1]), float(parts[2])


def settled(plan: Plan, share: float, target: float, worlds: int, seed: Seed) -> tuple[float, float]:
    """The audits that are said to settle an undecided share, their median, and how often so many do where the
    estimate is true; periods that are decided, or out of reach, are passed over.
    """
    rng = np.random.default_rng(seed)
    asked: list[float] = []
    held = 0
    for _ in range(worlds):
        people = crew(rng)
        first = drawn(rng, people, plan, share, plan.audits)
        row = estimated(plan, first, target)
        more = audits_needed(row) if status(row) == UNDECIDED else math.nan
        if not math.isfinite(more):
            continue
        asked.append(more)
        both = first.and_then(drawn(rng, people, plan, row["value"], int(more)))
        held += status(estimated(plan, both, target)) in (MET, MISSED)
    return float(np.median(asked)), held / len(asked)


def estimated(plan: Plan, audits: Audits, target: float) -> dict[str, Any]:
    """The package's estimate of an audited period, with its target."""
    n = len(audits.day)
    tallies = tallied(plan, [audits], np.array([n]))
    design, process = design_interval(tallies), cluster_interval(tallies)
    row = {"kpi": "accuracy", "unit": "share", "value": float(tallies.share[0]), "n": n, "note": "", "bound": "min"}
    ends = {"low": design.low, "high": design.high, "process_low": process.low, "process_high": process.high}
    return row | {name: float(end[0]) for name, end in ends.items()} | {"target": target}
