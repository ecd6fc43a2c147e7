"""The demo world: every project simulated week by week and written as it goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from smo_reports.errors import ParameterError, PeriodError
from smo_reports.world import exports, feedback, hours, office, roster, volume
from smo_reports.world.audits import audits, plans, review
from smo_reports.world.decisions import Work, simulate
from smo_reports.world.hiring import hiring
from smo_reports.world.incidents import Incident, dated, described
from smo_reports.world.items import Bank, fill_bank
from smo_reports.world.moments import Calendar
from smo_reports.world.operation import WEEKS, Ints, Operation
from smo_reports.world.params import params_text
from smo_reports.world.people import Crew, recruit
from smo_reports.world.projects import OPERATIONS
from smo_reports.world.queues import Flow
from smo_reports.world.write import Writer

SIZES = {"small": 6_000, "demo": 300_000}
MOST_ROWS, LEAST_ROWS = 100_000_000, 1_000
_BASE = 1_000
"""Seeds of what belongs to no week count from here."""


@dataclass(frozen=True)
class WorldProject:
    """A project of the world: its name and the complete text of its ``params/<name>.yaml``."""

    name: str
    params: str


@dataclass(frozen=True)
class World:
    """What was generated: projects, planted incidents, and the number of decisions in all."""

    projects: tuple[WorldProject, ...]
    incidents: tuple[Incident, ...]
    decisions: int


@dataclass(frozen=True)
class Site:
    """One project made ready: its people, gold, calendar and planned volumes."""

    operation: Operation
    calendar: Calendar
    crew: Crew
    bank: Bank
    volumes: Ints
    seed: int
    number: int

    @cached_property
    def texts(self) -> list[str]:
        """The JSON of the model's probabilities, for every label and score."""
        return exports.score_texts(self.operation)

    def rng(self, *place: int) -> np.random.Generator:
        """Make the generator of one week's part (``week, part``), or of something that belongs to no week."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.number, *place)))

    def work(self, week: int, part: int) -> Work:
        """Simulate one part of a week; it needs no other week."""
        rng = self.rng(week, part)
        of = volume.parts(self.volumes[week])
        counts = volume.spread(self.crew, self.volumes[week], week, part, of, rng)
        before = sum(int(volume.part_volume(self.volumes[week], earlier, of).sum()) for earlier in range(part))
        first = int(self.volumes[:week].sum()) + before
        return simulate(self.operation, self.crew, self.bank, self.calendar, counts, (week, part, first), rng)


def sites(rows: int, seed: int, end: dt.date) -> tuple[Site, ...]:
    """Make every project ready; people's ids go on from project to project."""
    found: list[Site] = []
    after = (0, 0, 0)
    for number, operation in enumerate(OPERATIONS):
        base = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, _BASE)))
        calendar = Calendar.of(operation.zone, end)
        volumes = volume.weekly(operation, rows, base)
        mean = float(volumes.sum() / WEEKS)
        crew = recruit(operation, calendar, mean, base, after)
        after = (after[0] + crew.size, after[1] + crew.auditors, after[2] + crew.teams)
        found.append(Site(operation, calendar, crew, fill_bank(operation, mean, base), volumes, seed, number))
    return tuple(found)


def _write_week(
    site: Site, week: int, part: int, out: Writer, flow: Flow, time: hours.AuditHours, sample: float
) -> None:
    operation, crew, calendar = site.operation, site.crew, site.calendar
    work, rng = site.work(week, part), site.rng(week, part, 1)
    found = review(operation, crew, work, calendar, rng)
    flow.see(work)
    time.see(found)
    out.add("decisions", exports.decisions(operation, crew, calendar, work))
    out.add("decision_labels", exports.answers(operation, work, rng))
    out.add("predictions", exports.predictions(operation, work, site.texts, sample, rng))
    out.add("items", exports.closed_items(operation, work))
    out.add("audits", audits(operation, crew, work, found))
    out.add("audit_plans", plans(operation, calendar, work, found))
    out.add("work_hours", hours.worked(operation, crew, calendar, work, rng))
    out.add("disputes", feedback.disputes(operation, crew, work, found, calendar, rng))
    out.add("appeals", feedback.appeals(operation, work, calendar, rng))
    out.add("escalations", feedback.escalations(operation, work, calendar, rng))


