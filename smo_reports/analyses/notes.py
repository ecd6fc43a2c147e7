"""The notes that a page shows: this period's, and those of the last period that had any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smo_reports.project import Project
from smo_reports.sources.notes import BRANCHES, MOST_WHYS, Note, finding_key, in_force, read_notes


@dataclass(frozen=True)
class Notes:
    """A page's notes.

    Attributes
    ----------
    project, report, period : str
        The subject; the period as ``smo note --period`` takes it.
    now, last : tuple of Note
        In force in this period; and in the newest period before it that has any (*last time*).
    whys, branches : tuple of str
        The slots that there are.
    """

    project: str
    report: str
    period: str
    now: tuple[Note, ...]
    last: tuple[Note, ...]
    whys: tuple[str, ...] = tuple(str(one) for one in range(1, MOST_WHYS + 1))
    branches: tuple[str, ...] = BRANCHES

    def about(self, segment: Mapping[str, Any], block: str) -> tuple[dict[str, Note], tuple[Note, ...]]:
        """Notes of one finding and block: of the period by slot, and last time's."""
        key = finding_key(segment)
        now = {one.slot: one for one in self.now if (one.finding, one.block) == (key, block)}
        return now, tuple(sorted((one for one in self.last if (one.finding, one.block) == (key, block)), key=_slot))

    def elsewhere(self, segment: Mapping[str, str], block: str) -> tuple[Note, ...]:
        """The period's notes of a block that stand beside other findings, by finding and slot."""
        key = finding_key(segment)
        held = (one for one in self.now if one.block == block and one.finding != key)
        return tuple(sorted(held, key=lambda one: (one.finding, *_slot(one))))

    def key(self, segment: Mapping[str, Any]) -> str:
        """How ``smo note --finding`` names a finding."""
        return finding_key(segment)


def notes(project: Project, report: str, start: dt.date | None, end: dt.date | None) -> Notes:
    """The notes of a report and period, and last time's.

    Parameters
    ----------
    project : Project
    report : str
        The notebook's name, such as ``rca``.
    start, end : date or None
        The page's period, the end exclusive; None where it is open.

    Raises
    ------
    WarehouseError
        When the file of notes is damaged.
    """
    first, last = ("" if day is None else day.isoformat() for day in (start, end))
    held = in_force(read_notes(project, report))
    now = tuple(one for one in held if (one.start, one.end) == (first, last))
    earlier = {(one.end, one.start) for one in held if one.end and first and one.end <= first}
    newest = max(earlier, default=None)
    before = tuple(one for one in held if (one.end, one.start) == newest)
    period = f"{first}/{last}" if first and last else "all"
    return Notes(project.project, report, period, now, before)


def _slot(note: Note) -> tuple[int, str]:
    order = BRANCHES.index(note.slot) if note.slot in BRANCHES else 0
    return order, note.slot
