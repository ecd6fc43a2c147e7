"""Clues in how the work was done: the tool, the model's suggestions, the load, and who is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.clues import Clue, missing, of_errors, of_work, strongest
from smo_reports.analyses.judged_rows import Bools, Judged, value_is, within
from smo_reports.kpis.tally import collect, columns
from smo_reports.sources import Rows

TOOL, MODEL, LOAD, RAMP = "tool", "model", "load", "ramp"
RAMP_DAYS = 42
"""How long somebody counts as new: the first six weeks."""
_LATE, _BUSY, _STALE = 0.75, 0.9, 0.9


def technical(found: Judged) -> Clue:
    """Whether errors that auditors call technical account for the change."""
    if not found.has("error_type"):
        return missing("technical errors", TOOL, "error_type on the table audits")
    flag = (found.rows["error_type"] == "technical").to_numpy(bool)
    return of_errors(found, "technical errors", TOOL, flag, _habit(found, flag))


def tool_version(found: Judged, named: str) -> Clue:
    """Whether decisions made with one version of the tool account for it, against others at the same time."""
    if not found.has("tool_version"):
        return missing("tool version", TOOL, "tool_version on the table decisions")
    version = found.rows["tool_version"].astype(str)
    counts = version[found.after].value_counts()
    listed = [named] if named else [str(one) for one in counts.index if counts[one] < found.after.sum()][:6]
    every = [
        of_work(found, "tool version", TOOL, (version == one).to_numpy(bool), own_past=False, subject=one)
        for one in listed
    ]
    if not any(clue.measured for clue in every):
        return missing("tool version", TOOL, "several versions of the tool in use at the same time")
    return strongest(every, apart=True)


def repeated_from_model(found: Judged) -> Clue:
    """Whether errors that repeat the model's wrong label account for the change, and the model is corrected less often.

    A stricter auditor, and a worse model, make the model wrong more often: then more of its errors are repeated, and
    more are corrected too. Only fewer corrections are the labelers' own.
    """
    if not found.has("model_label") or not {"label", "audit_label"} <= set(found.rows):
        return missing("model labels", MODEL, "model_label on the table decisions")
    rows = found.rows
    flag = (rows["label"] == rows["model_label"]).fillna(False).to_numpy(bool)
    corrected = ((rows["model_label"] != rows["audit_label"]) & (rows["model_label"] != rows["label"])).to_numpy(bool)
    fewer = found.told(-found.sign * corrected, found.after, (-1, 1))
    clue = of_errors(found, "model labels", MODEL, flag, _habit(found, flag))
    return replace(clue, supports=max(clue.supports, fewer.above))


def load(found: Judged, before: Rows, after: Rows, scope: Mapping[str, Any], named: Mapping[str, str]) -> Clue:
    """Whether late hours, overtime, busy days or items that had waited account for the change; the loudest of them."""
    every = [
        of_work(found, "load", LOAD, flag, own_past=False, subject=name)
        for name, flag in (*_named(found, named), *_times(found), *_pressure(found, before, after, scope))
        if flag.any()
    ]
    if not any(clue.measured for clue in every):
        return missing("load", LOAD, "local_hour, overtime or arrived_at on the table decisions, of several loads")
    return strongest([clue for clue in every if clue.measured], apart=False)


def newcomers(found: Judged, everything: Rows | None) -> Clue:
    """Whether people in their first six weeks account for the change."""
    started = _started(everything)
    if started is None or not found.has("work_date"):
        return missing("new people", RAMP, "started_on on the table people, and work_date on the table decisions")
    began = found.rows["labeler_id"].map(started)
    tenure = (pd.to_datetime(found.rows["work_date"]) - pd.to_datetime(began)).dt.days
    clue = of_work(found, "new people", RAMP, (tenure < RAMP_DAYS).to_numpy(bool), own_past=False)
    return clue if clue.measured else missing("new people", RAMP, "audits of new people and of others, ten of each")


def _habit(found: Judged, flag: Bools) -> float:
    """The share of the errors before that were of a sort; half an error of each sort is lent."""
    past = found.err[~found.after]
    return float((past @ flag[~found.after] + 0.5) / (past.sum() + 1))


def _named(found: Judged, named: Mapping[str, str]) -> Iterator[tuple[str, Bools]]:
    for column, value in named.items():
        if found.has(column):
            # As the column's kind has it: hour "14" is 14.0 in rows of which some have no hour.
            own = nw.from_native(found.rows, eager_only=True).select(own=value_is(column, value))["own"]
            yield column, np.array([one is True or one is np.True_ for one in own.to_list()], bool)


def _times(found: Judged) -> Iterator[tuple[str, Bools]]:
    if found.has("local_hour"):
        hour = found.rows["local_hour"].to_numpy(float, na_value=np.nan)
        late = float(np.nanquantile(hour[~found.after], _LATE)) if np.isfinite(hour[~found.after]).any() else np.inf
        yield "late hours", hour > late
    if found.has("overtime"):
        yield "overtime", found.rows["overtime"].fillna(False).to_numpy(bool)


def _pressure(found: Judged, before: Rows, after: Rows, scope: Mapping[str, Any]) -> Iterator[tuple[str, Bools]]:
    """Days with more decisions, and items that had waited longer, than nine in ten before."""
    if found.has("work_date"):
        counts = pd.concat([_daily(rows, scope, at) for at, rows in enumerate((before, after))])
        past = counts.loc[counts["side"] == 0, "n"]
        busy = set(counts.loc[counts["n"] > past.quantile(_BUSY), "work_date"]) if len(past) else set()
        yield "busy days", pd.to_datetime(found.rows["work_date"]).dt.date.isin(busy).to_numpy(bool)
    if found.has("submitted_at") and found.has("arrived_at"):
        moments = [pd.to_datetime(found.rows[name], utc=True) for name in ("submitted_at", "arrived_at")]
        waited = (moments[0] - moments[1]).dt.total_seconds().to_numpy(float)
        past_waits = waited[~found.after & np.isfinite(waited)]
        yield "backlog age", waited > (np.quantile(past_waits, _STALE) if len(past_waits) else np.inf)


def _daily(rows: Rows, scope: Mapping[str, Any], side: int) -> pd.DataFrame:
    nothing = pd.DataFrame({"work_date": [], "n": [], "side": []})
    kept = within(rows["decisions"], scope) if "decisions" in rows else None
    if kept is None or "work_date" not in columns(kept):
        return nothing
    table = collect(kept.group_by("work_date").agg(n=nw.len())).dropna()
    return table.assign(work_date=pd.to_datetime(table["work_date"]).dt.date, side=side)


def _started(everything: Rows | None) -> dict[str, dt.date] | None:
    """The first day of each labeler: as the people table has it, or the first decision that is known at all."""
    if everything is None:
        return None
    if "people" in everything and {"role", "started_on"} <= columns(everything["people"]):
        own = everything["people"].filter(nw.col("role") == "labeler")
        table = collect(own.group_by("person_id").agg(first=nw.col("started_on").min()))
    elif "work_date" in columns(everything["decisions"]):
        table = collect(everything["decisions"].group_by("labeler_id").agg(first=nw.col("work_date").min()))
    else:
        return None
    return dict(zip(table.iloc[:, 0].astype(str), table["first"], strict=True))
