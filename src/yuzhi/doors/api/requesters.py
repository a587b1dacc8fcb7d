"""Who asked, over HTTP: masked for whoever sees the matter, in clear for a purpose, and their own rights."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, trace, vault
from yuzhi.capabilities.administration import Administrator
from yuzhi.capabilities.matters import RowView
from yuzhi.capabilities.registry import Roster
from yuzhi.capabilities.vault import AccessView, Due, MaskedView, Purpose
from yuzhi.doors.api._needs import ABOUT_NO_MATTER, ApiNeeds, administering, asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.matters import matter_id
from yuzhi.store.postgres.pool import acquired

MANAGE = "people.erase"
CITY = 4  # digits of a city's code

Field = Literal["name", "phone", "email", "address", "id_type", "id_number"]
Fields = Annotated[list[Field], Meta(min_length=1, max_length=6)]
Value = Annotated[str, Meta(max_length=vault.MOST)]


class Reveal(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be read, and what for."""

    purpose: Purpose
    fields: Fields


class Revealed(Struct, frozen=True):
    """What was read; a field that was never told is absent."""

    purpose: Purpose
    fields: Mapping[str, str]


class Sought(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to look for: by one of the two."""

    purpose: Purpose
    phone: Value = ""
    id_number: Value = ""


class PurposeView(Struct, frozen=True):
    """A purpose personal data may be read for, and the fields it can need."""

    purpose: str
    fields: tuple[str, ...]


class PurposeList(Struct, frozen=True):
    """The closed list of purposes, as far as it is open to whoever asks."""

    purposes: tuple[PurposeView, ...]


class FoundMatters(Struct, frozen=True):
    """The matters of whoever was found that this post may see, the newest first."""

    rows: tuple[RowView, ...]


class Corrections(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields as they are right; an empty one is taken out, one that is left out stays."""

    name: Value | None = None
    phone: Value | None = None
    email: Value | None = None
    address: Value | None = None
    id_type: Value | None = None
    id_number: Value | None = None


class Accesses(Struct, frozen=True):
    """Who did what with one's data, the newest first; a unit goes by its name.

    `people` names who holds a post, for staff; residents are told the unit that answers for it.
    """

    accesses: tuple[AccessView, ...]
    units: Mapping[str, str]
    people: Mapping[str, str] = {}


class Erased(Struct, frozen=True):
    """How many persons were erased."""

    erased: int


class Retention(Struct, frozen=True):
    """What is due, by class."""

    due: tuple[Due, ...]


@get("/matters/{matter:str}/requester")
async def requester(request: AnyRequest, matter: FromPath[str]) -> MaskedView:
    """Show who asked, masked; of somebody whose identity is kept from this post, nothing but marks."""
    handed, by, _, _, person = await _asked(request, matter)
    async with acquired(handed.pool) as conn:
        shown = await vault.masked(conn, [person], handed.office.keys, by)
    if person not in shown:  # a resident who never said who they are
        raise Refusal("matter.nobody_asked")
    return shown[person]


@post("/matters/{matter:str}/requester/reveal", status_code=200)
async def reveal(request: AnyRequest, matter: FromPath[str], data: JSONBody[Reveal]) -> Revealed:
    """Read fields of who asked in clear, for a purpose that needs them; it leaves a trace they can read."""
    handed, by, now, id_, person = await _asked(request, matter)
    async with acquired(handed.pool) as conn:
        opened = await vault.reveal(
            conn, person, data.fields, purpose=data.purpose, actor=by, matter=id_, now=now,
            keys=handed.office.keys,
        )  # fmt: skip
    return Revealed(purpose=data.purpose, fields=opened)


@get("/matters/{matter:str}/requester/accesses")
async def accesses(request: AnyRequest, matter: FromPath[str]) -> Accesses:
    """Tell residents who has read, corrected or looked for their data, and what for.

    Posts that may read the trace are told the same, of this matter; that they looked is in the trace, too.
    """
    handed, by, now, id_, person = await _asked(request, matter)
    is_theirs = by.hand == "requester"
    if not is_theirs and "traces.read" not in handed.admin.powers.of(by.duties):
        raise Refusal("vault.not_yours")
    async with acquired(handed.pool) as conn:
        found = await vault.who_read(conn, person)
        if not is_theirs:
            # What else somebody asked for may lie where this post sees nothing.
            found = tuple(one for one in found if one.matter in {id_, None})
            await trace.note(conn, "trace_read", by=by, at=now, matter=id_, subject="personal data")
    roster = handed.admin.known().roster
    units = {one.unit: roster.units[one.unit].name for one in found if one.unit in roster.units}
    return Accesses(found, units, {} if is_theirs else _holders(found, roster))


def _holders(found: Sequence[AccessView], roster: Roster) -> Mapping[str, str]:
    posts = {one.actor: roster.posts[one.actor] for one in found if one.actor in roster.posts}
    return {id_: roster.people[one.person].name for id_, one in posts.items() if one.person in roster.people}


@put("/matters/{matter:str}/requester")
async def correct(request: AnyRequest, matter: FromPath[str], data: JSONBody[Corrections]) -> MaskedView:
    """Put right what is kept of who asked. What bears marks of masking is refused, and nothing changed."""
    handed, by, now, id_, person = await _asked(request, matter)
    changes = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not None}
    async with acquired(handed.pool) as conn:
        await vault.correct(
            conn, person, changes, actor=by, matter=id_, now=now, keys=handed.office.keys,
            chance=handed.office.chance,
        )  # fmt: skip
        return (await vault.masked(conn, [person], handed.office.keys, by))[person]


