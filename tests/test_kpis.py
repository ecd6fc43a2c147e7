"""Every KPI's worked value, on every engine: the arithmetic stands beside the numbers."""

from __future__ import annotations

import datetime as dt
import math
import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
import pytest
import worked
from oracles import clusters_of, drawn_ends, uncertain_ends
from worked import W1, W2, Row, Worked, outcomes
from worked.effort import HOURS, TIMED
from worked.quality import AUDITS

from smo_reports.errors import KpiError
from smo_reports.kpis import KPIS, estimate, estimates
from smo_reports.kpis.tally import Groups
from smo_reports.schema import ESTIMATE_COLUMNS, PERIOD_WORK, PROCESS

Load = Callable[[dict[str, list[Row]]], dict[str, Any]]

WORKED: dict[str, Worked] = {
    name: one
    for module in pkgutil.iter_modules(worked.__path__)
    for name, one in import_module(f"worked.{module.name}").WORKED.items()
}


def test_every_kpi_is_worked_by_hand() -> None:
    assert set(WORKED) == set(KPIS)


def ends_of(one: Worked) -> dict[str, tuple[float, float]]:
    """The ends of each interval, from what was worked out by hand."""
    made = {
        interval: drawn_ends(one.value, plain, one.n, quantile, left)
        for interval, (plain, quantile, left) in one.score.items()
    }
    if one.labelers:
        share, plain, freedom, n = clusters_of(*outcomes(one.labelers))
        assert (share, n) == (pytest.approx(one.value), one.n)
        made[PROCESS] = uncertain_ends(share, plain, n, freedom)
    return one.ends | made


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_value_on_every_engine(name: str, engine: Load) -> None:
    one = WORKED[name]
    found = estimate(name, engine(one.tables)).set_index("interval")
    wanted = ends_of(one)
    assert set(found.index) == set(wanted)
    assert found["unit"].unique().tolist() == [KPIS[name].unit]
    for interval, (low, high) in wanted.items():
        row = found.loc[interval]
        assert (row["value"], row["n"]) == (pytest.approx(one.value), one.n)
        # Handling times are tallied in bins of half a per cent; Student's quantiles are printed to five digits.
        loose = 5e-3 if name == "handling_time_median" else 5e-5
        assert (row["low"], row["high"]) == pytest.approx((low, high), rel=loose, nan_ok=True), interval


@pytest.mark.parametrize(("name", "split"), [(name, split) for name, one in WORKED.items() for split in one.parts])
def test_the_worked_parts_on_every_engine(name: str, split: str, engine: Load) -> None:
    one = WORKED[name]
    found = estimate(name, engine(one.tables), [split])
    assert list(found.columns) == [split, *ESTIMATE_COLUMNS]
    for interval, own in found.groupby("interval"):
        keys = pd.to_datetime(own[split]).dt.date if split == "week" else own[split]
        shown = {key: (value, n) for key, value, n in zip(keys, own["value"], own["n"], strict=True)}
        wanted = {key: (pytest.approx(value, nan_ok=True), n) for key, (value, n) in one.parts[split].items()}
        assert shown == wanted, interval


def test_a_week_carries_its_own_period(engine: Load) -> None:
    found = estimate("accuracy", engine({"audits": AUDITS}), "week")
    spans = set(zip(found["period_start"], found["period_end"], strict=True))
    assert spans == {(W1, W1 + dt.timedelta(7)), (W2, W2 + dt.timedelta(7))}


def test_a_split_is_a_domain_of_the_strata_that_were_drawn(engine: Load) -> None:
    found = estimate("accuracy", engine({"audits": AUDITS}), "market").set_index(["market", "interval"])
    # ID: a1 a2 a3 right, b1 wrong, b4 right: p = 16/17. Of each stratum four were drawn. Residuals in 17ths:
    # A 10 10 10 0, 4/3 (300 - 30²/4) = 100; B -32 2 0 0, 4/3 (1028 - 30²/4) = 3212/3. A is flawless so far: it may hide
    # what the group's rows vary by, 300 · 16, as far as A decides, 300/308, but all is 16 · 308 = 4928 at most, which
    # leaves 11272/3. Sampled 4/40 and 4/8: of A's 11572/3 3471.6 are left, of B's 1606/3; 5 - 2 degrees (Student
    # 3.18245).
    wanted = drawn_ends(16 / 17, 34**2 / 308, 5, 3.18245, (3471.6 + 1606 / 3) / 4928)
    row = found.loc[("ID", PERIOD_WORK)]
    assert (row["low"], row["high"]) == pytest.approx(wanted, rel=5e-5)


