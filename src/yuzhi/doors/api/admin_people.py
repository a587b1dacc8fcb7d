"""Units, people, posts, deputies and shifts changed over HTTP, by those whose duty it is, on their ground."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import administration, registry, trace
from yuzhi.capabilities.registry import Deputy, EndedView, Person, Post, Roster, Shift, Unit
from yuzhi.doors.api._needs import administering, asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._sound import AskedInstant, instant
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = timedelta(days=62)

Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
MaybeWord = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$")]
Territory = Annotated[str, Meta(max_length=18, pattern=r"^[0-9A-Z]*$")]


class UnitGiven(Struct, frozen=True):
    """A unit as it shall be; days bound it, the last one left out."""

    name: Word
    kind: Word
    territory: Territory
    parent: MaybeWord = ""
    valid_from: date | None = None
    valid_to: date | None = None
    phone: MaybeWord = ""
    address: MaybeWord = ""


class PersonGiven(Struct, frozen=True):
    """Somebody on the staff."""

    name: Word


class PostGiven(Struct, frozen=True):
    """A post as it shall be."""

    person: Word
    unit: Word
    duties: Annotated[list[str], Meta(min_length=1, max_length=40)]
    territory: Territory
    valid_from: date | None = None
    valid_to: date | None = None


class HandOver(Struct, frozen=True):
    """Who holds a post from a day on; `post` is the id of the new post that begins then."""

    to: Word
    begins: date
    post: Word


class DeputyGiven(Struct, frozen=True):
    """The post that stands in for another from a day to before another."""

    post: Word
    acting: Word
    valid_from: date
    valid_to: date
    reason: MaybeWord = ""


class ShiftGiven(Struct, frozen=True):
    """A post on duty in a unit for a span of time."""

    unit: Word
    post: Word
    starts_at: datetime
    ends_at: datetime
    role: MaybeWord = ""


class ShiftLine(Shift, frozen=True):
    """A shift, who stands it, and what they may do."""

    person: str
    duties: tuple[str, ...]


class OnDuty(Struct, frozen=True):
    """The shifts of a unit, or of every unit of somebody's ground."""

    shifts: tuple[ShiftLine, ...]


@put("/admin/units/{code:str}")
async def put_unit(request: AnyRequest, code: FromPath[str], data: JSONBody[UnitGiven]) -> Unit:
    """Add a unit or change it."""
    handed, who, now = administering(request, "people.manage")
    contact = {name: value for name, value in (("phone", data.phone), ("address", data.address)) if value}
    unit = Unit(
        _id(code), data.name, data.kind, data.territory, data.parent or None, data.valid_from, data.valid_to,
        contact,
    )  # fmt: skip
    async with acquired(handed.pool) as conn:
        await administration.put_unit(conn, who, unit, handed.admin.known(), now)
    await handed.admin.take_people()
    return unit


@put("/admin/people/{person:str}")
async def put_person(request: AnyRequest, person: FromPath[str], data: JSONBody[PersonGiven]) -> Person:
    """Add somebody to the staff or rename them."""
    handed, who, now = administering(request, "people.manage")
    saved = Person(_id(person), data.name)
    async with acquired(handed.pool) as conn:
        await administration.put_person(conn, who, saved, handed.admin.known(), now)
    await handed.admin.take_people()
    return saved


@put("/admin/posts/{post_id:str}")
async def put_post(request: AnyRequest, post_id: FromPath[str], data: JSONBody[PostGiven]) -> Post:
    """Add a post or change it; nobody changes their own."""
    handed, who, now = administering(request, "people.manage")
    saved = Post(
        _id(post_id), data.person, data.unit, tuple(dict.fromkeys(data.duties)), data.territory,
        data.valid_from, data.valid_to,
    )  # fmt: skip
    async with acquired(handed.pool) as conn:
        await administration.put_post(conn, who, saved, handed.admin.known(), now)
    await handed.admin.take_people()
    return saved


@post("/admin/posts/{post_id:str}/hand-over", status_code=200)
async def hand_over(request: AnyRequest, post_id: FromPath[str], data: JSONBody[HandOver]) -> Post:
    """Let another person hold a post from a day on; open work stays with the unit."""
    handed, who, now = administering(request, "people.manage")
    async with acquired(handed.pool) as conn:
        begun = await administration.hand_post_over(
            conn, who, post_id, to=data.to, begins=data.begins, id_=data.post, known=handed.admin.known(),
            now=now,
        )  # fmt: skip
    await handed.admin.take_people()
    return begun


