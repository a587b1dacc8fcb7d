"""Webhooks, short messages and robots: what is posted, how it is signed, what answers mean."""

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from fakes.letters import AT, a_letter, trouble
from fakes.servers import OK, Web, a_web, answer
from yuzhi.capabilities.deliveries import Carrier
from yuzhi.capabilities.deliveries._hosts import Hosts
from yuzhi.capabilities.deliveries._http import Limits, Poster
from yuzhi.capabilities.deliveries._robots import DINGTALK, FEISHU, WECOM, Robot, Shape, cut
from yuzhi.capabilities.deliveries._signing import check
from yuzhi.capabilities.deliveries._sms import Sms
from yuzhi.capabilities.deliveries._webhook import Webhook

KEY = b"k" * 32
SECRET = "SECabc"
FINE = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}
Make = Callable[[Web], Carrier]


def poster(web: Web) -> Poster:
    limits = Limits(connect=0.5, read=0.5, total=1)
    return web.closes(Poster(Hosts([f"http://127.0.0.1:{web.port}"]), limits=limits))


def sms(web: Web) -> Sms:
    return Sms(poster(web), web.url, (KEY,), {"answered": "T1", "others": "T0"}, lambda: AT)


def webhook(web: Web) -> Webhook:
    return Webhook(poster(web), (KEY,), lambda: AT)


def robot(shape: Shape) -> Make:
    return lambda web: Robot(poster(web), shape, SECRET, lambda: AT)


async def test_a_webhook_is_signed_and_has_the_letters_id() -> None:
    async with a_web(lambda _: answer(204, b"")) as web:
        letter = a_letter(address=web.url)
        await webhook(web).carry(letter)
        await webhook(web).carry(letter)
        first, second = web.asked
        assert check((KEY,), first.headers, first.body, AT) == str(letter.id)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.headers["content-type"].startswith("application/json")
        assert first.json["type"] == "letter.sent"
        assert first.json["data"]["title"] == letter.title
        assert first.json["data"]["number"] == letter.number


async def test_a_short_message_names_its_template_and_number() -> None:
    async with a_web(lambda _: answer(200, {"accepted": True})) as web:
        await sms(web).carry(a_letter(address="138-1234 1234"))
        await sms(web).carry(a_letter(address="+8613812341234", name="merged", body="长" * 900))
        first, second = web.asked
        assert check((KEY,), first.headers, first.body, AT) == str(a_letter().id)
        assert (first.json["to"], first.json["template"]) == ("+8613812341234", "T1")
        assert first.json["parameters"] == {
            "number": "2026030200000013", "title": "您的诉求已有答复", "count": "1",
        }  # fmt: skip
        assert second.json["template"] == "T0"
        assert len(second.json["text"]) == 500


@pytest.mark.parametrize("number", ["", "12345", "0574-87654321", "1381234123４", "13812341234;rm", "+1 555"])
async def test_what_is_no_mobile_number_goes_nowhere(number: str) -> None:
    async with a_web() as web:
        told = await trouble(sms(web), a_letter(address=number))
        assert (told.reason, told.is_final, web.asked) == ("sms.bad_number", True, [])


async def test_a_gateway_may_refuse_for_now_or_for_good() -> None:
    async with a_web(lambda _: answer(200, {"accepted": False, "reason": "黑名单", "final": True})) as web:
        told = await trouble(sms(web), a_letter(address="13812341234"))
        assert (told.reason, told.is_final) == ("sms.refused: 黑名单", True)
        web.behaves = lambda _: answer(200, {"accepted": False})
        assert not (await trouble(sms(web), a_letter(address="13812341234"))).is_final


async def test_a_message_without_a_template_where_there_are_some() -> None:
    async with a_web() as web:
        only = Sms(poster(web), web.url, (KEY,), {"answered": "T1"}, lambda: AT)
        told = await trouble(only, a_letter(address="13812341234", name="overdue"))
        assert (told.reason, told.is_final) == ("sms.no_template", True)


@pytest.mark.parametrize("make", [webhook, sms, robot(WECOM)], ids=["webhook", "sms", "robot"])
@pytest.mark.parametrize(
    ("said", "reason", "is_final", "wait"),
    [
        (answer(500), "http.status_500", False, 0),
        (answer(404), "http.status_404", False, 0),
        (answer(410), "http.status_410", True, 0),
        (answer(429, retry_after="120"), "http.status_429", False, 120),
        (answer(503, retry_after="99999999"), "http.status_503", False, 3600),
        (answer(503, retry_after="-5"), "http.status_503", False, 0),
        (
            answer(503, date="Mon, 02 Mar 2026 01:00:00 GMT", retry_after="Mon, 02 Mar 2026 01:01:30 GMT"),
            "http.status_503",
            False,
            90,
        ),
        (answer(302, location="http://127.0.0.1:1/"), "http.status_302", False, 0),
    ],
    ids=["500", "404", "410", "429", "503-long", "503-negative", "503-date", "302"],
)
async def test_statuses(make: Make, said: bytes, reason: str, is_final: bool, wait: int) -> None:
    async with a_web(lambda _: said) as web:
        address = "13812341234" if make is sms else web.url
        told = await trouble(make(web), a_letter(address=address))
        assert (told.reason, told.is_final, told.retry_after) == (reason, is_final, wait)


