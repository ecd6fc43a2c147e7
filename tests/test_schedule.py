"""When reports are run: cron lines in time zones, what was missed, two schedulers at once, stopping, edited files."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zoneinfo
from itertools import islice, takewhile
from pathlib import Path

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from smo_reports.cli import run_app
from smo_reports.commands.schedule import Scheduler, next_slots
from smo_reports.errors import ProjectError
from smo_reports.project import Workspace, find_workspace, parse_project
from smo_reports.runs.ledger import open_ledger
from smo_reports.runs.ledger.leases import Leases
from smo_reports.runs.slots import Line, coming, due

BERLIN, JAKARTA = zoneinfo.ZoneInfo("Europe/Berlin"), zoneinfo.ZoneInfo("Asia/Jakarta")
NOW = dt.datetime(2026, 11, 23, 0, 0, 30, tzinfo=dt.UTC)
"""Monday, seven o'clock and half a minute in Jakarta."""
TEMPLATES = Path(__file__).parents[1] / "templates"
V4 = nbformat.v4


def line(every: str, zone: zoneinfo.ZoneInfo = BERLIN, subject: str = "demo") -> Line:
    return Line(subject, "kpi", every, zone)


def after(every: str, start: dt.datetime, count: int) -> list[str]:
    return [slot.at.isoformat(timespec="minutes") for slot in islice(line(every).after(start), count)]


def test_an_hour_that_is_skipped_and_one_that_comes_twice() -> None:
    """In Berlin 2:30 is not on 29 March 2026 and comes twice on 25 October: it is run at three, and once."""
    spring = dt.datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert after("30 2 * * *", spring, 2) == ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]
    autumn = dt.datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    assert after("30 2 * * *", autumn, 2) == ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]
    hourly = after("0 * * * *", dt.datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), 3)
    assert hourly == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00"]


def test_each_line_is_in_its_own_time_zone() -> None:
    both = [line("0 7 * * MON", BERLIN, "de"), line("0 7 * * MON", JAKARTA, "id")]
    found = list(islice(coming(both, dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)), 3))
    assert [(slot.subject, slot.at.astimezone(dt.UTC).hour, slot.at.day) for slot in found] == [
        ("id", 0, 23),
        ("de", 6, 23),
        ("id", 0, 30),
    ]
    assert found[0].name == "slot:id/kpi@2026-11-23T00:00+00:00"


@pytest.mark.parametrize(
    ("now", "catch_up", "expected"),
    [
        (NOW, 24, ["2026-11-23T07:00"]),
        (NOW + dt.timedelta(hours=20), 24, ["2026-11-23T07:00"]),
        (NOW + dt.timedelta(hours=25), 24, []),
        (NOW - dt.timedelta(minutes=1), 24, []),
        (NOW + dt.timedelta(days=15), 24 * 31, ["2026-12-07T07:00"]),
    ],
    ids=["on time", "late", "too late", "too early", "the newest of three"],
)
def test_what_is_due(now: dt.datetime, catch_up: int, expected: list[str]) -> None:
    found = due([line("0 7 * * MON", JAKARTA)], now, dt.timedelta(hours=catch_up))
    assert [f"{slot.at:%Y-%m-%dT%H:%M}" for slot in found] == expected


def test_the_minute_of_the_slot_itself_counts() -> None:
    at = dt.datetime(2026, 11, 23, 7, tzinfo=JAKARTA)
    assert len(due([line("0 7 * * MON", JAKARTA)], at, dt.timedelta(hours=1))) == 1


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ("0 7 * * MOM", "is no cron line"),
        ("0 25 * * *", "is no cron line"),
        ("0 0 7 * * MON", "has 6 fields; a cron line has five, such as 0 7 * * MON"),
        ("at seven", "is no cron line"),
    ],
)
def test_a_line_that_is_none_is_told_so_when_it_is_read(tmp_path: Path, every: str, said: str) -> None:
    text = f"project: p\ntitle: A\ntime_zone: Asia/Jakarta\nreports: {{kpi: {{every: '{every}'}}}}\n"
    with pytest.raises(ProjectError, match=re.escape(said)):
        parse_project(text, "params/p.yaml", tmp_path)


def make_workspace(root: Path, every: str = "0 7 * * MON", source: str = "print(project, start, end)") -> Path:
    (root / "smo.yaml").write_text("title: Trials\ncatch_up_hours: 200\n")
    (root / "templates").symlink_to(TEMPLATES)
    for folder in ("notebooks", "params", "rows"):
        (root / folder).mkdir()
    one = {"decision_id": "d", "project": "demo", "item_id": "i", "labeler_id": "L", "label": "hate"}
    pq.write_table(pa.Table.from_pylist([one]), root / "rows" / "decisions.parquet")
    settings = {
        "project": "demo",
        "title": "D",
        "time_zone": "Asia/Jakarta",
        "source": "parquet:rows",
        "labels": {"violating": ["hate"], "benign": ["normal"]},
        "reports": {"kpi": {"every": every}},
    }
    (root / "params" / "demo.yaml").write_text(yaml.safe_dump(settings))
    parameters = V4.new_code_cell('project = ""\nstart = ""\nend = ""\n', metadata={"tags": ["parameters"]})
    cells = [parameters, V4.new_code_cell(source)]
    nbformat.write(V4.new_notebook(cells=cells), root / "notebooks" / "kpi.ipynb")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


