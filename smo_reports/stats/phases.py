"""A series that was broken where what is measured changed: which points belong together, and who judges whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ENOUGH = 8
"""The fewest baseline points that make a phase's level: with fewer, it is judged by the phase before."""

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def phases_of(points: int, breaks: Sequence[int]) -> Places:
    """The phase of each point, from 0.

    Parameters
    ----------
    points : int
    breaks : sequence of int
        Positions at which a phase begins, in any order; the first point begins one anyway.

    Examples
    --------
    >>> phases_of(6, [4, 2]).tolist()
    [0, 0, 1, 1, 2, 2]
    """
    starts = np.array(sorted({at for at in breaks if 0 < at < points}), int)
    return np.searchsorted(starts, np.arange(points), side="right")


def joined(phase: Places, base: Flags) -> Places:
    """The phases, or one for all points where none has enough of the baseline.

    The level of that one is of everything, and what the breaks did widens its limits.
    """
    return phase if (_sizes(phase, base) >= ENOUGH).any() else np.zeros_like(phase)


def levels_of(phase: Places, base: Flags) -> Places:
    """The phase whose level each point is held against.

    A phase with enough baseline points has a level of its own. Any other is held against the newest earlier phase
    that has one, so that a change which begins at a break is seen and not reset away; at the beginning of a series,
    against the first that has one.

    Parameters
    ----------
    phase : ndarray of int, shape (points,)
        As :func:`joined` gives it.
    base : ndarray of bool, shape (points,)
        The usable baseline points; at least one phase has enough of them, or all points are one phase.

    Returns
    -------
    ndarray of int, shape (points,)

    Examples
    --------
    >>> levels_of(phases_of(14, [9, 12]), np.arange(14) < 11).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> levels_of(phases_of(20, [3, 11]), np.arange(20) < 17).tolist()
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    """
    able = np.flatnonzero(_sizes(phase, base) >= ENOUGH)
    if not len(able):
        return np.zeros_like(phase)
    return able[np.maximum(np.searchsorted(able, phase, side="right") - 1, 0)]


def _sizes(phase: Places, base: Flags) -> Places:
    """How many usable baseline points each phase has."""
    return np.bincount(phase[base], minlength=int(phase.max(initial=0)) + 1)
