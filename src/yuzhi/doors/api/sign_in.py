"""Signing in and out over HTTP, the sessions one has, one's password and second factor."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from yuzhi.base.ids import is_matter_number, uuid4_of
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, matters, parties, trace, vault
from yuzhi.capabilities.accounts import (
    Client,
    Credentials,
    FactorView,
    Opened,
    SessionView,
    Signed,
    second_factor,
)
from yuzhi.doors.api._cookies import DEVICE_FOR, Cookies, csrf_token
from yuzhi.doors.api._needs import ApiNeeds, Asker, asker, needs
from yuzhi.doors.api._own_cases import let_into_cases
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]

Name = Annotated[str, Meta(max_length=64)]
Password = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=60)]


class PasswordGiven(Struct, frozen=True):
    """A name, its password, and the second factor's code where there is one."""

    name: Name
    password: Password
    code: Code = ""


class PhoneGiven(Struct, frozen=True):
    """A mobile number to send a code to."""

    phone: Annotated[str, Meta(max_length=40)]


class PhoneCodeGiven(Struct, frozen=True):
    """A mobile number and the code that was sent to it."""

    phone: Annotated[str, Meta(max_length=40)]
    code: Code


class TrackingGiven(Struct, frozen=True):
    """A matter's number and the code its opener was told."""

    number: Annotated[str, Meta(max_length=40)]
    code: Code


class InvitationGiven(Struct, frozen=True):
    """The code an administrator handed over, and the password one wants."""

    code: Code
    password: Password


class PasswordChange(Struct, frozen=True):
    """The password one has and the one one wants."""

    old: Password
    new: Password


class PostChosen(Struct, frozen=True):
    """The post to act as."""

    post: Annotated[str, Meta(max_length=100)]


class CodeGiven(Struct, frozen=True):
    """A code of the authenticator, or a recovery code where that is taken."""

    code: Code


class PostChoice(Struct, frozen=True):
    """A post one may act as; `through` is one's own post that stands in for it."""

    post: str
    unit: str
    duties: tuple[str, ...]
    territory: str
    through: str


class SessionAnswer(Struct, frozen=True):
    """Who is signed in and as what; `csrf_token` goes into X-CSRF-Token with whatever changes anything."""

    means: str
    account: str
    person: str
    matter: UUID | None
    post: str
    posts: tuple[PostChoice, ...]
    csrf_token: str


class SessionList(Struct, frozen=True):
    """One's open sessions, this one among them."""

    this: UUID
    sessions: tuple[SessionView, ...]


class EnrolmentAnswer(Struct, frozen=True):
    """What an authenticator takes in: `picture` is the QR code of `uri`, a `data:` address of an SVG."""

    secret: str
    uri: str
    picture: str


class RecoveryCodes(Struct, frozen=True):
    """Codes for when the authenticator is lost; each is good once, and they are shown this once."""

    codes: tuple[str, ...]


class Done(Struct, frozen=True):
    """A short word that it is done."""

    done: bool = True


@post("/sign-in/password", status_code=200)
async def by_password(request: AnyRequest, data: JSONBody[PasswordGiven]) -> Response[SessionAnswer]:
    """Sign in with a name and a password; 401 `sign_in.code_needed` asks for the second factor's code."""
    handed, who = needs(request), asker(request)
    opened, device = await accounts.sign_in(
        handed.pool, handed.entrance.gate, Credentials(data.name, data.password, data.code), client_of(who),
        handed.now(),
    )  # fmt: skip
    return await entered(handed, who, opened, device)


@post("/sign-in/phone", status_code=202)
async def ask_phone_code(request: AnyRequest, data: JSONBody[PhoneGiven]) -> Done:
    """Have a code sent to a mobile number, good for five minutes."""
    handed, who = needs(request), asker(request)
    await accounts.ask_code(handed.pool, handed.entrance.gate, data.phone, client_of(who), handed.now())
    return Done()


