"""When the seats of an opening are filled, along paths: by who is under way, and by who will apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats as distributions

from smo_reports.stats.funnel_time import Stage, days_to_pass_all

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Opening:
    """An opening that is not filled yet.

    Attributes
    ----------
    seats : int
        Still to be filled.
    at : ndarray of int, shape (cases,)
        The stage in which each candidate under way is.
    age : ndarray, shape (cases,)
        Days since they came to it.
    applicants : ndarray, shape (weeks,)
        Expected in each week to come.
    """

    seats: int
    at: npt.NDArray[np.intp]
    age: Floats
    applicants: Floats


def weeks_to_fill(stages: Sequence[Stage], opening: Opening, shares: Floats, seed: np.random.SeedSequence) -> Floats:
    """Weeks until each seat is taken.

    Parameters
    ----------
    stages : sequence of Stage
        In order; whoever passes the last takes a seat.
    opening : Opening
    shares : ndarray, shape (paths, stages)
        What passes each stage on a path: not known exactly, and the same for all candidates of a path.
    seed : SeedSequence
        Each candidate, and each applicant to come, draws from a part of its own: two scenarios differ only by what
        differs in them.

    Returns
    -------
    ndarray, shape (paths, seats)
        Rising; infinite where a seat is not taken by anybody who is under way or applies in the weeks given.
    """
    paths = len(shares)
    now, coming = seed.spawn(2)
    under_way = np.random.default_rng(now).random((len(opening.at), len(stages), 2, paths))
    done = days_to_pass_all(stages, opening.at, opening.age, shares, under_way) / 7
    hired = np.concatenate([done, _of_applicants(stages, opening.applicants, shares, coming)], axis=1)
    filled = np.full((paths, opening.seats), np.inf)
    first = np.sort(hired, axis=1)[:, : opening.seats]
    filled[:, : first.shape[1]] = first
    return filled


def _of_applicants(stages: Sequence[Stage], expected: Floats, shares: Floats, seed: np.random.SeedSequence) -> Floats:
    """Weeks until each of those who will apply is hired; shape (paths, cases)."""
    paths = len(shares)
    chance = np.random.default_rng(seed).random((len(expected), paths))
    many = np.asarray(distributions.poisson.ppf(chance, expected[:, None]), np.intp)
    most = int(many.max(initial=0))
    if not most:
        return np.full((paths, 0), np.inf)
    found = np.full((most, len(expected), paths), np.inf)
    for rank, own in enumerate(seed.spawn(most)):
        found[rank] = _one_rank(stages, shares, np.random.default_rng(own), len(expected))
        found[rank][many <= rank] = np.inf
    return found.reshape(-1, paths).T


def _one_rank(stages: Sequence[Stage], shares: Floats, rng: np.random.Generator, weeks: int) -> Floats:
    """Weeks until one applicant of every week is hired; shape (weeks, paths)."""
    paths = len(shares)
    at = np.arange(weeks)[:, None] + rng.random((weeks, paths))
    for place, own in enumerate(stages):
        goes, stays = rng.random((2, weeks, paths))
        at = np.where(goes < shares[:, place], at + own.days_left(stays, 0.0) / 7, np.inf)
    return at
