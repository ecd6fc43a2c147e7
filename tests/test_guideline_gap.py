"""Good labelers who split, the guideline-gap brief, and what leaves the house: worked by hand and attacked."""

from __future__ import annotations

import datetime as dt
import json
import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mistune
import pytest
from scipy import stats as distributions
from typer.testing import CliRunner

from smo_reports import analyses, present
from smo_reports.analyses.gap_gain import compared_pairs, gain_at_usual_rate
from smo_reports.analyses.guideline_gap import GuidelineGaps
from smo_reports.analyses.split import CANNOT_TELL, GUIDELINE, PEOPLE
from smo_reports.cli import app
from smo_reports.commands.brief import brief_period, write_brief
from smo_reports.errors import ReportError
from smo_reports.period import parse_period
from smo_reports.present.brief_export import brief_document, brief_markdown, escaped, escaped_line
from smo_reports.project import Project, Workspace, load_project
from smo_reports.sources import Rows, read_all

BEFORE, START, END = dt.date(2026, 10, 5), dt.date(2026, 11, 2), dt.date(2026, 11, 30)
PERIOD = parse_period("2026-11-02/2026-11-30")
AT = dt.datetime(2026, 11, 10, 3, tzinfo=dt.UTC)
Build = Callable[..., Project]
Row = dict[str, Any]
PEOPLE_IN_ALL = 20


def decision(name: str, who: int, label: str, **more: Any) -> Row:
    return {
        "decision_id": name, "item_id": f"i-{name}", "labeler_id": f"L{who:02d}", "label": label, "policy": "p",
        "market": "ID" if who % 2 else "MY", "work_date": START, "submitted_at": AT,
    } | more  # fmt: skip


def audit(of: Row, truth: str) -> Row:
    return {
        "audit_id": f"a-{of['decision_id']}", "decision_id": of["decision_id"], "auditor_id": "A1", "purpose": "random",
        "audited_at": AT, "audit_label": truth, "weight": 5.0,
    }  # fmt: skip


def audited(wrong_on_pair: Callable[[int], int], wrong_elsewhere: Callable[[int], int]) -> dict[str, list[Row]]:
    """Twenty labelers, each with 20 audits of the pair a or b and 50 of others; so many of them wrong."""
    decisions, truths = [], []
    for who in range(PEOPLE_IN_ALL):
        for turn in range(20):
            decisions.append(decision(f"x{who}-{turn}", who, "a"))
            truths.append("b" if turn < wrong_on_pair(who) else "a")
        for turn in range(50):
            decisions.append(decision(f"y{who}-{turn}", who, "c", policy="q"))
            truths.append("d" if turn < wrong_elsewhere(who) else "c")
    return {"decisions": decisions, "audits": [audit(*one) for one in zip(decisions, truths, strict=True)]}


@pytest.fixture
def evidence(parquet_project: Build) -> Callable[..., Row]:
    def build(rows: dict[str, list[Row]]) -> Row:
        own = read_all(parquet_project(rows), START, END)
        table = analyses.split_evidence(own, own, analyses.confused_pairs(own))
        found: Row = table[(table["a"] == "a") & (table["b"] == "b")].iloc[0].to_dict()
        return found

    return build


def test_where_everybody_confuses_two_labels_it_points_at_the_guideline(evidence: Any) -> None:
    # Everybody: 4 of 20 of the pair, 1 of 50 elsewhere; the worse half 2 of 50.
    found = evidence(audited(lambda who: 4, lambda who: 1 if who < 10 else 2))
    assert found["verdict"] == GUIDELINE
    assert (found["good"], found["good_n"], found["others_n"]) == (10, 200, 200)
    assert (found["good_rate"], found["others_rate"]) == (pytest.approx(0.2), pytest.approx(0.2))
    # Everything but the pair, of all labelers: 10 · 1 + 10 · 2 errors of 1,000.
    assert found["elsewhere"] == pytest.approx(30 / 1000)
    assert (found["erring"], found["labelers"]) == (20, 20)


