"""What stays undone for lack of skills, people, or room under the cap: worked by hand, and on the demo."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from test_staffing_capacity import PATHS, WEEKS, people, queue, situation
from test_staffing_shifts import END

from smo_reports.analyses.staffing.plan import StaffingPlan, staffing_plan
from smo_reports.analyses.staffing.report import staffing_basis, staffing_span
from smo_reports.analyses.staffing.scenario import Scenario
from smo_reports.analyses.staffing.situation import Shrinkage, Situation
from smo_reports.analyses.staffing.skill_gap import PARTS, SkillGap, skill_gap
from smo_reports.analyses.staffing.skill_hours import SkillHours
from smo_reports.analyses.staffing.skill_training import training_for
from smo_reports.present.skills import skills_table
from smo_reports.project import Project, Workspace, load_project
from smo_reports.project.staffing import Staffing
from smo_reports.sources import read_all

Build = Callable[..., Project]


@pytest.fixture
def project(make_project: Build) -> Project:
    return make_project("people: ids\n")


def made(
    need: npt.ArrayLike, can: npt.ArrayLike, whole: float, *, severe: npt.ArrayLike = (), cap: float = math.inf
) -> SkillHours:
    """One week; everybody has as many hours."""
    hours, able = np.atleast_2d(np.asarray(need, float)), np.asarray(can, bool)
    harsh = np.isin(np.arange(hours.shape[1]), list(np.atleast_1d(severe)))
    share = np.full(len(able), 1 / len(able))
    names = tuple("abcdefgh"[: hours.shape[1]])
    return SkillHours(names, harsh, np.ones(len(names)), hours, np.full(len(hours), whole), share, able, cap)


def part(asked: SkillHours, name: str) -> float:
    (found,) = asked.parts()[name]
    return float(found)


ONLY_TWO_SPEAK = [[True, False]] * 8 + [[True, True]] * 2


def test_undone_hours_are_divided_by_their_cause_by_hand() -> None:
    """Ten people with ten hours each; two of them can do b, which needs fifty."""
    skills = made([30, 50], ONLY_TWO_SPEAK, 100)
    assert [part(skills, name) for name in PARTS] == pytest.approx([80, 100, 30, 0, 0, 30])
    # Of 130 required hours thirty are too many for anybody; at b eighty minus twenty are undone, forty of them spare.
    both = made([50, 80], ONLY_TWO_SPEAK, 100)
    assert [part(both, name) for name in ("unmet", "heads", "skills")] == pytest.approx([60, 30, 30])
    heads = made([100, 20], ONLY_TWO_SPEAK, 100)
    assert [part(heads, name) for name in ("unmet", "heads", "skills")] == pytest.approx([20, 20, 0])


def test_the_cap_on_severe_hours_is_a_cause_of_its_own() -> None:
    """Everybody can do b but for four hours only: forty of fifty; if two can, it is eight, and 32 more are skills."""
    everybody = [[True, True]] * 10
    capped = made([30, 50], everybody, 100, severe=1, cap=4)
    assert [part(capped, name) for name in ("unmet", "heads", "capped", "skills")] == pytest.approx([10, 0, 10, 0])
    both = made([30, 50], ONLY_TWO_SPEAK, 100, severe=1, cap=4)
    assert [part(both, name) for name in ("unmet", "heads", "capped", "skills")] == pytest.approx([42, 0, 10, 32])
    # A cap beyond what somebody works is none.
    assert part(made([30, 50], everybody, 100, severe=1, cap=40), "capped") == 0


def test_the_parts_are_those_of_every_allocation_by_brute_force() -> None:
    """Three people with one hour each, three queues: the most that is done is the largest matching."""
    rng = np.random.default_rng(11)
    for _ in range(60):
        can = rng.random((3, 3)) < 0.5
        need = rng.integers(0, 3, 3)
        choices = [[-1, *np.flatnonzero(able)] for able in can]
        done = max(
            sum(min(int(need[at]), chosen.count(at)) for at in range(3)) for chosen in itertools.product(*choices)
        )
        asked = made(need, can, 3)
        heads = max(int(need.sum()) - 3, 0)
        assert part(asked, "unmet") == pytest.approx(need.sum() - done, abs=1e-6)
        assert part(asked, "heads") == heads
        assert part(asked, "skills") == pytest.approx(need.sum() - done - heads, abs=1e-6)


def test_as_many_are_trained_as_close_the_gap_and_one_fewer_does_not() -> None:
    found = training_for(made([30, 50], ONLY_TWO_SPEAK, 100))
    assert found is not None
    # Thirty hours are undone at b: three more people with ten hours.
    assert (found.queue, found.people) == ("b", 3)
    assert found.gained == pytest.approx(30)
    assert found.left == pytest.approx(0, abs=1e-6)
    found = training_for(made([30, 55], ONLY_TWO_SPEAK, 100))
    assert found is not None
    assert found.people == 4


def test_who_has_nothing_to_do_is_trained_before_who_is_busy() -> None:
    """Five can do a, which takes all their time, five can do c, which takes none: to train the first gains nothing."""
    can = [[True, False, False]] * 5 + [[False, False, True]] * 5
    found = training_for(made([50, 20, 0], can, 100))
    assert found is not None
    assert (found.queue, found.people) == ("b", 2)
    assert found.left == pytest.approx(0, abs=1e-6)


def test_training_stops_where_the_cap_or_the_heads_are_the_limit() -> None:
    assert training_for(made([30, 50], [[True, True]] * 10, 100, severe=1, cap=4)) is None
    assert training_for(made([100, 20], [[True, True]] * 10, 100)) is None
    # Two queues that nobody can do: training for one leaves the other.
    found = training_for(made([10, 30, 40], [[True, False, False]] * 10, 100))
    assert found is not None
    assert (found.queue, found.people) == ("c", 4)
    assert found.left == pytest.approx(30)


def two_queues(speakers: int, staff: int = 10, **changes: Any) -> Situation:
    """About 17 hours a week of a, 168 of b, for which some people have the skill; 32 hours of one."""
    can = np.zeros((staff, 2), bool)
    can[:, 0] = True
    can[:speakers, 1] = True
    queues = queue("a", 24.0), queue("b", skills=("ms",))
    return situation(*queues, staff=staff, can_work=can, people=people(staff), **changes)


def gap_of(given: Situation, **scenario: Any) -> tuple[SkillGap, StaffingPlan]:
    plan = staffing_plan(given, Scenario(**scenario))
    return skill_gap(given, plan), plan


def test_a_gap_of_a_plan_by_hand(project: Project) -> None:
    """Two of ten people can do b: 64 of 168 hours, from the second week on; 104 hours are four people more."""
    found, plan = gap_of(two_queues(2))
    assert plan.cover is not None
    weeks = found.weeks[found.weeks["part"] == "skills"]
    assert weeks["value"].tolist()[1:] == pytest.approx([104] * (WEEKS - 1), rel=0.02)
    of_cover = plan.cover.by_queue.groupby("week")["unmet"].sum()
    assert weeks["value"].tolist() == pytest.approx(of_cover.tolist(), rel=1e-6)
    assert found.of("heads") == (0, 0, 0)
    assert found.training is not None
    assert (found.training.queue, found.training.people) == ("b", 4)
    b = found.queues.set_index("queue").loc["b"]
    assert b["people"] == 2
    assert b["worth"] == pytest.approx(1)
    shown = skills_table(project, found, plan)
    hours = f"{found.of('skills')[0]:.0f}"
    assert shown.text.startswith(f"With the skills that people have, {hours}")
    assert "hours a week of queue b stay undone although there are hours enough." in shown.text
    assert "4 people trained for queue b would close that." in shown.text
    assert shown.facts == {"train_for": "b", "people": 4}
    assert "fewer than 5" in str(shown.html)
    assert "p0" not in str(shown.html)


def test_the_band_is_of_the_paths(project: Project) -> None:
    """Half of the paths bring a tenth more of b: in four of five at most that is undone."""
    given = two_queues(2)
    more = given.queues[1].daily.copy()
    more[: PATHS // 2] *= 1.1
    given = replace(given, queues=(given.queues[0], replace(given.queues[1], daily=more)))
    found, plan = gap_of(given)
    value, low, high = found.of("skills")
    assert low < value == high
    assert high - low == pytest.approx(0.1 * 168, rel=0.03)
    assert f"{value:.1f} ({low:.1f} to {high:.1f}) hours a week" in skills_table(project, found, plan).text


def test_a_scenario_moves_the_gap() -> None:
    rest, more = (gap_of(two_queues(2), volume=volume)[0].of("skills")[0] for volume in (0.0, 0.2))
    assert more - rest == pytest.approx(0.2 * 168, rel=0.05)


def test_nothing_is_missing_and_the_page_says_so(project: Project) -> None:
    found, plan = gap_of(two_queues(10))
    shown = skills_table(project, found, plan)
    assert shown.text == "Skills are no limit: every queue gets the hours that it requires."
    assert found.training is None
    assert "▼" not in str(shown.html)
    assert list(found.groups["queues"]) == [("a", "b")]
    assert found.groups["people"].tolist() == [10]


def test_lack_of_people_is_not_called_a_lack_of_skills(project: Project) -> None:
    found, plan = gap_of(two_queues(5, staff=5))
    shown = skills_table(project, found, plan)
    assert "hours a week stay undone for lack of people; training for other queues would not change that." in shown.text
    assert found.training is None
    found, plan = gap_of(two_queues(2, staff=5))
    text = skills_table(project, found, plan).text
    assert text.startswith("About ")
    assert "hours a week stay undone for lack of skills, and" in text


def test_the_cap_is_told_with_its_hours(make_project: Build) -> None:
    """About 168 hours of a severe queue, ten people with two hours a day: a hundred hours are done."""
    capped = make_project("staffing: {severe_hours: 2}")
    given = situation(queue(severe=True), staff=10, staffing=Staffing(occupancy=0.999999, severe_hours=2))
    found, plan = gap_of(given)
    assert found.of("capped")[0] == pytest.approx(68, abs=5)
    assert found.of("skills") == (0, 0, 0)
    text = skills_table(capped, found, plan).text
    assert "of severe queues stay undone because nobody may spend more than 2 hours a day on them." in text


def test_groups_of_fewer_than_five_are_shown_together_or_not_at_all(project: Project) -> None:
    # Seven, three and two people: the small ones together are five.
    can = np.array([[True, False, False]] * 7 + [[False, True, False]] * 3 + [[False, False, True]] * 2)
    given = situation(queue("a"), queue("b"), queue("c"), staff=12, can_work=can)
    found, plan = gap_of(given)
    assert [(row.queues, row.people) for row in found.groups.itertuples()] == [(("a",), 7), ((), 5)]
    assert "others" in str(skills_table(project, found, plan).html)
    # Seven and two: two would be told by what is left of all, so that all are together.
    given = situation(queue("a"), queue("b"), staff=9, can_work=np.array([[True, False]] * 7 + [[False, True]] * 2))
    assert [(row.queues, row.people) for row in gap_of(given)[0].groups.itertuples()] == [((), 9)]
    # Shown or not, all of them are reckoned with.
    assert gap_of(given)[0].queues["people"].tolist() == [7, 2]


def test_a_queue_that_nobody_can_do_and_hostile_names(project: Project) -> None:
    can = np.zeros((10, 2), bool)
    can[:, 0] = True
    given = situation(queue("a", 24.0), queue("<i>{b}</i>", 48.0), can_work=can)
    found, plan = gap_of(given)
    shown = skills_table(project, found, plan)
    assert "2 people trained for queue <i>{b}</i> would close that." in shown.text
    assert "&lt;i&gt;{b}&lt;/i&gt;" in str(shown.html)
    assert "<i>" not in str(shown.html)
    assert ">nobody<" in str(shown.html)


def test_what_is_not_known_is_named(project: Project) -> None:
    for changes, needs in (
        ({"people": None}, "needs the table people, with five labelers or more"),
        (
            {"shrinkage": Shrinkage(*[math.nan] * 3, "not measured: needs the table work_hours")},
            "needs the table work_hours",
        ),
        ({"attrition": None}, "needs people who were there throughout a week"),
    ):
        given = situation(queue(), **changes)
        found, plan = gap_of(given)
        assert skills_table(project, found, plan).text == f"Skills are not measured: {needs}."
        assert plan.projection is None
    found, plan = gap_of(situation())
    assert found.note.endswith("needs arrivals and handling times of a queue")


def test_skills_of_the_demo(demo_workspace: Workspace) -> None:
    for name in ("hate-speech-id", "live-safety-id"):
        project = load_project(name, demo_workspace)
        basis = staffing_basis(project, read_all(project, *staffing_span(END)), 4)
        plan = staffing_plan(basis.situation)
        found = skill_gap(basis.situation, plan)
        # Everybody in the demo has worked on every queue.
        assert found.of("skills") == (0, 0, 0)
        whole = found.parts.set_index("part")["value"]
        assert whole["unmet"] == pytest.approx(whole["heads"])
        assert len(found.queues) == 2
        assert "trained" not in skills_table(project, found, plan).text
