"""How long things take when some are not over yet: the product-limit estimate, from tallied times.

An open case has lasted *at least* as long as it is old. Leaving it out, or counting it as over, makes everything look
faster than it is; it is censored instead.

References
----------
Kaplan & Meier (1958), JASA 53:457-481 (the estimate); Greenwood (1926), The Natural Duration of Cancer (its error).
Brookmeyer & Crowley (1982), Biometrics 38:29-41 (interval of a quantile), on the log(-log) scale.
Therneau & Grambsch (2000), Modeling Survival Data, ch. 7 (infinitesimal jackknife, for clusters).
Hausman (1978), Econometrica 46:1251-1271 (the error that is left when the rest of the variance is known).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats, normal_quantile, student_quantile

_ALMOST = 1e-9


@dataclass(frozen=True)
class Survival:
    """The share that is not over yet after each time, as a step function.

    Attributes
    ----------
    time : ndarray, shape (t,)
        Distinct times at which something ended, ascending.
    share : ndarray in [0, 1], shape (t,)
        What is left from that time on.
    variance : ndarray, shape (t,)
        Of ``share``; nan where nothing is left.
    quantile : float
        The normal or Student quantile that goes with the variance.
    """

    time: Floats
    share: Floats
    variance: Floats
    quantile: float


def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    count: npt.ArrayLike | None = None,
    level: float = 0.95,
    *,
    finite: bool = False,
    cluster: npt.ArrayLike | None = None,
) -> Survival:
    """Product-limit estimate of the share that lasts longer than each time.

    Parameters
    ----------
    time : array_like of float >= 0, shape (n,)
        How long each case lasted, or, where it is still open, how old it is.
    event : array_like of bool, shape (n,)
        Whether it is over.
    count : array_like of float, shape (n,), optional
        How many cases each entry stands for. Default: one.
    level : float
    finite : bool
        The cases are all there are, and only what the open ones will still take is unknown: Greenwood's variance less
        that of a sample. Nothing is left of it before the first open case.
    cluster : array_like, shape (n,), optional
        Cases of one cluster go together (those that arrived on one day); Student's quantile is used. Not with
        ``finite``.

    Returns
    -------
    Survival
        Its variance is nan with fewer than two clusters.
    """
    times = np.asarray(time, float)
    over = np.asarray(event, bool)
    weight = np.ones(len(times)) if count is None else np.asarray(count, float)
    ends, place = np.unique(times[over], return_inverse=True)
    if cluster is None:
        ended, risk = _at_risk(times, over, weight, ends, place, np.zeros(len(times), np.intp), 1)
    else:
        codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
        ended, risk = _at_risk(times, over, weight, ends, place, codes, int(codes.max(initial=-1)) + 1)
    died, alive = ended.sum(axis=0), risk.sum(axis=0)
    share = np.cumprod(1 - died / alive) if len(ends) else np.zeros(0)
    left = np.where(alive > died, alive - died, np.nan)
    if cluster is None:
        # Where all that were at risk ended, the next sample's last one might have lasted longer: no error is known.
        variance = share**2 * np.cumsum(died / (alive * left))
        if finite:
            variance = np.nan_to_num(np.maximum(variance - share * (1 - share) / max(weight.sum(), 1), 0.0))
        return Survival(ends, share, variance, normal_quantile(level))
    members = len(ended)
    pulled = np.cumsum((ended - risk * (died / alive)) / left, axis=1) * share
    small = members / (members - 1) if members > 1 else np.nan
    return Survival(ends, share, small * (pulled**2).sum(axis=0), float(student_quantile(members - 1, level)))


def kaplan_meier_quantile(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    count: npt.ArrayLike | None = None,
    q: float = 0.5,
    level: float = 0.95,
    *,
    finite: bool = False,
    cluster: npt.ArrayLike | None = None,
) -> tuple[float, float, float]:
    """The time by which a share ``q`` is over, open cases censored, with its interval.

    Parameters
    ----------
    time, event, count, level, finite, cluster
        As :func:`kaplan_meier` takes them.
    q : float in (0, 1)

    Returns
    -------
    value, low, high : float
        Each the first time at which the curve, or its band, is at or below ``1 - q``; nan where that is not reached:
        too much is still open.

    Notes
    -----
    The ends are those of R's ``quantile(survfit(…, conf.type = "log-log"))``; R halves the way to the next time where
    the curve runs exactly along ``1 - q``, and here the first time counts.

    Examples
    --------
    >>> kaplan_meier_quantile([2, 3, 5, 9], [True, True, False, True], q=0.5)[0]
    3.0
    >>> kaplan_meier_quantile([2, 3, 5, 9], [True, False, False, False], finite=True)
    (nan, nan, nan)
    """
    curve = kaplan_meier(time, event, count, level, finite=finite, cluster=cluster)
    low, high = _band(curve)
    return _reached(curve.time, curve.share, 1 - q), _reached(curve.time, low, 1 - q), _reached(curve.time, high, 1 - q)


def _at_risk(
    times: Floats,
    over: npt.NDArray[np.bool_],
    weight: Floats,
    ends: Floats,
    place: npt.NDArray[np.intp],
    codes: npt.NDArray[np.intp],
    clusters: int,
) -> tuple[Floats, Floats]:
    """How many of each cluster ended at each time, and were not over just before it; shape (clusters, times)."""
    ended = np.zeros((clusters, len(ends)))
    np.add.at(ended, (codes[over], place.ravel()), weight[over])
    # A case is at risk at every end up to its own time: those that leave between two ends are counted there.
    leaves = np.searchsorted(ends, times, side="right")
    left = np.zeros((clusters, len(ends) + 1))
    np.add.at(left, (codes, leaves), weight)
    risk = left[:, ::-1].cumsum(axis=1)[:, ::-1]
    return ended, risk[:, 1:]


def _band(curve: Survival) -> tuple[Floats, Floats]:
    """The pointwise band on the log(-log) scale; nan where the scale has no value and the error is not nothing."""
    share, error = curve.share, np.sqrt(curve.variance)
    inside = (share > 0) & (share < 1)
    inner = np.where(inside, share, 0.5)
    spread = np.exp(curve.quantile * error / (inner * -np.log(inner)))
    low, high = inner**spread, inner ** (1 / spread)
    known = error <= _ALMOST
    return np.where(known, share, np.where(inside, low, np.nan)), np.where(known, share, np.where(inside, high, np.nan))


def _reached(time: Floats, share: Floats, wanted: float) -> float:
    places = np.flatnonzero(share <= wanted + _ALMOST)
    return float(time[places[0]]) if len(places) else float("nan")
