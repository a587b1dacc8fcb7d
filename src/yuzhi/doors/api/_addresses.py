"""Who is at the other end: the client's address, believed of a proxy only if it is one of ours."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from litestar.datastructures import Headers

Network = IPv4Network | IPv6Network

MOST_HOPS: Final = 20
FORWARDED_FOR: Final = "x-forwarded-for"
UNKNOWN: Final = "unknown"


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address a request comes from.

    `forwarded` is X-Forwarded-For. It is read from its end, where our own proxies write: the first
    address that is not one of theirs is the client. Whatever stands before that anybody can have written.
    """
    if not is_trusted(peer, trusted):
        return peer or UNKNOWN
    found = peer
    for hop in reversed(forwarded.split(",")[-MOST_HOPS:]):
        address = _plain(hop)
        if address is None:
            break
        found = address
        if not is_trusted(address, trusted):
            break
    return found


def forwarded(headers: Headers, name: str) -> str:
    """Return a header of proxies as one list: some add to the line there is, some write one of their own.

    Of several lines the last is the nearest proxy's; the first is whatever the client cared to send.
    """
    return ",".join(headers.getall(name, []))


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Say whether an address is one of our proxies'."""
    given = _read(address)
    return given is not None and any(
        given in network for network in trusted if network.version == given.version
    )


@lru_cache(maxsize=4096)  # a proxy's own address, and that of whoever works here, comes with every request
def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    # Where both kinds are listened to, the old kind is told in the new one's form.
    return getattr(found, "ipv4_mapped", None) or found


def _plain(hop: str) -> str | None:
    """Return the address in one element of X-Forwarded-For, without a port; None if there is none."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    address = _read(text)
    return None if address is None else str(address)
