"""Import of labeling tools' own exports: CrowdFlower full reports, Label Studio's JSON, JSON-MIN and CSV."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from smo_reports.errors import ImportFileError
from smo_reports.project import ImportMap, Project, parse_project
from smo_reports.sources.importing import import_file
from smo_reports.warehouse import ImportCounts, Warehouse

DATA = Path(os.environ.get("SMO_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public exports are not at SMO_TEST_DATA")
NAMED = ImportMap(table="decisions", columns={"label": "sentiment"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return parse_project("project: p\ntitle: A test\ntime_zone: Asia/Jakarta\n", "params/p.yaml", tmp_path)


def stored(project: Project, table: str = "decisions") -> list[dict[str, Any]]:
    found = Warehouse(project.root / "warehouse").tables("p").get(table)
    if found is None:
        return []
    files = ", ".join(f"'{file}'" for file in found.files)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return list(connection.sql(f"FROM read_parquet([{files}]) ORDER BY ALL").to_arrow_table().to_pylist())


def five(counts: ImportCounts, table: str) -> tuple[int, int, int, int, int]:
    of = counts.table(table)
    return of.read, of.taken, of.updated, of.unchanged, of.set_aside


CF_HEAD = (
    "_unit_id,_created_at,_golden,_id,_started_at,_tainted,_channel,_trust,_worker_id,_city,_ip,kinds,kinds_gold,text\n"
)
CF = [
    '1,3/2/2026 10:00:30,true,j1,3/2/2026 10:00:00,false,ch,0.9,w1,Jakarta,10.0.0.1,"[""scam"",""hate""]",hate,hello\n',
    '1,3/2/2026 10:02:00,true,j2,3/2/2026 10:00:00,true,ch,1,w2,Jakarta,10.0.0.2,"[""hate""]",hate,hello\n',
    "2,12/31/2025 23:59:59,false,j3,12/31/2025 23:59:58,false,ch,1,w1,Jakarta,10.0.0.1,[],,bye\n",
    "2,13/1/2026 00:00:00,false,j4,3/2/2026 10:00:00,false,ch,1,w1,Jakarta,10.0.0.1,[],,bye\n",
]


def cf(project: Project, rows: list[str], **options: Any) -> ImportCounts:
    file = project.root / "full.csv"
    file.write_text(CF_HEAD + "".join(rows))
    return import_file(project, file, format="crowdflower", **options)


def test_a_crowdflower_report(project: Project) -> None:
    counts = cf(project, CF)
    assert five(counts, "decisions") == (4, 3, 0, 0, 1)
    assert counts.rejects == {"unreadable time": 1}
    assert counts.notes == ("the label is 'kinds'", "tainted judgements, taken like the others: 1")
    first, second, third = stored(project)
    assert (first["decision_id"], first["item_id"], first["labeler_id"]) == ("j1", "1", "w1")
    assert (first["label"], second["label"], third["label"]) == ("hate | scam", "hate", "(none)")
    assert (first["handling_s"], first["is_gold"], first["confidence"], first["vendor"]) == (
        30.0,
        True,
        0.9,
        "ch",
    )
    assert first["submitted_at"] == dt.datetime(2026, 3, 2, 10, 0, 30, tzinfo=dt.UTC)
    # The last second of the year in UTC is the next year's morning in Jakarta.
    assert (third["work_date"], third["local_hour"]) == (dt.date(2026, 1, 1), 6)
    answers = [
        (row["decision_id"], row["question"], row["value"], row["rank"]) for row in stored(project, "decision_labels")
    ]
    assert answers == [("j1", "kinds", "hate", 2), ("j1", "kinds", "scam", 1), ("j2", "kinds", "hate", 1)]
    assert [(row["item_id"], row["gold_label"]) for row in stored(project, "gold")] == [("1", "hate")]
    everything = json.dumps([stored(project, table) for table in ("decisions", "rejects", "gold")], default=str)
    assert "10.0.0." not in everything
    assert "Jakarta" not in everything.replace("Asia/Jakarta", "")


def test_a_crowdflower_report_again_and_corrected(project: Project) -> None:
    version = cf(project, CF).version
    assert cf(project, CF).version == version
    later = [CF[0].replace(',""hate""', ""), *CF[1:3], CF[3].replace("13/1", "3/13")]
    assert five(cf(project, later), "decisions") == (4, 1, 1, 2, 0)
    assert [row["label"] for row in stored(project)] == ["scam", "hate", "(none)", "(none)"]
    answers = [(row["decision_id"], row["value"]) for row in stored(project, "decision_labels")]
    assert answers == [("j1", "scam"), ("j2", "hate")]


def test_the_answer_of_a_crowdflower_report_may_be_named(project: Project) -> None:
    same = [row.replace('""scam"",', "") for row in CF[:2]]
    with pytest.raises(ImportFileError, match=r"no column varies .*name it in a map \(columns: \{label: …\}\)"):
        cf(project, same)
    shape = ImportMap(
        table="decisions", columns={"label": "kinds", "task": "text"}, values={"label": {"hate": "violating"}}
    )
    assert cf(project, same, map=shape).table("decisions").taken == 2
    assert {(row["label"], row["task"]) for row in stored(project)} == {("violating", "hello")}
    wrong = ImportMap(table="decisions", columns={"label": "kind"})
    with pytest.raises(ImportFileError, match="no column 'kind'; did you mean 'kinds'"):
        cf(project, same, map=wrong)


def test_what_is_no_crowdflower_report(project: Project) -> None:
    (project.root / "x.csv").write_text("item,label\n1,hate\n")
    with pytest.raises(
        ImportFileError, match=r"not a CrowdFlower full report: no column for decision_id \(_id or judg"
    ):
        import_file(project, project.root / "x.csv", format="crowdflower")


CF_REAL = {
    "crowdflower/custom-platform-person-video-multiple-choice.csv": (1_000, "selected_answer"),
    "crowdflower/event-text-highlight.csv": (840, "tagged_events'; also answers: notpossible"),
    "crowdflower/person-video-binary-choice.csv": (1_000, "selected_answer"),
    # input_relations was edited in one of ten units; it is no answer.
    "crowdflower/relex-sparse-multiple-choice.csv": (150, "output_relations"),
    "crowdflower/relex_example.csv": (750, "step_1_select_the_valid_relations'; also answers: step_2a"),
    "tool-exports/crowdflower_mturk_crowdtruth/platform_cf1.csv": (27, "Answer.output"),
}


@needs_data
@pytest.mark.parametrize("name", CF_REAL)
def test_real_crowdflower_reports(project: Project, name: str) -> None:
    counts = import_file(project, DATA / name, format="crowdflower")
    rows, label = CF_REAL[name]
    assert five(counts, "decisions") == (rows, rows, 0, 0, 0)
    assert counts.notes[0].startswith(f"the label is '{label}")


def choice(*values: str, question: str = "sentiment") -> dict[str, Any]:
    return {"type": "choices", "from_name": question, "to_name": "text", "value": {"choices": list(values)}}


def annotation(number: int, *values: str, **more: Any) -> dict[str, Any]:
    at = "2026-03-02T10:00:00Z"
    base = {
        "id": number,
        "completed_by": {"id": 5, "email": "ann@x.org", "first_name": "Ann"},
        "created_at": at,
    }
    return {
        **base,
        "updated_at": "2026-04-01T00:00:00Z",
        "lead_time": 7.5,
        "result": [choice(*values)],
        **more,
    }


def tasks() -> list[dict[str, Any]]:
    review = {"id": 70, "created_by": 9, "created_at": "2026-03-03T10:00:00Z"}
    text = {"type": "textarea", "from_name": "why", "value": {"text": ["a slur"]}}
    path = {"type": "taxonomy", "from_name": "tree", "value": {"taxonomy": [["Hate", "Race"]]}}
    return [
        {
            "id": 1,
            "data": {},
            "annotations": [
                annotation(11, "hate", "scam", reviews=[{**review, "accepted": True}]),
                annotation(
                    12,
                    "hate",
                    completed_by=6,
                    lead_time=None,
                    reviews=[{**review, "id": 71, "accepted": False}],
                ),
                annotation(13, "hate", was_cancelled=True, completed_by="Bob@x.org"),
                annotation(14, "scam", ground_truth=True),
            ],
            "predictions": [{"model_version": "m1", "score": 0.4, "result": [choice("hate")]}],
        },
        {
            "id": 2,
            "annotations": [
                annotation(
                    21,
                    result=[text, path],
                    reviews=[{**review, "id": 72, "accepted": True, "result": [choice("scam")]}],
                ),
                annotation(22, result=[], completed_by=None),
            ],
        },
        {"id": 3, "annotations": [], "drafts": [{"id": 1}]},
    ]


def ls(project: Project, found: Any, name: str = "x.json", **options: Any) -> ImportCounts:
    file = project.root / name
    file.write_text(found if isinstance(found, str) else json.dumps(found))
    return import_file(project, file, format="label_studio", **options)


def test_a_label_studio_export(project: Project) -> None:
    counts = ls(project, tasks())
    assert five(counts, "decisions") == (5, 4, 0, 0, 1)
    assert five(counts, "audits") == (3, 3, 0, 0, 0)
    assert five(counts, "decision_labels") == (5, 5, 0, 0, 0)
    assert counts.notes == ("tasks without annotations: 1", "drafts, which are no decisions: 1")
    rows = {row["decision_id"]: row for row in stored(project)}
    assert {key: row["label"] for key, row in rows.items()} == {
        "11": "hate | scam",
        "12": "hate",
        "13": "(skipped)",
        "21": "Hate / Race",
    }
    assert (rows["11"]["labeler_id"], rows["12"]["labeler_id"], rows["11"]["handling_s"]) == ("5", "6", 7.5)
    assert (rows["13"]["skipped"], rows["11"]["skipped"], rows["12"]["handling_s"]) == (True, False, None)
    assert rows["11"]["submitted_at"] == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    assert rows["11"]["started_at"] is None
    audits = [
        (row["audit_id"], row["correct"], row["audit_label"], row["auditor_id"]) for row in stored(project, "audits")
    ]
    assert audits == [("70", True, None, "9"), ("71", False, None, "9"), ("72", False, "scam", "9")]
    assert [(row["item_id"], row["gold_label"]) for row in stored(project, "gold")] == [("1", "scam")]
    (prediction,) = stored(project, "predictions")
    assert (prediction["predicted_label"], prediction["score"], prediction["model_version"]) == (
        "hate",
        0.4,
        "m1",
    )
    everything = json.dumps([stored(project, name) for name in ("decisions", "rejects", "audits")], default=str)
    assert "x.org" not in everything
    assert "Ann" not in everything


def test_a_label_studio_export_again_and_corrected(project: Project) -> None:
    version = ls(project, tasks()).version
    assert ls(project, tasks()).version == version
    later = tasks()
    later[0]["annotations"][1]["result"] = [choice("scam")]
    later[2]["annotations"] = [annotation(31, "hate")]
    counts = ls(project, later)
    assert five(counts, "decisions") == (6, 1, 1, 3, 1)
    assert "answers taken out because a correction no longer has them: 1" in counts.notes
    answers = [row["value"] for row in stored(project, "decision_labels") if row["decision_id"] == "12"]
    assert answers == ["scam"]
    assert five(counts, "audits") == (3, 0, 0, 3, 0)


def test_one_question_may_give_the_label(project: Project) -> None:
    both = [{"id": 1, "annotations": [annotation(1, result=[choice("hate"), choice("ID", question="market")])]}]
    assert ls(project, both).taken == 3
    assert stored(project)[0]["label"] == "ID | hate"
    assert five(ls(project, both, map=NAMED), "decisions") == (1, 0, 1, 0, 0)
    assert stored(project)[0]["label"] == "hate"


def test_flat_label_studio_exports(project: Project) -> None:
    row = {"id": 1, "text": "hi", "sentiment": "hate", "annotator": 5, "annotation_id": 11, "lead_time": 2.5}
    boxes = [{"x": 1, "rectanglelabels": ["Car"]}]
    flat = [{**row, "created_at": "2026-03-02T10:00:00Z"}, {**row, "annotation_id": 12, "sentiment": boxes}]
    counts = ls(project, flat)
    assert five(counts, "decisions") == (2, 1, 0, 0, 1)
    assert counts.rejects == {"no answer column": 1}
    assert "may be one of: text, sentiment" in stored(project, "rejects")[0]["detail"]
    assert five(ls(project, flat, map=NAMED), "decisions") == (2, 1, 0, 1, 0)
    assert [row["label"] for row in stored(project)] == ["hate", "Car"]
    head = "id\tannotator\tannotation_id\tsentiment\tlead_time\n"
    table = head + '3\tann@x.org\t31\t"{""choices"": [""scam"", ""hate""]}"\t1\n4\tann@x.org\t41\n'
    counts = ls(project, table, "x.csv")
    assert five(counts, "decisions") == (2, 1, 0, 0, 1)
    last = {row["decision_id"]: row for row in stored(project)}["31"]
    assert last["label"] == "hate | scam"
    assert last["labeler_id"].startswith("annotator-")


def test_a_flat_export_keeps_what_only_the_full_one_says(project: Project) -> None:
    ls(project, tasks())
    flat = [{"id": 1, "annotator": 5, "annotation_id": 13, "sentiment": "scam"}]
    assert five(ls(project, flat, map=NAMED), "decisions") == (1, 0, 1, 0, 0)
    row = next(row for row in stored(project) if row["decision_id"] == "13")
    assert (row["label"], row["labeler_id"], row["skipped"], row["handling_s"]) == ("scam", "5", True, 7.5)
    assert row["submitted_at"] == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


def test_what_is_no_label_studio_export(project: Project) -> None:
    for text, said in {
        '[{"id": 1, ': "not whole JSON",
        "[1, 2]": "expected a list of tasks",
        "a,b\n1,2\n": "no column annotation_id; the file has: a, b",
        "": "the file is empty",
    }.items():
        with pytest.raises(ImportFileError, match=said):
            ls(project, text)
    counts = ls(project, {"images": [], "categories": [], "annotations": []})
    assert (counts.read, counts.notes[0][:40]) == (0, "a COCO file says nothing of who labeled ")


LS_REAL = {
    "test_export_coco/data.json": (1, 0, 1),
    "test_export_csv/csv_test.json": (2, 2, 0),
    "test_export_csv/csv_test2.json": (1, 1, 0),
    "test_export_csv/csv_test2_result.csv": (1, 0, 1),
    "test_export_csv/csv_test_history.json": (1, 1, 0),
    "test_export_doclang/data.json": (3, 0, 3),
    "test_export_json_min/chat_data.json": (1, 1, 0),
    "test_export_json_min/data_repeater.json": (1, 1, 0),
    "test_export_yolo/data.json": (3, 3, 0),
    "test_import_coco/coco_import_input.json": (0, 0, 0),
}


@needs_data
def test_real_label_studio_exports(project: Project) -> None:
    for number, (name, wanted) in enumerate(LS_REAL.items()):
        own = parse_project(f"project: p{number}\ntitle: x\ntime_zone: UTC\n", "x", project.root)
        counts = import_file(own, DATA / "tool-exports" / "label_studio" / name, format="label_studio")
        of = counts.table("decisions")
        assert (of.read, of.taken, of.set_aside) == wanted, name
        for table in counts.tables:
            assert table.read == table.taken + table.updated + table.unchanged + table.set_aside
