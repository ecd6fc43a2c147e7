"""How often a planted kind of cause is attributed rightly, not at all, or wrongly.

``python benchmarks/attribution.py --draws 100 --audits 6000``
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from planted_kinds import EXPECTED, WEAKER, planted

from smo_reports.analyses.attribution import attribute
from smo_reports.project import Project, parse_project

FOUND = ("right", "weaker", "cannot tell", "wrong")


def found_kinds(project: Project, kind: str, draws: int, audits: int, first: int = 0) -> Counter[str]:
    """How often a planted kind is attributed to what."""
    found: Counter[str] = Counter()
    for seed in range(first, first + draws):
        finding, before, after, everything = planted(kind, seed, audits)
        found[attribute(project, finding, before, after, everything).kind] += 1
    return found


def tally(kind: str, found: Counter[str]) -> Counter[str]:
    """The same as right, weaker (true, and says less), cannot tell, and wrong."""
    said: Counter[str] = Counter()
    for one, times in found.items():
        right, weaker = one in EXPECTED[kind], one in WEAKER.get(kind, ())
        said["right" if right else "weaker" if weaker else one if one == "cannot tell" else "wrong"] += times
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--audits", type=int, default=6000, help="a period; one in eight is of the segment")
    parser.add_argument("--kind", choices=sorted(EXPECTED), action="append")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = parse_project("project: p\ntitle: A project\ntime_zone: UTC\n", "params/p.yaml", Path(folder))
        print(f"{asked.draws} draws a kind, {asked.audits:,} audits a period\n")
        print("| planted | " + " | ".join(FOUND) + " | wrong as | seconds each |\n|---|" + "---:|" * 4 + "---|---:|")
        for kind in asked.kind or EXPECTED:
            began = time.process_time()
            found = found_kinds(project, kind, asked.draws, asked.audits)
            each = (time.process_time() - began) / asked.draws
            said = tally(kind, found)
            wrong = ", ".join(
                f"{one} {times}" for one, times in found.most_common() if tally(kind, Counter({one: 1}))["wrong"]
            )
            shares = " | ".join(f"{100 * said[name] / asked.draws:.0f} %" for name in FOUND)
            print(f"| {kind} | {shares} | {wrong} | {each:.2f} |", flush=True)


if __name__ == "__main__":
    main()
