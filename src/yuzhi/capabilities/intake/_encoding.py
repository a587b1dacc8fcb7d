"""Which characters a file's bytes stand for: told, marked, or found out from how the file begins."""

import codecs

from charset_normalizer import from_bytes

from yuzhi.base.refusal import Refusal

SAMPLE = 256 * 1024
"""Bytes from the beginning of a file that are looked at."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = ["utf_8", "gb18030", "big5", "utf_16_le", "utf_16_be", "shift_jis", "euc_kr", "cp1252"]


def encoding_of(sample: bytes, told: str = "") -> str:
    """Return the name of the encoding a file begins in; `told` is believed if it fits.

    Raises Refusal `file.encoding_unknown` when nothing fits, `file.encoding_not_known` when `told` names
    none, and `file.not_in_encoding` (with the offset of the first byte) when the file is not in it.
    """
    if told:
        return _checked(sample, told)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if _fits(sample, "utf-8") is None:
        return "utf-8"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    if best is None:
        raise Refusal("file.encoding_unknown")
    return best.encoding


def _checked(sample: bytes, told: str) -> str:
    try:
        name = codecs.lookup(told).name
    except (LookupError, ValueError):
        raise Refusal("file.encoding_not_known", given=told[:40]) from None
    if name == "utf-8" and sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    at = _fits(sample, name)
    if at is not None:
        raise Refusal("file.not_in_encoding", given=told, offset=at)
    return name


def _fits(sample: bytes, name: str) -> int | None:
    """Return where a sample stops being text of an encoding; None when it does not."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        # A sample, like a file that breaks off, may end in the middle of a character.
        decoder.decode(sample, final=False)
    except UnicodeDecodeError as trouble:
        return trouble.start
    return None
