"""`yuzhi demo`: a city to look at, made once and then served; `run-day` lets its staff work."""

import asyncio
import csv
import io
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import as_file, files
from random import Random
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import typer

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import mediators, policies
from yuzhi.capabilities.matters import Office, newest_change, open_matters, standings
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.registry import Roster
from yuzhi.capabilities.rehearsal import (
    Arrival,
    Department,
    Play,
    Played,
    Residents,
    Sayings,
    Scene,
    Staff,
    Template,
    found_city,
    open_arrivals,
    read_templates,
    replies,
)
from yuzhi.capabilities.territory import Atlas, read_edition
from yuzhi.doors.cli import needed
from yuzhi.doors.cli.output import Advance, JsonFlag, Output
from yuzhi.engine.matter import Matter
from yuzhi.store.files import Files
from yuzhi.store.postgres.pool import acquired

app = typer.Typer(
    help="A demonstration city.", rich_markup_mode=None, add_completion=False, invoke_without_command=True
)

DISTRICT: Final = "330212"
MESSAGES: Final = 1_500
EVENTS: Final = 500
BACK: Final = timedelta(days=110)
SEED: Final = 1
MEDIATOR: Final = "mediator"
AT_ONCE: Final = 5_000  # matters played together: what fits into memory whatever the number of all


@dataclass(frozen=True)
class Opened:
    """An open office with the ground as it is now; `reload` loads the ground anew."""

    office: Office
    pool: asyncpg.Pool
    files: Files
    roster: Callable[[], Roster]
    atlas: Callable[[], Atlas]
    same_ground: Callable[[str], tuple[str, ...]]
    today: Callable[[], date]
    reload: Callable[[], Awaitable[None]]
    cases: CaseRoom


@dataclass(frozen=True)
class Needs:
    """How the office is opened, what runs API and worker once `before` is done, the time and the zone."""

    open: Callable[[], AbstractAsyncContextManager[Opened]]
    run: Callable[[Callable[[Opened], Awaitable[None]], Callable[[str], None]], None]
    now: Callable[[], datetime]
    zone: ZoneInfo


@app.callback()
def demo(ctx: typer.Context, *, json: JsonFlag = False) -> None:
    """Make the demonstration city if there is none yet, then serve it until Ctrl-C."""
    if ctx.invoked_subcommand is not None:
        return
    out, needs = Output(json=json), needed(ctx, Needs)
    city: list[Opened] = []

    async def before(opened: Opened) -> None:
        await _make(opened, needs, out)
        city.append(opened)

    needs.run(before, lambda address: _show(out, address, city[0]))


@app.command("run-day")
def run_day(
    ctx: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=20_000, help="How many days to play.")] = 1,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", "--at", formats=["%Y-%m-%d"], help="The first day; else the last days up to now."
        ),
    ] = None,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Play beyond now; nobody can act on what is then still to come.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another play.")] = SEED,
    json: JsonFlag = False,
) -> None:
    """Let a simulated staff work on every open matter, in simulated time and by the real rules."""
    out, needs = Output(json=json), needed(ctx, Needs)
    now = needs.now()
    begins = since.replace(tzinfo=needs.zone) if since else now if ahead else now - timedelta(days=days)
    ends = begins + timedelta(days=days)
    if begins > now and not ahead:
        raise Refusal("rehearsal.in_future", begins=begins.date().isoformat())
    ends = ends if ahead else min(ends, now)
    played = asyncio.run(_run_days(needs, begins, ends, seed, out))
    _tell(out, played, begins, ends)


async def _run_days(needs: Needs, since: datetime, until: datetime, seed: int, out: Output) -> Played:
    async with needs.open() as opened:
        scene = await scene_of(opened)
        total = Played(matters=0, steps=0, ticks=0, ended=0, passed_over=0, refused={})
        with out.progress("entries", total=None) as advance:
            async for matters in _open_ones(opened):
                play = Play(opened.office, scene, matters, since=since, until=until, seed=seed, moved=advance)
                total = _sum(total, await play.run())
        return total


