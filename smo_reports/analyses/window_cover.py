"""How much of a window the data cover: a verdict on half of its days is one on half of its days."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import narwhals as nw
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.sources import Rows

_SELDOM = 0.01
"""A day of the week with a smaller share of the decisions is no working day."""

_LATE_DAYS = 1
"""A last day without an audit may be chance: few are audited."""


class WindowCover:
    """The days of which a project has decisions and random audits, read when they are first asked for."""

    def __init__(self, everything: Rows) -> None:
        self._everything = everything

    def lacking(self, start: dt.date, end: dt.date) -> tuple[int, int]:
        """Of how many working days of a window there are no audits, and how many working days it has.

        Parameters
        ----------
        start, end : date
            The end exclusive.

        Returns
        -------
        lacking, asked : int
            A working day is one of a day of the week on which this project usually works. Lacking are those without
            decisions, and those after the last audit if there are more than one; a day with decisions between two
            audited ones is not: few are audited, and none may be by chance.
        """
        days = [start + dt.timedelta(one) for one in range((end - start).days)]
        asked = [day for day in days if day.isoweekday() in self._worked]
        last = max((day for day in self._audited if day < end), default=dt.date.min)
        after = [day for day in asked if day > last]
        missing = {day for day in asked if day not in self._decided} | set(after if len(after) > _LATE_DAYS else [])
        return len(missing), len(asked)

    @cached_property
    def _decisions(self) -> pd.Series:
        return _by_day(self._everything["decisions"])

    @cached_property
    def _decided(self) -> frozenset[dt.date]:
        return frozenset(self._decisions.index)

    @cached_property
    def _audited(self) -> frozenset[dt.date]:
        return frozenset(_by_day(random_audits(self._everything.with_columns("audits", ["work_date"]))).index)

    @cached_property
    def _worked(self) -> frozenset[int]:
        weekdays = self._decisions.groupby([day.isoweekday() for day in self._decisions.index]).sum()
        return frozenset(weekdays.index[weekdays >= _SELDOM * weekdays.sum()])


def _by_day(frame: Frame) -> pd.Series:
    """How many rows each day has."""
    if "work_date" not in columns(frame):
        return pd.Series([], pd.Index([], dtype=object), dtype=int)
    table = collect(frame.group_by("work_date").agg(n=nw.len())).dropna(subset=["work_date"])
    return pd.Series(table["n"].to_numpy(), [pd.Timestamp(day).date() for day in table["work_date"]])
