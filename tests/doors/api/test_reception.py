"""A visit to the centre over HTTP: the guide to the right road, the person's choice, numbers and windows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from fakes.disputes import a_dispute, a_party, a_person, problem
from fakes.served import CLERK, NEAR, RESIDENT, Served, a_matter, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALM = {"arbitration_clause": "without", "violence": "calm"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town for all tests here."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


async def came(city: Served, **answers: str) -> dict[str, Any]:
    answer = await city.post("/registrations", {"answers": {**CALM, **answers}})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def open_roads(visit: dict[str, Any]) -> list[str]:
    return [one["road"] for one in visit["roads"] if one["is_open"]]


async def test_the_guide_asks_in_both_languages(city: Served) -> None:
    zh = (await city.get("/guide")).json()
    en = (await city.get("/guide", headers={"Accept-Language": "en"})).json()
    assert [one["question"] for one in zh["questions"]] == [one["question"] for one in en["questions"]]
    assert zh["questions"][0]["choices"]["labour"] == "劳动争议"
    assert en["questions"][0]["choices"]["labour"] == "Labour"


@pytest.mark.parametrize(
    ("answers", "opened", "closed"),
    [
        ({"field": "neighbours", "other_side": "person", "stage": "new"}, "people_mediation", "petition"),
        ({"field": "labour", "other_side": "employer", "stage": "new"}, "labour", "litigation"),
        ({"field": "administrative", "other_side": "authority", "stage": "new"}, "reconsideration",
         "petition"),
        ({"field": "family", "other_side": "person", "stage": "new"}, "people_mediation", "arbitration"),
        ({"field": "suggestion", "other_side": "authority", "stage": "new"}, "petition", ""),
        ({"field": "suggestion", "other_side": "authority", "stage": "petitioned"}, "negotiation",
         "petition"),
        ({"field": "suggestion", "other_side": "authority", "stage": "reviewed"}, "negotiation", "petition"),
        ({"field": "contract", "other_side": "person", "stage": "new",
          "arbitration_clause": "with_clause"}, "arbitration", "litigation"),
        ({"field": "medical", "other_side": "organisation", "stage": "new"}, "industry_mediation",
         "petition"),
        ({"field": "property_management", "other_side": "organisation", "stage": "new"},
         "administrative_mediation", "petition"),
        ({"field": "contract", "other_side": "person", "stage": "failed"}, "lawyers_mediation", "petition"),
        ({"field": "suggestion", "other_side": "authority", "stage": "new"}, "petition",
         "industry_mediation"),
        ({"field": "injury", "other_side": "person", "stage": "police"}, "police_mediation", "petition"),
        ({"field": "contract", "other_side": "person", "stage": "agreed"}, "confirmation", "petition"),
        ({"field": "family", "other_side": "person", "stage": "new", "violence": "danger"}, "police",
         "negotiation"),
    ],
)  # fmt: skip
async def test_the_guide_shows_the_road_and_the_law(
    city: Served, answers: dict[str, str], opened: str, closed: str
) -> None:
    visit = await came(city, **answers)
    roads = {one["road"]: one for one in visit["roads"]}
    assert roads[opened]["is_open"]
    assert all(one["because"] and one["because"][0]["basis"] for one in visit["roads"])
    if closed:
        assert closed not in open_roads(visit)
    if closed and closed in roads:
        refused = await city.post(f"/registrations/{visit['id']}/choice", {"road": closed})
        assert problem(refused, 409) == "guide.road_closed"
        assert refused.json()["facts"]["basis"]


async def test_one_registration_goes_all_the_way_to_a_case(city: Served) -> None:
    """The road's procedure is opened with its parties; here by a road that stands on a pack at hand."""
    visit = await came(city, field="neighbours", other_side="person", stage="new")
    path = f"/registrations/{visit['id']}"
    chosen = {"road": "negotiation", "because": "想先自己谈谈"}
    done = (await city.post(f"{path}/choice", chosen)).json()
    assert (done["chosen"], done["because"], done["matter"]) == ("negotiation", "想先自己谈谈", None)
    again = await city.post(f"{path}/choice", {"road": "people_mediation"})
    assert problem(again, 409) == "guide.chosen_already"
    # What was offered then stays on record as it was.
    assert (await city.get(path)).json()["roads"] == visit["roads"]
    assert problem(await city.get(path, NEAR), 404) == "registration.unknown"
    listed = (await city.get("/registrations?most=1")).json()
    assert len(listed["registrations"]) == 1


