"""The KPI report's numbers: one call a section, each from rows to estimates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import pandas as pd

from smo_reports.analyses.charting import chance_of_false_flag
from smo_reports.analyses.small_cells import without_small_cells
from smo_reports.analyses.status import grade, is_open, stands_out, worst_first
from smo_reports.analyses.trend import NO_BREAK, trend_of, weeks_of, with_trend
from smo_reports.errors import KpiError, nearest
from smo_reports.kpis import estimates, kpi_named
from smo_reports.kpis.assemble import finish, not_measured
from smo_reports.kpis.tally import columns
from smo_reports.project import Project, Target
from smo_reports.schema import MET, MISSED, NOT_MEASURED, PERIOD_WORK, TABLES, UNDECIDED
from smo_reports.sources import Rows

SPLITS = frozenset(TABLES["decisions"].names) | frozenset(TABLES["audits"].names) | {"week", "month", "violating"}
"""What a KPI of decisions or audits may be split by."""

RECORD_WEEKS = 13
"""How many past weeks a KPI's record of met and missed targets goes back."""


def against_targets(
    project: Project,
    rows: Rows,
    now: pd.DataFrame,
    weekly: pd.DataFrame,
    history: Rows | None = None,
    events: pd.DataFrame | None = None,
    today: dt.date | None = None,
) -> pd.DataFrame:
    """The KPIs of a period against their targets, narrowed targets included, and whether each is changing.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's tables.
    now : DataFrame
        The period's estimates, not split.
    weekly : DataFrame
        Estimates by week, for the trend.
    history : Rows, optional
        The weeks' tables, for the record of past weeks.
    events : DataFrame, optional
        What changed in those weeks, as ``what_changed`` gives it: a change of what is measured breaks a trend.
    today : date, optional
        Default: today in the project's time zone.

    Returns
    -------
    DataFrame
        Graded estimates with ``part`` (what a narrowed target is about; empty for all), the status columns and
        the record ``weeks_met, weeks_missed, weeks_undecided`` of the last 13 weeks (0 where there is no target).
    """
    names = list(now["kpi"].unique())
    today = today or dt.datetime.now(project.zone).date()
    running = is_open(rows.end, today)
    room = _decisions_per_audit(now, rows, today)
    whole = grade(now, project, open_period=running, decisions_per_audit=room).assign(part="")
    parts = [with_trend(whole, weekly, events)]
    for target in project.targets:
        if not target.where or target.kpi not in names:
            continue
        graded = grade(
            _narrowed(rows, target), project, where=target.where, open_period=running, decisions_per_audit=room
        )
        said = ", ".join(f"{key}: {value}" for key, value in target.where.items())
        if not (graded["bound"] == "").all():
            parts.append(graded.assign(part=said, changing="", since=None, usual=math.nan, **NO_BREAK))
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["kpi", "part"])
    found = without_small_cells(with_record(found, project, history))
    aimed = set(found.loc[found["bound"] != "", "kpi"])
    # KPIs with a target first, each followed by its narrowed targets; otherwise in the order that was asked
    # for.
    place = [(kpi not in aimed, names.index(kpi), part) for kpi, part in zip(found["kpi"], found["part"], strict=True)]
    order = sorted(range(len(found)), key=place.__getitem__)
    return found.iloc[order].reset_index(drop=True)


def with_limits(weekly: pd.DataFrame, events: pd.DataFrame | None = None) -> pd.DataFrame:
    """Add to the weeks of each KPI the chart that judges them.

    Parameters
    ----------
    weekly : DataFrame
        As ``by_week`` gives it.
    events : DataFrame, optional
        What changed, as ``what_changed`` gives it.

    Returns
    -------
    DataFrame
        With ``centre, lower, upper`` (nan where it is too early to tell) and ``phase``, from 0: what is measured
        changed where it rises, and no line may be drawn across.
    """
    parts, weekly = [], without_small_cells(weekly)
    for kpi in weekly["kpi"].unique():
        own = weeks_of(weekly, str(kpi))
        trend = trend_of(weekly, str(kpi), events)
        days = pd.to_datetime(own["week"]).dt.date
        begun = [sum(one.week <= day for one in trend.breaks) for day in days]
        if trend.chart is None:
            parts.append(own.assign(centre=math.nan, lower=math.nan, upper=math.nan, phase=begun))
        else:
            chart = trend.chart
            lower, upper = chart.low, chart.high
            if kpi_named(str(kpi)).unit == "share":
                lower, upper = lower.clip(0, 1), upper.clip(0, 1)
            parts.append(own.assign(centre=chart.centre, lower=lower, upper=upper, phase=begun))
    return pd.concat(parts, ignore_index=True) if parts else weekly


