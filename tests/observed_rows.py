"""Random rows of two periods, as what counts and fits them takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smo_reports.stats.cuboids import Observations


def observed(
    right: np.ndarray,
    after: np.ndarray,
    codes: Sequence[np.ndarray] = (),
    labeler: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    more_codes: int = 0,
) -> Observations:
    sizes = tuple(int(code.max()) + 1 + more_codes for code in codes)
    who = np.zeros(len(right), int) if labeler is None else labeler
    return Observations(right.astype(float), after, tuple(codes), sizes, who, weight)


def random_rows(seed: int, n: int = 4000, weighted: bool = False) -> Observations:
    """Three columns; the third has a value that is there afterwards only."""
    rng = np.random.default_rng(seed)
    after = rng.random(n) < 0.5
    codes = [rng.integers(0, 3, n), rng.integers(0, 4, n), rng.integers(0, 2, n)]
    codes[2][after & (rng.random(n) < 0.4)] = 2
    weight = rng.uniform(0.5, 4.0, n) if weighted else None
    return observed(rng.random(n) < 0.9, after, codes, rng.integers(0, 20, n), weight)
