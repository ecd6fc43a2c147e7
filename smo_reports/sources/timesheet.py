"""What imports of time trackers share: their columns, who a person is, and rows of ``work_hours``.

A person's name, e-mail address and notes are not kept, nor what anybody earns: an address or a name becomes a digest,
the same that labeling tools' imports make of the same address, so that hours meet decisions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from smo_reports.errors import ImportFileError, nearest
from smo_reports.project import ImportMap, Project
from smo_reports.sources.label_studio_results import person as labeling_person
from smo_reports.sources.records import Record, delimiter_of, first, records
from smo_reports.sources.timesheet_activity import Activities, Named
from smo_reports.warehouse.parsed import Covered, Parsed

WRONG_FIELDS = "wrong number of fields"
_ROWS = 100_000
_COLUMNS = ("person_id", "work_date", "activity", "hours", "started_at", "ended_at", "source")
_ROLES = {"work_date": "date", "started_at": "start", "ended_at": "end", "hours": "hours", "project": "own_project"}


@dataclass(frozen=True)
class Tool:
    """A time tracker's export: the names that its columns have, by what they tell.

    Attributes
    ----------
    name, title : str
    headers : mapping of str to tuple of str
        By role, the header in each language, without regard to case.
    needed : tuple of str
        Roles that there must be.
    """

    name: str
    title: str
    headers: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]


@dataclass
class Sheet:
    """One export that is being read.

    Attributes
    ----------
    tool : Tool
    file : Path
    project : Project
        What the file is imported into.
    options : ImportMap or None
    """

    tool: Tool
    file: Path
    project: Project
    options: ImportMap | None
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        if self.options is not None and self.options.table != "work_hours":
            raise ImportFileError(
                f"{self.file}: format {self.tool.name} fills work_hours, and the map is for table "
                f"{self.options.table!r}; give one with table: work_hours"
            )
        self.encoding = self.options.encoding if self.options else "utf-8-sig"
        self.decimal = self.options.decimal if self.options else "."
        self.delimiter = delimiter_of(self.file, self.options.delimiter if self.options else None, self.encoding)
        self.header = [name.strip() for name in first(self.file, self.delimiter, self.encoding).cells]
        self.activities = Activities(self.options)
        self.places = self._found()
        self.projects, self.elsewhere, self.by_name = set[str](), Named(), set[str]()

    def _found(self) -> dict[str, int]:
        known = {name.casefold(): at for at, name in reversed(list(enumerate(self.header)))}
        places = {
            role: known[name.casefold()]
            for role, names in self.tool.headers.items()
            for name in reversed(names)
            if name.casefold() in known
        }
        for column, source in (self.options.columns if self.options else {}).items():
            if str(source).casefold() not in known:
                raise ImportFileError(
                    f"{self.file}: no column {source!r} for {column}; {nearest(str(source), self.header)}"
                )
            places[_ROLES.get(column, column)] = known[str(source).casefold()]
        missing = [role for role in self.tool.needed if role not in places]
        if "person_id" in places or {"email", "name", "first"} & set(places):
            missing = [role for role in missing if role != "person"]
        if missing:
            wanted = ", ".join(f"{role} ({' or '.join(self.tool.headers.get(role, (role,)))})" for role in missing)
            raise ImportFileError(
                f"{self.file}: not a {self.tool.title}: no column for {wanted}; the file has: "
                f"{', '.join(self.header)}. Export that report as CSV, or name its columns in a map under imports "
                "(columns: {work_date: …, started_at: …, hours: …, person_id: …})"
            )
        return places

    def rows(self) -> Iterator[Record]:
        """The file's records without its header."""
        found = records(self.file, self.delimiter, self.encoding)
        next(found)
        yield from found

    def cell(self, record: Record, role: str) -> str:
        """A role's cell, trimmed; empty where the file, or the row, has none."""
        at = self.places.get(role, len(record.cells))
        return record.cells[at].strip() if at < len(record.cells) else ""

    def person(self, record: Record) -> str | None:
        """Who booked: the map's column or value, else the employee's id, a digest of the address, or of the name."""
        given = self.options.values.get("person_id", {}) if self.options else {}
        names = [self.cell(record, role) for role in ("person_id", "employee", "email", "name")]
        names.append(" ".join(self.cell(record, role) for role in ("first", "last")).strip())
        for name in filter(None, names):
            if name in given or name.lower() in given:
                return given.get(name, given.get(name.lower()))
        known = next(filter(None, names), None)
        if known is None or "@" in known:
            return labeling_person(known)
        if known in names[3:]:
            made = "person-" + hashlib.sha256(" ".join(known.split()).casefold().encode()).hexdigest()[:16]
            self.by_name.add(made)
            return made
        return known

    def booked_on(self, record: Record) -> str:
        """The source of the entry's row: the tool and the project that it was booked on there."""
        project = self.cell(record, "project")
        if project:
            self.projects.add(project)
        return f"{self.tool.name}: {project}" if project else self.tool.name

    def is_elsewhere(self, record: Record, hours: float) -> bool:
        """Whether an entry is of another project, which is counted; only a map says which column tells."""
        if "own_project" not in self.places:
            return False
        said = self.cell(record, "own_project")
        values = self.options.values.get("project", {}) if self.options else {}
        if not said or values.get(said, said) == self.project.project:
            return False
        self.elsewhere.add(said, hours)
        return True

    def notes(self) -> tuple[str, ...]:
        """What was noticed of the whole file."""
        found = []
        if self.elsewhere:
            found.append(f"other projects, left out: {self.elsewhere}")
        elif len(self.projects) > 1 and "own_project" not in self.places:
            found.append(
                f"entries of {len(self.projects)} projects, all taken as those of {self.project.project!r}; to take "
                "only some, say so in the map: columns: {project: …}, values: {project: {…: "
                f"{self.project.project}}}}}"
            )
        if self.by_name:
            found.append(
                f"people known by their name alone, so by an id made of it: {len(self.by_name):,}; where other exports "
                "have their e-mail address they have another id, and hours in both count twice: give one id under "
                "values: {person_id: {…: …}} in the map"
            )
        return (*found, *self.activities.notes())

    def activity(self, record: Record) -> tuple[str, str]:
        """The entry's activity, and the name that was not known."""
        if "activity" in self.places:
            return self.activities.of(self.cell(record, "activity").split(","))
        named = [self.cell(record, "task"), *self.cell(record, "tags").split(","), self.cell(record, "project")]
        return self.activities.of(named, [self.cell(record, "description")])


