"""The file of channels: read strictly, every mistake told before anything is sent."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from fakes.mailroom import SECRET, hang_up
from fakes.servers import a_web
from fakes.walk import MONDAY, SHANGHAI
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries import Letter, Postal, read_channels

WHOLE = f"""
alarm_duty = "supervisor"
urgent_letters = ["escalated"]

[quiet]
units = "21:00-08:00"
requesters = "20:00-09:00"

[channels.mail]
kind = "email"
to = ["units"]
host = "mail.city.example"
sender = "yuzhi@city.example"
user = "yuzhi"
password = "secret"
digest_minutes = 15

[channels.sms]
kind = "sms"
to = ["requesters"]
url = "https://sms.city.example/send"
hosts = ["sms.city.example"]
secrets = ["{SECRET}"]
acknowledged_minutes = 60

[channels.bus]
kind = "webhook"
to = ["units", "requesters"]
hosts = ["bus.city.example:8443"]
secrets = ["{SECRET}", "{SECRET}"]
at_once = 64

[channels.wecom]
kind = "wecom"
to = ["units"]

[channels.ding]
kind = "dingtalk"
to = ["units"]
secret = "SEC1"

[channels.fei]
kind = "feishu"
to = ["units"]

[channels.drop]
kind = "maildrop"
to = ["requesters"]
folder = "/tmp/drop"
"""


def read(folder: Path, text: str) -> Postal:
    file = folder / "channels.toml"
    file.write_text(text, encoding="utf-8")
    return read_channels(file, now=lambda: MONDAY, zone=SHANGHAI)


def test_every_kind_of_channel(tmp_path: Path) -> None:
    postal = read(tmp_path, WHOLE)
    by_name = {one.name: one for one in postal.channels}
    assert list(by_name) == ["mail", "sms", "bus", "wecom", "ding", "fei", "drop"]
    assert postal.alarm_duty == "supervisor"
    assert by_name["mail"].window == timedelta(minutes=15)
    assert by_name["sms"].acknowledged_within == timedelta(hours=1)
    assert [one.contact for one in postal.channels] == [
        "email", "phone", "webhook", "robot", "robot", "robot", "",
    ]  # fmt: skip
    assert [one.name for one in postal.channels if not one.is_person] == ["bus", "drop"]
    assert len(by_name["bus"].keys) == 2
    assert read(tmp_path, "") == Postal(rules=read(tmp_path, "").rules)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('kind = "wecom"', 'kind = "pigeon"', "pigeon"),
        ('to = ["units"]\nhost =', 'to = ["everybody"]\nhost =', "everybody"),
        ('host = "mail.city.example"', "", "host"),
        ('host = "mail.city.example"', 'hosst = "x"', "hosst"),
        ('sender = "yuzhi@city.example"', 'sender = "yuzhi"', "sender"),
        ('password = "secret"', 'password = "secret"\nsecurity = "none"', "starttls"),
        (SECRET, "whsec_short", "secrets"),
        (f'secrets = ["{SECRET}"]', "secrets = []", "length"),
        ('hosts = ["bus.city.example:8443"]', 'hosts = ["ftp://x"]', "hosts"),
        ("at_once = 64", "at_once = 65", "at_once"),
        ("digest_minutes = 15", "digest_minutes = -1", "digest_minutes"),
        ("acknowledged_minutes = 60", "acknowledged_minutes = 10081", "acknowledged_minutes"),
        ('units = "21:00-08:00"', 'units = "9pm"', "9pm"),
        ("[channels.wecom]", "[channels.WeCom]", "regex"),
        ("alarm_duty", "alarm_dutty", "alarm_dutty"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in WHOLE
    with pytest.raises(Refusal) as refused:
        read(tmp_path, WHOLE.replace(was, becomes))
    assert refused.value.code == "channels.wrong"
    assert told in str(refused.value.facts["trouble"])
    assert "secret" not in str(refused.value.facts["trouble"]).replace("secrets", "")


@pytest.mark.parametrize("text", ["[channels", "a = ", "x = 1\nx = 2"])
def test_what_is_no_toml(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, text)
    assert refused.value.code == "channels.unreadable"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_channels(tmp_path / "none.toml", now=lambda: MONDAY, zone=SHANGHAI)
    assert refused.value.code == "channels.unreadable"


async def test_each_of_a_channels_hands_keeps_its_connection(tmp_path: Path) -> None:
    hands = 40
    async with a_web() as web:
        file = tmp_path / "channels.toml"
        file.write_text(
            f'[channels.bus]\nkind = "webhook"\nto = ["units"]\nhosts = ["http://127.0.0.1:{web.port}"]\n'
            f'secrets = ["{SECRET}"]\nat_once = {hands}\n',
            encoding="utf-8",
        )
        (channel,) = read_channels(file, now=lambda: MONDAY, zone=SHANGHAI).channels
        letters = [
            Letter(uuid4(), None, "1", "received", "near", None, "t", "b", MONDAY, web.url)
            for _ in range(hands)
        ]
        for _ in range(3):
            await asyncio.gather(*(channel.carrier.carry(letter) for letter in letters))
        hang_up(channel)
        assert len(web.asked) == 3 * hands
        assert web.connections == hands
