"""Letters through channels, from the outbox to servers of this machine that behave well or badly."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from fakes.mailroom import BOSS, SECRET, Mailroom, a_mailroom, close
from fakes.people import ROADS, SOMEBODY, WATER, resident
from fakes.servers import Asked, Web, a_post, a_web, answer
from fakes.walk import MONDAY, SHANGHAI
from yuzhi.capabilities.deliveries._alarms import raise_alarms
from yuzhi.capabilities.deliveries._claims import LEASE, MOST_ATTEMPTS, claim, resend
from yuzhi.capabilities.deliveries._signing import check, secret_of
from yuzhi.capabilities.matters import NewMatter, open_matter
from yuzhi.capabilities.vault import Person

TOOK = b"HTTP/1.1 204 No Content\r\n\r\n"


def hook(web: Web, more: str = "", name: str = "hook", to: str = "units") -> str:
    return f"""
[channels.{name}]
kind = "webhook"
to = ["{to}"]
hosts = ["http://127.0.0.1:{web.port}"]
secrets = ["{SECRET}"]
units = {{ {WATER} = "{web.url}", {ROADS} = "{web.url}" }}
{more}
"""


@asynccontextmanager
async def opened(pool: asyncpg.Pool, folder: Path, toml: str) -> AsyncIterator[Mailroom]:
    made = a_mailroom(pool, folder, toml)
    try:
        yield made
    finally:
        close(made)


async def test_a_unit_is_told_in_its_inbox_and_by_its_channel(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        assert (await mail.post()).sent == 1
        assert await pool.fetchval("select unit from notice") == ROADS
        assert (await mail.carry("hook")).sent == 1
        (asked,) = web.asked
        delivery = await mail.one("hook")
        assert check((secret_of(SECRET),), asked.headers, asked.body, mail.watch.at) == str(delivery["id"])
        assert asked.json["data"]["unit"] == ROADS
        assert asked.json["data"]["title"].startswith("请 roads office 办理")
        assert (delivery["state"], delivery["attempts"]) == ("sent", 1)
        assert (await mail.carry("hook")).claimed == 0


async def test_every_unit_with_a_part_is_told(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """Whoever is given a matter is told of it, the second unit as well as the first."""
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open(n=0)
        await mail.open(n=1)
        await mail.post()
        await mail.carry("hook")
        assert sorted(asked.json["data"]["unit"] for asked in web.asked) == [ROADS, WATER]
        rows = await pool.fetch("select unit from notice where unit <> '' order by 1")
        assert [row["unit"] for row in rows] == [ROADS, WATER]


@pytest.mark.parametrize(
    ("misdeed", "reason"),
    [
        ("hang", "http.timed_out"), ("reset", "http.closed"), ("half", "http.unreadable"),
        ("dribble", "http.timed_out"), ("huge", "http.too_large"),
        (answer(500), "http.status_500"), (answer(403), "http.status_403"),
    ],
)  # fmt: skip
async def test_a_server_that_misbehaves_is_tried_again_and_gets_it_in_the_end(
    pool: asyncpg.Pool, tmp_path: Path, misdeed: bytes | str, reason: str
) -> None:
    turns: list[bytes | str] = [misdeed, misdeed, TOOK]
    async with a_web(lambda _: turns.pop(0)) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        await mail.post()
        waits = []
        for _ in range(2):
            assert (await mail.carry("hook")).failed == 1
            row = await mail.one("hook")
            assert (row["state"], row["last_reason"]) == ("queued", reason)
            waits.append((row["next_at"] - mail.watch.at).total_seconds())
            assert (await mail.carry("hook")).claimed == 0, "not before its time"
            mail.watch.at = row["next_at"]
        assert waits == [5, 10]
        assert (await mail.carry("hook")).sent == 1
        assert await mail.reasons("hook") == [("failed", reason), ("failed", reason), ("sent", "")]
        ids = {asked.headers["webhook-id"] for asked in web.asked}
        assert len(ids) == 1, "the receiver knows it for the same message"


async def test_a_server_that_is_away_and_comes_back(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, hook(web)) as mail:
        await web.stop()
        await mail.open()
        await mail.post()
        await mail.carry("hook")
        assert (await mail.one("hook"))["last_reason"] == "http.no_connection"
        await web.start()
        mail.watch.later(seconds=6)
        assert (await mail.carry("hook")).sent == 1


async def test_one_channels_trouble_is_not_anothers(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: answer(500)) as bad, a_web(lambda _: TOOK) as good:
        toml = hook(bad, name="bad") + hook(good, name="good")
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open()
            await mail.post()
            await asyncio.gather(mail.carry("bad"), mail.carry("good"))
            assert (await mail.states("bad"), await mail.states("good")) == (["queued"], ["sent"])


async def tried_to_death(mail: Mailroom, channel: str) -> None:
    """Try until nothing is tried any more."""
    for _ in range(MOST_ATTEMPTS):
        await mail.carry(channel)
        mail.watch.later(hours=7)


async def test_a_letter_that_nobody_takes_is_dead_with_an_alarm_and_sent_again(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    says: list[bytes] = [answer(500)]
    async with a_web(lambda _: says[0]) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        await mail.post()
        await tried_to_death(mail, "hook")
        row = await mail.one("hook")
        assert (row["state"], row["attempts"], row["next_at"]) == ("dead", MOST_ATTEMPTS, None)
        assert await mail.alarms() == [BOSS]
        await mail.post()
        told = await pool.fetchrow("select title, body from notice where unit = $1", BOSS)
        assert "未能送达" in told["title"]
        assert "http.status_500" in told["body"]
        assert "roads office" in told["body"]

        says[0] = TOOK
        assert await resend(pool, row["id"], mail.watch.at)
        assert (await mail.carry("hook")).sent == 1
        assert await mail.alarms() == [BOSS]


async def test_what_is_sent_again_and_lost_again_is_alarmed_about_again(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with a_web(lambda _: answer(410)) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        await mail.post()
        await mail.carry("hook")
        row = await mail.one("hook")
        assert (row["state"], row["last_reason"]) == ("dead", "http.status_410")
        assert await mail.alarms() == [BOSS]
        await resend(pool, row["id"], mail.watch.at)
        await mail.carry("hook")
        assert await mail.alarms() == [BOSS, BOSS]


async def test_a_carrier_that_never_comes_back_ends_in_an_alarm(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        await mail.post()
        for _ in range(MOST_ATTEMPTS):
            assert len(await claim(pool, mail.watch.at, 10, channel="hook")) == 1  # and dies with it
            mail.watch.at += LEASE
        assert (await mail.carry("hook")).claimed == 0
        row = await mail.one("hook")
        assert (row["state"], row["last_reason"]) == ("dead", "carrier.never_came_back")
        assert await mail.alarms() == [BOSS]
        assert web.asked == []


async def test_no_alarm_while_another_way_is_open(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: answer(410)) as web, a_web(lambda _: TOOK) as good:
        toml = hook(web, name="bad") + hook(good, name="good")
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open()
            await mail.post()
            await mail.carry("bad")
            assert await mail.states("bad") == ["dead"]
            assert await mail.alarms() == []
            await mail.carry("good")
            assert await mail.alarms() == []


async def test_when_both_last_ways_end_at_the_same_moment_there_is_one_alarm(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    """Neither transaction sees what the other did, unless one waits for the other."""
    async with a_web(lambda _: TOOK) as web:
        toml = hook(web, name="one") + hook(web, name="other")
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open()
            await mail.post()
            async with pool.acquire() as other:

                async def second() -> int:
                    async with other.transaction():
                        lost = await killed(other, "other")
                        return await raise_alarms(other, [lost], mail.room.told, mail.watch.at)

                async with pool.acquire() as one, one.transaction():
                    first = await raise_alarms(one, [await killed(one, "one")], mail.room.told, mail.watch.at)
                    waiting = asyncio.create_task(second())
                    await asyncio.sleep(0.2)
                assert (first, await waiting) == (0, 1)
            assert await mail.alarms() == [BOSS]


async def killed(conn: asyncpg.Connection, channel: str) -> UUID:
    """Let a channel's only delivery fail for good, in the caller's transaction."""
    found = await conn.fetchval(
        "update delivery set state = 'dead', next_at = null where channel = $1 returning id", channel
    )
    assert isinstance(found, UUID)
    return found


async def test_who_took_it_and_never_said_that_it_arrived(pool: asyncpg.Pool, tmp_path: Path) -> None:
    """A server that takes messages and drops them, where it promised to say what became of them."""
    async with (
        a_web(lambda _: TOOK) as web,
        opened(pool, tmp_path, hook(web, "acknowledged_minutes = 30")) as mail,
    ):
        await mail.open()
        await mail.post()
        assert (await mail.carry("hook")).sent == 1
        assert (await mail.one("hook"))["state"] == "sent"
        mail.watch.later(minutes=29)
        assert (await mail.carry("hook")).claimed == 0
        mail.watch.later(minutes=2)
        assert (await mail.carry("hook")).sent == 1
        assert (await mail.reasons("hook"))[0] == ("failed", "acknowledgement.missing")
        for _ in range(3):
            mail.watch.later(minutes=31)
            await mail.carry("hook")
        row = await mail.one("hook")
        assert (row["state"], row["last_reason"]) == ("dead", "acknowledgement.missing")
        assert len(web.asked) == 3
        assert {asked.headers["webhook-id"] for asked in web.asked} == {str(row["id"])}
        assert await mail.alarms() == [BOSS]


async def test_e_mail_arrives_at_the_unit(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_post() as post:
        toml = f"""
