"""Explanations of real labels: how accuracy fell over four batches, and where three assessors disagree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smo_reports import explain


@pytest.fixture(scope="module")
def statements(data_folder: Path) -> pd.DataFrame:
    """Ratings of statements in four batches; a worker is known within a batch only."""
    batches = [
        pd.read_csv(data_folder / "truthfulness" / f"batch-{number}.csv").assign(batch=number) for number in range(1, 5)
    ]
    rows = pd.concat(batches, ignore_index=True)
    rows["labeler_id"] = rows["batch"].astype(str) + rows["unit_id"]
    rows["correct"] = rows["doc_truthfulness_value"] == rows["doc_ground_truth_value"]
    return rows


DIMENSIONS = ["doc_ground_truth_label", "doc_index"]


def by_label(statements: pd.DataFrame, batch: int) -> pd.Series:
    return statements[statements["batch"] == batch].groupby("doc_ground_truth_label")["correct"].mean()


def test_the_fall_over_the_batches_is_explained(statements: pd.DataFrame, reference: dict[str, Any]) -> None:
    found = explain(statements, period="batch", before=1, after=4, dimensions=DIMENSIONS)
    known = [reference["truthfulness"][f"batch{number}"] for number in (1, 4)]
    assert (found.rate_before, found.rate_after) == pytest.approx([one["exact_accuracy"] for one in known])
    assert (found.n_before, found.n_after) == tuple(one["n_ratings"] for one in known)
    # The same statements were rated: the fall is not in the mix, and far beyond what chance does.
    assert abs(found.change) > 2 * found.give_or_take
    assert found.parts["mix"].value == pytest.approx(0, abs=0.005)
    assert found.parts["rate"].high < -0.08
    assert found.parts.total == pytest.approx(found.change, abs=1e-12)
    # Every label's rate fell, those at both ends of the scale most; they alone would leave the others unexplained.
    was, now = (by_label(statements, batch) for batch in (1, 4))
    assert (now < was).all()
    assert [(dict(one.segment), one.kind) for one in found.findings] == [({}, "rate")]
    (everywhere,) = found.findings
    assert everywhere.low < found.change < everywhere.high
    assert (everywhere.rate_before, everywhere.rate_after) == pytest.approx((found.rate_before, found.rate_after))


def test_what_it_cannot_tell_is_said(statements: pd.DataFrame) -> None:
    found = explain(statements, period="batch", before=1, after=4, dimensions=DIMENSIONS)
    # Other workers came with each batch, and experts judged once: neither is told apart from the rest.
    assert found.parts["measurement"].note == "not separable"
    assert not [one for one in found.findings if one.people]
    for shown in (repr(found), found._repr_html_()):
        assert "not separable" in shown


def test_from_the_first_batch_to_the_second_nothing_is_called(statements: pd.DataFrame) -> None:
    found = explain(statements, period="batch", before=1, after=2, dimensions=DIMENSIONS)
    assert abs(found.change) < found.give_or_take
    assert found.findings == ()
    assert found.answer.startswith("No cause found")


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 4)])
def test_small_falls_are_everywhere(statements: pd.DataFrame, before: int, after: int) -> None:
    found = explain(statements, period="batch", before=before, after=after, dimensions=DIMENSIONS)
    assert [(dict(one.segment), one.kind) for one in found.findings] == [({}, "rate")]
    assert found.parts["mix"].value == pytest.approx(0, abs=0.005)


@pytest.fixture(scope="module")
def headlines(data_folder: Path) -> pd.DataFrame:
    """Labels of headlines; whether each agrees with the other two assessors, where those agree with each other."""
    rows = pd.read_csv(data_folder / "click-id" / "click_id_long.csv.gz")
    rows["clickbait"] = rows["label"] == "clickbait"
    others = rows.groupby("item_id")["clickbait"].transform("sum") - rows["clickbait"]
    rows["agrees"] = (rows["clickbait"] == (others == 2)).astype("boolean").mask(others == 1)
    return rows


def worst_publisher(reference: dict[str, Any]) -> str:
    alphas = {name: known["fleiss_kappa_statsmodels"] for name, known in reference["click-id"]["by_publisher"].items()}
    return min(alphas, key=alphas.__getitem__)


def test_the_publisher_on_which_two_assessors_part_is_found(headlines: pd.DataFrame, reference: dict[str, Any]) -> None:
    """Asked what one assessor does otherwise than another: the assessor is the period."""
    found = explain(
        headlines, "clickbait", "assessor", "assessor_2", "assessor_3", dimensions=["publisher"], labeler=None
    )
    assert found.parts["mix"].value == pytest.approx(0, abs=1e-12)
    worst = worst_publisher(reference)
    (one,) = [one for one in found.findings if one.segment == {"publisher": worst}]
    assert (one.rate_before, one.rate_after) == pytest.approx((0.21, 0.94), abs=0.005)
    assert one.low > 0
    # No other publisher's labels differ as much.
    assert one.effect / one.share == max(abs(other.effect / other.share) for other in found.findings)


def test_a_publisher_that_comes_in_is_found(headlines: pd.DataFrame, reference: dict[str, Any]) -> None:
    """Half of all headlines without the worst publisher, and the other half with it."""
    worst = worst_publisher(reference)
    odd = headlines["item_id"].str[-1].astype(int) % 2 == 1
    rows = headlines.assign(half=np.where(odd | (headlines["publisher"] == worst), "second", "first"))
    found = explain(
        rows,
        "agrees",
        "half",
        "first",
        "second",
        dimensions=["publisher", "assessor"],
        labeler=None,
        work=["publisher"],
    )
    first = found.findings[0]
    assert (dict(first.segment), first.new, first.kind) == ({"publisher": worst}, True, "rate")
    assert first.high < 0
    assert found.came_and_went == (("publisher", worst, "entered"),)
    assert found.parts["entered"].high < 0
    assert found.parts["mix"].value == pytest.approx(0, abs=0.005)
    undecided = headlines["agrees"].isna().sum()
    assert found.undecided == undecided > 10_000


@pytest.mark.parametrize("publisher", ["kompas", "republika", "tribunnews"])
def test_the_assessor_who_parts_from_the_others_on_one_publisher_is_found(
    headlines: pd.DataFrame, publisher: str
) -> None:
    rows = headlines.assign(where=np.where(headlines["publisher"] == publisher, publisher, "others"))
    found = explain(rows, "agrees", "where", "others", publisher, dimensions=["assessor"], labeler=None)
    rates = rows.groupby(["where", "assessor"])["agrees"].mean().astype(float).unstack("where")
    apart = (rates[publisher] - rates["others"]).idxmin()
    losses = [one for one in found.findings if one.kind == "rate" and one.effect < 0]
    assert dict(losses[0].segment) == {"assessor": apart}
    assert losses[0].high < 0
    assert found.parts.total == pytest.approx(found.change, abs=1e-12)


def test_where_the_worst_publisher_parts_two_assessors_only_the_third_is_set_apart(
    headlines: pd.DataFrame, reference: dict[str, Any]
) -> None:
    worst = worst_publisher(reference)
    rows = headlines.assign(where=np.where(headlines["publisher"] == worst, worst, "others"))
    found = explain(rows, "agrees", "where", "others", worst, dimensions=["assessor"], labeler=None)
    first, second = found.findings[:2]
    assert dict(first.segment) == {}
    assert first.high < -0.3
    # With two who contradict each other, each is alone against the third wherever they are judged.
    assert dict(second.segment) == {"assessor": "assessor_1"}
    assert second.low > 0