@post("/sign-in/phone/code", status_code=200)
async def by_phone(request: AnyRequest, data: JSONBody[PhoneCodeGiven]) -> Response[SessionAnswer]:
    """Sign in as a resident with the code that was sent."""
    handed, who = needs(request), asker(request)
    number = accounts.mobile(data.phone)
    opened = await accounts.sign_in_by_phone(
        handed.pool, handed.entrance.gate, number, data.code, client_of(who), handed.now(),
        phone_hash=vault.phone_hash(handed.office.keys.ring, number),
    )  # fmt: skip
    await let_into_cases(handed, opened.signed, handed.now())
    return await entered(handed, who, opened)


@post("/sign-in/tracking", status_code=200)
async def by_tracking(request: AnyRequest, data: JSONBody[TrackingGiven]) -> Response[SessionAnswer]:
    """Sign in to one matter, with its number and the code told when it was opened, or a party's own."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    gate, client, number = handed.entrance.gate, client_of(who), data.number.strip()
    await accounts.check_tracking(handed.pool, gate, number, data.code, client, now)
    if (theirs := parties.split_number(number)) is not None:
        return await _as_party(handed, who, *theirs)
    found = await tracked(handed, number)
    async with acquired(handed.pool) as conn, conn.transaction():
        opened = await accounts.sign_in_by_tracking(
            conn, gate, found.id, found.number, UUID(found.requester), client, now
        )
    return await entered(handed, who, opened)


async def tracked(handed: ApiNeeds, number: str) -> Matter:
    """Return the matter whose number and code were right; refuses `sign_in.wrong` if nobody asked in it."""
    id_ = await matters.by_number(handed.pool, number) if is_matter_number(number) else None
    found = await matters.standings(handed.office, [id_]) if id_ is not None else []
    if not found or not found[0].requester:
        raise Refusal("sign_in.wrong")
    return found[0]


@post("/sign-in/invitation", status_code=200)
async def by_invitation(request: AnyRequest, data: JSONBody[InvitationGiven]) -> Done:
    """Set one's password with the code an administrator handed over."""
    handed = needs(request)
    await accounts.keeping.set_password_with_invitation(
        handed.pool, handed.entrance.gate, data.code, data.password, handed.now()
    )
    return Done()


@get("/session")
async def session(request: AnyRequest) -> SessionAnswer:
    """Say who is signed in and as what."""
    who = asker(request)
    return answer_of(_signed(who), who)


@delete("/session", status_code=200)
async def sign_out(request: AnyRequest) -> Response[Done]:
    """Sign out: the session ends on the server, too."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed = _in_session(who)
    async with acquired(handed.pool) as conn, conn.transaction():
        await accounts.end_session(conn, signed.id, now, by="signed out")
        await trace.note(conn, "signed_out", by=name_of(signed), at=now, session=signed.id)
    return Response(Done(), cookies=[_cookies(handed).unmake("session")])


@put("/session/post")
async def choose_post(request: AnyRequest, data: JSONBody[PostChosen]) -> Response[SessionAnswer]:
    """Choose which of one's posts acts from now on; the session goes on under a new token."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed = _in_session(who)
    if data.post not in {one.post.id for one in who.choices}:
        raise Refusal("sign_in.unknown_post", post=data.post)
    async with acquired(handed.pool) as conn, conn.transaction():
        opened = await accounts.renew(conn, handed.entrance.gate, signed, post=data.post)
        if opened is None:
            raise Refusal("sign_in.needed")
        await trace.note(
            conn,
            "permission_changed",
            by=name_of(signed),
            at=now,
            subject=f"post:{data.post}",
            change="acts as",
        )
    return Response(answer_of(opened.signed, who, opened.token), cookies=[_session_cookie(handed, opened)])