def _write_rest(site: Site, out: Writer, flow: Flow, time: hours.AuditHours) -> None:
    operation, crew, calendar = site.operation, site.crew, site.calendar
    rng = site.rng(_BASE + 1)
    out.add("gold", exports.gold_items(operation, site.bank, calendar))
    out.add("items", flow.open_items(int(site.volumes.sum()), rng))
    out.add("arrivals", flow.arrivals())
    out.add("backlog", flow.backlog())
    out.add("batches", flow.batches(rng))
    out.add("people", roster.people(operation, crew, calendar))
    out.add("leave", roster.absences(operation, crew, calendar))
    out.add("assignments", roster.assignments(operation, crew, calendar))
    out.add("work_hours", hours.away(operation, crew, calendar))
    out.add("work_hours", time.table())
    out.add("shifts", hours.shifts(operation, crew, calendar, rng))
    out.add("events", office.events(operation, crew, calendar))
    out.add("questions", office.questions(operation, crew, calendar, rng))
    out.add("calibrations", office.calibrations(operation, crew, site.bank, calendar, rng))
    out.add("coaching", office.coaching(operation, crew, calendar, rng))
    out.add("actions", office.actions(operation, calendar))
    for name, table in hiring(operation, crew, calendar, rng).items():
        out.add(name, table)


def _wanted(size: str, rows: int | None) -> int:
    if size not in SIZES:
        raise ParameterError(f"unknown size {size!r} of a demo world; known: {', '.join(SIZES)}")
    wanted = SIZES[size] if rows is None else rows
    if not LEAST_ROWS <= wanted <= MOST_ROWS:
        raise ParameterError(f"rows is {wanted:,}; a demo world has between {LEAST_ROWS:,} and {MOST_ROWS:,} decisions")
    return wanted


def generate(
    folder: Path,
    *,
    size: Literal["small", "demo"] = "demo",
    seed: int = 46,
    end: dt.date,
    rows: int | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> World:
    """Generate the demo world and write its canonical tables as Parquet.

    The same size (or rows), seed and end give the same rows. Every week is made from its own seed and
    written before the next, so memory does not grow with ``rows``.

    Parameters
    ----------
    folder : Path
        Tables go to ``folder/<project>/<table>.parquet``; files of these names are replaced.
    size : {"small", "demo"}
        About 6,000 or 300,000 decisions.
    seed : int
    end : date
        A Monday, exclusive: the world is the 26 weeks before it. Nothing that was done is dated later than
        its midnight in the project's time zone.
    rows : int, optional
        About how many decisions instead, 1,000 to 100 million; people grow in number too, more slowly.
    progress : callable, optional
        Called with a project's name and the share of the whole that is done, 0 to 1.

    Raises
    ------
    PeriodError
        When ``end`` is no Monday.
    ParameterError
        When ``size`` or ``rows`` is none that can be made.
    """
    if end.weekday() != 0:
        monday = end - dt.timedelta(days=end.weekday())
        raise PeriodError(f"end {end} is a {end:%A}; a demo world ends before a Monday, for example {monday}")
    wanted = _wanted(size, rows)
    made = sites(wanted, seed, end)
    total, done = max(1, sum(int(site.volumes.sum()) for site in made)), 0
    for site in made:
        flow = Flow(site.operation, site.calendar)
        time = hours.AuditHours(site.operation, site.crew, site.calendar)
        with Writer(folder / site.operation.name) as out:
            for week in range(WEEKS):
                for part in range(volume.parts(site.volumes[week])):
                    _write_week(site, week, part, out, flow, time, 0.25 if wanted <= 1_000_000 else 0.05)
                done += int(site.volumes[week].sum())
                if progress:
                    progress(site.operation.name, done / total)
            _write_rest(site, out, flow, time)
    listed = tuple(WorldProject(site.operation.name, params_text(site.operation)) for site in made)
    return World(listed, dated(end), total)


def describe_incidents(world: World) -> str:
    """Write the world's planted incidents as a Markdown table: where, when, and what they do."""
    return described(world.incidents)
