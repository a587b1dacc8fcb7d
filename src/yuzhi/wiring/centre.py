"""What the mediation centre is handed: its cases, the keys of the vault its people are in, its letters."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from uuid import UUID

import asyncpg

from yuzhi.capabilities import agreements, parties
from yuzhi.capabilities.accounts import tracking_code
from yuzhi.capabilities.agreements import AgreementRoom
from yuzhi.capabilities.deliveries import Claimed, Errand, Letter, Maildrop, Undelivered
from yuzhi.capabilities.matters import MatterView, Office
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.settings import Settings
from yuzhi.store.disk import DiskFiles
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.wiring.entrance import gate_of


def agreements_of(
    settings: Settings,
    store: PostgresStore,
    pool: asyncpg.Pool,
    office: Office,
    unit_name: Callable[[str], str],
) -> AgreementRoom:
    """Return the room of the agreements; their codes follow from a key of the installation."""
    secrets = gate_of(settings).secrets

    def template(matter: MatterView, language: str) -> str:
        pack = office.shelf.pack(matter.pack, matter.pack_version)
        return pack.agreements.get(language) or _shipped(language)

    def code_of(id_: UUID) -> bytes:
        return secrets.code("agreement", str(id_))

    return AgreementRoom(
        cases=CaseRoom(office=office, pool=pool, keys=office.keys, writing=store.within),
        unit_name=unit_name,
        template=template,
        code_of=code_of,
        files=DiskFiles(settings.home / "files"),
        fonts=settings.fonts,
    )


def agreement_letters(
    settings: Settings, room: AgreementRoom, now: Callable[[], datetime]
) -> Mapping[str, Errand]:
    """Return what carries codes and reminders: into a folder, for a gateway of short messages."""
    drop = Maildrop(settings.home / "outbox" / "sms")

    async def carry(claimed: Claimed, phone: str, says: str) -> None:
        if not phone:
            raise Undelivered("signing.no_phone", is_final=True)
        await drop.carry(_message(claimed, phone, says))

    async def carry_code(claimed: Claimed) -> None:
        sent = await agreements.code_to_send(room, claimed.id, now())
        if sent is None:
            raise Undelivered("sign_in.code_over", is_final=True)
        await carry(claimed, sent.phone, sent.says(settings.language))

    async def carry_reminder(claimed: Claimed) -> None:
        sent = await agreements.reminder_to_send(room, claimed.id, now())
        if sent is None:
            raise Undelivered("instalment.done", is_final=True)
        await carry(claimed, sent.phone, sent.says(settings.language))

    return {agreements.AUDIENCE: carry_code, agreements.REMINDER: carry_reminder}


def party_letters(settings: Settings, room: CaseRoom, now: Callable[[], datetime]) -> Mapping[str, Errand]:
    """Return what carries the receipts of parties, with their codes, the same way."""
    gate, drop = gate_of(settings), Maildrop(settings.home / "outbox" / "sms")

    async def carry(claimed: Claimed) -> None:
        sent = await parties.receipt_to_send(room, claimed.id, now())
        if sent is None:
            raise Undelivered("party.unknown", is_final=True)
        if not sent.phone:
            raise Undelivered("signing.no_phone", is_final=True)
        code = tracking_code(gate, sent.number)
        await drop.carry(_message(claimed, sent.phone, sent.says(code, settings.language)))

    return {parties.RECEIPT: carry}


def _message(claimed: Claimed, phone: str, says: str) -> Letter:
    return Letter(
        id=claimed.id, matter=None, number="sms", name=claimed.letter, unit="", requester=None, title=phone,
        body=says, at=claimed.created_at,
    )  # fmt: skip


def _shipped(language: str) -> str:
    file = files("yuzhi") / "data" / "agreements" / f"agreement.{language}.md"
    return file.read_text(encoding="utf-8")
