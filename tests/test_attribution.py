"""Planted kinds of causes are attributed rightly or not at all; the clues are worked by hand on a few rows."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smo_reports import present
from smo_reports.analyses.attribution import Attribution, attribute
from smo_reports.analyses.clues import AGAINST, NOT_MEASURED, SUPPORTS, Clue, of_errors, of_work, strongest
from smo_reports.analyses.clues_of_labels import split
from smo_reports.analyses.clues_of_measure import severity
from smo_reports.analyses.clues_of_work import _named
from smo_reports.analyses.coincidence import Timing
from smo_reports.analyses.finding import Finding
from smo_reports.analyses.judged_rows import Judged, judged
from smo_reports.analyses.weighed_clues import KINDS
from smo_reports.errors import KpiError
from smo_reports.present.attribution_words import ACTIONS, KIND_NAMES, SENTENCES
from smo_reports.project import Project, parse_project
from smo_reports.sources import Rows, read_all
from smo_reports.world import generate

FOLDER = Path(__file__).parents[1] / "benchmarks"
DAY = dt.date(2026, 11, 9)
CLEAR = ("technical errors", "tool version", "strict auditor", "new people")
HOSTILE = "<script>alert(1)</script> {x} $y$"


@pytest.fixture(scope="module")
def study() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The planted kinds and the benchmark that counts them."""
    sys.path.insert(0, str(FOLDER))
    import attribution as counted
    import planted_kinds

    yield planted_kinds, counted
    sys.path.remove(str(FOLDER))


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    return make_project(zone="UTC")


def test_planted_kinds_are_attributed_rightly_or_not_at_all(study: Any, project: Project) -> None:
    planted, counted = study
    every: Counter[str] = Counter()
    for kind in planted.EXPECTED:
        said = counted.tally(kind, counted.found_kinds(project, kind, 2, 6000, first=900))
        every += said
        if kind in CLEAR:
            assert said["right"] >= 1, kind
    assert every["wrong"] <= 0.1 * every.total(), every
    assert every["right"] >= 0.5 * every.total(), every


