"""The staffing report's exhibits: every sentence where it belongs, none that claims more than its futures agree on."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from smo_reports.analyses.staffing.advice import Advice
from smo_reports.analyses.staffing.arrivals import Arrivals
from smo_reports.analyses.staffing.capacity import Need, QueueNeed, required_table
from smo_reports.analyses.staffing.forecasts import ArrivalForecast, backtest_arrivals, forecast_arrivals
from smo_reports.analyses.staffing.funnel import Hiring, Requisition, no_hiring
from smo_reports.analyses.staffing.handling import Ramped
from smo_reports.analyses.staffing.item_time import ItemTime
from smo_reports.analyses.staffing.leaving_rates import leaving_rates
from smo_reports.analyses.staffing.plan import Outlook, StaffingPlan
from smo_reports.analyses.staffing.queue_work import QueueWork
from smo_reports.analyses.staffing.report import StaffingBasis
from smo_reports.analyses.staffing.scenario import AS_MEASURED, Scenario
from smo_reports.analyses.staffing.situation import Shrinkage, Situation
from smo_reports.present.backlog import backlog_outlook
from smo_reports.present.exhibit import ESTIMATES_MIME, Exhibit
from smo_reports.present.forecast import arrival_forecast, forecast_record
from smo_reports.present.hiring import hiring_funnel, leaving_and_ramp
from smo_reports.present.scenario_words import scenario_words
from smo_reports.present.staffing import required_against_available, required_by_queue, staffing_headline
from smo_reports.present.staffing_words import band, chance, count, fte, not_known, percent
from smo_reports.project import Project, parse_project
from smo_reports.project.staffing import QueuePromise, Staffing
from smo_reports.stats.attrition import attrition
from smo_reports.stats.backlog_flow import NOTHING, Opening
from smo_reports.stats.funnel_time import LEFT, OPEN, PASSED, stage
from smo_reports.stats.ramp import NO_RAMP, ramp_curve
from smo_reports.words import catalogue, day

MONDAY = dt.date(2026, 11, 16)
PATHS, WEEKS = 40, 4
NAN, INF = float("nan"), float("inf")
HOSTILE = ("<img src=x onerror=alert(1)>", "{x} {0} {queue}", '=HYPERLINK("x")', "$\\frac{1}$", "a: not measured: b")
ENGLISH = re.compile(
    r"\b(the|of|and|in|is|are|was|with|needs?|queues?|weeks?|days?|seats?|people|nobody|open|hours?|enough|missing|"
    r"breaks?|holds?|promise|ramp|hiring|measured|known|from|on|more|less|than)\b",
    re.I,
)
"""Words that no Indonesian sentence has; names of tables and keys stay as they are written."""
KEPT = re.compile(r"staffing\.queues|due_hours|due_at|\bpeople\b|tabel requisitions dan candidates|requisitions")

FEW_JOINERS = (
    "not measured: needs 5 people who joined while decisions were kept, has 2; everybody is counted in full from the "
    "first day"
)

EN, ID = catalogue("en"), catalogue("id")


def made_project(language: str = "en") -> Project:
    text = "project: p\ntitle: Hate\ntime_zone: Asia/Jakarta\nsource: warehouse/\nlanguage: "
    return parse_project(text + language, "params/p.yaml")


@pytest.fixture(scope="module")
def project() -> Project:
    return made_project()


@pytest.fixture(scope="module")
def indonesian() -> Project:
    return made_project("id")


def work(name: str = "q", opening: Opening = NOTHING, **promise: object) -> QueueWork:
    promised = QueuePromise(**({} if promise.get("kind") == "live" else {"due_hours": 24.0}) | promise)
    due = promised.due_hours or NAN
    daily = np.full((PATHS, 7 * WEEKS), 10.0)
    return QueueWork(name, promised, due, daily, np.full((7, 24), 1 / 24), ItemTime(name, 71.3, 2, 90), opening)


def situation(*queues: QueueWork, hiring: Hiring | None = None, ramped: Ramped | None = None) -> Situation:
    rest = (Shrinkage(0.2, 0.2, 0.2), ramped or Ramped(NO_RAMP, 0), None, hiring or no_hiring("not measured: needs x"))
    spread, nobody = np.full((7, 24), 1 / 168), np.zeros((0, len(queues)), bool)
    return Situation(MONDAY, WEEKS, Staffing(), queues, spread, None, nobody, np.zeros(WEEKS), *rest, ())


def headcount(short: Sequence[float], required: float = 10.0, available: float = 8.0) -> pd.DataFrame:
    table = {"week": [MONDAY + dt.timedelta(7 * week) for week in range(len(short))]}
    for name, value in (("required", required), ("available", available), ("gap", required - available)):
        table |= {name: value, f"{name}_low": value - 0.5, f"{name}_high": value + 0.5}
    return pd.DataFrame(table | {"heads": available, "short": short})


def outlook(queue: str = "q", breaks: float = 0.0, middle: float = INF) -> Outlook:
    weeks = [MONDAY + dt.timedelta(7 * week) for week in range(WEEKS)]
    line = pd.DataFrame({"week": weeks, "value": 90.0, "low": 50.0, "high": 140.0, "late_share": 0.1})
    return Outlook(queue, line, breaks, (middle, middle, INF), (40.0, 20.0, 60.0), (9.0, 5.0, 14.0), (7.0, 3.0, 9.0))


def advice(seats: int = 3, **changes: object) -> Advice:
    weeks = (MONDAY,)
    made = Advice(
        seats, 1.0, "labeler", "id", 2.5, 0.0, "", (), MONDAY + dt.timedelta(70), 6.0, dt.date(2026, 12, 14),
        dt.date(2026, 12, 28), weeks, NAN, 0.8,
    )  # fmt: skip
    return replace(made, **changes)


def plan(*queues: QueueWork, need: float = 320.0, **changes: object) -> StaffingPlan:
    """Four weeks in which each queue needs as many hours; an FTE works 32 of them."""
    wanted = queues or (work(),)
    each = tuple(QueueNeed(one, np.full((PATHS, WEEKS), need), np.full(WEEKS, need)) for one in wanted)
    whole = np.full((PATHS, WEEKS), need * len(each))
    needed = Need(each, whole, whole[0], 32.0, INF, np.full(len(each), need))
    table = required_table(situation(*wanted), needed)
    made = StaffingPlan(
        AS_MEASURED, table, np.zeros(WEEKS), headcount([0.0] * WEEKS), None, (), (), None, (), needed, None
    )
    return replace(made, **changes)


def read(exhibit: Exhibit) -> str:
    """What a reader sees, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", exhibit.html, flags=re.S))


