"""Posting to servers that answer, refuse, hang, drop, half-close, flood or speak no HTTP at all."""

import asyncio
import socket

import pytest

from fakes.servers import OK, Asked, a_line, a_web, answer
from yuzhi.capabilities.deliveries import Undelivered
from yuzhi.capabilities.deliveries._hosts import Hosts
from yuzhi.capabilities.deliveries._http import Limits, Poster

QUICK = Limits(connect=0.5, read=0.3, total=0.8, most_bytes=10_000)


def poster(port: int, limits: Limits = QUICK) -> Poster:
    return Poster(Hosts([f"http://127.0.0.1:{port}"]), limits=limits)


async def reason(made: Poster, url: str) -> str:
    with pytest.raises(Undelivered) as caught:
        await made.post(url, {}, b"{}")
    made.close()
    return caught.value.reason


async def test_an_answer_comes_back_whole_and_connections_are_used_again() -> None:
    async with a_web(lambda _: answer(207, {"a": "字"}, x_more="1")) as web:
        made = poster(web.port)
        for n in range(3):
            got = await made.post(f"{web.url}?n={n}", {"x-given": "y"}, "体".encode())
            assert (got.status, got.headers["x-more"]) == (207, "1")
            assert "字" in got.body.decode("unicode-escape")
        assert web.connections == 1
        assert [one.target for one in web.asked] == ["/hook?n=0", "/hook?n=1", "/hook?n=2"]
        assert web.asked[0].headers["host"] == f"127.0.0.1:{web.port}"
        assert (web.asked[0].body.decode(), web.asked[0].headers["x-given"]) == ("体", "y")
        made.close()


@pytest.mark.parametrize(
    ("misdeed", "told"),
    [
        ("hang", "http.timed_out"),
        ("dribble", "http.timed_out"),
        ("drop", "http.closed"),
        ("half", "http.unreadable"),
        ("half-close", "http.closed"),
        ("reset", "http.closed"),
        ("huge", "http.too_large"),
        ("endless-head", "http.unreadable"),
    ],
)
async def test_misdeeds(misdeed: str, told: str) -> None:
    async with a_web(lambda _: misdeed) as web:
        began = asyncio.get_running_loop().time()
        assert await reason(poster(web.port), web.url) == told
        assert asyncio.get_running_loop().time() - began < 2


@pytest.mark.parametrize(
    "spoken", [b"\x00\xff\xfe" * 100, b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"{}\n"]
)
async def test_what_is_no_http(spoken: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(spoken)
        await writer.drain()

    async with a_line(serve) as port:
        assert await reason(poster(port), f"http://127.0.0.1:{port}/") == "http.unreadable"


async def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert await reason(poster(port), f"http://127.0.0.1:{port}/") == "http.no_connection"


async def test_a_server_that_takes_no_more_connections() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        told = await reason(poster(port), f"http://127.0.0.1:{port}/")
        assert told in {"http.no_connection", "http.timed_out"}
        for one in held:
            one.close()


async def test_a_connection_closed_while_idle_is_made_anew() -> None:
    async with a_web(lambda _: "silent-close") as web:
        made = poster(web.port)
        for _ in range(3):
            assert (await made.post(web.url, {}, b"{}")).status == 200
            await asyncio.sleep(0.05)
        assert web.connections == 3
        made.close()


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with a_web(lambda _: answer(302, location="http://127.0.0.1:1/")) as web:
        made = poster(web.port)
        assert (await made.post(web.url, {}, b"{}")).status == 302
        assert len(web.asked) == 1
        made.close()


async def test_an_answer_may_end_with_the_connection() -> None:
    def behaves(_: Asked) -> bytes:
        return b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(behaves(Asked("", {}, b"")))
        await writer.drain()

    async with a_line(serve) as port:
        made = poster(port)
        assert (await made.post(f"http://127.0.0.1:{port}/", {}, b"{}")).body == b"{}"
        made.close()


async def test_a_hundred_at_once() -> None:
    async with a_web(lambda _: OK) as web:
        made = poster(web.port, Limits())
        got = await asyncio.gather(*(made.post(web.url, {}, b"{}") for _ in range(100)))
        assert {one.status for one in got} == {200}
        made.close()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://169.254.169.254/", "nonsense", "https://x\n.org"]
)
async def test_only_named_servers_are_called(url: str) -> None:
    with pytest.raises(Undelivered) as caught:
        await poster(2).post(url, {}, b"{}")
    assert (caught.value.reason, caught.value.is_final) == ("http.host_not_named", True)
