"""Open311 GeoReport v2 as a client sees it: documents, arguments, errors, and two clients not ours."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import pytest_asyncio
from httpx import Response

from fakes.served import CLERK, NEAR, Served, listening, served
from fakes.town import all_duties

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "0123456789abcdef"
LAMP = "citizen-request.urban.road.lamp"
CLIENTS = Path(__file__).parents[2] / "fakes" / "georeport_clients.py"
POSTED = {
    "api_key": KEY, "service_code": LAMP, "address_string": "首南街道", "attribute[kind]": "complaint",
    "description": "路灯坏了\n已经三天",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One town for all tests here."""
    told: dict[str, Any] = {
        "open311_keys": {"app": KEY},
        "open311_jurisdiction": "city.example",
        "public_contact": "12345",
    }
    async with served(own_database, tmp_path_factory.mktemp("home"), **told) as made:
        yield made


async def get(city: Served, path: str, **asked: Any) -> Response:
    return await city.client.get(f"/open311/v2/{path}", params=asked)


async def post(city: Served, form: str = "json", **said: Any) -> Response:
    given = {**POSTED, **said}
    data = {name: value for name, value in given.items() if value is not None}
    return await city.client.post(f"/open311/v2/requests.{form}", data=data)


async def posted(city: Served, **said: Any) -> str:
    """Open a request and return its number."""
    answer = await post(city, **said)
    assert answer.status_code == 201, answer.text
    (told,) = answer.json()
    number: str = told["service_request_id"]
    return number


def refused(answer: Response, status: int) -> str:
    """Return the sentence of a refusal, which is a list of one error in the form asked for."""
    assert answer.status_code == status, answer.text
    if answer.headers["content-type"].startswith("text/xml"):
        error = xml(answer)[0]
        assert (xml(answer).tag, error.tag, error[0].tag, error[0].text) == (
            "errors",
            "error",
            "code",
            str(status),
        )
        return error[1].text or ""
    (told,) = answer.json()
    assert told["code"] == status
    assert set(told) == {"code", "description"}
    said: str = told["description"]
    return said


def xml(answer: Response) -> Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    return fromstring(answer.content)


def texts(element: Element) -> dict[str, str | None]:
    return {child.tag: child.text for child in element}


