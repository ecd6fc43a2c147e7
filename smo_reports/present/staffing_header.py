"""The top of a staffing page: whether it is a what-if, from when it plans, and how old what it rests on is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from smo_reports.present.exhibit import Exhibit
from smo_reports.present.header import page_header
from smo_reports.present.scenario_words import what_if_words
from smo_reports.words import Catalogue, catalogue, day, long_age

if TYPE_CHECKING:
    from smo_reports.analyses import Evidence, PlanAge, Scenario
    from smo_reports.period import Period
    from smo_reports.project import Project


def staffing_header(
    project: Project,
    period: Period,
    rests_on: Evidence,
    age: PlanAge,
    scenario: Scenario,
    weeks_ahead: int | None = None,
    now: dt.datetime | None = None,
) -> Exhibit:
    """Title, period and rows as on every page; first of all what was turned, and what is too old to plan from.

    Parameters
    ----------
    project : Project
    period : Period
    rests_on : Evidence
    age : PlanAge
        As ``analyses.plan_age`` gives it.
    scenario : Scenario
    weeks_ahead : int, optional
        As the report was told; None is what the project says.
    now : datetime, optional
        Default: now.
    """
    say = catalogue(project.language)
    now = now or dt.datetime.now(dt.UTC)
    ahead = None if weeks_ahead == project.staffing.weeks else weeks_ahead
    what_if = what_if_words(scenario, ahead, say)
    said = [what_if] if what_if else []
    said += _old(project, age, say, now)
    facts = {"what_if": what_if} if what_if else {}
    return page_header(project, "Staffing", period, rests_on, now, warnings=said, facts=facts)


def _old(project: Project, age: PlanAge, say: Catalogue, now: dt.datetime) -> list[str]:
    said = []
    begins = day(age.begins, project.language)
    if (ago := age.past(project, now)) is not None:
        said.append(
            say(
                "This plan begins on {day}, {age} before this page was made: it says what was to be expected then.",
                day=begins,
                age=long_age(ago, project.language),
            )
        )
    names = {"arrivals": "the newest arrivals are of {day}", "hours": "the newest booked hours are of {day}"}
    old = [say(names[name], day=day(last, project.language)) for name, last in age.old(project, now).items()]
    if old:
        said.append(
            say(
                "Stale: {what}; this project allows {allowed}. The plan from {begins} on rests on them as if nothing "
                "had changed since.",
                what="; ".join(old),
                allowed=long_age(dt.timedelta(hours=project.freshness_hours), project.language),
                begins=begins,
            )
        )
    return said