@post("/session/screen", status_code=200)
async def become_screen(request: AnyRequest) -> Response[SessionAnswer]:
    """Let this browser be a wall for weeks: it reads what is on a wall, as this post, and changes nothing."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed, _ = _of_account(who)
    if who.actor is None or signed.scopes is not None:
        raise Refusal("sign_in.post_not_chosen", posts=[one.post.id for one in who.choices])
    post = signed.post or who.choices[0].post.id
    async with acquired(handed.pool) as conn, conn.transaction():
        opened = await accounts.open_session(
            conn, handed.entrance.gate, replace(signed, post=post), means="screen", agent=who.agent, now=now
        )
        await trace.note(
            conn, "signed_in", by=name_of(signed), at=now, subject=f"account:{signed.name}", means="screen",
            post=post, session=opened.signed.id,
        )  # fmt: skip
    return await entered(handed, who, opened)


@get("/session/all")
async def sessions(request: AnyRequest) -> SessionList:
    """List one's open sessions."""
    handed, who = needs(request), asker(request)
    signed = _in_session(who)
    async with acquired(handed.pool) as conn:
        found = await accounts.sessions_of(conn, signed, handed.now())
    return SessionList(this=signed.id, sessions=found)


@delete("/session/all/{session_id:uuid}", status_code=200)
async def end_session(request: AnyRequest, session_id: FromPath[UUID]) -> Done:
    """End one of one's sessions."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed = _in_session(who)
    async with acquired(handed.pool) as conn, conn.transaction():
        if not await accounts.end_session(conn, session_id, now, by="its owner", of=signed):
            raise Refusal("session.unknown", session=str(session_id))
        await trace.note(conn, "session_revoked", by=name_of(signed), at=now, session=session_id)
    return Done()


@post("/session/password", status_code=200)
async def change_password(request: AnyRequest, data: JSONBody[PasswordChange]) -> Response[SessionAnswer]:
    """Change one's password; one's other sessions end, this one goes on under a new token."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed, account = _of_account(who)
    await accounts.keeping.change_password(
        handed.pool, handed.entrance.gate, account, old=data.old, new=data.new, session=signed.id, now=now
    )
    return await _renewed(handed, who, signed)


@get("/session/second-factor")
async def own_second_factor(request: AnyRequest) -> FactorView:
    """Say whether one has a second factor."""
    handed = needs(request)
    _, account = _of_account(asker(request))
    async with acquired(handed.pool) as conn:
        return await second_factor.factor_of(conn, account)


@post("/session/second-factor", status_code=200)
async def begin_second_factor(request: AnyRequest) -> EnrolmentAnswer:
    """Begin to set up an authenticator; it counts once a code of it was confirmed."""
    handed, who = needs(request), asker(request)
    signed, _ = _of_account(who)
    async with acquired(handed.pool) as conn, conn.transaction():
        begun = await second_factor.begin_enrolment(conn, handed.entrance.gate, signed)
    return EnrolmentAnswer(secret=begun.secret, uri=begun.uri, picture=begun.picture)


@put("/session/second-factor")
async def confirm_second_factor(request: AnyRequest, data: JSONBody[CodeGiven]) -> RecoveryCodes:
    """Confirm the authenticator with a code of it, and get recovery codes."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed, _ = _of_account(who)
    async with acquired(handed.pool) as conn, conn.transaction():
        codes = await second_factor.confirm_enrolment(conn, handed.entrance.gate, signed, data.code, now)
    return RecoveryCodes(codes)


@post("/session/second-factor/off", status_code=200)
async def remove_second_factor(request: AnyRequest, data: JSONBody[CodeGiven]) -> Done:
    """Take the authenticator off, for which a code of it is needed once more."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    signed, account = _of_account(who)
    async with acquired(handed.pool) as conn, conn.transaction():
        if not await second_factor.use_code(conn, handed.entrance.gate, account, data.code, now):
            raise Refusal("second_factor.code_wrong")
        await second_factor.remove_second_factor(conn, account, by=name_of(signed), name=signed.name, now=now)
    return Done()


def client_of(who: Asker) -> Client:
    """Return what is known of the program that asks."""
    return Client(address=who.address, agent=who.agent, device=who.device)


async def entered(handed: ApiNeeds, who: Asker, opened: Opened, device: str = "") -> Response[SessionAnswer]:
    """Answer with a session just opened; one that the browser had before ends."""
    if who.session_token and who.signed is not None:
        async with acquired(handed.pool) as conn:
            await accounts.end_session(conn, who.signed.id, handed.now(), by="signed in again")
    answer = answer_of(opened.signed, await known(handed, opened), opened.token)
    return Response(answer, cookies=entering(handed, opened, device))


