"""The QA of the QA: strict and lenient auditors are found, noise is not, and nobody's id is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses import auditor_drift, auditor_work, auditors_compared, calibration_matrix, severity_by_week
from smo_reports.project import Project
from smo_reports.sources import Rows, read_all

Build = Callable[..., Project]
Load = Callable[[dict[str, list[dict[str, Any]]]], dict[str, Any]]
FIRST = dt.date(2026, 6, 1)


def rows_of(**tables: Any) -> Rows:
    return Rows(tuple(tables), lambda name: nw.from_native(tables[name]).lazy())


@pytest.fixture
def named(make_project: Build) -> Project:
    return make_project("people: ids\n")


def audited(seed: int, catch: dict[str, float], each: int = 400, drift: float = 0.0) -> pd.DataFrame:
    """Audits of 26 weeks; easy work is wrong in 4 %, hard work in 20 %, and an auditor sees a part of the errors.

    What the first auditor sees falls by ``drift`` from the first week to the last.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for place, (who, sees) in enumerate(catch.items()):
        week = rng.integers(0, 26, each)
        # The second auditor is given hard work mostly.
        hard = rng.random(each) < (0.8 if place == 1 else 0.3)
        seen = sees - (drift * week / 25 if place == 0 else 0.0)
        wrong = rng.random(each) < np.where(hard, 0.2, 0.04) * seen
        parts.append(
            pd.DataFrame(
                {
                    "auditor_id": who,
                    "policy": np.where(hard, "hard", "easy"),
                    "correct": ~wrong,
                    "purpose": "random",
                    "week": [FIRST + dt.timedelta(weeks=int(one)) for one in week],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


ALIKE = {f"Q{at}": 0.9 for at in range(1, 6)}


def groups(project: Project, audits: pd.DataFrame) -> dict[str, str]:
    found = auditors_compared(project, rows_of(audits=audits))
    return dict(zip(found["auditor_id"], found["group"], strict=True))


def test_a_lenient_auditor_is_found_and_hard_work_makes_nobody_strict(named: Project) -> None:
    found = auditors_compared(named, rows_of(audits=audited(1, ALIKE | {"Q3": 0.2}, 800))).set_index("auditor_id")
    assert found["group"].to_dict() == dict.fromkeys(ALIKE, "not distinguishable") | {"Q3": "more lenient"}
    assert found.loc["Q3", "high"] < 0 < found.loc["Q1", "high"]
    # Q2 finds twice as many errors as Q1, and as many as others find in the same work.
    assert found.loc["Q2", "found"] > 1.5 * found.loc["Q1", "found"]
    assert found.loc["Q2", "found"] == pytest.approx(found.loc["Q2", "expected"], abs=0.04)
    blamed = auditors_compared(named, rows_of(audits=audited(1, ALIKE | {"Q3": 0.2}, 800).drop(columns="policy")))
    assert blamed.set_index("auditor_id").loc["Q2", "group"] == "stricter"


def test_auditors_who_are_alike_are_called_nothing(named: Project) -> None:
    quiet = [set(groups(named, audited(seed, ALIKE)).values()) == {"not distinguishable"} for seed in range(30)]
    assert sum(quiet) >= 27


def test_severity_is_a_difference_in_points_drawn_towards_nothing(named: Project) -> None:
    """Two kinds of work. Q1 is wrong-calling 8 of 40 and 3 of 10, the others 4 of 40 and 3 of 10: 3.2/40 apart."""
    calls = [("Q1", "a", 40, 8), ("Q2", "a", 20, 2), ("Q3", "a", 20, 2), ("Q1", "b", 10, 3)]
    calls += [("Q2", "b", 5, 1), ("Q3", "b", 5, 2)]
    audits = pd.DataFrame(
        [
            {"auditor_id": who, "policy": work, "correct": at >= wrong, "purpose": "random"}
            for who, work, n, wrong in calls
            for at in range(n)
        ]
    )
    found = auditors_compared(named, rows_of(audits=audits)).set_index("auditor_id")
    # Mantel-Haenszel: ((8 · 40 - 4 · 40) / 80 + (3 · 10 - 3 · 10) / 20) / (40 · 40 / 80 + 10 · 10 / 20) = 2 / 25.
    assert found.loc["Q1", ["n", "found", "expected"]].tolist() == pytest.approx([50, 11 / 50, (4 + 3) / 50])
    # No more than chance apart: a third of each difference is left by three auditors.
    assert found.loc["Q1", "severity"] == pytest.approx(2 / 25 * (1 - 1 / 3))
    assert set(found["group"]) == {"not distinguishable", "too few"}
    assert found.loc["Q2", "group"] == "too few"


def test_only_random_first_round_audits_with_a_verdict_count(named: Project) -> None:
    audits = audited(5, ALIKE, 100).assign(audit_round=1)
    wrong = audits.head(60).assign(correct=False)
    more = [wrong.assign(purpose="targeted"), wrong.assign(audit_round=2), wrong.assign(correct=None)]
    everything = pd.concat([audits, *more], ignore_index=True)
    everything["correct"] = everything["correct"].astype("boolean")
    pd.testing.assert_frame_equal(
        auditors_compared(named, rows_of(audits=everything)), auditors_compared(named, rows_of(audits=audits))
    )


def test_an_auditor_who_grows_lenient_is_found(named: Project) -> None:
    found = auditor_drift(named, rows_of(audits=audited(7, ALIKE, 2500, drift=0.8))).set_index("auditor_id")
    assert found["drift"].to_dict() == dict.fromkeys(ALIKE, "steady") | {"Q1": "more lenient"}
    # 80 % of errors less in 25 weeks, of 8.8 % wrong: 1.1 points in four weeks.
    assert found.loc["Q1", "change"] == pytest.approx(-0.8 * 0.088 * 4 / 25, abs=0.005)
    assert found.loc["Q1", "low"] < -0.8 * 0.088 * 4 / 25 < found.loc["Q1", "high"]
    assert found["weeks"].tolist() == [26] * 5
    quiet = [
        set(auditor_drift(named, rows_of(audits=audited(seed, ALIKE | {"Q1": 0.3})))["drift"]) == {"steady"}
        for seed in range(15)
    ]
    assert sum(quiet) >= 13
    short = audited(7, ALIKE, 2500)
    short = short[short["week"] < FIRST + dt.timedelta(weeks=5)]
    assert set(auditor_drift(named, rows_of(audits=short))["drift"]) == {"too few"}


def test_weeks_stand_as_they_are(named: Project) -> None:
    week = [FIRST, FIRST, FIRST + dt.timedelta(7)]
    audits = pd.DataFrame(
        [
            {"auditor_id": who, "week": when, "correct": at >= wrong, "purpose": "random"}
            for who, when, wrong in (("Q1", week[0], 3), ("Q2", week[1], 1), ("Q1", week[2], 5))
            for at in range(10)
        ]
    )
    found = severity_by_week(named, rows_of(audits=audits))
    # In the second week Q1 was alone.
    assert found[["auditor_id", "n"]].values.tolist() == [["Q1", 10], ["Q2", 10]]
    assert found["severity"].tolist() == pytest.approx([0.2, -0.2])
    assert (found["low"] < found["severity"]).all()


CALIBRATED = [
    {"person_id": who, "item_id": f"i{at}", "label": said, "agreed_label": agreed, "blind": blind}
    for at, (who, agreed, said, blind) in enumerate(
        [
            ("Q1", "hate", "hate", True),
            ("Q1", "hate", "hate", True),
            ("Q1", "hate", "normal", True),
            ("Q1", "normal", "normal", True),
            ("Q2", "hate", "normal", True),
            ("Q2", "hate", "hate", False),
            ("Q2", None, "hate", True),
        ]
    )
]


def test_the_calibration_matrix_counts_what_was_said_where_what_was_agreed(named: Project, engine: Load) -> None:
    found = calibration_matrix(named, rows_of(**engine({"calibrations": CALIBRATED})))
    assert found.values.tolist() == [
        ["Q1", "hate", "hate", 2, pytest.approx(2 / 3)],
        ["Q1", "hate", "normal", 1, pytest.approx(1 / 3)],
        ["Q1", "normal", "normal", 1, 1.0],
        ["Q2", "hate", "normal", 1, 1.0],
    ]


def at(hour: int) -> dt.datetime:
    return dt.datetime(2026, 11, 9, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


MADE = [
    {"audit_id": name, "auditor_id": who, "purpose": purpose, "plan_id": plan, "correct": right, "root_cause": cause}
    | {"audit_handling_s": seconds, "submitted_at": at(0), "audited_at": at(hours)}
    for name, who, purpose, plan, right, cause, seconds, hours in [
        ("a1", "Q1", "random", "p", True, None, 60.0, 10),
        ("a2", "Q1", "random", "p", False, "slip", 90.0, 20),
        ("a3", "Q1", "targeted", "p", False, None, None, 48),
        ("a4", "Q1", "random", None, None, "slip", 30.0, 30),
        ("a5", "Q2", "random", "p", True, None, None, 5),
    ]
]
OBJECTIONS = [
    {"audit_id": "a2", "outcome": "upheld"},
    {"audit_id": "a2", "outcome": "overturned"},
    {"audit_id": "a3", "outcome": None},
    {"audit_id": "elsewhere", "outcome": "overturned"},
]


def test_what_auditors_did_is_counted(named: Project, engine: Load) -> None:
    tables = rows_of(**engine({"audits": MADE, "disputes": OBJECTIONS}))
    found = auditor_work(named, tables, tables).set_index("auditor_id")
    # Q1: three minutes of three timed audits; 10, 20, 30 and 48 hours; one of two errors with a cause.
    assert found.loc["Q1"].to_dict() == {
        "audits": 4,
        "planned": 2,
        "minutes": 3.0,
        "feedback_hours": 25.0,
        "errors": 2,
        "coded": 0.5,
        "disputed": 2,
        "overturned": 1,
    }
    second = found.loc["Q2"]
    assert second[["audits", "planned", "feedback_hours", "errors", "disputed", "overturned"]].tolist() == [
        1,
        1,
        5,
        0,
        0,
        0,
    ]
    assert second[["minutes", "coded"]].isna().all()


DECIDED = [
    {"decision_id": name, "item_id": name, "labeler_id": "L1", "label": "ok", "work_date": day, "submitted_at": when}
    for name, day, when in (
        ("before", dt.date(2026, 11, 8), at(-24)),
        ("in", dt.date(2026, 11, 9), at(0)),
        ("late", dt.date(2026, 11, 9), at(10)),
    )
]
# Jakarta is seven hours ahead: the 9th begins at 17:00 UTC on the 8th, and ends at 17:00 UTC.
JUDGED = [
    {"audit_id": name, "decision_id": decision, "auditor_id": "Q1", "audited_at": when, "correct": True}
    | {"purpose": "random"}
    for name, decision, when in (
        ("the day before", "before", at(-8)),
        ("of an earlier decision", "before", at(-7)),
        ("of the day", "in", at(16)),
        ("the day after", "late", at(17)),
    )
]


def test_an_audit_counts_on_the_day_it_was_made(parquet_project: Build) -> None:
    project = parquet_project({"decisions": DECIDED, "audits": JUDGED}, zone="Asia/Jakarta")
    day = dt.date(2026, 11, 9)
    rows, history = read_all(project, day, day + dt.timedelta(1)), read_all(project, None, day + dt.timedelta(1))
    (found,) = auditor_work(project, rows, history).to_dict("records")
    # Two of four, one of them of an earlier decision; 17 hours after it (from -24 to -7) and 16 after the other.
    assert (found["audits"], found["feedback_hours"]) == (2, pytest.approx(16.5))


def test_a_period_without_audits_has_no_work(parquet_project: Build) -> None:
    dispute = {"dispute_id": "o", "audit_id": "of the day", "raised_at": at(18), "outcome": "upheld"}
    project = parquet_project({"decisions": DECIDED, "audits": JUDGED, "disputes": [dispute]}, zone="Asia/Jakarta")
    rows = read_all(project, dt.date(2026, 11, 20), dt.date(2026, 11, 21))
    nothing = auditor_work(project, rows, read_all(project, None, dt.date(2026, 11, 21)))
    assert nothing.empty
    assert "feedback_hours" in nothing


def test_what_the_rows_do_not_tell_is_not_made_up(named: Project) -> None:
    bare = pd.DataFrame({"auditor_id": ["Q1", "Q1"]})
    found = auditor_work(named, rows_of(audits=bare), rows_of(audits=bare)).iloc[0]
    assert found[["auditor_id", "audits"]].tolist() == ["Q1", 2]
    assert found.drop(["auditor_id", "audits"]).isna().all()


def test_where_there_is_nothing_to_compare(named: Project) -> None:
    def work(project: Project, rows: Rows) -> pd.DataFrame:
        return auditor_work(project, rows, rows)

    for analysis in (auditors_compared, auditor_drift, severity_by_week, calibration_matrix, work):
        nothing = analysis(named, Rows((), lambda _: pytest.fail("not there")))
        assert nothing.empty, analysis
        assert len(nothing.columns) > 4, analysis
    undated = audited(1, ALIKE).drop(columns="week")
    assert auditor_drift(named, rows_of(audits=undated)).empty
    assert severity_by_week(named, rows_of(audits=undated)).empty
    alone = auditors_compared(named, rows_of(audits=audited(1, {"Q1": 0.9})))
    assert alone[["n", "group"]].values.tolist() == [[0, "too few"]]
    assert alone["severity"].isna().all()


def test_nobodys_id_is_shown(make_project: Build, engine: Load) -> None:
    hidden = make_project("")
    tables = rows_of(**engine({"audits": MADE, "disputes": OBJECTIONS, "calibrations": CALIBRATED}))
    compared = rows_of(audits=audited(1, ALIKE))
    for found in (
        auditor_work(hidden, tables, tables),
        calibration_matrix(hidden, tables),
        auditors_compared(hidden, compared),
        auditor_drift(hidden, compared),
        severity_by_week(hidden, compared),
    ):
        assert found.iloc[:, 0].str.match(r"P-[A-Z2-7]{8}$").all()
        assert found.iloc[:, 0].is_monotonic_increasing
