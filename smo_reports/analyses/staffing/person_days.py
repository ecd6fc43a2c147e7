"""What each person booked and what the tool counted, by day and team: the tally that working time is compared on.

Counted in the engine; a person's day is small beside the decisions made in it. Nothing here is for a page: it is what
teams' figures and the lead's list of corrections are made of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows

NO_TEAM = ""
"""The team of people whom the table ``people`` gives none."""

DECISIONS, AUDITS = "decisions", "audits"
"""What tool time was counted of."""

_BOOKED = ("person_id", "work_date", "activity", "hours")
_TOOL = ("person_id", "work_date", "tool_version", "seconds", "kind")


@dataclass(frozen=True)
class PersonDays:
    """Booked hours and tool time of a period.

    Attributes
    ----------
    booked : DataFrame
        ``person_id, work_date, activity, hours, week, team``.
    tool : DataFrame
        ``person_id, work_date, tool_version, seconds, kind, week, team``: handling time by person, day and version of
        the tool (empty where the rows tell none); ``kind`` is ``DECISIONS`` or ``AUDITS``.
    missing : dict of str to str
        What ``"booked"``, ``"tool"``, ``"audits"`` and ``"team"`` would need, where they are not to be had.
    """

    booked: pd.DataFrame
    tool: pd.DataFrame
    missing: Mapping[str, str]

    def measured(self, kind: str) -> bool:
        """Whether the tool counted any time of a kind of work."""
        return bool((self.tool["kind"] == kind).any())


def person_days(project: Project, rows: Rows, history: Rows | None = None) -> PersonDays:
    """Tally booked hours and tool time by person and day.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's tables.
    history : Rows, optional
        Some weeks more, up to the period's end: audits made in the period may be of older decisions, by whose date
        they are read. An audit counts on the day of ``audited_at`` in the project's time zone. Default: ``rows``.

    Returns
    -------
    PersonDays
        Decisions that were skipped count, for they took time. A person's team is that of the spell in ``people`` that
        began last; on days before the first and after the end of the last there is none.
    """
    missing: dict[str, str] = {}
    booked = _booked(rows, missing)
    tool = pd.concat([_decided(rows, missing), _audited(project, rows, history or rows, missing)], ignore_index=True)
    spells = _spells(rows, missing)
    return PersonDays(_placed(booked, spells), _placed(tool, spells), missing)


def needs(rows: Mapping[str, Any], table: str, wanted: tuple[str, ...]) -> str:
    """The first thing that a tally lacks, in words; empty where nothing is missing."""
    if table not in rows:
        return f"the table {table}"
    have = columns(_lazy(rows[table]))
    return next((f"{table}.{name}" for name in wanted if name not in have), "")


def _lazy(rows: Any) -> Frame:
    frame = nw.from_native(rows)
    return frame.lazy() if isinstance(frame, nw.DataFrame) else frame


def _booked(rows: Rows, missing: dict[str, str]) -> pd.DataFrame:
    if lacks := needs(rows, "work_hours", _BOOKED):
        missing["booked"] = lacks
        return _empty(_BOOKED)
    keys = ["person_id", "work_date", "activity"]
    return collect(_lazy(rows["work_hours"]).group_by(keys).agg(hours=nw.col("hours").sum()))


def _decided(rows: Rows, missing: dict[str, str]) -> pd.DataFrame:
    if lacks := needs(rows, "decisions", ("labeler_id", "work_date", "handling_s")):
        missing["tool"] = lacks
        return _empty(_TOOL)
    timed = _lazy(rows["decisions"]).filter(~nw.col("handling_s").is_null() & ~nw.col("work_date").is_null())
    version = ["tool_version"] if "tool_version" in columns(timed) else []
    keys = ["labeler_id", "work_date", *version]
    table = collect(timed.group_by(keys).agg(seconds=nw.col("handling_s").sum()))
    table["tool_version"] = table["tool_version"].fillna("") if version else ""
    return table.rename(columns={"labeler_id": "person_id"}).assign(kind=DECISIONS)


def _audited(project: Project, rows: Rows, history: Rows, missing: dict[str, str]) -> pd.DataFrame:
    if lacks := needs(history, "audits", ("auditor_id", "audited_at", "audit_handling_s")):
        missing["audits"] = lacks.replace("audit_handling_s", "handling_s")
        return _empty(_TOOL)
    audits = _lazy(history["audits"]).filter(~nw.col("audit_handling_s").is_null())
    if rows.start is not None:
        first = dt.datetime.combine(rows.start, dt.time(), project.zone).astimezone(dt.UTC)
        audits = audits.filter(nw.col("audited_at") >= first)
    if rows.until is not None:
        audits = audits.filter(nw.col("audited_at") < rows.until)
    # Zones are a quarter of an hour apart: minutes are as fine as any day's beginning needs.
    minutes = audits.with_columns(_at=nw.col("audited_at").dt.truncate("1m"))
    table = collect(minutes.group_by("auditor_id", "_at").agg(seconds=nw.col("audit_handling_s").sum()))
    local = pd.to_datetime(table["_at"], utc=True).dt.tz_convert(project.time_zone)
    table["work_date"] = local.dt.date
    days: pd.DataFrame = table.groupby(["auditor_id", "work_date"])[["seconds"]].sum().reset_index()
    return days.rename(columns={"auditor_id": "person_id"}).assign(tool_version="", kind=AUDITS)


def _spells(rows: Rows, missing: dict[str, str]) -> pd.DataFrame:
    """Each person's teams with their first and last day, in order of the first."""
    if lacks := needs(rows, "people", ("person_id", "started_on", "team")):
        missing["team"] = lacks
        return _empty(("person_id", "started_on", "ended_on", "team"))
    frame = _lazy(rows["people"])
    names = ["person_id", "started_on", "team", *(["ended_on"] if "ended_on" in columns(frame) else [])]
    table = collect(frame.select(names)).reindex(columns=[*names, *({"ended_on"} - set(names))])
    for name in ("started_on", "ended_on"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[us]")
    return table.sort_values(["started_on", "person_id"], kind="stable")


def _placed(table: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """The tally with each day's week and team."""
    found = table.assign(work_date=pd.to_datetime(table["work_date"]).astype("datetime64[us]"))
    found = found.astype({"person_id": str}).sort_values("work_date", kind="stable")
    if len(spells) and len(found):
        found = pd.merge_asof(
            found, spells.astype({"person_id": str}), left_on="work_date", right_on="started_on", by="person_id"
        )
        over = (found["ended_on"] < found["work_date"]).to_numpy(bool)
        found["team"] = np.where(over | found["team"].isna().to_numpy(bool), NO_TEAM, found["team"].astype(object))
        found = found.drop(columns=["started_on", "ended_on"])
    else:
        found["team"] = NO_TEAM
    monday = found["work_date"] - pd.to_timedelta(found["work_date"].dt.day_of_week, unit="D")
    found["week"] = monday.dt.date
    found["work_date"] = found["work_date"].dt.date
    return found.sort_values(["work_date", "person_id"], kind="stable").reset_index(drop=True)


def _empty(names: tuple[str, ...]) -> pd.DataFrame:
    kinds = {"hours": float, "seconds": float}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, object)) for name in names})
