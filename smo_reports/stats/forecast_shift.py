"""Level shifts of weekly levels: a step that came in one place and stayed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_LEAST_WEEKS = 3
_NEAR_WEEKS = 4
_SD = 5.0
_LEAST_STEP = 0.15
_STEEP = 0.75
_SHIFTS = 3


def last_shifts(level: Floats) -> Ints:
    """The last level shift of each series.

    Parameters
    ----------
    level : ndarray, shape (series, weeks)
        Weekly levels; nan where unknown.

    Returns
    -------
    ndarray of int, shape (series,)
        The first week of the newest level; 0 where the level never stepped.

    Notes
    -----
    A step is a split of the weeks, at least three on either side, whose means of the logarithm differ by 15 % or more
    and by five standard errors. The noise is that of the differences between neighbouring weeks, which a step hardly
    touches. A drift is no step: the four weeks on either side have to differ by six tenths of the whole. After a step
    the newer weeks are searched again.

    References
    ----------
    Scott & Knott (1974), Biometrics 30:507-512 (binary segmentation).
    """
    first = np.zeros(len(level), np.intp)
    # A queue that came to nothing made a step as well: a fiftieth of the mean keeps it within the logarithm.
    known = ~np.isnan(level)
    mean = np.where(known, level, 0.0).sum(1) / np.maximum(known.sum(1), 1)
    least = np.where(mean > 0, mean / 50, np.nan)[:, None]
    held = np.where(known, np.fmax(level, least), 0.0)
    log = np.log(np.where(held > 0, held, np.nan))
    rows = np.flatnonzero((~np.isnan(log)).sum(1) >= 2 * _LEAST_WEEKS)
    for _ in range(_SHIFTS):
        if not len(rows):
            break
        hidden = np.arange(level.shape[1]) < first[rows][:, None]
        at = _steepest(np.where(hidden, np.nan, log[rows]))
        first[rows] = np.where(at > 0, at, first[rows])
        rows = rows[at > 0]
    return first


def _steepest(log: Floats) -> Ints:
    known = ~np.isnan(log)
    y, one = np.where(known, log, 0.0), known.astype(float)
    before, n_before = _sums(y, None), _sums(one, None)
    after, n_after = before[:, -1:] - before, n_before[:, -1:] - n_before
    near_before, m_before = _sums(y, _NEAR_WEEKS), _sums(one, _NEAR_WEEKS)
    near_after, m_after = (_sums(part[:, ::-1], _NEAR_WEEKS)[:, ::-1] for part in (y, one))
    step = after / np.maximum(n_after, 1) - before / np.maximum(n_before, 1)
    near = near_after / np.maximum(m_after, 1) - near_before / np.maximum(m_before, 1)
    sd = _noise(log)[:, None] * np.sqrt(1 / np.maximum(n_before, 1) + 1 / np.maximum(n_after, 1))
    # The standard error of few weeks on a side is that of the level's own wander, which the differences do not show.
    fits = (n_before >= _LEAST_WEEKS) & (n_after >= _LEAST_WEEKS) & (np.abs(step) >= np.log1p(_LEAST_STEP))
    fits &= (np.abs(step) >= _SD * sd) & (near * np.sign(step) >= _STEEP * np.abs(step))
    gain = np.where(fits, step**2 * n_before * n_after / np.maximum(n_before + n_after, 1), -1.0)
    at = gain.argmax(1)
    return np.where(np.take_along_axis(gain, at[:, None], 1)[:, 0] > 0, at, 0)


def _sums(values: Floats, width: int | None) -> Floats:
    """Sums of what comes before each place, or of the last ``width`` before it; shape (series, weeks + 1)."""
    total = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, 1, out=total[:, 1:])
    if width is None:
        return total
    recent = total.copy()
    recent[:, width:] -= total[:, :-width]
    return recent


def _noise(log: Floats) -> Floats:
    """Robust standard deviation of a week, from the differences between neighbours."""
    change = np.sort(np.abs(np.diff(log, axis=1)), axis=1)
    n = (~np.isnan(change)).sum(1)
    middle = np.take_along_axis(change, np.maximum((n - 1) // 2, 0)[:, None], 1)[:, 0]
    found: Floats = np.maximum(1.4826 * np.nan_to_num(middle) / np.sqrt(2), 0.01)
    return found
