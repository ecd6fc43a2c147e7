"""What one or two people did is shown nowhere, not even by difference; a few people's habits are no gap."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_analyses_errors import tables
from test_guideline_gap import END, PEOPLE_IN_ALL, PERIOD, START, audit, audited, decision

from smo_reports import analyses, present
from smo_reports.analyses.gap_cases import _masked, audited_errors, examples
from smo_reports.analyses.gap_gain import gain_at_usual_rate
from smo_reports.analyses.gap_spread import SPREAD_BY, decisions_by_label, spread
from smo_reports.analyses.item_splits import pair_splits
from smo_reports.analyses.pairs import counted
from smo_reports.commands.brief import write_brief
from smo_reports.present import pair_words
from smo_reports.project import Project
from smo_reports.sources import read_all
from smo_reports.words import catalogue

Build = Callable[..., Project]
Row = dict[str, Any]


def test_a_market_of_one_labeler_is_neither_shown_nor_worked_out(parquet_project: Build, tmp_path: Path) -> None:
    rows = audited(lambda who: 8, lambda who: 1)
    for row in rows["decisions"]:
        if row["labeler_id"] == "L03":
            row["market"] = "SG"
        elif int(row["labeler_id"][1:]) in (5, 7, 9):
            row["market"] = "TH"
    project = parquet_project(rows)
    markdown, document = write_brief(project, PERIOD, tmp_path / "out")
    gap = json.loads(document.read_text("utf-8"))["gaps"][0]
    parts = {part["part"]: part for part in gap["where"]}
    # Of Singapore nothing, and of Thailand, the next smallest, neither: 160 errors less the others' would tell.
    for hidden in ("SG", "TH"):
        assert [parts[hidden][name] for name in ("n", "said_n", "of_pair", "rate", "low", "high")] == [None] * 6
    assert (parts["MY"]["n"], parts["ID"]["n"]) == (80, 48)
    lines = [line for line in markdown.read_text("utf-8").splitlines() if "SG" in line or "TH" in line]
    assert {line.split("|")[3].strip() for line in lines} == {"– / –"}
    assert {one["market"] for one in gap["examples"]} <= {"MY", "ID", None}
    brief = analyses.guideline_gaps(project, *(read_all(project, START, END),) * 3)
    assert "– / –" in present.gap_sections(project, brief).html


def test_an_example_of_a_hidden_market_does_not_name_it(parquet_project: Build) -> None:
    rows = audited(lambda who: 8 if who in (1, 2, 3, 4, 5, 6) else 0, lambda who: 1)
    for row in rows["decisions"]:
        row["market"] = "SG" if row["labeler_id"] in ("L01", "L02") else "ID"
    project = parquet_project(rows)
    own = read_all(project, START, END)
    found = analyses.confused_pairs(own)
    key = {"policy": "p", "a": "a", "b": "b"}
    assert key["a"] in set(found.pairs["a"])
    where = spread(counted(own, SPREAD_BY), decisions_by_label(own), key)
    drawn = examples(audited_errors(project, own), key, 6, where)
    assert len(drawn) == 6
    assert set(drawn["market"].dropna()) == set()


def test_a_pair_of_one_labeler_is_not_what_is_left_over(parquet_project: Build) -> None:
    rows = audited(lambda who: 8, lambda who: 1)
    small = [decision(f"s{turn}", turn % 9, "e", policy="s") for turn in range(30)]
    lone = [decision(f"z{turn}", 5, "u", policy="r") for turn in range(20)]
    rows["decisions"] += small + lone
    rows["audits"] += [audit(one, "f" if at < 5 else "e") for at, one in enumerate(small)]
    rows["audits"] += [audit(one, "w" if at < 9 else "u") for at, one in enumerate(lone)]
    project = parquet_project(rows)
    found = analyses.confused_pairs(read_all(project, START, END))
    assert (found.errors, found.paired) == (194, 194)
    shown = found.pairs.set_index("policy")
    blank = ["n", "said_n", "lost", "low", "high", "rate", "rate_low", "rate_high", "of_errors"]
    assert shown.loc[["r", "s"], blank].isna().all(axis=None)
    assert shown.loc[["p", "q"], "n"].to_dict() == {"p": 160, "q": 20}
    ways = found.directions.set_index("policy")
    assert ways.loc[["r", "s"], ["n", "lost", "low", "high", "of_errors"]].isna().all(axis=None)
    exhibit = present.pairs_table(project, found)
    own = exhibit.html[exhibit.html.index("r: u or w") :]
    assert own.split("</tr>")[0].count("–") >= 3
    said = exhibit._repr_mimebundle_()["application/vnd.smo.estimates+json"]
    row = next(row for row in said["rows"] if row[said["columns"].index("policy")] == "r")
    assert [row[said["columns"].index(name)] for name in blank] == [None] * len(blank)


def test_two_pairs_of_few_people_hide_each_other(parquet_project: Build) -> None:
    rows = audited(lambda who: 8, lambda who: 1)
    for name, who in (("r", 5), ("s", 6)):
        lone = [decision(f"{name}{turn}", who, f"{name}u", policy=name) for turn in range(20)]
        rows["decisions"] += lone
        rows["audits"] += [audit(one, f"{name}w" if at < 9 else f"{name}u") for at, one in enumerate(lone)]
    found = analyses.confused_pairs(read_all(parquet_project(rows), START, END)).pairs.set_index("policy")
    assert found["n"].isna().to_dict() == {"p": False, "q": False, "r": True, "s": True}


def test_the_matrix_leaves_out_true_labels_of_few_labelers(parquet_project: Build) -> None:
    rows = [{"label": "a", "audit_label": "b" if at % 5 == 0 else "a"} for at in range(60)]
    rows += [{"label": "u", "audit_label": "w" if at < 4 else "u", "labeler_id": "L1"} for at in range(12)]
    project = parquet_project(tables(rows))
    found = analyses.confusion(project, read_all(project, dt.date(2026, 11, 2), dt.date(2026, 11, 9)))
    assert set(found.cells["truth"]) == {"a", "b"}
    assert (found.labels, found.hidden, found.hidden_truths) == (("a", "b"), 0, 2)
    shown = present.confusion_matrix(project, found)
    assert "2 true labels are left out: fewer than three people stand behind each." in shown.html


def answers(pairs: list[tuple[str, str]], labels: tuple[str, str], name: str) -> list[Row]:
    return [
        {"item_id": f"{name}{at}", "labeler_id": who, "label": label}
        for at, both in enumerate(pairs)
        for who, label in zip(both, labels, strict=True)
    ]


def told(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    sides = {side: table["label"] == side for side in ("a", "b")}
    return table.assign(**sides, said=sides["a"] | sides["b"])


def split_by_rows(table: pd.DataFrame, without: str = "") -> tuple[int, float, int, float]:
    """Item by item: those on which a or b was said, and the others."""
    table = table[table["labeler_id"] != without]
    asked: list[bool] = []
    other: list[bool] = []
    for _, own in table.groupby("item_id"):
        if own["labeler_id"].nunique() > 1:
            said = {"a", "b"} & set(own["label"])
            (asked if said else other).append(len(said) == 2 if said else own["label"].nunique() > 1)
    return len(asked), float(np.mean(asked)), len(other), float(np.mean(other))


def test_the_splits_interval_is_that_of_leaving_labelers_out() -> None:
    generator = np.random.default_rng(7)
    people = [f"L{who}" for who in range(7)]
    rows = [
        {"item_id": f"i{item}", "labeler_id": who, "label": generator.choice(list("abcd"), p=[0.4, 0.1, 0.3, 0.2])}
        for item in range(120)
        for who in generator.choice(people, generator.integers(1, 4), replace=False)
    ]  # fmt: skip
    table = told(rows)
    for place, split in enumerate(pair_splits(table, 0.95)):
        n, share = split_by_rows(table)[2 * place : 2 * place + 2]
        left = np.array([split_by_rows(table, who)[2 * place + 1] for who in people])
        assert (split.items, split.labelers, split.value) == (n, 7, pytest.approx(share))
        variance = 6 / 7 * ((left - left.mean()) ** 2).sum()
        # At least as wide, either way, as the normal interval of that spread would be at its narrower end.
        assert split.high - split.low > 1.8 * 1.96 * math.sqrt(max(variance, share * (1 - share) / n))
        assert 0 <= split.low < share < split.high <= 1


def test_two_labelers_who_differ_are_no_guideline_gap() -> None:
    both = [("L1", "L2")] * 10
    asked, other = pair_splits(told(answers(both, ("a", "b"), "x") + answers(both, ("c", "c"), "y")), 0.95)
    assert (asked.items, asked.labelers, asked.value) == (10, 2, 1.0)
    assert math.isnan(asked.low)
    assert math.isnan(asked.shown)
    assert (other.items, other.value) == (10, 0.0)


def test_one_labeler_who_differs_from_everybody_has_no_interval() -> None:
    """Each of thirty items is split, because L0 saw each: without L0 nothing is known of the others."""
    own = answers([("L0", f"L{1 + at % 6}") for at in range(30)], ("a", "b"), "x")
    asked, _ = pair_splits(told(own), 0.95)
    assert (asked.items, asked.labelers, asked.value) == (30, 7, 1.0)
    assert math.isnan(asked.low)


@pytest.mark.parametrize(
    ("people", "verdict"), [(2, "cannot tell"), (4, "cannot tell"), (6, "points at the guideline")]
)
def test_a_split_of_few_good_labelers_says_nothing(parquet_project: Build, people: int, verdict: str) -> None:
    rows = audited(lambda who: 1 if who % 4 == 0 else 0, lambda who: 1 if who < 10 else 3)
    who = itertools.cycle(itertools.combinations(range(people), 2))
    for item, both in zip(range(60), who, strict=False):
        for turn, one in enumerate(both):
            label = ("b" if turn and item % 4 else "a") if item < 30 else "c"
            rows["decisions"].append(decision(f"o{item}-{turn}", one, label, item_id=f"shared{item}", blind=True))
    own = read_all(parquet_project(rows), START, END)
    table = analyses.split_evidence(own, own, analyses.confused_pairs(own))
    found = table[table["a"] == "a"].iloc[0]
    assert found["verdict"] == verdict
    assert math.isnan(found["split"]) == (people < 3)
    assert (found["items"] == 0) == (people < 3)


def test_good_labelers_of_two_people_are_not_counted_out(parquet_project: Build) -> None:
    rows = audited(lambda who: 4, lambda who: 1 if who < 2 else 5)
    kept = {one["decision_id"] for one in rows["decisions"] if one["labeler_id"] in ("L00", "L01", "L02", "L03")}
    rows = {name: [one for one in of if one["decision_id"] in kept] for name, of in rows.items()}
    own = read_all(parquet_project(rows), START, END)
    found = analyses.split_evidence(own, own, analyses.confused_pairs(own)).iloc[0]
    assert found["good"] == 2
    assert found[["good_n", "good_rate", "others_n", "others_rate"]].isna().all()


def test_a_gain_against_few_audits_has_no_interval(parquet_project: Build) -> None:
    rows = audited(lambda who: 4, lambda who: 0)
    for place in range(3):
        made = [decision(f"w{place}-{turn}", turn % PEOPLE_IN_ALL, f"e{place}", policy="r") for turn in range(20)]
        rows["decisions"] += made
        rows["audits"] += [audit(one, f"f{place}" if at < 1 else f"e{place}") for at, one in enumerate(made)]
    found = analyses.confused_pairs(read_all(parquet_project(rows), START, END))
    gain, usual = gain_at_usual_rate(found, {"policy": "p", "a": "a", "b": "b"})
    assert usual == pytest.approx(0.05)
    assert gain.value == pytest.approx((80 - 400 * 0.05) / 1460)
    assert math.isnan(gain.low)
    said = pair_words.gain_sentences((0.05, 0.04, 0.06), (gain.value, gain.low, gain.high), usual, catalogue("en"))[1]
    assert said.startswith("About 4.1 points, if they were confused as often as other pairs are (5.0")
    assert said.endswith("too few audits of those for an interval.")


@pytest.mark.parametrize(
    ("one", "whose", "hidden"),
    [
        ("jane_20261101", "Jane", True),
        ("task-ANN-3", "ann", True),
        ("x-annika-3", "Ann", True),
        ("task/ann@corp", "Ann@Corp", True),
        ("köhler_7", "KÖHLER", True),
        ("xL1y-2", "L1", False),
        ("d-L1-2", "l1", True),
    ],
)
def test_an_id_that_names_somebody_is_replaced(one: str, whose: str, hidden: bool) -> None:
    assert _masked(one, {whose}, b"k").startswith("D-") == hidden


def test_a_period_without_an_end_has_todays_wording(parquet_project: Build) -> None:
    extra = "guidelines: [{version: v1, text: now}, {version: v2, from: 2199-01-01, text: later}]\n"
    project = parquet_project(audited(lambda who: 8, lambda who: 1), extra)
    everything = read_all(project)
    wording = (
        analyses.guideline_gaps(project, everything, read_all(project, END, END + dt.timedelta(7)), everything)
        .gaps[0]
        .wording
    )
    assert wording is not None
    assert wording.version == "v1"
