"""Runs that could not be written to the ledger, kept as files until they can: a report never waits for a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from smo_reports.runs.ledger.entry import Entry
from smo_reports.runs.publish import publish


class Unrecorded:
    """A folder with one file a run.

    Parameters
    ----------
    folder : Path
        Made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, entry: Entry) -> None:
        """Keep a run's newest state."""
        publish(self.folder, {f"{entry.id}.json": json.dumps(asdict(entry)).encode()})

    def __iter__(self) -> Iterator[Entry]:
        """Runs that wait, oldest first; a file that is damaged is left where it is."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield Entry(**json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError, FileNotFoundError):
                # Damaged; or another program has entered and dropped it.
                continue

    def drop(self, entry: Entry) -> None:
        """Forget a run that has been recorded."""
        (self.folder / f"{entry.id}.json").unlink(missing_ok=True)
