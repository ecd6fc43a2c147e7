"""One person's page: their work against what their mix of work leads to expect, for coaching."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from smo_reports.analyses.auditor_card import AuditorCard, auditor_card
from smo_reports.analyses.people import compared
from smo_reports.analyses.talks import coaching_talks
from smo_reports.errors import ReportError
from smo_reports.kpis import estimate
from smo_reports.kpis.tally import collect, columns, random_audits
from smo_reports.project import Project
from smo_reports.pseudonyms import pseudonym, workspace_key
from smo_reports.schema import PERIOD_WORK
from smo_reports.sources import Rows


@dataclass(frozen=True)
class Scorecard:
    """What one labeler and their lead look at together.

    Attributes
    ----------
    person : str
        As pages name them.
    standing : DataFrame
        One row, or none without random audits: as ``analyses.people_compared`` gives it, without the person.
    policies : DataFrame
        Accuracy by policy, of this period's work, with the project's own beside it as ``everybody``.
    weekly : DataFrame
        Accuracy by week.
    pace : DataFrame
        Median handling time of this person and of everybody, ``who``: ``person`` or ``everybody``.
    errors : DataFrame
        What random audits corrected: ``policy, label, audit_label, n``, the most frequent first.
    talks : DataFrame
        Coaching talks: ``held_on, topic, next_check_on``, the newest first.
    disputes : DataFrame
        Disputes that this person raised: ``outcome`` (``open`` while unresolved), ``n``.
    """

    person: str
    standing: pd.DataFrame
    policies: pd.DataFrame
    weekly: pd.DataFrame
    pace: pd.DataFrame
    errors: pd.DataFrame
    talks: pd.DataFrame
    disputes: pd.DataFrame
    role: str = "labeler"


def scorecard(project: Project, rows: Rows, history: Rows, person: str) -> Scorecard | AuditorCard:
    """Gather one labeler's figures, or one auditor's.

    Parameters
    ----------
    project : Project
    rows : Rows
        The period's tables: pace is of the period.
    history : Rows
        Some weeks' tables: quality is of all of them, since one person has few audits in a week.
    person : str
        The person's id in the rows. Who labelled and audited in those weeks gets a labeler's page.

    Raises
    ------
    ReportError
        When nobody of that id labelled or audited anything in those weeks.
    """
    shown = person if project.people == "ids" else pseudonym(person, workspace_key(project.root))
    if not _rows_of(history, "decisions", "labeler_id", person):
        if not _rows_of(history, "audits", "auditor_id", person):
            raise ReportError(f"project {project.project!r}: {shown} labelled and audited nothing in these weeks")
        return auditor_card(project, rows, history, person, shown)
    people = compared(project, history)
    return Scorecard(
        shown,
        people[people["labeler_id"] == shown].drop(columns="labeler_id").reset_index(drop=True),
        _policies(history, person),
        _own(estimate("accuracy", history, ["labeler_id", "week"]), person)
        if _has(history, "week")
        else pd.DataFrame(),
        _pace(rows, person),
        _errors(history, person),
        coaching_talks(history, person),
        _disputes(history, person),
    )


def _rows_of(rows: Rows, table: str, column: str, person: str) -> int:
    if table not in rows or column not in columns(rows[table]):
        return 0
    return int(collect(rows[table].filter(nw.col(column) == person).select(n=nw.len()))["n"].iloc[0])


def _has(rows: Rows, column: str) -> bool:
    return "audits" in rows and column in columns(rows["audits"])


def _own(split: pd.DataFrame, person: str) -> pd.DataFrame:
    """One person's rows of estimates that were split by person, without the person."""
    mine = split[(split["labeler_id"] == person) & (split["interval"] == PERIOD_WORK)]
    return mine.drop(columns="labeler_id").reset_index(drop=True)


def _policies(history: Rows, person: str) -> pd.DataFrame:
    if not _has(history, "policy"):
        return pd.DataFrame()
    everybody = estimate("accuracy", history, ["policy"])
    usual = everybody[everybody["interval"] == PERIOD_WORK].set_index("policy")["value"]
    mine = _own(estimate("accuracy", history, ["labeler_id", "policy"]), person)
    return mine.assign(everybody=mine["policy"].map(usual)).sort_values("policy").reset_index(drop=True)


def _pace(rows: Rows, person: str) -> pd.DataFrame:
    if "handling_s" not in columns(rows["decisions"]):
        return pd.DataFrame()
    mine = _own(estimate("handling_time_median", rows, ["labeler_id"]), person).assign(who="person")
    everybody = estimate("handling_time_median", rows)
    return pd.concat([mine, everybody[everybody["interval"] == PERIOD_WORK].assign(who="everybody")], ignore_index=True)


def _errors(history: Rows, person: str) -> pd.DataFrame:
    keys = [name for name in ("policy", "label", "audit_label") if _has(history, name)]
    if "audits" not in history or "correct" not in columns(history["audits"]) or "audit_label" not in keys:
        return pd.DataFrame({"label": [], "audit_label": [], "n": []})
    audits = random_audits(history["audits"]).filter(nw.col("labeler_id") == person)
    wrong = audits.filter(nw.col("correct") == nw.lit(False))
    table = collect(wrong.group_by(keys).agg(n=nw.len()))
    return table.sort_values(["n", *keys], ascending=[False, *[True] * len(keys)]).reset_index(drop=True)


def _disputes(history: Rows, person: str) -> pd.DataFrame:
    if "disputes" not in history or "raised_by" not in columns(history["disputes"]):
        return pd.DataFrame({"outcome": [], "n": []})
    own = history["disputes"].filter(nw.col("raised_by") == person)
    if "outcome" not in columns(own):
        return pd.DataFrame({"outcome": [], "n": []})
    table = collect(own.group_by("outcome").agg(n=nw.len()))
    return table.assign(outcome=table["outcome"].fillna("open")).sort_values("outcome").reset_index(drop=True)
