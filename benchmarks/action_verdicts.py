"""Whether verdicts on actions can be trusted: planted effects are found, and luck is not taken for an effect.

Each draw is the audits of one project's weeks, made row by row: labelers differ, drift from week to week, leave and
come; policies and markets differ; the action's segment is one policy, and its weeks swing by themselves. Then an action
is registered as ``smo actions open`` does, its window comes, and the verdict is taken.

* planted: it moves its segment by three standard errors of what was measured without any effect;
* lucky: the worst of the segment's many weeks triggers it, and it does nothing;
* none: any week triggers it, and it does nothing.

Run: python benchmarks/action_verdicts.py --draws 500
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from smo_reports.analyses.action_evidence import HISTORY_WEEKS
from smo_reports.analyses.verdicts import EFFECTIVE, NOT_EFFECTIVE, verdict_of
from smo_reports.stats.difference_in_differences import difference_in_differences
from smo_reports.stats.window_tally import Tally

KINDS = ("planted", "lucky", "none")
BASELINE, WAITING, WINDOW = 4, 3, 4
FIRST_TRIGGER, LAST_TRIGGER = HISTORY_WEEKS + BASELINE, HISTORY_WEEKS + BASELINE + 14
WEEKS = LAST_TRIGGER + WAITING + WINDOW
POLICIES, MARKETS = 5, 4


@dataclass(frozen=True)
class Team:
    """How a project's audits come about; ``swing`` is what the segment's weeks share, ``drift`` a labeler's weeks."""

    labelers: int = 40
    audits_a_week: int = 400
    skill: float = 0.03
    drift: float = 0.015
    swing: float = 0.004
    turnover: float = 0.2


TEAMS = {
    "usual": Team(),
    "few labelers": Team(labelers=14),
    "drifting labelers": Team(drift=0.05),
    "swinging segment": Team(swing=0.02),
    "many audits": Team(audits_a_week=2500, labelers=120),
}


@dataclass(frozen=True)
class Audits:
    """One project's audits, row by row."""

    week: np.ndarray
    labeler: np.ndarray
    policy: np.ndarray
    market: np.ndarray
    chance: np.ndarray

    def judged(self, rng: np.random.Generator, effect: float, after: int) -> np.ndarray:
        """Which decisions are right, if from a week on the segment's are by ``effect`` more often."""
        lifted = self.chance + effect * ((self.policy == 0) & (self.week >= after))
        return np.asarray(rng.random(len(lifted)) < np.clip(lifted, 0, 1))


def audits(rng: np.random.Generator, team: Team) -> Audits:
    n = WEEKS * team.audits_a_week
    week = np.repeat(np.arange(WEEKS), team.audits_a_week)
    # Every fifth labeler starts late or leaves early.
    start = np.where(rng.random(team.labelers) < team.turnover / 2, rng.integers(1, WEEKS, team.labelers), 0)
    end = np.where(rng.random(team.labelers) < team.turnover / 2, rng.integers(1, WEEKS, team.labelers), WEEKS)
    there = (start[None, :] <= np.arange(WEEKS)[:, None]) & (np.arange(WEEKS)[:, None] < end[None, :])
    there[:, :5] = True
    busy = there * rng.gamma(3.0, 1.0, team.labelers)
    labeler = np.concatenate([rng.choice(team.labelers, team.audits_a_week, p=row / row.sum()) for row in busy])
    mix = rng.dirichlet(np.full(POLICIES, 20.0), WEEKS)
    policy = np.concatenate([rng.choice(POLICIES, team.audits_a_week, p=row) for row in mix])
    market = rng.integers(0, MARKETS, n)
    chance = 0.93 + rng.normal(0, team.skill, team.labelers)[labeler]
    chance += rng.normal(0, team.drift, (team.labelers, WEEKS))[labeler, week]
    chance += rng.normal(0, 0.02, POLICIES)[policy] + rng.normal(0, 0.01, MARKETS)[market]
    # The segment that needs an action has room to rise: at 7 points below all, an effect is not cut off at 1.
    chance += (
        np.where(policy == 0, -0.07, 0.0)
        + rng.normal(0, 0.01, WEEKS)[week]
        + rng.normal(0, team.swing, (POLICIES, WEEKS))[policy, week]
    )
    return Audits(week, labeler, policy, market, np.clip(chance, 0, 1))


