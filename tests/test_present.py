"""Exhibits: hostile text stays text, every chart has words, and the numbers stand beside what is shown."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from smo_reports import present
from smo_reports.analyses import Evidence, definitions, grade, stands_out
from smo_reports.kpis import KPIS
from smo_reports.period import parse_period
from smo_reports.present import ESTIMATES_MIME, Exhibit
from smo_reports.present.sparkline import sparkline
from smo_reports.project import Project
from smo_reports.schema import PROCESS

Make = Callable[..., dict[str, Any]]
EVIL = """<script>alert("1")</script> & $x^2$ 'quoted' {n}"""
NOW = dt.datetime(2026, 11, 16, 6, 0, tzinfo=dt.UTC)


class Markings(HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        # Markup escapes whatever text it is joined to.
        self.feed(str(html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(params=["en", "id"])
def project(request: pytest.FixtureRequest, make_project: Callable[..., Project]) -> Project:
    evil = EVIL.replace("'", "''")
    made = make_project(
        f"language: {request.param}\n"
        f"targets: [{{kpi: accuracy, min: 0.95, owner: '{evil}'}}, {{kpi: handling_time_mean, max: 30}}]\n"
        f"access: {{leads: ['{evil}'], viewers: [v]}}\n"
    )
    return made.model_copy(update={"title": EVIL})


@pytest.fixture
def exhibits(project: Project, estimate_row: Make) -> dict[str, Exhibit]:
    """Every kind of exhibit, of estimates whose every free text is hostile."""
    few = "too few: 12 audits of 3 labelers; 30 of 5 are needed"
    kpis = pd.DataFrame(
        [
            estimate_row(value=0.90, low=0.88, high=0.92),
            estimate_row(value=1.0, low=0.93, high=1.0, n=70),
            estimate_row("gold_accuracy", value=math.nan, low=math.nan, high=math.nan, n=0)
            | {"note": f"not measured: needs {EVIL}"},
            estimate_row("agreement", note=few),
            estimate_row("handling_time_mean", unit="seconds", value=31.0, low=29.0, high=33.0),
            estimate_row("decisions", unit="count", value=1e5, low=1e5, high=1e5),
        ]
    )
    graded = grade(kpis, project).assign(part=["", EVIL, "", "", "", ""], changing="", since=None, usual=0.9)
    graded["changing"] = ["worsening", "", "", "steady", "steady", "rising"]
    graded["since"] = [dt.date(2026, 10, 5), None, None, None, None, dt.date(2026, 10, 5)]
    monday = dt.date(2026, 5, 18)
    weekly = pd.DataFrame(
        [
            estimate_row(kpi, week=monday + dt.timedelta(weeks=at), value=value, low=value - 0.02, high=value + 0.02)
            | {"interval": PROCESS}
            for kpi in ("accuracy", "handling_time_mean")
            for at, value in enumerate([0.91, 0.89] * 13)
        ]
    )
    parts = grade(
        pd.DataFrame(
            [{"market": EVIL} | estimate_row(value=0.80, low=0.7, high=0.85), {"market": "MY"} | estimate_row()]
        ),
        project,
    )
    parts["stands_out"] = stands_out(parts)
    events = pd.DataFrame({"at": [dt.date(2026, 10, 5)], "kind": ["tool"], "name": [EVIL]})
    change = pd.DataFrame(
        [{"kpi": "throughput", "title": "Throughput", "unit": "per hour", "value": -2.0, "low": -3.0, "high": -1.0}]
    )
    aside = pd.DataFrame({"rule": [EVIL], "table_name": ["decisions"], "source_file": [EVIL], "rows": [3]})
    rests_on = Evidence(900, 1, 2, 300, 4, 5, NOW - dt.timedelta(hours=80), False, aside, 1000, 997)
    shares = {"n": 40, "value": 1.0, "expected": 0.9, "adjusted": 1.0, "shrunk": 0.95, "shrunk_low": 0.9}
    ends = {"funnel_low": 0.8, "funnel_high": 0.97, "funnel_low_outer": 0.7, "funnel_high_outer": 0.99}
    one = {"labeler_id": EVIL, **shares, "shrunk_high": 0.99, **ends, "group": "above"}
    people = pd.DataFrame([one, one | {"labeler_id": "L2", "n": 80, "value": 0.9, "group": "not distinguishable"}])
    return {
        "header": present.page_header(project, "KPI report", parse_period("2026-W46"), rests_on, NOW),
        "headline": present.headline(project, graded, change, parts),
        "kpi_table": present.kpi_table(project, graded, weekly),
        "weekly_charts": present.weekly_charts(project, graded, weekly, events),
        "parts": present.parts_breakdown(project, parts),
        "people": present.people_table(project, people),
        "people_funnel": present.people_funnel(project, people),
        "data_quality": present.data_quality(project, rests_on),
        "definitions": present.definitions(project, definitions(KPIS)),
    }


def test_hostile_text_stays_text(exhibits: dict[str, Exhibit]) -> None:
    seen = set()
    for name, exhibit in exhibits.items():
        page = Markings(exhibit.html)
        assert "script" not in {tag for tag, _ in page.elements}, name
        assert not any(key.startswith("on") for _, held in page.elements for key in held), name
        assert "&amp;lt;" not in exhibit.html, f"{name} is escaped twice"
        shown = page.text + " ".join(str(value) for _, held in page.elements for value in held.values())
        if EVIL in shown:
            seen.add(name)
    # Where hostile text was put in it is shown as it was written.
    assert {"header", "headline", "kpi_table", "weekly_charts", "parts", "people", "data_quality"} <= seen


def test_every_chart_says_what_it_shows(exhibits: dict[str, Exhibit]) -> None:
    drawn = {name: Markings(exhibit.html).elements for name, exhibit in exhibits.items()}
    charts = {name: [held for tag, held in found if tag == "svg"] for name, found in drawn.items()}
    assert {name for name, found in charts.items() if found} == {"kpi_table", "weekly_charts", "parts", "people_funnel"}
    for name, found in charts.items():
        for held in found:
            assert held["role"] == "img", name
            assert re.search(r"\d", held["aria-label"] or ""), name
    assert EVIL in str(charts["parts"][0]["aria-label"])


def test_nothing_is_fetched_and_colours_are_the_pages_own(exhibits: dict[str, Exhibit]) -> None:
    for name, exhibit in exhibits.items():
        for tag, held in Markings(exhibit.html).elements:
            for key, value in held.items():
                if key in ("src", "href", "xlink:href", "srcset", "action"):
                    assert str(value).startswith("#"), (name, tag, key, value)
                assert not re.search(r"url\((?!['\"]?#)", str(value)), (name, tag, value)
        assert "@import" not in exhibit.html, name
        # Only the names of XML vocabularies may look like addresses.
        addresses = set(re.findall(r"https?://[^\"'\s<>]+", exhibit.html))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, name
        assert not re.findall(r"#0[1-9]0[1-9]0[1-9]\b", exhibit.html), name


def test_tables_have_headers_and_captions(exhibits: dict[str, Exhibit]) -> None:
    for name in ("kpi_table", "parts", "people", "data_quality"):
        found = [tag for tag, _ in Markings(exhibits[name].html).elements]
        assert found.count("table") == found.count("caption") > 0, name
        scopes = {held.get("scope") for tag, held in Markings(exhibits[name].html).elements if tag == "th"}
        assert scopes == {"col", "row"}, name


def refuse(text: str) -> float:
    raise AssertionError(f"{text} is not JSON")


def test_the_estimates_beside_an_exhibit_are_json_and_the_numbers_shown(exhibits: dict[str, Exhibit]) -> None:
    for name, exhibit in exhibits.items():
        bundle = exhibit._repr_mimebundle_()
        assert set(bundle) == {"text/html", "text/plain", ESTIMATES_MIME}
        stored = json.loads(json.dumps(bundle[ESTIMATES_MIME], allow_nan=False), parse_constant=refuse)
        assert stored["version"] == 1, name
        assert all(len(row) == len(stored["columns"]) for row in stored["rows"]), name
        assert bundle["text/plain"], name
    table = exhibits["kpi_table"]._repr_mimebundle_()[ESTIMATES_MIME]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    assert [row["value"] for row in rows] == [0.90, 1.0, None, 0.9, 31.0, 1e5]
    assert [row["status"] for row in rows] == ["missed", "undecided", "not measured", "too few", "undecided", ""]
    assert rows[0]["period_end"] == "2026-11-16"


def test_the_numbers_shown_are_the_estimates(exhibits: dict[str, Exhibit], project: Project) -> None:
    point = "." if project.language == "en" else ","
    shown = Markings(exhibits["kpi_table"].html).text
    for part in ("90.0 %", "88.0", "92.0", "31.0 s", "29.0"):
        assert part.replace(".", point) in shown, part
    assert "100 %" not in shown
    assert "100.0 %".replace(".", point) not in shown


def test_a_page_says_first_what_is_wrong_with_its_data(exhibits: dict[str, Exhibit], project: Project) -> None:
    facts = exhibits["header"]._repr_mimebundle_()[ESTIMATES_MIME]["facts"]
    assert (facts["stale"], facts["partial"], facts["rows_used"], facts["set_aside"]) == (True, True, 900, 3)
    html = exhibits["header"].html
    assert html.count("smo-warning") == 2
    assert html.index("smo-warning") < html.index("smo-facts")
    if project.language == "en":
        assert "Stale: the newest row was 3 days old when this page was made; this project allows 2 days." in html


def test_the_headline_says_at_most_five_sentences_with_the_missed_first(
    exhibits: dict[str, Exhibit], project: Project
) -> None:
    said = exhibits["headline"].text
    if project.language == "en":
        assert said.startswith("Missed: accuracy 90.0 % (88.0 to 92.0), target at least 95 %")
        assert "Against the period before, throughput fell by 2.0/h (1.0 to 3.0)." in said
        assert "Accuracy misses its target most clearly in" in said
    plain = said.replace(EVIL, "")
    assert len(re.findall(r"[.!?](?:\s|$)", plain)) <= 5


def test_a_sparkline_breaks_at_gaps_and_marks_the_newest() -> None:
    drawn = sparkline([1.0, 2.0, math.nan, 3.0, 2.0], math.nan, EVIL)
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 1
    assert "<script" not in drawn
    # Four steps of 22.5 from 3 to 93; the greatest value is at the top, 3, the least at the bottom, 21.
    assert re.findall(r'points="([^"]*)"', drawn) == ["3.0,21.0 25.5,12.0", "70.5,3.0 93.0,12.0"]
    assert sparkline([1.0, math.nan], 0.5, "x") == ""
    assert 'class="target"' in sparkline([1.0, 2.0], 1.5, "x")
    assert "nan" not in sparkline([2.0, 2.0], math.nan, "flat")
