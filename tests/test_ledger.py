"""The ledger of runs: on a file and on a server, away for a while, damaged, and after programs that were killed."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from smo_reports.errors import LedgerError
from smo_reports.project import Workspace
from smo_reports.runs.ledger import Asked, Entry, Ledger, open_ledger
from smo_reports.runs.ledger.entry import iso
from smo_reports.runs.ledger.leases import Leases
from smo_reports.runs.ledger.ledger import LOST, entry_of
from smo_reports.runs.ledger.pulse import pulse
from smo_reports.runs.ledger.tables import about, metadata, runs

SERVER = os.environ.get("SMO_TEST_POSTGRES", "")
JOB = {
    "report": "kpi",
    "project": "demo",
    "stem": "kpi",
    "period_label": "2026-W46",
    "period_start": "2026-11-09",
    "period_end": "2026-11-16",
    "audience": "stakeholder",
    "parameters": {"project": "demo", "by": ["policy"]},
    "fingerprint": {"data": "0" * 64},
    "folder": "reports/demo/kpi/2026-W46",
}
ME = Asked("ayu")


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    if request.param == "sqlite":
        yield Workspace(root=tmp_path)
        return
    if not SERVER:
        pytest.skip("SMO_TEST_POSTGRES names no PostgreSQL server to write to")
    schema = f"ledger_{os.getpid()}"
    url = sa.make_url(SERVER).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"drop schema if exists {schema} cascade"))
        connection.execute(sa.text(f"create schema {schema}"))
    own = url.set(drivername="postgresql").update_query_dict({"options": f"-csearch_path={schema}"})
    yield Workspace(root=tmp_path, ledger=own.render_as_string(hide_password=False))
    with engine.begin() as connection:
        connection.execute(sa.text(f"drop schema {schema} cascade"))
    engine.dispose()


@pytest.fixture
def ledger(workspace: Workspace) -> Ledger:
    return open_ledger(workspace)


@pytest.fixture
def file_ledger(tmp_path: Path) -> Ledger:
    return open_ledger(Workspace(root=tmp_path))


def started(**changes: object) -> Entry:
    return replace(entry_of(JOB, ME, "first run"), **changes)


def test_a_run_is_entered_when_it_starts_and_when_it_ends(ledger: Ledger) -> None:
    entry = ledger.begin(started())
    assert ledger.find() == [entry]
    assert (entry.outcome, entry.asked_by, entry.asked_through, entry.pid) == ("running", "ayu", "command", os.getpid())
    ended = ledger.end(entry, "succeeded", files={"kpi.html": "ab"}, rows_used=12, data_as_of="2026-11-15T00:00:00Z")
    assert ledger.find() == [ended]
    assert ended.parameters == {"project": "demo", "by": ["policy"]}
    assert ended.seconds is not None
    assert 0 <= ended.seconds < 5
    assert ended.ended_at >= ended.started_at
    assert ended.name == "kpi of demo, 2026-W46"


def test_runs_are_listed_newest_first_and_filtered(ledger: Ledger) -> None:
    at = dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)
    for number, (project, report, outcome) in enumerate(
        [("a", "kpi", "succeeded"), ("b", "kpi", "failed"), ("a", "rca", "stale"), ("c", "rca", "failed")]
    ):
        when = iso(at + dt.timedelta(minutes=number))
        ledger.end(ledger.begin(started(project=project, report=report, started_at=when)), outcome)  # type: ignore[arg-type]
    assert [entry.project for entry in ledger.find()] == ["c", "a", "b", "a"]
    assert [entry.project for entry in ledger.find(outcomes=["failed"])] == ["c", "b"]
    assert [entry.report for entry in ledger.find(projects=["a"], reports=["rca"])] == ["rca"]
    assert len(ledger.find(most=3)) == 3


def test_a_run_is_found_by_how_its_id_begins(ledger: Ledger) -> None:
    one, other = ledger.begin(started(id="20261123T070000-aa")), ledger.begin(started(id="20261123T070000-ab"))
    assert ledger.get("20261123T070000-aa") == [one]
    assert ledger.get("2026") == [one, other]
    assert ledger.get("%") == []


def test_how_long_a_page_takes_is_the_median_of_its_last_five_good_runs(ledger: Ledger) -> None:
    assert ledger.usual_seconds() == {}
    at = dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)
    for number, seconds in enumerate([900.0, 1.0, 2.0, 3.0, 40.0, 50.0]):
        when = iso(at + dt.timedelta(minutes=number))
        ledger.begin(started(started_at=when, seconds=seconds, outcome="succeeded"))
    ledger.begin(started(seconds=9000.0, outcome="failed"))
    ledger.begin(started(stem="rca", seconds=7.0, outcome="stale"))
    ledger.begin(started(stem="today"))
    assert ledger.usual_seconds() == {("demo", "kpi"): 3.0, ("demo", "rca"): 7.0}


def test_a_run_whose_program_was_killed_is_closed_by_the_next(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from smo_reports.project import Workspace
from smo_reports.runs.ledger import Asked, open_ledger
from smo_reports.runs.ledger.ledger import entry_of
ledger = open_ledger(Workspace(root=Path(sys.argv[1])))
ledger.begin(entry_of(__import__("json").loads(sys.argv[2]), Asked("ayu"), "first run"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), json.dumps(JOB)], check=False)
    assert done.returncode == -9
    ledger = open_ledger(Workspace(root=tmp_path))
    assert ledger.catch_up() == 1
    found = ledger.find()[0]
    assert (found.outcome, found.error) == ("failed", LOST)
    assert ledger.catch_up() == 0


def test_runs_of_this_program_and_of_a_live_one_elsewhere_are_left_alone(ledger: Ledger, workspace: Workspace) -> None:
    now, other = dt.datetime.now(dt.UTC), open_ledger(workspace)
    ledger.begin(started())
    other.begin(started(id="live", host="elsewhere"))
    other.begin(started(id="silent", host="elsewhere", beat_at=iso(now - dt.timedelta(seconds=90))))
    assert ledger.catch_up() == 1
    assert {entry.id: entry.outcome for entry in ledger.find()}["silent"] == "failed"
    assert sum(entry.outcome == "running" for entry in ledger.find()) == 2


def test_a_number_that_a_later_program_has_is_not_the_one_that_ran(file_ledger: Ledger) -> None:
    long_ago = iso(dt.datetime.now(dt.UTC) - dt.timedelta(days=400))
    other = open_ledger(Workspace(root=file_ledger.unrecorded.folder.parents[1]))
    other.begin(started(started_at=long_ago))
    assert file_ledger.catch_up() == 1


def test_a_pulse_says_that_runs_are_under_way(ledger: Ledger) -> None:
    entry = ledger.begin(started(beat_at=iso(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))))
    with pulse(ledger, every=0.05):
        until = time.monotonic() + 60
        while ledger.find()[0].beat_at == entry.beat_at and time.monotonic() < until:
            time.sleep(0.02)
    assert ledger.find()[0].beat_at > entry.started_at
    assert not [thread for thread in threading.enumerate() if thread.name == "pulse"]
    with pulse(None):
        pass


def away(tmp_path: Path) -> Workspace:
    """A ledger on a server that does not answer."""
    return Workspace(root=tmp_path, ledger=f"postgresql://nobody@/none?host={tmp_path}")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    plain = Ledger.attempt
    monkeypatch.setattr(Ledger, "attempt", lambda self, what, patience=0.0: plain(self, what, 0.0))
    return lambda: monkeypatch.undo()


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_entered_waits_and_is_entered_later(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    ledger = open_ledger(away(tmp_path))
    assert not ledger.reachable
    entry = ledger.begin(started())
    ended = ledger.end(entry, "succeeded")
    ledger.beat()
    assert ledger.find() == []
    assert list(ledger.unrecorded) == [ended]
    # The same workspace with a ledger that answers: nothing was lost.
    later = open_ledger(Workspace(root=tmp_path))
    later.catch_up()
    assert later.find() == [ended]
    assert list(later.unrecorded) == []


def test_an_older_state_that_waited_is_not_entered_over_the_end(
    file_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "attempt", lambda *_args, **_more: None)
        entry = file_ledger.begin(started())
    assert list(file_ledger.unrecorded) == [entry]
    ended = file_ledger.end(entry, "succeeded")
    assert list(file_ledger.unrecorded) == []
    # Even where the program was killed before it dropped the file.
    file_ledger.unrecorded.keep(entry)
    file_ledger.catch_up()
    assert file_ledger.find() == [ended]


def test_a_database_that_was_waited_for_in_vain_is_only_tried_for_a_while(file_ledger: Ledger) -> None:
    tried = []

    def away(engine: sa.Engine) -> bool:
        tried.append(1)
        raise sa.exc.OperationalError("select", {}, Exception("gone"))

    assert file_ledger.attempt(away, patience=0.3) is None
    assert len(tried) > 1
    tried.clear()
    assert file_ledger.attempt(away) is None
    assert len(tried) == 1


def test_a_database_that_is_gone_for_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(Workspace(root=tmp_path))
    tried = []

    def sometimes(engine: sa.Engine) -> bool:
        tried.append(1)
        if len(tried) < 3:
            raise sa.exc.OperationalError("select", {}, Exception("gone"))
        return True

    assert ledger.attempt(sometimes) is True
    assert len(tried) == 3


def test_a_file_that_is_no_database_is_kept_aside(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"no database at all, " * 400)
    ledger = open_ledger(Workspace(root=tmp_path))
    ledger.begin(started())
    assert len(ledger.find()) == 1
    [kept] = tmp_path.glob("ledger.sqlite.damaged-*")
    assert kept.read_bytes().startswith(b"no database at all")


def test_a_lost_ledger_begins_anew(file_ledger: Ledger, tmp_path: Path) -> None:
    file_ledger.begin(started())
    file_ledger.engine.dispose()
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    again = open_ledger(Workspace(root=tmp_path))
    assert again.find() == []
    again.begin(started())
    assert len(again.find()) == 1


def test_a_damaged_waiting_file_is_left_alone(file_ledger: Ledger) -> None:
    folder = file_ledger.unrecorded.folder
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text("{")
    file_ledger.unrecorded.keep(started(id="good"))
    file_ledger.catch_up()
    assert [entry.id for entry in file_ledger.find()] == ["good"]
    assert [path.name for path in folder.iterdir()] == ["bad.json"]


def test_two_programs_write_at_once(tmp_path: Path) -> None:
    program = """