@pytest.mark.parametrize(
    ("short", "said", "words"),
    [
        ([0.0, 0.1, 0.05, 0.0], "There are enough people in every week.", ["enough"] * 4),
        (
            [0.0, 0.3, 0.11, 0.89],
            "In 3 of 4 weeks people may be missing; the futures do not agree.",
            ["enough", "may be missing", "may be missing", "may be missing"],
        ),
        (
            [0.0, 0.5, 0.9, 1.0],
            "People are missing in 2 of 4 weeks, the first from 30 Nov 2026 on.",
            ["enough", "may be missing", "missing", "missing"],
        ),
    ],
)
def test_missing_is_claimed_where_the_futures_agree(project: Project, short, said, words) -> None:
    made = plan(headcount=headcount(short))
    headline, table = staffing_headline(project, made), required_against_available(project, made)
    start = (
        "In a usual week of the 4 from 16 Nov 2026 on, 10.0 full-time equivalents are required and 8.0 (7.5 to 8.5) "
        "will be there."
    )
    assert headline.text.startswith(f"{start} {said}")
    assert table.text == said
    assert re.findall(r"</span> ((?:may be )?missing|enough)</span>", table.html) == words
    assert table.estimates is made.headcount
    assert headline.estimates is made.headcount


def test_no_number_is_enough_where_no_hours_keep_a_promise(project: Project, indonesian: Project) -> None:
    table = headcount([0.0, 1.0, 1.0, 1.0])
    columns = ["required", "required_high", "gap", "gap_high"]
    table.loc[1:, columns] = INF
    made = plan(need=INF, headcount=table, advice=advice(0, out_of_reach=("q",)))
    text = staffing_headline(project, made).text
    assert text.startswith("In 3 of 4 weeks no number of people keeps every promise, the first from 23 Nov 2026 on.")
    assert (
        "Nobody needs to be hired beyond the seats that are open. What queue q promises no number of people keeps: its "
        "promise or its hours of work have to change." in text
    )
    assert "no number is enough" in read(required_by_queue(project, made))
    assert "no number is enough" in read(required_against_available(project, made))
    unknown = staffing_headline(project, replace(made, headcount=None, advice=None)).text
    assert unknown.startswith("In the week of 7 Dec 2026 no number of people keeps every promise.")
    assert not ENGLISH.search(staffing_headline(indonesian, made).text)
    rows = json.dumps(required_against_available(project, made)._repr_mimebundle_()[ESTIMATES_MIME], allow_nan=False)
    assert '"inf"' in rows


