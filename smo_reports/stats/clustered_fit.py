"""A weighted least-squares fit whose rows come in clusters, and how well so few clusters tell its last coefficient.

References
----------
Liang & Zeger (1986), Biometrika 73:13-22 (the sandwich).
Bell & McCaffrey (2002), Survey Methodology 28:169-181 (CR2, and Satterthwaite's degrees of freedom for it).
Pustejovsky & Tipton (2018), J. Business & Economic Statistics 36:672-683 (the same with any weights and fixed effects).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes
from smo_reports.stats.sums import sums


@dataclass(frozen=True)
class ClusteredFit:
    """A fit; rows of a cluster resemble each other.

    Attributes
    ----------
    design : ndarray, shape (n, coefficients)
    weight, spread, residual : ndarray, shape (n,)
        ``spread`` is what a row's variance is in proportion to.
    cluster : ndarray of int, shape (n,), from 0
    inverse : ndarray, shape (coefficients, coefficients)
        Of X'WX; the pseudo-inverse, where coefficients cannot be told apart.
    coefficients : ndarray
    """

    design: Floats
    weight: Floats
    spread: Floats
    residual: Floats
    cluster: Codes
    inverse: Floats
    coefficients: Floats

    @classmethod
    def of(
        cls, design: Floats, outcome: Floats, weight: Floats, spread: Floats, cluster: npt.ArrayLike
    ) -> ClusteredFit:
        """Fit; clusters may have any numbers."""
        inverse = np.asarray(np.linalg.pinv(design.T @ (weight[:, None] * design), hermitian=True), float)
        coefficients = inverse @ (design.T @ (weight * outcome))
        codes = np.unique(np.asarray(cluster), return_inverse=True)[1].ravel().astype(np.intp)
        return cls(design, weight, spread, outcome - design @ coefficients, codes, inverse, coefficients)

    @property
    def last(self) -> float:
        """The last coefficient."""
        return float(self.coefficients[-1])

    def of_last(self) -> tuple[float, float]:
        """CR2 variance of the last coefficient, and its degrees of freedom (at least 1) if rows vary as ``spread``."""
        weighted = self.weight[:, None] * self.design
        middle = weighted.T @ (self.spread[:, None] * weighted)
        score = weighted @ self.inverse[:, -1]
        order = np.argsort(self.cluster, kind="stable")
        pieces = np.split(order, np.flatnonzero(np.diff(self.cluster[order])) + 1)
        raised = np.zeros(len(score))
        for rows in pieces:
            raised[rows] = score[rows] @ self._raise(rows, weighted[rows], middle)
        clusters = len(pieces)
        variance = float((sums(self.cluster, raised * self.residual, clusters) ** 2).sum())
        alone = sums(self.cluster, raised**2 * self.spread, clusters)
        first = self._summed(raised[:, None] * self.design, clusters)
        second = self._summed((raised * self.spread)[:, None] * weighted, clusters)
        return variance, self._freedom(alone, first, second, middle)

    def _raise(self, rows: Codes, weighted: Floats, middle: Floats) -> Floats:
        """The matrix that puts a cluster's residuals back to what they would be, had it not drawn the fit its way.

        Of the roots that do so this one gives the same whether rows are fitted one by one or counted together.
        """
        own, spread = self.design[rows], self.spread[rows]
        drawn = own @ self.inverse @ weighted.T * spread
        left = np.diag(spread) - drawn - drawn.T + own @ (self.inverse @ middle @ self.inverse) @ own.T
        root = np.sqrt(spread)
        values, vectors = np.linalg.eigh(left / root[:, None] / root)
        # Directions in which the fit has used the whole cluster have no residual to raise.
        told = values > 1e-10 * values.max(initial=0.0)
        inner = (vectors[:, told] / np.sqrt(values[told])) @ vectors[:, told].T
        found: Floats = root[:, None] * inner / root
        return found

    def _summed(self, rows: Floats, clusters: int) -> Floats:
        found = np.zeros((clusters, rows.shape[1]))
        np.add.at(found, self.cluster, rows)
        return found

    def _freedom(self, alone: Floats, first: Floats, second: Floats, middle: Floats) -> float:
        """Satterthwaite's: (Σ p_gg)² / ΣΣ p_gh², p = diag(alone) + U C U' for what residuals of clusters share."""
        both = np.hstack([first, second])
        size = len(self.inverse)
        core = np.zeros((2 * size, 2 * size))
        core[:size, :size] = self.inverse @ middle @ self.inverse
        core[:size, size:] = core[size:, :size] = -self.inverse
        shared = np.einsum("gi,ij,gj->g", both, core, both)
        turned = core @ (both.T @ both)
        squares = float((alone**2).sum() + 2 * (alone * shared).sum() + np.trace(turned @ turned))
        return max(float(alone.sum() + shared.sum()) ** 2 / squares, 1.0) if squares > 0 else 1.0
