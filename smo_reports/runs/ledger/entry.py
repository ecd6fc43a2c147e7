"""One run as the ledger has it."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["running", "succeeded", "stale", "failed", "refused", "cancelled"]

OUTCOMES: tuple[Outcome, ...] = ("running", "succeeded", "stale", "failed", "refused", "cancelled")
"""How a run stands: *stale* has a page that says so, *refused* was not allowed to have one."""


def new_id(now: dt.datetime) -> str:
    """A name for a run that sorts by time and that a person can type: ``20261123T070000-1f3a9c04``."""
    return f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Entry:
    """One run; times are ISO texts in UTC, which sort as they are.

    Attributes
    ----------
    id : str
    report, project, stem : str
        ``project`` is the folder of what the page is of, ``stem`` the artefacts' common name.
    period_label, period_start, period_end, audience : str
    parameters, fingerprint : dict
    reason : str
        Why it ran: ``the data changed``.
    asked_by, asked_through : str
        Who, and by what: ``command``, ``schedule``, ``rerun``.
    host : str
    pid : int
        The process that ran it.
    started_at, beat_at, ended_at : str
        ``beat_at`` is when that process was last heard of; ``ended_at`` is empty while it runs.
    outcome : Outcome
    attempt : int
        From 1.
    error : str
    folder : str
        Where the artefacts are.
    files : dict of str to str
        SHA-256 by name.
    rows_used : int or None
    data_as_of : str
        The newest row's time; empty where it is not known.
    seconds : float or None
    workspace : str
        Its name, where several share the database.
    """

    id: str
    report: str
    project: str
    stem: str
    period_label: str
    period_start: str
    period_end: str
    audience: str
    parameters: dict[str, Any]
    fingerprint: dict[str, str]
    reason: str
    asked_by: str
    asked_through: str
    host: str
    pid: int
    started_at: str
    beat_at: str
    folder: str
    outcome: Outcome = "running"
    ended_at: str = ""
    attempt: int = 1
    error: str = ""
    files: dict[str, str] = field(default_factory=dict)
    rows_used: int | None = None
    data_as_of: str = ""
    seconds: float | None = None
    workspace: str = ""

    @property
    def name(self) -> str:
        """What messages call it: ``kpi of demo, 2026-W46``."""
        return f"{self.stem} of {self.project}, {self.period_label}"


def iso(moment: dt.datetime) -> str:
    """A time as the ledger has it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
