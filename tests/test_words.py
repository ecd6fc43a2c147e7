"""Numbers and sentences as a page shows them, in both languages."""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from smo_reports import words
from smo_reports.errors import ProjectError
from smo_reports.kpis import KPIS
from smo_reports.present import wording
from smo_reports.words import catalogue, day, long_age, moment, number, seconds, share, signed_points

Make = Callable[..., dict[str, Any]]
NAN = math.nan


@pytest.mark.parametrize(
    ("value", "half", "en", "id"),
    [
        # Two significant digits of the half width decide: 12 → whole, 1.2 → one decimal, 0.12 → two.
        (1234.5678, 12.0, "1,235", "1.235"),
        (1234.5678, 1.2, "1,234.6", "1.234,6"),
        (41.267, 0.12, "41.27", "41,27"),
        (41.267, 0.0012, "41.267", "41,267"),
        (1_234_567.0, 5000.0, "1,234,567", "1.234.567"),
        # Nothing known of the spread: three significant digits, whole from 100 on.
        (123.4, NAN, "123", "123"),
        (12.34, NAN, "12.3", "12,3"),
        (1.234, 0.0, "1.23", "1,23"),
        (0.0, NAN, "0.0", "0,0"),
        (-2.5, 0.12, "-2.50", "-2,50"),
        (NAN, 1.0, "–", "–"),
    ],
)
def test_the_interval_decides_the_digits(value: float, half: float, en: str, id: str) -> None:
    assert (number(value, half, "en"), number(value, half, "id")) == (en, id)


@pytest.mark.parametrize(
    ("value", "half", "en", "id"),
    [
        (0.9412, 0.0111, "94.1 %", "94,1 %"),
        (0.9412, 0.111, "94 %", "94 %"),
        (0.9412, 0.00111, "94.12 %", "94,12 %"),
        (0.9412, 0.0000111, "94.12 %", "94,12 %"),
        (NAN, 0.1, "–", "–"),
    ],
)
def test_shares_in_per_cent(value: float, half: float, en: str, id: str) -> None:
    assert (share(value, half, "en"), share(value, half, "id")) == (en, id)


def test_seconds_points_days_and_ages() -> None:
    assert seconds(41.26, 0.012, "id") == "41,3 s"
    assert seconds(NAN, 1.0, "en") == "–"
    assert signed_points(-0.0123, 0.005, "en") == "1.23"
    assert day(dt.date(2026, 5, 9), "en") == "9 May 2026"
    assert day(dt.date(2026, 5, 9), "id") == "9 Mei 2026"
    zone = dt.timezone(dt.timedelta(hours=7))
    assert moment(dt.datetime(2026, 11, 9, 8, 5, tzinfo=zone), "en") == "9 Nov 2026 08:05 GMT+07:00"


@pytest.mark.parametrize(
    ("age", "en", "id"),
    [
        (dt.timedelta(seconds=-5), "0 minutes", "0 menit"),
        (dt.timedelta(minutes=1, seconds=59), "1 minute", "1 menit"),
        (dt.timedelta(minutes=119), "119 minutes", "119 menit"),
        (dt.timedelta(hours=2), "2 hours", "2 jam"),
        (dt.timedelta(hours=47, minutes=59), "47 hours", "47 jam"),
        (dt.timedelta(hours=48), "2 days", "2 hari"),
        (dt.timedelta(days=400, hours=23), "400 days", "400 hari"),
    ],
)
def test_ages_are_rounded_down(age: dt.timedelta, en: str, id: str) -> None:
    assert (long_age(age, "en"), long_age(age, "id")) == (en, id)


def test_plural_forms_in_both_languages() -> None:
    en, id = catalogue("en"), catalogue("id")
    one, many = "{n} target missed", "{n} targets missed"
    assert [en.count(one, many, n) for n in (0, 1, 2)] == ["0 targets missed", "1 target missed", "2 targets missed"]
    said = [id.count(one, many, n) for n in (0, 1, 2)]
    assert all(text.startswith(f"{n} ") and "target" in text for n, text in enumerate(said))
    assert "missed" not in " ".join(said)
    assert id.count("{n} thing nobody translated", "{n} things nobody translated", 2) == "2 things nobody translated"


def test_values_are_never_read_as_sentences() -> None:
    assert catalogue("en")("{n} rows", n="{secret} %s") == "{secret} %s rows"
    with pytest.raises(ProjectError, match=r"no words for language 'fr'; known: en, id"):
        catalogue("fr")


