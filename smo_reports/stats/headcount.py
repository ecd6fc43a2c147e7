"""How much work a team can do in the weeks to come, along paths: who leaves, who joins, and how far joiners are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.attrition import Attrition
from smo_reports.stats.ramp import Ramp

Floats = npt.NDArray[np.float64]

_AT_ONCE = 2_000_000
"""Numbers held at once: people are taken in parts of so many by paths and weeks."""


@dataclass(frozen=True)
class Members:
    """People, each of shape (people,), or of (paths, people) where paths differ in when they begin.

    Attributes
    ----------
    tenure : ndarray
        Weeks at the start; negative for somebody who begins after that, minus infinity for somebody who never does.
    fte : ndarray, shape (people,)
        Of full time.
    leaves : ndarray, shape (people,)
        Weeks after the start in which it is known that somebody leaves; infinite where nothing is known.
    """

    tenure: Floats
    fte: Floats
    leaves: Floats


@dataclass(frozen=True)
class Staff:
    """Paths of a team, each of shape (paths, weeks), in full-time equivalents at the weeks' middles.

    Attributes
    ----------
    heads : ndarray
        Whoever is there, whatever their part.
    effective : ndarray
        Joiners counted by their part of an experienced person's work.
    """

    heads: Floats
    effective: Floats


def staff_paths(members: Members, rates: Floats, attrition: Attrition, ramp: Ramp, chance: Floats, weeks: int) -> Staff:
    """Let a team go on.

    Parameters
    ----------
    members : Members
    rates : ndarray, shape (paths, bands)
        Share that leaves per week, in the bands of tenure of ``attrition``; see :meth:`Attrition.draw`.
    attrition : Attrition
        For its bands.
    ramp : Ramp
    chance : ndarray in [0, 1), shape (paths, people)
        When each leaves: the same numbers with higher rates let everybody leave earlier.
    weeks : int

    Returns
    -------
    Staff
    """
    paths = len(rates)
    people = members.tenure.shape[-1]
    parts = np.concatenate([np.zeros((paths, 1)), ramp.of_paths(paths), np.ones((paths, 1))], axis=1)
    heads, effective = np.zeros((paths, weeks)), np.zeros((paths, weeks))
    size = max(1, _AT_ONCE // max(paths * weeks, 1))
    tenure = members.tenure if members.tenure.ndim == 2 else members.tenure[None, :]
    for first in range(0, people, size):
        own = slice(first, first + size)
        there = _there(tenure[:, own], members.leaves[own], rates, attrition.edges, chance[:, own], weeks)
        there *= members.fte[own, None]
        heads += there.sum(axis=1)
        place = np.floor(tenure[:, own, None] + _middles(weeks))
        week = np.clip(np.nan_to_num(place, neginf=-1.0) + 1, 0, parts.shape[1] - 1).astype(np.intp)
        row = np.arange(paths)[:, None, None]
        effective += (there * parts[row, week]).sum(axis=1)
    return Staff(heads, effective)


def _middles(weeks: int) -> Floats:
    return np.asarray(np.arange(weeks) + 0.5, float)


def _there(tenure: Floats, leaves: Floats, rates: Floats, edges: Floats, chance: Floats, weeks: int) -> Floats:
    """Whether each is there in the middle of each week; shape (paths, people, weeks) of 0 and 1."""
    now = tenure[:, :, None] + _middles(weeks)
    begun = np.maximum(tenure, 0.0)[:, :, None]
    hazard = np.zeros((len(rates), tenure.shape[1], weeks))
    for band, (low, high) in enumerate(zip(edges, [*edges[1:], np.inf], strict=True)):
        spent = np.clip(np.minimum(now, high) - np.maximum(begun, low), 0.0, None)
        hazard += rates[:, band, None, None] * spent
    stays = chance[:, :, None] < np.exp(-hazard)
    return np.asarray(stays & (now >= 0) & (_middles(weeks) < leaves[:, None]), float)
