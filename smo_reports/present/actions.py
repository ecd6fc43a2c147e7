"""The ledger of corrective actions: what was promised, what became of it, and whether it worked."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from smo_reports.present import wording
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

_VERDICTS = ("effective", "partly effective", "not effective", "undecided")
_PRESSING = ("overdue", "unacknowledged", "reopened")
_WHY = {
    "no comparison": "there are no audits outside the segment to compare with",
    "no rows": "there are no random audits of the segment in one of the windows",
    "too few": "fewer than 30 audits on one side, or fewer than 5 labelers: too few to tell",
    "no audited KPI": "its KPI is not a share of random audits, on which verdicts rest",
    "everywhere": "it was meant for everything, so there is nothing that it did not touch to compare with",
    "unreadable segment": "its segment cannot be read; it has to be JSON: columns and their values",
    "no plan": "it was registered without {detail}",
    "done late": "it was done only after its window had begun",
    "bad window": "its window begins before its baseline ends, or lasts less than a week",
    "lacking": "the rows lack {detail}",
}
_SHOWN = (
    *("action_id", "title", "owner", "kpi", "kpi_title", "unit", "segment", "state", "opened_on", "due_on", "done_on"),
    *("days_late", "overdue", "unacknowledged", "reopened", "expected_effect", "value", "low", "high", "needed"),
    *("n_before", "n_after", "n_compared", "after_the_fact", "picked", "proof", "cut", "reason", "detail"),
    *("evaluate_to", "inside", "elsewhere"),
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
    return _exhibit(project, "actions", "Actions", ledger[~ledger["people"].astype(bool)], int(ledger["people"].sum()))


def action_table_of_people(project: Project, ledger: pd.DataFrame) -> Exhibit:
    """The actions whose segment names a person: for that person's lead only."""
    return _exhibit(project, "actions-people", "Actions about one person", ledger[ledger["people"].astype(bool)], 0)


def ledger_lines(project: Project, ledger: pd.DataFrame) -> list[str]:
    """The ledger in lines of text, two an action, for a terminal."""
    say = catalogue(project.language)
    found = []
    for row in records(ledger):
        what = f"{say(row['state'])}: {row['title']} ({row['owner']}; {_segment(row, say)})"
        # Whatever was written into a ledger, it is one line and moves no cursor.
        found.append(f"{printable(row['action_id'])[:8]}  {printable(what)}")
        more = f"{_promise(row, say)}. {' '.join(_told(row, say))}"
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
    names = [*_PRESSING, "running"]
    columns = [Column(say("Project")), *(Column(_capital(say(name)), digits=True) for name in names)]
    rows = [[str(row["project_title"]), *(_whole(row[name], say) for name in names)] for row in records(counted)]
    sums = "; ".join(f"{say(name)} {_whole(counted[name].sum(), say)}" for name in names)
    text = say("Actions of all projects: {list}.", list=sums)
    return Exhibit("actions", say("Actions"), table(columns, rows, say("Actions by project"), text), text, counted)


def _exhibit(project: Project, name: str, title: str, own: pd.DataFrame, hidden: int) -> Exhibit:
    say = catalogue(project.language)
    told = [_summary(own, say)]
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


def _summary(own: pd.DataFrame, say: Catalogue) -> str:
    if own.empty:
        return say("No action has been registered.")
    counts = own["state"].value_counts()
    listed = ", ".join(f"{_whole(counts[name], say)} {say(name)}" for name in _CHIPS if name in counts)
    proof = int(own["proof"].sum())
    sentence = say("Actions: {list}.", list=listed)
    if int(counts.get("effective", 0)) > proof:
        missing = _whole(int(counts["effective"]) - proof, say)
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
        Markup("<br>").join(_told(row, say)),
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


def _told(row: Row, say: Catalogue) -> list[str]:
    """The sentences beside an action: why it stands as it does, on how much evidence, and what else changed."""
    state, found = str(row["state"]), []
    if row["overdue"]:
        found.append(say.count("{n} day late.", "{n} days late.", int(row["days_late"])))
    found += [say("Also {state}.", state=say(name)) for name in _PRESSING[1:] if row[name] and name != state]
    if state == "running" and isinstance(row["evaluate_to"], dt.date):
        found.append(say("The verdict is due on {day}.", day=day(row["evaluate_to"], say.language)))
    if row["reason"] in _WHY:
        found.append(say("Undecided: {why}.", why=say(_WHY[row["reason"]], detail=row["detail"])))
    if row["reason"] == "too wide":
        found.append(_wide(row, say))
    if int(row["n_after"]):
        counts = {name: _whole(row[f"n_{name}"], say) for name in ("before", "after", "compared")}
        found.append(say("{before} audits before, {after} after, {compared} elsewhere.", **counts))
    if row["cut"]:
        found.append(say("The week that triggered it was left out of its baseline."))
    found += _no_proof(row, say)
    for name, sentence in (("inside", "Meanwhile in the segment: {list}."), ("elsewhere", "Meanwhile: {list}.")):
        if row[name]:
            found.append(say(sentence, list=row[name]))
    return found


def _no_proof(row: Row, say: Catalogue) -> list[str]:
    """Why a verdict, given or to come, proves nothing."""
    found: list[str] = []
    if row["state"] not in ("running", *_VERDICTS):
        return found
    if row["after_the_fact"]:
        found.append(say("Registered after the fact: its verdict is no proof."))
    if row["picked"] and row["reason"] not in _WHY:
        found.append(say("Its baseline is short or old and may have been picked: its verdict is no proof."))
    return found


def _wide(row: Row, say: Catalogue) -> str:
    if not row["needed"]:
        return say("Undecided: what was expected is too small to be told by audits like these.")
    needed = wording.needed_words({"needed": float(row["needed"]), "counts": "audits of the segment"}, say)
    return say("Undecided: {needed}.", needed=needed)


def _whole(value: float, say: Catalogue) -> str:
    return number(float(value), math.nan, say.language, most=0)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
