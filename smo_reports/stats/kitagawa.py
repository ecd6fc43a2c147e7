"""How much of a change in a rate is of each part's own rate, and how much of the mix of parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats


@dataclass(frozen=True)
class Effects:
    """The effects of each part; together they are the whole change.

    Attributes
    ----------
    rate, mix : ndarray, shape (parts,)
        What the part's own rate, and its share of the whole, did to the overall rate.
    """

    rate: Floats
    mix: Floats


def kitagawa(
    weight_before: npt.ArrayLike, rate_before: npt.ArrayLike, weight_after: npt.ArrayLike, rate_after: npt.ArrayLike
) -> Effects:
    """Split the change of an overall rate into effects of rates and of the mix, part by part.

    Parameters
    ----------
    weight_before, weight_after : array_like, shape (parts,), at least 0
        How much each part weighs; only their shares count.
    rate_before, rate_after : array_like, shape (parts,)
        nan where a part has no weight: it is then given the rate of the other period, so that a part that comes or
        goes is an effect of the mix.

    Returns
    -------
    Effects
        Averaged weights, so that rate and mix effects add up to the change without a rest. The mix effect of a part
        is against the overall rate: a part that grows pulls towards its own rate.

    References
    ----------
    Kitagawa (1955), JASA 50:1168-1194.

    Examples
    --------
    >>> found = kitagawa([0.6, 0.4], [0.95, 0.90], [0.4, 0.6], [0.95, 0.90])
    >>> found.rate.tolist(), round(float(found.mix.sum()), 4)
    ([0.0, 0.0], -0.01)
    """
    before, after = (_shares(weight) for weight in (weight_before, weight_after))
    first, last = np.asarray(rate_before, float), np.asarray(rate_after, float)
    first, last = np.where(np.isnan(first), last, first), np.where(np.isnan(last), first, last)
    usual = (np.nansum(before * first) + np.nansum(after * last)) / 2
    rate = (before + after) / 2 * (last - first)
    mix = (after - before) * ((first + last) / 2 - usual)
    return Effects(np.nan_to_num(rate), np.nan_to_num(mix))


def _shares(weight: npt.ArrayLike) -> Floats:
    values = np.asarray(weight, float)
    total = values.sum()
    return values / total if total > 0 else np.zeros_like(values)
