"""People compared: planted differences are found, noise is not, and nobody's id is shown."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from scipy import stats as distributions

from smo_reports.analyses import people, people_compared
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
    worlds = [groups(named, sixty(seed, each, skill, skill)) for seed in range(50)]
    called = [set(found.values()) != {"not distinguishable"} for found in worlds]
    # Normal limits named somebody in one world of six to one of three.
    assert sum(called) <= 3


def test_one_bad_labeler_of_sixty_is_found_on_few_audits(named: Project) -> None:
    worlds = [groups(named, sixty(seed, 60, 0.97, 0.75)) for seed in range(20)]
    assert sum(found["L00"] == "below" for found in worlds) >= 19


def test_one_persons_chance_is_that_of_unlike_trials() -> None:
    """Two kinds of work: the chance by counting every way in which the errors may fall."""
    own = pd.DataFrame({"n": [20, 12], "hits": [17, 9], "rate": [0.95, 0.7]})
    easy, hard = (distributions.binom(n, rate).pmf(np.arange(n + 1)) for n, rate in ((20, 0.95), (12, 0.7)))
    chance = np.convolve(easy, hard)
    below = chance[:26].sum() + chance[26] / 2
    assert people._score(own) == pytest.approx(float(distributions.norm.ppf(below)), abs=1e-9)


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