def test_a_slot_is_run_once_and_with_the_period_of_its_time(root: Path) -> None:
    log: list[str] = []
    scheduler = Scheduler(root, log.append)
    outcomes = scheduler.tick(NOW + dt.timedelta(days=3))
    assert sorted(outcome.job.stem for outcome in outcomes) == ["kpi", "kpi.lead"]
    assert {outcome.outcome for outcome in outcomes} == {"succeeded"}
    assert {outcome.job.period_label for outcome in outcomes} == {"2026-W47"}
    assert log[0] == "kpi of demo: 2026-11-23 07:00 WIB was missed and is made up for"
    assert scheduler.tick(NOW + dt.timedelta(days=3, minutes=1)) == []
    # Another program, and another day: the slot is done for all, and there is a new one.
    other = Scheduler(root, log.append)
    assert other.tick(NOW + dt.timedelta(days=3, minutes=2)) == []
    assert {outcome.job.period_label for outcome in other.tick(NOW + dt.timedelta(days=7))} == {"2026-W48"}
    entries = open_ledger(find_workspace(root)).find()
    assert [entry.asked_through for entry in entries] == ["schedule"] * 4
    assert (root / "reports" / "index.html").is_file()


def test_an_edited_file_counts_at_once_and_a_broken_one_as_it_was(root: Path) -> None:
    log: list[str] = []
    scheduler = Scheduler(root, log.append)
    file = root / "params" / "demo.yaml"
    good = file.read_text()
    assert [one.every for one in scheduler.lines()] == ["0 7 * * MON"]
    file.write_text(good.replace("0 7 * * MON", "0 9 * * MOM"))
    assert [one.every for one in scheduler.lines()] == ["0 7 * * MON"]
    assert [one.every for one in scheduler.lines()] == ["0 7 * * MON"]
    file.write_text(good.replace("0 7 * * MON", "0 9 * * TUE"))
    assert [one.every for one in scheduler.lines()] == ["0 9 * * TUE"]
    assert len(log) == 2
    assert log[0].startswith("params/demo.yaml cannot be read and counts as it was: ")
    assert "'0 9 * * MOM' is no cron line" in log[0]
    assert log[1] == "params/demo.yaml can be read again"


def test_what_cannot_be_planned_is_tried_again_later_and_later(root: Path) -> None:
    log: list[str] = []
    scheduler = Scheduler(root, log.append)
    notebook = root / "notebooks" / "kpi.ipynb"
    kept = notebook.read_bytes()
    notebook.write_text("{}")
    assert scheduler.tick(NOW) == []
    assert "kpi of demo cannot be planned and is tried again in 30 s" in log[0]
    assert scheduler.tick(NOW + dt.timedelta(seconds=20)) == []
    assert len(log) == 1
    scheduler.tick(NOW + dt.timedelta(seconds=31))
    assert "tried again in 60 s" in log[1]
    notebook.write_bytes(kept)
    assert len(scheduler.tick(NOW + dt.timedelta(seconds=120))) == 2


def test_once_it_drains_nothing_is_begun_and_the_slot_is_left_for_the_next(root: Path) -> None:
    draining = threading.Event()
    scheduler = Scheduler(root, lambda _line: None, draining)
    draining.set()
    assert scheduler.tick(NOW) == []
    scheduler.run()
    assert len(Scheduler(root, lambda _line: None).tick(NOW)) == 2