def test_what_is_not_translated_is_said_in_english() -> None:
    assert catalogue("id")("A sentence that nobody has written, {n}", n=1) == "A sentence that nobody has written, 1"


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_translation_is_there_and_has_the_same_places() -> None:
    with (Path(words.__file__).parent / "id.po").open("rb") as file:
        messages = [one for one in read_po(file, locale="id") if one.id]
    assert len(messages) > 100
    for one in messages:
        ids = one.id if isinstance(one.id, tuple) else (one.id,)
        strings = one.string if isinstance(one.string, tuple) else (one.string,)
        # Indonesian has one form for one and many: the second may stay empty.
        assert strings[0], one.id
        assert not one.fuzzy, one.id
        for said in filter(None, strings):
            assert placeholders(said) == placeholders(ids[-1]), one.id


def test_every_kpi_has_indonesian_words() -> None:
    say = catalogue("id")
    for kpi in KPIS.values():
        for sentence in (kpi.title, kpi.question, kpi.counts):
            known = say(sentence) != sentence or sentence in {"Throughput", "Krippendorff's alpha"}
            assert known, sentence


@pytest.mark.parametrize("status", wording.STATUS_SHAPES)
def test_every_status_has_a_shape_and_a_word_in_each_language(status: str) -> None:
    assert len(wording.STATUS_SHAPES[status]) == 1
    assert catalogue("en")(status) == status
    assert catalogue("id")(status) != status
    graded = [shape for name, shape in wording.STATUS_SHAPES.items() if name not in ("not measured", "undefined")]
    assert len(set(graded)) == len(graded)


@pytest.mark.parametrize(
    ("value", "low", "high", "en", "id"),
    [
        (1.0, 0.83, 1.0, "all 1,900", "semua 1.900"),
        (0.0, 0.0, 0.17, "none of 1,900", "tidak satu pun dari 1.900"),
        # Counted in full it is what it says.
        (1.0, 1.0, 1.0, "100 %", "100 %"),
        (0.95, 0.94, 0.96, "95.0 %", "95,0 %"),
    ],
)
def test_a_flawless_sample_is_never_100_per_cent(
    estimate_row: Make, value: float, low: float, high: float, en: str, id: str
) -> None:
    row = estimate_row(value=value, low=low, high=high, n=1900)
    for language, wanted in (("en", en), ("id", id)):
        assert wording.estimate_words(row, catalogue(language)) == wanted


def test_an_estimate_in_words(estimate_row: Make) -> None:
    en, id = catalogue("en"), catalogue("id")
    row = estimate_row(value=0.9412, low=0.9301, high=0.9523)
    assert wording.full_words(row, en) == "94.1 % (93.0 to 95.2)"
    assert wording.full_words(row, id) == "94,1 % (93,0 sampai 95,2)"
    counted = estimate_row("decisions", unit="count", value=12345.0, low=12345.0, high=12345.0)
    assert wording.full_words(counted, en) == "12,345"
    pace = estimate_row("throughput", unit="per hour", value=41.26, low=40.1, high=42.4)
    assert wording.full_words(pace, en) == "41.3/h (40.1 to 42.4)"
    assert wording.full_words(estimate_row(value=NAN, low=NAN, high=NAN), en) == "–"


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (1031.0, "about 1,100 more random audits would settle it"),
        (300.0, "about 300 more random audits would settle it"),
        (7.0, "about 7 more random audits would settle it"),
        (math.inf, "not within reach: too near its target to be told apart"),
        (NAN, ""),
    ],
)
def test_what_would_settle_it(estimate_row: Make, needed: float, said: str) -> None:
    assert wording.needed_words(estimate_row(needed=needed, counts="random audits"), catalogue("en")) == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"bound": "min", "target": 0.95}, "at least 95 %"),
        ({"bound": "max", "target": 0.025}, "at most 2.50 %"),
        ({"bound": "max", "target": 45.0, "unit": "seconds"}, "at most 45.0 s"),
        ({"bound": "", "target": NAN}, ""),
    ],
)
def test_a_target_in_words(estimate_row: Make, more: dict[str, Any], said: str) -> None:
    assert wording.target_words(estimate_row(**more), catalogue("en")) == said


def test_a_difference_of_shares_is_in_points(estimate_row: Make) -> None:
    fell = estimate_row(value=-0.012, low=-0.017, high=-0.007)
    assert wording.difference_words(fell, catalogue("en")) == "1.20 points (0.70 to 1.70)"
    slower = estimate_row("handling_time_mean", unit="seconds", value=2.5, low=1.0, high=4.0)
    assert wording.difference_words(slower, catalogue("en")) == "2.5 s (1.0 to 4.0)"
