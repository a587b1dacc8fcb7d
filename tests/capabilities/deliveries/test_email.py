"""Mail to servers that take it, refuse it, hang, or drop the line; and headers nobody can add to."""

import asyncio
import email
import ssl
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fakes.certificates import a_certificate
from fakes.letters import AT, a_letter, trouble
from fakes.servers import Post, a_line, a_post
from yuzhi.capabilities.deliveries._email import Email, Server, is_address

HERE = Server(
    host="127.0.0.1", port=0, sender="city@example.org", name="12345 热线", security="none", patience=0.5
)


def mailer(port: int, **said: object) -> Email:
    return Email(replace(HERE, port=port, **said), lambda: AT)


def only(post: Post) -> email.message.EmailMessage:
    (taken,) = post.taken
    found = email.message_from_bytes(taken, policy=default)
    assert isinstance(found, email.message.EmailMessage)
    return found


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with a_post() as post:
        await mailer(post.port).carry(a_letter(address="a.b+c@example.com"))
        message = only(post)
        assert post.to == ["a.b+c@example.com"]
        assert message["Subject"] == "您的诉求已有答复"
        assert message["From"].addresses[0].display_name == "12345 热线"
        assert message["Message-ID"] == f"<{a_letter().id}@example.org>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Date"].datetime == AT.replace(microsecond=0)
        assert message.get_content().replace("\r\n", "\n") == "您好！\n\n问题已解决。\n"
        assert max(map(len, post.taken[0].split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    "title",
    [
        "Re:\r\nBcc: everybody@example.org",
        "x\nContent-Type: text/html",
        "x\r\n\r\n<script>",
        "x\x0b\x0c\x1c\u2028Bcc: y@z.org",
        "长" * 500,
        "\ud800",
        "",
    ],
)
async def test_no_title_adds_a_header(title: str) -> None:
    async with a_post() as post:
        await mailer(post.port).carry(a_letter(address="a@example.com", title=title))
        message = only(post)
        assert set(message.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
            "Content-Transfer-Encoding", "MIME-Version",
        }  # fmt: skip
        assert message.get_content_type() == "text/plain"


@settings(deadline=None)  # it has to load the certificates first
@given(st.text(), st.text(max_size=300))
def test_whatever_is_in_a_letter_can_be_written(title: str, body: str) -> None:
    written = mailer(1).write(a_letter(address="a@example.com", title=title, body=body)).as_bytes()
    read = email.message_from_bytes(written, policy=default)
    assert len(read.keys()) == 9


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "a@b", "a@b.c\r\nBcc: d@e.f", "a b@c.de", "<a@b.cd>", '"a"@b.cd', "a@b.cd,e@f.gh", "字@b.cd",
        "a@[127.0.0.1]", "@b.cd", "a@.cd", "x" * 70 + "@b.cd",
    ],
)  # fmt: skip
async def test_what_is_no_address_is_not_tried(address: str) -> None:
    assert not is_address(address)
    told = await trouble(mailer(1), a_letter(address=address))
    assert (told.reason, told.is_final) == ("email.bad_address", True)


@pytest.mark.parametrize(
    ("said", "reason", "is_final"),
    [
        ({"says_to_recipient": "550 no such user"}, "email.recipient_refused: 550", True),
        ({"says_to_recipient": "450 try later"}, "email.recipient_refused: 450", False),
        ({"says_to_data": "554 spam"}, "email.refused: 554", True),
        ({"says_to_data": "451 full"}, "email.refused: 451", False),
    ],
)
async def test_a_server_may_refuse(said: dict[str, str], reason: str, is_final: bool) -> None:
    async with a_post(**said) as post:
        told = await trouble(mailer(post.port), a_letter(address="a@example.com"))
        assert (told.reason, told.is_final, post.taken) == (reason, is_final, [])


async def test_nobody_there() -> None:
    async with a_post() as post:
        port = post.port
    told = await trouble(mailer(port), a_letter(address="a@example.com"))
    assert (told.reason, told.is_final) == ("email.no_connection", False)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "email.timed_out"),
        ([b"220 hello\r\n"], "email.timed_out"),
        ([b"220 hello\r\n", b"250 ok\r\n", None], "email.no_connection"),
        ([b"220 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", None], "email.no_connection"),
        ([b"220 hello\r\n", b"\xff\xfe\r\n"], "email.unreadable"),
        ([b"HTTP/1.1 400 Bad Request\r\n"], "email.unreadable"),
        ([b"554 go away\r\n"], "email.no_connection"),
    ],
    ids=["silent", "hangs", "drops", "drops-at-data", "garbage", "http", "unwelcome"],
)
async def test_servers_that_misbehave(lines: list[bytes | None], reason: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for n, line in enumerate(lines):
            if n:
                await reader.readline()
            if line is None:
                return
            writer.write(line)
            await writer.drain()
        await asyncio.sleep(5)

    async with a_line(serve) as port:
        told = await trouble(mailer(port), a_letter(address="a@example.com"))
        assert told.reason.partition(":")[0] in {reason, "email.refused"}
        assert not told.is_final


async def test_with_starttls_words_are_never_sent_openly(tmp_path: Path) -> None:
    theirs, trusted = a_certificate(tmp_path)
    async with a_post() as plain:
        told = await trouble(mailer(plain.port, security="starttls"), a_letter(address="a@example.com"))
        assert (told.reason.partition(":")[0], plain.taken) == ("email.no_starttls", [])
    async with a_post(tls_context=theirs, require_starttls=True) as post:
        stranger = await trouble(mailer(post.port, security="starttls"), a_letter(address="a@example.com"))
        assert (stranger.reason.partition(":")[0], post.taken) == ("email.no_connection", [])
        known = Email(
            replace(HERE, host="localhost", port=post.port, security="starttls"), lambda: AT, trusted
        )
        await known.carry(a_letter(address="a@example.com"))
        assert len(post.taken) == 1
    assert isinstance(trusted, ssl.SSLContext)
