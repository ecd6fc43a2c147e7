"""Rows of two groups in two windows, counted by whatever tells them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smo_reports.stats.intervals import Floats
from smo_reports.stats.share_tallies import Codes


@dataclass(frozen=True)
class Tally:
    """Rows of a yes/no outcome, counted by whatever tells them apart; every array has shape (rows of the tally,).

    Attributes
    ----------
    n : ndarray
        Plain rows.
    weight, square, hits : ndarray
        Sums of w, w² and w·outcome.
    treated : ndarray of bool
        Whether the rows are of the group that something was done to.
    window : ndarray of int
        1 for the window after, 0 for the baseline, -1 for weeks before it, which only tell how much weeks swing.
    cell, trend, cluster, week : ndarray of int, from 0
        Case-mix cell; what shares a trend with the other group; labeler; week.
    """

    n: Floats
    weight: Floats
    square: Floats
    hits: Floats
    treated: np.ndarray
    window: Codes
    cell: Codes
    trend: Codes
    cluster: Codes
    week: Codes

    def only(self, kept: np.ndarray) -> Tally:
        """The rows of a mask."""
        return Tally(**{name: values[kept] for name, values in vars(self).items()})

    def rows(self, treated: bool, window: int) -> int:
        """Plain rows of one group in one window."""
        return int(self.n[(self.treated == treated) & (self.window == window)].sum())
