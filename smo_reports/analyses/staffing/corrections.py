"""Days on which booked hours and tool time cannot both be right, for the lead to have corrected: no reason is given."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from smo_reports.analyses.staffing.person_days import PersonDays, needs
from smo_reports.analyses.staffing.reconciliation import beside
from smo_reports.kpis.tally import collect
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.sources import Rows

NO_HOURS, NO_TOOL, OVER_A_DAY, OVERLAP = "tool time, no hours", "hours, no tool time", "over 24 hours", "overlapping"
"""What does not fit about a person's day."""

LEFT_OUT = ("wellness", "leave")
"""Activities that no list looks at."""

DAY_HOURS = 24.0
"""More than that nobody works in a day."""

_LEAST = 0.25
"""Hours below which a day is not worth a correction."""

_KEYS = ["person_id", "work_date", "team"]
_COLUMNS = [*_KEYS, "kind", "booked", "tool"]


def corrections(project: Project, rows: Rows, days: PersonDays) -> pd.DataFrame:
    """List the days of people whose hours need to be looked at; for their lead only.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's ``work_hours``, for entries that overlap.
    days : PersonDays

    Returns
    -------
    DataFrame
        ``person_id`` (a pseudonym unless the project says otherwise), ``work_date, team, kind, booked, tool``: hours
        booked and counted that day. ``NO_HOURS`` and ``NO_TOOL`` compare what the tool counts time of, a quarter of an
        hour at least, on days on which it counted anybody's; ``OVER_A_DAY`` and ``OVERLAP`` are of all hours but
        wellness and leave. In order of person and day.
    """
    table, _ = beside(days)
    counted = set(days.tool["work_date"])
    found = []
    if "booked" not in days.missing:
        found.append(table[(table["tool"] >= _LEAST) & (table["booked"] == 0)].assign(kind=NO_HOURS))
        without = (table["booked"] >= _LEAST) & (table["tool"] == 0) & table["work_date"].isin(counted)
        found.append(table[without].assign(kind=NO_TOOL))
        found.append(_over_a_day(days, table))
        found.append(_overlapping(rows, days, table))
    made = pd.concat([one.reindex(columns=_COLUMNS) for one in found if len(one)] or [pd.DataFrame(columns=_COLUMNS)])
    shown = shown_people(made, project)
    return shown.sort_values(["person_id", "work_date", "kind"], kind="stable").reset_index(drop=True)


def _over_a_day(days: PersonDays, table: pd.DataFrame) -> pd.DataFrame:
    return _with_tool(overfull_days(days), table).assign(kind=OVER_A_DAY)


def overfull_days(days: PersonDays) -> pd.DataFrame:
    """The days on which one person has more hours booked than a day has: ``person_id, work_date, team, booked``."""
    kept = days.booked[~days.booked["activity"].isin(LEFT_OUT)]
    whole = kept.groupby(_KEYS)["hours"].sum().rename("booked").reset_index()
    # Sums of hours that are thirds do not end exactly at a day.
    return whole[whole["booked"] > DAY_HOURS + 1e-6]


def _overlapping(rows: Rows, days: PersonDays, table: pd.DataFrame) -> pd.DataFrame:
    """Days with an entry that begins a minute or more before the end of the one that began just before it.

    Of entries in order of their beginning, if any two overlap, some two that follow each other do.
    """
    if needs(rows, "work_hours", ("person_id", "work_date", "activity", "started_at", "ended_at")):
        return pd.DataFrame(columns=_COLUMNS)
    frame = nw.from_native(rows["work_hours"]).lazy()
    timed = frame.filter(
        ~nw.col("activity").is_in(LEFT_OUT) & ~nw.col("started_at").is_null() & ~nw.col("ended_at").is_null()
    )
    timed = timed.select("person_id", "work_date", "started_at", "ended_at")
    earlier = nw.col("ended_at").shift(1).over("person_id", order_by=["started_at", "ended_at"])
    pairs = collect(timed.with_columns(_before=earlier).filter(nw.col("started_at") < nw.col("_before")))
    begins, ended = (pd.to_datetime(pairs[name], utc=True) for name in ("started_at", "_before"))
    pairs = pairs[(ended - begins).dt.total_seconds() >= 60]
    pairs = pairs.assign(work_date=pd.to_datetime(pairs["work_date"]).dt.date)[["person_id", "work_date"]]
    kept = days.booked[~days.booked["activity"].isin(LEFT_OUT)]
    whole = kept.groupby(_KEYS)["hours"].sum().rename("booked").reset_index()
    found = pairs.astype({"person_id": str}).drop_duplicates().merge(whole, on=["person_id", "work_date"])
    return _with_tool(found, table).assign(kind=OVERLAP)


def _with_tool(found: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    return found.merge(table[[*_KEYS, "tool"]], on=_KEYS, how="left").fillna({"tool": 0.0})
