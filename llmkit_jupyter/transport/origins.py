"""Which addresses may be fetched: the provider's own, and public ones."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from llmkit_jupyter.errors import InvalidVideoError, shorten

_PORTS = {"http": 80, "https": 443}
_MAX_URL = 8192
_MAX_ADDRESSES = 4
# Hosts that end in a number are addresses to some resolvers, however odd: 2130706433, 127.1, 0x7f.1
_NUMERIC = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$", re.IGNORECASE)
# Some proxies undo escapes in it: 127%2e0.0.1
_HOST = re.compile(r"[a-z0-9._:-]+")
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where credentials belong: scheme, host in lower case, port as a number."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """Read the origin of an http or https address, with the eyes of the HTTP client itself.

        Raises:
            InvalidVideoError: not such an address, or one that is spelled to deceive.
        """
        import httpx

        if len(url) > _MAX_URL or any(not c.isprintable() or c in " \\" for c in url):
            raise _refused("it is too long or contains characters that no address has")
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            parsed = None
        if parsed is None:
            raise _refused("it is not an address")
        if parsed.scheme not in _PORTS:
            raise _refused(f"its scheme is {shorten(parsed.scheme)}, not https")
        # The raw form is what is connected to: punycode, lower case.
        host = parsed.raw_host.decode("ascii").lower()
        if not host or host.endswith("."):
            raise _refused("it names no host" if not host else "its host ends in a dot")
        if not _HOST.fullmatch(host):
            raise _refused("its host contains characters that no host has")
        if parsed.userinfo:
            raise _refused("it contains a user name")
        port = _PORTS[parsed.scheme] if parsed.port is None else parsed.port
        if not 0 < port < 2**16:
            raise _refused(f"there is no port {port}")
        return cls(parsed.scheme, host, port)


def check_url(url: str, own_origin: str | Origin, *, allow_private: bool = False) -> Origin:
    """Check an address before it is fetched, or followed as a redirect.

    What a host's name resolves to is checked where the connection is made (``vetted``), in one
    step with connecting; behind a proxy it is the proxy that resolves.

    Args:
        url: the address.
        own_origin: an address of the provider, which may be at home or on this machine.
        allow_private: any address may be fetched, for installations on own premises.

    Raises:
        InvalidVideoError: the address is not fetched; says why, without the address's query.
    """
    origin = Origin.of(url)
    own = Origin.of(own_origin) if isinstance(own_origin, str) else own_origin
    if allow_private or origin == own:
        return origin
    if origin.scheme != "https":
        raise _refused(f"{shorten(origin.host)} is not the provider's own and not https")
    address = literal(origin.host)
    if address is None and _NUMERIC.search(origin.host):
        raise _refused(f"{shorten(origin.host)} is an address in an odd spelling")
    if address is not None and not is_public(address):
        raise _refused(f"{address} is not a public address")
    return origin


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Give the address that a host is written as; ``None`` for a name."""
    try:
        return ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anyone on the internet could reach it: not this machine, not the local network."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    # Reserved are also the other disguises of IPv4: ::a.b.c.d, ::ffff:0:a.b.c.d, 64:ff9b:1::.
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


async def lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver for all addresses of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def public_addresses(host: str, port: int) -> list[str]:
    """Resolve a host to the addresses that may be connected to.

    Raises:
        InvalidVideoError: one of its addresses is not public; then none is used.
        socket.gaierror: the name does not resolve.
    """
    found = await lookup(host, port)
    for text in found:
        address = literal(text)
        if address is None or not is_public(address):
            raise _refused(f"{shorten(host)} resolves to {text}, which is not public")
    return found[:_MAX_ADDRESSES]


def _refused(reason: str) -> InvalidVideoError:
    return InvalidVideoError(f"The video's address is not fetched: {reason}.")
