"""Hours that people booked against those that their part of full time says: what a plan takes for available."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.staffing.person_days import PersonDays, needs
from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows
from smo_reports.stats.sampling import cluster_mean_interval

_LEVEL = 0.95


@dataclass(frozen=True)
class Contract:
    """Booked hours over those of the people's parts of full time.

    Attributes
    ----------
    ratio, low, high : float
        nan where it is not measured; people as clusters.
    booked, agreed : float
        Hours.
    people : int
    note : str
        ``not measured: …`` or empty.
    """

    ratio: float
    low: float
    high: float
    booked: float
    agreed: float
    people: int
    note: str = ""

    @property
    def apart(self) -> bool:
        """Whether booked hours are more than a tenth away from the agreed ones, for sure."""
        return bool(self.high < 1 - _TOLERATED or self.low > 1 + _TOLERATED)


_TOLERATED = 0.1
"""Holidays, overtime and months of other lengths explain as much."""


def booked_against_contract(project: Project, rows: Rows, days: PersonDays) -> Contract:
    """Hold labelers' booked hours, leave included, against ``people.fte`` times the project's ``hours_a_week``.

    Parameters
    ----------
    project : Project
    rows : Rows
        Of the same period as ``days``; it has a beginning and an end.
    days : PersonDays

    Returns
    -------
    Contract
        Of labelers who were there throughout the period, all of them together: a plan counts people by their ``fte``,
        and is wrong by as much as that is.
    """
    nothing = float("nan")
    lacks = needs(rows, "people", ("person_id", "role", "started_on", "fte")) or days.missing.get("booked", "")
    if not lacks and (rows.start is None or rows.end is None):
        lacks = "a period with a beginning and an end"
    if lacks or rows.start is None or rows.end is None:
        return Contract(nothing, nothing, nothing, nothing, nothing, 0, f"not measured: needs {lacks}")
    fte = _throughout(rows, rows.start, rows.end)
    booked = days.booked.groupby("person_id")["hours"].sum()
    agreed = fte * project.staffing.hours_a_week * ((rows.end - rows.start).days / 7)
    own = booked.reindex(fte.index).fillna(0.0)
    people = len(fte)
    if people < FEWEST_LABELERS:
        why = f"too few: {people} people; working time is shown for {FEWEST_LABELERS} or more"
        return Contract(nothing, nothing, nothing, nothing, nothing, people, why)
    whole, part = agreed.to_numpy(float), own.to_numpy(float)
    low, high = cluster_mean_interval(np.zeros(people, np.intp), whole, part, 1, _LEVEL)
    total = float(whole.sum())
    ratio = float(part.sum()) / total if total > 0 else nothing
    return Contract(ratio, float(low[0]), float(high[0]), float(part.sum()), total, people)


def _throughout(rows: Rows, start: dt.date, end: dt.date) -> pd.Series:
    """The part of full time of each labeler who was there from the first to the last day."""
    frame = nw.from_native(rows["people"]).lazy()
    over = ["ended_on"] if "ended_on" in columns(frame) else []
    table = collect(frame.filter(nw.col("role") == "labeler").select("person_id", "started_on", "fte", *over))
    there = pd.to_datetime(table["started_on"]) <= pd.Timestamp(start)
    if over:
        ended = pd.to_datetime(table["ended_on"])
        there &= ended.isna() | (ended >= pd.Timestamp(end))
    known = table[there.to_numpy(bool)].dropna(subset=["fte"])
    found: pd.Series = known.astype({"person_id": str}).groupby("person_id")["fte"].sum()
    return found