def test_where_only_few_confuse_them_it_points_at_knowledge(evidence: Any) -> None:
    # The five who err most elsewhere confuse the pair in 10 of 20 audits, and nobody else does.
    found = evidence(audited(lambda who: 10 if who >= 15 else 0, lambda who: 8 if who >= 15 else 1))
    assert found["verdict"] == PEOPLE
    assert found["good_rate"] == 0
    assert found["others_rate"] == pytest.approx(50 / found["others_n"])
    assert found["erring"] == 5


def test_where_a_pair_is_no_worse_than_anything_else_nothing_is_said(evidence: Any) -> None:
    found = evidence(audited(lambda who: 1 if who % 4 == 0 else 0, lambda who: 1 if who % 2 else 2))
    assert found["verdict"] == CANNOT_TELL


def test_who_is_good_is_not_judged_on_the_pair_itself(evidence: Any) -> None:
    """Half confuse the pair and are the better ones at everything else: they are the good ones, and they split."""
    found = evidence(audited(lambda who: 8 if who < 10 else 0, lambda who: 1 if who < 10 else 6))
    assert (found["good"], found["good_rate"], found["others_rate"]) == (10, pytest.approx(0.4), 0)
    assert found["verdict"] == GUIDELINE


def overlapping(split: int) -> list[Row]:
    """Thirty items that two good labelers saw blind: so many of them split on a or b; thirty others agreed on."""
    rows = []
    for item in range(60):
        pair = item < 30
        for turn, who in enumerate((item % 5, 5 + item % 5)):
            label = ("b" if turn and item < split else "a") if pair else "c"
            rows.append(decision(f"o{item}-{turn}", who, label, item_id=f"shared{item}", blind=True))
    return rows


@pytest.mark.parametrize(("split", "verdict"), [(0, CANNOT_TELL), (1, CANNOT_TELL), (15, GUIDELINE)])
def test_what_good_labelers_say_of_the_same_items(evidence: Any, split: int, verdict: str) -> None:
    tables = audited(lambda who: 1 if who % 4 == 0 else 0, lambda who: 1 if who < 10 else 3)
    tables["decisions"] += overlapping(split)
    found = evidence(tables)
    assert (found["items"], found["split"], found["split_elsewhere"]) == (30, pytest.approx(split / 30), 0)
    assert found["verdict"] == verdict


def test_too_few_audits_cannot_tell(evidence: Any) -> None:
    tables = audited(lambda who: 4, lambda who: 1)
    tables["audits"] = [one for one in tables["audits"] if not one["decision_id"].startswith("x") or one["decision_id"]
                        in ("x0-0", "x1-0", "x2-0", "x3-0", "x4-0", "x5-0")]  # fmt: skip
    assert evidence(tables)["verdict"] == CANNOT_TELL


QUESTIONS = [
    {"question_id": "n1", "asked_at": AT, "asked_by": "L07", "policy": "p", "label_a": "b", "label_b": "a",
     "answered_at": None, "text": "the secret text"},
    {"question_id": "n2", "asked_at": AT, "asked_by": "L07", "label_a": "a", "label_b": "b",
     "answered_at": AT + dt.timedelta(3)},
    {"question_id": "n3", "asked_at": AT, "policy": "q", "label_a": "a", "label_b": "b", "answered_at": None},
    {"question_id": "n4", "asked_at": AT, "policy": "p", "label_a": "a", "label_b": "c", "answered_at": None},
    {"question_id": "n5", "asked_at": AT - dt.timedelta(30), "policy": "p", "label_a": "a", "label_b": "b",
     "answered_at": AT - dt.timedelta(20)},
]  # fmt: skip
GUIDELINES = """
guidelines:
  - {policy: p, version: v1, text: "old"}
  - {policy: p, version: v2, from: 2026-11-09, text: "a is this.\\nb is that."}
  - {policy: p, version: v3, from: 2026-11-30, text: "not yet"}
"""


@pytest.fixture
def gaps(parquet_project: Build) -> Callable[..., tuple[Project, GuidelineGaps]]:
    def build(tables: dict[str, list[Row]], extra: str = "") -> tuple[Project, GuidelineGaps]:
        project = parquet_project(tables, extra)
        rows = read_all(project, START, END)
        return project, analyses.guideline_gaps(project, rows, read_all(project, BEFORE, START), rows)

    return build


