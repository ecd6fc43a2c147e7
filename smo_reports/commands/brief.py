"""The guideline-gap brief as files, for the team that owns the guideline."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from smo_reports.analyses import guideline_gaps, history_span
from smo_reports.errors import ReportError
from smo_reports.period import Period, parse_period, planned_kind, usual_period
from smo_reports.present.brief_export import brief_document, brief_markdown
from smo_reports.project import Project
from smo_reports.sources import read_all


def brief_period(project: Project, asked: str = "") -> Period:
    """The period that was asked for, or the last one that is over: a month, unless the project plans its briefs else.

    Raises
    ------
    PeriodError
        When it cannot be read.
    """
    if asked:
        return parse_period(asked)
    return usual_period(planned_kind(project.reports, "brief", "month"), dt.datetime.now(project.zone).date())


def write_brief(project: Project, period: Period, out: Path) -> tuple[Path, Path]:
    """Write the brief of a period as Markdown and as JSON; files of the same name are replaced.

    Parameters
    ----------
    project : Project
    period : Period
    out : Path
        A folder; made when absent.

    Returns
    -------
    markdown, json : Path

    Raises
    ------
    ReportError
        When the folder cannot be written.
    SourceError
        When the project's rows cannot be read.
    """
    rows = read_all(project, period.start, period.end)
    before = read_all(project, *period.before)
    history = read_all(project, *history_span(period.end, dt.datetime.now(project.zone).date()))
    brief = guideline_gaps(project, rows, before, history)
    name = f"{project.project}-brief-{period.label}"
    markdown, document = out / f"{name}.md", out / f"{name}.json"
    said = json.dumps(brief_document(project, period, brief), ensure_ascii=False, indent=1, allow_nan=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        markdown.write_text(brief_markdown(project, period, brief), "utf-8")
        document.write_text(said + "\n", "utf-8")
    except OSError as error:
        raise ReportError(f"cannot write the brief to {out}: {error.strerror}; choose another --out") from None
    return markdown, document
