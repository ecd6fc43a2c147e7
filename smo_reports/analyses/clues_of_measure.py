"""Clues that the measure moved, not the work: an auditor's severity, gold that did not follow, verdicts overturned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.analyses.clues import FEWEST, Clue, few_people, half_as_much, missing, of_errors, of_work, strongest
from smo_reports.analyses.judged_rows import Judged, judged
from smo_reports.kpis.arbitration import OVERTURNED
from smo_reports.kpis.tally import collect, columns
from smo_reports.sources import Rows
from smo_reports.stats.contrast import contrast

AUDITOR = "gold or auditor"


def severity(found: Judged, named: str) -> Clue:
    """Whether one auditor's verdicts account for the change, against the other auditors' in the same two periods."""
    if not found.has("auditor_id"):
        return missing("auditors", AUDITOR, "auditor_id on the table audits")
    auditor = found.rows["auditor_id"].astype(str)
    sides = [auditor[found.after == side].value_counts() for side in (False, True)]
    both = sorted(set(sides[0][sides[0] >= FEWEST].index) & set(sides[1][sides[1] >= FEWEST].index))
    listed = [named] if named else both
    if len(auditor.unique()) < 2 or not listed:
        return missing("auditors", AUDITOR, "audits of the segment by two auditors or more, ten each in both periods")
    every = [
        of_work(found, "auditors", AUDITOR, (auditor == one).to_numpy(bool), own_past=True, subject=one)
        for one in listed
    ]
    # Whoever labelled them, the verdicts are one auditor's.
    return replace(strongest(every, apart=True), few=True)


def gold(found: Judged, before: Rows, after: Rows, scope: Mapping[str, Any], table: str = "gold_decisions") -> Clue:
    """Whether accuracy by another measure changed as well: if less than half as much, it speaks for the measure.

    Parameters
    ----------
    found : Judged
        The audited decisions of the scope.
    before, after : Rows
    scope : mapping of str to str
    table : str
        The other measure: gold where audits found the change.
    """
    other = judged(before, after, scope, table)
    counts = [0, 0] if other is None else [int((other.after == side).sum()) for side in (False, True)]
    if other is None or min(counts) < FEWEST:
        return missing(table, AUDITOR, f"blind decisions on gold items in this segment, {FEWEST} in each period")
    names = [frame.rows["labeler_id"].astype(str) for frame in (found, other)]
    who = pd.factorize(pd.concat(names))[0]
    y = found.sign * np.concatenate([found.err, other.err])
    cell = np.concatenate([found.after.astype(np.intp), 2 + other.after])
    weight = np.concatenate([frame.rows["weight"].to_numpy(float) for frame in (found, other)])
    test = contrast(y, cell, (-0.5, 0.5, 1, -1), who, weight)
    own = contrast(found.sign * y, cell, (0, 0, -1, 1), who, weight)
    rates = [float(other.err[other.after == side].mean()) for side in (False, True)]
    return replace(
        half_as_much(own, found.change, test, AUDITOR, table),
        before=rates[0],
        after=rates[1],
        n=sum(counts),
        few=few_people(other),
    )


def arbitration(found: Judged, before: Rows, after: Rows) -> Clue:
    """Whether errors whose verdict was overturned on dispute account for the change."""
    needs = "outcome on the table disputes, and audit_id on the table audits"
    tables = [rows["disputes"] for rows in (before, after) if "disputes" in rows]
    if not tables or not found.has("audit_id") or any("outcome" not in columns(table) for table in tables):
        return missing("arbitration", AUDITOR, needs)
    overturned = [
        collect(table.filter(nw.col("outcome") == OVERTURNED).select("audit_id"))["audit_id"] for table in tables
    ]
    flag = found.rows["audit_id"].isin(pd.concat(overturned)).to_numpy(bool)
    # Most verdicts are never disputed: few overturned ones say nothing in the measure's favour.
    return replace(of_errors(found, "arbitration", AUDITOR, flag, 0.0), against=1.0)


def outdated_answers(found: Judged, after: Rows) -> Clue:
    """Whether known answers that are older than a guideline change account for a change of gold accuracy."""
    needs = "guideline changes in the table events, and times on the tables gold and decisions"
    if "gold" not in after or "outdated_at" not in columns(after["gold"]) or not found.has("submitted_at"):
        return missing("outdated gold", AUDITOR, needs)
    answers = collect(after["gold"].select("item_id", "outdated_at")).dropna()
    newest = dict(answers.groupby("item_id")["outdated_at"].max())
    since = pd.to_datetime(found.rows["item_id"].map(newest), utc=True)
    old = (since <= pd.to_datetime(found.rows["submitted_at"], utc=True)).to_numpy(bool)
    return of_work(found, "outdated gold", AUDITOR, old, own_past=False)
