"""Whatever is sent in: a coded answer that says what is wrong, never a bug, and nothing half-written."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.served import CLERK, Served, a_matter, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLES = ("entry", "matter", "text", "vault_person", "delivery", "idempotency", "assignment", "clock")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home"), max_body=100_000) as made:
        yield made


async def held(city: Served) -> list[int]:
    """Return how many rows each table has."""
    return [await city.pool.fetchval(f"select count(*) from {table}") for table in TABLES]


def refused(answer: Response) -> str:
    """Return the code of a problem that the client could mend."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert told["status"] == answer.status_code
    assert told["title"]
    code: str = told["code"]
    assert "." in code
    return code


def body(**said: Any) -> bytes:
    return json.dumps(a_matter(**said)).encode()


DEEP = b'{"procedure":"citizen-request","form":{"a":' + b"[" * 40_000 + b"]" * 40_000 + b"}}"
MALFORMED = {
    "nothing": b"",
    "half": b'{"procedure": "citizen-request"',
    "trailing": body() + b"}",
    "array": b"[]",
    "text": b'"words"',
    "null": b"null",
    "number": b"7",
    "not utf-8": b'{"subject": "\xff\xfe"}',
    "surrogate bytes": b'{"subject": "\xed\xa0\x80"}',
    "lone surrogate": body(subject="SUBJECT").replace(b"SUBJECT", b"\\ud800"),
    "other half": body(subject="SUBJECT").replace(b"SUBJECT", b"\\udc00 x"),
    "single quotes": b"{'procedure': 'x'}",
    "not a number": body(lon=0.5, lat=1.5).replace(b"0.5", b"NaN"),
    "infinite": body(lon=0.5, lat=1.5).replace(b"0.5", b"1e999"),
    "deep": DEEP,
    "fairly deep": DEEP.replace(b"[" * 39_500, b"").replace(b"]" * 39_500, b""),
    "form": b"procedure=citizen-request&subject=x",
    "nul": b"\x00" * 20,
    "byte order mark": b"\xef\xbb\xbf" + body(),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_json_of_ours(city: Served, name: str) -> None:
    before = await held(city)
    headers = {"Content-Type": "application/json"}
    answer = await city.ask("POST", "/matters", content=MALFORMED[name], headers=headers)
    assert refused(answer) in {"request.malformed", "form.invalid"}, name
    assert await held(city) == before


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a number for a text": ({"subject": 7}, "request.malformed"),
    "a text for a number": ({"lon": "east"}, "request.malformed"),
    "a list for a text": ({"detail": ["a"]}, "request.malformed"),
    "null for a text": ({"kind": None}, "request.malformed"),
    "an unknown field": ({"colour": "red"}, "request.malformed"),
    "an unknown field of the person": ({"requester": {"name": "a", "shoe": 43}}, "request.malformed"),
    "a person that is none": ({"requester": "Wang"}, "request.malformed"),
    "a form that is none": ({"form": [1]}, "request.malformed"),
    "attachments that are none": ({"attachments": [7]}, "request.malformed"),
    "an unknown procedure": ({"procedure": "no-such"}, "procedure.unknown"),
    "an unknown territory": ({"territory": "999999999999"}, "territory.unknown"),
    "a territory that is no code": ({"territory": "'; drop table matter; --"}, "territory.unknown"),
    "a territory with a nul": ({"territory": "33\x00"}, "territory.unknown"),
    "a long territory": ({"territory": "3" * 5000}, "territory.unknown"),
    "a subject too long": ({"subject": "路" * 201}, "text.too_long"),
    "a detail too long": ({"detail": "a" * 20_001}, "text.too_long"),
    "a nul": ({"subject": "a\x00b"}, "text.control_character"),
    "an escape": ({"detail": "\x1b[2J"}, "text.control_character"),
    "a nul in a name": ({"requester": {"name": "a\x00"}}, "text.control_character"),
    "a form with a nul": ({"form": {"asked_before": "\x00"}}, "form.invalid"),
    "a form with what it has not": ({"form": {"x": 1}}, "form.invalid"),
    "a form with a large number": ({"form": {"wants_reply": 10**300}}, "form.invalid"),
    "a point alone": ({"lon": 121.5}, "place.bad_point"),
    "a point beyond the earth": ({"lon": 500.0, "lat": 1.0}, "place.bad_point"),
    "a point beyond all numbers": ({"lon": 1e308, "lat": -1e308}, "place.bad_point"),
    "a file that is not there": ({"attachments": [{"file": "a" * 64}]}, "file.not_found"),
    "a file that is a path": ({"attachments": [{"file": "../../etc/passwd"}]}, "file.not_found"),
    "a category that is none": ({"category": "\x00"}, "category.unknown"),
    "a kind that is none": ({"kind": "x" * 5000}, "opening.unknown_kind"),
    "no subject": ({"subject": "\u3000"}, "opening.subject_missing"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_may_not_be_so(city: Served, name: str) -> None:
    said, code = WRONG[name]
    before = await held(city)
    assert refused(await city.post("/matters", a_matter(**said))) == code
    assert await held(city) == before


async def test_a_body_too_large_is_refused_before_it_is_read(city: Served) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 50_000
            yield b"x" * 50_000

    answer = await city.ask(
        "POST", "/matters", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, refused(answer)) == (413, "request.too_large")
    assert sent < 1_000_000
    told = {"Content-Type": "application/json", "Content-Length": "99999999"}
    answer = await city.ask("POST", "/matters", content=b"{}", headers=told)
    assert (answer.status_code, refused(answer)) == (413, "request.too_large")


STRANGE = (
    "\x00", "a\x00b", "\ud7ff", "'; select 1; --", "%00", "../..", "x" * 3000, "１", "-1", "null", "{}",
    "\r\nX: y",
)  # fmt: skip
NAMES = (
    "territory",
    "procedure",
    "state",
    "kind",
    "urgency",
    "category",
    "channel",
    "unit",
    "outcome",
    "after",
)


@pytest.mark.parametrize("value", STRANGE)
async def test_strange_filters(city: Served, value: str) -> None:
    for name in NAMES:
        for path in ("/matters", "/matters/count", "/rates"):
            answer = await city.get(path, params={name: value})
            assert answer.status_code == 200 or refused(answer), (path, name)


@pytest.mark.parametrize(
    "said",
    [
        {"order": "oldest"}, {"most": "many"}, {"breached": "perhaps"}, {"before": "yesterday"},
        {"before": "2026-03-02T00:00:00"}, {"opened_from": "2026-03-02"},
        {"opened_to": "0001-01-01T00:00:00+14:00"},
        {"opened_to": "99999-01-01T00:00:00Z"}, {"after": "bm90aGluZw=="}, {"after": ""}, {"by": "moon"},
        {"state": ["x"] * 41}, {"before": "2026-03-02T00:00:00+99:99"},
    ],
)  # fmt: skip
async def test_filters_of_no_use(city: Served, said: dict[str, Any]) -> None:
    paths = ("/rates",) if "by" in said else ("/matters",)
    for path in paths:
        assert refused(await city.get(path, params=said)).startswith(("request.", "list."))


async def test_pages_of_any_size_are_pages(city: Served) -> None:
    for most in ("0", "-5", "1000000", "9" * 40):
        assert (await city.get("/matters", params={"most": most})).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "0" * 16,
        "2026030200000013",
        "%00",
        "..%2f..",
        "a" * 3000,
        "{}",
        "00000000-0000-0000-0000-000000000000",
        "١" * 16,
    ],
)
async def test_matters_that_are_none(city: Served, name: str) -> None:
    for path in ("", "/options", "/journal"):
        assert refused(await city.get(f"/matters/{name}{path}")) in {"matter.not_found", "request.not_found"}
    taken = await city.post(f"/matters/{name}/steps/urge", {})
    assert refused(taken) in {"matter.not_found", "request.not_found"}


