"""KPIs of quality, worked by hand."""

from __future__ import annotations

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T1, T2, T4, T6, W1, W2, Worked, rows
from worked.effort import TIMED

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
    # Acted on: a2 (10) and b3 (2) rightly, a4 (10) and b2 (2) not: 12 of 24. Residuals: A 5 -5 0 0, squares 50; B 1 -1
    # 0 0, squares 2; spread 200/3 and 8/3; sampled 4/40 and 4/8: 60 + 4/3 = 184/3 are left. Worth 24²/4 / (184/3) rows
    # at 4 - 2 degrees. Labelers: L1 5, L2 -1, L3 -4: squares 42; worth 24²/4 / 63.
    "precision": Worked(
        {"audits": AUDITS},
        1 / 2,
        4,
        score={PERIOD_WORK: (432 / 184, T2), PROCESS: (144 / 63, T2)},
        parts={"market": {"ID": (1.0, 1), "MY": (2 / 14, 3)}},
    ),
    # What is not missed: the same rows, worth the same.
    "recall": Worked(
        {"audits": AUDITS},
        6 / 7,
        3,
        score={PERIOD_WORK: (6 * 14**2 / 712, T1), PROCESS: (3, T1)},
        parts={"market": {"ID": (10 / 12, 2), "MY": (1.0, 1)}},
    ),
    # Violating: a2 (10), b1 and b3 (2 each): 14 of 48 = 7/24. Residuals in 24ths: A -70 170 -70 -70, sum -40, squares
    # 43,600; B 34 -14 34 -14, sum 40, squares 2,704: spread and worth as in accuracy. Labelers: L1 -70 + 170 + 34 =
    # 134, L2 -84, L3 -50: squares 27,512.
    "prevalence": Worked(
        {"audits": AUDITS},
        7 / 24,
        8,
        score={PERIOD_WORK: (1428 / 278, T6), PROCESS: (119 * 48**2 / (1.5 * 27512), T2)},
        parts={
            "market": {"ID": (12 / 34, 5), "MY": (2 / 14, 3)},
            "week": {W1: (12 / 24, 4), W2: (2 / 24, 4)},
        },
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
}
