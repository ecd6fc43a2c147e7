"""KPIs of agreement: what may be compared with what, and what is said where nothing may."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import narwhals as nw
import pytest
from worked import Row
from worked.agreement import AGAIN, ORDERED, OVERLAP, PAIRED

from smo_reports.kpis import KPIS, estimate, estimates, overlap
from smo_reports.kpis.registry import Frames
from smo_reports.stats import agreement as by_columns

Load = Callable[[dict[str, list[Row]]], dict[str, Any]]

NOMINAL = ("agreement", "krippendorff_alpha", "fleiss_kappa", "gwet_ac1", "cohen_kappa")
RANKED = ("krippendorff_alpha_ordinal", "krippendorff_alpha_interval", "gwet_ac2")
SHARED = "not measured: needs items labelled blind by two or more people"


def given(items: int, labelers: str = "xyz") -> list[Row]:
    """Decisions on some items by some people, of whom the last one often says something else."""
    return [
        {"item_id": f"i{item:03}", "labeler_id": who, "label": "abc"[(item + (who == labelers[-1]) * (item % 3)) % 3]}
        | {"label_rank": (item + (who == labelers[-1]) * (item % 3)) % 3, "market": ["ID", "MY"][item % 2]}
        for item in range(items)
        for who in labelers
    ]


@pytest.mark.parametrize(
    ("kpi", "function"),
    [
        ("agreement", by_columns.raw_agreement),
        ("krippendorff_alpha", by_columns.krippendorff_alpha),
        ("fleiss_kappa", by_columns.fleiss_kappa),
        ("gwet_ac1", by_columns.gwet_ac1),
        ("krippendorff_alpha_ordinal", lambda item, label: by_columns.krippendorff_alpha(item, label, "ordinal")),
        ("krippendorff_alpha_interval", lambda item, label: by_columns.krippendorff_alpha(item, label, "interval")),
        ("gwet_ac2", by_columns.gwet_ac2),
    ],
)
def test_kpis_are_the_statistics_of_their_rows(engine: Load, kpi: str, function: Any) -> None:
    decisions = given(60)
    column = "label_rank" if kpi in RANKED else "label"
    found = estimate(kpi, engine({"decisions": decisions}), "market").set_index("market")
    for market in ("ID", "MY"):
        own = [row for row in decisions if row["market"] == market]
        wanted = function([row["item_id"] for row in own], [row[column] for row in own])
        row = found.loc[market]
        assert (row["value"], row["low"], row["high"], row["n"]) == pytest.approx(
            (wanted.value, wanted.low, wanted.high, wanted.items)
        )
        assert row["note"] == ""


@pytest.mark.parametrize("change", ["gold", "not blind", "second round", "skipped", "a correction", "nobody knows"])
def test_what_may_not_be_compared_changes_nothing(engine: Load, change: str) -> None:
    plain = {"blind": True, "is_gold": False, "round": 1, "skipped": False, "supersedes": None}
    marked = {
        "gold": {"is_gold": True},
        "not blind": {"blind": False},
        "second round": {"round": 2},
        "skipped": {"skipped": True},
        "a correction": {"supersedes": "d7"},
        "nobody knows": {"blind": None},
    }[change]
    rows = [row | plain for row in given(40)]
    more = [row | plain | marked | {"label": "c", "label_rank": 2} for row in given(40, "uvw")]
    wanted, found = (estimates([*NOMINAL, *RANKED], engine({"decisions": own})) for own in (rows, rows + more))
    assert not wanted["low"].isna().any()
    for column in ("value", "low", "high", "n"):
        assert found[column].tolist() == pytest.approx(wanted[column].tolist()), column


def test_no_overlap_is_not_measured_and_one_label_is_undefined(engine: Load) -> None:
    alone = estimates([*NOMINAL, *RANKED], engine({"decisions": given(30, "x")})).set_index("kpi")
    assert alone["value"].isna().all()
    assert alone["n"].eq(0).all()
    assert set(alone.drop(index="cohen_kappa")["note"]) == {SHARED}
    assert alone.loc["cohen_kappa", "note"] == "not measured: needs two people with 10 items that both labelled blind"
    alike = [row | {"label": "a", "label_rank": 0} for row in given(40)]
    found = estimates([*NOMINAL, *RANKED], engine({"decisions": alike})).set_index("kpi")
    assert found.loc["agreement", "value"] == 1
    undefined = found.drop(index=["agreement", "cohen_kappa"])
    assert undefined["value"].isna().all()
    assert set(undefined["note"]) == {"undefined: only one label was used"}


def test_few_items_are_too_few(engine: Load) -> None:
    found = estimate("fleiss_kappa", engine({"decisions": given(12)}))
    assert found["note"].tolist() == ["too few: 12 items; 30 are needed"]
    assert not found["low"].isna().any()


def test_a_coefficient_of_nearly_one_label_says_so(engine: Load) -> None:
    """Nine of sixty items are b to two of three people; a tenth makes enough, three lone voices do not."""

    def labelled(rare: int) -> list[Row]:
        kinds = ["bba"] * rare + ["aab"] * 3 + ["aaa"] * (57 - rare)
        return [
            {"item_id": f"i{at:02}", "labeler_id": who, "label": label, "label_rank": "ab".index(label)}
            for at, kind in enumerate(kinds)
            for who, label in zip("xyz", kind, strict=True)
        ]

    for rare, note in ((9, "too few: 9 items with a rarer label; 10 are needed"), (10, "")):
        found = estimates([*NOMINAL, *RANKED], engine({"decisions": labelled(rare)})).set_index("kpi")["note"]
        said = {"krippendorff_alpha", "fleiss_kappa", "krippendorff_alpha_ordinal", "krippendorff_alpha_interval"}
        assert found.to_dict() == {name: note if name in said else "" for name in found.index}


def test_a_label_without_a_place_in_the_order_is_left_out_of_ordered_kpis_only(engine: Load) -> None:
    frames = engine({"decisions": ORDERED})
    found = estimates(["agreement", "gwet_ac2"], frames).set_index("kpi")
    assert found.loc["agreement", "n"] == 4
    assert found.loc["gwet_ac2", "n"] == 3


def test_pairs_who_share_few_items_have_no_kappa(engine: Load) -> None:
    nine = [row for row in PAIRED if row["item_id"] != "k0"]
    found = estimate("cohen_kappa", engine({"decisions": nine})).iloc[0]
    assert math.isnan(found["value"])
    assert found["note"].startswith("not measured: needs two people with 10 items")


def test_the_overlap_is_tallied_once_for_all_kpis_of_a_page(monkeypatch: pytest.MonkeyPatch, engine: Load) -> None:
    counted = []

    def counting(frame: Any) -> Any:
        counted.append(1)
        return real(frame)

    real = overlap.collect
    monkeypatch.setattr(overlap, "collect", counting)
    native = engine({"decisions": ORDERED})["decisions"]
    frame = nw.from_native(native)
    frames = Frames({"decisions": frame.lazy() if isinstance(frame, nw.DataFrame) else frame})
    for name in ("agreement", "krippendorff_alpha", "fleiss_kappa", "gwet_ac1", *RANKED):
        KPIS[name].of(frames, ("market",))
    assert len(counted) == 1


def test_the_order_of_rows_and_a_column_more_change_nothing(engine: Load) -> None:
    rows, names = given(40), [*NOMINAL, *RANKED, "self_consistency"]
    more = [row | {"severity": "high"} for row in reversed(rows)]
    wanted, found = (estimates(names, engine({"decisions": own}), "market") for own in (rows, more))
    assert found["value"].tolist() == pytest.approx(wanted["value"].tolist(), nan_ok=True)


def test_consistency_is_of_people_with_themselves(engine: Load) -> None:
    people = estimate("self_consistency", engine({"decisions": AGAIN}), "labeler_id").drop_duplicates("labeler_id")
    assert [*people["labeler_id"], *people["value"], *people["n"]] == ["L1", pytest.approx(2 / 3), 3]
    once = estimate("self_consistency", engine({"decisions": given(40)}))
    assert once["value"].isna().all()
    assert once["n"].eq(0).all()


def test_overlap_of_several_splits_at_once(engine: Load) -> None:
    rows = [row | {"queue": ["q", None][row["item_id"] == "i1"]} for row in OVERLAP]
    found = estimate("agreement", engine({"decisions": rows}), ["market", "queue"])
    shown = [(market, value) for market, value in zip(found["market"], found["value"], strict=True)]
    assert sorted(shown) == [("ID", pytest.approx(1 / 3)), ("ID", 1.0), ("MY", 0.0)]