def weighted_audits(missing: int) -> list[Row]:
    """Forty audits of five people, half of each market; of the first market some have no weight."""
    return [
        {"labeler_id": f"L{at % 5}", "purpose": "random", "correct": at % 7 > 0, "market": ["ID", "MY"][at >= 40]}
        | {"stratum": "A", "weight": (None, 0.0)[at % 2] if at < missing else 4.0 + at % 3}
        for at in range(80)
    ]


@pytest.mark.parametrize(
    ("missing", "note"),
    [
        (0, ""),
        (1, "1 random audit has no weight and is left out"),
        (6, "6 random audits have no weight and are left out"),
        (11, "too few: 29 audits of 5 labelers; 30 of 5 are needed"),
    ],
)
def test_audits_without_a_weight_are_left_out_aloud(engine: Load, missing: int, note: str) -> None:
    found = estimate("accuracy", engine({"audits": weighted_audits(missing)}), "market")
    period = found[found["interval"] == PERIOD_WORK].set_index("market")
    assert period["n"].to_dict() == {"ID": 40 - missing, "MY": 40}
    assert period["note"].to_dict() == {"ID": note, "MY": ""}


def test_rows_of_an_unknown_labeler_count_but_are_nobody(engine: Load) -> None:
    # The first group's unknown labeler is not counted into the group before it, nor is there one.
    rows: list[Row] = [{**row, "labeler_id": None} if at % 8 == 0 else row for at, row in enumerate(weighted_audits(0))]
    found = estimate("accuracy", engine({"audits": rows}), "market")
    period = found[found["interval"] == PERIOD_WORK].set_index("market")
    whole = estimate("accuracy", engine({"audits": weighted_audits(0)}), "market")
    assert period["n"].to_dict() == {"ID": 40, "MY": 40}
    assert period["note"].to_dict() == {"ID": "", "MY": ""}
    assert period["value"].tolist() == pytest.approx(whole.loc[whole["interval"] == PERIOD_WORK, "value"].tolist())
    assert found[["low", "high"]].notna().all(axis=None)


def test_people_are_counted_without_the_unknown() -> None:
    table = pd.DataFrame({"queue": list("aabbbc"), "labeler_id": ["L1", None, "L1", "L2", "L2", None]})
    assert Groups.of(table, ("queue",)).distinct(table["labeler_id"]).tolist() == [1, 2, 0]


def test_two_splits_at_once(engine: Load) -> None:
    found = estimate("decisions", engine({"decisions": TIMED}), ["market", "week"])
    weeks = pd.to_datetime(found["week"]).dt.date
    shown = list(zip(found["market"], weeks, found["value"], strict=True))
    assert shown == [("ID", W1, 2), ("ID", W2, 1), ("MY", W2, 2)]


def test_a_month_ends_with_the_next_ones_first_day(engine: Load) -> None:
    december = [{"decision_id": "d", "month": dt.date(2026, 12, 1)}]
    found = estimate("decisions", engine({"decisions": december}), "month").iloc[0]
    assert (found["period_start"], found["period_end"]) == (dt.date(2026, 12, 1), dt.date(2027, 1, 1))


def test_one_frame_stands_for_the_first_table_that_is_needed(engine: Load) -> None:
    frame = engine({"audits": AUDITS})["audits"]
    assert estimate("accuracy", frame)["value"].tolist() == pytest.approx([17 / 24] * 2)


def test_without_weights_every_audit_counts_the_same(engine: Load) -> None:
    plain = [{key: value for key, value in row.items() if key not in ("weight", "stratum")} for row in AUDITS]
    found = estimate("accuracy", engine({"audits": plain}))
    # The eight that counted, five of them right, and the two whose weight was missing or nothing, both wrong.
    assert found["value"].tolist() == [0.5, 0.5]
    assert found["n"].tolist() == [10, 10]


