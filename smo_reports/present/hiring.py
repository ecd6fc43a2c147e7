"""How far hiring gets: the funnel by stage, openings, what interviews take, who leaves, and how joiners ramp."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.kpi_table import note_words
from smo_reports.present.table import Column, table
from smo_reports.words import Catalogue, catalogue, number, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.report import StaffingBasis
    from smo_reports.analyses.staffing.situation import Situation
    from smo_reports.project import Project


def hiring_funnel(project: Project, basis: StaffingBasis) -> Exhibit:
    """Stages with what passes and how long it takes, openings, and the interviews they take.

    Parameters
    ----------
    project : Project
    basis : StaffingBasis
        As ``analyses.staffing_basis`` gives it.
    """
    say = catalogue(project.language)
    title = say("How far hiring gets")
    hiring = basis.situation.hiring
    if hiring.note:
        why = say("Not measured: {what}.", what=note_words(hiring.note, say))
        return Exhibit("hiring_funnel", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    stages = hiring.estimates()
    columns = [
        Column(say("Stage")),
        Column(say("Candidates"), digits=True),
        Column(say("Still in it"), digits=True),
        Column(say("Pass (80 % interval)"), digits=True),
        Column(say("Days in it, median (80 % interval)"), digits=True),
    ]
    rows = [
        [
            str(row["stage"]),
            number(float(row["cases"]), math.nan, say.language, most=0),
            number(float(row["open"]), math.nan, say.language, most=0),
            _share(float(row["passes"]), float(row["low"]), float(row["high"]), say),
            _three((float(row["days"]), float(row["days_low"]), float(row["days_high"])), say),
        ]
        for row in records(stages)
    ]
    said = " ".join(_sentences(basis.situation, say))
    note = say(
        "Candidates who are still in a stage count with the time they have been there (censored, not dropped). Time to "
        "fill is from the day on which an opening was opened to the day on which its last seat was taken. All openings "
        "of the role are taken together, whatever their language or site."
    )
    html = Markup("<p>{}</p>").format(said) + table(columns, rows, title, note)
    return Exhibit("hiring_funnel", title, html, said, stages)


def _sentences(situation: Situation, say: Catalogue) -> list[str]:
    hiring = situation.hiring
    seats = sum(one.seats for one in hiring.open)
    said = [
        say.count(
            "{filled} of {openings} openings are filled; {n} seat is open.",
            "{filled} of {openings} openings are filled; {n} seats are open.",
            seats,
            filled=hiring.filled,
            openings=hiring.openings,
        )
    ]
    if hiring.seats:
        said.append(say("Open are {seats}.", seats="; ".join(_seats(key, n, say) for key, n in hiring.seats.items())))
    if hiring.hired_lately:
        said.append(
            say.count(
                "{n} person took a seat in the last two weeks and may not have begun: the seat is counted as filled, "
                "and whom the table people does not have yet the plan does not have either.",
                "{n} people took seats in the last two weeks and may not have begun: the seats are counted as filled, "
                "and whom the table people does not have yet the plan does not have either.",
                hiring.hired_lately,
            )
        )
    middle, low, high = hiring.fill_days
    if math.isfinite(middle):
        said.append(say("Half are filled within {days} days.", days=_three((middle, low, high), say)))
    else:
        said.append(say("How long it takes to fill one is not known: fewer than half are filled."))
    if math.isfinite(hiring.interviews):
        hours = number(hiring.interview_hours, math.nan, say.language, most=1)
        said.append(
            say(
                "Interviews take about {hours} hours a week of the team, if each takes an hour: so much less is worked "
                "on items.",
                hours=hours,
            )
        )
    return said


def _seats(whose: tuple[str, str, str], n: int, say: Catalogue) -> str:
    """Seats by what they are for, as a requisition names it."""
    role, *where = whose
    shown = ", ".join(filter(None, where))
    return say.count(
        "{n} seat for {whom}", "{n} seats for {whom}", n, whom=f"{role} ({shown})" if shown else role
    )  # fmt: skip


def leaving_and_ramp(project: Project, basis: StaffingBasis) -> Exhibit:
    """At what rate people leave by tenure, and what joiners do in their first weeks; of the team, never of a person."""
    say = catalogue(project.language)
    title = say("Who leaves, and how joiners get up to speed")
    ramped = basis.situation.ramped
    estimates = ramped.estimates()
    html = Markup("")
    said = []
    if basis.leaving.empty:
        said.append(say("Who leaves is not measured: needs the table people, with five labelers or more."))
    else:
        html += _leaving(basis.leaving, say)
        # With a band that is not shown the sum would be too small, or give it away.
        if basis.leaving["left"].notna().all():
            said.append(_leaving_words(basis.leaving, say))
    if ramped.note:
        said.append(say("How joiners get up to speed is not measured: {what}.", what=note_words(ramped.note, say)))
    else:
        html += _ramp(estimates, say)
        said.append(
            say.count(
                "The first weeks are those of {n} joiner.",
                "The first weeks are those of {n} joiners.",
                ramped.joiners,
            )
        )
    html = Markup("<p>{}</p>").format(" ".join(said)) + html
    return Exhibit("leaving_and_ramp", title, html, " ".join(said), estimates)


def _leaving(bands: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [
        Column(say("Tenure, weeks")),
        Column(say("Left"), digits=True),
        Column(say("Watched, person-weeks"), digits=True),
        Column(say("Would leave within a year (80 % interval)"), digits=True),
    ]
    rows = [
        [
            _tenure(float(row["from_week"]), float(row["to_week"]), say),
            number(float(row["left"]), math.nan, say.language, most=0),
            number(float(row["weeks"]), math.nan, say.language, most=0),
            _share(float(row["value"]), float(row["low"]), float(row["high"]), say),
        ]
        for row in records(bands)
    ]
    note = say(
        "The share of people that would leave within a year at the rate of these weeks. All labelers are taken "
        "together: teams, vendors, sites and part time are not told apart, and where these differ the rate is none of "
        "theirs. A band in which few left is drawn towards the rate of all."
    )
    return table(columns, rows, say("Who leaves, by tenure"), note)


def _tenure(low: float, high: float, say: Catalogue) -> str:
    first = number(low, math.nan, say.language, most=0)
    if not math.isfinite(high):
        return say("from {low} on", low=first)
    return say("{low} to {high}", low=first, high=number(high, math.nan, say.language, most=0))


def _leaving_words(bands: pd.DataFrame, say: Catalogue) -> str:
    left = int(bands["left"].sum())
    return say.count(
        "{n} person left in the time looked at.", "{n} people left in the time looked at.", left
    )  # fmt: skip


def _ramp(weeks: pd.DataFrame, say: Catalogue) -> Markup:
    columns = [
        Column(say("Week since the start")),
        Column(say("Part of an experienced person's work (80 % interval)"), digits=True),
        Column(say("Joiners"), digits=True),
    ]
    rows = [
        [
            number(float(row["week"]) + 1, math.nan, say.language, most=0),
            _share(float(row["value"]), float(row["low"]), float(row["high"]), say),
            number(float(row["n"]), math.nan, say.language, most=0),
        ]
        for row in records(weeks)
    ]
    note = say("All joiners are taken together, whatever their team, market or queue.")
    return table(columns, rows, say("How joiners get up to speed"), note)


def _share(value: float, low: float, high: float, say: Catalogue) -> str:
    if math.isnan(value):
        return "–"
    half = spread(low, high)
    shown = [share(one, half, say.language) for one in (value, low, high)]
    return say("{value} ({low} to {high})", value=shown[0], low=shown[1], high=shown[2])


def _three(ends: tuple[float, float, float], say: Catalogue) -> str:
    value, low, high = ends
    if not math.isfinite(value):
        return "–"
    half = spread(low, high) if math.isfinite(high) else math.nan
    last = number(high, half, say.language, most=0) if math.isfinite(high) else say("no end")
    return say(
        "{value} ({low} to {high})",
        value=number(value, half, say.language, most=0), low=number(low, half, say.language, most=0), high=last,
    )  # fmt: skip
