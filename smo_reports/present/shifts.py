"""Shifts of teams in words: what was planned against what was worked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.hours import folded, in_order, not_measured, team_words
from smo_reports.present.kpi_table import note_words
from smo_reports.present.staffing_words import count
from smo_reports.present.table import Column, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, number

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.shifts import ShiftsKept
    from smo_reports.project import Project

_HOURS = ("late", "missed", "short")


def shifts_kept(project: Project, found: ShiftsKept) -> Exhibit:
    """Planned hours, how much of them was kept, what was not and overtime, by team; weeks are folded away.

    Parameters
    ----------
    project : Project
    found : ShiftsKept
        As ``analyses.staffing.shifts.shifts_kept`` gives it.
    """
    say = catalogue(project.language)
    title = say("Shifts as planned and as worked")
    if found.lacks:
        return not_measured("shifts_kept", title, found.lacks, say)
    said = _finding(found.teams, say)
    note = say(
        "Kept is the part of the planned time in which people were on shift. Of the rest, hours began late, were cut "
        "short, or are of shifts that were not worked at all; leave, illness and shifts that were swapped are alike in "
        "that. The interval is for weeks of people like these; teams of fewer than five people are not shown."
    )
    note += " " + _overtime_words(project, found, say)
    if "team" in found.missing:
        why = note_words(f"not measured: needs {found.missing['team']}", say)
        note += " " + say("Teams are not known: {why}.", why=why)
    html = Markup("<p>{}</p>").format(said) + _teams(found.teams, False, title, note, say)
    weeks = found.weeks[found.weeks["value"].notna()]
    if len(weeks):
        html += folded(say("Week by week"), _teams(weeks, True, say("Week by week"), "", say))
    estimates = pd.concat([found.teams, found.weeks], ignore_index=True)
    return Exhibit("shifts_kept", title, html, said, estimates)


def _finding(teams: pd.DataFrame, say: Catalogue) -> str:
    everybody = {row["measure"]: row for row in records(teams[teams["team"] == "(everybody)"])}
    if "kept" not in everybody or math.isnan(float(everybody["kept"]["value"])):
        return say("All people together are not shown; teams of five or more are.")
    hours = {name: _hours(everybody[name]["hours"], say) for name in ("late", "missed")}
    said = say(
        "Of {planned} planned hours people were on shift for {kept}; {missed} hours are of shifts that were not worked "
        "at all, and {late} began late.",
        planned=_hours(everybody["kept"]["of_hours"], say),
        kept=wording.full_words({**everybody["kept"], "unit": "share"}, say),
        **hours,
    )
    beside = float(everybody.get("beside", {}).get("hours", 0.0))
    if beside >= 1:
        said += " " + say("{hours} hours on shift were in nobody's plan.", hours=_hours(beside, say))
    return said


def _overtime_words(project: Project, found: ShiftsKept, say: Catalogue) -> str:
    if found.overtime_from == "marked":
        return say("Overtime is what shifts are marked as.")
    if found.overtime_from == "beyond":
        return say(
            "Overtime is time on shift, less the part that is a break, beyond {hours} hours a week times a person's "
            "part of full time.",
            hours=count(project.staffing.labour.hours_a_week, say),
        )
    why = note_words(f"not measured: needs {found.missing.get('overtime', 'shifts.overtime')}", say)
    return say("Overtime is not measured: {why}.", why=why)


def _teams(groups: pd.DataFrame, weekly: bool, caption: str, note: str, say: Catalogue) -> Markup:
    columns = [Column(say("Team")), *([Column(say("Week of"))] if weekly else [])]
    columns += [Column(say("Planned, h"), digits=True), Column(say("Kept (95 % interval)"), digits=True)]
    columns += [Column(say("Began late, h"), digits=True), Column(say("Not worked, h"), digits=True)]
    columns += [Column(say("Cut short, h"), digits=True), Column(say("Overtime, h"), digits=True)]
    rows = []
    for _, group in in_order(groups).groupby(["team", *(["week"] if weekly else [])], dropna=False, sort=False):
        cells: dict[str, Row] = {row["measure"]: row for row in records(group)}
        first = next(iter(cells.values()))
        week = [day(first["week"], say.language)] if weekly else []
        planned, kept = _kept(cells, say)
        hours = [_of(cells, name, say) for name in (*_HOURS, "overtime")]
        rows.append([team_words(first["team"], say), *week, planned, kept, *hours])
    return table(columns, rows, caption, note)


def _kept(cells: dict[str, Row], say: Catalogue) -> tuple[str, str]:
    if "kept" not in cells:
        return "–", "–"
    row = cells["kept"]
    if math.isnan(float(row["value"])):
        return "–", note_words(str(row["note"]), say)
    return _hours(row["of_hours"], say), wording.full_words({**row, "unit": "share"}, say)


def _of(cells: dict[str, Row], name: str, say: Catalogue) -> str:
    return _hours(cells[name]["hours"], say) if name in cells else "–"


def _hours(value: float, say: Catalogue) -> str:
    return number(float(value), 0.5 if abs(value) < 100 else math.nan, say.language, most=1)
