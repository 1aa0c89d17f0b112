"""Network addresses: which are some, and which lie in networks that are named."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Sequence[str]) -> bool:
    if not is_address(address):
        return False
    return any(ip_address(address) in ip_network(each, strict=False) for each in networks)


def household(address: str) -> str:
    """Who is behind an address, as far as it tells: of IPv6 one subscriber has a whole network."""
    if not is_address(address) or ip_address(address).version == 4:
        return address
    return str(ip_network(f"{address}/64", strict=False))
