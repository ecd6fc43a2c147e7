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
    hired = np.concatenate([done, _of_applicants(stages, opening, shares, coming, done)], axis=1)
    filled = np.full((paths, opening.seats), np.inf)
    first = np.sort(hired, axis=1)[:, : opening.seats]
    filled[:, : first.shape[1]] = first
    return filled


def _of_applicants(
    stages: Sequence[Stage], opening: Opening, shares: Floats, seed: np.random.SeedSequence, done: Floats
) -> Floats:
    """Weeks until those are hired who will apply, and will pass; shape (paths, cases).

    Of Poisson applicants those who pass are Poisson, too: nobody else is followed. Weeks are looked at until on every
    path as many are hired as there are seats: who applies later cannot be earlier.
    """
    paths = len(shares)
    passes = shares.prod(axis=1)
    found = [np.full((0, paths), np.inf)]
    for week, own in enumerate(seed.spawn(len(opening.applicants))):
        number, times = own.spawn(2)
        chance = np.random.default_rng(number).random(paths)
        many = np.asarray(distributions.poisson.ppf(chance, opening.applicants[week] * passes), np.intp)
        # Ranks come first, so that a further applicant changes nothing of those before.
        drawn = np.random.default_rng(times).random((int(many.max(initial=0)), len(stages) + 1, paths))
        at = week + drawn[:, -1]
        for place, one in enumerate(stages):
            at += one.days_left(drawn[:, place], 0.0) / 7
        at[np.arange(len(at))[:, None] >= many] = np.inf
        found.append(at)
        taken = sum(((each <= week + 1).sum(axis=0) for each in found), start=(done <= week + 1).sum(axis=1))
        if (taken >= opening.seats).all():
            break
    return np.concatenate(found).T
