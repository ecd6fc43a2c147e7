"""The same KPIs with the rows on a PostgreSQL server: set SMO_TEST_POSTGRES to the address of one to write to."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from smo_reports import estimates, load_project, read_all
from smo_reports.errors import SourceError
from smo_reports.kpis import KPIS
from smo_reports.period import parse_period
from smo_reports.project import Project, Workspace
from smo_reports.schema import TABLES

ADDRESS = os.environ.get("SMO_TEST_POSTGRES", "")
# One schema a test process: two workers on one server would drop each other's tables.
SCHEMA = f"smo_test_{os.getpid()}"
needs_server = pytest.mark.skipif(not ADDRESS, reason="SMO_TEST_POSTGRES names no PostgreSQL server to write to")


@pytest.fixture(scope="module")
def on_server(demo_workspace: Workspace) -> Iterator[Project]:
    """The demo's largest project, copied to a schema of its own on the server."""
    import pyarrow.parquet as pq

    ibis = pytest.importorskip("ibis", reason="ibis is not installed")
    server = ibis.connect(ADDRESS)
    server.raw_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}").close()
    own = demo_workspace.root / "data" / "hate-speech-id"
    for name in sorted(path.stem for path in own.glob("*.parquet") if path.stem in TABLES):
        server.raw_sql(f"SET search_path TO {SCHEMA}").close()
        rows = pq.read_table(own / f"{name}.parquet")
        assert set(rows.column_names) <= set(TABLES[name].names)
        server.create_table(name, rows)
        server.raw_sql(
            f"INSERT INTO {name} SELECT * FROM {name} LIMIT 5; "
            f"UPDATE {name} SET project = 'other' WHERE ctid IN (SELECT ctid FROM {name} ORDER BY ctid DESC LIMIT 5)"
        ).close()
    server.disconnect()
    address = f"{ADDRESS}{'&' if '?' in ADDRESS else '?'}options=-csearch_path%3D{SCHEMA}"
    project = load_project("hate-speech-id", demo_workspace)
    yield project.model_copy(update={"source": address})
    server = ibis.connect(ADDRESS)
    server.raw_sql(f"DROP SCHEMA {SCHEMA} CASCADE").close()
    server.disconnect()


@needs_server
@pytest.mark.parametrize("by", [[], ["market", "week"]])
def test_equal_numbers_on_server_and_warehouse(on_server: Project, demo_workspace: Workspace, by: list[str]) -> None:
    period = parse_period("2026-11-02/2026-11-16")
    rows = read_all(on_server, period.start, period.end)
    names = [name for name, kpi in KPIS.items() if all(set(by) <= set(rows[table].columns) for table in kpi.needs)]
    there = estimates(names, rows, by)
    here = estimates(names, read_all(load_project("hate-speech-id", demo_workspace), period.start, period.end), by)
    assert there["n"].tolist() == here["n"].tolist()
    assert there["note"].tolist() == here["note"].tolist()
    assert there["n"].sum() > 0
    for column in ("value", "low", "high"):
        assert there[column].tolist() == pytest.approx(here[column].tolist(), rel=1e-9, nan_ok=True), column


@needs_server
def test_an_unreachable_server_is_named_without_its_password(on_server: Project) -> None:
    gone = on_server.model_copy(update={"source": "postgresql://smo:secret@127.0.0.1:1/none"})
    with pytest.raises(SourceError, match="the postgresql server cannot be read") as caught:
        read_all(gone)
    assert "secret" not in str(caught.value)


def test_a_kind_of_server_that_cannot_be_read_is_refused(demo_workspace: Workspace) -> None:
    project = load_project("hate-speech-id", demo_workspace).model_copy(update={"source": "spark://host:7077"})
    with pytest.raises(SourceError, match="spark:// cannot be read by this version"):
        read_all(project)
