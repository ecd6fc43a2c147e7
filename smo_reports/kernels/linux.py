"""What the standard library lacks of Linux: a process's name, its parent's death, and whose children are whose."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
from collections.abc import Collection
from pathlib import Path

_SET_PDEATHSIG, _SET_NAME, _SET_CHILD_SUBREAPER = 1, 15, 36


def _prctl(option: int, value: int | bytes) -> None:
    """Call prctl(2).

    Raises
    ------
    OSError
        When the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    argument = ctypes.c_char_p(value) if isinstance(value, bytes) else ctypes.c_ulong(value)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, argument, zero, zero, zero):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def name_process(name: str) -> None:
    """Set the name that ``ps`` shows of this process; 15 bytes of it are kept."""
    _prctl(_SET_NAME, name.encode()[:15])


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, however many levels below."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when the parent ends; at once when it has ended already.

    Parameters
    ----------
    parent : int
        Process id that forked this one, from its only thread: the signal comes when that thread ends.
    """
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _children() -> list[int]:
    """Ids of this process's children, zombies included."""
    mine, found = os.getpid(), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended meanwhile
                # pid (name) state parent ...: a name may hold spaces and brackets, so count from its end.
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
                if int(fields[1]) == mine:
                    found.append(int(entry.name))
    return found


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_children(but: Collection[int] = ()) -> None:
    """Kill this process's children and everything below them, and wait until they are gone.

    The caller must adopt orphans: each round's victims then leave their own children to the next one.

    Parameters
    ----------
    but : collection of int
        Children that stay.
    """
    while _has_children():
        victims = [child for child in _children() if child not in but]
        if not victims:
            return
        for child in victims:
            os.kill(child, signal.SIGKILL)
        for child in victims:
            os.waitpid(child, 0)


def signal_group(leader: int, number: int) -> None:
    """Signal a child and its process group; only the child while it leads none yet.

    The caller must not have waited for the child: until then nobody else can have its id.
    """
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        os.kill(leader, number)
    except OSError as error:
        # Of a group that holds another user's processes (sudo) at least the kernel is reached.
        if error.errno != errno.EPERM:
            raise
        os.kill(leader, number)


def limit_memory(most: int) -> None:
    """Make allocations fail once this process would hold more private memory.

    Writable private addresses are what Linux can limit (``RLIMIT_DATA``). Unlike all addresses (``RLIMIT_AS``) they
    leave out mapped files, libraries and reservations that cannot be written to; those that were set aside but not yet
    used are added to the limit, so that it is one of memory, whatever the parent's libraries have set aside.

    Parameters
    ----------
    most : int
        Bytes.
    """
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    addresses, held = (int(fields[name].split()[0]) * 1024 for name in ("VmData", "RssAnon"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = most + max(0, addresses - held)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, soft))


def threads() -> list[str]:
    """Names of this process's threads, those that Python does not know included."""
    return [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()]


def descriptors() -> dict[int, str]:
    """What each open descriptor of this process leads to."""
    found = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - a Path's iterator names folders, we need numbers
        with contextlib.suppress(OSError):  # the listing's own
            found[int(name)] = str(Path("/proc/self/fd", name).readlink())
    return found