def test_strata_of_different_plans_are_different_strata(engine: Load) -> None:
    def audited(plan: str, weight: float, hits: str) -> list[Row]:
        return [
            {"labeler_id": f"L{at}", "purpose": "random", "correct": hit == "1", "weight": weight}
            | {"plan_id": plan, "stratum": "all"}
            for at, hit in enumerate(hits)
        ]

    one = audited("p1", 2.0, "1110") + audited("p2", 8.0, "1100")
    named = [row | {"stratum": row["plan_id"], "plan_id": "same"} for row in one]
    together = estimate("accuracy", engine({"audits": one}))
    assert together["low"].tolist() == pytest.approx(estimate("accuracy", engine({"audits": named}))["low"].tolist())
    merged = [row | {"plan_id": "same"} for row in one]
    assert together["low"].iloc[0] != pytest.approx(estimate("accuracy", engine({"audits": merged}))["low"].iloc[0])


LACKING = [
    (name, table, column)
    for name, one in KPIS.items()
    for table, needed in one.needs.items()
    for column in (None, *needed)
]
SAID = {
    "gold_decisions": "gold",
    "violating": "labels (violating, benign) in the project's YAML",
    "audit_violating": "labels (violating, benign) in the project's YAML",
    "agreed_violating": "labels (violating, benign) in the project's YAML",
    "label_rank": "labels (ordered) in the project's YAML",
    "severity_weight": "severity_weights in the project's YAML",
    "outdated_at": "guideline changes in the table events, and times on the table gold",
    "severe": "severe in the project's YAML",
    "items_due": "items with due_at and closed_at",
    "items_open": "items with closed_at",
    "questions_open": "questions with answered_at",
    "escalations_open": "escalations with resolved_at",
    "age_s": "times at which the rows begin and end",
    "closed": "times at which the rows begin and end",
    "day": "dates on the rows",
    "past_due": "items.due_at",
    "on_time": "batches.delivered_at",
    "reworked": "batches.rework_of",
}


@pytest.mark.parametrize(("name", "table", "column"), LACKING)
def test_what_is_missing_is_said_and_never_a_zero(name: str, table: str, column: str | None) -> None:
    frames = {key: pd.DataFrame(rows) for key, rows in WORKED[name].tables.items()}
    if column is None:
        frames.pop(table)
        needs = f"the table {SAID.get(table, table)}"
    else:
        frames[table] = frames[table].drop(columns=column)
        needs = SAID.get(column, f"{table}.{column}")
    found = estimate(name, frames)
    assert found["note"].tolist() == [f"not measured: needs {needs}"]
    assert found["value"].isna().all()
    assert found["n"].tolist() == [0]


def test_a_split_that_only_one_table_has_is_not_measured() -> None:
    frames = {"decisions": pd.DataFrame(TIMED), "work_hours": pd.DataFrame(HOURS)}
    found = estimate("throughput", frames, "market")
    assert found["note"].tolist() == ["not measured: needs work_hours.market to be split by market"]
    undated = pd.DataFrame(TIMED).drop(columns="week")
    assert estimate("decisions", undated, "week")["note"].tolist() == ["not measured: needs dates on the rows"]


def test_unknown_names_say_what_was_probably_meant() -> None:
    with pytest.raises(KpiError, match=r"unknown KPI 'acuracy'; did you mean 'accuracy'\?"):
        estimate("acuracy", {})
    with pytest.raises(KpiError, match=r"accuracy cannot be split by 'markets'; did you mean 'market'\?"):
        estimate("accuracy", pd.DataFrame(AUDITS), "markets")


def test_one_label_leaves_alpha_undefined(engine: Load) -> None:
    same = [{"item_id": f"i{at % 20}", "labeler_id": f"L{at // 20}", "label": "a"} for at in range(40)]
    found = estimate("krippendorff_alpha", engine({"decisions": same})).iloc[0]
    assert (found["note"], found["n"]) == ("undefined: only one label was used", 20)
    assert math.isnan(found["value"])
    assert estimate("agreement", engine({"decisions": same}))["value"].tolist() == [1.0]


def test_without_overlap_agreement_is_not_measured(engine: Load) -> None:
    alone = [{"item_id": f"i{at}", "labeler_id": "L1", "label": "a"} for at in range(40)]
    for name in ("agreement", "krippendorff_alpha"):
        found = estimate(name, engine({"decisions": alone})).iloc[0]
        assert found["note"] == "not measured: needs items labelled blind by two or more people"


