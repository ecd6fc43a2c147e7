"""The ledger: one row for every run that was ever asked for, in a database that several hosts may share."""

from __future__ import annotations

from smo_reports.runs.ledger.entry import OUTCOMES, Entry, Outcome
from smo_reports.runs.ledger.ledger import Asked, Ledger
from smo_reports.runs.ledger.opening import open_ledger

__all__ = ["OUTCOMES", "Asked", "Entry", "Ledger", "Outcome", "open_ledger"]
