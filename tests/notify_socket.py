"""What systemd is to a service: a socket that takes its messages."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

PATIENCE = 30.0


class Listener:
    """A socket that takes messages; `environment` is what a service gets to know of it."""

    def __init__(self, taken: socket.socket, address: str) -> None:
        self._socket = taken
        self.environment = {"NOTIFY_SOCKET": address}

    def received(self) -> list[list[str]]:
        """Return the messages that have come and were not returned before, each as its lines."""
        found = []
        self._socket.setblocking(False)
        try:
            while True:
                found.append(self._socket.recv(4096).decode().split("\n"))
        except BlockingIOError:
            return found

    async def next(self) -> list[str]:
        """Wait for the next message, and return its lines."""
        self._socket.setblocking(False)
        async with asyncio.timeout(PATIENCE):
            return (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode().split("\n")


@contextmanager
def listening(*, abstract: bool = False) -> Iterator[Listener]:
    """Listen at a file, or at an address without one."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taken:
        address = f"@regbot-{uuid4()}" if abstract else str(Path(folder) / "notify")
        taken.bind(address.replace("@", "\0", 1) if abstract else address)
        yield Listener(taken, address)
