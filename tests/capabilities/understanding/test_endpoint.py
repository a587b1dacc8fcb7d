"""The optional large model: off unless configured, shown nothing personal, and never trusted to behave."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from yuzhi.capabilities.understanding.endpoint import HEAD, Endpoint, LargeModel

MESSAGE = "我叫王建国，电话13912345678，住3栋2单元501室，小区路灯坏了"


def answer(text: object) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


@asynccontextmanager
async def model_that(
    says: bytes,
    *,
    status: str = "200 OK",
    wait: float = 0,
    drip: bool = False,
    hang_up: bool = False,
    patience: float = 20,
) -> AsyncIterator[tuple[Endpoint, list[bytes]]]:
    """Serve one fixed answer on a port of this machine; yield the endpoint and what was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            asked.append(head + await reader.readexactly(size))
            await asyncio.sleep(wait)
            if not hang_up:
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Length: {len(says)}\r\nConnection: close\r\n\r\n".encode()
                )
                for at in range(len(says)) if drip else ():
                    writer.write(says[at : at + 1])
                    await writer.drain()
                    await asyncio.sleep(0.05)
                if not drip:
                    writer.write(says)
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Endpoint(f"http://127.0.0.1:{port}/v1", "any", key="secret", timeout=patience), asked


async def test_it_is_off_by_default() -> None:
    model = LargeModel(None)
    assert not model.is_on
    assert (await model.summarise(MESSAGE)).problem == "off"


async def test_what_it_writes_is_marked_and_what_it_reads_names_nobody() -> None:
    async with model_that(answer("居民反映路灯损坏。<think>想一想</think>联系13912345678")) as (
        endpoint,
        asked,
    ):
        written = await LargeModel(endpoint).summarise(MESSAGE)
    assert written.text.startswith(HEAD)
    assert "路灯损坏" in written.text
    assert "139" not in written.text
    head, body = asked[0].split(b"\r\n\r\n", 1)
    assert b"POST /v1/chat/completions" in head
    assert b"Bearer secret" in head
    sent = json.loads(body)["messages"][1]["content"]
    assert "路灯坏了" in sent
    assert not any(part in sent for part in ("王建国", "13912345678", "501"))


async def test_a_draft_is_given_its_sources() -> None:
    async with model_that(answer("初稿")) as (endpoint, asked):
        written = await LargeModel(endpoint).draft(MESSAGE, ("路灯三日内修复",))
    assert written.text == f"{HEAD}\n初稿"
    assert "路灯三日内修复" in json.loads(asked[0].split(b"\r\n\r\n", 1)[1])["messages"][1]["content"]


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        (b"<html>oops</html>", "not an answer"),
        (b"\xff\xfe\x00", "not an answer"),
        (b'{"choices": []}', "not an answer"),
        (b'{"choices": [{"message": "text"}]}', "not an answer"),
        (answer(None), "empty"),
        (answer("  <think>only thoughts</think> "), "empty"),
        (b" " * 2_000_000, "unreachable: ValueError"),
    ],
)
async def test_a_bad_answer_is_a_reason(says: bytes, problem: str) -> None:
    async with model_that(says) as (endpoint, _):
        written = await LargeModel(endpoint).summarise(MESSAGE)
    assert (written.text, written.problem) == ("", problem)


async def test_an_error_status_is_a_reason() -> None:
    async with model_that(b"{}", status="503 Service Unavailable") as (endpoint, _):
        assert (await LargeModel(endpoint).summarise(MESSAGE)).problem == "status 503"


@pytest.mark.parametrize("drip", [False, True])
async def test_a_slow_answer_is_not_waited_for(drip: bool) -> None:
    began = time.monotonic()
    slow = model_that(answer("慢" * 50), wait=0 if drip else 30, drip=drip, patience=0.5)
    async with slow as (endpoint, _):
        assert (await LargeModel(endpoint).summarise(MESSAGE)).problem == "timeout"
    assert time.monotonic() - began < 6


async def test_no_answer_is_a_reason() -> None:
    async with model_that(b"", hang_up=True) as (endpoint, _):
        assert (await LargeModel(endpoint).summarise(MESSAGE)).problem.startswith("unreachable")
    assert (await LargeModel(endpoint).summarise(MESSAGE)).problem.startswith("unreachable")
    assert (await LargeModel(Endpoint("no address", "any")).summarise(MESSAGE)).problem.startswith(
        "unreachable"
    )
