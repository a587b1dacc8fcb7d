"""The adviser: models and memory in one process, asked from its event loop, working beside it.

What is worked out needs a few milliseconds of one thread; what is shown is read from the database as the
asker, so that nobody learns of a matter they may not see.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import policies
from yuzhi.capabilities.matters import Office, Said, would_route
from yuzhi.capabilities.understanding.advising import _queries as queries
from yuzhi.capabilities.understanding.advising._memory import Memory, issue_among
from yuzhi.capabilities.understanding.advising._remembering import remember
from yuzhi.capabilities.understanding.advising._showing import (
    POLICY,
    answered,
    around,
    as_answer,
    category_advice,
    hot_view,
    issue_advice,
    like_matter,
)
from yuzhi.capabilities.understanding.advising._units import learnt_units, verdict_on
from yuzhi.capabilities.understanding.advising._views import (
    Advice,
    DraftView,
    HotIssueView,
    PolicySource,
    ReplyView,
    RouteAdvice,
    SummaryView,
    Told,
    UnitAdvice,
)
from yuzhi.capabilities.understanding.category import CategoryGuess
from yuzhi.capabilities.understanding.dispatch import Route, Verdict
from yuzhi.capabilities.understanding.endpoint import LargeModel
from yuzhi.capabilities.understanding.issues import Issue, NearDuplicate
from yuzhi.capabilities.understanding.learning import Learnt, Library, described
from yuzhi.capabilities.understanding.places import Gazetteer, Place, find_places
from yuzhi.capabilities.understanding.replies import Answer, ReplyModel
from yuzhi.capabilities.understanding.signals import Signal, find_signals
from yuzhi.capabilities.understanding.similar import SimilarMatter, draft_reply
from yuzhi.engine.definition import Pack

_LIKE_SHOWN: Final = 5
_LIKE_ASKED: Final = 30
"""More than are shown: some of them the asker may not see."""


T = TypeVar("T")


class Places(Protocol):
    """What the ground tells the adviser."""

    def place(self, territory: str, lon: float | None, lat: float | None, words: str) -> str:
        """Return the smallest territory known for a code or words."""
        ...

    def unit_name(self, unit: str) -> str:
        """Return a unit's name."""
        ...

    def place_name(self, territory: str) -> str:
        """Return a territory's name from the top down."""
        ...

    def knows_unit(self, unit: str) -> bool:
        """Say whether a unit exists today."""
        ...

    @property
    def gazetteer(self) -> Gazetteer:
        """What finds known names in a text."""
        ...


class _Thought(Struct, frozen=True):
    """What the words alone suggest."""

    guesses: tuple[CategoryGuess, ...]
    places: tuple[Place, ...]
    territory: str
    signals: tuple[Signal, ...]
    repeats: tuple[NearDuplicate, ...]
    like: tuple[SimilarMatter, ...]
    routes: tuple[Route, ...]
    issue: tuple[Issue, int] | None


