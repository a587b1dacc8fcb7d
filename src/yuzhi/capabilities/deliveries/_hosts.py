"""Where messages may be posted to: only to hosts the installation names, whatever an address says.

Addresses of units come from lists that many people edit. None of them can make us call a server of our
own network that nobody meant.
"""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

LONGEST = 2048
_PLAIN = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PORTS = {"https": 443, "http": 80}


class Origin(Struct, frozen=True):
    """A server: scheme, host in lower case, port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return what goes into the Host header."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def origin_of(url: str) -> tuple[Origin, str]:
    """Return the server of an address and the target to ask it for; raise ValueError if it is none.

    An address has no user, no fragment, no blank and no character beyond ASCII.
    """
    if len(url) > LONGEST or not _PLAIN.fullmatch(url) or "\\" in url:
        raise ValueError("not an address")
    parts = urlsplit(url)
    host = _host_of(parts)
    if parts.scheme not in _PORTS or parts.username is not None or parts.password is not None:
        raise ValueError("not an address")
    if parts.fragment or not _HOST.fullmatch(host) or ".." in host:
        raise ValueError("not an address")
    port = parts.port or _PORTS[parts.scheme]  # a port that is no number raises ValueError
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Origin(parts.scheme, host, port), target


def _host_of(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    return f"[{host}]" if ":" in host else host


class Hosts:
    """The servers that may be called, as `host`, `host:port` or, without encryption, `http://host:port`."""

    def __init__(self, named: Iterable[str]) -> None:
        self._origins = {origin_of(one if "://" in one else f"https://{one}")[0] for one in named}

    def allows(self, origin: Origin) -> bool:
        """Say whether a server is one of those named: scheme, host and port."""
        return origin in self._origins
