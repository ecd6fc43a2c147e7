"""One auditor's page: how strict they are, what they see in calibrations, and what their work was."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from smo_reports.analyses.auditor_work import auditor_work
from smo_reports.analyses.auditors import auditor_drift, auditors_compared, calibration_matrix
from smo_reports.analyses.talks import coaching_talks
from smo_reports.kpis.tally import collect, columns
from smo_reports.project import Project
from smo_reports.sources import Rows


@dataclass(frozen=True)
class AuditorCard:
    """What one auditor and their lead look at together.

    Attributes
    ----------
    person : str
        As pages name them.
    standing, drift : DataFrame
        One row, or none: as ``auditors_compared`` and ``auditor_drift`` give them, without the person.
    calibrations : DataFrame
        ``agreed_label, label, n, share`` of blind calibrations.
    work : DataFrame
        One row, or none: as ``auditor_work`` gives it for the period, without the person.
    overturned : DataFrame
        Verdicts that arbitration reversed: ``policy, label, audit_label, final_label, n``, the most frequent first.
    talks : DataFrame
        Coaching talks: ``held_on, topic, next_check_on``, the newest first.
    """

    person: str
    standing: pd.DataFrame
    drift: pd.DataFrame
    calibrations: pd.DataFrame
    work: pd.DataFrame
    overturned: pd.DataFrame
    talks: pd.DataFrame
    role: str = "auditor"


def auditor_card(project: Project, rows: Rows, history: Rows, person: str, shown: str) -> AuditorCard:
    """Gather one auditor's figures.

    Parameters
    ----------
    project : Project
    rows, history : Rows
        The period's tables; and some weeks', for severity, calibrations and the audits made in the period.
    person, shown : str
        The auditor's id in the rows, and as pages name them.
    """

    def own(table: pd.DataFrame, column: str = "auditor_id") -> pd.DataFrame:
        return table[table[column] == shown].drop(columns=column).reset_index(drop=True)

    return AuditorCard(
        shown,
        own(auditors_compared(project, history)),
        own(auditor_drift(project, history)),
        own(calibration_matrix(project, history), "person_id"),
        own(auditor_work(project, rows, history)),
        _overturned(history, person),
        coaching_talks(history, person),
    )


def _overturned(history: Rows, person: str) -> pd.DataFrame:
    names = ["policy", "label", "audit_label", "final_label"]
    empty = pd.DataFrame({name: [] for name in (*names, "n")})
    if "disputes" not in history or not {"audit_id", "outcome"} <= columns(history["disputes"]):
        return empty
    reversed_ = history["disputes"].filter(nw.col("outcome") == "overturned")
    kept = [name for name in ("audit_id", "final_label") if name in columns(reversed_)]
    audits = history["audits"].filter(nw.col("auditor_id") == person)
    mine = [name for name in ("audit_id", *names[:3]) if name in columns(audits)]
    both = audits.select(mine).join(reversed_.select(kept).unique(), on="audit_id", how="inner")
    keys = [name for name in names if name in columns(both)]
    if not keys:
        return empty
    table = collect(both.group_by(keys).agg(n=nw.len()))
    return table.sort_values(["n", *keys], ascending=[False, *[True] * len(keys)]).reset_index(drop=True)