def test_where_people_are_not_known_only_what_is_required_is_said(project: Project) -> None:
    notes = (
        "ramp: not measured: needs r",
        "available people: not measured: needs the table people, with five labelers or more",
    )
    made = plan(headcount=None, notes=notes)
    assert staffing_headline(project, made).text.startswith(
        "10.0 full-time equivalents are required by the week of 7 Dec 2026; how many there will be is not known."
    )
    why = "available people: needs the table people, with five labelers or more"
    table = required_against_available(project, made)
    assert table.text == f"How many people there will be is not known: {why}."
    assert table.estimates is made.required
    assert backlog_outlook(project, made).text == f"Not measured: {why}."
    assert "What the plan lacks: ramp: needs r; available people: needs" in read(required_by_queue(project, made))


def test_without_shrinkage_hours_are_no_people(project: Project) -> None:
    made = plan(
        headcount=None, notes=("ramp: not measured: needs r", "shrinkage: not measured: needs the table work_hours")
    )
    made = replace(made, required=made.required.assign(fte=NAN, fte_low=NAN, fte_high=NAN))
    said = "How many people are needed could not be worked out: shrinkage: needs the table work_hours."
    assert staffing_headline(project, made).text.startswith(said)
    assert "320 (320 to 320) –" in read(required_by_queue(project, made))


def test_a_project_without_anything_says_what_it_needs(project: Project, indonesian: Project) -> None:
    nothing = Need((), np.zeros((1, WEEKS)), np.zeros(WEEKS), NAN, INF, np.zeros(0))
    note = "queue 'q': not measured: needs handling times"
    made = plan(required=required_table(situation(), nothing), need=1.0, headcount=None, notes=(note,))
    made = replace(made, need=nothing)
    assert staffing_headline(project, made).text.startswith(
        "How many people are needed could not be worked out: queue 'q': needs handling times."
    )
    assert required_by_queue(project, made).text == "No queue could be planned: queue 'q': needs handling times."
    assert "antrean 'q': " in required_by_queue(indonesian, made).text
    assert backlog_outlook(project, made).text == "Not measured: queue 'q': needs handling times."
    bare = replace(made, notes=("hiring: not measured: needs requisitions and candidates",))
    why = "needs arrivals, or the arrival times of items or decisions"
    assert f"could not be worked out: {why}." in staffing_headline(project, bare).text
    assert required_by_queue(project, bare).text == f"No queue could be planned: {why}."
    assert backlog_outlook(project, bare).text == f"Not measured: {why}."
    assert arrival_forecast(project, None).text.startswith("Not measured: needs arrivals")
    assert forecast_record(project, pd.DataFrame()).text.startswith("Not measured: a back-test needs at least")


@pytest.mark.parametrize(
    ("one", "cost", "said"),
    [
        (advice(0), (NAN, NAN), "Nobody needs to be hired beyond the seats that are open."),
        (advice(), (0.4, NAN), "To be enough in 80 % of the futures, open 3 seats for labeler (id) by 14 Dec 2026."),
        (
            advice(1, language="", seat=0.5, sure=0.95),
            (0.0, NAN),
            "To be enough in 95 % of the futures, open 0.50 full-time equivalents (1 seat of 0.50, as people "
            "here have) for labeler by 14 Dec 2026.",
        ),
        (
            advice(needed_from=dt.date(2026, 12, 21)),
            (27_889.0, 87.4),
            "To be enough in 80 % of the futures, open 3 seats for labeler (id) now: people sought from 16 Nov 2026 on "
            "are ramped by 28 Dec 2026; until then overtime or lent people have to cover. If nothing is opened, about "
            "28,000 items will be late within the plan; opening now spares about 87 of them. What is past due has to "
            "be worked off beside that: some 7 hours, or new items stay late too.",
        ),
        (
            advice(lacking=34.4, queue="live"),
            (0.0, NAN),
            "About 34 hours a week of queue live stay undone, since too few people can work on it: train some, or "
            "hire. To be enough in 80 % of the futures, open 3 seats for labeler (id) by 14 Dec 2026.",
        ),
        (
            advice(),
            (27_889.0, 0.9),
            "by 14 Dec 2026. If nothing is opened, about 28,000 items will be late within the plan.",
        ),
        (
            advice(
                lead_weeks=NAN, open_by=None, ramped_by=None, note="not measured: needs requisitions and candidates"
            ),
            (500.0, NAN),
            "Open 3 seats for labeler (id); by when is not known: needs requisitions and candidates.",
        ),
        (
            advice(
                9,
                open_by=None,
                ramped_by=None,
                note="the funnel as it is does not fill 9 seats within a year in 80% of cases",
            ),
            (NAN, NAN),
            "by when is not known: the funnel as it is does not fill 9 seats within a year in 80% of cases.",
        ),
    ],
    ids=["nobody", "by a day", "a part", "too late", "skills", "spares nothing", "funnel unknown", "funnel too thin"],
)
def test_what_to_open_by_when_and_what_it_costs_not_to(
    project: Project, indonesian: Project, one: Advice, cost: tuple[float, float], said: str
) -> None:
    late, saved = cost
    before = replace(outlook(), late=(late, late, late))
    after = replace(outlook(), late=(late - saved,) * 3)
    opened = () if math.isnan(saved) else (after,)
    made = plan(advice=one, outlooks=(before,), if_opened=opened)
    assert f"{said} Assumed:" in staffing_headline(project, made).text
    assert not ENGLISH.search(staffing_headline(indonesian, made).text)


