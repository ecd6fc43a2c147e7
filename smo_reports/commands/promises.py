"""Register a corrective action: what is promised, of which segment, and by which windows it will be judged."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from smo_reports.analyses.action_evidence import trigger_week
from smo_reports.analyses.action_states import SEGMENT_COLUMNS, action_states
from smo_reports.errors import ParameterError, nearest
from smo_reports.kpis import Kpi, kpi_named
from smo_reports.kpis.tally import collect, columns
from smo_reports.period import Period, parse_period
from smo_reports.project import Project, load_project
from smo_reports.pseudonyms import who
from smo_reports.schema import PERSON_COLUMNS
from smo_reports.sources import Rows, read_all
from smo_reports.sources.importing import own_warehouse
from smo_reports.warehouse import add_action
from smo_reports.words import printable

BASELINE_WEEKS = WINDOW_WEEKS = 4
"""How long an action's baseline and its window are where nobody says."""


@dataclass(frozen=True)
class Promise:
    """What somebody registers, as it was typed; empty text takes the default.

    Attributes
    ----------
    title, owner, kpi : str
    where : tuple of str
        ``column=value``; none for everything.
    expect : float
        In points of a share, in its own unit of any other KPI.
    due : str
        A date.
    trigger : str
        The week that showed the problem. Default: the last whole one.
    baseline, window : str
        Ranges of days. Default: four weeks before the trigger, and four from the Monday after the due date.
    sent_to, source_run : str
    """

    title: str
    owner: str
    kpi: str
    where: tuple[str, ...]
    expect: float
    due: str
    trigger: str = ""
    baseline: str = ""
    window: str = ""
    sent_to: str = ""
    source_run: str = ""


@dataclass(frozen=True)
class Registered:
    """What was stored of a promise.

    Attributes
    ----------
    action_id : str
    new : bool
        False where the same was registered before.
    promised : str
        What will not be changed any more, in words: the KPI, where, and by how much.
    baseline, window : tuple of date
        The second day is exclusive.
    after_the_fact : bool
    old_trigger : bool
        The week that is said to have shown the problem is not a recent one; its baseline may have been picked.
    """

    action_id: str
    new: bool
    promised: str
    baseline: tuple[dt.date, dt.date]
    window: tuple[dt.date, dt.date]
    after_the_fact: bool
    old_trigger: bool


_YEARS = range(2000, 2101)


def open_action(project_name: str, promise: Promise, now: dt.datetime | None = None) -> Registered:
    """Register a corrective action before its result is known.

    Raises
    ------
    ParameterError
        When a date, the segment or the expected effect cannot be what is meant.
    KpiError, PeriodError, ImportFileError
        When the KPI is unknown, a period cannot be read, or a value breaks a rule of the table.
    """
    project = load_project(project_name)
    rows, now = read_all(project), now or dt.datetime.now(dt.UTC)
    today = now.astimezone(project.zone).date()
    due = read_day("--due", promise.due)
    baseline, window = _windows(promise, due, today)
    segment = _segment(project, rows, promise.where)
    expected = _expected(kpi_named(promise.kpi), promise.expect)
    settled: dict[str, str | float | dt.date] = {
        "segment": json.dumps(segment, ensure_ascii=False),
        "expected_effect": expected,
        "due_on": due,
        "baseline_from": baseline[0],
        "baseline_to": baseline[1],
        "evaluate_from": window[0],
        "evaluate_to": window[1],
        **{name: text for name in ("sent_to", "source_run") if (text := getattr(promise, name))},
    }
    told = {"title": promise.title, "owner": promise.owner, "kpi": promise.kpi, **settled}
    known = _same(project, rows, told, now)
    made = known or add_action(
        own_warehouse(project), project, today, promise.title, promise.owner, promise.kpi, now, **settled
    )
    old = baseline[1] < trigger_week(today) - dt.timedelta(weeks=1)
    promised = _promised(kpi_named(promise.kpi), promise)
    return Registered(made, not known, promised, baseline, window, today >= window[0], old)


def read_day(option: str, text: str) -> dt.date:
    """A date as people write it.

    Raises
    ------
    ParameterError
        When it is none.
    """
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{option} {text!r} is no date; write it as 2026-11-16") from None
    if found.year not in _YEARS:
        raise ParameterError(f"{option} {text!r} is too far away; write a day of {_YEARS[0]} to {_YEARS[-1]}")
    return found


