"""What no estimate of quality may depend on, and how audits that were drawn labeler by labeler are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from oracles import cluster_ends, design_ends

from smo_reports.kpis import estimate
from smo_reports.schema import PERIOD_WORK, PROCESS

NAMES = ("accuracy", "false_positive_rate", "false_negative_rate")
Load = Callable[[dict[str, list[dict[str, Any]]]], dict[str, Any]]


def audits(seed: int, n: int = 240) -> pd.DataFrame:
    """Random audits of eight labelers, in two strata of a plan, some of them of harmful items."""
    rng = np.random.default_rng(seed)
    harmful = rng.random(n) < 0.4
    correct = rng.random(n) < 0.85
    stratum = rng.choice(["low", "high"], n)
    return pd.DataFrame(
        {
            "labeler_id": [f"L{who}" for who in rng.integers(0, 8, n)],
            "purpose": "random",
            "correct": correct,
            "violating": harmful == correct,
            "audit_violating": harmful,
            "plan_id": "p",
            "stratum": stratum,
            "weight": np.where(stratum == "low", 40.0, 8.0),
            "market": rng.choice(["ID", "MY"], n),
        }
    )


def ends(found: pd.DataFrame, interval: str) -> tuple[float, float]:
    row = found.set_index("interval").loc[interval]
    return float(row["low"]), float(row["high"])


@pytest.mark.parametrize("name", NAMES)
def test_targeted_audits_change_no_estimate_of_quality(name: str) -> None:
    drawn = audits(1)
    others = [audits(at, 90).assign(purpose=kind, correct=False) for at, kind in enumerate(("targeted", "gate"))]
    flattering = audits(4, 90).assign(purpose="onboarding", correct=True)
    both = pd.concat([drawn, *others, flattering], ignore_index=True)
    pd.testing.assert_frame_equal(estimate(name, both, ["market"]), estimate(name, drawn, ["market"]))


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_rows_and_the_names_of_strata_and_people_are_nothing(name: str) -> None:
    drawn = audits(2)
    other = drawn.sample(frac=1, random_state=3).reset_index(drop=True)
    other["stratum"] = other["stratum"].map({"low": "z", "high": "a"})
    other["labeler_id"] = "x" + other["labeler_id"].str[::-1]
    found, wanted = estimate(name, other.assign(unused=1), ["market"]), estimate(name, drawn, ["market"])
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_every_row_twice_is_no_more_evidence_of_the_process(seed: int) -> None:
    drawn = audits(10 + seed)
    skill = {f"L{who}": skill for who, skill in enumerate(np.random.default_rng(seed).uniform(0.6, 1.0, 8))}
    drawn["correct"] = np.random.default_rng(seed).random(len(drawn)) < drawn["labeler_id"].map(skill)
    once = estimate("accuracy", drawn)
    twice = estimate("accuracy", pd.concat([drawn, drawn], ignore_index=True))
    strangers = pd.concat([drawn, drawn.assign(labeler_id=drawn["labeler_id"] + "b")], ignore_index=True)
    (low, high), (low2, high2) = ends(once, PROCESS), ends(twice, PROCESS)
    apart = ends(estimate("accuracy", strangers), PROCESS)
    # As if n had doubled it would be 1 / √2 = .71 as wide.
    assert (high2 - low2) / (high - low) > 0.93
    assert (apart[1] - apart[0]) / (high - low) < 0.85


def of_labelers(weights: dict[str, float], each: int, seed: int = 5) -> pd.DataFrame:
    """As many audits of each labeler, who differ a lot, with weights of their own."""
    rng = np.random.default_rng(seed)
    skill = dict(zip(weights, np.linspace(0.55, 1.0, len(weights)), strict=True))
    rows = [
        {"labeler_id": who, "purpose": "random", "correct": bool(rng.random() < skill[who]), "weight": weight}
        for who, weight in weights.items()
        for _ in range(each)
    ]
    return pd.DataFrame(rows)


LOADS = {f"L{at}": 4.0 + 3 * at for at in range(8)}


def test_audits_drawn_per_labeler_have_labelers_as_strata(engine: Load) -> None:
    drawn = of_labelers(LOADS, 10)
    found = estimate("accuracy", engine({"audits": drawn.to_dict("records")}))
    row = drawn["correct"].to_numpy(float), drawn["weight"].to_numpy(float), drawn["labeler_id"].to_numpy()
    assert ends(found, PERIOD_WORK) == pytest.approx(design_ends(*row), abs=1e-7)
    assert ends(found, PROCESS) == pytest.approx(cluster_ends(*row), abs=1e-7)
    # Taken as one stratum, the interval would be another.
    assert ends(found, PERIOD_WORK) != pytest.approx(design_ends(row[0], row[1], np.zeros(80)), abs=1e-4)


def test_a_split_of_audits_drawn_per_labeler_keeps_its_strata_whole() -> None:
    drawn = of_labelers(LOADS, 12).assign(market=["ID", "MY", "MY"] * 32)
    found = estimate("accuracy", drawn, ["market"]).set_index(["market", "interval"])
    whole = estimate("accuracy", drawn.assign(stratum=drawn["labeler_id"]), ["market"]).set_index(
        ["market", "interval"]
    )
    assert found["low"].tolist() == pytest.approx(whole["low"].tolist(), abs=1e-12)
    assert found["high"].tolist() == pytest.approx(whole["high"].tolist(), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_split_is_a_domain_of_its_strata_row_by_row(seed: int) -> None:
    drawn = audits(30 + seed, 60)
    found = estimate("accuracy", drawn, ["market"]).set_index(["market", "interval"])
    row = drawn["correct"].to_numpy(float), drawn["weight"].to_numpy(float), drawn["stratum"].to_numpy()
    for market in ("ID", "MY"):
        one = found.loc[(market, PERIOD_WORK)]
        wanted = design_ends(*row, (drawn["market"] == market).to_numpy())
        assert (one["low"], one["high"]) == pytest.approx(wanted, abs=1e-7)


def test_equal_weights_say_nothing_of_how_audits_were_dealt() -> None:
    drawn = of_labelers(dict.fromkeys(LOADS, 10.0), 10)
    assert ends(estimate("accuracy", drawn), PERIOD_WORK) == pytest.approx(
        design_ends(drawn["correct"].to_numpy(float), np.full(80, 10.0), np.zeros(80)), abs=1e-7
    )


def test_one_labeler_with_two_weights_in_a_stratum_says_that_it_was_not_drawn_per_labeler() -> None:
    drawn = of_labelers(LOADS, 10)
    drawn.loc[0, "weight"] = 5.0
    row = drawn["correct"].to_numpy(float), drawn["weight"].to_numpy(float)
    found = ends(estimate("accuracy", drawn), PERIOD_WORK)
    assert found == pytest.approx(design_ends(*row, np.zeros(80)), abs=1e-7)
    # Weights that differ by stratum alone say nothing of labelers either.
    layered = drawn.assign(stratum=np.tile(["a", "b"], 40), weight=np.tile([5.0, 20.0], 40))
    by_stratum = design_ends(row[0], layered["weight"], np.tile([0, 1], 40))
    assert ends(estimate("accuracy", layered), PERIOD_WORK) == pytest.approx(by_stratum, abs=1e-7)
