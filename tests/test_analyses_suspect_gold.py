"""Wrong known answers are found by those who know better, and hard items and chance are not taken for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses import gold_with_and_without, suspect_gold
from smo_reports.kpis import estimate
from smo_reports.project import parse_project
from smo_reports.sources import Rows, read_all
from smo_reports.world import generate
from smo_reports.world.build import sites
from smo_reports.world.columns import ids
from smo_reports.world.exports import gold_numbers

Load = Callable[[dict[str, list[dict[str, Any]]]], dict[str, Any]]
END = dt.date(2026, 11, 16)


def rows_of(gold_decisions: Any) -> Rows:
    return Rows(("gold_decisions",), lambda _: nw.from_native(gold_decisions).lazy())


def answered(seed: int, wrong: int = 0, items: int = 80, people: int = 24, each: int = 8) -> pd.DataFrame:
    """Gold items, the first of them with a wrong answer; half the people are right in 97 %, half in 75 %."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(items), each)
    person = np.concatenate([rng.choice(people, each, False) for _ in range(items)])
    truth = np.arange(items) % 3
    skill = np.where(np.arange(people) % 2, 0.97, 0.75)
    right = rng.random(len(item)) < skill[person]
    label = np.where(right, truth[item], (truth[item] + rng.integers(1, 3, len(item))) % 3)
    gold = np.where(np.arange(items) < wrong, (truth + 1) % 3, truth)
    names = np.array(["a", "b", "c"])
    return pd.DataFrame(
        {
            "item_id": [f"i{at:02}" for at in item],
            "labeler_id": [f"L{at}" for at in person],
            "label": names[label],
            "gold_label": names[gold[item]],
        }
    )


def suspects(table: pd.DataFrame) -> set[str]:
    found = suspect_gold(rows_of(table))
    return set(found.loc[found["verdict"] == "suspect: re-adjudicate", "item_id"])


def test_wrong_answers_are_found_and_right_ones_are_not() -> None:
    hits, false = [], []
    for seed in range(8):
        found = suspects(answered(seed, wrong=4, each=12))
        hits.append(len(found & {"i00", "i01", "i02", "i03"}))
        false.append(len(found - {"i00", "i01", "i02", "i03"}))
    assert np.mean(hits) > 3.5
    assert np.mean(false) < 0.2


def test_chance_makes_no_answer_suspect() -> None:
    assert sum(bool(suspects(answered(seed))) for seed in range(15)) <= 1


def crowd(*answers: tuple[str, str, int], gold: str = "a") -> list[dict[str, Any]]:
    """One item, ``asked``, answered by people of whom ten more items are known: G are always right, P never."""
    people = [(name, said) for prefix, said, count in answers for name in [f"{prefix}{at}" for at in range(count)]]
    # As many poor as good ones: the median is between them.
    good = {name for name, _ in people if name[0] == "G"}
    poor = {f"P{at}" for at in range(len(good))}
    known = [
        {"item_id": f"k{at}", "labeler_id": who, "label": "a" if who in good else "b", "gold_label": "a"}
        for at in range(10)
        for who in sorted(good | poor)
    ]
    return known + [{"item_id": "asked", "labeler_id": who, "label": said, "gold_label": gold} for who, said in people]


def test_what_is_said_of_an_answer(engine: Load) -> None:
    rows = crowd(("G", "b", 5), ("GG", "c", 1), ("GH", "a", 2), ("P", "a", 8))
    found = suspect_gold(rows_of(engine({"gold_decisions": rows})["gold_decisions"]))
    first = found.iloc[0]
    # Eight good labelers: five say b, one c, two a; what the eight poor ones say does not matter.
    assert first[["item_id", "gold_label", "labels", "failed", "instead", "verdict"]].tolist() == [
        "asked",
        "a",
        8,
        6,
        "b",
        "suspect: re-adjudicate",
    ]
    assert first[["share", "agreed"]].tolist() == [6 / 8, 5 / 8]
    assert (found.iloc[1:]["verdict"] == "").all()
    assert (found.iloc[1:]["failed"] == 0).all()


@pytest.mark.parametrize(
    ("answers", "suspect"),
    [
        # Three labels are too few, whatever they say; half is no majority; scattered labels agree on nothing.
        ((("G", "b", 3), ("P", "b", 3)), False),
        ((("G", "b", 4),), True),
        ((("G", "b", 4), ("GG", "a", 4)), False),
        ((("G", "b", 8), ("GG", "a", 6)), True),
        ((("G", "b", 2), ("GG", "c", 2), ("GH", "a", 3)), False),
        # Only poor labelers deny it.
        ((("G", "a", 4), ("P", "b", 4)), False),
    ],
)
def test_who_may_make_an_answer_suspect(answers: tuple[tuple[str, str, int], ...], suspect: bool) -> None:
    assert suspects(pd.DataFrame(crowd(*answers))) == ({"asked"} if suspect else set())


