"""What of a workspace travels to a worker: all that a batch's pages are made from, but for the rows."""

from __future__ import annotations

import contextlib
import io
import shutil
import threading
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from smo_reports.project.guidelines import FOLDER as GUIDELINES
from smo_reports.runs.concealed import named
from smo_reports.runs.plan import Job
from smo_reports.runs.publish import digest

KEY = Path(".smo") / "pseudonyms.key"
"""The secret that pseudonyms are made with: the same person has to have the same one on every worker."""
_AT_HOME = ("ledger", "executor")
"""Keys of smo.yaml that a worker has no use for, and that may hold a password."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Parcel:
    """Files of a workspace as one archive.

    Attributes
    ----------
    name : str
        The contents' digest.
    content : bytes
    """

    name: str
    content: bytes = field(repr=False)


def pack(root: Path, jobs: Sequence[Job]) -> Parcel:
    """Pack what some jobs of a workspace need: notebooks, templates, their projects' settings, wordings and notes.

    ``smo.yaml`` goes without the ledger's address. The rows stay where they are.
    """
    projects = sorted({name for job in jobs for name in job.subject.projects})
    wanted = {job.notebook for job in jobs} | {root / "params" / f"{name}.yaml" for name in projects} | {root / KEY}
    for folder in (root / "templates", root / GUIDELINES, *(root / "notes" / name for name in projects)):
        wanted |= set(folder.rglob("*"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in wanted if path.is_file()):
            _add(archive, path.relative_to(root).as_posix(), path.read_bytes())
        _add(archive, "smo.yaml", _without_ledger((root / "smo.yaml").read_text("utf-8")))
    return Parcel(digest(packed.getvalue()), packed.getvalue())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Without its time, so that the same files are the same parcel.
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)


def _without_ledger(text: str) -> bytes:
    values = yaml.safe_load(text) or {}
    variables = [name for key in _AT_HOME for name in named(str(values.pop(key, "")))]
    kept: str = yaml.safe_dump(values, allow_unicode=True)
    # What the worker's own environment holds under these names is kept out of its pages all the same.
    return (kept + "".join(f"# ${{{name}}}\n" for name in variables)).encode()


class Unpacked:
    """The parcels that a worker has unpacked; the last one stays for the next report, others go when they are done."""

    def __init__(self) -> None:
        self._used: dict[Path, int] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def at(self, parcel: Parcel, folder: Path) -> Iterator[Path]:
        """A parcel's files, below a folder that only this user can enter.

        Raises
        ------
        OSError
            When the disk refuses.
        """
        place = folder / f"smo-{parcel.name[:32]}"
        with self._lock:
            if not place.is_dir():
                _unpack(parcel, place)
            self._used[place] = self._used.get(place, 0) + 1
            self._forget(other for other, users in self._used.items() if not users)
        try:
            yield place
        finally:
            with self._lock:
                self._used[place] -= 1

    def _forget(self, places: Iterable[Path]) -> None:
        for place in list(places):
            del self._used[place]
            shutil.rmtree(place, ignore_errors=True)


def _unpack(parcel: Parcel, place: Path) -> None:
    aside = place.with_name(f"{place.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700, parents=True)
    with zipfile.ZipFile(io.BytesIO(parcel.content)) as archive:
        archive.extractall(aside)
    aside.replace(place)
