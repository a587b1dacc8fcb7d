"""CloudEvents 1.0 over HTTP (cloudevents.io, HTTP protocol binding): structured, batched and binary mode."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sensors._readings import MOST, Reading, read_data

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
VERSION = "1.0"
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Event(Struct, frozen=True):
    """The attributes of an event that we use; extensions are passed over."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str = ""
    time: datetime | None = None
    datacontenttype: str = "application/json"
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str = ""


_one = msgspec.json.Decoder(Event)
_many = msgspec.json.Decoder(list[msgspec.Raw])


class Told(Struct, frozen=True):
    """What an event held: readings, or why there are none. `id` is the event's own, empty if it has none."""

    id: str
    readings: Sequence[Reading] = ()
    refusal: Refusal | None = None


def read_events(headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Told]:
    """Return what each event of a request held, in order; one that cannot be read spoils no other of a batch.

    The readings of an event may name sensor and quantity; otherwise its subject and the last part of its type
    do. Raises Refusal `sensor.no_cloudevent`, `sensor.malformed` and `sensor.too_many` for the whole.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCHED:
        try:
            events = _many.decode(body)
        except _MALFORMED as error:
            raise Refusal("sensor.malformed", trouble=str(error)[:200]) from error
        if len(events) > MOST:
            raise Refusal("sensor.too_many", most=MOST, given=len(events))
        return [_told(bytes(event), now) for event in events]
    told = _told(body, now) if kind == STRUCTURED else _binary(headers, kind, body, now)
    if told.refusal is not None:
        raise told.refusal
    return [told]


def _told(raw: bytes, now: datetime) -> Told:
    try:
        event = _one.decode(raw)
    except _MALFORMED as error:
        return Told("", refusal=Refusal("sensor.no_cloudevent", trouble=str(error)[:200]))
    return _checked(event, now)


def _binary(headers: Mapping[str, str], kind: str, body: bytes, now: datetime) -> Told:
    given: dict[str, object] = {
        name: unquote(headers[f"ce-{name}"])
        for name in ("specversion", "id", "source", "type", "subject", "time")
        if f"ce-{name}" in headers
    }
    try:
        event = msgspec.convert({**given, "datacontenttype": kind}, Event, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal("sensor.no_cloudevent", trouble=str(error)[:200]) from error
    return _checked(msgspec.structs.replace(event, data=msgspec.Raw(body)), now)


def _checked(event: Event, now: datetime) -> Told:
    try:
        _check(event)
        readings = read_data(
            _data_of(event),
            sensor=event.subject,
            quantity=event.type.rpartition(".")[2],
            at=event.time or now,
        )
    except Refusal as refusal:
        return Told(event.id[:200], refusal=refusal)
    return Told(event.id[:200], readings)


def _check(event: Event) -> None:
    if event.specversion != VERSION or not (event.id and event.source and event.type):
        raise Refusal("sensor.no_cloudevent", trouble="specversion 1.0, id, source and type are needed")
    kind = event.datacontenttype.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Refusal("sensor.no_cloudevent", trouble="the data must be application/json")


def _data_of(event: Event) -> bytes:
    if not event.data_base64:
        return bytes(event.data)
    try:
        return base64.b64decode(event.data_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal("sensor.malformed", trouble=str(error)[:200]) from error