def tallied(made: Audits, right: np.ndarray, trigger: int) -> Tally:
    """The tally that an action opened after ``trigger`` is judged by; the segment is the first policy."""
    first, after = trigger - BASELINE - HISTORY_WEEKS, trigger + WAITING
    window = np.where(made.week >= after, 1, np.where(made.week >= trigger - BASELINE, 0, -1))
    kept = (made.week >= first) & ((made.week < trigger) | (made.week >= after)) & (made.week < after + WINDOW)
    cell = made.policy * MARKETS + made.market
    keys = np.stack([made.labeler, cell, made.market, made.week, window], axis=1)[kept]
    rows, code = np.unique(keys, axis=0, return_inverse=True)
    n = np.bincount(code.ravel()).astype(float)
    hits = np.bincount(code.ravel(), right[kept]).astype(float)
    return Tally(n, n, n, hits, rows[:, 1] < MARKETS, rows[:, 4], rows[:, 1], rows[:, 2], rows[:, 0], rows[:, 3])


def worst_week(made: Audits, right: np.ndarray) -> int:
    """The week in which the segment did worst, of those that may trigger an action."""
    own = made.policy == 0
    share = np.bincount(made.week[own], right[own], WEEKS) / np.maximum(np.bincount(made.week[own], minlength=WEEKS), 1)
    return FIRST_TRIGGER + int(np.argmin(share[FIRST_TRIGGER : LAST_TRIGGER + 1]))


def standard_error(team: Team, seed: int, draws: int = 200) -> float:
    """How much the measured effect varies over worlds in which there is none."""
    found = []
    for draw in range(draws):
        rng = np.random.default_rng((seed, 99, draw))
        made = audits(rng, team)
        tally = tallied(made, made.judged(rng, 0.0, WEEKS), FIRST_TRIGGER + 5)
        found.append(difference_in_differences(tally).value)
    return float(np.std(found))


def verdict(kind: str, team: Team, effect: float, seed: int, draw: int) -> str:
    """One action's verdict."""
    rng = np.random.default_rng((seed, KINDS.index(kind), draw))
    made = audits(rng, team)
    trigger = FIRST_TRIGGER + 5
    if kind == "lucky":
        right = made.judged(rng, 0.0, WEEKS)
        trigger = worst_week(made, right)
    else:
        right = made.judged(rng, effect if kind == "planted" else 0.0, trigger + WAITING)
    return verdict_of(difference_in_differences(tallied(made, right, trigger)), effect).verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--team", choices=list(TEAMS), help="Default: all.")
    asked = parser.parse_args()
    print(f"{'team':20}{'error':>7}{'kind':>10}{'effective':>11}{'not':>7}{'undecided':>11}{'ms':>6}")
    for name, team in TEAMS.items():
        if asked.team not in (None, name):
            continue
        error = standard_error(team, asked.seed)
        for kind in KINDS:
            began = time.process_time()
            said = Counter(verdict(kind, team, 3 * error, asked.seed, draw) for draw in range(asked.draws))
            took = 1000 * (time.process_time() - began) / asked.draws
            shares = [said[one] / asked.draws for one in (EFFECTIVE, NOT_EFFECTIVE, "undecided")]
            print(
                f"{name:20}{100 * error:6.2f}p{kind:>10}{shares[0]:11.1%}{shares[1]:7.1%}{shares[2]:11.1%}{took:6.0f}"
            )


if __name__ == "__main__":
    main()
