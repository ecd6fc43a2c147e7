"""A project's calendar: local days and hours to UTC and back, exact across daylight saving."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from smo_reports.world.operation import DAYS, HOLIDAYS, WEEKS, Ints, Reals

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_EPOCH = dt.date(1970, 1, 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


@dataclass(frozen=True)
class Calendar:
    """The 26 weeks before ``end`` in one time zone.

    Attributes
    ----------
    end : date
        A Monday, exclusive.
    changes, offsets : ndarray
        From ``changes[i]`` (UTC, microseconds) on, local time is ``offsets[i]`` microseconds ahead of UTC.
    """

    end: dt.date
    changes: Ints
    offsets: Ints

    @classmethod
    def of(cls, zone_name: str, end: dt.date) -> Calendar:
        """Read the zone's offsets, hour by hour on the days on which they change."""
        zone = zoneinfo.ZoneInfo(zone_name)
        first = dt.datetime.combine(end - dt.timedelta(days=DAYS + 14), dt.time(), dt.UTC)

        def offset(hours: int) -> int:
            moment = (first + dt.timedelta(hours=hours)).astimezone(zone)
            return int((moment.utcoffset() or dt.timedelta()).total_seconds()) * SECOND

        start = int(first.timestamp()) * SECOND
        changes, offsets = [start], [offset(0)]
        for hours in range(24, (DAYS + 28) * 24, 24):
            if offset(hours) != offsets[-1]:
                exact = next(hour for hour in range(hours - 23, hours + 1) if offset(hour) != offsets[-1])
                changes.append(start + exact * HOUR)
                offsets.append(offset(exact))
        return cls(end, np.array(changes), np.array(offsets))

    @property
    def first_day(self) -> int:
        """The first Monday, in days since 1970."""
        return day_number(self.end) - DAYS

    def date(self, day: int) -> dt.date:
        """Give the date of a day counted from the first Monday."""
        return _EPOCH + dt.timedelta(days=self.first_day + day)

    def _offset(self, utc: Ints) -> Ints:
        if len(self.offsets) == 1:
            return np.full(np.shape(utc), self.offsets[0])
        return self.offsets[np.maximum(np.searchsorted(self.changes, utc, side="right") - 1, 0)]

    def utc(self, day: Ints | int, local: Ints | Reals | float = 0.0) -> Ints:
        """Microseconds since 1970, UTC, of the moment ``local`` seconds into a day counted from the first."""
        wall = (self.first_day + np.asarray(day, np.int64)) * DAY + (np.asarray(local) * SECOND).astype(np.int64)
        return wall - self._offset(wall - self._offset(wall))

    def local(self, utc: Ints) -> tuple[Ints, Ints]:
        """Give the local date (days since 1970) and hour of moments in UTC."""
        wall = utc + self._offset(utc)
        day, rest = np.divmod(wall, DAY)
        return day, rest // HOUR

    @cached_property
    def end_utc(self) -> int:
        """The world's exclusive end, in UTC microseconds."""
        return int(self.utc(DAYS))


def holiday_factors(markets: tuple[str, ...], calendar: Calendar) -> Reals:
    """Volume factors, one row per market and one column per day: 0.55 on a holiday, else 1."""
    dates = [calendar.date(day) for day in range(WEEKS * 7)]
    return np.array([[0.55 if (d.month, d.day) in HOLIDAYS[market] else 1.0 for d in dates] for market in markets])