def test_who_meets_an_item_again_has_one_vote() -> None:
    again = crowd(("G", "b", 1), ("GG", "a", 3), ("P", "a", 4)) + crowd(("G", "b", 1))[-1:] * 8
    found = suspect_gold(rows_of(pd.DataFrame(again))).set_index("item_id")
    assert found.loc["asked", ["labels", "failed", "verdict"]].tolist() == [4, 1, ""]
    alone = crowd(("G", "b", 3), ("P", "b", 3)) + crowd(("G", "b", 1))[-1:] * 3
    assert "asked" not in set(suspect_gold(rows_of(pd.DataFrame(alone)))["item_id"])


@pytest.mark.parametrize(("said", "failed"), [("aab", 4), ("abb", 5), ("ab", 5), ("ba", 5)])
def test_a_vote_is_what_was_said_most_often_and_the_last_in_order_of_equals(said: str, failed: int) -> None:
    rows = crowd(("G", "b", 5), ("P", "a", 5))
    others = [row for row in rows if (row["item_id"], row["labeler_id"]) != ("asked", "G0")]
    own = [{"item_id": "asked", "labeler_id": "G0", "label": label, "gold_label": "a"} for label in said]
    found = suspect_gold(rows_of(pd.DataFrame(others + own))).set_index("item_id")
    assert found.loc["asked", ["labels", "failed"]].tolist() == [5, failed]


def test_labels_of_nobody_are_no_votes() -> None:
    rows = crowd(("G", "b", 3), ("P", "b", 3))
    nobody = [{"item_id": "asked", "labeler_id": None, "label": "b", "gold_label": "a"}] * 4
    assert "asked" not in set(suspect_gold(rows_of(pd.DataFrame(rows + nobody)))["item_id"])


def test_gold_accuracy_with_and_without(engine: Load) -> None:
    rows = crowd(("G", "b", 5), ("GH", "a", 2), ("P", "a", 7))
    frames = rows_of(engine({"gold_decisions": rows})["gold_decisions"])
    both = gold_with_and_without(frames, suspect_gold(frames)).set_index("gold")
    # The known items: 70 right answers of good labelers and as many wrong ones; of the suspect one 9 of 14 are "right".
    assert both.loc["all", ["value", "n"]].tolist() == pytest.approx([79 / 154, 154])
    assert both.loc["without suspects", ["value", "n"]].tolist() == pytest.approx([70 / 140, 140])
    assert set(both["kpi"]) == {"gold_accuracy"}


def test_without_a_suspect_there_is_one_accuracy() -> None:
    rows = rows_of(answered(3))
    found = gold_with_and_without(rows, suspect_gold(rows))
    assert found["gold"].tolist() == ["all"]
    assert found["value"].tolist() == estimate("gold_accuracy", rows)["value"].head(1).tolist()


def test_where_there_is_no_gold() -> None:
    nothing = Rows((), lambda _: pytest.fail("not there"))
    assert suspect_gold(nothing).empty
    assert gold_with_and_without(nothing, suspect_gold(nothing))["note"].str.startswith("not measured").all()
    assert suspect_gold(rows_of(answered(1).iloc[:0])).empty


def test_the_demos_wrong_answers_are_found(tmp_path: Path) -> None:
    """One answer in eighty of the generated banks is wrong; those that good labelers met often enough are found."""
    made = {one.name: one for one in generate(tmp_path, rows=150_000, seed=6, end=END).projects}
    met, right, false = 0, 0, 0
    for site in sites(150_000, 6, END):
        one = made[site.operation.name]
        project = parse_project(one.params, one.name, tmp_path)
        rows = read_all(project.model_copy(update={"source": f"parquet:{one.name}"}))
        names = ids(f"{site.operation.key}-i", gold_numbers(np.arange(len(site.bank.truth))), 8).to_pylist()
        wrong = {name for name, bad in zip(names, site.bank.truth != site.bank.answer, strict=True) if bad}
        found = suspect_gold(rows)
        marked = set(found.loc[found["verdict"] != "", "item_id"])
        met += len(wrong & set(found["item_id"]))
        right += len(marked & wrong)
        false += len(marked - wrong)
    assert (met, right, false) == (5, 5, 0)
