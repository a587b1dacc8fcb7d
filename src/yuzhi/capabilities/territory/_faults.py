"""What is wrong with a file that was to be read: each fault with its file and line.

Readers gather every fault before they refuse, so that a list is mended in one go.
"""

import zlib
from pathlib import Path
from typing import Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal

LARGEST: Final = 1 << 29  # 512 MiB unpacked: far above any city's lists, far below this machine's memory

_GZIP: Final = b"\x1f\x8b"


class Fault(Struct, frozen=True):
    """One fault: the file, the line (0 when no line can be named), a dotted code, what was found."""

    file: str
    line: int
    code: str
    detail: str


class Faults:
    """Gathers the faults of all files of one import."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, file: str, line: int, code: str, *, detail: str = "") -> None:
        """Note one more fault."""
        self._found.append(Fault(file, line, code, detail))

    def refuse(self) -> None:
        """Raise `territory.file_refused` with every fault, if there is any."""
        if self._found:
            in_order = sorted(self._found, key=lambda fault: (fault.file, fault.line))
            raise Refusal("territory.file_refused", errors=in_order)


def read_text(file: str, faults: Faults, *, encoding: str) -> str | None:
    """The whole text of a plain or gzip file, without its byte order mark; None after a fault."""
    try:
        packed = Path(file).read_bytes()
    except OSError as trouble:
        faults.add(file, 0, "file.unreadable", detail=trouble.strerror or str(trouble))
        return None
    plain = _unpacked(packed)
    if plain is None:
        faults.add(file, 0, "file.damaged", detail="the gzip data is damaged, cut off or too large")
        return None
    try:
        return plain.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
    except LookupError:
        faults.add(file, 0, "encoding.unknown", detail=encoding)
    except UnicodeDecodeError as trouble:
        line = plain.count(b"\n", 0, trouble.start) + 1
        faults.add(file, line, "encoding.wrong", detail=f"not {encoding}{_looks_like(plain)}")
    return None


def _unpacked(packed: bytes) -> bytes | None:
    if not packed.startswith(_GZIP):
        return packed if len(packed) <= LARGEST else None
    plain = bytearray()
    while packed.startswith(_GZIP):
        # One member at a time and bounded, so that a small file cannot fill the memory.
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            plain += member.decompress(packed, LARGEST - len(plain))
        except zlib.error:
            return None
        if not member.eof:
            return None
        packed = member.unused_data
    return bytes(plain) if not packed.strip(b"\0") else None


def _looks_like(plain: bytes) -> str:
    try:
        plain.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "; it can be read as gb18030"
