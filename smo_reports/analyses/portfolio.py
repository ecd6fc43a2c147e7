"""All projects side by side: the few KPIs that a business team follows, each graded by its own project's targets."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from smo_reports.analyses.action_states import OPEN, OVERDUE, REOPENED, RUNNING, UNACKNOWLEDGED, action_states
from smo_reports.analyses.evidence import Evidence, evidence
from smo_reports.analyses.kpi_report import against_targets
from smo_reports.analyses.small_cells import without_small_cells
from smo_reports.analyses.trend import by_week, history_span, what_changed
from smo_reports.kpis import estimates
from smo_reports.project import Project
from smo_reports.sources import read_all, reading_errors


@dataclass(frozen=True)
class Portfolio:
    """Several projects' numbers.

    Attributes
    ----------
    kpis : DataFrame
        Graded estimates with a trend, as ``against_targets`` gives them, with ``project`` and ``project_title``.
    weekly : DataFrame
        Estimates by week, with ``project``.
    rests_on : mapping of str to Evidence
        By project.
    stale : tuple of str
        Projects whose newest row is older than they allow.
    unread : mapping of str to str
        Projects whose rows could not be read, and why: they are on the page, too.
    actions : DataFrame
        One row a project that keeps a ledger of actions: ``project, project_title``, and how many actions are
        ``overdue, unacknowledged, reopened, open, running`` (those of the first three may be several).
    """

    kpis: pd.DataFrame
    weekly: pd.DataFrame
    rests_on: Mapping[str, Evidence]
    stale: tuple[str, ...]
    unread: Mapping[str, str]
    actions: pd.DataFrame


def portfolio(
    projects: Iterable[Project],
    names: Iterable[str],
    start: dt.date | None,
    end: dt.date | None,
    versions: Mapping[str, int] | None = None,
) -> Portfolio:
    """Grade the same KPIs in every project.

    Parameters
    ----------
    projects : iterable of Project
    names : iterable of str
        KPIs; what a project cannot measure is *not measured* there.
    start, end : date or None
        The period; the end is exclusive.
    versions : mapping of str to int, optional
        The warehouse version of each project to read.

    Returns
    -------
    Portfolio
        A project that cannot be read is in ``unread``; the others are not held up by it.
    """
    names, projects = list(names), list(projects)
    titles = shown_titles(projects)
    now = dt.datetime.now(dt.UTC)
    graded, weekly, stale, actions, rests_on, unread = [], [], [], [], {}, {}
    for project in projects:
        try:
            version = dict(versions or {}).get(project.project, 0)
            found, weeks, evidenced = _one(project, names, start, end, version)
            waiting = _waiting(project, end, version, now)
        except reading_errors() as error:
            unread[project.project] = str(error)
            continue
        named = {"project": project.project, "project_title": titles[project.project]}
        graded.append(found.assign(**named))
        weekly.append(weeks.assign(**named))
        actions += [{**named, **waiting}] if waiting else []
        rests_on[project.project] = evidenced
        stale += [project.project] if evidenced.is_stale(project, now) else []
    counted = pd.DataFrame(actions)
    return Portfolio(_together(graded), _together(weekly), rests_on, tuple(stale), unread, counted)


def shown_titles(projects: Iterable[Project]) -> dict[str, str]:
    """What each project is called beside the others: its title, with its name where another has the same."""
    listed = list(projects)
    often = Counter(project.title for project in listed)
    return {
        project.project: f"{project.title} ({project.project})" if often[project.title] > 1 else project.title
        for project in listed
    }


def _one(
    project: Project, names: list[str], start: dt.date | None, end: dt.date | None, version: int
) -> tuple[pd.DataFrame, pd.DataFrame, Evidence]:
    rows = read_all(project, start, end, version=version)
    history = read_all(project, *history_span(end, zone=project.zone), version=version)
    weeks = without_small_cells(by_week(names, history))
    found = against_targets(project, rows, estimates(names, rows), weeks, history, what_changed(project, history))
    return found, weeks, evidence(project, rows, read_all(project, version=version))


def _waiting(project: Project, end: dt.date | None, version: int, now: dt.datetime) -> dict[str, int]:
    """How many actions wait for somebody at the period's end, or now where it is not over; empty without a ledger."""
    everything = read_all(project, None, end, version=version)
    if "actions" not in everything:
        return {}
    states = action_states(project, everything, min(everything.until or now, now))
    flagged = {name: int(states[name].sum()) for name in (OVERDUE, UNACKNOWLEDGED, REOPENED)}
    return {**flagged, **{name: int((states["state"] == name).sum()) for name in (OPEN, RUNNING)}}


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
