"""Working time of teams: where the hours go, whether tool time and booked hours agree, and days to be corrected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.kpi_table import note_words
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.hours import WorkingTime
    from smo_reports.project import Project

GROUPS = {"": "without a team", "(everybody)": "all people"}
"""What groups that are no team are called."""

_PARTS = {
    "production": "production",
    "audit": "audits",
    "training": "training",
    "meeting": "meetings",
    "calibration": "calibration",
    "idle": "waiting for work",
    "other": "other",
    "away": "away",
}
_KPIS = ("utilisation", "shrinkage", "occupancy")
_MOST_DAYS = 50
_WHAT = {
    "tool time, no hours": "tool time, but no hours booked",
    "hours, no tool time": "hours booked, but no tool time",
    "over 24 hours": "more than 24 hours booked",
    "overlapping": "entries that overlap",
}


def hours_table(project: Project, found: WorkingTime) -> Exhibit:
    """Utilisation, shrinkage and occupancy of teams as measured, what their paid time is made of, and week by week.

    Parameters
    ----------
    project : Project
    found : WorkingTime
        As ``analyses.staffing.hours.working_time`` gives it.
    """
    say = catalogue(project.language)
    title = say("Where the hours go")
    estimates = pd.concat([found.teams, found.team_parts, found.kpis, found.parts], ignore_index=True)
    if "booked" in found.missing:
        return not_measured("hours", title, found.missing["booked"], say)
    finding = _finding(found, say)
    note = say(
        "Paid time is all that was booked. Away is breaks, wellness time and leave together, which are never shown "
        "apart. Utilisation is the part of it that was booked as production or audits; shrinkage the part in which "
        "people were not available: all but production, audits and waiting for work. Occupancy is the part of the "
        "time booked as production or waiting in which items were handled, as the tool timed them. "
        "The interval is for weeks of people like these; of teams of fewer than five people nothing is shown."
    )
    if "team" in found.missing:
        note += " " + say("Teams are not known: that needs {what}.", what=_needed(found.missing["team"], say))
    html = Markup("<p>{}</p>").format(finding) + _measured(found.teams, ("team",), title, note, say)
    html += _overfull(found.overfull, say) + _made_of(found.team_parts, say)
    known = found.kpis[found.kpis["value"].notna()]
    if len(known):
        html += folded(say("Week by week"), _measured(known, ("team", "week"), say("Week by week"), "", say))
    return Exhibit("hours", title, html, finding, estimates)


def _overfull(days: int, say: Catalogue) -> Markup:
    """A warning where booked hours cannot be."""
    if not days:
        return Markup("")
    said = say.count(
        "On {n} day one person has more than 24 hours booked in all: entries overlap, or came in twice. They count as "
        "they were booked until they are corrected; the page for leads lists them.",
        "On {n} days one person has more than 24 hours booked in all: entries overlap, or came in twice. They count as "
        "they were booked until they are corrected; the page for leads lists them.",
        days,
    )
    return Markup('<p class="smo-warning"><span aria-hidden="true">▲</span> {}</p>').format(said)


def _finding(found: WorkingTime, say: Catalogue) -> str:
    everybody = found.teams[found.teams["team"] == "(everybody)"].set_index("kpi")
    told = {kpi: row for kpi, row in zip(everybody.index, records(everybody), strict=True) if row["value"] >= 0}
    if not {"utilisation", "shrinkage"} <= set(told):
        return say("Too few people booked hours, or nobody did: working time of all people is not shown.")
    return say(
        "Of the paid time {worked} went into the work itself; for {away} people were not available.",
        worked=wording.full_words({**told["utilisation"], "unit": "share"}, say),
        away=wording.full_words({**told["shrinkage"], "unit": "share"}, say),
    )


def _measured(kpis: pd.DataFrame, by: tuple[str, ...], caption: str, note: str, say: Catalogue) -> Markup:
    """One row a group, one column a KPI."""
    columns = [
        Column(say("Team")),
        *([Column(say("Week of"))] if "week" in by else []),
        Column(say("People"), digits=True),
    ]
    columns += [Column(say("Utilisation"), digits=True), Column(say("Shrinkage"), digits=True)]
    columns += [Column(say("Occupancy"), digits=True)]
    rows = []
    for _, group in in_order(kpis).groupby(list(by), dropna=False, sort=False):
        cells = {row["kpi"]: row for row in records(group)}
        first = next(iter(cells.values()))
        week = [day(first["week"], say.language)] if "week" in by and first["week"] is not None else []
        people = max(float(row["n"]) for row in cells.values())
        shown = [_share(cells[kpi], say) if kpi in cells and cells[kpi]["value"] >= 0 else "–" for kpi in _KPIS]
        rows.append([team_words(first["team"], say), *week, _whole(people, say), *shown])
    return table(columns, rows, caption, note)


def _made_of(parts: pd.DataFrame, say: Catalogue) -> Markup:
    """What each team's paid time is made of; teams that are not shown are left out."""
    known = parts[parts["value"].notna()]
    if known.empty:
        return Markup("")
    columns = [Column(say("Team")), Column(say("Part of the paid time")), Column(say("Hours"), digits=True)]
    columns += [Column(say("Share (95 % interval)"), digits=True)]
    rows = [
        [team_words(row["team"], say), say(_PARTS[row["part"]]), _hours(row["hours"], say), _share(row, say)]
        for row in records(in_order(known[known["hours"] > 0]))
    ]
    return table(columns, rows, say("What the paid time is made of"))