async def test_discovery_says_everything_there_is_to_say(city: Served) -> None:
    for path in ("/open311/discovery.json", "/open311/v2/discovery.json"):
        told = (await city.client.get(path)).json()
        assert set(told) == {"changeset", "contact", "key_service", "endpoints"}
        (endpoint,) = told["endpoints"]
        assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert endpoint["url"].endswith("/open311/v2")
        assert endpoint["formats"] == ["text/xml", "application/json"]
        assert endpoint["type"] == "test"
    root = xml(await city.client.get("/open311/discovery.xml"))
    assert root.tag == "discovery"
    assert [one.text for one in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


async def test_services_are_the_leaves_of_the_catalogues(city: Served) -> None:
    listed = (await get(city, "services.json")).json()
    codes = [one["service_code"] for one in listed]
    assert len(codes) == len(set(codes)) > 150
    assert {LAMP, "citizen-request", "grid-event"} <= set(codes)
    assert "citizen-request.urban.road" not in codes
    assert not any(code.startswith("illegal-building") for code in codes)
    lamp = listed[codes.index(LAMP)]
    assert (lamp["service_name"], lamp["type"], lamp["metadata"]) == ("路灯照明", "realtime", True)
    assert lamp["group"] == "城乡建设"
    assert "路灯" in lamp["keywords"].split(",")
    root = xml(await get(city, "services.xml"))
    assert (root.tag, root[0].tag, len(root)) == ("services", "service", len(listed))
    assert texts(root[codes.index(LAMP)])["metadata"] == "true"


async def test_a_definition_comes_from_the_form(city: Served) -> None:
    told = (await get(city, f"services/{LAMP}.json")).json()
    assert told["service_code"] == LAMP
    kinds, happened, reply, _, before = told["attributes"]
    assert (kinds["code"], kinds["datatype"], kinds["required"], kinds["order"]) == (
        "kind",
        "singlevaluelist",
        True,
        1,
    )
    assert {"key": "complaint", "name": "投诉"} in kinds["values"]
    assert (happened["code"], happened["datatype"]) == ("happened_on", "datetime")
    assert (reply["datatype"], [one["key"] for one in reply["values"]]) == (
        "singlevaluelist",
        ["true", "false"],
    )
    assert [one["key"] for one in before["values"]] == ["no", "once", "several_times"]
    assert [one["order"] for one in told["attributes"]] == [1, 2, 3, 4, 5]
    event = (await get(city, "services/grid-event.event.appearance.rubbish.json")).json()["attributes"]
    assert [(one["code"], one["datatype"]) for one in event] == [
        ("landmark", "string"), ("found_on", "datetime"), ("amount_seen", "number"),
        ("facility_code", "string"), ("is_danger", "singlevaluelist"),
    ]  # fmt: skip
    root = xml(await get(city, f"services/{LAMP}.xml"))
    assert root.tag == "service_definition"
    assert [one.tag for one in root] == ["service_code", "attributes"]
    assert root.find("attributes/attribute/values/value/key") is not None


async def test_what_is_posted_becomes_a_matter(city: Served) -> None:
    number = await posted(
        city, first_name="三", last_name="张", phone="13800000000", email="z@example.com",
        media_url="https://example.com/a.jpg", lat="29.8", long="121.5",
        **{"attribute[happened_on]": "2026-03-01T08:00:00+08:00", "attribute[wants_reply]": "true"},
    )  # fmt: skip
    seen = (await city.get(f"/matters/{number}", CLERK)).json()
    assert (seen["channel"], seen["kind"], seen["category"]) == ("open311", "complaint", "urban/road/lamp")
    assert seen["texts"]["subject"] == "路灯坏了"
    assert seen["texts"]["detail"].endswith("https://example.com/a.jpg")
    assert seen["texts"]["place_words"] == "首南街道"
    assert seen["place"] == {"lon": 121.5, "lat": 29.8}
    assert json.loads(seen["texts"]["form.request"]) == {"happened_on": "2026-03-01", "wants_reply": True}
    assert seen["has_requester"]


async def test_a_territory_may_be_given_as_address_id(city: Served) -> None:
    number = await posted(city, address_string=None, address_id="330212001")
    assert (await city.get(f"/matters/{number}")).json()["territory"] == "330212001"


async def test_a_request_tells_nothing_of_who_asked_nor_what_they_wrote(city: Served) -> None:
    number = await posted(city, first_name="三", last_name="张", phone="13812345678", address_id="330212001")
    (told,) = (await get(city, f"requests/{number}.json")).json()
    assert set(told) == {
        "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
        "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
        "address", "address_id", "zipcode", "lat", "long", "media_url",
    }  # fmt: skip
    assert (told["status"], told["service_code"], told["address_id"]) == ("open", LAMP, "330212001")
    assert told["status_notes"].startswith("我们已收到您的诉求") or told["status_notes"]
    assert told["description"] is None
    for secret in ("13812345678", "张", "路灯坏了", "已经三天"):
        assert secret not in json.dumps(told, ensure_ascii=False)
    assert told["requested_datetime"].endswith("+08:00")
    root = xml(await get(city, f"requests/{number}.xml"))
    assert (root.tag, root[0].tag) == ("service_requests", "request")
    assert texts(root[0])["service_request_id"] == number
    assert texts(root[0])["description"] is None


async def test_extensions_are_given_when_asked_for(city: Served) -> None:
    number = await posted(city)
    (told,) = (await get(city, f"requests/{number}.json", extensions="true")).json()
    assert told["extended_attributes"]["kind"] == "complaint"
    assert told["extended_attributes"]["procedure"] == "citizen-request"
    assert told["extended_attributes"]["channel"] is None  # not among the fields the pack publishes


async def test_open_and_closed_follow_the_matter(city: Served) -> None:
    number = await posted(city, address_id="330212001")
    assert (await city.step(number, "answer-at-once", CLERK, texts={"reply": "已换灯泡"})).status_code in {
        200,
        409,
    }
    state = (await city.get(f"/matters/{number}")).json()["state"]
    if state == "dispatched":
        await city.step(number, "sign", NEAR)
        await city.step(number, "answer", NEAR, texts={"reply": "已换灯泡"}, outcome="solved", form={})
    (told,) = (await get(city, f"requests/{number}.json")).json()
    assert told["status"] == "open"
    assert "已换灯泡" not in told["status_notes"]
    matter = (await city.get(f"/matters/{number}")).json()["id"]
    async with city.pool.acquire() as conn:
        await conn.execute("update matter set state = 'closed', ended_at = now() where id = $1", matter)
    (told,) = (await get(city, f"requests/{number}.json")).json()
    assert told["status"] == "closed"
    assert "已经办结" in told["status_notes"]


async def test_reports_of_wrongdoing_are_not_to_be_found(city: Served) -> None:
    number = await posted(city, **{"attribute[kind]": "report"})
    refused(await get(city, f"requests/{number}.json"), 404)
    assert (await get(city, "requests.json", service_request_id=number)).json() == []


async def test_requests_are_found_by_number_service_status_and_time(city: Served) -> None:
    one, two = (
        await posted(city, address_id="330212001"),
        await posted(city, service_code="citizen-request.urban.road.damage", address_id="330212001"),
    )
    by_number = (
        await get(city, "requests.json", service_request_id=f"{one},{two},999", status="closed")
    ).json()
    assert {told["service_request_id"] for told in by_number} == {one, two}
    lamps = (await get(city, "requests.json", service_code=LAMP)).json()
    assert {told["service_code"] for told in lamps} == {LAMP}
    numbers = {told["service_request_id"] for told in lamps}
    assert one in numbers
    assert two not in numbers
    both = (await get(city, "requests.json", service_code=f"{LAMP},citizen-request.urban.road.damage")).json()
    assert {one, two} <= {told["service_request_id"] for told in both}
    assert all(
        told["status"] == "closed" for told in (await get(city, "requests.json", status="closed")).json()
    )
    assert (await get(city, "requests.json", end_date="2020-01-01T00:00:00Z")).json() == []
    soon = datetime.now(UTC) + timedelta(minutes=5)
    found = (await get(city, "requests.json", end_date=soon.isoformat())).json()
    assert one in {told["service_request_id"] for told in found}
    times = [told["requested_datetime"] for told in found]
    assert times == sorted(times, reverse=True)


async def test_tokens_lead_to_numbers(city: Served) -> None:
    answer = await city.client.post(
        "/open311/v2/requests.json", data=POSTED, headers={"Prefer": "respond-async"}
    )
    (told,) = answer.json()
    assert "service_request_id" not in told
    (behind,) = (await get(city, f"tokens/{told['token']}.json")).json()
    assert behind["token"] == told["token"]
    assert (await get(city, f"requests/{behind['service_request_id']}.json")).status_code == 200
    assert texts(xml(await get(city, f"tokens/{told['token']}.xml"))[0])["token"] == told["token"]
    for token in ("x", "0197d2a5-0000-7000-8000-000000000001", (await city.opened())["id"]):
        refused(await get(city, f"tokens/{token}.json"), 404)


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"api_key": None}, 403),
        ({"api_key": "wrong"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": "nothing"}, 404),
        ({"jurisdiction_id": "elsewhere"}, 404),
        ({"address_string": None}, 400),
        ({"address_string": None, "lat": "29.8"}, 400),
        ({"lat": "north", "long": "121"}, 400),
        ({"lat": "91", "long": "121"}, 400),
        ({"lat": "nan", "long": "121"}, 400),
        ({"address_id": "9999"}, 400),
        ({"description": "长" * 4001}, 400),
        ({"description": "a\x00b"}, 400),
        ({"media_url": "javascript:alert(1)"}, 400),
        ({"attribute[kind]": None}, 400),
        ({"attribute[kind]": "nonsense"}, 400),
        ({"attribute[nothing]": "1"}, 400),
        ({"attribute[kind": "1"}, 400),
        ({"attribute[happened_on]": "yesterday"}, 400),
        ({"attribute[wants_reply]": "perhaps"}, 400),
        ({"attribute[kind][]": ["help", "complaint"]}, 400),
        ({"attribute[asked_before]": ["no", "once"]}, 400),
        ({"service_code": [LAMP, "citizen-request"]}, 400),
    ],
)
async def test_what_is_wrong_is_told_and_opens_nothing(
    city: Served, changed: dict[str, Any], status: int, form: str
) -> None:
    async with city.pool.acquire() as conn:
        before = await conn.fetchval("select count(*) from matter")
    assert refused(await post(city, form, **changed), status)
    async with city.pool.acquire() as conn:
        assert await conn.fetchval("select count(*) from matter") == before
        assert (
            await conn.fetchval("select count(*) from text where matter_id not in (select id from matter)")
            == 0
        )


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-04-02T00:00:00Z"}, 400),
        ({"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, 400),
        ({"start_date": "01/02/2026"}, 400),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, 400),
        ({"end_date": "0001-01-02"}, 400),
        ({"status": "pending"}, 400),
        ({"service_code": "nothing"}, 404),
        ({"jurisdiction_id": "elsewhere"}, 404),
        ({"service_request_id": ",".join(str(n) for n in range(1001))}, 400),
    ],
)
async def test_bad_questions_are_told_so(city: Served, asked: dict[str, str], status: int) -> None:
    for form in ("json", "xml"):
        assert refused(await get(city, f"requests.{form}", **asked), status)


