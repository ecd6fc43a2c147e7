"""Everything that is run on this repository; ``nox --list`` says what there is.

On a fresh machine with Python 3.11 or newer: ``python -m pip install 'nox[uv]' && nox -s demo``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import os
import re
import shutil
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "lint", "notebooks", "build"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
CONSTRAINTS = ROOT / "constraints.txt"
OLDEST_PYTHON = "3.11"
SMALL_WORLD_END = dt.date(2026, 11, 16)
SMALL_WORLD_WEEK = "2026-W46"
PAGE_BYTES = range(8_000, 1_000_000)
"""A page with less has nothing on it; one with more is too large for a mail."""
TRIED_PROJECTS = ("hate-speech-id", "live-safety-id", "scam-de")
"""The projects whose notebooks are run: the largest, one with a harder mix, and a pilot with too few audits."""
PERSONS_PROJECT = "hate-speech-id"
"""The project whose people the notebooks of one person are tried on."""

BENCHMARKS = ("kpi_report", "agreement")
SEARCHES = ("rca", "rca_peers")
STAFFING = ("forecast", "queueing", "staffing_plan")
BATCHES = ("runs", "kernels")
STUDIES = ("coverage", "false_signals", "action_verdicts", "attribution")

_HEADER = """\
# The exact versions that the noxfile's sessions install, for Python {python} or newer and every platform.
# Made by: nox -s lock -- {day}
# (the versions that were newest at the start of that day, UTC; without a day: of today)
"""


_SMALL_WORLD = """
import sys
from pathlib import Path
from smo_reports.commands.demo import Recipe, make_demo
make_demo(Path(sys.argv[1]), Recipe("small", end=sys.argv[2]))
"""

# What each notebook's page is of, and of whom a person's page is tried: who labels and who audits the most.
_KINDS_AND_PEOPLE = """
import json, sys
from pathlib import Path
from smo_reports import load_project, read_all
from smo_reports.pseudonyms import pseudonym, workspace_key
from smo_reports.runs.parameters import PERSON, read_parameters, shows_several
kinds = {"project": [], "workspace": [], "person": []}
for path in sorted(Path("notebooks").glob("*.ipynb")):
    found = read_parameters(path)
    kinds["workspace" if shows_several(found) else "person" if PERSON in found else "project"].append(path.stem)
project = load_project(sys.argv[1])
rows = read_all(project)
people = []
for table, column in (("decisions", "labeler_id"), ("audits", "auditor_id")):
    counted = rows[table].select(column).collect()[column].value_counts(sort=True)
    people.append(pseudonym(counted[column][0], workspace_key(project.root)))
print(json.dumps([kinds, people]))
"""


def install(session: nox.Session, *requirements: str, compiled: bool = True) -> None:
    """Install requirements at the constraints' versions; nothing is done where the same was done before.

    A mark in the environment remembers what is in it, so that a second run needs neither time nor a network.
    ``compiled`` compiles all of it at once, for what is timed or run again and again: one session imports a quarter.
    """
    wanted = hashlib.sha256("\n".join(requirements).encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        wanted.update(path.read_bytes())
    mark = Path(session.virtualenv.location) / "installed.sha256"
    if mark.is_file() and mark.read_text() == wanted.hexdigest():
        return
    mark.unlink(missing_ok=True)
    # Every report starts a kernel: what is compiled once need not be compiled by the first of each.
    uv = session.venv_backend == "uv"
    bytecode = {True: "--compile-bytecode" if uv else "--compile", False: "--no-compile"}[compiled]
    session.install(bytecode, "--constraint", str(CONSTRAINTS), *requirements, silent=False)
    mark.write_text(wanted.hexdigest())


def spend_no_time_twice(session: nox.Session) -> None:
    """Have the session's processes keep what they compile, and leave the cores to the processes beside them.

    Images for containers like to switch bytecode off: then every kernel compiles the whole package again, and pytest
    rewrites every test again. And OpenBLAS starts a thread a core in each of the processes that share the cores, where
    they wait for each other and burn several times the time that the same small matrices take on one.
    """
    session.env["PYTHONDONTWRITEBYTECODE"] = None
    session.env["OPENBLAS_NUM_THREADS"] = "1"


def group(name: str) -> list[str]:
    """The requirements of one of pyproject.toml's dependency groups."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