def test_a_ramp_that_was_not_measured_is_not_counted_on(project: Project) -> None:
    late = advice(needed_from=dt.date(2026, 12, 21))
    notes = ("ramp: not measured: needs r",)
    text = staffing_headline(project, plan(advice=late, notes=notes)).text
    assert "people sought from 16 Nov 2026 on have begun by 28 Dec 2026" in text
    assert "ramped" not in text


@pytest.mark.parametrize(
    ("one", "said", "chip"),
    [
        (outlook(breaks=0.2), "Every deferred queue keeps its promise in 80 % of the futures or more.", "holds"),
        (outlook(breaks=0.3), "Queue q breaks its promise in 30 % of the futures.", "may break"),
        (
            outlook(breaks=0.65, middle=12.5),
            "Queue q breaks its promise in 65 % of the futures, in half of all within 13 days.",
            "may break",
        ),
        (
            outlook(breaks=0.9, middle=1.0),
            "Queue q breaks its promise in 90 % of the futures, in half of all within 1 day.",
            "breaks",
        ),
        (
            outlook(breaks=1.0, middle=0.0),
            "Queue q breaks its promise in more than 99 % of the futures, in half of all at once.",
            "breaks",
        ),
    ],
)
def test_when_a_queue_breaks_its_promise(project: Project, indonesian: Project, one: Outlook, said, chip) -> None:
    made = plan(work(opening=Opening.of([3.0, 26.0], [5.0, 2.0])), outlooks=(one,))
    exhibit = backlog_outlook(project, made)
    assert exhibit.text == said
    assert f"</span> {chip}</span>" in exhibit.html
    assert "q 7 26 h 90 (50 to 140) 9.0 (5.0 to 14.0) 40 (20 to 60)" in read(exhibit)
    assert list(exhibit.estimates["queue"]) == ["q"] * WEEKS
    assert not ENGLISH.search(read(backlog_outlook(indonesian, made)))
    assert (said in staffing_headline(project, made).text) is (one.breaks > 0.2)


def test_the_headline_names_the_worst_of_several_queues_in_five_sentences_at_most(project: Project) -> None:
    several = tuple(outlook(name, breaks) for name, breaks in (("a", 0.4), ("b", 0.995), ("c", 0.1), ("d", 0.7)))
    made = plan(headcount=headcount([1.0] * 4), advice=advice(), outlooks=several)
    text = staffing_headline(project, made).text.partition(" Assumed:")[0]
    said = "3 queues may break their promise, first of all queue b: in more than 99 % of the futures."
    assert text.endswith(said)
    assert len(re.findall(r"\.(?= [A-Z0-9]|$)", text)) == 5


def test_nothing_is_deferred_where_every_queue_is_live(project: Project) -> None:
    made = plan(work("live", kind="live", within_s=20.0))
    assert backlog_outlook(project, made).text == "No queue is deferred."