async def test_a_road_that_is_not_here_is_recorded_without_a_case(city: Served) -> None:
    visit = await came(
        city, field="contract", other_side="person", stage="new", arbitration_clause="with_clause"
    )
    path = f"/registrations/{visit['id']}/choice"
    refused = await city.post(path, {"road": "arbitration", "dispute": a_dispute()})
    assert problem(refused, 409) == "guide.not_here"
    assert (await city.post(path, {"road": "arbitration"})).json()["chosen"] == "arbitration"


async def test_an_opening_that_is_refused_leaves_the_choice_open(city: Served) -> None:
    visit = await came(city, field="neighbours", other_side="person", stage="new")
    path = f"/registrations/{visit['id']}"
    lone = {"road": "people_mediation", "dispute": a_dispute(parties=[a_party(1)])}
    assert problem(await city.post(f"{path}/choice", lone), 422) == "dispute.one_side"
    assert (await city.get(path)).json()["chosen"] is None


async def test_who_chooses_twice_at_one_moment_opens_one_case(city: Served) -> None:
    visit = await came(city, field="neighbours", other_side="person", stage="new")
    path = f"/registrations/{visit['id']}"
    matter = {**a_matter(), "kind": "neighbours", "channel": "walk_in", "form": {"minor_party": False}}
    before = await city.pool.fetchval("select count(*) from matter")
    answers = await asyncio.gather(*(
        city.post(f"{path}/choice", {"road": "people_mediation", "dispute": a_dispute(matter=matter)})
        for _ in range(3)
    ))  # fmt: skip
    (done,) = (one for one in answers if one.status_code == 200)
    assert {problem(one, 409) for one in answers if one is not done} == {"guide.chosen_already"}
    assert await city.pool.fetchval("select count(*) from matter") == before + 1
    opened = (await city.get(f"/disputes/{done.json()['matter']}")).json()
    assert len(opened["parties"]) == 2


async def test_answers_are_checked(city: Served) -> None:
    wrong = {"answers": {**CALM, "field": "weather", "other_side": "person", "stage": "new"}}
    assert problem(await city.post("/registrations", wrong), 422) == "guide.bad_answer"
    short = {"answers": {"field": "labour"}}
    missing = await city.post("/registrations", short)
    assert problem(missing, 422) == "guide.answer_missing"
    assert set(missing.json()["facts"]["questions"]) == {
        "other_side",
        "stage",
        "arbitration_clause",
        "violence",
    }
    whole = {"answers": {**CALM, "field": "labour", "other_side": "employer", "stage": "new"}}
    assert problem(await city.post("/registrations", whole, RESIDENT), 403) == "dispute.posts_only"


async def test_an_agent_point_needs_consent_on_record(city: Served) -> None:
    whole = {**CALM, "field": "labour", "other_side": "employer", "stage": "new"}
    bare = await city.post("/registrations", {"answers": whole, "at_agent_point": True})
    assert problem(bare, 422) == "agent.consent_missing"
    assert bare.json()["facts"]["basis"] == "民法典 165"
    kept = await city.ask("POST", "/files", content=b"%PDF-1.7 consent")
    told = {"answers": whole, "at_agent_point": True, "consent": kept.json()["file"]}
    done = await city.post("/registrations", told, NEAR)
    assert done.status_code == 201
    assert done.json()["at_agent_point"]


async def windows(city: Served, *names: str, lines: tuple[str, ...]) -> None:
    for name in names:
        set_up = await city.ask("PUT", f"/windows/{name}", json={"lines": list(lines)})
        assert set_up.status_code == 204, set_up.text


