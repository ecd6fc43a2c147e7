"""Known answers that those who know best deny: probably the answer is wrong, not they.

Gold is made by people too. An answer that most good labelers "fail" costs every labeler accuracy, so it is looked at
again before anybody is coached, and gold accuracy is shown with and without it.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats as distributions

from smo_reports.kpis import estimate
from smo_reports.kpis.gold import GOLD_NEEDS, blind_gold
from smo_reports.kpis.tally import collect, columns
from smo_reports.schema import PERIOD_WORK
from smo_reports.sources import Rows
from smo_reports.stats.sums import sums

SUSPECT = "suspect: re-adjudicate"
_COLUMNS = ("item_id", "gold_label", "labels", "failed", "share", "instead", "agreed", "chance", "verdict")
_FEWEST_LABELERS = 4
_FEWEST_ITEMS = 10
_FDR = 0.05
_PRIOR = 5.0
"""How many answers of the average labeler everyone is given beforehand: nobody is flawless for being new."""


def suspect_gold(rows: Rows) -> pd.DataFrame:
    """Known answers by how strongly good labelers speak against them.

    A labeler has one vote on an item, however often it came back: the label given most often, and of labels given
    equally often the last in order. A good labeler is one whose accuracy on *other* gold items is at least the median
    of all who answered ten or more. An answer is *suspect* when more than half of at least four good labelers deny it,
    more of them say some other label than the answer itself, and more deny it than their own rates of error would
    give by chance at a false-discovery rate of 5 %. Labels of nobody known are no votes.

    Parameters
    ----------
    rows : Rows
        A longer period finds more: each item needs several labelers.

    Returns
    -------
    DataFrame
        ``item_id, gold_label``; ``labels``, one of each good labeler, how many ``failed`` the answer, their ``share``;
        ``instead``, what most of those said, and the share of good labelers who ``agreed`` on it; ``chance`` of as many
        failing by their own errors; ``verdict`` (*suspect: re-adjudicate* or empty). The strongest evidence first;
        items with fewer than four good labelers are left out.

    References
    ----------
    Northcutt, Athalye & Mueller (2021), NeurIPS Datasets and Benchmarks (labels of test sets are wrong as well);
    Benjamini & Hochberg (1995), JRSS B 57:289-300.
    """
    if "gold_decisions" not in rows or not {*GOLD_NEEDS, "item_id"} <= columns(rows["gold_decisions"]):
        return pd.DataFrame({name: [] for name in _COLUMNS})
    good = _by_good_labelers(_votes(rows))
    found = [_judged(own) for _, own in good.groupby(["item_id", "gold_label"], sort=True)]
    known = pd.DataFrame(found, columns=list(_COLUMNS))
    known = known[known["labels"] >= _FEWEST_LABELERS]
    if known.empty:
        return known
    rare = distributions.false_discovery_control(known["chance"].to_numpy(float)) <= _FDR
    majority = (known["share"] > 0.5) & (known["agreed"] > 1 - known["share"])
    known["verdict"] = np.where(rare & majority, SUSPECT, "")
    order = known.assign(_first=known["verdict"] == "").sort_values(["_first", "chance", "item_id", "gold_label"])
    return known.loc[order.index].reset_index(drop=True)


def with_and_without(rows: Rows, suspects: pd.DataFrame) -> pd.DataFrame:
    """Gold accuracy on all known answers, and on those that are not suspect.

    Leaving out what good labelers fail can only raise it: the truth lies between the two, and a second look at the
    answers says where.

    Parameters
    ----------
    rows : Rows
    suspects : DataFrame
        As :func:`suspect_gold` gives it.

    Returns
    -------
    DataFrame
        Estimates of ``gold_accuracy`` for this period's work, with ``gold``: *all* or *without suspects*.
    """
    doubted = suspects[suspects["verdict"] == SUSPECT]
    found = [estimate("gold_accuracy", rows).assign(gold="all")]
    if "gold_decisions" in rows and len(doubted):
        pair = nw.concat_str([nw.col("item_id"), nw.col("gold_label")], separator="\n")
        listed = (doubted["item_id"] + "\n" + doubted["gold_label"]).tolist()
        trusted = rows["gold_decisions"].filter(~pair.is_in(listed))
        found.append(estimate("gold_accuracy", trusted).assign(gold="without suspects"))
        for name in ("period_start", "period_end"):
            found[1][name] = found[0][name].iloc[0]
    estimates = pd.concat(found, ignore_index=True)
    return estimates[estimates["interval"] == PERIOD_WORK].reset_index(drop=True)


def _votes(rows: Rows) -> pd.DataFrame:
    """One label of each labeler for each known answer: who meets an item again answers much as before."""
    keys = ["item_id", "gold_label", "labeler_id", "label"]
    given = collect(blind_gold(rows["gold_decisions"]).group_by(keys).agg(n=nw.len())).dropna(subset=keys)
    ordered = given.sort_values([*keys[:3], "n", "label"])
    return ordered.drop_duplicates(keys[:3], keep="last")[keys].reset_index(drop=True)


def _by_good_labelers(table: pd.DataFrame) -> pd.DataFrame:
    """The votes of those who are good on all other items, each with the chance that its giver errs."""
    right, one = table["label"] == table["gold_label"], np.ones(len(table))
    person, names = pd.factorize(table["labeler_id"])
    item, items = pd.factorize(table["item_id"])
    pair = person * len(items) + item
    total, hits = sums(person, one, len(names)), sums(person, right, len(names))
    spot = np.unique(pair, return_inverse=True)[1].ravel()
    own_total, own_hits = sums(spot, one)[spot], sums(spot, right)[spot]
    usual = float(hits.sum() / max(total.sum(), 1.0))
    other_total, other_hits = total[person] - own_total, hits[person] - own_hits
    skill = (other_hits + _PRIOR * usual) / (other_total + _PRIOR)
    overall = (hits + _PRIOR * usual) / (total + _PRIOR)
    settled = overall[total >= _FEWEST_ITEMS]
    bar = float(np.median(settled)) if len(settled) else np.inf
    good = (skill >= bar) & (other_total >= _FEWEST_ITEMS)
    kept: pd.DataFrame = table.assign(err=1 - skill).loc[good]
    return kept


def _judged(own: pd.DataFrame) -> dict[str, object]:
    """One item's votes from good labelers; the chance is exact, of unlike trials."""
    gold = own["gold_label"].iloc[0]
    wrong = own[own["label"] != gold]
    failed, labels = len(wrong), len(own)
    chance = np.ones(1)
    for err in own["err"].to_numpy(float):
        chance = np.convolve(chance, [1 - err, err])
    said = wrong.groupby("label", sort=True).size()
    return {
        "item_id": own["item_id"].iloc[0],
        "gold_label": gold,
        "labels": labels,
        "failed": failed,
        "share": failed / labels,
        "instead": str(said.idxmax()) if failed else "",
        "agreed": float(said.max() / labels) if failed else 0.0,
        "chance": min(float(chance[failed:].sum()), 1.0),
        "verdict": "",
    }
