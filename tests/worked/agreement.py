"""KPIs of agreement, worked by hand."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK, PROCESS
from worked import T2, Worked, rows

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

# In order: low, mid, high; odd has no place in it, so that j4 has one label and j3 three.
ORDERED = rows(
    "item_id labeler_id label label_rank market blind",
    """
     j1      L1         low   0          ID     yes
     j1      L2         mid   1          ID     yes
     j2      L1         high  2          ID     yes
     j2      L2         high  2          ID     yes
     j2      L3         high  2          ID     yes
     j3      L1         low   0          MY     yes
     j3      L2         high  2          MY     yes
     j3      L3         low   0          MY     yes
     j3      L4         odd   -          MY     yes
     j4      L1         mid   1          MY     yes
     j4      L2         odd   -          MY     yes
    """,
)

# L1 and L2 share ten items: both a on five, both b on three, a and b, b and a. L3 shares two with L1 and none with L2;
# the twelfth item has one label.
PAIRED = [
    {"item_id": f"k{at}", "labeler_id": who, "label": label, "blind": True}
    for at, both in enumerate(["aa"] * 5 + ["bb"] * 3 + ["ab", "ba", "a b", "b b", "a"])
    for who, label in zip(("L1", "L2", "L3"), both, strict=False)
    if label != " "
]

# L1 had s1, s2 and s3 again, s2 with another label, s3 twice; others' labels of s1 and s4 say nothing of L1. s5 is
# gold, the second label of s6 corrects the first, and the second of s7 was skipped.
AGAIN = rows(
    "item_id labeler_id label market is_gold supersedes skipped",
    """
     s1      L1         a     ID     no      -          no
     s1      L1         a     ID     no      -          no
     s1      L2         b     ID     no      -          no
     s2      L1         a     ID     no      -          no
     s2      L1         b     ID     no      -          no
     s3      L1         b     MY     no      -          no
     s3      L1         b     MY     no      -          no
     s3      L1         b     MY     -       -          -
     s4      L2         a     MY     no      -          no
     s5      L1         a     MY     yes     -          no
     s5      L1         b     MY     yes     -          no
     s6      L2         a     MY     no      -          no
     s6      L2         b     MY     no      d12        no
     s7      L2         a     MY     no      -          no
     s7      L2         b     MY     no      -          yes
    """,
)

# The second b of v2 and all of v5 were labelled by people who could see that it was gold: they count in no majority.
VOTES = rows(
    "item_id labeler_id label gold_label market skipped blind",
    """
     v1      L1         a     a          ID     no      yes
     v1      L2         a     a          ID     no      yes
     v1      L3         b     a          ID     no      -
     v2      L1         a     a          MY     no      yes
     v2      L2         b     a          MY     no      yes
     v2      L3         b     a          MY     no      no
     v3      L1         a     b          MY     no      yes
     v3      L2         a     b          MY     no      yes
     v3      L3         b     b          MY     yes     yes
     v4      L1         a     -          MY     no      yes
     v5      L1         b     b          MY     no      no
    """,
)

WORKED = {
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
    # Five of the same seven are a: mean shares 2/3, 1 and 1/2, 13/18, and of b 5/18: Pe = (13² + 5²)/18² = 97/162.
    # (72 - 97)/(162 - 97).
    "fleiss_kappa": Worked(
        {"decisions": OVERLAP},
        -5 / 13,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: a 5/6, b 1/6: (2/3 - 26/36)/(10/36). MY: half and half, and not one equal pair: (0 - 1/2)/(1/2).
        parts={"market": {"ID": (-1 / 5, 2), "MY": (-1.0, 1)}},
    ),
    # The same shares: Pe = 2 · 13/18 · 5/18 = 65/162, with two labels. (72 - 65)/(162 - 65).
    "gwet_ac1": Worked(
        {"decisions": OVERLAP},
        7 / 97,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: Pe = 2 · 5/36: (24 - 10)/(36 - 10). MY: Pe = 1/2.
        parts={"market": {"ID": (7 / 13, 2), "MY": (-1.0, 1)}},
    ),
    # Po 0.8; both people a on 0.6 of the ten: Pe 0.36 + 0.16; 0.28/0.48. Both a move it by (0.2 - 5/12 · 0.16)/0.48 =
    # 5/18 each, both b by (0.2 + 5/12 · 0.24)/0.48 = 5/8, the others by (-0.8 + 5/12 · 0.04)/0.48 = -235/144: squares
    # 5 · 0.0771605 + 3 · 0.390625 + 2 · 2.6632427 = 6.884163; √(6.884163/90) = 0.276569; Student 2.26216 of ten items.
    "cohen_kappa": Worked(
        {"decisions": PAIRED},
        7 / 12,
        10,
        ends={PERIOD_WORK: (7 / 12 - 2.26216 * 0.276569, 1.0)},
    ),
    # Eight labels in pairs: low 3, mid 1, high 4; mid-ranks 1.5, 3.5, 6. Within: j1 2 · 2² = 8; j3 4 · 4.5² / 2 =
    # 40.5; among all 2 (3 · 1 · 2² + 3 · 4 · 4.5² + 1 · 4 · 2.5²) = 560: 1 - 48.5 · 7/560.
    "krippendorff_alpha_ordinal": Worked(
        {"decisions": ORDERED},
        0.39375,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: mid-ranks 0.5, 1.5, 3.5; 1 - 2 · 4 / (2 (1 + 3 · 9 + 3 · 4)). MY: 1.0, 2.5: 1 - 4.5 · 2/9.
        parts={"market": {"ID": (0.9, 2), "MY": (0.0, 1)}},
    ),
    # Places 0, 1, 2. Within: j1 2; j3 4 · 4 / 2 = 8; among all 2 (3 · 1 + 3 · 4 · 4 + 1 · 4) = 110: 1 - 10 · 7/110.
    "krippendorff_alpha_interval": Worked(
        {"decisions": ORDERED},
        4 / 11,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: 1 - 2 · 4 / (2 (1 + 3 · 4 + 3)). MY: 1 - 8 · 2/16.
        parts={"market": {"ID": (3 / 4, 2), "MY": (0.0, 1)}},
    ),
    # Agreement 1 - 1/4 between neighbours, 0 between the ends: j1 3/4, j2 1, j3 1/3: Po 25/36. Shares 7/18, 3/18, 8/18:
    # Σ π (1 - π) = (77 + 45 + 80)/324; weights sum to 3 + 4 · 3/4 = 6, over 3 · 2: Pe 202/324. (225 - 202)/(324 - 202).
    "gwet_ac2": Worked(
        {"decisions": ORDERED},
        23 / 122,
        3,
        ends={PERIOD_WORK: (math.nan, math.nan)},
        # ID: Po 7/8, shares 1/4, 1/4, 1/2: Pe 5/8. MY, which saw the ends only: Po 1/3, Pe 2 · 2/3 · 1/3.
        parts={"market": {"ID": (2 / 3, 2), "MY": (-1 / 5, 1)}},
    ),
    # s1 and s3 of s1, s2, s3. 3/2 Σ(y - p)² = 1, over 9: worth (2/9) / (1/9) = 2 rows at 2 degrees; one person.
    "self_consistency": Worked(
        {"decisions": AGAIN},
        2 / 3,
        3,
        score={PERIOD_WORK: (2, T2, 1)},
        ends={PROCESS: (math.nan, math.nan)},
        parts={"market": {"ID": (1 / 2, 2), "MY": (1.0, 1)}},
    ),
    # Majorities: v1 a, right; v2 ties, half right; v3 a, wrong: 1.5 of 3. Half width 4.30265 · 0.5 / √3 = 1.242.
    "consensus_gold_accuracy": Worked(
        {"gold_decisions": VOTES},
        1 / 2,
        3,
        ends={PERIOD_WORK: (0.0, 1.0)},
        parts={"market": {"ID": (1.0, 1), "MY": (1 / 4, 2)}},
    ),
}
