"""ipykernel's application, which drops no output: run as ``python -m smo_reports.kernels.app -f CONNECTION_FILE``."""

from __future__ import annotations

from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp


class WholeOutput(IPKernelApp):  # type: ignore[misc,unused-ignore]
    """A kernel whose output waits for a slow reader, as its memory allows, instead of being dropped unsaid.

    ZeroMQ drops what a subscriber has not taken once a thousand messages wait.
    """

    def _bind_socket(self, s: Any, port: int) -> int:
        if s.type == zmq.PUB:
            s.sndhwm = 0  # before it is bound: later it would not count
        return int(super()._bind_socket(s, port))  # type: ignore[no-untyped-call,unused-ignore]


if __name__ == "__main__":
    WholeOutput.launch_instance()
