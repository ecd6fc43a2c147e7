"""Everything that is run on this repository; ``nox --list`` says what there is.

On a fresh machine with Python 3.11 or newer: ``python -m pip install 'nox[uv]' && nox -s demo``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
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
PAGE_BYTES = range(10_000, 1_000_000)
"""A page with less has nothing on it; one with more is too large for a mail."""

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


def install(session: nox.Session, *requirements: str) -> None:
    """Install requirements at the constraints' versions; nothing is done where the same was done before.

    A mark in the environment remembers what is in it, so that a second run needs neither time nor a network.
    """
    wanted = hashlib.sha256("\n".join(requirements).encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        wanted.update(path.read_bytes())
    mark = Path(session.virtualenv.location) / "installed.sha256"
    if mark.is_file() and mark.read_text() == wanted.hexdigest():
        return
    mark.unlink(missing_ok=True)
    # Every report starts a kernel: what is compiled once need not be compiled by the first of each.
    compiled = ["--compile-bytecode"] if session.venv_backend == "uv" else ["--compile"]
    session.install(*compiled, "--constraint", str(CONSTRAINTS), *requirements, silent=False)
    mark.write_text(wanted.hexdigest())


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
    install(session, "--editable", ".[sql]", *group("tests"))
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and which room imports which."""
    install(session, "--editable", ".[sql]", *group("lint"))
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
    """Run every notebook on the small demo world, for stakeholders and leads, and look at the pages."""
    install(session, "--editable", ".")
    workspace = Path(session.create_tmp()) / "workspace"
    shutil.rmtree(workspace, ignore_errors=True)
    session.run("python", "-c", _SMALL_WORLD, str(workspace), str(SMALL_WORLD_END))
    names = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    with session.chdir(workspace):
        session.run("smo", "run", *names, "--period", SMALL_WORLD_WEEK, "--audience", "both")
    check_pages(session, workspace, names)


def check_pages(session: nox.Session, workspace: Path, names: list[str]) -> None:
    """Fail where a page of the small world's last week is missing, empty, or too large."""
    projects = sorted(path.stem for path in (workspace / "params").glob("*.yaml"))
    pages = [page for page in (workspace / "reports").rglob("*.html") if SMALL_WORLD_WEEK in str(page)]
    wrong = [
        f"{page.relative_to(workspace)}: {page.stat().st_size:,} bytes"
        for page in pages
        if page.stat().st_size not in PAGE_BYTES
    ]
    wanted = 2 * len(projects) * len(names)
    if len(pages) != wanted:
        wrong.append(f"{len(pages)} pages where {wanted} were asked for")
    if wrong or not wanted:
        session.error("; ".join(wrong) or "there was nothing to run")
    session.log(f"{len(pages)} pages, the largest of {max(page.stat().st_size for page in pages):,} bytes")


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist and the wheel, and try the wheel in an empty folder with an environment of its own."""
    install(session, *group("build"))
    folder = Path(session.create_tmp()).resolve()
    for name in ("dist", "empty", "env"):
        shutil.rmtree(folder / name, ignore_errors=True)
    session.run("python", "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT))
    session.run("python", "-m", "venv", str(folder / "env"))
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = (folder / "dist").glob("*.whl")
    pip = ("-m", "pip", "install", "--quiet", "--constraint", str(CONSTRAINTS))
    session.run(str(scripts / "python"), *pip, str(wheel), external=True)
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
        *("--all-extras", "--group", "tests", "--group", "lint", "--group", "build"),
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
    """Print the KPI report's data time and memory, against pandas; ``-- --decisions 300000`` for one size."""
    install(session, "--editable", ".")
    session.run("python", str(ROOT / "benchmarks" / "kpi_report.py"), *session.posargs)


if __name__ == "__main__":
    sys.exit("run this with nox: nox --list")
