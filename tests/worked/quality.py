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

GOLD_LABELERS = {"L1": "1+ 1-", "L2": "1+ 1+", "L3": "1+"}

WORKED = {
    # Right: 3 of 4 of weight 10, 2 of 4 of weight 2: 34 of 48 = 17/24.
    # Residuals in 24ths: A 70 70 70 -170, sum 40, squares 43,600; B 14 14 -34 -34, sum -40, squares 2,704.
    # Spread 4/3 (43,600 - 40²/4) = 57,600 and 4/3 (2,704 - 400) = 3,072, in 576ths: 100 and 16/3; over 48².
    # Nothing is hidden: with half a hit and half a miss more A's 3.5 of 5 vary by .21, less than the 3/16 · 4/3 that it
    # shows, and B's 2.5 of 5 by 1/4, less than 1/4 · 4/3. Worth p (1 - p) / variance = (119/576) · 48² / (316/3) =
    # 1428/316 rows, at 8 - 2 degrees of freedom; sampled 4/40 and 4/8: 90 + 8/3 = 278/3 of these 316/3 are left.
    "accuracy": Worked(
        {"audits": AUDITS},
        17 / 24,
        8,
        score={PERIOD_WORK: (1428 / 316, T6, 278 / 316)},
        labelers={"L1": "10+ 10+ 2-", "L2": "10+ 2-", "L3": "10- 2+ 2+"},
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
    # 0.16 / 0.04 = 4 rows at 4 degrees. 4.5 of 6 vary by 3/16, less than that.
    "gold_accuracy": Worked(
        {"gold_decisions": GOLD},
        4 / 5,
        5,
        score={PERIOD_WORK: (4, T4, 1)},
        labelers=GOLD_LABELERS,
        parts={"market": {"ID": (2 / 3, 3), "MY": (1.0, 2)}},
    ),
    # Harmless: a1 a3 a4 (10 each) and b2 b4 (2 each): 34; acted on: a4 and b2, 12: p = 6/17.
    # Residuals in 17ths; all four audits of each stratum were drawn, those of violating items are 0 here:
    # A -60 -60 110 0, sum -10, squares 19,300; B 22 -12 0 0, sum 10, squares 628.
    # Spread 4/3 (19,300 - 100/4) = 25,700 and 4/3 (628 - 25) = 804, 26,504 together; A's 1.5 of 4 vary by less than its
    # 2/9 · 3/2, and B's 1 of 2 too. Worth (66/289) 34² / (26,504/289) = 66 · 1,156 / 26,504 rows at 5 - 2 degrees
    # (Student 3.18245); sampled 4/40 and 4/8: 23,130 + 402 = 23,532 are left.
    "false_positive_rate": Worked(
        {"audits": AUDITS},
        6 / 17,
        5,
        score={PERIOD_WORK: (66 * 1156 / 26504, 3.18245, 23532 / 26504)},
        labelers={"L1": "10-", "L2": "10- 2+", "L3": "10+ 2-"},
        # ID: a1 a3 b4, none acted on; MY: a4 b2, both.
        parts={"market": {"ID": (0.0, 3), "MY": (1.0, 2)}},
    ),
    # Violating: a2 (10), b1 and b3 (2 each): 14; missed: b1: p = 1/7. Residuals in 7ths: A -10 0 0 0; B 12 -2 0 0.
    # A 4/3 (100 - 100/4) = 100; B 4/3 (148 - 25) = 164. A's one row, not missed, may hide what the group's rows vary
    # by, 100 · 6, as far as A decides, 100/108: 5000/9. But without strata, weights of 10, 2 and 2 would make it
    # 6 · 108 = 648: of that 384 are left to hide. Worth 6 · 14² / 648 rows at 3 - 2 degrees; sampled 4/40 and 4/8: of
    # A's 484 435.6 are left, of B's 164 82.
    # Labelers of 6/7 and 1/7 of the weight: L1 -10 + 12 = 2, L3 -2: their rows are less alike than strangers', who vary
    # by 10² + 2² and 2². L1 would show 104 (1 - 12/7) + 108 (6/7)² = 248/49 of that, and L3 4 (1 - 2/7) + 108 (1/7)²,
    # the same. Raised by as much, the squares are 4/49 (104 + 4) 49/248 = 54/31. Worth (6/49) 14² / (54/31) = 124/9
    # rows at one degree.
    "false_negative_rate": Worked(
        {"audits": AUDITS},
        1 / 7,
        3,
        score={PERIOD_WORK: (6 * 14**2 / 648, T1, 517.6 / 648), PROCESS: (124 / 9, T1, 1)},
        parts={"market": {"ID": (2 / 12, 2), "MY": (0.0, 1)}},
    ),
    # Acted on: a2 (10) and b3 (2) rightly, a4 (10) and b2 (2) not: 12 of 24. Residuals: A 5 -5 0 0, squares 50; B 1 -1
    # 0 0, squares 2; spread 200/3 and 8/3; one of two hides nothing. Worth 24²/4 / (208/3) rows at 4 - 2 degrees;
    # sampled 4/40 and 4/8: 60 + 4/3 = 184/3 are left.
    "precision": Worked(
        {"audits": AUDITS},
        1 / 2,
        4,
        score={PERIOD_WORK: (432 / 208, T2, 184 / 208)},
        labelers={"L1": "10+", "L2": "2-", "L3": "10- 2+"},
        parts={"market": {"ID": (1.0, 1), "MY": (2 / 14, 3)}},
    ),
    # What is not missed: the same rows, worth the same.
    "recall": Worked(
        {"audits": AUDITS},
        6 / 7,
        3,
        score={PERIOD_WORK: (6 * 14**2 / 648, T1, 517.6 / 648), PROCESS: (124 / 9, T1, 1)},
        parts={"market": {"ID": (10 / 12, 2), "MY": (1.0, 1)}},
    ),
    # Violating: a2 (10), b1 and b3 (2 each): 14 of 48 = 7/24. Residuals in 24ths: A -70 170 -70 -70, sum -40, squares
    # 43,600; B 34 -14 34 -14, sum 40, squares 2,704: spread, worth and what is left as in accuracy.
    "prevalence": Worked(
        {"audits": AUDITS},
        7 / 24,
        8,
        score={PERIOD_WORK: (1428 / 316, T6, 278 / 316)},
        labelers={"L1": "10- 10+ 2+", "L2": "10- 2-", "L3": "10- 2+ 2-"},
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
