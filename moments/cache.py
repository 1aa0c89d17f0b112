"""A cache that is away is a cache that holds nothing."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

T = TypeVar("T")
# How long a cache that failed is left alone, so that not every request waits for it.
REST_SECONDS = 5


class ForgivingRedisCache(RedisCache):
    """Redis; failures are misses."""

    rests_until = 0.0

    def or_else(self, missed: T, act: Callable[[], T]) -> T:
        if time.monotonic() < ForgivingRedisCache.rests_until:
            return missed
        try:
            return act()
        except (RedisError, OSError) as error:
            ForgivingRedisCache.rests_until = time.monotonic() + REST_SECONDS
            log.warning("The cache is away: %s", type(error).__name__)
            return missed

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self.or_else(
            default, lambda: super(ForgivingRedisCache, self).get(key, default, version)
        )

    def set(self, *args: Any, **kwargs: Any) -> None:
        self.or_else(None, lambda: super(ForgivingRedisCache, self).set(*args, **kwargs))

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return self.or_else(True, lambda: super(ForgivingRedisCache, self).add(*args, **kwargs))

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return self.or_else(False, lambda: super(ForgivingRedisCache, self).touch(*args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return self.or_else(False, lambda: super(ForgivingRedisCache, self).delete(*args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return self.or_else(
            False, lambda: super(ForgivingRedisCache, self).has_key(*args, **kwargs)
        )

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self.or_else(
            delta, lambda: super(ForgivingRedisCache, self).incr(key, delta, version)
        )

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return self.or_else({}, lambda: super(ForgivingRedisCache, self).get_many(*args, **kwargs))

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return self.or_else(
            [], lambda: super(ForgivingRedisCache, self).set_many(data, *args, **kwargs)
        )

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self.or_else(None, lambda: super(ForgivingRedisCache, self).delete_many(*args, **kwargs))

    def clear(self) -> None:
        self.or_else(None, super().clear)
