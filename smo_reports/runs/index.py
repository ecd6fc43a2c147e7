"""Write ``index.html``: for every project and report the newest page, and the way to earlier ones.

It reads only the stakeholders' run records and what exhibits left in the newest executed notebooks, so it
says what the pages say.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from smo_reports.errors import ReportError
from smo_reports.project import ALL_PROJECTS
from smo_reports.runs.exhibits import exhibits
from smo_reports.runs.publish import publish
from smo_reports.runs.record import Record, read_record
from smo_reports.runs.what_if import MARK
from smo_reports.words import long_age, moment

STATUSES = ("met", "missed", "undecided", "too few")
_GRADED = ("kpi_table", "portfolio")
"""The exhibits whose rows are held against targets."""


@dataclass(frozen=True)
class Published:
    """One run found on disk: its record, and its page when there is one."""

    record: Record
    page: Path

    @property
    def order(self) -> tuple[str, str, str]:
        """Sorts by period: ISO dates, the later end last; an unbounded period comes first."""
        return self.record.end, self.record.start, self.record.finished_at

    def address(self, out: Path) -> str:
        """Give the page's address as seen from the index."""
        return quote(self.page.relative_to(out).as_posix())


@dataclass(frozen=True)
class WhatIf:
    """A page that was made with other parameters than the project's own, and which, in words."""

    run: Published
    says: str


@dataclass(frozen=True)
class Entry:
    """What the index says of one report of one project."""

    newest: Published | None
    failed: Published | None
    earlier: tuple[Published, ...]
    what_ifs: tuple[WhatIf, ...] = ()
    headline: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    as_of: str = ""
    stale: bool = False
    partial: bool = False

    @property
    def failed_at(self) -> str:
        """When the newest run failed, in words; empty when it did not."""
        return moment(self.failed.record.finished, "en") if self.failed else ""

    @property
    def record(self) -> Record:
        """The newest run, good or failed."""
        shown = self.failed or self.newest or next((one.run for one in self.what_ifs), None)
        if shown is None:
            raise ReportError("an entry of the index without any run; delete the folder and run the report again")
        return shown.record


def _found(out: Path, ending: str) -> Iterable[Published]:
    for folder in out.glob("*/*/*/"):
        report = folder.parent.name
        record = read_record(folder / f"{report}{ending}")
        if record is not None and record.audience == "stakeholder":
            yield Published(record, folder / f"{report}.html")


def _what_ifs(out: Path) -> dict[tuple[str, str], list[WhatIf]]:
    """Pages of other parameters than the project's own, by project and report, the newest period and run first."""
    found: dict[tuple[str, str], list[WhatIf]] = {}
    for path in out.glob(f"*/*/*/*.{MARK}.*.json"):
        record = read_record(path)
        page = path.with_suffix(".html")
        # A person's page is for leads, and so in no list.
        if record is None or record.error or record.audience != "stakeholder" or not page.is_file():
            continue
        said = _fact(page.with_suffix(".ipynb"), "what_if") or path.stem.partition(f".{MARK}.")[2]
        found.setdefault((record.project, record.report), []).append(WhatIf(Published(record, page), said))
    return {key: sorted(pages, key=lambda one: one.run.order, reverse=True) for key, pages in found.items()}


def _fact(path: Path, name: str) -> str:
    """A fact that an executed notebook's exhibits tell; empty where none does, or where it cannot be read."""
    try:
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for exhibit in exhibits(cell, path.name):
                if said := (exhibit.get("facts") or {}).get(name):
                    return str(said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ReportError):
        return ""
    return ""


def _says(published: Published, now: dt.datetime) -> dict[str, Any]:
    """Read headline, counts and data's age from an executed notebook; a damaged one says so."""
    path = published.page.with_suffix(".ipynb")
    said: dict[str, Any] = {"counts": dict.fromkeys(STATUSES, 0)}
    try:
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for exhibit in exhibits(cell, path.name):
                if (exhibit.get("facts") or {}).get("data_as_of"):
                    said |= _rests_on(exhibit["facts"], published.record, now)
                if exhibit["kind"] == "headline":
                    said["headline"] = str(exhibit.get("text") or "")
                elif exhibit["kind"] in _GRADED:
                    for row in exhibit["rows"]:
                        shown = dict(zip(exhibit["columns"], row, strict=True))
                        if shown["target"] is not None and shown["status"] in said["counts"]:
                            said["counts"][shown["status"]] += 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, ReportError) as error:
        return {"headline": f"{path.name} cannot be read ({type(error).__name__}); run the report again."}
    return said