import sys, json
from pathlib import Path
from smo_reports.project import Workspace
from smo_reports.runs.ledger import Asked, open_ledger
from smo_reports.runs.ledger.ledger import entry_of
ledger = open_ledger(Workspace(root=Path(sys.argv[1])))
for _ in range(25):
    ledger.end(ledger.begin(entry_of(json.loads(sys.argv[2]), Asked("ayu"), "first run")), "succeeded")
"""
    command = [sys.executable, "-c", program, str(tmp_path), json.dumps(JOB)]
    for process in [subprocess.Popen(command) for _ in range(2)]:
        assert process.wait(60) == 0
    found = open_ledger(Workspace(root=tmp_path)).find(most=100)
    assert [entry.outcome for entry in found] == ["succeeded"] * 50
    assert len({entry.id for entry in found}) == 50


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://x/y", "the ledger can be in sqlite or postgresql, not in 'mysql'"),
        ("pass:word@", "ledger is no database's address; write sqlite:///ledger.sqlite or postgresql://host/name"),
        ("postgresql://u:${SMO_NOT_SET}@h/d", "ledger names ${SMO_NOT_SET}, which is not set; export it"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_the_password(address: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as error:
        open_ledger(Workspace(root=tmp_path, ledger=address))
    assert said in str(error.value)
    assert "pass:word" not in str(error.value)


def test_a_variable_stands_for_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMO_LEDGER_FILE", "elsewhere.sqlite")
    open_ledger(Workspace(root=tmp_path, ledger="sqlite:///${SMO_LEDGER_FILE}")).begin(started())
    assert (tmp_path / "elsewhere.sqlite").is_file()


def test_a_ledger_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(about.insert().values(version=99))
    with pytest.raises(LedgerError, match="version 99, of a newer SMO Reports"):
        open_ledger(Workspace(root=tmp_path))
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(runs)).scalar() == 0


def test_whoever_has_no_account_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert Asked.here("schedule") == Asked(f"uid {os.getuid()}", "schedule")


def test_two_programs_enter_what_waited_at_the_same_time(workspace: Workspace, tmp_path: Path) -> None:
    """After an outage both schedulers of a shared folder find the same files."""
    open_ledger(workspace)
    program = """