class Adviser:
    """Suggests; remembers up to `remembers` matters, the latest ones, to compare new ones with."""

    def __init__(
        self,
        office: Office,
        pool: asyncpg.Pool,
        folder: Path,
        *,
        ground: Callable[[], Places],
        large_model: LargeModel,
        remembers: int,
    ) -> None:
        self._office: Final = office
        self._pool: Final = pool
        self._ground: Final = ground
        self._remembers: Final = remembers
        self.large_model: Final = large_model
        self.library: Final = Library(folder)
        self._memory: Final = Memory()
        # One thread: memory is not to be asked while it grows, and a request must not take every core.
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="adviser")

    @property
    def remembered(self) -> int:
        """How many matters are remembered."""
        return len(self._memory)

    async def advise(self, told: Told, by: Actor, *, leave_out: UUID | None = None) -> Advice:
        """Return everything the words suggest to a post; raises Refusal `understanding.posts_only`.

        `leave_out` is the matter itself, where it has been filed.
        """
        pack = self._pack_for(told, by)
        learnt, thought = await self._work(lambda: self._think(pack, told, str(leave_out or "")))
        near = [UUID(one.id) for one in thought.repeats] + [UUID(one.matter.id) for one in thought.like]
        rows = await queries.shown(self._pool, by, [one for one in near if one != leave_out])
        repeats = [
            like_matter(rows[UUID(one.id)], one.alike) for one in thought.repeats if UUID(one.id) in rows
        ]
        like = [
            like_matter(rows[UUID(one.matter.id)], one.alike, one.words)
            for one in thought.like
            if UUID(one.matter.id) in rows
        ]
        return Advice(
            model=learnt.version or ("catalogue" if learnt.model else ""),
            categories=tuple(category_advice(pack, one) for one in thought.guesses),
            places=thought.places,
            territory=thought.territory,
            route=self._route(pack, told, thought),
            signals=thought.signals,
            duplicates=tuple(repeats[:_LIKE_SHOWN]),
            issue=issue_advice(thought.issue),
            similar=tuple(sorted(like, key=lambda one: not one.answer)[:_LIKE_SHOWN]),
            warnings=tuple(one.code for one in learnt.warnings),
        )

    async def advise_on(self, matter: UUID, by: Actor) -> Advice:
        """Return what the words of a filed matter suggest. Whether it may be seen is asked before."""
        return await self.advise(await self._told(matter), by, leave_out=matter)

    async def draft(self, matter: UUID, by: Actor, now: datetime) -> DraftView:
        """Return a draft reply from policy answers and answers to similar matters `by` may see, and the
        large model's.
        """
        told = await self._told(matter)
        pack = self._pack_for(told, by)
        like = await self._work(
            lambda: self._memory.like(pack.name, told.subject, told.detail, most=_LIKE_ASKED)
        )
        rows = await queries.shown(self._pool, by, [UUID(one.matter.id) for one in like])
        past = [
            SimilarMatter(answered(rows[id_]), one.alike, one.words)
            for one in like
            if (id_ := UUID(one.matter.id)) in rows and id_ != matter and rows[id_]["answer"]
        ]
        on = self._office.calendar.day_of(now)
        ruled = await policies.fitting(self._pool, told.subject or told.detail, on)
        drafted = await self._work(lambda: draft_reply([*(as_answer(one) for one in ruled), *past]))
        written, problem = "", ""
        if self.large_model.is_on:
            said = await self.large_model.draft(
                f"{told.subject}\n{told.detail}",
                tuple([*(one.policy.answer for one in ruled), *(one.matter.answer for one in past)][:3]),
            )
            written, problem = said.text, said.problem
        used = tuple(dict.fromkeys(one.source for one in drafted.sentences)) if drafted else ()
        drawn_on = {one.policy.id: one for one in ruled if as_answer(one).matter.id in used}
        return DraftView(
            text=drafted.text if drafted else "",
            sources=tuple(one for one in used if not one.startswith(POLICY)),
            written=written,
            problem=problem,
            policies=tuple(
                PolicySource(one.policy.id, one.policy.question, one.policy.source)
                for one in drawn_on.values()
            ),
        )

    async def summarise(self, matter: UUID, by: Actor) -> SummaryView:
        """Return a filed matter summed up by the large model, if one is configured."""
        _check_post(by)
        told = await self._told(matter)
        said = await self.large_model.summarise(f"{told.subject}\n{told.detail}")
        return SummaryView(said.text, said.problem)

    async def weigh_reply(self, matter: UUID, reply: str, by: Actor) -> ReplyView:
        """Return how good a reply to a matter would be, with a warning if it says nothing."""
        _check_post(by)
        told = await self._told(matter)
        asked = Answer(f"{told.subject}\n{told.detail}", reply)
        return ReplyView(await self._work(lambda: ReplyModel().check(asked)))

    async def hot_issues(self, pack: str, by: Actor, *, most: int = 20) -> tuple[HotIssueView, ...]:
        """Return the hottest issues with at least two matters `by` may see, as the last study found them."""
        _check_post(by)
        learnt = await self._learnt(self._office.shelf.pack(pack))
        members = [UUID(one) for issue in learnt.issues for one in issue.members]
        seen = await queries.visible(self._pool, by, members)
        ground = self._ground()
        found = [
            hot_view(issue, mine, ground.place_name(around([seen[one] for one in mine])))
            for issue in learnt.issues
            if len(mine := tuple(id_ for one in issue.members if (id_ := UUID(one)) in seen)) > 1
        ]
        return tuple(found[:most])

    async def warnings(self, packs: Sequence[Pack]) -> tuple[Refusal, ...]:
        """Return what could not be read of what was learnt, for the status page."""
        held = [await self._learnt(pack) for pack in packs]
        return tuple(warning for one in held for warning in one.warnings)

    async def learnt_routes(self, told: Told, opened_at: datetime, pack: Pack) -> tuple[Route, ...]:
        """Return the units learnt for a matter, those that exist, the likeliest first."""
        learnt = await self._learnt(pack)
        return await self._work(
            lambda: learnt_units(
                learnt,
                self._ground(),
                told,
                territory=told.territory,
                category=told.category,
                at=opened_at,
            )
        )

    async def explain_units(self, matter: UUID) -> tuple[Pack, RouteAdvice]:
        """Return a filed matter's pack, the units learnt for it, and whether it might go by itself today.

        For an operator at the command line; raises Refusal `matter.not_found`.
        """
        row = await queries.told_of(self._pool, matter)
        if row is None:
            raise Refusal("matter.not_found", matter=str(matter))
        told, pack = _as_told(row), self._office.shelf.pack(row["pack"], row["version"])
        routes = await self.learnt_routes(told, row["opened_at"], pack)
        verdict = verdict_on(
            pack, row["route"], routes,
            category=told.category, signals=find_signals(f"{told.subject}\n{told.detail}"),
        )  # fmt: skip
        return pack, self._route_advice(pack, row["route"], row["lead_unit"], routes, verdict)

    async def follow(self) -> None:
        """Remember every matter as it is opened, for as long as the process runs."""
        await remember(self._pool, self._memory, self._work, most=self._remembers)

    def _pack_for(self, told: Told, by: Actor) -> Pack:
        _check_post(by)
        procedure = self._office.shelf.procedure(told.procedure)
        return self._office.shelf.pack(procedure.pack, procedure.version)

    async def _told(self, matter: UUID) -> Told:
        row = await queries.told_of(self._pool, matter)
        if row is None:
            raise Refusal("matter.not_found", matter=str(matter))
        return _as_told(row)

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _learnt(self, pack: Pack) -> Learnt:
        return await self._work(lambda: self.library.of(pack.name, described(pack)))

    def _think(self, pack: Pack, told: Told, itself: str) -> tuple[Learnt, _Thought]:
        learnt, ground = self.library.of(pack.name, described(pack)), self._ground()
        # A full stop between them: a line break would be read over, and join two names into one.
        text = f"{told.subject}。{told.detail}"
        guesses: tuple[CategoryGuess, ...] = ()
        if learnt.model is not None:
            guesses = learnt.model.suggest([(told.subject, told.detail)])[0]
        territory = ground.place(told.territory, None, None, text)
        category = told.category or (guesses[0].label if guesses else "")
        like = self._memory.like(pack.name, told.subject, told.detail, most=_LIKE_ASKED)
        like = tuple(one for one in like if one.matter.id != itself)
        repeats = self._memory.repeats(pack.name, told.subject, told.detail, most=_LIKE_ASKED)
        return learnt, _Thought(
            guesses=guesses,
            places=find_places(text, ground.gazetteer, within=told.territory or None),
            territory=territory,
            signals=find_signals(text),
            repeats=tuple(one for one in repeats if one.id != itself),
            like=like,
            routes=learnt_units(learnt, ground, told, territory=territory, category=category, at=None),
            issue=issue_among(like, learnt.issues, leave_out=itself),
        )

    def _route(self, pack: Pack, told: Told, thought: _Thought) -> RouteAdvice:
        ruled = would_route(
            self._office,
            told.procedure,
            Said(
                subject=told.subject,
                detail=told.detail,
                kind=told.kind,
                channel=told.channel,
                urgency=told.urgency,
                category=told.category,
                territory=thought.territory,
            ),
        )
        verdict = verdict_on(
            pack, ruled.rule, thought.routes, category=told.category, signals=thought.signals
        )
        return self._route_advice(pack, ruled.rule, ruled.lead, thought.routes, verdict)

    def _route_advice(
        self, pack: Pack, rule: str, lead: str, routes: Sequence[Route], verdict: Verdict
    ) -> RouteAdvice:
        name = self._ground().unit_name
        return RouteAdvice(
            rule=rule,
            lead=lead,
            lead_name=name(lead) if lead else "",
            units=tuple(UnitAdvice(one.unit, name(one.unit), one.probability, one.went) for one in routes),
            goes_by_itself=verdict.goes_by_itself,
            verdict=verdict.code,
            threshold=pack.learnt_dispatch.threshold if pack.learnt_dispatch else 1.0,
        )


def _as_told(row: Mapping[str, Any]) -> Told:
    return Told(
        procedure=row["procedure"], subject=row["subject"], detail=row["detail"],
        territory=row["territory"], category=row["category"], kind=row["kind"], channel=row["channel"],
        urgency=row["urgency"],
    )  # fmt: skip


def _check_post(by: Actor) -> None:
    if by.hand != "post":
        raise Refusal("understanding.posts_only")
