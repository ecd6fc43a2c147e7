"""The canonical tables, and a project's YAML: every mistake has its message."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from smo_reports.errors import ImportFileError, ProjectError, nearest
from smo_reports.project import (
    MOST_CHARACTERS,
    find_workspace,
    in_force,
    load_project,
    parse_import_map,
    parse_project,
)
from smo_reports.schema import ESTIMATE_COLUMNS, PERSON_COLUMNS, TABLES, table

GOOD = "project: p\ntitle: A\ntime_zone: Asia/Jakarta\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: A\ntime_zone: UTC\n", "'project' is missing; add it"),
        ("project: p\ntitle: A\n", "'time_zone' is missing; add it"),
        (GOOD + "titel: B\n", "unknown key 'titel'; did you mean 'title'?"),
        (GOOD + "root: /\n", "unknown key 'root'; known: access, deliver"),
        (GOOD + "reports: {kpi: {perod: week}}\n", "unknown key 'reports.kpi.perod'; did you mean 'period'?"),
        (GOOD + "targets: [{kpi: x, min: 1, owners: a}]\n", "unknown key 'targets.0.owners'; did you mean 'owner'?"),
        (GOOD + "targets: [{kpi: x, form: 2026-01-01, min: 1}]\n", "did you mean 'from'?"),
        (GOOD + "targets: [{kpi: accuracy}]\n", "targets.0: a target of 'accuracy' needs either min or max"),
        (GOOD + "targets: [{kpi: accuracy, min: 1, max: 2}]\n", "needs either min or max"),
        (GOOD + "labels: {violating: [a, b], benign: [b]}\n", "label 'b' is listed as violating and as benign"),
        (GOOD + "labels: {ordered: [a, b, a]}\n", "labels: label 'a' stands twice in ordered; keep it once"),
        (
            GOOD + "labels: {violating: [hate], ordered: [normal, hate]}\n",
            "labels: label 'normal' of ordered is neither violating nor benign; known: hate",
        ),
        (GOOD + "severity_weights: {high: 0}\n", "severity_weights.high: Input should be greater than 0"),
        (GOOD + "severity_weights: {high: .inf}\n", "severity_weights.high: Input should be a finite number"),
        (GOOD + "severity_weights: {high: heavy}\n", "severity_weights.high: Input should be a valid number"),
        (GOOD + "language: fr\n", "language: Input should be 'en' or 'id'"),
        (GOOD + "freshness_hours: 0\n", "freshness_hours: Input should be greater than 0"),
        (GOOD + "people: names\n", "people: Input should be 'pseudonyms' or 'ids'"),
        (
            GOOD + "reports: {kpi: {period: year}}\n",
            "reports.kpi.period: Input should be 'day', 'week', 'month' or 'today'",
        ),
        (
            GOOD.replace("Asia/Jakarta", "Asia/Jakrata"),
            "unknown time zone 'Asia/Jakrata'; did you mean 'Asia/Jakarta'?",
        ),
        (GOOD.replace("project: p", "project: Hate Speech"), "'Hate Speech' is no project name; use small letters"),
        (GOOD.replace("project: p", "project: ../p"), "'../p' is no project name"),
        (GOOD + "materiality: -0.1\n", "materiality: Input should be greater than or equal to 0"),
        (GOOD + "materiality: 1\n", "materiality: Input should be less than 1"),
        (GOOD + "root_causes: ['']\n", "root_causes.0: String should have at least 1 character"),
        (
            GOOD + "holidays: Indonesia\n",
            "holidays: 'Indonesia' is no country's code; use two capital letters, such as ID",
        ),
        (GOOD + "staffing: {ocupancy: 0.9}\n", "unknown key 'staffing.ocupancy'; did you mean 'occupancy'?"),
        (
            GOOD + "staffing: {queues: {live: {kind: live}}}\n",
            "staffing.queues.live: a live queue needs within_s: the seconds within which",
        ),
        (
            GOOD + "staffing: {queues: {live: {kind: live, within_s: 20, due_hours: 4}}}\n",
            "due_hours is for deferred queues; a live one has within_s",
        ),
        (
            GOOD + "staffing: {queues: {slow: {within_s: 20}}}\n",
            "within_s and patience_s are for live queues; a deferred one has due_hours",
        ),
        (GOOD + "staffing: {queues: {' ': {due_hours: 4}}}\n", "a queue needs a name"),
        (
            GOOD + "staffing: {labour: {shift_hours: 12, rest_hours: 13}}\n",
            "12 hours of shift and 13 of rest do not fit a day; shorten one",
        ),
        (
            GOOD + "staffing: {labour: {days_a_week: 6}}\n",
            "6 days of 8 hours are more than 40 hours a week; change days_a_week, shift_hours or hours_a_week",
        ),
        (
            GOOD + "staffing: {labour: {shift_hours: 1, break_hours: 1}}\n",
            "1 hours of shift have no time beside 1 of break",
        ),
        (GOOD + "guidelines: [{version: v1}]\n", "guidelines.0: guideline 'v1' needs either text or path"),
        (
            GOOD + "guidelines: [{version: v1, text: a, path: guidelines/b.md}]\n",
            "guideline 'v1' needs either text or path",
        ),
        (GOOD + "guidelines: [{text: a}]\n", "'guidelines.0.version' is missing; add it"),
        (GOOD + "guidelines: [{version: v1, txt: a}]\n", "unknown key 'guidelines.0.txt'; did you mean 'text'?"),
        *(
            (
                GOOD + f"guidelines: [{{version: v1, path: {path}}}]\n",
                f"guidelines.0.path: '{path}' is not in the folder",
            )
            for path in (
                "/etc/passwd",
                "a/../../b",
                "smo.yaml",
                "guidelines/../smo.yaml",
                "params/p.yaml",
                "guidelines",
            )
        ),
        (GOOD + "guidelines: [{version: v1, path: smo.yaml}]\n", "put the file there: path: guidelines/hate.md"),
        (
            GOOD + 'guidelines: [{version: v1, path: "guidelines/a\\0b"}]\n',
            "b' is no name of a file: at most 200 printable",
        ),
        (
            GOOD + f"guidelines: [{{version: v1, path: guidelines/{'x' * 300}}}]\n",
            "is no name of a file: at most 200 printable characters; rename it, such as guidelines/hate.md",
        ),
        (
            GOOD + f"guidelines: [{{version: v1, text: {'x' * (MOST_CHARACTERS + 1)}}}]\n",
            "guidelines.0.text: String should have at most 20000 characters",
        ),
        ("- a\n- b\n", "expected keys and values, found list"),
        ("project: [", "not YAML"),
        ("", "'project' is missing; add it"),
        (
            GOOD + "imports: {m: {table: decision, columns: {}}}\n",
            "unknown table 'decision'; did you mean 'decisions'?",
        ),
    ],
)
def test_a_mistake_in_a_project_is_named_with_its_place_and_cure(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as error:
        parse_project(text, "params/p.yaml")
    assert str(error.value).startswith("params/p.yaml: ")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {gold_label: x}\n", "'work_hours' has no column 'gold_label'"),
        (
            "table: gold\ncolumns: {gold_lable: x}\n",
            "table 'gold' has no column 'gold_lable'; did you mean 'gold_label'?",
        ),
        ("table: gold\ncolumns: {}\nvalues: {labl: {}}\n", "has no column 'labl'"),
        ("table: gold\ncolumns: {}\nconstants: {labl: x}\n", "has no column 'labl'"),
        ("table: gold\nheader: false\ncolumns: {item_id: x}\n", "without a header, columns are given by position"),
        ("table: gold\ncolumns: {}\nheadr: false\n", "unknown key 'headr'; did you mean 'header'?"),
    ],
)
def test_a_mistake_in_a_column_map(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as error:
        parse_import_map(text, "map.yaml")
    assert str(error.value).startswith("map.yaml: ")
    assert said in str(error.value)


def test_a_good_project_is_frozen_and_has_its_defaults() -> None:
    project = parse_project(GOOD, "p")
    assert (project.language, project.source, project.people) == ("en", "warehouse/", "pseudonyms")
    assert (project.freshness_hours, project.targets, str(project.zone)) == (48, (), "Asia/Jakarta")
    with pytest.raises(ValidationError, match="frozen"):
        project.title = "B"  # type: ignore[misc]


def test_a_target_of_nothing_is_a_target() -> None:
    target = parse_project(GOOD + "targets: [{kpi: false_negative_rate, max: 0}]\n", "p").targets[0]
    assert target.bound == 0.0
    assert target.max is not None


def test_secrets_come_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    project = parse_project(GOOD + "source: 'postgresql://me:${SMO_TEST_WORD}@host/db'\n", "p")
    monkeypatch.delenv("SMO_TEST_WORD", raising=False)
    with pytest.raises(ProjectError, match=r"source names \$\{SMO_TEST_WORD\}, which is not set; export it"):
        _ = project.source_address
    monkeypatch.setenv("SMO_TEST_WORD", "s3cret")
    assert project.source_address == "postgresql://me:s3cret@host/db"
    assert "s3cret" not in repr(project)
    assert "s3cret" not in project.model_dump_json()


def test_a_workspace_and_its_projects(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no smo.yaml in .* or above it; make a workspace with: smo init DIR"):
        find_workspace(tmp_path)
    (tmp_path / "smo.yaml").write_text("title: W\njobs: 3\n")
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "one.yaml").write_text(GOOD.replace("project: p", "project: one"))
    (tmp_path / "params" / "two.yaml").write_text(GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    workspace = find_workspace(below)
    assert (workspace.title, workspace.jobs, workspace.projects) == ("W", 3, ("one", "two"))
    assert load_project("one", workspace).root == tmp_path.resolve()
    with pytest.raises(ProjectError, match=r"no project 'onne' in .*; did you mean 'one'\?"):
        load_project("onne", workspace)
    with pytest.raises(ProjectError, match=r"project is 'p'; it has to be the file's name, 'two'"):
        load_project("two", workspace)
    for name in ("../one", "", "ONE"):
        with pytest.raises(ProjectError, match=r"no project"):
            load_project(name, workspace)
    (tmp_path / "smo.yaml").write_text("jobs: 0\n")
    with pytest.raises(ProjectError, match=r"smo.yaml: jobs: Input should be greater than or equal to 1"):
        find_workspace(tmp_path)
    (tmp_path / "smo.yaml").write_text("job: 1\n")
    with pytest.raises(ProjectError, match=r"unknown key 'job'; did you mean 'jobs'\?"):
        find_workspace(tmp_path)


def test_a_project_adds_its_own_root_causes_to_the_usual_ones() -> None:
    usual = parse_project(GOOD, "p")
    assert usual.known_causes[:3] == ("guideline_gap", "guideline_ambiguity", "knowledge")
    assert len(usual.known_causes) == 8
    assert usual.materiality == 0.001
    own = parse_project(GOOD + "root_causes: [upstream, slip]\nmateriality: 0.005\n", "p")
    assert own.known_causes == (*usual.known_causes, "upstream")
    assert own.materiality == 0.005


DATED = (
    GOOD
    + """