def confused() -> dict[str, list[Row]]:
    """Everybody confuses a and b in 4 of 20; 3 decisions a labeler of the pair were never audited."""
    tables = audited(lambda who: 4, lambda who: 1 if who < 10 else 2)
    unseen = [decision(f"z{who}-{turn}", who, "b") for who in range(PEOPLE_IN_ALL) for turn in range(3)]
    gold = [decision("g", 1, "a", is_gold=True), decision("s", 1, "a", skipped=True)]
    tables["decisions"] = [one | {"is_gold": False, "skipped": False} for one in tables["decisions"] + unseen] + gold
    return tables


def test_a_gap_worked_by_hand(gaps: Any) -> None:
    _, brief = gaps({**confused(), "questions": QUESTIONS}, GUIDELINES)
    assert [tuple(gap.key.values()) for gap in brief.gaps] == [("p", "a", "b"), ("q", "c", "d")]
    gap = brief.gaps[0]
    # 80 errors of 1,400 audits, all of one weight; 1,400 + 60 decisions, of which 400 + 60 said a or b.
    assert gap.at_most.value == pytest.approx(80 / 1400)
    assert (brief.decisions, gap.decisions) == (1460, 460)
    assert gap.wrong.value == pytest.approx(80 / 1400 * 1460)
    assert gap.at_most.low < gap.at_most.value < gap.at_most.high
    spread = gap.spread.set_index("part")
    assert spread["decisions"].to_dict() == {"ID": 230, "MY": 230}
    assert spread["n"].to_dict() == {"ID": 40, "MY": 40}
    assert spread["rate"].to_dict() == pytest.approx({"ID": 0.2, "MY": 0.2})
    assert spread["of_pair"].to_dict() == pytest.approx({"ID": 0.5, "MY": 0.5})
    assert gap.wording is not None
    assert (gap.wording.version, gap.wording.text) == ("v2", "a is this.\nb is that.")
    assert gap.questions[["question_id", "open"]].to_numpy().tolist() == [["n1", True], ["n2", False]]
    assert gap.questions["days"].to_list()[1] == pytest.approx(3.0)
    assert brief.gaps[1].wording is None
    assert len(gap.examples) == 5
    assert set(gap.examples["given"] + gap.examples["truth"]) == {"ab"}
    assert "labeler_id" not in gap.examples


def test_the_gain_against_the_usual_rate(gaps: Any) -> None:
    """Three more pairs, confused in 1, 2 and 3 of 40: the usual rate is 2 of 40."""
    tables = confused()
    for place, wrong in enumerate((1, 2, 3)):
        for turn in range(40):
            made = decision(f"w{place}-{turn}", turn % PEOPLE_IN_ALL, f"e{place}", policy="r")
            tables["decisions"].append(made)
            tables["audits"].append(audit(made, f"f{place}" if turn < wrong else f"e{place}"))
    # c and d are a pair as well: 30 of 1,000, so the median is of .025 .03 .05 .075.
    _, brief = gaps(tables)
    gap = brief.gaps[0]
    assert gap.usual == pytest.approx(0.04)
    said = 400 / 1520
    assert gap.likely.value == pytest.approx(80 / 1520 - said * 0.04)
    # Twenty labelers, each left out in turn, counted from the rows themselves.
    left = [gain_by_rows(tables, f"L{who:02d}") for who in range(PEOPLE_IN_ALL)]
    error = math.sqrt(19 / 20 * sum((one - sum(left) / 20) ** 2 for one in left))
    half = float(distributions.t.ppf(0.975, 19)) * error
    assert (gap.likely.low, gap.likely.high) == pytest.approx((gap.likely.value - half, gap.likely.value + half))
    # Of fewer than three others nothing is said.
    few = replace(brief.found, pairs=brief.found.pairs.head(3))
    assert len(compared_pairs(few.pairs, gap.key)) == 2
    assert all(
        math.isnan(part) for part in (gain_at_usual_rate(few, gap.key)[1], gain_at_usual_rate(few, gap.key)[0].low)
    )


