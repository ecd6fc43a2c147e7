"""KPIs of what people object to: disputes of audits, and users' appeals.

Who objects chooses to: these are leads to follow, never estimates of quality, and most may not be held against a
target, since a target on objections is met by discouraging them.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of, exact
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect
from smo_reports.schema import PERIOD_WORK, PROCESS
from smo_reports.stats.survival import kaplan_meier_quantile

OVERTURNED = "overturned"
"""The outcome of a dispute or an appeal that was found to be right."""

_DAY = 86_400.0


def _counted(frame: Frame, by: tuple[str, ...], name: str) -> pd.DataFrame:
    count = nw.len().alias(name)
    return collect(frame.group_by(list(by)).agg(count) if by else frame.select(count))


def _per(part: Frame, whole: Frame, by: tuple[str, ...], nothing: str, counted: str) -> pd.DataFrame:
    """Rows of ``part`` over rows of ``whole``, counted in full; of both the period's own."""
    parts, wholes = _counted(part, by, "part"), _counted(whole, by, "whole")
    table = wholes.merge(parts, on=list(by), how="outer") if by else pd.concat([wholes, parts], axis=1)
    table = table.fillna({"part": 0, "whole": 0})
    groups = Groups.of(table, by)
    n, some = groups.total(table["whole"]), groups.total(table["part"])
    value = np.divide(some, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if rows else f"undefined: {nothing}" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, counted)}, notes)


@kpi(
    "dispute_rate",
    "Dispute rate",
    unit="share",
    better=None,
    needs={"audits": ("audit_id", "correct"), "disputes": ("audit_id",)},
    question="How many audits are disputed for every audit that found an error?",
    formula="audits disputed in the period / audits of the period's decisions, of any purpose, that found an error",
    source="Zendesk QA, disputes dashboard; KPI dictionary, dispute rate",
    counts="audits that found an error",
    gradable=False,
)
def dispute_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Disputed audits per audit that found an error; above 1 where those of earlier weeks are disputed now."""
    keys = list(dict.fromkeys([*by, "audit_id"]))
    disputed = frames["disputes"].select(keys).unique()
    found = frames["audits"].filter(nw.col("correct") == nw.lit(False))
    return _per(disputed, found, by, "no audit found an error", "all audits and all disputes")


@kpi(
    "dispute_acceptance",
    "Disputes accepted",
    unit="share",
    better="lower",
    needs={"disputes": ("outcome",)},
    question="Of the disputes that were resolved, what share was right?",
    formula="disputes with the outcome overturned / disputes with an outcome",
    source="Zendesk QA, disputes accepted and rejected; KPI dictionary, QA overturn rate",
    counts="disputes with an outcome",
    gradable=False,
)
def dispute_acceptance(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the resolved disputes of the period in which the audit was overturned."""
    resolved = frames["disputes"].filter(~nw.col("outcome").is_null())
    accepted = resolved.filter(nw.col("outcome") == OVERTURNED)
    return _per(accepted, resolved, by, "no dispute has an outcome yet", "all disputes with an outcome")


@kpi(
    "overturn_rate",
    "Audits overturned",
    unit="share",
    better="lower",
    needs={"audits": ("audit_id", "correct"), "disputes": ("audit_id", "outcome")},
    question="How many verdicts are reversed in arbitration for every audit made?",
    formula="audits disputed in the period with the outcome overturned / audits of the period's decisions",
    source="KPI dictionary, QA overturn rate; Zendesk QA, disputes dashboard",
    counts="audits",
    gradable=False,
)
def overturn_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Reversed verdicts per audit with a verdict: only errors in what somebody disputed are seen."""
    keys = list(dict.fromkeys([*by, "audit_id"]))
    reversed_ = frames["disputes"].filter(nw.col("outcome") == OVERTURNED).select(keys).unique()
    judged = frames["audits"].filter(~nw.col("correct").is_null())
    return _per(reversed_, judged, by, "there are no audits", "all audits and all disputes")


@kpi(
    "appeal_rate",
    "Appeal rate",
    unit="share",
    better=None,
    needs={"decisions": ("violating",), "appeals": ("decision_id",)},
    question="How many appeals are there for every decision to act?",
    formula="appeals made in the period / decisions of the period labelled violating",
    source="Meta transparency centre, appealed content; TSPA curriculum",
    counts="decisions labelled violating",
    gradable=False,
)
def appeal_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Appeals per decision to act: how much is appealed says how many chose to, not how much is wrong."""
    acted = answered(frames["decisions"]).filter(nw.col("violating"))
    return _per(frames["appeals"], acted, by, "no decision was labelled violating", "all decisions and all appeals")


