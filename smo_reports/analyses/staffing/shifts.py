"""Shifts as they were planned against those that were worked: what was kept, what began late, what was overtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.staffing.person_days import _placed, _spells, needs
from smo_reports.analyses.staffing.shift_spans import HOUR, Axis, held, merged
from smo_reports.analyses.staffing.team_cells import guarded, with_everybody
from smo_reports.kpis.hours import team_ratio
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import Groups, collect, columns
from smo_reports.project import Project
from smo_reports.schema import PROCESS
from smo_reports.sources import Rows

KEPT, LATE, MISSED, SHORT = "kept", "late", "missed", "short"
BESIDE, OVERTIME = "beside", "overtime"
MEASURES = (KEPT, LATE, MISSED, SHORT, BESIDE, OVERTIME)
"""Of the planned hours: worked as planned, not begun in time, of shifts not worked at all, cut short or interrupted;
of the hours at work: outside of any plan, in overtime."""

MARKED, BEYOND = "marked", "beyond"
"""Where overtime is known from: shifts that say so, or hours beyond a full week."""

_WHOLE = {KEPT: "planned", LATE: "planned", MISSED: "planned", SHORT: "planned", BESIDE: "actual", OVERTIME: "said"}
_SHIFT = ("person_id", "shift_date", "starts_at", "ends_at", "kind")
_EACH = ["team", "week", "person_id"]
_SUMS = ["planned", KEPT, LATE, MISSED, SHORT, "actual", BESIDE, OVERTIME, "said"]


@dataclass(frozen=True)
class ShiftsKept:
    """Planned and actual shifts of a period, for teams of five people or more.

    Attributes
    ----------
    weeks : DataFrame
        Estimates of the process by ``team, week`` and ``measure`` (``MEASURES``): shares; ``hours`` of that measure,
        and ``of_hours`` that it is a share of: the planned ones, or those at work.
    teams : DataFrame
        The same by ``team`` and ``measure``.
    overtime_from : str
        ``MARKED``, ``BEYOND``, or empty where overtime is not measured.
    missing : dict of str to str
        What ``"planned"``, ``"actual"``, ``"overtime"`` and ``"team"`` would need, where they are not to be had.
    """

    weeks: pd.DataFrame
    teams: pd.DataFrame
    overtime_from: str
    missing: Mapping[str, str]

    @property
    def lacks(self) -> str:
        """What the comparison needs; empty where it could be made."""
        return self.missing.get("planned", "") or self.missing.get("actual", "")


def shifts_kept(project: Project, rows: Rows) -> ShiftsKept:
    """Compare the shifts of a period as planned with those that were worked, by team and week.

    Parameters
    ----------
    project : Project
        Its ``staffing`` says how many hours a week are a full one, and how much of a shift is a break.
    rows : Rows

    Returns
    -------
    ShiftsKept
        A shift counts in the week of its first day. What is not known of why somebody was not there stays unknown:
        leave, illness and shifts that were swapped are alike in it.

    Notes
    -----
    Spells of one person that overlap count once. Overtime is the actual shifts that are marked as such; where none
    says whether it is, the hours at work beyond ``labour.hours_a_week`` times a person's part of full time, where a
    break's part of each shift is not at work. Adherence as in Call Centre Helper's definition: time present within the
    schedule over scheduled time.
    """
    missing: dict[str, str] = {}
    table = _read(rows, missing)
    spells = _spells(rows, missing)
    cells, overtime_from = pd.DataFrame(columns=[*_EACH, *_SUMS]), ""
    if not missing.keys() & {"planned", "actual"}:
        cells, overtime_from = _cells(project, rows, table, spells, missing)
    each = _estimated(cells, ("team", "week"))
    return ShiftsKept(each, _estimated(cells, ("team",)), overtime_from, missing)


def _read(rows: Rows, missing: dict[str, str]) -> pd.DataFrame:
    """One row a shift, with its seconds: a person's day is small beside the decisions made in it."""
    names = [*_SHIFT, "begin", "end", "overtime"]
    if lacks := needs(rows, "shifts", _SHIFT):
        missing["planned"] = missing["actual"] = lacks
        return pd.DataFrame(columns=names)
    frame = lazy(rows["shifts"])
    marked = ["overtime"] if "overtime" in columns(frame) else []
    known = frame.filter(
        ~nw.col("starts_at").is_null() & ~nw.col("ends_at").is_null() & ~nw.col("shift_date").is_null()
    )
    table = collect(known.select(*_SHIFT, *marked).unique())
    for name, at in (("begin", "starts_at"), ("end", "ends_at")):
        since = pd.to_datetime(table[at], utc=True) - pd.Timestamp(0, tz="UTC")
        table[name] = since.dt.total_seconds()
    for kind in ("planned", "actual"):
        if not (table["kind"] == kind).any():
            missing[kind] = f"shifts of kind {kind} in this period"
    return table.reindex(columns=names)


