"""Administration over HTTP, through the whole: powers, reach, accounts, packs, the trace."""

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from fakes.town import ASK, CITY, FAR, NEAR, Browser, Town, a_town
from yuzhi.capabilities.accounts import keeping
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts
from yuzhi.settings import shipped_packs

UNIT = {"name": "新单位", "kind": "town_office", "territory": NEAR}
PACK = shipped_packs()[0] / "grid-event"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        kind = next(iter(sorted(made.assembly.for_api().admin.known().kinds)))
        UNIT["kind"] = kind
        yield made


async def local_chief(town: Town) -> None:
    """Give somebody the duty of administrator on a part of the ground."""
    async with town.signed_in("acc-chief") as browser:
        given = {"person": "near", "unit": "near", "duties": ["administrator"], "territory": NEAR}
        answer = await browser.put("/api/v1/admin/posts/p-local", given)
        assert answer.status_code == 200, answer.text
    await town.assembly.ground.load()


async def test_units_people_and_posts_are_made(town: Town) -> None:
    async with town.signed_in("acc-chief") as browser:
        assert (await browser.put("/api/v1/admin/units/new", UNIT)).status_code == 200
        await town.assembly.ground.load()
        assert (await browser.put("/api/v1/admin/people/ren", {"name": "任某"})).status_code == 200
        await town.assembly.ground.load()
        given = {"person": "ren", "unit": "new", "duties": ["handler", "grid_worker"], "territory": NEAR}
        assert (await browser.put("/api/v1/admin/posts/p-ren", given)).status_code == 200
        await town.assembly.ground.load()
        handed = {"to": "far", "begins": SOON, "post": "p-ren-2"}
        answer = await browser.post("/api/v1/admin/posts/p-ren/hand-over", handed)
        assert (answer.status_code, answer.json()["valid_from"]) == (200, SOON)
        await town.assembly.ground.load()
        listed = (await browser.get("/api/v1/admin/posts?unit=new")).json()
        assert [one["id"] for one in listed["posts"]] == ["p-ren", "p-ren-2"]
        first = (await browser.get("/api/v1/admin/units?most=2")).json()
        rest = (await browser.get(f"/api/v1/admin/units?most=2&after={first['next']}")).json()
        assert [one["code"] for one in (*first["units"], *rest["units"])] == ["far", "hotline", "near", "new"]
    lines = await town.pool.fetch("select subject from trace where actor = 'person:chief' order by id")
    assert [line["subject"] for line in lines if line["subject"].startswith("post:")] == ["post:p-ren"]


