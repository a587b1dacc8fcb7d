"""Mail by a real SMTP connection: into the box, out of it, a matter each, whatever comes again."""

import asyncio
import os
import smtplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import uvloop

from fakes.broker import free_port
from fakes.certificates import a_certificate
from fakes.served import CLERK, NEAR, Served, served
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.correspondence import Box, Desk, _box, take_mail
from yuzhi.doors.worker import mail as door
from yuzhi.doors.worker.mail import MailNeeds, take_waiting
from yuzhi.wiring.mail import Certificate

US = "12345@city.example"
PDF = b"%PDF-1.7\n" + bytes(80)


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(fresh_database, tmp_path, mail_addresses=(US,), mail_port=free_port()) as made:
        yield made


@asynccontextmanager
async def listening(needs: MailNeeds) -> AsyncIterator[MailNeeds]:
    """Take mail by SMTP; whatever comes waits in the box."""
    stop = asyncio.Event()
    running = asyncio.create_task(door.listen(needs, stop))
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection(needs.host, needs.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                break
    writer.close()
    await writer.wait_closed()
    yield needs
    stop.set()
    async with asyncio.timeout(20):
        await running


@pytest.fixture
async def desk(city: Served) -> AsyncIterator[MailNeeds]:
    async with listening(city.assembly.for_worker().mail) as needs:
        yield needs


def a_mail(subject: str = "路灯不亮", words: str = "三天不亮了", **headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"From": "陈晓东 <chen@example.com>", "To": US, "Subject": subject, **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return message


async def send(
    desk: MailNeeds, *mails: EmailMessage, sender: str = "chen@example.com", to: str = US
) -> list[int]:
    """Send mails by SMTP; return the code each was answered with."""

    def sending() -> list[int]:
        codes = []
        for one in mails:
            with smtplib.SMTP(desk.host, desk.port, timeout=20) as client:
                try:
                    client.send_message(one, from_addr=sender, to_addrs=[to])
                    codes.append(250)
                except smtplib.SMTPRecipientsRefused as refused:
                    codes += [code for code, _ in refused.recipients.values()]
                except smtplib.SMTPResponseException as refused:
                    codes.append(refused.smtp_code)
        return codes

    return await asyncio.to_thread(sending)


async def count(city: Served) -> int:
    async with city.pool.acquire() as conn:
        found: int = await conn.fetchval("select count(*) from matter")
        return found


async def newest(city: Served) -> dict[str, Any]:
    async with city.pool.acquire() as conn:
        id_ = await conn.fetchval("select id from matter order by opened_at desc, id desc limit 1")
    seen: dict[str, Any] = (await city.get(f"/matters/{id_}")).json()
    return seen


async def test_a_mail_is_a_matter_with_what_it_encloses(city: Served, desk: MailNeeds) -> None:
    mail = a_mail()
    mail.add_attachment(PDF, maintype="application", subtype="octet-stream", filename="申请.pdf")
    mail.add_attachment(b"MZ\x90" + bytes(50), maintype="image", subtype="png", filename="图.png")
    assert await send(desk, mail) == [250]
    assert await count(city) == 0
    await take_waiting(desk)
    seen = await newest(city)
    assert (seen["channel"], seen["texts"]["subject"], seen["has_requester"]) == ("letter", "路灯不亮", True)
    assert seen["texts"]["detail"] == "三天不亮了\n\n（未收取的附件：图.png）"
    assert [one["kind"] for one in seen["evidence"]] == ["letter"]
    kept = await city.get(f"/matters/{seen['id']}/files/{seen['evidence'][0]['file']}")
    assert kept.content == PDF
    assert desk.box.waiting(10) == []


async def test_the_same_mail_is_one_matter_however_often_it_comes(city: Served, desk: MailNeeds) -> None:
    mail = a_mail(Message_ID="<one@example.com>")
    assert await send(desk, *[mail] * 4) == [250] * 4
    await asyncio.gather(take_waiting(desk), take_waiting(desk), take_waiting(desk))
    await take_waiting(desk)
    assert await count(city) == 1
    bare = mail.as_bytes()
    done = await asyncio.gather(*(take_mail(desk.desk, bare, datetime.now(UTC)) for _ in range(3)))
    assert {one.status for one in done} == {"repeated"}
    assert desk.box.set_aside_counts() == {}


async def test_nothing_answers_machines(city: Served, desk: MailNeeds) -> None:
    assert await send(desk, a_mail(Auto_Submitted="auto-replied"), a_mail(Precedence="bulk")) == [250, 250]
    assert await send(desk, a_mail(), sender="") == [250]
    await take_waiting(desk)
    assert await count(city) == 0
    assert desk.box.set_aside_counts() == {"mail.automatic": 3}
    async with city.pool.acquire() as conn:
        assert await conn.fetchval("select count(*) from delivery") == 0
    assert desk.box.forget(datetime.now(UTC)) == 0
    assert desk.box.forget(datetime.now(UTC) + timedelta(days=31)) == 3


async def test_mail_for_others_and_mail_too_large_is_refused(desk: MailNeeds, city: Served) -> None:
    assert await send(desk, a_mail(), to="somebody@elsewhere.example") == [550]
    large = a_mail(words="x" * (desk.largest + 1))
    assert await send(desk, large) == [552]
    assert desk.box.waiting(10) == []
    desk.box.put(b"From: a@b.cn\r\n\r\n" + b"x" * desk.largest, datetime.now(UTC))
    (desk.box.waiting(1)[0].parent / "folder").mkdir()
    (desk.box.waiting(1)[0].parent / "zlink").symlink_to("/etc/passwd")
    await take_waiting(desk)
    assert await count(city) == 0
    assert desk.box.set_aside_counts() == {"mail.too_large": 1, "mail.unreadable": 2}


async def test_a_flood_is_bounded(city: Served, desk: MailNeeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_box, "MOST_WAITING", 30)
    codes = await send(desk, *(a_mail(subject=f"第{n}封") for n in range(35)))
    assert codes == [250] * 30 + [452] * 5
    while await take_waiting(desk):
        pass
    assert await count(city) == 20
    assert desk.box.set_aside_counts() == {"mail.too_many": 10}
    other = a_mail(From="li@example.com")
    assert await send(desk, other) == [250]
    await take_waiting(desk)
    assert await count(city) == 21


async def test_connections_are_bounded(desk: MailNeeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_FROM_ONE_ADDRESS", 3)
    opened = [await asyncio.open_connection(desk.host, desk.port) for _ in range(5)]
    greetings = [await reader.readline() for reader, _ in opened]
    assert [line[:3] for line in greetings] == [b"220"] * 3 + [b"421"] * 2
    for _, writer in opened:
        writer.close()
    await asyncio.sleep(0.1)
    assert await send(desk, a_mail()) == [250]


async def test_a_reply_is_a_note_where_the_procedure_has_a_step_for_it(city: Served, desk: MailNeeds) -> None:
    await send(desk, a_mail(Message_ID="<first@example.com>"))
    await take_waiting(desk)
    first = await newest(city)
    for step, by, said in (
        ("locate", CLERK, {"territory": "330212001"}), ("dispatch", CLERK, {"lead": "near"}),
        ("sign", NEAR, {}), ("wait", NEAR, {"reason": "missing_material"}),
    ):  # fmt: skip
        answer = await city.step(first["id"], step, by, **said)
        assert answer.status_code == 200, (step, answer.text)
    async with city.pool.acquire() as conn:
        letter = await conn.fetchval(
            "select id from delivery where matter_id = $1 and audience = 'requester' limit 1",
            UUID(first["id"]),
        )
    feigned = a_mail("Re: 路灯", "不是我", From="mallory@example.com", In_Reply_To=f"<{letter}@city.example>")
    await send(desk, feigned)
    await take_waiting(desk)
    assert await count(city) == 2  # a matter of its own

    reply = a_mail("Re: 路灯", "照片在附件里\n> 请补充", In_Reply_To=f"<{letter}@city.example>")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="照片.pdf")
    await send(desk, reply, reply)
    await take_waiting(desk)
    seen = (await city.get(f"/matters/{first['id']}")).json()
    assert (seen["state"], seen["texts"]["material"]) == ("handling", "照片在附件里")
    assert len(seen["evidence"]) == 1
    assert await count(city) == 2

    again = a_mail("Re: 路灯", "还是不亮", In_Reply_To="<first@example.com>")  # there is no step for it now
    await send(desk, again)
    await take_waiting(desk)
    assert await count(city) == 3


async def test_while_the_database_is_away_mail_waits(city: Served, desk: MailNeeds) -> None:
    await send(desk, a_mail())

    class Away:
        async def save(self, _change: object) -> None:
            raise Refusal("store.unavailable", retry_after=5)

    office = replace(desk.desk.office, gathering=Away())  # type: ignore[arg-type]
    with pytest.raises(Refusal, match=r"store\.unavailable"):
        await take_waiting(replace(desk, desk=replace(desk.desk, office=office)))
    assert len(desk.box.waiting(10)) == 1
    await take_waiting(desk)
    assert await count(city) == 1


def secured(folder: Path) -> tuple[MailNeeds, ssl.SSLContext]:
    """Return a listener with a certificate, without what makes matters; and who believes it."""
    _, trusted = a_certificate(folder)
    needs = MailNeeds(
        box=Box(folder / "mail"), desk=cast("Desk", None), largest=1 << 20, host="127.0.0.1",
        port=free_port(), addresses=(US,), now=lambda: datetime.now(UTC),
        tls=Certificate(folder / "server.pem", None).tls,
    )  # fmt: skip
    return needs, trusted


def by_tls(needs: MailNeeds, trusted: ssl.SSLContext) -> None:
    """Send a mail over STARTTLS."""
    with smtplib.SMTP("localhost", needs.port, timeout=20) as client:
        client.starttls(context=trusted)
        client.send_message(a_mail(), from_addr="chen@example.com", to_addrs=[US])


def test_mail_comes_by_tls_on_the_loop_the_worker_runs_on(tmp_path: Path) -> None:
    needs, trusted = secured(tmp_path)

    async def go() -> None:
        async with listening(needs):
            for _ in range(12):  # more than may be open at once: each is counted out again
                await asyncio.to_thread(by_tls, needs, trusted)
            await send(needs, a_mail())  # nobody is made to

    uvloop.run(go())
    assert len(needs.box.waiting(50)) == 13


async def test_what_follows_starttls_in_the_clear_is_not_taken_for_what_came_by_tls(tmp_path: Path) -> None:
    needs, trusted = secured(tmp_path)
    async with listening(needs):
        reader, writer = await asyncio.open_connection(needs.host, needs.port)
        await reader.readline()
        writer.write(b"EHLO a\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        writer.write(b"STARTTLS\r\nMAIL FROM:<mallory@example.com>\r\n")
        assert (await reader.readline())[:3] == b"220"
        with suppress(ssl.SSLError, ConnectionError, EOFError):
            async with asyncio.timeout(5):
                await writer.start_tls(trusted, server_hostname="localhost")
                writer.write(b"RCPT TO:<" + US.encode() + b">\r\n")
                assert (await reader.readline())[:3] in {b"503", b""}
        writer.close()


async def test_a_handshake_that_fails_ends_and_is_counted_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_FROM_ONE_ADDRESS", 3)
    needs, trusted = secured(tmp_path)
    async with listening(needs):
        for _ in range(6):
            reader, writer = await asyncio.open_connection(needs.host, needs.port)
            writer.write(b"EHLO a\r\nSTARTTLS\r\n")
            while not (await reader.readline()).startswith(b"220 Ready"):
                pass
            writer.write(b"no handshake at all\r\n" * 10)
            async with asyncio.timeout(20):
                await reader.read()
            writer.close()
        await asyncio.to_thread(by_tls, needs, trusted)


async def test_a_renewed_certificate_is_used_and_a_broken_one_is_not(tmp_path: Path) -> None:
    needs, trusted = secured(tmp_path)
    file = tmp_path / "server.pem"
    async with listening(needs):
        await asyncio.to_thread(by_tls, needs, trusted)
        _, trusted_next = a_certificate(tmp_path)
        os.utime(file, ns=(1, 1))
        with pytest.raises(ssl.SSLError):
            await asyncio.to_thread(by_tls, needs, trusted)
        await asyncio.to_thread(by_tls, needs, trusted_next)
        file.write_text("no certificate", encoding="ascii")
        await asyncio.to_thread(by_tls, needs, trusted_next)
    with pytest.raises(Refusal, match=r"settings\.file_unreadable"):
        Certificate(file, None)