async def _open_ones(opened: Opened) -> AsyncIterator[list[Matter]]:
    after: UUID | None = None
    while ids := await open_matters(opened.pool, after=after, most=AT_ONCE):
        yield await standings(opened.office, ids)
        after = ids[-1]


def _sum(one: Played, other: Played) -> Played:
    return Played(
        matters=one.matters + other.matters,
        steps=one.steps + other.steps,
        ticks=one.ticks + other.ticks,
        ended=one.ended + other.ended,
        passed_over=one.passed_over + other.passed_over,
        refused=dict(Counter(one.refused) + Counter(other.refused)),
    )


async def _make(opened: Opened, needs: Needs, out: Output) -> None:
    """Make what is not there yet: the ground with its posts, then the matters."""
    now = needs.now()
    await make_ground(opened, now)
    await _publish(opened, now)
    await _direct(opened, now)
    if await newest_change(opened.pool):
        return
    scene = await scene_of(opened)
    since, until = (now - BACK).astimezone(needs.zone), now.astimezone(needs.zone)
    with out.progress("opening matters", total=MESSAGES + EVENTS) as advance:
        matters = await open_arrivals(
            opened.office, _arrivals(opened, scene, since=since, until=until), advance
        )
    with out.progress("days of work", total=None) as advance:
        await _play_all(opened, scene, matters, since, now, advance)


async def make_ground(opened: Opened, now: datetime) -> None:
    """Make the city's ground, units and posts if no territory is there yet."""
    if len(opened.atlas()):
        return
    departments = [Department(kind=row[0], name=row[1]) for row in _rows("units.csv")]
    with as_file(files("yuzhi") / "data" / "demo" / "divisions.csv") as divisions:
        edition = read_edition([divisions])
    async with acquired(opened.pool) as conn:
        local = now.astimezone(opened.office.calendar.zone)
        await found_city(conn, edition, DISTRICT, departments, local, seed=SEED)
    await opened.reload()


async def _publish(opened: Opened, now: datetime) -> None:
    """Publish the demonstration's policy answers if there are none yet."""
    if await policies.topics(opened.pool, opened.today()):
        return
    with as_file(files("yuzhi") / "data" / "demo" / "policies.csv") as listed:
        await policies.save(opened.pool, policies.read_policies(listed), actor="demo", now=now)


async def _direct(opened: Opened, now: datetime) -> None:
    """Enter those who mediate in the directory of mediators, if nobody is there yet."""
    if await mediators.directory(opened.pool, shows_load=False, most=1):
        return
    roster = opened.roster()
    found = [
        mediators.NewMediator(
            id=post.person,
            name=roster.people[post.person].name,
            kind="people",
            unit=post.unit,
            post=post.id,
            territories=(post.territory,),
        )
        for post in roster.posts.values()
        if MEDIATOR in post.duties
    ]
    await mediators.save(opened.cases, found, actor="demo", now=now)


async def _play_all(
    opened: Opened,
    scene: Scene,
    matters: Sequence[Matter],
    since: datetime,
    until: datetime,
    advance: Advance,
) -> None:
    await Play(opened.office, scene, matters, since=since, until=until, seed=SEED, moved=advance).run()


def _arrivals(opened: Opened, scene: Scene, *, since: datetime, until: datetime) -> list[Arrival]:
    chance = Random(SEED)  # noqa: S311 - a play
    communities = [one for one in opened.atlas().under(DISTRICT) if one.level == "community"]
    units = opened.roster().units.values()
    served = {unit.territory for unit in units if unit.kind == "community"}
    everybody = Residents(communities, scene.staff, chance)
    met_by_workers = Residents([one for one in communities if one.code in served], scene.staff, chance)
    return [
        *everybody.messages(
            _templates("messages.csv"), "citizen-request", since=since, until=until, count=MESSAGES
        ),
        *met_by_workers.events(
            _templates("events.csv"), "grid-event", scene.photo, since=since, until=until, count=EVENTS
        ),
    ]


