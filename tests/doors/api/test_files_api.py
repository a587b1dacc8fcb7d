"""Files over HTTP: believed by their first bytes only, given out through a matter one may see."""

import asyncio
import hashlib
import struct
import time
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response
from PIL import Image

from fakes.pictures import CAMERA, PLACE, PNG, a_photograph, a_picture
from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, a_matter, served
from yuzhi.store.memory.files import MemoryFiles

pytestmark = pytest.mark.asyncio(loop_scope="module")

PDF = b"%PDF-1.7\n" + bytes(range(200))
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


async def kept(city: Served, content: bytes = PDF) -> str:
    answer = await put(city, content)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["file"]
    return name


async def test_a_file_is_kept_by_what_it_holds(city: Served) -> None:
    answer = await put(
        city, PDF, **{"Content-Type": "text/html", "Content-Disposition": 'filename="../../x.html"'}
    )
    assert answer.status_code == 201
    assert answer.json() == {
        "file": hashlib.sha256(PDF).hexdigest(), "size": len(PDF), "media_type": "application/pdf",
        "width": None, "height": None, "place": None,
    }  # fmt: skip
    assert (await put(city, PDF)).json() == answer.json()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"), (b"ID3\x04", "audio/mpeg"), (b"#!AMR\n", "audio/amr"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"), (b"\x00\x00\x00\x14ftypisom", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/mp4"), (b"\x00\x00\x00\x14ftypM4A ", "audio/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
    ],
)  # fmt: skip
async def test_what_a_file_is(city: Served, head: bytes, media_type: str) -> None:
    assert (await put(city, head + b"\x00" * 100)).json()["media_type"] == media_type


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (a_photograph(), "image/jpeg"), (a_picture("JPEG", mode="L"), "image/jpeg"),
        (a_picture("PNG"), "image/png"), (a_picture("PNG", mode="RGBA"), "image/png"),
        (a_picture("PNG", mode="P"), "image/png"), (a_picture("GIF", mode="P"), "image/png"),
        (a_picture("WEBP"), "image/jpeg"), (a_picture("WEBP", mode="RGBA"), "image/png"),
    ],
)  # fmt: skip
async def test_pictures_are_made_anew(city: Served, content: bytes, media_type: str) -> None:
    told = (await put(city, content)).json()
    assert told["media_type"] == media_type
    assert (await put(city, content)).json() == told, "the same picture is the same file"
    made = await stored(city, told["file"])
    assert hashlib.sha256(made).hexdigest() == told["file"]
    with Image.open(BytesIO(made)) as picture:
        assert picture.get_format_mimetype() == media_type
        assert picture.size == (told["width"], told["height"])
        assert not dict(picture.getexif())
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_where_a_picture_was_taken_is_offered_and_not_kept(city: Served) -> None:
    told = (await put(city, a_photograph())).json()
    assert (told["place"]["lon"], told["place"]["lat"]) == PLACE
    made = await stored(city, told["file"])
    assert CAMERA.encode() not in made
    assert b"Exif" not in made
    assert (await put(city, made)).json()["place"] is None


@pytest.mark.parametrize(
    "place",
    [
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (29.0, 52.0, 12.5)}, {1: "N", 2: 7.0, 3: "E", 4: 8.0},
    ],
)  # fmt: skip
async def test_a_place_that_is_none_is_not_offered(city: Served, place: dict[int, Any]) -> None:
    assert (await put(city, a_photograph(place=place))).json()["place"] is None


async def test_a_place_in_the_south_and_west(city: Served) -> None:
    place = {1: "S", 2: (33.0, 30.0, 0.0), 3: "W", 4: (70.0, 30.0, 0.0)}
    assert (await put(city, a_photograph(place=place))).json()["place"] == {"lon": -70.5, "lat": -33.5}


async def test_a_picture_lying_on_its_side_is_turned_upright(city: Served) -> None:
    told = (await put(city, a_photograph((64, 48), turned=6))).json()
    assert (told["width"], told["height"]) == (48, 64)


