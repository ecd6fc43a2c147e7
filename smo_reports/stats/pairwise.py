"""Cohen's kappa of every two labelers who shared enough items, and the mean of them.

References
----------
Light (1971), Psychological Bulletin 76:365-377 (the mean over pairs; here each pair by the labels that it shares).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.coefficients import FEWEST_ITEMS, Agreement
from smo_reports.stats.intervals import Floats, student_quantile
from smo_reports.stats.sums import sums

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Pairs:
    """Two labels of one item by two people, one entry each time that happened."""

    item: Codes
    pair: Codes
    first: Codes
    second: Codes

    def where(self, kept: npt.NDArray[np.bool_]) -> _Pairs:
        return _Pairs(self.item[kept], self.pair[kept], self.first[kept], self.second[kept])


def mean_kappa(
    item: Codes, labeler: Codes, label: Codes, fewest: int = FEWEST_ITEMS, confidence: float = 0.95
) -> tuple[Agreement, int]:
    """Mean of Cohen's kappa over the pairs of labelers who share at least ``fewest`` labels of the same items.

    Each pair counts by the labels that it shares, so that a kappa of ten items does not weigh what one of a thousand
    does. Pairs that gave one label only have no kappa and are left out. Memory is linear in the pairs of labels.

    Parameters
    ----------
    item, labeler, label : ndarray of int, same shape
        Codes from 0; each labeler's label of each item once.
    fewest : int
    confidence : float
        Of the interval, linearised over items.

    Returns
    -------
    Agreement
        ``observed`` and ``expected`` are means over the same pairs.
    int
        How many pairs of labelers it is the mean of.
    """
    found = _pairs(item, labeler, label)
    found = found.where(np.bincount(found.pair)[found.pair] >= fewest)
    found, kappa, moved, observed, expected = _kappas(found)
    if not len(found.pair):
        return Agreement(*(np.nan,) * 4, 0, np.nan, np.nan), 0
    entries = len(found.pair)
    value = float(kappa.mean())
    _, items = np.unique(found.item, return_inverse=True)
    influence = sums(items, kappa - value + moved) / entries
    count = len(influence)
    error = float(np.sqrt(count / (count - 1) * np.sum(influence**2)))
    half = float(student_quantile(count - 1, confidence)) * error if count >= FEWEST_ITEMS else np.nan
    pairs = len(np.unique(found.pair))
    ends = value - half, min(value + half, 1.0)
    return Agreement(value, *ends, error, count, float(observed.mean()), float(expected.mean())), pairs


def _pairs(item: Codes, labeler: Codes, label: Codes) -> _Pairs:
    order = np.lexsort((label, labeler, item))
    item, labeler, label = item[order], labeler[order], label[order]
    left, right = [], []
    # The second labels of all items' first ones, then the third ones, and so on while some item has as many.
    for apart in range(1, len(item)):
        at = np.flatnonzero(item[apart:] == item[:-apart])
        if not len(at):
            break
        at = at[labeler[at] != labeler[at + apart]]
        left.append(at)
        right.append(at + apart)
    one, other = (np.concatenate([np.zeros(0, np.int64), *side]) for side in (left, right))
    people = labeler[one] * (labeler.max(initial=0) + 1) + labeler[other]
    return _Pairs(item[one], np.unique(people, return_inverse=True)[1], label[one], label[other])


def _kappas(found: _Pairs) -> tuple[_Pairs, Floats, Floats, Floats, Floats]:
    """Each entry's pair's kappa, observed and expected agreement, and how the entry moves the kappa by its pair's size.

    Entries of pairs that have no kappa are left out.
    """
    labels = int(max(found.first.max(initial=0), found.second.max(initial=0))) + 1
    size = np.bincount(found.pair)[found.pair]
    firsts, seconds = (found.pair * labels + side for side in (found.first, found.second))
    equal = np.asarray(found.first == found.second, float)
    # How likely the other person gives this entry's label, from the labels of the pair that there are.
    by_second, by_first = _frequency(seconds, firsts) / size, _frequency(firsts, seconds) / size
    observed = sums(found.pair, equal)[found.pair] / size
    expected = sums(found.pair, by_second)[found.pair] / size
    known = expected < 1 - 1e-12
    kappa = np.divide(observed - expected, 1 - expected, out=np.zeros(len(size)), where=known)
    shift = equal - observed - (1 - kappa) * (by_second + by_first - 2 * expected)
    moved = np.divide(shift, 1 - expected, out=np.zeros(len(size)), where=known)
    return found.where(known), kappa[known], moved[known], observed[known], expected[known]


def _frequency(among: Codes, wanted: Codes) -> Floats:
    """How often each wanted key is among the others."""
    ordered = np.sort(among)
    ends = np.searchsorted(ordered, wanted, "right") - np.searchsorted(ordered, wanted, "left")
    return np.asarray(ends, float)
