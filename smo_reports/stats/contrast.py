"""A weighted sum of the means of several cells, whose rows are not independent: whether it is above or below nothing.

Most questions about a change are such a sum: after less before; that of one part less that of the others; what one
source did less half of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats as _distributions

from smo_reports.stats.sums import sums

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Contrast:
    """A sum of means with its error.

    Attributes
    ----------
    value, error : float
        nan where a cell that counts has no rows.
    freedom : float
        Student's degrees of freedom, at least 1.
    n : int
        The rows of the cells that count.
    """

    value: float
    error: float
    freedom: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a value, and an error to hold it against."""
        return math.isfinite(self.value) and math.isfinite(self.error) and self.error > 0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Student's interval; nan where nothing is known."""
        if not self.known:
            return math.nan, math.nan
        half = float(_distributions.t.ppf((1 + level) / 2, self.freedom)) * self.error
        return self.value - half, self.value + half

    @property
    def above(self) -> float:
        """The chance of a value as high if the truth were 0; 1 where nothing is known."""
        return float(_distributions.t.sf(self.value / self.error, self.freedom)) if self.known else 1.0

    @property
    def below(self) -> float:
        """The chance of a value as low if the truth were 0; 1 where nothing is known."""
        return float(_distributions.t.cdf(self.value / self.error, self.freedom)) if self.known else 1.0


def contrast(
    value: npt.ArrayLike,
    cell: npt.ArrayLike,
    coefficients: Sequence[float],
    cluster: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
) -> Contrast:
    """Σ c·mean over cells, with an error that lets rows of one cluster resemble each other, in whatever cells they are.

    Parameters
    ----------
    value : array_like of float, shape (n,)
        Of each row, within [-1, 1].
    cell : array_like of int, shape (n,)
        From 0; rows of cells below 0 are left out.
    coefficients : sequence of float
        One a cell; a cell with 0 does not count.
    cluster : array_like of int, shape (n,)
        From 0: who made the decision.
    weight : array_like of float, shape (n,), optional
        How many decisions a row stands for.

    Returns
    -------
    Contrast
        The error is the larger of the sandwich's over clusters and of what as many strangers would have, to which half
        a row of another value is lent in every cell: a cell without an error is not thereby certain. The degrees of
        freedom count clusters by what they weigh (Satterthwaite's, under strangers).

    References
    ----------
    Liang & Zeger (1986), Biometrika 73:13-22 (the sandwich); Satterthwaite (1946), Biometrics Bulletin 2:110-114;
    Agresti & Caffo (2000), American Statistician 54:280-288 (lent rows).

    Examples
    --------
    >>> found = contrast([1, 0, 0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1], (-1, 1), range(8))
    >>> round(found.value, 3), round(found.error, 3)  # Welch's error of two shares of four
    (0.5, 0.354)
    """
    y, code, who = np.asarray(value, float), np.asarray(cell, np.intp), np.asarray(cluster, np.intp)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    size = np.asarray(coefficients, float)
    kept = code >= 0
    kept[kept] = size[code[kept]] != 0
    y, code, who, w = y[kept], code[kept], who[kept], w[kept]
    cells = len(size)
    total, n = sums(code, w, cells), sums(code, np.ones(len(y)), cells)
    counted = size != 0
    if not counted.any() or bool((total[counted] <= 0).any()):
        return Contrast(math.nan, math.nan, 1.0, len(y))
    mean = np.divide(sums(code, w * y, cells), total, out=np.zeros(cells), where=total > 0)
    pull = size[code] * w / total[code]
    plain = _strangers(y, code, w, mean, total, n)
    own = sums(np.unique(who, return_inverse=True)[1].ravel(), pull * (y - mean[code]))
    expected = sums(np.unique(who, return_inverse=True)[1].ravel(), pull**2 * plain[code])
    clusters = len(own)
    if clusters < 2:
        return Contrast(float(size @ mean), math.nan, 1.0, len(y))
    variance = max(clusters / (clusters - 1) * float(own @ own), float(expected.sum()))
    freedom = float(expected.sum()) ** 2 / float(expected @ expected) - 1 if expected.any() else 1.0
    return Contrast(float(size @ mean), math.sqrt(variance), max(freedom, 1.0), len(y))


def _strangers(y: Floats, code: Codes, w: Floats, mean: Floats, total: Floats, n: Floats) -> Floats:
    """The variance of one row in each cell, with half a row lent that lies one away from the mean."""
    cells = len(mean)
    square = np.divide(sums(code, w * (y - mean[code]) ** 2, cells), total, out=np.zeros(cells), where=total > 0)
    found: Floats = (square * n + 0.5) / (n + 1)
    return found
