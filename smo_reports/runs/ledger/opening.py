"""Find and open the workspace's ledger."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from smo_reports.errors import LedgerError
from smo_reports.project import Workspace
from smo_reports.runs.ledger.ledger import Ledger
from smo_reports.runs.ledger.tables import VERSION, about, metadata
from smo_reports.runs.ledger.unrecorded import Unrecorded

DEFAULT = "sqlite:///ledger.sqlite"
_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WAIT_S = 15
"""How long one writer waits for another, in seconds."""


def open_ledger(workspace: Workspace) -> Ledger:
    """Open the ledger that ``smo.yaml`` names; a file in the workspace where it names none.

    Returns
    -------
    Ledger
        Whether or not its database can be reached now: what cannot be written waits in ``.smo/unrecorded``.

    Raises
    ------
    LedgerError
        When the address is none, a variable in it is not set, a driver is missing, or the ledger is of a newer version.
    """
    address = _address(workspace)
    try:
        engine = sa.create_engine(address, **_options(address))
    except ModuleNotFoundError as error:
        raise LedgerError(
            f"smo.yaml: the ledger needs {error.name}, which is not installed; pip install 'smo-reports[sql]'"
        ) from None
    if address.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        _set_damaged_aside(engine, Path(str(address.database)))
    ledger = Ledger(engine, Unrecorded(workspace.root / ".smo" / "unrecorded"))
    ledger.attempt(_make)
    return ledger


def _address(workspace: Workspace) -> sa.URL:
    text = workspace.ledger or DEFAULT
    for name in _SECRET.findall(text):
        if name not in os.environ:
            raise LedgerError(f"smo.yaml: ledger names ${{{name}}}, which is not set; export it")
    try:
        url = sa.make_url(_SECRET.sub(lambda match: os.environ[match[1]], text))
    except sa.exc.ArgumentError:
        # The text may hold a password: it is not repeated.
        raise LedgerError(
            "smo.yaml: ledger is no database's address; write sqlite:///ledger.sqlite or postgresql://host/name"
        ) from None
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError(f"smo.yaml: the ledger can be in sqlite or postgresql, not in {backend!r}")
    if backend == "sqlite":
        return url.set(database=str(workspace.root / (url.database or "ledger.sqlite")))
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _options(address: sa.URL) -> dict[str, Any]:
    if address.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _WAIT_S}}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Readers never wait for a writer, and what was written survives a power cut."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _set_damaged_aside(engine: sa.Engine, file: Path) -> None:
    """A file that is no database would stop every run: it is kept under another name, and a new one begun."""
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("select count(*) from sqlite_master"))
    except sa.exc.OperationalError:
        return  # it is locked, or its folder cannot be written to: not damaged
    except sa.exc.DatabaseError:
        engine.dispose()
        file.replace(file.with_name(f"{file.name}.damaged-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"))


def _make(engine: sa.Engine) -> None:
    """Make the tables where they are not there."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        found = connection.execute(sa.select(sa.func.max(about.c.version))).scalar()
        if found is None:
            connection.execute(about.insert().values(version=VERSION))
        elif found > VERSION:
            raise LedgerError(
                f"the ledger is of version {found}, of a newer SMO Reports; update this one, which knows {VERSION}"
            )