def test_what_each_queue_promises_and_takes(project: Project, indonesian: Project) -> None:
    queues = (
        work("slow", due_hours=48.0, service_level=0.995),
        work("one", kind="live", within_s=3600.0),
        work("two", kind="live", within_s=90.0),
        work("three", kind="live", within_s=120.0),
    )
    made = plan(*queues, exposed=np.array([1.25, 3.0, 2.0, 0.0]))
    page = read(required_by_queue(project, made))
    assert "slow deferred: 99.5 % closed within 48 h 71.3 s 320 (320 to 320)" in page
    assert "live: 95 % taken up within 1 h " in page
    assert "live: 95 % taken up within 90 s " in page
    assert "live: 95 % taken up within 2 min " in page
    assert "takes up to 3.00 people at work" in page
    assert "all queues together" in page
    assert len(required_by_queue(project, made).estimates) == 5 * WEEKS
    stricter = replace(made, scenario=Scenario(service_level=0.9))
    assert "slow deferred: 90 % closed" in read(required_by_queue(project, stricter))
    assert not ENGLISH.search(re.sub("slow|one|two|three", "", read(required_by_queue(indonesian, made))))


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (AS_MEASURED, "Assumed: everything as measured; planned to hold in 80 % of the futures; joiners begin 2 weeks"),
        (Scenario(volume=0.2, sure=0.95), "Assumed: arrivals +20 %; planned to hold in 95 % of the futures"),
        (Scenario(handling=-0.125), "Assumed: handling times \u221212.5 %;"),
        (Scenario(attrition=1.0), "Assumed: people leaving +100 %;"),
        (Scenario(hiring_pace=-1.0), "Assumed: applicants \u2212100 %;"),
        (Scenario(volume=-0.0004), "Assumed: arrivals \u22120.040 %;"),
        (Scenario(shrinkage=0.0, service_level=0.9), "Assumed: shrinkage 0 %, every queue's service level 90 %;"),
        (Scenario(start_after_weeks=2.5), "joiners begin 2.5 weeks after their offer."),
    ],
)
def test_every_control_has_its_twin_in_words(scenario: Scenario, said: str) -> None:
    assert said in scenario_words(scenario, EN)
    assert not ENGLISH.search(scenario_words(scenario, ID))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fte(0.123, EN), "0.12"),
        (fte(-0.001, EN), "0.00"),
        (fte(1.04, EN), "1.0"),
        (fte(250.4, EN), "250"),
        (fte(2500.4, ID), "2.500"),
        (fte(NAN, EN), "–"),
        (fte(INF, ID), "tidak ada jumlah yang cukup"),
        (percent(0.8, EN), "80 %"),
        (percent(0.975, ID), "97,5 %"),
        (percent(0.0, EN), "0 %"),
        (chance(0.0, EN), "less than 1 %"),
        (chance(0.998, EN), "more than 99 %"),
        (chance(0.456, EN), "46 %"),
        (count(40.0, EN), "40"),
        (count(37.5, ID), "37,5"),
    ],
)
def test_numbers_have_the_digits_that_they_deserve(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((-0.01, -0.2, 0.1), "\u22120.01 (\u22120.20 to 0.10)"),
        ((-0.001, -0.004, 0.001), "0.00 (0.00 to 0.00)"),
        ((-2.0, -2.5, -1.5), "\u22122.0 (\u22122.5 to \u22121.5)"),
        ((5551.2, 2970.0, 8034.0), "5,551 (2,970 to 8,034)"),
        ((4.0, 2.0, INF), "4.0 (2.0 to no end)"),
        ((INF, 2.0, INF), "no number is enough"),
        ((NAN, NAN, NAN), "–"),
    ],
)
def test_a_band_is_beside_its_number(ends: tuple[float, float, float], expected: str) -> None:
    row = dict(zip(("x", "x_low", "x_high"), ends, strict=True))
    assert band(row, "x", EN) == expected


