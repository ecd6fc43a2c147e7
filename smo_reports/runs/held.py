"""Hold a page while it is made, so that two programs never mix their files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from smo_reports.runs.publish import digest


@contextlib.contextmanager
def held(root: Path, page: Path) -> Iterator[None]:
    """Wait until nobody else makes this page, and keep others waiting; a program that ends lets go.

    Parameters
    ----------
    root : Path
        The workspace, which keeps the locks.
    page : Path
    """
    locks = root / ".smo" / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / digest(str(page.absolute()).encode())[:32]):
        yield
