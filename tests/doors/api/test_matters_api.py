"""Matters over HTTP: a message goes in, reaches a unit, is answered, and everybody sees what is theirs."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response

from fakes.served import API, CLERK, FAR, NEAR, RESIDENT, Served, a_matter, served
from yuzhi.base.ids import is_matter_number

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town for all tests here: each opens matters of its own."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def empty_city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Served]:
    """A town without any matter."""
    async with served(fresh_database, tmp_path) as made:
        yield made


def problem(answer: Response, status: int) -> str:
    """Return the code of a problem, which is whole: RFC 9457, a dotted code, a sentence for people."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["type"] == f"/problems/{told['code']}"
    assert "." in told["code"]
    code: str = told["code"]
    return code


async def test_a_matter_goes_its_way(city: Served) -> None:
    opened = await city.opened(RESIDENT, channel="web", detail="小区门口的路灯三天不亮了。")
    number, id_ = opened["number"], opened["id"]
    assert is_matter_number(number)
    assert opened["tracking_code"]
    assert (opened["state"], opened["version"]) == ("received", 1)

    assert (await city.step(id_, "dispatch", CLERK, lead="near", version=1)).json()["state"] == "dispatched"
    assert (await city.step(number, "sign", NEAR, version=2)).json()["state"] == "handling"
    answered = await city.step(number, "answer", NEAR, texts={"reply": "已修好"}, outcome="solved", form={})
    assert answered.status_code == 200, answered.text
    assert (answered.json()["state"], answered.json()["texts"]["reply"]) == ("answered", "已修好")

    seen = (await city.get(f"/matters/{number}", RESIDENT)).json()
    assert (seen["id"], seen["outcome"], seen["version"]) == (id_, "solved", 4)
    assert seen["has_requester"]
    confirmed = await city.step(number, "confirm", RESIDENT, satisfaction="satisfied", solved=True)
    assert confirmed.json()["ended_at"]

    entries = (await city.get(f"/matters/{number}/journal")).json()["entries"]
    assert [one["step"] for one in entries] == ["open", "dispatch", "sign", "answer", "confirm"]
    assert [one["seq"] for one in entries] == [1, 2, 3, 4, 5]
    assert entries[1]["by"] == {"hand": "post", "id": "p-desk", "unit": "hotline"}


async def test_options_say_what_may_be_done_and_why_not_the_rest(city: Served) -> None:
    opened = await city.opened()
    options = {
        one["step"]: one for one in (await city.get(f"/matters/{opened['id']}/options")).json()["options"]
    }
    assert options["dispatch"]["is_allowed"]
    assert options["answer"]["why_not"] == "step.wrong_state"
    refused = await city.step(opened["id"], "answer", CLERK)
    assert problem(refused, 409) == options["answer"]["why_not"]


@pytest.mark.parametrize("by", [FAR, "", "0197d2a5-0000-7000-8000-000000000002"])
async def test_what_is_not_theirs_is_not_found(city: Served, by: str) -> None:
    opened = await city.opened(RESIDENT, channel="web")
    headers = {"X-Yuzhi-Requester": by} if by.startswith("0197") else {}
    who = "" if headers else by
    for path in ("", "/options", "/journal", "/relations"):
        for name in (opened["id"], opened["number"]):
            answer = await city.get(f"/matters/{name}{path}", who, headers=headers)
            assert problem(answer, 404) == "matter.not_found"
    taken = await city.ask("POST", f"/matters/{opened['id']}/steps/urge", who, json={}, headers=headers)
    assert problem(taken, 404) == "matter.not_found"
    assert (await city.get("/matters", who, headers=headers)).json()["rows"] == []


async def test_lists_and_counts_agree(empty_city: Served) -> None:
    city = empty_city
    for n in range(7):
        await city.opened(kind=("complaint", "help")[n % 2], territory=("330212001", "330212002")[n % 2])
    rows: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = (await city.get("/matters", params={"most": 3, **({"after": after} if after else {})})).json()
        rows += page["rows"]
        if (after := page["next"]) is None:
            break
    assert len({row["id"] for row in rows}) == len(rows) == 7
    assert (await city.get("/matters/count")).json() == {"count": 7, "is_exact": True}
    near = {"territory": "330212001"}
    assert {row["territory"] for row in (await city.get("/matters", params=near)).json()["rows"]} == {
        "330212001"
    }
    assert (await city.get("/matters/count", params=near)).json()["count"] == 4
    assert (await city.get("/matters/count", NEAR)).json()["count"] == 4
    assert (await city.get("/matters/count", params={"kind": "help"})).json()["count"] == 3
    assert (await city.get("/matters/count", params={"state": ["received", "closed"]})).json()["count"] == 7
    assert (await city.get("/matters/count", params={"channel": "web"})).json()["count"] == 0
    assert (await city.get("/matters/count", params={"order": "newest", "outcome": "solved"})).json()[
        "count"
    ] == 0