def gain_by_rows(tables: dict[str, list[Row]], without: str) -> float:
    """What a-b costs beyond the median rate of the other pairs, of everybody but one labeler."""
    truth = {one["decision_id"]: one["audit_label"] for one in tables["audits"]}
    seen = [(one["label"], truth[one["decision_id"]]) for one in tables["decisions"]
            if one["decision_id"] in truth and one["labeler_id"] != without]  # fmt: skip

    def rate(first: str, second: str) -> float:
        said = [both for both in seen if {first, second} & set(both)]
        return sum(both == (first, second) for both in said) / len(said)

    usual = statistics.median([rate("c", "d"), *(rate(f"e{at}", f"f{at}") for at in range(3))])
    said = sum(bool({"a", "b"} & set(both)) for both in seen)
    return (sum(both == ("a", "b") for both in seen) - said * usual) / len(seen)


def test_what_is_too_small_or_of_few_people_is_left_out(gaps: Any) -> None:
    few = audited(lambda who: 10 if who >= 15 else 0, lambda who: 8 if who >= 15 else 1)
    project, brief = gaps(few)
    # The same five are behind both pairs.
    assert (brief.gaps, brief.knowledge, brief.smaller) == ((), 2, 0)
    assert present.gap_sections(project, brief).text == "There is no gap to describe."
    project, brief = gaps(few, "materiality: 0.5\n")
    assert (brief.gaps, brief.smaller) == ((), 2)
    assert present.brief_headline(project, brief).text.startswith("No pair of labels costs 50 points")
    assert brief_markdown(project, PERIOD, brief).endswith("There is no gap to describe.\n")


def test_without_audits_the_brief_says_what_it_needs(gaps: Any) -> None:
    tables = {"decisions": [decision("d", 1, "a")]}
    project, brief = gaps(tables)
    assert brief.missing.startswith("audits.correct")
    assert present.brief_headline(project, brief).text.startswith("Not measured: needs audits.correct")
    assert "Not measured" in brief_markdown(project, PERIOD, brief)
    assert brief_document(project, PERIOD, brief)["missing"] == brief.missing


def test_neither_people_nor_content_leave_the_house(gaps: Any) -> None:
    tables = {**confused(), "questions": QUESTIONS}
    renamed = {f"x{who}-{turn}": f"L{who:02d}/{turn}" for who in range(PEOPLE_IN_ALL) for turn in range(20)}
    for row in (*tables["decisions"], *tables["audits"]):
        row["decision_id"] = renamed.get(row["decision_id"], row["decision_id"])
    project, brief = gaps(tables)
    faces = [
        json.dumps(brief_document(project, PERIOD, brief)),
        brief_markdown(project, PERIOD, brief),
        present.gap_sections(project, brief).html,
        present.brief_headline(project, brief).html,
    ]
    for face in faces:
        for hidden in ("the secret text", "A1", "i-x", *(f"L{who:02d}" for who in range(PEOPLE_IN_ALL))):
            assert hidden not in face
    assert brief.gaps[0].examples["decision_id"].str.fullmatch(r"D-[A-Z2-7]{8}").all()


def test_the_document_is_plain_json_with_a_version(gaps: Any) -> None:
    project, brief = gaps({**confused(), "questions": QUESTIONS}, GUIDELINES)
    document = json.loads(json.dumps(brief_document(project, PERIOD, brief), allow_nan=False))
    assert (document["schema"], document["version"]) == ("smo.guideline-gap-brief", 1)
    assert document["period"] == {"start": "2026-11-02", "end": "2026-11-30", "label": "2026-11-02_2026-11-30"}
    gap = document["gaps"][0]
    assert gap["labels"] == ["a", "b"]
    assert gap["lost"]["value"] == pytest.approx(80 / 1400)
    assert gap["wording"] == {"version": "v2", "from": "2026-11-09", "text": "a is this.\nb is that."}
    assert gap["good_labelers"]["verdict"] == GUIDELINE
    assert gap["gain_at_usual_rate"] == {"value": None, "low": None, "high": None, "usual_rate": None}
    assert gap["proposed_clarification"] == ""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


