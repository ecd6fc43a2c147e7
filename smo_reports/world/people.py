"""Who works on a project, with what skill, speed and tenure, and who is at work on which day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from smo_reports.world.columns import NEVER, words
from smo_reports.world.incidents import COHORT
from smo_reports.world.moments import Calendar, holiday_factors
from smo_reports.world.operation import DAYS, Bools, Ints, Operation, Reals

FIRST_LABELER, FIRST_AUDITOR, FIRST_LEAD = 1001, 11, 101
TEAM_SIZE = 8
SHIFT_HOURS = 8.5


@dataclass(frozen=True)
class Crew:
    """The people of one project; arrays have one entry per labeler, days count from the world's first.

    Attributes
    ----------
    first_labeler, first_auditor, first_lead : int
        Numbers of the first ids; people's ids are unique in the world.
    market, vendor, team : ndarray of int
        Codes; ``vendors`` lists vendor and site.
    skill : ndarray
        Log odds of a right decision once ramped up.
    dip : ndarray
        What is missing from ``skill`` on the first day.
    present : ndarray of bool
        One row per labeler, one column per day.
    weight : ndarray
        Share of the market's decisions of a week that a labeler takes on a day, up to a factor.
    leave_from, leave_days : ndarray
        Two absences per labeler; 0 days is none.
    """

    first_labeler: int
    first_auditor: int
    first_lead: int
    auditors: int
    vendors: tuple[tuple[str, str], ...]
    market: Ints
    vendor: Ints
    team: Ints
    started: Ints
    ended: Ints
    skill: Reals
    dip: Reals
    speed: Reals
    shift: Reals
    fte: Reals
    present: Bools
    weight: Reals
    leave_from: Ints
    leave_days: Ints

    @property
    def size(self) -> int:
        """How many labelers ever worked in the project."""
        return len(self.market)

    @property
    def shift_hours(self) -> Reals:
        """Length of each labeler's shift: of the day, the part that they work for this project."""
        return SHIFT_HOURS * self.fte

    @property
    def teams(self) -> int:
        """How many teams, each with a lead."""
        return int(self.team.max()) + 1

    def labelers(self, codes: Ints) -> pa.Array:
        """Labelers' ids."""
        return words([f"L{self.first_labeler + one}" for one in range(self.size)], codes)

    def auditor_ids(self, codes: Ints) -> pa.Array:
        """Auditors' ids."""
        return words([f"Q{self.first_auditor + one}" for one in range(self.auditors)], codes)

    def lead_ids(self, codes: Ints) -> pa.Array:
        """Team leads' ids."""
        return words([f"T{self.first_lead + one}" for one in range(self.teams)], codes)


def headcount(operation: Operation, weekly: float) -> int:
    """Labelers needed for a weekly volume; grows more slowly than the volume does."""
    return 4 if operation.thin else 6 + round(0.04 * weekly**0.75)


def _quotas(operation: Operation, total: int) -> Ints:
    shares = np.array([market.share for market in operation.markets])
    counts = np.maximum(np.floor(shares * total).astype(np.int64), 3 if not operation.thin else total)
    return np.repeat(np.arange(len(shares)), counts)


def _spells(rng: np.random.Generator, market: Ints, joining: int, cohort: int) -> tuple[Ints, Ints]:
    """First and last days; the first labeler of every market stays throughout."""
    size = len(market)
    started = -(14 + rng.exponential(280, size)).astype(np.int64)
    joiners = slice(size - cohort - joining, size - cohort)
    started[joiners] = 7 * rng.integers(3, 21, joining)
    if cohort:
        started[size - cohort :] = 7 * COHORT.week
    left = np.maximum(started, 0) + 21 + rng.exponential(DAYS * 4, size).astype(np.int64)
    ended = np.where(left < DAYS, left, NEVER)
    ended[np.unique(market, return_index=True)[1]] = NEVER
    if cohort:
        ended[size - cohort :] = NEVER
    return started, ended


def _presence(rng: np.random.Generator, market: Ints, started: Ints, ended: Ints) -> tuple[Bools, Ints, Ints]:
    size = len(market)
    days = np.arange(DAYS)
    off = np.where(rng.random(size) < 0.55, 5, rng.integers(0, 7, size))[:, None]
    weekday = days[None, :] % 7
    free = (weekday == off) | (weekday == (off + 1) % 7)
    employed = (days >= started[:, None]) & ((ended[:, None] == NEVER) | (days <= ended[:, None]))
    leave_from = np.stack([rng.integers(0, 84, size), rng.integers(98, 170, size)], 1)
    leave_days = np.where(rng.random((size, 2)) < 0.7, rng.integers(1, 8, (size, 2)), 0)
    leave_days[np.unique(market, return_index=True)[1]] = 0
    last = leave_from + leave_days - 1
    within = (leave_from > started[:, None]) & ((ended[:, None] == NEVER) | (last < ended[:, None]))
    leave_days = np.where(within, leave_days, 0)
    away = np.zeros((size, DAYS), bool)
    for spell in range(2):
        first = leave_from[:, spell, None]
        away |= (days >= first) & (days < first + leave_days[:, spell, None])
    return employed & ~free & ~away, leave_from, leave_days


