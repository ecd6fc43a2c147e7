"""KPIs of quality: what random audits say of the labels that were given."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import estimates_of, exact
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.share import share_estimates
from smo_reports.kpis.tally import Groups, answered, collect, decisions_given, random_audits
from smo_reports.schema import PERIOD_WORK

_AUDITED = ("purpose", "labeler_id")


@kpi(
    "accuracy",
    "Accuracy",
    unit="share",
    needs={"audits": ("correct", *_AUDITED)},
    question="What share of the decisions is right, as far as random audits tell?",
    formula="Σ w·1[correct] / Σ w over random audits; w is the inverse of the chance to be drawn",
    source="TSPA curriculum, quality assurance; Särndal et al. 1992, ch. 5",
    counts="random audits",
)
def accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions that random audits call correct."""
    return share_estimates(random_audits(frames["audits"]), nw.col("correct"), by, "audits")


@kpi(
    "false_positive_rate",
    "False-positive rate",
    unit="share",
    better="lower",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the items that violate nothing, what share was acted on?",
    formula="Σ w·FP / Σ w·(FP + TN) over random audits",
    source="TSPA curriculum, quality assurance",
    counts="random audits of items that violate nothing",
)
def false_positive_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items that the auditor found harmless and the labeler did not."""
    # Not ~audit_violating: Ibis writes its test for null as NOT audit_violating IS NULL, which asks the opposite.
    harmless = nw.col("audit_violating") == nw.lit(False)
    return share_estimates(
        random_audits(frames["audits"]), nw.col("violating"), by, "audits of harmless items", harmless
    )


@kpi(
    "false_negative_rate",
    "False-negative rate",
    unit="share",
    better="lower",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the items that violate a policy, what share was missed?",
    formula="Σ w·FN / Σ w·(FN + TP) over random audits",
    source="TSPA curriculum, quality assurance",
    counts="random audits of items that violate a policy",
)
def false_negative_rate(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items that the auditor found violating and the labeler passed."""
    missed, harmful = nw.col("violating") == nw.lit(False), nw.col("audit_violating")
    return share_estimates(random_audits(frames["audits"]), missed, by, "audits of violating items", harmful)


@kpi(
    "precision",
    "Precision",
    unit="share",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the decisions to act, what share was right to act?",
    formula="Σ w·TP / Σ w·(TP + FP) over random audits",
    source="Trust & Safety metrics under the DSA, arXiv 2305.09601",
    counts="random audits of decisions to act",
)
def precision(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions that called an item violating in which the auditor did as well."""
    harmful, acted = nw.col("audit_violating"), nw.col("violating")
    return share_estimates(random_audits(frames["audits"]), harmful, by, "audits of decisions to act", acted)


@kpi(
    "recall",
    "Recall",
    unit="share",
    needs={"audits": ("violating", "audit_violating", *_AUDITED)},
    question="Of the items that violate a policy, what share was found?",
    formula="Σ w·TP / Σ w·(TP + FN) over random audits; strata, such as those of a model's score, by their weights",
    source="Trust & Safety metrics under the DSA, arXiv 2305.09601",
    counts="random audits of items that violate a policy",
)
def recall(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the items that the auditor found violating and the labeler as well."""
    acted, harmful = nw.col("violating"), nw.col("audit_violating")
    return share_estimates(random_audits(frames["audits"]), acted, by, "audits of violating items", harmful)


@kpi(
    "prevalence",
    "Prevalence",
    unit="share",
    better=None,
    needs={"audits": ("audit_violating", *_AUDITED)},
    question="What share of the reviewed stream violates a policy (what was never queued is not in it)?",
    formula="Σ w·1[audit says violating] / Σ w over random audits",
    source="Meta transparency centre, prevalence; TSPA curriculum, quality assurance",
    counts="random audits",
)
def prevalence(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the reviewed items that auditors find violating: of the stream that reached people, not of views."""
    return share_estimates(random_audits(frames["audits"]), nw.col("audit_violating"), by, "audits")


@kpi(
    "audit_coverage",
    "Audit coverage",
    unit="share",
    needs={"decisions": ("decision_id",), "audits": ("decision_id", "purpose")},
    question="What share of the decisions was audited at random?",
    formula="decisions with a random audit / decisions",
    source="KPI dictionary, audit coverage",
    counts="decisions",
)
def audit_coverage(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Audited decisions over decisions, counted in full."""
    keys = list(by)
    given = decisions_given(frames, by)
    # Distinct rows, then counted: servers differ in how they count distinct values beside nulls.
    seen = answered(random_audits(frames["audits"])).select(*keys, "decision_id").unique()
    if keys:
        total = given.groupby(keys, dropna=False)["n"].sum().reset_index()
        audited = collect(seen.group_by(keys).agg(audited=nw.len()))
        table = total.merge(audited, on=keys, how="left").fillna({"audited": 0.0})
    else:
        table = pd.DataFrame({"n": [given["n"].sum()]})
        table["audited"] = collect(seen.select(audited=nw.len()))["audited"].to_numpy()
    groups = Groups.of(table, by)
    n, audited_n = groups.total(table["n"]), groups.total(table["audited"])
    value = np.divide(audited_n, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if rows else "undefined: there are no decisions" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all decisions")}, notes)
