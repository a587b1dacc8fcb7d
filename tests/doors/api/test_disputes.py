"""Disputes over HTTP: taken up by either side, known again, spoken for, and seen by nobody outside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from fakes.disputes import GUARDIAN, LI, WANG, a_dispute, a_party, a_person, problem, taken_up
from fakes.logbook import settled
from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, a_matter, served
from yuzhi.base.actor import Actor
from yuzhi.capabilities import matters, parties, search, vault
from yuzhi.capabilities.sharing import _queries as sharing_queries
from yuzhi.capabilities.sharing._rules import rules

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town for all tests here: each takes up disputes between people of its own."""
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


async def has_signed_in(city: Served, phone: str, account: str) -> None:
    tag = city.needs.entrance.gate.secrets.tag("phone", phone)
    await city.pool.execute("delete from resident where phone = $1 or requester = $2", tag, account)
    await city.pool.execute(
        "insert into resident (phone, requester, created_at) values ($1, $2, now())", tag, account
    )


async def a_file(city: Served, content: bytes = b"%PDF-1.7 consent") -> str:
    kept = await city.ask("POST", "/files", content=content)
    assert kept.status_code == 201, kept.text
    file: str = kept.json()["file"]
    return file


async def test_a_dispute_is_taken_up_with_both_sides_and_shown_masked(city: Served) -> None:
    opened = await taken_up(city, parties=[a_party(1, WANG), a_party(2, LI)])
    shown = (await city.get(f"/disputes/{opened['number']}")).json()
    assert [(one["side"], one["person"]["name"]) for one in shown["parties"]] == [(1, "王**"), (2, "李*")]
    assert shown["parties"][0]["person"]["phone"] == "138****1111"
    assert WANG["name"] not in (await city.get(f"/disputes/{opened['number']}")).text
    assert shown["unit"] == "hotline"
    (act,) = (await city.get(f"/disputes/{opened['id']}/acts")).json()["acts"]
    assert (act["act"], act["facts"]["sides"]) == ("dispute_opened", 2)


async def test_names_and_numbers_are_nowhere_but_in_the_vault(city: Served) -> None:
    person = a_person("欧阳无痕")
    await taken_up(city, parties=[a_party(1, person), a_party(2)])
    tables = await city.pool.fetch(
        "select table_name from information_schema.tables where table_schema = 'public'"
    )
    for (table,) in tables:
        rows = await city.pool.fetch(f'select t::text as row from "{table}" t')
        told = " ".join(row["row"] for row in rows)
        for secret in (person["name"], person["phone"]):
            assert secret not in told, table
            assert secret.encode().hex() not in told, table


async def test_nobody_outside_the_case_looks_in(city: Served) -> None:
    opened = await taken_up(city, matter=a_matter(subject="楼上漏水吵起来了", detail="他说先动手的是我"))
    id_ = opened["id"]
    await city.post(f"/disputes/{id_}/notes", {"kind": "session", "body": "一方愿意赔偿三千元"})
    for path in ("", "/notes", "/acts"):
        assert problem(await city.get(f"/disputes/{id_}{path}", NEAR), 403) == "dispute.sealed"
        assert problem(await city.get(f"/disputes/{id_}{path}", RESIDENT), 404) == "dispute.not_found"
    # They know that there is a matter on their ground, and nothing of what was said in it.
    outside = await city.get(f"/matters/{id_}", NEAR)
    assert outside.json()["state"] == "received"
    assert set(outside.json()["texts"].values()) == {None}
    for text in (outside.text, (await city.get(f"/matters/{id_}/journal", NEAR)).text,
                 (await city.get("/matters?order=newest", NEAR)).text):  # fmt: skip
        assert "漏水吵" not in text
        assert "先动手" not in text
    assert "漏水吵" in (await city.get(f"/matters/{id_}", CLERK)).text
    assert "漏水吵" in (await city.get("/matters?order=newest", CLERK)).text


async def test_nobody_outside_finds_a_case_by_what_was_said_in_it(city: Served) -> None:
    await taken_up(city, matter=a_matter(subject="琵琶巷口角", detail="为了一只琵琶"))
    while await search.follow(city.pool, most=500):
        pass
    inside = (await city.get("/search?q=琵琶", CLERK)).json()["rows"]
    assert [one["subject"] for one in inside] == ["琵琶巷口角"]
    assert (await city.get("/search?q=琵琶", NEAR)).json()["rows"] == []