async def test_wecom_gets_markdown() -> None:
    async with a_web(lambda _: answer(200, FINE)) as web:
        await robot(WECOM)(web).carry(a_letter(address=f"{web.url}?key=k1", body="字" * 3000))
        (asked,) = web.asked
        assert asked.target == "/hook?key=k1"
        assert asked.json["msgtype"] == "markdown"
        content = asked.json["markdown"]["content"]
        assert content.startswith("### 您的诉求已有答复\n\n字")
        assert 4090 <= len(content.encode()) <= 4096
        assert content.endswith("…")


async def test_dingtalk_is_signed_in_its_address() -> None:
    async with a_web(lambda _: answer(200, FINE)) as web:
        await robot(DINGTALK)(web).carry(a_letter(address=f"{web.url}?access_token=t"))
        (asked,) = web.asked
        given = parse_qs(urlsplit(asked.target).query)
        timestamp = "1772415015679"
        signed = hmac.new(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), sha256).digest()
        assert given == {
            "access_token": ["t"], "timestamp": [timestamp], "sign": [base64.b64encode(signed).decode()],
        }  # fmt: skip
        assert asked.json == {
            "msgtype": "markdown",
            "markdown": {
                "title": "您的诉求已有答复",
                "text": "### 您的诉求已有答复\n\n您好！\n\n问题已解决。",
            },
        }


async def test_feishu_is_signed_in_its_body() -> None:
    async with a_web(lambda _: answer(200, FINE)) as web:
        await robot(FEISHU)(web).carry(a_letter(address=web.url, title="两\n行"))
        (asked,) = web.asked
        signed = hmac.new(f"1772415015\n{SECRET}".encode(), b"", sha256).digest()
        assert asked.json["timestamp"] == "1772415015"
        assert asked.json["sign"] == base64.b64encode(signed).decode()
        assert asked.json["msg_type"] == "interactive"
        assert asked.json["card"]["header"]["title"] == {"tag": "plain_text", "content": "两 行"}
        assert asked.json["card"]["elements"][0]["tag"] == "markdown"


@pytest.mark.parametrize(
    ("shape", "said", "reason", "wait"),
    [
        (WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, "robot.refused: 93000", 0),
        (WECOM, {"errcode": 45009}, "robot.refused: 45009", 60),
        (DINGTALK, {"errcode": 310000, "errmsg": "sign not match"}, "robot.refused: 310000", 0),
        (DINGTALK, {"errcode": 130101}, "robot.refused: 130101", 60),
        (FEISHU, {"code": 19021, "msg": "sign match fail"}, "robot.refused: 19021", 0),
        (FEISHU, {"StatusCode": 11232}, "robot.refused: 11232", 60),
        (WECOM, {"hello": 1}, "robot.unreadable", 0),
        (DINGTALK, b"<html>", "robot.unreadable", 0),
        (FEISHU, [0], "robot.unreadable", 0),
        (FEISHU, {"code": "0"}, "robot.unreadable", 0),
        (WECOM, b"[" * 9000, "robot.unreadable", 0),
    ],
)
async def test_a_robot_that_says_ok_but_means_no(shape: Shape, said: object, reason: str, wait: int) -> None:
    async with a_web(lambda _: answer(200, said)) as web:
        told = await trouble(robot(shape)(web), a_letter(address=web.url))
        assert (told.reason, told.retry_after) == (reason, wait)


@pytest.mark.parametrize("most", range(3, 20))
def test_a_cut_text_is_whole_characters(most: int) -> None:
    for text in ("字字字字字字", "a字😀b字😀"):
        assert len(cut(text, most).encode()) <= most
        assert cut(text, most).removesuffix("…") == text[: len(cut(text, most).removesuffix("…"))]


async def test_one_that_has_no_secret_signs_nothing() -> None:
    async with a_web(lambda _: answer(200, FINE)) as web:
        for shape in (DINGTALK, FEISHU):
            await Robot(poster(web), shape, "", lambda: AT).carry(a_letter(address=web.url))
        assert all("sign" not in one.target and "sign" not in one.json for one in web.asked)


async def test_a_server_we_were_not_told_of_is_never_called() -> None:
    async with a_web(lambda _: OK) as named, a_web(lambda _: OK) as other:
        told = await trouble(webhook(named), a_letter(address=other.url))
        assert (told.reason, told.is_final, other.asked) == ("http.host_not_named", True, [])
