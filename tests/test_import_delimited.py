"""Import of tables: what is taken, set aside, refused, and what the messages say."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smo_reports.errors import ImportFileError
from smo_reports.project import ImportMap, Project, parse_project
from smo_reports.sources.importing import import_file, import_files
from smo_reports.warehouse import ImportCounts, Parsed, Part, Warehouse, land

DATA = Path(os.environ.get("SMO_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "adult-content"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public adult-content data set is not at SMO_TEST_DATA")
YAML = "project: p\ntitle: A\ntime_zone: Asia/Jakarta\nlabels: {violating: [hate, scam], benign: [normal]}\n"
HEAD = "decision_id,item_id,labeler_id,label,submitted_at,started_at,handling_s,round,skipped\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return parse_project(YAML, "params/p.yaml", tmp_path)


def put(project: Project, text: str | bytes, name: str = "x.csv", **options: Any) -> ImportCounts:
    file = project.root / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    if "map" not in options:
        options.setdefault("table", "decisions")
    return import_file(project, file, **options)


def stored(project: Project, table: str = "decisions") -> list[dict[str, Any]]:
    found = Warehouse(project.root / "warehouse").tables("p").get(table)
    if found is None:
        return []
    files = ", ".join(f"'{file}'" for file in found.files)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return list(connection.sql(f"FROM read_parquet([{files}]) ORDER BY ALL").to_arrow_table().to_pylist())


def five(counts: ImportCounts) -> tuple[int, int, int, int, int]:
    return counts.read, counts.taken, counts.updated, counts.unchanged, counts.set_aside


BROKEN = {
    "d1,,L1,hate,,,,,": ("missing required value", "item_id is empty; fill it in"),
    "d1,i1,L1,  ,,,,,": ("missing required value", "label is empty; fill it in"),
    "d1,i1,L1,hate,03/02/2026 10:00,,,,": (
        "unreadable time",
        "submitted_at '03/02/2026 10:00' is not a time",
    ),
    "d1,i1,L1,hate,1772442000,,,,": ("unreadable time", "give time_format in the map"),
    "d1,i1,L1,hate,2026-02-30T10:00,,,,": ("unreadable time", "2026-02-30T10:00"),
    "d1,i1,L1,hate,2026-03-02T10:00Z,2026-03-02T10:00:01Z,,,": (
        "times out of order",
        "started_at 2026-03-02 10:00:01",
    ),
    "d1,i1,L1,hate,,,-1,,": ("value too small", "handling_s -1.0 is below 0"),
    "d1,i1,L1,hate,,,NaN,,": ("not a finite number", "handling_s is NaN; leave it empty"),
    "d1,i1,L1,hate,,,-inf,,": ("not a finite number", "handling_s is -inf"),
    'd1,i1,L1,hate,,,"1,5",,': ("unreadable number", "handling_s '1,5' is not a number that can be read"),
    "d1,i1,L1,hate,,,,1.5,": ("unreadable whole number", "round '1.5' is not a whole number"),
    "d1,i1,L1,hate,,,,0,": ("value too small", "round 0 is below 1"),
    "d1,i1,L1,hate,,,,,maybe": ("unreadable yes or no", "skipped 'maybe' is not a yes or no"),
    "d1,i1,L1,spam,,,,,": (
        "label not in the project's labels",
        "label 'spam' is not in the project's labels; add it to params/p.yaml and import again",
    ),
    "d1,i1,L1": ("wrong number of fields", "3 fields, expected 9; correct the row"),
}


def test_a_row_that_breaks_a_rule_is_set_aside_and_says_why(project: Project) -> None:
    counts = put(project, HEAD + "\n".join(BROKEN) + "\n")
    assert five(counts) == (len(BROKEN), 0, 0, 0, len(BROKEN))
    assert sum(counts.rejects.values()) == len(BROKEN)
    found = {row["line"]: row for row in stored(project, "rejects")}
    for line, (rule, detail) in enumerate(BROKEN.values(), 2):
        assert found[line]["rule"] == rule, found[line]
        assert detail in found[line]["detail"]
        assert (found[line]["source_file"], found[line]["table_name"]) == ("x.csv", "decisions")
    assert stored(project) == []


def test_all_five_counts_together(project: Project) -> None:
    put(project, HEAD + "d1,i1,L1,hate,,,,,\nd2,i2,L1,hate,,,,,\n", "march.csv")
    text = "d1,i1,L1,hate,,,,,\nd2,i2,L1,scam,,,,,\nd3,i3,L1,normal,,,,,\nd4,,L1,hate,,,,,\nd5,i5,L1,x,,,,,\n"
    counts = put(project, HEAD + text, "april.csv")
    assert five(counts) == (5, 1, 1, 1, 2)
    assert counts.rejects == {"label not in the project's labels": 1, "missing required value": 1}
    assert str(counts).splitlines() == [
        "april.csv",
        "decisions: 5 read = 1 taken + 1 updated + 1 unchanged + 2 set aside",
        "  1 set aside: label not in the project's labels",
        "  1 set aside: missing required value",
        "    line 5: item_id is empty; fill it in",
        "    line 6: label 'x' is not in the project's labels; add it to params/p.yaml and import again",
    ]
    assert [row["label"] for row in stored(project)] == ["hate", "scam", "normal"]
    april = stored(project, "imports")[-1]
    if april["source_file"] != "april.csv":
        april = stored(project, "imports")[0]
    assert [april[name] for name in ("read", "taken", "updated", "unchanged", "set_aside")] == [5, 1, 1, 1, 2]
    before = stored(project, "rejects")
    assert put(project, HEAD + text, "april.csv").version == counts.version == 2
    assert stored(project, "rejects") == before


def test_a_corrected_taxonomy_takes_the_rows_out_of_the_rejects(project: Project) -> None:
    text = HEAD + "d1,i1,L1,spam,,,,,\nd2,,L1,hate,,,,,\n"
    assert put(project, text).set_aside == 2
    wider = parse_project(YAML.replace("[normal]", "[normal, spam]"), "params/p.yaml", project.root)
    assert five(put(wider, text)) == (2, 1, 0, 0, 1)
    assert [row["rule"] for row in stored(project, "rejects")] == ["missing required value"]
    assert [row["label"] for row in stored(project)] == ["spam"]


def test_a_repeated_key(project: Project) -> None:
    counts = put(project, HEAD + "d1,i1,L1,hate,,,,,\nd1,i1,L1,scam,,,,,\n d1 ,i1,L1,hate,,,,,\n")
    assert five(counts) == (3, 1, 0, 1, 1)
    (reject,) = stored(project, "rejects")
    assert (reject["line"], reject["rule"]) == (3, "repeated key with other content")
    assert "stands in line 2 with other content" in reject["detail"]


def test_times_of_every_kind(project: Project) -> None:
    times = {
        "2026-03-02T10:00:00Z": "2026-03-02 10:00:00",
        "2026-03-02T10:00:00.123456+07:00": "2026-03-02 03:00:00.123456",
        "2026-03-02 10:00": "2026-03-02 03:00:00",  # Jakarta is 7 hours ahead
        "2026-03-02 10:00:00+0530": "2026-03-02 04:30:00",
    }
    put(project, HEAD + "".join(f"d{n},i,L1,hate,{time},,,,\n" for n, time in enumerate(times)))
    assert [str(row["submitted_at"])[:-6] for row in stored(project)] == list(times.values())
    shape = {name: name for name in ("decision_id", "item_id", "labeler_id", "label", "submitted_at")}
    day_first = ImportMap(table="decisions", columns=shape, time_format="%d/%m/%Y %H:%M", time_zone="Europe/Berlin")
    text = HEAD + "e1,i,L1,hate,02/03/2026 10:00,,,,\ne2,i,L1,hate,2026-03-02T10:00:00Z,,,,\n"
    assert five(put(project, text, "y.csv", map=day_first)) == (2, 1, 0, 0, 1)
    assert stored(project)[-1]["submitted_at"] == dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def test_what_speaks_of_an_unknown_decision(project: Project) -> None:
    put(project, HEAD + "d1,i1,L1,hate,,,,,\n")
    audits = "audit_id,decision_id,auditor_id,audited_at,correct,purpose,project\n"
    text = audits + "a1,d1,Q1,2026-03-02,yes,random,\na2,d9,Q1,2026-03-02,yes,random,p\n"
    text += "a3,d1,Q1,2026-03-02,yes,rndom,\na4,d1,Q1,2026-03-02,yes,random,other\na5,d1,Q1,2026-03-02,,random,\n"
    counts = put(project, text, "a.csv", table="audits")
    assert five(counts) == (5, 1, 0, 0, 4)
    assert counts.rejects["an audit without a verdict"] == 1
    details = {row["rule"]: row["detail"] for row in stored(project, "rejects")}
    assert details["unknown decision"] == "decision 'd9' is not in the warehouse; import decisions first"
    assert details["value not allowed"].startswith("purpose 'rndom' is not one of random, targeted")
    assert details["row of another project"] == "project other is not 'p'; import it into its own project"
    text = "dispute_id,audit_id,raised_at\nx1,a1,2026-03-03\nx2,a2,2026-03-03\n"
    assert put(project, text, "d.csv", table="disputes").rejects == {"unknown audit": 1}


def test_a_skipped_decision_may_carry_any_label(project: Project) -> None:
    assert put(project, HEAD + "d1,i1,L1,(skipped),,,,,yes\n").taken == 1


def test_a_null_part_of_a_key_is_a_key(project: Project) -> None:
    text = "item_id,gold_label,gold_version\ni1,hate,\ni1,scam,2\n"
    assert put(project, text, table="gold").taken == 2
    assert five(put(project, text.replace("hate", "normal"), table="gold")) == (2, 0, 1, 1, 0)


WIDE = "decision_id,item_id,labeler_id,label,submitted_at,policy,market\n"
NARROW = "decision_id,item_id,labeler_id,label\n"
KEPT = ("label", "submitted_at", "work_date", "local_hour", "policy", "market")


def test_a_correction_keeps_what_its_file_does_not_speak_of(project: Project) -> None:
    text = WIDE + "d1,i1,L1,hate,2026-03-01T20:30:00Z,slurs,ID\nd2,i2,L1,hate,2026-03-02T10:00:00Z,slurs,MY\n"
    put(project, text, "wide.csv")
    narrow = NARROW + "d1,i1,L1,normal\nd2,i2,L1,hate\n"
    counts = put(project, narrow, "narrow.csv")
    assert five(counts) == (2, 0, 1, 1, 0)
    first, second = stored(project)
    # 20:30 UTC on a Sunday is 03:30 on Monday in Jakarta.
    at = dt.datetime(2026, 3, 1, 20, 30, tzinfo=dt.UTC)
    assert [first[name] for name in KEPT] == ["normal", at, dt.date(2026, 3, 2), 3, "slurs", "ID"]
    assert (second["label"], second["market"]) == ("hate", "MY")
    again = put(project, narrow, "narrow.csv")
    assert (five(again), again.version) == ((2, 0, 0, 2, 0), counts.version)
    # A column that the file has, with an empty cell, is a correction to nothing.
    emptied = NARROW.strip() + ",policy\nd1,i1,L1,normal,\n"
    assert five(put(project, emptied, "emptied.csv")) == (1, 0, 1, 0, 0)
    row = next(row for row in stored(project) if row["decision_id"] == "d1")
    assert [row[name] for name in KEPT] == ["normal", at, dt.date(2026, 3, 2), 3, None, "ID"]
    # A new time brings a new local date and hour, and no time leaves none.
    timed = NARROW.strip() + ",submitted_at\nd1,i1,L1,normal,2026-03-04T01:00:00Z\nd2,i2,L1,hate,\n"
    assert five(put(project, timed, "timed.csv")) == (2, 0, 2, 0, 0)
    found = {row["decision_id"]: [row[name] for name in KEPT[2:]] for row in stored(project)}
    assert found == {"d1": [dt.date(2026, 3, 4), 8, None, "ID"], "d2": [None, None, "slurs", "MY"]}


def test_files_of_one_import_each_keep_what_they_do_not_speak_of(project: Project) -> None:
    put(project, WIDE + "d1,i1,L1,hate,,slurs,ID\nd2,i2,L1,hate,,slurs,MY\n", "wide.csv")
    (project.root / "a.csv").write_text(NARROW + "d1,i1,L1,scam\nd3,i3,L1,hate\n")
    (project.root / "b.csv").write_text(WIDE + "d2,i2,L1,scam,,,PH\nd3,i3,L1,hate,,,PH\n")
    (project.root / "c.csv").write_text(NARROW + "d2,i2,L1,scam\n")
    counts = import_files(project, [(project.root / name, "decisions") for name in ("a.csv", "b.csv", "c.csv")])
    # The market of d3 is other content, what c.csv says of d2 is not.
    assert five(counts) == (5, 1, 2, 1, 1)
    found = {row["decision_id"]: (row["label"], row["policy"], row["market"]) for row in stored(project)}
    assert found == {"d1": ("scam", "slurs", "ID"), "d2": ("scam", None, "PH"), "d3": ("hate", None, None)}


def test_a_time_that_contradicts_the_stored_one(project: Project) -> None:
    put(project, HEAD + "d1,i1,L1,hate,2026-03-02T10:00:00Z,2026-03-02T09:00:00Z,,,\n")
    early = NARROW.strip() + ",submitted_at\nd1,i1,L1,hate,2026-03-02T08:00:00Z\n"
    assert five(put(project, early, "early.csv")) == (1, 0, 0, 0, 1)
    (reject,) = stored(project, "rejects")
    assert reject["rule"] == "times out of order"
    assert reject["detail"].startswith("started_at 2026-03-02 09:00:00+00 is after submitted_at 2026-03-02 08:00:00")
    assert stored(project)[0]["submitted_at"] == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


def test_a_weight_below_one(project: Project) -> None:
    put(project, HEAD + "d1,i1,L1,hate,,,,,\n")
    weights = ["1", "12.5", "", "0.9999999999", "0.99", "0", "-1"]
    lines = [f"a{at},d1,Q1,2026-03-02,yes,{weight}\n" for at, weight in enumerate(weights)]
    text = "audit_id,decision_id,auditor_id,audited_at,correct,weight\n" + "".join(lines)
    counts = put(project, text, "a.csv", table="audits")
    assert five(counts) == (7, 4, 0, 0, 3)
    assert counts.rejects == {"weight below 1": 3}
    detail = next(row["detail"] for row in stored(project, "rejects") if row["line"] == 6)
    assert detail.startswith("weight 0.99 is below 1: it is the inverse of the probability")
    assert "Normalised weights have lost their scale" in detail


def test_made_ids_do_not_depend_on_the_order_and_keep_honest_repeats(project: Project) -> None:
    lines = ["i1,L1,hate", "i1,L1,hate", "i1,L1,scam", "i2,L1,hate"]
    head = "item_id,labeler_id,label\n"
    assert five(put(project, head + "\n".join(lines))) == (4, 4, 0, 0, 0)
    assert five(put(project, head + "\n".join(lines[::-1]), "y.csv")) == (4, 0, 0, 4, 0)
    assert five(put(project, head + "\n".join([*lines, "i3,L2,normal"]), "z.csv")) == (5, 1, 0, 4, 0)


def test_text_is_text(project: Project) -> None:
    long = "y" * 1_000_000
    head = "decision_id,item_id,labeler_id,label,skipped,task\n"
    rows = ['d1,"i\n1",L1,<script>,1,"=HYPERLINK(""http://x"")"', f"d2,i2,L1,b,1,{long}", "d3,i3,L1,hate,x,"]
    counts = put(project, "\ufeff" + head + "\n".join(rows))
    assert (counts.taken, counts.set_aside) == (2, 1)
    first, second = stored(project)
    assert (first["item_id"], first["label"], first["task"]) == ("i\n1", "<script>", '=HYPERLINK("http://x")')
    assert second["task"] == long
    assert stored(project, "rejects")[0]["line"] == 5


def test_the_raw_text_of_a_reject_is_cut(project: Project) -> None:
    put(project, "item_id,labeler_id,label\n" + "x" * 10_000 + "\n")
    raw = stored(project, "rejects")[0]["raw"]
    assert len(raw) <= 4_000
    assert raw.endswith("(cut: 10000 characters in all)")


REFUSED = {
    "empty": (b"", "x.csv", "the file is empty"),
    "nul": (HEAD.encode() + b"d1,i\x001,L1,hate,,,,,\n", "x.csv", "line 2 has a NUL byte"),
    "latin": (
        HEAD.encode() + b"d1,i1,L1,h\xe4te,,,,,\n",
        "x.csv",
        "line 2 is not utf-8-sig.*encoding: cp1252",
    ),
    "gzip": (gzip.compress(HEAD.encode() * 999)[:-20], "x.csv.gz", "the gzip file is damaged or cut off"),
    "quote": (
        HEAD.encode() + b'd1,"i1,L1\nd2,i2,L1,hate,,,,,\n',
        "x.csv",
        "line 2: a quote is opened and never",
    ),
    "giant": (HEAD.encode() + b"d1," + b"x" * 10_000_001, "x.csv", "line 2: field larger than field limit"),
    "xlsx": (b"PK nothing", "x.xlsx", "not an XLSX workbook"),
    "parquet": (b"PAR1 nothing", "x.parquet", "not a whole Parquet file"),
    "missing": (
        b"item,labeler_id,verdict\n",
        "x.csv",
        "needs item_id, label, .*item_id: did you mean 'item'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_as_a_whole(project: Project, case: str) -> None:
    content, name, said = REFUSED[case]
    with pytest.raises(ImportFileError, match=said):
        put(project, content, name)
    assert Warehouse(project.root / "warehouse").version() == 0


def test_a_wrong_delimiter_is_told_the_right_one(project: Project) -> None:
    shape = {"item_id": "item", "labeler_id": "who", "label": "label"}
    text = "item;who;label\ni1;L1;hate\n"
    with pytest.raises(ImportFileError, match=r"split by a semicolon .* set delimiter: ';'"):
        put(project, text, map=ImportMap(table="decisions", columns=shape, delimiter=","))
    assert put(project, text, map=ImportMap(table="decisions", columns=shape)).taken == 1


def test_maps(project: Project) -> None:
    shape = ImportMap(
        table="decisions",
        columns={"labeler_id": 1, "item_id": 2, "label": 3, "handling_s": 4},
        header=False,
        encoding="cp1252",
        decimal=",",
        values={"label": {"H\u00e4te": "hate"}},
        constants={"market": "ID"},
    )
    content = gzip.compress("L1\ti1\tH\u00e4te\t1,5\nL1\ti2\tscam\t1.234,5\n".encode("cp1252"))
    counts = put(project, content, "x.tsv.gz", map=shape)
    assert five(counts) == (2, 1, 0, 0, 1)
    (row,) = stored(project)
    assert (row["label"], row["handling_s"], row["market"]) == ("hate", 1.5, "ID")
    wrong = ImportMap(table="decisions", columns={"item_id": "itm", "labeler_id": "who", "label": "label"})
    with pytest.raises(ImportFileError, match="no column 'itm' for item_id; did you mean 'item'"):
        put(project, "item,who,label\n", map=wrong)
    with pytest.raises(ImportFileError, match="item_id is column 9, and the file has 3 columns"):
        put(
            project,
            "a,b,c\n",
            map=ImportMap(table="gold", columns={"item_id": 9, "gold_label": 1}, header=False),
        )


def test_headers_are_matched_in_any_case_and_others_named(project: Project) -> None:
    counts = put(project, "Item_ID,LABELER_ID,Label,Mood\ni1,L1,hate,good\n")
    assert counts.taken == 1
    assert counts.notes == ("ignored columns: Mood",)


def test_what_is_asked_for_wrongly(project: Project) -> None:
    with pytest.raises(ImportFileError, match="unknown import format 'labelstudio'; did you mean 'label_studio'"):
        put(project, HEAD, format="labelstudio")
    with pytest.raises(ImportFileError, match=r"x\.cvs: no such file; did you mean 'x\.csv'"):
        import_file(project, project.root / "x.cvs", table="decisions")
    with pytest.raises(ImportFileError, match="unknown table 'decision'; did you mean 'decisions'"):
        put(project, HEAD, table="decision")
    with pytest.raises(ImportFileError, match="no import map 'weekly'; known: none"):
        put(project, HEAD, map="weekly")


def test_a_workbook(project: Project) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["decision_id", "item_id", "labeler_id", "label", "submitted_at", "is_gold", "task"])
    sheet.append([17, "i1", "L1", "hate", dt.datetime(2026, 3, 2, 10), True, "=1+1"])
    sheet.append([None] * 7)
    sheet.append([18, "i2", "L1", None, None, None, None])
    book.save(project.root / "x.xlsx")
    counts = import_file(project, project.root / "x.xlsx", table="decisions")
    assert five(counts) == (2, 1, 0, 0, 1)
    (row,) = stored(project)
    assert (row["decision_id"], row["is_gold"], row["task"]) == ("17", True, "=1+1")
    assert row["submitted_at"] == dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC)
    assert stored(project, "rejects")[0]["line"] == 4
    shape = ImportMap(table="gold", columns={"item_id": 1, "gold_label": 2}, sheet="Shet")
    with pytest.raises(ImportFileError, match="no sheet 'Shet'; did you mean 'Sheet'"):
        import_file(project, project.root / "x.xlsx", map=shape)


def test_parquet_keeps_its_types(project: Project) -> None:
    rows = {
        "decision_id": pa.array([17.0, 18.0, None]),
        "item_id": pa.array(["i1", "i2", "i3"]).dictionary_encode(),
        "labeler_id": ["L1", "L1", "L1"],
        "label": ["hate", "scam", "hate"],
        "submitted_at": pa.array([dt.datetime(2026, 3, 2, 10)] * 3, pa.timestamp("ns")),
        "started_at": pa.array([dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)] * 3, pa.timestamp("ms", tz="UTC")),
        "handling_s": [1.5, float("nan"), 2.0],
        "is_gold": [True, None, False],
    }
    pq.write_table(pa.table(rows), project.root / "x.parquet")
    counts = import_file(project, project.root / "x.parquet", table="decisions")
    assert five(counts) == (3, 2, 0, 0, 1)
    assert counts.rejects == {"not a finite number": 1}
    found = {row["item_id"]: row for row in stored(project)}
    assert found["i1"]["decision_id"] == "17"
    assert found["i1"]["submitted_at"] == dt.datetime(2026, 3, 2, 3, tzinfo=dt.UTC)
    assert len(found["i3"]["decision_id"]) == 24


def test_several_files_in_one_commit(project: Project) -> None:
    (project.root / "a.csv").write_text(HEAD + "d1,i1,L1,hate,,,,,\n")
    (project.root / "b.csv").write_text(HEAD + "d2,i2,L1,hate,,,,,\nd1,i1,L1,hate,,,,,\n")
    (project.root / "c.csv").write_text("decision_id,auditor_id,audited_at,correct\nd2,Q1,2026-03-02,no\n")
    heard: list[float] = []
    files = [
        (project.root / "c.csv", "audits"),
        (project.root / "a.csv", "decisions"),
        (project.root / "b.csv", "decisions"),
    ]
    counts = import_files(project, files, progress=lambda what, share: heard.append(share))
    assert (counts.version, counts.file) == (1, "3 files")
    assert (counts.table("decisions").taken, counts.table("decisions").unchanged) == (2, 1)
    assert counts.table("audits").taken == 1
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(stored(project, "imports")) == 3
    (project.root / "b.csv").write_bytes(b"")
    with pytest.raises(ImportFileError, match=r"b\.csv: the file is empty"):
        import_files(project, files)
    assert Warehouse(project.root / "warehouse").version() == 1


def test_a_file_that_grows_while_it_is_read(project: Project) -> None:
    file = project.root / "x.csv"
    file.write_text("item_id,labeler_id,label\n")

    def batches() -> Iterator[Parsed]:
        yield Parsed("decisions", pa.table({"_line": [2], "item_id": ["i"], "labeler_id": ["L"], "label": ["hate"]}))
        with file.open("a") as opened:
            opened.write("i2,L1,hate\n")

    warehouse = Warehouse(project.root / "warehouse")
    with pytest.raises(ImportFileError, match=r"x\.csv: changed while it was read; wait"):
        land(warehouse, project, [Part("delimited", batches(), file, "x.csv")])
    assert warehouse.version() == 0


@needs_data
def test_real_labels_keep_their_honest_repeats(project: Project) -> None:
    taxonomy = parse_project(
        YAML.replace("[hate, scam], benign: [normal]", "[R, X], benign: [G, P]"), "p", project.root
    )
    shape = ImportMap(table="decisions", columns={"labeler_id": 1, "item_id": 2, "label": 3}, header=False)
    assert five(import_file(taxonomy, DATA / "labels.tsv", map=shape)) == (92_721, 92_721, 0, 0, 0)
    lines = (DATA / "labels.tsv").read_text().splitlines()
    order = np.random.default_rng(1).permutation(len(lines))
    (project.root / "shuffled.tsv").write_text("\n".join(lines[at] for at in order))
    assert five(import_file(taxonomy, project.root / "shuffled.tsv", map=shape)) == (92_721, 0, 0, 92_721, 0)
    gold = ImportMap(table="gold", columns={"item_id": 1, "gold_label": 2}, header=False)
    assert five(import_file(taxonomy, DATA / "gold.tsv", map=gold)) == (1_517, 1_517, 0, 0, 0)
