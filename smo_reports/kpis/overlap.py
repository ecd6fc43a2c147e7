"""Overlap: the items that several people labelled, each without knowing of the others, as the engine counted them."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from smo_reports.kpis.registry import Frame, Frames
from smo_reports.kpis.tally import Groups, answered, collect, columns
from smo_reports.stats.item_tally import ItemTally


def overlap_of(frame: Frame) -> Frame:
    """Decisions that may be compared with each other.

    First-pass answers that replace no earlier one, not on gold (whose answer some remember), and, where the rows say
    which are blind, only those. Rows do not say why an item was given to several people: what was sent to a second
    person because of the first one's label (an escalation, a dispute) must be a later round, or not blind. All labels
    count, so that where one person labelled an item twice in the first round both do.
    """
    have = columns(frame)
    kept = answered(frame).filter(~nw.col("label").is_null())
    if "blind" in have:
        kept = kept.filter(nw.col("blind").fill_null(False))
    if "is_gold" in have:
        kept = kept.filter(~nw.col("is_gold").fill_null(False))
    if "round" in have:
        kept = kept.filter(nw.col("round").fill_null(1) == 1)
    if "supersedes" in have:
        kept = kept.filter(nw.col("supersedes").is_null())
    return kept


def shared_items(tally: Frame, keys: list[str]) -> Frame:
    """Only the tallied items with two labels or more, so that the many that one person saw do not leave the engine."""
    tally = tally.with_columns(_labels=nw.col("given").sum().over(*keys, "item_id"))
    return tally.filter(nw.col("_labels") > 1).drop("_labels")


@dataclass(frozen=True)
class Overlap:
    """The overlap of each group, as numbers only: what every coefficient of agreement is made from.

    Attributes
    ----------
    groups : Groups
        Their keys; what they hold is in ``tallies``.
    tallies : tuple of ItemTally
        Of each group's items with two labels or more, by label.
    ranked : tuple of ItemTally
        The same by ``label_rank``, of the labels that have one; empty where the rows have no ranks.
    """

    groups: Groups
    tallies: tuple[ItemTally, ...]
    ranked: tuple[ItemTally, ...]


def rows_by_group(groups: Groups) -> list[np.ndarray]:
    """The places of each group's rows, found in one sort whatever the number of groups is."""
    order = np.argsort(groups.codes, kind="stable")
    parts = np.split(order, np.searchsorted(groups.codes[order], np.arange(1, groups.count)))
    return parts[: groups.count]


def overlap(frames: Frames, by: tuple[str, ...]) -> Overlap:
    """Tally the overlap once for all KPIs of a page that are made from it."""
    return frames.shared(("overlap", by), lambda: _counted(frames["decisions"], by))


def _counted(frame: Frame, by: tuple[str, ...]) -> Overlap:
    keys = [name for name in by if name not in ("item_id", "label", "label_rank")]
    ranks = ["label_rank"] if "label_rank" in columns(frame) else []
    tally = overlap_of(frame).group_by([*keys, "item_id", "label", *ranks]).agg(given=nw.len())
    table = collect(shared_items(tally, keys))
    groups = Groups.of(table, by)
    # Words become numbers once; what is kept for the page's other KPIs holds none.
    item, label = (pd.factorize(table[name])[0] for name in ("item_id", "label"))
    own = rows_by_group(groups)
    given = table["given"].to_numpy(float)
    rank = table["label_rank"].to_numpy(float, na_value=np.nan) if ranks else None
    tallies = tuple(ItemTally.alike(item[at], label[at], given[at]).pairable for at in own)
    ranked = () if rank is None else tuple(ItemTally.alike(item[at], rank[at], given[at]).pairable for at in own)
    return Overlap(Groups(groups.keys, np.zeros(0, np.intp)), tallies, ranked)
