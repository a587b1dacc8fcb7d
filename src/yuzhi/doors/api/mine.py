"""A resident's own matters over HTTP, on whichever device they signed in by telephone."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, matters, parties, vault
from yuzhi.capabilities.accounts import Claim, Signed
from yuzhi.capabilities.matters import RowView
from yuzhi.doors.api._needs import AnyConnection, ApiNeeds, asker, asking
from yuzhi.doors.api._own_cases import let_into_cases
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.sign_in import TrackingGiven, client_of, tracked
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.pool import acquired


class MyMatters(Struct, frozen=True):
    """The matters of whoever is signed in by telephone, the newest first.

    `as_party` are those that somebody else asked for and in which they, or whoever they speak for, are a
    party: the words of those are not for them.
    """

    rows: tuple[RowView, ...]
    as_party: tuple[UUID, ...]


class Claimed(Struct, frozen=True):
    """A matter that is kept from now on."""

    matter: UUID
    number: str


@get("/my/matters")
async def my_matters(request: AnyRequest) -> MyMatters:
    """List one's own matters: those opened while signed in, those claimed with number and code, and the
    cases in which one's telephone is a party's.
    """
    handed, _, now = asking(request)
    who = _resident(request)
    claims = (*who.claims, *await let_into_cases(handed, who, now))
    references = [one for one in (who.requester, *(one.reference for one in claims)) if one is not None]
    cases = await parties.cases_of(handed.pool, references, handed.office.calendar.day_of(now))
    asked = await matters.asked_under(handed.pool, references)
    known = {one.id for one in asked}
    others = await matters.without_words(handed.pool, [one for one in cases if one not in known])
    rows = sorted((*asked, *others), key=lambda one: (one.opened_at, one.id), reverse=True)
    return MyMatters(tuple(rows), tuple(one.id for one in others))


@post("/my/matters", status_code=200)
async def claim_matter(request: AnyRequest, data: JSONBody[TrackingGiven]) -> Claimed:
    """Keep a matter opened without signing in, or a party's case, by its number and the code told then."""
    handed, _, now = asking(request)
    who, number = _resident(request), data.number.strip()
    gate, client = handed.entrance.gate, client_of(asker(request))
    await accounts.check_tracking(handed.pool, gate, number, data.code, client, now)
    if (theirs := parties.split_number(number)) is not None:
        return await _as_party(handed, who, *theirs)
    found = await tracked(handed, number)
    claimed = Claim(found.id, found.number, UUID(found.requester))
    if claimed.reference != who.requester:
        async with acquired(handed.pool) as conn, conn.transaction():
            if _is_kept(handed, found) or await vault.is_guarded(conn, claimed.reference):
                raise Refusal("claim.kept_secret")
            await accounts.claim(conn, who, claimed, now)
    return Claimed(claimed.matter, claimed.number)


@delete("/my/matters/{mine:uuid}")
async def give_up(request: AnyRequest, mine: FromPath[UUID]) -> None:
    """Keep a claimed matter no longer; number and code still open it."""
    handed, _, _ = asking(request)
    async with acquired(handed.pool) as conn, conn.transaction():
        await accounts.give_up(conn, _resident(request), mine)


async def _as_party(handed: ApiNeeds, who: Signed, number: str, no: int) -> Claimed:
    """Let a resident signed in by telephone act for the party whose number and code they have."""
    now, own = handed.now(), who.requester
    id_ = await matters.by_number(handed.pool, number) if is_matter_number(number) else None
    if id_ is None or own is None:
        raise Refusal("sign_in.wrong")
    async with acquired(handed.pool) as conn, conn.transaction():
        entry = await parties.entry_of(conn, id_, no, own, now)
        if entry is None:
            raise Refusal("sign_in.wrong")
        if entry.requester != own:
            await accounts.claim(conn, who, Claim(entry.matter, entry.number, entry.requester), now)
    return Claimed(entry.matter, entry.number)


def _resident(connection: AnyConnection) -> Signed:
    signed = asker(connection).signed
    if signed is None or signed.means != "phone":
        raise Refusal("claim.phone_needed")
    return signed


def _is_kept(handed: ApiNeeds, matter: Matter) -> bool:
    procedure = handed.office.shelf.procedure(matter.procedure, matter.version)
    return bool(procedure.opening.kept_for(matter.kind))


HANDLERS = (my_matters, claim_matter, give_up)
