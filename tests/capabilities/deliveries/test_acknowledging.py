"""What the other side says became of a message: signed, believed once, and its failures are failures."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fakes.mailroom import BOSS, SECRET, Mailroom, a_mailroom, close
from fakes.people import ROADS
from fakes.servers import a_web
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries import acknowledge
from yuzhi.capabilities.deliveries._claims import MOST_ATTEMPTS
from yuzhi.capabilities.deliveries._signing import secret_of, signed_headers

KEY = secret_of(SECRET)
TOOK = b"HTTP/1.1 204 No Content\r\n\r\n"
NOBODY = UUID(int=99)


@pytest.fixture
async def mail(pool: asyncpg.Pool, tmp_path: Path) -> AsyncIterator[Mailroom]:
    """A post room whose webhook took one letter."""
    async with a_web(lambda _: TOOK) as web:
        made = a_mailroom(
            pool,
            tmp_path,
            f"""
[channels.hook]
kind = "webhook"
to = ["units"]
hosts = ["http://127.0.0.1:{web.port}"]
secrets = ["{SECRET}"]
units = {{ {ROADS} = "{web.url}" }}
digest_minutes = 10

[channels.drop]
kind = "maildrop"
to = ["units"]
folder = "{tmp_path}"
""",
        )
        await made.open()
        await made.post()
        await made.carry("hook")
        yield made
        close(made)


async def say(mail: Mailroom, body: Any, *, channel: str = "hook", key: bytes = KEY, **late: float) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = signed_headers((key,), "ack-1", mail.watch.at + timedelta(**late), raw)
    return await acknowledge(mail.room, channel, headers, raw, mail.watch.at)


async def test_what_arrived_is_acknowledged_and_saying_it_twice_changes_nothing(mail: Mailroom) -> None:
    told = {"id": str((await mail.one("hook"))["id"]), "outcome": "delivered"}
    assert await say(mail, told) == 1
    first = await mail.one("hook")
    assert (first["state"], first["acknowledged_at"], first["next_at"]) == (
        "acknowledged",
        mail.watch.at,
        None,
    )
    mail.watch.later(minutes=1)
    assert await say(mail, told) == 1
    assert await mail.one("hook") == first
    assert await say(mail, {**told, "outcome": "failed"}) == 1
    assert await mail.one("hook") == first, "what arrived stays so"


async def test_what_failed_after_all_is_tried_again(mail: Mailroom) -> None:
    id_ = (await mail.one("hook"))["id"]
    await say(mail, {"id": str(id_), "outcome": "failed", "reason": "phone is off"})
    row = await mail.one("hook")
    assert (row["state"], row["last_reason"]) == ("queued", "reported: phone is off")
    assert await mail.reasons("hook") == [("failed", "reported: phone is off")]
    mail.watch.at = row["next_at"]
    assert (await mail.carry("hook")).sent == 1
    assert (await mail.one("hook"))["attempts"] == 2


async def test_what_failed_for_good_is_an_alarm(mail: Mailroom) -> None:
    id_ = (await mail.one("hook"))["id"]
    await say(mail, {"id": str(id_), "outcome": "failed", "reason": "no such number", "final": True})
    assert (await mail.one("hook"))["state"] == "dead"
    # The other way, the folder, is still open; nobody is alarmed until that one ends too.
    assert await mail.alarms() == []
    await mail.room.pool.execute("update delivery set state = 'dead', next_at = null where channel = 'drop'")
    await mail.room.pool.execute("update delivery set state = 'sent' where channel = 'hook'")
    await say(mail, {"id": str(id_), "outcome": "failed", "final": True})
    assert await mail.alarms() == [BOSS]


async def test_a_message_of_many_letters_is_acknowledged_for_all(mail: Mailroom) -> None:
    for n in range(3):
        await mail.open(n=4 + 6 * n)
    await mail.post()
    mail.watch.later(minutes=10)
    await mail.carry("hook")
    message = await mail.room.pool.fetchval("select distinct message from delivery where message is not null")
    assert await say(mail, {"id": str(message), "outcome": "delivered"}) == 3
    assert await mail.states("hook") == ["acknowledged"] * 3 + ["sent"]


async def test_failures_that_are_reported_come_to_an_end(mail: Mailroom) -> None:
    for _ in range(MOST_ATTEMPTS):
        row = await mail.one("hook")
        await say(mail, {"id": str(row["id"]), "outcome": "failed"})
        mail.watch.later(hours=7)
        await mail.carry("hook")
    assert (await mail.one("hook"))["state"] == "dead"


@pytest.mark.parametrize(
    ("body", "channel", "key", "late", "code"),
    [
        ({"id": str(NOBODY), "outcome": "delivered"}, "hook", KEY, {}, "delivery.unknown"),
        ({"id": str(NOBODY), "outcome": "delivered"}, "none", KEY, {}, "channel.unknown"),
        ({"id": str(NOBODY), "outcome": "delivered"}, "drop", KEY, {}, "channel.unknown"),
        ({"id": str(NOBODY), "outcome": "delivered"}, "hook", b"x" * 32, {}, "signature.wrong"),
        ({"id": str(NOBODY), "outcome": "delivered"}, "hook", KEY, {"minutes": -6}, "signature.too_old"),
        ({"id": str(NOBODY), "outcome": "delivered"}, "hook", KEY, {"minutes": 6}, "signature.too_old"),
        ({"id": "x", "outcome": "delivered"}, "hook", KEY, {}, "acknowledgement.malformed"),
        ({"id": str(NOBODY), "outcome": "maybe"}, "hook", KEY, {}, "acknowledgement.malformed"),
        (b"", "hook", KEY, {}, "acknowledgement.malformed"),
        (b"\xff\xfe{}", "hook", KEY, {}, "acknowledgement.malformed"),
        (b"[" * 20_000, "hook", KEY, {}, "acknowledgement.malformed"),
    ],
)
async def test_what_is_not_believed(
    mail: Mailroom, body: Any, channel: str, key: bytes, late: dict[str, float], code: str
) -> None:
    before = await mail.one("hook")
    with pytest.raises(Refusal) as refused:
        await say(mail, body, channel=channel, key=key, **late)
    assert refused.value.code == code
    assert await mail.one("hook") == before
