"""The rules of Nelson and of Western Electric on standardised series: what the package's one rule is compared with.

Nelson (1984), Journal of Quality Technology 16:237-239; Western Electric (1956), Statistical Quality Control Handbook.
Every function takes scores of shape (series, points) and says at which points a rule is broken.
"""

from __future__ import annotations

import numpy as np

Scores = np.ndarray
Broken = np.ndarray


def _windows(condition: Broken, length: int) -> Broken:
    """How many of the last ``length`` points hold a condition, at each point; 0 before there are so many."""
    counted = np.zeros(condition.shape, int)
    seen = np.lib.stride_tricks.sliding_window_view(condition, length, axis=1).sum(axis=2)
    counted[:, length - 1 :] = seen
    return counted


def one_beyond(z: Scores, sigmas: float = 3.0) -> Broken:
    """One point beyond three sigma (Nelson 1, Western Electric 1)."""
    return np.abs(z) > sigmas


def some_beyond(z: Scores, some: int, of: int, sigmas: float) -> Broken:
    """So many of so many points in a row beyond a line on one side, the newest among them.

    Two of three beyond two sigma and four of five beyond one: Nelson 5 and 6, Western Electric 2 and 3.
    """
    sides = [(_windows(side * z > sigmas, of) >= some) & (side * z > sigmas) for side in (1, -1)]
    return sides[0] | sides[1]


def on_one_side(z: Scores, points: int) -> Broken:
    """So many points in a row on one side: nine (Nelson 2) or eight (Western Electric 4)."""
    return (_windows(z > 0, points) == points) | (_windows(z < 0, points) == points)


def steadily(z: Scores, points: int = 6) -> Broken:
    """Six points in a row rising, or falling (Nelson 3)."""
    step = np.diff(z, axis=1)
    found = (_windows(step > 0, points - 1) == points - 1) | (_windows(step < 0, points - 1) == points - 1)
    return np.pad(found, ((0, 0), (1, 0)))


def alternating(z: Scores, points: int = 14) -> Broken:
    """Fourteen points in a row going up and down by turns (Nelson 4)."""
    step = np.sign(np.diff(z, axis=1))
    turns = step[:, 1:] * step[:, :-1] < 0
    return np.pad(_windows(turns, points - 2) == points - 2, ((0, 0), (2, 0)))


def hugging(z: Scores, points: int = 15) -> Broken:
    """Fifteen points in a row within one sigma (Nelson 7)."""
    return _windows(np.abs(z) < 1, points) == points


def avoiding(z: Scores, points: int = 8) -> Broken:
    """Eight points in a row, none within one sigma (Nelson 8)."""
    return _windows(np.abs(z) > 1, points) == points


def nelson(z: Scores) -> Broken:
    """All eight of Nelson's rules."""
    rules = (one_beyond(z), on_one_side(z, 9), steadily(z), alternating(z), some_beyond(z, 2, 3, 2.0),
             some_beyond(z, 4, 5, 1.0), hugging(z), avoiding(z))  # fmt: skip
    return np.any(rules, axis=0)


def western_electric(z: Scores) -> Broken:
    """The four Western Electric rules."""
    rules = (one_beyond(z), some_beyond(z, 2, 3, 2.0), some_beyond(z, 4, 5, 1.0), on_one_side(z, 8))
    return np.any(rules, axis=0)


def three_and_nine(z: Scores) -> Broken:
    """One point beyond three sigma, or nine in a row on one side."""
    return one_beyond(z) | on_one_side(z, 9)