@pytest.mark.parametrize(
    ("note", "english", "indonesian"),
    [
        (
            "shrinkage: too few: 3 people; working time is shown for 5 or more",
            "shrinkage: too few: 3 people",
            "shrinkage: terlalu sedikit: 3 orang",
        ),
        ("hiring: not measured: needs requisitions and candidates", "hiring: needs requisitions", "perekrutan: "),
        ("hiring: not measured: needs requisitions for the role 'labeler'", "for the role 'labeler'", "'labeler'"),
        ("hiring: not measured: needs candidates of those requisitions", "hiring: needs candidates of", "kandidat"),
        (
            f"ramp: {FEW_JOINERS}",
            "ramp: needs 5 people who joined while decisions were kept, has 2; everybody",
            "5 orang",
        ),
        (
            "ramp: not measured: needs labelers' decisions with handling times, and people with the day they started "
            "on",
            "ramp: needs labelers' decisions",
            "pelabel",
        ),
        ("queue 'x': not measured: needs arrivals", "queue 'x': needs arrivals", "antrean 'x'"),
        (
            "queue \"it's\": not measured: needs due_hours in the project's YAML, or items with due_at",
            'queue "it\'s": needs due_hours',
            'antrean "it\'s"',
        ),
        ("queue 'a: b {x}': not measured: needs arrivals", "queue 'a: b {x}': needs arrivals", "antrean 'a: b {x}'"),
        (
            "work is taken as done evenly through the week: not measured: needs work_date and handling_s",
            "work is taken as done evenly through the week: needs work_date",
            "work_date",
        ),
        (
            "available people: not measured: needs the table people, with five labelers or more",
            "available people: needs the table people",
            "tabel people",
        ),
        (
            "staffing.queues: no rows of queue 'liv'; did you mean 'life'?",
            "names queue 'liv', of which there are no rows; 'life' is perhaps meant",
            "antrean 'liv'",
        ),
        (
            "staffing.queues: no rows of queue 'z; {y}'; known: a, b",
            "names queue 'z; {y}', of which there are no rows; there are a, b",
            "antrean 'z; {y}'",
        ),
    ],
)
def test_what_is_not_measured_is_said_in_both_languages(note: str, english: str, indonesian: str) -> None:
    assert english in not_known([note], EN)
    told = not_known([note], ID)
    assert indonesian in told
    assert not ENGLISH.search(KEPT.sub("", told))
    assert "not measured" not in not_known([note, note], EN)
    assert not_known([], EN) == "nothing that is known of"


def forecast_of(counts: Sequence[float] | np.ndarray, queue: str = "q", **options: object) -> ArrivalForecast:
    known = np.asarray(counts, float)
    hours = np.zeros((1, len(known), 24))
    hours[0, :, 0] = known
    days = len(known)
    arrivals = Arrivals((queue,), MONDAY - dt.timedelta(days), hours, hourly=False, source="arrivals")
    return forecast_arrivals(arrivals, weeks=WEEKS, paths=100, **options)


def shifted(found: ArrivalForecast, factor: float, spread: float = 1.0) -> ArrivalForecast:
    """The same with paths and means moved, and paths drawn apart from their mean."""
    changed = {}
    for queue, one in found.by_queue.items():
        paths = one.paths.mean(0) + (one.paths - one.paths.mean(0)) * spread
        moved = replace(one, mean=one.mean * factor)
        object.__setattr__(moved, "paths", paths * factor)
        changed[queue] = moved
    return replace(found, by_queue=changed)


@pytest.fixture(scope="module")
def steady() -> ArrivalForecast:
    return forecast_of(np.random.default_rng(3).poisson(100.0, 140))


@pytest.mark.parametrize(
    ("factor", "spread", "said"),
    [
        (1.0, 1.0, "Queue q stays about as it is: "),
        (2.0, 1.0, "Queue q will grow: "),
        (0.5, 1.0, "Queue q will shrink: "),
        (1.0, 12.0, "Queue q may grow or shrink: "),
    ],
)
def test_growth_is_claimed_as_far_as_the_band_allows(
    project: Project, indonesian: Project, steady: ArrivalForecast, factor: float, spread: float, said: str
) -> None:
    found = shifted(steady, factor, spread)
    exhibit = arrival_forecast(project, found)
    assert exhibit.text.startswith(said)
    last = exhibit.estimates.iloc[-1]
    assert re.search(r": ([\d,]+) \(([\d,]+) to ([\d,]+)\) items a week in 4 weeks, [\d,]+ now\.", exhibit.text)
    assert f"{last['value']:,.0f} (" in exhibit.text
    assert not ENGLISH.search(read(arrival_forecast(indonesian, found)))


def test_what_a_forecast_rests_on_is_said(project: Project, indonesian: Project) -> None:
    counts = np.random.default_rng(4).poisson(100.0, 140).astype(float)
    counts[:30] = NAN
    counts[50:52] = NAN
    counts[100] = 900.0
    days = {MONDAY + dt.timedelta(8): "Ramadan", MONDAY + dt.timedelta(9): "campaign"}
    found = forecast_of(counts, days=days)
    page = read(arrival_forecast(project, found))
    assert "108 days; 2 days are not known; 1 unusual day counts for less; never seen before: Ramadan, campaign" in page
    assert not ENGLISH.search(read(arrival_forecast(indonesian, found)))
    lately = forecast_of(np.r_[np.full(100, 50.0), np.full(40, 200.0)] + np.arange(140) % 3)
    shift = lately.by_queue["q"].shift
    assert 38 <= shift <= 42
    since = day(MONDAY - dt.timedelta(shift), "en")
    assert f"a new level since {since}: earlier ones are forgotten" in read(arrival_forecast(project, lately))


