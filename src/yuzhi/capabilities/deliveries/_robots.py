"""Letters into groups of the common office messengers, through the robots of their groups, as Markdown.

Shapes and signatures as the makers document them: WeCom group robots (developer.work.weixin.qq.com,
91770), DingTalk custom robots (open.dingtalk.com, "custom robot access"), Feishu custom bots
(open.feishu.cn, "custom bot usage guide"). None of them can be told that a message is one they had.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote_plus

import msgspec
from msgspec import Struct

from yuzhi.capabilities.deliveries._carriers import Letter, Undelivered
from yuzhi.capabilities.deliveries._gateway import post_json
from yuzhi.capabilities.deliveries._http import Poster

TOO_OFTEN_WAIT = 60.0
"""Seconds after which a robot that had too many messages (20 a minute, 100 at Feishu) takes more."""
CUT = "…"

Object = dict[str, object]


class Shape(Struct, frozen=True):
    """How one messenger wants it: the address signed, the body, where it says how it went."""

    address: Callable[[str, str, datetime], str]
    body: Callable[[str, str, str, datetime], Object]
    code: tuple[str, ...]
    too_often: frozenset[int]
    most_bytes: int


class Robot:
    """Posts letters to the robot of a group; the letter's address is the robot's, a key in it."""

    def __init__(self, poster: Poster, shape: Shape, secret: str, now: Callable[[], datetime]) -> None:
        self._poster, self._shape, self._secret, self._now = poster, shape, secret, now

    async def carry(self, letter: Letter) -> None:
        """Post the letter. Raises `Undelivered` `robot.refused: …` with what the messenger said."""
        shape, now = self._shape, self._now()
        text = cut(f"### {plain(letter.title)}\n\n{letter.body}", shape.most_bytes)
        body = msgspec.json.encode(shape.body(plain(letter.title), text, self._secret, now))
        address = shape.address(letter.address, self._secret, now)
        answer = await post_json(self._poster, address, body, {})
        code = _code(answer, shape.code)
        if code:
            wait = TOO_OFTEN_WAIT if code in shape.too_often else 0.0
            raise Undelivered(f"robot.refused: {code}", retry_after=wait)


def _code(answer: Mapping[str, object], names: tuple[str, ...]) -> int:
    """Return the code of an answer, 0 when all went well; an answer without one is no answer of theirs."""
    found = next((answer[name] for name in names if name in answer), None)
    if not isinstance(found, int):
        raise Undelivered("robot.unreadable")
    return found


def plain(title: str) -> str:
    """Return a title on one line."""
    return " ".join(title.split())


def cut(text: str, most_bytes: int) -> str:
    """Return a text of at most that many bytes of UTF-8, cut between characters."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len(CUT.encode())].decode(errors="ignore") + CUT


def _as_given(address: str, _secret: str, _now: datetime) -> str:
    return address


def _dingtalk_address(address: str, secret: str, now: datetime) -> str:
    """Add the time (milliseconds) and HMAC-SHA256 over time, line feed, secret under the secret."""
    if not secret:
        return address
    timestamp = round(now.timestamp() * 1000)
    signed = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), sha256)
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}timestamp={timestamp}&sign={quote_plus(base64.b64encode(signed))}"


def _wecom_body(_title: str, text: str, _secret: str, _now: datetime) -> Object:
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _dingtalk_body(title: str, text: str, _secret: str, _now: datetime) -> Object:
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def _feishu_body(title: str, text: str, secret: str, now: datetime) -> Object:
    """Sign with HMAC-SHA256 over nothing under time (seconds), line feed, secret."""
    card = {
        "header": {"title": {"tag": "plain_text", "content": title}},
        "elements": [{"tag": "markdown", "content": text}],
    }
    signed: Object = {}
    if secret:
        timestamp = int(now.timestamp())
        key = f"{timestamp}\n{secret}".encode()
        signed = {
            "timestamp": str(timestamp),
            "sign": base64.b64encode(hmac.digest(key, b"", sha256)).decode(),
        }
    return {**signed, "msg_type": "interactive", "card": card}


WECOM = Shape(_as_given, _wecom_body, ("errcode",), frozenset({45009}), 4096)
DINGTALK = Shape(_dingtalk_address, _dingtalk_body, ("errcode",), frozenset({130101, 410100}), 18_000)
FEISHU = Shape(_as_given, _feishu_body, ("code", "StatusCode"), frozenset({11232, 99991400}), 18_000)