def corrections_table(project: Project, days: pd.DataFrame) -> Exhibit:
    """Days whose hours have to be looked at; for the lead only, so only in a cell tagged ``lead``.

    Parameters
    ----------
    project : Project
    days : DataFrame
        As ``analyses.staffing.corrections.corrections`` gives it.
    """
    say = catalogue(project.language)
    title = say("Hours to be corrected")
    if days.empty:
        why = say("No day's hours contradict the tool, exceed 24 hours or overlap.")
        return Exhibit("hours_corrections", title, Markup('<p class="smo-note">{}</p>').format(why), why, days)
    columns = [Column(say("Person")), Column(say("Day")), Column(say("What does not fit"))]
    columns += [Column(say("Hours booked"), digits=True), Column(say("Tool time, hours"), digits=True)]
    rows = [
        [
            str(row["person_id"]),
            day(row["work_date"], say.language),
            say(_WHAT[row["kind"]]),
            _hours(row["booked"], say),
            _hours(row["tool"], say),
        ]
        for row in records(days.head(_MOST_DAYS))
    ]
    note = say(
        "A list to correct entries from, with the person. It says nothing of why; a tool that failed, or hours booked "
        "a day late, look the same. Wellness time and leave are not looked at."
    )
    if len(days) > _MOST_DAYS:
        note += " " + say.count("{n} more day is not shown.", "{n} more days are not shown.", len(days) - _MOST_DAYS)
    found = say.count("{n} day to be corrected", "{n} days to be corrected", len(days))
    return Exhibit("hours_corrections", title, table(columns, rows, title, note), found, days)


def team_words(team: str, say: Catalogue) -> str:
    """A team's name; of groups that are no team, what they are."""
    return say(GROUPS[team]) if team in GROUPS else str(team)


def in_order(groups: pd.DataFrame) -> pd.DataFrame:
    """All people first, then teams by name, then those without one; what else they are split by stays in order."""
    place = groups["team"].map({"(everybody)": 0, "": 2}).fillna(1)
    ordered = groups.assign(_place=place).sort_values(["_place", "team"], kind="stable")
    return ordered.drop(columns="_place")


def not_measured(kind: str, title: str, needs: str, say: Catalogue) -> Exhibit:
    """A section that could not be measured says what it needs."""
    why = say("Not measured: needs {what}.", what=_needed(needs, say))
    return Exhibit(kind, title, Markup('<p class="smo-note">{}</p>').format(why), why)


def _needed(needs: str, say: Catalogue) -> str:
    """A table or column is named as whoever adds it has to name it."""
    name = needs.removeprefix("the table ")
    return say("the table {name}", name=name) if name != needs else say(needs)


def _share(row: Row, say: Catalogue) -> str:
    if math.isnan(float(row["value"])):
        return note_words(str(row["note"]), say)
    return wording.full_words({**row, "unit": "share"}, say)


def _whole(value: float, say: Catalogue) -> str:
    return number(value, math.nan, say.language, most=0)


def _hours(value: float, say: Catalogue) -> str:
    return number(float(value), 0.5 if abs(value) < 100 else math.nan, say.language, most=1)


def folded(summary: str, inside: Markup) -> Markup:
    """Something that is shown when it is asked for."""
    return Markup("<details><summary>{}</summary>{}</details>").format(summary, inside)
