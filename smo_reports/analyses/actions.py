"""The action ledger with its verdicts: what was promised, what became of it, and whether it worked."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smo_reports.analyses.action_evidence import Windows, tally_of, trigger_week
from smo_reports.analyses.action_states import NOTHING, UNREADABLE, action_states, segment_of
from smo_reports.analyses.change import ABOUT
from smo_reports.analyses.verdicts import EFFECTIVE, VERDICT_OPEN, Verdict, verdict_of
from smo_reports.analyses.window_cover import WindowCover
from smo_reports.kpis import KPIS
from smo_reports.kpis.actions import picked_baselines
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows
from smo_reports.stats.difference_in_differences import difference_in_differences

NOT_AUDITED, EVERYWHERE, NO_PLAN = "no audited KPI", "everywhere", "no plan"
DONE_LATE, LACKING, BAD_WINDOW = "done late", "lacking", "bad window"
"""Reasons why nothing can be said, beside those of :mod:`smo_reports.analyses.verdicts`."""

_PLAN = ("baseline_from", "baseline_to", "evaluate_from", "evaluate_to", "expected_effect", "done_on", "opened_on")
_MOST = 3
_SCOPE = ("policy", "market", "queue")
_SHORTEST_WINDOW = dt.timedelta(weeks=1)
_JUDGED = {"reason": "", "detail": "", "value": math.nan, "low": math.nan, "high": math.nan, "needed": 0}
_JUDGED |= {"days_lacking": 0, "days_asked": 0}
_JUDGED |= {"n_before": 0, "n_after": 0, "n_compared": 0, "cut": False, "inside": "", "elsewhere": "", "proof": False}


def action_ledger(project: Project, everything: Rows, until: dt.datetime | None = None) -> pd.DataFrame:
    """Every action of a project with its state, and of those whose window has closed the verdict and its evidence.

    Parameters
    ----------
    project : Project
    everything : Rows
        The project's tables without a period: baselines lie before it.
    until : datetime, optional
        With its zone: the ledger as it stood then, or now if that is earlier. Default: now.

    Returns
    -------
    DataFrame
        As :func:`smo_reports.analyses.action_states.action_states` gives it, with ``state`` also *effective, partly
        effective, not effective* and *undecided*, ``recorded``, the verdict that is stored, and ``unit`` and
        ``kpi_title``, the KPI's. Of actions that were judged:

        * ``value, low, high``: the change of the segment beyond that of the rest of the project's random audits, with
          its 95 % interval;
        * ``reason`` and ``detail``: why it is undecided;
        * ``needed``: about how many more audits of the segment would decide it;
        * ``n_before, n_after, n_compared``: audits of the segment in each window, and those they are compared with;
        * ``days_lacking, days_asked``: of how many of the window's working days there are no audits, though it is over;
        * ``cut``: the baseline was registered with the week that triggered the action, which was left out;
        * ``inside, elsewhere``: what else changed between baseline and the window's end, in the segment and in what it
          is compared with or in both (names of events, titles of other actions), the first three;
        * ``picked``: its baseline is such that it may have been picked, as ``kpis.actions.picked_baselines`` says;
        * ``proof``: effective, registered before its window began, and not against such a baseline.

        Empty where there is no table of actions.
    """
    now = dt.datetime.now(dt.UTC)
    until = min(until or now, now)
    table = action_states(project, everything, until) if "actions" in everything else NOTHING
    table = table.assign(
        recorded=table["verdict"],
        picked=picked_baselines(table["opened_on"], table["baseline_from"], table["baseline_to"]),
    )
    cover = WindowCover(everything)
    judged = [_judged(row, project, everything, table, cover) for row in table.to_dict("records")]
    found = pd.concat([table, pd.DataFrame(judged, columns=["state", "verdict", *_JUDGED], index=table.index)], axis=1)
    # The verdict that somebody stored is the ledger's memory; what is shown is what the audits say now.
    found = found.loc[:, ~found.columns.duplicated(keep="last")]
    known = [KPIS.get(name) for name in found["kpi"]]
    names = [kpi.title if kpi else name for kpi, name in zip(known, found["kpi"], strict=True)]
    return found.assign(unit=[kpi.unit if kpi else "" for kpi in known], kpi_title=names)


def _judged(
    row: Mapping[Any, Any], project: Project, everything: Rows, table: pd.DataFrame, cover: WindowCover
) -> dict[str, object]:
    """State, verdict and evidence of one action."""
    if not (row["done"] and row["closed"]):
        return {"state": row["state"], "verdict": "", **_JUDGED}
    verdict, more = _verdict(row, everything)
    told = {"value": verdict.value, "low": verdict.low, "high": verdict.high, "needed": verdict.needed, **more}
    if "baseline_end" in more:
        told |= dict(zip(("days_lacking", "days_asked"), cover.lacking(*_window(row)), strict=True))
        told |= _meanwhile(row, project, everything, table, more["baseline_end"])
    proof = verdict.verdict == EFFECTIVE and not row["after_the_fact"] and not row["picked"]
    found = {**_JUDGED, "reason": verdict.reason, **told, "proof": proof}
    return {"state": verdict.verdict, "verdict": verdict.verdict, **{name: found[name] for name in _JUDGED}}


def _window(row: Mapping[Any, Any]) -> tuple[dt.date, dt.date]:
    return row["evaluate_from"], row["evaluate_to"]


def _verdict(row: Mapping[Any, Any], everything: Rows) -> tuple[Verdict, dict[str, Any]]:
    def nothing(reason: str, detail: str = "") -> tuple[Verdict, dict[str, Any]]:
        return Verdict(VERDICT_OPEN, reason, math.nan, math.nan, math.nan), {"detail": detail}

    segment = segment_of(row["segment_key"])
    absent = [name for name in _PLAN if row[name] is None or pd.isna(row[name])]
    if absent or not float(row["expected_effect"]):
        return nothing(NO_PLAN, absent[0] if absent else "expected_effect")
    if row["kpi"] not in ABOUT:
        return nothing(NOT_AUDITED, str(row["kpi"]))
    if segment is None:
        return nothing(UNREADABLE)
    if not segment:
        return nothing(EVERYWHERE)
    if row["done_on"] > row["evaluate_from"]:
        return nothing(DONE_LATE)
    end = min(row["baseline_to"], trigger_week(row["opened_on"]))
    if row["baseline_from"] >= end:
        return nothing(NO_PLAN, "baseline_from")
    if row["evaluate_from"] < row["baseline_to"] or row["evaluate_to"] - row["evaluate_from"] < _SHORTEST_WINDOW:
        return nothing(BAD_WINDOW)
    windows = Windows(row["baseline_from"], end, row["evaluate_from"], row["evaluate_to"])
    tally = tally_of(everything, row["kpi"], segment, windows)
    if isinstance(tally, str):
        return nothing(LACKING, tally)
    found = difference_in_differences(tally)
    counts = {"n_before": found.before, "n_after": found.after, "n_compared": found.other_before + found.other_after}
    more = {**counts, "cut": end < row["baseline_to"], "baseline_end": end}
    return verdict_of(found, float(row["expected_effect"])), more


def _meanwhile(
    row: Mapping[Any, Any], project: Project, everything: Rows, table: pd.DataFrame, start: dt.date
) -> dict[str, str]:
    """What else changed from the baseline's end to the window's: in the segment, and in what it is compared with."""
    segment, end = segment_of(row["segment_key"]) or {}, row["evaluate_to"]
    found: list[tuple[str, Mapping[str, str]]] = []
    for other in table.to_dict("records"):
        done = other["done_on"]
        if other["action_id"] != row["action_id"] and other["done"] and start <= done < end and not other["people"]:
            found.append((str(other["title"]), segment_of(other["segment_key"]) or {}))
    found += _events(project, everything, start, end)
    inside = [name for name, where in found if where and _may_meet(where, segment)]
    elsewhere = [name for name, _ in found if name not in inside]
    return {"inside": _listed(inside), "elsewhere": _listed(elsewhere)}


def _listed(names: list[str]) -> str:
    """The first few names, the others counted."""
    more = f" (+{len(names) - _MOST})" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _may_meet(where: Mapping[str, str], segment: Mapping[str, str]) -> bool:
    """Whether two segments can have rows in common: no column has another value in each."""
    return all(where[name] == segment[name] for name in set(where) & set(segment))


def _events(project: Project, everything: Rows, start: dt.date, end: dt.date) -> list[tuple[str, Mapping[str, str]]]:
    if "events" not in everything:
        return []
    frame = everything["events"]
    scope = [name for name in _SCOPE if name in columns(frame)]
    table = collect(frame.select("at", "name", *scope))
    local = pd.to_datetime(table["at"], utc=True).dt.tz_convert(project.time_zone).dt.date
    own = table[[start <= day < end for day in local]].sort_values(["at", "name"])
    return [
        (str(event["name"]), {name: str(event[name]) for name in scope if not pd.isna(event[name])})
        for event in own.to_dict("records")
    ]