[channels.mail]
kind = "email"
to = ["units"]
host = "127.0.0.1"
port = {post.port}
security = "none"
sender = "yuzhi@city.example"
units = {{ {ROADS} = "roads@city.example" }}
"""
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open()
            await mail.post()
            assert (await mail.carry("mail")).sent == 1
            assert post.to == ["roads@city.example"]


async def test_who_left_an_e_mail_address_is_written_to(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_post() as post:
        toml = f"""
[channels.mail]
kind = "email"
to = ["requesters"]
host = "127.0.0.1"
port = {post.port}
security = "none"
sender = "yuzhi@city.example"
"""
        async with opened(pool, tmp_path, toml) as mail:
            ask = NewMatter(
                procedure="request", subject="水管漏水", kind="help", channel="web",
                requester=Person(name="王小明", email="wang@mail.example"),
            )  # fmt: skip
            await open_matter(mail.room.office, ask, resident(str(UUID(int=8))), mail.watch.at)
            await mail.open(n=0)  # somebody who left a telephone only
            await mail.post()
            await mail.carry("mail")
            assert post.to == ["wang@mail.example"]


async def test_requesters_get_a_short_message_and_nobody_else_learns_the_number(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with a_web(lambda _: answer(200, {"accepted": True})) as web:
        toml = f"""