def lazy(rows: Any) -> Frame:
    """A table's rows as narwhals' lazy ones."""
    frame = nw.from_native(rows)
    return frame.lazy() if isinstance(frame, nw.DataFrame) else frame


def _cells(
    project: Project, rows: Rows, table: pd.DataFrame, spells: pd.DataFrame, missing: dict[str, str]
) -> tuple[pd.DataFrame, str]:
    """Hours of each team, week and person, and where overtime is known from."""
    axis = Axis.of(table)
    dated = _placed(table.rename(columns={"shift_date": "work_date"}), spells)
    actual = merged(dated[dated["kind"] == "actual"], axis)
    plan = held(merged(dated[dated["kind"] == "planned"], axis), actual)
    # The same question the other way round: which of the hours at work lie in somebody's plan.
    worked = held(actual, plan)
    worked = worked.assign(actual=worked["planned"], beside=worked["planned"] - worked["kept"])
    over, source = _overtime(project, rows, dated[dated["kind"] == "actual"], worked, missing)
    parts = [plan[[*_EACH, "planned", KEPT, LATE, MISSED, SHORT]], worked[[*_EACH, "actual", BESIDE]], over]
    whole = pd.concat(parts, ignore_index=True).reindex(columns=[*_EACH, *_SUMS])
    return whole.groupby(_EACH)[_SUMS].sum().reset_index(), source


def _overtime(
    project: Project, rows: Rows, actual: pd.DataFrame, worked: pd.DataFrame, missing: dict[str, str]
) -> tuple[pd.DataFrame, str]:
    """Hours in overtime, and the hours that say whether they are."""
    told = actual[actual["overtime"].notna()]
    if len(told):
        hours = (told["end"] - told["begin"]) / HOUR
        return told.assign(said=hours, overtime=hours * told["overtime"].astype(float))[
            [*_EACH, "said", OVERTIME]
        ], MARKED
    if needs(rows, "people", ("person_id", "started_on", "fte")):
        missing["overtime"] = "shifts.overtime, or people.fte"
        return pd.DataFrame(columns=[*_EACH, "said", OVERTIME]), ""
    people = collect(lazy(rows["people"]).select("person_id", "started_on", "fte")).sort_values(
        "started_on", kind="stable"
    )
    fte = people.dropna(subset=["fte"]).astype({"person_id": str}).groupby("person_id")["fte"].last()
    rules = project.staffing.labour
    said = worked["actual"] * (1 - rules.break_hours / rules.shift_hours)
    most = worked["person_id"].map(fte) * rules.hours_a_week
    week = said.groupby([worked["person_id"], worked["week"]]).transform("sum")
    beyond = np.where(week > most, 1 - most / week, 0.0)
    found = worked.assign(said=said, overtime=said * beyond)[most.notna()]
    return found[[*_EACH, "said", OVERTIME]], BEYOND


def _estimated(cells: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Shares of each measure, people as clusters; too few people, or weeks whose shifts nobody entered, have none."""
    people = with_everybody(cells).groupby([*by, "person_id"], dropna=False)[_SUMS].sum().reset_index()
    known = people.groupby(list(by), dropna=False)["actual"].transform("sum") > 0
    found = []
    for measure, whole in _WHOLE.items():
        own = people[people[whole] > 0]
        groups = Groups.of(own, by)
        table = team_ratio(groups, own["person_id"], own[whole], own[measure], "all shifts", 1.0)
        table = table[table["interval"] == PROCESS].reset_index(drop=True)
        table = table.assign(measure=measure, hours=groups.total(own[measure]), of_hours=groups.total(own[whole]))
        entered = groups.total(known[own.index].astype(float)) > 0
        found.append(_without(table, ~entered, "not measured: needs actual shifts of this time"))
    made = guarded(pd.concat(found, ignore_index=True), ("measure", *by[1:]))
    shown = made["value"].notna()
    made[["hours", "of_hours"]] = made[["hours", "of_hours"]].where(shown, axis=0)
    place = made["measure"].map(MEASURES.index)
    ordered = made.assign(_place=place).sort_values([*by, "_place"], kind="stable").drop(columns="_place")
    return ordered.assign(kpi="shift_" + ordered["measure"], unit="share").reset_index(drop=True)


def _without(table: pd.DataFrame, refused: np.ndarray, why: str) -> pd.DataFrame:
    refused = refused & (table["value"].notna().to_numpy(bool))
    table.loc[refused, ["value", "low", "high"]] = np.nan
    table.loc[refused, "note"] = why
    return table
