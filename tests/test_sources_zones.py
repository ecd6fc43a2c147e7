"""Days of a zone, with the clocks changed within the period and without, against the standard library."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from smo_reports.sources.zones import instant, local_day

DAY = dt.timedelta(1)


@pytest.mark.parametrize(
    ("key", "start", "end", "arithmetic"),
    [
        ("Asia/Jakarta", None, None, True),
        ("Asia/Jakarta", dt.date(2026, 5, 18), dt.date(2026, 11, 16), True),
        ("Asia/Kathmandu", dt.date(2026, 11, 9), dt.date(2026, 11, 16), True),
        ("America/New_York", dt.date(2026, 11, 9), dt.date(2026, 11, 16), True),
        ("America/New_York", dt.date(2026, 10, 26), dt.date(2026, 11, 2), False),
        ("America/New_York", dt.date(2026, 11, 2), dt.date(2026, 11, 9), False),
        ("America/New_York", None, dt.date(2026, 11, 9), False),
        ("Africa/Casablanca", dt.date(2026, 2, 9), dt.date(2026, 3, 2), False),
    ],
)
def test_the_day_is_the_clocks(key: str, start: dt.date | None, end: dt.date | None, arithmetic: bool) -> None:
    zone = zoneinfo.ZoneInfo(key)
    first = dt.datetime.combine(start or dt.date(2019, 1, 1), dt.time(), zone)
    last = dt.datetime.combine(end or dt.date(2029, 1, 1), dt.time(), zone)
    rng = np.random.default_rng(2)
    moments = [first + (last - first) * float(part) for part in rng.random(500)]
    # Both ends of every day of the first three weeks: there a wrong distance shows.
    for at in range(min(21, (last - first).days)):
        begins = dt.datetime.combine(first.date() + at * DAY, dt.time(), zone).astimezone(dt.UTC)
        moments += [begins, begins + DAY / 2, max(begins - dt.timedelta(microseconds=1), first)]
    rows = pa.table({"at": pa.array(moments, pa.timestamp("us", tz="UTC"))})
    day = local_day("t.at", zone, start, end)
    assert ("AT TIME ZONE" in day) is not arithmetic
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("t", rows)
        found = connection.execute(f"SELECT {day} FROM t").fetchnumpy()
    shown = next(iter(found.values())).astype("datetime64[D]").tolist()
    assert shown == [at.astimezone(zone).date() for at in moments]


def test_a_day_begins_at_midnight_there() -> None:
    assert (
        instant(dt.date(2026, 11, 1), zoneinfo.ZoneInfo("America/New_York")) == "TIMESTAMPTZ '2026-11-01 04:00:00+00'"
    )
    assert (
        instant(dt.date(2026, 11, 2), zoneinfo.ZoneInfo("America/New_York")) == "TIMESTAMPTZ '2026-11-02 05:00:00+00'"
    )
    assert instant(None, zoneinfo.ZoneInfo("UTC")) == "TIMESTAMPTZ 'infinity'"
