"""Channels as an installation writes them down: a TOML file, read strictly (see docs/deliveries.md)."""

import ssl
import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries._carriers import Carrier, Maildrop
from yuzhi.capabilities.deliveries._channels import Channel, Reached, Rules
from yuzhi.capabilities.deliveries._email import Email, Security, Server, is_address
from yuzhi.capabilities.deliveries._hosts import Hosts
from yuzhi.capabilities.deliveries._http import Limits, Poster
from yuzhi.capabilities.deliveries._quiet import parse_quiet
from yuzhi.capabilities.deliveries._robots import DINGTALK, FEISHU, WECOM, Robot
from yuzhi.capabilities.deliveries._signing import secret_of
from yuzhi.capabilities.deliveries._sms import Sms
from yuzhi.capabilities.deliveries._webhook import Webhook

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Minutes = Annotated[int, Meta(ge=0, le=7 * 24 * 60)]
Now = Callable[[], datetime]


class _Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    to: tuple[Reached, ...]
    contact: str = ""
    units: dict[str, str] = {}
    digest_minutes: Annotated[int, Meta(ge=0, le=24 * 60)] = 0
    at_once: Annotated[int, Meta(ge=1, le=64)] = 8


class _Email(_Told, frozen=True, kw_only=True, tag="email"):
    host: str
    sender: str
    port: int = 587
    security: Security = "starttls"
    name: str = ""
    user: str = ""
    password: str = ""


class _Sms(_Told, frozen=True, kw_only=True, tag="sms"):
    url: str
    hosts: tuple[str, ...]
    secrets: Annotated[tuple[str, ...], Meta(min_length=1)]
    acknowledged_minutes: _Minutes = 0
    templates: dict[str, str] = {}


class _Webhook(_Told, frozen=True, kw_only=True, tag="webhook"):
    hosts: tuple[str, ...]
    secrets: Annotated[tuple[str, ...], Meta(min_length=1)]
    acknowledged_minutes: _Minutes = 0


class _Wecom(_Told, frozen=True, kw_only=True, tag="wecom"):
    hosts: tuple[str, ...] = ("qyapi.weixin.qq.com",)


class _Dingtalk(_Told, frozen=True, kw_only=True, tag="dingtalk"):
    hosts: tuple[str, ...] = ("oapi.dingtalk.com",)
    secret: str = ""


class _Feishu(_Told, frozen=True, kw_only=True, tag="feishu"):
    hosts: tuple[str, ...] = ("open.feishu.cn",)
    secret: str = ""


class _Maildrop(_Told, frozen=True, kw_only=True, tag="maildrop"):
    folder: str


_Any = _Email | _Sms | _Webhook | _Wecom | _Dingtalk | _Feishu | _Maildrop
_CONTACTS: dict[type, str] = {_Email: "email", _Sms: "phone", _Webhook: "webhook"}
_ROBOT = "robot"


class _Quiet(Struct, frozen=True, forbid_unknown_fields=True):
    units: str = ""
    requesters: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    alarm_duty: str = ""
    urgent_letters: tuple[str, ...] = ()
    quiet: _Quiet = _Quiet()
    channels: dict[Name, _Any] = {}


class Postal(Struct, frozen=True):
    """What an installation says of its letters: channels, their rules, and whose duty failures are."""

    channels: tuple[Channel, ...] = ()
    rules: Rules = Rules()
    alarm_duty: str = ""


def read_channels(file: Path, *, now: Now, zone: ZoneInfo, tls: ssl.SSLContext | None = None) -> Postal:
    """Return the channels of a file; nothing is connected to yet.

    Raises Refusal `channels.unreadable` (no file, no TOML) and `channels.wrong` with what is.
    """
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise Refusal("channels.unreadable", file=str(file), trouble=str(trouble)) from trouble
    try:
        told = msgspec.convert(read, _File)
        quiet = {
            "units": parse_quiet(told.quiet.units),
            "requesters": parse_quiet(told.quiet.requesters),
        }
        channels = tuple(_channel(name, one, now, tls) for name, one in told.channels.items())
    except (msgspec.ValidationError, ValueError) as wrong:
        raise Refusal("channels.wrong", file=str(file), trouble=str(wrong)) from wrong
    rules = Rules(zone=zone, quiet=quiet, urgent_letters=frozenset(told.urgent_letters))  # type: ignore[arg-type]
    return Postal(channels=channels, rules=rules, alarm_duty=told.alarm_duty)


def _channel(name: str, told: _Any, now: Now, tls: ssl.SSLContext | None) -> Channel:
    keys: tuple[bytes, ...] = ()
    minutes = 0
    if isinstance(told, _Sms | _Webhook):
        minutes = told.acknowledged_minutes
        try:
            keys = tuple(secret_of(secret) for secret in told.secrets)
        except ValueError as wrong:
            raise ValueError(f"channels.{name}.secrets: {wrong}") from None
    is_robot = isinstance(told, _Wecom | _Dingtalk | _Feishu)
    return Channel(
        name=name,
        carrier=_carrier(name, told, keys, now, tls),
        reaches=frozenset(told.to),
        contact=told.contact or (_ROBOT if is_robot else _CONTACTS.get(type(told), "")),
        units=told.units,
        window=timedelta(minutes=told.digest_minutes),
        at_once=told.at_once,
        keys=keys,
        acknowledged_within=timedelta(minutes=minutes),
        is_person=not isinstance(told, _Webhook | _Maildrop),
        is_addressed=not isinstance(told, _Maildrop),
    )


def _carrier(name: str, told: _Any, keys: Sequence[bytes], now: Now, tls: ssl.SSLContext | None) -> Carrier:
    if isinstance(told, _Maildrop):
        return Maildrop(Path(told.folder).expanduser())
    if isinstance(told, _Email):
        return Email(_server(name, told), now, tls)
    # A line for each hand: one that is closed after every message costs more than the message.
    poster = Poster(_hosts(name, told.hosts), limits=Limits(idle=told.at_once), tls=tls)
    if isinstance(told, _Sms):
        return Sms(poster, told.url, keys, told.templates, now)
    if isinstance(told, _Webhook):
        return Webhook(poster, keys, now)
    if isinstance(told, _Wecom):
        return Robot(poster, WECOM, "", now)
    return Robot(poster, DINGTALK if isinstance(told, _Dingtalk) else FEISHU, told.secret, now)


def _hosts(name: str, named: Sequence[str]) -> Hosts:
    try:
        return Hosts(named)
    except ValueError:
        raise ValueError(f"channels.{name}.hosts: {', '.join(named)}") from None


def _server(name: str, told: _Email) -> Server:
    if not is_address(told.sender):
        raise ValueError(f"channels.{name}.sender: {told.sender}")
    if told.password and told.security == "none" and told.host not in LOOPBACK:
        raise ValueError(f"channels.{name}.security: a password needs starttls or tls")
    return Server(
        host=told.host, port=told.port, sender=told.sender, name=told.name, user=told.user,
        password=told.password, security=told.security,
    )  # fmt: skip
