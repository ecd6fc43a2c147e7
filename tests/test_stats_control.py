"""The control chart: textbook values, signals worked by hand, phases, and what may not matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from smo_reports.stats.chart import at_centre
from smo_reports.stats.control import BASELINE, Change, baseline_end, recent_change
from smo_reports.stats.intervals import Floats
from smo_reports.stats.phases import joined, levels_of, phases_of
from smo_reports.stats.spread import inflation, spread_of

# Weeks about 90 in which neighbours neither resemble nor avoid each other much.
QUIET = [91.0, 91.0, 89.0, 89.0] * 5


def charted(newest: list[float], **more: Any) -> Change:
    values = [*QUIET, *newest]
    found = recent_change(values, len(QUIET), **({"kind": "mean", "error": np.ones(len(values))} | more))
    assert found is not None
    return found


SIGMA = charted([90.0]).sigma_z


def test_the_p_chart_is_qccs(reference: dict[str, Any]) -> None:
    spc = reference["textbook"]["spc"]
    known, n = spc["orangejuice_p_chart"], spc["orangejuice_p_chart"]["n"]
    hits = np.array(known["D"], float)
    # One more sample than the textbook has, to be judged by all of its.
    chart = recent_change([*(hits / n), 0.2], len(hits), kind="share", worth=np.full(len(hits) + 1, n))
    assert chart is not None
    centre, error = chart.centre[0], at_centre(chart.centre[0], n, n * len(hits), "share")[0]
    expected = known["expected_qcc"]
    assert centre == pytest.approx(expected["center"], abs=5e-8)
    assert error == pytest.approx(expected["sd"], abs=5e-9)
    assert (centre - 3 * error, centre + 3 * error) == pytest.approx((expected["LCL"], expected["UCL"]), abs=5e-7)
    outside = np.flatnonzero(np.abs(hits / n - centre) > 3 * error) + 1
    assert outside.tolist() == known["check"]["out_of_control_samples_1based"]
    counted = spc["orangejuice_np"]["expected_qcc"]
    by_count = (n * centre, n * (centre - 3 * error), n * (centre + 3 * error))
    assert by_count == pytest.approx((counted["center"], counted["LCL"], counted["UCL"]), abs=5e-6)


def test_without_what_was_explained_the_centre_is_qccs(reference: dict[str, Any]) -> None:
    spc = reference["textbook"]["spc"]
    hits, n = np.array(spc["orangejuice_p_chart"]["D"], float), spc["orangejuice_p_chart"]["n"]
    share = hits / n
    share[[14, 22]] = math.nan
    chart = recent_change([*share, 0.2], len(hits), kind="share", worth=np.full(len(hits) + 1, n))
    assert chart is not None
    expected = spc["orangejuice_phase2_excl_15_23"]["expected_qcc"]
    error = at_centre(chart.centre[0], n, n * 28, "share")[0]
    ends = (chart.centre[0], chart.centre[0] - 3 * error, chart.centre[0] + 3 * error)
    assert ends == pytest.approx((expected["center"], expected["LCL"], expected["UCL"]), abs=5e-8)


def test_the_u_chart_is_qccs(reference: dict[str, Any]) -> None:
    known = reference["textbook"]["spc"]["pcmanufact_u_chart"]
    rate, size = np.array(known["x"], float) / known["size"], known["size"]
    chart = recent_change([*rate, 2.0], len(rate), kind="rate", worth=np.full(len(rate) + 1, size))
    assert chart is not None
    assert chart.centre[0] == pytest.approx(known["expected_qcc"]["center"])
    error = at_centre(chart.centre[0], size, size * len(rate), "rate")[0]
    ends = (chart.centre[0] - 3 * error, chart.centre[0] + 3 * error)
    assert ends == pytest.approx((known["check"]["LCL"], known["check"]["UCL"]))
    assert chart.sigma_z == pytest.approx(1, abs=0.05)


def test_centre_and_limits_of_means_by_hand() -> None:
    found = charted([90.5])
    assert found.centre.tolist() == pytest.approx([90.0] * 21)
    # Ten of the nineteen pairs are alike: Σ e e' / Σ e² = (10 − 9) / 20, mended (1/20 + 1/20) / (1 − 4/20) = 1/8;
    # half of it is believed, and half of .3.
    assert found.resemblance == pytest.approx(0.5 / 8 + 0.15)
    # Σ e² = 20, divided by 20 less what the mean takes.
    assert pytest.approx(math.sqrt(20 / (20 - inflation(20, found.resemblance)))) == found.sigma_z
    assert found.low.tolist() == pytest.approx([90 - 3 * found.sigma_z] * 21)
    assert found.high.tolist() == pytest.approx([90 + 3 * found.sigma_z] * 21)


def test_limits_follow_each_points_own_error_and_never_narrow() -> None:
    values = [*([90.1, 90.1, 89.9, 89.9] * 5), 90.0]
    error = np.array([1.0] * 20 + [4.0])
    found = recent_change(values, 20, kind="mean", error=error)
    assert found is not None
    assert found.sigma_z == 1.0
    assert (found.high - found.centre).tolist() == pytest.approx([3.0] * 20 + [12.0])
    # Counted in full there is no error to hold them open.
    alone = recent_change(values, 20, kind="individual")
    assert alone is not None
    assert alone.high[0] - alone.centre[0] == pytest.approx(3 * alone.sigma_z)
    assert alone.sigma_z < 0.12


def together(points: int) -> float:
    """The mean of the newest points, from the centre, that is three standard errors of itself, by the formula."""
    found = charted([90.0])
    wide = inflation(points, found.resemblance) / points + inflation(20, found.resemblance) / 20
    return 3 * found.sigma_z * math.sqrt(wide)


@pytest.mark.parametrize(
    ("newest", "direction", "since"),
    [
        ([90 + 2.99 * SIGMA], 0, None),
        ([90 + 3.01 * SIGMA], 1, 20),
        ([90 - 3.01 * SIGMA], -1, 20),
        # Two, four and six together lie beyond what their mean may.
        ([90 - 1.01 * together(2)] * 2, -1, 20),
        ([90 - 0.99 * together(2)] * 2, 0, None),
        ([90 + 1.01 * together(4)] * 4, 1, 20),
        ([90 + 0.99 * together(4)] * 4, 0, None),
        ([90 + 1.01 * together(6)] * 6, 1, 20),
        ([90 + 0.99 * together(6)] * 6, 0, None),
        # What has come back is no longer changing, and one odd week is no change of level.
        ([90 - 9 * SIGMA, 90.1], 0, None),
        ([90 - 9 * SIGMA, 89.9], 0, None),
        ([90 - 9 * SIGMA, 90.1, 89.9, 90.1, 89.9, 89.9], 0, None),
        # The change began where the level did, not with the first week that is judged.
        ([90.2, 89.8, *[90 - 3.5 * SIGMA] * 4], -1, 22),
        ([90.2, 89.8, 90.1, 89.9, 90.2, 90 - 3.5 * SIGMA], -1, 25),
        ([90.0], 0, None),
    ],
)
def test_signals_worked_by_hand(newest: list[float], direction: int, since: int | None) -> None:
    found = charted(newest)
    assert (found.direction, found.since) == (direction, since)


def test_a_thin_week_raises_no_alarm() -> None:
    assert charted([90 - 3.1 * SIGMA]).direction == -1
    assert charted([90 - 3.1 * SIGMA], error=np.r_[np.ones(20), 2.0]).direction == 0


def test_weeks_without_a_number_are_passed_over() -> None:
    level = 90 - 1.01 * together(4)
    found = charted([level, level, math.nan, level, level])
    assert (found.direction, found.since) == (-1, 20)
    assert math.isnan(found.low[22])


def test_too_little_to_tell() -> None:
    def change(values: Sequence[float], baseline: int, **more: Any) -> Change | None:
        return recent_change(values, baseline, **({"kind": "mean", "error": np.ones(len(values))} | more))

    assert BASELINE == 20
    assert change([*QUIET[:19], 90.0], 19) is None
    assert change([*QUIET, 90.0], 20) is not None
    assert change([*QUIET[:19], math.nan, 90.0], 20) is None
    assert change([*QUIET, math.nan], 20) is None
    assert change(QUIET, 20) is None
    assert change([*QUIET, 90.0], 20, error=np.zeros(21)) is None
    # Twenty equal numbers, counted in full, do not say how much the next may differ.
    for value in (90.0, 0.1, 1e9 / 3):
        assert change([value] * 26, 20, kind="individual") is None
    assert change([90.0] * 26, 20) is not None


def test_gaps_in_the_baseline_are_made_up_for_by_judged_weeks() -> None:
    weeks = np.array([*QUIET, *[90.0] * 6])
    assert baseline_end(weeks, 6) == 20
    weeks[[3, 8]] = math.nan
    assert baseline_end(weeks, 6) == 22
    assert recent_change(weeks, 22, kind="mean", error=np.ones(26)) is not None
    assert baseline_end(weeks[:22], 6) == 22
    assert recent_change(weeks[:22], 22, kind="mean", error=np.ones(22)) is None


def test_the_centre_of_shares_is_all_hits_over_all_rows_and_limits_lean() -> None:
    n, hits = np.array([100] * 10 + [50] * 11), np.array([96] * 10 + [47] * 10 + [48])
    found = recent_change(hits / n, 20, kind="share", worth=n)
    assert found is not None
    # (960 + 470) / 1500; the limits are p ± 3 √(p q / n) + 4 (1 − 2p) / (3n).
    p = 1430 / 1500
    lean, reach = 4 * (1 - 2 * p) / (3 * n), 3 * np.sqrt(p * (1 - p) / n)
    assert found.centre.tolist() == pytest.approx([p] * 21)
    assert found.low.tolist() == pytest.approx((p + lean - reach).tolist())
    assert found.high.tolist() == pytest.approx((p + lean + reach).tolist(), abs=2e-3)
    assert found.direction == 0


def test_the_centre_of_means_weighs_what_they_are_worth() -> None:
    assert charted([90.0], error=[1.0, 0.1, 0.1, 1.0] * 5 + [1.0]).centre[0] == pytest.approx(90)
    worth = [3.0, 3.0, 1.0, 1.0] * 5 + [1.0]
    assert charted([90.0], worth=worth).centre[0] == pytest.approx((3 * 91 + 89) / 4)


@pytest.mark.parametrize(("errors", "direction"), [(0, 0), (1, 0), (6, -1)])
def test_a_flawless_baseline_does_not_make_one_error_a_change(errors: int, direction: int) -> None:
    found = recent_change([*np.ones(20), 1 - errors / 60], 20, kind="share", worth=np.full(21, 60))
    assert found is not None
    assert found.direction == direction
    assert recent_change([*np.ones(20), 0.9], 20, kind="share", worth=[*[60] * 20, 0]) is None


@pytest.mark.parametrize(("count", "direction"), [(0, 0), (1, 0), (4, 1)])
def test_nothing_counted_so_far_does_not_make_one_a_change(count: int, direction: int) -> None:
    found = recent_change([*np.zeros(20), count / 5], 20, kind="rate", worth=np.full(21, 5.0))
    assert found is not None
    assert found.direction == direction


def broken(newest: list[float], breaks: list[int], quiet: Sequence[float] = QUIET) -> Change:
    values = [*quiet, *newest]
    found = recent_change(values, 20, kind="mean", error=np.ones(len(values)), breaks=breaks)
    assert found is not None
    return found


def test_a_change_that_begins_at_a_break_is_reported_as_such() -> None:
    fall = [90.2, 89.8, 90.1, *[90 - 3 * SIGMA] * 3]
    found = broken(fall, [23])
    assert (found.direction, found.since, found.at_break) == (-1, 23, True)
    assert found.phase.tolist() == [0] * 23 + [1] * 3
    # The phase is too young for a level of its own: the old one goes on, so that the fall is seen.
    assert found.centre.tolist() == pytest.approx([90.0] * 26)
    apart = broken(fall, [])
    assert (apart.direction, apart.since, apart.at_break) == (-1, 23, False)
    # A break some weeks before the fall is not its beginning.
    assert not broken(fall, [20]).at_break


def test_a_young_phase_is_judged_as_a_whole() -> None:
    # Nine weeks a little lower: no single one, and not the newest six, are beyond three errors; all together are.
    lower = [value - 1.6 for value in (QUIET + QUIET)[17:26]]
    found = broken(lower[3:], [17], [*QUIET[:17], *lower[:3]])
    assert (found.direction, found.since, found.at_break) == (-1, 17, True)


def test_a_phase_with_enough_weeks_has_a_level_of_its_own() -> None:
    moved = [*QUIET[:12], *[value - 5 for value in QUIET[12:]]]
    found = broken([85.0] * 6, [12], moved)
    assert (found.direction, found.at_break) == (0, False)
    assert found.centre.tolist() == pytest.approx([90.0] * 12 + [85.0] * 14)
    # Dispersion is pooled within phases: the step widens nothing.
    assert found.sigma_z == pytest.approx(SIGMA, rel=0.05)
    unaware = broken([85.0] * 6, [], moved)
    assert unaware.sigma_z > 2 * SIGMA
    assert broken([85.0] * 3 + [79.0] * 3, [12], moved).direction == -1


def test_many_short_phases_make_one_level_with_wide_limits() -> None:
    steps = [value + 4 * (week // 5 % 2) for week, value in enumerate(QUIET)]
    found = broken([92.0] * 6, [5, 10, 15], steps)
    assert found.direction == 0
    assert len(set(found.centre.tolist())) == 1
    assert found.sigma_z > 1.8 * SIGMA
    assert found.phase.tolist() == sorted([0, 1, 2] * 5 + [3] * 11)


def test_who_is_held_against_whose_level() -> None:
    base = np.arange(26) < 20
    level = levels_of(phases_of(26, [3, 12, 22]), base)
    # Three weeks are too few; nine and eight are enough; what comes after is held against the newest that is able.
    assert level.tolist() == [1] * 12 + [2] * 14
    assert joined(phases_of(26, [7, 14]), base).tolist() == [0] * 26
    assert phases_of(5, [9, 0, -1, 2, 2]).tolist() == [0, 0, 1, 1, 1]


def series(seed: int) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    n = rng.integers(20, 400, 26).astype(float)
    share = rng.binomial(n.astype(int), np.r_[np.full(20, 0.9), rng.choice([0.7, 0.9, 0.97], 6)]) / n
    return share, n, np.sqrt(0.09 / n)


@pytest.mark.parametrize("seed", range(40))
def test_what_may_not_matter(seed: int) -> None:
    share, n, error = series(seed)
    breaks = [int(one) for one in np.random.default_rng(seed).integers(1, 26, seed % 3)]
    found = recent_change(share, 20, kind="share", worth=n, breaks=breaks)
    other = recent_change(1 - share, 20, kind="share", worth=n, breaks=breaks[::-1])
    assert found is not None
    assert other is not None
    # Errors instead of hits: the same chart, upside down.
    assert (other.direction, other.since, other.at_break) == (-found.direction, found.since, found.at_break)
    assert other.low.tolist() == pytest.approx((1 - found.high).tolist())
    # Another unit, another zero: the same chart.
    mean = recent_change(share, 20, kind="mean", worth=n, error=error, breaks=breaks)
    scaled = recent_change(60 * share - 7, 20, kind="mean", worth=3 * n, error=60 * error, breaks=breaks)
    assert mean is not None
    assert scaled is not None
    assert (scaled.direction, scaled.since, scaled.at_break) == (mean.direction, mean.since, mean.at_break)
    assert scaled.high.tolist() == pytest.approx((60 * mean.high - 7).tolist())
    # A gap in front, and a break before the first point, are nothing.
    later = recent_change([math.nan, *share], 21, kind="share", worth=[0, *n], breaks=[0, *(one + 1 for one in breaks)])
    assert later is not None
    assert later.direction == found.direction
    assert later.low[1:].tolist() == pytest.approx(found.low.tolist())


def test_the_mean_of_alike_neighbours_is_less_sure() -> None:
    # Three points whose neighbours correlate by a half: (3 + 2 (2/2 + 1/4)) / 3.
    assert inflation(3, 0.5) == pytest.approx((3 + 2 * (1 + 0.25)) / 3)
    assert inflation(1, 0.7) == 1.0
    assert inflation(12, 0.0) == 1.0


@pytest.mark.parametrize("resemblance", [0.0, 0.3, 0.6])
def test_the_spread_of_resembling_weeks_is_not_underestimated(resemblance: float) -> None:
    rng = np.random.default_rng(11)
    step = rng.standard_normal((3000, 20))
    for week in range(1, 20):
        step[:, week] = resemblance * step[:, week - 1] + math.sqrt(1 - resemblance**2) * step[:, week]
    found = [spread_of(row - row.mean(), np.zeros(20, int)) for row in step]
    # The moving range would give 1, .84 and .63.
    assert np.mean([one.sigma**2 for one in found]) == pytest.approx(1, abs=0.1)
    # Halfway between what it is and .3.
    assert np.mean([one.resemblance for one in found]) == pytest.approx((resemblance + 0.3) / 2, abs=0.05)


def test_neighbours_across_a_break_or_a_gap_are_none() -> None:
    residual = np.array([1.0, 1, -1, -1] * 5)
    # In phases of two all ten pairs are alike: 10/20 · 19/10, mended and drawn towards .3 as above.
    assert spread_of(residual, np.arange(20) // 2).resemblance == pytest.approx((0.95 + 0.05) / 0.8 / 2 + 0.15)
    # In phases of two that begin one later none is.
    assert spread_of(residual, (np.arange(20) + 1) // 2).resemblance == 0.0
    # Every other week is missing: there are no neighbours, and the resemblance is the typical one.
    residual[1::2] = math.nan
    assert spread_of(residual, np.zeros(20, int)).resemblance == pytest.approx(0.3)
    assert math.isnan(spread_of(np.array([math.nan, 0.5]), np.zeros(2, int)).sigma)
