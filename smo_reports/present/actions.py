"""The ledger of corrective actions: what was promised, what became of it, and whether it worked."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
from smo_reports.present.action_words import PRESSING, evidence_words, whole
from smo_reports.present.exhibit import Exhibit, records
from smo_reports.present.table import Column, status_chip, table
from smo_reports.present.wording import Row
from smo_reports.words import Catalogue, catalogue, day, number, printable

if TYPE_CHECKING:
    from smo_reports.project import Project, Workspace

_CHIPS: Mapping[str, tuple[str, str]] = {
    "overdue": ("missed", "■"),
    "reopened": ("undecided", "↺"),
    "unacknowledged": ("undecided", "?"),
    "open": ("too few", "○"),
    "running": ("too few", "…"),
    "done": ("too few", "✓"),
    "effective": ("met", "●"),
    "partly effective": ("undecided", "◐"),
    "not effective": ("missed", "▼"),
    "undecided": ("undecided", "◆"),
}
"""Each state's colour is that of a status that means as much; its shape is its own."""

_OF_PEOPLE = "actions-people"

_SHOWN = (
    *("action_id", "title", "owner", "kpi", "kpi_title", "unit", "segment", "state", "opened_on", "due_on", "done_on"),
    *("days_late", "overdue", "unacknowledged", "reopened", "expected_effect", "value", "low", "high", "needed"),
    *("n_before", "n_after", "n_compared", "after_the_fact", "picked", "proof", "cut", "reason", "detail"),
    *("evaluate_to", "inside", "elsewhere", "days_lacking", "days_asked"),
)
"""What an exhibit carries of the ledger: no segment in ids, nor who was told."""


def action_table(project: Project, ledger: pd.DataFrame) -> Exhibit:
    """The ledger for everybody: actions about one person are counted, and shown to nobody here.

    Parameters
    ----------
    project : Project
    ledger : DataFrame
        As ``analyses.action_ledger`` gives it.
    """
    return _exhibit(project, "actions", "Actions", ledger[~ledger["people"].astype(bool)], ledger)


def action_table_of_people(project: Project, ledger: pd.DataFrame) -> Exhibit:
    """The actions whose segment names a person: for that person's lead only."""
    return _exhibit(project, _OF_PEOPLE, "Actions about one person", ledger[ledger["people"].astype(bool)], ledger)


def ledger_lines(project: Project, ledger: pd.DataFrame) -> list[str]:
    """The ledger in lines of text, two an action, for a terminal."""
    say = catalogue(project.language)
    found = []
    for row in records(ledger):
        what = f"{say(row['state'])}: {row['title']} ({row['owner']}; {_segment(row, say)})"
        # Whatever was written into a ledger, it is one line and moves no cursor.
        found.append(f"{printable(row['action_id'])[:8]}  {printable(what)}")
        more = f"{_promise(row, say)}. {' '.join(evidence_words(row, say))}"
        found.append(f"          {printable(more)}")
    return found


def portfolio_actions(workspace: Workspace, counted: pd.DataFrame) -> Exhibit:
    """Each project's actions that wait for somebody, and those whose verdict is still to come.

    Parameters
    ----------
    workspace : Workspace
    counted : DataFrame
        ``project_title`` and how many are ``overdue, unacknowledged, reopened, open, running``.
    """
    say = catalogue(workspace.language)
    if counted.empty:
        why = say("No project has actions to look at.")
        return Exhibit("actions", say("Actions"), Markup('<p class="smo-note">{}</p>').format(why), why)
    names = [*PRESSING, "running"]
    columns = [Column(say("Project")), *(Column(_capital(say(name)), digits=True) for name in names)]
    rows = [[str(row["project_title"]), *(whole(row[name], say) for name in names)] for row in records(counted)]
    sums = "; ".join(f"{say(name)} {whole(counted[name].sum(), say)}" for name in names)
    text = say("Actions of all projects: {list}.", list=sums)
    return Exhibit("actions", say("Actions"), table(columns, rows, say("Actions by project"), text), text, counted)


