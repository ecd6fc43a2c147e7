"""How far a ratio of two sums moved between two spans, with the same clusters in both."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import student_quantile


class Shift(NamedTuple):
    """The ratio before and after, their difference (after less before), its interval and standard error."""

    before: float
    after: float
    difference: float
    low: float
    high: float
    error: float


def ratio_shift(
    whole_before: npt.ArrayLike,
    part_before: npt.ArrayLike,
    whole_after: npt.ArrayLike,
    part_after: npt.ArrayLike,
    level: float = 0.95,
) -> Shift:
    """Difference of Σ part / Σ whole between two spans, by linearisation over clusters.

    Parameters
    ----------
    whole_before, part_before, whole_after, part_after : array_like of float, shape (clusters,)
        Sums of each cluster; 0 for one that was not there. What a cluster has in common in both spans cancels.
    level : float
        In (0, 1), of Student's interval with clusters - 1 degrees of freedom.

    Returns
    -------
    Shift
        nan where a span has nothing; without an interval of fewer than two clusters.

    References
    ----------
    Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, ch. 5.6 (ratio by linearisation).

    Examples
    --------
    >>> found = ratio_shift([10, 10], [9, 8], [10, 10], [5, 4])
    >>> print(f"{found.before:.2f} {found.after:.2f} {found.difference:.2f} {found.error:.2f}")
    0.85 0.45 -0.40 0.00
    """
    sums = [np.asarray(one, float) for one in (whole_before, part_before, whole_after, part_after)]
    x, y, u, v = sums
    if not (x.sum() > 0 and u.sum() > 0):
        return Shift(*[math.nan] * 6)
    before, after = float(y.sum() / x.sum()), float(v.sum() / u.sum())
    residual = (v - after * u) / u.sum() - (y - before * x) / x.sum()
    count = len(x)
    error = math.sqrt(count / (count - 1) * float(np.sum(residual**2))) if count > 1 else math.nan
    half = float(student_quantile(count - 1, level)) * error
    moved = after - before
    return Shift(before, after, moved, moved - half, moved + half, error)
