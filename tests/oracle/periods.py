"""The days that a definition asks for."""

from datetime import date, timedelta

from tests.oracle.world import World

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def days_of(world: World, period: dict[str, str]) -> tuple[date, date]:
    today = world.today
    week, first = first_day(world, "week", today), today.replace(day=1)
    match period:
        case {"start": start, "end": end}:
            return date.fromisoformat(start), date.fromisoformat(end)
        case {"preset": "this_week"}:
            return week, today
        case {"preset": "previous_week"}:
            return week - timedelta(7), week - timedelta(1)
        case {"preset": "this_month"}:
            return first, today
        case {"preset": "previous_month"}:
            return (first - timedelta(1)).replace(day=1), first - timedelta(1)
        case {"preset": preset}:
            return today - timedelta(int(preset.split("_")[1]) - 1), today
    raise AssertionError(period)


def first_day(world: World, granularity: str, day: date) -> date:
    if granularity == "week":
        while day.strftime("%A").lower() != world.week_start:
            day -= timedelta(1)
        return day
    return day.replace(day=1) if granularity == "month" else day


def span(world: World, days: tuple[date, date]) -> tuple[int, int]:
    return world.midnight(days[0]), world.midnight(days[1] + timedelta(1))
