"""The warehouse: one commit or none, whatever happens; readers pinned; what people enter."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import filelock
import pyarrow as pa
import pytest

from smo_reports.errors import ImportFileError, WarehouseError
from smo_reports.project import Project, parse_project
from smo_reports.schema import TABLES
from smo_reports.warehouse import Parsed, Part, Warehouse, add_event, catalog, land, staging, store
from smo_reports.warehouse.counts import ImportCounts
from smo_reports.warehouse.rules import HAPPENED

YAML = "project: {name}\ntitle: A test\ntime_zone: {zone}\n"


def project(name: str = "hate-id", zone: str = "Asia/Jakarta") -> Project:
    return parse_project(YAML.format(name=name, zone=zone), "params/x.yaml")


def decisions(ids: list[str], label: str = "hate", **columns: list[str | None]) -> Parsed:
    lines = pa.array(range(1, len(ids) + 1), pa.int64())
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    fixed = {
        "decision_id": pa.array(ids, pa.string()),
        "item_id": pa.array([f"i{one}" for one in ids]),
        "labeler_id": pa.array(["L1"] * len(ids), pa.string()),
        "label": pa.array([label] * len(ids), pa.string()),
    }
    return Parsed("decisions", pa.table({"_line": lines, **fixed, **texts}))


def audits(ids: list[str]) -> Parsed:
    rows = {
        "audit_id": [f"a{one}" for one in ids],
        "decision_id": ids,
        "auditor_id": ["Q1"] * len(ids),
        "audited_at": ["2026-03-02T10:00:00Z"] * len(ids),
        "correct": ["true"] * len(ids),
    }
    return Parsed("audits", pa.table({"_line": list(range(1, len(ids) + 1)), **rows}))


def put(warehouse: Warehouse, *parsed: Parsed, into: Project | None = None, sha: str = "s1") -> ImportCounts:
    return land(warehouse, into or project(), [Part("delimited", parsed, name="x.csv", sha256=sha)])


def rows(warehouse: Warehouse, table: str, name: str = "hate-id", version: int | None = None) -> pa.Table:
    found = warehouse.tables(name, version)[table]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        files = ", ".join(f"'{file}'" for file in found.files)
        query = f"SELECT * FROM read_parquet([{files}], hive_partitioning = true) ORDER BY ALL"
        return connection.sql(query).to_arrow_table()


def test_an_empty_warehouse(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "none")
    assert (warehouse.version(), warehouse.tables("hate-id"), warehouse.zone("hate-id")) == (0, {}, None)
    assert not (tmp_path / "none").exists()


def test_what_is_stored_is_listed_without_columns_that_are_all_null(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    put(
        warehouse,
        decisions(["1", "2"], submitted_at=["2026-03-01T20:30:00Z", None], model_score=["0.5", None]),
    )
    put(warehouse, decisions(["9"], policy=["scam"]), into=project("scam-id"))
    found = warehouse.tables("hate-id")["decisions"]
    wanted = [
        "decision_id",
        "project",
        "item_id",
        "labeler_id",
        "label",
        "submitted_at",
        "work_date",
        "local_hour",
        "model_score",
    ]
    assert found.rows == 2
    assert found.columns == tuple(wanted)
    assert all(Path(file).is_absolute() and Path(file).is_file() for file in found.files)
    assert "policy" in warehouse.tables("scam-id")["decisions"].columns
    first = rows(warehouse, "decisions").to_pylist()[0]
    assert first["submitted_at"] == dt.datetime(2026, 3, 1, 20, 30, tzinfo=dt.UTC)
    # 20:30 UTC on a Sunday is 03:30 on Monday in Jakarta.
    assert (first["work_date"], first["local_hour"]) == (dt.date(2026, 3, 2), 3)
    assert rows(warehouse, "decisions").schema.field("submitted_at").type == pa.timestamp("us", tz="UTC")


def test_a_warehouse_that_is_made_anew_in_the_same_place_is_read_anew(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w")
    put(warehouse, decisions(["d1", "d2"]))
    before = (warehouse.version(), warehouse.tables("hate-id")["decisions"])
    assert Warehouse(tmp_path / "w").tables("hate-id")["decisions"] == before[1]
    shutil.rmtree(tmp_path / "w")
    put(warehouse, decisions(["d3"]))
    after = warehouse.tables("hate-id")["decisions"]
    assert (warehouse.version(), after.rows) == (before[0], 1)
    assert not {*after.files} & {*before[1].files}
    assert rows(warehouse, "decisions")["decision_id"].to_pylist() == ["d3"]


def test_an_old_version_stays_readable_after_many_imports(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    for number in range(6):
        put(warehouse, decisions([str(number)], label=f"l{number}"), sha=f"s{number}")
        put(warehouse, decisions(["0"], label=f"changed{number}"), sha=f"t{number}")
    assert warehouse.version() == 12
    assert rows(warehouse, "decisions", version=1).column("label").to_pylist() == ["l0"]
    assert warehouse.tables("hate-id", 3)["decisions"].rows == 2
    assert warehouse.tables("hate-id")["decisions"].rows == 6
    with pytest.raises(WarehouseError, match="no version 99; the newest is 12"):
        warehouse.tables("hate-id", 99)


def test_a_correction_of_more_rows_than_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_PIECE", 1)
    monkeypatch.setattr(staging, "_BATCH", 2)
    warehouse = Warehouse(tmp_path)
    ids = [str(number) for number in range(9)]
    put(warehouse, decisions(ids))
    put(warehouse, decisions(["a", "b", "c"]), into=project("other"))
    counts = put(warehouse, decisions([*ids[:5], "x"], label="scam"), sha="s2")
    assert (counts.taken, counts.updated) == (1, 5)
    assert rows(warehouse, "decisions").column("label").to_pylist() == ["scam"] * 5 + ["hate"] * 4 + ["scam"]
    assert len(warehouse.tables("hate-id")["decisions"].files) > 1
    assert warehouse.tables("other")["decisions"].rows == 3


def test_a_changed_time_zone_is_refused(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1"]))
    assert warehouse.zone("hate-id") == "Asia/Jakarta"
    with pytest.raises(WarehouseError, match=r"under Asia/Jakarta.*now Asia/Makassar.*new warehouse folder, or put"):
        put(warehouse, decisions(["2"]), into=project(zone="Asia/Makassar"))
    put(warehouse, decisions(["2"]), into=project("other", zone="Asia/Makassar"))
    assert (warehouse.version(), warehouse.zone("other")) == (2, "Asia/Makassar")


NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def test_a_time_in_the_future(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    times = ["2026-03-03T12:00:00Z", "2026-03-03T12:00:01Z", None, "2026-03-03T19:00:01"]
    dates = ["2026-03-04", None, "2026-03-05", None]
    given = decisions(["1", "2", "3", "4"], submitted_at=times, work_date=dates, due_at=["2031-01-01"] * 4)
    part = Part("delimited", [given, audits(["1"])], name="x.csv", sha256="s1")
    counts = land(warehouse, project(), [part], now=NOW)
    # 24 hours ahead is still taken; 19:00:01 in Jakarta is a second later. A date has the easternmost zone's day.
    assert counts.rejects == {"time in the future": 3}
    assert [row["decision_id"] for row in rows(warehouse, "decisions").to_pylist()] == ["1"]
    details = [row["detail"] for row in rows(warehouse, "rejects").to_pylist()]
    assert sum("submitted_at 2026-03-03 12:00:01+00 is more than a day ahead" in one for one in details) == 2
    assert sum("work_date 2026-03-05 is more than a day ahead" in one for one in details) == 1
    again = land(warehouse, project(), [part], now=NOW + dt.timedelta(microseconds=1))
    assert (again.version, again.set_aside) == (counts.version, 3)
    # Once the clock has come so far, the same file is taken.
    assert land(warehouse, project(), [part], now=NOW + dt.timedelta(days=9)).table("decisions").taken == 3


def test_the_clock_is_the_machines_own_where_none_is_given(tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    times = [(now + dt.timedelta(hours=hours)).isoformat() for hours in (-1, 23, 25)]
    assert put(Warehouse(tmp_path), decisions(["1", "2", "3"], submitted_at=list(times))).set_aside == 1


@pytest.mark.parametrize("table", HAPPENED)
def test_what_has_happened_is_a_time_of_its_table(table: str) -> None:
    assert {TABLES[table][name].kind for name in HAPPENED[table]} <= {"time", "date"}


def test_all_is_on_disk_before_a_catalog_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1", "2"]))
    old = set(tmp_path.rglob("*"))
    flushed: set[int] = set()
    seen: list[set[int]] = []
    sync, link = os.fsync, os.link

    def syncing(handle: int) -> None:
        sync(handle)
        flushed.add(os.fstat(handle).st_ino)

    def linking(source: Path, target: Path) -> None:
        seen.append(set(flushed))
        link(source, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(os, "link", linking)
    put(warehouse, decisions(["1"], label="other"), audits(["1"]), sha="s2")
    (before,) = seen
    made = {path for path in set(tmp_path.rglob("*")) - old if path.parent.name != "_catalog"}
    kinds = {path.name.partition(".")[2] for path in made if path.is_file()}
    assert "json" in kinds
    assert sum(path.suffix == ".parquet" for path in made) == 3  # of decisions, audits and imports
    folders = {path.parent for path in made}
    assert {tmp_path, tmp_path / "decisions" / "project=hate-id", tmp_path / "audits" / "_delta_log"} <= folders
    assert [path for path in made | folders if path.stat().st_ino not in before] == []
    assert not before & {path.stat().st_ino for path in old if path.suffix == ".parquet"}


def test_a_second_writer_is_told_which_lock(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1"]))
    part = Part("delimited", [decisions(["2"])], name="x.csv", sha256="s2")
    said = pytest.raises(WarehouseError, match=r"held .*writer\.lock for 0\.1 seconds; wait")
    with filelock.FileLock(tmp_path / "_catalog" / "writer.lock"), said:
        land(warehouse, project(), [part], timeout=0.1)
    assert warehouse.version() == 1
    assert land(warehouse, project(), [part]).taken == 1


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_warehouse import audits, decisions, put
from smo_reports.warehouse import Warehouse, landing

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

point = {point!r}
written = landing.write
def write_then_die(root, name, *rest):
    version = written(root, name, *rest)
    return die() if name == point else version
if point == "link":
    os.link = die
else:
    landing.write = write_then_die
put(Warehouse(Path({root!r})), decisions(["1"], label="other"), decisions(["3"]), audits(["1", "3"]),
sha="s2")
"""


