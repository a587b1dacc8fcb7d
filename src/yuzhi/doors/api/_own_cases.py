"""Lets whoever signed in by telephone into the cases in which that telephone is a party's."""

from datetime import datetime

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, parties
from yuzhi.capabilities.accounts import Claim, Signed
from yuzhi.doors.api._needs import ApiNeeds
from yuzhi.store.postgres.pool import acquired


async def let_into_cases(handed: ApiNeeds, who: Signed, now: datetime) -> tuple[Claim, ...]:
    """Return what is theirs from now on under a reference they came by before, such as by a code.

    It is found by the telephone they have proved to have; asked again nothing is new.
    """
    if who.requester is None:
        return ()
    claimed: list[Claim] = []
    known = {one.matter for one in who.claims}
    async with acquired(handed.pool) as conn, conn.transaction():
        phone_hash = await accounts.phone_hash_of(conn, who.requester)
        if phone_hash is None:
            return ()
        today = handed.office.calendar.day_of(now)
        for entry in await parties.recognise(conn, who.requester, phone_hash, today, now):
            if entry.matter in known:
                continue
            claim = Claim(entry.matter, entry.number, entry.requester)
            try:
                await accounts.claim(conn, who, claim, now)
            except Refusal as refusal:
                if refusal.code != "claim.too_many":
                    raise
                break
            claimed.append(claim)
    return tuple(claimed)
