"""Who tries passwords has to wait, and nobody else has."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

WAIT = 15 * 60
# Of one account from one address, and from everywhere. An address alone is not counted: behind a
# proxy everybody may have the same one.
MOST_FROM_ONE, MOST_FROM_ALL = 10, 50
TOO_OFTEN = "These were too many wrong passwords. Try again in a quarter of an hour."


@dataclass(frozen=True)
class Tries:
    """Wrong passwords of late: how many there may be, by what they are counted under."""

    limits: Mapping[str, int]

    @classmethod
    def of(cls, name: str, request: HttpRequest | None) -> "Tries":
        """At what the name stands for, by whoever sends this request."""
        account = sha256(name.encode()).hexdigest()
        address = request.META.get("REMOTE_ADDR", "") if request else ""
        return cls(
            {
                f"wrong-password:{account}:{address}": MOST_FROM_ONE,
                f"wrong-password:{account}": MOST_FROM_ALL,
            }
        )

    @property
    def too_many(self) -> bool:
        return any(cache.get(key, 0) >= most for key, most in self.limits.items())

    def count(self) -> None:
        """Another one."""
        for key in self.limits:
            cache.add(key, 0, WAIT)
            cache.incr(key)
