"""Where the API listens, and with how many processes."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import httpx
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


async def test_several_processes_serve_and_end_with_the_first(fresh_database: str, tmp_path: Path) -> None:
    told = {
        "YUZHI_HOME": str(tmp_path), "YUZHI_DATABASE_URL": fresh_database, "YUZHI_PORT": "0",
        "YUZHI_WORKERS": "2",
    }  # fmt: skip
    serving = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("yuzhi"), "serve", "--json", env={**os.environ, **told},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert serving.stdout is not None
    async with asyncio.timeout(60):
        try:
            address = json.loads(await serving.stdout.readuntil(b"}"))["serving"]
            async with httpx.AsyncClient(base_url=address) as client:
                assert (await client.get("/health/ready")).status_code == 200
        finally:
            serving.kill()
        # They hold its output open as long as they live.
        await serving.stdout.read()
        await serving.wait()
    with listen(settings(tmp_path, httpx.URL(address).port or 0)) as again:
        assert again.fileno() >= 0
