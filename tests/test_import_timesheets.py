"""Import of working hours: Toggl, Clockify, Harvest, and in-house files, with the traps of their dates and decimals."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from smo_reports.errors import ImportFileError, ProjectError
from smo_reports.project import Project, parse_import_map, parse_project
from smo_reports.sources.importing import import_file
from smo_reports.sources.label_studio_results import person
from smo_reports.sources.timesheet_clock import by_day, elapsed, hours_of
from smo_reports.warehouse import ImportCounts, Warehouse
from smo_reports.warehouse.withdrawn import LEFT, RECLASSIFIED, REPLACED

TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,"
    "Amount (USD)"
)
CLOCKIFY = (
    "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,End Time,"
    "Duration (h),Duration (decimal),Billable Rate (USD),Billable Amount (USD)"
)
CLOCKIFY_ID = (
    "Proyek,Klien,Deskripsi,Tugas,Pengguna,Grup,Email,Tag,Dapat ditagih,Tanggal Mulai,Waktu Mulai,Tanggal Selesai,"
    "Waktu Selesai,Durasi (h),Durasi (desimal)"
)
HARVEST = (
    "Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,Invoiced?,First Name,Last Name,"
    "Employee Id,Roles,Employee?,Billable Rate,Billable Amount,Cost Rate,Cost Amount,Currency,External Reference URL"
)
ANA = person("ana@x.org")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return parse_project("project: p\ntitle: A\ntime_zone: Asia/Jakarta\n", "params/p.yaml", tmp_path)


def toggl(start: str, end: str, duration: str, task: str = "production", tags: str = "", who: str = "ana@x.org") -> str:
    """One entry of Toggl; a moment is ``2026-11-09 08:00:00``."""
    (day, time), (last, until) = (moment.split(" ", 1) for moment in (start, end))
    return f"Ana,{who},,Safety,{task},a private note,No,{day},{time},{last},{until},{duration},{tags},"


def clockify(day: str, start: str, end: str, duration: str, task: str = "production") -> str:
    """One entry of Clockify within a day."""
    return f'Safety,,note,{task},Ana,,Ana@X.org,,No,{day},{start},{day},{end},{duration},"1,50",0,0'


def harvest(day: str, hours: str, task: str = "production", who: str = "Ana,Sari,17", project: str = "Safety") -> str:
    """One line of Harvest, whose rounded hours are wrong on purpose."""
    first, last, employee = who.split(",")
    return f'{day},Client,{project},,{task},a note,"{hours}",99,Yes,No,{first},{last},{employee},,Yes,10,20,1,2,USD,'


def put(project: Project, format: str, lines: list[str], map: str = "", name: str = "x.csv") -> ImportCounts:
    file = project.root / name
    # Toggl and Clockify begin their files with a byte-order mark.
    file.write_text("\r\n".join(lines) + "\r\n", "utf-8-sig")
    options = parse_import_map(f"table: work_hours\n{map}", "map.yaml") if map else None
    return import_file(project, file, format=format, map=options)


def stored(project: Project, table: str = "work_hours") -> list[dict[str, Any]]:
    found = Warehouse(project.root / "warehouse").tables("p").get(table)
    if found is None:
        return []
    files = ", ".join(f"'{file}'" for file in found.files)
    order = "work_date, started_at, activity, source" if table == "work_hours" else "line"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return list(connection.sql(f"FROM read_parquet([{files}]) ORDER BY {order}").to_arrow_table().to_pylist())


def brief(project: Project) -> list[tuple[str, str, float]]:
    return [(str(row["work_date"]), row["activity"], round(row["hours"], 6)) for row in stored(project)]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def test_a_toggl_entry_becomes_a_row_without_a_name_an_address_or_a_note(project: Project) -> None:
    counts = put(project, "toggl", [TOGGL, toggl("2026-11-09 08:00:00", "2026-11-09 09:30:00", "01:30:00")])
    assert (counts.read, counts.taken, counts.notes) == (1, 1, ())
    (row,) = stored(project)
    assert (row["person_id"], row["work_date"], row["activity"], row["hours"], row["source"]) == (
        ANA,
        dt.date(2026, 11, 9),
        "production",
        1.5,
        "toggl: Safety",
    )
    # Jakarta is seven hours ahead.
    assert (row["started_at"], row["ended_at"]) == (utc("2026-11-09 01:00:00"), utc("2026-11-09 02:30:00"))
    assert not {"Ana", "ana@x.org", "a private note"} & {str(value) for value in row.values()}


def test_the_same_file_twice_changes_nothing(project: Project) -> None:
    lines = [TOGGL, toggl("2026-11-09 22:00:00", "2026-11-10 06:00:00", "08:00:00"), toggl("x y", "x y", "1:00:00")]
    first = put(project, "toggl", lines)
    rows, rejects = stored(project), stored(project, "rejects")
    again = put(project, "toggl", lines)
    assert (again.version, again.unchanged, again.set_aside) == (first.version, 2, 1)
    assert (stored(project), stored(project, "rejects")) == (rows, rejects)


def test_what_passes_midnight_of_the_projects_zone_is_split_there(project: Project) -> None:
    # In UTC all of it lies on one day; in Jakarta it goes from 22:00 to 06:00, two hours before midnight.
    line = toggl("2026-11-09 15:00:00", "2026-11-09 23:00:00", "08:00:00")
    put(project, "toggl", [TOGGL, line], "time_zone: UTC\n")
    assert brief(project) == [("2026-11-09", "production", 2.0), ("2026-11-10", "production", 6.0)]
    assert [row["ended_at"] for row in stored(project)] == [utc("2026-11-09 17:00:00"), utc("2026-11-09 23:00:00")]


def test_an_entry_that_ends_at_midnight_is_one_row(project: Project) -> None:
    put(project, "toggl", [TOGGL, toggl("2026-11-09 20:00:00", "2026-11-10 00:00:00", "04:00:00")])
    assert brief(project) == [("2026-11-09", "production", 4.0)]


def test_a_rounded_duration_is_taken_and_split_in_proportion(project: Project) -> None:
    counts = put(project, "toggl", [TOGGL, toggl("2026-11-09 23:00:00", "2026-11-10 02:00:00", "03:15:00")])
    assert brief(project) == [("2026-11-09", "production", 1.083333), ("2026-11-10", "production", 2.166667)]
    assert counts.notes == (
        "entries whose duration is not the time between beginning and end (the duration was taken): 1",
    )


def test_days_on_which_clocks_are_changed() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    night = dt.datetime(2026, 10, 24, 22, tzinfo=berlin), dt.datetime(2026, 10, 25, 6, tzinfo=berlin)
    # The clock goes back an hour at 03:00: nine hours pass, two before midnight and seven after.
    assert elapsed(*night) == 9
    assert [elapsed(*part) for part in by_day(*night)] == [2, 7]
    long = list(by_day(dt.datetime(2026, 10, 24, 22, tzinfo=berlin), dt.datetime(2026, 10, 27, 1, tzinfo=berlin)))
    assert [elapsed(*part) for part in long] == [2, 25, 24, 1]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["09/11/2026", "13/11/2026"], "2026-11-09"),
        (["11/09/2026", "11/13/2026"], "2026-11-09"),
        (["09.11.2026", "30.10.2026"], "2026-11-09"),
        (["2026/11/09"], "2026-11-09"),
        (["11/11/2026"], "2026-11-11"),
    ],
)
def test_the_whole_file_tells_day_and_month_apart(project: Project, days: list[str], expected: str) -> None:
    put(project, "clockify", [CLOCKIFY, *(clockify(day, "08:00:00", "09:30:00", "01:30:00") for day in days)])
    assert expected in {row[0] for row in brief(project)}


def test_dates_that_could_be_either_are_refused_and_the_option_is_named(project: Project) -> None:
    lines = [CLOCKIFY, clockify("03/02/2026", "08:00:00", "09:30:00", "01:30:00")]
    with pytest.raises(
        ImportFileError, match=r"'03/02/2026' has the day or the month first.*time_format: '%d/%m/%Y %H"
    ):
        put(project, "clockify", lines)
    assert stored(project) == []
    put(project, "clockify", lines, "time_format: '%d/%m/%Y %H:%M:%S'\n")
    assert brief(project) == [("2026-02-03", "production", 1.5)]


def test_a_file_of_two_ways_of_writing_dates_is_refused(project: Project) -> None:
    lines = [clockify(day, "08:00:00", "09:30:00", "01:30:00") for day in ("13/02/2026", "02/14/2026")]
    with pytest.raises(ImportFileError, match=r"'13/02/2026' has the day first and '02/14/2026' the month"):
        put(project, "clockify", [CLOCKIFY, *lines])


def test_clocks_of_twelve_hours(project: Project) -> None:
    lines = [
        clockify("2026-11-09", "12:15:00 AM", "01:15:00 AM", "01:00:00"),
        clockify("2026-11-09", "11:30 AM", "12:30 PM", "01:00:00"),
        clockify("2026-11-09", "01:00 pm", "02:00 pm", "01:00:00"),
        clockify("2026-11-09", "15:00", "16:00", "01:00:00"),
    ]
    counts = put(project, "clockify", [CLOCKIFY, *lines])
    assert [row["started_at"].hour for row in stored(project)] == [17, 4, 6]
    # A time without its half of the day is set aside in such a file, not taken for one of 24 hours.
    (reject,) = stored(project, "rejects")
    assert (counts.set_aside, reject["rule"], reject["line"]) == (1, "unreadable time", 5)
    assert "'2026-11-09 15:00' is not a time" in reject["detail"]


def test_hours_and_minutes_are_taken_not_the_rounded_decimal(project: Project) -> None:
    put(project, "clockify", [CLOCKIFY, clockify("2026-11-09", "08:00:00", "08:20:00", "00:20:00")])
    assert stored(project)[0]["hours"] == pytest.approx(1 / 3)


def test_indonesian_headers(project: Project) -> None:
    line = 'Keamanan,,,Pelatihan,Ana,,ana@x.org,,Tidak,30/11/2025,08:00,30/11/2025,09:00,01:00:00,"1,00"'
    put(project, "clockify", [CLOCKIFY_ID, line])
    assert brief(project) == [("2025-11-30", "training", 1.0)]


def test_headers_of_a_third_language_are_named_in_a_map(project: Project) -> None:
    header = "Projekt,Aufgabe,Benutzer,E-Mail,Startdatum,Startzeit,Dauer (dezimal)"
    line = 'Safety,production,Ana,ana@x.org,30.11.2025,08:00,"1,5"'
    with pytest.raises(
        ImportFileError, match=r"not a Clockify detailed report: no column for person.*date \(Start Date"
    ):
        put(project, "clockify", [header, line])
    named = (
        "{work_date: Startdatum, started_at: Startzeit, hours: Dauer (dezimal), person_id: E-Mail, activity: Aufgabe}"
    )
    put(project, "clockify", [header, line], f"columns: {named}\ndecimal: ','\n")
    (row,) = stored(project)
    assert (row["hours"], row["person_id"], row["ended_at"]) == (1.5, ANA, utc("2025-11-30 02:30:00"))


def test_a_column_that_the_map_names_has_to_be_there(project: Project) -> None:
    with pytest.raises(ImportFileError, match=r"no column 'Tsk' for activity; did you mean 'Task'"):
        put(project, "toggl", [TOGGL], "columns: {activity: Tsk}\n")


def test_a_map_for_another_table_is_refused(project: Project) -> None:
    (project.root / "x.csv").write_text(TOGGL + "\n")
    other = parse_import_map("table: shifts\n", "map.yaml")
    with pytest.raises(ImportFileError, match="format toggl fills work_hours, and the map is for table 'shifts'"):
        import_file(project, project.root / "x.csv", format="toggl", map=other)


ACTIVITY_MAP = "values: {activity: {labelling: production, Standup: meeting, 'QA ': audit, Safety: idle}}\n"


@pytest.mark.parametrize(
    ("task", "tags", "expected"),
    [
        ("Labelling", "", "production"),
        ("something else", '"x, standup"', "meeting"),
        ("qa", "Standup", "audit"),
        ("something else", "", "idle"),
        ("Cuti", "", "leave"),
    ],
)
def test_activities_of_the_map(project: Project, task: str, tags: str, expected: str) -> None:
    line = toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00", task, tags)
    assert put(project, "toggl", [TOGGL, line], ACTIVITY_MAP).notes == ()
    assert brief(project) == [("2026-11-09", expected, 1.0)]


def test_unknown_activities_are_other_counted_and_named_but_never_by_a_private_note(project: Project) -> None:
    lines = [
        toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00", "Sprint"),
        toggl("2026-11-09 09:00:00", "2026-11-09 11:00:00", "02:00:00", "Sprint"),
        toggl("2026-11-09 11:00:00", "2026-11-09 11:30:00", "00:30:00", "", "").replace("Safety", ""),
    ]
    counts = put(project, "toggl", [TOGGL, *lines])
    assert [activity for _, activity, _ in brief(project)] == ["other"] * 3
    (note,) = counts.notes
    assert note.endswith("'Sprint' (2 entries, 3.00 h); '(no task, tag or project)' (1 entries, 0.50 h)")
    assert "private" not in note


def test_only_the_column_that_the_map_names_tells_the_activity(project: Project) -> None:
    line = toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00", "production", "meeting")
    put(project, "toggl", [TOGGL, line], "columns: {activity: Tags}\n")
    assert brief(project) == [("2026-11-09", "meeting", 1.0)]


def test_people_are_named_by_the_map_as_the_labeling_tool_names_them(project: Project) -> None:
    lines = [toggl(f"2026-11-09 0{at}:00:00", f"2026-11-09 0{at}:30:00", "00:30:00", who=who) for at, who in
             enumerate(("ana@x.org", "Budi@x.org", ""))]  # fmt: skip
    put(project, "toggl", [TOGGL, *lines], "values: {person_id: {budi@x.org: L7}}\n")
    found = [row["person_id"] for row in stored(project)]
    assert found[:2] == [ANA, "L7"]
    assert found[2] is not None
    assert found[2].startswith("person-")


PROJECTS = "columns: {project: Project}\nvalues: {project: {Safety: p}}\n"


@pytest.mark.parametrize("format", ["toggl", "harvest"])
def test_other_projects_of_a_company_wide_export_are_counted_and_left_out(project: Project, format: str) -> None:
    names = ("Safety", "Music", "Music", "Sales")
    entries = [toggl(f"2026-11-09 0{at}:00:00", f"2026-11-09 0{at}:30:00", "00:30:00") for at in range(1, 5)]
    lines = {
        "toggl": [TOGGL, *(line.replace("Safety", name) for line, name in zip(entries, names, strict=True))],
        "harvest": [HARVEST, *(harvest("2026-11-09", "0.5", project=name) for name in names)],
    }[format]
    counts = put(project, format, lines, PROJECTS)
    assert (counts.read, counts.rejects, len(stored(project))) == (1, {}, 1)
    assert counts.notes == ("other projects, left out: 'Music' (2 entries, 1.00 h); 'Sales' (1 entries, 0.50 h)",)
    # Without a map all of it is taken, which is said with the cure.
    (note,) = put(project, format, lines).notes
    assert note.startswith("entries of 3 projects, all taken as those of 'p'; to take only some, say so in the map")
    assert len(stored(project)) == (4 if format == "toggl" else 3)
    # The map takes back what should not have come in.
    again = put(project, format, lines, PROJECTS)
    assert len(stored(project)) == 1
    assert f"{REPLACED}: {3 if format == 'toggl' else 2} (1.50 h)" in again.notes


def test_maps_for_time_trackers_need_no_table_and_others_do(project: Project) -> None:
    line = toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00", "Labelling")
    (project.root / "x.csv").write_text(f"{TOGGL}\n{line}\n")
    options = parse_import_map("values: {activity: {Labelling: production}}\n", "map.yaml")
    import_file(project, project.root / "x.csv", format="toggl", map=options)
    assert brief(project) == [("2026-11-09", "production", 1.0)]
    with pytest.raises(
        ImportFileError, match=r"does not say which table the file fills; add table: … \(only maps for t"
    ):
        import_file(project, project.root / "x.csv", map=options)
    with pytest.raises(ProjectError, match=r"'work_hours' has no column 'label'.*\(the map does not say table: …\)"):
        parse_import_map("columns: {label: Etikett}\n", "map.yaml")


def test_people_known_by_name_alone_are_said(project: Project) -> None:
    lines = [toggl(f"2026-11-09 0{at}:00:00", f"2026-11-09 0{at}:30:00", "00:30:00", who="") for at in (1, 2)]
    (note,) = put(project, "toggl", [TOGGL, *lines]).notes
    assert note.startswith("people known by their name alone, so by an id made of it: 1; where other exports")
    assert "values: {person_id:" in note
    assert "Ana" not in note


def test_people_with_hours_whom_nothing_else_knows_are_said(project: Project) -> None:
    lines = [toggl(f"2026-11-09 0{at}:00:00", f"2026-11-09 0{at}:30:00", "00:30:00", who=who)
             for at, who in enumerate(("ana@x.org", "budi@x.org", "budi@x.org"), 1)]  # fmt: skip
    assert put(project, "toggl", [TOGGL, *lines]).notes == ()
    (project.root / "people.csv").write_text(f"person_id,role,started_on\n{ANA},labeler,2026-01-01\n")
    import_file(project, project.root / "people.csv", table="people")
    (note,) = put(project, "toggl", [TOGGL, *lines]).notes
    assert note.startswith(
        "people with hours and neither decisions, audits nor a row of people: 1 of 2, the first in line 3; if another"
    )


@pytest.mark.parametrize("format", ["toggl", "clockify", "harvest"])
def test_an_edited_entry_replaces_what_an_older_export_said(project: Project, format: str) -> None:
    day = "2026-11-09"
    before, after = {
        "toggl": (toggl(f"{day} 08:00:00", f"{day} 12:00:00", "04:00:00"),
                  toggl(f"{day} 08:05:00", f"{day} 12:00:00", "03:55:00")),
        "clockify": (clockify(day, "08:00:00", "12:00:00", "04:00:00"),
                     clockify(day, "08:05:00", "12:00:00", "03:55:00")),
        "harvest": (harvest(day, "4", "meeting"), harvest(day, "3.916667")),
    }[format]  # fmt: skip
    header = {"toggl": TOGGL, "clockify": CLOCKIFY, "harvest": HARVEST}[format]
    put(project, format, [header, before])
    counts = put(project, format, [header, after], name="later.csv")
    assert brief(project) == [(day, "production", 3.916667)]
    assert counts.notes == (f"{REPLACED}: 1 (4.00 h)",)
    assert (counts.taken, put(project, format, [header, after], name="later.csv").notes) == (1, ())
    # What came before can be brought back: the newest import holds.
    put(project, format, [header, before], name="x.csv")
    assert [round(row["hours"], 2) for row in stored(project)] == [4.0]


def test_an_export_replaces_no_other_persons_days_projects_or_tools(project: Project) -> None:
    day, other = "2026-11-09", "2026-11-10"
    put(project, "clockify", [CLOCKIFY, clockify(day, "05:00:00", "06:00:00", "01:00:00")], name="c.csv")
    lines = [
        toggl(f"{day} 08:00:00", f"{day} 09:00:00", "01:00:00"),
        toggl(f"{day} 10:00:00", f"{day} 11:00:00", "01:00:00").replace("Safety", "Music"),
        toggl(f"{day} 08:00:00", f"{day} 09:00:00", "01:00:00", who="budi@x.org"),
        toggl(f"{other} 08:00:00", f"{other} 09:00:00", "01:00:00"),
    ]
    put(project, "toggl", [TOGGL, *lines])
    counts = put(project, "toggl", [TOGGL, toggl(f"{day} 08:30:00", f"{day} 09:00:00", "00:30:00")], name="b.csv")
    assert counts.notes == (f"{REPLACED}: 1 (1.00 h)",)
    assert sorted(row["hours"] for row in stored(project)) == [0.5, 1.0, 1.0, 1.0, 1.0]


def test_an_entry_that_gets_its_project_later_is_counted_once(project: Project) -> None:
    line = toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00")
    put(project, "toggl", [TOGGL, line.replace("Safety", "")])
    put(project, "toggl", [TOGGL, line], name="b.csv")
    assert [(row["hours"], row["source"]) for row in stored(project)] == [(1.0, "toggl: Safety")]


def test_an_entry_of_no_length_takes_back_the_days_hours(project: Project) -> None:
    put(project, "toggl", [TOGGL, toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00")])
    put(project, "toggl", [TOGGL, toggl("2026-11-09 08:00:00", "2026-11-09 08:00:00", "00:00:00")], name="b.csv")
    assert stored(project) == []


def test_hours_of_days_that_the_newer_export_leaves_out_stay_and_are_said(project: Project) -> None:
    days = ["2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12"]
    lines = [toggl(f"{day} 08:00:00", f"{day} 09:00:00", "01:00:00") for day in days]
    put(project, "toggl", [TOGGL, *lines])
    # The second day's entry was moved to the third; the fourth day lies after this export.
    moved = toggl("2026-11-11 10:00:00", "2026-11-11 11:00:00", "01:00:00")
    counts = put(project, "toggl", [TOGGL, lines[0], lines[2], moved], name="b.csv")
    assert counts.notes == (f"{LEFT}: 1 (1.00 h)",)
    assert len(stored(project)) == 5


def test_hours_that_cannot_be_are_set_aside_or_said(project: Project) -> None:
    now = dt.datetime.now(dt.UTC)
    ahead = (now + dt.timedelta(days=40)).date()
    lines = [
        "who,day,what,h",
        "ana,2026-11-09,production,24.5",
        "ana,2026-11-10,production,24",
        f"ana,{ahead},production,8",
        f"ana,{ahead},leave,8",
        "budi,2026-11-09,production,20",
        "budi,2026-11-09,training,4.5",
    ]
    columns = "columns: {person_id: who, work_date: day, activity: what, hours: h}\n"
    counts = put(project, "delimited", lines, columns)
    assert counts.rejects == {"value too large": 1, "time in the future": 1}
    assert [(one.line, one.detail) for one in counts.tables[0].first] == [
        (2, "hours 24.5 is above 24; correct it"),
        (4, f"work_date {ahead} is more than a day ahead of the clock; correct it, the map's time_format or time_zone, "
            "or the clock"),
    ]  # fmt: skip
    (note,) = counts.notes
    assert note.startswith(
        "days on which one person has more than 24 hours in all: 1, the first in line 6 (2026-11-09): entries overlap"
    )
    # Hours that are already stored count as well, and those that are taken back do not.
    later = put(project, "delimited", ["who,day,what,h", "ana,2026-11-10,meeting,1"], columns, name="b.csv")
    assert "in all: 1, the first in line 2 (2026-11-10)" in later.notes[0]


def test_the_hours_of_a_replaced_entry_do_not_make_a_day_too_long(project: Project) -> None:
    put(project, "toggl", [TOGGL, toggl("2026-11-09 00:00:00", "2026-11-09 23:00:00", "23:00:00")])
    counts = put(project, "toggl", [TOGGL, toggl("2026-11-09 01:00:00", "2026-11-09 23:30:00", "22:30:00")], name="b")
    assert counts.notes == (f"{REPLACED}: 1 (23.00 h)",)


def test_what_was_set_aside_is_told_with_line_value_and_cure(project: Project) -> None:
    lines = [f"ana,2026-11-0{at},production,{hours}" for at, hours in enumerate(["8 h", *["30"] * 6], 1)]
    counts = put(project, "delimited", ["who,day,what,h", *lines], "columns: {person_id: who, work_date: day, "
                 "activity: what, hours: h}\n")  # fmt: skip
    assert str(counts.tables[0]).splitlines() == [
        "work_hours: 7 read = 0 taken + 0 updated + 0 unchanged + 7 set aside",
        "  6 set aside: value too large",
        "  1 set aside: unreadable number",
        "    line 2: hours '8 h' is not a number that can be read: write digits only",
        *(f"    line {line}: hours 30.0 is above 24; correct it" for line in (3, 4, 5, 6)),
        "    and 2 more: smo rejects lists them all",
    ]


BROKEN = {
    toggl("2026-11-09 08:00:00", "2026-11-09 07:00:00", "01:00:00"): "times out of order",
    toggl("2026-11-09 08:00:00", "2026-11-09 20:00:00", "01:00:00"): "times and duration disagree",
    toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "an hour"): "unreadable duration",
    toggl("2026-11-09 8 o'clock", "2026-11-09 09:00:00", "01:00:00"): "unreadable time",
    toggl("2026-02-30 08:00:00", "2026-02-30 09:00:00", "01:00:00"): "unreadable time",
    "Ana,ana@x.org,a private note": "wrong number of fields",
    toggl("2026-11-09 08:00:00", "2026-11-09 09:00:00", "01:00:00", who="").replace("Ana,", ",", 1): (
        "missing required value"
    ),
}


def test_what_breaks_a_rule_is_set_aside_with_its_line_and_without_the_person(project: Project) -> None:
    counts = put(project, "toggl", [TOGGL, *BROKEN])
    assert (counts.read, counts.set_aside, stored(project)) == (7, 7, [])
    found = stored(project, "rejects")
    assert [(row["line"], row["rule"]) for row in found] == list(enumerate(BROKEN.values(), 2))
    assert found[1]["detail"].startswith("from beginning to end 12.00 h pass, the duration is 1.00 h")
    assert found[2]["raw"] == (
        "Start date: 2026-11-09; Start time: 08:00:00; End date: 2026-11-09; End time: 09:00:00; Duration: an hour"
    )
    assert not [row for row in found if "private" in row["raw"] or "ana@" in row["raw"]]


def test_entries_of_no_length_are_left_out_and_counted(project: Project) -> None:
    counts = put(project, "toggl", [TOGGL, toggl("2026-11-09 08:00:00", "2026-11-09 08:00:00", "00:00:00")])
    assert (stored(project), counts.notes) == ([], ("entries of no length, left out: 1",))


def test_harvest_adds_up_a_days_lines_and_reads_the_unrounded_hours(project: Project) -> None:
    lines = [harvest("2026-11-09", "1,25"), harvest("2026-11-09", "0,50"), harvest("2026-11-09", "2", "Rapat")]
    counts = put(project, "harvest", [HARVEST, *lines])
    assert counts.set_aside == 0
    assert brief(project) == [("2026-11-09", "meeting", 2.0), ("2026-11-09", "production", 1.75)]
    row = stored(project)[1]
    assert (row["person_id"], row["started_at"], row["source"]) == ("17", None, "harvest: Safety / production")


def test_harvest_exports_of_two_projects_do_not_replace_each_other(project: Project) -> None:
    put(project, "harvest", [HARVEST, harvest("2026-11-09", "3")], name="a.csv")
    put(project, "harvest", [HARVEST, harvest("2026-11-09", "4", project="Music")], name="b.csv")
    assert [row["hours"] for row in stored(project)] == [4.0, 3.0]
    # A corrected export of one of them replaces its hours.
    assert put(project, "harvest", [HARVEST, harvest("2026-11-09", "2")], name="c.csv").updated == 1
    assert [row["hours"] for row in stored(project)] == [4.0, 2.0]


def test_harvest_without_employee_ids_makes_one_of_the_name(project: Project) -> None:
    lines = [harvest("2026-11-09", "3", who="Ana,Sari,"), harvest("2026-11-10", "3", who="ANA, sari,")]
    put(project, "harvest", [HARVEST, *lines])
    one, other = (row["person_id"] for row in stored(project))
    assert one == other
    assert one.startswith("person-")
    assert "ana" not in one.lower()


def test_harvest_dates_and_decimals_that_do_not_tell(project: Project) -> None:
    with pytest.raises(ImportFileError, match=r"time_format: '%d/%m/%Y' or time_format: '%m/%d/%Y'"):
        put(project, "harvest", [HARVEST, harvest("03/02/2026", "3")])
    put(project, "harvest", [HARVEST, harvest("03/02/2026", "3")], "time_format: '%m/%d/%Y'\n")
    assert brief(project) == [("2026-03-02", "production", 3.0)]
    mixed = [HARVEST, harvest("2026-11-09", "3.5"), harvest("2026-11-10", "3,5")]
    with pytest.raises(ImportFileError, match=r"'3.5' has a decimal point and '3,5' a decimal comma.*decimal: ','"):
        put(project, "harvest", mixed)
    counts = put(project, "harvest", mixed, "decimal: ','\n")
    assert counts.rejects == {"unreadable number": 1}


@pytest.mark.parametrize(
    ("said", "hours"),
    [("1:30", 1.5), ("01:30:36", 1.51), ("120:00", 120.0), ("1.5", 1.5), ("1:60", None), ("", None), ("-1:00", None)],
)
def test_durations(said: str, hours: float | None) -> None:
    assert hours_of(said) == hours


IN_HOUSE = """columns: {person_id: NIP, work_date: Tanggal, activity: Kegiatan, hours: Jam,
  started_at: [Tanggal, Mulai], ended_at: [Tanggal, Selesai]}
