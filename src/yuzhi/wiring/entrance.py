"""Who asks, found out from a session, a token or (for one's own machine) a header; and the keys for it."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from yuzhi.base.actor import Actor, requester, stranger
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts import (
    Gate,
    Limits,
    Passwords,
    Secrets,
    Signed,
    code_to_send,
    oidc,
    session_of,
    tokens,
)
from yuzhi.capabilities.deliveries import Claimed, Errand, Letter, Maildrop, Undelivered, queue
from yuzhi.capabilities.registry import Acting
from yuzhi.doors.api import Asker, EntranceNeeds
from yuzhi.settings import Settings
from yuzhi.store.postgres.pool import acquired
from yuzhi.wiring.keeper import LoadedGround

Header = Callable[[str], str | None]

BEARER = "bearer "
KEY_BYTES = 32
AUDIENCE = "sign_in"


class Entrance:
    """Implements `SignIn`. Posts come from the roster in memory: one statement, however many there are."""

    def __init__(
        self, pool: asyncpg.Pool, ground: Callable[[], LoadedGround], *, is_development: bool = False
    ) -> None:
        self._pool = pool
        self._ground = ground
        self._is_development = is_development

    async def who(
        self, header: Header, session_token: str, now: datetime, *, is_glance: bool = False
    ) -> Asker:
        """Return who a request's headers and session stand for.

        Raises Refusal `sign_in.unknown_token` for a token that is none or no more; a session that has ended
        is simply none. `X-Yuzhi-Post` names another of one's posts for this request.
        """
        authorization = header("authorization") or ""
        if authorization.lower().startswith(BEARER):
            signed = await tokens.token_of(self._pool, authorization[len(BEARER) :].strip()[:200], now)
            if signed is None:
                raise Refusal("sign_in.unknown_token")
            return self._staff(signed, signed.post, "")
        signed = None
        if session_token:
            signed = await session_of(self._pool, session_token, now, is_glance=is_glance)
        if signed is None:
            return self._nobody(header)
        if signed.requester is not None:
            return Asker(requester(str(signed.requester)), signed, session_token=session_token)
        return self._staff(signed, _wanted(signed, header), session_token)

    def _staff(self, signed: Signed, wanted: str, session_token: str) -> Asker:
        ground = self._ground()
        choices = ground.roster.acting(signed.person, on=ground.on)
        if signed.scopes is not None:  # a token, or a screen, is for one post
            choices = tuple(one for one in choices if one.post.id == wanted)
        chosen = next((one for one in choices if one.post.id == wanted), None)
        if chosen is None and wanted and wanted != signed.post:
            raise Refusal("sign_in.unknown_post", post=wanted[:80])
        if chosen is None and len(choices) == 1:
            (chosen,) = choices
        return Asker(self._actor(ground, chosen), signed, choices, session_token)

    def _actor(self, ground: LoadedGround, chosen: Acting | None) -> Actor | None:
        if chosen is None:
            return None
        try:
            return ground.roster.actor_as(chosen, ground.on, ground.same_ground)
        except Refusal:  # the unit is closed
            return None

    def _nobody(self, header: Header) -> Asker:
        post, known = header("x-yuzhi-post"), header("x-yuzhi-requester")
        if (post or known) and not self._is_development:
            raise Refusal("sign_in.needed")
        ground = self._ground()
        if post:
            try:
                return Asker(ground.roster.actor(post, ground.on, ground.same_ground))
            except Refusal as refusal:
                raise Refusal("sign_in.unknown_post", post=post[:80]) from refusal
        if known:
            try:
                return Asker(requester(str(UUID(known))))
            except ValueError:
                raise Refusal("sign_in.unknown_requester") from None
        return Asker(stranger(str(uuid4())))


def _wanted(signed: Signed, header: Header) -> str:
    """Return the post that is to act: the one asked for, but a screen's is the one it was set up with."""
    return signed.post if signed.means == "screen" else header("x-yuzhi-post") or signed.post


def gate_of(settings: Settings) -> Gate:
    """Return the gate of this installation; its key is made on first use."""
    idle, lasts = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    limits = Limits(
        staff_idle_for=idle, staff_for=lasts, resident_idle_for=idle, resident_for=lasts,
        screen_for=timedelta(days=settings.screen_days),
    )  # fmt: skip
    secrets = Secrets(key_in(settings.home / "keys" / "accounts.key"), os.urandom)
    return Gate(secrets, Passwords(), os.urandom, limits=limits, queue_code=queue_code)


async def queue_code(conn: asyncpg.Connection, code: UUID, now: datetime) -> None:
    """Queue the letter that takes a telephone code to its telephone."""
    await queue(conn, code, audience=AUDIENCE, letter="sign_in_code", now=now)


def code_letters(settings: Settings, pool: asyncpg.Pool, now: Callable[[], datetime]) -> Mapping[str, Errand]:
    """Return what carries telephone codes: into a folder, for a gateway of short messages to take them."""
    gate, drop = gate_of(settings), Maildrop(settings.home / "outbox" / "sms")

    async def carry(claimed: Claimed) -> None:
        async with acquired(pool) as conn:
            sent = await code_to_send(conn, gate, claimed.id, now())
        if sent is None:
            raise Undelivered("sign_in.code_over", is_final=True)
        letter = Letter(
            id=claimed.id, matter=None, number="sms", name=claimed.letter, unit="", requester=None,
            title=sent.phone, body=sent.says(settings.language), at=claimed.created_at,
        )  # fmt: skip
        await drop.carry(letter)

    return {AUDIENCE: carry}


def entrance_of(settings: Settings, pool: asyncpg.Pool, ground: Callable[[], LoadedGround]) -> EntranceNeeds:
    """Return what the API is handed for signing in."""
    return EntranceNeeds(
        gate=gate_of(settings),
        sign_in=Entrance(pool, ground, is_development=settings.development_sign_in),
        address=address_of(settings),
        is_plain=settings.plain_http,
        trusted_proxies=settings.trusted_proxies,
        # Trying things out on one's own machine is not held up.
        anonymous_limit=0 if settings.development_sign_in else settings.anonymous_limit,
        signed_in_limit=0 if settings.development_sign_in else settings.signed_in_limit,
        provider=_provider(settings),
        secure_for=timedelta(days=settings.hsts_days),
    )


def address_of(settings: Settings) -> str:
    """Return where the outside reaches us, without a slash at its end."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return settings.public_address or f"http://{host}:{settings.port}"


def _provider(settings: Settings) -> oidc.Discovery | None:
    if not settings.oidc_issuer or settings.oidc_client_secret_file is None:
        return None
    try:
        secret = settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        raise Refusal(
            "settings.file_unreadable", file=str(settings.oidc_client_secret_file), trouble=str(trouble)
        ) from trouble
    return oidc.Discovery(
        oidc.Provider(settings.oidc_issuer, settings.oidc_client_id, secret, claim=settings.oidc_claim)
    )


def key_in(file: Path) -> bytes:
    """Return the key a file holds; it is made, for its owner alone, if it is not there.

    Raises Refusal `key.unreadable` and `key.too_short`.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            _write_key(file)
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as trouble:
        raise Refusal("key.unreadable", file=str(file), trouble=type(trouble).__name__) from trouble
    if len(key) < KEY_BYTES:
        raise Refusal("key.too_short", file=str(file), least=KEY_BYTES)
    return key


def _write_key(file: Path) -> None:
    """Write a new key aside and link it to its name, so that two processes at once end up with one."""
    if file.exists():
        return
    aside = file.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(os.urandom(KEY_BYTES).hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(aside, file)
    finally:
        aside.unlink(missing_ok=True)
