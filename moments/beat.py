"""The scheduler's ticks, on a clock that may be set back."""

from typing import Any

from celery.beat import PersistentScheduler


class Steady(PersistentScheduler):  # type: ignore[misc]
    """What was done later than now is due from now on: else nothing would be until the clock is
    where it was, as after it went ahead by mistake."""

    def tick(self, *given: Any, **named: Any) -> float:
        now = self.app.now()
        ahead = [each for each in self.schedule.values() if each.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            # It is sorted by the old times.
            self._heap = None
        return float(super().tick(*given, **named))