[channels.sms]
kind = "sms"
to = ["requesters"]
url = "{web.url}"
hosts = ["http://127.0.0.1:{web.port}"]
secrets = ["{SECRET}"]
"""
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open(n=0)
            await mail.post()
            assert (await mail.carry("sms")).sent == 1
            assert web.asked[0].json["to"] == "+8613800000000"
            rows = await pool.fetch("select delivery::text from delivery")
            assert not any("13800000000" in row[0] for row in rows)
            read = await pool.fetch("select distinct actor, purpose, fields from personal_access")
            assert [tuple(row) for row in read] == [("clock", "letter", ["phone"])]


# --- when people are disturbed ----------------------------------------------------------------------

NIGHT = '[quiet]\nunits = "21:00-08:00"\n'


def robot(web: Web, more: str = "") -> str:
    return f"""
[channels.group]
kind = "wecom"
to = ["units"]
hosts = ["http://127.0.0.1:{web.port}"]
units = {{ {WATER} = "{web.url}", {ROADS} = "{web.url}" }}
{more}
"""


def fine(_: Asked) -> bytes:
    return answer(200, {"errcode": 0, "errmsg": "ok"})


async def test_nobody_is_disturbed_at_night_but_the_inbox_has_it(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(fine) as web, opened(pool, tmp_path, NIGHT + robot(web)) as mail:
        mail.watch.at = datetime(2026, 3, 2, 22, 30, tzinfo=SHANGHAI)
        await mail.open()
        assert (await mail.post()).sent == 1
        assert await pool.fetchval("select count(*) from notice") == 1
        assert (await mail.carry("group")).claimed == 0
        assert (await mail.one("group"))["next_at"] == datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
        mail.watch.at = datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
        assert (await mail.carry("group")).sent == 1


async def test_what_was_late_in_the_evening_waits_for_the_morning_too(
    pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with a_web(fine) as web, opened(pool, tmp_path, NIGHT + robot(web)) as mail:
        mail.watch.at = datetime(2026, 3, 2, 20, 59, 59, tzinfo=SHANGHAI)
        await mail.open()
        await mail.post()
        mail.watch.later(seconds=2)
        done = await mail.carry("group")
        assert (done.sent, done.failed) == (0, 0)
        row = await mail.one("group")
        assert (row["state"], row["attempts"]) == ("queued", 0)
        assert row["next_at"] == datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
        assert web.asked == []


async def test_what_is_urgent_wakes_people(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(fine) as web, opened(pool, tmp_path, NIGHT + robot(web)) as mail:
        mail.watch.at = datetime(2026, 3, 2, 22, 30, tzinfo=SHANGHAI)
        await mail.open(urgency="urgent")
        await mail.post()
        assert (await mail.carry("group")).sent == 1


async def test_an_urgent_letter_wakes_people_too(pool: asyncpg.Pool, tmp_path: Path) -> None:
    toml = 'urgent_letters = ["given"]\n' + NIGHT
    async with a_web(fine) as web, opened(pool, tmp_path, toml + robot(web)) as mail:
        mail.watch.at = datetime(2026, 3, 2, 22, 30, tzinfo=SHANGHAI)
        await mail.open()
        await mail.post()
        assert (await mail.carry("group")).sent == 1


async def test_machines_do_not_sleep(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, NIGHT + hook(web)) as mail:
        mail.watch.at = datetime(2026, 3, 2, 22, 30, tzinfo=SHANGHAI)
        await mail.open()
        await mail.post()
        assert (await mail.carry("hook")).sent == 1


async def test_many_notices_to_one_unit_go_in_one_message(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(fine) as web, opened(pool, tmp_path, robot(web, "digest_minutes = 30")) as mail:
        await mail.open()
        await mail.post()
        assert (await mail.carry("group")).sent == 1, "the first one goes at once"
        for n in range(5):
            mail.watch.later(minutes=1)
            await mail.open(n=4 + 6 * n)
            await mail.post()
            assert (await mail.carry("group")).claimed == 0
        mail.watch.at = MONDAY + timedelta(minutes=30)
        assert (await mail.carry("group")).sent == 5
        single, joint = (asked.json["markdown"]["content"] for asked in web.asked)
        assert "请 roads office 办理" in single
        assert joint.startswith("### 您有 5 条通知")
        assert joint.count("请 roads office 办理") == 5
        messages = await pool.fetch("select distinct message from delivery where message is not null")
        assert len(messages) == 1


async def test_a_digest_that_fails_fails_for_all_and_none_is_lost(pool: asyncpg.Pool, tmp_path: Path) -> None:
    turns = itertools.chain([fine, lambda _: answer(500)], itertools.repeat(fine))
    says: Callable[[Asked], bytes] = lambda asked: next(turns)(asked)  # noqa: E731 - it is a parameter
    async with a_web(says) as web, opened(pool, tmp_path, robot(web, "digest_minutes = 30")) as mail:
        for n in range(4):
            await mail.open(n=1 if n == 0 else 4 + 6 * n)
            await mail.post()
            if n == 0:
                await mail.carry("group")
        mail.watch.later(minutes=30)
        assert (await mail.carry("group")).failed == 3
        mail.watch.later(minutes=1)
        assert (await mail.carry("group")).sent == 3
        assert await mail.states("group") == ["sent"] * 4
        assert len(web.asked) == 3


async def test_what_was_erased_meanwhile_is_not_sent(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web, opened(pool, tmp_path, hook(web)) as mail:
        await mail.open()
        await mail.post()
        await pool.execute("update text set body = null")
        await mail.carry("hook")
        row = await mail.one("hook")
        assert (row["state"], row["last_reason"]) == ("dead", "letter.erased")
        assert web.asked == []


async def test_a_unit_without_an_address_has_its_inbox(pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with a_web(lambda _: TOOK) as web:
        toml = hook(web).replace(f'{ROADS} = "{web.url}"', f'nobody = "{web.url}"')
        async with opened(pool, tmp_path, toml) as mail:
            await mail.open()
            await mail.post()
            assert await mail.states("hook") == []
            assert await pool.fetchval("select unit from notice") == ROADS


async def test_a_folder_takes_letters_to_everybody(pool: asyncpg.Pool, tmp_path: Path) -> None:
    toml = f"""
[channels.drop]
kind = "maildrop"
to = ["units", "requesters"]
folder = "{tmp_path}/drop"
"""
    async with opened(pool, tmp_path, toml) as mail:
        await mail.open(n=0)
        await mail.post()
        assert (await mail.carry("drop")).sent == 2
        texts = sorted(one.read_text(encoding="utf-8") for one in (tmp_path / "drop").glob("*.md"))
        assert [text.partition("\n")[0] for text in texts] == [f"To: requester:{SOMEBODY}", "To: unit:water"]


async def test_a_folder_that_is_full_is_tried_again(pool: asyncpg.Pool, tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("a file where the folder should be", encoding="utf-8")
    toml = f'[channels.drop]\nkind = "maildrop"\nto = ["units"]\nfolder = "{tmp_path}/drop"\n'
    async with opened(pool, tmp_path, toml) as mail:
        await mail.open()
        await mail.post()
        assert (await mail.carry("drop")).failed == 1
        (tmp_path / "drop").unlink()
        mail.watch.later(minutes=1)
        assert (await mail.carry("drop")).sent == 1