def audits_of(audits: int, labelers: int) -> list[Row]:
    return [{"labeler_id": f"L{at % labelers}", "purpose": "random", "correct": at % 7 > 0} for at in range(audits)]


@pytest.mark.parametrize(
    ("audits", "labelers", "note"),
    [
        (30, 5, ""),
        (29, 5, "too few: 29 audits of 5 labelers; 30 of 5 are needed"),
        (30, 4, "too few: 30 audits of 4 labelers; 30 of 5 are needed"),
    ],
)
def test_too_few_begins_below_thirty_audits_and_five_labelers(audits: int, labelers: int, note: str) -> None:
    found = estimate("accuracy", pd.DataFrame(audits_of(audits, labelers)))
    assert found["note"].tolist() == [note, note]
    assert found["n"].tolist() == [audits, audits]


@pytest.mark.parametrize(("items", "note"), [(30, ""), (29, "too few: 29 items; 30 are needed")])
def test_too_few_items(items: int, note: str) -> None:
    votes = [
        {"item_id": f"i{at}", "labeler_id": person, "label": "ab"[at % 3 == 0 and person == "L2"]}
        for at in range(items)
        for person in ("L1", "L2")
    ]
    assert estimate("agreement", pd.DataFrame(votes))["note"].tolist() == [note]
    gold = [row | {"gold_label": "a"} for row in votes]
    found = estimate("consensus_gold_accuracy", pd.DataFrame(gold))
    assert found["note"].tolist() == [note.replace("items", "gold items")]


def test_no_audit_drawn_at_random_is_no_estimate(engine: Load) -> None:
    targeted = [row | {"purpose": "targeted"} for row in AUDITS]
    for name in ("accuracy", "false_positive_rate", "false_negative_rate"):
        found = estimate(name, engine({"audits": targeted}))
        assert found["value"].isna().all(), name
        assert found["low"].isna().all(), name
        assert found["n"].tolist() == [0, 0], name
        assert found["note"].str.match("not measured|too few").all(), name
        assert estimate(name, engine({"audits": targeted}), "market").empty, name


def test_no_rows_at_all_are_no_estimate(engine: Load) -> None:
    for name, one in WORKED.items():
        found = estimate(name, {key: none_of(frame) for key, frame in engine(one.tables).items()})
        assert found["n"].tolist() == [0] * len(found), name
        # Nothing, counted, is nothing; any other figure of nothing is none.
        if KPIS[name].unit != "count":
            assert found["value"].isna().all(), name
            assert (found["note"] != "").all(), name


def none_of(frame: Any) -> Any:
    """The same frame without its rows, whichever engine holds it."""
    if isinstance(frame, pd.DataFrame):
        return frame.iloc[:0]
    return frame.filter("false") if hasattr(frame, "to_arrow_table") else frame.filter(False)


def test_throughput_says_whose_hours_are_missing(engine: Load) -> None:
    made = [{"labeler_id": f"L{at % 6}"} for at in range(36)]
    booked = [{"person_id": f"L{at}", "activity": "production", "hours": 2.0} for at in range(5)]
    note = "6 decisions are of people who booked no production hours"
    found = estimate("throughput", engine({"decisions": made, "work_hours": booked}))
    assert found["note"].tolist() == [note, note]
    assert found["value"].tolist() == pytest.approx([3.6, 3.6])
    idle = [row | {"activity": "training"} for row in booked]
    found = estimate("throughput", engine({"decisions": made, "work_hours": idle}))
    assert found["note"].unique().tolist() == ["not measured: needs hours booked as production in this period"]
    assert found["value"].isna().all()


def test_several_kpis_stand_below_each_other(engine: Load) -> None:
    frames = engine({"audits": AUDITS, "decisions": TIMED})
    found = estimates(["decisions", "accuracy"], frames)
    assert found["kpi"].tolist() == ["decisions", "accuracy", "accuracy"]
    assert list(found.columns) == list(ESTIMATE_COLUMNS)


def test_every_kpi_says_what_it_asks_and_where_it_is_from() -> None:
    for name, one in KPIS.items():
        assert name == one.name
        assert one.question.endswith("?"), name
        assert all((one.title, one.formula, one.source, one.counts)), name
        assert one.better in ("higher", "lower", None), name
