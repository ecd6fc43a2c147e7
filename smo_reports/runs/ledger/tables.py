"""The ledger's tables, the same in SQLite and PostgreSQL; times are texts, which both sort alike."""

from __future__ import annotations

import sqlalchemy as sa

from smo_reports.errors import LedgerError

VERSION = 2

metadata = sa.MetaData()

about = sa.Table("smo_ledger", metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))

runs = sa.Table(
    "smo_runs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in (
            "workspace", "report", "project", "stem", "period_label", "period_start", "period_end", "audience",
            "reason",
            "asked_by", "asked_through", "host", "beat_at", "ended_at", "outcome", "error", "folder", "data_as_of",
        )
    ),
    sa.Column("started_at", sa.Text, nullable=False, index=True),
    *(sa.Column(name, sa.JSON, nullable=False) for name in ("parameters", "fingerprint", "files")),
    *(sa.Column(name, sa.Integer, nullable=False) for name in ("pid", "attempt")),
    sa.Column("rows_used", sa.BigInteger),
    sa.Column("seconds", sa.Float),
    sa.Index("smo_runs_of", "project", "report", "started_at"),
)  # fmt: skip

workspaces = sa.Table(
    "smo_workspaces",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
)

leases = sa.Table(
    "smo_leases",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
)


def make_tables(engine: sa.Engine) -> None:
    """Make the tables where they are not there, and bring older ones up to date.

    Raises
    ------
    LedgerError
        When they are of a newer version.
    """
    metadata.create_all(engine)
    with engine.begin() as connection:
        found = connection.execute(sa.select(sa.func.max(about.c.version))).scalar()
        if found is None:
            connection.execute(about.insert().values(version=VERSION))
        elif found > VERSION:
            raise LedgerError(
                f"the ledger is of version {found}, of a newer SMO Reports; update this one, which knows {VERSION}"
            )
        elif found < VERSION:
            # Version 1 knew one workspace only.
            connection.execute(sa.text("ALTER TABLE smo_runs ADD COLUMN workspace TEXT NOT NULL DEFAULT ''"))
            connection.execute(about.update().values(version=VERSION))
