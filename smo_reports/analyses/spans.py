"""The days that a root cause analysis compares, and the last day of which anything was audited."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pandas as pd

from smo_reports.errors import KpiError
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.sources import Rows

Span = tuple[dt.date, dt.date]


def compared_spans(
    everything: Rows, end: dt.date | None = None, weeks: int = 4, weeks_before: int = 8
) -> tuple[Span, Span]:
    """The days to compare: so many weeks up to an end, and so many before those, ends exclusive.

    Parameters
    ----------
    everything : Rows
        The project without a period.
    end : date, optional
        Default: the end of the last week of decisions that is whole.
    weeks, weeks_before : int, at least 1
        One week seldom holds enough audits to tell a cause from chance.

    Raises
    ------
    KpiError
        When either is less than 1, or no decision has a date.
    """
    for name, value in (("weeks", weeks), ("weeks_before", weeks_before)):
        if value < 1:
            raise KpiError(f"{name} is {value}; compare at least one week")
    if end is None:
        newest = last_decided(everything)
        if newest is None:
            raise KpiError("no decision has a date: there are no periods to compare")
        past = newest + dt.timedelta(days=1)
        end = past - dt.timedelta(days=past.weekday())
    middle = end - dt.timedelta(weeks=weeks)
    return (middle - dt.timedelta(weeks=weeks_before), middle), (middle, end)


def last_audited(everything: Rows) -> dt.date | None:
    """The newest working day of which a random audit is there; None where there is none with a date.

    Parameters
    ----------
    everything : Rows
        The project without a period.
    """
    if "audits" not in everything:
        return None
    return _newest(random_audits(everything.with_columns("audits", ["work_date"])))


def last_decided(everything: Rows) -> dt.date | None:
    """The newest working day of which a decision is there; None where there is none with a date."""
    return _newest(everything["decisions"]) if "decisions" in everything else None


def _newest(frame: Frame) -> dt.date | None:
    if "work_date" not in columns(frame):
        return None
    newest = collect(frame.select(nw.col("work_date").max()))["work_date"].iloc[0]
    return None if pd.isna(newest) else pd.Timestamp(newest).date()
