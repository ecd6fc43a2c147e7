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
        # Parameters beside the point: to freeze a distribution first takes scipy fifteen times the time of its value.
        more = distributions.beta.cdf(at, x + 1, rest) if rest > 0 else 0.0
        return float(distributions.beta.cdf(at, x, rest + 1) + more) / 2 - 0.025

    hits, misses = n * share, n * (1 - share)
    low = optimize.brentq(lambda at: tail(hits, misses, at), 1e-300, 1 - 1e-12) if hits > 1e-12 else 0.0
    high = 1 - optimize.brentq(lambda at: tail(misses, hits, at), 1e-300, 1 - 1e-12) if misses > 1e-12 else 1.0
    return min(float(score[0]), low), max(float(score[1]), high)


def drawn_ends(share: float, plain: float, n: int, quantile: float, left: float = 1.0) -> tuple[float, float]:
    """Ends of a share that is worth ``plain`` rows of ``n``, at Student's quantile for what is known of its variance.

    ``left`` is the part of the variance that a finite population leaves.
    """
    low, high = share_ends(share, min(plain * (Z / quantile) ** 2, n))
    return share - math.sqrt(left) * (share - low), share + math.sqrt(left) * (high - share)


def uncertain_ends(share: float, plain: float, n: int, freedom: float, left: float = 1.0) -> tuple[float, float]:
    """The same of a variance that has ``freedom`` degrees of freedom."""
    quantile = float(distributions.t(freedom).ppf(0.975)) if np.isfinite(freedom) else Z
    return drawn_ends(share, plain, n, quantile, left)


def design_of(
    hit: npt.ArrayLike, weight: npt.ArrayLike, stratum: npt.ArrayLike, inside: npt.ArrayLike | None = None
) -> tuple[float, float, float, float, int]:
    """Share, plain rows that it is worth, part of the variance that is left, degrees of freedom, and n.

    Rows are all of their strata; those that are not ``inside`` the domain that is asked about have a residual of 0.
    """
    y, w, layer = np.asarray(hit, float), np.asarray(weight, float), np.unique(stratum, return_inverse=True)[1]
    own = np.ones(len(y), bool) if inside is None else np.asarray(inside, bool)
    known = w.min() >= 1 and w.max() > 1
    share, squares = float((w * y)[own].sum() / w[own].sum()), float((w[own] ** 2).sum())
    seen = np.bincount(layer[own])
    freedom = int(own.sum()) - int((seen > 1).sum()) - int((seen == 1).any())
    # Strata of one row are one stratum together.
    layer = np.where(np.bincount(layer)[layer] == 1, -1, layer)
    flat = share * (1 - share)
    shown, hidden, left = [], [], []
    for one in np.unique(layer[own]):
        whole, its = layer == one, (layer == one) & own
        size, n, squared = int(whole.sum()), int(its.sum()), float((w[its] ** 2).sum())
        score = np.where(its, w * (y - share), 0.0)[whole]
        shown.append(
            size / (size - 1) * float(((score - score.mean()) ** 2).sum()) if size > 1 else float(score @ score)
        )
        part = float((w * y)[its].sum() / w[its].sum())
        # As half an error and half a hit more would have it, but not more than the group's rows vary.
        smooth = (part * n + 0.5) / (n + 1)
        more = smooth * (1 - smooth) - part * (1 - part) * n / max(n - 1, 1)
        hidden.append((min(max(more, 0.0), flat) * squared / squares if flat > 0 else 1.0) * squared)
        left.append(1 - size / float(w[whole].sum()) if known else 1.0)
    unit = flat if flat > 0 else 1.0
    room = max(squares * unit - sum(shown), 0.0)
    kept = min(1.0, room / sum(hidden)) if sum(hidden) > 0 else 0.0
    variance = np.array(shown) + kept * np.array(hidden)
    plain = unit * float(w[own].sum()) ** 2 / float(variance.sum())
    return share, plain, float((variance * np.array(left)).sum() / variance.sum()), freedom, int(own.sum())


def design_ends(
    hit: npt.ArrayLike, weight: npt.ArrayLike, stratum: npt.ArrayLike, inside: npt.ArrayLike | None = None
) -> tuple[float, float]:
    """The interval of this period's work."""
    share, plain, left, freedom, n = design_of(hit, weight, stratum, inside)
    return uncertain_ends(share, plain, n, freedom, left)


def clusters_of(hit: npt.ArrayLike, weight: npt.ArrayLike, cluster: npt.ArrayLike) -> tuple[float, float, float, int]:
    """Share, plain rows that it is worth, degrees of freedom and n: Bell and McCaffrey's matrices of single rows.

    Rows vary by share (1 - share) and those of a cluster are alike to the degree that makes the variance of all scores
    what it was found to be, in three rounds: phi. The residual maker takes from each row the share that it helped to
    make, and a cluster's score is its rows' weighted residuals. Each score is raised until its square is, under phi,
    what it would be of rows around the true share; Satterthwaite's freedom is that of their sum.
    """
    y, w, names = np.asarray(hit, float), np.asarray(weight, float), np.asarray(cluster)
    share, same = float((w * y).sum() / w.sum()), names[:, None] == names[None, :]
    maker = np.eye(len(y)) - np.outer(np.ones(len(y)), w) / w.sum()
    scores = (np.unique(names)[:, None] == names[None, :]) * w
    seen, flat = scores @ maker @ y, share * (1 - share)
    strangers, twins = float(w @ w), float(w @ same @ w)
    # To begin with, each is raised by the part of all weight that is not its own.
    variance = float((seen**2 / (1 - scores.sum(axis=1) / w.sum())).sum())
    for _ in range(3):
        likeness = (variance / flat - strangers) / (twins - strangers) if flat > 0 and twins > strangers else 0.0
        phi = np.where(same, min(max(likeness, 0.0), 1.0), 0.0)
        np.fill_diagonal(phi, 1.0)
        of_seen = scores @ maker @ phi @ maker.T @ scores.T
        raised = np.diag(np.diag(scores @ phi @ scores.T) / np.diag(of_seen))
        variance = float(seen @ raised @ seen)
    product = raised @ of_seen
    freedom = float(np.trace(product)) ** 2 / float(np.trace(product @ product))
    plain = flat * float(w.sum()) ** 2 / variance if variance > 0 else float(w.sum()) ** 2 / strangers
    return share, plain, freedom, len(y)


def cluster_ends(hit: npt.ArrayLike, weight: npt.ArrayLike, cluster: npt.ArrayLike) -> tuple[float, float]:
    """The interval of the process: labelers are the clusters."""
    share, plain, freedom, n = clusters_of(hit, weight, cluster)
    return uncertain_ends(share, plain, n, freedom)
