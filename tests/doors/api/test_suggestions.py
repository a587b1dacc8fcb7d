"""Suggestions over HTTP: what the desk is told while it types; who may ask; what is wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fakes.closed import BEGAN, close_matters
from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, served
from fakes.studying import in_a_thread
from yuzhi.capabilities.understanding.learning import StudyDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"
PACK = "citizen-request"
LAMP = {"subject": "门口路灯不亮", "detail": "下应街道春晓苑门口的路灯三天不亮了，老人踩空摔倒。"}
ANSWER = (
    "经核实，该处路灯因电缆故障不亮，已于当日更换电缆恢复照明。根据市政设施管理规定，可以拨打养护热线报修。"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        async with made.pool.acquire() as conn:
            await close_matters(conn, 220, answer=ANSWER)
        following = asyncio.create_task(made.assembly.adviser.follow())
        await remembered(made, 220)
        yield made
        following.cancel()


async def remembered(city: Served, count: int) -> None:
    """Wait until so many matters are remembered."""
    async with asyncio.timeout(20):
        while city.assembly.adviser.remembered < count:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)


def desk(city: Served) -> StudyDesk:
    folder = city.assembly.adviser.library.folder
    return StudyDesk(folder=folder, every=timedelta(days=1), packs=lambda: [PACK], run=in_a_thread)


async def suggested(city: Served, by: str = CLERK, **said: Any) -> dict[str, Any]:
    answer = await city.post("/suggestions", {"procedure": PACK, **said}, by)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_desk_is_told_while_it_types(city: Served) -> None:
    told = await suggested(city, **LAMP, kind="complaint", channel="hotline")
    first = told["categories"][0]
    assert (first["code"], first["name"]) == ("urban/road/lamp", "路灯照明")
    assert len(told["categories"]) == 3
    assert "路灯" in first["words"]
    assert 0 < first["probability"] <= 1
    assert [one["kind"] for one in told["signals"]] == ["risk_to_life"]
    assert {"street", "estate"} & {one["kind"] for one in told["places"]}
    assert told["route"]["rule"] == "danger-to-life" or not told["route"]["goes_by_itself"]
    like = (await suggested(city, subject="春晓苑路灯不亮", detail="春晓苑路灯不亮，而且照明灯全灭。"))[
        "similar"
    ]
    assert like[0]["answer"] == ANSWER
    assert like[0]["words"]


async def test_a_repeated_matter_is_known_and_not_its_own_repetition(city: Served) -> None:
    said = {"subject": "河边栏杆断了", "detail": "桥头南侧河边的木栏杆断了两根，孩子靠上去很危险，请修。"}
    before = city.assembly.adviser.remembered
    opened = await city.opened(territory="330212001", **said)
    await remembered(city, before + 1)
    again = await suggested(city, subject=said["subject"], detail=said["detail"] + "谢谢")
    assert [one["id"] for one in again["duplicates"]] == [opened["id"]]
    assert again["duplicates"][0]["alike"] > 0.8
    # Whoever may not see the matter does not learn of it.
    assert (await suggested(city, FAR, **said))["duplicates"] == []
    assert [one["id"] for one in (await suggested(city, NEAR, **said))["duplicates"]] == [opened["id"]]
    own = (await city.get(f"/matters/{opened['number']}/suggestions")).json()
    assert own["duplicates"] == []
    assert (await city.get(f"/matters/{opened['id']}/suggestions", FAR)).status_code == 404


async def test_only_posts_are_advised(city: Served) -> None:
    for by in (RESIDENT, ""):
        answer = await city.post("/suggestions", {"procedure": PACK, **LAMP}, by)
        assert (answer.status_code, answer.json()["code"]) == (403, "understanding.posts_only")
        assert (await city.get("/issues", by)).status_code == 403


@pytest.mark.parametrize(
    "text",
    ["", "噪", "水" * 100_000, "The street lamp is broken", "😀🚧", "社區門口違規停車", "\u0000\u0007"],
)
async def test_whatever_is_written_there_is_an_answer(city: Served, text: str) -> None:
    told = await suggested(city, detail=text)
    assert told["model"]
    assert bool(told["categories"]) == bool(text.strip())


async def test_what_cannot_be_asked_is_refused(city: Served) -> None:
    for said, status in (
        ({"procedure": "no-such"}, 404),
        ({"procedure": PACK, "detail": "长" * 200_001}, 400),
        ({"procedure": PACK, "territory": "99"}, 422),
        ({"detail": "x"}, 400),
    ):
        answer = await city.post("/suggestions", said)
        assert answer.status_code == status, answer.text


async def test_words_never_name_people_or_telephones(city: Served) -> None:
    text = "我是张伟，电话13800138000，住春晓苑3栋201室，李建国的路灯坏了。"
    told = await suggested(city, subject=text, detail=text)
    shown = [word for one in told["categories"] for word in one["words"]]
    assert shown
    assert not any(part in word for word in shown for part in ("张伟", "李建国", "138", "201"))


async def test_an_empty_reply_gets_a_warning(city: Served) -> None:
    opened = await city.opened(**LAMP)
    path = f"/matters/{opened['id']}/reply-check"
    assert (await city.post(path, {"reply": "您好，已转交有关部门。"})).json()["check"]["warning"]
    good = (await city.post(path, {"reply": ANSWER})).json()["check"]
    assert (good["warning"], good["quality"] > 0.5) == ("", True)
    assert {"relevance", "completeness", "explanation", "timeliness", "politeness"} <= good["aspects"].keys()


async def test_a_draft_comes_from_answers_one_may_see(city: Served) -> None:
    opened = await city.opened(subject="春晓苑路灯不亮", detail="春晓苑路灯不亮，而且照明灯全灭，请处理。")
    drafted = (await city.get(f"/matters/{opened['id']}/draft")).json()
    assert drafted["text"].startswith("【草稿")
    assert "养护热线" in drafted["text"]
    assert drafted["sources"]
    assert (drafted["written"], drafted["problem"]) == ("", "")


async def test_what_was_learnt_suggests_units_and_issues(city: Served) -> None:
    async with city.pool.acquire() as conn:
        done = await desk(city).study(conn, PACK, BEGAN + timedelta(days=30))
    assert done.is_promoted
    told = await suggested(city, **LAMP, category="urban/road/lamp", kind="complaint", channel="hotline")
    assert told["model"] == done.version
    assert told["route"]["units"][0]["unit"] == "near"
    assert told["route"]["units"][0]["name"] == "下应街道"
    assert "由其办理" in told["route"]["units"][0]["reason"]
    assert not told["route"]["goes_by_itself"]
    assert "信号，转人工" in told["route"]["trace"]
    issues = (await city.get("/issues?most=5")).json()["issues"]
    assert issues
    assert all(len(one["members"]) > 1 and one["heat"] > 0 for one in issues)
    assert (await city.get("/issues?pack=no-such")).status_code == 422


async def test_the_steward_rolls_back_and_the_status_page_warns(city: Served) -> None:
    folder = city.assembly.adviser.library.folder / PACK
    async with city.pool.acquire() as conn:
        for day in (40, 41):
            last = await desk(city).study(conn, PACK, BEGAN + timedelta(days=day))
    assert (await city.get("/admin/models", CLERK)).status_code == 403
    models = {one["pack"]: one for one in (await city.get("/admin/models", CHIEF)).json()["models"]}
    assert models[PACK]["serving"] == last.version
    back = await city.post(f"/admin/models/{PACK}/roll-back", {}, CHIEF)
    assert back.status_code == 200, back.text
    earlier = back.json()["serving"]
    assert earlier != last.version
    assert (await suggested(city, **LAMP))["model"] == earlier
    noted = await city.pool.fetchval("select facts ->> 'serving' from trace where kind = 'model_changed'")
    assert noted == earlier

    assert (await city.get("/status")).json() == {"status": "ok", "warnings": []}
    whole = (folder / f"{earlier}.model").read_bytes()
    (folder / f"{earlier}.model").write_bytes(whole[:-100])
    impaired = (await city.get("/status")).json()
    assert impaired["status"] == "impaired"
    assert [one["code"] for one in impaired["warnings"]] == ["understanding.model-damaged"]
    assert earlier in impaired["warnings"][0]["says"]
    assert (await city.get("/status", "")).json() == {"status": "impaired", "warnings": []}
    told = await suggested(city, **LAMP)
    assert (told["model"], told["warnings"]) == ("catalogue", ["understanding.model-damaged"])
    assert told["categories"][0]["code"] == "urban/road/lamp"


@pytest.mark.parametrize(
    ("says", "wait", "problem"),
    [
        (b'{"choices": [{"message": {"content": "\xe8\xb7\xaf\xe7\x81\xaf"}}]}', 0, ""),
        (b"<html>", 0, "not an answer"),
        (b"{}", 5, "timeout"),
    ],
)
async def test_a_large_model_is_asked_only_where_it_is_configured(
    fresh_database: str, tmp_path: Path, says: bytes, wait: float, problem: str
) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        asked.append(head + await reader.readexactly(size))
        try:
            await asyncio.sleep(wait)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(says)}\r\n\r\n".encode() + says)
        finally:
            writer.close()

    key = tmp_path / "key"
    key.write_text("secret")
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        told: dict[str, Any] = {
            "large_model_address": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1",
            "large_model_name": "m",
            "large_model_key_file": key,
            "large_model_seconds": 3,
        }
        async with served(fresh_database, tmp_path, **told) as other:
            opened = await other.opened(**{**LAMP, "detail": "我是王建国，电话13912345678，路灯坏了"})
            drafted = (await other.get(f"/matters/{opened['id']}/draft")).json()
            summed = (await other.get(f"/matters/{opened['id']}/summary")).json()
    assert drafted["problem"] == summed["problem"] == problem
    assert bool(drafted["written"]) == bool(summed["text"]) == (not problem)
    assert len(asked) == 2
    assert not any("13912345678" in one.decode() or "王建国" in one.decode() for one in asked)
    assert all(b"authorization: bearer secret" in one.lower() for one in asked)


async def test_without_a_large_model_nothing_is_summed_up(city: Served) -> None:
    opened = await city.opened(**LAMP)
    summed = (await city.get(f"/matters/{opened['id']}/summary")).json()
    assert summed == {"text": "", "problem": "off"}
