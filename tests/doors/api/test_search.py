"""Search over HTTP: what a post may see, filtered, marked, page after page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, served
from yuzhi.capabilities.search import follow

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        for n in range(7):
            await made.opened(subject=f"井盖丢失{n}", detail="小区东门外", territory="330212001")
        await made.opened(RESIDENT, channel="web", subject="夜间施工噪音", kind="help", territory="330212002")
        answered = (await made.opened(subject="树枝挡路", territory="330212001"))["id"]
        await made.step(answered, "answer-at-once", outcome="explained", texts={"reply": "园林工人下周修剪"})
        while await follow(made.pool):
            pass
        yield made


async def asked(city: Served, by: str = CLERK, **said: object) -> list[str]:
    answer = await city.get("/search", by, params=said)
    assert answer.status_code == 200, answer.text
    return [row["subject"] for row in answer.json()["rows"]]


async def test_words_are_found_where_one_may_look(city: Served) -> None:
    assert await asked(city, q="井盖") == [f"井盖丢失{n}" for n in reversed(range(7))]
    assert await asked(city, NEAR, q="噪音") == []
    assert await asked(city, FAR, q="施工噪音") == ["夜间施工噪音"]
    assert await asked(city, FAR, q="井盖") == []
    assert await asked(city, RESIDENT, q="噪音") == []
    assert await asked(city, "", q="噪音") == []


async def test_answers_are_found_and_marked(city: Served) -> None:
    (row,) = (await city.get("/search", params={"q": "园林 修剪"})).json()["rows"]
    (passage,) = row["passages"]
    assert passage["name"] == "reply"
    assert [one["words"] for one in passage["pieces"] if one["is_found"]] == ["园林", "修剪"]
    assert "".join(one["words"] for one in passage["pieces"]) == "园林工人下周修剪"


async def test_filters_and_pages(city: Served) -> None:
    assert await asked(city, q="噪音", kind="help") == ["夜间施工噪音"]
    assert await asked(city, q="噪音", kind="complaint") == []
    assert await asked(city, q="井盖", territory="330212002") == []
    assert await asked(city, q="修剪", state="answered") == ["树枝挡路"]
    found: list[str] = []
    after: str | None = None
    while True:
        more = {"after": after} if after else {}
        page = (await city.get("/search", params={"q": "东门", "most": 3, **more})).json()
        found += [row["subject"] for row in page["rows"]]
        if (after := page["next"]) is None:
            break
    assert found == [f"井盖丢失{n}" for n in reversed(range(7))]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"q": "，。！"}, "search.nothing_asked"), ({"q": "井"}, "search.too_short"),
        ({"q": "井" * 201}, "search.too_long"), ({"q": "井盖", "after": "x"}, "list.bad_cursor"),
        ({"q": "井盖", "opened_from": "0001-01-01T00:00:00Z"}, "list.bad_filter"),
        ({"q": "井盖", "state": "\x00"}, "list.bad_filter"), ({}, "request.malformed"),
    ],
)  # fmt: skip
async def test_questions_of_no_use(city: Served, said: dict[str, str], told: str) -> None:
    answer = await city.get("/search", params=said)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == told


@pytest.mark.parametrize(
    "words", ["' | 井盖", "井盖:*", "!井盖", "井盖 & (", "\\'; drop table matter", "井盖 <-> x"]
)
async def test_signs_are_no_operators(city: Served, words: str) -> None:
    assert (await city.get("/search", params={"q": words})).status_code == 200
    assert len(await asked(city, q="井盖")) == 7
