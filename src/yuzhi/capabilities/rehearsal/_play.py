"""Plays days of work over open matters in simulated time: people act, clocks speak, by the engine's rules.

Matters do not wait for one another, so each has its own next moment; the earliest one comes first.
What happens is written in batches while the play goes on. The same seed gives the same play.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office, prepare_step, ticked
from yuzhi.capabilities.rehearsal._acts import Act, Scene, next_act
from yuzhi.engine.matter import Matter
from yuzhi.store.unit import Change

BATCH: Final = 400
MOST_ENTRIES: Final = 60  # a matter that has had so many is left alone
TRIES: Final = 4
SECOND_THOUGHTS: Final = 0.05  # the share of ended matters somebody comes back to
BREATH: Final = 16


class Played(Struct, frozen=True):
    """What a play did: matters in it, steps people took, entries of clocks, matters that ended.

    `passed_over` counts matters that stood after the end of the play, and those others had in hand.
    """

    matters: int
    steps: int
    ticks: int
    ended: int
    passed_over: int
    refused: dict[str, int]


@dataclass
class _Part:
    """One matter in the play: where it stands, what somebody means to do, and what was refused."""

    matter: Matter
    chance: Random
    act: Act | None = None
    barred: set[tuple[str, str]] = field(default_factory=set)
    is_lost: bool = False


class Play:
    """One play from `since` until `until`; call `run` once."""

    def __init__(
        self,
        office: Office,
        scene: Scene,
        matters: Iterable[Matter],
        *,
        since: datetime,
        until: datetime,
        seed: int = 1,
        moved: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._office, self._scene, self._until, self._moved = office, scene, until, moved
        self._parts: list[_Part] = []
        self._queue: list[tuple[datetime, int]] = []
        self._pending: dict[UUID, tuple[_Part, Change]] = {}
        self._saving: asyncio.Task[None] | None = None
        self._steps = self._ticks = self._ended = self._passed_over = 0
        self._refused: Counter[str] = Counter()
        self._latest: dict[str, UUID] = {}  # of each category the matter that moved last
        for matter in matters:
            if matter.updated_at > until:
                self._passed_over += 1
                continue
            part = _Part(matter, Random(f"{seed} {matter.number} {matter.seq}"))  # noqa: S311 - a play
            self._parts.append(part)
            self._plan(len(self._parts) - 1, max(since, matter.updated_at))

    async def run(self) -> Played:
        """Play to the end; raises what the store raises when it is away."""
        count = 0
        try:
            while self._queue and self._queue[0][0] <= self._until:
                at, place = heapq.heappop(self._queue)
                part = self._parts[place]
                if part.matter.id in self._pending or len(self._pending) >= BATCH:
                    await self._flush()
                if not part.is_lost:
                    self._happen(place, at)
                count += 1
                if count % BREATH == 0:
                    await asyncio.sleep(0)
            await self._flush()
        finally:
            if self._saving is not None:
                await self._saving
        return Played(
            len(self._parts), self._steps, self._ticks, self._ended, self._passed_over, dict(self._refused)
        )

    def _happen(self, place: int, at: datetime) -> None:
        """Let the clocks of a matter speak, or somebody do what they meant to; then see what comes next."""
        part = self._parts[place]
        act = part.act
        try:
            worked = self._tick(part, at) or self._act(part, at)
        except Refusal as refusal:
            self._refused[refusal.code] += 1
            if act is not None:
                part.barred.add((act.by.id, act.step))
            if len(part.barred) <= TRIES:
                part.act = None
                self._plan(place, at)
            return
        if worked is not None:
            change, part.matter = worked
            part.barred.clear()
            # What somebody means to do they still mean when a clock has spoken.
            if change.entry.step != "clock":
                part.act = None
                self._latest[part.matter.category] = part.matter.id
            self._pending[change.matter] = (part, change)
            self._moved(1)
            if part.matter.ended_at == at:
                self._ended += 1
        self._plan(place, at)

    def _tick(self, part: _Part, at: datetime) -> tuple[Change, Matter] | None:
        due = _next_tick(part.matter)
        if due is None or due > at:
            return None
        worked = ticked(self._office, part.matter, at)
        self._ticks += worked is not None
        return worked

    def _act(self, part: _Part, at: datetime) -> tuple[Change, Matter] | None:
        act = part.act
        if act is None or act.at > at:
            return None
        target = self._latest.get(part.matter.category) if act.links else None
        worked = prepare_step(self._office, part.matter, act.step, act.ask, act.by, at, target=target)
        self._steps += 1
        return worked

    def _plan(self, place: int, now: datetime) -> None:
        """Decide what comes next for a matter, and when; nothing, if nobody may or will do any more."""
        part = self._parts[place]
        matter = part.matter
        if matter.seq >= MOST_ENTRIES:
            return
        is_over = matter.ended_at is not None
        if part.act is None and not (is_over and part.chance.random() > SECOND_THOUGHTS):
            part.act = self._intention(part, now)
        moments = [part.act.at] if part.act is not None else []
        if (due := _next_tick(matter)) is not None:
            moments.append(max(due, now))
        if moments:
            heapq.heappush(self._queue, (max(min(moments), now), place))

    def _intention(self, part: _Part, now: datetime) -> Act | None:
        """Return what somebody means to do next; beyond the last loaded year of the calendar nobody plans."""
        try:
            return next_act(self._scene, part.matter, now, part.chance, barred=frozenset(part.barred))
        except Refusal as refusal:
            if not refusal.code.startswith("calendar."):
                raise
            return None

    async def _flush(self) -> None:
        """Hand what happened to the database, once it has done with what it was handed before."""
        if self._saving is not None:
            await self._saving
            self._saving = None
        batch = [(part, change) for part, change in self._pending.values() if not part.is_lost]
        self._pending.clear()
        if batch:
            self._saving = asyncio.create_task(self._save(batch))
            await asyncio.sleep(0)

    async def _save(self, batch: Sequence[tuple[_Part, Change]]) -> None:
        try:
            await self._office.unit.save([change for _, change in batch])
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                raise
            if len(batch) > 1:
                half = len(batch) // 2
                await self._save(batch[:half])
                await self._save(batch[half:])
                return
            # Somebody real took a step meanwhile: it is theirs now.
            batch[0][0].is_lost = True
            self._passed_over += 1


def _next_tick(matter: Matter) -> datetime | None:
    moments = [at for clock in matter.clocks if (at := clock.next_at) is not None]
    return min(moments, default=None)
