"""Give a page another face."""

from __future__ import annotations

from pathlib import Path

from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.errors import ParameterError, ReportError
from smo_reports.project import Workspace
from smo_reports.runs.faces.shown import published
from smo_reports.runs.publish import publish


def export(workspace: Workspace, wanted: Wanted, to: Path | None) -> Path:
    """Write one page's last good run as a workbook; nothing is run.

    Parameters
    ----------
    workspace : Workspace
    wanted : Wanted
        It has to mean one page.
    to : Path, optional
        The file; by default beside where the command is run, called as the page.

    Raises
    ------
    ReportError
        When there is no such page yet, or a folder is where the file would be.
    ParameterError
        When more than one page is meant.
    """
    jobs = plan_reports(workspace, wanted)
    if len(jobs) > 1:
        listed = ", ".join(job.name for job in jobs[:3])
        raise ParameterError(f"one page at a time; these are {len(jobs)}: {listed} …; name --project")
    job = jobs[0]
    page = published(job)
    from smo_reports.runs.faces.workbook import workbook

    file = to or Path(f"{job.subject.name}.{job.stem}.{job.period_label}.xlsx")
    if file.is_dir():
        raise ReportError(f"{file} is a folder; name a file in it: --out {file / 'page.xlsx'}")
    publish(file.parent, {file.name: workbook(page)})
    return file
