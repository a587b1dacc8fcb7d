"""A server that takes webhooks and writes down which. Port 0 is any free one.

Run `python -m bench._receiver PORT FILE`. The id of a message is in the file before its answer goes out, so
that a server killed at any moment has said yes to nothing it does not know. A newly started one writes on
in the same file.
"""

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class _Line(asyncio.Protocol):
    """One connection: request after request."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of a kind of their own

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self._held) < end + 4 + length:
                return
            os.write(self._file, head.split(b"webhook-id:")[1].split(b"\r\n")[0].strip() + b"\n")
            self._held = self._held[end + 4 + length :]
            self._transport.write(ANSWER)


async def _serve(port: int, path: Path) -> None:
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server = await asyncio.get_running_loop().create_server(lambda: _Line(file), sock=listening)
    print(listening.getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