async def scene_of(opened: Opened) -> Scene:
    """Return what the simulated staff acts with: the posts there are, words to say, a picture kept."""
    templates = (*_templates("messages.csv"), *_templates("events.csv"))
    kept = await opened.files.put(_pieces(_picture()), most=1 << 20)
    return Scene(
        staff=Staff(opened.roster(), opened.today(), opened.same_ground),
        shelf=opened.office.shelf,
        ground=opened.office.ground,
        calendar=opened.office.calendar,
        say=Sayings(replies(templates)),
        photo=kept.sha256,
    )


def _text(name: str) -> str:
    return (files("yuzhi") / "data" / "demo" / name).read_text(encoding="utf-8")


def _templates(name: str) -> tuple[Template, ...]:
    return read_templates(_text(name), name=name)


def _rows(name: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(_text(name), newline=""))
    next(rows)
    return rows


def _picture() -> bytes:
    """Return a plain grey picture (PNG), which stands for every photo of the rehearsal."""
    width, height = 160, 120

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\xb0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


_SHOWN: Final = (
    ("hotline_centre", "intake_desk"),
    ("hotline_centre", "dispatcher"),
    ("hotline_centre", "callback_desk"),
    ("urban_management", "handler"),
    ("housing", "approver"),
    ("supervision", "supervisor"),
    ("town_office", "dispatcher"),
    ("community", "grid_worker"),
)


def _show(out: Output, address: str, opened: Opened) -> None:
    """Tell where to look: addresses, posts to sign in as, lines to type."""
    roster = opened.roster()
    posts = [post for sort in _SHOWN if (post := _post(roster, *sort))]
    if out.is_json:
        shown = [{"post": one[0], "who": one[1], "unit": one[2], "duties": one[3]} for one in posts]
        out.data({"api": f"{address}/api/v1", "openapi": f"{address}/openapi.json", "posts": shown})
        return
    out.facts(
        {
            "screens": f"{address}/  ·  {address}/sign-in",
            "API": f"{address}/api/v1",
            "OpenAPI": f"{address}/openapi.json",
            "health": f"{address}/health/ready",
            "territories": len(opened.atlas()),
            "units": len(roster.units),
            "posts": len(roster.posts),
        }
    )
    out.table(("X-Yuzhi-Post", "who", "unit", "duties"), posts, title="Sign in as one of these posts")
    if posts:
        desk = posts[0][0]
        out.say(f"curl -s -H 'X-Yuzhi-Post: {desk}' '{address}/api/v1/matters?most=5'")
        out.say(f"curl -s -H 'X-Yuzhi-Post: {desk}' '{address}/api/v1/rates?by=town'")
        out.say(
            f"curl -s -X POST {address}/api/v1/matters -H 'Content-Type: application/json' -d "
            '\'{"procedure":"citizen-request","kind":"help","subject":"路灯不亮","detail":"东兴社区门口"}\''
        )
    out.say("yuzhi rates --by unit          yuzhi demo run-day          yuzhi journal verify")
    out.say("Ctrl-C stops the server, the worker and the database.")


def _post(roster: Roster, kind: str, duty: str) -> tuple[str, str, str, str] | None:
    for post in roster.posts.values():
        unit = roster.units[post.unit]
        if unit.kind == kind and duty in post.duties:
            return post.id, roster.people[post.person].name, unit.name, "、".join(post.duties)
    return None


def _tell(out: Output, played: Played, since: datetime, until: datetime) -> None:
    facts = {
        "from": since.isoformat(timespec="minutes"),
        "to": until.isoformat(timespec="minutes"),
        "matters": played.matters,
        "steps": played.steps,
        "clock entries": played.ticks,
        "ended": played.ended,
        "passed over": played.passed_over,
    }
    if out.is_json:
        out.data(
            {**{name.replace(" ", "_"): value for name, value in facts.items()}, "refused": played.refused}
        )
        return
    out.facts(facts)
    if played.refused:
        out.table(("refused", "times"), Counter(played.refused).most_common())