def rendered(markdown: str) -> _Tags:
    """What an independent Markdown renderer, with tables, bare links and raw HTML switched on, makes of it."""
    found = _Tags()
    html = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough", "footnotes", "math"])(
        markdown
    )
    found.feed(str(html))
    return found


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![p](http://evil/x.png) [l](javascript:alert(1))",
    "http://evil.example https://evil.example www.evil.example mailto:a@evil.example",
    "a | b |\n| --- | --- |\n# heading",
    "`code` **bold** _it_ ~~no~~ $x$ [^1] @all #1 &lt;b&gt;",
    "\\`x\\` \\<b>",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_in_markdown_hostile_labels_are_only_text(gaps: Any, attack: str) -> None:
    tables = confused()
    for row in tables["decisions"]:
        row |= {"policy": attack if row["policy"] == "p" else "q", "market": attack}
        row["label"] = f"{attack} a" if row["label"] == "a" else row["label"]
    for row in tables["audits"]:
        row["audit_label"] = f"{attack} a" if row["audit_label"] == "a" else row["audit_label"]
    wording = json.dumps(f"{attack}\n# {attack}\n- {attack}\n---\n===\n    {attack}\n> {attack}")
    project, brief = gaps(tables, f"guidelines:\n  - {{version: {json.dumps(attack)}, text: {wording}}}\n")
    markdown = brief_markdown(project, PERIOD, brief)
    plain = {"h1", "h2", "h3", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td", "blockquote"}
    found = rendered(markdown)
    assert found.seen <= plain
    assert {"h1", "table", "blockquote"} <= found.seen
    # Every cell of a table is one of ours: no label made another.
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    unescaped = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in rows]
    assert set(unescaped) == {4}
    page = present.gap_sections(project, brief).html + present.brief_headline(project, brief).html
    assert "<script" not in page
    assert "<img" not in page


@pytest.mark.parametrize("attack", ATTACKS)
def test_escaped_text_says_what_it_said(attack: str) -> None:
    found = rendered(escaped(attack))
    assert found.seen <= {"p"}
    assert " ".join(found.said.split()) == " ".join(attack.split())


@pytest.mark.parametrize("line", ["- a", "+ a", "1. a", "12) a", "=== x", "--- x", "# a", "> a", "* a", "    a"])
def test_the_beginning_of_a_line_is_only_text(line: str) -> None:
    found = rendered(f"> x\n> {escaped_line(line)}\n> y")
    assert found.seen == {"blockquote", "p"}
    assert " ".join(found.said.split()) == f"x {line.strip()} y"


def waiting(question: str, days: float | None, policy: str | None = None) -> Row:
    answered = None if days is None else AT + dt.timedelta(days)
    return {"question_id": question, "asked_at": AT, "answered_at": answered, "policy": policy}


def test_the_lead_time_worked_by_hand(parquet_project: Build) -> None:
    """Questions of 2, 4 and 8 days and an open one; a version of p after 3 days; an action of 6 days, one open."""
    end = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    tables = {
        "decisions": [decision("d", 1, "a", submitted_at=end)],
        "questions": [waiting("n1", 2, "p"), waiting("n2", 8, "p"), waiting("n3", 4, "q"), waiting("n4", None)],
        "events": [
            {"event_id": "e1", "at": AT + dt.timedelta(3), "kind": "guideline", "name": "v2", "policy": "p"},
            {"event_id": "e2", "at": AT + dt.timedelta(1), "kind": "tool", "name": "t2", "policy": "p"},
        ],
        "actions": [
            {"action_id": "c1", "opened_on": dt.date(2026, 11, 4), "done_on": dt.date(2026, 11, 10), "sent_to": "CPT"},
            {"action_id": "c2", "opened_on": dt.date(2026, 11, 20), "done_on": None, "sent_to": "CPT"},
            {"action_id": "c3", "opened_on": dt.date(2026, 11, 4), "done_on": dt.date(2026, 11, 5), "sent_to": None},
            {"action_id": "c4", "opened_on": dt.date(2026, 10, 4), "done_on": dt.date(2026, 10, 5), "sent_to": "CPT"},
        ],
    }
    for row in tables["actions"]:
        row |= {"title": "t", "owner": "o", "kpi": "accuracy"}
    project = parquet_project(tables)
    found = analyses.gap_lead_time(project, read_all(project, START, END), dt.datetime(2026, 12, 5, tzinfo=dt.UTC))
    # Over after 2, 3 (by the version), 4 and 6 days; open at 10 and at 18. Left: 5/6, 4/6, 3/6: the median is 4.
    row = found[found["interval"] == "this period's work"].iloc[0]
    assert (row["kpi"], row["unit"], row["n"], row["value"]) == ("guideline_gap_lead_time", "days", 6, pytest.approx(4))
    assert "Half of 6 gaps found were clarified within 4.0" in present.gap_lead_time(project, found).text
    # On the 8th one action was open and the others not yet known.
    early = analyses.gap_lead_time(project, read_all(project, START, END), dt.datetime(2026, 11, 8, tzinfo=dt.UTC))
    assert early["n"].iloc[0] == 5


def test_a_lead_time_that_nobody_knows_yet(parquet_project: Build) -> None:
    project = parquet_project({"decisions": [decision("d", 1, "a")], "questions": [waiting("n1", None)] * 1})
    found = analyses.gap_lead_time(project, read_all(project, START, END))
    assert found["value"].isna().all()
    assert present.gap_lead_time(project, found).text == "1 gap was found; it is not clarified yet."
    nothing = analyses.gap_lead_time(project, Rows((), lambda name: pytest.fail(name), START, END))
    assert nothing["n"].to_list() == [0, 0]
    assert present.gap_lead_time(project, nothing).text == "No gap was found in this period."


def test_the_demos_satire_exemption_comes_first(in_demo: Workspace, tmp_path: Path) -> None:
    asked = ["brief", "hate-speech-id", "--period", "2026-10-19/2026-11-16", "--out", str(tmp_path / "new" / "briefs")]
    outcome = CliRunner().invoke(app, asked)
    assert outcome.exit_code == 0
    markdown, document = map(Path, outcome.output.split())
    gap = json.loads(document.read_text("utf-8"))["gaps"][0]
    assert (gap["policy"], gap["labels"]) == ("harassment", ["harassment", "satire"])
    assert gap["where"][0]["part"] == "ID"
    assert {row["open"] for row in gap["questions"]} == {True, False}
    assert "## 1. harassment: harassment or satire" in markdown.read_text("utf-8")
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"cannot write the brief to .*; choose another --out"):
        write_brief(load_project("hate-speech-id", in_demo), parse_period("2026-W46"), tmp_path / "file")


