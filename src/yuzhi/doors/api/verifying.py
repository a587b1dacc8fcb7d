"""The public page that checks receipts: in the browser itself where it can, else by asking this server.

Nobody is signed in on it and its form changes nothing; still only the page itself may send it, which a cookie
and a field that follows from it show.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from secrets import token_urlsafe
from string import Template
from typing import Any

import yaml
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK, HTTP_403_FORBIDDEN

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import Checked, VerifierKey, check_leaf, check_receipt, leaf_proof
from yuzhi.doors.api._cookies import Cookies, csrf_token, is_csrf_token
from yuzhi.doors.api._guard import cookie_of
from yuzhi.doors.api._needs import needs
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.wording import Language, word
from yuzhi.store.files import is_sha256

AnyRequest = Request[Any, Any, Any]

MOST = 4 * 1024 * 1024  # bytes of a receipt handed in
HTML = "text/html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
GUARDED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Verdict:
    """What the page says: does it hold, in one line, and the lines under it."""

    is_sound: bool
    says: str
    lines: tuple[str, ...] = ()


@get("/verify", include_in_schema=False, sync_to_thread=False)
def page(request: AnyRequest, lang: FromQuery[str] = "") -> Response[str]:
    """Show the page."""
    return _page(request, _language(request, lang))


@post("/verify", include_in_schema=False, status_code=200, request_max_body_size=MOST)
async def verify(request: AnyRequest, lang: FromQuery[str] = "") -> Response[str]:
    """Check what was handed in, for browsers that cannot do it themselves."""
    language = _language(request, lang)
    form = await request.form()
    cookie = cookie_of(request, _cookies(request).name("form"))
    if not cookie or not is_csrf_token(_text(form.get("csrf_token")), cookie):
        stale = Verdict(is_sound=False, says=words(language)["stale"])
        return _page(request, language, stale, status=HTTP_403_FORBIDDEN)
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    content = content or _text(form.get("receipt")).encode("utf-8", "replace")
    number, leaf = _text(form.get("number")).strip(), _text(form.get("leaf")).strip().lower()
    try:
        if content.strip():
            verdict = receipt_verdict(content, needs(request).log.log.verifiers(), language)
        else:
            verdict = await _slip_verdict(request, number, leaf, language)
    except Refusal as refusal:
        wording = word(refusal, language)
        verdict = Verdict(is_sound=False, says=wording.says, lines=(wording.do,) if wording.do else ())
    return _page(request, language, verdict)


@get("/verify/{asset:str}", include_in_schema=False, sync_to_thread=False)
def asset(asset: FromPath[str]) -> Response[bytes]:
    """Give the page's script or its style."""
    kinds = {"verify.js": "text/javascript", "verify.css": "text/css"}
    if asset not in kinds:
        raise Refusal("request.not_found")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(_data(asset).encode(), media_type=kinds[asset], headers=headers)


def receipt_verdict(content: bytes, keys: Iterable[VerifierKey], language: Language) -> Verdict:
    """Return what the page says of a receipt; raises as `check_receipt`."""
    return _told(check_receipt(content, tuple(keys)), words(language))


@cache
def words(language: Language) -> Mapping[str, str]:
    """Return the page's words; `{name}` in them stands for a value."""
    read: Mapping[str, str] = yaml.safe_load(_data(f"{language}.yaml"))
    return read


async def _slip_verdict(request: AnyRequest, number: str, leaf: str, language: Language) -> Verdict:
    said = words(language)
    if not is_matter_number(number) or not is_sha256(leaf):
        return Verdict(is_sound=False, says=said["nothing_given"])
    log = needs(request).log.log
    proof = await leaf_proof(log, number, leaf)
    size = check_leaf(proof.text, leaf, log.verifiers())
    line = said["leaf_line"].format(index=proof.index, size=size)
    return Verdict(is_sound=True, says=said["leaf_sound"].format(number=number), lines=(line,))


def _told(checked: Checked, said: Mapping[str, str]) -> Verdict:
    lines = [
        said["entry_line"].format(seq=one.seq, at=one.at, step=one.step, index=one.index)
        for one in checked.entries
    ]
    lines += [
        said["fault_line"].format(seq=fault.seq, fault=said.get(fault.code, fault.code))
        if fault.seq
        else said.get(fault.code, fault.code)
        for fault in checked.faults
    ]
    if checked.waiting:
        lines.append(said["waiting_line"].format(waiting=checked.waiting))
    lines.append(said["log_line"].format(origin=checked.origin, size=checked.size))
    is_sound = not checked.faults
    says = said["sound" if is_sound else "unsound"].format(number=checked.number)
    return Verdict(is_sound=is_sound, says=says, lines=tuple(lines))


def _page(
    request: AnyRequest, language: Language, verdict: Verdict | None = None, *, status: int = HTTP_200_OK
) -> Response[str]:
    said = words(language)
    cookies = _cookies(request)
    # The one a browser has stays, so that a page still open beside this one goes on working.
    cookie = cookie_of(request, cookies.name("form")) or token_urlsafe()
    keys = "\n".join(escape(str(key)) for key in needs(request).log.log.verifiers())
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in said.items())
    told = ""
    if verdict is not None:
        lines = "".join(f"<li>{escape(line)}</li>" for line in verdict.lines)
        kind = "sound" if verdict.is_sound else "unsound"
        told = f'<p class="{kind}">{escape(verdict.says)}</p><ul>{lines}</ul>'
    fields = {name: escape(text) for name, text in said.items()}
    text = Template(_data("page.html")).substitute(
        fields, lang=language, keys=keys, listed=listed, told=told, token=csrf_token(cookie)
    )
    return Response(
        text,
        media_type=HTML,
        status_code=status,
        headers={**GUARDED, "Cache-Control": "no-store"},
        cookies=[cookies.make("form", cookie)],
    )


def _cookies(request: AnyRequest) -> Cookies:
    return Cookies(is_plain=needs(request).entrance.is_plain)


def _language(request: AnyRequest, lang: str) -> Language:
    return "en" if lang == "en" else "zh" if lang == "zh" else language_of(request)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@cache
def _data(name: str) -> str:
    return (files("yuzhi") / "data" / "verify" / name).read_text(encoding="utf-8")


HANDLERS = (page, verify, asset)
