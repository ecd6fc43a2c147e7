"""What exhibits leave in an executed notebook, and the guard that keeps people's figures to their lead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smo_reports.errors import AudienceError, ReportError
from smo_reports.schema import PERSON_COLUMNS

MIME = "application/vnd.smo.estimates+json"
VERSION = 1
_NAMES = re.compile(rf"\b(?:{'|'.join(sorted(PERSON_COLUMNS))})\b")


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


def _printed(output: Mapping[str, Any]) -> str:
    """What an output shows as plain text, unless it is an exhibit: those say their columns themselves."""
    data = output.get("data", {})
    if MIME in data:
        return ""
    texts = [output.get("text", ""), *(data.get(kind, "") for kind in ("text/plain", "text/html"))]
    return "\n".join("".join(text) if isinstance(text, list) else str(text) for text in texts)


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
        for output in cell.get("outputs", []):
            people = sorted(set(_NAMES.findall(_printed(output))))
            if people:
                raise AudienceError(
                    f"{where}: a cell that is not tagged 'lead' prints {people[0]!r}, a person; "
                    "tag the cell, or leave the column out"
                )
        for exhibit in exhibits(cell, where):
            named = {str(name) for part in ("columns", "facts") for name in exhibit.get(part) or ()}
            people = sorted(named & PERSON_COLUMNS)
            if people:
                raise AudienceError(
                    f"{where}: exhibit {exhibit.get('title', '')!r} is split by {people[0]!r}, a person, "
                    "in a cell that is not tagged 'lead'; tag the cell or split by something else"
                )


@dataclass(frozen=True)
class RestsOn:
    """What a page says that it rests on.

    Attributes
    ----------
    rows_used : int or None
    data_as_of : str
        The newest row's time, ISO; empty where the page does not say it.
    freshness_hours : float or None
        How old the project allows that to be; None on a page of several projects.
    stale : bool
        Whether it was older when the page was made.
    """

    rows_used: int | None = None
    data_as_of: str = ""
    freshness_hours: float | None = None
    stale: bool = False


def rests_on(notebook: Mapping[str, Any], where: str) -> RestsOn:
    """Read what an executed notebook rests on from the exhibit that says it, the page's header.

    Raises
    ------
    ReportError
        When that is no time.
    """
    for cell in notebook["cells"]:
        for exhibit in exhibits(cell, where):
            facts = exhibit.get("facts") or {}
            if "stale" in facts and "data_as_of" in facts:
                try:
                    as_of = _moment(facts["data_as_of"])
                except ValueError:
                    said = f"exhibit {exhibit.get('title', '')!r} gives data_as_of as {str(facts['data_as_of'])[:50]!r}"
                    raise ReportError(f"{where}: {said}; give an ISO time") from None
                return RestsOn(facts.get("rows_used"), as_of, facts.get("freshness_hours"), bool(facts["stale"]))
    return RestsOn()


def _moment(said: object) -> str:
    """An ISO time in UTC; one without a zone is in UTC."""
    if not said:
        return ""
    at = dt.datetime.fromisoformat(str(said))
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).isoformat()
