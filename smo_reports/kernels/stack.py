"""What a parent imports, and the proof that nothing of it would be broken by a fork."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import warnings
from collections.abc import Iterable

from smo_reports.kernels.linux import descriptors, threads

_START_UP = (
    "ipykernel_launcher",
    "ipykernel.debugger",
    "ipykernel.zmqshell",
    "IPython.core.completer",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "debugpy.server.api",
    "faulthandler",
    "pdb",
    "psutil",
    "tornado.platform.asyncio",
)
"""What a kernel imports by itself until it answers; found by comparing ``sys.modules``."""


class UnfitError(Exception):
    """A fork of this process would be broken."""


def preload(modules: Iterable[str]) -> None:
    """Import what every kernel needs, and more; a module that is not installed costs only what it would have saved.

    Raises
    ------
    UnfitError
        When a module fails while it is imported.
    """
    for name in [*_START_UP, *modules]:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            print(f"not preloaded: {error}", file=sys.stderr)  # noqa: T201 - to the parent's log
        except Exception as error:
            raise UnfitError(f"preloading {name} failed ({type(error).__name__}: {error})") from error


def settle(listener: int) -> None:
    """Make sure that a fork copies nothing that lives outside this thread.

    Raises
    ------
    UnfitError
        When preloading left a thread, a file or a socket behind.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # Its handlers for forks end the threads that OpenBLAS started when it was imported; it starts them anew
        # in the kernel that first needs them, as many as an ordinary kernel has.
        probe = os.fork()
    if not probe:
        os._exit(0)
    os.waitpid(probe, 0)
    running = threads()
    if len(running) > 1:
        raise UnfitError(f"preloading started threads ({', '.join(sorted(running)[1:])}), which a fork would lose")
    left = {to for number, to in descriptors().items() if number > 2 and number != listener}
    if left:
        raise UnfitError(f"preloading left {', '.join(sorted(left))} open, which kernels would share")
    gc.collect()
    gc.freeze()