@put("/admin/deputies/{deputy:str}")
async def put_deputy(request: AnyRequest, deputy: FromPath[str], data: JSONBody[DeputyGiven]) -> Deputy:
    """Let a post stand in for another."""
    handed, who, now = administering(request, "people.manage")
    saved = Deputy(_id(deputy), data.post, data.acting, data.valid_from, data.valid_to, data.reason)
    async with acquired(handed.pool) as conn:
        await administration.put_deputy(conn, who, saved, handed.admin.known(), now)
    await handed.admin.take_people()
    return saved


@put("/admin/shifts/{shift:str}")
async def put_shift(request: AnyRequest, shift: FromPath[str], data: JSONBody[ShiftGiven]) -> Shift:
    """Put a post on duty for a span of time; times carry their offset."""
    handed, who, now = administering(request, "people.manage")
    if data.starts_at.tzinfo is None or data.ends_at.tzinfo is None:
        raise Refusal("time.unreadable", given="", formats="2026-03-02T08:00:00+08:00")
    saved = Shift(_id(shift), data.unit, data.post, data.role, data.starts_at, data.ends_at)
    async with acquired(handed.pool) as conn:
        await administration.put_shift(conn, who, saved, handed.admin.known(), now)
    await handed.admin.take_people()
    return saved


@delete("/admin/deputies/{deputy:str}", status_code=200)
async def end_deputy(request: AnyRequest, deputy: FromPath[str]) -> EndedView:
    """Let a standing-in end today; one that had not begun before today is removed."""
    handed, who, now = administering(request, "people.manage")
    async with acquired(handed.pool) as conn:
        ended = await administration.end_deputy(conn, who, _id(deputy), handed.admin.known(), now)
    await handed.admin.take_people()
    return ended


@delete("/admin/shifts/{shift:str}", status_code=200)
async def end_shift(request: AnyRequest, shift: FromPath[str]) -> EndedView:
    """Let a shift end now; one to come is removed."""
    handed, who, now = administering(request, "people.manage")
    async with acquired(handed.pool) as conn:
        ended = await administration.end_shift(conn, who, _id(shift), handed.admin.known(), now)
    await handed.admin.take_people()
    return ended


@get("/on-duty")
async def on_duty(
    request: AnyRequest,
    unit: FromQuery[str] = "",
    starts_at: AskedInstant = None,
    ends_at: AskedInstant = None,
) -> OnDuty:
    """Say who is on duty now or in a span of time, in a unit or in those of this post's ground; for staff."""
    handed, by, now = asking(request)
    if by.hand != "post":
        raise Refusal("sign_in.needed")
    first = instant("starts_at", starts_at) or now
    last = instant("ends_at", ends_at) or first + timedelta(seconds=1)
    if not timedelta(0) < last - first <= LONGEST:
        raise Refusal("registry.dates_reversed", begins=first, ends=last)
    roster = handed.admin.known().roster
    named = [
        one.code for one in roster.units.values() if by.covers_place(one.territory) or one.code == by.unit
    ]
    units = [unit.replace("\0", "")] if unit else named
    async with acquired(handed.pool) as conn:
        shifts = await registry.on_duty(conn, units, first, last)
    return OnDuty(tuple(_told(shift, roster) for shift in shifts))


def _told(shift: Shift, roster: Roster) -> ShiftLine:
    post = roster.posts.get(shift.post)
    person = roster.people.get(post.person) if post else None
    return ShiftLine(
        **msgspec.structs.asdict(shift),
        person=person.name if person else "",
        duties=post.duties if post else (),
    )


@get("/admin/permissions", media_type=XLSX)
async def permissions(request: AnyRequest) -> Response[bytes]:
    """Give out the table of who may do what on one's ground, as XLSX for review."""
    handed, who, now = administering(request, "permissions.export")
    known = handed.admin.known()
    rows = administration.permissions(
        known.roster, handed.shelf, handed.admin.powers, known.on, within=who.reach
    )
    book = administration.as_workbook(rows, language_of(request))
    async with acquired(handed.pool) as conn:
        await trace.note(
            conn,
            "exported",
            by=who.name,
            at=now,
            subject="permissions",
            territory=who.ground,
            bytes=len(book),
        )
    return Response(
        book, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="permissions.xlsx"'}
    )


def _id(text: str) -> str:
    if not (0 < len(text) <= 100 and text.isprintable()):
        raise Refusal("registry.cell_too_long", column="id", most=100)
    return text


HANDLERS = (
    put_unit, put_person, put_post, hand_over, put_deputy, put_shift, end_deputy, end_shift,
    on_duty, permissions,
)  # fmt: skip