def test_another_seed_plants_other_rows(study: Any) -> None:
    planted, _ = study
    first, again, other = (planted.planted("slips", seed, 900)[0] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def found_of(err: list[int], after: list[int], **columns: Any) -> Judged:
    """Judged rows of as many labelers, written down."""
    from smo_reports.stats.contrast import contrast

    rows = pd.DataFrame({"err": err, "after": np.array(after, bool), "weight": 1.0, **columns})
    rows["labeler"] = np.arange(len(rows))
    change = contrast(rows["err"], rows["after"], (-1, 1), rows["labeler"])
    return Judged(rows, 1.0 if change.value >= 0 else -1.0, change)


def test_errors_of_one_sort_by_hand() -> None:
    # Of 100 before 4 errors, one of the sort; of 100 after 34, of which 28 are: 27 of the 30 points are the sort's.
    err = [1] * 4 + [0] * 96 + [1] * 34 + [0] * 66
    flag = np.array([1] + [0] * 99 + [1] * 28 + [0] * 72, bool)
    clue = of_errors(found_of(err, [0] * 100 + [1] * 100), "pair", "confusion", flag, 0.25, "a / b")
    assert (clue.before, clue.after, clue.value, clue.whole) == pytest.approx((0.01, 0.28, 0.27, 0.30))
    assert clue.low < 0.27 < clue.high
    assert clue.supports < 0.001
    assert clue.against > 0.999
    # Were nine in ten errors always of that sort, it would be no more than its share.
    usual = of_errors(found_of(err, [0] * 100 + [1] * 100), "pair", "confusion", flag, 0.9, "a / b")
    assert usual.supports > 0.05


def test_work_under_one_circumstance_by_hand() -> None:
    # Half of each period's 200 is flagged: 10 errors on either side before, 50 and 10 after. Its part: ½ (.5 - .1).
    err = ([1] * 10 + [0] * 90) * 2 + [1] * 50 + [0] * 50 + [1] * 10 + [0] * 90
    after = [0] * 200 + [1] * 200
    flag = np.array(([True] * 100 + [False] * 100) * 2)
    for own_past in (True, False):
        clue = of_work(found_of(err, after), "auditors", "gold or auditor", flag, own_past=own_past)
        assert (clue.before, clue.after, clue.value, clue.whole) == pytest.approx((0.1, 0.5, 0.2, 0.2))
        # Having half of the work, it needs three quarters of the change: it has all, by less than four standard errors.
        assert 1e-5 < clue.supports < 0.005
    rest = of_work(found_of(err, after), "auditors", "gold or auditor", ~flag, own_past=True)
    assert rest.value == pytest.approx(0.0)
    assert rest.against < 0.001


def test_fewer_errors_are_attributed_as_more_are() -> None:
    err = ([1] * 50 + [0] * 50) + ([1] * 10 + [0] * 90) + ([1] * 10 + [0] * 90) * 2
    flag = np.array(([True] * 100 + [False] * 100) * 2)
    clue = of_work(found_of(err, [0] * 200 + [1] * 200), "auditors", "gold or auditor", flag, own_past=True)
    assert clue.value == pytest.approx(-0.2)
    assert clue.supports < 0.005


def test_a_choice_among_sources_is_allowed_for() -> None:
    base = of_errors(found_of([0, 1, 0, 1], [0, 0, 1, 1]), "pair", "confusion", np.ones(4, bool), 0.1)
    three = [replace(base, supports=chance, against=1 - chance) for chance in (0.01, 0.4, 0.9)]
    assert (strongest(three, apart=True).supports, strongest(three, apart=False).supports) == (0.02, 0.03)
    assert strongest(three, apart=True).against == 0.99


def rows_of(audits: pd.DataFrame, start: dt.date, **more: pd.DataFrame) -> Rows:
    tables = {"audits": audits, "decisions": audits, **more}
    return Rows(tuple(tables), lambda name: nw.from_native(tables[name]).lazy(), start, start + dt.timedelta(7))


def audits(wrong: int, right: int, day: dt.date, market: str = "ID") -> pd.DataFrame:
    n = wrong + right
    return pd.DataFrame(
        {
            "labeler_id": [f"L{at % 9}" for at in range(n)],
            "label": "a",
            "audit_label": ["b"] * wrong + ["a"] * right,
            "correct": [False] * wrong + [True] * right,
            "purpose": "random",
            "market": market,
            "item_id": [f"i{at}" for at in range(n)],
            "work_date": pd.to_datetime(day),
        }
    )


FINDING = Finding({"market": "ID"}, "rate", -0.1, -0.2, -0.05, 0.9, 0.7, 100, 100, 1.0)


def test_what_the_tables_lack_is_said(project: Project) -> None:
    found = attribute(
        project, FINDING, rows_of(audits(5, 95, DAY), DAY), rows_of(audits(30, 70, DAY), DAY + dt.timedelta(7))
    )
    assert found.kind == "cannot tell"
    notes = {clue.test: clue.note for clue in found.clues if clue.verdict == NOT_MEASURED}
    assert notes["pair"] == "not measured: needs more than two labels"
    assert notes["technical errors"] == "not measured: needs error_type on the table audits"
    assert notes["model labels"] == "not measured: needs model_label on the table decisions"
    assert notes["auditors"] == "not measured: needs auditor_id on the table audits"
    assert notes["new people"].startswith("not measured: needs started_on on the table people")
    # 25 points more: (1.96 + 0.84)² · 2 · .3 · .7 / .125², in each period; rounded up.
    assert found.needed["audits"] == 211
    assert found.change == pytest.approx(0.25)


def test_a_segment_that_did_not_change_has_no_cause(project: Project) -> None:
    sides = (rows_of(audits(5, 95, DAY), DAY), rows_of(audits(6, 94, DAY), DAY + dt.timedelta(7)))
    found = attribute(project, FINDING, *sides)
    assert (found.kind, found.why) == ("cannot tell", "unclear change")


def test_no_rows_no_cause_and_a_mix_is_the_works(project: Project) -> None:
    sides = (rows_of(audits(5, 95, DAY, "MY"), DAY), rows_of(audits(30, 70, DAY), DAY + dt.timedelta(7)))
    assert attribute(project, FINDING, *sides).why == "no rows"
    nowhere = attribute(project, replace(FINDING, segment={"shape": "round"}), *sides)
    assert nowhere.why == "no rows"
    assert attribute(project, replace(FINDING, kind="mix"), *sides).kind == "mix"


def test_a_kpi_without_verdicts_is_refused(project: Project) -> None:
    side = rows_of(audits(5, 95, DAY), DAY)
    with pytest.raises(KpiError, match=r"findings of 'acuracy' cannot be attributed; did you mean 'accuracy'\?"):
        attribute(project, FINDING, side, side, kpi="acuracy")


def test_only_the_scope_is_looked_at() -> None:
    both = pd.concat([audits(5, 15, DAY), audits(1, 39, DAY, "MY")], ignore_index=True)
    found = judged(rows_of(both, DAY), rows_of(both, DAY), {"market": "MY"})
    assert found is not None
    assert (len(found.rows), float(found.err.sum())) == (80, 2.0)
    assert set(found.rows["pair"]) == {"", "a / b"}


def test_gold_answers_older_than_the_guideline_explain_gold(project: Project) -> None:
    rng = np.random.default_rng(3)

    def gold(side: int) -> pd.DataFrame:
        n = 600
        item = rng.integers(0, 60, n)
        wrong = rng.random(n) < np.where((item < 20) & (side == 1), 0.6, 0.04)
        truth = item % 4
        return pd.DataFrame(
            {
                "labeler_id": [f"L{one}" for one in rng.integers(0, 30, n)], "item_id": [f"g{one}" for one in item],
                "label": [f"l{one}" for one in np.where(wrong, (truth + 1 + rng.integers(0, 3, n)) % 4, truth)],
                "gold_label": [f"l{one}" for one in truth], "is_gold": True,
                "submitted_at": pd.Timestamp(DAY + dt.timedelta(7 * side), tz="UTC") + pd.Timedelta(1, "h"),
                "work_date": pd.to_datetime(DAY + dt.timedelta(7 * side)),
            }
        )  # fmt: skip

    since = pd.Timestamp(DAY + dt.timedelta(7), tz="UTC")
    known = pd.DataFrame(
        {
            "item_id": [f"g{one}" for one in range(60)],
            "outdated_at": [since if one < 20 else pd.NaT for one in range(60)],
        }
    )
    sides = [
        rows_of(audits(5, 95, DAY), DAY + dt.timedelta(7 * side), gold_decisions=gold(side), gold=known)
        for side in (0, 1)
    ]
    found = attribute(project, replace(FINDING, segment={}), *sides, kpi="gold_accuracy")
    (clue,) = (one for one in found.clues if one.test == "outdated gold")
    assert clue.verdict == SUPPORTS
    assert found.kind == "gold or auditor"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Project, Callable[..., Rows]]]:
    """The demo world with 100,000 decisions, read where it was written."""
    root = tmp_path_factory.mktemp("incidents")
    end = dt.date(2026, 11, 16)
    world = generate(root / "rows", rows=100_000, seed=46, end=end)
    texts = {one.name: one.params for one in world.projects}

    def opened(name: str) -> tuple[Project, Callable[..., Rows]]:
        text = re.sub(r"(?m)^source:.*$", "", texts[name]) + f"\nsource: 'parquet:rows/{name}'\n"
        one = parse_project(text, f"params/{name}.yaml", root)

        def weeks(first: int, last: int) -> Rows:
            return read_all(one, *(end - dt.timedelta(weeks=26 - week) for week in (first, last)))

        return one, weeks

    return opened


