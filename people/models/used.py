"""When a key was last used, to the minute: it is not written for each request."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

USED_EVERY = timedelta(minutes=1)


class Used:
    """A model with a `used_at`."""

    pk: Any
    used_at: datetime | None

    def used(self) -> None:
        """Remember that it was used."""
        now = timezone.now()
        if self.used_at is None or now - self.used_at > USED_EVERY:
            type(self)._default_manager.filter(pk=self.pk).update(used_at=now)  # type: ignore[attr-defined]
