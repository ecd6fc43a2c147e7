"""A lead's morning across projects: for each, what needs a decision now, and how its vendors stand apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from smo_reports.analyses.agenda import COLUMNS, agenda
from smo_reports.analyses.evidence import Evidence, evidence
from smo_reports.analyses.kpi_report import by_part
from smo_reports.analyses.portfolio import shown_titles
from smo_reports.project import Project
from smo_reports.sources import Rows, read_all, reading_errors

RECENT_WEEKS = 4
"""How far back the accuracy of a batch's decisions, and of vendors, is looked for."""


@dataclass(frozen=True)
class Morning:
    """What several projects' leads have to decide today.

    Attributes
    ----------
    listed : DataFrame
        As ``analyses.agenda`` gives it, with ``project`` and ``project_title``.
    vendors : DataFrame
        Graded accuracy by vendor over the last weeks, with ``project`` and ``project_title``.
    rests_on : mapping of str to Evidence
    stale : tuple of str
        Projects whose newest row is older than they allow.
    unread : mapping of str to str
        Projects that could not be read, and why.
    """

    listed: pd.DataFrame
    vendors: pd.DataFrame
    rests_on: Mapping[str, Evidence]
    stale: tuple[str, ...]
    unread: Mapping[str, str]


def recent_span(start: dt.date | None, end: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    """A period with the four weeks before it.

    >>> recent_span(dt.date(2026, 11, 9), dt.date(2026, 11, 16))
    (datetime.date(2026, 10, 12), datetime.date(2026, 11, 16))
    """
    return None if start is None else start - dt.timedelta(weeks=RECENT_WEEKS), end


def morning(
    projects: Iterable[Project],
    start: dt.date | None,
    end: dt.date | None,
    versions: Mapping[str, int] | None = None,
) -> Morning:
    """Look through several projects for what needs a decision.

    Parameters
    ----------
    projects : iterable of Project
    start, end : date or None
        The day (or any period); the end is exclusive.
    versions : mapping of str to int, optional
        The warehouse version of each project to read.

    Returns
    -------
    Morning
        A project that cannot be read is in ``unread``; the others are not held up by it.
    """
    now, projects = dt.datetime.now(dt.UTC), list(projects)
    titles = shown_titles(projects)
    listed, vendors, stale, rests_on, unread = [], [], [], {}, {}
    for project in projects:
        version = dict(versions or {}).get(project.project, 0)
        try:
            rows = read_all(project, start, end, version=version)
            recent = read_all(project, *recent_span(start, end), version=version)
            everything = read_all(project, version=version)
            own = agenda(project, rows, recent, everything)
            apart = _vendors(project, recent)
            evidenced = evidence(project, rows, everything)
        except reading_errors() as error:
            unread[project.project] = str(error)
            continue
        named = {"project": project.project, "project_title": titles[project.project]}
        listed.append(own.assign(**named))
        vendors.append(apart.assign(**named))
        rests_on[project.project] = evidenced
        stale += [project.project] if evidenced.is_stale(project, now) else []
    return Morning(_together(listed, [*COLUMNS]), _together(vendors, ["vendor"]), rests_on, tuple(stale), unread)


def _vendors(project: Project, recent: Rows) -> pd.DataFrame:
    found = by_part(project, recent, "accuracy", ["vendor"])
    return found if "vendor" in found else found.assign(vendor=None)


def _together(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    kept = [table for table in tables if not table.empty]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=[*columns, "project", "project_title"])