def with_record(graded: pd.DataFrame, project: Project, history: Rows | None) -> pd.DataFrame:
    """Add how many of the last 13 weeks met their target, missed it, or could not be called either."""
    counted: dict[tuple[str, str], int] = {}
    for kpi in sorted(set(graded.loc[(graded["bound"] != "") & (graded["part"] == ""), "kpi"])) if history else ():
        weeks = grade(estimates([kpi], history, "week"), project)
        weeks = weeks[weeks["week"].notna()].sort_values("week").tail(RECORD_WEEKS)
        for status in weeks["status"].where(weeks["status"].isin([MET, MISSED]), UNDECIDED):
            counted[kpi, status] = counted.get((kpi, status), 0) + 1
    own = graded["part"] == ""
    return graded.assign(
        **{
            f"weeks_{status}": [
                counted.get((kpi, status), 0) if mine else 0 for kpi, mine in zip(graded["kpi"], own, strict=True)
            ]
            for status in (MET, MISSED, UNDECIDED)
        }
    )


def _decisions_per_audit(now: pd.DataFrame, rows: Rows, today: dt.date) -> float:
    """How many decisions the whole period has, or will have at this pace, for each random audit so far."""
    coverage = now.loc[(now["kpi"] == "audit_coverage") & (now["value"] > 0), "value"]
    if coverage.empty:
        return math.inf
    longer = 1.0
    if rows.start is not None and rows.end is not None and today >= rows.start:
        longer = max((rows.end - rows.start) / (today - rows.start + dt.timedelta(1)), 1.0)
    return longer / float(coverage.iloc[0])


def _narrowed(rows: Rows, target: Target) -> pd.DataFrame:
    """The estimate that a narrowed target is about; split and picked, since an interval needs the strata whole."""
    by = list(target.where)
    split = estimates([target.kpi], rows, by)
    here = (split[by].astype(str) == list(target.where.values())).all(axis=1)
    found = split[here | split["note"].str.startswith(NOT_MEASURED)].drop(columns=by)
    if not found.empty:
        return found
    wanted = ", ".join(f"{key} {value}" for key, value in target.where.items())
    nothing = (
        split.drop(columns=by).head(1).assign(n=0, interval=PERIOD_WORK, note=f"not measured: needs rows of {wanted}")
    )
    nothing[["value", "low", "high"]] = math.nan
    return nothing


def by_part(project: Project, rows: Rows, name: str, by: Iterable[str], today: dt.date | None = None) -> pd.DataFrame:
    """One KPI by the parts of a split, the strongest evidence of a miss first, with what stands out marked.

    Returns
    -------
    DataFrame
        Graded estimates with ``stands_out``; a column of the split that the source lacks is left out of it.

    Raises
    ------
    KpiError
        When a column to split by is none of decisions or audits.
    """
    by = list(by)
    for column in by:
        if column not in SPLITS:
            raise KpiError(f"{name} cannot be split by {column!r}; {nearest(column, SPLITS)}")
    table = "audits" if "audits" in rows else "decisions"
    have = columns(rows.with_columns(table, by))
    kept = [column for column in by if column in have]
    running = is_open(rows.end, today or dt.datetime.now(project.zone).date())
    found = estimates([name], rows, kept)
    if found.empty:
        # A period without such rows has no parts; that is said, in a row of its own.
        nothing = not_measured("rows of this period", tuple(kept))
        found = finish(nothing, name, kpi_named(name).unit, tuple(kept), rows.start, rows.end)
    graded = without_small_cells(grade(found, project, open_period=running))
    graded["stands_out"] = stands_out(graded)
    return graded.iloc[worst_first(graded)].reset_index(drop=True)


def with_targets(project: Project, names: Iterable[str]) -> list[str]:
    """The named KPIs, and after them those that the project has targets for: a target is never left out."""
    return list(dict.fromkeys([*names, *(target.kpi for target in project.targets)]))


def only(table: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The rows of the named KPIs, in the order that they have."""
    return table[table["kpi"].isin(list(names))].reset_index(drop=True)


def definitions(names: Iterable[str]) -> pd.DataFrame:
    """What each KPI asks, its formula, what ``n`` counts, and where it is from.

    ``false_flag`` is the chance that a page of so many steady KPIs calls at least one of them changing.
    """
    names = list(names)
    kept = ("name", "title", "question", "formula", "counts", "source")
    table = pd.DataFrame([{field: getattr(kpi_named(name), field) for field in kept} for name in names])
    return table.assign(false_flag=chance_of_false_flag(len(table)))
