"""A hiring funnel as it stands: its stages, what is open, and who will apply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from smo_reports.stats.funnel_time import Stage
from smo_reports.stats.hiring_paths import Opening

Floats = npt.NDArray[np.float64]

BANDS = (0, 4, 8, 16, 10_000)
"""Weeks since an opening, between which applicants come in at one rate a seat."""

INTERVIEW_HOURS = 1.0
"""What an interview takes of the team, its preparation and notes included: an assumption, which no table tells."""


LATELY_WEEKS = 2
"""Who took an offer within so many weeks has, as a rule, not begun: no table tells when a hire begins."""


@dataclass(frozen=True)
class Requisition:
    """One opening that is not filled.

    Attributes
    ----------
    name, role, language, site : str
        Empty where it is not said.
    seats : int
        Still to be filled.
    weeks_open : float
    at : ndarray of int
        The stages in which its candidates are.
    age : ndarray
        Days since they came to it.
    """

    name: str
    role: str
    language: str
    site: str
    seats: int
    weeks_open: float
    at: npt.NDArray[np.intp]
    age: Floats


@dataclass(frozen=True)
class Hiring:
    """What the rows say of hiring up to a day.

    Attributes
    ----------
    names : tuple of str
        The stages in order.
    stages : tuple of Stage
    open : tuple of Requisition
    applicants : ndarray, shape (4,)
        A week and seat, in the first four weeks of an opening, the next four, the next eight, and after.
    fill_days : tuple of float
        Median days from an opening's day to that on which its last seat was taken, with its interval; openings that
        are not filled are censored; nan where fewer than half are filled.
    openings, filled : int
    interviews : float
        A week, over the last eight; nan where their times are not kept.
    interviews_a_hire : float
        Held for each who was hired; nan where nobody was.
    language : str
        In which most seats were opened.
    note : str
        ``not measured: needs …`` where there is no funnel.
    hired_lately : int
        Who took a seat within the last ``LATELY_WEEKS``: the seat is filled, and they may not have begun.
    """

    names: tuple[str, ...]
    stages: tuple[Stage, ...]
    open: tuple[Requisition, ...]
    applicants: Floats
    fill_days: tuple[float, float, float]
    openings: int
    filled: int
    interviews: float
    interviews_a_hire: float
    language: str
    note: str = ""
    hired_lately: int = 0

    @property
    def seats(self) -> dict[tuple[str, str, str], int]:
        """Open seats by role, language and site, most of them first."""
        found: dict[tuple[str, str, str], int] = {}
        for one in self.open:
            key = (one.role, one.language, one.site)
            found[key] = found.get(key, 0) + one.seats
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def interview_hours(self) -> float:
        """Hours a week that interviews take the team now."""
        return self.interviews * INTERVIEW_HOURS

    def estimates(self) -> pd.DataFrame:
        """One row a stage: ``stage, cases, open, passes, low, high, days, days_low, days_high``."""
        fields = ("cases", "still", "passes", "low", "high", "days", "days_low", "days_high")
        rows = [
            {"stage": name, **{field: getattr(one, field) for field in fields}}
            for name, one in zip(self.names, self.stages, strict=True)
        ]
        return pd.DataFrame(rows, columns=["stage", *fields]).rename(columns={"still": "open"})

    def expected(self, seats: int, weeks_open: float, weeks: int) -> Floats:
        """Applicants in each week to come of an opening that has been open for so long; shape (weeks,)."""
        at = weeks_open + np.arange(weeks) + 0.5
        band = np.searchsorted(BANDS, at, side="right") - 1
        return np.asarray(self.applicants[band] * seats, float)

    def opening(self, requisition: Requisition, weeks: int, pace: float = 0.0) -> Opening:
        """A requisition as a simulation takes it, with applicants at ``1 + pace`` times the measured rate."""
        coming = self.expected(requisition.seats, requisition.weeks_open, weeks) * (1 + pace)
        return Opening(requisition.seats, requisition.at, requisition.age, coming)

    def new_opening(self, seats: int, weeks: int, pace: float = 0.0) -> Opening:
        """One that is opened today."""
        nobody = np.zeros(0)
        return Opening(seats, nobody.astype(np.intp), nobody, self.expected(seats, 0.0, weeks) * (1 + pace))


def no_hiring(note: str) -> Hiring:
    """What is known where nothing is."""
    nan = (float("nan"),) * 3
    return Hiring((), (), (), np.zeros(len(BANDS) - 1), nan, 0, 0, nan[0], nan[0], "", note)
