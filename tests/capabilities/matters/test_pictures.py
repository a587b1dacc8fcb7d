"""Pictures made anew aside: a few at a time, nothing left behind whatever happens to whoever uploads."""

import asyncio
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from fakes.pictures import PNG, a_photograph, a_picture
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Pictures, take_in
from yuzhi.capabilities.matters._files import media_type_of
from yuzhi.store.disk import DiskFiles
from yuzhi.store.memory.files import MemoryFiles

MOST = 1_000_000


async def pieces(content: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def left(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


async def test_a_picture_is_lent_and_gone(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    async with pictures.remade(pieces(a_photograph()), most=MOST) as made:
        content = b"".join([piece async for piece in made.pieces()])
        assert media_type_of(content) == made.media_type == "image/jpeg"
        assert left(tmp_path)
    assert left(tmp_path) == []


async def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path)
    for content, most, code in (
        (PNG[:40], MOST, "file.picture_broken"), (PNG, len(PNG) - 1, "file.too_large"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            async with pictures.remade(pieces(content), most=most):
                pass
        assert refused.value.code == code
        assert left(tmp_path) == []


async def test_who_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    pictures, begun = Pictures(tmp_path), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield PNG[:50]
        begun.set()
        await asyncio.sleep(60)

    async def upload() -> None:
        async with pictures.remade(slow(), most=MOST):
            pass

    uploading = asyncio.create_task(upload())
    await begun.wait()
    assert left(tmp_path)
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    assert left(tmp_path) == []


async def test_no_more_wait_than_there_is_room_for(tmp_path: Path) -> None:
    pictures, go = Pictures(tmp_path, waiting=2), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        await go.wait()
        yield PNG

    async def upload() -> str:
        async with pictures.remade(slow(), most=MOST) as made:
            return made.media_type

    uploading = [asyncio.create_task(upload()) for _ in range(2)]
    await asyncio.sleep(0.05)
    with pytest.raises(Refusal) as refused:
        await upload()
    assert (refused.value.code, refused.value.facts["retry_after"]) == ("store.busy", 5)
    go.set()
    assert await asyncio.gather(*uploading) == ["image/png"] * 2
    assert await upload() == "image/png"


async def test_a_decoder_that_never_ends_is_ended(tmp_path: Path) -> None:
    program = tmp_path / "endless.py"
    program.write_text("while True: pass", encoding="utf-8")
    pictures = Pictures(tmp_path / "aside", program=program, patience=0.3)
    with pytest.raises(Refusal) as refused:
        async with pictures.remade(pieces(PNG), most=MOST):
            pass
    assert refused.value.code == "file.picture_broken"
    assert left(tmp_path / "aside") == []


async def test_a_decoder_that_breaks_down_costs_nobody_else(tmp_path: Path) -> None:
    program = tmp_path / "broken.py"
    program.write_text("import os; os.abort()", encoding="utf-8")
    pictures = Pictures(tmp_path / "aside", program=program)
    with pytest.raises(Refusal) as refused:
        async with pictures.remade(pieces(PNG), most=MOST):
            pass
    assert refused.value.code == "file.picture_broken"


async def test_a_large_photograph_is_made_smaller_and_stays_in_shape(tmp_path: Path) -> None:
    content = BytesIO()
    Image.new("L", (8000, 6000), 90).save(content, "JPEG")
    async with Pictures(tmp_path).remade(pieces(content.getvalue(), 65_536), most=MOST) as made:
        assert (made.width, made.height) == (4000, 3000)


async def test_colours_are_told_without_their_profile(tmp_path: Path) -> None:
    """What a camera's own profile says of colours is worked in; the profile itself is gone."""
    from_camera = a_picture("PNG", icc_profile=b"not a profile")
    async with Pictures(tmp_path).remade(pieces(from_camera), most=MOST) as made:
        content = b"".join([piece async for piece in made.pieces()])
    with Image.open(BytesIO(content)) as picture:
        assert "icc_profile" not in picture.info
        assert picture.getpixel((0, 0)) == (255, 0, 0)


async def test_what_is_no_picture_is_kept_as_it_is(tmp_path: Path) -> None:
    files = MemoryFiles()
    kept = await take_in(files, Pictures(tmp_path), pieces(b"%PDF-1.7 and more"), most=MOST)
    assert (kept.media_type, kept.size) == ("application/pdf", 17)
    assert await files.has(kept.file)


async def test_what_was_left_is_swept(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "tmp1.made").write_bytes(b"x")
    assert files.sweep(older_than=0) == 0
    assert files.sweep(older_than=2**40) == 1


async def test_pictures_are_no_business_of_the_server() -> None:
    """Whatever a decoder holds, it holds in a process of its own: ours never loads one."""
    code = (
        "import sys, yuzhi.capabilities.matters;"
        "sys.exit(any(name.startswith('PIL.') and 'Plugin' in name for name in sys.modules))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0
