"""Who may get a report of one person, and how it is told whose."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smo_reports.errors import AudienceError, ParameterError
from smo_reports.runs.parameters import PERSON, Parameter
from smo_reports.runs.record import Audience

_PSEUDONYM = re.compile(r"P-[A-Z2-7]{8}")


def check_person(
    report: str, declared: Mapping[str, Parameter], given: Mapping[str, object], audience: Audience
) -> None:
    """Refuse a person's page without a person, by an id, or for others than their lead."""
    if PERSON not in declared:
        return
    person = str(given.get(PERSON, ""))
    if not person:
        raise ParameterError(
            f"report {report!r} is one person's; say whose, by the pseudonym that pages show or by id: "
            f"-P {PERSON}=P-JQ4CHM6W"
        )
    if not _PSEUDONYM.fullmatch(person):
        # It names files and stays in the executed notebook: an id may do neither, and no message repeats it.
        raise ParameterError(f"report {report!r}: parameter {PERSON!r} is no pseudonym when a run is planned")
    if audience != "lead":
        raise AudienceError(
            f"report {report!r} shows one person's figures, which are for that person and their lead only; "
            "people have no login of their own yet: run it with --audience lead"
        )
