"""What instruments send: read as it is meant, or refused with a code."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.sensors import Reading, read_events, read_message, read_sensors

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
EARLIER = "2026-07-01T15:59:00+08:00"
AT = datetime(2026, 7, 1, 7, 59, tzinfo=UTC)
STRUCTURED, BATCHED = "application/cloudevents+json", "application/cloudevents-batch+json; charset=utf-8"


def event(**more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "1", "source": "urn:gauges", "type": "city.water_depth", "subject": "g1",
        "time": EARLIER, "data": {"value": 170}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "payload", "read"),
    [
        ("yuzhi/readings/g1/depth", b"170", [Reading("g1", "depth", 170, NOW)]),
        ("a/g1/depth", b"true", [Reading("g1", "depth", 1, NOW)]),
        ("a/g1/depth", b'{"value": 1.5, "at": "%s"}' % EARLIER.encode(), [Reading("g1", "depth", 1.5, AT)]),
        (
            "x",
            b'[{"value": 1, "sensor": "a", "quantity": "q"}, {"value": 2, "sensor": "b", "quantity": "q"}]',
            [Reading("a", "q", 1, NOW), Reading("b", "q", 2, NOW)],
        ),
    ],
)
def test_messages(topic: str, payload: bytes, read: list[Reading]) -> None:
    assert list(read_message(topic, payload, NOW)) == read


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "sensor.malformed"), (b"wet", "sensor.malformed"), (b'"170"', "sensor.malformed"),
        (b"null", "sensor.malformed"), (b"\xff\xfe", "sensor.malformed"), (b"[" * 9999, "sensor.malformed"),
        (b"1e999", "sensor.malformed"), (b'{"value": 1, "at": "2026-07-01T08:00:00"}', "sensor.no_zone"),
        (b'{"value": 1, "at": "0001-01-01T00:00:00+14:00"}', "sensor.malformed"),
        (b"1" + b" " * (256 * 1024), "sensor.too_large"),
        (b"[" + b'{"value":1},' * 1000 + b'{"value":1}]', "sensor.too_many"),
        (b'{"value": 1, "sensor": "a\\u0000"}', "sensor.bad_name"),
    ],
)  # fmt: skip
def test_what_is_no_message(payload: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_message("a/g1/depth", payload, NOW)
    assert refused.value.code == code


def test_the_three_modes_say_the_same() -> None:
    wanted = Reading("g1", "water_depth", 170, AT)
    plain = json.dumps(event()).encode()
    packed = json.dumps(event(data=None, data_base64=base64.b64encode(b'{"value":170}').decode())).encode()
    headers = {
        "content-type": "application/json", "ce-specversion": "1.0", "ce-id": "1", "ce-source": "urn:gauges",
        "ce-type": "city.water_depth", "ce-subject": "g%31", "ce-time": EARLIER, "ce-extension": "x",
    }  # fmt: skip
    for told in (
        read_events({"content-type": STRUCTURED}, plain, NOW),
        read_events({"content-type": STRUCTURED}, packed, NOW),
        read_events({"content-type": BATCHED}, b"[" + plain + b"]", NOW),
        read_events(headers, b'{"value":170}', NOW),
    ):
        assert [list(one.readings) for one in told] == [[wanted]]


def test_an_event_of_a_batch_spoils_no_other() -> None:
    events = [
        event(),
        7,
        event(specversion="0.3"),
        event(data={"value": "x"}),
        event(id=""),
        event(subject="g2"),
    ]
    told = read_events({"content-type": BATCHED}, json.dumps(events).encode(), NOW)
    assert [one.refusal.code if one.refusal else one.readings[0].sensor for one in told] == [
        "g1", "sensor.no_cloudevent", "sensor.no_cloudevent", "sensor.malformed", "sensor.no_cloudevent",
        "g2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"{}", "sensor.no_cloudevent"),
        ({"content-type": "application/json"}, json.dumps(event()).encode(), "sensor.no_cloudevent"),
        ({"content-type": STRUCTURED}, b"{", "sensor.no_cloudevent"),
        ({"content-type": STRUCTURED}, b"", "sensor.no_cloudevent"),
        ({"content-type": BATCHED}, b"{}", "sensor.malformed"),
        ({"content-type": BATCHED}, b"[" + b"{}," * 1000 + b"{}]", "sensor.too_many"),
        (
            {"content-type": STRUCTURED},
            json.dumps(event(datacontenttype="text/plain")).encode(),
            "sensor.no_cloudevent",
        ),
        ({"content-type": STRUCTURED}, json.dumps(event(data_base64="%")).encode(), "sensor.malformed"),
    ],
)
def test_what_is_no_event(headers: dict[str, str], body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_events(headers, body, NOW)
    assert refused.value.code == code


def test_the_list_of_sensors() -> None:
    (one,) = read_sensors("id,name,territory,lon,lat\ng1,解放桥水尺,,121.55,29.88\n", source="s")
    assert (one.id, one.lon, one.lat) == ("g1", 121.55, 29.88)
    with pytest.raises(Refusal) as refused:
        read_sensors(
            "id,name,territory,lon,lat\n,a,3302,,\nb,b,,,\nc,c,,200,1\nd,d,3302,,\nd,d,3302,,\n", source="s"
        )
    errors: Any = refused.value.facts["errors"]
    assert [(one.facts["line"], one.code) for one in errors] == [
        (2, "sensor.bad_name"), (3, "sensor.nowhere"), (4, "place.bad_point"), (6, "sensor.twice"),
    ]  # fmt: skip
    with pytest.raises(Refusal) as refused:
        read_sensors("id,name,territory\na,a,3302\n", source="s", knows_territory=lambda _: False)
    errors = refused.value.facts["errors"]
    assert [(one.facts["line"], one.code) for one in errors] == [(2, "territory.unknown")]
    with pytest.raises(Refusal) as refused:
        read_sensors("id,height\n", source="s")
    assert refused.value.code == "sensor.bad_columns"