time_format: "%d/%m/%Y %H.%M"
decimal: ","
delimiter: ";"
overnight: true
values: {activity: {Pelabelan: production, Rapat: meeting}}
constants: {source: absensi}
"""


def test_an_in_house_file_with_split_times_decimal_commas_and_nights(project: Project) -> None:
    lines = [
        "NIP;Tanggal;Kegiatan;Mulai;Selesai;Jam",
        "00123;09/11/2026;Pelabelan;08.00;16.30;8,5",
        "00123;10/11/2026;Pelabelan;22.00;06.00;8:00",
        "00123;11/11/2026;Rapat;09.00;09.45;0:45:00",
        "00123;12/11/2026;Rapat;09.00;09.45;0.75",
        "00123;2026-13-11;Rapat;09.00;09.45;0,75",
    ]
    counts = put(project, "delimited", lines, IN_HOUSE)
    assert brief(project) == [
        ("2026-11-09", "production", 8.5),
        ("2026-11-10", "production", 8.0),
        ("2026-11-11", "meeting", 0.75),
    ]
    assert stored(project)[0]["person_id"] == "00123"
    night = stored(project)[1]
    assert (night["started_at"], night["ended_at"]) == (utc("2026-11-10 15:00:00"), utc("2026-11-10 23:00:00"))
    assert counts.rejects == {"unreadable number": 1, "unreadable date": 1}


def test_in_house_shifts_and_leave(project: Project) -> None:
    shifts = """table: shifts
