"""Days of a time zone in SQL that DuckDB and PostgreSQL both run, as cheaply as the zone allows.

Asking the engine for the local time of every row is what reading a table by its times costs most: of thirty million
times five seconds of CPU in DuckDB, where adding a fixed distance takes one and comparing two instants none to speak
of.
"""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo

_EARLIEST, _LATEST = dt.date(1990, 1, 1), dt.date(2040, 1, 1)
"""Between these a zone must have kept its distance from UTC where a period is open."""


def instant(day: dt.date | None, zone: zoneinfo.ZoneInfo) -> str:
    """The moment at which a day begins in a zone, as a literal; without a day, the end of time.

    >>> instant(dt.date(2026, 11, 16), zoneinfo.ZoneInfo("Asia/Jakarta"))
    "TIMESTAMPTZ '2026-11-15 17:00:00+00'"
    """
    if day is None:
        return "TIMESTAMPTZ 'infinity'"
    begins = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    return f"TIMESTAMPTZ '{begins:%Y-%m-%d %H:%M:%S}+00'"


def local_day(moment: str, zone: zoneinfo.ZoneInfo, start: dt.date | None, end: dt.date | None) -> str:
    """The day in a zone of a column of times that lie within a period.

    >>> local_day("t.at", zoneinfo.ZoneInfo("America/New_York"), dt.date(2026, 10, 26), dt.date(2026, 11, 9))
    "CAST(t.at AT TIME ZONE 'America/New_York' AS DATE)"
    """
    distance = _distance(zone.key, start or _EARLIEST, end or _LATEST)
    if distance is None:
        return f"CAST({moment} AT TIME ZONE '{zone.key}' AS DATE)"
    return f"(DATE '1970-01-01' + CAST(FLOOR((EXTRACT(EPOCH FROM {moment}) + {distance}) / 86400) AS INTEGER))"


@functools.lru_cache
def _distance(zone: str, start: dt.date, end: dt.date) -> int | None:
    """Seconds that a zone is ahead of UTC all through a period; none where its clocks are changed in it."""
    clock = zoneinfo.ZoneInfo(zone)
    days = ((end - start).days + 3) * 2
    first = dt.datetime.combine(start - dt.timedelta(1), dt.time(), dt.UTC)
    kept = {(first + dt.timedelta(hours=12 * at)).astimezone(clock).utcoffset() for at in range(days)}
    seconds = {one.total_seconds() for one in kept if one is not None}
    return int(seconds.pop()) if len(seconds) == 1 else None