def test_a_few_days_make_a_rough_band_only(project: Project, indonesian: Project) -> None:
    short = forecast_of([10.0, 12.0, 9.0])
    exhibit = arrival_forecast(project, short)
    assert re.match(r"Queue q: \d+ \(\d+ to \d+\) items in the last of 4 weeks ahead\.", exhibit.text)
    assert "3 days; too few days for more than a rough band" in read(exhibit)
    assert not ENGLISH.search(read(arrival_forecast(indonesian, short)))


def record(**changes: float) -> pd.DataFrame:
    row = {"queue": "q", "week": 1, "origins": 90, "days": 600, "wape": 0.08, "bias": 0.0, "interval_score": 1.0}
    row |= {"naive_wape": 0.1, "naive_interval_score": 2.0, "covered": 0.8, "covered_low": 0.7, "covered_high": 0.9}
    return pd.DataFrame([row, row | {"queue": "r"} | changes])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "The forecast was closer than last week's same day. Nothing speaks against its bands."),
        (
            {"wape": 0.11},
            "For r last week's same day was as good a forecast, or better. Nothing speaks against its bands.",
        ),
        (
            {"covered": 0.6, "covered_low": 0.5, "covered_high": 0.7},
            "The forecast was closer than last week's same day. The bands of r did not hold as often as they should; "
            "plan with more room there.",
        ),
        (
            {"covered": 0.95, "covered_low": 0.9, "covered_high": 0.99},
            "The forecast was closer than last week's same day. The bands of r held more often than they had to: less "
            "room would do there.",
        ),
    ],
)
def test_the_record_of_forecasts_is_told_as_it_was(
    project: Project, indonesian: Project, changes: dict[str, float], said: str
) -> None:
    table = record(**changes)
    exhibit = forecast_record(project, table)
    assert exhibit.text == said
    assert exhibit.estimates is table
    assert "q 1 90 8.00 % 10.00 % 80 % (70 % to 90 %)" in read(exhibit)
    assert not ENGLISH.search(read(forecast_record(indonesian, table)))


def test_a_record_without_a_day_that_was_tried_is_none(project: Project) -> None:
    assert forecast_record(project, record().assign(days=0)).text.startswith("Not measured: ")


def hiring(*, filled: int = 1, seats: int = 2, interviews: float = 2.5) -> Hiring:
    stages = (
        stage(np.full(40, 4.0), [PASSED] * 30 + [LEFT] * 10),
        stage(np.full(30, 6.0), [PASSED] * 18 + [LEFT] * 9 + [OPEN] * 3),
    )
    left = Requisition("r-secret", "labeler", "id", "", seats, 3.0, np.zeros(1, np.intp), np.array([2.0]))
    days = (26.0, 18.0, INF) if filled > 1 else (NAN, NAN, NAN)
    return Hiring(("applied", "<b>offer</b>"), stages, (left,), np.ones(4), days, 3, filled, interviews, 4.0, "id")


def basis(found: Situation, leaving: pd.DataFrame) -> StaffingBasis:
    return StaffingBasis(forecast_of([1.0]), pd.DataFrame(), found, leaving)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            hiring(filled=2, seats=1),
            "2 of 3 openings are filled; 1 seat is open. Open are 1 seat for labeler (id). Half are filled within 26 "
            "(18 to no end) days. Interviews take about 2.5 hours a week of the team, if each takes an hour: so much "
            "less is worked on items.",
        ),
        (
            hiring(interviews=NAN),
            "1 of 3 openings are filled; 2 seats are open. Open are 2 seats for labeler (id). How long it takes to "
            "fill one is not known: fewer than half are filled.",
        ),
    ],
)
def test_how_far_hiring_gets(project: Project, indonesian: Project, made: Hiring, said: str) -> None:
    one = basis(situation(hiring=made), leaving_rates(None))
    exhibit = hiring_funnel(project, one)
    assert exhibit.text == said
    assert "&lt;b&gt;offer" in exhibit.html
    assert "r-secret" not in str(exhibit._repr_mimebundle_())
    assert list(exhibit.estimates["open"]) == [0, 3]
    assert not ENGLISH.search(re.sub("applied|<b>offer</b>", "", read(hiring_funnel(indonesian, one))))