@pytest.mark.parametrize("step", ["%00", "a" * 3000, "%ed%a0%80", "取消", " "])
async def test_steps_that_are_none(city: Served, step: str) -> None:
    opened = await city.opened()
    assert refused(await city.post(f"/matters/{opened['id']}/steps/{step}", {})) in {
        "step.unknown",
        "request.not_found",
    }


@pytest.mark.parametrize(
    "said",
    [
        {"version": "one"}, {"version": -1}, {"version": 10**30}, {"amount": "\x00"},
        {"amount": "9" * 500 + " days"},
        {"target": "\x00"}, {"target": "x" * 3000}, {"texts": {"\x00": "a"}}, {"texts": {"reason": "\x00"}},
        {"texts": {"reason": 5}}, {"texts": {str(n): "a" for n in range(500)}}, {"satisfaction": "great"},
        {"reason": "\x00"}, {"lead": "\x00"}, {"co_handlers": "near"}, {"co_handlers": ["near"] * 50},
        {"attachments": [{"file": "a" * 64, "kind": "x"}]}, {"nothing": 1}, {"lon": 1.0, "lat": None},
    ],
)  # fmt: skip
async def test_steps_given_what_is_of_no_use(city: Served, said: dict[str, Any]) -> None:
    opened = await city.opened()
    before = await held(city)
    refused(await city.step(opened["id"], "dispatch", CLERK, **said))
    assert await held(city) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Idempotency-Key", "\xa0"), ("Idempotency-Key", "k" * 201), ("Last-Event-ID", "x"),
        ("Last-Event-ID", "9" * 40), ("Content-Encoding", "gzip"),
        ("X-Yuzhi-Post", "\xff"), ("X-Yuzhi-Post", "p" * 5000), ("Accept-Language", "\xff;q=9;;,,"),
        ("Accept-Language", "en;q=" + "9" * 5000), ("Content-Type", "text/\xff"), ("Accept", "\xff"),
        ("Content-Type", "application/xml"), ("Cookie", "=;=;\xff=\xff"), ("Authorization", "Bearer \xff"),
        ("X-Forwarded-For", "\xff"), ("Origin", "http://[::1"),
    ],
)  # fmt: skip
async def test_headers_of_no_use(city: Served, name: str, value: str) -> None:
    headers = {name: value.encode("latin-1")}
    for method, path in (("GET", "/matters"), ("POST", "/matters"), ("GET", "/procedures")):
        sent = {b"X-Yuzhi-Post": CLERK.encode(), **{key.encode(): one for key, one in headers.items()}}
        content = body() if method == "POST" else None
        request = city.client.build_request(method, f"/api/v1{path}", content=content, headers=sent)
        answer = await city.client.send(request)
        assert answer.status_code < 300 or refused(answer), (method, path)
    if name == "Last-Event-ID":
        assert refused(await city.get("/changes", headers={name: value})) in {
            "list.bad_cursor",
            "request.malformed",
        }


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    *a_matter(),
    "detail",
    "urgency",
    "category",
    "lon",
    "lat",
    "place_words",
    "requester",
    "about_units",
    "form",
    "attachments",
)
words = st.text(max_size=30) | st.sampled_from(
    ("citizen-request", "complaint", "hotline", "330212001", "normal")
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(FIELDS), anything | words, max_size=6))
async def test_whatever_a_matter_is_said_to_be(city: Served, said: dict[str, Any]) -> None:
    before = await held(city)
    answer = await city.ask("POST", "/matters", content=json.dumps(a_matter(**said)).encode())
    if answer.status_code == 201:
        seen = await city.get(f"/matters/{answer.json()['id']}")
        assert seen.status_code == 200
    else:
        refused(answer)
        assert await held(city) == before


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
async def test_whatever_bytes_are_sent(city: Served, sent: bytes) -> None:
    refused(await city.ask("POST", "/matters", content=sent, headers={"Content-Type": "application/json"}))


STEPS = ("dispatch", "classify", "locate", "merge", "refer", "decline", "add-units", "urge", "answer")
SAID = (
    "version",
    "texts",
    "reason",
    "lead",
    "co_handlers",
    "outcome",
    "kind",
    "category",
    "territory",
    "form",
    "lon",
    "lat",
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(STEPS), st.dictionaries(st.sampled_from(SAID), anything | words, max_size=4))
async def test_whatever_a_step_is_said_to_be(city: Served, step: str, said: dict[str, Any]) -> None:
    opened = await city.opened()
    answer = await city.ask(
        "POST", f"/matters/{opened['id']}/steps/{step}", content=json.dumps(said).encode()
    )
    assert answer.status_code == 200 or refused(answer)
