"""People compared: planted differences are found, noise is not, and nobody's id is shown."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses import people_compared
from smo_reports.project import Project
from smo_reports.pseudonyms import pseudonym, shown_people
from smo_reports.sources import Rows

Build = Callable[..., Project]


def rows_of(audits: pd.DataFrame) -> Rows:
    return Rows(("audits",), lambda _: nw.from_native(audits.assign(purpose="random")).lazy())


def drawn(seed: int, skills: dict[str, float], each: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {"labeler_id": who, "correct": rng.random(each) < skill, "policy": rng.choice(["hate", "scam"], each)}
        )
        for who, skill in skills.items()
    ]
    return pd.concat(parts, ignore_index=True)


def groups(project: Project, audits: pd.DataFrame) -> dict[str, str]:
    found = people_compared(project, rows_of(audits))
    return dict(zip(found["labeler_id"], found["group"], strict=True))


@pytest.fixture
def named(make_project: Build) -> Project:
    return make_project("people: ids\n")


def test_one_bad_labeler_of_twenty_is_found_and_nobody_else(named: Project) -> None:
    found = groups(named, drawn(1, {f"L{at:02}": 0.75 if at == 7 else 0.95 for at in range(20)}))
    assert {who for who, group in found.items() if group == "below"} == {"L07"}
    assert set(found.values()) == {"below", "not distinguishable"}


def test_one_excellent_labeler_is_above(named: Project) -> None:
    found = groups(named, drawn(2, {f"L{at:02}": 0.99 if at == 7 else 0.80 for at in range(20)}, each=200))
    assert [who for who, group in found.items() if group == "above"] == ["L07"]


def test_in_pure_noise_nobody_is_called_anything(named: Project) -> None:
    quiet = [
        set(groups(named, drawn(seed, {f"L{at:02}": 0.93 for at in range(20)})).values()) == {"not distinguishable"}
        for seed in range(100, 120)
    ]
    assert sum(quiet) >= 19


def sixty(seed: int, each: int, skill: float, worst: float) -> pd.DataFrame:
    """Audits of sixty people who are all alike, but for the first."""
    rng, skills = np.random.default_rng(seed), np.r_[worst, np.full(59, skill)]
    correct = rng.random((60, each)) < skills[:, None]
    return pd.DataFrame({"labeler_id": np.repeat([f"L{at:02}" for at in range(60)], each), "correct": correct.ravel()})


@pytest.mark.parametrize(("each", "skill"), [(30, 0.97), (60, 0.98), (40, 0.95)])
def test_few_errors_among_many_equal_people_name_nobody(named: Project, each: int, skill: float) -> None:
    worlds = [groups(named, sixty(seed, each, skill, skill)) for seed in range(30)]
    called = [set(found.values()) != {"not distinguishable"} for found in worlds]
    # Normal limits named somebody in one world of six to one of three.
    assert sum(called) <= 3


def test_one_bad_labeler_of_sixty_is_found_on_few_audits(named: Project) -> None:
    worlds = [groups(named, sixty(seed, 60, 0.97, 0.75)) for seed in range(20)]
    assert sum(found["L00"] == "below" for found in worlds) >= 19


def test_harder_work_is_no_worse_work(named: Project) -> None:
    """Hard work goes wrong three times in ten for everybody, easy work once in twenty; one person has only hard."""
    hits = {"hard": 0.70, "easy": 0.95}
    audits = pd.DataFrame(
        [
            {"labeler_id": who, "policy": policy, "correct": at < round(hits[policy] * n)}
            for who, work in itertools.chain(
                [("L00", {"hard": 200})], ((f"L{at:02}", {"hard": 20, "easy": 180}) for at in range(1, 20))
            )
            for policy, n in work.items()
            for at in range(n)
        ]
    )
    found = people_compared(named, rows_of(audits)).set_index("labeler_id")
    assert found.loc["L00", "value"] == pytest.approx(0.70)
    assert found.loc["L00", "expected"] == pytest.approx(0.70)
    # (20 · 0.70 + 180 · 0.95) / 200
    assert found.loc["L01", ["value", "expected"]].tolist() == pytest.approx([0.925, 0.925])
    assert set(found["group"]) == {"not distinguishable"}
    # Without the kinds of work the same person would be blamed.
    blamed = people_compared(named, rows_of(audits.drop(columns="policy"))).set_index("labeler_id")
    assert blamed.loc["L00", "group"] == "below"


def test_adjusted_is_the_projects_odds_times_what_a_person_adds(named: Project) -> None:
    """Two kinds of work, worked by hand."""
    counts = {
        ("L1", "hard"): (60, 100),
        ("L1", "easy"): (95, 100),
        ("L2", "hard"): (20, 100),
        ("L2", "easy"): (85, 100),
    }
    audits = pd.DataFrame(
        [
            {"labeler_id": who, "policy": policy, "correct": at < hits}
            for (who, policy), (hits, n) in counts.items()
            for at in range(n)
        ]
    )
    found = people_compared(named, rows_of(audits)).set_index("labeler_id")
    # Hard .4, easy .9: both are expected at .65, which is the project's share too. L1 has 155/200, L2 105/200.
    assert found["expected"].tolist() == pytest.approx([0.65, 0.65])
    assert found["adjusted"].tolist() == pytest.approx([0.775, 0.525])
    # With another person on easy work alone, right 270 times of 300: the project's share is 530/700.
    easy = pd.DataFrame({"labeler_id": "L3", "policy": "easy", "correct": np.arange(300) < 270})
    found = people_compared(named, rows_of(pd.concat([audits, easy]))).set_index("labeler_id")
    assert found.loc["L3", "expected"] == pytest.approx(0.9)
    assert found.loc["L3", "adjusted"] == pytest.approx(530 / 700)
    odds = (530 / 170) * (155 / 45) / (0.65 / 0.35)
    assert found.loc["L1", "adjusted"] == pytest.approx(odds / (1 + odds))


def test_limits_and_groups_come_from_the_same_scores(named: Project) -> None:
    skills = {f"L{at:02}": 0.75 if at == 7 else 0.99 if at == 8 else 0.93 for at in range(30)}
    found = people_compared(named, rows_of(drawn(11, skills, each=200)))
    order = ["funnel_low_outer", "funnel_low", "adjusted", "funnel_high", "funnel_high_outer"]
    usual = found[found["group"] == "not distinguishable"]
    assert (usual[order].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1).mean() > 0.85
    assert set(found["group"]) > {"below"}
    assert (found[found["group"] == "below"]["adjusted"] < found[found["group"] == "below"]["funnel_low"]).all()
    assert (found[found["group"] == "above"]["adjusted"] > found[found["group"] == "above"]["funnel_high"]).all()
    assert (found["shrunk_low"] < found["shrunk"]).all()
    assert (found["shrunk"] < found["shrunk_high"]).all()
    worst = found[found["labeler_id"] == "L07"].iloc[0]
    assert worst["adjusted"] < worst["shrunk"] < worst["expected"]


def test_one_kind_of_work_has_the_binomials_limits(named: Project) -> None:
    audits = pd.DataFrame(
        [
            {"labeler_id": f"L{at:02}", "correct": row >= wrong}
            for at, wrong in enumerate((4, 5, 5, 6, 5, 5, 5, 5, 5, 5))
            for row in range(100)
        ]
    )
    found = people_compared(named, rows_of(audits)).iloc[0]
    # 95 of 100 expected: by mid-p 89.6 and 98.8 hits have normal scores of -1.96 and 1.96, and nobody spreads more.
    binomial = np.cumsum([math.comb(100, k) * 0.95**k * 0.05 ** (100 - k) for k in range(101)])
    middle = binomial - np.diff(np.r_[0, binomial]) / 2
    score = [NormalDist().inv_cdf(min(max(one, 1e-12), 1 - 1e-12)) for one in middle]
    wanted = [np.interp(far, score, np.arange(101)) / 100 for far in (-1.959964, 1.959964, -3.090232, 3.090232)]
    ends = found[["funnel_low", "funnel_high", "funnel_low_outer", "funnel_high_outer"]]
    assert ends.tolist() == pytest.approx([wanted[0], wanted[1], wanted[2], 1.0], abs=1e-5)


def test_a_team_that_differs_widely_is_not_named_by_half(named: Project) -> None:
    rng = np.random.default_rng(13)
    skills = 1 / (1 + np.exp(-(2.75 + 0.5 * rng.standard_normal(60))))
    found = groups(named, drawn(14, {f"L{at:02}": skill for at, skill in enumerate(skills)}, each=300))
    assert sum(group != "not distinguishable" for group in found.values()) <= 3


def test_auditors_are_compared_by_the_same_rule(named: Project) -> None:
    audits = drawn(15, {f"Q{at:02}": 0.80 if at == 3 else 0.95 for at in range(12)}, 200)
    audits = audits.rename(columns={"labeler_id": "auditor_id"}).assign(labeler_id="L1")
    found = people_compared(named, rows_of(audits), person="auditor_id")
    assert list(found.columns)[:2] == ["auditor_id", "n"]
    assert found.set_index("auditor_id")["group"].to_dict() == {
        f"Q{at:02}": "below" if at == 3 else "not distinguishable" for at in range(12)
    }
    assert people_compared(named, rows_of(audits.drop(columns="auditor_id")), person="auditor_id").empty


def test_an_audit_of_nobody_is_nobodys(named: Project) -> None:
    audits = drawn(16, {"L1": 0.9, "L2": 0.9})
    nobody = drawn(17, {"L1": 0.1}).assign(labeler_id=None)
    found = people_compared(named, rows_of(pd.concat([audits, nobody], ignore_index=True)))
    pd.testing.assert_frame_equal(found, people_compared(named, rows_of(audits)))


def test_thirty_audits_are_the_fewest(named: Project) -> None:
    audits = pd.concat([drawn(3, {f"L{at}": 0.9 for at in range(6)}, 30), drawn(4, {"few": 0.0}, 29)])
    found = groups(named, audits)
    assert found["few"] == "too few"
    assert set(found.values()) == {"too few", "not distinguishable"}


def test_only_random_first_round_audits_with_a_verdict_count(named: Project) -> None:
    audits = drawn(5, {"L1": 0.9, "L2": 0.9}, 50).assign(purpose="random", audit_round=1)
    wrong = audits.head(40).assign(correct=False)
    more = [wrong.assign(purpose="targeted"), wrong.assign(audit_round=2), wrong.assign(correct=None)]
    everything = pd.concat([audits, *more], ignore_index=True)
    everything["correct"] = everything["correct"].astype("boolean")
    rows = Rows(("audits",), lambda _: nw.from_native(everything).lazy())
    found = people_compared(named, rows)
    assert found["n"].tolist() == [50, 50]
    assert found["value"].tolist() == pytest.approx(audits.groupby("labeler_id")["correct"].mean().tolist())


def test_where_nothing_can_be_compared(named: Project) -> None:
    audits = drawn(6, {"L1": 0.9})
    assert people_compared(named, Rows((), lambda _: pytest.fail("not there"))).empty
    lacking = Rows(("audits",), lambda _: nw.from_native(audits.drop(columns="correct")).lazy())
    assert people_compared(named, lacking).empty
    assert people_compared(named, rows_of(audits.iloc[:0])).empty
    # Everybody flawless: nothing to tell them apart by.
    assert set(groups(named, drawn(7, {"L1": 1.0, "L2": 1.0})).values()) == {"too few"}


def test_pseudonyms_hide_every_id_and_stay_the_same(make_project: Build) -> None:
    project = make_project()
    people = {f"L{at:02}": 0.9 for at in range(20)}
    first = people_compared(project, rows_of(drawn(8, people)))
    assert not first["labeler_id"].isin(people).any()
    assert first["labeler_id"].is_monotonic_increasing
    assert first["labeler_id"].str.fullmatch(r"P-[A-Z2-7]{8}").all()
    again = people_compared(project, rows_of(drawn(9, people)))
    assert again["labeler_id"].tolist() == first["labeler_id"].tolist()
    assert not any(who in str(first.to_dict()) for who in people)


def test_every_persons_column_is_hidden_and_another_key_hides_otherwise(make_project: Build) -> None:
    project = make_project()
    table = pd.DataFrame({"auditor_id": ["Q1", None], "manager_id": ["M1", "Q1"], "market": ["ID", "MY"]})
    shown = shown_people(table, project)
    assert shown["market"].tolist() == ["ID", "MY"]
    assert shown.loc[0, "auditor_id"] == shown.loc[1, "manager_id"]
    assert pd.isna(shown.loc[1, "auditor_id"])
    assert pseudonym("Q1", b"one") != pseudonym("Q1", b"another")
    (project.root / ".smo" / "pseudonyms.key").unlink()
    assert shown_people(table, project).loc[0, "auditor_id"] != shown.loc[0, "auditor_id"]


def test_the_key_is_its_owners_alone(make_project: Build) -> None:
    project = make_project()
    shown_people(pd.DataFrame({"labeler_id": ["L1"]}), project)
    key = project.root / ".smo" / "pseudonyms.key"
    assert len(key.read_bytes()) == 32
    assert key.stat().st_mode & 0o077 == 0


def test_a_project_may_show_ids(named: Project) -> None:
    table: Any = pd.DataFrame({"labeler_id": ["L1"]})
    assert shown_people(table, named) is table
