"""Pages in Indonesian: nothing of a sentence stays English, whatever it is put together from."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import matplotlib.dates as mdates
import pytest
from matplotlib.figure import Figure

from smo_reports.analyses.finding import Finding
from smo_reports.present.cause_words import moved_words, place_words, unexplained_words
from smo_reports.present.date_axis import name_days
from smo_reports.present.kpi_table import note_words
from smo_reports.words import catalogue

ENGLISH = re.compile(r"\b(the|of|and|in|is|are|was|with|new|needs?|everywhere|points?|went|fell|rose|audits)\b", re.I)
"""Words that no Indonesian sentence has; names and values of the rows below have none of them."""

NAN = float("nan")


def finding(
    segment: dict[str, str], kind: str, effect: float, share_before: float = NAN, *, new: bool = False
) -> Finding:
    ends = sorted((0.5 * effect, 1.5 * effect))
    moved: Any = kind
    low, high = ends
    return Finding(segment, moved, effect, low, high, 0.95, 0.93, 900, 800, 0.3, new=new, share_before=share_before)


@pytest.mark.parametrize("effect", [-0.02, 0.02])
@pytest.mark.parametrize(
    ("segment", "kind", "share_before", "new"),
    [
        ({"market": "ID", "tool_version": "t12"}, "rate", NAN, False),
        ({}, "rate", NAN, False),
        ({"team": "B"}, "rate", NAN, True),
        ({"policy": "hate"}, "mix", 0.2, False),
        ({"auditor_id": "A7"}, "measurement", NAN, False),
        ({"severity": "high"}, "measurement", 0.2, False),
    ],
)
def test_what_moved_is_told_in_indonesian(
    segment: dict[str, str], kind: str, share_before: float, new: bool, effect: float
) -> None:
    one = finding(segment, kind, effect, share_before, new=new)
    told = moved_words(one, segment, "Accuracy", catalogue("id"))
    assert not ENGLISH.search(told)
    assert ENGLISH.search(moved_words(one, segment, "Accuracy", catalogue("en")))
    assert all(value in told for value in segment.values())


def test_a_change_of_everything_is_no_place() -> None:
    one = finding({}, "rate", -0.02)
    assert moved_words(one, {}, "Accuracy", catalogue("en")).startswith("Everywhere accuracy fell: −2.00 points")
    assert moved_words(one, {}, "Accuracy", catalogue("id")).startswith(
        "Di seluruh pekerjaan, akurasi turun: −2,00 poin"
    )


def test_columns_have_a_name_in_each_language_and_values_are_left_alone() -> None:
    segment = {"market": "ID", "labeler_id": "P-ABC", "their_own": "market"}
    assert place_words(segment, catalogue("en")) == "market ID, labeler_id P-ABC, their_own market"
    assert place_words(segment, catalogue("id")) == "pasar ID, pelabel P-ABC, their_own market"


@pytest.mark.parametrize(
    ("note", "english", "indonesian"),
    [
        ("not measured: needs audits", "Not measured: needs audits.", "Tidak diukur: memerlukan audit."),
        (
            "too few: 32 random audits in a period; 100 are needed",
            "Too few: 32 random audits in a period; 100 are needed.",
            "Terlalu sedikit: 32 audit acak dalam satu periode; diperlukan 100.",
        ),
    ],
)
def test_why_nothing_was_looked_for(note: str, english: str, indonesian: str) -> None:
    assert unexplained_words(note, catalogue("en")) == english
    assert unexplained_words(note, catalogue("id")) == indonesian


def test_what_is_needed_keeps_its_numbers() -> None:
    note = "not measured: needs blind decisions on gold items in this segment, 10 in each period"
    assert note_words(note, catalogue("en")) == note.removeprefix("not measured: ")
    said = note_words(note, catalogue("id"))
    assert said == "memerlukan keputusan tersamar atas butir baku di segmen ini, 10 pada setiap periode"
    assert note_words("not measured: needs the table disputes", catalogue("id")) == "memerlukan tabel disputes"


@pytest.mark.parametrize(
    ("language", "months"), [("en", ["May", "Aug", "Oct", "Dec"]), ("id", ["Mei", "Agu", "Okt", "Des"])]
)
def test_months_on_an_axis_are_the_readers(language: str, months: list[str]) -> None:
    axes = Figure().subplots()
    days = [dt.date(2026, month, 1) for month in range(4, 13)]
    axes.plot(mdates.date2num(days), range(len(days)))  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    name_days(axes, 8, 12, catalogue(language))
    axes.figure.canvas.draw()
    shown = {label.get_text() for label in axes.get_xticklabels()}
    assert set(months) <= shown
