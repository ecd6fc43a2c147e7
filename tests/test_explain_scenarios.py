"""A small sample of the study of planted causes: what a search that is broken on purpose does not hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from smo_reports.analyses.finding import Finding

FOLDER = Path(__file__).parents[1] / "benchmarks"
ROWS, QUIET_ROWS = 50_000, 20_000
SEEDS = (4001, 4002)
QUIET_SEEDS = tuple(range(5001, 5006))
KINDS = (
    "cohort",
    "policy_market",
    "new_tool",
    "strict_auditor",
    "three_way",
    "two_causes",
    "nested",
    "bad_labelers",
    "offsetting",
    "mix_only",
    "mix_and_rate",
    "simpson",
    "sampling_shift",
    "everywhere",
)


@pytest.fixture(scope="module")
def study() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The study's judging, and its scenarios."""
    sys.path.insert(0, str(FOLDER))
    import rca
    import rca_scenarios

    yield rca, rca_scenarios
    sys.path.remove(str(FOLDER))


Judged = dict[str, list]


@pytest.fixture(scope="module")
def judged(study: tuple[ModuleType, ModuleType]) -> Judged:
    """Each kind's scenarios, explained and judged once."""
    rca, scenarios = study
    return {name: [rca.judge(scenarios.CAUSES[name](seed, ROWS)) for seed in SEEDS] for name in KINDS}


def test_all_kinds_of_the_study_are_sampled(study: tuple[ModuleType, ModuleType]) -> None:
    assert set(KINDS) == set(study[1].CAUSES)
    assert set(study[1].NO_CAUSE) >= {"independent", "drifting", "wobble"}


@pytest.mark.parametrize("name", KINDS)
def test_a_planted_cause_is_found(judged: Judged, name: str) -> None:
    # Some are missed: a search that cannot find a kind misses both.
    assert any(one.hit == one.causes for one in judged[name]), judged[name]
    assert all(one.reported for one in judged[name])


def test_over_all_kinds_the_bars_are_held(judged: Judged) -> None:
    own = [one for kind in judged.values() for one in kind]
    reported = sum(one.reported for one in own)
    assert sum(one.hit for one in own) / sum(one.causes for one in own) >= 0.85
    assert sum(one.right for one in own) / reported >= 0.85
    assert np.nanmean([one.first for one in own]) >= 0.88
    # The study's bars, 0.10 and 0.25 points, and what the means of so few vary.
    for errors, bar in (([one.mix_error for one in own], 0.0010), ([one.rate_error for one in own], 0.0025)):
        assert np.mean(errors) <= bar + 2 * np.std(errors) / np.sqrt(len(errors))
    effects = np.array([effect for one in own for effect in one.effects])
    assert len(effects) >= 20
    assert np.abs(effects[:, 0]).mean() == pytest.approx(np.abs(effects[:, 3]).mean(), rel=0.15)
    assert ((effects[:, 1] <= effects[:, 3]) & (effects[:, 3] <= effects[:, 2])).mean() >= 0.85


@pytest.mark.parametrize("name", ["independent", "drifting", "wobble"])
def test_where_nothing_happened_little_is_reported(study: tuple[ModuleType, ModuleType], name: str) -> None:
    rca, scenarios = study
    own = [rca.judge(scenarios.NO_CAUSE[name](seed, QUIET_ROWS)) for seed in QUIET_SEEDS]
    # At 3 % each, two or more of five are an alarm in one sample of a hundred.
    assert sum(one.reported > 0 for one in own) <= 1, own
    assert np.mean([one.mix_error for one in own]) <= 0.002


def test_a_wrong_segment_or_kind_is_no_hit(study: tuple[ModuleType, ModuleType]) -> None:
    rca, scenarios = study
    made = scenarios.policy_market(4003, QUIET_ROWS)
    (cause,) = made.causes
    right = Finding(dict(cause.segment), "rate", -0.01, -0.02, 0.0, 0.9, 0.8, 100, 100, 0.1)
    assert rca._hits(made.rows, right, cause)
    assert not rca._hits(made.rows, replace(right, kind="mix"), cause)
    assert not rca._hits(made.rows, replace(right, segment={}), cause)
    wider = {"policy": cause.segment["policy"]}
    assert not rca._hits(made.rows, replace(right, segment=wider), cause)


def test_shuffled_outcomes_have_no_cause(study: tuple[ModuleType, ModuleType]) -> None:
    rca, scenarios = study
    made = scenarios.two_causes(4004, QUIET_ROWS)
    rows = made.rows.assign(correct=np.random.default_rng(1).permutation(made.rows["correct"]))
    assert rca.judge(replace(made, rows=rows)).reported == 0