async def test_only_the_first_of_moving_pictures_is_kept(city: Served) -> None:
    frames = [Image.new("P", (8, 6), n) for n in range(5)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    made = await stored(city, (await put(city, out.getvalue())).json()["file"])
    with Image.open(BytesIO(made)) as picture:
        assert getattr(picture, "n_frames", 1) == 1


async def test_what_hangs_behind_a_picture_is_left_behind(city: Served) -> None:
    hidden = b"<script>alert(1)</script>" + b"PK\x03\x04"
    for content in (a_picture("PNG") + hidden, a_photograph() + hidden):
        assert hidden not in await stored(city, (await put(city, content)).json()["file"])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(side: int) -> bytes:
    """Return a few bytes that say they are a picture of that many pixels each way."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bomb(20_000), "file.too_many_pixels"), (bomb(2**31 - 1), "file.too_many_pixels"),
        (bomb(3_000), "file.picture_broken"), (PNG[:40], "file.picture_broken"),
        (PNG[:20] + b"\xff" * 200, "file.picture_broken"),
        (b"\xff\xd8\xff" + b"x" * 200, "file.picture_broken"),
        (b"GIF89a" + b"<script>alert(1)</script>", "file.picture_broken"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"x" * 99, "file.picture_broken"),
        (b"RIFF\x00\x00\x00\x00CDXA" + b"WEBP" * 9, "file.type_not_allowed"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, "file.format_not_read"),
        (b"\x00\x00\x00\x18ftypavif" + b"\x00" * 99, "file.format_not_read"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mif1" + b"\x00" * 99, "file.format_not_read"),
        (b"\x00\x00\x00\x18ftypabcd" + b"\x00" * 99, "file.type_not_allowed"),
    ],
)  # fmt: skip
async def test_pictures_that_are_none_or_would_burst(city: Served, content: bytes, told: str) -> None:
    before = kept_files(city)
    answer = await put(city, content)
    assert answer.status_code in {415, 422}
    assert code(answer) == told
    assert kept_files(city) == before, "nothing is half written"


async def test_a_profile_that_would_burst_is_left_packed(city: Served) -> None:
    profile = b"icc\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    at = PNG.index(b"IDAT") - 4
    answer = await put(city, PNG[:at] + chunk(b"iCCP", profile) + PNG[at:])
    assert answer.status_code in {201, 422}


async def test_the_server_answers_others_while_it_works_at_pictures(city: Served) -> None:
    large = a_picture("PNG", (3000, 2000))
    working = [asyncio.create_task(put(city, large)) for _ in range(4)]
    slowest = 0.0
    while not all(one.done() for one in working):
        begun = time.perf_counter()
        assert (await city.get("/matters/count")).status_code == 200
        slowest = max(slowest, time.perf_counter() - begun)
    assert {(await one).status_code for one in working} == {201}
    assert slowest < 1


def kept_files(city: Served) -> set[str]:
    folder = city.assembly.settings.home / "files"
    return {str(one) for one in folder.rglob("*") if one.is_file()}


async def stored(city: Served, file: str) -> bytes:
    return b"".join([piece async for piece in city.needs.files.read(file)])


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
    large = PDF + b"x" * (MOST - len(PDF))
    assert (await put(city, large)).json()["size"] == MOST
    answer = await put(city, large + b"x")
    assert answer.status_code == 413
    assert code(answer) in {"file.too_large", "request.too_large"}


async def test_an_upload_without_end_is_cut_off(city: Served) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield PDF
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
        assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
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
    content = PDF + b"gone"
    file = await kept(city, content)
    opened = await city.opened(attachments=[{"file": file}])
    (city.assembly.settings.home / "files" / file[:2] / file[2:4] / file).unlink()
    answer = await city.get(f"/matters/{opened['id']}/files/{file}")
    assert (answer.status_code, code(answer)) == (404, "file.unknown")


async def test_no_room_for_files_is_told(own_database: str, city: Served) -> None:
    home = city.assembly.settings.home  # with the keys to what lies in the database
    async with served(own_database, home, is_laid=True, files=MemoryFiles(room=100)) as full:
        answer = await put(full, PDF)
        assert (answer.status_code, code(answer)) == (503, "store.full")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await full.post("/matters", a_matter())).status_code == 201
