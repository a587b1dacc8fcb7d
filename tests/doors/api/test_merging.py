"""Many who say the same: one matter is handled, everybody who asked is answered and asked for a verdict."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from fakes.served import API, CLERK, FAR, NEAR, Served, a_matter, served
from yuzhi.capabilities.deliveries import deliver_due
from yuzhi.capabilities.matters import pass_answers_on
from yuzhi.capabilities.sharing import scrub

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


class Asking:
    """Somebody who asks, and their matter."""

    def __init__(self, city: Served) -> None:
        self.city = city
        self.headers = {"X-Yuzhi-Requester": str(uuid4())}
        self.matter = ""

    async def open(self, **said: Any) -> "Asking":
        body = a_matter(channel="web", **said)
        answer = await self.city.client.post(f"{API}/matters", json=body, headers=self.headers)
        self.matter = answer.json()["id"]
        return self

    async def get(self, what: str = "") -> Any:
        answer = await self.city.client.get(f"{API}/matters/{self.matter}{what}", headers=self.headers)
        return answer.json()

    async def letters(self) -> list[str]:
        return [one["letter"] for one in reversed((await self.get("/notices"))["rows"])]

    async def step(self, step: str, **said: Any) -> Any:
        answer = await self.city.client.post(
            f"{API}/matters/{self.matter}/steps/{step}", json=said, headers=self.headers
        )
        return answer.json()


async def take(city: Served, matter: str, step: str, by: str = CLERK, **said: Any) -> None:
    answer = await city.step(matter, step, by, **said)
    assert answer.status_code == 200, answer.text


async def worked(city: Served) -> None:
    """Do what the worker does."""
    while (await pass_answers_on(city.needs.office, city.pool, city.needs.now(), scrub)).told:
        pass
    while (await deliver_due(city.needs.post.room, city.needs.now)).claimed:
        pass


async def test_every_requester_is_answered_and_asked(city: Served) -> None:
    first, second, third = [await Asking(city).open() for _ in range(3)]
    for one in (second, third):
        await take(city, one.matter, "merge", target=first.matter)
    await take(city, first.matter, "dispatch", lead="near")
    await take(city, first.matter, "sign", NEAR)
    await worked(city)
    assert await second.letters() == ["received", "merged"]

    reply = "您好，路灯已于今天修好。王建国先生联系电话13812345678。"
    await take(city, first.matter, "answer", NEAR, outcome="solved", texts={"reply": reply})
    await worked(city)
    assert (await first.letters())[-1] == "answered"
    for one in (second, third):
        assert await one.letters() == ["received", "merged", "answered-with-lead"]
        body = (await one.get("/notices"))["rows"][0]["body"]
        assert "路灯已于今天修好" in body
        assert "13812345678" not in body
        may = {option["step"] for option in (await one.get("/options"))["options"] if option["is_allowed"]}
        assert {"confirm-merged", "dispute"} <= may

    assert (await second.step("confirm-merged", satisfaction="satisfied", solved=True))["satisfaction"]
    told = await third.step(
        "dispute", satisfaction="not_satisfied", solved=False, texts={"objection": "我家门口的还不亮"}
    )
    assert told["state"] == "disputed"
    await worked(city)

    related = (await city.get(f"/matters/{first.matter}/relations")).json()
    assert (related["merged"], related["verdicts"], related["satisfied"]) == (1, 1, 1)
    assert [(one["kind"], one["is_live"]) for one in related["linked"]] == [
        ("duplicate_of", True), ("duplicate_of", False),
    ]  # fmt: skip
    above = (await city.get(f"/matters/{second.matter}/relations")).json()["merged_into"]
    assert above == [(await city.get(f"/matters/{first.matter}")).json()["number"]]


async def test_ties_to_matters_out_of_sight_are_counted_and_not_shown(city: Served) -> None:
    here = await Asking(city).open(territory="330212001")
    there = await Asking(city).open(territory="330212002")
    await take(city, there.matter, "merge", target=here.matter)
    whole = (await city.get(f"/matters/{here.matter}/relations")).json()
    assert [one["id"] for one in whole["linked"]] == [there.matter]
    near = (await city.get(f"/matters/{here.matter}/relations", NEAR)).json()
    assert (near["linked"], near["merged"]) == ([], 1)
    far = (await city.get(f"/matters/{there.matter}/relations", FAR)).json()
    assert far["links"] == []
    assert len(far["merged_into"]) == 1, "one has to know which matter is the one that is handled"


async def test_who_asked_learns_of_nobody_else(city: Served) -> None:
    first, second = await Asking(city).open(), await Asking(city).open()
    await take(city, second.matter, "merge", target=first.matter)
    for one in (first, second):
        related = await one.get("/relations")
        assert (related["merged_into"], related["links"], related["linked"], related["merged"]) == (
            [],
            [],
            [],
            0,
        )
    assert (await city.client.get(f"{API}/matters/{first.matter}", headers=second.headers)).status_code == 404
