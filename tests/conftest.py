"""What several test files share: real data, tables on every engine, projects, and row-level oracles."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from smo_reports.commands.demo import Recipe, make_demo
from smo_reports.commands.reports import Wanted, plan_reports
from smo_reports.project import Project, Workspace, find_workspace, parse_project
from smo_reports.runs.batch import run_jobs
from smo_reports.runs.index import write_index
from smo_reports.schema import ESTIMATE_COLUMNS, PERIOD_WORK, TABLES

DATA = Path(os.environ.get("SMO_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "real": pa.float64(),
    "int": pa.int64(),
    "bool": pa.bool_(),
}
KINDS = {column.name: column.kind for table in reversed(TABLES.values()) for column in table.columns}
# What reading adds to the canonical columns.
KINDS |= {
    "audit_round": "int",
    "audit_blind": "bool",
    "audit_handling_s": "real",
    "week": "date",
    "month": "date",
    "violating": "bool",
    "audit_violating": "bool",
    "agreed_violating": "bool",
    "label_rank": "int",
    "severity_weight": "real",
    "outdated_at": "time",
    "gold_label": "text",
    "age_s": "real",
    "closed": "bool",
    "closing": "bool",
    "past_due": "bool",
    "on_time": "bool",
    "reworked": "bool",
    "severe": "bool",
    "day": "date",
}
NULLABLE = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}

Tables = Mapping[str, list[dict[str, Any]]]
Load = Callable[[Tables], dict[str, Any]]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the public data sets."""
    if not DATA.is_dir():
        pytest.skip("the public data sets are not at SMO_TEST_DATA")
    return DATA


@pytest.fixture(scope="session")
def reference(data_folder: Path) -> dict[str, Any]:
    """Textbook values, and independent packages' results on the public data sets."""
    return dict(json.loads((data_folder / "reference-results.json").read_text("utf-8")))


