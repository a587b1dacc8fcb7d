"""Matters over HTTP: open, look, list, ask what may be done, do it, read the journal."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.accounts import tracking_code
from yuzhi.capabilities.matters import (
    CountView,
    EntryView,
    Filters,
    MatterView,
    NewMatter,
    NewStep,
    OpenedView,
    PageView,
    RelationsView,
)
from yuzhi.doors.api._attached import check_files
from yuzhi.doors.api._needs import ApiNeeds, asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._reasons import reason_of
from yuzhi.doors.api._sound import AskedInstant, instant
from yuzhi.engine.options import Option

AnyRequest = Request[Any, Any, Any]
JSON = "application/json"

KeyHeader = Annotated[
    str,
    HeaderParameter(name="Idempotency-Key", max_length=200, description="Repeat safely: the same key, once."),
]

# `state` itself is a name the framework keeps for its own.
StateParameter = Annotated[list[str] | None, QueryParameter(name="state", max_items=40)]


@post("/matters", status_code=201, raises=[])
async def open_matter(
    request: AnyRequest, data: JSONBody[NewMatter], idempotency_key: KeyHeader = ""
) -> Response["OpenedAnswer"]:
    """Open a matter; answered once it is durable, with the code that opens this matter to its requester."""
    handed, by, now = asking(request)
    await check_files(request, [one.file for one in data.attachments])
    answer = await matters.open_matter(
        handed.office, data, by, now, key=idempotency_key, request=await request.body()
    )
    code = tracking_code(handed.entrance.gate, msgspec.json.decode(answer, type=_Numbered).number)
    told = b'%s,"tracking_code":"%s"}' % (answer[:-1], code.encode())
    return Response(told, status_code=201, media_type=JSON)  # type: ignore[arg-type]


async def filters_of(
    request: AnyRequest,
    order: FromQuery[Literal["due", "newest"]] = "due",
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = "",
    states: StateParameter = None,
    kind: FromQuery[str] = "",
    urgency: FromQuery[str] = "",
    category: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    unit: FromQuery[str] = "",
    outcome: FromQuery[str] = "",
    breached: FromQuery[bool | None] = None,
    before: AskedInstant = None,
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
) -> Filters:
    """Return the filters a query names, for the list itself, its count and its export."""
    handed, _, _ = asking(request)
    return Filters(
        order=order, within=handed.same_ground(territory) if territory else (), procedure=procedure,
        state=tuple(states or ()), kind=kind, urgency=urgency, category=category, channel=channel, unit=unit,
        outcome=outcome, breached=breached, before=instant("before", before),
        opened_from=instant("opened_from", opened_from), opened_to=instant("opened_to", opened_to),
    )  # fmt: skip


FILTERED = {"filters": Provide(filters_of)}


@get("/matters", dependencies=FILTERED)
async def worklist(
    request: AnyRequest,
    filters: NamedDependency[Filters],
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> PageView:
    """List the matters this post may see: its unit's queue and its territory, as one list."""
    handed, by, _ = asking(request)
    return await matters.worklist(handed.pool, by, filters, after=after, most=most)


@get("/matters/count", dependencies=FILTERED)
async def count(request: AnyRequest, filters: NamedDependency[Filters]) -> CountView:
    """Count a worklist, no further than a cap; `is_exact` says whether that is all of it."""
    handed, by, _ = asking(request)
    return await matters.count(handed.pool, by, filters)


@get("/matters/{matter:str}")
async def view(request: AnyRequest, matter: FromPath[str]) -> MatterView:
    """Show one matter, by its id or its number."""
    handed, by, _ = asking(request)
    return await matters.view(handed.office, await matter_id(handed, matter), by, lets_parties_in=True)


@get("/matters/{matter:str}/options")
async def options(request: AnyRequest, matter: FromPath[str]) -> "OptionsView":
    """Say what this post may do with a matter now, and why not the rest."""
    handed, by, now = asking(request)
    id_, language = await matter_id(handed, matter), language_of(request)
    found = await matters.options_of(handed.office, id_, by, now)
    seen = await matters.view(handed.office, id_, by, lets_parties_in=True)
    pack = handed.shelf.pack(seen.pack, seen.pack_version)
    says = {
        one.step: reason_of(one, lambda key: handed.shelf.word(pack, key, language), language)
        for one in found
    }
    return OptionsView(found, {step: reason for step, reason in says.items() if reason})


@post("/matters/{matter:str}/steps/{step:str}", status_code=200)
async def take_step(
    request: AnyRequest, matter: FromPath[str], step: FromPath[str], data: JSONBody[NewStep]
) -> MatterView:
    """Take a step; answered once it is durable, with the matter as it then stands."""
    handed, by, now = asking(request)
    await check_files(request, [one.file for one in data.attachments])
    id_ = await matter_id(handed, matter)
    if data.target:
        data = replace(data, target=str(await matter_id(handed, data.target)))
    after = await matters.take_step(handed.office, id_, step, data, by, now)
    return await matters.view(handed.office, after, by)


@get("/matters/{matter:str}/journal")
async def journal(request: AnyRequest, matter: FromPath[str]) -> "JournalView":
    """Show everything that happened to a matter, oldest first."""
    handed, by, _ = asking(request)
    return JournalView(await matters.history(handed.office, await matter_id(handed, matter), by))


class OpenedAnswer(OpenedView, frozen=True):
    """What a new matter's opener is told, and once only the code to sign in to this matter with."""

    tracking_code: str


class _Numbered(Struct):
    number: str


@get("/matters/{matter:str}/relations")
async def relations(request: AnyRequest, matter: FromPath[str]) -> RelationsView:
    """Show what a matter was merged into, what was merged into it, and the verdicts on its answer."""
    handed, by, _ = asking(request)
    return await matters.relations(handed.office, handed.pool, await matter_id(handed, matter), by)


class OptionsView(Struct, frozen=True):
    """The steps of a matter's procedure for one post; `says` tells in words why not, by step."""

    options: tuple[Option, ...]
    says: dict[str, str] = {}


class JournalView(Struct, frozen=True):
    """The entries of a matter."""

    entries: tuple[EntryView, ...]


HANDLERS = (open_matter, worklist, count, view, options, take_step, journal, relations)


async def matter_id(handed: ApiNeeds, matter: str) -> UUID:
    """Return the id that a path names, by id or by number; what is neither is not found."""
    try:
        return UUID(matter)
    except ValueError:
        pass
    found = await matters.by_number(handed.pool, matter) if is_matter_number(matter) else None
    if found is None:
        raise Refusal("matter.not_found", matter=matter[:40])
    return found
