"""Requests to addresses that users name: to the outside alone, whatever a name leads to.

A name is resolved once; all that it leads to has to lie outside, and the connection goes to an
address that was checked, so that no other answer of the name server gets in between. Redirects are
not followed, and nothing that is answered but its status is shown to anybody.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

CONNECT_SECONDS, READ_SECONDS = 5, 10
# Addresses of version 6 that lead to one of version 4.
TRANSLATED = [
    ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]


class NotOutside(ValueError):
    """Why an address is not called, in words for whoever named it."""


class NotTaken(Exception):
    """Why a call may be tried again."""


@dataclass(frozen=True)
class Target:
    """Where a request goes: an address that was checked, and the name that it was found by."""

    scheme: str
    host: str
    port: int
    path: str
    address: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Raises NotOutside for what is no address of the web, or leads inside; NotTaken where
        the name leads nowhere now."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise NotOutside("This is no address.") from error
        if parts.scheme not in ("http", "https") or not host or not url.isprintable():
            raise NotOutside("Give an address that begins with https:// or http://.")
        if parts.username is not None or parts.password is not None:
            raise NotOutside("An address has no name or password in it.")
        port = port or {"http": 80, "https": 443}[parts.scheme]
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port, path, outside(host, port))


def outside(host: str, port: int) -> str:
    """One of the addresses of a name, all of which lie outside."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotTaken(f"The name {host} leads nowhere.") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for each in addresses:
        if not is_outside(ip_address(each)):
            raise NotOutside("This leads to an address inside of a network, which is not called.")
    return addresses[0]


def is_outside(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is a public address, or one of those that WEBHOOKS_ALLOW names."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return is_outside(address.ipv4_mapped)
    if any(address in ip_network(each) for each in settings.WEBHOOKS_ALLOW):
        return True
    is_translated = any(address in each for each in TRANSLATED)
    return address.is_global and not address.is_multicast and not is_translated


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send a body. Raises NotOutside, or NotTaken where it was not taken with a status of 2xx."""
    target = Target.of(url)
    name = target.host if ":" not in target.host else f"[{target.host}]"
    usual = {"http": 80, "https": 443}[target.scheme]
    host = name if target.port == usual else f"{name}:{target.port}"
    try:
        with pool(target) as line:
            answer = line.urlopen(
                "POST", target.path, body=body, headers={**headers, "Host": host},
                redirect=False, retries=False, preload_content=False,
            )  # fmt: skip
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NotTaken(f"It could not be reached: {type(error).__name__}.") from error
    if not 200 <= answer.status < 300:
        more = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        raise NotTaken(f"It answered {answer.status}{more}.")


def pool(target: Target) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.address, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        target.address, target.port, timeout=timeout, cert_reqs="CERT_REQUIRED",
        assert_hostname=target.host, server_hostname=target.host,
    )  # fmt: skip