@kpi(
    "appeal_overturn_rate",
    "Appeals overturned",
    unit="share",
    better="lower",
    needs={"appeals": ("outcome",)},
    question="Of the appeals that were resolved, in what share was the decision overturned?",
    formula="appeals with the outcome overturned / appeals with an outcome",
    source="Meta transparency centre, restored content; KPI dictionary (a lead, not accuracy)",
    counts="appeals with an outcome",
    gradable=False,
)
def appeal_overturn_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the period's resolved appeals that were overturned: a lead, not accuracy, since people choose to."""
    resolved = frames["appeals"].filter(~nw.col("outcome").is_null())
    overturned = resolved.filter(nw.col("outcome") == OVERTURNED)
    return _per(overturned, resolved, by, "no appeal has an outcome yet", "all appeals with an outcome")


@kpi(
    "dispute_days",
    "Time to resolve a dispute",
    unit="days",
    better="lower",
    needs={"disputes": ("raised_at", "resolved_at")},
    question="How long does a typical dispute take to be resolved?",
    formula="Kaplan-Meier median of resolved_at − raised_at of disputes raised in the period; open ones are censored",
    source="Zendesk QA, average resolution time; Kaplan & Meier 1958, JASA 53:457-481",
    counts="disputes",
)
def dispute_days(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Median days to resolution; days on which disputes were raised are the clusters of the process interval."""
    keys = list(dict.fromkeys([*by, "raised_at", "resolved_at"]))
    table = collect(frames["disputes"].group_by(keys).agg(n=nw.len()))
    raised, resolved = (pd.to_datetime(table[name], utc=True) for name in ("raised_at", "resolved_at"))
    until = pd.Timestamp(frames.until) if frames.until else pd.concat([raised, resolved]).max()
    over = resolved <= until
    days = ((resolved.where(over, until) - raised).dt.total_seconds() / _DAY).clip(lower=0)
    groups = Groups.of(table, by)
    n, still = groups.total(table["n"]), groups.total(table["n"].where(~over, 0))
    found = []
    for code in range(groups.count):
        own = groups.codes == code
        # Times are kept to a millionth of a day, so that equal ones stay equal.
        lasted, ended, times = days[own].round(6), over[own], table["n"][own]
        day = raised[own].dt.floor("D")
        fixed = kaplan_meier_quantile(lasted, ended, times, 0.5, LEVEL, finite=True)
        found.append((*fixed, *kaplan_meier_quantile(lasted, ended, times, 0.5, LEVEL, cluster=day)[1:]))
    value, low, high, below, above = np.array(found, float).reshape(-1, 5).T
    notes = [_unresolved(*one) for one in zip(n, still, value, strict=True)]
    return estimates_of(
        groups,
        value,
        n,
        {
            PERIOD_WORK: Bounds(low, high, "Kaplan-Meier; only what open disputes will still take is unknown"),
            PROCESS: Bounds(below, above, "Kaplan-Meier, Brookmeyer-Crowley; days as clusters"),
        },
        notes,
    )


def _unresolved(n: float, still: float, value: float) -> str:
    if not n:
        return "undefined: no dispute was raised"
    return f"undefined: {int(still)} of {int(n)} disputes are still open" if np.isnan(value) else ""