INCIDENTS = [
    ("hate-speech-id", {"policy": "harassment", "market": "ID"}, (14, 22, 26), {"guideline", "confusion"}),
    ("hate-speech-br", {"vendor": "Vega"}, (15, 23, 26), {"ramp"}),
    ("spam-br", {"tool_version": "t12.4"}, (11, 17, 19), {"tool"}),
    ("nudity-id", {}, (5, 15, 26), {"gold or auditor"}),
    ("nudity-de", {"queue": "appeals"}, (16, 24, 26), set()),
]


@pytest.mark.parametrize(("name", "segment", "weeks", "right"), INCIDENTS)
def test_the_demos_incidents(
    demo: Any, name: str, segment: dict[str, str], weeks: tuple[int, int, int], right: set[str]
) -> None:
    project, span = demo(name)
    finding = replace(FINDING, segment=segment)
    found = attribute(project, finding, span(*weeks[:2]), span(*weeks[1:]), read_all(project))
    assert found.kind in right | {"cannot tell"}
    if name == "hate-speech-id":
        assert (found.kind in right, found.subject) == (True, "harassment / satire")
    if name == "spam-br":
        assert found.kind == "tool"
        assert "Tool release t12.4" in set(found.timing.events["name"])
    shown = present.attributions(project, [found])
    assert KIND_NAMES[found.kind] in shown.html or project.language != "en"
    assert json.dumps(shown._repr_mimebundle_())
    assert not re.search(r"A\d{4}|P-[A-Z2-7]{8}", shown.html), "an auditor is named on a page for everybody"


