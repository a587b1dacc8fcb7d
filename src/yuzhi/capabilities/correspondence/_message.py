"""A mail as it was sent, read: who, what about, words, attachments; whether a machine wrote it."""

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr
from hashlib import sha256

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.correspondence._plain import plain_of, tidy

MOST_PARTS = 200
MOST_ATTACHMENTS = 20
ADDRESS_LONGEST = 254
_ADDRESS = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,189}")
_REFERENCE = re.compile(r"<([^<>\s]{3,200})>")
_MACHINES = frozenset({"mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply", "donotreply"})
_MACHINES_SAY = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id")
_QUOTED = re.compile(
    r"^\s*(>|-{2,}\s*(原始邮件|original message|回复的原邮件)|(on|在)\b.*(wrote|写道)[:：]\s*$)",
    re.IGNORECASE,
)
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "": "utf-8"}


class Enclosure(Struct, frozen=True):
    """Something enclosed, as it came: its name is not believed, nor what it is said to be."""

    name: str
    content: bytes


class Mail(Struct, frozen=True):
    """A mail. `digest` is the same whenever it comes again; `is_automatic` when no person wrote it."""

    digest: bytes
    sender: str
    name: str
    subject: str
    text: str
    enclosures: tuple[Enclosure, ...]
    references: tuple[str, ...]
    is_automatic: bool


def read_mail(raw: bytes) -> Mail:
    """Return a mail; raise Refusal `mail.unreadable` and `mail.no_sender`."""
    try:
        message = message_from_bytes(raw, policy=compat32)
        parts = _parts(message)
        text, enclosures = _contents(parts)
        subject = tidy(_header(message, "Subject")).replace("\n", " ")
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refusal("mail.unreadable", trouble=type(error).__name__) from error
    is_automatic = _is_automatic(message)
    name, address = parseaddr(_header(message, "Reply-To") or _header(message, "From"))
    if not is_automatic and (len(address) > ADDRESS_LONGEST or not _ADDRESS.fullmatch(address)):
        raise Refusal("mail.no_sender")
    # Who sends it again may pack it anew: without an id it is known by what it says.
    contents = [one.content for one in enclosures]
    whole = [address.lower(), subject, text, _header(message, "Date")]
    named = _REFERENCE.search(_header(message, "Message-ID"))
    return Mail(
        digest=_digest([named[1], address.lower()], []) if named else _digest(whole, contents),
        sender=address.lower(),
        name=tidy(name)[:100],
        subject=subject,
        text=text,
        enclosures=tuple(enclosures),
        references=tuple(
            _REFERENCE.findall(f"{_header(message, 'In-Reply-To')} {_header(message, 'References')}")[-20:]
        ),
        is_automatic=is_automatic,
    )


def _digest(words: Iterable[str], contents: Iterable[bytes]) -> bytes:
    parts = [one.encode("utf-8", "surrogatepass") for one in words]
    return sha256(b"\0".join([*parts, *(sha256(one).digest() for one in contents)])).digest()


def unquoted(text: str) -> str:
    """Return a reply without the words it quotes."""
    kept = []
    for line in text.split("\n"):
        if _QUOTED.match(line):
            if not line.lstrip().startswith(">"):
                break
            continue
        kept.append(line)
    return "\n".join(kept).strip()


def _is_automatic(message: Message) -> bool:
    """Say whether a machine sent it, so that none of ours ever answers (RFC 3834, RFC 3464)."""

    def says(name: str) -> str:
        return _header(message, name).strip().lower()

    local = parseaddr(says("From"))[1].partition("@")[0]
    return (
        says("Auto-Submitted").partition(";")[0].strip() not in {"", "no"}
        or says("Precedence") in {"bulk", "junk", "list", "auto_reply"}
        or message.get_content_type() == "multipart/report"
        or (message["Return-Path"] is not None and says("Return-Path") in {"<>", ""})
        or any(message[name] is not None for name in _MACHINES_SAY)
        or local in _MACHINES
    )  # fmt: skip


def _parts(message: Message) -> list[Message]:
    parts: list[Message] = []
    for part in _walk(message):
        parts.append(part)
        if len(parts) > MOST_PARTS:
            raise Refusal("mail.unreadable", trouble=f"more than {MOST_PARTS} parts")
    return parts


def _walk(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something, in order; a mail inside a mail is one of its parts."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            inner = part.get_payload()
            assert isinstance(inner, list)
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _contents(parts: list[Message]) -> tuple[str, list[Enclosure]]:
    plain: list[str] = []
    rich: list[str] = []
    enclosures: list[Enclosure] = []
    for part in parts:
        kind, name = part.get_content_type(), _decoded(part.get_filename() or "")
        is_enclosed = part.get_content_disposition() == "attachment" or bool(name)
        if kind == "text/plain" and not is_enclosed:
            plain.append(tidy(_words(part)))
        elif kind == "text/html" and not is_enclosed:
            rich.append(plain_of(_words(part)))
        elif (content := _content(part)) and len(enclosures) < MOST_ATTACHMENTS:
            enclosures.append(Enclosure(tidy(name)[:100] or kind, content))
    words = "\n\n".join(one for one in plain if one) or "\n\n".join(one for one in rich if one)
    return words, enclosures


def _content(part: Message) -> bytes:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and isinstance(inner[0], Message) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _words(part: Message) -> str:
    return _text(_content(part), part.get_content_charset() or "")


def _text(content: bytes, charset: str) -> str:
    """Return bytes as text: by the charset named, which is often too narrow, else by what fits."""
    for one in (_CHARSETS.get(charset.lower(), charset), "utf-8", "gb18030"):
        try:
            return content.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return _decoded(next(found, ""))


def _decoded(value: object) -> str:
    """Return a header's words: encoded ones (RFC 2047), and bytes put there as they are."""
    raw = str(value) if not isinstance(value, str) else value
    try:
        pieces = decode_header(raw)
    except (ValueError, UnicodeError):
        pieces = [(raw, None)]
    found = ""
    for piece, charset in pieces:
        content = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        found += _text(content, str(charset or "").replace("unknown-8bit", ""))
    return " ".join(found.split())
