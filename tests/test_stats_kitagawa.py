"""Kitagawa's split of a change into rates and mix, against the published example and its own arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smo_reports.stats.kitagawa import kitagawa


def test_a_pure_shift_of_the_mix() -> None:
    # Rates .95 and .90 stay but for .94 and .91; the mix goes from .6/.4 to .4/.6.
    # Rates: .5 · (.94 - .95) + .5 · (.91 - .90) = 0; change .922 - .930 = -.008, all of it mix.
    found = kitagawa([0.6, 0.4], [0.95, 0.90], [0.4, 0.6], [0.94, 0.91])
    assert found.rate.sum() == pytest.approx(0)
    assert found.rate.tolist() == pytest.approx([-0.005, 0.005])
    assert found.mix.sum() == pytest.approx(-0.008)


def test_headship_rates_of_1970_and_1985(reference: dict[str, Any]) -> None:
    case = reference["textbook"]["kitagawa_dasgupta"]["headship_1970_1985"]
    size, rate = case["size"], case["rate"]
    found = kitagawa(size["1970"], rate["1970"], size["1985"], rate["1985"])
    assert found.rate.sum() == pytest.approx(case["expected"]["rate_effect"], abs=1e-3)
    assert found.mix.sum() == pytest.approx(case["expected"]["composition_effect"], abs=1e-3)


def test_a_part_that_comes_is_mix_and_no_rate() -> None:
    # Before: all in the first part at .9; after: half in a new part at .7: .8. The new part has no rate of before.
    found = kitagawa([10, 0], [0.9, np.nan], [5, 5], [0.9, 0.7])
    assert found.rate.tolist() == [0, 0]
    assert found.mix.sum() == pytest.approx(-0.1)


SHARES = st.lists(
    st.tuples(st.floats(0.01, 9), st.floats(0, 1), st.floats(0.01, 9), st.floats(0, 1)), min_size=1, max_size=7
)


@given(SHARES)
def test_rates_and_mix_are_the_whole_change(parts: list[tuple[float, float, float, float]]) -> None:
    w0, r0, w1, r1 = (np.array(column) for column in zip(*parts, strict=True))
    found = kitagawa(w0, r0, w1, r1)
    change = np.average(r1, weights=w1) - np.average(r0, weights=w0)
    assert found.rate.sum() + found.mix.sum() == pytest.approx(change, abs=1e-9)


@given(SHARES)
def test_backwards_is_the_same_with_the_sign_turned(parts: list[tuple[float, float, float, float]]) -> None:
    w0, r0, w1, r1 = (np.array(column) for column in zip(*parts, strict=True))
    there, back = kitagawa(w0, r0, w1, r1), kitagawa(w1, r1, w0, r0)
    assert there.rate.tolist() == pytest.approx((-back.rate).tolist(), abs=1e-12)
    assert there.mix.tolist() == pytest.approx((-back.mix).tolist(), abs=1e-12)
