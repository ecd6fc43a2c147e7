"""How many more audits would settle a share: by simulation, and where none would."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smo_reports.stats.intervals import wilson_interval
from smo_reports.stats.power import audits_to_settle, more_to_settle

DRAWS = 20_000


def chance(share: float, n: int, worth: float, target: float, more: int) -> float:
    """How often so many more plain audits settle it, where the share is what it seems."""
    added = round(more * worth / n)
    right = worth * share + np.random.default_rng(41).binomial(added, share, DRAWS)
    low, high = wilson_interval(right, np.full(DRAWS, worth + added))
    return float(np.mean(high < target if share < target else low > target))


@pytest.mark.parametrize(
    ("share", "n", "worth", "target"),
    [
        (0.93, 330, 330, 0.95),
        (0.97, 330, 250, 0.95),
        (0.85, 100, 90, 0.9),
        (0.94, 600, 600, 0.95),
        (0.998, 500, 400, 0.995),
        (0.6, 60, 60, 0.5),
        (0.05, 200, 150, 0.03),
    ],
)
def test_it_settles_four_times_in_five_and_fewer_do_not(share: float, n: int, worth: float, target: float) -> None:
    more = int(more_to_settle(share, n, worth, target))
    # Whole errors step: what one more of them is likely decides how far above 80 % it lies.
    assert 0.79 <= chance(share, n, worth, target, more) <= 0.89
    assert chance(share, n, worth, target, round(0.7 * more)) < 0.79


def test_what_was_seen_already_counts() -> None:
    fresh = audits_to_settle(0.93, 0.95)
    assert more_to_settle(0.93, 330, 330, 0.95) < fresh - 330
    assert more_to_settle(0.93, 660, 330, 0.95) == pytest.approx(2 * more_to_settle(0.93, 330, 330, 0.95), rel=0.01)


def test_flawless_audits_need_only_go_on() -> None:
    # 73 without an error lie above 95 %, and 381 above 99 %.
    assert more_to_settle(1.0, 50, 50, 0.95) == 73 - 50
    assert more_to_settle(1.0, 380, 380, 0.99) == 1


def test_at_the_target_no_number_does() -> None:
    assert more_to_settle(0.95, 300, 300, 0.95) == math.inf
    assert more_to_settle(0.95 + 1e-6, 300, 300, 0.95) == math.inf


def test_a_higher_chance_takes_more() -> None:
    assert more_to_settle(0.93, 330, 330, 0.95, power=0.9) > more_to_settle(0.93, 330, 330, 0.95)