def entering(handed: ApiNeeds, opened: Opened, device: str) -> list[Cookie]:
    """Return the cookies of a session just opened."""
    cookies = [_session_cookie(handed, opened)]
    if device:
        cookies.append(_cookies(handed).make("device", device, lasts_for=DEVICE_FOR))
    return cookies


async def known(handed: ApiNeeds, opened: Opened) -> Asker:
    """Return who a session just opened stands for, with the posts they may choose from."""
    return await handed.entrance.sign_in.who(lambda _: None, opened.token, handed.now())


def answer_of(signed: Signed, who: Asker, token: str = "") -> SessionAnswer:
    """Return what a session's owner is told of it."""
    posts = tuple(
        PostChoice(
            post=one.post.id, unit=one.post.unit, duties=one.post.duties, territory=one.post.territory,
            through=one.through,
        )
        for one in who.choices
    )  # fmt: skip
    session_token = token or who.session_token
    return SessionAnswer(
        means=signed.means, account=signed.name, person=signed.person, matter=signed.matter, post=signed.post,
        posts=posts, csrf_token=csrf_token(session_token) if session_token else "",
    )  # fmt: skip


def name_of(signed: Signed) -> str:
    """Return how the trace names whoever is signed in, apart from any post."""
    return f"person:{signed.person}" if signed.person else f"requester:{signed.requester}"


async def _as_party(handed: ApiNeeds, who: Asker, number: str, no: int) -> Response[SessionAnswer]:
    """Sign a party in to its case, its code being right."""
    gate, now = handed.entrance.gate, handed.now()
    id_ = await matters.by_number(handed.pool, number) if is_matter_number(number) else None
    if id_ is None:
        raise Refusal("sign_in.wrong")
    account = uuid4_of(gate.chance(16))
    async with acquired(handed.pool) as conn, conn.transaction():
        entry = await parties.entry_of(conn, id_, no, account, now)
        if entry is None:
            raise Refusal("sign_in.wrong")
        opened = await accounts.sign_in_by_tracking(
            conn, gate, entry.matter, entry.number, entry.requester, client_of(who), now
        )
    return await entered(handed, who, opened)


def _signed(who: Asker) -> Signed:
    if who.signed is None:
        raise Refusal("sign_in.needed")
    return who.signed


def _in_session(who: Asker) -> Signed:
    """Return who is signed in by a session; a token is no session."""
    signed = _signed(who)
    if not who.session_token:
        raise Refusal("sign_in.needed")
    return signed


def _of_account(who: Asker) -> tuple[Signed, UUID]:
    signed = _in_session(who)
    if signed.account is None:
        raise Refusal("sign_in.no_account")
    return signed, signed.account


async def _renewed(handed: ApiNeeds, who: Asker, signed: Signed) -> Response[SessionAnswer]:
    async with acquired(handed.pool) as conn:
        opened = await accounts.renew(conn, handed.entrance.gate, signed, post=signed.post)
    if opened is None:
        raise Refusal("sign_in.needed")
    return Response(answer_of(opened.signed, who, opened.token), cookies=[_session_cookie(handed, opened)])


def _session_cookie(handed: ApiNeeds, opened: Opened) -> Cookie:
    # A wall's browser may be started anew; nobody stands there to sign in.
    lasts = None
    if opened.signed.means == "screen":
        lasts = int((opened.ends_at - handed.now()).total_seconds())
    return _cookies(handed).make("session", opened.token, lasts_for=lasts)


def _cookies(handed: ApiNeeds) -> Cookies:
    return Cookies(is_plain=handed.entrance.is_plain)


HANDLERS = (
    by_password, ask_phone_code, by_phone, by_tracking, by_invitation, session, sign_out, choose_post,
    become_screen,
    sessions, end_session, change_password, own_second_factor, begin_second_factor, confirm_second_factor,
    remove_second_factor,
)  # fmt: skip