async def test_rates_and_procedures_are_there(empty_city: Served) -> None:
    city = empty_city
    await city.opened()
    groups = (await city.get("/rates", params={"by": "kind"})).json()["groups"]
    assert [(one["group"], one["received"]) for one in groups] == [("complaint", 1)]
    names = [one["name"] for one in (await city.get("/procedures")).json()["procedures"]]
    assert "citizen-request" in names
    whole = (await city.get("/procedures/citizen-request")).json()
    assert whole["definition"]["starts"] == "received"
    assert problem(await city.get("/procedures/nothing"), 404) == "procedure.unknown"


async def matters_in(city: Served) -> int:
    found: int = await city.pool.fetchval("select count(*) from matter")
    return found


LONG = "8d5f0c2e-3b1a-4c55-9c1e-7f1f3f5f0a11"


class TestTheSameKey:
    async def test_the_same_answer_again(self, city: Served) -> None:
        headers, before = {"Idempotency-Key": "again"}, await matters_in(city)
        answers = [await city.post("/matters", a_matter(), headers=headers) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert await matters_in(city) == before + 1

    async def test_at_once_too(self, city: Served) -> None:
        headers, before = {"Idempotency-Key": "at once"}, await matters_in(city)
        asking = (city.post("/matters", a_matter(), headers=headers) for _ in range(12))
        answers = await asyncio.gather(*asking)
        assert len({answer.content for answer in answers}) == 1
        assert await matters_in(city) == before + 1

    async def test_of_somebody_nobody_knows_too(self, city: Served) -> None:
        body, headers, before = a_matter(channel="web"), {"Idempotency-Key": LONG}, await matters_in(city)
        answers = [await city.post("/matters", body, "", headers=headers) for _ in range(2)]
        assert len({answer.content for answer in answers}) == 1
        assert await matters_in(city) == before + 1

    async def test_of_somebody_nobody_knows_a_key_others_might_use_is_refused(self, city: Served) -> None:
        answer = await city.post("/matters", a_matter(channel="web"), "", headers={"Idempotency-Key": "1"})
        assert problem(answer, 422) == "idempotency.key_too_short"

    async def test_another_request_is_refused(self, city: Served) -> None:
        await city.post("/matters", a_matter(), headers={"Idempotency-Key": "k1"})
        again = await city.post("/matters", a_matter(subject="别的"), headers={"Idempotency-Key": "k1"})
        assert problem(again, 422) == "idempotency.key_reused"

    async def test_a_key_too_long_is_refused(self, city: Served) -> None:
        assert problem(await city.post("/matters", a_matter(), headers={"Idempotency-Key": "k" * 201}), 400)


class TestSteps:
    async def test_a_stale_version(self, city: Served) -> None:
        opened = await city.opened()
        assert (await city.step(opened["id"], "dispatch", lead="near", version=1)).status_code == 200
        assert (
            problem(await city.step(opened["id"], "dispatch", lead="far", version=1), 409) == "matter.stale"
        )

    async def test_submitted_twice_it_is_done_once(self, city: Served) -> None:
        opened = await city.opened()
        asking = (city.step(opened["id"], "dispatch", lead="near", version=1) for _ in range(5))
        answers = await asyncio.gather(*asking)
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]

    @pytest.mark.parametrize(
        ("step", "by", "said", "status", "code"),
        [
            ("fly", CLERK, {}, 404, "step.unknown"),
            ("answer", CLERK, {}, 409, "step.wrong_state"),
            ("dispatch", NEAR, {"lead": "near"}, 403, "step.not_your_duty"),
            ("dispatch", CLERK, {}, 422, "assign.unit_missing"),
            ("dispatch", CLERK, {"lead": "nobody"}, 422, "unit.unknown"),
            ("dispatch", CLERK, {"lead": "near", "co_handlers": ["near"]}, 409, "assign.unit_twice"),
            ("classify", CLERK, {}, 422, "classify.nothing_given"),
            ("classify", CLERK, {"category": "aliens"}, 422, "category.unknown"),
            ("locate", CLERK, {"territory": "999999"}, 422, "territory.unknown"),
            ("decline", CLERK, {"reason": "tired", "texts": {"reply": "不"}}, 422, "reason.unknown"),
            ("decline", CLERK, {"reason": "unlawful_request"}, 422, "text.missing"),
            ("dispatch", CLERK, {"lead": "near", "form": {"a": 1}}, 422, "form.not_expected"),
            ("dispatch", CLERK, {"lead": "near", "texts": {"subject": "x"}}, 422, "text.not_expected"),
            ("merge", CLERK, {"target": "2026030200000013"}, 404, "matter.not_found"),
            ("dispatch", CLERK, {"lead": "near", "attachments": [{"file": "a" * 64}]}, 404, "file.not_found"),
        ],
    )
    async def test_what_is_refused(
        self, city: Served, step: str, by: str, said: dict[str, Any], status: int, code: str
    ) -> None:
        opened = await city.opened()
        assert problem(await city.step(opened["id"], step, by, **said), status) == code
        assert (await city.get(f"/matters/{opened['id']}")).json()["version"] == 1

    async def test_a_form_that_fails_names_what_is_wrong(self, city: Served) -> None:
        opened = await city.opened()
        await city.step(opened["id"], "dispatch", lead="near")
        await city.step(opened["id"], "sign", NEAR)
        said = {"texts": {"reply": "好"}, "outcome": "solved", "form": {"nothing_like_it": [1]}}
        answer = await city.step(opened["id"], "answer", NEAR, **said)
        assert problem(answer, 422) == "form.invalid"
        assert "nothing_like_it" in str(answer.json()["facts"]["errors"])


