"""Find and open the workspace's ledger."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from smo_reports.errors import LedgerError
from smo_reports.project import Workspace
from smo_reports.runs.ledger.database import Database
from smo_reports.runs.ledger.ledger import Ledger
from smo_reports.runs.ledger.tables import make_tables, workspaces
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
        When the address is none, a variable in it is not set, a driver is missing, the ledger is of a newer version, or
        it is another workspace's.
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
    file = Path(str(address.database)) if address.get_backend_name() == "sqlite" else None
    database = Database(engine, file)
    ledger = Ledger(database, Unrecorded(workspace.root / ".smo" / "unrecorded"), workspace.name)
    database.attempt(make_tables)
    _claim(ledger, workspace.root)
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


def _claim(ledger: Ledger, root: Path) -> None:
    """Refuse to mix the runs of two workspaces that share a database and are called the same.

    A workspace that has a name may be on several hosts. One without is known by a mark in its folder.

    Raises
    ------
    LedgerError
        When another workspace has the name.
    """
    own_file = ledger.engine.dialect.name == "sqlite" and Path(str(ledger.engine.url.database)).is_relative_to(root)
    if own_file or ledger.workspace:
        return
    mark = _mark(root)
    insert = sqlite_insert if ledger.engine.dialect.name == "sqlite" else postgresql_insert

    def claim(engine: sa.Engine) -> str:
        with engine.begin() as connection:
            mine = insert(workspaces).values(name="", mark=mark).on_conflict_do_nothing(index_elements=["name"])
            connection.execute(mine)
            return str(connection.execute(sa.select(workspaces.c.mark).where(workspaces.c.name == "")).scalar())

    found = ledger.attempt(claim)
    if found is not None and found != mark:
        raise LedgerError(
            "another workspace without a name uses this ledger, and each would take the other's runs for its own; "
            "give this one a name in smo.yaml (name: jakarta), the same on all hosts that serve it"
        )


def _mark(root: Path) -> str:
    """Something that no other workspace has, made once."""
    path = root / ".smo" / "workspace.mark"
    path.parent.mkdir(exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(secrets.token_hex(16))
    except FileExistsError:
        pass
    return path.read_text("utf-8")
