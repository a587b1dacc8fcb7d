"""Suggestions over HTTP, for posts: while a matter is taken in, and after it was filed."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.capabilities import matters, trace
from yuzhi.capabilities.matters import MatterView
from yuzhi.capabilities.understanding import learning
from yuzhi.capabilities.understanding.advising import (
    Advice,
    DraftView,
    HotIssueView,
    ReplyView,
    SummaryView,
    Told,
)
from yuzhi.capabilities.understanding.learning import ModelState
from yuzhi.doors.advised import Names, worded
from yuzhi.doors.api._needs import ApiNeeds, administering, administering_all, asking, needs
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.matters import matter_id
from yuzhi.store.postgres.pool import acquired

LARGEST = 1 << 20  # bytes of what is told


class ReplyGiven(Struct, frozen=True):
    """A reply somebody is about to send."""

    reply: Annotated[str, Meta(max_length=20_000)]


class IssueList(Struct, frozen=True):
    """Hot issues, the hottest first."""

    issues: tuple[HotIssueView, ...]


class ModelList(Struct, frozen=True):
    """How the model of each pack stands."""

    models: tuple[ModelState, ...]


@post("/suggestions", status_code=200, request_max_body_size=LARGEST)
async def suggest(request: AnyRequest, data: JSONBody[Told]) -> Advice:
    """Suggest for what is told so far: categories with words, place, units, duplicates, issue, signals."""
    handed, by, _ = asking(request)
    return _worded(request, await handed.adviser.advise(data, by), data.procedure)


@get("/matters/{matter:str}/suggestions")
async def suggest_for(request: AnyRequest, matter: FromPath[str]) -> Advice:
    """Suggest for a matter this post may see, from its words."""
    handed, by, shown = await _shown(request, matter)
    return _worded(request, await handed.adviser.advise_on(shown.id, by), shown.procedure)


@get("/matters/{matter:str}/draft")
async def draft(request: AnyRequest, matter: FromPath[str]) -> DraftView:
    """Draft a reply from policy answers and answers to similar matters this post may see, marked as one."""
    handed, by, shown = await _shown(request, matter)
    return await handed.adviser.draft(shown.id, by, handed.now())


@get("/matters/{matter:str}/summary")
async def summary(request: AnyRequest, matter: FromPath[str]) -> SummaryView:
    """Sum a matter up, where a large model is configured; it is shown nothing personal."""
    handed, by, shown = await _shown(request, matter)
    return await handed.adviser.summarise(shown.id, by)


@post("/matters/{matter:str}/reply-check", status_code=200)
async def check_reply(request: AnyRequest, matter: FromPath[str], data: JSONBody[ReplyGiven]) -> ReplyView:
    """Say how good a reply would be, with reasons, and warn of one that says nothing."""
    handed, by, shown = await _shown(request, matter)
    return await handed.adviser.weigh_reply(shown.id, data.reply, by)


@get("/issues")
async def issues(
    request: AnyRequest,
    pack: FromQuery[str] = "citizen-request",
    most: FromQuery[int] = 20,
) -> IssueList:
    """List hot issues with their heat explained; of their matters, those this post may see."""
    handed, by, _ = asking(request)
    return IssueList(await handed.adviser.hot_issues(pack, by, most=max(1, min(most, 200))))


@get("/admin/models")
async def models(request: AnyRequest) -> ModelList:
    """Tell for each pack which model suggests categories, which did before, and how candidates did."""
    handed, _, _ = administering(request, "models.manage")
    packs = [pack.name for pack in handed.packs() if pack.categories]
    return ModelList(learning.model_states(handed.adviser.library.folder, packs))


@post("/admin/models/{pack:str}/roll-back", status_code=200)
async def roll_back(request: AnyRequest, pack: FromPath[str]) -> ModelState:
    """Let the model serve that served before."""
    handed, who, now = administering_all(request, "models.manage")
    known = handed.office.shelf.pack(pack)
    async with acquired(handed.pool) as conn, conn.transaction():
        done = learning.roll_back(handed.adviser.library.folder, known.name)
        await trace.note(
            conn, "model_changed", by=who.name, at=now, subject=f"pack:{known.name}", serving=done.serving
        )
    return done


def _worded(request: AnyRequest, advice: Advice, procedure: str) -> Advice:
    """Return advice with its reasons in the language of whoever asks."""
    handed = needs(request)
    pack = handed.shelf.pack(handed.shelf.procedure(procedure).pack)
    names = Names(pack, handed.outside.window.places().place_name, language_of(request))
    return replace(advice, route=worded(advice.route, names))


async def _shown(request: AnyRequest, matter: str) -> tuple[ApiNeeds, Actor, MatterView]:
    """Return what each handler here begins with, and a matter this post may see."""
    handed, by, _ = asking(request)
    return handed, by, await matters.view(handed.office, await matter_id(handed, matter), by)


HANDLERS = (suggest, suggest_for, draft, summary, check_reply, issues, models, roll_back)
