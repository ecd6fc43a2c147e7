"""Which findings the last run of a report shows: what a note may stand beside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smo_reports.errors import ParameterError, nearest
from smo_reports.runs.exhibits import exhibits
from smo_reports.runs.record import read_record
from smo_reports.warehouse.finding_names import EVERYWHERE

_BLOCKS = ("five_whys(", "fishbone(")


def check_finding(
    root: Path, project: str, report: str, span: tuple[dt.date | None, dt.date | None], finding: str
) -> None:
    """Refuse a finding that the last run of the period does not have; without such a run nothing is known.

    Parameters
    ----------
    root : Path
        The workspace's folder.
    project, report : str
    span : tuple of (date or None)
        The period, the end exclusive.
    finding : str
        As :func:`~smo_reports.warehouse.finding_names.finding_key` writes it.

    Raises
    ------
    ParameterError
        It names the nearest finding of that run.
    """
    if finding == EVERYWHERE:
        return
    known = told_findings(root, project, report, span)
    if known is not None and finding not in known:
        raise ParameterError(
            f"the last run of {report} for this period has no finding {finding!r}; {nearest(finding, known)}; "
            "findings that name people are in its page for leads: --audience lead"
        )


def told_findings(
    root: Path, project: str, report: str, span: tuple[dt.date | None, dt.date | None]
) -> frozenset[str] | None:
    """The findings of the last run of a period, for whichever audience; None where no run tells all of them."""
    days = tuple("" if day is None else day.isoformat() for day in span)
    found: set[str] = set()
    places: set[str] = set()
    told = False
    for cell in _cells(root, project, report, days):
        for exhibit in exhibits(cell, report):
            if exhibit["kind"] == "findings":
                told = True
                places.update(str(row[0]) for row in exhibit["rows"])
            listed = exhibit["facts"].get("findings", []) if exhibit["kind"] == "attributions" else []
            found.update(str(one) for one in listed)
    # More places than were attributed: the others' segments are only in words.
    return frozenset(found | {EVERYWHERE}) if told and len(places) <= len(found) else None


def _cells(root: Path, project: str, report: str, days: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    folder = root / "reports" / project / report
    for path in sorted(folder.glob(f"*/{report}*.json")):
        record = read_record(path)
        if record is None or record.error or (record.start, record.end) != days:
            continue
        yield from _notebook(path.with_suffix(".ipynb"))


def _notebook(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook; none where it cannot be read."""
    try:
        return list(json.loads(path.read_text("utf-8"))["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def for_leads_only(notebook: Path) -> bool:
    """Whether a report shows its notes on the page for leads only."""
    shown = [cell for cell in _notebook(notebook) if any(block in "".join(cell["source"]) for block in _BLOCKS)]
    return bool(shown) and all("lead" in cell["metadata"].get("tags", []) for cell in shown)
