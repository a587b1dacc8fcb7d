"""The acid test: a procedure nobody has seen is one folder, and runs through API and worker at once."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from fakes.lost_property import write_pack
from fakes.pictures import PNG
from yuzhi.capabilities.deliveries import deliver_due
from yuzhi.capabilities.matters import tick_due
from yuzhi.capabilities.registry import EMPTY, load_roster, read_posts, read_units, save_posts, save_units
from yuzhi.capabilities.territory import read_edition, save_import
from yuzhi.doors.api import create_app
from yuzhi.settings import Settings, shipped_packs
from yuzhi.store.postgres.pool import connect
from yuzhi.wiring.office import Assembly, assembled

START = datetime(2026, 3, 2, 2, tzinfo=UTC)


FOUND: dict[str, Any] = {
    "procedure": "lost-property",
    "subject": "一把雨伞",
    "kind": "found",
    "channel": "walk_in",
    "territory": "330212006",
    "requester": {"name": "某某"},
}
RING: dict[str, Any] = {
    "what": "戒指",
    "worth": 5000,
    "marks": [{"mark": "内圈刻字", "is_hidden": True}],
    "spot": {"line": "line_1", "seat": 3},
}


class Wristwatch:
    """The time, as the test sets it."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


async def settle_ground(dsn: str, folder: Path) -> None:
    """Give the city a district, a town, a unit and two posts."""
    lists = {
        "land.csv": "code,name\n3302,宁波市\n330212,鄞州区\n330212006,首南街道\n",
        "units.csv": "code,name,kind,territory\nlost,失物处,lost_office,330212\n",
        "posts.csv": "id,person,name,unit,duties\nk,p1,甲,lost,keeper\nc,p2,乙,lost,clerk\n",
    }
    for name, text in lists.items():
        (folder / name).write_text(text, encoding="utf-8")
    conn = await connect(dsn)
    try:
        await save_import(conn, read_edition([folder / "land.csv"]), actor="test", now=START)
        await save_units(conn, read_units(folder / "units.csv", EMPTY), actor="test", now=START)
        roster = await load_roster(conn)
        await save_posts(conn, read_posts(folder / "posts.csv", roster), actor="test", now=START)
    finally:
        await conn.close()


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Assembly]:
    """Assemble the whole product over the shipped packs and one more folder."""
    await settle_ground(fresh_database, tmp_path)
    write_pack(tmp_path / "packs" / "lost-property")
    settings = Settings(
        home=tmp_path / "home",
        database_url=fresh_database,
        development_sign_in=True,
        packs=(*shipped_packs(), tmp_path / "packs"),
    )
    async with assembled(settings, fresh_database, name="acid") as assembly:
        yield assembly


async def test_a_new_procedure_is_one_folder(city: Assembly) -> None:
    watch = Wristwatch()
    app = create_app(replace(city.for_api(), now=watch))
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://city/api/v1") as http:
        clerk, keeper = {"X-Yuzhi-Post": "c"}, {"X-Yuzhi-Post": "k"}

        async def call(method: str, path: str, who: dict[str, str], **more: Any) -> Any:
            answer = await http.request(method, path, headers=who, **more)
            assert answer.status_code < 300, answer.text
            return answer.json()

        # It is in the menu, with its words and its form.
        menu = (await call("GET", "/procedures", clerk))["procedures"]
        assert [one["title"] for one in menu if one["name"] == "lost-property"] == ["失物招领"]
        shown = await call("GET", "/procedures/lost-property", clerk)
        assert shown["forms"]["thing"]["required"] == ["what"]

        refused = await http.post("/matters", headers=clerk, json={**FOUND, "form": {"worth": -1}})
        assert (refused.status_code, refused.json()["code"]) == (422, "form.invalid")

        opened = [
            await call("POST", "/matters", clerk, json={**FOUND, "form": form})
            for form in ({"what": "雨伞", "worth": 30}, RING)
        ]
        one, other = (f"/matters/{matter['id']}" for matter in opened)
        options = (await call("GET", f"{one}/options", keeper))["options"]
        assert [option["step"] for option in options if option["is_allowed"]] == ["keep"]
        for matter in (one, other):
            taken = await call("POST", f"{matter}/steps/keep", keeper, json={})
            assert (taken["state"], taken["lead_unit"]) == ("kept", "lost")

        # One goes back to its owner, through evidence; the worker carries the letters.
        await call("POST", f"{one}/steps/claim", clerk, json={"texts": {"proof": "伞柄刻字"}})
        lacking = await http.post(f"{one}/steps/give-back", headers=keeper, json={})
        assert (lacking.status_code, lacking.json()["code"]) == (422, "evidence.missing")
        photo = await call("POST", "/files", keeper, content=PNG)
        evidence = {"attachments": [{"file": photo["file"], "kind": "photo"}]}
        back = await call("POST", f"{one}/steps/give-back", keeper, json=evidence)
        assert (back["state"], back["outcome"]) == ("given_back", "returned_to_owner")
        worker = city.for_worker()
        delivered = await deliver_due(worker.post_room, watch)
        assert (delivered.sent, delivered.failed) == (2, 0)

        # Nobody claims the other within a month: the worker's clocks do the rest.
        watch.at += timedelta(days=40)
        ticked = await tick_due(worker.office, worker.pool, worker.store, watch())
        assert ticked.written == 1
        public = await call("GET", other, clerk)
        assert (public["state"], public["outcome"]) == ("public_property", "became_public")

        listed = await call(
            "GET", "/matters", clerk, params={"procedure": "lost-property", "order": "newest"}
        )
        assert {row["state"] for row in listed["rows"]} == {"given_back", "public_property"}
    async with city.pool.acquire() as conn:
        titles = await conn.fetch("select title from notice")
    assert {row["title"][:4] for row in titles} == {"已保管："}


async def test_a_form_nobody_has_seen_has_parts_lists_and_conditions(city: Assembly) -> None:
    app = create_app(replace(city.for_api(), now=Wristwatch()))
    transport = httpx.ASGITransport(cast("Any", app))
    clerk = {"X-Yuzhi-Post": "c"}
    async with httpx.AsyncClient(transport=transport, base_url="http://city/api/v1", headers=clerk) as http:
        shown = (await http.get("/procedures/lost-property")).json()
        assert shown["words"]["field.mark"] == "特征描述"
        wrongs: list[dict[str, Any]] = [
            {"marks": None}, {"marks": []}, {"marks": [{"is_hidden": True}]}, {"spot": {"seat": 3}},
        ]  # fmt: skip
        for wrong in wrongs:
            form = {name: value for name, value in {**RING, **wrong}.items() if value is not None}
            bad = await http.post("/matters", json={**FOUND, "form": form})
            assert (bad.status_code, bad.json()["code"]) == (422, "form.invalid")
        told = await http.post("/matters", json={**FOUND, "form": RING})
        kept = (await http.get(f"/matters/{told.json()['id']}")).json()["texts"]["form.thing"]
        assert json.loads(kept) == RING

        # Other cities' programs are asked for its fields, those of its parts among them.
        service = (await http.get("http://city/open311/v2/services/lost-property.json")).json()
        asked = [(one["code"], one["datatype"], one["required"]) for one in service["attributes"]]
        assert asked == [
            ("what", "string", True), ("worth", "number", False),
            ("spot.line", "singlevaluelist", False), ("spot.seat", "number", False),
        ]  # fmt: skip
        assert service["attributes"][2]["description"] == "拾得处 / 线路"
