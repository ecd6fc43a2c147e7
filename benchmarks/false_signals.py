"""How often a status or a trend is wrong about periods and weeks in which nothing is, and how soon a fall is found.

Prints the tables of docs/false-signals.md. Every number is a part of simulated worlds; the textbook's rules, and
looking daily at an ordinary interval, are judged on the same worlds as the package's.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator

import numpy as np
from audited_periods import Plan, settled, wrong
from nelson_rules import nelson, three_and_nine, western_electric
from quiet_weeks import (
    BASELINE,
    WEEKS,
    called,
    counted_in_full,
    counts,
    of_counts,
    of_shares,
    page,
    resembling,
    shares,
    standardised,
    with_known_errors,
)

from smo_reports.stats.control import recent_change

CORRELATIONS = (0.0, 0.2, 0.4, 0.6)
PAGES = (5, 11, 20)
SHARES = (0.5, 0.8, 0.95, 0.99, 0.995)
SIZES = (30, 60, 200, 700, 2000)
Row = list[str]


def per_cent(part: float) -> str:
    """A part in per cent."""
    return f"{100 * part:.1f}"


def quiet(worlds: int) -> Iterator[Row]:
    """The chance of a false flag, of a chart and of pages, by how much weeks resemble each other."""
    yield ["correlation", "all 8 Nelson rules", "4 Western Electric", "3 sigma and 9 in a row", "errors known",
           "counted in full", *(f"page of {charts}" for charts in PAGES)]  # fmt: skip
    for place, correlation in enumerate(CORRELATIONS):
        weeks = resembling(np.random.default_rng([1, place]), worlds, correlation)
        scores = standardised(weeks, WEEKS)
        textbook = [float(rules(scores).any(axis=1).mean()) for rules in (nelson, western_electric, three_and_nine)]
        known, full = (called(weeks, judge) != 0 for judge in (with_known_errors, counted_in_full))
        yield [str(correlation), *map(per_cent, [*textbook, known.mean(), full.mean()]),
               *(per_cent(page(full, charts)) for charts in PAGES)]  # fmt: skip


def quiet_shares(worlds: int) -> Iterator[Row]:
    """The chance of a false flag of a p′ chart, by design."""
    yield ["n", "share", "chance alone", *(f"twice as wide, {one}" for one in CORRELATIONS)]
    for n in SIZES:
        for p in SHARES:
            designs = [(1.0, 0.0), *((2.0, one) for one in CORRELATIONS)]
            found = []
            for place, (wider, correlation) in enumerate(designs):
                rng = np.random.default_rng([2, n, round(1000 * p), place])
                found.append(float((called(shares(rng, worlds, n, p, wider, correlation), of_shares(n)) != 0).mean()))
            yield [str(n), str(p), *map(per_cent, found)]


def quiet_counts(worlds: int) -> Iterator[Row]:
    """The chance of a false flag of a u′ chart, by the count that is expected; weeks vary by chance or a fifth more."""
    yield ["expected", "chance alone", *(f"and a fifth, {one}" for one in CORRELATIONS)]
    for expected in (2, 10, 100, 5000):
        designs = [(1.0, 0.0), *((1 + 0.2**2 * expected, one) for one in CORRELATIONS)]
        found = []
        for place, (wider, correlation) in enumerate(designs):
            rng = np.random.default_rng([3, expected, place])
            found.append(float((called(counts(rng, worlds, expected, wider, correlation), of_counts) != 0).mean()))
        yield [str(expected), *map(per_cent, found)]


def falls(worlds: int) -> Iterator[Row]:
    """The chance that a fall has been found after so many weeks, in any of them."""
    yield ["fall, sigma", "correlation", "rules", *(f"after {week} weeks" for week in range(1, 7))]
    for size in (1.0, 2.0, 3.0):
        for place, correlation in enumerate((0.0, 0.4)):
            weeks = resembling(np.random.default_rng([4, place]), worlds, correlation, WEEKS + 5)
            weeks[:, BASELINE + 5 :] -= size
            ours = np.zeros((worlds, 6), bool)
            textbook = np.zeros((worlds, 6), bool)
            for week in range(6):
                seen = weeks[:, week : week + WEEKS]
                ours[:, week] = called(seen, with_known_errors) < 0
                # The same limits that the package's chart has where errors are known: at least those of the errors.
                centre = seen[:, :BASELINE].mean(axis=1, keepdims=True)
                sigma = np.abs(np.diff(seen[:, :BASELINE], axis=1)).mean(axis=1)[:, None] / 1.128
                score = (seen - centre) / np.maximum(sigma, 1)
                textbook[:, week] = three_and_nine(score)[:, -1] & (score[:, -1] < 0)
            for name, flags in (("the package", ours), ("3 sigma and 9 in a row", textbook)):
                yield [str(size), str(correlation), name, *map(per_cent, np.cumsum(flags, axis=1).astype(bool).mean(0))]


def broken(worlds: int) -> Iterator[Row]:
    """What a chart with a break says: by when the break was, and how far the level moved with it."""
    yield ["weeks since the break", "moved, sigma", "called changing", "said to begin at the break", "without breaks"]
    for since in (3, 6, 9, 16):
        for size in (0.0, 1.5, 3.0):
            weeks = resembling(np.random.default_rng([5, since]), worlds, 0.2)
            weeks[:, WEEKS - since :] -= size
            told = at = blind = 0
            for series in weeks:
                errors = np.ones(WEEKS)
                chart = recent_change(series, BASELINE, kind="mean", error=errors, breaks=[WEEKS - since])
                unaware = recent_change(series, BASELINE, kind="mean", error=errors)
                told += chart is not None and chart.direction != 0
                at += chart is not None and chart.at_break
                blind += unaware is not None and unaware.direction != 0
            yield [str(since), str(size), *(per_cent(part / worlds) for part in (told, at, blind))]


def daily_looks(worlds: int) -> Iterator[Row]:
    """The chance of a false verdict on a period whose share is exactly the target."""
    yield ["how audited", "part of decisions", "n", "target", "looks", "the package", "an ordinary interval",
           "the package or, at the end, the ordinary interval"]  # fmt: skip
    plans = [(False, False, 0.05), (True, False, 0.05), (True, False, 0.3), (False, True, 0.05), (True, True, 0.3)]
    for place, (stratified, clustered, part) in enumerate(plans):
        for n in (60, 200, 700, 2000):
            for target in SHARES:
                plan = Plan(n, part, stratified, clustered)
                found = wrong(plan, target, worlds, True, [6, place, n, round(1000 * target)])
                yield [plan.name, str(part), str(n), str(target), "daily", *map(per_cent, found)]
    for place, (stratified, clustered, part) in enumerate(plans):
        for n, target in ((60, 0.8), (200, 0.95), (700, 0.5), (700, 0.95), (700, 0.995)):
            plan = Plan(n, part, stratified, clustered)
            found = wrong(plan, target, max(worlds // 2, 1), False, [7, place, n, round(1000 * target)])
            yield [plan.name, str(part), str(n), str(target), "every audit", *map(per_cent, found)]


def promises(worlds: int) -> Iterator[Row]:
    """How often "n more audits would settle it" comes true where the estimate is, of the undecided within reach."""
    yield ["how audited", "audits so far", "share", "target", "audits more, median", "settled"]
    for place, stratified in enumerate((False, True)):
        for n, share, target in ((100, 0.85, 0.9), (300, 0.93, 0.95), (300, 0.97, 0.95), (300, 0.985, 0.99)):
            plan = Plan(n, 0.02, stratified, False)
            more, part = settled(plan, share, target, worlds, [8, place, n, round(1000 * share)])
            yield [plan.name, str(n), str(share), str(target), f"{more:.0f}", per_cent(part)]


TABLES = {
    "quiet": quiet,
    "shares": quiet_shares,
    "counts": quiet_counts,
    "falls": falls,
    "breaks": broken,
    "looks": daily_looks,
    "promises": promises,
}


def main() -> int:
    """Print the tables that the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--worlds", type=int, default=2000, help="simulated worlds a cell")
    asked.add_argument("--only", action="append", choices=list(TABLES), help="a table; may be repeated")
    given = asked.parse_args()
    started = time.process_time()
    for name in given.only or TABLES:
        table = TABLES[name]
        print(f"\n### {name}\n\n{table.__doc__}\nPer cent of {given.worlds:,} worlds a cell.\n", flush=True)
        for place, row in enumerate(table(given.worlds)):
            print("| " + " | ".join(row) + " |", flush=True)
            if place == 0:
                print("|" + "---:|" * len(row), flush=True)
    print(f"\n{math.ceil(time.process_time() - started)} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
