"""KPIs of agreement, worked by hand."""

from __future__ import annotations

import math

from smo_reports.schema import PERIOD_WORK
from worked import Worked, rows

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
    # Majorities: v1 a, right; v2 ties, half right; v3 a, wrong: 1.5 of 3. Half width 4.30265 · 0.5 / √3 = 1.242.
    "consensus_gold_accuracy": Worked(
        {"gold_decisions": VOTES},
        1 / 2,
        3,
        ends={PERIOD_WORK: (0.0, 1.0)},
        parts={"market": {"ID": (1.0, 1), "MY": (1 / 4, 2)}},
    ),
}