guidelines:
  - {version: all-1, text: for all}
  - {policy: hate, version: h1, text: first, from: 2026-01-01}
  - {policy: hate, version: h3, text: third, from: 2026-11-09}
  - {policy: hate, version: h2, text: second, from: 2026-06-01}
"""
)


@pytest.mark.parametrize(
    ("policy", "day", "version"),
    [
        ("hate", dt.date(2026, 11, 9), "h3"),
        ("hate", dt.date(2026, 11, 8), "h2"),
        ("hate", None, "h3"),
        # Before its first version a policy is under the wording for all.
        ("hate", dt.date(2025, 12, 31), "all-1"),
        ("spam", dt.date(2026, 11, 9), "all-1"),
        (None, None, "all-1"),
    ],
)
def test_the_guideline_in_force(policy: str | None, day: dt.date | None, version: str) -> None:
    found = in_force(parse_project(DATED, "p").guidelines, policy, day)
    assert found is not None
    assert found.version == version


def test_without_a_wording_none_is_in_force() -> None:
    assert in_force((), "hate", None) is None
    only = parse_project(GOOD + "guidelines: [{policy: hate, version: h1, text: a}]\n", "p").guidelines
    assert in_force(only, "spam", None) is None


def test_a_wording_is_read_from_the_workspace_and_nowhere_else(tmp_path: Path) -> None:
    workspace, outside = tmp_path / "w", tmp_path / "secret.md"
    root = workspace / "guidelines"
    root.mkdir(parents=True)
    outside.write_text("secret")
    (workspace / "smo.yaml").write_text("secret")
    (root / "link.md").symlink_to(outside)
    (root / "own.md").symlink_to(workspace / "smo.yaml")
    (root / "loop.md").symlink_to(root / "loop.md")
    (root / "good.md").write_bytes("\ufeffHate \u202eis\x00\x1b[31m red.\n\n\tAlways.\n".encode())
    (root / "long.md").write_text("é" * (MOST_CHARACTERS + 1))
    (root / "huge.md").write_text("€" * (5 * MOST_CHARACTERS))
    (root / "latin.md").write_bytes("é".encode("latin-1"))

    def wording(path: str) -> str:
        text = GOOD + f"guidelines: [{{version: v1, path: guidelines/{path}}}]\n"
        return parse_project(text, "p").guidelines[0].wording(workspace)

    # Marks that turn the reading order, terminal escapes and null characters are gone; line breaks and tabs stay.
    assert wording("good.md") == "Hate is[31m red.\n\n\tAlways."
    for path, said in (
        ("link.md", "guideline 'v1': guidelines/link.md leaves the folder guidelines/; put the file there"),
        ("own.md", "guidelines/own.md leaves the folder guidelines/"),
        ("loop.md", "guidelines/loop.md (cannot be read: .*; mend that|is no file in)"),
        ("none.md", "guideline 'v1': guidelines/none.md is no file in .*; add it, or give the text itself"),
        ("é" * 150 + ".md", "guidelines/é+.md cannot be read: .*; mend that, or give the text itself"),
        ("long.md", "long.md is longer than 20,000 characters"),
        ("huge.md", "huge.md is longer than 20,000 characters"),
        ("latin.md", "latin.md is not UTF-8"),
    ):
        with pytest.raises(ProjectError, match=said):
            wording(path)


def test_nearest_lists_at_most_twenty() -> None:
    assert nearest("acuracy", ["accuracy", "throughput"]) == "did you mean 'accuracy'?"
    assert nearest("zzz", []) == "known: none"
    said = nearest("zzz", [f"name{at:02}" for at in range(25)])
    assert said.startswith("known: name00, name01")
    assert said.endswith("name19 and 5 more")


def test_tables_are_whole() -> None:
    for name, one in TABLES.items():
        assert one.name == name
        assert len(set(one.names)) == len(one.names), name
        used = (*one.key, *one.made_id, *(column for pair in one.ordered for column in pair))
        assert set(used) <= set(one.names), name
        assert all(one[column].kind == "time" or one[column].kind == "date" for pair in one.ordered for column in pair)
    with pytest.raises(ImportFileError, match=r"unknown table 'gould'; did you mean 'gold'\?"):
        table("gould")
    with pytest.raises(ImportFileError, match=r"table 'gold' has no column 'labels'"):
        _ = table("gold")["labels"]


def test_every_column_that_names_a_person_is_known_as_one() -> None:
    """A person's column is found by its name, so a new one may not slip in under a name that says so."""
    telling = re.compile(
        r"(labeler|auditor|person|manager|coach|resolver|interviewer|candidate)_id$|(raised|asked)_by$"
    )
    named = {column for one in TABLES.values() for column in one.names if telling.search(column)}
    assert named == PERSON_COLUMNS
    assert not PERSON_COLUMNS & set(ESTIMATE_COLUMNS)


def test_what_staffing_takes_where_nothing_is_said() -> None:
    staffing = parse_project(GOOD, "p").staffing
    promise = staffing.of_queue("anything")
    assert (promise.kind, promise.service_level, promise.due_hours, promise.skills) == ("deferred", 0.95, None, ())
    assert (staffing.hours_a_week, staffing.shrinkage, staffing.occupancy, staffing.weeks) == (40.0, None, 0.85, 13)
    said = "staffing: {queues: {live: {kind: live, within_s: 60, severe: true}}, severe_hours: 4}\nholidays: DE-BY\n"
    project = parse_project(GOOD + said, "p")
    assert project.staffing.of_queue("live").within_s == 60
    assert project.staffing.of_queue("other").severe is False
    assert project.holidays == "DE-BY"
