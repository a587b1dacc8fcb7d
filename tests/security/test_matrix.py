"""Everything the API has × every duty × every place to stand: whoever is outside learns nothing at all.

The document itself is walked, so that whatever is added to the API is in here without being listed.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from litestar import get
from litestar.openapi.config import OpenAPIConfig
from litestar.params import FromPath

from fakes.disputes import a_dispute, a_party
from fakes.served import Served, a_matter, served
from fakes.walking import Answer, Operation, asked, operations
from yuzhi.capabilities import matters, search
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts
from yuzhi.doors.api import create_app, document

pytestmark = pytest.mark.asyncio(loop_scope="module")

INSIDE, OUTSIDE, NOWHERE = "330212001", "330212002", "330299"
GROUNDS = {"inside": (INSIDE, "near"), "outside": (OUTSIDE, "far"), "nowhere": (NOWHERE, "far")}
ABSENT = "00000000-0000-7000-8000-000000000000"
ABSENT_NUMBER = "2026030200000000"
# What is said in the two matters on the inside, and who they are of: nobody else's has any of it.
MARK = "月牙泉畔"
SECRETS = ("欧阳无痕", "13877776666", "ouyang@example.org", "诸葛听雨", "13877775555")
WHO = {"name": SECRETS[0], "phone": SECRETS[1], "email": SECRETS[2], "address": f"{MARK}7幢"}

AT_ONCE = 24


class Walk:
    """A town with matters on one side of it, posts of every duty on every side, and all there is to ask."""

    def __init__(self, city: Served, things: dict[str, dict[str, str]], duties: tuple[str, ...]) -> None:
        self.city, self.things, self.duties = city, things, duties
        known = {
            "id": things["matters"]["matter"], "matter": things["matters"]["matter"], "purpose": "contact",
            "phone": WHO["phone"], "fields": ["name", "phone"], "number": things["matters"]["number"],
            "code": "AAAA-AAAA", "q": MARK, "subject": "路灯不亮", "detail": "路灯不亮",
        }  # fmt: skip
        self.all = [
            replace(one, sent=f"{one.address(self.values(one, is_there=True))} {one.body}")
            for one in operations(json.loads(document()), known)
        ]

    def posts(self, place: str) -> list[str]:
        return [f"{place}-{duty}" for duty in self.duties]

    def values(self, operation: Operation, *, is_there: bool) -> dict[str, str]:
        """Return what a path and a query are filled with: things that are there, or such as nobody has."""
        area = operation.path.removeprefix("/api/v1/").partition("/")[0]
        found = {**self.things["matters"], **self.things.get(area, {})}
        if not is_there:
            secret = {
                "matter",
                "number",
                "delivery",
                "agreement",
                "party",
                "file",
                "person",
                "representative",
            }
            absent = {"number": ABSENT_NUMBER, "file": "0" * 64}
            found |= {name: absent.get(name, ABSENT) for name in secret}
        return {"q": MARK, **found, "most": "50", "order": "newest", "territory": ""}

    async def ask(self, operation: Operation, by: str, *, is_there: bool = True) -> Answer:
        address = operation.address(self.values(operation, is_there=is_there))
        headers = {"X-Yuzhi-Post": by} if by else {}
        if operation.path.endswith("/changes"):
            headers["Last-Event-ID"] = "0-0"
        return await asked(self.city.app, operation.method, address, headers, operation.body)


async def everywhere(walk: Walk, asking: list[tuple[Operation, str]]) -> list[tuple[Operation, str, Answer]]:
    """Ask everything, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Operation, by: str) -> tuple[Operation, str, Answer]:
        async with gate:
            return operation, by, await walk.ask(operation, by)

    return await asyncio.gather(*(one(operation, by) for operation, by in asking))


def leaks(answers: list[tuple[Operation, str, Answer]], words: tuple[str, ...]) -> list[str]:
    """Return who learnt what from where; what an operation was told itself it may say again."""
    return sorted(
        f"{by or 'nobody'}: {operation.name} ({answer.status}) tells {word}"
        for operation, by, answer in answers
        for word in words
        if word in _plain(answer.body) and word not in operation.sent
    )


