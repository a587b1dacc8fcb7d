"""Disputes over HTTP with the packs that ship: from mediation to the court, from the police and back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from fakes.served import Served, served
from fakes.town import FAR, NEAR
from yuzhi.capabilities import matters
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts

pytestmark = pytest.mark.asyncio(loop_scope="module")

POSTS = (
    Post("p-mediator", "med", "near", ("mediator",), FAR),  # sees what its unit has, not what lies near
    Post("p-intake", "intake", "hotline", ("intake_desk",), "3302"),
    Post("p-centre", "centre", "far", ("confirmation_desk",), FAR),
    Post("p-police", "officer", "hotline", ("police_officer", "court_liaison"), "3302"),
)
TODAY = datetime.now(UTC).astimezone().date().isoformat()
SIGNED = {"parties_signed_on": TODAY, "mediator_signed_on": TODAY, "sealed_on": TODAY}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town with people for disputes among its staff."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        people = tuple(Person(post.person, post.person) for post in POSTS)
        async with made.pool.acquire() as conn:
            await save_posts(conn, PostList(people, POSTS), actor="test", now=datetime.now(UTC))
        await made.assembly.ground.load()
        yield made


async def a_file(city: Served, by: str = "p-mediator") -> str:
    kept = await city.ask("POST", "/files", by, content=b"%PDF-1.7 agreement")
    assert kept.status_code == 201, kept.text
    file: str = kept.json()["file"]
    return file


async def took(city: Served, matter: str, step: str, by: str, **said: Any) -> dict[str, Any]:
    answer = await city.step(matter, step, by, **said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def agreed(city: Served, **opening: Any) -> str:
    opened = await city.opened(
        **{
            "by": "p-intake", "procedure": "people-mediation", "kind": "neighbours", "channel": "walk_in",
            "territory": NEAR, "subject": "楼上漏水", "form": {"minor_party": False}, **opening,
        }
    )  # fmt: skip
    number: str = opened["number"]
    await took(city, number, "assign", "p-intake", lead="near")
    await took(city, number, "accept", "p-mediator")
    await took(city, number, "begin", "p-mediator")
    return number


async def test_from_mediation_to_the_court_and_back(city: Served) -> None:
    number, file = await agreed(city), await a_file(city)
    proof = [{"file": file, "kind": kind} for kind in ("agreement", "recording")]
    await took(city, number, "agree-in-writing", "p-mediator", form=SIGNED, attachments=proof)
    there = {"lead": "far", "form": {"both_apply": True, "subject_of": "ordinary"}}
    given = await took(city, number, "confirm", "p-mediator", hand_over=there)
    assert given["state"] == "confirming"
    (here, over) = given["thread"]
    assert (here["number"], over["from_number"], over["is_seen"]) == (number, number, False)
    assert (over["id"], over["state"]) == (None, "")  # the mediator is told the number, and no more

    court = over["number"]
    seen = (await city.get(f"/matters/{court}", "p-centre")).json()
    assert [one["kind"] for one in seen["evidence"]] == ["agreement"]
    assert seen["fields"] == {**SIGNED, "both_apply": True, "subject_of": "ordinary"}
    await took(city, court, "take", "p-centre")
    file = await a_file(city, "p-centre")
    papers = [{"file": file, "kind": kind} for kind in ("organisation_proof", "identity")]
    await took(city, court, "file", "p-centre", form={"filed_on": TODAY}, attachments=papers)
    await took(city, court, "accept", "p-police", form={"accepted_on": TODAY})
    ruling = [{"file": await a_file(city, "p-police"), "kind": "ruling"}]
    await took(city, court, "confirm", "p-police", form={"ruled_on": TODAY}, attachments=ruling)
    after = (await city.get(f"/matters/{number}", "p-mediator")).json()
    assert (after["state"], after["outcome"], after["thread"][1]["outcome"]) == ("confirmed",) * 2 + (
        "confirmed",
    )
    assert (await matters.verify(city.assembly.store)).faults == ()


async def test_an_oral_agreement_is_refused_with_the_article(city: Served) -> None:
    number = await agreed(city)
    await took(city, number, "agree-orally", "p-mediator", form={"agreed_on": TODAY})
    refused = await city.step(number, "confirm", "p-mediator", hand_over={})
    assert (refused.status_code, refused.json()["code"]) == (409, "clock.start_missing")
    assert "人民调解法 33" in refused.json()["title"]
    # What is missing is told in words, and by name for machines.
    assert refused.json()["facts"]["dates"] == ["parties_signed_on", "mediator_signed_on", "sealed_on"]
    path = f"/matters/{number}/steps/confirm"
    in_english = {"Accept-Language": "en"}
    english = await city.post(path, {"hand_over": {}}, "p-mediator", headers=in_english)
    for answer, says in ((refused, "当事人签名日期"), (english, "day the parties signed")):
        assert says.casefold() in answer.json()["title"].casefold(), answer.text
        assert "signed_on" not in answer.json()["title"]


async def test_a_date_that_cannot_be_is_told_in_words(city: Served) -> None:
    number, file = await agreed(city, form={"minor_party": False, "arose_on": TODAY}), await a_file(city)
    proof = [{"file": file, "kind": "agreement"}]
    early = {**SIGNED, "sealed_on": "2020-01-01"}
    refused = await city.step(number, "agree-in-writing", "p-mediator", form=early, attachments=proof)
    assert (refused.status_code, refused.json()["code"]) == (422, "date.before")
    assert "调解组织盖章日期" in refused.json()["title"]
    assert "纠纷发生日期" in refused.json()["title"]
    assert refused.json()["facts"]["date"] == "sealed_on"


async def test_police_hear_of_performance_and_not_of_agreement(city: Served) -> None:
    form = {"arose_on": TODAY, "civil_origin": True, "is_minor_case": True, "minor_party": False}
    opened = await city.opened(
        by="p-police",
        procedure="police-mediation",
        kind="fight",
        channel="hotline",
        territory=NEAR,
        form=form,
    )
    case = opened["number"]
    given = await took(
        city, case, "hand-to-mediators", "p-police", hand_over={"kind": "neighbours", "lead": "near"}
    )
    talk = given["thread"][1]["number"]
    for step in ("accept", "begin"):
        await took(city, talk, step, "p-mediator")
    assert (await city.get(f"/matters/{case}", "p-police")).json()["state"] == "with_mediators"
    await took(city, talk, "agree-orally", "p-mediator", form={"agreed_on": TODAY})
    assert (await city.get(f"/matters/{case}", "p-police")).json()["state"] == "with_mediators"
    await took(city, talk, "performed", "p-mediator", form={"performed_on": TODAY})
    assert (await city.get(f"/matters/{case}", "p-police")).json()["outcome"] == "performed"


async def test_what_is_wrong_with_a_hand_over_is_said(city: Served) -> None:
    number = await agreed(city)
    wrong = {"procedure": "petition"}
    refused = await city.step(number, "to-other-road", "p-mediator", reason="合同争议", hand_over=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "hand_over.where_unknown")
    nowhere = await city.step(number, "to-other-road", "p-mediator", reason="合同争议")
    assert nowhere.json()["code"] == "hand_over.where_unknown"
    odd = await city.step(
        number, "to-other-road", "p-mediator", reason="合同争议", hand_over={"procedur": "x"}
    )
    assert odd.status_code == 400
