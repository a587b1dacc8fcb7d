"""Files that a request refers to: put in before, and by whoever refers to them."""

from collections.abc import Sequence

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.accounts import network_of
from yuzhi.doors.api._needs import AnyConnection, asker, needs
from yuzhi.store.files import is_sha256


async def check_files(connection: AnyConnection, files: Sequence[str]) -> None:
    """Raise Refusal `file.not_found` for a file that whoever asks did not put in; empty names are none."""
    named = list(dict.fromkeys(file for file in files if file))
    if named and (missing := await missing_files(connection, named)):
        raise Refusal("file.not_found", file=missing[0][:64])


async def missing_files(connection: AnyConnection, files: Sequence[str]) -> list[str]:
    """Return those of some files that whoever asks may not attach."""
    handed = needs(connection)
    sound = [file for file in files if is_sha256(file)]
    there = await matters.attach(handed.pool, sound, hand_of(connection), handed.now())
    return [file for file in files if file not in there]


def hand_of(connection: AnyConnection) -> bytes:
    """Return who asks, as a keyed digest: account, requester, post, or for strangers their network."""
    handed, who = needs(connection), asker(connection)
    tag = handed.entrance.gate.secrets.tag
    if who.signed is not None:
        return tag("uploader", str(who.signed.account or who.signed.requester))
    if who.actor is not None and who.actor.is_known:
        return tag("uploader", who.actor.id)
    return tag("uploader address", network_of(who.address))
