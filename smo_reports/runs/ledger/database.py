"""The ledger's database, which may be away, damaged, emptied or replaced: whoever asks it gets an answer or None."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from smo_reports.runs.ledger.tables import make_tables

T = TypeVar("T")

PATIENCE_S = 8.0
"""How long a database that is away is waited for, in seconds."""
_AWAY_S = 30.0
"""For so long after it was waited for in vain it is only tried, in seconds."""
_PASSING = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, sa.exc.TimeoutError)
"""What a server that is away, starting, failing over or out of connections raises."""
_LOG = logging.getLogger(__name__)


class Database:
    """A database that is asked with patience.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    file : Path, optional
        Where it is, if it is one file.
    """

    def __init__(self, engine: sa.Engine, file: Path | None = None) -> None:
        self.engine, self._file = engine, file
        self._away_until = 0.0
        self._said = ""
        self._same = self._mark()

    def attempt(self, what: Callable[[sa.Engine], T], patience: float = PATIENCE_S) -> T | None:
        """Do something with the database, several times if it is away; None where it cannot be done.

        Tables that are gone are made again, and a damaged file is set aside, before it is tried once more. What stands
        in the way is said once in the log: a report never fails of its ledger.
        """
        if time.monotonic() < self._away_until:
            # It was waited for a moment ago: ninety reports are not to wait ninety times.
            patience = 0.0
        retrying = Retrying(
            retry=retry_if_exception_type(_PASSING),
            wait=wait_random_exponential(0.1, max=1.0),
            stop=stop_after_delay(patience),
            reraise=True,
        )
        try:
            self._reopen_where_replaced()
            done: T = retrying(self._once, what)
        except _PASSING as error:
            self._away_until = time.monotonic() + _AWAY_S
            self._say(error)
            return None
        except sa.exc.SQLAlchemyError as error:
            self._say(error)
            return None
        self._said = ""
        return done

    def _once(self, what: Callable[[sa.Engine], T]) -> T:
        try:
            return what(self.engine)
        except sa.exc.DBAPIError as error:
            if not self._mended(error):
                raise
        return what(self.engine)

    def _mended(self, error: sa.exc.DBAPIError) -> bool:
        """Whether what was wrong is not any more."""
        if self._file is not None and _is_damaged(error):
            self.set_aside()
        elif not _lacks_table(error):
            return False
        make_tables(self.engine)
        return True

    def set_aside(self) -> None:
        """Keep a damaged file under another name: a new one is begun."""
        self.engine.dispose()
        if self._file is not None and self._file.is_file():
            self._file.replace(
                self._file.with_name(f"{self._file.name}.damaged-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}")
            )
            for more in ("-wal", "-shm"):
                self._file.with_name(self._file.name + more).unlink(missing_ok=True)

    def _reopen_where_replaced(self) -> None:
        """A file that was removed or replaced is not written to any more: what is there now counts."""
        now = self._mark()
        if self._same is not None and now != self._same:
            self.engine.dispose()
            make_tables(self.engine)
            now = self._mark()
        self._same = now

    def _mark(self) -> tuple[int, int] | None:
        if self._file is None:
            return None
        try:
            status = self._file.stat()
        except OSError:
            return (0, 0)
        return status.st_dev, status.st_ino

    def _say(self, error: sa.exc.SQLAlchemyError) -> None:
        # The address may hold a password, and the statement a report's parameters: neither is repeated.
        cause = type(getattr(error, "orig", None) or error).__name__
        if cause != self._said:
            _LOG.warning("the ledger cannot be used now (%s); runs wait to be entered", cause)
        self._said = cause


def _is_damaged(error: sa.exc.DBAPIError) -> bool:
    said = str(error.orig)
    return "malformed" in said or "not a database" in said


def _lacks_table(error: sa.exc.DBAPIError) -> bool:
    return "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01"
