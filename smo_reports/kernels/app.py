"""ipykernel's application, which drops no output: run as ``python -m smo_reports.kernels.app -f CONNECTION_FILE``."""

from __future__ import annotations

import json
from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session, json_packer
from traitlets import default


def packed(message: Any) -> bytes:
    r"""A message as JSON. Halves of characters, which UTF-8 has no room for, become question marks.

    >>> packed({"text": "half of \ud83d"})
    b'{"text": "half of ?"}'
    """
    try:
        return json_packer(message)
    except UnicodeEncodeError:
        return json.dumps(message, default=json_default, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


class WholeOutput(IPKernelApp):  # type: ignore[misc,unused-ignore]
    """A kernel whose output arrives, whatever is in it, and waits for a slow reader as its memory allows.

    ZeroMQ drops what a subscriber has not taken once a thousand messages wait; jupyter_client drops text that is no
    UTF-8. Neither says so to anybody who reads the notebook.
    """

    @default("session")
    def _session_that_writes_anything(self) -> Session:
        return Session(parent=self, packer=f"{__package__}.app.packed")  # type: ignore[no-untyped-call,unused-ignore]

    def _bind_socket(self, s: Any, port: int) -> int:
        if s.type == zmq.PUB:
            s.sndhwm = 0  # before it is bound: later it would not count
        return int(super()._bind_socket(s, port))  # type: ignore[no-untyped-call,unused-ignore]


if __name__ == "__main__":
    WholeOutput.launch_instance()
