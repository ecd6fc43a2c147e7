"""Tool time against booked hours in words: by team and week, and which handling times are not to be trusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.hours import folded, in_order, not_measured, team_words
from smo_reports.present.kpi_table import note_words
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, number, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.reconciliation import Reconciliation
    from smo_reports.project import Project

_COMPARED = {
    ("production",): "production",
    ("audit",): "audits",
    ("production", "audit"): "production and audits",
}
_FLAGS = {
    "booked less than counted": "booked less than the tool counted",
    "counted far less than booked": "the tool counted far less than was booked",
}
_DISTRUST = {
    "too low": "Do not trust handling times of {version}: from {day} on the tool counted {ratio} of the hours booked. "
    "Real handling times are probably {factor} times as long, and a headcount made of these is too small by as much.",
    "too high": "Do not trust handling times of {version}: from {day} on the tool counted {ratio} of the hours booked. "
    "They hold time that nobody booked, or hours are missing: a headcount made of them is probably {factor} times too "
    "large.",
    "shifted": "Do not trust handling times of {version}: from {day} on the tool counted {ratio} of the hours booked, "
    "and {before} before. Beside older ones they have to be multiplied by {factor}; a headcount made of them is wrong "
    "by as much.",
}
_SHORT = {"too low": "do not trust: too low", "too high": "do not trust: too high", "shifted": "do not trust: shifted"}


def reconciliation_table(project: Project, found: Reconciliation) -> Exhibit:
    """Booked hours, tool time and their gap by team, with what may not be planned on; weeks are folded away.

    Parameters
    ----------
    project : Project
    found : Reconciliation
        As ``analyses.staffing.reconciliation.reconcile`` gives it.
    """
    say = catalogue(project.language)
    title = say("Tool time against booked hours")
    if found.missing:
        return not_measured("reconciliation", title, found.missing, say)
    warnings = distrust_words(found, say)
    said = warnings or [say("Nothing says that the tool's handling times are not to be trusted.")]
    html = Markup("").join(Markup("<p>{}</p>").format(one) for one in said)
    note = say(
        "Hours booked as {list}, and the handling time that the tool counted in them. Tools usually count 80 to 90 % "
        "of booked hours. The interval is for weeks of people like these; teams of fewer than five people are not "
        "shown.",
        list=say(_COMPARED[found.compared]),
    )
    html += _gaps(found.teams, False, title, note, say)
    if len(found.versions):
        html += _versions(found.versions, say)
    weeks = found.weeks[found.weeks["value"].notna()]
    if len(weeks):
        html += folded(say("Week by week"), _gaps(weeks, True, say("Week by week"), "", say))
    estimates = pd.concat([found.teams, found.versions, found.weeks], ignore_index=True)
    return Exhibit("reconciliation", title, html, " ".join(said), estimates, {"warnings": len(warnings)})


def distrust_words(found: Reconciliation, say: Catalogue) -> list[str]:
    """A sentence for each version whose handling times are not to be trusted; else for a step without one."""
    told = [_distrust(row, say) for row in records(found.versions) if row["why"]]
    if told or found.step is None:
        return told
    monday, moved = found.step
    half = (moved.high - moved.low) / 2
    return [
        say(
            "From {day} on the tool counted {after} of the hours booked, and {before} before: handling times from "
            "before and after cannot be compared, and a headcount made of both is not to be trusted.",
            day=day(monday, say.language),
            after=share(moved.after, half, say.language),
            before=share(moved.before, half, say.language),
        )
    ]


def _distrust(row: Row, say: Catalogue) -> str:
    return say(
        _DISTRUST[row["why"]],
        version=row["tool_version"] or say("the tool"),
        day=day(row["since"], say.language),
        ratio=wording.full_words({**row, "unit": "share"}, say),
        before=share(float(row["before"]), 0.05, say.language),
        factor=_factor(row, say),
    )


def _factor(row: Row, say: Catalogue) -> str:
    """The factor that mends a version's times; where they are too long, how many times too long they are."""
    ends = sorted((float(row["factor_low"]), float(row["factor_high"])))
    value = float(row["factor"])
    if row["why"] == "too high":
        value, ends = 1 / value, sorted(1 / end for end in ends)
    half = spread(*ends)
    size, first, last = (number(one, half, say.language, most=2) for one in (value, *ends))
    return say("{size} ({low} to {high})", size=size, low=first, high=last)


def _gaps(groups: pd.DataFrame, weekly: bool, caption: str, note: str, say: Catalogue) -> Markup:
    columns = [
        Column(say("Team")),
        *([Column(say("Week of"))] if weekly else []),
        Column(say("Hours booked"), digits=True),
    ]
    columns += [Column(say("Tool time, hours"), digits=True), Column(say("Gap, hours"), digits=True)]
    columns += [Column(say("Tool time of booked (95 % interval)"), digits=True), Column(say("Note"))]
    rows = []
    for row in records(in_order(groups)):
        week = [day(row["week"], say.language)] if weekly else []
        hours = [number(float(row[name]), 5.0, say.language, most=1) for name in ("booked", "tool", "gap")]
        known = not math.isnan(float(row["value"]))
        ratio = wording.full_words({**row, "unit": "share"}, say) if known else "–"
        chip: str | Markup = status_chip("missed", say(_FLAGS[row["flag"]]), "▼") if row["flag"] else ""
        rows.append(
            [team_words(row["team"], say), *week, *hours, ratio, chip if known else note_words(row["note"], say)]
        )
    return table(columns, rows, caption, note)


def _versions(versions: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [Column(say("Tool version")), Column(say("Since")), Column(say("People"), digits=True)]
    columns += [Column(say("Tool time of booked (95 % interval)"), digits=True), Column(say("Handling times"))]
    rows = []
    for row in records(versions):
        known = not math.isnan(float(row["value"]))
        verdict: str | Markup = say("no sign against them") if known else note_words(str(row["note"]), say)
        if row["why"]:
            verdict = status_chip("missed", say(_SHORT[row["why"]]), "▼")
        ratio = wording.full_words({**row, "unit": "share"}, say) if known else "–"
        people = number(float(row["n"]), math.nan, say.language, most=0)
        name = row["tool_version"] or say("not given")
        rows.append([name, day(row["since"], say.language), people, ratio, verdict])
    return table(columns, rows, say("Handling times by version of the tool, of labelers"))
