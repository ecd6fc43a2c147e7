"""A project's notes, for the pages that show them."""

from __future__ import annotations

from smo_reports.project import Project
from smo_reports.warehouse.finding_names import EVERYWHERE, finding_key
from smo_reports.warehouse.notes import BRANCH, BRANCHES, MOST_WHYS, WHY, Note, in_force
from smo_reports.warehouse.notes import read_notes as _read

__all__ = ["BRANCH", "BRANCHES", "EVERYWHERE", "MOST_WHYS", "WHY", "Note", "finding_key", "in_force", "read_notes"]


def read_notes(project: Project, report: str) -> tuple[Note, ...]:
    """All notes of a report of the project, as :func:`smo_reports.warehouse.notes.read_notes` has them."""
    return _read(project.root, project.project, report)
