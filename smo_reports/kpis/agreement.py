"""KPIs of agreement: what several labelers of the same item say of each other."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import LEVEL, Bounds, estimates_of
from smo_reports.kpis.registry import Frame, Frames, kpi
from smo_reports.kpis.tally import Groups, answered, collect, columns
from smo_reports.schema import PERIOD_WORK
from smo_reports.stats.agreement import ItemTally, nominal_alpha, raw_agreement
from smo_reports.stats.consensus import majority_share
from smo_reports.stats.intervals import student_quantile

_NEEDS = {"decisions": ("item_id", "label", "labeler_id")}
_HOW = "items resampled, labelers fixed"


def _overlap(frame: Frame) -> Frame:
    """First-pass decisions that may be compared: only blind ones where the rows say which are."""
    have = columns(frame)
    kept = answered(frame)
    if "blind" in have:
        kept = kept.filter(nw.col("blind").fill_null(False))
    if "is_gold" in have:
        kept = kept.filter(~nw.col("is_gold").fill_null(False))
    if "round" in have:
        kept = kept.filter(nw.col("round").fill_null(1) == 1)
    return kept


def _tally(frames: Frames, by: tuple[str, ...]) -> tuple[Groups, pd.DataFrame]:
    keys = [name for name in by if name not in ("item_id", "label")]
    tally = _overlap(frames["decisions"]).group_by([*keys, "item_id", "label"]).agg(given=nw.len())
    table = collect(tally)
    return Groups.of(table, by), table


def _by_group(
    frames: Frames,
    by: tuple[str, ...],
    measure: Callable[[ItemTally, float], tuple[float, float, float]],
    how: str,
) -> pd.DataFrame:
    groups, table = _tally(frames, by)
    found, items, notes = [], [], []
    for code in range(groups.count):
        own = table[groups.codes == code]
        tally = ItemTally.of(own["item_id"], own["label"], own["given"]).pairable()
        found.append(measure(tally, LEVEL))
        items.append(tally.items)
        notes.append(_note(tally, found[-1][0]))
    value, low, high = np.array(found, float).reshape(-1, 3).T
    return estimates_of(groups, value, items, {PERIOD_WORK: Bounds(low, high, how)}, notes)


def _note(tally: ItemTally, value: float) -> str:
    if tally.items == 0:
        return "not measured: needs items labelled blind by two or more people"
    if np.isnan(value):
        return "undefined: only one label was used"
    return "" if tally.items >= 30 else f"too few: {tally.items} items; 30 are needed"


@kpi(
    "agreement",
    "Raw agreement",
    unit="share",
    needs=_NEEDS,
    question="How often do two labelers of one item give it the same label?",
    formula="mean over items of the share of equal pairs of labels",
    source="Label Studio dashboards; KPI dictionary, raw agreement",
    counts="items labelled by two or more",
)
def agreement(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Mean share of equal pairs over the items that two or more people labelled blind."""
    return _by_group(frames, by, raw_agreement, f"Student over items; {_HOW}")


@kpi(
    "krippendorff_alpha",
    "Krippendorff's alpha",
    unit="coefficient",
    needs=_NEEDS,
    question="How far is agreement above what chance alone would give?",
    formula="1 − observed / expected disagreement, nominal labels",
    source="Krippendorff 2011, Computing Krippendorff's Alpha-Reliability",
    counts="items labelled by two or more",
)
def krippendorff_alpha(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Nominal alpha over items that two or more people labelled blind; undefined where one label was used."""
    return _by_group(frames, by, nominal_alpha, f"jackknife; {_HOW}")


@kpi(
    "consensus_gold_accuracy",
    "Majority-vote accuracy",
    unit="share",
    needs={"gold_decisions": ("gold_label", "item_id", "label")},
    question="How often is the label that most labelers gave the known answer?",
    formula="mean over gold items of 1[majority label = gold_label]; k labels that tie count 1/k each",
    source="Ustalov et al. 2024, JOSS 9(96):6227",
    counts="gold items",
)
def consensus_gold_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of gold items whose majority label is the known answer."""
    known = answered(frames["gold_decisions"]).filter(~nw.col("gold_label").is_null())
    keys = [name for name in by if name not in ("item_id", "label", "gold_label")]
    table = collect(known.group_by([*keys, "item_id", "gold_label", "label"]).agg(given=nw.len()))
    groups = Groups.of(table, by)
    found, items = [], []
    for code in range(groups.count):
        # An item whose known answer changed within the period counts once for each answer.
        own = table[groups.codes == code].sort_values(["item_id", "gold_label", "label"])
        item = own.groupby(["item_id", "gold_label"], sort=True).ngroup()
        tally = ItemTally.of(item, own["label"], own["given"])
        right = (own["label"] == own["gold_label"]).to_numpy(float)
        hit = np.bincount(tally.item, majority_share(tally) * right, tally.items)
        half = student_quantile(len(hit) - 1, LEVEL) * hit.std(ddof=1) / np.sqrt(len(hit)) if len(hit) > 1 else np.nan
        mean = float(hit.mean()) if len(hit) else np.nan
        found.append((mean, max(mean - half, 0.0), min(mean + half, 1.0)))
        items.append(len(hit))
    value, low, high = np.array(found, float).reshape(-1, 3).T
    notes = ["" if count >= 30 else f"too few: {count} gold items; 30 are needed" for count in items]
    return estimates_of(groups, value, items, {PERIOD_WORK: Bounds(low, high, f"Student over items; {_HOW}")}, notes)
