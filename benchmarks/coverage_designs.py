"""The designs that the coverage study draws from: each gives many samples at once, as tallies, and the truth.

A draw is a *group* of the tallies, so that one call of an estimator judges all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from smo_reports.stats.sampling import ShareTallies

Drawn = tuple[ShareTallies, float]
Draw = Callable[[np.random.Generator, int, float, int], Drawn]
"""From a generator, how many draws, p and n to tallies and the truth."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Design:
    """One way of drawing audits.

    Attributes
    ----------
    name : str
    draw : callable
    labelers : int
        0 where the design knows no labelers, and the rule of twenty does not apply.
    fewest : int
        The smallest n that it can be drawn with.
    """

    name: str
    draw: Draw
    labelers: int = 0
    fewest: int = 30


def simple(times: int) -> Design:
    """Every decision has the same chance: one in so many."""

    def draw(rng: np.random.Generator, draws: int, p: float, n: int) -> Drawn:
        return _by_strata(rng, draws, np.array([times * n]), np.array([n]), np.array([p]))

    return Design(f"simple, one decision in {times}", draw)


def stratified(name: str, part: tuple[float, ...], sample: tuple[float, ...], odds: tuple[float, ...]) -> Design:
    """Strata hold ``part`` of 40 n decisions and get ``sample`` of the audits; ``odds`` of an error are to scale."""

    def draw(rng: np.random.Generator, draws: int, p: float, n: int) -> Drawn:
        k = np.maximum(np.round(n * np.array(sample)).astype(int), 2)
        size = np.maximum(np.round(40 * n * np.array(part)).astype(int), k)
        return _by_strata(rng, draws, size, k, _split(p, odds, size))

    return Design(name, draw)


def per_labeler(labelers: int, spread: float) -> Design:
    """As many audits of every labeler, whatever their workload: labelers are strata, and weights say so."""

    def draw(rng: np.random.Generator, draws: int, p: float, n: int) -> Drawn:
        load, skill = _team(labelers, spread, p, n)
        return _by_strata(rng, draws, load, _dealt(n, labelers), skill)

    return Design(f"per labeler, {labelers} of them, spread {spread:g}", draw, labelers, 2 * labelers)


def pooled(labelers: int, spread: float) -> Design:
    """A simple sample of the same team's decisions, whoever made them."""

    def draw(rng: np.random.Generator, draws: int, p: float, n: int) -> Drawn:
        load, skill = _team(labelers, spread, p, n)
        right = np.round(load * skill).astype(int)
        found = rng.multivariate_hypergeometric(np.r_[right, load - right], n, draws)
        hits, rows = found[:, :labelers], found[:, :labelers] + found[:, labelers:]
        tallies = _packed(hits, rows, load.sum() / n, 0, np.arange(labelers), known=True)
        return tallies, float(right.sum() / load.sum())

    return Design(f"pooled, {labelers} labelers, spread {spread:g}", draw, labelers)


def process(labelers: int, spread: float, uneven: bool = False, weighted: bool = False) -> Design:
    """Labelers are drawn too, with a skill of their own; uneven ones also with a workload of their own.

    Where weighted, a third of the audits are of risky work, of which each stands for a fifth as many decisions.
    """

    def draw(rng: np.random.Generator, draws: int, p: float, n: int) -> Drawn:
        skill = special.expit(_centre(p, spread) + spread * rng.standard_normal((draws, labelers)))
        load = rng.gamma(2.0, size=(draws, labelers)) if uneven else None

        def rows(audits: int) -> np.ndarray:
            if load is None:
                return np.broadcast_to(_dealt(audits, labelers), skill.shape)
            return rng.multinomial(audits, load / load.sum(axis=1, keepdims=True))

        who = np.arange(labelers)
        if not weighted:
            each = rows(n)
            return _packed(rng.binomial(each, skill), each, 1.0, 0, who, known=False), p
        each = np.concatenate([rows(n - n // 3), rows(n // 3)], axis=1)
        hits = rng.binomial(each, np.tile(skill, 2))
        return _packed(hits, each, np.repeat([30.0, 6.0], labelers), 0, np.tile(who, 2), known=True), p

    name = f"{labelers} labelers, spread {spread:g}" + ", uneven" * uneven + ", weighted" * weighted
    return Design(name, draw, labelers, max(30, labelers))


def _by_strata(rng: np.random.Generator, draws: int, size: np.ndarray, n: np.ndarray, share: np.ndarray) -> Drawn:
    """A sample of ``n`` of each stratum of a population that stays the same."""
    right = np.round(size * share).astype(int)
    n = np.minimum(n, size)
    hits = np.stack([rng.hypergeometric(r, s - r, k, draws) for r, s, k in zip(right, size, n, strict=True)], axis=1)
    strata = np.arange(len(size))
    return _packed(hits, np.broadcast_to(n, hits.shape), size / n, strata, strata, known=True), right.sum() / size.sum()


def _packed(
    hits: np.ndarray, rows: np.ndarray, weight: npt.ArrayLike, stratum: npt.ArrayLike, who: npt.ArrayLike, known: bool
) -> ShareTallies:
    """Tallies of draws and cells."""
    draws, cells = hits.shape
    group = np.repeat(np.arange(draws), cells)
    h, n = hits.ravel().astype(float), rows.ravel().astype(float)
    w, layer, person = (np.broadcast_to(np.asarray(part), hits.shape).ravel() for part in (weight, stratum, who))
    parts = (part[n > 0] for part in (group, layer, person, n, n * w, n * w * w, h * w, h * w * w))
    return ShareTallies(*parts, draws, known)


def _centre(p: float, spread: float) -> float:
    """The log odds about which people's vary, normally and by ``spread``, for a mean share of p."""
    return float(optimize.brentq(lambda m: float(_WEIGHTS @ special.expit(m + spread * _NODES)) - p, -30, 30))


def _split(p: float, odds: npt.ArrayLike, size: np.ndarray) -> np.ndarray:
    """Shares of parts whose odds of an error are in the ratios ``odds``, and that together give p."""
    ratio, part = np.log(np.asarray(odds, float)), size / size.sum()
    middle = optimize.brentq(lambda m: float(part @ special.expit(ratio + m)) - (1 - p), -30, 30)
    return np.asarray(1 - special.expit(ratio + middle))


def _team(labelers: int, spread: float, p: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Workload and skill of a team that is always the same: the busiest have six times as much as the least busy."""
    rng = np.random.default_rng(29)
    load = np.round(40 * n / labelers * rng.permutation(np.geomspace(0.4, 2.4, labelers))).astype(int)
    z = rng.permutation(special.ndtri((np.arange(labelers) + 0.5) / labelers))
    return load, _split(p, np.exp(spread * z / z.std()), load)


def _dealt(n: int, labelers: int) -> np.ndarray:
    """Audits of each labeler, as evenly as whole numbers allow."""
    return n // labelers + (np.arange(labelers) < n % labelers)