def _rests_on(facts: dict[str, Any], record: Record, now: dt.datetime) -> dict[str, Any]:
    """Say how old the data was when this list was written; a page cannot, it may be read much later."""
    at = dt.datetime.fromisoformat(str(facts["data_as_of"]))
    at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at
    local = moment(at.astimezone(zoneinfo.ZoneInfo(record.time_zone)), "en")
    return {
        "as_of": f"{local}, {long_age(now - at, 'en')} before this list was written",
        # Judged now: a page that was fresh when it was made may have grown stale since.
        # A page of several projects knows each one's limit, and says of itself whether one was passed.
        "stale": now - at > dt.timedelta(hours=float(facts["freshness_hours"]))
        if "freshness_hours" in facts
        else bool(facts.get("stale")),
        "partial": bool(facts.get("partial")),
    }


def entries(out: Path, now: dt.datetime) -> list[Entry]:
    """Collect what was published below ``out``.

    Parameters
    ----------
    out : Path
        The folder of all pages.
    now : datetime
        With a time zone; ages are counted up to it.

    Returns
    -------
    list of Entry
        Pages of all projects first; then what needs somebody: failed runs, then by targets missed; otherwise by
        project's title and report.
    """
    good: dict[tuple[str, str], list[Published]] = {}
    for run in _found(out, ".json"):
        if run.page.is_file():
            good.setdefault((run.record.project, run.record.report), []).append(run)
    bad: dict[tuple[str, str], list[Published]] = {}
    for run in _found(out, ".failed.json"):
        bad.setdefault((run.record.project, run.record.report), []).append(run)
    others = _what_ifs(out)
    made = []
    for key in good.keys() | bad.keys() | others.keys():
        pages = sorted(good.get(key, []), key=lambda run: run.order, reverse=True)
        failed = max(bad.get(key, []), key=lambda run: run.order, default=None)
        newest = pages[0] if pages else None
        if failed and newest and failed.order[:2] < newest.order[:2]:
            failed = None  # an older period's failure is not what the newest page says
        said = _says(newest, now) if newest else {}
        made.append(Entry(newest, failed, tuple(pages[1:]), tuple(others.get(key, ())), **said))
    return sorted(
        made,
        key=lambda entry: (
            entry.record.project != ALL_PROJECTS,
            entry.failed is None,
            -entry.counts.get("missed", 0),
            entry.record.title.casefold(),
            entry.record.project,
            entry.record.report,
        ),
    )


def write_index(out: Path, templates: Path, *, title: str, now: dt.datetime | None = None) -> Path:
    """Write the list of all stakeholders' pages.

    Parameters
    ----------
    out : Path
        The folder of all pages; made when absent.
    templates : Path
        The workspace's ``templates`` folder.
    title : str
        The workspace's title.
    now : datetime, optional
        With a time zone; default the current time.

    Returns
    -------
    Path
        ``index.html`` in ``out``.

    Raises
    ------
    ReportError
        When the template is missing or broken.
    """
    now = now or dt.datetime.now(dt.UTC)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates), autoescape=True, undefined=jinja2.StrictUndefined
    )
    style = templates / "smo" / "smo.css"
    try:
        page = environment.get_template("reports-index.html.j2").render(
            title=title,
            entries=entries(out, now),
            statuses=STATUSES,
            out=out,
            written=moment(now, "en"),
            style=style.read_text("utf-8") if style.is_file() else "",
        )
    except jinja2.TemplateError as error:
        raise ReportError(f"{templates}: the index's template is missing or broken: {error}") from None
    publish(out, {"index.html": page.encode()})
    return out / "index.html"
