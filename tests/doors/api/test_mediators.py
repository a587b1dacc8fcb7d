"""Mediators over HTTP: found by what fits, never by marks, given by a person, never in their own case."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from fakes.disputes import a_mediator, a_party, a_person, problem, taken_up
from fakes.served import CLERK, NEAR, RESIDENT, Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town with four mediators."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        told = [
            a_mediator("near", territories=["330212001"], fields=["neighbour"], phone="13611110000"),
            a_mediator("far", territories=["330212"], fields=["labour"], languages=["宁波话"]),
            a_mediator("busy", territories=["330212001"], fields=["neighbour"], most_cases=1),
            a_mediator("past", valid_to="2020-01-01"),
        ]
        saved = await made.post("/mediators", {"mediators": told}, CHIEF)
        assert saved.json() == {"saved": 4}
        yield made


async def give(city: Served, matter: str, mediator: str, **said: Any) -> Any:
    body = {"mediator": mediator, "reason": "熟悉当地情况", **said}
    return await city.post(f"/disputes/{matter}/mediators", body)


async def test_the_directory_is_open_and_tells_load_to_posts_only(city: Served) -> None:
    for by, shows in ((RESIDENT, False), (CLERK, True)):
        listed = (await city.get("/mediators?territory=330212001", by)).json()["mediators"]
        assert {one["id"] for one in listed} >= {"near", "far"}
        assert all((one["cases"] is not None) == shows for one in listed)
        assert not [one for one in listed if "phone" in one or "rank" in one or "score" in one]
    assert (
        problem(await city.post("/mediators", {"mediators": [a_mediator("x")]}, CLERK), 403)
        == "power.missing"
    )


async def test_who_fits_comes_first_with_reasons_and_who_cannot_has_them_too(city: Served) -> None:
    matter = (await taken_up(city))["id"]
    taken = (await taken_up(city))["id"]
    assert (await give(city, taken, "busy")).status_code == 204
    found = (await city.get(f"/disputes/{matter}/mediators/fits?field=neighbour")).json()["fits"]
    assert [one["mediator"] for one in found] == ["near", "far", "busy", "past"]
    assert [one["what"] for one in found[0]["reasons"]] == ["field", "ground", "load"]
    assert [one["what"] for one in found[2]["against"]] == ["mediator.full"]
    assert [one["what"] for one in found[3]["against"]] == ["mediator.not_in_office"]
    spoken = (await city.get(f"/disputes/{matter}/mediators/fits?language=宁波话")).json()["fits"]
    assert spoken[0]["mediator"] == "far"
    assert problem(await give(city, matter, "busy"), 409) == "mediator.full"
    assert problem(await give(city, matter, "nobody"), 404) == "mediator.unknown"
    assert problem(await give(city, matter, "near", reason=" "), 422) == "mediator.reason_missing"


async def test_nobody_mediates_in_their_own_dispute(city: Served) -> None:
    """Neither is a party given the case, nor does a mediator's own case let them become a party."""
    mine = {"name": "调解员 near", "phone": "136-1111-0000"}
    matter = (await taken_up(city, parties=[a_party(1, mine), a_party(2)]))["id"]
    answer = await give(city, matter, "near", is_another_person=True)
    assert problem(answer, 409) == "mediator.is_party"
    assert answer.json()["facts"]["basis"] == "人民调解法 15"
    other = (await taken_up(city))["id"]
    assert (await give(city, other, "near")).status_code == 204
    joined = await city.post(f"/disputes/{other}/parties", a_party(2, mine))
    assert problem(joined, 409) == "mediator.is_party"


async def test_the_same_name_is_looked_at_by_a_person(city: Served) -> None:
    namesake = a_person("调解员far")
    matter = (await taken_up(city, parties=[a_party(1, namesake), a_party(2)]))["id"]
    assert problem(await give(city, matter, "far"), 409) == "mediator.same_name"
    assert (await give(city, matter, "far", is_another_person=True)).status_code == 204


async def test_an_interest_keeps_a_mediator_away(city: Served) -> None:
    near = [{"name": "钱老板", "because": "雇主"}]
    await city.post("/mediators", {"mediators": [a_mediator("tied", interests=near)]}, CHIEF)
    matter = (await taken_up(city, parties=[a_party(1, a_person("钱老板")), a_party(2)]))["id"]
    answer = await give(city, matter, "tied")
    assert problem(answer, 409) == "mediator.has_interest"
    assert answer.json()["facts"]["because"] == "雇主"


async def test_a_panel_has_one_chief_and_who_stepped_back_stays_away(city: Served) -> None:
    matter = (await taken_up(city))["id"]
    assert (await give(city, matter, "near", is_chief=True, chosen_by="parties")).status_code == 204
    assert problem(await give(city, matter, "far", is_chief=True), 409) == "mediator.chief_twice"
    assert (await give(city, matter, "far")).status_code == 204
    assert problem(await give(city, matter, "far"), 409) == "mediator.has_it"
    back = {"asked_by": "party", "reason": "曾是对方同事"}
    assert (await city.post(f"/disputes/{matter}/mediators/far/recuse", back)).status_code == 204
    again = await give(city, matter, "far")
    assert problem(again, 409) == "mediator.stepped_back"
    assert again.json()["facts"]["because"] == "曾是对方同事"
    shown = (await city.get(f"/disputes/{matter}")).json()["mediators"]
    assert [(one["mediator"], one["is_chief"], bool(one["ended_at"])) for one in shown] == [
        ("far", False, True), ("near", True, False),
    ] or [(one["mediator"], one["is_chief"], bool(one["ended_at"])) for one in shown] == [
        ("near", True, False), ("far", False, True),
    ]  # fmt: skip


async def test_a_mediator_with_a_post_elsewhere_sees_their_case_and_no_allowance_of_their_own(
    city: Served,
) -> None:
    await city.post("/mediators", {"mediators": [a_mediator("guest", post=NEAR)]}, CHIEF)
    matter = (await taken_up(city))["id"]
    assert problem(await city.get(f"/disputes/{matter}", NEAR), 403) == "dispute.sealed"
    await give(city, matter, "guest")
    assert (await city.get(f"/disputes/{matter}", NEAR)).status_code == 200
    paid = {"amount_fen": 20_000, "paid_on": "2026-11-01"}
    own = await city.post(f"/disputes/{matter}/mediators/guest/allowance", paid, NEAR)
    assert problem(own, 403) == "mediator.own_allowance"
    assert (await city.post(f"/disputes/{matter}/mediators/guest/allowance", paid)).status_code == 204
    (shown,) = (await city.get(f"/disputes/{matter}")).json()["mediators"]
    assert (shown["allowance_fen"], shown["paid_on"]) == (20_000, "2026-11-01")
    await city.post(f"/disputes/{matter}/mediators/guest/recuse", {"asked_by": "mediator", "reason": "出差"})
    assert problem(await city.get(f"/disputes/{matter}", NEAR), 403) == "dispute.sealed"


async def test_training_and_honours(city: Served) -> None:
    deed = {"kind": "training", "held_on": "2026-03-01", "title": "调解业务培训", "hours": 16}
    assert (await city.post("/mediators/near/deeds", deed, CHIEF)).status_code == 204
    assert problem(await city.post("/mediators/nobody/deeds", deed, CHIEF), 404) == "mediator.unknown"
    late = {**deed, "held_on": "2199-01-01"}
    assert problem(await city.post("/mediators/near/deeds", late, CHIEF), 422) == "mediator.deed_in_future"
    (near,) = [one for one in (await city.get("/mediators")).json()["mediators"] if one["id"] == "near"]
    assert near["deeds"] == [deed]
