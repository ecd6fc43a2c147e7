"""How much more people will be away in the weeks to come than they usually are, as far as their leave is entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.leaving import Leaving
from smo_reports.kpis.tally import collect

Floats = npt.NDArray[np.float64]

_WEEKS_BACK = 52
_FEWEST_WEEKS = 8
"""Weeks of entered leave that say what is usual."""
_WORKED = 0.02
"""A day of the week with less of the week's work than that is a day off."""


def leave_beyond_usual(
    rows: Mapping[str, Any],
    people: Leaving | None,
    end: dt.date,
    weeks: int,
    days_a_week: int,
    spread: npt.NDArray[np.float64] | None = None,
) -> Floats:
    """Share of their usual time at work that people will miss by leave, week by week.

    Parameters
    ----------
    rows : Rows or mapping of frames
    people : Leaving or None
        Who is there.
    end : date
        The first day of the weeks to come.
    weeks : int
    days_a_week : int
        That one person works: who is away on as many is away for the whole week.
    spread : ndarray, shape (7, 24), optional
        When in a week work is done, Monday first: leave on days on which nobody works costs nothing. Default: any day.

    Returns
    -------
    ndarray, shape (weeks,)
        0 where no more is entered than is usual: not all leave is entered long before. Usual is what the same people
        were away in the year before, as far back as leave was entered; where that is less than eight weeks, nothing
        is taken as usual.
    """
    if people is None or "leave" not in rows:
        return np.zeros(weeks)
    frame = nw.from_native(getattr(rows, "whole", rows.__getitem__)("leave")).lazy()
    days = _days(collect(frame.select("person_id", "starts_on", "ends_on")), people, end, weeks)
    if spread is not None:
        days = days[(spread.sum(axis=1) > _WORKED)[(end.weekday() + days["day"].to_numpy(np.intp)) % 7]]
    fte = pd.Series(people.fte, index=list(people.names))
    away = days.groupby([days["person_id"], days["day"] // 7]).size().clip(upper=days_a_week) / days_a_week
    lost = away * fte.reindex(away.index.get_level_values(0)).to_numpy(float)
    by_week = lost.groupby(level=1).sum().reindex(range(-_WEEKS_BACK, weeks), fill_value=0.0)
    ahead = by_week.loc[0:].to_numpy(float) / max(float(people.fte.sum()), 1e-12)
    usual = _usual(by_week.loc[:-1], people)
    return np.asarray(np.clip((ahead - usual) / (1 - usual), 0.0, 1.0), float)


def _days(leave: pd.DataFrame, people: Leaving, end: dt.date, weeks: int) -> pd.DataFrame:
    """Every day on which somebody is away, once, counted from the plan's first: ``person_id, day``."""
    own = leave[leave["person_id"].astype(str).isin(people.names)]
    begun = (pd.to_datetime(own["starts_on"]) - pd.Timestamp(end)).dt.days.to_numpy(float)
    # Who has no last day of leave yet is away until further notice.
    ended = (pd.to_datetime(own["ends_on"]) - pd.Timestamp(end)).dt.days.fillna(np.inf).to_numpy(float)
    first, last = np.maximum(begun, -7.0 * _WEEKS_BACK), np.minimum(ended, 7.0 * weeks - 1)
    many = np.maximum(last - first + 1, 0).astype(np.intp)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    day = np.repeat(first, many).astype(np.intp) + within
    person = np.repeat(own["person_id"].astype(str).to_numpy(object), many)
    return pd.DataFrame({"person_id": person, "day": day}).drop_duplicates()


def _usual(before: pd.Series, people: Leaving) -> float:
    """Share of their time that the people were away, since leave was entered first; 0 where that is not long ago."""
    known = before.index[before.to_numpy(float) > 0]
    since = -int(known.min()) if len(known) else 0
    if since < _FEWEST_WEEKS:
        return 0.0
    there = float(np.minimum(people.tenure, since) @ people.fte)
    return min(float(before.loc[-since:].sum()) / there, 0.5) if there > 0 else 0.0
