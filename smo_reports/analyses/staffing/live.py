"""Hours that a live queue needs: somebody has to be there when an item comes in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smo_reports.analyses.staffing.queue_work import QueueWork
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Situation
from smo_reports.stats.queueing_need import agents_needed

Floats = npt.NDArray[np.float64]

_GRID = 96
_LEAST_ITEMS = 0.01
"""Items an hour below which agents are in proportion to arrivals."""


def live_hours(situation: Situation, work: QueueWork, scenario: Scenario) -> Floats:
    """Hours at work that each path needs in each week, so that every hour of it keeps the promise.

    Returns
    -------
    ndarray, shape (paths, weeks)
        Sums of fractions of agents over hours: a queue alone is not rounded up.

    Notes
    -----
    Agents are worked out on a grid of arrival rates and read between its points, which are a few per cent apart: the
    curve is smooth. An hour's rate is the path's day times the weekday's profile. Handling times that differ from path
    to path move the rate, not the curve.
    """
    seconds = work.handling.mean * (1 + scenario.handling)
    factor = work.seconds(situation.rng, scenario.handling) / seconds * (1 + scenario.volume)
    daily = work.daily * factor[:, None]
    weekday = (situation.end.weekday() + np.arange(daily.shape[1])) % 7
    shares = work.profile
    most = float(daily.max(initial=0.0) * shares.max())
    if most <= 0:
        return np.zeros((len(daily), situation.weeks))
    grid = np.geomspace(_LEAST_ITEMS, max(most, 2 * _LEAST_ITEMS), _GRID)
    agents = _agents(grid, seconds, work, situation, scenario)
    hours = np.zeros((len(daily), situation.weeks))
    for hour in range(24):
        each = np.interp(daily * shares[weekday, hour], np.r_[0.0, grid], np.r_[0.0, agents])
        hours += each.reshape(len(daily), situation.weeks, 7).sum(axis=2)
    return hours


def _agents(grid: Floats, seconds: float, work: QueueWork, situation: Situation, scenario: Scenario) -> Floats:
    promise = work.promise
    level = promise.service_level if scenario.service_level is None else scenario.service_level
    within = promise.within_s or 0.0
    found = agents_needed(
        grid, seconds, level, within, patience=promise.patience_s, occupancy=situation.staffing.occupancy
    )
    return found.exact