async def test_the_public_learns_nothing_of_what_was_said(city: Served) -> None:
    """A pack may publish subjects and replies; of a dispute neither is told, whatever the pack says."""
    opened = await taken_up(city, matter=a_matter(subject="箜篌巷口角"))
    plain = await city.opened(subject="箜篌巷路灯")
    listed = (await city.get("/public/matters", "")).text
    assert "箜篌巷口角" not in listed
    rows = await sharing_queries.by_numbers(
        city.pool, rules(city.needs.outside.window.shelf), [opened["number"], plain["number"]]
    )
    assert {row.number: row.subject for row in rows} in (
        {opened["number"]: None, plain["number"]: "箜篌巷路灯"}, {},
    )  # fmt: skip
    assert await sharing_queries.unsealed(city.pool, [UUID(opened["id"]), UUID(plain["id"])]) == [
        UUID(plain["id"])
    ]


async def test_what_no_database_keeps_is_refused(city: Served) -> None:
    odd = "口角\u0000"
    opened = await taken_up(city)
    path = f"/disputes/{opened['id']}"
    given = {"mediator": odd, "reason": odd}
    for answer in (
        await city.post("/disputes", a_dispute(separate=odd)),
        await city.post(f"{path}/mediators", given),
        await city.post(f"{path}/notes", {"kind": "note", "body": odd}),
        await city.post("/centres/hotline/tickets", {"line": odd}),
        await city.get("/mediators?field=%00"),
        await city.get("/centres/%00/board"),
    ):
        assert problem(answer, 422) == "text.control_character"
    naive = await city.get("/disputes/figures?opened_from=0001-01-01T00:00:00%2B14:00")
    assert problem(naive, 400) == "list.bad_filter"


async def test_parties_go_along_when_a_case_goes_on_elsewhere(city: Served) -> None:
    guardian = {"role": "guardian", "person": {**GUARDIAN, "phone": a_person()["phone"]}}
    minor = a_party(1, born_on="2015-05-05", representatives=[guardian])
    opened = await taken_up(city, parties=[minor, a_party(2)])
    office = city.needs.office
    (giver,) = await matters.standings(office, [UUID(opened["id"])])
    receiver = uuid4()
    rows = [await carrier.carried(giver, receiver, ("agreement",)) for carrier in office.carriers]
    carried = {table: some for one in rows for table, some in one.items()}
    assert {name: len(some) for name, some in carried.items()} == {
        "dispute": 1, "party": 2, "representative": 1, "agreement": 0, "signature": 0,
    }  # fmt: skip
    assert carried["dispute"][0][0] == receiver
    assert {row[1] for row in carried["party"]} == {receiver}
    assert carried["representative"][0][2] in {row[0] for row in carried["party"]}
    (plain,) = await matters.standings(office, [UUID((await city.opened())["id"])])
    assert await office.carriers[0].carried(plain, receiver, ()) == {}


async def test_a_unit_it_is_given_to_comes_into_the_case(city: Served) -> None:
    opened = await taken_up(city)
    assert problem(await city.get(f"/disputes/{opened['id']}", NEAR), 403) == "dispute.sealed"
    given = await city.step(opened["id"], "dispatch", CLERK, lead="near")
    assert given.status_code == 200, given.text
    assert (await city.get(f"/disputes/{opened['id']}", NEAR)).status_code == 200
    assert problem(await city.get(f"/disputes/{opened['id']}", FAR), 404) == "dispute.not_found"


async def test_the_database_itself_keeps_a_case_closed(city: Served) -> None:
    """A statement that forgets its scope finds nothing, and no words, of a case one is not in."""
    opened = await taken_up(city)
    await city.post(f"/disputes/{opened['id']}/notes", {"kind": "note", "body": "保密内容"})
    outside = Actor(hand="post", id="p-near", unit="near", covers=("330212",))
    inside = Actor(hand="post", id="p-desk", unit="hotline", covers=("330212",))
    tables = ("dispute", "party", "case_note", "case_act", "text")
    found = {}
    for who in (outside, inside):
        async with parties.inside(city.needs.centre.cases, who) as conn:
            found[who.id] = {
                table: await conn.fetchval(
                    f"select count(*) from {table} t where matter_id = $1", opened["id"]
                )
                for table in tables
            }
    assert set(found["p-near"].values()) == {0}
    assert min(found["p-desk"].values()) > 0


