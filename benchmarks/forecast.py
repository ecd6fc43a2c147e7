"""The forecast of arrivals against seasonal-naive and statsforecast: real calls, the same folds, in the same run.

A bank's calls (five-minute counts of 164 business days) are forecast eight weeks ahead from every business day on which
at least four weeks were known and eight weeks were still to come: by day, and from every third of those days by hour.
Ours sees a week of seven days with gaps, as it came; the peers see business days only, gaps filled with the week
before, and are told the season: by day 5, by hour 15 and 75. Nobody is told of holidays.

Times are of CPU, of fitting and forecasting with an 80 % band; importing, reading and a first run that compiles are
left out. Ours forecasts from all days at once, as its back-test does, and once more one by one.

Run: python benchmarks/forecast.py --peers PYTHON [--data FOLDER] [--hourly-every 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bands = tuple[Floats, Floats, Floats]

WEEKS, LEVEL = 8, 0.8
BUSINESS, SEASON = 5, 7
FIRST = 4 * BUSINESS
DATA = Path(os.environ.get("SMO_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


def calls(folder: Path) -> Floats:
    """Calls by day and hour, every day from the first to the last; nan where the bank was closed."""
    import pandas as pd

    table = pd.read_csv(folder / "bank-calls" / "bank_calls.csv", parse_dates=["DateTime"])
    hours = table.groupby([table["DateTime"].dt.normalize(), table["DateTime"].dt.hour])["Calls"].sum().unstack()
    return hours.reindex(pd.date_range(hours.index.min(), hours.index.max())).to_numpy(float)


def business_days(counts: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The rows of Mondays to Fridays, and where they are; the first row is a Monday."""
    at = np.flatnonzero(np.arange(len(counts)) % SEASON < BUSINESS)
    return counts[at], at


def filled(counts: Floats) -> Floats:
    full = counts.copy()
    for day in range(BUSINESS, len(full)):
        full[day] = np.where(np.isnan(full[day]), full[day - BUSINESS], full[day])
    return full


def folds(counts: Floats) -> npt.NDArray[np.intp]:
    """How many business days each fold knows."""
    known = ~np.isnan(counts).any(1)
    return np.array([n for n in range(FIRST, len(counts) - WEEKS * BUSINESS + 1) if known[n - 1]])


def timed(run: Callable[[], Bands]) -> tuple[Bands, float]:
    begun = time.process_time()
    found = run()
    return found, time.process_time() - begun


def peer(file: Path) -> None:
    """In the peers' Python: forecast every fold by one model, and leave the bands beside the folds."""
    import warnings

    from statsforecast import models

    warnings.filterwarnings("ignore")
    given = np.load(file)
    name, seasons = str(given["model"]), [int(one) for one in given["seasons"]]
    every, steps = filled(given["counts"]), WEEKS * BUSINESS * given["counts"].shape[1]

    def one(known: int) -> Bands:
        made = getattr(models, name)(season_length=seasons[0] if len(seasons) == 1 else seasons)
        said = made.forecast(y=every[:known].ravel(), h=steps, level=[round(100 * LEVEL)])
        return said["mean"], said[f"lo-{round(100 * LEVEL)}"], said[f"hi-{round(100 * LEVEL)}"]

    one(int(given["folds"][0]))
    begun = time.process_time()
    found = [one(int(known)) for known in given["folds"]]
    took = time.process_time() - begun
    mean, low, high = (np.stack(part) for part in zip(*found, strict=True))
    np.savez(file.with_suffix(".out.npz"), mean=mean, low=low, high=high, took=took)


def ask(
    python: str, model: str, seasons: list[int], counts: Floats, known: npt.NDArray[np.intp]
) -> tuple[Bands, float]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "folds.npz"
        np.savez(file, model=model, seasons=seasons, counts=counts, folds=known)
        subprocess.run([python, __file__, "--fold-file", str(file)], check=True)
        found = np.load(file.with_suffix(".out.npz"))
        return (found["mean"], found["low"], found["high"]), float(found["took"])


def ours_at_once(counts: Floats, ends: npt.NDArray[np.intp]) -> Bands:
    from smo_reports.stats.rolling import rolling_forecasts

    found = rolling_forecasts(counts, SEASON * WEEKS, ends, level=LEVEL)
    return found.mean, found.low, found.high


