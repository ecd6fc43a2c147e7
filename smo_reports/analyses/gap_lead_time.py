"""How long it takes from finding a gap in a guideline to its clarification."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import finish
from smo_reports.kpis.durations import DAY, time_until
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows

NAME = "guideline_gap_lead_time"
_COLUMNS = ("day", "closed", "age_s")


def gap_lead_time(project: Project, rows: Rows, now: dt.datetime | None = None) -> pd.DataFrame:
    """Median days from a gap that was found in the period to its clarification; open ones are censored.

    A gap is found when a guideline question is asked, or when an action is opened that is sent to somebody else
    (``sent_to``). It is clarified when the question is answered or a guideline version of its policy, or of all
    policies, comes into force, whichever is first; an action when it is done.

    Parameters
    ----------
    project : Project
    rows : Rows
    now : datetime, optional
        Open actions are as old as they are now where the period is not over. Default: now.

    Returns
    -------
    DataFrame
        Estimates of *guideline_gap_lead_time* in days, in the frozen columns; without a value where nothing was found,
        or where more than half is still open.

    References
    ----------
    KPI dictionary, guideline-gap lead time; Kaplan & Meier (1958), JASA 53:457-481.
    """
    found = pd.concat([_questions(rows), _actions(project, rows, now or dt.datetime.now(dt.UTC))], ignore_index=True)
    found = found.assign(n=1.0, _bin=found["age_s"], closed=found["closed"].astype(bool))
    table = time_until(found, (), 0.5, DAY, "gaps")
    table["method"] = table["method"].str.replace(" on tallies of one per cent", "")
    return finish(table, NAME, "days", (), rows.start, rows.end)


def _questions(rows: Rows) -> pd.DataFrame:
    have = columns(rows["questions"]) if "questions" in rows else set()
    if not {"asked_at", *_COLUMNS} <= have:
        return pd.DataFrame(columns=list(_COLUMNS))
    policy = ["policy"] if "policy" in have else []
    asked = collect(rows["questions"].select("question_id", "asked_at", *_COLUMNS, *policy))
    asked["asked_at"] = pd.to_datetime(asked["asked_at"], utc=True)
    asked["age_s"] = asked["age_s"].astype(float)
    versions = _versions(rows)
    for at, about in zip(versions["at"], versions["policy"], strict=True):
        waited = (at - asked["asked_at"]).dt.total_seconds()
        meant = np.full(len(asked), not isinstance(about, str))
        if policy:
            meant |= (asked["policy"] == about).fillna(False).to_numpy(bool)
        sooner = meant & (waited > 0).to_numpy(bool) & (waited < asked["age_s"]).to_numpy(bool)
        asked.loc[sooner, "age_s"], asked.loc[sooner, "closed"] = waited[sooner], True
    return asked[list(_COLUMNS)]


def _versions(rows: Rows) -> pd.DataFrame:
    """When guideline versions came into force, and of which policy."""
    have = columns(rows["events"]) if "events" in rows else set()
    if not {"at", "kind"} <= have:
        return pd.DataFrame({"at": [], "policy": []})
    policy = ["policy"] if "policy" in have else []
    found = collect(rows["events"].filter(nw.col("kind") == "guideline").select("at", *policy))
    return found.assign(at=pd.to_datetime(found["at"], utc=True)).reindex(columns=["at", "policy"])


def _actions(project: Project, rows: Rows, now: dt.datetime) -> pd.DataFrame:
    have = columns(rows["actions"]) if "actions" in rows else set()
    if not {"opened_on", "sent_to"} <= have:
        return pd.DataFrame(columns=list(_COLUMNS))
    wanted = [name for name in ("opened_on", "done_on") if name in have]
    sent = collect(rows["actions"].filter(~nw.col("sent_to").is_null()).select(wanted)).reindex(
        columns=["opened_on", "done_on"]
    )
    opened, done = (pd.to_datetime(sent[name]) for name in ("opened_on", "done_on"))
    today = pd.Timestamp(now.astimezone(project.zone).date())
    last = today if rows.end is None else min(today, pd.Timestamp(rows.end))
    kept = opened <= last
    if rows.start is not None:
        kept &= opened >= pd.Timestamp(rows.start)
    if rows.end is not None:
        kept &= opened < pd.Timestamp(rows.end)
    closed = (done <= last).to_numpy(bool)
    age = (done.where(closed, last) - opened).dt.total_seconds()
    return pd.DataFrame({"day": opened.dt.date, "closed": closed, "age_s": age})[kept.to_numpy(bool)]
