"""Screening and figures over HTTP: every grid every day, disputes by kind and season, and nobody by name."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import yuzhi.capabilities
from fakes.disputes import a_mediator, problem, taken_up
from fakes.served import CLERK, FAR, NEAR, Served, served
from yuzhi.capabilities.agreements import mind_performance

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"
ROOMS = ("parties", "agreements", "mediators", "reception", "screening", "mediation")
NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town, its grid worker and two grids."""
    async with served(own_database, tmp_path_factory.mktemp("home"), now=lambda: NOW) as made:
        await made.pool.execute(
            "insert into territory (code, name, level, parent) values"
            " ('330212001001', '湖下社区', 'community', '330212001'),"
            " ('330212001001001', '湖下一网格', 'grid', '330212001001'),"
            " ('330212001001002', '湖下二网格', 'grid', '330212001001') on conflict do nothing"
        )
        await made.pool.execute(
            "insert into person (id, name) values ('grid', '网格员') on conflict do nothing;"
            "insert into post (id, person, unit, duties, territory) values"
            " ('p-grid', 'grid', 'near', '{grid_worker}', '330212001001'),"
            " ('p-town', 'grid', 'near', '{community_mediator,town_mediator}', '330212001')"
        )
        await made.assembly.ground.load()
        saved = await made.post("/mediators", {"mediators": [a_mediator("m1", post="p-desk")]}, CHIEF)
        assert saved.status_code == 200
        yield made


async def noted(city: Served, grid: str, kind: str, **said: Any) -> str:
    opened = await city.opened(
        "p-grid", procedure="dispute-screening", kind=kind, channel="patrol", subject="两户为停车争吵",
        territory=grid, **said,
    )  # fmt: skip
    id_: str = opened["id"]
    return id_


async def test_every_grid_is_looked_at_even_when_nothing_is_found(city: Served) -> None:
    one, two = "330212001001001", "330212001001002"
    before = (await city.get("/screening/coverage?territory=330212001", "p-town")).json()
    assert (before["looked_at"], before["of"], before["missing"]) == (0, 2, [one, two])
    await noted(city, one, "neighbours")
    told = (await city.post("/screening/days", {"grid": one}, "p-grid")).json()
    assert told["found"] == 1
    nothing = (await city.post("/screening/days", {"grid": two}, "p-grid")).json()
    assert nothing["found"] == 0
    after = (await city.get("/screening/coverage", "p-town")).json()
    assert (after["looked_at"], after["missing"]) == (2, [])
    assert problem(await city.post("/screening/days", {"grid": one}, FAR), 403) == "screening.not_your_ground"
    old = {"grid": one, "on_day": "2026-10-01"}
    assert problem(await city.post("/screening/days", old, "p-grid"), 422) == "screening.bad_day"


async def test_what_is_not_settled_is_raised_and_analysed_by_kind_place_and_season(city: Served) -> None:
    one = "330212001001001"
    settled = await noted(city, one, "tenancy", urgency="slow")
    done = await city.step(
        settled, "settle-at-grid", "p-grid", outcome="settled", texts={"measures": "已劝和"}
    )
    assert done.status_code == 200, done.text
    raised = await noted(city, one, "tenancy", urgency="urgent")
    up = await city.step(raised, "straight-to-town", "p-grid", reason="may_turn_violent")
    assert up.json()["state"] == "at_town"
    await noted(city, one, "neighbours")
    kinds = (await city.get("/screening/analysis?by=kind", "p-town")).json()["groups"]
    (tenancy,) = [row for row in kinds if row["group"] == "tenancy"]
    assert (tenancy["noted"], tenancy["settled"], tenancy["open"], tenancy["urgent"]) == (2, 1, 1, 1)
    seasons = (await city.get("/screening/analysis?by=season", "p-town")).json()["groups"]
    assert [row["group"] for row in seasons] == ["Q4"]
    levels = (await city.get("/screening/analysis?by=level", "p-town")).json()["groups"]
    assert {"at_town", "at_grid"} <= {row["group"] for row in levels}
    assert (await city.get("/screening/analysis", FAR)).json()["groups"] == []


@pytest.mark.parametrize("by", ["person", "party", "requester", "name", "mediator", "post"])
async def test_nobody_can_ask_for_disputes_by_person(city: Served, by: str) -> None:
    for path in ("/screening/analysis", "/disputes/figures"):
        assert (await city.get(f"{path}?by={by}", CHIEF)).status_code == 400


async def test_no_statement_groups_by_a_person() -> None:
    """No list of troublesome people comes about by accident: no query groups by who somebody is."""
    folder = Path(yuzhi.capabilities.__path__[0])
    person = re.compile(
        r"group\s+by[^;\"]*\b(person|party|requester|strong|weak|name_mark|phone|id_number)\b", re.I
    )
    files = [file for room in ROOMS for file in (folder / room).rglob("*.py")]
    assert len(files) > 30
    assert [file.name for file in files if person.search(file.read_text(encoding="utf-8"))] == []
    assert person.search("select count(*) from party p group by p.person")


