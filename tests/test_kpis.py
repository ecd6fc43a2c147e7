"""Every KPI's worked value, on every engine: the arithmetic stands beside the numbers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from smo_reports.errors import KpiError
from smo_reports.kpis import KPIS, estimate, estimates
from smo_reports.schema import ESTIMATE_COLUMNS, PERIOD_WORK, PROCESS

Row = dict[str, Any]
Load = Callable[[dict[str, list[Row]]], dict[str, Any]]

W1, W2 = dt.date(2026, 11, 2), dt.date(2026, 11, 9)
# Student's 97.5 % quantiles, from the printed table.
T1, T2, T4, T6 = 12.7062, 4.30265, 2.77645, 2.44691


def rows(names: str, lines: str) -> list[Row]:
    """Rows as a table to read: a dash is a missing value, yes and no are truth values, w1 and w2 weeks."""
    known: dict[str, Any] = {"-": None, "yes": True, "no": False, "w1": W1, "w2": W2}

    def value(word: str) -> Any:
        if word in known:
            return known[word]
        return float(word) if word[0].isdigit() else word

    return [dict(zip(names.split(), map(value, line.split()), strict=True)) for line in lines.strip().splitlines()]


# Six kinds of audits must not count: targeted, gate, second round, no verdict, no weight, and a weight of nothing.
AUDITS = rows(
    "decision_id labeler_id market week stratum weight audit_round purpose    correct violating audit_violating",
    """
     a1          L1         ID     w1   A       10     1     random     yes     no        no
     a2          L1         ID     w1   A       10     -     random     yes     yes       yes
     a3          L2         ID     w2   A       10     1     random     yes     no        no
     a4          L3         MY     w2   A       10     1     random     no      yes       no
     b1          L1         ID     w1   B       2      1     random     no      no        yes
     b2          L2         MY     w1   B       2      1     random     no      yes       no
     b3          L3         MY     w2   B       2      1     random     yes     yes       yes
     b4          L3         ID     w2   B       2      1     random     yes     no        no
     x1          L1         ID     w1   A       10     1     targeted   no      yes       no
     x2          L2         MY     w2   B       10     1     gate       no      no        yes
     x3          L2         ID     w1   A       10     2     random     no      yes       no
     x4          L1         MY     w1   A       10     1     random     -       -         -
     x5          L3         MY     w2   B       -      1     random     no      no        yes
     x6          L3         MY     w2   B       0      1     random     no      no        yes
    """,
)

# Not counted: labelled knowingly, skipped, an item without an answer, an item that is no gold.
GOLD = rows(
    "item_id labeler_id label gold_label market blind is_gold skipped weight",
    """
     g1      L1         a     a          ID     yes   yes     no      5
     g2      L1         b     a          ID     yes   yes     no      1
     g3      L2         a     a          ID     yes   yes     -       1
     g4      L2         b     b          MY     yes   yes     no      1
     g5      L3         b     b          MY     -     yes     no      1
     g6      L3         b     a          MY     no    yes     no      1
     g7      L3         b     a          MY     yes   yes     yes     1
     g8      L3         b     -          MY     yes   yes     no      1
     g9      L3         b     a          MY     yes   no      no      1
    """,
)

# Five decisions of three people; the sixth was skipped and the seventh was not timed.
TIMED = rows(
    "decision_id labeler_id market week handling_s skipped",
    """
     d1         L1         ID     w1   10         no
     d2         L1         ID     w1   40         no
     d3         L2         ID     w2   20         -
     d4         L2         MY     w2   50         no
     d5         L3         MY     w2   60         no
     d6         L3         MY     w2   9000       yes
    """,
)

# Pairs count on i1 (a a b), i2 (a a) and i3 (a b): i4 has one label, i5 was labelled knowingly, i6 is gold,
# i7 is a second pass, one label of i8 was skipped, and of i9 nobody knows whether it was labelled blind.
OVERLAP = rows(
    "item_id labeler_id label market blind is_gold round skipped",
    """
     i1      L1         a     ID     yes   no      1     no
     i1      L2         a     ID     yes   no      1     no
     i1      L3         b     ID     yes   no      -     no
     i2      L1         a     ID     yes   -       1     no
     i2      L2         a     ID     yes   no      1     -
     i3      L1         b     MY     yes   no      1     no
     i3      L3         a     MY     yes   no      1     no
     i4      L1         a     MY     yes   no      1     no
     i5      L1         a     MY     no    no      1     no
     i5      L2         b     MY     no    no      1     no
     i9      L1         a     MY     -     no      1     no
     i9      L2         b     MY     -     no      1     no
     i6      L1         a     MY     yes   yes     1     no
     i6      L2         b     MY     yes   yes     1     no
     i7      L1         a     MY     yes   no      2     no
     i7      L2         b     MY     yes   no      2     no
     i8      L1         a     MY     yes   no      1     no
     i8      L2         b     MY     yes   no      1     yes
    """,
)

VOTES = rows(
    "item_id labeler_id label gold_label market skipped",
    """
     v1      L1         a     a          ID     no
     v1      L2         a     a          ID     no
     v1      L3         b     a          ID     no
     v2      L1         a     a          MY     no
     v2      L2         b     a          MY     no
     v3      L1         a     b          MY     no
     v3      L2         a     b          MY     no
     v3      L3         b     b          MY     yes
     v4      L1         a     -          MY     no
    """,
)

HOURS = rows(
    "person_id week activity   hours",
    """
     L1        w1   production 2
     L1        w1   training   7
     L2        w1   production 1
     L2        w2   production 2
     L2        w2   break      1
    """,
)


@dataclass(frozen=True)
class Worked:
    """One KPI worked by hand: value and n of everything, of parts, and the ends of its intervals.

    ``score`` gives, by interval, the effective n and Student's quantile whose score interval is meant;
    ``ends`` gives the ends themselves.
    """

    tables: dict[str, list[Row]]
    value: float
    n: int
    score: dict[str, tuple[float, float]] = field(default_factory=dict)
    ends: dict[str, tuple[float, float]] = field(default_factory=dict)
    parts: dict[str, dict[Any, tuple[float, int]]] = field(default_factory=dict)


WORKED = {
    # Right: 3 of 4 of weight 10, 2 of 4 of weight 2: 34 of 48 = 17/24.
    # Residuals in 24ths: A 70 70 70 -170, sum 40, squares 43,600; B 14 14 -34 -34, sum -40, squares 2,704.
    # Spread 4/3 (43,600 - 40²/4) = 57,600 and 4/3 (2,704 - 400) = 3,072, in 576ths: 100 and 16/3; over 48².
    # p (1 - p) / variance = (119/576) · 48² / (316/3) = 1428/316; sampled 4/40 and 4/8: 90 + 8/3 of 100 + 16/3 are
    # left, 278/316; worth 1428/278 rows, at 8 - 2 degrees of freedom.
    # Labelers, in 24ths: L1 70 + 70 - 34 = 106, L2 70 - 34 = 36, L3 -170 + 28 = -142; squares 32,696; times 3/2 over
    # 576 · 48²: worth 119 · 48² / (1.5 · 32,696) rows, at 3 - 1 degrees of freedom.
    "accuracy": Worked(
        {"audits": AUDITS},
        17 / 24,
        8,
        score={PERIOD_WORK: (1428 / 278, T6), PROCESS: (119 * 48**2 / (1.5 * 32696), T2)},
        parts={
            # ID: a1 a2 a3 right, b1 wrong, b4 right: 32 of 34. MY: a4 b2 wrong, b3 right: 2 of 14.
            "market": {"ID": (32 / 34, 5), "MY": (2 / 14, 3)},
            # First week: 20 of 24; second: a3 b3 b4 of a3 a4 b3 b4, 14 of 24.
            "week": {W1: (20 / 24, 4), W2: (14 / 24, 4)},
            # L1: a1 a2 of a1 a2 b1; L2: a3 of a3 b2; L3: b3 b4 of a4 b3 b4.
            "labeler_id": {"L1": (20 / 22, 3), "L2": (10 / 12, 2), "L3": (4 / 14, 3)},
        },
    ),
    # Four of five; weights on gold are not chances to be drawn. n/(n-1) Σ(y-p)² = 5/4 · 0.8 = 1, over 25: worth
    # 0.16 / 0.04 = 4 rows at 4 degrees. Labelers: -0.6, 0.4, 0.2: 1.5 · 0.56 / 25: worth 0.16 / 0.0336 at 2.
    "gold_accuracy": Worked(
        {"gold_decisions": GOLD},
        4 / 5,
        5,
        score={PERIOD_WORK: (4, T4), PROCESS: (0.16 / 0.0336, T2)},
        parts={"market": {"ID": (2 / 3, 3), "MY": (1.0, 2)}},
    ),
    # Harmless: a1 a3 a4 (10 each) and b2 b4 (2 each): 34; acted on: a4 and b2, 12: p = 6/17.
    # Residuals in 17ths; all four audits of each stratum were drawn, those of violating items are 0 here:
    # A -60 -60 110 0, sum -10, squares 19,300; B 22 -12 0 0, sum 10, squares 628.
    # Spread 4/3 (19,300 - 100/4) = 25,700 and 4/3 (628 - 25) = 804; sampled 4/40 and 4/8: 23,130 + 402 are left.
    # Worth (66/289) 34² / (23,532/289) = 66 · 1,156 / 23,532 rows at 5 - 2 degrees (Student 3.18245).
    # Labelers: L1 -60, L2 -60 + 22 = -38, L3 110 - 12 = 98: squares 14,648; worth 66 · 1,156 / (1.5 · 14,648).
    "false_positive_rate": Worked(
        {"audits": AUDITS},
        6 / 17,
        5,
        score={PERIOD_WORK: (66 * 1156 / 23532, 3.18245), PROCESS: (66 * 1156 / (1.5 * 14648), T2)},
        # ID: a1 a3 b4, none acted on; MY: a4 b2, both.
        parts={"market": {"ID": (0.0, 3), "MY": (1.0, 2)}},
    ),
    # Violating: a2 (10), b1 and b3 (2 each): 14; missed: b1: p = 1/7. Residuals in 7ths: A -10 0 0 0; B 12 -2 0 0.
    # A 4/3 (100 - 100/4) = 100, and its one row, not missed, shows no spread: as the group's, 10² · 6, together 700;
    # B 4/3 (148 - 25) = 164; sampled 4/40 and 4/8: 630 + 82 are left.
    # Worth 6 · 14² / 712 rows at 3 - 2 degrees.
    # Labelers: L1 -10 + 12 = 2, L3 -2: 2 (4 + 4) = 16: 6 · 196 / 16 is above the 3 rows there are.
    "false_negative_rate": Worked(
        {"audits": AUDITS},
        1 / 7,
        3,
        score={PERIOD_WORK: (6 * 14**2 / 712, T1), PROCESS: (3, T1)},
        parts={"market": {"ID": (2 / 12, 2), "MY": (0.0, 1)}},
    ),
    # Of five decisions d1 (twice) and d4 have a random audit of the first round, d2 a targeted one, d5 a second one;
    # d6, which was skipped, counts on neither side.
    "audit_coverage": Worked(
        {
            "decisions": TIMED,
            "audits": rows(
                "decision_id market week purpose  audit_round skipped",
                """
                 d1          ID     w1   random   1     no
                 d1          ID     w1   random   -     no
                 d2          ID     w1   targeted 1     no
                 d4          MY     w2   random   1     no
                 d5          MY     w2   random   2     no
                 d6          MY     w2   random   1     yes
                """,
            ),
        },
        2 / 5,
        5,
        ends={PERIOD_WORK: (2 / 5, 2 / 5)},
        parts={"market": {"ID": (1 / 3, 3), "MY": (1 / 2, 2)}, "week": {W1: (1 / 2, 2), W2: (1 / 3, 3)}},
    ),
    # Equal pairs: 1 of 3, 1 of 1, 0 of 1: mean 4/9. Squared distances (1 + 25 + 16)/81, over 2 and then 3: 7/81;
    # Student's half width 4.30265 · 0.29397 is more than there is on either side.
    "agreement": Worked(
        {"decisions": OVERLAP},
        4 / 9,
        3,
        ends={PERIOD_WORK: (0.0, 1.0)},
        # ID: (1/3 + 1)/2; MY: i3 alone, 0.
        parts={"market": {"ID": (2 / 3, 2), "MY": (0.0, 1)}},
    ),
    # Seven labels in pairs, five a and two b. Observed: 2·2·1/2 on i1 and 2·1·1/1 on i3, 4 of 7; expected 2·5·2 of
    # 7·6: 1 - (4/7)/(20/42) = -0.2. Fewer than ten items: no interval.
    "krippendorff_alpha": Worked(
        {"decisions": OVERLAP},
        -0.2,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: i1 and i2, a four times and b once: observed 2/5, expected 8/20: 0. MY: i3: 1 - (2/2)/(2/2) = 0.
        parts={"market": {"ID": (0.0, 2), "MY": (0.0, 1)}},
    ),
    # Majorities: v1 a, right; v2 ties, half right; v3 a, wrong: 1.5 of 3. Half width 4.30265 · 0.5 / √3 = 1.242.
    "consensus_gold_accuracy": Worked(
        {"gold_decisions": VOTES},
        1 / 2,
        3,
        ends={PERIOD_WORK: (0.0, 1.0)},
        parts={"market": {"ID": (1.0, 1), "MY": (1 / 4, 2)}},
    ),
    "decisions": Worked(
        {"decisions": TIMED},
        5,
        5,
        ends={PERIOD_WORK: (5, 5)},
        parts={"market": {"ID": (3, 3), "MY": (2, 2)}, "week": {W1: (2, 2), W2: (3, 3)}},
    ),
    # Five decisions on 2 + 1 + 2 booked hours of production: one an hour. People: L1 2 - 2 = 0, L2 2 - 3 = -1, L3,
    # who booked nothing, 1: √(1.5 · 2) / 5 = 0.34641, times Student at two degrees.
    "throughput": Worked(
        {"decisions": TIMED, "work_hours": HOURS},
        1.0,
        5,
        ends={PERIOD_WORK: (1, 1), PROCESS: (0.0, 1 + T2 * math.sqrt(3) / 5)},
        parts={"week": {W1: (2 / 3, 2), W2: (3 / 2, 3)}},
    ),
    # 10 20 40 50 60: 40. Below it: L1 one of two, L2 one of two, L3 none of one: share 0.4, residuals 0.2 0.2 -0.4;
    # error √(1.5 · 0.24) / 5 = 0.12, times 4.30265 is more than one half: from the least to the greatest.
    "handling_time_median": Worked(
        {"decisions": TIMED},
        40,
        5,
        ends={PERIOD_WORK: (40, 40), PROCESS: (10, 60)},
        parts={"market": {"ID": (20, 3), "MY": (55, 2)}, "week": {W1: (25, 2), W2: (50, 3)}},
    ),
    # 180 / 5 = 36. Labelers: 50 - 72 = -22, 70 - 72 = -2, 60 - 36 = 24: √(1.5 · 1064) / 5 = 7.98999 seconds.
    "handling_time_mean": Worked(
        {"decisions": TIMED},
        36,
        5,
        ends={PERIOD_WORK: (36, 36), PROCESS: (36 - T2 * 7.98999, 36 + T2 * 7.98999)},
        parts={"market": {"ID": (70 / 3, 3), "MY": (55, 2)}, "week": {W1: (25, 2), W2: (130 / 3, 3)}},
    ),
}


def test_every_kpi_is_worked_by_hand() -> None:
    assert set(WORKED) == set(KPIS)


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_value_on_every_engine(
    name: str, engine: Load, score_ends: Callable[[float, float, float], tuple[float, float]]
) -> None:
    worked = WORKED[name]
    found = estimate(name, engine(worked.tables)).set_index("interval")
    wanted = worked.ends | {
        interval: score_ends(worked.value, n, quantile) for interval, (n, quantile) in worked.score.items()
    }
    assert set(found.index) == set(wanted)
    assert found["unit"].unique().tolist() == [KPIS[name].unit]
    for interval, (low, high) in wanted.items():
        row = found.loc[interval]
        assert (row["value"], row["n"]) == (pytest.approx(worked.value), worked.n)
        # Handling times are tallied in bins of half a per cent; Student's quantiles are printed to five digits.
        loose = 5e-3 if name == "handling_time_median" else 5e-5
        assert (row["low"], row["high"]) == pytest.approx((low, high), rel=loose, nan_ok=True), interval


@pytest.mark.parametrize(("name", "split"), [(name, split) for name, one in WORKED.items() for split in one.parts])
def test_the_worked_parts_on_every_engine(name: str, split: str, engine: Load) -> None:
    worked = WORKED[name]
    found = estimate(name, engine(worked.tables), [split])
    assert list(found.columns) == [split, *ESTIMATE_COLUMNS]
    for interval, own in found.groupby("interval"):
        keys = pd.to_datetime(own[split]).dt.date if split == "week" else own[split]
        shown = {key: (value, n) for key, value, n in zip(keys, own["value"], own["n"], strict=True)}
        assert shown == {key: (pytest.approx(value), n) for key, (value, n) in worked.parts[split].items()}, interval


def test_a_week_carries_its_own_period(engine: Load) -> None:
    found = estimate("accuracy", engine({"audits": AUDITS}), "week")
    spans = set(zip(found["period_start"], found["period_end"], strict=True))
    assert spans == {(W1, W1 + dt.timedelta(7)), (W2, W2 + dt.timedelta(7))}


def test_a_split_is_a_domain_of_the_strata_that_were_drawn(
    engine: Load, score_ends: Callable[[float, float, float], tuple[float, float]]
) -> None:
    found = estimate("accuracy", engine({"audits": AUDITS}), "market").set_index(["market", "interval"])
    # ID: a1 a2 a3 right, b1 wrong, b4 right: p = 16/17. Of each stratum four were drawn. Residuals in 17ths:
    # A 10 10 10 0, 4/3 (300 - 30²/4) = 100, and flawless so far, 3 · 10² · 16: 4900; B -32 2 0 0,
    # 4/3 (1028 - 30²/4) = 3212/3. Sampled 4/40 and 4/8: 4410 + 1606/3 are left; 5 - 2 degrees (Student 3.18245).
    wanted = score_ends(16 / 17, 16 * 34**2 / (4410 + 1606 / 3), 3.18245)
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
    for name, worked in WORKED.items():
        found = estimate(name, {key: none_of(frame) for key, frame in engine(worked.tables).items()})
        assert found["n"].tolist() == [0] * len(found), name
        if name != "decisions":
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
