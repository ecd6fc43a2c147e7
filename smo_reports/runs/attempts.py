"""The ledger's entries of one job: one for every process that begins it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from smo_reports.runs.ledger.entry import Entry, Outcome
from smo_reports.runs.ledger.ledger import Asked, Ledger, entry_of
from smo_reports.runs.make import Place


class Attempts:
    """Enters each attempt at a job when it begins and when it ends.

    Parameters
    ----------
    facts : mapping
        What the ledger has of the job.
    reason : str
        Why it runs.
    ledger : Ledger or None
    asked : Asked
    on_begin : callable, optional
        Called with the first beginning.
    """

    def __init__(
        self,
        facts: Mapping[str, Any],
        reason: str,
        ledger: Ledger | None,
        asked: Asked,
        on_begin: Callable[[], None] | None = None,
    ) -> None:
        self._facts, self._reason, self._ledger, self._asked = dict(facts), reason, ledger, asked
        self._on_begin = on_begin
        self._count = 0
        self._entry: Entry | None = None
        self._place: Place | None = None

    def begin(self, place: Place | None = None) -> None:
        """A process begins the job: this one, or another. One that had begun it before has been lost."""
        if self._count and self._place is not None:
            self.end("failed", error=f"its worker was lost: {self._place.host}; another one began it again")
        self._count += 1
        self._place = place
        if self._count == 1 and self._on_begin is not None:
            self._on_begin()
        if self._ledger is not None:
            entry = entry_of(self._facts, self._asked, self._reason, self._count)
            self._entry = self._ledger.begin(replace(entry, host=place.host, pid=place.pid) if place else entry)

    def end(self, outcome: Outcome, **facts: Any) -> None:
        """Enter how it ended; one that nobody had begun is entered where it failed."""
        if self._entry is None and outcome != "cancelled" and self._count == 0:
            self.begin()
        if self._entry is not None and self._ledger is not None:
            self._ledger.end(self._entry, outcome, **facts)
        self._entry = self._place = None