def arrow(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as an Arrow table in the canonical types, whatever their first values are."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], TYPES[KINDS[name]]) for name in names})


class Loaded(dict[str, Any]):
    """Frames by name that share what is counted once for several KPIs, as rows from a source do."""

    def __init__(self, frames: Mapping[str, Any]) -> None:
        super().__init__(frames)
        self.remembered: dict[Any, Any] = {}


@pytest.fixture(scope="session", params=["pandas", "duckdb", "ibis"])
def engine(request: pytest.FixtureRequest) -> Iterator[Load]:
    """Turn tables of plain rows into one engine's frames; every test that asks for it runs on each."""
    if request.param == "pandas":
        yield lambda tables: Loaded(
            {name: arrow(rows).to_pandas(types_mapper=NULLABLE.get) for name, rows in tables.items()}
        )
    elif request.param == "duckdb":
        with duckdb.connect() as connection:
            yield lambda tables: Loaded({name: connection.from_arrow(arrow(rows)) for name, rows in tables.items()})
    else:
        ibis = pytest.importorskip("ibis", reason="the extra sql is not installed")
        server, number = ibis.duckdb.connect(), itertools.count()

        def created(rows: list[dict[str, Any]]) -> Any:
            return server.create_table(f"t{next(number)}", arrow(rows))

        yield lambda tables: Loaded({name: created(rows) for name, rows in tables.items()})


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Build a project from YAML lines of its own, in a folder of its own."""

    def build(extra: str = "", zone: str = "Asia/Jakarta") -> Project:
        text = f"project: p\ntitle: A project\ntime_zone: {zone}\n{extra}"
        return parse_project(text, "params/p.yaml", tmp_path)

    return build


@pytest.fixture
def parquet_project(make_project: Callable[..., Project], tmp_path: Path) -> Callable[..., Project]:
    """Write tables of plain rows as a folder of Parquet files, and give the project that reads it."""

    def build(tables: Tables, extra: str = "", zone: str = "Asia/Jakarta") -> Project:
        folder = tmp_path / "rows"
        folder.mkdir(exist_ok=True)
        for name, rows in tables.items():
            pq.write_table(arrow([{"project": "p", **row} for row in rows]), folder / f"{name}.parquet")
        return make_project(f"source: 'parquet:rows'\n{extra}", zone)

    return build


@pytest.fixture(scope="session")
def estimate_row() -> Callable[..., dict[str, Any]]:
    """Build one estimate, in the frozen columns; keyword arguments replace and add columns."""

    def build(kpi: str = "accuracy", **values: Any) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(ESTIMATE_COLUMNS, "")
        row |= {"kpi": kpi, "unit": "share", "value": 0.9, "low": 0.88, "high": 0.92, "n": 900}
        row |= {"interval": PERIOD_WORK, "level": 0.95, "method": "a method"}
        return row | {"period_start": dt.date(2026, 11, 9), "period_end": dt.date(2026, 11, 16)} | values

    return build


@pytest.fixture(scope="session")
def score_ends() -> Callable[[float, float, float], tuple[float, float]]:
    """Give the score interval as what it is by definition: the roots of (p − x)² = z² x (1 − x) / n."""

    def roots(p: float, n: float, z: float) -> tuple[float, float]:
        found = np.sort(np.roots([1 + z * z / n, -(2 * p + z * z / n), p * p]).real)
        return float(found[0]), float(found[1])

    return roots


@pytest.fixture(scope="session")
def design_by_rows() -> Callable[..., tuple[float, float, float]]:
    """Give share, linearised variance and finite-population factor, row by row from the textbook's formulas."""

    def linearised(hit: np.ndarray, weight: np.ndarray, stratum: np.ndarray) -> tuple[float, float, float]:
        whole, share = weight.sum(), float((weight * hit).sum() / weight.sum())
        score = weight * (hit - share) / whole
        alone = [one for one in np.unique(stratum) if (stratum == one).sum() == 1]
        layer = np.where(np.isin(stratum, alone), -1, stratum)
        known = weight.min() >= 1 and weight.max() > 1
        endless = finite = 0.0
        for one in np.unique(layer):
            own, n = score[layer == one], int((layer == one).sum())
            part = n / (n - 1) * float(((own - own.mean()) ** 2).sum()) if n > 1 else float(own[0] ** 2)
            endless += part
            finite += part * (1 - n / float(weight[layer == one].sum()) if known else 1.0)
        return share, endless, finite / endless if endless > 0 else 1 - (len(hit) / float(whole) if known else 0)

    return linearised


@pytest.fixture(scope="session")
def cluster_by_rows() -> Callable[..., tuple[float, float]]:
    """Give share and cluster-robust variance from the rows' scores, as a sandwich estimator has it."""

    def sandwich(hit: np.ndarray, weight: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
        share = float((weight * hit).sum() / weight.sum())
        members = cluster[:, None] == np.unique(cluster)[None, :]
        meat = float(((members * (weight * (hit - share))[:, None]).sum(axis=0) ** 2).sum())
        clusters = members.shape[1]
        return share, clusters / (clusters - 1) * meat / float(weight.sum()) ** 2

    return sandwich


DEMO_END = dt.date(2026, 11, 16)
DEMO_PROJECT = "hate-speech-id"


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Workspace:
    """The small demo world, imported; all workers of a parallel run share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demo"
    with FileLock(f"{folder}.lock"):
        if not (folder / "smo.yaml").is_file():
            make_demo(folder, Recipe("small", end=str(DEMO_END)))
    return find_workspace(folder)


@pytest.fixture(scope="session")
def demo_reports(demo_workspace: Workspace) -> Workspace:
    """The demo's workspace with the reports of its largest project for both audiences: kernels, for who needs pages."""
    folder = demo_workspace.root
    with FileLock(f"{folder}.reports.lock"):
        if not (folder / "reports" / "index.html").is_file():
            wanted = Wanted((), (DEMO_PROJECT,), "2026-W46", ("stakeholder", "lead"))
            outcomes = run_jobs(plan_reports(demo_workspace, wanted), 2)
            assert {(outcome.job.name, outcome.error) for outcome in outcomes} == {
                (f"{report}{lead} of {DEMO_PROJECT}, 2026-W46", "")
                for report in ("kpi", "rca", "brief", "staffing")
                for lead in ("", ".lead")
            }
            write_index(folder / "reports", folder / "templates", title="Demo")
    return demo_workspace


@pytest.fixture
def in_demo(demo_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The demo's workspace as the current folder."""
    monkeypatch.chdir(demo_workspace.root)
    return demo_workspace


@pytest.fixture(scope="session")
def demo_pages(demo_reports: Workspace) -> Path:
    """The folder of the demo's KPI pages: kpi.html and kpi.lead.html, with their executed copies and records."""
    return demo_reports.root / "reports" / DEMO_PROJECT / "kpi" / "2026-W46"