async def test_figures_tell_what_became_of_disputes_with_denominators(city: Served) -> None:
    start = NOW - timedelta(hours=2)
    cases = [await taken_up(city) for _ in range(4)]
    for number, one in enumerate(cases[:3]):
        path = f"/disputes/{one['id']}"
        await city.post(f"{path}/mediators", {"mediator": "m1", "reason": "就近"})
        due = {"party": one["parties"][0], "due_on": "2026-11-05", "what": "道歉"}
        oral = {
            "form": "oral", "facts": "争吵", "terms": "互相道歉", "agreed_at": NOW.isoformat(),
            "instalments": [due] if number else [],
        }  # fmt: skip
        made = await city.post(f"{path}/agreements", oral)
        assert made.status_code == 201, made.text
        if number == 1:
            kept = f"{path}/agreements/{made.json()['id']}/instalments/1/performance"
            assert (await city.post(kept, {"performed_on": "2026-11-02"})).json()["state"] == "performed"
    late = NOW + timedelta(days=5)
    assert (await mind_performance(city.needs.centre.agreements, late)).missed == 1
    query = f"opened_from={start:%Y-%m-%dT%H:%M:%SZ}&by="
    (road,) = (await city.get(f"/disputes/figures?{query}road")).json()["groups"]
    assert (road["group"], road["accepted"]) == ("citizen-request", 4)
    assert road["agreed"] == {"count": 3, "of": 3, "share": 1.0}
    assert road["performed"] == {"count": 1, "of": 3, "share": 0.3333}
    assert road["broken"] == {"count": 1, "of": 3, "share": 0.3333}
    assert road["to_court"] == {"count": 0, "of": 4, "share": 0.0}
    assert road["days_to_agree"] == 0.0
    (centre,) = (await city.get(f"/disputes/figures?{query}centre")).json()["groups"]
    assert centre["group"] == "hotline"
    # Whoever answers for the ground counts the cases, and still sees nothing of what is in them.
    (near,) = (await city.get(f"/disputes/figures?{query}kind", NEAR)).json()["groups"]
    assert near["accepted"] == 4
    assert problem(await city.get(f"/disputes/{cases[0]['id']}", NEAR), 403) == "dispute.sealed"
    assert (await city.get(f"/disputes/figures?{query}kind", FAR)).json()["groups"] == []


async def test_an_agreement_not_kept_shows_the_roads_left_and_opens_one(city: Served) -> None:
    one = await taken_up(city)
    path = f"/disputes/{one['id']}"
    await city.post(f"{path}/mediators", {"mediator": "m1", "reason": "就近"})
    due = {"party": one["parties"][0], "due_on": "2026-11-03", "what": "付款", "amount_fen": 1000}
    oral = {
        "form": "oral", "facts": "欠款", "terms": "付款", "agreed_at": NOW.isoformat(), "instalments": [due],
    }  # fmt: skip
    made = (await city.post(f"{path}/agreements", oral)).json()
    answers = {
        "field": "contract", "other_side": "person", "stage": "failed", "arbitration_clause": "without",
        "violence": "calm",
    }  # fmt: skip
    unkept = f"{path}/agreements/{made['id']}/unkept"
    early = await city.post(unkept, {"answers": answers})
    assert problem(early, 409) == "agreement.not_broken"
    await mind_performance(city.needs.centre.agreements, NOW + timedelta(days=3))
    roads = (await city.post(unkept, {"answers": answers})).json()["roads"]
    assert [one["road"] for one in roads] == ["litigation", "people_mediation"]
    assert roads[0]["because"][0]["basis"] == "人民调解法 32"
    wages = (await city.post(unkept, {"answers": {**answers, "field": "labour"}})).json()["roads"]
    assert "payment_order" in {one["road"] for one in wages}
    nowhere = await city.post(unkept, {"answers": {**answers, "field": "labour"}, "road": "payment_order"})
    assert problem(nowhere, 409) == "guide.not_here"
    assert (
        problem(await city.post(unkept, {"answers": answers, "road": "petition"}), 422)
        == "guide.road_unknown"
    )
    told = {"answers": answers, "road": "people_mediation", "kind": "debt", "form": {"minor_party": False}}
    again = await city.post(unkept, told)
    assert again.status_code == 200, again.text
    new = again.json()["matter"]
    shown = (await city.get(f"/disputes/{new}")).json()
    assert (shown["origin"], len(shown["parties"])) == (one["id"], 2)
    assert (await city.get(path)).json()["reopened_as"] == [new]
    (carried,) = (await city.get(f"/disputes/{new}/agreements")).json()["agreements"]
    assert (carried["state"], carried["terms"]) == ("broken", "付款")
    assert (await city.get(f"/matters/{new}", CLERK)).json()["procedure"] == "people-mediation"
