"""Whether the hours that a plan counts on are those that people book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present.exhibit import Exhibit
from smo_reports.present.hours import not_measured
from smo_reports.present.kpi_table import note_words
from smo_reports.words import Catalogue, catalogue, share, spread

if TYPE_CHECKING:
    from smo_reports.analyses.staffing.contract import Contract
    from smo_reports.project import Project


def booked_against_contract(project: Project, found: Contract) -> Exhibit:
    """Booked hours over those of the people's parts of full time, and what that means for the plan.

    Parameters
    ----------
    project : Project
    found : Contract
        As ``analyses.booked_against_contract`` gives it.
    """
    say = catalogue(project.language)
    title = say("Booked hours against parts of full time")
    if found.note.startswith("not measured: needs "):
        return not_measured("booked_against_contract", title, found.note.removeprefix("not measured: needs "), say)
    if found.note:
        why = note_words(found.note, say)
        return Exhibit("booked_against_contract", title, Markup('<p class="smo-note">{}</p>').format(why), why)
    said = _words(found, say)
    row = {"value": found.ratio, "low": found.low, "high": found.high, "booked": found.booked, "agreed": found.agreed}
    estimates = pd.DataFrame([{"kpi": "booked_against_contract", "unit": "ratio", **row, "n": found.people}])
    style = "" if found.apart else ' class="smo-note"'
    return Exhibit("booked_against_contract", title, Markup(f"<p{style}>{{}}</p>").format(said), said, estimates)  # noqa: S704


def _words(found: Contract, say: Catalogue) -> str:
    half = spread(found.low, found.high)
    ratio, low, high = (share(value, half, say.language) for value in (found.ratio, found.low, found.high))
    numbers = {"ratio": ratio, "low": low, "high": high}
    if not found.apart:
        return say("People booked {ratio} ({low} to {high}) of the hours that their parts of full time say.", **numbers)
    if found.ratio > 1:
        return say(
            "People booked {ratio} ({low} to {high}) of the hours that their parts of full time say: the plan counts "
            "on fewer hours than are worked now, in overtime or because parts of full time are out of date.",
            **numbers,
        )
    return say(
        "People booked {ratio} ({low} to {high}) of the hours that their parts of full time say: the plan counts on "
        "more hours than are worked now. Bookings may be missing, or parts of full time out of date.",
        **numbers,
    )
