"""Say now and then that a program's runs are still under way."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from smo_reports.runs.ledger.ledger import BEAT_S, Ledger


@contextlib.contextmanager
def pulse(ledger: Ledger | None, every: float = BEAT_S) -> Iterator[None]:
    """Beat while the block runs; without a ledger nothing is done."""
    if ledger is None:
        yield
        return
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every):
            ledger.beat()

    thread = threading.Thread(target=beat, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
