"""What most labelers of one item say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.item_tally import ItemTally
from smo_reports.stats.recoded import as_array


@dataclass(frozen=True)
class Consensus:
    """One label for each item.

    Attributes
    ----------
    item : ndarray, shape (items,)
        The items: whole numbers in order, others as they first appear.
    label : ndarray, shape (items,)
        The likeliest label; of equally likely ones the first in the labels' order.
    chance : ndarray, shape (items,)
        The label's share of the item's labels, or its posterior chance; nan for items that are not identified.
    identified : ndarray of bool, shape (items,)
        Whether two people or more labelled the item (of a vote: whether it has two labels or more).
    labels : list
        Every label that was given, in order.
    """

    item: npt.NDArray[Any]
    label: npt.NDArray[Any]
    chance: Floats
    identified: npt.NDArray[np.bool_]
    labels: list[Any]


def majority_share(tally: ItemTally) -> Floats:
    """Each label's chance of being its item's majority label, ties falling with equal chance.

    Parameters
    ----------
    tally : ItemTally, with t entries

    Returns
    -------
    ndarray, shape (t,)
        1 for a clear majority, 1/k where k labels tie, 0 for the others; sums to 1 within each item.

    Examples
    --------
    >>> majority_share(ItemTally.of([1, 1, 1, 2, 2], list("aabab"))).tolist()
    [1.0, 0.0, 0.5, 0.5]
    """
    if not tally.rows:
        return np.zeros(0)
    most = np.maximum.reduceat(tally.count, tally.first[:-1])
    leads = tally.count == tally.spread(most)
    return np.asarray(leads / tally.spread(tally.per_row(leads.astype(float))), float)


def majority_vote(item: Any, label: Any) -> Consensus:
    """The label that most gave to each item; of labels that tie, the first in the labels' order.

    Parameters
    ----------
    item, label : array_like, same length, of hashable values
        Entries without an item or a label are left out. Ties are broken by order so that the same rows always give
        the same answer; :func:`majority_share` breaks none.

    Examples
    --------
    >>> found = majority_vote([1, 1, 1, 2, 2, 3], list("abbbaa"))
    >>> found.label.tolist(), found.chance.round(2).tolist()
    (['b', 'a', 'a'], [0.67, 0.5, nan])
    """
    tally = ItemTally.of(item, label)
    leads = np.flatnonzero(majority_share(tally) > 0)
    # The first of each item's leading entries: labels rise within an item.
    _, first = np.unique(tally.row[leads], return_index=True)
    chosen = leads[first]
    several = tally.size >= 2
    chance = np.where(several, tally.count[chosen] / tally.size, np.nan)
    answers = as_array(tally.labels)[tally.label[chosen]]
    return Consensus(as_array(tally.item_values)[tally.item_code], answers, chance, several, list(tally.labels))