def test_every_kind_has_words() -> None:
    assert set(KIND_NAMES) == set(SENTENCES) == set(ACTIONS) == set(KINDS)
    assert not any(
        re.search(r"careless|lazy|fault|blame|caused by", said) for said in (*SENTENCES.values(), *ACTIONS.values())
    )


def attributed(**values: Any) -> Attribution:
    return replace(Attribution(FINDING, {"market": HOSTILE}, "confusion", subject=f"a / {HOSTILE}"), **values)


def test_hostile_text_is_escaped(project: Project) -> None:
    events = pd.DataFrame({"at": [DAY], "kind": ["tool"], "name": [HOSTILE], "version": [None]})
    found = attributed(timing=Timing(DAY, DAY, DAY, events))
    shown = present.attributions(project, [found])
    assert "<script>" not in shown.html
    assert shown.html.count("alert(1)") >= 3
    assert "coincides with" in shown.text


def test_two_events_at_once_cannot_be_told_apart(project: Project) -> None:
    events = pd.DataFrame({"at": [DAY] * 2, "kind": ["tool", "model"], "name": ["t9", "m9"], "version": [None] * 2})
    said = present.attributions(project, [attributed(timing=Timing(DAY, DAY, DAY, events))]).text
    assert "coincides with t9; m9: timing cannot tell which" in said
    # Known to no better than a fortnight, it coincides with nothing.
    wide = Timing(DAY, DAY, DAY + dt.timedelta(14), events)
    assert "coincides" not in present.attributions(project, [attributed(timing=wide)]).text


def test_findings_that_name_a_person_are_for_their_lead(project: Project) -> None:
    own = attributed(finding=replace(FINDING, people=True))
    everybody, lead = (present.attributions(project, [own], people=people) for people in (False, True))
    assert "alert(1)" not in everybody.html
    assert "alert(1)" in lead.html


def test_what_would_tell_is_said(project: Project) -> None:
    needed = {"audits": 211.0, "blind re-audits": 106.0, "overlap items": 53.0}
    said = present.attributions(project, [attributed(kind="cannot tell", why="undecided", needed=needed)]).html
    assert "About 220 audits in each period, 110 blind second audits, or 53 items" in said
    assert AGAINST not in said


def test_a_segment_may_name_what_is_not_known() -> None:
    some = pd.concat([audits(5, 15, DAY).assign(market=None), audits(1, 39, DAY, "MY")], ignore_index=True)
    found = judged(rows_of(some, DAY), rows_of(some, DAY), {"market": None})
    assert found is not None
    assert (len(found.rows), float(found.err.sum())) == (40, 10.0)


def worked(people: int, rate: tuple[float, float], **columns: Any) -> Judged:
    """A hundred rows before and after, half of them of so many labelers and half of six others."""
    err = [int(at % 50 < 50 * share) for share in rate for at in range(100)]
    found = found_of(err, [0] * 100 + [1] * 100, **columns)
    labeler = [at % people if at % 100 < 50 else 10 + at % 6 for at in range(200)]
    return replace(found, rows=found.rows.assign(labeler=labeler, labeler_id=[f"L{one}" for one in labeler]))


