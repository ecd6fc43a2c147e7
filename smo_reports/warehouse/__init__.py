"""The embedded store: a folder of Delta tables; an import is one commit, readers never wait."""

from __future__ import annotations

from smo_reports.warehouse.counts import ImportCounts, TableCounts
from smo_reports.warehouse.entered import add_action, add_event, change_action
from smo_reports.warehouse.landing import land
from smo_reports.warehouse.parsed import Parsed, Part, Reading
from smo_reports.warehouse.store import StoredTable, Warehouse

__all__ = [
    "ImportCounts",
    "Parsed",
    "Part",
    "Reading",
    "StoredTable",
    "TableCounts",
    "Warehouse",
    "add_action",
    "add_event",
    "change_action",
    "land",
]