def test_hires_who_may_not_have_begun_are_said(project: Project, indonesian: Project) -> None:
    one = basis(situation(hiring=replace(hiring(), hired_lately=2)), leaving_rates(None))
    assert "2 people took seats in the last two weeks and may not have begun" in hiring_funnel(project, one).text
    assert not ENGLISH.search(re.sub("applied|<b>offer</b>|tabel people", "", read(hiring_funnel(indonesian, one))))


def test_what_hiring_and_ramp_lack_is_said(project: Project, indonesian: Project) -> None:
    one = basis(
        situation(
            hiring=no_hiring("not measured: needs requisitions and candidates"),
            ramped=Ramped(NO_RAMP, 2, FEW_JOINERS),
        ),
        leaving_rates(None),
    )
    assert hiring_funnel(project, one).text == "Not measured: needs requisitions and candidates."
    exhibit = leaving_and_ramp(project, one)
    assert exhibit.text == (
        "Who leaves is not measured: needs the table people, with five labelers or more. How joiners get up to speed "
        f"is {FEW_JOINERS}."
    )
    assert exhibit.estimates.empty
    for found in (hiring_funnel(indonesian, one), leaving_and_ramp(indonesian, one)):
        assert not ENGLISH.search(KEPT.sub("", found.text))


def test_who_leaves_and_how_joiners_get_up_to_speed(project: Project, indonesian: Project) -> None:
    weeks = np.tile(np.arange(12), 6)
    seconds = np.full(72, 3600.0)
    expected = seconds * np.minimum(0.4 + 0.1 * weeks, 1.0)
    ramp = ramp_curve(np.repeat(np.arange(6), 12), weeks, seconds, expected)
    rates = leaving_rates(attrition([0.0] * 20, [99.0] * 20, [True] + [False] * 19))
    one = basis(situation(ramped=Ramped(ramp, 6)), rates)
    exhibit = leaving_and_ramp(project, one)
    assert exhibit.text == "1 person left in the time looked at. The first weeks are those of 6 joiners."
    page = read(exhibit)
    assert "0 to 13 0 260" in page
    assert " from 52 on 1 940 " in page
    parts = exhibit.estimates["value"]
    assert parts.iloc[0] == pytest.approx(0.4, abs=0.05)
    assert re.search(rf"Joiners 1 {100 * parts.iloc[0]:.0f}\S* % \(\S+ % to \S+ %\) 6 2 ", page)
    assert not ENGLISH.search(read(leaving_and_ramp(indonesian, one)))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("language", ["en", "id"])
def test_hostile_names_are_shown_as_they_are(name: str, language: str) -> None:
    project = made_project(language)
    notes = (f"queue {name!r}: not measured: needs handling times",)
    made = plan(work(name), headcount=headcount([1.0] * 4), outlooks=(outlook(name, 0.9, 3.0),), notes=notes)
    tried = record().assign(queue=name, covered_high=0.7)
    counts = np.full(60, 20.0)
    exhibits = [
        staffing_headline(project, made),
        required_by_queue(project, made),
        backlog_outlook(project, made),
        arrival_forecast(project, forecast_of(counts, name, days={MONDAY: name})),
        forecast_record(project, tried),
    ]
    for exhibit in exhibits:
        assert "<img" not in exhibit.html, exhibit.kind
        assert name in exhibit.text or exhibit.kind == "staffing_queues", exhibit.kind
        shown = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
        assert shown in exhibit.html, exhibit.kind


def test_backtests_of_real_counts_are_shown(project: Project, steady: ArrivalForecast) -> None:
    table = backtest_arrivals(steady.arrivals, weeks=4)
    page = read(forecast_record(project, table))
    first = table.iloc[0]
    assert f"q 1 {first['origins']} {100 * first['wape']:.2f} %" in page
    # The first, the fourth and the last week ahead, here the same one.
    assert re.findall(r"\bq (\d) ", page) == ["1", "4"]


def test_a_band_of_a_few_people_is_not_shown_nor_given_away_by_a_sum(project: Project) -> None:
    rates = leaving_rates(attrition([0.0] * 20, [55.0] * 20, [True] * 2 + [False] * 18))
    exhibit = leaving_and_ramp(project, basis(situation(), rates))
    assert "left in the time looked at" not in exhibit.text
    assert "from 52 on – – –" in read(exhibit)