@pytest.mark.parametrize(("people", "few"), [(1, True), (2, True), (3, False)])
def test_who_stands_behind_a_circumstance_is_counted(people: int, few: bool) -> None:
    flag = np.array(([True] * 50 + [False] * 50) * 2)
    clue = of_work(worked(people, (0.1, 0.4)), "new people", "ramp", flag, own_past=True)
    assert (clue.measured, clue.few) == (True, few)


def test_the_verdicts_of_one_auditor_are_of_one_person() -> None:
    found = worked(6, (0.1, 0.4), auditor_id=["A1", "A2"] * 100)
    assert severity(found, "").few


def test_numbers_of_one_or_two_people_are_for_their_lead(project: Project) -> None:
    clues = tuple(
        Clue(test, kind, "x", 0.123, 0.456, 0.0789, 0.0689, 0.0889, 0.1, 4711, 0.001, 0.9, SUPPORTS, few=few)
        for test, kind, few in (("new people", "ramp", True), ("tool version", "tool", False))
    )
    found = attributed(clues=clues)
    everybody, lead = (
        present.attributions(project, [replace(found, finding=replace(FINDING, people=people))], people=people)
        for people in (False, True)
    )
    own = everybody.html[everybody.html.index("People in their first six weeks") :].split("</tr>")[0]
    assert not re.search(r"12\.3|45\.6|7\.9|6\.9|8\.9|4,711", own)
    assert (own.count("–"), "speaks for it" in own) == (3, True)
    assert everybody.html.count("4,711") == 1
    row = everybody.estimates.set_index("test").loc["new people"]
    assert row[["before", "after", "value", "low", "high"]].isna().all()
    assert (row["n"], row["verdict"]) == (0, SUPPORTS)
    assert lead.html.count("4,711") == 2
    assert lead.estimates.set_index("test").loc["new people", "value"] == 0.0789


def test_an_hour_is_an_hour_whatever_else_has_none() -> None:
    rows = found_of([0, 1] * 6, [0, 1] * 6)
    rows.rows["local_hour"] = [14.0, np.nan, 13.0] * 4
    rows.rows["overtime"] = pd.Series([True, False, None] * 4, dtype=object)
    found = dict(_named(rows, {"local_hour": "14", "overtime": "True"}))
    assert found["local_hour"].tolist() == [True, False, False] * 4
    assert found["overtime"].tolist() == [True, False, False] * 4


def seen_blind(people: int, day: dt.date, split: float) -> pd.DataFrame:
    """Forty items that two good labelers of so many saw, split on a or b in so many; as many of the rest agree."""
    rows: list[dict[str, Any]] = []
    for who, sides in (("G", ("a", "b")), ("R", ("a", "a"))):
        for item in range(40):
            both = (item % people, (item + 1 + item // people % (people - 1)) % people)
            for turn, one in enumerate(both):
                label = sides[turn] if item < 40 * split else "a"
                rows.append({"item_id": f"{who}{item}", "labeler_id": f"{who}{one}", "label": label, "blind": True})
    return pd.DataFrame(rows).assign(work_date=pd.to_datetime(day))


@pytest.mark.parametrize(("people", "measured"), [(2, False), (4, False), (5, True)])
def test_a_split_of_few_good_labelers_is_not_measured(people: int, measured: bool) -> None:
    sides = [
        rows_of(seen_blind(people, DAY + dt.timedelta(7 * at), share), DAY + dt.timedelta(7 * at))
        for at, share in enumerate((0.1, 0.8))
    ]
    clue = split(*sides, {}, "a / b", frozenset(f"G{who}" for who in range(people)))
    assert clue.measured == measured
    if not measured:
        assert clue.note.endswith("two or more good labelers, of five in all, in both periods")


def test_a_finding_is_named_as_a_note_names_it(project: Project) -> None:
    shown = present.attributions(project, [replace(attributed(), shown={"queue": "a,b", "market": "ID"})])
    assert shown.facts == {"findings": ["market=ID,queue=a\\,b"]}