class TestWhoAsks:
    async def test_an_unknown_post(self, city: Served) -> None:
        assert problem(await city.get("/matters", "p-nobody"), 401) == "sign_in.unknown_post"

    async def test_a_requester_who_is_no_id(self, city: Served) -> None:
        answer = await city.get("/matters", "", headers={"X-Yuzhi-Requester": "me"})
        assert problem(answer, 401) == "sign_in.unknown_requester"

    async def test_without_the_development_sign_in_no_header_is_believed(
        self, own_database: str, city: Served
    ) -> None:
        home = city.assembly.settings.home  # with the keys to what lies in the database
        async with served(own_database, home, is_laid=True, development_sign_in=False) as other:
            assert problem(await other.get("/matters"), 401).startswith("sign_in.")


async def test_answers_come_in_the_language_asked_for(city: Served) -> None:
    said = {}
    for language in (
        "zh-CN,zh;q=0.9,en;q=0.8",
        "en-GB,en;q=0.9",
        "en;q=0.3, zh;q=0.9",
        "fr",
        "",
        "zh;q=0.1,en",
    ):
        answer = await city.get("/matters/nothing", headers={"Accept-Language": language})
        said[language] = "en" if answer.json()["title"].isascii() else "zh"
    assert said == {
        "zh-CN,zh;q=0.9,en;q=0.8": "zh", "en-GB,en;q=0.9": "en", "en;q=0.3, zh;q=0.9": "zh",
        "fr": "zh", "": "zh", "zh;q=0.1,en": "en",
    }  # fmt: skip


async def test_paths_and_methods_that_are_not_there(city: Served) -> None:
    assert problem(await city.get("/nothing"), 404) == "request.not_found"
    answer = await city.ask("DELETE", "/matters")
    assert problem(answer, 405) == "request.method_not_allowed"
    assert {"GET", "POST"} <= {one.strip() for one in answer.headers["allow"].split(",")}
    assert (await city.client.get("/health/live")).json() == {"status": "alive"}
    assert (await city.client.get("/health/ready")).json() == {"status": "ready"}


def references(told: Any) -> set[str]:
    """Return what a document refers to inside itself."""
    if isinstance(told, dict):
        own = {told["$ref"]} if isinstance(told.get("$ref"), str) else set()
        return own.union(*(references(one) for one in told.values()))
    return set().union(*(references(one) for one in told)) if isinstance(told, list) else set()


async def test_the_api_describes_itself(city: Served) -> None:
    answer = await city.client.get("/openapi.json")
    assert answer.status_code == 200
    told = answer.json()
    assert told["openapi"].startswith("3.1")
    served_ = {
        (route.path_format, method) for route in city.app.routes for method in getattr(route, "methods", ())
    }
    wanted = {(path, method) for path, method in served_ if path.startswith(API) and method != "OPTIONS"}
    said = {(path, method.upper()) for path, item in told["paths"].items() for method in item}
    assert {(path, method) for path, method in wanted if method != "HEAD"} <= said
    for item in told["paths"].values():
        for operation in item.values():
            assert operation["description"], operation["operationId"]
    for reference in references(told):
        part: Any = told
        for name in reference.removeprefix("#/").split("/"):
            part = part[name.replace("~1", "/").replace("~0", "~")]
    ids = [operation["operationId"] for item in told["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))


async def test_an_event_that_is_filed_goes_where_the_rules_send_it(city: Served) -> None:
    event: dict[str, Any] = {
        "procedure": "grid-event",
        "kind": "event",
        "category": "event/appearance/rubbish",
        "form": {},
    }
    opened = await city.opened(**event, lon=121.5, lat=29.8, subject="墙角一堆垃圾")
    assert opened["state"] == "reported"
    filed = await city.step(opened["id"], "file")
    assert filed.status_code == 200, filed.text
    assert filed.json()["state"] == "dispatched"
    seen = (await city.get(f"/matters/{opened['id']}")).json()
    assert [(one["unit"], one["role"]) for one in seen["assignments"]] == [("near", "lead")]
    other = await city.opened(**{**event, "category": "event/order/parking"}, lon=121.5, lat=29.8)
    assert (await city.step(other["id"], "file")).json()["state"] == "filed"  # there is no such unit here
