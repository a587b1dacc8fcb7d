"""Screening and figures over HTTP: coverage, disputes by kind, place and season, what became of them."""

from datetime import date
from typing import Literal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from yuzhi.capabilities import mediation, screening
from yuzhi.capabilities.mediation import FiguresView, RoadsView, Unkept
from yuzhi.capabilities.screening import PROCEDURE, AnalysisView, CoverageView, DayView, NewDay
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import AskedInstant, instant, sound
from yuzhi.doors.api.matters import matter_id

By = Literal[
    "kind", "district", "town", "community", "grid", "month", "season", "weekday", "urgency", "level"
]


class Analysis(Struct, frozen=True):
    """How disputes are spread."""

    by: str
    groups: tuple[AnalysisView, ...]


class Figures(Struct, frozen=True):
    """What became of disputes, by group."""

    by: str
    groups: tuple[FiguresView, ...]


@post("/screening/days", status_code=200)
async def note_day(request: AnyRequest, data: JSONBody[NewDay]) -> DayView:
    """Note that a grid was looked at today, whether anything was found or not."""
    sound(data)
    handed, by, now = asking(request)
    return await screening.note_day(handed.office, handed.pool, data, by, now)


@get("/screening/coverage")
async def coverage(
    request: AnyRequest, on_day: FromQuery[date | None] = None, territory: FromQuery[str] = ""
) -> CoverageView:
    """Show which grids were looked at on a day, and which were not."""
    sound(territory)
    handed, by, now = asking(request)
    within = handed.same_ground(territory) if territory else ()
    day = on_day or handed.office.calendar.day_of(now)
    return await screening.coverage(handed.pool, by, day, within)


@get("/screening/analysis")
async def analysis(
    request: AnyRequest,
    by: FromQuery[By] = "kind",
    territory: FromQuery[str] = "",
    procedure: FromQuery[str] = PROCEDURE,
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
) -> Analysis:
    """Show where, when and of what kind disputes are; never who is in them."""
    sound(territory, procedure)
    handed, who, _ = asking(request)
    found = await screening.analysis(
        handed.pool, who, by=by, zone=str(handed.office.calendar.zone), procedures=(procedure,),
        within=handed.same_ground(territory) if territory else (),
        opened_from=instant("opened_from", opened_from), opened_to=instant("opened_to", opened_to),
    )  # fmt: skip
    return Analysis(by, found)


@get("/disputes/figures")
async def figures(
    request: AnyRequest,
    by: FromQuery[Literal["road", "centre", "kind", "district", "town", "month"]] = "road",
    territory: FromQuery[str] = "",
    opened_from: AskedInstant = None,
    opened_to: AskedInstant = None,
) -> Figures:
    """Show what became of disputes: agreed, performed, confirmed, gone to court, with denominators."""
    sound(territory)
    handed, who, _ = asking(request)
    found = await mediation.figures(
        handed.pool, who, by=by, zone=str(handed.office.calendar.zone),
        within=handed.same_ground(territory) if territory else (),
        opened_from=instant("opened_from", opened_from), opened_to=instant("opened_to", opened_to),
    )  # fmt: skip
    return Figures(by, found)


@post("/disputes/{matter:str}/agreements/{agreement:uuid}/unkept", status_code=200)
async def unkept(
    request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID], data: JSONBody[Unkept]
) -> RoadsView:
    """Show the roads left when an agreement was not kept; open the case on the one chosen."""
    sound(data)
    handed, by, now = asking(request)
    centre = handed.centre
    id_ = await matter_id(handed, matter)
    language = language_of(request)
    return await mediation.unkept(centre.agreements, centre.shelf, id_, agreement, data, by, now, language)


HANDLERS = (note_day, coverage, analysis, figures, unkept)