import sys
from pathlib import Path
from smo_reports.project import Workspace
from smo_reports.runs.ledger import open_ledger
open_ledger(Workspace(root=Path(sys.argv[1]), ledger=sys.argv[2])).catch_up()
"""
    for _ in range(2):
        kept = open_ledger(workspace).unrecorded
        for number in range(100):
            kept.keep(started(id=f"{time.monotonic()}-{number:03}", outcome="succeeded"))
        command = [sys.executable, "-c", program, str(tmp_path), workspace.ledger]
        for process in [subprocess.Popen(command) for _ in range(2)]:
            assert process.wait(120) == 0
        assert list(kept) == []
    assert len(open_ledger(workspace).find(most=1000)) == 200


def test_text_that_no_database_holds_is_entered_without_it(ledger: Ledger) -> None:
    ledger.end(ledger.begin(started(parameters={"by": ["a\0b"]})), "failed", error="half of \ud83d and \0")
    (found,) = ledger.find()
    assert found.error == "half of ? and \ufffd"
    assert found.parameters == {"by": ["a\ufffdb"]}
    assert list(ledger.unrecorded) == []


def test_tables_that_are_gone_are_made_again(ledger: Ledger) -> None:
    ledger.begin(started())
    metadata.drop_all(ledger.engine)
    assert ledger.find() == []
    entry = ledger.begin(started())
    assert ledger.find() == [entry]


def test_a_file_with_damaged_pages_is_kept_aside(tmp_path: Path) -> None:
    ledger = open_ledger(Workspace(root=tmp_path))
    for _ in range(60):
        ledger.begin(started())
    ledger.engine.dispose()
    file = tmp_path / "ledger.sqlite"
    whole = bytearray(file.read_bytes())
    whole[3 * 4096 :] = os.urandom(len(whole) - 3 * 4096)
    file.write_bytes(whole)
    again = open_ledger(Workspace(root=tmp_path))
    again.catch_up()
    again.begin(started(id="new"))
    assert "new" in [entry.id for entry in again.find()]
    assert len(list(tmp_path.glob("ledger.sqlite.damaged-*"))) == 1


def test_a_file_that_is_removed_under_a_program_is_not_written_to_any_more(file_ledger: Ledger, tmp_path: Path) -> None:
    file_ledger.begin(started())
    for path in tmp_path.glob("ledger.sqlite*"):
        path.unlink()
    entry = file_ledger.begin(started(id="after"))
    assert open_ledger(Workspace(root=tmp_path)).find() == [entry]


def test_a_run_that_was_taken_for_dead_knows_better(ledger: Ledger, workspace: Workspace) -> None:
    silent = iso(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=90))
    entry = ledger.begin(started(host="elsewhere", beat_at=silent))
    assert open_ledger(workspace).catch_up() == 1
    assert [one.outcome for one in open_ledger(workspace).find()] == ["failed"]
    ended = ledger.end(entry, "succeeded")
    assert open_ledger(workspace).find() == [ended]
    # What ended for another reason stays as it ended.
    other = ledger.end(ledger.begin(started(id="other")), "failed", error="ValueError")
    ledger.end(replace(other, outcome="running"), "succeeded")
    assert {one.id: one.error for one in ledger.find()}["other"] == "ValueError"


def test_workspaces_that_share_a_ledger_have_runs_and_leases_of_their_own(workspace: Workspace, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("a", "b")}
    for folder in folders.values():
        folder.mkdir()
    address = workspace.ledger or f"sqlite:///{tmp_path / 'shared.sqlite'}"
    one, other = (open_ledger(Workspace(root=folders[name], ledger=address, name=name)) for name in folders)
    entry = one.end(one.begin(started(seconds=1.0)), "succeeded")
    assert one.find() == [entry]
    assert (other.find(), other.get(entry.id), other.usual_seconds()) == ([], [], {})
    mine, theirs = Leases(one, "one"), Leases(other, "other")
    assert mine.take("slot", 60)
    assert theirs.take("slot", 60)
    assert mine.finish("slot")
    assert (mine.done(["slot"]), theirs.done(["slot"])) == ({"slot"}, set())


def test_two_workspaces_without_a_name_are_not_mixed(workspace: Workspace, tmp_path: Path) -> None:
    address = workspace.ledger or f"sqlite:///{tmp_path / 'shared.sqlite'}"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    open_ledger(Workspace(root=folders[0], ledger=address))
    with pytest.raises(LedgerError, match="another workspace without a name uses this ledger"):
        open_ledger(Workspace(root=folders[1], ledger=address))
    open_ledger(Workspace(root=folders[1], ledger=address, name="jakarta"))
    open_ledger(Workspace(root=folders[0], ledger=address))


def test_a_ledger_of_the_first_version_goes_on(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE smo_runs DROP COLUMN workspace"))
        connection.execute(about.insert().values(version=1))
        old = {name: value for name, value in asdict(started(id="old")).items() if name != "workspace"}
        connection.execute(
            sa.insert(sa.table("smo_runs", *map(sa.column, old))).values(
                {**old, "parameters": "{}", "fingerprint": "{}", "files": "{}"}
            )
        )
    ledger = open_ledger(Workspace(root=tmp_path))
    ledger.begin(started(id="new"))
    assert {entry.id for entry in ledger.find()} == {"old", "new"}
    assert len(open_ledger(Workspace(root=tmp_path)).find()) == 2
