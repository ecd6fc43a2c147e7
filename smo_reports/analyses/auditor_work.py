"""What auditors did: audits, minutes, feedback, errors coded, verdicts overturned: for their lead, to coach with."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pandas as pd

from smo_reports.kpis.arbitration import OVERTURNED
from smo_reports.kpis.registry import Frame
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import shown_people
from smo_reports.sources import Rows

_COLUMNS = ("auditor_id", "audits", "planned", "minutes", "feedback_hours", "errors", "coded", "disputed", "overturned")


def auditor_work(project: Project, rows: Rows, history: Rows) -> pd.DataFrame:
    """Each auditor's work of a period, counted in full: the audits that were made in it, whenever was decided.

    An audit counts on the day of ``audited_at`` in the project's time zone; its decision may be from before the
    period. Where the rows do not tell when audits were made, those of the period's decisions are counted.

    Parameters
    ----------
    project : Project
    rows : Rows
        Gives the period; its end is exclusive.
    history : Rows
        The audits of some weeks' decisions up to the period's end, and disputes of them raised until then.

    Returns
    -------
    DataFrame
        ``auditor_id`` (a pseudonym unless the project says otherwise), ``audits`` of any purpose, those ``planned``
        (random ones drawn by a plan), ``minutes`` spent, ``feedback_hours`` (median from a decision to its audit),
        ``errors`` found and the share of them ``coded`` (with a root cause; where there is no such column, with a type
        of error), ``disputed`` audits and those ``overturned``. What its tables and columns do not tell is nan. In
        alphabetical order; empty where there are no audits.
    """
    if "audits" not in rows or "auditor_id" not in columns(rows["audits"]):
        return pd.DataFrame({name: [] for name in _COLUMNS})
    audits = _made(project, rows, history)
    table = _counts(audits)
    if table.empty:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    for part in (_planned(audits), _feedback(audits), _disputed(audits, history)):
        # Where a part is empty its auditors have no type to be compared by.
        table = table.merge(part.astype({"auditor_id": object}), on="auditor_id", how="left")
    if "disputes" in history:
        table[["disputed", "overturned"]] = table[["disputed", "overturned"]].fillna(0)
    table["planned"] = table["planned"].fillna(0) if "plan_id" in columns(audits) else float("nan")
    named = shown_people(table[list(_COLUMNS)], project)
    return named.sort_values("auditor_id").reset_index(drop=True)


def _made(project: Project, rows: Rows, history: Rows) -> Frame:
    """The audits made in the period."""
    if "audits" not in history or "audited_at" not in columns(history["audits"]):
        return rows["audits"]
    audits = history["audits"]
    if rows.start is not None:
        first = dt.datetime.combine(rows.start, dt.time(), project.zone).astimezone(dt.UTC)
        audits = audits.filter(nw.col("audited_at") >= first)
    return audits if rows.until is None else audits.filter(nw.col("audited_at") < rows.until)


def _counts(audits: Frame) -> pd.DataFrame:
    have = columns(audits)
    wanted = {"audits": nw.len()}
    if "audit_handling_s" in have:
        wanted["seconds"] = nw.col("audit_handling_s").sum()
        wanted["timed"] = nw.col("audit_handling_s").count()
    code = next((name for name in ("root_cause", "error_type") if name in have), None)
    if "correct" in have:
        wrong = nw.when(nw.col("correct") == nw.lit(False))
        audits = audits.with_columns(_wrong=wrong.then(nw.lit(1)), _code=wrong.then(nw.col(code or "correct")))
        wanted["errors"] = nw.col("_wrong").count()
        if code:
            wanted["with_code"] = nw.col("_code").count()
    table = collect(audits.group_by("auditor_id").agg(**wanted))
    table = table.reindex(columns=["auditor_id", "audits", "seconds", "timed", "errors", "with_code"])
    table["minutes"] = (table["seconds"] / 60).where(table["timed"] > 0)
    table["coded"] = (table["with_code"] / table["errors"]).where(table["errors"] > 0)
    return table[["auditor_id", "audits", "minutes", "errors", "coded"]]


def _planned(audits: Frame) -> pd.DataFrame:
    if not {"plan_id", "purpose"} <= columns(audits):
        return pd.DataFrame({"auditor_id": [], "planned": []})
    drawn = random_audits(audits).filter(~nw.col("plan_id").is_null())
    return collect(drawn.group_by("auditor_id").agg(planned=nw.len()))


def _feedback(audits: Frame) -> pd.DataFrame:
    """The median hours from a decision to its audit."""
    if not {"submitted_at", "audited_at"} <= columns(audits):
        return pd.DataFrame({"auditor_id": [], "feedback_hours": []})
    times = collect(audits.select("auditor_id", "submitted_at", "audited_at"))
    first, last = (pd.to_datetime(times[name], utc=True) for name in ("submitted_at", "audited_at"))
    hours = (last - first).dt.total_seconds() / 3600
    return hours.groupby(times["auditor_id"]).median().rename("feedback_hours").reset_index()


def _disputed(audits: Frame, history: Rows) -> pd.DataFrame:
    names = ["auditor_id", "disputed", "overturned"]
    if "disputes" not in history or not {"audit_id", "outcome"} <= columns(history["disputes"]):
        return pd.DataFrame({name: [] for name in names})
    disputes = history["disputes"].select("audit_id", "outcome").unique()
    found = collect(audits.select("audit_id", "auditor_id").join(disputes, on="audit_id", how="inner"))
    found["overturned"] = (found["outcome"] == OVERTURNED).astype(int)
    once = found.groupby(["auditor_id", "audit_id"])["overturned"].max().reset_index()
    return once.groupby("auditor_id")["overturned"].agg(disputed="size", overturned="sum").reset_index()[names]
