"""Sentences, numbers and dates in the reader's language."""

from __future__ import annotations

from smo_reports.words.catalogue import Catalogue, catalogue
from smo_reports.words.numbers import day, days, long_age, moment, number, seconds, share, signed_points, spread
from smo_reports.words.printable import printable

__all__ = [
    "Catalogue",
    "catalogue",
    "day",
    "days",
    "long_age",
    "moment",
    "number",
    "printable",
    "seconds",
    "share",
    "signed_points",
    "spread",
]
