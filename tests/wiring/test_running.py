"""Where the API listens."""

import asyncio
import socket
from pathlib import Path

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.settings import Settings
from yuzhi.wiring.running import listen


def settings(home: Path, port: int = 0) -> Settings:
    return Settings(home=home, host="127.0.0.1", port=port)


async def test_answers_do_not_wait_for_the_browser_to_acknowledge(tmp_path: Path) -> None:
    met: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await met.put(writer)

    listening = listen(settings(tmp_path))
    async with await asyncio.start_server(meet, sock=listening):
        _, browser = await asyncio.open_connection(*listening.getsockname())
        server = await met.get()
        line = server.get_extra_info("socket")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for end in (browser, server):
            end.close()
            await end.wait_closed()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with listen(settings(tmp_path)) as taken, pytest.raises(Refusal) as refused:
        listen(settings(tmp_path, taken.getsockname()[1]))
    assert refused.value.code == "server.cannot_listen"
