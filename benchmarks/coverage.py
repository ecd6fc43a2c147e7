"""How often the package's intervals hold the truth, and whom its comparison of people names: simulated.

``python benchmarks/coverage.py`` prints the study; ``--write`` also puts it into docs/coverage.md. Every cell has a
seed of its own, made of what it is: any part can be run alone, with the same result.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from coverage_designs import Design, per_labeler, pooled, process, simple, stratified
from coverage_more import corrections, people

from smo_reports.stats.sampling import Interval, ShareTallies, cluster_interval, design_interval

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
SHARES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
SIZES = (30, 60, 100, 200, 500, 1000, 2000)
ERRORS, LABELERS = 10, 20
LEAST, MOST, ELSEWHERE = 93.0, 97.0, 90.0

PERIOD = (
    simple(20),
    simple(2),
    stratified("risk strata", (0.6, 0.2, 0.1, 0.05, 0.03, 0.02), (0.4, 0.2, 0.15, 0.1, 0.1, 0.05), (1, 1, 1, 4, 4, 4)),
    stratified("a heavy stratum", (0.8, 0.2), (0.25, 0.75), (1, 3)),
    stratified("a very heavy stratum", (0.95, 0.05), (0.1, 0.9), (1, 5)),
    per_labeler(20, 0.5),
    per_labeler(20, 1.0),
    pooled(20, 1.0),
)
PROCESS = (
    *(process(who, spread, uneven) for who in (5, 10, 20, 40) for spread in (0.5, 1.0) for uneven in (False, True)),
    process(20, 0.5, uneven=True, weighted=True),
    process(40, 1.0, uneven=True, weighted=True),
)
Estimator = Callable[[ShareTallies], Interval]


@dataclass(frozen=True)
class Cell:
    """What became of the draws of one cell.

    Attributes
    ----------
    coverage : float
        In per cent.
    low, high : float
        Per cent of draws in which the truth lies below, or above, the interval.
    width : float
        Mean, in points.
    errors : float
        Effective errors: those of the smaller side among the plain rows that a draw is worth, at most its own.
    strict : bool
        Whether the narrow band applies: ten effective errors, and twenty labelers where there are labelers.
    """

    coverage: float
    low: float
    high: float
    width: float
    errors: float
    strict: bool

    @property
    def mark(self) -> str:
        """``!`` where the coverage is below its bar, ``+`` where it is more than 97 %."""
        if self.coverage < (LEAST if self.strict else ELSEWHERE):
            return "!"
        return "+" if self.coverage > MOST else ""


def cell(design: Design, estimator: Estimator, p: float, n: int, draws: int) -> Cell:
    """Draw one cell, and judge it."""
    rng = np.random.default_rng([round(1000 * p), n, *design.name.encode()])
    tallies, truth = design.draw(rng, draws, p, n)
    found, share = estimator(tallies), tallies.share
    below, above = truth < found.low - 1e-12, truth > found.high + 1e-12
    # An interval that is not there holds nothing.
    held = ~(below | above | np.isnan(found.low))
    variance = float(np.var(share))
    worth = min(n, truth * (1 - truth) / variance) if variance > 0 else n
    errors = worth * min(truth, 1 - truth)
    strict = errors >= ERRORS and (design.labelers == 0 or design.labelers >= LABELERS)
    per_cent = (100 * float(np.mean(part)) for part in (held, below, above, found.high - found.low))
    return Cell(*per_cent, float(errors), bool(strict))


def grid(design: Design, estimator: Estimator, draws: int) -> dict[tuple[float, int], Cell]:
    """Every cell of a design."""
    return {
        (p, n): cell(design, estimator, p, n, draws) for p in SHARES for n in SIZES if n >= design.fewest
    }  # fmt: skip


def matrix(cells: dict[tuple[float, int], Cell]) -> list[str]:
    """A design's cells as a Markdown table: coverage and mean width."""
    lines = ["| p \\ n |" + "".join(f" {n:,} |" for n in SIZES), "|---:|" + "---:|" * len(SIZES)]
    for p in SHARES:
        shown = []
        for n in SIZES:
            one = cells.get((p, n))
            text = f"{one.coverage:.1f}{one.mark} / {one.width:.3g}" if one else "–"
            shown.append(f" **{text}** |" if one and one.strict else f" {text} |")
        lines.append(f"| {p:g} |" + "".join(shown))
    return lines


def summary(found: dict[str, dict[tuple[float, int], Cell]]) -> list[str]:
    """One line a design: the range of its strict cells and of the others, and how many miss their bar."""
    lines = [
        "| design | strict cells | their coverage | below 93 | above 97 | other cells | their coverage | below 90 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, cells in found.items():
        parts = []
        for strict in (True, False):
            own = [one.coverage for one in cells.values() if one.strict is strict]
            span = f"{min(own):.1f}–{max(own):.1f}" if own else "–"
            low = sum(one < (LEAST if strict else ELSEWHERE) for one in own)
            parts += [str(len(own)), span, str(low), *([str(sum(one > MOST for one in own))] if strict else [])]
        lines.append(f"| {name} | {' | '.join(parts)} |")
    return lines


def missed(found: dict[str, dict[tuple[float, int], Cell]]) -> list[str]:
    """The strict cells outside 93 to 97 % and the others below 90 %, with where the truth lay."""
    lines = [
        "| design | p | n | effective errors | coverage | truth below | truth above |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, cells in found.items():
        for (p, n), one in cells.items():
            if one.mark == "!" or (one.mark and one.strict):
                truth = f"{one.coverage:.1f} | {one.low:.1f} | {one.high:.1f}"
                lines.append(f"| {name} | {p:g} | {n:,} | {one.errors:.0f} | {truth} |")
    return lines if len(lines) > 2 else ["None."]


def section(title: str, designs: Iterable[Design], estimator: Estimator, draws: int) -> list[str]:
    """A part of the study: summary, cells that miss their bar, every cell."""
    found = {design.name: grid(design, estimator, draws) for design in designs}
    lines = [f"## {title}", "", *summary(found), "", "Outside the bars:", "", *missed(found), ""]
    for name, cells in found.items():
        lines += [f"### {title}: {name}", "", *matrix(cells), ""]
    return lines


def study(draws: int) -> list[str]:
    """The whole study, in Markdown."""
    return [
        *section("This period's work", PERIOD, design_interval, draws),
        *section("The process", PROCESS, cluster_interval, draws),
        *corrections(draws),
        *people(max(draws // 20, 1)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="put the study into docs/coverage.md, below its text")
    asked = parser.parse_args()
    started = time.process_time()
    lines = study(asked.draws)
    lines += [f"{asked.draws:,} draws a cell; {(time.process_time() - started) / 60:.0f} minutes of CPU."]
    print("\n".join(lines))
    if asked.write:
        text, mark, _ = DOCUMENT.read_text("utf-8").partition("<!-- made by benchmarks/coverage.py -->\n")
        DOCUMENT.write_text(text + mark + "\n" + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