def _windows(promise: Promise, due: dt.date, today: dt.date) -> tuple[tuple[dt.date, dt.date], tuple[dt.date, dt.date]]:
    """Baseline and window: the baseline ends before the week that showed the problem, which may have been bad luck."""
    last = trigger_week(today)
    trigger = _span("--trigger", promise.trigger)[0] if promise.trigger else last
    if trigger > today:
        raise ParameterError(f"--trigger {promise.trigger!r} has not come yet; name the week that showed the problem")
    clean = min(trigger - dt.timedelta(trigger.weekday()), last)
    baseline = (clean - dt.timedelta(weeks=BASELINE_WEEKS), clean)
    if promise.baseline:
        baseline = _span("--baseline", promise.baseline)
    if baseline[0] > baseline[1] - dt.timedelta(weeks=BASELINE_WEEKS) or baseline[1] < clean - dt.timedelta(weeks=1):
        raise ParameterError(
            f"--baseline {promise.baseline!r}: a baseline that is picked can be lucky; take {BASELINE_WEEKS} weeks or "
            f"more that end on {clean}, or up to a week before"
        )
    if baseline[1] > clean:
        raise ParameterError(
            f"--baseline ends on {baseline[1]} and so has the week in it that showed the problem, which may have been "
            f"bad luck; let it end on {clean} or before"
        )
    monday = due + dt.timedelta(7 - due.weekday())
    window = (monday, monday + dt.timedelta(weeks=WINDOW_WEEKS))
    if promise.window:
        window = _span("--window", promise.window)
    if window[1] - window[0] < dt.timedelta(weeks=1):
        raise ParameterError(f"--window {promise.window!r} is shorter than a week; take a week or more")
    if window[0] < baseline[1]:
        raise ParameterError(
            f"--window starts on {window[0]}, before the baseline ends on {baseline[1]}; the action is judged by what "
            "comes after"
        )
    if window[0] <= due:
        raise ParameterError(f"--window starts on {window[0]}, before the action is done; let it start after {due}")
    return baseline, window


def _span(option: str, text: str) -> tuple[dt.date, dt.date]:
    found: Period = parse_period(text)
    if any(day is not None and day.year not in _YEARS for day in (found.start, found.end)):
        raise ParameterError(f"{option} {text!r} is too far away; write days of {_YEARS[0]} to {_YEARS[-1]}")
    if found.start is None or found.end is None:
        raise ParameterError(f"{option} {text!r} has no end; write a range: 2026-11-02/2026-11-30, its end exclusive")
    return found.start, found.end


def _segment(project: Project, rows: Rows, where: Sequence[str]) -> dict[str, str]:
    """What an action is about; its columns and values are those of the audits that will judge it."""
    found: dict[str, str] = {}
    for text in where:
        column, equals, value = text.partition("=")
        if column in found:
            raise ParameterError(f"--where {text!r}: {column} is named twice; an action is about one value of it")
        if not (equals and column and value):
            raise ParameterError(f"--where {text!r} has no value; write --where policy=hate")
        if "audits" not in rows:
            raise ParameterError(f"--where {text!r}: project {project.project!r} has no audits to judge a segment by")
        frame = rows.with_columns("audits", [*SEGMENT_COLUMNS, *PERSON_COLUMNS])
        have = [name for name in columns(frame) if name in SEGMENT_COLUMNS or name in PERSON_COLUMNS]
        if column not in have:
            lacks = "no action is about" if column in columns(frame) else "audits have no column"
            raise ParameterError(f"--where {text!r}: {lacks} {column!r}; {nearest(column, have)}")
        if column in PERSON_COLUMNS:
            found[column] = who(project, rows, value)
            continue
        known = {str(one) for one in collect(frame.select(column).unique())[column].dropna()}
        if value not in known:
            raise ParameterError(f"--where {text!r}: no audit has the {column} {value!r}; {nearest(value, known)}")
        found[column] = value
    return dict(sorted(found.items()))


def _expected(kpi: Kpi, expect: float) -> float:
    """The expected effect in the KPI's own unit: typed in points where that is a share."""
    if not expect or not math.isfinite(expect):
        raise ParameterError(
            f"--expect {expect:g}: an action without an expected effect cannot be judged; say how much"
        )
    if kpi.better and (expect > 0) != (kpi.better == "higher"):
        raise ParameterError(
            f"--expect {expect:g} would make {kpi.name} worse, of which {kpi.better} is better; "
            f"write --expect {-expect:g}"
        )
    if kpi.unit == "share" and abs(expect) >= 100:
        raise ParameterError(f"--expect {expect:g} is more than there is: {kpi.name} is a share, and points go to 100")
    return expect / 100 if kpi.unit == "share" else expect


def _promised(kpi: Kpi, promise: Promise) -> str:
    """What was promised, as it was typed: a person stays the pseudonym that somebody wrote."""
    unit = "points" if kpi.unit == "share" else kpi.unit
    return printable(f"{kpi.name} {promise.expect:+g} {unit}, {', '.join(promise.where) or 'everywhere'}")


def _same(project: Project, rows: Rows, told: dict[str, str | float | dt.date], now: dt.datetime) -> str:
    """The id of an action that promises the very same; empty where there is none."""
    if "actions" not in rows:
        return ""
    states = action_states(project, rows, now)
    for row in states.assign(segment=states["segment_key"]).to_dict("records"):
        if all(row[name] == value for name, value in told.items()):
            return str(row["action_id"])
    return ""
