"""How much labelers' own rates move from period to period, beyond the noise of their audits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.baseline import between
from smo_reports.stats.cuboids import Bools, Codes, Floats, Observations

_CAUTION = 0.6
_FEWEST = 5
_USUAL = 0.02**2
"""What is taken for the drift where fewer labelers than this have rows in both periods: of so few none can be known."""


@dataclass(frozen=True)
class Drift:
    """How much each labeler's rate moves from period to period when nothing happens.

    Attributes
    ----------
    variance : float
        Of a labeler's true change.
    labelers : int
        From how many labelers it is known.
    """

    variance: float
    labelers: int


def drift(data: Observations, expected: Floats, least: float = 10.0) -> Drift:
    """Estimate how much labelers' own rates move, in a way that a few who moved a lot do not matter.

    Parameters
    ----------
    data : Observations
    expected : ndarray of float, shape (n,)
        What is known of each row already, findings included.
    least : float
        A labeler counts who has so many rows in both periods.
    """
    return Labelers.of(data, least).drift(expected)


@dataclass(frozen=True)
class Labelers:
    """The labelers' rows in both periods: what their drift is estimated from, however often.

    Attributes
    ----------
    data : Observations
    code : ndarray of int, shape (n,)
        Each row's labeler in its period.
    enough : ndarray of bool, shape (labelers,)
        Who has enough rows in both periods.
    rows : ndarray of float, shape (2, those with enough)
    noise : ndarray of float, shape (those with enough,)
        The variance of a labeler's change in units of that of a single outcome.
    """

    data: Observations
    code: Codes
    enough: Bools
    rows: Floats
    noise: Floats

    @classmethod
    def of(cls, data: Observations, least: float = 10.0) -> Labelers:
        """Count the rows of each labeler; ``least`` are enough in a period."""
        weights = data.weights
        code, size = data.labeler + data.people * data.after, 2 * data.people
        tally, squared = (np.bincount(code, values, size).reshape(2, -1) for values in (weights, weights**2))
        enough = np.asarray((tally >= least).all(axis=0))
        rows = tally[:, enough].astype(float)
        return cls(data, code, enough, rows, (squared[:, enough] / rows**2).sum(axis=0))

    def drift(self, expected: Floats) -> Drift:
        """Estimate the drift beyond what is expected; see the function of this name."""
        labelers = int(self.enough.sum())
        if labelers < _FEWEST:
            return Drift(_USUAL if len(self.enough) > 1 else 0.0, _FEWEST)
        left, weight = self.data.right - expected, self.data.weight
        over = np.bincount(self.code, left if weight is None else weight * left, 2 * len(self.enough))
        moved = over.reshape(2, -1)[:, self.enough] / self.rows
        noise = np.average(left**2, weights=weight) * self.noise
        changed = moved[1] - moved[0]
        middle = np.average(changed, weights=1 / noise)
        return Drift(between(changed - middle, noise, _CAUTION), labelers)
