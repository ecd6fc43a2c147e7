"""How often the search for causes is right: false alarms, causes found and named first, and how large they are.

Run: python benchmarks/rca.py --seeds 20 --quiet-seeds 400 [--rows 50000] [--scenarios cohort,nested]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rca_scenarios import CAUSES, DIMENSIONS, NO_CAUSE, Cause, Scenario

from smo_reports import explain

NEAR = 0.8
"""A finding hits a cause where the rows they cover afterwards have this Jaccard index."""


@dataclass(frozen=True)
class Judged:
    """One scenario's result: how many causes there were, were found, were reported; and the errors of the parts."""

    name: str
    causes: int
    hit: int
    reported: int
    right: int
    first: float
    mix_error: float
    rate_error: float
    seconds: float
    effects: tuple[tuple[float, float, float, float], ...]


def covered(rows: pd.DataFrame, segment: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
    """Which rows of the second period a segment covers."""
    found = (rows["period"] == "B").to_numpy()
    for name, value in segment.items():
        found = found & (rows[name] == value).to_numpy()
    return found


def alike(rows: pd.DataFrame, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two segments are equal, or cover nearly the same rows afterwards."""
    if dict(one) == dict(other):
        return True
    first, second = covered(rows, one), covered(rows, other)
    return bool((first & second).sum() >= NEAR * (first | second).sum())


def judge(made: Scenario) -> Judged:
    """Explain a scenario, and compare what was found with what was planted."""
    started = time.process_time()
    found = explain(
        made.rows, before="A", after="B", dimensions=DIMENSIONS, weight=made.weight, population=made.population
    )
    seconds = time.process_time() - started
    pairs = [(one, cause) for one in found.findings for cause in made.causes if _hits(made.rows, one, cause)]
    right = {id(one) for one, _ in pairs}
    hit = {id(cause) for _, cause in pairs}
    parts = {name: part.value for name, part in found.parts.items()}
    return Judged(
        made.name,
        len(made.causes),
        len(hit),
        len(found.findings),
        len(right),
        float(id(found.findings[0]) in right) if found.findings and made.causes else float("nan"),
        abs(parts["mix"] - made.mix),
        abs(parts["rate"] - made.rate),
        seconds,
        tuple((one.effect, one.low, one.high, cause.effect) for one, cause in pairs if one.kind != "mix"),
    )


def _hits(rows: pd.DataFrame, finding: Any, cause: Cause) -> bool:
    return finding.kind == cause.kind and alike(rows, finding.segment, cause.segment)


def table(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a kind of scenario."""
    rows = []
    for name in dict.fromkeys(one.name for one in judged):
        own = [one for one in judged if one.name == name]
        effects = np.array([effect for one in own for effect in one.effects]).reshape(-1, 4)
        causes, reported = sum(one.causes for one in own), sum(one.reported for one in own)
        rows.append(
            {
                "scenario": name,
                "seeds": len(own),
                "alarms %": 100 * np.mean([one.reported > 0 for one in own]),
                "recall": sum(one.hit for one in own) / causes if causes else np.nan,
                "precision": sum(one.right for one in own) / reported if reported and causes else np.nan,
                "first": np.nanmean([one.first for one in own]) if causes and reported else np.nan,
                "mix error": 100 * np.mean([one.mix_error for one in own]),
                "rate error": 100 * np.mean([one.rate_error for one in own]),
                "bias %": 100 * (effects[:, 0].mean() / effects[:, 3].mean() - 1) if len(effects) else np.nan,
                "coverage %": 100 * np.mean((effects[:, 1] <= effects[:, 3]) & (effects[:, 3] <= effects[:, 2]))
                if len(effects)
                else np.nan,
                "CPU s": np.mean([one.seconds for one in own]),
            }
        )
    return pd.DataFrame(rows).set_index("scenario")


def overall(judged: Sequence[Judged]) -> str:
    """All kinds with causes together."""
    own = [one for one in judged if one.causes]
    if not own:
        return ""
    effects = np.array([effect for one in own for effect in one.effects]).reshape(-1, 4)
    inside = (effects[:, 1] <= effects[:, 3]) & (effects[:, 3] <= effects[:, 2])
    return (
        f"recall {sum(one.hit for one in own) / sum(one.causes for one in own):.3f}, "
        f"precision {sum(one.right for one in own) / max(sum(one.reported for one in own), 1):.3f}, "
        f"first {np.nanmean([one.first for one in own]):.3f}, "
        f"mix error {100 * np.mean([one.mix_error for one in own]):.3f}, "
        f"rate error {100 * np.mean([one.rate_error for one in own]):.3f} points, "
        f"bias {100 * (np.abs(effects[:, 0]).mean() / np.abs(effects[:, 3]).mean() - 1):+.1f} %, "
        f"coverage {100 * inside.mean():.1f} %, CPU {np.mean([one.seconds for one in own]):.2f} s"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="Of each kind with a cause.")
    parser.add_argument("--quiet-seeds", type=int, default=400, help="Of each kind without.")
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--scenarios", default="", help="Only these, separated by commas.")
    options = parser.parse_args(arguments)
    wanted = options.scenarios.split(",") if options.scenarios else [*NO_CAUSE, *CAUSES]
    judged = []
    for name in wanted:
        make, seeds = (NO_CAUSE[name], options.quiet_seeds) if name in NO_CAUSE else (CAUSES[name], options.seeds)
        judged += [judge(make(options.first_seed + seed, options.rows)) for seed in range(seeds)]
        print(
            table([one for one in judged if one.name == name]).round(3).to_string(header=name == wanted[0]), flush=True
        )
    print(overall(judged))


if __name__ == "__main__":
    main()
