"""Audits with a planted cause, their explanation, and when two explanations are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports import explain
from smo_reports.analyses.explanation import Explanation

COLUMNS = ["market", "policy", "tool", "auditor_id"]


def drawn(seed: int = 0, n: int = 12_000, cause: Mapping[str, str] | None = None, drop: float = 0.25) -> pd.DataFrame:
    """Two periods of audits; a segment, by default a policy in a market, loses accuracy in the second."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"period": np.repeat(["before", "after"], n // 2)})
    sizes = {"market": 3, "policy": 5, "tool": 2, "auditor_id": 6, "labeler_id": 40}
    for name, size in sizes.items():
        rows[name] = rng.choice([f"{name[0]}{code:02d}" for code in range(size)], n)
    worse = (rows["period"] == "after").to_numpy()
    for name, value in ({"market": "m00", "policy": "p01"} if cause is None else cause).items():
        worse = worse & (rows[name] == value).to_numpy()
    rows["correct"] = rng.random(n) < 0.94 - drop * worse
    return rows


def explained(rows: Any, **more: Any) -> Explanation:
    return explain(rows, **{"dimensions": COLUMNS, **more})


def figures(found: Explanation) -> list[Any]:
    """All that an explanation says in numbers and names, findings and parts."""
    parts = [(part.name, part.value, part.low, part.high) for part in found.parts.values()]
    findings = [
        (tuple(one.segment.items()), one.kind, one.effect, one.low, one.high, one.n_before, one.n_after)
        for one in found.findings
    ]
    return [*parts, *findings, (found.rate_before, found.rate_after, found.noise, found.looked_at)]


def assert_same(one: Explanation, other: Explanation) -> None:
    for ours, theirs in zip(figures(one), figures(other), strict=True):
        for mine, yours in zip(ours, theirs, strict=True):
            assert mine == (
                pytest.approx(yours, rel=1e-6, abs=1e-9, nan_ok=True) if isinstance(yours, float) else yours
            )
