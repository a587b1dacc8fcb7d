"""What screens are made of, over HTTP: ground, names, welcome, diagrams, reasons, the pages themselves."""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient

from fakes.stage import COMMUNITY, DESK, DISTRICT, GRID, TOWN, Stage, staged
from yuzhi.doors.api import PageNeeds, create_app, document

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENAPI = Path(__file__).parents[3] / "web" / "openapi.json"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(own_database: str, home: Path) -> AsyncIterator[Stage]:
    async with staged(own_database, home / "screens") as found:
        yield found


async def test_the_document_the_front_end_is_made_from_is_current() -> None:
    assert OPENAPI.read_bytes() == document() + b"\n", "run: make openapi"


async def test_the_tree_is_told_level_by_level(stage: Stage) -> None:
    towns = (await stage.get(f"/territories?under={DISTRICT}"))["territories"]
    assert [(one["name"], one["below"]) for one in towns] == [("下应街道", 2), ("首南街道", 0)]
    town = await stage.get(f"/territories/{TOWN}")
    assert [one["name"] for one in town["above"]] == ["宁波市", "鄞州区"]
    assert len(town["below"]) == 2
    assert town["middle"] is not None
    assert (await stage.client.get("/api/v1/territories/999999")).status_code == 404


async def test_a_place_is_found_by_words_and_by_point(stage: Stage) -> None:
    found = (await stage.get("/territories/named?q=东兴社区门口"))["places"]
    assert found[0]["code"] == COMMUNITY
    assert found[0]["full_name"] == "宁波市鄞州区下应街道东兴社区居委会"
    middle = (await stage.get(f"/territories/{COMMUNITY}"))["middle"]
    there = (await stage.get(f"/territories/at?lon={middle['lon']}&lat={middle['lat']}"))["places"]
    assert [one["code"] for one in there] == [COMMUNITY]
    assert (await stage.get("/territories/at?lon=0&lat=0"))["places"] == []
    assert (await stage.get("/territories/at?lon=999&lat=999"))["places"] == []


async def test_outlines_are_sent_once(stage: Stage) -> None:
    answer = await stage.client.get(
        "/api/v1/territories.geojson", params={"level": "town", "under": DISTRICT}
    )
    assert [one["id"] for one in answer.json()["features"]] == [TOWN, "330212002"]
    again = await stage.client.get(
        "/api/v1/territories.geojson", params={"level": "town", "under": DISTRICT},
        headers={"If-None-Match": answer.headers["etag"]},
    )  # fmt: skip
    assert again.status_code == 304
    assert again.content == b""


async def test_codes_are_called_by_their_names(stage: Stage) -> None:
    told = await stage.get(f"/called?territories={COMMUNITY}&territories=nowhere&units=order&units=none")
    assert told == {
        "territories": {COMMUNITY: "宁波市鄞州区下应街道东兴社区居委会"}, "units": {"order": "城市管理局"},
    }  # fmt: skip


async def test_units_are_found_by_parts_of_their_name(stage: Stage) -> None:
    assert [one["code"] for one in (await stage.get("/units?q=管理"))["units"]] == ["order"]
    assert {one["code"] for one in (await stage.get(f"/units?territory={COMMUNITY}"))["units"]} >= {
        "east",
        "town",
    }


async def test_the_welcome_names_the_city_and_on_a_development_machine_posts(stage: Stage) -> None:
    told = await stage.get("/welcome")
    assert (told["city"], told["territory"], told["has_provider"]) == ("鄞州区", DISTRICT, False)
    assert {one["post"] for one in told["posts"]} >= {DESK, GRID}


async def test_why_not_is_told_in_the_packs_own_words(stage: Stage) -> None:
    opened = await stage.opened(kind="consultation", subject="怎么办")
    told = await stage.get(f"/matters/{opened['id']}/options")
    refused = {one["step"] for one in told["options"] if not one["is_allowed"]}
    assert set(told["says"]) == refused
    assert "办理中" not in told["says"]["resume"] or "恢复办理" in told["says"]["resume"]
    assert "恢复办理" in told["says"]["resume"]
    assert "resume" not in told["says"]["resume"]


async def test_a_diagram_marks_where_a_matter_stands(stage: Stage) -> None:
    answer = await stage.client.get(
        "/api/v1/procedures/citizen-request/diagram", params={"at": "handling", "lang": "zh"}
    )
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.count('class="hereword"') == 1
    assert answer.text.partition('class="hereword"')[2].partition("</text>")[0].endswith("办理中")


async def test_one_who_tracks_a_matter_sees_what_its_screen_is_made_of(stage: Stage) -> None:
    opened = await stage.opened(kind="help")
    given = {"number": opened["number"], "code": opened["tracking_code"]}
    async with AsyncClient(base_url=stage.address) as browser:
        assert (await browser.post("/api/v1/sign-in/tracking", json=given)).status_code in {200, 401}
        signed = (await browser.get("/api/v1/session")).status_code == 200
        assert (await browser.get("/api/v1/procedures/citizen-request")).status_code == 200
        if signed:
            assert (await browser.get("/api/v1/matters")).status_code == 403


async def test_pages_and_assets_are_given_and_nothing_else(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>域治</title>", encoding="utf-8")
    (tmp_path / "assets" / "a-1.js").write_text("1", encoding="utf-8")
    (tmp_path / "assets" / "a-1.js.gz").write_bytes(gzip.compress(b"1"))
    first = {"/resident/say": ["/assets/a-1.js", "/assets/a-1.css"]}
    (tmp_path / "first-files.json").write_text(json.dumps(first), encoding="utf-8")
    (tmp_path.parent / "secret.txt").write_text("no", encoding="utf-8")
    needs = replace(stage.assembly.for_api(), pages=PageNeeds(tmp_path))
    transport = ASGITransport(create_app(needs))  # type: ignore[arg-type]
    async with AsyncClient(transport=transport, base_url=stage.address) as client:
        for path in ("/", "/desk", "/resident/my/7", "/admin/x/y", "/sign-in"):
            page = await client.get(path)
            assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache"), path
            assert "unsafe" not in page.headers["content-security-policy"]
            assert "link" not in page.headers
        say = await client.get("/resident/say")
        assert say.headers["link"] == (
            "</assets/a-1.js>; rel=modulepreload, </assets/a-1.css>; rel=preload; as=style"
        )
        packed = await client.get("/assets/a-1.js", headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["content-encoding"] == "gzip"
        asset = await client.get("/assets/a-1.js", headers={"Accept-Encoding": "identity"})
        assert asset.headers["cache-control"].endswith("immutable")
        assert asset.headers["content-type"].startswith("text/javascript")
        for path in (
            "/assets/../index.html",
            "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
            "/assets/b.js",
            "/elsewhere",
        ):
            assert (await client.get(path)).status_code == 404, path


async def test_without_a_build_the_pages_say_so(stage: Stage) -> None:
    needs = replace(stage.assembly.for_api(), pages=PageNeeds(None, "https://tiles.example/{z}/{x}/{y}.png"))
    transport = ASGITransport(create_app(needs))  # type: ignore[arg-type]
    async with AsyncClient(transport=transport, base_url=stage.address) as client:
        answer = await client.get("/desk")
    assert (answer.status_code, answer.json()["code"]) == (404, "page.not_built")
    assert "connect-src 'self' https://tiles.example;" in answer.headers["content-security-policy"]
