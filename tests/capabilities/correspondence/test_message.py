"""Mails as they really come: encodings, HTML, machines that answer, and what is no mail at all."""

import base64
import quopri
from contextlib import suppress
from email.header import Header
from email.message import EmailMessage

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.correspondence import read_mail, unquoted

WORDS = "小区门口的路灯三天不亮了，老人出行不便。"


def a_mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {
        "From": "陈晓东 <chen@example.com>", "To": "12345@city.example", "Subject": "路灯不亮",
        "Message-ID": "<a1@example.com>", **headers,
    }.items():  # fmt: skip
        message[name.replace("_", "-")] = value
    message.set_content(WORDS)
    return message


def raw(content: bytes, *headers: str) -> bytes:
    told = ["From: chen@example.com", "Subject: x", "Message-ID: <a1@example.com>", *headers]
    return "\r\n".join([*told, "", ""]).encode() + content


def test_who_what_and_words() -> None:
    mail = read_mail(a_mail().as_bytes())
    assert (mail.sender, mail.name, mail.subject, mail.text) == (
        "chen@example.com",
        "陈晓东",
        "路灯不亮",
        WORDS,
    )
    assert not mail.is_automatic
    assert mail.enclosures == ()


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "gb18030", "utf-8", "big5"])
@pytest.mark.parametrize("way", ["8bit", "base64", "quoted-printable"])
def test_words_in_any_encoding(charset: str, way: str) -> None:
    words = "路燈壞了" if charset == "big5" else WORDS
    content = words.encode(charset)
    if way == "base64":
        content = base64.encodebytes(content)
    elif way == "quoted-printable":
        content = quopri.encodestring(content)
    told = raw(content, f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {way}")
    assert read_mail(told).text == words


def test_a_charset_that_is_too_narrow_wrong_or_unknown() -> None:
    rare = "㐀镕路灯"  # not in GB 2312
    assert read_mail(raw(rare.encode("gb18030"), "Content-Type: text/plain; charset=gb2312")).text == rare
    assert read_mail(raw(WORDS.encode("gb18030"), "Content-Type: text/plain; charset=utf-8")).text == WORDS
    assert read_mail(raw(WORDS.encode(), "Content-Type: text/plain; charset=nonsense")).text == WORDS
    assert read_mail(raw(WORDS.encode())).text == WORDS


def test_headers_in_any_encoding() -> None:
    told = raw(b"x").replace(b"Subject: x", b"Subject: " + Header("路灯不亮", "gb2312").encode().encode())
    assert read_mail(told).subject == "路灯不亮"
    for charset in ("utf-8", "gb18030"):  # bytes put there as they are
        told = raw(b"x").replace(b"Subject: x", b"Subject: " + "路灯不亮".encode(charset))
        assert read_mail(told).subject == "路灯不亮"


def test_html_alone_is_read_as_words() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><script>alert(1)</script>"
        "<p>路灯&nbsp;不亮</p><div>三天<br>了&lt;b&gt;</div><img src=http://x/y></body></html>"
    )
    message = a_mail()
    message.set_content(html, subtype="html")
    assert read_mail(message.as_bytes()).text == "路灯 不亮\n\n三天\n了<b>"
    both = a_mail()
    both.add_alternative(html, subtype="html")
    assert read_mail(both.as_bytes()).text == WORDS


def test_what_is_enclosed_keeps_its_bytes() -> None:
    message = a_mail()
    message.add_attachment(b"%PDF-1.7", maintype="image", subtype="png", filename="照片.png")
    message.add_attachment("说明", filename="readme.txt")
    mail = read_mail(message.as_bytes())
    assert [(one.name, one.content[:5]) for one in mail.enclosures] == [
        ("照片.png", b"%PDF-"),
        ("readme.txt", "说明".encode()[:5]),
    ]
    assert mail.text == WORDS


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x"}, {"Precedence": "bulk"},
        {"List_Id": "<news.example.com>"}, {"X_Autoreply": "yes"}, {"Return_Path": "<>"},
    ],
)  # fmt: skip
def test_machines_are_told_from_people(headers: dict[str, str]) -> None:
    assert read_mail(a_mail(**headers).as_bytes()).is_automatic
    assert not read_mail(a_mail(Auto_Submitted="no").as_bytes()).is_automatic


def test_bounces_are_told_from_letters() -> None:
    assert read_mail(raw(b"x", 'Content-Type: multipart/report; boundary="b"')).is_automatic
    told = raw(b"x").replace(b"chen@example.com", b"MAILER-DAEMON@example.com")
    assert read_mail(told).is_automatic
    assert read_mail(
        raw(b"x").replace(b"From: chen@example.com", b"From: <>\r\nReturn-Path: <>")
    ).is_automatic


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (b"", "mail.no_sender"), (b"\x00\xff" * 50, "mail.no_sender"),
        (b"From: nobody\r\n\r\nx", "mail.no_sender"),
        (b"From: " + b"a" * 300 + b"@b.cn\r\n\r\nx", "mail.no_sender"),
        (raw(b"--b\r\n\r\nx\r\n" * 300, 'Content-Type: multipart/mixed; boundary="b"'), "mail.unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_letter(told: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_mail(told)
    assert refused.value.code == code


def test_mails_nested_without_end_are_read_or_refused() -> None:
    inner = b"From: a@b.cn\r\n\r\nx"
    for _ in range(400):
        inner = b"From: a@b.cn\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    with suppress(Refusal):
        assert read_mail(inner).sender == "a@b.cn"


def test_the_same_mail_is_the_same_and_another_is_not() -> None:
    one = read_mail(a_mail().as_bytes())
    assert one.digest == read_mail(a_mail(Received="by another way").as_bytes()).digest
    assert one.digest != read_mail(a_mail(From="other@example.com").as_bytes()).digest
    nameless = a_mail()
    del nameless["Message-ID"]
    assert read_mail(nameless.as_bytes()).digest == read_mail(nameless.as_bytes()).digest


def test_a_reply_is_read_without_what_it_quotes() -> None:
    assert unquoted("补充照片\n> 请补充\n谢谢\n\n在 2026年3月2日，热线 写道：\n原文") == "补充照片\n谢谢"
    assert unquoted("好的\n-----原始邮件-----\n发件人") == "好的"
