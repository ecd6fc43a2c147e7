"""The exhibits of a root cause analysis: what they say, whom they name, and that hostile names stay text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from smo_reports import explain
from smo_reports.analyses.causes import Causes
from smo_reports.analyses.finding import Finding
from smo_reports.analyses.unaudited import Unaudited
from smo_reports.period import parse_period
from smo_reports.present.cause_words import place_words
from smo_reports.present.causes import causes_headline, findings_table, innocent
from smo_reports.present.change_parts import change_waterfall
from smo_reports.project import Project, parse_project
from smo_reports.words import catalogue

SPANS = (dt.date(2026, 9, 7), dt.date(2026, 10, 5)), (dt.date(2026, 10, 5), dt.date(2026, 11, 2))
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def project() -> Project:
    return parse_project("project: p\ntitle: Hate\ntime_zone: Asia/Jakarta\nsource: warehouse/\n", "params/p.yaml")


@pytest.fixture(scope="module")
def found() -> Causes:
    """A market that got ten points worse, and a labeler who got twenty points worse."""
    random = np.random.default_rng(5)
    rows = pd.DataFrame({"period": np.repeat(["before", "after"], 12_000)})
    rows["market"] = random.choice([HOSTILE, "MY", "PH"], len(rows))
    rows["labeler_id"] = random.choice([f"L{n}" for n in range(40)], len(rows))
    after = rows["period"] == "after"
    chance = 0.95 - 0.10 * (after & (rows["market"] == HOSTILE)) - 0.35 * (after & (rows["labeler_id"] == "L7"))
    rows["correct"] = random.random(len(rows)) < chance
    explained = explain(rows, before="before", after="after", dimensions=["market"])
    assert [one.segment for one in explained.findings] == [{"market": HOSTILE}, {"labeler_id": "L7"}]
    shown = ({"market": HOSTILE}, {"labeler_id": "P-ABCDEFGH"})
    return Causes(
        "accuracy", "Accuracy", "share", explained, "", explained.findings, shown, ("market",), {}, pd.DataFrame()
    )


def test_the_headline_says_change_place_and_what_is_not_known(project: Project, found: Causes) -> None:
    words = causes_headline(project, found, *SPANS).text
    assert "Compared: 7 Sep 2026 – 4 Oct 2026 with 5 Oct 2026 – 1 Nov 2026." in words
    assert "Accuracy fell by 4" in words
    assert f"In market {HOSTILE} accuracy fell: −3" in words
    assert "1 finding names a person, and is for the lead." in words
    assert "Whether the work changed or how it is audited cannot be told apart." in words


def test_no_person_is_named_to_everybody(project: Project, found: Causes) -> None:
    for exhibit in (
        causes_headline(project, found, *SPANS),
        change_waterfall(project, found),
        findings_table(project, found),
    ):
        bundle = str(exhibit._repr_mimebundle_())
        assert "P-ABCDEFGH" not in bundle, exhibit.kind
        assert "L7" not in bundle, exhibit.kind
    lead = findings_table(project, found, people=True)
    assert "P-ABCDEFGH" in lead.html
    assert "L7" not in lead.html
    assert "never the only ground for pay or dismissal" in lead.html


def test_hostile_names_are_text(project: Project, found: Causes) -> None:
    exhibits = [
        causes_headline(project, found, *SPANS),
        change_waterfall(project, found),
        findings_table(project, found),
        innocent(project, found),
    ]
    for exhibit in exhibits:
        assert "<img" not in exhibit.html, exhibit.kind
    assert "&lt;img" in findings_table(project, found).html


def test_the_waterfall_leads_from_before_to_after(project: Project, found: Causes) -> None:
    exhibit = change_waterfall(project, found)
    assert found.explanation is not None
    before, after = (f"{100 * rate:.2f} %" for rate in (found.explanation.rate_before, found.explanation.rate_after))
    assert f"Accuracy went from {before} to {after}" in exhibit.text
    assert "not separable" in exhibit.html
    assert 'role="img"' in exhibit.html


def test_nothing_found_is_said_with_what_came_nearest(project: Project) -> None:
    random = np.random.default_rng(8)
    rows = pd.DataFrame({"period": np.repeat(["before", "after"], 3000), "market": random.choice(["ID", "MY"], 6000)})
    rows["labeler_id"], rows["correct"] = random.integers(0, 30, 6000), random.random(6000) < 0.95
    explained = explain(rows, before="before", after="after", dimensions=["market"])
    assert not explained.findings
    assert explained.nearest is not None
    near = {name: str(value) for name, value in explained.nearest.segment.items()}
    quiet = Causes("accuracy", "Accuracy", "share", explained, "", (), (), ("market",), near, pd.DataFrame())
    words = causes_headline(project, quiet, *SPANS).text
    assert "No cause was found among" in words
    assert "did not clearly change" in words
    assert ("may be chance" in words) == (not explained.nearest.people)
    assert "market, labeler_id. That is no proof" in innocent(project, quiet).text


@pytest.fixture
def quiet(found: Causes) -> Causes:
    """Nothing found; a market came nearest."""
    explanation = found.explanation
    assert explanation is not None
    near = replace(explanation.findings[0], segment={"market": "ID"}, low=-0.1, high=0.1)
    explanation = replace(explanation, findings=(), nearest=near, more_rows=2.0)
    return replace(found, explanation=explanation, findings=(), shown=(), nearest={"market": "ID"})


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (1.04, "Slightly more audits would tell."),
        (2.0, "2.0 times as many audits would tell."),
        (12.0, "Audits of this plan cannot tell."),
    ],
)
def test_how_many_more_audits_would_tell(project: Project, quiet: Causes, times: float, said: str) -> None:
    assert quiet.explanation is not None
    asked = replace(quiet, explanation=replace(quiet.explanation, more_rows=times))
    for words in (causes_headline(project, asked, *SPANS).text, findings_table(project, asked).text):
        assert "What came nearest may be chance: market ID, −3" in words
        assert said in words


def test_where_nothing_was_found_the_next_place_is_named(project: Project, found: Causes, quiet: Causes) -> None:
    assert "the guideline-gap brief (smo brief p)" in causes_headline(project, quiet, *SPANS).text
    assert "smo brief" not in causes_headline(project, found, *SPANS).text


def test_too_little_to_look_at_is_said(project: Project, quiet: Causes) -> None:
    assert quiet.explanation is not None
    few = replace(quiet, explanation=replace(quiet.explanation, looked_at=0, nearest=None))
    for words in (causes_headline(project, few, *SPANS).text, findings_table(project, few).text):
        assert "There was too little to look at: no segment has audits enough." in words
        assert "among 0 segments" not in words


def test_a_value_that_is_missing_reads_not_given(project: Project, found: Causes) -> None:
    assert place_words({"market": ""}, catalogue("en")) == "market not given"
    lost = replace(found, shown=({"market": ""}, found.shown[1]))
    assert "In market not given accuracy fell" in causes_headline(project, lost, *SPANS).text
    assert found.explanation is not None
    went = replace(found.explanation, came_and_went=(("queue", None, "left"),))
    assert "queue not given is gone." in innocent(project, replace(found, explanation=went)).text


def test_work_that_nobody_audited_is_said(project: Project, found: Causes) -> None:
    assert found.explanation is not None
    where = (("tool_version", "t9", 0.12), *(("queue", f"q{n}", 0.0002) for n in range(4)))
    some = replace(found.explanation, unaudited=Unaudited(0.0002, 0.12, where))
    words = causes_headline(project, replace(found, explanation=some), *SPANS).text
    assert "12.0 % of the work was not audited (less than 0.1 % before): nothing is known of " in words
    assert "t9, queue q0, queue q1, 2 more." in words
    assert "not audited" not in causes_headline(project, found, *SPANS).text


def test_a_period_that_audits_have_not_reached_is_said_first(project: Project, quiet: Causes) -> None:
    period = parse_period("2026-W45")
    said = "There are no audits in 2026-W45 yet; the last with audits is 2026-W44: use --period 2026-W44."
    empty = causes_headline(project, quiet, *SPANS, period=period, newest=dt.date(2026, 11, 1))
    assert said in empty.text
    assert empty.html.index("There are no audits") < empty.html.index("Accuracy")
    reached = causes_headline(project, quiet, *SPANS, period=period, newest=dt.date(2026, 11, 2))
    assert "There are no audits" not in reached.text


@pytest.mark.parametrize(
    ("kind", "share_before", "effect", "words"),
    [
        ("mix", 0.2, -0.01, "went from 20 % to 40 %: −1.00 points (−1.20 to −0.80), without anybody doing worse"),
        ("measurement", 0.2, -0.01, "More audits were drawn where it is hard"),
        ("measurement", float("nan"), 0.01, "got milder"),
        ("rate", float("nan"), 0.01, "accuracy rose: +1.00 points"),
    ],
)
def test_each_kind_has_its_sentence(
    project: Project, found: Causes, kind: str, share_before: float, effect: float, words: str
) -> None:
    ends = sorted((effect * 0.8, effect * 1.2))
    one = Finding({"policy": "hate"}, kind, effect, *ends, 0.9, 0.9, 100, 100, 0.4, share_before=share_before)  # type: ignore[arg-type]
    told = findings_table(project, replace(found, findings=(one,), shown=({"policy": "hate"},))).text
    assert words in told


def test_what_could_not_be_looked_for_is_said(project: Project) -> None:
    none = Causes("accuracy", "Accuracy", "share", None, "not measured: needs audits", (), (), (), {}, pd.DataFrame())
    for exhibit in (
        causes_headline(project, none, *SPANS),
        change_waterfall(project, none),
        findings_table(project, none),
    ):
        assert "needs audits" in exhibit.text