async def test_other_paths_methods_and_bodies_are_refused_in_the_same_form(city: Served) -> None:
    for path in (
        "nothing.json",
        "requests/1/2.json",
        "services/nothing.json",
        "requests/1.json",
        "requests.yaml",
    ):
        refused(await get(city, path), 404)
    refused(await city.client.get("/open311/"), 404)
    refused(await city.client.post("/open311/v2/requests.json", json=POSTED), 400)
    latin = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(await city.client.post("/open311/v2/requests.json", content=b"\xff=1", headers=latin), 400)
    many = "&".join(f"a{n}=1" for n in range(500)).encode()
    refused(await city.client.post("/open311/v2/requests.json", content=many, headers=latin), 400)
    refused(await city.client.post("/open311/v2/requests.json", content=b"x" * 600_000, headers=latin), 413)
    refused(await city.client.post("/open311/v2/requests.json", data=POSTED, files={"media": b"x"}), 400)


async def test_forms_of_several_parts_are_taken_too(city: Served) -> None:
    parts = {name: (None, value) for name, value in POSTED.items()}
    answer = await city.client.post("/open311/v2/requests.json", files=parts)
    assert answer.status_code == 201, answer.text


async def test_a_service_account_opens_with_its_token(city: Served) -> None:
    token = await all_duties(city)  # type: ignore[arg-type]
    number = await posted(city, api_key=token, first_name="Ann", last_name="Lee")
    entries = (await city.get(f"/matters/{number}/journal")).json()["entries"]
    assert entries[0]["by"]["id"] == "p-all"


async def test_clients_that_were_written_for_other_cities_work(city: Served) -> None:
    await posted(city)  # one of them takes a list of one for the one
    known = await posted(city, address_id="330212001")
    async with listening(city.app) as address:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", str(CLIENTS), f"{address}/open311/v2", KEY, known,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    got = json.loads(out)
    for form in ("json", "xml"):
        told = got["georeport"][form]
        assert told["services"] > 150
        assert told["code"] == LAMP
        assert told["definition"]["service_code"] == LAMP
        assert told["one"]["service_request_id"] == known
        assert [one["service_code"] for one in told["requests"]] == [LAMP] * len(told["requests"])
    three = got["three"]
    assert three["discovery"]["endpoints"][0]["specification"].endswith("GeoReport_v2")
    assert three["opened"][0]["service_request_id"]
    assert three["one"][0]["service_request_id"] == three["opened"][0]["service_request_id"]
    assert three["refused"][0]["code"] == 400
    assert three["behind"][0]["token"] == three["token"][0]["token"]
    assert three["between"] == []
    assert three["definition"]["attributes"]
    numbers = {one["service_request_id"] for one in three["listed"]}
    assert {known, three["opened"][0]["service_request_id"]} <= numbers
