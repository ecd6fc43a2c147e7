"""Kinds of errors, the confusion matrix and confused pairs: worked by hand, and against the rows themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports import analyses, estimate, present
from smo_reports.analyses.label_sets import apart, same_order
from smo_reports.project import Project
from smo_reports.schema import PERIOD_WORK
from smo_reports.sources import Rows, read_all

START, END = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
Build = Callable[..., Project]
Row = dict[str, Any]
OF_AUDIT = ("audit_label", "correct", "purpose", "weight", "stratum", "plan_id", "error_type", "root_cause")


def tables(rows: list[Row]) -> dict[str, list[Row]]:
    """Decisions and their audits from one row each; what is not said is the usual."""
    decisions, audits = [], []
    for at, row in enumerate(rows):
        own = {"item_id": f"i{at}", "labeler_id": f"L{at % 6}", "label": "a", "work_date": START} | row
        decision = {"decision_id": f"d{at}"} | {name: own[name] for name in own if name not in OF_AUDIT}
        if "audited" in own:
            decision.pop("audited")
            decisions.append(decision)
            continue
        decisions.append(decision)
        told = {"purpose": "random"} | {name: own[name] for name in OF_AUDIT if name in own}
        audits.append(
            {"audit_id": f"a{at}", "decision_id": f"d{at}", "auditor_id": "A1"}
            | {"audited_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC)}
            | told
        )
    return {"decisions": decisions, "audits": audits}


@pytest.fixture
def read(parquet_project: Build) -> Callable[..., tuple[Project, Rows]]:
    def build(rows: list[Row], extra: str = "") -> tuple[Project, Rows]:
        project = parquet_project(tables(rows), extra)
        return project, read_all(project, START, END)

    return build


def spread_out(stratum: str, weight: float, right: int, **errors: int) -> list[Row]:
    """Audits of one stratum: those that are right, and errors by their type."""
    own = {"stratum": stratum, "plan_id": "p", "weight": weight}
    wrong = [own | {"audit_label": "b", "error_type": None if kind == "none" else kind} for kind, n in errors.items()
             for _ in range(n)]  # fmt: skip
    return [own | {"audit_label": "a"} for _ in range(right)] + wrong


# Errors stand for 2 · 10 + 1 · 10 + 3 · 2 + 2 · 2 = 40 decisions of 10 · 10 + 10 · 2 = 120.
TYPED = spread_out("A", 10.0, 7, false_positive=2, false_negative=1) + spread_out("B", 2.0, 5, technical=3, none=2)


def test_errors_by_type_worked_by_hand(read: Any) -> None:
    project, rows = read(TYPED)
    found = analyses.error_pareto(project, rows, "error_type")
    codes = found.codes.set_index("code")
    assert list(codes.index) == ["false_positive", "false_negative", "technical", ""]
    assert codes["n"].to_list() == [2, 1, 3, 2]
    assert codes["value"].to_list() == pytest.approx([20 / 40, 10 / 40, 6 / 40, 4 / 40])
    assert codes["cumulative"].to_list() == pytest.approx([0.5, 0.75, 0.9, 1.0])
    assert codes["lost"].to_list() == pytest.approx([20 / 120, 10 / 120, 6 / 120, 4 / 120])
    assert (found.errors, found.coded, found.coverage) == (8, 6, 0.75)
    assert codes["listed"].to_list() == [True, True, True, False]


def test_the_interval_of_a_type_is_that_of_its_kpi(read: Any) -> None:
    """Where every error has a type, points lost by technical errors are the technical-error rate."""
    project, rows = read([row for row in TYPED if row.get("error_type", "") is not None])
    found = analyses.error_pareto(project, rows, "error_type").codes.set_index("code").loc["technical"]
    rate = estimate("technical_error_rate", rows).set_index("interval").loc[PERIOD_WORK]
    assert found[["lost", "lost_low", "lost_high"]].to_list() == pytest.approx(rate[["value", "low", "high"]].to_list())


def test_weights_drawn_labeler_by_labeler_are_strata_of_their_own(read: Any) -> None:
    rows = [
        {"labeler_id": f"L{who}", "weight": 2.0 + who, "audit_label": "b" if turn < 1 + who % 2 else "a"}
        | {"error_type": "technical" if turn < 1 + who % 2 else None}
        for who in range(6)
        for turn in range(8)
    ]
    project, found_rows = read(rows)
    found = analyses.error_pareto(project, found_rows, "error_type").codes.iloc[0]
    rate = estimate("technical_error_rate", found_rows).set_index("interval").loc[PERIOD_WORK]
    assert found[["lost", "lost_low", "lost_high"]].to_list() == pytest.approx(rate[["value", "low", "high"]].to_list())


def test_codes_are_shown_as_given_and_only_random_audits_with_weight_count(read: Any) -> None:
    wrong = {"audit_label": "b", "weight": 2.0}
    rows = [
        *({"audit_label": "a", "weight": 2.0} for _ in range(20)),
        wrong | {"root_cause": "=HYPERLINK(1)"},
        wrong | {"root_cause": "  slip "},
        wrong | {"root_cause": "slip"},
        wrong | {"root_cause": "ours"},
        wrong | {"root_cause": "   "},
        wrong | {"root_cause": "slip", "purpose": "targeted"},
        {"audit_label": "b", "weight": None, "root_cause": "slip"},
    ]
    project, found_rows = read(rows, "root_causes: [ours]\n")
    found = analyses.error_pareto(project, found_rows, "root_cause")
    assert found.codes[["code", "n", "listed"]].to_numpy().tolist() == [
        ["slip", 2, True], ["=HYPERLINK(1)", 1, False], ["ours", 1, True], ["", 1, False],
    ]  # fmt: skip
    assert (found.errors, found.coded, found.unweighted) == (5, 4, 1)


def test_what_a_pareto_cannot_say(read: Any) -> None:
    project, rows = read([{"audit_label": "a"}] * 3)
    assert analyses.error_pareto(project, rows, "root_cause").missing == "audits.root_cause"
    shown = present.error_pareto(project, analyses.error_pareto(project, rows, "root_cause"))
    assert shown.text == "Not measured: needs audits.root_cause."
    project, rows = read([{"audit_label": "a", "error_type": None}, {"audit_label": "a", "error_type": "technical"}])
    none = analyses.error_pareto(project, rows, "error_type")
    assert (none.errors, len(none.codes)) == (0, 0)
    assert np.isnan(none.coverage)
    assert "found no error" in present.error_pareto(project, none).text


@pytest.fixture
def labelled() -> list[Row]:
    random = np.random.default_rng(4)
    rows = []
    for at in range(400):
        truth = ["a", "b", "c"][random.integers(3)]
        label = truth if random.random() < 0.8 else ["a", "b", "c"][random.integers(3)]
        rows.append(
            {"labeler_id": f"L{at % 9}", "label": label, "audit_label": truth, "weight": float(random.integers(1, 9))}
            | {"market": "ID" if at % 3 else "MY"}
        )
    return rows


def test_the_matrix_is_a_weighted_cross_table(read: Any, labelled: list[Row]) -> None:
    project, rows = read(labelled, "labels: {violating: [c, a], benign: [b]}\n")
    found = analyses.confusion(project, rows)
    assert found.labels == ("c", "a", "b")
    table = pd.DataFrame(labelled)
    expected = pd.crosstab(table["audit_label"], table["label"], table["weight"], aggfunc="sum", normalize="index")
    counts = pd.crosstab(table["audit_label"], table["label"])
    for cell in found.cells.itertuples():
        assert cell.value == pytest.approx(expected.loc[cell.truth, cell.given])
        assert cell.n == counts.loc[cell.truth, cell.given]
        assert cell.truth_n == counts.loc[cell.truth].sum()
        assert 0 <= cell.low < cell.value < cell.high <= 1
    assert found.cells.groupby("truth")["value"].sum().to_list() == pytest.approx([1, 1, 1])
    assert found.cells["truth"].drop_duplicates().to_list() == ["c", "a", "b"]


def test_the_diagonal_of_two_labels_is_recall(read: Any, labelled: list[Row]) -> None:
    two = [row for row in labelled if {row["label"], row["audit_label"]} <= {"a", "b"}]
    project, rows = read(two, "labels: {violating: [a], benign: [b]}\n")
    cell = analyses.confusion(project, rows).cells.set_index(["truth", "given"]).loc[("a", "a")]
    recall = estimate("recall", rows).set_index("interval").loc[PERIOD_WORK]
    assert cell[["value", "low", "high"]].to_list() == pytest.approx(recall[["value", "low", "high"]].to_list())


def test_the_matrix_by_segment_leaves_out_who_could_be_recognised(read: Any, labelled: list[Row]) -> None:
    lone = [row | {"market": "SG", "labeler_id": f"L{at % 2}"} for at, row in enumerate(labelled[:20])]
    project, rows = read([*labelled, *lone])
    found = analyses.confusion(project, rows, ["market", "labeler_id", "planet"])
    assert found.by == ("market",)
    assert set(found.cells["market"]) == {"ID", "MY"}
    assert found.hidden == 1
    table = pd.DataFrame(labelled)
    own = table[table["market"] == "MY"]
    expected = pd.crosstab(own["audit_label"], own["label"], own["weight"], aggfunc="sum", normalize="index")
    mine = found.cells[found.cells["market"] == "MY"]
    assert mine["value"].to_list() == pytest.approx(
        [expected.loc[cell.truth, cell.given] for cell in mine.itertuples()]
    )
    shown = present.confusion_matrix(project, found)
    assert "1 segment is left out: fewer than three people stand behind it." in shown.html


def test_audits_that_do_not_say_what_was_right_are_counted(read: Any) -> None:
    rows = [{"label": "a", "audit_label": "a"} for _ in range(6)] + [{"label": "b", "correct": False}] * 2
    project, found_rows = read(rows)
    found = analyses.confusion(project, found_rows)
    assert (found.unlabelled, found.cells["n"].sum()) == (2, 6)
    pairs = analyses.confused_pairs(found_rows)
    assert (pairs.errors, pairs.paired, len(pairs.pairs)) == (2, 0, 0)
    assert "2 audits do not say what was right." in present.confusion_matrix(project, found).html


def test_of_decisions_with_several_labels_the_order_does_not_matter(read: Any) -> None:
    right = [{"label": "b | a", "audit_label": "a | b", "correct": True}] * 12
    wrong = [{"label": "a | c", "audit_label": "a | b"}] * 2 + [{"label": "a", "audit_label": "b | a"}]
    project, rows = read(right + wrong)
    found = analyses.confusion(project, rows)
    assert found.several
    assert found.labels == ("a", "a | b", "a | c")
    assert found.cells[["given", "n"]].to_numpy().tolist() == [["a", 1], ["a | b", 12], ["a | c", 2]]
    pairs = analyses.confused_pairs(rows).pairs
    # What both sides said is not confused: c for b twice, and nothing for b once.
    assert pairs[["a", "b", "n", "said_n"]].to_numpy().tolist() == [["b", "c", 2, 15], ["", "b", 1, 15]]
    assert "each set of labels is one label" in present.confusion_matrix(project, found).html
    assert "no label given for b 1" in present.pairs_table(project, analyses.confused_pairs(rows)).html


def test_what_two_answers_differ_in() -> None:
    assert apart("spam | hate", "hate|spam | x") == ("hate | spam", "hate|spam | x")
    assert apart("a | a | b", "b") == ("a", "")
    assert same_order(" b |  | a | b") == "a | b"


# 100 audits of two policies; a weighs 3 in policy p. p: 6 for a-b (4 a given for b, 2 back), 2 for a-c. q: 4 for a-b.
PAIRED = [
    *({"policy": "p", "label": "a", "audit_label": "a", "weight": 3.0} for _ in range(42)),
    *({"policy": "p", "label": "a", "audit_label": "b", "weight": 3.0} for _ in range(4)),
    *({"policy": "p", "label": "b", "audit_label": "a", "weight": 3.0} for _ in range(2)),
    *({"policy": "p", "label": "c", "audit_label": "a", "weight": 3.0} for _ in range(2)),
    *({"policy": "q", "label": "c", "audit_label": "c", "weight": 1.0} for _ in range(26)),
    *({"policy": "q", "label": "a", "audit_label": "a", "weight": 1.0} for _ in range(20)),
    *({"policy": "q", "label": "b", "audit_label": "a", "weight": 1.0} for _ in range(4)),
]


def test_pairs_worked_by_hand(read: Any) -> None:
    _, rows = read(PAIRED)
    found = analyses.confused_pairs(rows)
    pairs = found.pairs.set_index(["policy", "a", "b"])
    # Decisions: 50 · 3 + 50 = 200. Costs 18, 6 and 4 of them; errors in all 28.
    assert list(pairs.index) == [("p", "a", "b"), ("p", "a", "c"), ("q", "a", "b")]
    assert pairs["lost"].to_list() == pytest.approx([18 / 200, 6 / 200, 4 / 200])
    assert pairs["of_errors"].to_list() == pytest.approx([18 / 28, 6 / 28, 4 / 28])
    assert pairs["n"].to_list() == [6, 2, 4]
    # Either was said in all of p for both of its pairs, and in 24 audits of q.
    assert pairs["said_n"].to_list() == [50, 50, 24]
    assert pairs["rate"].to_list() == pytest.approx([6 / 50, 2 / 50, 4 / 24])
    ways = found.directions.set_index(["policy", "given", "truth"])
    assert ways["lost"].to_dict() == pytest.approx(
        {("p", "a", "b"): 12 / 200, ("p", "b", "a"): 6 / 200, ("p", "c", "a"): 6 / 200, ("q", "b", "a"): 4 / 200}
    )
    assert (found.audits, found.errors, found.paired) == (100, 12, 12)
    accuracy = estimate("accuracy", rows)["value"].iloc[0]
    assert pairs["lost"].sum() == pytest.approx(1 - accuracy)
    assert pairs["change"].isna().all()


def test_a_pair_that_became_costlier(parquet_project: Build) -> None:
    before = [{"label": "a", "audit_label": "b" if at < 2 else "a"} for at in range(400)]
    after = [{"label": "a", "audit_label": "b" if at < 60 else "a", "work_date": END} for at in range(400)]
    project = parquet_project(tables(before + after))
    then, now = read_all(project, START, END), read_all(project, END, END + dt.timedelta(7))
    found = analyses.confused_pairs(now, then)
    row = found.pairs.iloc[0]
    assert (row["before"], row["change"]) == (pytest.approx(2 / 400), pytest.approx(58 / 400))
    assert 0 < row["change_low"] < row["change"] < row["change_high"]
    assert "worse than before: +14.5 points" in present.pairs_table(project, found).html
    assert "better than before" in present.pairs_table(project, analyses.confused_pairs(then, now)).html


def test_pairs_of_one_or_two_people_have_no_figures(read: Any) -> None:
    lone = [
        {"policy": "s", "label": "x", "audit_label": "y" if at < 5 else "x", "labeler_id": f"L{at % 2}", "weight": 2.0}
        for at in range(20)
    ]
    project, rows = read([*PAIRED, *lone])
    found = analyses.confused_pairs(rows)
    own = found.pairs.set_index("policy").loc["s"]
    assert own[["lost", "low", "rate", "of_errors"]].isna().all()
    assert found.directions.set_index("policy").loc["s"][["lost", "low", "high", "of_errors"]].isna().all()
    assert found.pairs["policy"].iloc[-1] == "s"
    assert "nan" not in present.pairs_table(project, found).html


HOSTILE = "<script>alert(1)</script>\n# $x$ | [a](http://x) 'q' \"w\" &amp; \x00\u202e"


def test_hostile_labels_are_only_text(read: Any) -> None:
    wrong = {"label": HOSTILE, "audit_label": "b", "root_cause": HOSTILE, "policy": HOSTILE}
    project, rows = read([wrong] * 6 + [{"label": "b", "audit_label": "b", "policy": HOSTILE}] * 20)
    shown = [
        present.confusion_matrix(project, analyses.confusion(project, rows, ["policy"])),
        present.error_pareto(project, analyses.error_pareto(project, rows, "root_cause")),
        present.pairs_table(project, analyses.confused_pairs(rows)),
    ]
    for exhibit in shown:
        assert "<script" not in exhibit.html
        assert "&lt;script&gt;" in exhibit.html
        assert "\x00" not in exhibit.html


def test_missing_columns_are_named(read: Any) -> None:
    project, rows = read([{"correct": True}])
    assert present.confusion_matrix(project, analyses.confusion(project, rows)).text.startswith("Too few people stand")
    without: dict[str, Any] = {"audits": rows["audits"].drop("purpose")}
    found = analyses.confused_pairs(Rows(("audits",), lambda name: without[name]))
    assert (found.missing, len(found.pairs)) == ("audits.purpose", 0)
    assert present.pairs_table(project, found).text == "Not measured: needs audits.purpose."
    nothing = analyses.confused_pairs(Rows((), lambda name: without[name]))
    assert nothing.missing.startswith("audits.correct, audits.purpose")