def ours_one_by_one(counts: Floats, ends: npt.NDArray[np.intp]) -> Bands:
    from smo_reports.stats.forecast import forecast

    found = [forecast(counts[:end], SEASON * WEEKS, level=LEVEL) for end in ends]
    mean, low, high = (np.stack([getattr(one, name) for one in found]) for name in ("mean", "low", "high"))
    return mean, low, high


def on_business_days(bands: Bands, ends: npt.NDArray[np.intp], width: int) -> Bands:
    """Ours speaks of every day of the week; what is compared are Mondays to Fridays."""
    ahead = (ends[:, None] + np.arange(SEASON * WEEKS)) % SEASON < BUSINESS
    mean, low, high = (part.reshape(*ahead.shape, width)[ahead].reshape(len(ends), -1) for part in bands)
    return mean, low, high


def report(name: str, actual: Floats, bands: Bands, took: float, width: int) -> str:
    from smo_reports.stats.backtest import coverage, interval_score, wape

    mean, low, high = bands
    half = len(actual) // 2
    errors = " / ".join(
        f"{wape(actual[part], mean[part]):.2%}" for part in (slice(None), slice(half), slice(half, None))
    )
    held = coverage(actual, low, high, season=BUSINESS * width, every=width * EVERY[width > 1], level=0.95)
    covered = ", ".join(f"{s:.2f} ({a:.2f}-{b:.2f})" for s, a, b in zip(held.share, held.low, held.high, strict=True))
    score = interval_score(actual, low, high, LEVEL)
    return f"{name:28} {errors}   {score:9,.0f}   {1000 * took / len(actual):9.3f} ms   {covered}"


EVERY = {False: 1, True: 3}


def show(title: str, rows: dict[str, tuple[Bands, float]], actual: Floats, width: int) -> None:
    print(
        f"\n{title}: {len(actual)} folds; WAPE of all / first half / second half, interval score, CPU a fold, coverage"
    )
    for name, (bands, took) in rows.items():
        print(report(name, actual, bands, took, width))
    took = {name: seconds for name, (_, seconds) in rows.items()}
    print(
        "MSTL's time over ours:", ", ".join(f"{took['MSTL'] / took[n]:.0f} ({n})" for n in took if n.startswith("ours"))
    )


def by_day(counts: Floats, python: str) -> None:
    days, at = business_days(counts)
    known = folds(days)
    ends = at[known - 1] + 1
    total = days.sum(1, keepdims=True)
    actual = np.stack([total[n : n + WEEKS * BUSINESS, 0] for n in known])
    ours_at_once(counts.sum(1), ends[:2])
    rows = {}
    for name, run in (("ours, all at once", ours_at_once), ("ours, one by one", ours_one_by_one)):
        bands, took = timed(lambda run=run: run(counts.sum(1), ends))
        rows[name] = on_business_days(bands, ends, 1), took
    for name, model in (("seasonal naive", "SeasonalNaive"), ("MSTL", "MSTL"), ("AutoETS", "AutoETS")):
        rows[name] = ask(python, model, [BUSINESS], total, known)
    show("By day", rows, actual, 1)


def by_hour(counts: Floats, python: str) -> None:
    days, at = business_days(counts)
    known = folds(days)[:: EVERY[True]]
    ends = at[known - 1] + 1
    width = counts.shape[1]
    actual = np.stack([days[n : n + WEEKS * BUSINESS].ravel() for n in known])
    ours_at_once(counts, ends[:1])
    rows = {}
    for name, run in (("ours, all at once", ours_at_once), ("ours, one by one", ours_one_by_one)):
        bands, took = timed(lambda run=run: run(counts, ends))
        rows[name] = on_business_days(bands, ends, width), took
    rows["seasonal naive"] = ask(python, "SeasonalNaive", [BUSINESS * width], days, known)
    rows["MSTL"] = ask(python, "MSTL", [width, BUSINESS * width], days, known)
    show("By hour", rows, actual, width)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--peers", default=sys.executable, help="a Python that has statsforecast")
    wanted.add_argument("--data", type=Path, default=DATA, help="the folder of the public data sets")
    wanted.add_argument("--hourly-every", type=int, default=EVERY[True], help="by hour, every how many-th fold")
    wanted.add_argument("--fold-file", type=Path, help=argparse.SUPPRESS)
    given = wanted.parse_args()
    if given.fold_file:
        peer(given.fold_file)
        return
    EVERY[True] = given.hourly_every
    counts = calls(given.data)
    by_day(counts, given.peers)
    by_hour(counts, given.peers)


if __name__ == "__main__":
    main()
