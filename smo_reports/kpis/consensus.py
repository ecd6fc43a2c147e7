"""KPIs of consensus: what the labelers of one item say together, against the known answer."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.assemble import FEWEST_ROWS, LEVEL, Bounds, estimates_of
from smo_reports.kpis.gold import blind_gold
from smo_reports.kpis.registry import Frames, kpi
from smo_reports.kpis.tally import Groups, collect
from smo_reports.schema import PERIOD_WORK
from smo_reports.stats.intervals import student_quantile
from smo_reports.stats.item_tally import ItemTally
from smo_reports.stats.majority import majority_share


@kpi(
    "consensus_gold_accuracy",
    "Majority-vote accuracy",
    unit="share",
    needs={"gold_decisions": ("gold_label", "item_id", "label")},
    question="How often is the label that most labelers gave the known answer?",
    formula="mean over gold items of 1[majority of blind labels = gold_label]; k labels that tie count 1/k each",
    source="Ustalov et al. 2024, JOSS 9(96):6227",
    counts="gold items",
)
def consensus_gold_accuracy(frames: Frames, by: tuple[str, ...]) -> pd.DataFrame:
    """Share of gold items whose majority label is the known answer; labels given knowingly are left out."""
    known = blind_gold(frames["gold_decisions"])
    keys = [name for name in by if name not in ("item_id", "label", "gold_label")]
    table = collect(known.group_by([*keys, "item_id", "gold_label", "label"]).agg(given=nw.len()))
    groups = Groups.of(table, by)
    unit, hit = _majority_right(table.assign(_group=groups.codes))
    found = [_mean(hit[unit == code]) for code in range(groups.count)]
    value, low, high, items = np.array(found, float).reshape(-1, 4).T
    notes = [
        "" if count >= FEWEST_ROWS else f"too few: {count:.0f} gold items; {FEWEST_ROWS} are needed" for count in items
    ]
    bounds = Bounds(low, high, "Student over items; items resampled, labelers fixed")
    return estimates_of(groups, value, items, {PERIOD_WORK: bounds}, notes)


def _majority_right(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each gold item's group, and its chance of being right by majority.

    An item whose known answer changed within the period counts once for each answer.
    """
    item = table.groupby(["_group", "item_id", "gold_label"], sort=False).ngroup().to_numpy()
    words = pd.factorize(pd.concat([table["label"], table["gold_label"]], ignore_index=True))[0]
    label, known = words[: len(table)], words[len(table) :]
    tally = ItemTally.of(item, label, table["given"])
    answer, group = np.zeros(tally.rows, np.intp), np.zeros(tally.rows, np.intp)
    answer[item], group[item] = known, table["_group"]
    given = np.asarray(tally.labels, np.intp)[tally.label]
    return group, tally.per_row(majority_share(tally) * (given == answer[tally.row]))


def _mean(hit: np.ndarray) -> tuple[float, float, float, int]:
    if len(hit) == 0:
        return np.nan, np.nan, np.nan, 0
    value, items = float(hit.mean()), len(hit)
    half = float(student_quantile(items - 1, LEVEL)) * hit.std(ddof=1) / np.sqrt(items) if items > 1 else np.nan
    return value, max(value - half, 0.0), min(value + half, 1.0), items