def _vendors(
    rng: np.random.Generator, operation: Operation, market: Ints, cohort: int
) -> tuple[tuple[tuple[str, str], ...], Ints]:
    """List vendors with their sites, and each labeler's; a planted cohort starts at one of them."""
    vendors = tuple(dict.fromkeys(pair for one in operation.markets for pair in one.vendors))
    options = [[vendors.index(pair) for pair in one.vendors] for one in operation.markets]
    turns = rng.integers(0, 60, len(market))
    codes = [options[code][turn % len(options[code])] for code, turn in zip(market, turns, strict=True)]
    if cohort:
        codes[-cohort:] = [[pair[0] for pair in vendors].index(COHORT.where["vendor"])] * cohort
    return vendors, np.array(codes)


def _teams(market: Ints) -> Ints:
    """Teams of at most eight, each of one market."""
    rank = np.zeros(len(market), np.int64)
    for code in np.unique(market):
        rank[market == code] = np.arange((market == code).sum())
    per_market = int(rank.max()) // TEAM_SIZE + 1
    return np.asarray(np.unique(market * per_market + rank // TEAM_SIZE, return_inverse=True)[1])


def _load(rng: np.random.Generator, operation: Operation, market: Ints, calendar: Calendar) -> Reals:
    """Weigh what a labeler present on a day takes on: by weekday, holiday and the labeler's pace."""
    season = np.array([1.06, 1.03, 1.0, 1.0, 0.99, 0.94, 0.9])[np.arange(DAYS) % 7]
    pace = np.clip(rng.lognormal(0, 0.2, len(market)), 0.65, 1.5)
    holiday = holiday_factors(tuple(one.name for one in operation.markets), calendar)[market]
    return np.asarray(season * holiday * pace[:, None])


def _full_time(operation: Operation, weekly: float) -> float:
    """Full-time equivalent of a labeler's share of the week: its handling time, occupancy, and time beside the work."""
    handling = sum(share * median for share, median in operation.contents.values()) * 1.25
    hours = weekly * handling / 3600 / 0.85 / 0.83
    return min(1.0, max(0.01, round(hours / 40, 2)))


def _shift_starts(rng: np.random.Generator, size: int, fte: float) -> Reals:
    """Local hour at which each labeler's shift begins; who works a part of the day does so in any part of it."""
    begin = rng.choice(np.array([6.0, 7.0, 8.0, 9.0, 11.0, 13.0]), size, p=[0.1, 0.15, 0.25, 0.2, 0.15, 0.15])
    # Evenly spread without a draw: multiples of the golden section.
    part = np.arange(size) * 0.6180339887 % 1
    return np.asarray(begin + np.floor(2 * part * SHIFT_HOURS * (1 - fte)) / 2, float)


def recruit(
    operation: Operation,
    calendar: Calendar,
    weekly: float,
    rng: np.random.Generator,
    after: tuple[int, int, int],
) -> Crew:
    """Staff one project.

    Parameters
    ----------
    operation, calendar, rng
    weekly : float
        Its decisions in a mean week.
    after : tuple of int
        How many labelers, auditors and leads the projects before it have.
    """
    settled = _quotas(operation, headcount(operation, weekly))
    joining = 0 if operation.thin else max(1, len(settled) // 6)
    cohort = max(3, len(settled) // 3) if operation.name == COHORT.project else 0
    drawn = settled[rng.integers(0, len(settled), joining)]
    market = np.concatenate([settled, drawn, np.zeros(cohort, np.int64)])
    size = len(market)
    started, ended = _spells(rng, market, joining, cohort)
    vendors, vendor = _vendors(rng, operation, market, cohort)
    dip = np.full(size, 0.9)
    dip[size - cohort :] = 2.0
    right = np.clip(rng.beta(operation.accuracy * 140, (1 - operation.accuracy) * 140, size), 0.8, 0.995)
    present, leave_from, leave_days = _presence(rng, market, started, ended)
    fte = _full_time(operation, weekly / len(settled))
    return Crew(
        FIRST_LABELER + after[0],
        FIRST_AUDITOR + after[1],
        FIRST_LEAD + after[2],
        2 if operation.thin else 4 + len(settled) // 14,
        vendors,
        market,
        vendor,
        _teams(market),
        started,
        ended,
        np.log(right / (1 - right)),
        dip,
        np.clip(rng.lognormal(0, 0.16, size), 0.7, 1.4),
        _shift_starts(rng, size, fte),
        np.full(size, fte),
        present,
        present * _load(rng, operation, market, calendar),
        leave_from,
        leave_days,
    )


def team_names(operation: Operation, crew: Crew) -> list[str]:
    """Names of the teams, by market."""
    markets = crew.market[np.unique(crew.team, return_index=True)[1]]
    return [f"{operation.key}-{operation.markets[code].name.lower()}-{one + 1}" for one, code in enumerate(markets)]
