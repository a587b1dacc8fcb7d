"""How a refusal is told at a terminal, in words or as JSON, whatever the terminal can print."""

import io
import json
import sys
from typing import TextIO

from yuzhi.base.refusal import Refusal
from yuzhi.doors.wording import Language, Wording, causes, word

MOST_CAUSES = 50


def open_streams() -> None:
    """Make output streams take any text: UTF-8 into files and pipes, a terminal's own encoding else."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_narrow = stream.encoding.lower().replace("_", "-") in {"ascii", "us-ascii", "ansi-x3.4-1968"}
            encoding = "utf-8" if is_narrow or not stream.isatty() else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def tell_refusal(refusal: Refusal, *, language: Language, as_json: bool, out: TextIO | None = None) -> None:
    """Write a refusal to standard error: its words, each gathered cause, what to do next, its code."""
    out = sys.stderr if out is None else out
    if as_json:
        json.dump(_as_data(refusal, language), out, ensure_ascii=False, default=str)
        out.write("\n")
        return
    wording = word(refusal, language)
    out.write(f"{_Marks.of(language).refused}: {wording.says}\n")
    gathered = causes(refusal)
    for cause in gathered[:MOST_CAUSES]:
        out.write(f"  {_where(cause)}{word(cause, language).says} [{cause.code}]\n")
    if len(gathered) > MOST_CAUSES:
        out.write(f"  … +{len(gathered) - MOST_CAUSES}\n")
    if wording.do:
        out.write(f"{_Marks.of(language).next}: {wording.do}\n")
    out.write(f"[{refusal.code}]\n")


class _Marks:
    def __init__(self, refused: str, then: str) -> None:
        self.refused, self.next = refused, then

    @staticmethod
    def of(language: Language) -> "_Marks":
        return _Marks("办不了", "下一步") if language == "zh" else _Marks("Refused", "Next")


def _where(cause: Refusal) -> str:
    file, line = cause.facts.get("file", ""), cause.facts.get("line", "")
    return f"{file}:{line}: " if file or line else ""


def _as_data(refusal: Refusal, language: Language) -> dict[str, object]:
    wording: Wording = word(refusal, language)
    facts = {name: value for name, value in refusal.facts.items() if name != "errors"}
    data: dict[str, object] = {"code": refusal.code, "says": wording.says, "do": wording.do, "facts": facts}
    if gathered := causes(refusal):
        data["errors"] = [_as_data(cause, language) for cause in gathered]
    return data
