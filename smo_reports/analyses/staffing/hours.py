"""Where the hours go: utilisation, shrinkage and occupancy as measured, and what teams' paid time is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smo_reports.analyses.staffing.corrections import overfull_days
from smo_reports.analyses.staffing.person_days import DECISIONS, PersonDays, person_days
from smo_reports.analyses.staffing.team_cells import guarded, with_everybody
from smo_reports.kpis import estimate
from smo_reports.kpis.hours import team_ratio
from smo_reports.kpis.tally import Groups
from smo_reports.project import Project
from smo_reports.schema import PROCESS
from smo_reports.sources import Rows

WORKING_TIME = ("utilisation", "shrinkage", "occupancy")
"""The KPIs of working time, as they are shown."""

AWAY = "away"
"""Breaks, wellness time and leave: only ever together."""

PARTS = ("production", "audit", "training", "meeting", "calibration", "idle", "other", AWAY)
"""What paid time is made of, in the order in which it is shown."""

_AWAY = ("wellness", "break", "leave")


@dataclass(frozen=True)
class WorkingTime:
    """What a period's paid time went into, for teams of five people or more.

    Attributes
    ----------
    kpis : DataFrame
        Estimates of the process, of ``WORKING_TIME`` by ``team`` and ``week``.
    teams : DataFrame
        The same by ``team`` alone.
    parts : DataFrame
        Estimates of the process by ``team, week`` and ``part`` (``PARTS``): the share of the paid time; ``hours`` are
        those booked. Groups of fewer than five people have neither.
    team_parts : DataFrame
        The same by ``team`` and ``part``.
    missing : dict of str to str
        As of :class:`~smo_reports.analyses.staffing.person_days.PersonDays`.
    overfull : int
        Days on which one person has more than 24 hours in all, wellness time and leave apart: they count as booked,
        since nobody can tell which of them are wrong.
    """

    kpis: pd.DataFrame
    teams: pd.DataFrame
    parts: pd.DataFrame
    team_parts: pd.DataFrame
    missing: Mapping[str, str]
    overfull: int = 0


def working_time(project: Project, rows: Rows, days: PersonDays | None = None) -> WorkingTime:
    """Measure how a period's paid time was used, by team and week.

    Parameters
    ----------
    project : Project
    rows : Rows
    days : PersonDays, optional
        Where they were tallied already.

    Returns
    -------
    WorkingTime
        Intervals treat people as clusters: they tell what other weeks of teams like these may be like, not how well
        this one was counted, which was counted in full. Where there are no booked hours the estimates say what they
        need; people whose team is not known are one group, ``NO_TEAM``, and all people another, ``EVERYBODY``.

    Notes
    -----
    Nothing is split by person or by what somebody was away for, and nothing is said of fewer than five people.
    """
    tally = person_days(project, rows) if days is None else days
    frames: dict[str, pd.DataFrame] = {}
    booked = with_everybody(tally.booked)
    if "booked" not in tally.missing:
        frames["work_hours"] = booked
    if "tool" not in tally.missing:
        decided = with_everybody(tally.tool[tally.tool["kind"] == DECISIONS])
        seconds = decided["seconds"].to_numpy(float)
        frames["decisions"] = decided.assign(labeler_id=decided["person_id"], handling_s=seconds)
    each, whole = ("team", "week"), ("team",)
    kpis = guarded(_estimated(frames, each, rows), ("kpi", "week"))
    teams = guarded(_estimated(frames, whole, rows), ("kpi",))
    parts = guarded(_made_of(booked, each), ("part", "week"))
    team_parts = guarded(_made_of(booked, whole), ("part",))
    return WorkingTime(kpis, teams, parts, team_parts, tally.missing, len(overfull_days(tally)))


def _estimated(frames: dict[str, pd.DataFrame], by: tuple[str, ...], rows: Rows) -> pd.DataFrame:
    parts = [estimate(kpi, frames, by) for kpi in WORKING_TIME]
    table = pd.concat(parts, ignore_index=True)
    if "week" not in by:
        table = table.assign(period_start=rows.start, period_end=rows.end)
    # What cannot be measured is one row, which says why.
    return table[(table["interval"] == PROCESS) | (table["n"] == 0)].reset_index(drop=True)


def _made_of(booked: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """The share of paid time that each part has, with the hours."""
    part = booked["activity"].where(~booked["activity"].isin(_AWAY), AWAY)
    wide = booked.assign(part=part).pivot_table(
        index=[*by, "person_id"], columns="part", values="hours", aggfunc="sum", fill_value=0.0
    )
    wide = wide.reindex(columns=list(PARTS), fill_value=0.0).reset_index()
    paid = wide[list(PARTS)].sum(axis=1)
    groups = Groups.of(wide, by)
    found = []
    for name in PARTS:
        table = team_ratio(groups, wide["person_id"], paid, wide[name], "all booked hours", 1.0)
        table = table[table["interval"] == PROCESS].assign(part=name, hours=groups.total(wide[name]))
        found.append(table)
    made = pd.concat(found, ignore_index=True)
    made["hours"] = made["hours"].where(made["value"].notna(), np.nan)
    place = made["part"].map(PARTS.index)
    ordered = made.assign(_place=place).sort_values([*by, "_place"], kind="stable").drop(columns="_place")
    return ordered.assign(kpi="share_of_paid_time", unit="share").reset_index(drop=True)