def _plain(body: bytes) -> str:
    """Return what an answer says, whether it spells out its letters or not."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walk]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as city:
        known = city.needs.admin.known()
        duties = tuple(sorted(known.duties))
        people = tuple(Person(f"{place}-{duty}", f"{place}-{duty}") for place in GROUNDS for duty in duties)
        posts = tuple(
            Post(f"{place}-{duty}", f"{place}-{duty}", unit, (duty,), territory)
            for place, (territory, unit) in GROUNDS.items()
            for duty in duties
        )
        async with city.pool.acquire() as conn:
            await conn.execute(
                "insert into territory (code, name, level) values ($1, $1, 'district')",
                NOWHERE,
            )
            await save_posts(conn, PostList(people, posts), actor="test", now=city.needs.now())
        await city.assembly.ground.load()
        yield Walk(city, await _things(city), duties)


async def _things(city: Served) -> dict[str, dict[str, str]]:
    """Open the matters there are on the inside; return what each area of the API knows of them."""
    said = {"subject": f"{MARK}的路灯", "detail": f"{MARK}的路灯三天不亮了", "place_words": MARK}
    kept = await city.ask("POST", "/files", content=b"%PDF-1.7 " + MARK.encode())
    file = kept.json()["file"]
    opened = await city.opened(
        **said, kind="report", requester=WHO, attachments=[{"kind": "photo", "file": file}], territory=INSIDE
    )
    other = {"name": SECRETS[3], "phone": SECRETS[4]}
    dispute = await city.post(
        "/disputes",
        a_dispute(matter=a_matter(**said, kind="report"), parties=[a_party(1, WHO), a_party(2, other)]),
    )
    assert dispute.status_code == 201, dispute.text
    case = dispute.json()["id"]
    inside = (await city.get(f"/disputes/{case}")).json()
    await city.post(f"/disputes/{case}/notes", {"kind": "note", "body": MARK})
    await search.rebuild(city.pool)
    delivery = await city.pool.fetchval("select id from delivery where matter_id = $1", UUID(opened["id"]))
    of_matter = {
        "matter": opened["id"], "number": opened["number"], "file": file, "delivery": str(delivery or ABSENT),
        "step": "sign", "name": "citizen-request", "person": "near", "code": "near", "post_id": "p-near",
    }  # fmt: skip
    none = dict.fromkeys(("agreement", "representative", "mediator", "no"), ABSENT)
    of_case = {
        **none,
        "matter": case,
        "number": dispute.json()["number"],
        "party": inside["parties"][0]["id"],
    }
    return {"matters": of_matter, "disputes": of_case}


async def test_nobody_outside_learns_anything(walk: Walk) -> None:
    before = await _state(walk)
    who = ["", *walk.posts("outside"), *walk.posts("nowhere")]
    answers = await everywhere(walk, [(one, by) for one in walk.all for by in who])
    numbers = tuple(walk.things[area][name] for area in walk.things for name in ("matter", "number"))
    assert leaks(answers, (MARK, *SECRETS, *numbers)) == []
    broken = {f"{one.name}: {answer.status}" for one, _, answer in answers if answer.status >= 500}
    assert {line for line in broken if not line.endswith("503")} == set()
    assert await _state(walk) == before


async def test_nobody_outside_learns_whether_it_is_there(walk: Walk) -> None:
    told = []
    named = [one for one in walk.all if walk.values(one, is_there=True) != walk.values(one, is_there=False)]
    for one in (one for one in named if "{" in one.path):
        for by in ("", "outside-handler", "outside-supervisor", "nowhere-dispatcher"):
            theirs, none = await walk.ask(one, by), await walk.ask(one, by, is_there=False)
            if (theirs.status, _code(theirs)) != (none.status, _code(none)):
                told.append(f"{by or 'nobody'}: {one.name} {theirs.status} {_code(theirs)} / {none.status}")
    assert told == [], "\n".join(told)


async def test_those_inside_see_it_and_nobody_in_clear(walk: Walk) -> None:
    """What was looked for above can be found at all, and names only where a purpose was given."""
    reading = [one for one in walk.all if one.method == "GET" or one.path.endswith("/requesters/search")]
    who = ("handler", "intake_desk", "supervisor", "dispatcher")
    answers = await everywhere(walk, [(one, f"inside-{duty}") for one in reading for duty in who])
    seen = {line.partition(": ")[2] for line in leaks(answers, (MARK,))}
    for path in ("matters/{matter}", "matters/{matter}/journal", "matters", "search"):
        assert f"GET /api/v1/{path} (200) tells {MARK}" in seen
    assert leaks(answers, SECRETS) == []
    revealing = [one for one in walk.all if one.path.endswith("/reveal")]
    opened = await everywhere(walk, [(one, "inside-intake_desk") for one in revealing])
    assert leaks(opened, (SECRETS[0],)) != []


async def test_what_is_new_is_walked_too(walk: Walk) -> None:
    """An operation that forgets whom it answers is found, though nobody has listed it."""

    @get("/api/v1/forgetful/{matter:str}")
    async def forgetful(matter: FromPath[str]) -> dict[str, Any]:
        seen = (await matters.views(walk.city.needs.office, [UUID(matter)]))[UUID(matter)]
        return {"subject": seen.texts["subject"]}

    app = create_app(walk.city.needs)
    app.register(forgetful)
    app.openapi_config = OpenAPIConfig(title="x", version="1")
    new = Operation("GET", "/api/v1/forgetful/{matter}", ())
    body = msgspec.json.encode(app.openapi_schema.to_schema())
    assert new.path in {one.path for one in operations(msgspec.json.decode(body), {"id": ABSENT})}
    answer = await asked(app, "GET", new.address(walk.things["matters"]), {"X-Yuzhi-Post": "outside-handler"})
    assert leaks([(new, "outside-handler", answer)], (MARK,)) != []


def _code(answer: Answer) -> str:
    try:
        return str(json.loads(answer.body).get("code", ""))
    except (ValueError, AttributeError):
        return ""


async def _state(walk: Walk) -> list[Any]:
    """Return what those outside must leave as it is."""
    ids = [UUID(walk.things[area]["matter"]) for area in ("matters", "disputes")]
    vault = (
        "select string_agg(v::text, ',' order by v.id) from vault_person v"
        " join matter m on m.requester = v.id where m.id = any($1)"
    )
    entries = "select count(*) from entry where matter_id = any($1)"
    notes = "select count(*) from case_note where matter_id = any($1)"
    return [await walk.city.pool.fetchval(statement, ids) for statement in (entries, vault, notes)]
