"""What a client and a guardian say to each other over a unix socket: one request with descriptors, then lines."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

_LENGTH = struct.Struct("!I")
STREAMS = 3
"""Descriptors that go with a request: standard input, output and error."""


class GoneError(Exception):
    """The other side hung up."""


class RefusedError(Exception):
    """No kernel can be forked; the message says why."""


@dataclass(frozen=True)
class Request:
    """What a kernel takes over from the process that asked for it.

    Parameters
    ----------
    arguments : list of str
        Of ``ipykernel_launcher``.
    environment : dict
        The whole of it, in place of the parent's.
    folder : str
        To work in.
    umask : int
    client : int
        Process id of who asks.
    sockets : str
        Folder of the kernel's message sockets, removed when the client ends without having done so.
    memory : int
        Bytes of private memory that the kernel may have; 0: as many as its client.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    umask: int
    client: int
    sockets: str
    memory: int

    def packed(self) -> bytes:
        """The request as it is sent."""
        body = json.dumps(asdict(self)).encode()
        return _LENGTH.pack(len(body)) + body


def receive(connection: socket.socket) -> tuple[Request, list[int]]:
    """Read a request and its descriptors from a blocking socket.

    Raises
    ------
    GoneError
        When the client hangs up before it has said all.
    """
    head, streams, _, _ = socket.recv_fds(connection, _LENGTH.size, STREAMS)
    head += _exactly(connection, _LENGTH.size - len(head))
    body = _exactly(connection, _LENGTH.unpack(head)[0])
    return Request(**json.loads(body)), streams


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, 1 << 16))
        if not part:
            raise GoneError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def line(**said: Any) -> bytes:
    """One message as it is sent."""
    return json.dumps(said).encode() + b"\n"


class Lines:
    """Puts messages together from what a socket delivers piecemeal."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, received: bytes) -> Iterator[dict[str, Any]]:
        """Give the messages that are complete."""
        *whole, self._rest = (self._rest + received).split(b"\n")
        for one in whole:
            yield json.loads(one)
