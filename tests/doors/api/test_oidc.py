"""Signing in through a real provider on loopback."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from fakes.provider import a_provider
from fakes.town import ORIGIN, Browser, Town, a_town
from yuzhi.doors.api.oidc import safe_path

START = "/api/v1/sign-in/oidc"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with a_provider() as address:
        yield address


@pytest.fixture
async def town(provider: str, fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    told: dict[str, Any] = {
        "oidc_issuer": provider, "oidc_client_id": "yuzhi", "oidc_client_secret_file": secret,
        "oidc_claim": "preferred_username",
    }  # fmt: skip
    async with a_town(fresh_database, tmp_path, **told) as made:
        yield made


def known(provider: str, subject: str, name: str) -> None:
    """Let the provider know somebody."""
    answer = httpx.put(f"{provider}/users/{subject}", json={"preferred_username": name})
    assert answer.status_code == 204, answer.text


async def go(browser: Browser, query: str = "") -> str:
    """Begin, and return the address at the provider."""
    answer = await browser.get(f"{START}{query}")
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def authorise(address: str, subject: str) -> str:
    """Sign in at the provider and return the path and query it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject}, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == ORIGIN
    return f"{back.path}?{back.query}"


async def test_there_and_back_again(town: Town, provider: str) -> None:
    known(provider, "subject-1", "acc-desk")
    for _ in range(2):
        async with town.client() as browser:
            address = await go(browser, "?return_to=/matters/7")
            asked = parse_qs(urlsplit(address).query)
            assert asked["code_challenge_method"] == ["S256"]
            assert asked["redirect_uri"] == [f"{ORIGIN}{START}/callback"]
            back = await browser.get(authorise(address, "subject-1"))
            assert (back.status_code, back.headers["location"]) == (302, "/matters/7")
            told = (await browser.get("/api/v1/session")).json()
            assert (told["account"], told["means"]) == ("acc-desk", "oidc")
    linked = await town.pool.fetch("select issuer, subject from identity")
    assert [tuple(row) for row in linked] == [(provider, "subject-1")]


async def test_a_link_stays_with_the_subject_whatever_it_calls_itself(town: Town, provider: str) -> None:
    known(provider, "subject-2", "acc-desk")
    async with town.client() as browser:
        await browser.get(authorise(await go(browser), "subject-2"))
    known(provider, "subject-2", "acc-chief")
    async with town.client() as browser:
        await browser.get(authorise(await go(browser), "subject-2"))
        assert (await browser.get("/api/v1/session")).json()["account"] == "acc-desk"
    known(provider, "subject-3", "acc-desk")
    async with town.client() as browser:
        refused = await browser.get(authorise(await go(browser), "subject-3"))
        assert (refused.status_code, refused.json()["code"]) == (401, "oidc.no_account")


async def test_who_has_no_account_stays_out(town: Town, provider: str) -> None:
    known(provider, "subject-4", "stranger")
    async with town.client() as browser:
        refused = await browser.get(authorise(await go(browser), "subject-4"))
        assert (refused.status_code, refused.json()["code"]) == (401, "oidc.no_account")
        assert (await browser.get("/api/v1/session")).status_code == 401


async def test_an_answer_is_taken_once_and_only_by_the_browser_that_asked(town: Town, provider: str) -> None:
    known(provider, "subject-5", "acc-desk")
    async with town.client() as browser, town.client() as victim:
        back = authorise(await go(browser), "subject-5")
        # An attacker's answer in somebody else's browser would sign them in as the attacker.
        assert (await victim.get(back)).json()["code"] == "oidc.stale"
        assert (await browser.get(back)).json()["code"] == "oidc.stale"
        back = authorise(await go(browser), "subject-5")
        assert (await browser.get(back)).status_code == 302
        assert (await browser.get(back)).json()["code"] == "oidc.stale"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("code=", "code=x"), "oidc.refused"),
        (("state=", "state=x"), "oidc.stale"),
        (("code=", "error=access_denied&code="), "oidc.refused"),
        (("code=", "iss=https://evil.example&code="), "oidc.refused"),
    ],
)
async def test_a_changed_answer_is_refused(
    town: Town, provider: str, change: tuple[str, str], code: str
) -> None:
    known(provider, "subject-6", "acc-desk")
    async with town.client() as browser:
        refused = await browser.get(authorise(await go(browser), "subject-6").replace(*change))
        assert (refused.status_code, refused.json()["code"]) == (401, code)


async def test_a_code_is_nothing_without_its_verifier(town: Town, provider: str) -> None:
    known(provider, "subject-7", "acc-desk")
    async with town.client() as browser:
        back = authorise(await go(browser), "subject-7")
        await town.pool.execute("update oidc_attempt set verifier = 'another'")
        assert (await browser.get(back)).json()["code"] == "oidc.refused"


async def test_a_token_for_another_sign_in_is_refused(town: Town, provider: str) -> None:
    known(provider, "subject-8", "acc-desk")
    async with town.client() as browser:
        back = authorise(await go(browser), "subject-8")
        await town.pool.execute("update oidc_attempt set nonce = 'another'")
        assert (await browser.get(back)).json()["code"] == "oidc.refused"


async def test_without_a_provider_there_is_none(fresh_database: str, tmp_path: Path) -> None:
    async with a_town(fresh_database, tmp_path) as town, town.client() as browser:
        for path in (START, f"{START}/callback?state=x"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "oidc.not_set_up")


async def test_a_provider_that_is_away_is_said_to_be(fresh_database: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    told: dict[str, Any] = {
        "oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "yuzhi", "oidc_client_secret_file": secret,
    }  # fmt: skip
    async with a_town(fresh_database, tmp_path, **told) as town, town.client() as browser:
        answer = await browser.get(START)
        assert (answer.status_code, answer.json()["code"]) == (503, "oidc.unreachable")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "evil",
        "/a\r\nSet-Cookie: x=y", "/%0d%0a\n", "/" + "x" * 600, "/字", "\\/evil",
    ],
)  # fmt: skip
def test_one_comes_back_to_this_site_only(path: str) -> None:
    assert safe_path(path) == "/"
    assert safe_path("/matters?state=open#top") == "/matters?state=open#top"
