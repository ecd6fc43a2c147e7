"""How a timesheet writes days, times and durations: told from the whole file, or by an option, and never guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smo_reports.errors import ImportFileError
from smo_reports.project import ImportMap

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?")
_DURATION = re.compile(r"(\d+):(\d{2})(?::(\d{2}))?")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Clock:
    """How one file writes days and times.

    Attributes
    ----------
    day_first : bool
        Whether 03/02/2026 is the third of February.
    half_days : bool
        Whether times say AM or PM.
    time_format : str or None
        A ``strptime`` format that replaces both.
    """

    day_first: bool = True
    half_days: bool = False
    time_format: str | None = None

    def day(self, said: str) -> dt.date | None:
        """The day that a cell names; None where it names none."""
        if self.time_format is not None:
            moment = _strptime(said, self.time_format)
            return moment.date() if moment else None
        if found := _YEAR_FIRST.fullmatch(said):
            year, month, day = map(int, found.groups())
        elif found := _YEAR_LAST.fullmatch(said):
            first, second, year = map(int, found.groups())
            day, month = (first, second) if self.day_first else (second, first)
        else:
            return None
        try:
            return dt.date(year, month, day)
        except ValueError:
            return None

    def moment(self, day: str, time: str) -> dt.datetime | None:
        """The local moment of a day's and a time's cell, without its zone; None where they name none."""
        if self.time_format is not None:
            return _strptime(f"{day} {time}", self.time_format)
        date, found = self.day(day), _TIME.fullmatch(time)
        if date is None or found is None or (found[4] is not None) != self.half_days:
            return None
        hour = int(found[1])
        if self.half_days:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if found[4] in "Pp" else 0)
        try:
            return dt.datetime.combine(date, dt.time(hour, int(found[2]), int(found[3] or 0)))
        except ValueError:
            return None


def _strptime(said: str, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(said, form)
    except ValueError:
        return None


def clock_of(file: Path, cells: Iterable[tuple[str, ...]], options: ImportMap | None, example: str) -> Clock:
    """Tell from all of a file's days and times how they are written.

    Parameters
    ----------
    file : Path
        For messages.
    cells : iterable of tuple of str
        Of each row its days' cells and, last, the time of its beginning; only the days where there are no times.
    options : ImportMap or None
        Its ``time_format`` settles everything.
    example : str
        A format as ``time_format`` wants it, with ``{day}`` for the day's part.

    Raises
    ------
    ImportFileError
        When no row tells day and month apart, or rows contradict each other; it names the option.
    """
    if options is not None and options.time_format is not None:
        return Clock(time_format=options.time_format)
    day_first = month_first = unclear = ""
    half = False
    for row in cells:
        for said in row:
            half = half or bool((time := _TIME.fullmatch(said)) and time[4])
            found = _YEAR_LAST.fullmatch(said)
            if found is None or found[1] == found[2]:
                continue
            if int(found[1]) > 12:
                day_first = day_first or said
            elif int(found[2]) > 12:
                month_first = month_first or said
            else:
                unclear = unclear or said
    ways = [example.format(day=way) for way in ("%d/%m/%Y", "%m/%d/%Y")]
    if day_first and month_first:
        raise ImportFileError(
            f"{file}: {day_first!r} has the day first and {month_first!r} the month: the file mixes two ways of "
            f"writing dates; export it again, in one of them (time_format: {ways[0]!r} or {ways[1]!r})"
        )
    if unclear and not (day_first or month_first):
        raise ImportFileError(
            f"{file}: no date tells whether {unclear!r} has the day or the month first; say so in a map under imports "
            f"with time_format: {ways[0]!r} or time_format: {ways[1]!r}"
        )
    return Clock(not month_first, half)


def decimal_of(file: Path, cells: Iterable[str], options: ImportMap | None) -> str:
    """Tell from all of a file's numbers of hours whether they have a decimal point or comma.

    Raises
    ------
    ImportFileError
        When some have a point and others a comma; it names the option.
    """
    if options is not None and "decimal" in options.model_fields_set:
        return options.decimal
    found: dict[str, str] = {}
    for said in cells:
        if _NUMBER.fullmatch(said):
            for mark in ".,":
                if mark in said:
                    found.setdefault(mark, said)
    if len(found) > 1:
        raise ImportFileError(
            f"{file}: {found['.']!r} has a decimal point and {found[',']!r} a decimal comma; say which holds with "
            "decimal: '.' or decimal: ',' in a map under imports"
        )
    return next(iter(found), ".")


def hours_of(said: str, decimal: str = ".") -> float | None:
    """Hours of a duration: ``1:30``, ``01:30:00`` or ``1.5``; None where it is none.

    >>> hours_of("01:30:00"), hours_of("7,25", ","), hours_of("7,25"), hours_of("an hour")
    (1.5, 7.25, None, None)
    """
    if found := _DURATION.fullmatch(said):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else None
    if not _NUMBER.fullmatch(said) or ("," if decimal == "." else ".") in said:
        return None
    return float(said.replace(",", "."))


def by_day(began: dt.datetime, ended: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Split a span at the midnights of its zone.

    Parameters
    ----------
    began, ended : datetime
        In the same zone, in order.

    Examples
    --------
    >>> night = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC), dt.datetime(2026, 11, 10, 6, tzinfo=dt.UTC)
    >>> [(a.day, b.hour) for a, b in by_day(*night)]
    [(9, 0), (10, 6)]
    """
    while began.date() < ended.date():
        midnight = dt.datetime.combine(began.date() + dt.timedelta(1), dt.time(), began.tzinfo)
        yield began, midnight
        began = midnight
    if _utc(began) < _utc(ended):
        yield began, ended


def elapsed(began: dt.datetime, ended: dt.datetime) -> float:
    """Hours that really pass between two moments, also where the clocks are changed between them."""
    return (_utc(ended) - _utc(began)).total_seconds() / 3600


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)
