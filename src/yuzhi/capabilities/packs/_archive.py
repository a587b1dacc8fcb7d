"""Reads the files of a pack out of a ZIP archive, within bounds; nothing of it is ever written to disk."""

import io
import zlib
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs._folder import HEAD, LARGEST_FILE, LARGEST_PACK
from yuzhi.engine.parse import MOST_FILES, unsound
from yuzhi.engine.problems import Findings

PIECE: Final = 65_536


def read_archive(packed: bytes) -> dict[str, str]:
    """Return the text of every file of a pack by its path; the pack may lie in one folder of the archive.

    Raises Refusal `pack.unreadable`, `pack.too_large` (by what comes out, whatever the archive says of
    itself), `pack.outside` for paths that lead elsewhere, and `pack.unsound` for files that are not UTF-8.
    """
    try:
        with ZipFile(io.BytesIO(packed)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir()]
            if len(entries) > MOST_FILES:
                raise _too_large()
            return _texts(archive, entries)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as trouble:
        raise Refusal("pack.unreadable", file="zip", trouble=type(trouble).__name__) from trouble


def _texts(archive: ZipFile, entries: list[ZipInfo]) -> dict[str, str]:
    findings, texts, total = Findings(), dict[str, str](), 0
    root = _root([one.filename for one in entries])
    for entry in entries:
        path = entry.filename.removeprefix(root)
        parts = path.split("/")
        if any(part in {"", ".", ".."} for part in parts) or "\\" in path or "\0" in path:
            raise Refusal("pack.outside", file=path[:200])
        if any(part.startswith(".") for part in parts):
            continue
        content = _content(archive, entry)
        total += len(content)
        if total > LARGEST_PACK:
            raise _too_large()
        try:
            texts[path] = content.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            findings.add(path, 1, "file.encoding", "the file is not UTF-8 text")
    if findings.count:
        raise unsound(findings.sorted())
    return texts


def _content(archive: ZipFile, entry: ZipInfo) -> bytes:
    content = bytearray()
    with archive.open(entry) as opened:
        while piece := opened.read(PIECE):
            content += piece
            if len(content) > LARGEST_FILE:
                raise _too_large()
    return bytes(content)


def _root(paths: list[str]) -> str:
    """Return the folder the pack lies in, with its slash; empty if it lies at the top."""
    heads = [path for path in paths if path == HEAD or path.endswith("/" + HEAD)]
    return min(heads, key=len).removesuffix(HEAD) if heads else ""


def _too_large() -> Refusal:
    return Refusal("pack.too_large", folder="zip", bytes=LARGEST_PACK, files=MOST_FILES)