async def test_the_same_dispute_filed_by_the_other_side_is_known_again(city: Served) -> None:
    one, other = a_person("周一平"), a_person("吴二妹")
    # Each knows the other's name and telephone at most.
    first = await taken_up(city, parties=[a_party(1, one), a_party(2, {**other, "id_number": ""})])
    again = await city.post("/disputes", a_dispute(parties=[a_party(1, other), a_party(2, one)]))
    assert problem(again, 409) == "dispute.same"
    assert again.json()["facts"]["number"] == first["number"]
    named = [a_party(1, other), a_party(2, {"name": one["name"]})]
    assert problem(await city.post("/disputes", a_dispute(parties=named)), 409) == "dispute.same"
    # Somebody else of the same name is no reason, nor is the same plaintiff against somebody else.
    strangers = [a_party(1, a_person("吴二妹")), a_party(2, {"name": one["name"]})]
    await taken_up(city, parties=strangers)
    await taken_up(city, parties=[a_party(1, other), a_party(2, a_person("郑三"))])
    # Another matter between the same people is taken up when somebody says why.
    await taken_up(city, parties=[a_party(1, one), a_party(2, other)], separate="另一笔借款")


async def test_the_other_side_joins_the_case_and_then_sees_it(city: Served) -> None:
    mine = a_person("冯四")
    opened = await taken_up(city, parties=[a_party(1), a_party(2, mine)])
    path = f"/disputes/{opened['id']}"
    assert problem(await city.get(path, RESIDENT), 404) == "dispute.not_found"
    own = {"phone": mine["phone"]}
    assert problem(await city.post(f"{path}/parties/join", own, ""), 401) == "party.sign_in_first"
    # To know somebody's telephone is not to be them: it must be the one they have signed in with.
    assert problem(await city.post(f"{path}/parties/join", own, RESIDENT), 403) == "phone.not_yours"
    other = str(uuid4())
    for phone, account in ((mine["phone"], RESIDENT), ("13912345678", other)):
        await has_signed_in(city, phone, account)
    wrong = await city.client.post(
        f"/api/v1{path}/parties/join", json={"phone": "13912345678"}, headers={"X-Yuzhi-Requester": other}
    )
    assert problem(wrong, 403) == "party.not_recognised"
    joined = await city.post(f"{path}/parties/join", {"phone": mine["phone"]}, RESIDENT)
    assert joined.status_code == 200, joined.text
    shown = (await city.get(path, RESIDENT)).json()
    assert [one["has_account"] for one in shown["parties"]] == [False, True]
    # Notes are for those who mediate: a party does not read what the other one said in confidence.
    assert problem(await city.get(f"{path}/notes", RESIDENT), 403) == "dispute.posts_only"
    await has_signed_in(city, mine["phone"], other)
    taken = await city.client.post(
        f"/api/v1{path}/parties/join", json=own, headers={"X-Yuzhi-Requester": other}
    )
    assert problem(taken, 409) == "party.has_account"


async def test_a_minor_does_not_join_alone(city: Served) -> None:
    child = a_person("冯五")
    minor = a_party(
        2, child, born_on="2015-05-05", representatives=[{"role": "guardian", "person": GUARDIAN}]
    )
    opened = await taken_up(city, parties=[a_party(1), minor])
    await has_signed_in(city, child["phone"], RESIDENT)
    joined = await city.post(f"/disputes/{opened['id']}/parties/join", {"phone": child["phone"]}, RESIDENT)
    assert problem(joined, 403) == "party.guardian_acts"
    assert joined.json()["facts"]["basis"] == "民法典 19、20"


async def test_two_who_file_at_the_same_moment_file_one_dispute(city: Served) -> None:
    one, other = a_person("秦一"), a_person("尤二")
    mine = a_dispute(parties=[a_party(1, one), a_party(2, {"name": "尤二"})])
    theirs = a_dispute(parties=[a_party(1, other), a_party(2, one)])
    answers = await asyncio.gather(*(city.post("/disputes", asked) for asked in [mine, theirs] * 4))
    first = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(first) == 1
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {problem(answer, 409) for answer in refused} == {"dispute.same"}
    assert {answer.json()["facts"]["number"] for answer in refused} == {first[0]["number"]}
    # Others are not held up, nor is another matter between the same people.
    apart = await asyncio.gather(*(city.post("/disputes", a_dispute()) for _ in range(4)))
    assert {answer.status_code for answer in apart} == {201}
    await taken_up(city, parties=[a_party(1, one), a_party(2, other)], separate="另一笔借款")