columns: {person_id: nip, shift_date: tgl, starts_at: [tgl, masuk], ends_at: [tgl, pulang], kind: jenis}
time_format: "%d-%m-%Y %H:%M"
values: {kind: {rencana: planned, nyata: actual}}
overnight: true
"""
    (project.root / "s.csv").write_text("nip,tgl,masuk,pulang,jenis\nL1,09-11-2026,22:00,06:00,rencana\n")
    import_file(project, project.root / "s.csv", map=parse_import_map(shifts, "s.yaml"))
    found = Warehouse(project.root / "warehouse").tables("p")["shifts"]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        listed = connection.sql(f"SELECT shift_date, ends_at - starts_at, kind FROM '{found.files[0]}'").fetchall()
    assert listed == [(dt.date(2026, 11, 9), dt.timedelta(hours=8), "planned")]
    leave = "table: leave\ncolumns: {person_id: nip, starts_on: dari, ends_on: sampai}\ntime_format: '%d/%m/%Y'\n"
    (project.root / "l.csv").write_text("nip;dari;sampai\nL1;09/11/2026;10/11/2026\nL2;09/11/2026;08/11/2026\n")
    counts = import_file(project, project.root / "l.csv", map=parse_import_map(leave, "l.yaml"))
    assert (counts.taken, counts.rejects) == (1, {"times out of order": 1})


def test_an_in_house_worksheet(project: Project) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["nip", "hari", "masuk", "pulang", "jam"])
    sheet.append(["L1", dt.datetime(2026, 11, 9), dt.time(8), dt.time(16, 30), dt.time(8, 30)])
    book.save(project.root / "x.xlsx")
    options = """table: work_hours
