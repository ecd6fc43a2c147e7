"""Tallies of a yes/no outcome: all that the intervals of a share ask of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from smo_reports.stats.intervals import Floats
from smo_reports.stats.sums import sums

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ShareTallies:
    """Tallies of a yes/no outcome, one entry per (group, stratum, labeler).

    Attributes
    ----------
    group, stratum, labeler : ndarray of int, shape (t,)
        Codes from 0; ``stratum`` is coded across groups or within them, either does.
    n : ndarray, shape (t,)
        Rows.
    w, w2 : ndarray, shape (t,)
        Sum of the weights, and of their squares; equal to ``n`` where nothing is weighted.
    wy, w2y : ndarray, shape (t,)
        The same sums over the rows whose outcome is yes.
    groups : int
        How many groups there are.
    population_known : bool
        Whether weights are inverse sampling probabilities, so that their sum is the stratum's population.
    stratum_n, stratum_w : ndarray, shape (t,), optional
        Rows and weight of all of the tally's stratum as it was sampled, also of rows that are in no group: how many
        of a stratum's rows fall into a group is chance as well. Default: strata lie within the groups.
    """

    group: Codes
    stratum: Codes
    labeler: Codes
    n: Floats
    w: Floats
    w2: Floats
    wy: Floats
    w2y: Floats
    groups: int
    population_known: bool = False
    stratum_n: Floats | None = None
    stratum_w: Floats | None = None

    def total(self, values: Floats) -> Floats:
        """Sum ``values`` within each group; shape (groups,)."""
        return sums(self.group, values, self.groups)

    @property
    def share(self) -> Floats:
        """The weighted share of each group; nan where a group has no weight."""
        weight = self.total(self.w)
        share: Floats = np.divide(self.total(self.wy), weight, out=np.full(self.groups, np.nan), where=weight > 0)
        return share


def pairs(group: Codes, other: Codes) -> tuple[Codes, Codes]:
    """Codes from 0 for each pair of a group and something within it, and the first position of each pair."""
    return recoded(np.asarray(group * (int(other.max(initial=0)) + 1) + other, np.intp))


def recoded(values: Codes) -> tuple[Codes, Codes]:
    """Codes from 0 for ``values``, and the first position of each."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    return np.asarray(inverse, np.intp).ravel(), np.asarray(first, np.intp)