async def take(city: Served, line: str, **said: Any) -> dict[str, Any]:
    answer = await city.post("/centres/hotline/tickets", {"line": line, **said}, said.pop("by", CLERK))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_numbers_are_called_in_turn_and_served(city: Served) -> None:
    await windows(city, "a1", lines=("mediation", "court"))
    first, second = await take(city, "mediation"), await take(city, "mediation")
    assert (first["number"], second["number"]) == ("mediation-001", "mediation-002")
    assert (first["ahead"], second["ahead"], second["wait_minutes"]) == (0, 1, 10)
    favoured = await take(city, "mediation", is_first=True)
    assert favoured["ahead"] == 0
    called = (await city.post("/windows/a1/call", {})).json()["ticket"]
    assert called["id"] == favoured["id"]
    busy = await city.post("/windows/a1/call", {})
    assert problem(busy, 409) == "queue.window_busy"
    board = (await city.get("/centres/hotline/board", RESIDENT)).json()
    assert board["windows"][0]["number"] == "mediation-003"
    assert board["lines"][1] == {"line": "mediation", "waiting": 2, "windows": 1, "wait_minutes": 20}
    for act in ("begin", "finish"):
        assert (await city.post(f"/tickets/{favoured['id']}/{act}", {})).status_code == 200
    assert (await city.post("/windows/a1/call", {})).json()["ticket"]["id"] == first["id"]

    # Nobody comes: called once more, skipped, and let back in behind the others.
    early = await city.post(f"/tickets/{first['id']}/skip", {})
    assert problem(early, 409) == "queue.call_again"
    assert (await city.post(f"/tickets/{first['id']}/recall", {})).json()["calls"] == 2
    assert (await city.post(f"/tickets/{first['id']}/skip", {})).json()["state"] == "skipped"
    back = (await city.post(f"/tickets/{first['id']}/come-back", {})).json()
    assert (back["state"], back["ahead"]) == ("waiting", 1)

    # Passed on to another line one is next there.
    other = await take(city, "court")
    called = (await city.post("/windows/a1/call", {})).json()["ticket"]
    assert called["id"] == second["id"]
    moved = (await city.post(f"/tickets/{second['id']}/pass-on", {"line": "court"})).json()
    assert (moved["state"], moved["line"], moved["ahead"]) == ("waiting", "court", 0)
    waits = (await city.get(f"/centres/hotline/tickets/{other['id']}", RESIDENT)).json()
    assert waits["ahead"] == 1
    assert problem(await city.post(f"/tickets/{second['id']}/finish", {}), 409) == "queue.wrong_state"
    assert problem(await city.post(f"/tickets/{second['id']}/dance", {}), 404) == "request.not_found"


async def test_nobody_waits_at_a_line_that_no_window_calls(city: Served) -> None:
    refused = await city.post("/centres/hotline/tickets", {"line": "weather"})
    assert problem(refused, 422) == "queue.no_window"
    assert problem(await city.post("/windows/z9/call", {}), 404) == "queue.window_unknown"
    await city.ask("PUT", "/windows/z8", json={"lines": ["closed"], "is_open": False})
    assert problem(await city.post("/windows/z8/call", {}), 409) == "queue.window_closed"
    stranger = await city.post("/centres/hotline/tickets", {"line": "closed"}, "")
    assert problem(stranger, 401) == "party.sign_in_first"


async def test_no_number_is_given_or_called_twice_however_many_ask_at_once(city: Served) -> None:
    names = [f"b{n}" for n in range(8)]
    await windows(city, *names, lines=("rush",))
    taken = await asyncio.gather(*(take(city, "rush") for _ in range(30)))
    assert sorted(one["number"] for one in taken) == [f"rush-{n:03d}" for n in range(1, 31)]
    called = await asyncio.gather(*(city.post(f"/windows/{name}/call", {}) for name in names * 2))
    got = [one.json()["ticket"]["id"] for one in called if one.status_code == 200]
    assert len(got) == len(set(got)) == 8
    assert {one.json()["code"] for one in called if one.status_code != 200} == {"queue.window_busy"}
    # The first eight by their numbers, whichever window called them.
    first = {one["id"] for one in sorted(taken, key=lambda one: one["number"])[:8]}
    assert first == set(got)


async def test_a_case_is_opened_in_the_same_visit(city: Served) -> None:
    visit = await came(city, field="neighbours", other_side="person", stage="new")
    people = [a_person(), a_person()]
    body = a_dispute(
        matter={
            **a_matter(kind="neighbours", channel="walk_in", form={"minor_party": False}),
            "procedure": "",
        },
        parties=[a_party(1, people[0]), a_party(2, people[1])],
    )
    choice = {"road": "people_mediation", "dispute": body}
    done = await city.post(f"/registrations/{visit['id']}/choice", choice)
    assert done.status_code == 200, done.text
    matter = (await city.get(f"/matters/{done.json()['matter']}")).json()
    assert matter["procedure"] == "people-mediation"
