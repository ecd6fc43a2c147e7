"""Which clients may share one parent: those that could have started it without any difference."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import resource
import shutil
import stat
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from smo_reports.kernels.wire import RefusedError

_PREFIXES = (
    *("PYTHON", "LD_", "LC_", "MALLOC_", "MPL", "OMP_", "OPENBLAS_", "MKL_", "BLIS_", "NUMEXPR_", "NPY_", "NUMBA_"),
    *("POLARS_", "ARROW_", "IPYTHON"),
)
_NAMES = {
    *("HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME", "VIRTUAL_ENV", "CONDA_PREFIX"),
    *("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_RUNTIME_DIR"),
    *("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTER_DATA_DIR", "JUPYTER_PATH", "JUPYTER_RUNTIME_DIR"),
    *("JUPYTER_NO_CONFIG", "JUPYTER_PLATFORM_DIRS", "PYDEVD_DISABLE_FILE_VALIDATION"),
}
_INLINE = "module://matplotlib_inline.backend_inline"
_ALLOCATORS = ("JE_ARROW_MALLOC_CONF", "_RJEM_MALLOC_CONF")
"""Of the copies of jemalloc in pyarrow and in packages written in Rust (deltalake among them)."""
_LONGEST_FOLDER = 70
"""A unix socket's path may have 107 bytes."""
_ARENA_KIB = "65536"
_FORGOTTEN_S = 7 * 86400.0


def read_at_import(environment: Mapping[str, str], more: Collection[str] = ()) -> dict[str, str]:
    """Choose the variables that modules read while they are imported.

    Only these reach the parent, and clients share it only when they are equal; so whatever else is in a client's
    environment, a password say, is seen by its own kernels alone.

    Parameters
    ----------
    environment : mapping
        Of the kernel.
    more : collection of str
        Names that count too.
    """
    chosen = {
        name: value
        for name, value in environment.items()
        if name in _NAMES or name in more or name.startswith(_PREFIXES)
    }
    # As ipykernel sets it, only before a cell could import Matplotlib.
    chosen["MPLBACKEND"] = chosen.get("MPLBACKEND") or _INLINE
    for name in _ALLOCATORS:
        # They start a thread each to give memory back, which a fork would lose; without it they do so on the way.
        chosen[name] = ",".join(filter(None, [environment.get(name), "background_thread:false"]))
    # pyarrow's mimalloc would set a GiB of addresses aside, which a kernel's memory limit could not tell from use.
    chosen["MIMALLOC_ARENA_RESERVE"] = environment.get("MIMALLOC_ARENA_RESERVE", _ARENA_KIB)
    return chosen


def start_folder(environment: Mapping[str, str], folder: str) -> str:
    """Name the folder in which to import: the root, unless what is imported depends on the kernel's.

    That is so when the search path has relative entries, or Matplotlib's settings lie in the folder.
    """
    entries = environment.get("PYTHONPATH", "").split(os.pathsep) if environment.get("PYTHONPATH") else []
    relative = any(not Path(entry).is_absolute() for entry in entries)
    return folder if relative or Path(folder, "matplotlibrc").exists() else "/"


def key_of(command: Sequence[str], environment: Mapping[str, str], folder: str) -> str:
    """Fingerprint of all that a kernel inherits from its parent and a client's own child would from the client.

    Parameters
    ----------
    command : sequence of str
        That starts the parent: interpreter, its options, modules.
    environment : mapping
        From :func:`read_at_import`.
    folder : str
        From :func:`start_folder`.
    """
    settings = Path(folder, "matplotlibrc")
    inherited = [
        list(command),
        sorted(environment.items()),
        folder,
        settings.stat().st_mtime_ns if settings.exists() else 0,
        os.getresuid(),
        os.getresgid(),
        sorted(os.getgroups()),
        os.getpriority(os.PRIO_PROCESS, 0),
        sorted(os.sched_getaffinity(0)),
        [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")],
        Path("/proc/self/cgroup").read_text(),
        [str((Path("/proc/self/ns") / name).readlink()) for name in ("cgroup", "ipc", "mnt", "net", "pid", "user")],
        str(Path("/proc/self/root").stat()[:3]),
    ]
    return hashlib.sha256(json.dumps(inherited).encode(errors="surrogatepass")).hexdigest()[:20]


def umask() -> int:
    """The process's umask, without setting it as :func:`os.umask` must."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o077


def private_folder(wanted: str = "") -> Path:
    """Make, or find, a folder that only this user can enter.

    Parameters
    ----------
    wanted : str, optional
        Its path; else one in the user's runtime folder, or in that for temporary files.

    Raises
    ------
    RefusedError
        When it is somebody else's, open to others, or its path too long for sockets.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not wanted and Path(runtime).is_absolute() and os.access(runtime, os.W_OK | os.X_OK):
        wanted = str(Path(runtime) / "forked-kernels")
    folder = Path(wanted or Path(tempfile.gettempdir()) / f"forked-kernels-{os.getuid()}").absolute()
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        raise RefusedError(f"{folder}: too long a path for unix sockets; set XDG_RUNTIME_DIR to a shorter one")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise RefusedError(f"{folder}: {error.strerror}") from None
    if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode) or status.st_mode & 0o077:
        raise RefusedError(f"{folder}: not a folder that is yours alone; remove it, or set XDG_RUNTIME_DIR")
    return folder


def sockets_folder(runtime: Path) -> tuple[Path, int]:
    """Make a folder for one kernel's sockets, and a descriptor that tells others it is in use until it is closed."""
    making = os.open(runtime, os.O_RDONLY)
    try:
        # Nobody sweeps between the making of a folder and the sign that it is in use.
        fcntl.flock(making, fcntl.LOCK_EX)
        sweep(runtime)
        folder = Path(tempfile.mkdtemp(prefix="k-", dir=runtime))
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_SH)
    finally:
        os.close(making)
    return folder, held


def sweep(runtime: Path) -> None:
    """Remove sockets' folders whose client was killed together with the guardian, and logs of long ago."""
    now = time.time()
    for entry in runtime.iterdir():
        with contextlib.suppress(OSError):  # in use, or another client removes it at the same time
            age = now - entry.lstat().st_mtime
            if entry.suffix in {".lock", ".log"} and age > _FORGOTTEN_S:
                entry.unlink()
            elif entry.name.startswith("k-"):
                _remove_unused(entry)


def _remove_unused(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(number)
