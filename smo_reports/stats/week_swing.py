"""How much a group's weeks swing against another's, beyond what the labelers who made them explain.

References
----------
DerSimonian & Laird (1986), Controlled Clinical Trials 7:177-188 (the moment estimate, cut at nothing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes
from smo_reports.stats.sums import sums


@dataclass(frozen=True)
class Swing:
    """What the weeks of a group share.

    Attributes
    ----------
    variance : float
        0 where weeks differ no more than chance makes them differ, and where fewer than four weeks can be compared.
    freedom : int
        Weeks beyond the means that they are held against.
    """

    variance: float
    freedom: int


def week_swing(
    residual: Floats, weight: Floats, treated: np.ndarray, phase: Codes, cluster: Codes, week: Codes
) -> Swing:
    """The variance of the weekly difference of two groups within phases, less what sampling gives it.

    Parameters
    ----------
    residual, weight : ndarray, shape (n,)
        Of each row of a tally: its distance from the level that is expected of it, and its weight.
    treated : ndarray of bool, shape (n,)
    phase, cluster, week : ndarray of int, shape (n,), from 0
        A week is of one phase: weeks are compared with those of their own.
    """
    weeks = int(week.max(initial=-1)) + 1
    value, sampled = np.zeros(weeks), np.zeros(weeks)
    there = np.ones(weeks, bool)
    for group, sign in ((True, 1), (False, -1)):
        own = treated == group
        whole = sums(week[own], weight[own], weeks)
        there &= whole > 0
        mean = np.divide(sums(week[own], weight[own] * residual[own], weeks), whole, where=whole > 0, out=0 * whole)
        value += sign * mean
        sampled += _sampled(residual[own] - mean[week[own]], weight[own], cluster[own], week[own], whole)
    of_phase = np.zeros(weeks, np.intp)
    of_phase[week] = phase
    there &= sampled > 0
    return _beyond(value[there], sampled[there], of_phase[there])


def _sampled(residual: Floats, weight: Floats, cluster: Codes, week: Codes, whole: Floats) -> Floats:
    """The variance of each week's mean, labelers as clusters; a week of one labeler has the usual one's."""
    pairs, code = np.unique(week * (int(cluster.max(initial=0)) + 1) + cluster, return_inverse=True)
    of_week = pairs // (int(cluster.max(initial=0)) + 1)
    code = code.ravel().astype(np.intp)
    parts, held = sums(code, weight * residual), sums(code, weight)
    many = np.bincount(of_week, minlength=len(whole))
    raw = sums(of_week, parts**2, len(whole)) * np.where(many > 1, many / np.maximum(many - 1, 1), 1.0)
    square = sums(of_week, held**2, len(whole))
    # Few labelers can be alike by chance in one week: what a unit of weight varies by is taken from all weeks.
    usual = raw[many > 1].sum() / max(square[many > 1].sum(), 1e-300)
    own = np.maximum(raw, usual * square)
    found: Floats = np.divide(own, whole**2, where=whole > 0, out=np.zeros(len(whole)))
    return found


def _beyond(value: Floats, sampled: Floats, phase: Codes) -> Swing:
    phases = np.unique(phase)
    freedom = len(value) - len(phases)
    if freedom < 3:
        return Swing(0.0, max(freedom, 1))
    heavy = 1 / sampled
    excess = room = 0.0
    for one in phases:
        own = phase == one
        centre = (heavy[own] * value[own]).sum() / heavy[own].sum()
        excess += float((heavy[own] * (value[own] - centre) ** 2).sum())
        room += float(heavy[own].sum() - (heavy[own] ** 2).sum() / heavy[own].sum())
    return Swing(max(0.0, (excess - freedom) / room) if room > 0 else 0.0, freedom)
