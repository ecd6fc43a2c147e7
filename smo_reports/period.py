"""Periods of a report: a week, a month, a day, any range of days, or everything.

>>> parse_period("2026-W46")
Period(start=datetime.date(2026, 11, 9), end=datetime.date(2026, 11, 16), label='2026-W46')
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smo_reports.errors import PeriodError
from smo_reports.project import PeriodKind, Project, ReportPlan

_FORMS = "write a week (2026-W46), a month (2026-11), a day (2026-11-02), a range (2026-11-02/2026-11-09) or all"


NO_DAYS = dt.date(1990, 1, 1)
"""Beginning and end of a period without a day; a date that every time zone can turn into an instant."""


@dataclass(frozen=True)
class Period:
    """Days from ``start`` up to and without ``end``; both None for everything, undated rows included."""

    start: dt.date | None
    end: dt.date | None
    label: str

    @property
    def before(self) -> tuple[dt.date | None, dt.date | None]:
        """The days just before, as many as the period has; no days at all where the period is open.

        >>> parse_period("2026-W46").before
        (datetime.date(2026, 11, 2), datetime.date(2026, 11, 9))
        """
        if self.start is None or self.end is None:
            return NO_DAYS, NO_DAYS
        if self.label == f"{self.start:%Y-%m}":
            return (self.start - dt.timedelta(1)).replace(day=1), self.start
        return self.start - (self.end - self.start), self.start

    def with_day(self, day: dt.date) -> Period:
        """The period of this one's kind in which a day lies: a month or a day, otherwise a week.

        >>> parse_period("2026-11").with_day(dt.date(2026, 10, 3)).label
        '2026-10'
        >>> parse_period("2026-11-02/2026-11-30").with_day(dt.date(2026, 10, 3)).label
        '2026-W40'
        """
        if self.start is not None and self.label == f"{self.start:%Y-%m}":
            return parse_period(f"{day:%Y-%m}")
        if self.start is not None and self.label == str(self.start):
            return parse_period(str(day))
        year, week, _ = day.isocalendar()
        return parse_period(f"{year}-W{week:02d}")


def parse_period(text: str) -> Period:
    """Read a period as people write it; a range's second day is not in it.

    Raises
    ------
    PeriodError
        When the text is none of the known forms, names a day that does not exist, or ends before it starts.
    """
    if text == "all":
        return Period(None, None, "all")
    try:
        if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            start = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return Period(start, start + dt.timedelta(7), text)
        if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
            start = dt.date(int(match[1]), int(match[2]), 1)
            return Period(start, _next_month(start), text)
        if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", text):
            start, end = dt.date.fromisoformat(match[1]), dt.date.fromisoformat(match[2])
            if end <= start:
                raise PeriodError(f"period {text!r} ends before it starts; its second day is not in it")
            return Period(start, end, f"{start}_{end}")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            start = dt.date.fromisoformat(text)
            return Period(start, start + dt.timedelta(1), text)
    except ValueError:
        raise PeriodError(f"period {text!r} names a date that does not exist; {_FORMS}") from None
    raise PeriodError(f"cannot read period {text!r}; {_FORMS}")


def last_complete(kind: Literal["day", "week", "month"], today: dt.date) -> Period:
    """The newest day, week (from Monday) or month that was over before ``today`` began.

    >>> last_complete("week", dt.date(2026, 11, 16)).label
    '2026-W46'
    """
    if kind == "day":
        return parse_period(str(today - dt.timedelta(1)))
    if kind == "week":
        year, week, _ = (today - dt.timedelta(7)).isocalendar()
        return parse_period(f"{year}-W{week:02d}")
    return parse_period(f"{today.replace(day=1) - dt.timedelta(1):%Y-%m}")


def usual_period(kind: PeriodKind, today: dt.date) -> Period:
    """What a report's period is on some day when nobody names one: that day itself, or the last one that is over.

    >>> usual_period("today", dt.date(2026, 11, 16)).label
    '2026-11-16'
    """
    return parse_period(str(today)) if kind == "today" else last_complete(kind, today)


def planned_kind(plans: Mapping[str, ReportPlan], report: str, usual: PeriodKind = "week") -> PeriodKind:
    """What a plan says of a report's period; ``usual`` where it says nothing."""
    plan = plans.get(report)
    return plan.period if plan and "period" in plan.model_fields_set else usual


def default_period(project: Project, report: str, asked: str = "", now: dt.datetime | None = None) -> Period:
    """The period that was asked for, or the last one that is over in the project's time zone.

    Parameters
    ----------
    project : Project
    report : str
        Its plan in the project's YAML says whether it goes by day, week (default) or month.
    asked : str
        As people write it; empty for the default.
    now : datetime, optional
        With a time zone; default the current time.
    """
    if asked:
        return parse_period(asked)
    return usual_period(
        planned_kind(project.reports, report), (now or dt.datetime.now(dt.UTC)).astimezone(project.zone).date()
    )


def none_yet(period: Period, newest: dt.date | None, what: str = "audits") -> str:
    """What to say of a period that no rows have reached, and which one to look at instead; empty where they have.

    Parameters
    ----------
    period : Period
    newest : date or None
        The last day of which there are rows.
    what : str
        What they are called.

    Examples
    --------
    >>> none_yet(parse_period("2026-W46"), dt.date(2026, 11, 6))
    'no audits in 2026-W46 yet; the last with audits is 2026-W45: use --period 2026-W45'
    >>> none_yet(parse_period("2026-W46"), dt.date(2026, 11, 9))
    ''
    """
    if newest is None or period.start is None or newest >= period.start:
        return ""
    last = period.with_day(newest).label
    return f"no {what} in {period.label} yet; the last with {what} is {last}: use --period {last}"


def from_dates(start: str, end: str) -> Period:
    """The period between two ISO dates as a notebook's parameters give them; empty text leaves a side open.

    >>> from_dates("2026-11-09", "2026-11-16").label
    '2026-W46'
    """
    try:
        first = dt.date.fromisoformat(start) if start else None
        last = dt.date.fromisoformat(end) if end else None
    except ValueError:
        raise PeriodError(f"start {start!r} or end {end!r} is no date; write 2026-11-09") from None
    if first is None or last is None:
        return Period(first, last, "all" if first is last else f"{first or ''}_{last or ''}")
    return Period(first, last, _label(first, last))


def _label(start: dt.date, end: dt.date) -> str:
    if start.weekday() == 0 and end - start == dt.timedelta(7):
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    if start.day == 1 and end == _next_month(start):
        return f"{start:%Y-%m}"
    if end - start == dt.timedelta(1):
        return str(start)
    return parse_period(f"{start}/{end}").label


def _next_month(first: dt.date) -> dt.date:
    return (first + dt.timedelta(31)).replace(day=1)