# "link" dies when every table is written and the catalog is not published.
@pytest.mark.parametrize("point", ["decisions", "link"])
def test_a_killed_import_leaves_the_warehouse_as_it_was(tmp_path: Path, point: str) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1", "2"]))
    before = rows(warehouse, "decisions")
    code = CHILD.format(tests=str(Path(__file__).parent), point=point, root=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert warehouse.version() == 1
    assert rows(warehouse, "decisions").equals(before)
    assert "audits" not in warehouse.tables("hate-id")
    counts = put(warehouse, decisions(["1"], label="other"), decisions(["3"]), audits(["1", "3"]), sha="s2")
    assert (counts.version, counts.table("decisions").taken, counts.table("decisions").updated) == (2, 1, 1)
    assert counts.table("audits").taken == 2
    assert rows(warehouse, "decisions").column("label").to_pylist() == ["other", "hate", "hate"]
    assert warehouse.tables("hate-id")["audits"].rows == 2
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == []
    assert not list((tmp_path / "_catalog").glob(".*"))


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_warehouse import decisions, put
from smo_reports.errors import WarehouseError
from smo_reports.warehouse import Warehouse
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    put(Warehouse(Path({root!r})), decisions([str(n) for n in range(50_000)]), sha="s2")
except WarehouseError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [20_000, 400_000])
def test_a_full_disk_leaves_the_warehouse_as_it_was(tmp_path: Path, limit: int) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1", "2"]))
    code = FULL.format(tests=str(Path(__file__).parent), limit=limit, root=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "import stopped, nothing was changed" in done.stdout, done.stderr
    assert (warehouse.version(), warehouse.tables("hate-id")["decisions"].rows) == (1, 2)
    assert put(warehouse, decisions(["3"]), sha="s3").taken == 1
    assert rows(warehouse, "decisions").num_rows == 3


def test_a_reader_sees_its_version_while_imports_run(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    put(warehouse, decisions(["1", "2"]), audits(["1"]))
    seen: set[tuple[int, int, int]] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            newest = warehouse.tables("hate-id")
            pinned = rows(warehouse, "decisions", version=1).num_rows
            seen.add((pinned, newest["decisions"].rows, newest["audits"].rows))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(3, 8):
        ids = [str(number)]
        put(warehouse, decisions(ids), decisions(["1"], label=f"l{number}"), audits(ids), sha=f"s{number}")
    stop.set()
    reader.join()
    # Never half an import: an audit comes with its decision.
    assert {pinned for pinned, _, _ in seen} == {2}
    assert all(newest == audited + 1 for _, newest, audited in seen), seen
    assert rows(warehouse, "decisions").num_rows == 7


def test_a_catalog_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "_catalog").mkdir()
    catalog.publish(tmp_path, catalog.Catalog(version=1, tables={"gold": 3}))
    with pytest.raises(WarehouseError, match=r"00000001\.json exists already"):
        catalog.publish(tmp_path, catalog.Catalog(version=1, tables={"gold": 4}))
    assert catalog.load(tmp_path).tables == {"gold": 3}
    (tmp_path / "_catalog" / "00000002.json").write_text("{")
    with pytest.raises(WarehouseError, match=r"00000002\.json: not a catalog"):
        catalog.load(tmp_path)


def test_an_event_is_recorded_once(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    at = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    first = add_event(warehouse, project(), "guideline", "Slurs, second edition", at, policy="hate", version="2")
    again = add_event(warehouse, project(), "guideline", "Slurs, second edition", at, policy="hate", version="2")
    other = add_event(warehouse, project(), "tool", "Release 7", "2026-03-02T09:00")
    assert first == again != other
    assert warehouse.version() == 2
    local, utc = sorted(row["at"] for row in rows(warehouse, "events").to_pylist())
    assert (local.hour, utc.hour) == (2, 9)


def test_an_event_that_breaks_a_rule_is_refused(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with pytest.raises(ImportFileError, match="unknown kind of event 'guidline'; did you mean 'guideline'"):
        add_event(warehouse, project(), "guidline", "x", "2026-03-02")
    with pytest.raises(ImportFileError, match="no column 'polcy'; did you mean 'policy'"):
        add_event(warehouse, project(), "tool", "x", "2026-03-02", polcy="hate")
    with pytest.raises(ImportFileError, match="at '2 March' is not a time that can be read: it is not ISO 8601"):
        add_event(warehouse, project(), "tool", "x", "2 March")
    with pytest.raises(ImportFileError, match=r"out of order: at .* is after ended_at"):
        add_event(warehouse, project(), "tool", "x", "2026-03-02", ended_at="2026-03-01")
    assert warehouse.version() == 0
    with pytest.raises(ImportFileError, match="memory limit 'much' is no size; write it like 1GB"):
        land(warehouse, project(), [], memory_limit="much")
