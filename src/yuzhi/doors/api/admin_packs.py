"""Versions of packs over HTTP: one person proposes, reads what would change, another approves."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import administration
from yuzhi.capabilities.administration import Administrator
from yuzhi.capabilities.packs import ProposalView, read_archive, versions
from yuzhi.capabilities.packs import difference as told_difference
from yuzhi.doors.api._needs import ApiNeeds, administering, administering_all
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api.procedures import drawn
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]

LARGEST = 8 << 20  # bytes of an archive
NOTE = 500


class DecisionGiven(Struct, frozen=True):
    """Approve or reject, and why."""

    approve: bool
    reason: Annotated[str, Meta(max_length=NOTE)] = ""


class ProposalList(Struct, frozen=True):
    """Proposals, the newest first."""

    proposals: tuple[ProposalView, ...]


class Difference(Struct, frozen=True):
    """What would change, in sentences: `-` before what goes, `+` before what comes, `~` before names of what
    differs; `#` before headings. `against` is the version in force, empty for a new pack.
    """

    proposal: ProposalView
    against: str
    text: str
    procedures: tuple[str, ...]


@post("/admin/packs", status_code=201, request_max_body_size=LARGEST)
async def propose(
    request: AnyRequest, note: FromQuery[str] = "", begins: FromQuery[date | None] = None
) -> ProposalView:
    """Propose a version of a pack: the body is a ZIP of its files. It is checked before it is kept."""
    handed, who, now = administering_all(request, "packs.propose")
    if len(note) > NOTE or "\0" in note:
        raise Refusal("list.bad_filter", name="note")
    files = read_archive(await request.body())
    async with acquired(handed.pool) as conn, conn.transaction():
        return await versions.propose(
            conn, files, handed.shelf, by=who.name, note=note, begins=begins, today=handed.admin.known().on,
            now=now, entropy=handed.entrance.gate.chance(10),
        )  # fmt: skip


@get("/admin/packs")
async def proposals(request: AnyRequest) -> ProposalList:
    """List proposals, decided ones too."""
    handed, _ = _reading(request)
    async with acquired(handed.pool) as conn:
        return ProposalList(await versions.proposals(conn))


@get("/admin/packs/{proposal:uuid}/difference")
async def difference(request: AnyRequest, proposal: FromPath[UUID]) -> Difference:
    """Tell what a proposal changes against the version in force, in plain words."""
    handed, _ = _reading(request)
    async with acquired(handed.pool) as conn:
        view = await versions.proposal_of(conn, proposal)
        new = await versions.proposed_pack(conn, proposal)
    try:
        old = handed.shelf.pack(new.name)
    except Refusal:
        old = None
    return Difference(
        proposal=view, against=old.version if old else "",
        text=told_difference(old, new, language_of(request)),
        procedures=tuple(one.name for one in new.procedures),
    )  # fmt: skip


@get("/admin/packs/{proposal:uuid}/procedures/{name:str}/diagram", media_type="image/svg+xml")
async def proposed_diagram(
    request: AnyRequest, proposal: FromPath[UUID], name: FromPath[str]
) -> Response[str]:
    """Draw a procedure as it is proposed, as SVG."""
    handed, _ = _reading(request)
    async with acquired(handed.pool) as conn:
        pack = await versions.proposed_pack(conn, proposal)
    found = pack.procedure(name)
    if found is None:
        raise Refusal("procedure.unknown", given=name[:80], known=[one.name for one in pack.procedures])
    return drawn(found, pack, language_of(request))


@post("/admin/packs/{proposal:uuid}/decision", status_code=200)
async def decide(
    request: AnyRequest, proposal: FromPath[UUID], data: JSONBody[DecisionGiven]
) -> ProposalView:
    """Approve or reject what somebody else proposed; an approved version begins on its day."""
    handed, who, now = administering_all(request, "packs.approve")
    async with acquired(handed.pool) as conn, conn.transaction():
        if data.approve:
            await administration.check_settled(conn, who, now)
        view = await versions.decide(
            conn, proposal, approve=data.approve, by=who.name, reason=data.reason.replace("\0", ""),
            today=handed.admin.known().on, now=now,
        )  # fmt: skip
    await handed.admin.take_packs()
    return view


def _reading(request: AnyRequest) -> tuple[ApiNeeds, Administrator]:
    """Return what reading proposals begins with: those who propose may, and those who approve."""
    try:
        handed, who, _ = administering(request, "packs.propose")
    except Refusal as refusal:
        if refusal.code != "power.missing":
            raise
        handed, who, _ = administering(request, "packs.approve")
    return handed, who


HANDLERS = (propose, proposals, difference, proposed_diagram, decide)
