"""The action ledger from the command line: say what became of an action, list them, judge them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from smo_reports.analyses.action_states import NOTHING, action_states
from smo_reports.analyses.actions import action_ledger
from smo_reports.commands.promises import read_day
from smo_reports.errors import ParameterError, nearest
from smo_reports.present.actions import ledger_lines
from smo_reports.project import Project, load_project
from smo_reports.sources import read_all
from smo_reports.sources.importing import own_warehouse
from smo_reports.warehouse import change_action
from smo_reports.words import printable


def acknowledge(project_name: str, action_id: str, on: str = "") -> str:
    """Record that the owner knows of an action; give its title."""
    return _happened(project_name, action_id, "acknowledged_on", on)


def finish(project_name: str, action_id: str, on: str = "") -> str:
    """Record that an action is done; give its title."""
    return _happened(project_name, action_id, "done_on", on)


def reopen(project_name: str, action_id: str, on: str = "") -> str:
    """Take back that an action is done, and its verdict; the table's versions keep both. Give its title.

    Raises
    ------
    ParameterError
        When it is not done, or there is none of that id.
    """
    project, row = _found(project_name, action_id)
    if not row["done"]:
        raise ParameterError(f"action {action_id!r} is not done, so there is nothing to reopen; it is {row['state']}")
    day = read_day("--on", on) if on else dt.datetime.now(project.zone).date()
    change_action(own_warehouse(project), project, str(row["action_id"]), reopened_on=day, done_on=None, verdict=None)
    return printable(str(row["title"]))


def judge_actions(project_name: str, action_id: str = "") -> Iterator[str]:
    """Judge the actions whose window has closed, keep the verdicts in the ledger, and tell each with its evidence.

    A verdict that was kept of an action that is not done any more, or whose window is open, is taken back.

    Raises
    ------
    ParameterError
        When there is none of that id.
    """
    project = load_project(project_name)
    ledger = action_ledger(project, read_all(project))
    if action_id:
        ledger = ledger[ledger["action_id"] == _known(ledger, action_id)]
    for row in ledger[ledger["verdict"] != ledger["recorded"]].to_dict("records"):
        change_action(own_warehouse(project), project, str(row["action_id"]), verdict=row["verdict"] or None)
    yield from ledger_lines(project, ledger) or ["no action yet; register one with smo actions open"]


def list_actions(project_name: str) -> list[str]:
    """One line or more an action: what was promised, its state, and what its window showed."""
    project = load_project(project_name)
    lines = ledger_lines(project, action_ledger(project, read_all(project)))
    return lines or ["no action yet; register one with smo actions open"]


def _happened(project_name: str, action_id: str, column: str, on: str) -> str:
    project, row = _found(project_name, action_id)
    day = read_day("--on", on) if on else dt.datetime.now(project.zone).date()
    if day < row["opened_on"]:
        raise ParameterError(f"action {action_id!r} was opened on {row['opened_on']}; {day} is before that")
    change_action(own_warehouse(project), project, str(row["action_id"]), **{column: day})
    return printable(str(row["title"]))


def _found(project_name: str, action_id: str) -> tuple[Project, Mapping[str, Any]]:
    project = load_project(project_name)
    rows = read_all(project)
    states = action_states(project, rows, dt.datetime.now(dt.UTC)) if "actions" in rows else NOTHING
    own = states[states["action_id"] == _known(states, action_id)]
    return project, {str(name): value for name, value in own.iloc[0].items()}


def _known(ledger: pd.DataFrame, action_id: str) -> str:
    known = [str(one) for one in ledger["action_id"]]
    # Ids are long: enough of the beginning to tell one from the others will do.
    meant = [action_id] if action_id in known else [one for one in known if action_id and one.startswith(action_id)]
    if len(meant) != 1:
        raise ParameterError(f"no action {action_id!r}; {nearest(action_id, known)}; smo actions list shows them")
    return meant[0]