@dataclass
class Booked:
    """Rows of ``work_hours`` on their way to the warehouse, and the days and sources that the file tells all of."""

    waiting: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    days: set[tuple[str, str]] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def add(self, line: int, **values: Any) -> None:
        """Add one row."""
        self.waiting.append({"_line": line, **values})

    def refuse(self, line: int, rule: str, detail: str, raw: str) -> None:
        """Set one row of the file aside."""
        self.waiting.append({"_line": line, "_rule": rule, "_detail": detail, "_raw": raw})

    def cover(self, person: str | None, day: str, source: str) -> None:
        """Remember that the file tells all that a person booked on a day on a project."""
        if person is not None:
            self.days.add((person, day))
        self.sources.add(source)

    def batch(self, *, end: bool, notes: tuple[str, ...] = ()) -> Iterator[Parsed]:
        """Give out what waits, once it is much, or all that is left, with what the file covers."""
        if not end and len(self.waiting) < _ROWS:
            return
        found, self.waiting = self.waiting, []
        covers = Covered(tuple(sorted(self.days)), tuple(sorted(self.sources))) if end else None
        names = (*_COLUMNS, "_rule", "_detail", "_raw")
        text = {name: pa.array([row.get(name) for row in found], pa.string()) for name in names}
        lines = pa.array([row["_line"] for row in found], pa.int64())
        yield Parsed("work_hours", pa.table({"_line": lines, **text}), notes=notes, covers=covers)

    def notes(self) -> tuple[str, ...]:
        """What was noticed in passing."""
        return tuple(f"{what}: {count:,}" for what, count in self.counts.items())


def told(sheet: Sheet, record: Record, roles: tuple[str, ...]) -> str:
    """A row as a reject shows it: what its times and hours say, and nothing of the person or what was noted."""
    if len(record.cells) != len(sheet.header):
        return f"{len(record.cells)} fields"
    return "; ".join(
        f"{sheet.header[sheet.places[role]]}: {sheet.cell(record, role)}" for role in roles if role in sheet.places
    )


def wrong_width(sheet: Sheet, record: Record) -> str:
    """What is wrong with a row of another number of fields than the header; empty where nothing is."""
    if len(record.cells) == len(sheet.header):
        return ""
    return f"{len(record.cells)} fields, expected {len(sheet.header)}; correct the row"