@nox.session
def demo(session: nox.Session) -> None:
    """Make the demo's workspace, import its world, run every report; more arguments go to ``smo demo``."""
    install(session, "--editable", ".")
    session.run("smo", "demo", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite; more arguments go to pytest."""
    install(session, "--editable", ".[sql]", *group("tests"), compiled=False)
    spend_no_time_twice(session)
    # Halves of the suite, and what is left of the slower one shared anew: a module's fixtures are made in one worker.
    session.run("pytest", "-n", "2", "--dist", "worksteal", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and which room imports which."""
    install(session, "--editable", ".[sql]", *group("lint"), compiled=False)
    # Each says all that it has to say before the session fails.
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
    )
    failed = []
    for check in checks:
        try:
            session.run(*check)
        except CommandFailed:
            failed.append(" ".join(check))
    if failed:
        session.error(f"failed: {', '.join(failed)}")


@nox.session
def notebooks(session: nox.Session) -> None:
    """Run every notebook on the small demo world, for everybody whom its pages are for, and look at the pages.

    Those of one project run for three projects, those of several once, those of one person for a labeler and an
    auditor.
    """
    install(session, "--editable", ".", compiled=False)
    spend_no_time_twice(session)
    workspace = Path(session.create_tmp()) / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    session.run("python", "-c", _SMALL_WORLD, str(workspace), str(SMALL_WORLD_END))
    with session.chdir(workspace):
        said = session.run("python", "-c", _KINDS_AND_PEOPLE, PERSONS_PROJECT, silent=True)
        kinds, people = json.loads(str(said).splitlines()[-1])
        both = ("--period", SMALL_WORLD_WEEK, "--audience", "both")
        session.run("smo", "run", *kinds["workspace"], *both)
        for project in TRIED_PROJECTS:
            session.run("smo", "run", *kinds["project"], "--project", project, *both)
        for name, person in itertools.product(kinds["person"], people):
            one = ("--project", PERSONS_PROJECT, "-P", f"person={person}")
            session.run("smo", "run", name, *one, "--period", SMALL_WORLD_WEEK)
    of_both = len(kinds["workspace"]) + len(TRIED_PROJECTS) * len(kinds["project"])
    check_pages(session, workspace, 2 * of_both + len(people) * len(kinds["person"]))