columns: {person_id: nip, work_date: hari, started_at: [hari, masuk], ended_at: [hari, pulang], hours: jam}
constants: {activity: production}
"""
    import_file(project, project.root / "x.xlsx", map=parse_import_map(options, "x.yaml"))
    assert brief(project) == [("2026-11-09", "production", 8.5)]
    assert stored(project)[0]["ended_at"] == utc("2026-11-09 09:30:00")


def test_overnight_needs_a_table_that_has_an_end() -> None:
    with pytest.raises(ProjectError, match="table 'batches' has no end that could be on the next day"):
        parse_import_map("table: batches\ncolumns: {}\novernight: true\n", "x.yaml")


@pytest.mark.parametrize("format", ["toggl", "harvest"])
def test_hours_whose_activity_is_mapped_later_are_counted_once(project: Project, format: str) -> None:
    day = "2026-11-09"
    lines = {
        "toggl": [TOGGL, toggl(f"{day} 08:00:00", f"{day} 09:00:00", "01:00:00", "Labelling")],
        "harvest": [HARVEST, harvest(day, "1", "Labelling")],
    }[format]
    put(project, format, lines)
    assert [(row["activity"], row["hours"]) for row in stored(project)] == [("other", 1.0)]
    counts = put(project, format, lines, "values: {activity: {Labelling: production}}\n")
    assert [(row["activity"], row["hours"]) for row in stored(project)] == [("production", 1.0)]
    assert f"{REPLACED}: 1 (1.00 h)" in counts.notes
    assert not [
        note
        for note in put(project, format, lines, "values: {activity: {Labelling: production}}\n").notes
        if "taken out" in note
    ]


def test_a_days_hours_of_two_activities_both_stay(project: Project) -> None:
    (project.root / "own.csv").write_text(
        "who,day,what,h\nana,2026-11-09,production,6\nana,2026-11-09,training,2\n", "utf-8"
    )
    columns = "columns: {person_id: who, work_date: day, activity: what, hours: h}\n"
    first = parse_import_map(f"table: work_hours\n{columns}", "map.yaml")
    import_file(project, project.root / "own.csv", format="delimited", map=first)
    (project.root / "own.csv").write_text("who,day,what,h\nana,2026-11-09,meeting,1\n", "utf-8")
    import_file(project, project.root / "own.csv", format="delimited", map=first)
    assert sorted(row["activity"] for row in stored(project)) == ["meeting", "production", "training"]


def test_an_in_house_entry_of_another_activity_later_is_counted_once(project: Project) -> None:
    columns = "columns: {person_id: who, work_date: day, activity: what, hours: h, started_at: at}\n"
    for what in ("other", "production"):
        lines = ["who,day,what,h,at", f"ana,2026-11-09,{what},1,2026-11-09T08:00"]
        counts = put(project, "delimited", lines, columns)
    assert brief(project) == [("2026-11-09", "production", 1.0)]
    assert counts.notes == (f"{RECLASSIFIED}: 1 (1.00 h)",)
