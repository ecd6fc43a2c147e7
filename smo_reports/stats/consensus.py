"""What several labelers of one item say together."""

from __future__ import annotations

import numpy as np

from smo_reports.stats.agreement import ItemTally
from smo_reports.stats.intervals import Floats
from smo_reports.stats.sums import sums


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
    most = np.zeros(tally.items)
    np.maximum.at(most, tally.item, tally.count)
    leads = tally.count == most[tally.item]
    tied = sums(tally.item, leads, tally.items)
    return np.asarray(leads / tied[tally.item], float)
