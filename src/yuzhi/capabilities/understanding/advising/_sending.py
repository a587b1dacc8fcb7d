"""Automatic dispatch by what was learnt: only where the pack allows it, the rules are silent, and it is sure.

A matter whose words give any signal (danger, dispute, deadline, repetition) is always left to people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import ROUTING
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import NewStep, Office, take_step
from yuzhi.capabilities.understanding.advising._adviser import Adviser
from yuzhi.capabilities.understanding.advising._units import verdict_on
from yuzhi.capabilities.understanding.advising._views import Told
from yuzhi.capabilities.understanding.dispatch import Route
from yuzhi.capabilities.understanding.signals import find_signals
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.store.postgres.pool import acquired

MOST: Final = 100

_WORDS = (
    "coalesce((select t.body from text t where t.id = m.subject), '') subject,"
    " coalesce((select t.body from text t where t.matter_id = m.id and t.name = 'detail'"
    " and t.body is not null order by t.id limit 1), '') detail"
)
_WAITING = (
    "select m.id, m.category, m.territory, m.kind, m.channel, m.urgency, m.route, m.opened_at,"
    f" {_WORDS} from (select * from matter where ended_at is null and procedure = $1 and version = $2"
    " and state = any($3) and route = any($4) and lead_unit = '' and category <> ''"
    " and updated_at > $5 order by opened_at, id limit $6) m"
)


class Sent(Struct, frozen=True):
    """What a round did: how many matters were looked at, and where those went that went by themselves."""

    looked_at: int
    sent: Mapping[UUID, str]


@dataclass(frozen=True)
class SendingDesk:
    """Sends matters whose pack allows it; every matter is looked at once."""

    office: Office
    pool: asyncpg.Pool
    adviser: Adviser
    packs: Callable[[], tuple[Pack, ...]]
    say: Callable[[str, Route, float, Pack], str]
    """Words for the trace: why a route is taken, by a verdict's code, under a threshold."""

    async def send_due(self, since: datetime, now: datetime) -> Sent:
        """Look at the matters that changed since an instant and wait for a dispatcher; send the sure ones."""
        looked, sent = 0, {}
        for pack in self.packs():
            if pack.learnt_dispatch is None or not pack.learnt_dispatch.automatic:
                continue
            for procedure in pack.procedures:
                states = _waits_in(procedure)
                if not states:
                    continue
                async with acquired(self.pool) as conn:
                    rows = await conn.fetch(
                        _WAITING, procedure.name, procedure.version, states,
                        list(pack.learnt_dispatch.after), since, MOST,
                    )  # fmt: skip
                looked += len(rows)
                for row in rows:
                    if unit := await self._send(pack, procedure, row, now):
                        sent[row["id"]] = unit
        return Sent(looked, sent)

    async def _send(self, pack: Pack, procedure: Procedure, row: asyncpg.Record, now: datetime) -> str:
        told = Told(
            procedure=procedure.name, subject=row["subject"], detail=row["detail"], kind=row["kind"],
            territory=row["territory"], category=row["category"], channel=row["channel"],
            urgency=row["urgency"],
        )  # fmt: skip
        signals = find_signals(f"{row['subject']}\n{row['detail']}")
        routes = await self.adviser.learnt_routes(told, row["opened_at"], pack)
        verdict = verdict_on(pack, row["route"], routes, category=row["category"], signals=signals)
        if not verdict.goes_by_itself or pack.learnt_dispatch is None:
            return ""
        threshold = pack.learnt_dispatch.threshold
        ask = NewStep(lead=routes[0].unit, reason=self.say(verdict.code, routes[0], threshold, pack))
        try:
            await take_step(self.office, row["id"], procedure.opening.dispatch, ask, ROUTING, now)
        except Refusal:
            return ""  # people were faster, or the procedure forbids it: it stays with the desk
        return routes[0].unit


def _waits_in(procedure: Procedure) -> list[str]:
    """Return the states from which the routing may dispatch."""
    step = procedure.step(procedure.opening.dispatch)
    return list(step.sources) if step is not None and "routing" in step.duties else []
