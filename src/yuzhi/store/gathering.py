"""Group commit: changes that arrive together are written in one transaction, acknowledged after it.

A change that cannot be written never fails its neighbours: its batch is then tried in halves.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from yuzhi.base.refusal import Refusal
from yuzhi.store.unit import Change, Unit

_Waiting = tuple[Change, "asyncio.Future[None]"]


class Gathering:
    """Gathers the changes of concurrent requests; at most `flushers` transactions run at once."""

    def __init__(self, unit: Unit, *, flushers: int = 2, batch: int = 64, waiting: int = 4096) -> None:
        self._unit = unit
        self._flushers = flushers
        self._batch = batch
        self._most_waiting = waiting
        self._waiting: deque[_Waiting] = deque()
        self._in_hand: set[UUID] = set()  # matters being written
        self._flushing: set[asyncio.Task[None] | None] = set()

    async def save(self, change: Change) -> None:
        """Return once the change is durable; raise what writing it alone would raise."""
        if len(self._waiting) >= self._most_waiting:
            raise Refusal("store.busy", retry_after=1)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if len(self._flushing) < self._flushers:
            self._flushing.add(asyncio.create_task(self._flush()))
        # If the request is cancelled the write, which is another task's, goes on: only nobody waits for it.
        await done

    async def _flush(self) -> None:
        try:
            while batch := self._take():
                try:
                    await self._write(batch)
                finally:
                    self._in_hand.difference_update(change.matter for change, _ in batch)
                    for _, done in batch:
                        done.cancel()  # only when we are cancelled ourselves is anybody still waiting
        finally:
            # At once and not when the task is cleared away: whoever comes in between must start another.
            self._flushing.discard(asyncio.current_task())

    def _take(self) -> list[_Waiting]:
        """Take waiting changes of different matters, none of which is being written: they stay in order."""
        taken: list[_Waiting] = []
        later: list[_Waiting] = []
        while self._waiting and len(taken) < self._batch:
            one = self._waiting.popleft()
            if one[0].matter in self._in_hand:
                later.append(one)
            else:
                self._in_hand.add(one[0].matter)
                taken.append(one)
        self._waiting.extendleft(reversed(later))
        return taken

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._unit.save([change for change, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            if len(batch) > 1 and not _is_outage(error):
                half = len(batch) // 2
                await self._write(batch[:half])
                await self._write(batch[half:])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for _, done in batch:
            if not done.done():
                done.set_result(None)


def _is_outage(error: Exception) -> bool:
    return isinstance(error, Refusal) and error.code in {"store.unavailable", "store.full", "store.busy"}
