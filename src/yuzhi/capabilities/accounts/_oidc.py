"""Signing in through an OpenID Connect provider: authorization code with PKCE, checked end to end.

OpenID Connect Core 1.0 §3.1, RFC 7636 (S256), RFC 9207 (issuer in the answer). The provider says who it
is; which account that is, is ours to say: a link made before, or one claim that names the account.
"""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._codes import TOKEN_BYTES, digest_of, long_token
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._signing_in import Client, admit
from yuzhi.capabilities.accounts._views import Opened, Signed
from yuzhi.store.postgres.pool import acquired

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
HOLDS_FOR: Final = timedelta(minutes=10)
PATIENCE: Final = 10.0  # seconds for each answer of the provider
LEEWAY: Final = 60  # seconds by which clocks may differ
LARGEST: Final = 1 << 20


class Provider(Struct, frozen=True):
    """A provider as the settings tell it. `claim` names the account on its first sign-in, if it is set."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str = ""
    scope: str = "openid profile"


class Proved(Struct, frozen=True):
    """What the provider says of somebody, checked, and where they wanted to go."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    return_to: str


@dataclass
class Discovery:
    """What a provider tells of itself, fetched once and again when a key is not among those known."""

    provider: Provider
    _told: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None

    async def told(self) -> dict[str, Any]:
        """Return the provider's own description; raises Refusal `oidc.unreachable` and `oidc.not_itself`."""
        if not self._told:
            issuer = self.provider.issuer.rstrip("/")
            told = await _fetch(f"{issuer}/.well-known/openid-configuration")
            if str(told.get("issuer", "")).rstrip("/") != issuer:
                raise Refusal("oidc.not_itself", issuer=issuer)
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _check_safe(str(told.get(name, "")))
            self._told = told
        return self._told

    async def keys(self, *, anew: bool = False) -> KeySet:
        """Return the provider's keys."""
        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(await _fetch((await self.told())["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys


async def begin(
    conn: asyncpg.Connection,
    gate: Gate,
    discovery: Discovery,
    *,
    redirect_uri: str,
    return_to: str,
    now: datetime,
) -> tuple[str, str]:
    """Return the provider's address to go to, and a cookie that ties the answer to this browser."""
    told = await discovery.told()
    state, nonce, verifier, browser = (long_token(gate.chance(TOKEN_BYTES)) for _ in range(4))
    async with _client(discovery.provider, redirect_uri) as client:
        url, _ = client.create_authorization_url(
            told["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
    await conn.execute(
        "insert into oidc_attempt (state, browser, nonce, verifier, return_to, expires_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        digest_of(state),
        digest_of(browser),
        nonce,
        verifier,
        return_to,
        now + HOLDS_FOR,
    )
    return str(url), browser


async def finish(
    pool: asyncpg.Pool, discovery: Discovery, answer: Mapping[str, str], browser: str, *, redirect_uri: str,
    now: datetime,
) -> Proved:  # fmt: skip
    """Take the provider's answer and return what it says of somebody.

    Raises Refusal `oidc.stale` for an answer nobody asked for here, `oidc.refused` for one the provider or
    its signature does not stand for, and `oidc.unreachable`.
    """
    async with acquired(pool) as conn:
        begun = await conn.fetchrow(
            "delete from oidc_attempt where state = $1 and expires_at > $2"
            " returning browser, nonce, verifier, return_to",
            digest_of(answer.get("state", "")),
            now,
        )
    if begun is None or not hmac.compare_digest(begun["browser"], digest_of(browser)):
        raise Refusal("oidc.stale")
    issuer = discovery.provider.issuer.rstrip("/")
    if answer.get("error") or answer.get("iss", issuer).rstrip("/") != issuer or not answer.get("code"):
        raise Refusal("oidc.refused", why="answer")
    told = await discovery.told()
    try:
        async with _client(discovery.provider, redirect_uri) as client:
            token = await client.fetch_token(
                told["token_endpoint"], code=answer["code"], code_verifier=begun["verifier"]
            )
    except (OAuthError, ValueError) as refused:
        raise Refusal("oidc.refused", why="code") from refused
    except httpx2.HTTPError as trouble:
        raise Refusal("oidc.unreachable", issuer=issuer) from trouble
    claims = await _checked(discovery, str(token.get("id_token", "")), begun["nonce"])
    return Proved(issuer, str(claims["sub"]), claims, begun["return_to"])


async def sign_in_by_oidc(
    pool: asyncpg.Pool, gate: Gate, provider: Provider, proved: Proved, client: Client, now: datetime
) -> tuple[Opened, str]:
    """Open a session for the account a provider's word stands for; raises Refusal `oidc.no_account`."""
    named = str(proved.claims.get(provider.claim, "")).strip().lower() if provider.claim else ""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(_FIND, proved.issuer, proved.subject, named)
        if row is None:
            subject = f"oidc:{gate.secrets.tag('oidc', proved.issuer, proved.subject).hex()[:16]}"
            await trace.note(conn, "sign_in_refused", by="nobody", at=now, subject=subject, why="no account")
            raise Refusal("oidc.no_account")
        async with conn.transaction():
            if not row["is_linked"]:
                await link(conn, row["id"], row["name"], proved, by=f"person:{row['person']}", now=now)
            who = Signed(id=row["id"], account=row["id"], name=row["name"], person=row["person"])
            return await admit(conn, gate, who, client, now, means="oidc")


async def link(
    conn: asyncpg.Connection, account: object, name: str, proved: Proved, *, by: str, now: datetime
) -> None:
    """Let a provider's word stand for an account from now on."""
    await conn.execute(
        "insert into identity (issuer, subject, account, linked_at) values ($1, $2, $3, $4)"
        " on conflict do nothing",
        proved.issuer,
        proved.subject,
        account,
        now,
    )
    await trace.note(
        conn,
        "account_changed",
        by=by,
        at=now,
        subject=f"account:{name}",
        change="linked",
        issuer=proved.issuer,
    )


async def _checked(discovery: Discovery, id_token: str, nonce: str) -> dict[str, Any]:
    provider = discovery.provider
    issuer = str((await discovery.told())["issuer"])
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    for anew in (False, True):
        try:
            keys = await discovery.keys(anew=anew)
            claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
            rules.validate(claims)
        except (JoseError, ValueError, KeyError) as wrong:
            if anew:
                raise Refusal("oidc.refused", why="signature") from wrong
            continue
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
            raise Refusal("oidc.refused", why="audience")
        return dict(claims)
    raise AssertionError("the second try returns or refuses")


async def _fetch(url: str) -> dict[str, Any]:
    _check_safe(url)
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client:
            async with asyncio.timeout(PATIENCE):
                answer = await client.get(url)
            if answer.status_code != 200 or len(answer.content) > LARGEST:
                raise Refusal("oidc.unreachable", issuer=url)
            told = answer.json()
    except (httpx2.HTTPError, TimeoutError, ValueError) as trouble:
        raise Refusal("oidc.unreachable", issuer=url) from trouble
    if not isinstance(told, dict):
        raise Refusal("oidc.unreachable", issuer=url)
    return told


def _check_safe(url: str) -> None:
    """Refuse an address of the provider's that others could listen to: plain HTTP beyond this machine."""
    parts = urlsplit(url)
    try:
        is_local = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        is_local = False
    if not (parts.scheme == "https" and parts.hostname) and not (parts.scheme == "http" and is_local):
        raise Refusal("oidc.not_itself", issuer=url[:200])


def _client(provider: Provider, redirect_uri: str) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        provider.client_id,
        provider.client_secret,
        scope=provider.scope,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        timeout=PATIENCE,
    )


_FIND = """
select a.id, a.name, a.person, i.account is not null as is_linked
from account a left join identity i on i.account = a.id and i.issuer = $1 and i.subject = $2
where not a.is_disabled and a.kind = 'person' and (
    i.account is not null
    or a.name = nullif($3, '')
        and not exists (select from identity o where o.account = a.id and o.issuer = $1)
        and not exists (select from identity s where s.issuer = $1 and s.subject = $2)
)
order by i.account is null limit 1
"""
