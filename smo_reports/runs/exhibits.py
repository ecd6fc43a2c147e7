"""What exhibits leave in an executed notebook, and the guard that keeps people's figures to their lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smo_reports.errors import AudienceError, ReportError
from smo_reports.schema import PERSON_COLUMNS

MIME = "application/vnd.smo.estimates+json"
VERSION = 1


def exhibits(cell: Mapping[str, Any], where: str) -> Iterator[dict[str, Any]]:
    """Yield what a cell's exhibits say.

    Parameters
    ----------
    cell : mapping
        One cell of an executed notebook.
    where : str
        The notebook's name, for messages.

    Raises
    ------
    ReportError
        When an exhibit's content is not of the version that this reads.
    """
    for output in cell.get("outputs", []):
        found = output.get("data", {}).get(MIME)
        if found is None:
            continue
        if not isinstance(found, dict) or found.get("version") != VERSION:
            version = found.get("version") if isinstance(found, dict) else None
            raise ReportError(f"{where}: an exhibit has version {version!r}, not {VERSION}; run the report again")
        yield found


def check_audience(notebook: Mapping[str, Any], where: str) -> None:
    """Refuse a notebook that shows a person's figures outside cells tagged ``lead``.

    Parameters
    ----------
    notebook : mapping
        An executed notebook, of any audience: what lacks the tag on a lead's page
        reaches a stakeholder's.
    where : str
        What the message calls the run.

    Raises
    ------
    AudienceError
        It names the column and the exhibit, never a value.
    """
    for cell in notebook["cells"]:
        if "lead" in cell["metadata"].get("tags", []):
            continue
        for exhibit in exhibits(cell, where):
            named = {str(name) for part in ("columns", "facts") for name in exhibit.get(part) or ()}
            people = sorted(named & PERSON_COLUMNS)
            if people:
                raise AudienceError(
                    f"{where}: exhibit {exhibit.get('title', '')!r} is split by {people[0]!r}, a person, "
                    "in a cell that is not tagged 'lead'; tag the cell or split by something else"
                )
