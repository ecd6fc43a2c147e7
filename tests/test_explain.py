"""What explain() says of a planted cause, what it refuses, and what it looks like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from explained import drawn, explained

from smo_reports import explain
from smo_reports.analyses.explanation import Explanation
from smo_reports.errors import KpiError

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn()


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> Explanation:
    return explained(rows)


# What it says.


def test_the_cause_and_its_size(rows: pd.DataFrame, found: Explanation) -> None:
    (one,) = found.findings
    after = rows[rows["period"] == "after"]
    inside = rows[(rows["market"] == "m00") & (rows["policy"] == "p01")]
    assert (one.segment, one.kind) == ({"market": "m00", "policy": "p01"}, "rate")
    assert one.low < -0.25 / 15 < one.high
    assert one.low < one.effect < one.high
    own = inside.groupby("period")["correct"]
    assert (one.rate_before, one.rate_after) == pytest.approx(tuple(own.mean()[["before", "after"]]))
    assert (one.n_before, one.n_after) == tuple(own.size()[["before", "after"]])
    assert one.share == pytest.approx(one.n_after / len(after))
    assert (one.people, one.new) == (False, False)
    assert found.answer.startswith("market m00, policy p01: ")
    rates = rows.groupby("period")["correct"].mean()
    assert (found.rate_before, found.rate_after) == pytest.approx((rates["before"], rates["after"]))
    assert (found.n_before, found.n_after) == (6000, 6000)
    assert found.nearest is None
    assert found.to_frame().loc[0, ["segment", "kind"]].tolist() == ["market m00, policy p01", "rate"]


def test_a_labeler_is_found_and_marked_as_a_person() -> None:
    (one,) = explained(drawn(1, cause={"labeler_id": "l07"}, drop=0.5)).findings
    assert (dict(one.segment), one.people) == ({"labeler_id": "l07"}, True)
    renamed = drawn(1, cause={"labeler_id": "l07"}, drop=0.5).rename(columns={"labeler_id": "who"})
    (one,) = explained(renamed, labeler="who").findings
    assert (dict(one.segment), one.people) == ({"who": "l07"}, True)


def test_an_auditor_assigned_at_random_is_measurement_and_one_who_was_not_is_rate() -> None:
    rows = drawn(2, cause={"auditor_id": "a03"}, drop=0.2)
    (one,) = explained(rows).findings
    assert (dict(one.segment), one.kind) == ({"auditor_id": "a03"}, "measurement")
    parts = explained(rows).parts
    assert parts["measurement"].value == pytest.approx(-0.2 / 6, abs=0.012)
    assert parts["measurement"].high < 0 < parts["rate"].high
    # Where the auditor has one market only, nobody can tell the market from the auditor.
    rows.loc[rows["auditor_id"] == "a03", "market"] = "m02"
    rows.loc[(rows["auditor_id"] == "a04") & (rows["market"] == "m02"), "auditor_id"] = "a03"
    found = explained(rows)
    assert {one.kind for one in found.findings} == {"rate"}
    assert found.parts["measurement"].note == "not separable"


def test_who_judged_may_be_named() -> None:
    rows = drawn(2, cause={"auditor_id": "a03"}, drop=0.2).rename(columns={"auditor_id": "second_look"})
    dimensions = ["market", "policy", "tool", "second_look"]
    assert explain(rows, dimensions=dimensions).findings[0].kind == "rate"
    assert explain(rows, dimensions=dimensions, measured_by=["second_look"]).findings[0].kind == "measurement"


def test_where_nothing_happened_it_says_so_and_what_came_nearest() -> None:
    found = explained(drawn(3, drop=0.0))
    assert found.findings == ()
    assert found.nearest is not None
    assert found.nearest.low < 0 < found.nearest.high
    assert found.more_rows >= 1
    assert found.answer.startswith(f"No cause found in {found.looked_at:,} segments. Nearest, within chance: ")
    assert found.to_frame().empty


def test_twenty_rows_are_too_few_for_a_finding_and_no_error(rows: pd.DataFrame) -> None:
    few = explained(rows.sample(20, random_state=1))
    assert (few.findings, few.nearest, few.n_before + few.n_after) == ((), None, 20)
    assert few.parts.total == pytest.approx(few.change, abs=1e-12)


@pytest.mark.parametrize("outcome", [0, 1])
def test_outcomes_that_are_all_alike_have_no_cause(rows: pd.DataFrame, outcome: int) -> None:
    found = explained(rows.assign(correct=outcome))
    assert (found.findings, found.change) == ((), 0.0)
    assert all(part.value == pytest.approx(0, abs=1e-12) for part in found.parts.values())


def test_without_labelers_and_without_dimensions(rows: pd.DataFrame) -> None:
    alone = explained(rows, labeler=None)
    assert [dict(one.segment) for one in alone.findings] == [{"market": "m00", "policy": "p01"}]
    assert not alone.findings[0].people
    assert explain(drawn(4, cause={}, drop=0.08), labeler=None).findings[0].segment == {}
    assert explain(drawn(4, cause={}, drop=0.08)).answer.startswith("everywhere: ")


# What it refuses.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dimensions": ["markt"]}, "no column 'markt'; did you mean 'market'?"),
        ({"outcome": "corect"}, "no column 'corect'; did you mean 'correct'?"),
        ({"period": "perod"}, "no column 'perod'; did you mean 'period'?"),
        ({"labeler": "labeler"}, "no column 'labeler'; did you mean 'labeler_id'?"),
        ({"weight": "weigt"}, "no column 'weigt'"),
        ({"before": "1"}, "column 'period' has no value '1'; it has 'before', 'after'"),
        ({"after": 2}, "column 'period' has no value 2; it has 'before', 'after'"),
        ({"before": "after"}, "before and after are both 'after'; name two periods"),
        ({"work": ["markt"]}, "'markt' is not one of the dimensions; did you mean 'market'?"),
        ({"measured_by": ["auditor"]}, "'auditor' is not one of the dimensions; did you mean 'auditor_id'?"),
        ({"dimensions": ["market", "period"]}, "'period' cannot be a dimension"),
        ({"dimensions": ["market", "correct"]}, "'correct' cannot be a dimension"),
        ({"population": pd.DataFrame({"market": ["m00"]})}, "no column 'period'"),
        ({"population": pd.DataFrame({"period": ["before"]})}, "column 'period' has no value 'after'; it has 'before'"),
    ],
)
def test_a_refusal_says_what_where_and_the_cure(rows: pd.DataFrame, options: dict[str, Any], message: str) -> None:
    with pytest.raises(KpiError) as raised:
        explained(rows, **options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"correct": 2}, "column 'correct' holds 2; an outcome is true or false, or 0 or 1"),
        ({"correct": 0.5}, "column 'correct' holds 0.5; an outcome is"),
        ({"correct": "yes"}, "column 'correct' holds "),
        ({"weight": 0.0}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": -1.0}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": np.nan}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": np.inf}, "column 'weight' holds a weight that is missing or not above 0"),
        ({"weight": "heavy"}, "column 'weight' holds "),
        ({"tool": [1, "a"] * 6000}, "a column holds values of several types"),
    ],
)
def test_values_that_cannot_be_used_are_refused(rows: pd.DataFrame, changed: dict[str, Any], message: str) -> None:
    odd = rows.assign(weight=1.0)
    ((name, value),) = changed.items()
    odd[name] = value if name == "tool" else odd[name].astype(object).mask(np.arange(len(odd)) == 7, value)
    if (name == "correct" and not isinstance(value, str)) or (name == "weight" and not isinstance(value, str)):
        odd[name] = odd[name].astype(float)
    elif name != "tool":
        odd[name] = odd[name].astype(str)
    with pytest.raises(KpiError) as raised:
        explained(odd, weight="weight")
    assert message in str(raised.value)


def test_a_period_without_an_outcome_is_refused(rows: pd.DataFrame) -> None:
    known = rows["correct"].astype("boolean").mask(rows["period"] == "after")
    with pytest.raises(KpiError, match="no row of period 'after' has a value of 'correct'; name a period that has"):
        explained(rows.assign(correct=known))


# What it looks like.


def test_hostile_values_stay_text(rows: pd.DataFrame) -> None:
    long = "x" * 5000
    names = {"m00": HOSTILE, "m01": long, "m02": 'two\nlines & "more"'}
    odd = rows.assign(market=rows["market"].map(names), period=rows["period"].map({"before": HOSTILE, "after": "<b>"}))
    found = explained(odd, before=HOSTILE, after="<b>")
    assert found.findings[0].segment["market"] == HOSTILE
    page = found._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert page.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") >= 3


@pytest.mark.parametrize("value", ["x" * 5000, "two\nlines", "", "'; drop table audits; --", "🙈"])
def test_odd_values_are_found_as_they_are(rows: pd.DataFrame, value: str) -> None:
    found = explained(rows.assign(market=rows["market"].replace("m00", value)))
    assert found.findings[0].segment["market"] == value
    assert repr(found)
    assert found._repr_html_().startswith("<p>")


def test_it_prints_its_parts_and_findings(found: Explanation) -> None:
    text, page = repr(found), found._repr_html_()
    for part in ("mix", "rate", "measurement"):
        assert part in text
        assert part in page
    for shown in ("market m00, policy p01", "correct: ", "give or take", f"n={found.findings[0].n_after:,}"):
        assert shown in text
        assert shown in page
    assert found.give_or_take == pytest.approx(1.959964 * found.noise, rel=1e-6)
    assert dict(found.parts) == {name: found.parts[name] for name in found.parts}
    assert repr(found.parts).count("points") == len(found.parts)