@pytest.mark.parametrize(
    ("path", "given", "code"),
    [
        ("units/x", {"territory": "330299"}, "registry.territory_unknown"),
        ("units/x", {"kind": "no_such_kind"}, "registry.word_unknown"),
        ("units/x", {"parent": "ghost"}, "registry.parent_unknown"),
        ("units/near", {"parent": "near"}, "registry.parent_circle"),
        ("units/x", {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "registry.dates_reversed"),
        ("posts/x", {"duties": ["handlr"]}, "registry.word_unknown"),
        ("posts/x", {"person": "ghost"}, "registry.person_unknown"),
        ("posts/x", {"unit": "ghost"}, "registry.unit_unknown"),
        ("posts/x", {"person": "chief"}, "administration.oneself"),
        ("posts/p-chief", {}, "administration.oneself"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    town: Town, path: str, given: dict[str, object], code: str
) -> None:
    post = {"person": "far", "unit": "far", "duties": ["handler"], "territory": FAR}
    async with town.signed_in("acc-chief") as browser:
        answer = await browser.put(f"/api/v1/admin/{path}", {**(UNIT if "units" in path else post), **given})
    assert answer.json()["code"] == code, answer.text
    if given.get("duties") == ["handlr"]:
        assert answer.json()["facts"]["nearest"] == "handler"


async def test_only_those_whose_duty_it_is(town: Town) -> None:
    async with town.signed_in("acc-desk") as browser:
        for path in (
            "admin/units",
            "admin/posts",
            "admin/accounts",
            "admin/packs",
            "traces",
            "admin/permissions",
        ):
            answer = await browser.get(f"/api/v1/{path}")
            assert (answer.status_code, answer.json()["code"]) == (403, "power.missing"), path
    async with town.client() as browser:
        answer = await browser.get("/api/v1/admin/units")
        assert (answer.status_code, answer.json()["code"]) == (403, "power.missing")


async def test_an_administrator_of_a_part_stays_in_it(town: Town) -> None:
    await local_chief(town)
    async with town.signed_in("acc-near", post="p-local") as browser:
        units = (await browser.get("/api/v1/admin/units")).json()["units"]
        assert [one["code"] for one in units] == ["near"]
        for code, territory in (("x", FAR), ("x", CITY), ("far", NEAR)):
            answer = await browser.put(f"/api/v1/admin/units/{code}", {**UNIT, "territory": territory})
            assert (answer.status_code, answer.json()["code"]) == (403, "administration.out_of_reach")
        given = {"person": "far", "unit": "near", "duties": ["administrator"], "territory": CITY}
        answer = await browser.put("/api/v1/admin/posts/x", given)
        assert answer.json()["code"] == "administration.out_of_reach"
        # Whoever sets the chief's password is the chief.
        for name in ("acc-chief", "acc-far", "acc-nobody"):
            answer = await browser.post(f"/api/v1/admin/accounts/{name}/invitation")
            assert (answer.status_code, answer.json()["code"]) == (404, "account.unknown")
        assert "acc-chief" not in (await browser.get("/api/v1/admin/accounts")).text
        answer = await browser.post("/api/v1/admin/packs", None)
        assert answer.json()["code"] == "administration.out_of_reach"


async def test_accounts_are_made_and_closed(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief, town.signed_in("acc-far") as far:
        assert (await chief.put("/api/v1/admin/people/ren", {"name": "任某"})).status_code == 200
        made = await chief.post("/api/v1/admin/accounts", {"name": "Second", "person": "ren"})
        assert (made.status_code, made.json()["account"]["name"]) == (201, "second")
        async with town.client() as browser:
            given = {"code": made.json()["invitation"], "password": "marble lantern 83 voyages"}
            assert (await browser.post("/api/v1/sign-in/invitation", given)).status_code == 200
            assert (await browser.post("/api/v1/sign-in/invitation", given)).status_code == 403
            assert (await browser.sign_in("second", given["password"])).status_code == 200
            assert (await chief.post("/api/v1/admin/accounts/second/close")).status_code == 200
            assert (await browser.get("/api/v1/session")).status_code == 401
            assert (await chief.post("/api/v1/admin/accounts/second/open")).status_code == 200
            assert (await browser.sign_in("second", given["password"])).status_code == 200
        ended = await chief.delete("/api/v1/admin/accounts/acc-far/sessions")
        assert ended.json() == {"ended": 1}
        assert (await far.get("/api/v1/session")).status_code == 401
        own = await chief.post("/api/v1/admin/accounts/acc-chief/invitation")
        assert (own.status_code, own.json()["code"]) == (403, "administration.oneself")


async def listed_machine(chief: Browser, territory: str, duty: str = "handler") -> None:
    """Put a machine on the staff, with a post of its own."""
    assert (await chief.put("/api/v1/admin/people/machine", {"name": "雨量计"})).status_code == 200
    given = {"person": "machine", "unit": "hotline", "duties": [duty], "territory": territory}
    assert (await chief.put("/api/v1/admin/posts/p-machine", given)).status_code == 200


async def test_a_machine_does_only_what_its_token_says(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        await listed_machine(chief, FAR)
        machine = {"name": "gauge", "person": "machine", "kind": "service"}
        assert (await chief.post("/api/v1/admin/accounts", machine)).status_code == 201
        given = {"name": "rain", "post": "p-machine", "scopes": ["read:matters"], "days": 7}
        made = await chief.post("/api/v1/admin/accounts/gauge/tokens", given)
        assert made.status_code == 201, made.text
        elses = await chief.post("/api/v1/admin/accounts/gauge/tokens", {**given, "post": "p-chief"})
        assert elses.json()["code"] == "registry.post_unknown"
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    async with town.client() as browser:
        assert (await browser.get("/api/v1/matters", headers=bearer)).status_code == 200
        for method, path in (("GET", "rates"), ("POST", "matters"), ("GET", "session"), ("GET", "traces")):
            answer = await browser.http.request(method, f"/api/v1/{path}", headers=bearer, json=ASK)
            assert (answer.status_code, answer.json()["code"]) == (403, "token.out_of_scope"), path
        other = {"Authorization": "Bearer yz_wrong"}
        assert (await browser.get("/api/v1/matters", headers=other)).json()["code"] == "sign_in.unknown_token"
    async with town.signed_in("acc-chief") as chief:
        path = f"/api/v1/admin/accounts/gauge/tokens/{made.json()['view']['id']}"
        assert (await chief.delete(path)).status_code == 200
        assert made.json()["token"] not in (await chief.get("/api/v1/admin/accounts/gauge/tokens")).text
    async with town.client() as browser:
        assert (await browser.get("/api/v1/matters", headers=bearer)).status_code == 401


async def test_a_token_needs_no_page_token(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        await listed_machine(chief, CITY, "intake_desk")
        machine = {"name": "gauge", "person": "machine", "kind": "service"}
        await chief.post("/api/v1/admin/accounts", machine)
        given = {"name": "n", "post": "p-machine", "scopes": ["write:matters"], "days": 7}
        token = (await chief.post("/api/v1/admin/accounts/gauge/tokens", given)).json()["token"]
    async with town.client() as browser:
        answer = await browser.http.post(
            "/api/v1/matters",
            json=ASK,
            headers={"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "none"},
        )
        assert answer.status_code == 201


async def test_the_table_of_permissions(town: Town) -> None:
    await town.pool.execute("update person set name = '=cmd()' where id = 'far'")
    await town.assembly.ground.load()
    async with town.signed_in("acc-chief") as browser:
        answer = await browser.get("/api/v1/admin/permissions", headers={"Accept-Language": "en"})
    assert answer.headers["content-disposition"] == 'attachment; filename="permissions.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert rows[0][:6] == ("person", "name", "post", "unit", "unit name", "duty")
    handler = next(row for row in rows if row[2] == "p-far" and row[9] == "citizen-request")
    assert handler[1] == "'=cmd()"
    assert "sign" in str(handler[10])
    powers = next(row for row in rows if row[2] == "p-chief" and row[5] == "administrator")
    assert "people.manage" in str(powers[11])
    assert await town.pool.fetchval("select count(*) from trace where kind = 'exported'") == 1


async def test_supervisors_read_the_trace_and_are_in_it(town: Town) -> None:
    async with town.signed_in("acc-chief") as browser:
        first = await browser.get("/api/v1/traces?kind=signed_in")
        assert [line["account"] for line in first.json()["traces"]] == [""]
        assert first.json()["traces"][0]["subject"] == "account:acc-chief"
        again = (await browser.get("/api/v1/traces?kind=trace_read")).json()["traces"]
        assert (again[0]["actor"], again[0]["account"]) == ("person:chief", "acc-chief")
        for query in ("most=0", "most=201", "after=x", "kind=%00", "at_from=2026-01-01T00:00:00"):
            assert (await browser.get(f"/api/v1/traces?{query}")).status_code == 400, query
        for method in ("POST", "PUT", "DELETE"):
            answer = await browser.http.request(method, "/api/v1/traces")
            assert answer.status_code == 405


def packed(version: str, *, change: tuple[str, str] = ("", ""), extra: dict[str, str] | None = None) -> bytes:
    """Return the grid's pack as a ZIP, under another version and with something changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(PACK.rglob("*")):
            if not file.is_file():
                continue
            text = file.read_text(encoding="utf-8")
            if file.name == "pack.toml":
                line = next(one for one in text.splitlines() if one.startswith("version"))
                text = text.replace(line, f'version = "{version}"')
            if change[0] and file.parent.name == "procedures":
                text = text.replace(*change)
            archive.writestr(f"grid-event/{file.relative_to(PACK).as_posix()}", text)
        for path, text in (extra or {}).items():
            archive.writestr(path, text)
    return out.getvalue()


async def propose(browser: Browser, content: bytes, query: str = "") -> tuple[int, dict[str, object]]:
    headers = {"X-CSRF-Token": browser.csrf, "Content-Type": "application/zip"}
    answer = await browser.http.post(f"/api/v1/admin/packs?{query}", content=content, headers=headers)
    return answer.status_code, answer.json()


async def approver(town: Town) -> None:
    """Give somebody the duty at the machine: one whom an administrator gave it must wait a week."""
    held = Post("p-approver", "desk", "hotline", ("pack_approver",), CITY)
    async with town.pool.acquire() as conn:
        people = PostList((Person("desk", "desk"),), (held,))
        await save_posts(conn, people, actor="operator:test", now=datetime.now(UTC))
    await town.assembly.ground.load()


async def test_a_pack_is_proposed_by_one_and_approved_by_another(town: Town) -> None:
    await approver(town)
    changed = ("limit: 5 workdays", "limit: 7 workdays")
    async with town.signed_in("acc-chief") as chief:
        status, view = await propose(chief, packed("2027.1", change=changed), f"begins={SOON}&note=why")
        assert status == 201, view
        path = f"/api/v1/admin/packs/{view['id']}"
        told = (await chief.get(f"{path}/difference", headers={"Accept-Language": "en"})).json()
        assert told["against"]
        assert any(one.startswith("+") and "7 workdays" in one for one in told["text"].splitlines())
        drawn = await chief.get(f"{path}/procedures/{told['procedures'][0]}/diagram")
        assert (drawn.status_code, drawn.text[:4]) == (200, "<svg")
        missing = await chief.get(f"{path}/procedures/none/diagram")
        assert missing.json()["code"] == "procedure.unknown"
        own = await chief.post(f"{path}/decision", {"approve": True})
        assert (own.status_code, own.json()["code"]) == (403, "power.missing")
    async with town.signed_in("acc-desk", post="p-approver") as other:
        done = await other.post(f"{path}/decision", {"approve": True})
        assert (done.status_code, done.json()["decision"], done.json()["decided_by"]) == (
            200, "approved", "person:desk",
        )  # fmt: skip
        again = await other.post(f"{path}/decision", {"approve": False})
        assert (again.status_code, again.json()["code"]) == (409, "pack.decided_already")
    shelf = town.assembly.shelf
    assert shelf.pack("grid-event", "2027.1").in_force_from == SOON
    assert shelf.pack("grid-event").version != "2027.1"
    kinds = await town.pool.fetch(
        "select facts ->> 'change' c from trace where kind = 'pack_changed' order by id"
    )
    assert [row["c"] for row in kinds] == ["proposed", "approved"]


async def test_nobody_approves_their_own_proposal_whatever_their_duties(town: Town) -> None:
    await approver(town)
    async with town.signed_in("acc-chief") as chief:
        _, view = await propose(chief, packed("2027.1"), f"begins={SOON}")
    await town.pool.execute("update post set duties = array['pack_approver'] where id = 'p-chief'")
    await town.assembly.ground.load()
    async with town.signed_in("acc-chief") as chief:
        own = await chief.post(f"/api/v1/admin/packs/{view['id']}/decision", {"approve": True})
        assert (own.status_code, own.json()["code"]) == (403, "pack.own_proposal")
        back = await chief.post(f"/api/v1/admin/packs/{view['id']}/decision", {"approve": False})
        assert back.json()["decision"] == "rejected"


async def test_a_proposal_never_changes(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        await propose(chief, packed("2027.1"), f"begins={SOON}")
    for statement in (
        "update pack_version set digest = 'x'", "update pack_version set proposed_by = 'person:other'",
        "delete from pack_version",
        "update pack_version set decision = 'approved', decided_by = proposed_by, decided_at = now()",
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"once and never|check constraint"):
            await town.pool.execute(statement)


async def test_what_is_no_sound_pack_is_refused(town: Town) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.toml", "#" * 30_000_000)
    async with town.signed_in("acc-chief") as chief:
        for content, query, code in (
            (b"", "", "pack.unreadable"),
            (b"PK\x03\x04 not really", "", "pack.unreadable"),
            (bomb.getvalue(), "", "pack.too_large"),
            (packed("1", extra={"grid-event/../../etc/passwd": "x"}), "", "pack.outside"),
            (packed("1", extra={"/etc/passwd": "x"}), "", "pack.outside"),
            (packed("1", extra={"grid-event/procedures/x.yaml": "procedure: ["}), "", "pack.unsound"),
            (packed("2027.1"), "begins=2020-01-01", "pack.begins_in_past"),
        ):
            status, told = await propose(chief, content, query)
            assert (status, told["code"]) == (422, code), told
        await propose(chief, packed("2027.2"), f"begins={SOON}")
        status, told = await propose(chief, packed("2027.2"), f"begins={SOON}")
        assert (status, told["code"]) == (409, "pack.version_twice")


async def test_the_first_administrator_is_made_once(fresh_database: str, tmp_path: Path) -> None:
    given = {
        "person": "1",
        "person_name": "首位管理员",
        "account": "first",
        "password": "marble lantern 83 voyages",
    }
    async with a_town(fresh_database, tmp_path, has_people=False) as town:
        gate = town.assembly.for_api().entrance.gate
        async with town.pool.acquire() as conn:
            code = await keeping.first_invitation(conn, gate, datetime.now(UTC))
        async with town.client() as browser:
            wrong = await browser.post("/api/v1/first-run", {**given, "code": "WRONG"})
            assert (wrong.status_code, wrong.json()["code"]) == (403, "invitation.wrong")
            weak = await browser.post(
                "/api/v1/first-run", {**given, "code": code, "password": "password1234"}
            )
            assert weak.json()["code"] == "password.common"
            made = await browser.post("/api/v1/first-run", {**given, "code": code})
            assert (made.status_code, made.json()["name"]) == (201, "first")
            over = await browser.post("/api/v1/first-run", {**given, "code": code})
            assert (over.status_code, over.json()["code"]) == (409, "first_run.over")
        await town.assembly.ground.load()
        async with town.client() as browser:
            assert (await browser.sign_in("first", given["password"])).status_code == 200
            assert (await browser.put("/api/v1/admin/units/u", UNIT)).status_code == 200
            assert (await browser.get("/api/v1/matters")).json()["rows"] == []


async def test_deputies_and_shifts_end_or_are_removed(town: Town) -> None:
    now = datetime.now(UTC)
    today = now.date()
    spans = {"begun": (-3, 30), "to-come": (20, 30), "over": (-9, -3)}
    async with town.signed_in("acc-chief") as chief:
        for name, (first, past) in spans.items():
            given = {
                "post": "p-near", "acting": "p-far", "valid_from": str(today + timedelta(days=first)),
                "valid_to": str(today + timedelta(days=past)),
            }  # fmt: skip
            assert (await chief.put(f"/api/v1/admin/deputies/{name}", given)).status_code == 200
            shift = {
                "unit": "near", "post": "p-near", "starts_at": (now + timedelta(days=first)).isoformat(),
                "ends_at": (now + timedelta(days=past)).isoformat(),
            }  # fmt: skip
            assert (await chief.put(f"/api/v1/admin/shifts/{name}", shift)).status_code == 200
        for what in ("deputies", "shifts"):
            ended = await chief.delete(f"/api/v1/admin/{what}/begun")
            assert ended.json() == {"id": "begun", "is_removed": False}
            removed = await chief.delete(f"/api/v1/admin/{what}/to-come")
            assert removed.json() == {"id": "to-come", "is_removed": True}
            for name, status, code in (
                ("over", 409, "over"),
                ("begun", 409, "over"),
                ("none", 404, "unknown"),
            ):
                answer = await chief.delete(f"/api/v1/admin/{what}/{name}")
                assert (answer.status_code, answer.json()["code"].endswith(code)) == (status, True)
        duty = (await chief.get("/api/v1/on-duty?unit=near")).json()["shifts"]
        assert duty == []
    async with town.signed_in("acc-far", post="p-far") as far:
        assert [one["post"] for one in (await far.get("/api/v1/session")).json()["posts"]] == ["p-far"]
    audited = await town.pool.fetch(
        "select relation, key, after is null as is_gone from ground_audit"
        " where relation in ('deputy', 'shift') and actor = 'person:chief' and before is not null"
        " order by 1, 2"
    )
    assert [tuple(row) for row in audited] == [
        (one, key, key == "to-come") for one in ("deputy", "shift") for key in ("begun", "to-come")
    ]


async def test_others_deputies_are_not_there(town: Town) -> None:
    await local_chief(town)
    async with town.signed_in("acc-chief") as chief:
        given = {
            "post": "p-far",
            "acting": "p-both-far",
            "valid_from": "2099-01-01",
            "valid_to": "2099-02-01",
        }
        assert (await chief.put("/api/v1/admin/deputies/theirs", given)).status_code == 200
    async with town.signed_in("acc-near", post="p-local") as local:
        answer = await local.delete("/api/v1/admin/deputies/theirs")
        assert (answer.status_code, answer.json()["code"]) == (404, "registry.deputy_unknown")
