"""KPIs of errors by their type and harm, worked by hand."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T2, T4, T6, Worked, rows

T5 = 2.57058

# e2, e8 and e9 are errors to which nobody gave a type, and of e9 nobody knows whether the item violates; of e8 and e9
# the severity has no weight. Five must not count: targeted, second round, no verdict, and twice no weight.
TYPED = rows(
    "labeler_id market stratum weight audit_round purpose  correct violating audit_violating error_type      "
    "severity severity_weight score",
    """
     L1         ID     A       10     1          random   yes     no        no              -               low  1 100
     L1         ID     A       10     -          random   no      yes       yes             -               high 5  40
     L2         ID     A       10     1          random   no      yes       yes             wrong_selection low  1  70
     L3         MY     A       10     1          random   no      yes       no              false_positive  low  1  50
     L1         ID     B       2      1          random   no      no        yes             technical       high 5  80
     L2         MY     B       2      1          random   no      yes       yes             technical       low  1  60
     L3         MY     B       2      1          random   yes     yes       yes             -               high 5 100
     L3         ID     B       2      1          random   no      no        yes             -               -    -  90
     L2         MY     A       10     1          random   no      yes       -               -               none -   -
     L1         ID     A       10     1          targeted no      yes       yes             wrong_selection high 5   0
     L1         ID     A       10     2          random   no      yes       yes             technical       high 5   0
     L1         ID     A       10     1          random   -       yes       yes             -               high 5   -
     L1         ID     A       -      1          random   no      yes       yes             technical       high 5   0
     L1         ID     B       0      1          random   no      yes       yes             wrong_selection high 5   0
    """,
)

# Of four errors of the first round and drawn at random, two have a cause; a blank is none. The weights do not matter.
CODED = rows(
    "labeler_id market weight audit_round purpose  correct root_cause",
    """
     L1         ID     10     1           random   no      knowledge
     L2         ID     1      1           random   no      own-code
     L1         ID     1      1           random   yes     slip
     L3         MY     2      1           random   no      -
     L3         MY     2      1           random   no      BLANK
     L3         MY     2      2           random   no      slip
     L3         MY     2      1           targeted no      slip
    """,
)
for _row in CODED:
    _row["root_cause"] = "" if _row["root_cause"] == "BLANK" else _row["root_cause"]

WORKED = {
    "root_cause_coverage": Worked(
        {"audits": CODED},
        2 / 4,
        4,
        ends={PERIOD_WORK: (2 / 4, 2 / 4)},
        parts={"market": {"ID": (1.0, 2), "MY": (0.0, 2)}},
    ),
    # Known of e1 to e8, of weight 48; e2 by its labels and e3 by its type: 20 of 48 = 5/12. e6 is technical.
    # Residuals in 12ths: A -50 70 70 -50, sum 40, squares 14,800, spread 4/3 (14,800 - 400) = 19,200; B -10 four times:
    # no spread. Half an error of five more would vary by .09, but A's spread alone is more than 416 weights' squares
    # would have without strata, 35 · 416 = 14,560: nothing more is hidden. Worth 35 · 48² / 19,200 = 21/5 rows at 8 - 2
    # degrees; sampled 4/40: .9 are left.
    "wrong_selection_rate": Worked(
        {"audits": TYPED},
        5 / 12,
        8,
        score={PERIOD_WORK: (21 / 5, T6, 0.9)},
        labelers={"L1": "10- 10+ 2-", "L2": "10+ 2-", "L3": "10- 2- 2-"},
        # ID: e2 and e3 of e1 e2 e3 e5 e8. MY: none of e4 e6 e7.
        parts={"market": {"ID": (20 / 34, 5), "MY": (0.0, 3)}},
    ),
    # Known of what is right or has a type: e1 e3 e4 (10 each) and e5 e6 e7 (2 each): e5 and e6, 4 of 36 = 1/9.
    # Residuals in 9ths: A -10 three times: no spread, and half an error of four more varies by 7/64, more than the
    # group's 8/81: 300 in units of that, as far as A decides, 300/312: 288.5. B 16 16 -2, sum 30, squares 516, spread
    # 3/2 (516 - 300) = 324: 40.5; 2.5 of 4 hide nothing. Without strata it would be 312: of that 271.5 are left to
    # hide. Worth 36²/312 rows at 6 - 2 degrees; sampled 3/30 and 3/6: 244.35 + 20.25 = 264.6 are left.
    # Labelers of weight 12 each, 6, 6, -12: squares 216, times 3/2; worth 8 · 36²/324 = 32 at 3 - 1 degrees, more than
    # the 6 there are.
    "technical_error_rate": Worked(
        {"audits": TYPED},
        1 / 9,
        6,
        score={PERIOD_WORK: (36**2 / 312, T4, 264.6 / 312), PROCESS: (32, T2, 1)},
        # ID: e5 of e1 e3 e5. MY: e6 of e4 e6 e7.
        parts={"market": {"ID": (2 / 22, 3), "MY": (2 / 14, 3)}},
    ),
    # Severity times weight: e1 10 (right), e2 50, e3 10, e4 10, e5 10, e6 2, e7 10 (right): 82 of 102 = 41/51.
    # Residuals in 51sts: A -410 500 100 100, and 0 for e9: sum 290, squares 438,100, spread 5/4 (438,100 - 16,820) =
    # 526,600; B 100 20 -410 0: sum -290, squares 178,500, spread 4/3 (178,500 - 21,025) = 629,900/3.
    # A's share is 7/8 of four rows: 4 of 5 vary by .16, 17/1200 more than the 7/64 · 4/3 that it shows. The squares of
    # A's weights are 2,800, of B's 204: hidden are 17/1200 · 2,800 · 2,800/3,004 = 83,300/2,253, times 51² 96,166.58.
    # B's 6/11 of three rows hide nothing. p (1 - p) = 410/51²: worth 410 · 102² / (622,766.58 + 209,966.67) rows, at
    # 7 - 2 degrees. Five of A's 50 and four of B's 8 were drawn: 560,489.92 + 104,983.33 are left.
    "severity_weighted_error": Worked(
        {"audits": TYPED},
        41 / 51,
        7,
        score={PERIOD_WORK: (410 * 102**2 / 832733.25, T5, 665473.25 / 832733.25)},
        labelers={"L1": "10- 50+ 10+", "L2": "10+ 2+", "L3": "10+ 10-"},
        # ID: e2 e3 e5 of e1 e2 e3 e5. MY: e4 e6 of e4 e6 e7.
        parts={"market": {"ID": (70 / 80, 4), "MY": (12 / 22, 3)}},
    ),
    # (10 · 260 + 2 · 330) / 48 = 815/12. Residuals in 12ths: A 3850 -3350 250 -2150, sum -1,400, squares 30,730,000,
    # spread 4/3 (30,730,000 - 490,000) = 40,320,000; B 290 -190 770 530, sum 1,400, squares 994,000, spread 672,000.
    # Sampled 4/40 and 4/8: 36,288,000 + 336,000 are left; 8 - 2 degrees.
    # Labelers: L1 790, L2 60, L3 -850: squares 1,350,200, times 3/2 is 2,025,300.
    "audit_score": Worked(
        {"audits": TYPED},
        815 / 12,
        8,
        ends={
            PERIOD_WORK: tuple(815 / 12 + side * T6 * math.sqrt(36_624_000) / 576 for side in (-1, 1)),
            PROCESS: tuple(815 / 12 + side * T2 * math.sqrt(2_025_300) / 576 for side in (-1, 1)),
        },
        parts={"market": {"ID": (2440 / 34, 5), "MY": (820 / 14, 3)}},
    ),
}