async def test_a_filing_sent_again_is_done_once(city: Served) -> None:
    asked, key = a_dispute(), {"Idempotency-Key": "dispute-once"}
    answers = await asyncio.gather(*(city.post("/disputes", asked, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    again = await city.post("/disputes", asked, headers=key)
    assert again.json() == answers[0].json()
    assert again.json()["tracking_code"]
    reused = await city.post("/disputes", a_dispute(), headers=key)
    assert problem(reused, 422) == "idempotency.key_reused"
    count = await city.pool.fetchval(
        "select count(*) from dispute where matter_id = $1", UUID(again.json()["id"])
    )
    assert count == 1


async def test_a_resident_says_which_of_the_parties_they_are(city: Served) -> None:
    asked = a_dispute(parties=[a_party(1), a_party(2)])
    assert problem(await city.post("/disputes", asked, RESIDENT), 422) == "dispute.who_are_you"
    opened = await taken_up(city, RESIDENT, parties=[a_party(1, is_me=True), a_party(2)])
    seen = (await city.get(f"/matters/{opened['id']}", RESIDENT)).json()
    assert seen["texts"]["subject"]
    assert (await city.get(f"/disputes/{opened['id']}", RESIDENT)).status_code == 200


@pytest.mark.parametrize(
    ("parties", "code"),
    [
        ([a_party(1, WANG)], "dispute.one_side"),
        ([a_party(1, WANG), a_party(2, {**WANG, "name": "王小民"})], "party.on_two_sides"),
        ([a_party(1, WANG), a_party(1, WANG), a_party(2)], "party.twice"),
        ([a_party(0, WANG), a_party(2)], "party.bad_side"),
        ([a_party(1, {"name": " "}), a_party(2)], "party.nameless"),
        ([a_party(1, {**LI, "id_type": "居民身份证", "id_number": "330203199001011235"}), a_party(2)],
         "party.bad_id_number"),
        ([a_party(1, born_on="2199-01-01"), a_party(2)], "party.born_later"),
        ([a_party(1, born_on="2015-05-05"), a_party(2)], "party.guardian_missing"),
        ([a_party(1, capacity="none"), a_party(2)], "party.guardian_missing"),
        ([a_party(1, WANG, representatives=[{"role": "agent", "person": LI, "scope": "调解"}]), a_party(2)],
         "agent.consent_missing"),
        ([a_party(1, WANG, representatives=[{"role": "guardian", "person": LI}]), a_party(2, LI)],
         "representative.opposes"),
        ([a_party(1, {**WANG, "name": "王**"}), a_party(2)], "vault.masked_value"),
    ],
)  # fmt: skip
async def test_parties_that_cannot_be(city: Served, parties: list[dict[str, Any]], code: str) -> None:
    answer = await city.post("/disputes", a_dispute(parties=parties))
    assert answer.status_code in {403, 422}, answer.text
    assert answer.json()["code"] == code
    if code in {"party.guardian_missing", "agent.consent_missing", "representative.opposes"}:
        assert answer.json()["facts"]["basis"].startswith("民法典")


async def test_it_cannot_have_happened_tomorrow(city: Served) -> None:
    answer = await city.post("/disputes", a_dispute(happened_on="2199-01-01"))
    assert problem(answer, 422) == "dispute.in_future"


async def test_a_minor_is_spoken_for_and_never_left_alone(city: Served) -> None:
    minor = a_party(1, born_on="2015-05-05", representatives=[{"role": "guardian", "person": GUARDIAN}])
    opened = await taken_up(city, parties=[minor, a_party(2)])
    (child, _) = (await city.get(f"/disputes/{opened['id']}")).json()["parties"]
    assert (child["capacity"], child["needs_guardian"]) == ("limited", False)
    guardian = child["representatives"][0]["id"]
    ended = await city.ask("DELETE", f"/disputes/{opened['id']}/representatives/{guardian}")
    assert problem(ended, 422) == "party.guardian_missing"
    still = (await city.get(f"/disputes/{opened['id']}")).json()["parties"][0]["representatives"]
    assert [one["ended_at"] for one in still] == [None]


async def test_an_agent_speaks_with_consent_on_record_until_it_is_taken_back(city: Served) -> None:
    opened = await taken_up(city)
    path = f"/disputes/{opened['id']}"
    party = (await city.get(path)).json()["parties"][0]["id"]
    agent = {"role": "agent", "person": a_person("律师"), "scope": "代为调解、签收", "relation": "律师"}
    lacking = await city.post(f"{path}/parties/{party}/representatives", {**agent, "consent": "0" * 64})
    assert problem(lacking, 404) == "file.not_found"
    consent = await a_file(city)
    over = {**agent, "consent": consent, "valid_to": "2020-01-01"}
    assert problem(await city.post(f"{path}/parties/{party}/representatives", over), 422) == "agent.over"
    added = await city.post(f"{path}/parties/{party}/representatives", {**agent, "consent": consent})
    assert added.status_code == 201, added.text
    (shown,) = (await city.get(path)).json()["parties"][0]["representatives"]
    assert (shown["consent"], shown["role"]) == (consent, "agent")
    assert shown["consented_at"]
    ended = await city.ask("DELETE", f"{path}/representatives/{added.json()['id']}")
    assert ended.status_code == 204
    assert [one["act"] for one in (await city.get(f"{path}/acts")).json()["acts"]] == [
        "dispute_opened", "agent_added", "representative_ended",
    ]  # fmt: skip


async def test_many_parties_come_and_go_but_two_sides_stay(city: Served) -> None:
    opened = await taken_up(city)
    path = f"/disputes/{opened['id']}"
    for side in (1, 2, 3):
        assert (await city.post(f"{path}/parties", a_party(side))).status_code == 201
    shown = (await city.get(path)).json()["parties"]
    assert [one["side"] for one in shown] == [1, 1, 2, 2, 3]
    for place in (0, 1):
        left = await city.post(f"{path}/parties/{shown[place]['id']}/leave", {"reason": "无关"})
        assert left.status_code == 204
    await city.post(f"{path}/parties/{shown[2]['id']}/leave", {"reason": "无关"})
    await city.post(f"{path}/parties/{shown[3]['id']}/leave", {"reason": "无关"})
    last = await city.post(f"{path}/parties/{shown[4]['id']}/leave", {"reason": "无关"})
    assert last.status_code in {404, 422}
    sides = {one["side"] for one in (await city.get(path)).json()["parties"] if not one["left_at"]}
    assert len(sides) == 2


async def test_a_person_is_read_in_clear_for_a_purpose_only_and_on_record(city: Served) -> None:
    person = a_person("钱五")
    opened = await taken_up(city, parties=[a_party(1, person), a_party(2)])
    path = f"/disputes/{opened['id']}"
    id_ = (await city.get(path)).json()["parties"][0]["person"]["id"]
    asked = {"person": id_, "fields": ["name", "phone"], "purpose": "contact"}
    read = await city.post(f"{path}/readings", asked)
    assert read.json() == {"name": "钱五", "phone": person["phone"]}
    assert problem(await city.post(f"{path}/readings", asked, NEAR), 403) == "dispute.sealed"
    nosy = {**asked, "fields": ["id_number"]}
    assert problem(await city.post(f"{path}/readings", nosy), 403) == "vault.field_not_needed"
    other = await taken_up(city)
    elsewhere = await city.post(f"/disputes/{other['id']}/readings", asked)
    assert problem(elsewhere, 404) == "party.unknown"
    rows = await city.pool.fetch("select act, purpose, actor from personal_access where person = $1", id_)
    assert [tuple(row) for row in rows] == [("read", "contact", "p-desk")]


async def test_retention_of_parties_begins_when_their_last_matter_is_over(city: Served) -> None:
    """A party, and who speaks for it, is in as many matters as it was carried into; the last one counts."""
    child = a_party(2, born_on="2015-05-05", representatives=[{"role": "guardian", "person": GUARDIAN}])
    opened = await taken_up(city, parties=[a_party(1), child])
    office, first = city.needs.office, UUID(opened["id"])
    (giver,) = await matters.standings(office, [first])
    second = UUID((await city.opened())["id"])
    rows = await office.carriers[0].carried(giver, second, ())
    for row in rows["party"]:
        await city.pool.execute(
            "insert into party (id, matter_id, side, kind, person, requester, capacity, strong, weak,"
            " joined_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            *row,
        )

    async def waiting() -> int:
        await settled(city.pool)
        while await matters.keep_while_needed(city.pool, ties=parties.TIES):
            pass
        count: int = await city.pool.fetchval(
            "select count(*) from vault_person v where v.released_at is not null and v.id in"
            " (select person from party where matter_id = $1"
            " union select person from representative where matter_id = $1)",
            first,
        )
        return count

    async def due() -> dict[str, tuple[int, int]]:
        async with city.pool.acquire() as conn:
            found = await vault.due(conn, datetime.now(UTC) + timedelta(days=1098))
        return {one.retention: (one.persons, one.waiting) for one in found}

    before = (await due())["dispute"]
    assert (await waiting(), before[0]) == (0, 0)
    for matter in (first, second):
        assert await waiting() in {0, 1}  # the guardian is in the first one only
        ended = await city.step(
            str(matter), "explain-at-once", CLERK, texts={"reply": "已说明"}, outcome="explained"
        )
        assert ended.status_code == 200, ended.text
    assert await waiting() == 3
    # The dry run tells them, three years on, and nobody is erased by it.
    assert (await due())["dispute"] == (3, before[1] - 3)
    async with city.pool.acquire() as conn:
        assert (await vault.due(conn, datetime.now(UTC)))[0].persons == 0
