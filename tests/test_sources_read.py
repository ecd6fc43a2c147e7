"""Reading: gold in force, the taxonomy, dates in the project's zone, and hostile names, on the embedded engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from smo_reports.errors import SourceError
from smo_reports.kpis import KPIS, estimate, estimates
from smo_reports.period import parse_period
from smo_reports.project import Project, Workspace, load_project
from smo_reports.sources import fingerprint, read, read_all, version

Row = dict[str, Any]
Build = Callable[..., Project]
LABELS = "labels: {violating: [hate, scam], benign: [normal]}\n"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def decided(number: int, label: str = "hate", **more: Any) -> Row:
    own = {"decision_id": f"d{number}", "item_id": f"i{number}", "labeler_id": f"L{number % 3}", "label": label}
    return own | {"work_date": dt.date(2026, 11, 9), "submitted_at": at("2026-11-09T03:00")} | more


def audited(number: int, **more: Any) -> Row:
    own = {"audit_id": f"a{number}", "decision_id": f"d{number}", "auditor_id": "Q1", "purpose": "random"}
    return own | {"audited_at": at("2026-11-10T03:00")} | more


def table(rows: Any, name: str) -> pd.DataFrame:
    return rows[name].collect().to_pandas()


def column(project: Project, name: str, wanted: str, key: str = "decision_id") -> dict[str, Any]:
    found = table(read_all(project), name)
    return {row[key]: None if pd.isna(row[wanted]) else row[wanted] for row in found.to_dict("records")}


GOLD = [
    # a was replaced on the 5th, b was retired on the 8th and never replaced, c has always been there.
    {"item_id": "a", "gold_label": "hate", "gold_version": "1", "added_at": at("2026-11-01")},
    {"item_id": "a", "gold_label": "normal", "gold_version": "2", "added_at": at("2026-11-05")},
    {"item_id": "b", "gold_label": "scam", "gold_version": "1", "added_at": at("2026-11-01")}
    | {"retired_at": at("2026-11-08")},
    {"item_id": "c", "gold_label": "hate", "gold_version": "1", "added_at": None},
]


def known_then(parquet_project: Build, gold: list[Row], when: dict[str, tuple[str, str | None]]) -> dict[str, Any]:
    """By decision, the known answer that it is held to; a decision without one is not in it."""
    decisions = [
        decided(number, decision_id=name, item_id=item, submitted_at=at(time) if time else None)
        for number, (name, (item, time)) in enumerate(when.items())
    ]
    return column(parquet_project({"decisions": decisions, "gold": gold}), "gold_decisions", "gold_label")


def test_gold_is_the_answer_in_force_when_the_decision_was_made(parquet_project: Build) -> None:
    found = known_then(
        parquet_project,
        GOLD,
        {
            "before": ("a", "2026-10-31"),
            "first moment": ("a", "2026-11-01"),
            "last moment": ("a", "2026-11-04T23:59:59.999999"),
            "replaced": ("a", "2026-11-05"),
            "long after": ("a", "2027-01-01"),
            "not yet retired": ("b", "2026-11-07T23:59"),
            "retired": ("b", "2026-11-08"),
            "always": ("c", "1999-01-01"),
            "no gold": ("x", "2026-11-06"),
        },
    )
    assert found == {
        "first moment": "hate",
        "last moment": "hate",
        "replaced": "normal",
        "long after": "normal",
        "not yet retired": "scam",
        "always": "hate",
    }


def test_an_undated_decision_is_held_to_the_answer_that_is_in_force_now(parquet_project: Build) -> None:
    found = known_then(
        parquet_project, GOLD, {"dated": ("a", "2026-11-02"), "undated": ("a", None), "of retired gold": ("b", None)}
    )
    assert found == {"dated": "hate", "undated": "normal"}


def test_two_undated_answers_count_a_decision_once(parquet_project: Build) -> None:
    gold = [
        {"item_id": "a", "gold_label": label, "gold_version": number, "added_at": None}
        for number, label in (("1", "hate"), ("2", "normal"))
    ]
    dated = {"item_id": "b", "gold_label": "scam", "gold_version": "1", "added_at": at("2026-11-01")}
    project = parquet_project({"decisions": [decided(1, item_id="a")], "gold": [*gold, dated]})
    assert table(read_all(project), "gold_decisions")["gold_label"].tolist() == ["normal"]


def test_without_times_the_newest_version_counts(parquet_project: Build) -> None:
    decisions = [{key: value for key, value in decided(1, item_id="a").items() if key != "submitted_at"}]
    gold = [{key: row[key] for key in ("item_id", "gold_label", "gold_version")} for row in GOLD]
    project = parquet_project({"decisions": decisions, "gold": gold})
    assert column(project, "gold_decisions", "gold_label") == {"d1": "normal"}


def test_violating_is_the_taxonomys_and_unknown_labels_are_neither(parquet_project: Build) -> None:
    decisions = [decided(number, label) for number, label in enumerate(["hate", "scam", "normal", "other"])]
    project = parquet_project({"decisions": decisions}, LABELS)
    assert column(project, "decisions", "violating") == {"d0": True, "d1": True, "d2": False, "d3": None}
    assert "violating" not in table(read_all(parquet_project({"decisions": decisions})), "decisions")


GRADED = "labels: {violating: [hate, offensive], benign: [normal], ordered: [normal, offensive, hate]}\n"


def test_a_labels_rank_is_its_place_in_the_order(parquet_project: Build) -> None:
    decisions = [decided(number, label) for number, label in enumerate(["normal", "offensive", "hate", "other"])]
    gold = [{"item_id": f"i{number}", "gold_label": "normal"} for number in range(4)]
    project = parquet_project({"decisions": decisions, "gold": gold}, GRADED)
    for name in ("decisions", "gold_decisions"):
        assert column(project, name, "label_rank") == {"d0": 0, "d1": 1, "d2": 2, "d3": None}, name
    only = parquet_project({"decisions": decisions}, "labels: {ordered: [hate, other]}\n")
    assert column(only, "decisions", "label_rank") == {"d0": None, "d1": None, "d2": 0, "d3": 1}
    assert "violating" not in table(read_all(only), "decisions")
    assert "label_rank" not in table(read_all(parquet_project({"decisions": decisions}, LABELS)), "decisions")


def test_severity_weighs_by_the_items_severity_not_by_that_of_the_error(parquet_project: Build) -> None:
    severe = ["high", "low", "it's", "none", None]
    decisions = [decided(number, severity=one) for number, one in enumerate(severe)]
    audits = [audited(number, correct=False, severity="low") for number in range(5)]
    gold = [{"item_id": f"i{number}", "gold_label": "hate"} for number in range(5)]
    tables = {"decisions": decisions, "audits": audits, "gold": gold}
    project = parquet_project(tables, """severity_weights: {high: 5, low: 0.5, "it's": 2}\n""")
    for name in ("decisions", "audits", "gold_decisions"):
        weights = column(project, name, "severity_weight")
        assert weights == {"d0": 5.0, "d1": 0.5, "d2": 2.0, "d3": None, "d4": None}, name
    assert "severity_weight" not in table(read_all(parquet_project(tables)), "decisions")
    plain = [{key: value for key, value in row.items() if key != "severity"} for row in decisions]
    project = parquet_project({"decisions": plain, "audits": audits}, "severity_weights: {high: 5}\n")
    assert "severity_weight" not in table(read_all(project), "audits")


def test_the_taxonomy_judges_calibration_labels_too(parquet_project: Build) -> None:
    held = {"session_id": "s", "held_on": dt.date(2026, 11, 9), "person_id": "Q1"}
    said = [("hate", "scam"), ("hate", "normal"), ("normal", "other"), ("other", None)]
    rows = [held | {"item_id": f"i{at}", "label": one, "agreed_label": two} for at, (one, two) in enumerate(said)]
    project = parquet_project({"decisions": [decided(1)], "calibrations": rows}, LABELS)
    assert column(project, "calibrations", "violating", "item_id") == {"i0": True, "i1": True, "i2": False, "i3": None}
    found = column(project, "calibrations", "agreed_violating", "item_id")
    assert found == {"i0": True, "i1": False, "i2": None, "i3": None}


def test_an_answer_is_outdated_by_the_next_guideline_of_its_policy(parquet_project: Build) -> None:
    """Whatever the period that is read: a guideline of last year outdates an answer too."""
    assert "outdated_at" not in table(read_all(parquet_project({"decisions": [decided(1)], "gold": GOLD})), "gold")
    changed = [("g1", "2026-01-05", "guideline", None), ("g2", "2026-02-05", "guideline", "hate")]
    changed += [("g3", "2026-03-05", "guideline", "scam"), ("t1", "2026-01-02", "tool", None)]
    events = [
        {"event_id": name, "at": at(day), "kind": kind, "name": name, "policy": policy}
        for name, day, kind, policy in changed
    ]
    gold = [
        {"item_id": name, "gold_label": "hate", "policy": policy, "added_at": at(day) if day else None}
        for name, policy, day in [
            ("old", "hate", "2026-01-01"),
            ("newer", "hate", "2026-01-05"),
            ("other", "scam", "2026-01-06"),
            ("any", None, "2026-02-06"),
            ("fresh", "hate", "2026-03-01"),
            ("undated", "hate", None),
        ]
    ]
    project = parquet_project({"decisions": [decided(1)], "gold": gold, "events": events})
    rows = table(read_all(project, dt.date(2026, 11, 9), dt.date(2026, 11, 16)), "gold").set_index("item_id")
    found = rows["outdated_at"].dt.tz_convert("UTC").dt.strftime("%m-%d").fillna("").to_dict()
    assert found == {"old": "01-05", "newer": "02-05", "other": "03-05", "any": "03-05", "fresh": "", "undated": ""}


# What the labeler said; what the audit says; what then was right, and whether the item violates.
JUDGED: list[tuple[str, Row, bool | None, bool | None]] = [
    ("hate", {"audit_label": "hate"}, True, True),
    ("hate", {"audit_label": "scam"}, False, True),
    ("hate", {"audit_label": "normal"}, False, False),
    ("normal", {"audit_label": "hate"}, False, True),
    ("hate", {"audit_label": "scam", "correct": True}, True, True),
    ("hate", {"correct": True}, True, True),
    ("normal", {"correct": True}, True, False),
    ("hate", {"correct": False}, False, None),
    ("hate", {"correct": False, "error_type": "false_positive"}, False, False),
    ("normal", {"correct": False, "error_type": "false_negative"}, False, True),
    ("hate", {"correct": False, "error_type": "wrong_selection"}, False, True),
    ("hate", {"correct": False, "error_type": "technical"}, False, None),
    ("hate", {}, None, None),
]


def test_what_an_audit_says_with_a_label_a_verdict_or_a_type_of_error(parquet_project: Build) -> None:
    decisions = [decided(number, label) for number, (label, *_) in enumerate(JUDGED)]
    audits = [audited(number, **said) for number, (_, said, *_) in enumerate(JUDGED)]
    project = parquet_project({"decisions": decisions, "audits": audits}, LABELS)
    assert column(project, "audits", "correct") == {f"d{at}": right for at, (_, _, right, _) in enumerate(JUDGED)}
    assert column(project, "audits", "audit_violating") == {f"d{at}": bad for at, (*_, bad) in enumerate(JUDGED)}
    # Harmless by the audit: 2, 6, 8; acted on: 2, 8. Violating: 0 1 3 4 5 9 10; passed: 3, 9.
    rates = estimates(["false_positive_rate", "false_negative_rate"], read_all(project)).drop_duplicates("kpi")
    assert rates["value"].tolist() == pytest.approx([2 / 3, 2 / 7])


def test_types_of_error_are_enough_where_no_audit_has_a_label(parquet_project: Build) -> None:
    kept = [place for place, (_, said, *_) in enumerate(JUDGED) if "correct" in said and "audit_label" not in said]
    decisions = [decided(place, JUDGED[place][0]) for place in kept]
    audits = [audited(place, **JUDGED[place][1]) for place in kept]
    project = parquet_project({"decisions": decisions, "audits": audits}, LABELS)
    assert column(project, "audits", "audit_violating") == {f"d{place}": JUDGED[place][3] for place in kept}


def test_an_audits_own_columns_are_named_apart_from_its_decisions(parquet_project: Build) -> None:
    """An auditor writes a severity for errors only: split by it, every decision of a high severity would be wrong."""
    decisions = [decided(1, market="ID", round=1, blind=True, severity="low")]
    audits = [
        audited(1, correct=True, round=2, blind=False, severity="high"),
        audited(2, decision_id="nobody", correct=True),
    ]
    found = table(read_all(parquet_project({"decisions": decisions, "audits": audits})), "audits")
    shown = [
        "audit_id",
        "round",
        "audit_round",
        "blind",
        "audit_blind",
        "severity",
        "audit_severity",
        "market",
        "label",
    ]
    assert found[shown].values.tolist() == [["a1", 1, 2, True, False, "low", "high", "ID", "hate"]]


def test_a_period_begins_with_its_first_day_and_ends_before_its_end(parquet_project: Build) -> None:
    days = [dt.date(2026, 11, day) for day in (8, 9, 15, 16)]
    decisions = [decided(number, work_date=day) for number, day in enumerate([*days, None])]
    # Audits go by the day of the decision, however late they are.
    audits = [audited(number, correct=True, audited_at=at("2026-12-24")) for number in range(5)]
    project = parquet_project({"decisions": decisions, "audits": audits})
    week = parse_period("2026-W46")
    for name in ("decisions", "audits"):
        assert sorted(table(read_all(project, week.start, week.end), name)["decision_id"]) == ["d1", "d2"]
        assert sorted(table(read_all(project, week.start, None), name)["decision_id"]) == ["d1", "d2", "d3"]
        assert sorted(table(read_all(project, None, week.end), name)["decision_id"]) == ["d0", "d1", "d2"]
        # Without a date a row counts only where nothing is cut.
        assert len(table(read_all(project), name)) == 5
    found = table(read_all(project), "decisions").sort_values("decision_id")
    weeks, months = (pd.to_datetime(found[name]).dt.strftime("%m-%d").fillna("") for name in ("week", "month"))
    assert weeks.tolist() == ["11-02", "11-09", "11-09", "11-16", ""]
    assert months.tolist() == ["11-01", "11-01", "11-01", "11-01", ""]


def test_times_are_cut_at_midnight_in_the_projects_zone(parquet_project: Build) -> None:
    # Midnight of 9 November in Jakarta is 17:00 of the 8th in UTC; the week ends at 17:00 of the 15th.
    moments = {
        "eve": "2026-11-08T16:59:59",
        "first": "2026-11-08T17:00",
        "last": "2026-11-15T16:59:59",
        "after": "2026-11-15T17:00",
    }
    events = [{"event_id": key, "at": at(text), "kind": "tool", "name": key} for key, text in moments.items()]
    project = parquet_project({"decisions": [decided(1)], "events": events})
    week = parse_period("2026-W46")
    found = table(read_all(project, week.start, week.end), "events")
    assert sorted(found["event_id"]) == ["first", "last"]
    assert {pd.Timestamp(day).date() for day in found["week"]} == {dt.date(2026, 11, 9)}


def test_tables_without_a_date_are_read_whole(parquet_project: Build) -> None:
    people = [{"person_id": "L1", "role": "labeler", "started_on": dt.date(2020, 1, 1)}]
    project = parquet_project({"decisions": [decided(1)], "people": people, "gold": GOLD})
    rows = read_all(project, dt.date(2030, 1, 1), dt.date(2030, 1, 8))
    assert len(table(rows, "decisions")) == 0
    assert (len(table(rows, "people")), len(table(rows, "gold"))) == (1, 4)


HOSTILE = [
    "it's",
    '"; DROP TABLE decisions; --',
    "<script>alert(1)</script>",
    "'' OR '1'='1",
    "\\",
    "%s {x} $x$",
    "é 🙂",
]


def test_hostile_labels_are_only_labels(parquet_project: Build) -> None:
    listed = ", ".join("'" + label.replace("'", "''") + "'" for label in HOSTILE)
    decisions = [decided(number, label) for number, label in enumerate([*HOSTILE, "normal"])]
    audits = [audited(number, audit_label=label) for number, label in enumerate([*HOSTILE, "normal"])]
    project = parquet_project(
        {"decisions": decisions, "audits": audits, "gold": [{"item_id": "i0", "gold_label": HOSTILE[0]}]},
        f"labels: {{violating: [{listed}], benign: [normal]}}\n",
    )
    found = column(project, "audits", "audit_violating")
    assert found == {f"d{number}": number < len(HOSTILE) for number in range(len(HOSTILE) + 1)}
    assert sorted(table(read_all(project), "decisions")["label"]) == sorted([*HOSTILE, "normal"])


def test_another_projects_rows_in_the_same_folder_are_not_read(parquet_project: Build) -> None:
    project = parquet_project({"decisions": [decided(1), decided(2, project="somebody-else")]})
    assert table(read_all(project), "decisions")["decision_id"].tolist() == ["d1"]


def test_what_is_not_there_is_said_with_its_cure(
    parquet_project: Build, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=r"source folder .*nowhere does not exist; make it, or name another"):
        read_all(make_project("source: 'parquet:nowhere'\n"))
    with pytest.raises(SourceError, match=r"no decisions in .*; import some with: smo import FILE --table decisions"):
        read_all(parquet_project({"events": [{"event_id": "e", "at": at("2026-11-09"), "kind": "tool", "name": "x"}]}))
    project = parquet_project({"decisions": [decided(1)]})
    with pytest.raises(SourceError, match=r"project 'p' has no table 'decision'; did you mean 'decisions'\?"):
        read(project, "decision")


def test_the_fingerprint_changes_with_the_rows(parquet_project: Build) -> None:
    project = parquet_project({"decisions": [decided(1)]})
    first = fingerprint(project)
    assert fingerprint(project) == first
    assert fingerprint(parquet_project({"decisions": [decided(1), decided(2)]})) != first


def test_what_a_mapping_of_rows_allows(parquet_project: Build) -> None:
    rows = read_all(parquet_project({"decisions": [decided(1)], "gold": GOLD}))
    assert set(rows) == {"decisions", "gold", "gold_decisions"}
    assert len(rows) == 3
    # Tables share one connection, or they could not be joined.
    joined = rows["decisions"].join(rows["gold"], on="item_id", how="left")
    assert len(joined.collect()) == 1


@pytest.fixture
def both_ways(demo_workspace: Workspace) -> tuple[Project, Project]:
    """The demo's largest project as the Parquet files of its world, and the same as it was imported."""
    stored = load_project("hate-speech-id", demo_workspace)
    return stored.model_copy(update={"source": "parquet:data/hate-speech-id"}), stored


