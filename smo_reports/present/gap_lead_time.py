"""How long gaps in a guideline wait for their clarification, in one sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.errors import nothing
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.gap_tables import whole
from smo_reports.words import catalogue

if TYPE_CHECKING:
    from smo_reports.project import Project


def gap_lead_time(project: Project, found: pd.DataFrame) -> Exhibit:
    """How long gaps wait for their clarification, in one sentence.

    Parameters
    ----------
    project : Project
    found : DataFrame
        As ``analyses.gap_lead_time`` gives it.
    """
    say = catalogue(project.language)
    title = say("From gap to clarification")
    row = records(found)[0]
    if not row["n"]:
        return nothing("gap_lead_time", title, say("No gap was found in this period."))
    if math.isnan(float(row["value"])):
        why = say.count(
            "{n} gap was found; it is not clarified yet.",
            "{n} gaps were found; fewer than half are clarified yet.",
            int(row["n"]),
        )
        return nothing("gap_lead_time", title, why)
    said = say(
        "Half of {n} gaps found were clarified within {days}; open ones count for as long as they have waited.",
        n=whole(row["n"], say),
        days=wording.full_words(row, say),
    )
    return Exhibit("gap_lead_time", title, Markup("<p>{}</p>").format(said), said, found)
