"""What an item of a queue takes: an experienced person's time for a decision, times the decisions that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.staffing.handling import RAMP_WEEKS
from smo_reports.kpis.assemble import FEWEST_LABELERS
from smo_reports.kpis.tally import collect, columns
from smo_reports.stats.intervals import normal_quantile
from smo_reports.stats.sampling import cluster_mean_interval

_LEVEL = 0.95


@dataclass(frozen=True)
class ItemTime:
    """What an item of a queue takes.

    Attributes
    ----------
    queue : str
    mean : float
        Mean seconds of a decision.
    error : float
        The standard error of that mean, labelers as clusters.
    n : int
        Decisions that tell it.
    decisions : float
        How many decisions an item gets; what skipped ones took is in it as the part of a decision that it is.
    """

    queue: str
    mean: float
    error: float
    n: int
    decisions: float = 1.0

    @property
    def an_item(self) -> float:
        """Seconds that an item takes in all."""
        return self.mean * self.decisions


def item_times(rows: Mapping[str, Any], *, experienced: bool = False) -> dict[str, ItemTime]:
    """What an item takes in each queue that tells it.

    Parameters
    ----------
    rows : Rows or mapping of frames
        Decisions of the last weeks; their people, for ``experienced``.
    experienced : bool
        Only decisions of people after their first twelve weeks: where joiners count by the part that they do, that
        they are slow must not be in the time as well. A queue on which fewer than five such people worked is told by
        everybody.

    Returns
    -------
    dict of str to ItemTime
        The error is a fifth of the mean where too few labelers tell it: that is stated as a guess by its size.
    """
    if "decisions" not in rows:
        return {}
    frame = nw.from_native(rows["decisions"]).lazy()
    if not {"handling_s", "labeler_id", "queue"} <= columns(frame):
        return {}
    done = _tally(frame)
    items = _items(frame)
    kept = done[_experienced(rows, done)] if experienced else done
    many = kept[kept["n"] > 0].groupby("queue")["labeler_id"].nunique()
    found = {}
    for queue, own in done.groupby("queue"):
        source = kept[kept["queue"] == queue] if many.get(queue, 0) >= FEWEST_LABELERS else own
        if made := _item_time(str(queue), source, own, items.get(queue, np.nan)):
            found[str(queue)] = made
    return found


def _tally(frame: Any) -> pd.DataFrame:
    """By queue, person and day: ``n, seconds`` of timed answers, ``answers`` in all, ``skipped`` seconds."""
    have = columns(frame)
    skipped = nw.col("skipped").fill_null(False) if "skipped" in have else nw.lit(False)
    day = ["work_date"] if "work_date" in have else []
    counts = {"n": nw.col("handling_s").count(), "seconds": nw.col("handling_s").sum(), "rows": nw.len()}
    table = collect(
        frame.filter(~nw.col("queue").is_null() & ~nw.col("labeler_id").is_null())
        .with_columns(_skipped=skipped)
        .group_by("queue", "labeler_id", *day, "_skipped")
        .agg(**counts)
    )
    table = table.fillna({"seconds": 0.0})
    table["work_date"] = pd.to_datetime(table["work_date"]) if day else pd.NaT
    answer = ~table["_skipped"].astype(bool)
    table["skipped"] = table["seconds"].where(~answer, 0.0)
    table["answers"] = table["rows"].where(answer, 0)
    for name in ("n", "seconds"):
        table[name] = table[name].where(answer, 0).astype(float)
    return table


def _items(frame: Any) -> pd.Series:
    """How many items of each queue were worked on."""
    if "item_id" not in columns(frame):
        return pd.Series(dtype=float)
    each = frame.select("queue", "item_id").unique()
    table = collect(each.group_by("queue").agg(items=nw.len()))
    return table.dropna(subset=["queue"]).set_index("queue")["items"].astype(float)


def _experienced(rows: Mapping[str, Any], done: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows of the tally are of people after their first weeks; whose start is not known are no joiners."""
    if "people" not in rows:
        return np.ones(len(done), bool)
    people = collect(nw.from_native(rows["people"]).lazy().select("person_id", "started_on"))
    started = pd.to_datetime(people.groupby("person_id")["started_on"].min())
    week = (done["work_date"] - done["labeler_id"].map(started)).dt.days // 7
    return np.asarray(~(week < RAMP_WEEKS), bool)


def _item_time(queue: str, told: pd.DataFrame, whole: pd.DataFrame, items: float) -> ItemTime | None:
    """One queue's: the mean as ``told``, the decisions of an item as in the ``whole`` tally."""
    each = told.groupby("labeler_id")[["n", "seconds"]].sum()
    each = each[each["n"] > 0]
    n, seconds = each["n"].to_numpy(float), each["seconds"].to_numpy(float)
    mean = seconds.sum() / n.sum() if n.sum() else 0.0
    if not mean > 0:
        return None
    _, high = cluster_mean_interval(np.zeros(len(each), np.intp), n, seconds, 1, _LEVEL)
    error = float((high[0] - mean) / normal_quantile(_LEVEL))
    # What skipped decisions took counts by the pace of everybody, who skipped them.
    usual = whole["seconds"].sum() / max(whole["n"].sum(), 1)
    answers = float(whole["answers"].sum()) + (whole["skipped"].sum() / usual if usual > 0 else 0.0)
    decisions = answers / items if items > 0 else 1.0
    return ItemTime(queue, float(mean), error if np.isfinite(error) else mean / 5, int(n.sum()), decisions)