@pytest.mark.parametrize(("label", "by"), [("2026-W44", ("market",)), ("2026-10", ())])
def test_files_and_warehouse_give_the_same_estimates(
    both_ways: tuple[Project, Project], label: str, by: tuple[str, ...]
) -> None:
    period = parse_period(label)
    one, other = (read_all(project, period.start, period.end) for project in both_ways)
    split = [name for name, kpi in KPIS.items() if all(set(by) <= set(one[table].columns) for table in kpi.needs)]
    first, second = (estimates(split, rows, by) for rows in (one, other))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)
    assert second.loc[second["kpi"] == "accuracy", "n"].sum() > 0


def test_a_run_reads_a_pinned_version_again(both_ways: tuple[Project, Project]) -> None:
    _, stored = both_ways
    pinned = version(stored)
    assert pinned > 0
    again = estimate("accuracy", read_all(stored, version=pinned))
    pd.testing.assert_frame_equal(again, estimate("accuracy", read_all(stored)))
    assert fingerprint(stored, pinned) == fingerprint(stored)


def test_a_changed_time_zone_is_refused(both_ways: tuple[Project, Project]) -> None:
    _, stored = both_ways
    moved = stored.model_copy(update={"time_zone": "Pacific/Auckland"})
    with pytest.raises(SourceError, match=r"was imported in time zone .*, its YAML now says Pacific/Auckland"):
        read_all(moved)
