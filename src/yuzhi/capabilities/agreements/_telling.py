"""An agreement tells its matter what became of it; which step follows from that, the matter's pack says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.agreements._reading import document
from yuzhi.capabilities.agreements._room import AgreementRoom
from yuzhi.capabilities.agreements._views import AgreementView
from yuzhi.capabilities.typesetting import as_docx, as_pdf
from yuzhi.engine.calendar import Calendar
from yuzhi.store.unit import Change

T = TypeVar("T")

MOST_BYTES = 50 * 1024 * 1024
TRIES = 4
_UNDECIDED = ("calendar.", "store.")


@dataclass(frozen=True)
class Said:
    """What an agreement of a matter says of itself, and the days it can name."""

    matter: UUID
    says: str
    dates: Mapping[str, date]


async def following(
    room: AgreementRoom, said: Said, now: datetime, bring: Callable[[], Awaitable[str]] | None = None
) -> list[Change]:
    """Return what the matter writes when an agreement says something: saved with what the agreement does.

    `bring` keeps its text for a step that needs it. Raises Refusal as `matters.heed`.
    """
    return await matters.heed(room.cases.office, said.matter, said.says, said.dates, bring, now)


async def following_if_it_may(room: AgreementRoom, said: Said, now: datetime) -> list[Change]:
    """Do as `following` where the matter may take such a step; where it has gone another way, nothing."""
    try:
        return await following(room, said, now)
    except Refusal as refusal:
        if refusal.code.startswith(_UNDECIDED):
            raise
        return []


async def again_if_stale(act: Callable[[], Awaitable[T]]) -> T:
    """Do something again while the matter goes on meanwhile; raises Refusal `store.busy` in the end."""
    for _ in range(TRIES):
        try:
            return await act()
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                raise
    raise Refusal("store.busy", retry_after=1)


def days_signed(found: AgreementView, guarded: Iterable[UUID], calendar: Calendar) -> dict[str, date]:
    """Return on which days an agreement was signed, of each kind of signature the last one's.

    `guarded` are the parties for whom a guardian signs.
    """
    minors = frozenset(guarded)
    hands: dict[str, Sequence[datetime]] = {
        "parties_signed_on": [one.signed_at for one in found.signatures if one.role == "party"],
        "guardian_signed_on": [one.signed_at for one in found.signatures if one.party in minors],
        "mediator_signed_on": [one.signed_at for one in found.signatures if one.role == "mediator"],
        "sealed_on": [one.signed_at for one in found.signatures if one.role == "seal"],
    }
    days = {name: calendar.day_of(max(some)) for name, some in hands.items() if some}
    if found.signatures:
        days["agreed_on"] = max(days.values())
    if found.instalments:
        days["promised_on"] = min(one.due_on for one in found.instalments)
    return days


async def kept(room: AgreementRoom, found: AgreementView, by: Actor, now: datetime) -> str:
    """Keep an agreement's text, with who signed it, as a file and return its name: PDF, or Word where no font
    has a character.
    """
    written = await document(room, found.matter, found.id, by, now, tells_hands=True)
    try:
        content = await as_pdf(written, room.fonts)
    except Refusal as refusal:
        if refusal.code != "document.character_missing":
            raise
        content = await as_docx(written)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    return (await room.files.put(whole(), most=MOST_BYTES)).sha256
