"""How many decisions each week brings, and how they fall on labelers and days."""

from __future__ import annotations

import numpy as np

from smo_reports.world.operation import WEEKS, Ints, Operation
from smo_reports.world.people import Crew

PART_ROWS = 250_000
"""A week with more decisions is made in parts, each of some labelers, so that memory stays bounded."""


def weekly(operation: Operation, rows: int, rng: np.random.Generator) -> Ints:
    """Decisions per week and market, together about ``share * rows``: a slight growth and some noise.

    Returns
    -------
    ndarray of int, shape (26, markets)
    """
    week = np.arange(WEEKS)
    level = 1 + 0.12 * week / WEEKS + 0.04 * np.sin(week / 4) + rng.normal(0, 0.025, WEEKS)
    markets = np.array([market.share for market in operation.markets])
    expected = operation.share * rows * (level / level.sum())[:, None] * markets
    return np.asarray(np.floor(expected + rng.random(expected.shape)), np.int64)


def parts(volume: Ints) -> int:
    """Into how many parts a week of this volume (decisions per market) is split."""
    return max(1, -(-int(volume.sum()) // PART_ROWS))


def part_volume(volume: Ints, part: int, of: int) -> Ints:
    """Give what one of ``of`` parts has of a week's decisions per market; the parts together have all."""
    return volume // of + (part < volume % of)


def spread(crew: Crew, volume: Ints, week: int, part: int, of: int, rng: np.random.Generator) -> Ints:
    """Share a week's decisions among the labelers of one part and the seven days.

    Returns
    -------
    ndarray of int, shape (labelers * 7,)
        Decisions of each labeler and day; part ``part`` of ``of`` has every ``of``-th labeler.
    """
    counts = np.zeros((crew.size, 7), np.int64)
    load = crew.weight[:, 7 * week : 7 * week + 7]
    for market, share in enumerate(part_volume(volume, part, of)):
        mine = np.flatnonzero(crew.market == market)[part::of]
        weights = load[mine].ravel()
        counts[mine] = rng.multinomial(int(share), weights / weights.sum()).reshape(-1, 7)
    return counts.ravel()
