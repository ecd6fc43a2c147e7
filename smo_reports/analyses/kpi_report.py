"""The KPI report's numbers: one call a section, each from rows to estimates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

import pandas as pd

from smo_reports.analyses.status import grade, is_open, stands_out, worst_first
from smo_reports.analyses.trend import with_trend
from smo_reports.kpis import estimates, kpi_named
from smo_reports.kpis.tally import columns
from smo_reports.project import Project, Target
from smo_reports.schema import NOT_MEASURED, PERIOD_WORK
from smo_reports.sources import Rows


def against_targets(
    project: Project, rows: Rows, now: pd.DataFrame, weekly: pd.DataFrame, today: dt.date | None = None
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
    today : date, optional
        Default: today in the project's time zone.

    Returns
    -------
    DataFrame
        Graded estimates with ``part`` (what a narrowed target is about; empty for all) and the status
        columns.
    """
    names = list(now["kpi"].unique())
    running = is_open(rows.end, today or dt.datetime.now(project.zone).date())
    whole = grade(now, project, open_period=running).assign(part="")
    parts = [with_trend(whole, weekly)]
    for target in project.targets:
        if not target.where or target.kpi not in names:
            continue
        graded = grade(_narrowed(rows, target), project, where=target.where, open_period=running)
        said = ", ".join(f"{key}: {value}" for key, value in target.where.items())
        if not (graded["bound"] == "").all():
            parts.append(graded.assign(part=said, changing="", since=None, usual=math.nan))
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["kpi", "part"])
    aimed = set(found.loc[found["bound"] != "", "kpi"])
    # KPIs with a target first, each followed by its narrowed targets; otherwise in the order that was asked
    # for.
    place = [(kpi not in aimed, names.index(kpi), part) for kpi, part in zip(found["kpi"], found["part"], strict=True)]
    order = sorted(range(len(found)), key=place.__getitem__)
    return found.iloc[order].reset_index(drop=True)


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
        Graded estimates with ``stands_out``; a column of the split that no row has is left out of it.
    """
    table = "audits" if "audits" in rows else "decisions"
    have = columns(rows[table])
    kept = [column for column in by if column in have]
    running = is_open(rows.end, today or dt.datetime.now(project.zone).date())
    graded = grade(estimates([name], rows, kept), project, open_period=running)
    graded["stands_out"] = stands_out(graded)
    return graded.iloc[worst_first(graded)].reset_index(drop=True)


def definitions(names: Iterable[str]) -> pd.DataFrame:
    """What each KPI asks, its formula, what ``n`` counts, and where it is from."""
    kept = ("name", "title", "question", "formula", "counts", "source")
    return pd.DataFrame([{field: getattr(kpi_named(name), field) for field in kept} for name in names])
