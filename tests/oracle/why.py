"""What has to be true of a person whom a funnel lost, for each reason that may be told of them.

Several may be true at once; which of them came closest is left to tests of its own.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.oracle.conditions import matches
from tests.oracle.funnel import attempts, held, journey, window_of
from tests.oracle.periods import SECONDS, span
from tests.oracle.world import Happened, Somebody, World

# Longer than any world.
ENDLESS = {"window": {"value": 100_000_000 // SECONDS["day"], "unit": "day"}}
# Without its rules.
FREE: dict[str, Any] = {"hold": [], "exclusions": []}


@dataclass(frozen=True)
class Lost:
    """Somebody, the step that they did not get to, and the event that is shown for it."""

    world: World
    definition: dict[str, Any]
    days: tuple[date, date]
    person: Somebody
    # Of the events that filled steps, in milliseconds.
    times: tuple[int, ...]
    step: int
    at: int | None

    @property
    def missing(self) -> dict[str, Any]:
        return dict(self.definition["steps"][self.step])

    @property
    def shown(self) -> list[Happened]:
        return [each for each in self.person.events if each.ms == self.at]

    def fits(self, event: Happened, **changed: Any) -> bool:
        return matches(self.world, event, self.missing | changed, self.person)

    def is_named(self, event: Happened) -> bool:
        bare = [{"event": each["event"]} for each in self.missing.get("any_of", [self.missing])]
        return matches(self.world, event, {"any_of": bare}, self.person)

    @property
    def shows_one_that_fits(self) -> bool:
        return any(map(self.fits, self.shown))

    def gets_further(self, **changed: Any) -> bool:
        """Whether they would, were the funnel another one."""
        asked = self.definition | changed
        found = attempts(self.world, asked, self.person, self.days)
        return any(len(each.events) > len(self.times) for each in found)

    def is_true(self, reason: str) -> bool:
        start, end = span(self.world, self.days)
        window = window_of(self.definition)
        match reason:
            case "never":
                return not any(map(self.is_named, self.person.events))
            case "still_open":
                return journey(self.world, self.definition, self.person, self.days).still
            case "after_window":
                assert self.at is not None
                return self.shows_one_that_fits and self.at > self.times[0] + window
            case "before_previous":
                assert self.at is not None
                return self.shows_one_that_fits and self.at < self.times[-1]
            case "outside_period":
                assert self.at is not None
                return self.shows_one_that_fits and not start <= self.at < end
            case "same_event":
                own = [each for each in self.person.events if each.ms in self.times]
                return any(map(self.fits, own))
            case "filter":
                return any(self.is_named(each) and not self.fits(each) for each in self.shown)
            case "not_first":
                return any(
                    self.fits(each, first_time=False) and not self.fits(each) for each in self.shown
                )
            case "excluded":
                return self.gets_further(exclusions=[])
            case "other_value":
                return self.gets_further(**FREE)
            case "no_value":
                values = [held(self.world, self.definition, each) for each in self.shown]
                return self.shows_one_that_fits and any(None in each for each in values)
            case "between":
                return self.gets_further(order="in_order")
            case "too_far":
                return self.gets_further(**FREE, **ENDLESS)
        raise AssertionError(reason)