def check_pages(session: nox.Session, workspace: Path, wanted: int) -> None:
    """Fail where a page of the small world's last week is missing, empty, or too large."""
    pages = [page for page in (workspace / "reports").rglob("*.html") if SMALL_WORLD_WEEK in str(page)]
    wrong = [
        f"{page.relative_to(workspace)}: {page.stat().st_size:,} bytes"
        for page in pages
        if page.stat().st_size not in PAGE_BYTES
    ]
    if len(pages) != wanted:
        wrong.append(f"{len(pages)} pages where {wanted} were asked for")
    if wrong or not wanted:
        session.error("; ".join(wrong) or "there was nothing to run")
    session.log(f"{len(pages)} pages, the largest of {max(page.stat().st_size for page in pages):,} bytes")


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel, and try the wheel in an empty folder with an environment of its own."""
    install(session, *group("build"))
    spend_no_time_twice(session)
    folder = Path(session.create_tmp()).resolve()
    for name in ("dist", "empty", "env"):
        shutil.rmtree(folder / name, ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
    session.run("python", "-m", "venv", str(folder / "env"))
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = (folder / "dist").glob("*.whl")
    python = str(scripts / "python")
    # What the other sessions installed is in uv's cache.
    uv = shutil.which("uv")
    pip = (uv, "pip", "install", "--python", python) if uv else (python, "-m", "pip", "install")
    session.run(*pip, "--quiet", "--constraint", str(CONSTRAINTS), str(wheel), external=True)
    empty = folder / "empty"
    empty.mkdir()
    smo = str(scripts / "smo")
    with session.chdir(empty):
        session.run(smo, "--version", external=True)
        session.run(smo, "--help", external=True, silent=True)
        session.run(smo, "init", "ws", external=True)
        session.run(smo, "demo", "small", "--size", "small", "--end", str(SMALL_WORLD_END), external=True)
    with session.chdir(empty / "small"):
        one = (
            "run",
            "kpi",
            "--project",
            "hate-speech-id",
            "--period",
            SMALL_WORLD_WEEK,
            "--out",
            str(empty / "one"),
        )
        session.run(smo, *one, external=True)
    if not [page for page in (empty / "one").rglob("*kpi*.html") if page.stat().st_size in PAGE_BYTES]:
        session.error("the wheel made no page")
    planned = [name for name in ("portfolio", "today") if (ROOT / "notebooks" / f"{name}.ipynb").is_file()]
    whole = empty / "small" / "reports" / "all-projects"
    for name in planned:
        if not [page for page in whole.glob(f"{name}/*/{name}.html") if page.stat().st_size in PAGE_BYTES]:
            session.error(f"the wheel's demo made no page of all projects: {name}")
    if not list((empty / "ws" / "notebooks").glob("*.ipynb")):
        session.error("the wheel carries no notebooks")


@nox.session
def lock(session: nox.Session) -> None:
    """Remake constraints.txt; give a day to get the versions of that day: ``nox -s lock -- 2026-11-22``."""
    day = session.posargs[0] if session.posargs else str(dt.datetime.now(dt.UTC).date())
    made = Path(session.create_tmp()) / "constraints.txt"
    made.unlink(missing_ok=True)
    session.install("uv")
    session.run(
        *("uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", OLDEST_PYTHON),
        # Of the extras only those that the sessions install: statsforecast keeps NumPy back.
        *("--extra", "dask", "--extra", "sql", "--group", "tests", "--group", "lint", "--group", "build"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
        *("--exclude-newer", f"{day}T00:00:00Z", "--output-file", str(made)),
    )
    text = made.read_text()
    strange = [line for line in text.splitlines() if not re.match(r"[a-z0-9.-]+==[^/ ]+( ; [^/]+)?$", line)]
    if strange:
        session.error(f"not a name, a version and a marker: {strange[0]!r}")
    CONSTRAINTS.write_text(_HEADER.format(python=OLDEST_PYTHON, day=day) + text)


@nox.session
def bench(session: nox.Session) -> None:
    """Time the KPI report's data step and the statistics against their peers.

    ``-- agreement`` for one of them; what follows its name goes to it: ``-- kpi_report --decisions 300000``. The peers
    have wheels for Python 3.11 and 3.12.
    """
    install(session, "--editable", ".")
    run_scripts(session, BENCHMARKS, agreement=("--peers", peers_python(session)))


@nox.session(name="bench-rca")
def bench_rca(session: nox.Session) -> None:
    """Judge the search for causes on planted ones, and beside its peers; takes an hour.

    ``-- rca --seeds 5 --quiet-seeds 50`` for a quick look, ``-- rca_peers`` for the peers alone.
    """
    install(session, "--editable", ".")
    run_scripts(session, SEARCHES, rca_peers=("--peers", peers_python(session)))


@nox.session(name="bench-staffing")
def bench_staffing(session: nox.Session) -> None:
    """Try the forecast on real calls, and time it, the sizing of queues and a whole plan, beside their peers.

    ``-- queueing`` for one of them.
    """
    install(session, "--editable", ".")
    peers = ("--peers", peers_python(session))
    run_scripts(session, STAFFING, forecast=peers, queueing=peers)


@nox.session(name="bench-runs")
def bench_runs(session: nox.Session) -> None:
    """Time batches of 12 and 90 reports: ``smo run`` beside shell loops, papermill's API and plain functions; hours.

    ``-- runs --reports 12 --size small`` for a quick look; ``-- kernels`` for forked kernels beside ordinary ones, with
    ``--leak 500`` for what so many leave.
    """
    install(session, "--editable", ".")
    run_scripts(session, BATCHES)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kill, starve and cut off batches of reports; fails where anything is lost, doubled or half-written; an hour.

    ``-- kills --kills 20`` for a quick look; ``-- slots disk away memory`` for the rest.
    """
    install(session, "--editable", ".[sql]")
    spend_no_time_twice(session)
    session.run("python", str(ROOT / "benchmarks" / "chaos.py"), *session.posargs)


def peers_python(session: nox.Session) -> str:
    """The Python of an environment that has the peers and nothing of ours; made once for each list of them."""
    wanted = hashlib.sha256("\n".join(group("peers")).encode()).hexdigest()[:12]
    folder = Path(session.virtualenv.location).resolve() / f"peers-{wanted}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "installed").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        session.run("python", "-m", "venv", str(folder))
        session.run(str(python), "-m", "pip", "install", "--quiet", *group("peers"), external=True)
        (folder / "installed").touch()
    return str(python)


@nox.session
def studies(session: nox.Session) -> None:
    """Draw the published studies anew, which takes long.

    How often intervals hold, charts cry wolf, and verdicts on actions and the kinds of causes are right.
    """
    install(session, "--editable", ".")
    run_scripts(session, STUDIES)


def run_scripts(session: nox.Session, names: tuple[str, ...], **always: tuple[str, ...]) -> None:
    """Run the scripts in ``benchmarks/``: the one that the arguments name, or all; options alone go to the first.

    ``always`` are options that a script gets besides, by its name.
    """
    options = session.posargs
    if options and options[0] in names:
        names, options = (options[0],), options[1:]
    elif options:
        names = names[:1]
    for name in names:
        script = ROOT / "benchmarks" / f"{name}.py"
        if script.is_file():
            session.run("python", str(script), *always.get(name, ()), *options)
        else:
            session.warn(f"there is no {script.name} yet")


if __name__ == "__main__":
    sys.exit("run this with nox: nox --list")
