"""One contract for both places of files, then what only the disk can get wrong."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.disk import DiskFiles
from yuzhi.store.files import Files, is_sha256
from yuzhi.store.memory.files import MemoryFiles

MOST = 10_000_000


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def broken(first: bytes) -> AsyncIterator[bytes]:
    yield first
    raise ConnectionResetError


async def content(files: Files, sha256: str) -> bytes:
    return b"".join([piece async for piece in files.read(sha256)])


@pytest.fixture(params=["disk", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return DiskFiles(tmp_path / "files") if request.param == "disk" else MemoryFiles()


def kept(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_what_is_put_can_be_read(files: Files) -> None:
    stored = await files.put(pieces(b"a pot", b"", b"hole"), most=MOST)
    assert stored.sha256 == hashlib.sha256(b"a pothole").hexdigest()
    assert stored.size == 9
    assert await files.size(stored.sha256) == 9
    assert await files.has(stored.sha256)
    assert await content(files, stored.sha256) == b"a pothole"


async def test_an_empty_file_is_a_file(files: Files) -> None:
    stored = await files.put(pieces(), most=MOST)
    assert stored.sha256 == hashlib.sha256(b"").hexdigest()
    assert await content(files, stored.sha256) == b""


async def test_the_same_content_twice_is_one_file(files: Files) -> None:
    assert await files.put(pieces(b"ab"), most=MOST) == await files.put(pieces(b"a", b"b"), most=MOST)


async def test_more_than_may_be_is_refused_while_it_comes(files: Files) -> None:
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield b"x" * 100

    with pytest.raises(Refusal) as refused:
        await files.put(endless(), most=250)
    assert (refused.value.code, refused.value.facts["most"], asked) == ("file.too_large", 250, 3)
    assert (await files.put(pieces(b"x" * 250), most=250)).size == 250


async def test_an_upload_that_breaks_off_leaves_nothing(files: Files) -> None:
    with pytest.raises(ConnectionResetError):
        await files.put(broken(b"half"), most=MOST)
    with pytest.raises(Refusal) as refused:
        await files.size(hashlib.sha256(b"half").hexdigest())
    assert refused.value.code == "file.unknown"


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "0" * 64, "/" + "0" * 63, "０" * 64, "\0" * 64]
)
async def test_a_name_that_is_not_there_is_refused(files: Files, name: str) -> None:
    for reading in (files.size(name), content(files, name)):
        with pytest.raises(Refusal) as refused:
            await reading
        assert refused.value.code == "file.unknown"
    assert not await files.has(name)


async def test_no_room_in_memory() -> None:
    files = MemoryFiles(room=5)
    await files.put(pieces(b"1234"), most=MOST)
    with pytest.raises(Refusal) as refused:
        await files.put(pieces(b"56"), most=MOST)
    assert refused.value.code == "store.full"


async def test_content_lies_two_folders_deep_and_nothing_beside_it(tmp_path: Path) -> None:
    stored = await DiskFiles(tmp_path).put(pieces(b"x"), most=MOST)
    assert kept(tmp_path) == [tmp_path / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256]
    with pytest.raises(ConnectionResetError):
        await DiskFiles(tmp_path).put(broken(b"half"), most=MOST)
    with pytest.raises(Refusal):
        await DiskFiles(tmp_path).put(pieces(b"long"), most=2)
    assert len(kept(tmp_path)) == 1


async def test_a_file_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    await files.put(pieces(b"x"), most=MOST)
    before = kept(tmp_path)[0].stat()
    await files.put(pieces(b"x"), most=MOST)
    after = kept(tmp_path)[0].stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


async def test_damage_is_found_on_reading(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    stored = await files.put(pieces(b"one"), most=MOST)
    kept(tmp_path)[0].write_bytes(b"two")
    with pytest.raises(Refusal) as refused:
        await content(files, stored.sha256)
    assert refused.value.code == "file.damaged"


async def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    await files.put(pieces(b"x"), most=MOST)
    left = tmp_path / "aside" / "left"
    left.write_bytes(b"half")
    assert files.sweep(older_than=left.stat().st_mtime - 1) == 0
    assert files.sweep(older_than=left.stat().st_mtime + 1) == 1
    assert len(kept(tmp_path)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    class Full(DiskFiles):
        """A disk that takes the name of a file and then not a byte more."""

        def _open_aside(self) -> Any:
            out = super()._open_aside()
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, out.fileno())
            os.close(full)
            return out

    with pytest.raises(Refusal) as refused:
        await Full(tmp_path).put(pieces(b"x" * 100_000), most=MOST)
    assert refused.value.code == "store.full"
    assert kept(tmp_path) == []


def test_only_a_digest_is_a_name() -> None:
    assert is_sha256(hashlib.sha256(b"").hexdigest())
    assert not is_sha256("g" * 64)
