"""An administrator who would be more than one person, and others who guess, forge and rewrite."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import asyncpg
import pytest

from fakes.town import CITY, Town, a_town
from yuzhi.capabilities.accounts import keeping
from yuzhi.capabilities.administration import _office
from yuzhi.settings import shipped_packs

API = "/api/v1"
SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


@pytest.mark.parametrize("kind", ["person", "service"])
async def test_nobody_is_given_a_second_account_to_be_used_by_others(town: Town, kind: str) -> None:
    async with town.signed_in("acc-chief") as chief:
        made = await chief.post(f"{API}/admin/accounts", {"name": "shadow", "person": "near", "kind": kind})
        assert (made.status_code, made.json()["code"]) == (409, "account.has_one")
        own = await chief.post(f"{API}/admin/accounts", {"name": "shadow", "person": "chief", "kind": kind})
        assert (own.status_code, own.json()["code"]) == (403, "administration.oneself")


def packed() -> bytes:
    """Return a shipped pack under another version."""
    folder, out = shipped_packs()[0] / "grid-event", io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            text = file.read_text(encoding="utf-8")
            if file.name == "pack.toml":
                text = re.sub(r'^version = ".*"', 'version = "2099.1"', text, flags=re.MULTILINE)
            archive.writestr(file.relative_to(folder).as_posix(), text)
    return out.getvalue()


async def test_a_second_person_made_up_for_it_approves_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two posts, two persons, two accounts, and one human being behind them."""
    async with town.signed_in("acc-chief") as chief:
        assert (await chief.put(f"{API}/admin/people/puppet", {"name": "王某"})).status_code == 200
        await town.assembly.ground.load()
        post = {"person": "puppet", "unit": "hotline", "duties": ["pack_approver"], "territory": CITY}
        assert (await chief.put(f"{API}/admin/posts/p-puppet", post)).status_code == 200
        made = await chief.post(f"{API}/admin/accounts", {"name": "puppet", "person": "puppet"})
        await town.assembly.ground.load()
        sent = await chief.http.post(
            f"{API}/admin/packs?begins={SOON}", content=packed(),
            headers={"X-CSRF-Token": chief.csrf, "Content-Type": "application/zip"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
    gate = town.assembly.for_api().entrance.gate
    await keeping.set_password_with_invitation(
        town.pool, gate, made.json()["invitation"], "crouching heron 57 teapots", datetime.now(UTC)
    )
    async with town.signed_in("puppet") as puppet:
        decision = f"{API}/admin/packs/{sent.json()['id']}/decision"
        answer = await puppet.post(decision, {"approve": True, "reason": ""})
        assert (answer.status_code, answer.json()["code"]) == (403, "administration.too_new")
        monkeypatch.setattr(_office, "SETTLED", timedelta(0))
        assert (await puppet.post(decision, {"approve": True, "reason": ""})).status_code == 200


async def test_a_password_is_not_found_out_at_a_screen_left_open(town: Town) -> None:
    async with town.signed_in("acc-near") as thief:
        codes = []
        for n in range(8):
            given = {"old": f"guess {n}", "new": "marble lantern 83 voyages"}
            codes.append((await thief.post(f"{API}/session/password", given)).json()["code"])
    assert codes[:5] == ["password.old_wrong"] * 5
    assert "sign_in.wait" in codes[5:]


@pytest.mark.parametrize("table", ["trace", "personal_access"])
@pytest.mark.parametrize("statement", ["update {} set at = now()", "delete from {}", "truncate {}"])
async def test_the_trace_is_not_rewritten(town: Town, statement: str, table: str) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await town.pool.execute(statement.format(table))


async def test_guessing_tokens_is_counted_like_asking(fresh_database: str, tmp_path: Path) -> None:
    async with a_town(fresh_database, tmp_path, anonymous_limit=40) as town, town.client() as guesser:
        codes = {
            (await guesser.get(f"{API}/matters", headers={"Authorization": f"Bearer yz_{n}"})).json()["code"]
            for n in range(15)
        }
    assert codes == {"sign_in.unknown_token", "request.too_many"}


async def test_an_ipv6_household_is_one_address(fresh_database: str, tmp_path: Path) -> None:
    async with a_town(fresh_database, tmp_path, anonymous_limit=40) as town:
        found = set()
        for n in range(15):
            async with town.client(address=f"2001:db8:0:1::{n + 1:x}") as one:
                found.add((await one.get(f"{API}/public/matters")).status_code)
    assert 429 in found


async def test_a_proxy_that_writes_a_line_of_its_own_is_believed_and_the_client_is_not(
    fresh_database: str, tmp_path: Path
) -> None:
    async with a_town(fresh_database, tmp_path, trusted_proxies=(ip_network("10.0.0.0/8"),)) as town:
        async with town.client(address="10.0.0.1") as browser:
            lines = [("X-Forwarded-For", "198.51.100.9"), ("X-Forwarded-For", "192.0.2.77")]
            await browser.http.post(
                f"{API}/sign-in/password", json={"name": "acc-near", "password": "wrong"}, headers=lines
            )
        seen = await town.pool.fetchval("select address from trace where kind = 'sign_in_refused'")
    assert seen == "192.0.2.77"
