"""Policy answers over HTTP: found in one's own words, kept by whom the city lets, drawn on by drafts."""

from collections.abc import AsyncIterator
from importlib.resources import as_file, files
from typing import Any

import pytest
import pytest_asyncio

from fakes.disputes import problem
from fakes.served import CLERK, RESIDENT, Served, served
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import policies
from yuzhi.capabilities.policies import NewPolicy

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"


def an_answer(id_: str, **said: Any) -> dict[str, Any]:
    return {"id": id_, "question": "养鸽子要登记吗", "answer": "不用。", "source": "办法第一条", **said}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A town with the demonstration's answers and three of its own."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        with as_file(files("yuzhi") / "data" / "demo" / "policies.csv") as listed:
            await policies.save(made.pool, policies.read_policies(listed), actor="test", now=made.needs.now())
        told = [
            an_answer("over", question="旧办法里养鸽子要登记吗", valid_to="2020-01-01"),
            an_answer("later", question="新办法里养鸽子要登记吗", valid_from="2999-01-01"),
            an_answer("z-now", topic="养鸽"),
        ]
        saved = await made.post("/policies", {"policies": told}, CHIEF)
        assert saved.json() == {"saved": 3}
        yield made


async def ids(city: Served, words: str, more: str = "") -> list[str]:
    answer = await city.get(f"/public/policies/search?q={words}{more}", RESIDENT)
    assert answer.status_code == 200, answer.text
    return [one["policy"]["id"] for one in answer.json()["found"]]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("公积金怎么提取", "demo-06"),
        ("晚上工地施工吵死了", "demo-03"),
        ("加裝電梯要多少人同意", "demo-07"),
        ("我家楼下饭店油烟太大", "demo-05"),
        ("路灯不亮找谁", "demo-01"),
        ("老板不发工资", "demo-17"),
        ("垃圾怎么分", "demo-21"),
        ("养狗", "demo-20"),
    ],
)
async def test_people_ask_in_their_own_words(city: Served, words: str, first: str) -> None:
    assert (await ids(city, words))[0] == first


@pytest.mark.parametrize("words", ["量子计算机", "xyzzy", "火星移民"])
async def test_what_nobody_answered_finds_nothing(city: Served, words: str) -> None:
    assert await ids(city, words) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [("", "search.nothing_asked"), ("井", "search.too_short"), ("问" * 201, "search.too_long")],
)
async def test_what_is_no_question_is_refused(city: Served, words: str, code: str) -> None:
    assert problem(await city.get(f"/public/policies/search?q={words}", RESIDENT), 422) == code


async def test_an_answer_is_given_out_only_while_it_is_valid(city: Served) -> None:
    assert await ids(city, "养鸽子登记") == ["z-now"]
    for gone in ("over", "later", "none"):
        assert problem(await city.get(f"/public/policies/{gone}", RESIDENT), 404) == "policy.unknown"
    shown = (await city.get("/public/policies/z-now", RESIDENT)).json()
    assert (shown["answer"], shown["source"]) == ("不用。", "办法第一条")


async def test_what_was_asked_for_is_marked_and_a_topic_narrows(city: Served) -> None:
    answer = await city.get("/public/policies/search?q=住房公积金", RESIDENT)
    (first, *_) = answer.json()["found"]
    question = next(one for one in first["passages"] if one["name"] == "question")
    assert "公积金" in "".join(one["words"] for one in question["pieces"] if one["is_found"])
    assert await ids(city, "养鸽子登记", "&topic=住房保障") == []


async def test_the_list_goes_page_by_page_and_tells_the_topics(city: Served) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = (await city.get(f"/public/policies?most=10&after={after}", RESIDENT)).json()
        seen += [one["id"] for one in page["policies"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 23
    assert {"name": "住房保障", "answers": 3} in page["topics"]
    only = (await city.get("/public/policies?topic=养鸽", RESIDENT)).json()["policies"]
    assert [one["id"] for one in only] == ["z-now"]


async def test_only_who_has_the_power_keeps_them(city: Served) -> None:
    for by in (RESIDENT, CLERK):
        refused = await city.post("/policies", {"policies": [an_answer("x")]}, by)
        assert problem(refused, 403) == "power.missing"
    await city.post("/policies", {"policies": [an_answer("x", question="养蜜蜂要登记吗")]}, CHIEF)
    assert await ids(city, "养蜜蜂") == ["x"]
    await city.post("/policies", {"policies": [an_answer("x", question="养金鱼要登记吗")]}, CHIEF)
    assert await ids(city, "养蜜蜂") == []
    assert (await ids(city, "养金鱼"))[0] == "x"
    assert (await city.ask("DELETE", "/policies/x", CHIEF)).status_code == 204
    assert problem(await city.ask("DELETE", "/policies/x", CHIEF), 404) == "policy.unknown"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ([an_answer(" ")], "policy.incomplete"),
        ([an_answer("y", answer="\n")], "policy.incomplete"),
        ([an_answer("y"), an_answer("y")], "policy.repeated"),
        ([an_answer("y", valid_from="2026-02-01", valid_to="2026-02-01")], "policy.dates_reversed"),
    ],
)
async def test_what_is_not_sound_is_refused_whole(city: Served, told: list[Any], code: str) -> None:
    assert problem(await city.post("/policies", {"policies": told}, CHIEF), 422) == code
    assert problem(await city.get("/public/policies/y", RESIDENT), 404) == "policy.unknown"


async def test_a_batch_has_its_bound(city: Served) -> None:
    told = [NewPolicy(str(number), "问", "答", "源") for number in range(5001)]
    with pytest.raises(Refusal, match=r"policy\.too_many"):
        await policies.save(city.pool, told, actor="test", now=city.needs.now())


async def test_a_draft_reply_draws_on_them_and_says_so(city: Served) -> None:
    matter = (await city.opened(subject="租房能提取住房公积金吗"))["id"]
    draft = (await city.get(f"/matters/{matter}/draft", CLERK)).json()
    assert "没有自有住房" in draft["text"]
    assert [one["id"] for one in draft["policies"]] == ["demo-06"]
    assert draft["policies"][0]["source"].startswith("《住房公积金管理条例》")


async def test_those_who_keep_them_see_all_of_them(city: Served) -> None:
    async def kept(query: str, by: str = CHIEF) -> list[tuple[str, str]]:
        told = (await city.get(f"/admin/policies?{query}", by)).json()
        return [(one["policy"]["id"], one["state"]) for one in told["policies"]]

    pigeons = [("later", "to_come"), ("over", "over"), ("z-now", "valid")]
    assert await kept("q=养鸽子") == pigeons
    for id_, state in pigeons:
        assert await kept(f"q=养鸽子&state={state}") == [(id_, state)]
    first = (await city.get("/admin/policies?most=2", CHIEF)).json()
    assert len(first["policies"]) == 2
    after = (await city.get(f"/admin/policies?most=2&after={first['next']}", CHIEF)).json()
    assert after["policies"][0]["policy"]["id"] > first["next"]
    assert problem(await city.get("/admin/policies?state=x", CHIEF), 400) == "request.malformed"
    assert problem(await city.get("/admin/policies", CLERK), 403) == "power.missing"