def test_the_usual_period_is_the_last_month_that_is_over(make_project: Build) -> None:
    assert len(brief_period(make_project()).label) == len("2026-11")
    assert brief_period(make_project("reports: {brief: {period: day}}\n")).label.count("-") == 2
    assert brief_period(make_project(), "2026-W46").label == "2026-W46"


def test_the_largest_of_several_looks_worse_than_it_is_and_every_face_says_so(gaps: Any) -> None:
    project, brief = gaps(confused())
    said = "the largest of several looks a little worse than it is."
    document = brief_document(project, PERIOD, brief)
    assert said in present.brief_headline(project, brief).text
    assert said in brief_markdown(project, PERIOD, brief)
    assert document["caution"].endswith(said)
    alone = replace(brief, found=replace(brief.found, pairs=brief.found.pairs.head(1)))
    assert brief_document(project, PERIOD, alone)["caution"] is None
    assert said not in present.brief_headline(project, alone).text


@pytest.mark.parametrize("kept", [True, False])
def test_both_files_of_a_brief_are_written_or_none(parquet_project: Build, tmp_path: Path, kept: bool) -> None:
    project = parquet_project(confused())
    out = tmp_path / "out"
    markdown, document = write_brief(project, PERIOD, out)
    markdown.unlink()
    before = {markdown.name: "older"} if kept else {}
    if kept:
        markdown.write_text("older", "utf-8")
    # The second file cannot take its name: a folder has it.
    document.unlink()
    document.mkdir()
    with pytest.raises(ReportError, match="cannot write the brief to"):
        write_brief(project, PERIOD, out)
    assert {path.name: path.read_text("utf-8") for path in out.iterdir() if path.is_file()} == before
