"""The guideline-gap brief as files, for the team that owns the guideline."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
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
    """Write the brief of a period as Markdown and as JSON, both or none; files of the same name are replaced.

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
        When the folder or a file in it cannot be written; what was there before is as it was.
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
        _write_all({markdown: brief_markdown(project, period, brief), document: said + "\n"})
    except OSError as error:
        raise ReportError(f"cannot write the brief to {out}: {error.strerror}; choose another --out") from None
    return markdown, document


def _write_all(texts: Mapping[Path, str]) -> None:
    """Write all files or none: beside their places first, so that only names are left to change; or put back."""
    aside = {path: path.with_name(f"{path.name}.{os.getpid()}") for path in texts}
    before = {path: path.read_bytes() for path in texts if path.is_file()}
    placed: list[Path] = []
    try:
        for path, text in texts.items():
            aside[path].write_text(text, "utf-8")
        for path in texts:
            aside[path].replace(path)
            placed.append(path)
    except OSError:
        for path in placed:
            path.write_bytes(before[path]) if path in before else path.unlink()
        raise
    finally:
        for one in aside.values():
            one.unlink(missing_ok=True)