@delete("/matters/{matter:str}/requester", status_code=200)
async def erase(request: AnyRequest, matter: FromPath[str]) -> Erased:
    """Erase who asked, for good: residents themselves, or a post with the power `people.erase` for them."""
    handed, by, now, id_, person = await _asked(request, matter)
    if by.hand != "requester":
        handed.admin.powers.require(by, MANAGE)
    async with acquired(handed.pool) as conn:
        return Erased(await vault.erase(conn, [person], actor=by, matter=id_, now=now))


@get("/requesters/purposes", opt={ABOUT_NO_MATTER: True})
async def purposes(request: AnyRequest) -> PurposeList:
    """List what personal data may be read for, so that screens offer nothing else."""
    _, by, _ = asking(request)
    return PurposeList(
        tuple(PurposeView(name, tuple(sorted(fields))) for name, fields in vault.purposes_of(by).items())
    )


@post("/requesters/search", status_code=200)
async def search(request: AnyRequest, data: JSONBody[Sought]) -> FoundMatters:
    """Find the matters of whoever gave a telephone or identity number; looking leaves a trace."""
    handed, by, now = asking(request)
    if bool(data.phone.strip()) == bool(data.id_number.strip()):
        raise Refusal("vault.seek_by_one")
    seek = vault.find_by_phone if data.phone.strip() else vault.find_by_id_number
    async with acquired(handed.pool) as conn:
        persons = await seek(
            conn, data.phone or data.id_number, purpose=data.purpose, actor=by, now=now,
            keys=handed.office.keys,
        )  # fmt: skip
    return FoundMatters(await matters.asked_by(handed.pool, by, persons))


@get("/admin/retention")
async def due(request: AnyRequest) -> Retention:
    """Tell how many persons retention is over for, by class; nothing is changed."""
    handed, who, now = administering(request, MANAGE)
    _check_city(who)
    async with acquired(handed.pool) as conn:
        return Retention(await vault.due(conn, now))


@post("/admin/retention", status_code=200)
async def expire(request: AnyRequest) -> Erased:
    """Erase the persons retention is over for, a thousand at most; ask again for the rest."""
    handed, who, now = administering(request, MANAGE)
    _check_city(who)
    _, by, _ = asking(request)
    async with acquired(handed.pool) as conn:
        return Erased(await vault.expire(conn, now, by))


def _check_city(who: Administrator) -> None:
    """Refuse `administration.out_of_reach` unless a whole city is administered: classes know no ground."""
    if not any(len(code) <= CITY for code in who.reach):
        raise Refusal("administration.out_of_reach", territory="")


async def _asked(request: AnyRequest, matter: str) -> tuple[ApiNeeds, Actor, datetime, UUID, UUID]:
    """Return what every handler begins with, the matter's id, and the reference to who asked."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return handed, by, now, id_, await matters.who_asked(handed.office, id_, by)


HANDLERS = (requester, reveal, accesses, correct, erase, purposes, search, due, expire)