def _exhibit(project: Project, name: str, title: str, own: pd.DataFrame, ledger: pd.DataFrame) -> Exhibit:
    say = catalogue(project.language)
    told = [_summary(own, ledger, say)]
    hidden = 0 if name == _OF_PEOPLE else int(ledger["people"].sum())
    if hidden:
        told.append(
            say.count(
                "{n} more is about one person, and shown to that person's lead only.",
                "{n} more are about one person each, and shown to that person's lead only.",
                hidden,
            )
        )
    text = " ".join(told)
    shown = own[[column for column in _SHOWN if column in own]]
    if own.empty:
        return Exhibit(name, say(title), Markup('<p class="smo-note">{}</p>').format(text), text, shown)
    columns = [
        Column(say("Action")),
        Column(say("Owner")),
        Column(say("Due"), digits=True),
        Column(say("State")),
        Column(say("Expected"), digits=True),
        Column(say("Measured (95 % interval)"), digits=True),
        Column(say("Evidence")),
    ]
    note = say(
        "Measured: how much more the segment changed than the rest of the project's random audits did, from the "
        "baseline to the window, with labelers as clusters. Effective: the interval lies on the expected side of "
        "nothing and reaches half of what was expected. Partly effective: it lies on that side, all of it short of "
        "half. Not effective: it holds nothing or lies on the other side, all of it short of half."
    )
    made = table(columns, [_row(row, say) for row in records(own)], say(title), note)
    return Exhibit(name, say(title), Markup("<p>{}</p>{}").format(text, made), text, shown)


def _summary(own: pd.DataFrame, ledger: pd.DataFrame, say: Catalogue) -> str:
    if ledger.empty:
        return say("No action has been registered.")
    if own.empty:
        # The others are in the other table: an empty one must not read as an empty ledger.
        return say(
            "No action is about one person." if not ledger["people"].any() else "All actions are about one person each."
        )
    counts = own["state"].value_counts()
    listed = ", ".join(f"{whole(counts[name], say)} {say(name)}" for name in _CHIPS if name in counts)
    proof = int(own["proof"].sum())
    sentence = say("Actions: {list}.", list=listed)
    if int(counts.get("effective", 0)) > proof:
        missing = whole(int(counts["effective"]) - proof, say)
        sentence += " " + say(
            "{n} effective prove nothing: registered after the fact, or held against a picked baseline.", n=missing
        )
    return sentence


def _row(row: Row, say: Catalogue) -> list[str | Markup]:
    muted = Markup('{}<br><span class="smo-muted">{}, {}</span>')
    what = muted.format(row["title"], _kpi(row, say), _segment(row, say))
    kind, shape = _CHIPS[row["state"]]
    due = day(row["due_on"], say.language) if isinstance(row["due_on"], dt.date) else "–"
    expected = _expected(row, say)
    return [
        what, str(row["owner"]), due, status_chip(kind, say(row["state"]), shape), expected, _measured(row, say) or "–",
        Markup("<br>").join(evidence_words(row, say)),
    ]  # fmt: skip


def _segment(row: Row, say: Catalogue) -> str:
    # What it is about, people as the project shows them.
    if row["segment"] == "unreadable segment":
        return say("unreadable segment")
    return str(row["segment"]) or say("everything")


def _kpi(row: Row, say: Catalogue) -> str:
    return wording.within(say, str(row["kpi_title"]))


def _promise(row: Row, say: Catalogue) -> str:
    due = day(row["due_on"], say.language) if isinstance(row["due_on"], dt.date) else "–"
    said = say("{kpi} {expected} expected, due {due}", kpi=_kpi(row, say), expected=_expected(row, say), due=due)
    measured = _measured(row, say)
    return f"{said}; {say('measured {effect}', effect=measured)}" if measured else said


def _expected(row: Row, say: Catalogue) -> str:
    value, unit = float(row["expected_effect"]), str(row["unit"])
    if math.isnan(value):
        return "–"
    scaled = abs(value) * (100 if unit == "share" else 1)
    digits = number(scaled, math.nan, say.language, most=0 if scaled == round(scaled) else 2)
    after = wording.suffix("points" if unit == "share" else unit, say.language)
    return f"{'+' if value > 0 else '−'}{digits}{after}"


def _measured(row: Row, say: Catalogue) -> str:
    if math.isnan(float(row["value"])):
        return ""
    return wording.full_words({**row, "unit": "points", "method": "", "n": row["n_after"]}, say)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
