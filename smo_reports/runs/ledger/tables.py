"""The ledger's tables, the same in SQLite and PostgreSQL; times are texts, which both sort alike."""

from __future__ import annotations

import sqlalchemy as sa

VERSION = 1

metadata = sa.MetaData()

about = sa.Table("smo_ledger", metadata, sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))

runs = sa.Table(
    "smo_runs",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in (
            "report", "project", "stem", "period_label", "period_start", "period_end", "audience", "reason",
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

leases = sa.Table(
    "smo_leases",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
)
