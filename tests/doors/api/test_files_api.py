"""Files over HTTP: believed by their first bytes only, given out through a matter one may see."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from httpx import Response

from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, a_matter, served
from yuzhi.store.memory.files import MemoryFiles

pytestmark = pytest.mark.asyncio(loop_scope="module")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
MOST = 400_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(
        own_database, tmp_path_factory.mktemp("home"), max_body=100_000, max_upload=MOST
    ) as made:
        yield made


async def put(city: Served, content: bytes, by: str = CLERK, **headers: str) -> Response:
    return await city.ask("POST", "/files", by, content=content, headers=headers)


def code(answer: Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: str = answer.json()["code"]
    return found


async def kept(city: Served, content: bytes = PNG) -> str:
    answer = await put(city, content)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["file"]
    return name


async def test_a_file_is_kept_by_what_it_holds(city: Served) -> None:
    answer = await put(
        city, PNG, **{"Content-Type": "text/html", "Content-Disposition": 'filename="../../x.html"'}
    )
    assert answer.status_code == 201
    assert answer.json() == {
        "file": hashlib.sha256(PNG).hexdigest(),
        "size": len(PNG),
        "media_type": "image/png",
    }
    assert (await put(city, PNG)).json() == answer.json()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"), (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"), (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"), (b"#!AMR\n", "audio/amr"),
    ],
)  # fmt: skip
async def test_what_a_file_is(city: Served, head: bytes, media_type: str) -> None:
    assert (await put(city, head + b"\x00" * 100)).json()["media_type"] == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF8", b"MZ\x90\x00",
        b"<?xml version='1.0'?><svg/>", b"<!doctype html><script>alert(1)</script>", b"PK\x03\x04",
        b"#!/bin/sh\nrm -rf /",
        b"\xef\xbb\xbf<html>", b" \x89PNG\r\n\x1a\n", b"%PDX", b"{}", b"\x7fELF",
    ],
)  # fmt: skip
async def test_what_is_not_taken(city: Served, content: bytes) -> None:
    answer = await put(city, content, **{"Content-Type": "image/png"})
    assert (answer.status_code, code(answer)) == (415, "file.type_not_allowed")


async def test_an_upload_may_be_larger_than_a_body_but_not_than_it_may(city: Served) -> None:
    large = PNG + b"x" * (MOST - len(PNG))
    assert (await put(city, large)).json()["size"] == MOST
    answer = await put(city, large + b"x")
    assert answer.status_code == 413
    assert code(answer) in {"file.too_large", "request.too_large"}


async def test_an_upload_without_end_is_cut_off(city: Served) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield PNG
        while sent < 100_000_000:
            sent += 50_000
            yield b"x" * 50_000

    answer = await city.ask("POST", "/files", content=endless())
    assert answer.status_code == 413
    assert sent < 2 * MOST


async def test_a_file_is_given_to_who_may_see_its_matter(city: Served) -> None:
    file = await kept(city)
    opened = await city.opened(RESIDENT, channel="web", attachments=[{"file": file, "kind": "photo"}])
    path = f"/matters/{opened['id']}/files/{file}"
    for by in (CLERK, NEAR, RESIDENT):
        answer = await city.get(path, by)
        assert answer.status_code == 200, answer.text
        assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for by in (FAR, ""):
        refused = await city.get(path, by)
        assert (refused.status_code, code(refused)) == (404, "matter.not_found")


async def test_a_file_of_another_matter_is_not_given(city: Served) -> None:
    file = await kept(city)
    await city.opened(attachments=[{"file": file}])
    other = await city.opened()
    answer = await city.get(f"/matters/{other['id']}/files/{file}")
    assert (answer.status_code, code(answer)) == (404, "file.not_found")


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a" * 63, "A" * 64, "%00" * 8, "0" * 64, "a" * 4000]
)
async def test_names_that_are_none(city: Served, name: str) -> None:
    opened = await city.opened(attachments=[{"file": await kept(city)}])
    answer = await city.get(f"/matters/{opened['id']}/files/{name}")
    assert answer.status_code == 404
    assert code(answer) in {"file.not_found", "request.not_found"}


async def test_a_file_nobody_put_in_cannot_be_referred_to(city: Served) -> None:
    answer = await city.post("/matters", a_matter(attachments=[{"file": "b" * 64}]))
    assert (answer.status_code, code(answer)) == (404, "file.not_found")


async def test_a_file_that_is_gone_is_not_found(city: Served) -> None:
    content = PNG + b"gone"
    file = await kept(city, content)
    opened = await city.opened(attachments=[{"file": file}])
    (city.assembly.settings.home / "files" / file[:2] / file[2:4] / file).unlink()
    answer = await city.get(f"/matters/{opened['id']}/files/{file}")
    assert (answer.status_code, code(answer)) == (404, "file.unknown")


async def test_no_room_for_files_is_told(own_database: str, tmp_path: Path, city: Served) -> None:
    async with served(own_database, tmp_path, is_laid=True, files=MemoryFiles(room=100)) as full:
        answer = await put(full, PNG)
        assert (answer.status_code, code(answer)) == (503, "store.full")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await full.post("/matters", a_matter())).status_code == 201