def test_without_its_ledger_nothing_is_run_so_that_nothing_is_run_twice(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: list[str] = []
    scheduler = Scheduler(root, log.append)
    with monkeypatch.context() as patch:
        patch.setattr(type(scheduler.ledger), "attempt", lambda *_args, **_more: None)
        assert scheduler.tick(NOW) == []
        assert scheduler.tick(NOW) == []
    assert log == ["the ledger cannot be reached: nothing is run until it can, so that nothing is run twice"]
    assert len(scheduler.tick(NOW)) == 2


def test_a_lease_is_one_holders_until_it_ends_and_what_is_done_stays_done(tmp_path: Path) -> None:
    ledger = open_ledger(Workspace(root=tmp_path))
    one, other = Leases(ledger, "one"), Leases(ledger, "other")
    assert one.take("a", 60)
    assert not other.take("a", 60)
    assert not other.renew("a", 60)
    assert one.renew("a", 0)
    time.sleep(0.01)
    assert other.take("a", 60)
    assert not one.finish("a")
    assert other.finish("a")
    assert not one.take("a", 60)
    assert one.done(["a", "b"]) == {"a"}
    assert one.take("b", 60)
    one.give_back("b")
    assert other.take("b", 60)
    other.forget(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    assert one.take("a", 60)


def test_two_schedulers_at_once_run_every_slot_once(tmp_path: Path) -> None:
    """Both programs see the same ten slots, one after the other; nothing is run twice, nothing is left out."""
    root = make_workspace(tmp_path, every="* * * * *")
    program = """
import datetime as dt, json, sys
from pathlib import Path
from smo_reports.cli import run_app
from smo_reports.commands.schedule import Scheduler
scheduler = Scheduler(Path(sys.argv[1]), lambda line: None)
start = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
for minute in range(10):
    for outcome in scheduler.tick(start + dt.timedelta(minutes=minute)):
        print(minute, outcome.job.stem, outcome.outcome)
"""
    command = [sys.executable, "-c", program, str(root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [line for process in both for line in process.communicate(timeout=240)[0].splitlines()]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(line.rsplit(" ", 1)[0] for line in said) == sorted(
        f"{minute} {stem}" for minute in range(10) for stem in ("kpi", "kpi.lead")
    )
    # The week is the same in all ten: one page of each audience is made, and the rest finds it there.
    assert sum(line.endswith("succeeded") for line in said) == 2


def test_the_command_shows_what_is_coming_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    root = make_workspace(tmp_path, every="* * * * *", source="import time; time.sleep(3); print('slept')")
    shown = subprocess.run(
        [sys.executable, "-m", "smo_reports", "schedule", "--next", "2"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert len(shown) == 2
    assert shown[0].endswith("WIB  kpi of demo")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "smo_reports", "schedule"], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert "watching 1 cron lines" in process.stdout.readline()
    until = time.monotonic() + 60
    ledger = open_ledger(find_workspace(root))
    while not ledger.find(outcomes=["running"]) and time.monotonic() < until:
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGTERM)
    rest = process.communicate(timeout=240)[0]
    assert process.returncode == 0
    assert "stopping: what runs is finished" in rest
    assert rest.splitlines()[-1].endswith("stopped")
    entries = ledger.find()
    assert entries
    assert {entry.outcome for entry in entries} == {"succeeded"}
    assert json.loads((root / "reports/demo/kpi" / entries[0].period_label / "kpi.json").read_text())["error"] == ""


def test_what_is_coming_is_of_all_projects(root: Path) -> None:
    found = next_slots(find_workspace(root), NOW, 2)
    assert [(slot.subject, slot.report) for slot in found] == [("demo", "kpi")] * 2


def test_for_whoever_has_cron_one_command_runs_what_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_workspace(tmp_path, every="0 0 1 * *"))
    (tmp_path / "smo.yaml").write_text("title: Trials\ncatch_up_hours: 744\n")

    def run(*more: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["smo", "run", "--due", *more])
        code = run_app()
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, _ = run("--json")
    assert code == 0
    assert sorted(one["audience"] for one in json.loads(out)["runs"]) == ["lead", "stakeholder"]
    code, out, _ = run()
    assert (code, out.count("succeeded")) == (0, 0)
    code, _, err = run("--project", "demo")
    assert code == 1
    assert "leave all other arguments but --executor and --json out" in err
    (tmp_path / "params" / "demo.yaml").write_text("project: demo")
    code, _, err = run()
    assert code == 1
    assert "params/demo.yaml cannot be read and counts as it was" in err


@pytest.mark.parametrize(("every", "slots"), [("0 * * * *", 7), ("*/15 * * * *", 28), ("30 1 * * *", 1)])
def test_in_the_hour_that_comes_twice_every_slot_is_due_once_at_its_time(every: str, slots: int) -> None:
    """New York's clocks go back on 2026-11-01 at 06:00 UTC; the clock is looked at every 20 seconds."""
    hourly = line(every, zoneinfo.ZoneInfo("America/New_York"))
    start = dt.datetime(2026, 11, 1, 2, 59, 59, tzinfo=dt.UTC)
    end = start + dt.timedelta(hours=7)
    listed = [slot.name for slot in takewhile(lambda slot: slot.at <= end, hourly.after(start))]
    seen: list[str] = []
    for step in range(7 * 180 + 1):
        for slot in due([hourly], start + dt.timedelta(seconds=20 * step), dt.timedelta(minutes=30)):
            assert slot.at <= start + dt.timedelta(seconds=20 * step)
            if slot.name not in seen and slot.at > start:
                seen.append(slot.name)
    assert seen == listed
    assert len(seen) == slots


def test_an_end_that_could_not_be_entered_is_entered_later_and_the_slot_not_run_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Scheduler(root, lambda _line: None)
    with monkeypatch.context() as patch:
        patch.setattr(Leases, "finish", lambda *_: False)
        assert len(scheduler.tick(NOW)) == 2
        assert scheduler.tick(NOW + dt.timedelta(hours=1)) == []
    assert scheduler.tick(NOW + dt.timedelta(hours=1)) == []
    assert scheduler.leases.done([slot.name for slot in due(scheduler.lines(), NOW, dt.timedelta(hours=24))])
