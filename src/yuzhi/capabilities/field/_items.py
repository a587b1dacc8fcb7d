"""What a grid worker's device sends when it is back: items told by its own ids and its own clock."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import FirstStep, NewMatter, NewStep
from yuzhi.engine.asks import Seen

MOST = 1000
TOLERANCE = timedelta(minutes=2)
"""How far a device's clock may differ from ours before it is corrected, and how far ahead a time may be."""
OLDEST = timedelta(days=90)
KEY_LONGEST = 100
PREFIX = "field:"


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """Something done in the field: a matter opened, perhaps with a first step, or a step of a known matter.

    `id` is the device's own, `at` when it was done by the device's clock. `matter`, and the target of a link,
    is a matter's id or number, or the id of another item that opens it.
    """

    id: str
    at: datetime
    open: NewMatter | None = None
    then: FirstStep | None = None
    matter: str = ""
    step: str = ""
    ask: NewStep = NewStep()


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """What was gathered while there was no connection, in the order it was done.

    `sent_at` is the device's clock at the moment of sending: with it a clock that is wrong is corrected.
    """

    items: tuple[msgspec.Raw, ...]
    sent_at: Annotated[datetime | None, Meta(extra_json_schema={"format": "date-time"})] = None


class Read(Struct, frozen=True):
    """An item that could be read, under the key and digest that make it happen once."""

    item: Item
    key: str
    digest: bytes
    seen: Seen


_batches = msgspec.json.Decoder(Batch)
_items = msgspec.json.Decoder(Item)
_named = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_batch(body: bytes) -> Batch:
    """Return a batch, its items not read yet; raise Refusal `field.malformed` or `field.too_many`."""
    try:
        batch = _batches.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("field.malformed", trouble=str(error)[:200]) from error
    if len(batch.items) > MOST:
        raise Refusal("field.too_many", most=MOST, given=len(batch.items))
    if batch.sent_at is not None and batch.sent_at.tzinfo is None:
        raise Refusal("field.no_zone", given=batch.sent_at.isoformat())
    return batch


def behind(batch: Batch, now: datetime) -> int:
    """Return by how many seconds a device's clock is behind ours (negative: ahead); a little is nothing."""
    if batch.sent_at is None:
        return 0
    difference = now - batch.sent_at
    return 0 if abs(difference) <= TOLERANCE else round(difference.total_seconds())


def read_item(raw: msgspec.Raw, *, clock_behind: int, now: datetime) -> Read:
    """Return an item; raise Refusal `field.malformed`, `field.bad_id` and those about its time."""
    try:
        item = _items.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("field.malformed", trouble=str(error)[:200]) from error
    if not 0 < len(item.id) <= KEY_LONGEST or not item.id.isprintable():
        raise Refusal("field.bad_id", longest=KEY_LONGEST)
    if (item.open is None) is not (item.step != "" and item.matter != ""):
        raise Refusal("field.neither", id=item.id)
    if item.open is None and item.then is not None:
        raise Refusal("field.neither", id=item.id)
    digest = sha256(msgspec.json.encode(item, order="sorted")).digest()
    return Read(item, PREFIX + item.id, digest, _seen(item, clock_behind, now))


def id_of(raw: msgspec.Raw) -> str:
    """Return the id of an item that cannot be read, as far as it has one."""
    try:
        return msgspec.json.decode(_named.decode(raw)["id"], type=str)[:KEY_LONGEST]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        return ""


def _seen(item: Item, clock_behind: int, now: datetime) -> Seen:
    if item.at.tzinfo is None:
        raise Refusal("field.no_zone", given=item.at.isoformat())
    try:
        at = item.at.astimezone(UTC)
        meant = at + timedelta(seconds=clock_behind)
    except OverflowError:
        raise Refusal("field.too_old", given=item.at.isoformat(), days=OLDEST.days) from None
    if meant > now + TOLERANCE:
        raise Refusal("field.in_future", given=item.at.isoformat(), now=now.isoformat())
    if meant < now - OLDEST:
        raise Refusal("field.too_old", given=item.at.isoformat(), days=OLDEST.days)
    return Seen(at=at, behind=clock_behind)
