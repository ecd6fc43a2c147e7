"""Intervals of a share made row by row from their textbooks' formulas: what the tallies' intervals are held against.

Nothing here is the package's own: quantiles are scipy's, ends are found by their definition.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy import stats as distributions

Z = 1.959963984540054


def share_ends(share: float, n: float) -> tuple[float, float]:
    """Each end by its definition: the score's root, or the mid-p test's, whichever is further out."""
    score = np.sort(np.roots([1 + Z**2 / n, -(2 * share + Z**2 / n), share**2]).real)

    def tail(x: float, rest: float, at: float) -> float:
        more = distributions.beta(x + 1, rest).cdf(at) if rest > 0 else 0.0
        return float(distributions.beta(x, rest + 1).cdf(at) + more) / 2 - 0.025

    hits, misses = n * share, n * (1 - share)
    low = optimize.brentq(lambda at: tail(hits, misses, at), 1e-300, 1 - 1e-12) if hits > 1e-12 else 0.0
    high = 1 - optimize.brentq(lambda at: tail(misses, hits, at), 1e-300, 1 - 1e-12) if misses > 1e-12 else 1.0
    return min(float(score[0]), low), max(float(score[1]), high)


def uncertain_ends(share: float, plain: float, n: int, freedom: float, left: float = 1.0) -> tuple[float, float]:
    """Ends of a share that is worth ``plain`` rows of ``n``, whose variance has ``freedom`` degrees of freedom.

    ``left`` is the part of the variance that a finite population leaves.
    """
    quantile = float(distributions.t(freedom).ppf(0.975)) if np.isfinite(freedom) else Z
    low, high = share_ends(share, min(plain * (Z / quantile) ** 2, n))
    return share - math.sqrt(left) * (share - low), share + math.sqrt(left) * (high - share)


def design_of(
    hit: npt.ArrayLike, weight: npt.ArrayLike, stratum: npt.ArrayLike
) -> tuple[float, float, float, float, int]:
    """Share, plain rows that it is worth, part of the variance that is left, degrees of freedom, and n."""
    y, w, layer = np.asarray(hit, float), np.asarray(weight, float), np.unique(stratum, return_inverse=True)[1]
    known = w.min() >= 1 and w.max() > 1
    share, squares, sizes = float((w * y).sum() / w.sum()), float((w**2).sum()), np.bincount(layer)
    freedom = len(y) - int((sizes > 1).sum()) - int((sizes == 1).any())
    # Strata of one row are one stratum together.
    layer = np.where(sizes[layer] == 1, -1, layer)
    flat = share * (1 - share)
    shown, hidden, left = [], [], []
    for one in np.unique(layer):
        own, at, n = y[layer == one], w[layer == one], int((layer == one).sum())
        score = at * (own - share)
        shown.append(n / (n - 1) * float(((score - score.mean()) ** 2).sum()) if n > 1 else float(score[0] ** 2))
        part = float((at * own).sum() / at.sum())
        # As half an error and half a hit more would have it, but not more than the group's rows vary.
        smooth = (part * n + 0.5) / (n + 1)
        more = smooth * (1 - smooth) - part * (1 - part) * n / max(n - 1, 1)
        more = min(max(more, 0.0), flat) * float((at**2).sum()) / squares if flat > 0 else 1.0
        hidden.append(more * float((at**2).sum()))
        left.append(1 - n / float(at.sum()) if known else 1.0)
    unit = flat if flat > 0 else 1.0
    room = max(squares * unit - sum(shown), 0.0)
    kept = min(1.0, room / sum(hidden)) if sum(hidden) > 0 else 0.0
    variance = np.array(shown) + kept * np.array(hidden)
    plain = unit * float(w.sum()) ** 2 / float(variance.sum())
    return share, plain, float((variance * np.array(left)).sum() / variance.sum()), freedom, len(y)


def design_ends(hit: npt.ArrayLike, weight: npt.ArrayLike, stratum: npt.ArrayLike) -> tuple[float, float]:
    """The interval of this period's work; rows are all of their strata."""
    share, plain, left, freedom, n = design_of(hit, weight, stratum)
    return uncertain_ends(share, plain, n, freedom, left)


def clusters_of(hit: npt.ArrayLike, weight: npt.ArrayLike, cluster: npt.ArrayLike) -> tuple[float, float, float, int]:
    """Share, plain rows that it is worth, degrees of freedom and n: Bell and McCaffrey's matrices.

    u is the clusters' true residuals, with variances s for the sample's own likeness; what is seen is M u with
    M = I - h 1', since the share itself is drawn from them; A raises each so that r'Ar has the right mean under s, and
    Satterthwaite gives its freedom.
    """
    y, w = np.asarray(hit, float), np.asarray(weight, float)
    names = np.asarray(cluster)
    share, members = float((w * y).sum() / w.sum()), names[:, None] == np.unique(names)[None, :]
    r, whole, squares = ((members * part[:, None]).sum(axis=0) for part in (w * (y - share), w, w**2))
    h, flat = whole / whole.sum(), share * (1 - share)
    m = np.eye(len(h)) - np.outer(h, np.ones(len(h)))
    variance = float((r**2 / (1 - h)).sum())
    for _ in range(3):
        alike = float((whole**2 - squares).sum())
        likeness = (variance / flat - squares.sum()) / alike if flat > 0 and alike > 0 else 0.0
        s = squares + min(max(likeness, 0.0), 1.0) * (whole**2 - squares)
        omega = m @ np.diag(s) @ m.T
        a = np.diag(s / np.diag(omega))
        variance = float(r @ a @ r)
    product = a @ omega
    freedom = float(np.trace(product)) ** 2 / float(np.trace(product @ product))
    plain = flat * float(w.sum()) ** 2 / variance if variance > 0 else float(w.sum()) ** 2 / float((w**2).sum())
    return share, plain, freedom, len(y)


def cluster_ends(hit: npt.ArrayLike, weight: npt.ArrayLike, cluster: npt.ArrayLike) -> tuple[float, float]:
    """The interval of the process: labelers are the clusters."""
    share, plain, freedom, n = clusters_of(hit, weight, cluster)
    return uncertain_ends(share, plain, n, freedom)
