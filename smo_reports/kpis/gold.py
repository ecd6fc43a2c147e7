"""KPIs of gold: how labels fare against known answers, and whether the known answers are fit to judge them."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import Bounds, estimates_of, exact
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.share import share_estimates
from smo_reports.kpis.tally import Groups, answered, collect, columns
from smo_reports.schema import PERIOD_WORK

GOLD_NEEDS = ("gold_label", "label", "labeler_id")
_DAY = 86_400.0


def blind_gold(frame: Frame) -> Frame:
    """Answered decisions on items with a known answer that labelers could not recognise as such."""
    kept = answered(frame).filter(~nw.col("gold_label").is_null())
    have = columns(kept)
    if "is_gold" in have:
        kept = kept.filter(nw.col("is_gold").fill_null(False))
    if "blind" in have:
        kept = kept.filter(nw.col("blind").fill_null(True))
    # Weights are chances to be drawn for an audit, and no gold item was.
    return kept.select([name for name in have if name not in ("weight", "stratum", "plan_id")])


@kpi(
    "gold_accuracy",
    "Gold accuracy",
    unit="share",
    needs={"gold_decisions": GOLD_NEEDS},
    question="What share of the decisions on items with a known answer matches it?",
    formula="Σ 1[label = gold_label] / n over blind decisions on gold items",
    source="CVAT honeypots; WebPurify, quality control programme",
    counts="decisions on gold items",
)
def gold_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the decisions on gold items that match; gold that labelers could recognise is left out."""
    right = nw.col("label") == nw.col("gold_label")
    return share_estimates(blind_gold(frames["gold_decisions"]), right, by, "gold decisions")


@kpi(
    "gold_coverage",
    "Gold coverage",
    unit="share",
    needs={"decisions": ("decision_id",), "gold_decisions": GOLD_NEEDS},
    question="What share of the decisions was on items with a known answer?",
    formula="blind decisions on gold items / decisions; by policy, 0 where a policy has no gold",
    source="WebPurify, quality control programme (gold for rare policies); CVAT honeypots",
    counts="decisions",
)
def gold_coverage(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Blind gold decisions over decisions, counted in full."""
    keys = list(by)
    whole, known = answered(frames["decisions"]), blind_gold(frames["gold_decisions"])
    if keys:
        total = collect(whole.group_by(keys).agg(n=nw.len()))
        table = total.merge(collect(known.group_by(keys).agg(known=nw.len())), on=keys, how="left")
    else:
        table = collect(whole.select(n=nw.len()))
        table["known"] = collect(known.select(known=nw.len()))["known"].to_numpy()
    groups = Groups.of(table, by)
    n, with_answer = groups.total(table["n"]), groups.total(table["known"].fillna(0))
    value = np.divide(with_answer, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = ["" if rows else "undefined: there are no decisions" for rows in n]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all decisions")}, notes)


def in_force(frames: Frames) -> tuple[pd.DataFrame, pd.Timestamp]:
    """The known answers in force when the period ends, and that instant.

    Where the period has no end, it is the newest instant at which gold changed.

    Returns
    -------
    DataFrame, Timestamp
        ``gold`` without what was retired, replaced or not yet added; an answer without a time has always been there.
    """
    gold = collect(frames["gold"])
    for column in ("added_at", "retired_at", "outdated_at"):
        if column in gold:
            gold[column] = pd.to_datetime(gold[column], utc=True)
    ends = [gold[column].max() for column in ("added_at", "retired_at") if column in gold]
    until = pd.Timestamp(frames.until or max((end for end in ends if pd.notna(end)), default=dt.datetime.now(dt.UTC)))
    there = gold[~(gold["added_at"] > until)]
    order = ["added_at", "gold_version"] if "gold_version" in gold else ["added_at"]
    newest = there.sort_values(order, na_position="first", kind="stable").drop_duplicates("item_id", keep="last")
    if "retired_at" in newest:
        newest = newest[~(newest["retired_at"] <= until)]
    return newest.reset_index(drop=True), until


@kpi(
    "gold_age",
    "Gold age",
    unit="days",
    better="lower",
    needs={"gold": ("item_id", "added_at")},
    question="How old is a typical known answer that is in force when the period ends?",
    formula="median of (end of the period − added_at) over answers neither retired nor replaced by then",
    source="Everything in Moderation, vanity metrics (stale answers); KPI dictionary, gold health",
    counts="known answers in force",
)
def gold_age(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Median age of the answers in force, counted in full; answers without a time are left out aloud."""
    answers, until = in_force(frames)
    groups = Groups.of(answers, by)
    days = ((until - answers["added_at"]).dt.total_seconds() / _DAY).to_numpy(float)
    dated = ~np.isnan(days)
    n = groups.total(pd.Series(dated))
    undated = groups.total(pd.Series(~dated))
    value = [_median(days[dated & (groups.codes == code)]) for code in range(groups.count)]
    notes = [_of_answers(int(kept), int(lost)) for kept, lost in zip(n, undated, strict=True)]
    return estimates_of(groups, value, n, {PERIOD_WORK: exact(value, "all known answers in force")}, notes)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _of_answers(kept: int, undated: int) -> str:
    if not kept:
        return "undefined: no known answer with a time is in force"
    return f"{undated} known answers have no time and are left out" if undated else ""


@kpi(
    "gold_version_lag",
    "Gold older than the guideline",
    unit="share",
    better="lower",
    needs={"gold": ("item_id", "added_at", "outdated_at")},
    question="What share of the known answers in force is older than a guideline change that concerns it?",
    formula="answers in force with a guideline event of their policy (or of all) between added_at and the period's end "
    "/ answers in force with a time; an answer that was looked at again is added anew",
    source="Everything in Moderation, vanity metrics (QA by an out-of-date guideline)",
    counts="known answers in force",
)
def gold_version_lag(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of the answers in force that no one has confirmed since a guideline changed, counted in full."""
    answers, until = in_force(frames)
    groups = Groups.of(answers, by)
    dated = answers["added_at"].notna()
    n, undated = groups.total(dated), groups.total(~dated)
    old = groups.total(answers["outdated_at"] <= until)
    value = np.divide(old, n, out=np.full(len(n), np.nan), where=n > 0)
    notes = [_of_answers(int(kept), int(lost)) for kept, lost in zip(n, undated, strict=True)]
    whole = Bounds(value, value, "counted in full: all known answers in force")
    return estimates_of(groups, value, n, {PERIOD_WORK: whole}, notes)
