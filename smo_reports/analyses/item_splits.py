"""Items that several people labelled: on what share of them they split, and how sure that is of labelers like these.

Items of one labeler go together: somebody who differs from everybody splits every item that they saw. So the spread is
that of leaving one labeler out, and what rests on one of them has no interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.analyses.small_cells import FEWEST_SHOWN
from smo_reports.stats.intervals import normal_quantile, share_interval, student_quantile
from smo_reports.stats.sums import sums

Floats = npt.NDArray[np.float64]
FEWEST_LABELERS = 5
"""So many make ten pairs of people: fewer are a few people's habits."""


@dataclass(frozen=True)
class Split:
    """The share of items on which those who labelled them split.

    Attributes
    ----------
    items, labelers : int
        Items that two or more labelled, and how many people did.
    value, low, high : float
        The share, and its interval for labelers like these; nan without items, the interval also where all items are
        one labeler's.
    """

    items: int
    labelers: int
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def ends(self) -> tuple[float, float, float]:
        """The share with its interval."""
        return self.value, self.low, self.high

    @property
    def shown(self) -> float:
        """The share, unless only one or two people stand behind it."""
        return self.value if self.labelers >= FEWEST_SHOWN else np.nan


def pair_splits(own: pd.DataFrame, level: float) -> tuple[Split, Split]:
    """The items on which somebody gave a label of the pair, and all others.

    Parameters
    ----------
    own : DataFrame
        One row an item, labeler and label: ``item_id, labeler_id, label``, and yes or no: ``a, b`` (the answer is on
        that side of the pair) and ``said`` (it holds a label of either).
    level : float

    Returns
    -------
    asked, other : Split
        An item of the pair is split where both sides were given; another one where any two labels were.
    """
    if own.empty:
        return Split(0, 0), Split(0, 0)
    item, label = (pd.factorize(own[name])[0] for name in ("item_id", "label"))
    alone = own.assign(_item=item).groupby(["_item", label])["labeler_id"].transform("nunique") == 1
    votes = own.assign(item=item, alone=alone).groupby(["item", "labeler_id"], sort=False)
    held = votes[["a", "b", "said"]].any().assign(alone=votes["alone"].sum()).reset_index()
    people, names = pd.factorize(held["labeler_id"])
    code = held["item"].to_numpy(np.intp)
    # Of each item: people, those on either side, those who said the pair, and its different labels.
    who, a, b, said = (sums(code, part.to_numpy(float)) for part in (held["item"] * 0 + 1, *_flags(held)))
    labels = np.asarray(own.assign(item=item).groupby("item")["label"].nunique(), np.float64)
    left_out = (held["item"] * 0 + 1, *_flags(held), held["alone"])
    less = [whole[code] - part.to_numpy(float) for whole, part in zip((who, a, b, said, labels), left_out, strict=True)]
    whole_of, parts_of = _counted(who, a, b, said, labels), _counted(*less)
    made = []
    for (n, hit), (rest_n, rest_hit) in zip(whole_of, parts_of, strict=True):
        seen = n[code] > 0
        without_n = n.sum() + sums(people, rest_n - n[code], len(names))
        without_hit = hit.sum() + sums(people, rest_hit - hit[code], len(names))
        took_part = np.bincount(people[seen], minlength=len(names)) > 0
        made.append(_split(float(n.sum()), float(hit.sum()), without_n[took_part], without_hit[took_part], level))
    return made[0], made[1]


def _flags(held: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    return held["a"].astype(float), held["b"].astype(float), held["said"].astype(float)


def _counted(who: Floats, a: Floats, b: Floats, said: Floats, labels: Floats) -> tuple[tuple[Floats, Floats], ...]:
    """Which items count, and which of them are split: those of the pair, and the others."""
    several = who > 1
    asked, other = several & (said > 0), several & (said <= 0)
    hits = asked & (a > 0) & (b > 0), other & (labels > 1)
    whole, split = ([part.astype(np.float64) for part in parts] for parts in ((asked, other), hits))
    return tuple(zip(whole, split, strict=True))


def _split(n: float, hits: float, rest_n: Floats, rest_hits: Floats, level: float) -> Split:
    """The share and its interval: as few independent items as leaving single labelers out says, never more than n."""
    people = len(rest_n)
    if not n:
        return Split(0, 0)
    share = hits / n
    if people < 3 or bool((rest_n <= 0).any()):
        return Split(int(n), people, share)
    left = rest_hits / rest_n
    variance = (people - 1) / people * float(((left - left.mean()) ** 2).sum())
    plain = share * (1 - share) / n
    worth = n * (min(1.0, plain / variance) if variance > 0 else 1.0)
    known = (normal_quantile(level) / float(student_quantile(np.array(people - 1.0), level))) ** 2
    low, high = share_interval(share, worth * known, level)
    return Split(int(n), people, share, float(low), float(high))
