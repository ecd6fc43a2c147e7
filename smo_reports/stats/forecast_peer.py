"""The same forecast by the package statsforecast, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from smo_reports.stats.forecast_rows import Fitted
from smo_reports.stats.forecast_season import in_weeks, season_of
from smo_reports.stats.forecast_spread import Spread

Floats = npt.NDArray[np.float64]


def fit_statsforecast(daily: Floats, horizon: int, season: int, level: float, method: str) -> Fitted:
    """Forecast one series by MSTL, or by AutoETS.

    Parameters
    ----------
    daily : ndarray, shape (1, days)
        An open day that is unknown is filled with the one a week before, as the package takes no gaps; days of the
        week that are closed are left out.
    horizon, season : int
    level : float
        Of the bands that the package is asked for; their variance is then taken as a straight line in the days ahead.
    method : {"mstl", "statsforecast"}

    Raises
    ------
    ImportError
        When the extra is not installed.
    ValueError
        When fewer than two weeks are known.

    References
    ----------
    Bandara, Hyndman & Bergmeir (2021), arXiv:2107.13462 (MSTL).
    """
    models = _models()
    laid = in_weeks(daily, season)
    found = season_of(laid, np.ones(1))
    opened = found.open_days[0]
    series = _filled(laid[0][:, opened]).ravel()
    series = series[~np.isnan(series)]
    if len(series) < 2 * opened.sum():
        raise ValueError(f"method {method!r} needs two weeks of counts; there are {len(series)} open days")
    days, weeks = int(opened.sum()), -(-horizon // season)
    seasons = [length for length in (days, 52 * days) if length > 1 and len(series) >= 2 * length]
    if method == "mstl" and seasons:
        model: Any = models.MSTL(season_length=seasons)
    else:
        model = models.AutoETS(season_length=days)
    said = model.forecast(y=series, h=days * weeks, level=[100 * level])
    mean = np.maximum(np.asarray(said["mean"], float), 0.0)
    names = {name.split("-")[0]: name for name in said if name != "mean"}
    width = np.asarray(said[names["hi"]], float) - np.asarray(said[names["lo"]], float)
    grid = np.zeros((weeks, season))
    grid[:, opened] = mean.reshape(weeks, days)
    sd = width / (2 * float(special.ndtri(0.5 + level / 2)))
    spread = _straight((sd / np.maximum(mean, 1e-3)) ** 2, mean, (np.arange(len(mean)) + 0.5) / days + 0.5, weeks)
    usual = found.local * found.profile[:, None, :]
    never = np.zeros(1, np.intp)
    return Fitted(grid.reshape(1, -1)[:, :horizon], spread, found, usual, never, np.array([len(seasons) > 1]))


def _models() -> Any:
    try:
        return importlib.import_module("statsforecast.models")
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "statsforecast":
            raise ImportError(
                "this method needs the package statsforecast; install it with: "
                "pip install 'smo-reports[statsforecast]', or use method='default'"
            ) from None
        raise


def _filled(laid: Floats) -> Floats:
    """Fill unknown days with the week before; those before the first known ones stay unknown."""
    full = laid.copy()
    for week in range(1, len(full)):
        full[week] = np.where(np.isnan(full[week]), full[week - 1], full[week])
    return full


def _straight(variance: Floats, mean: Floats, ahead: Floats, weeks: int) -> Spread:
    around = ahead - ahead.mean()
    slope = max(float(around @ variance) / max(float(around @ around), 1e-9), 0.0)
    slope = min(slope, float(variance.mean() / ahead.mean()))
    rest = float(variance.mean()) - slope * float(ahead.mean())
    day = max(rest - float((1 / np.maximum(mean, 1e-3)).mean()), 0.0)
    return Spread(np.zeros(1), np.array([slope]), np.array([day]), np.ones((1, weeks)))
