"""The people behind a number as a condition, which whoever comes to meet it later is in, too.

A condition says who people are and what they did in some days (contract, chapter 2). It knows no
order, no window and no hours: of a number that needs them it says what it leaves out, or there is
none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from pydantic_core import PydanticCustomError

from analytics.definitions.breakdowns import ByAttribute
from analytics.definitions.conditions import (
    MAX_FILTERS,
    All,
    Alone,
    AnyCondition,
    AnyOf,
    AttributeCondition,
    Between,
    Frequency,
    Listed,
    Performed,
    PropertyFilter,
    Recent,
    Times,
    check_size,
    parts,
)
from analytics.definitions.events import AnyEntry, Meant
from analytics.definitions.figures import Place
from analytics.definitions.operators import Operator
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Preset, PresetPeriod
from analytics.engine.plan import Plan
from analytics.engine.query import Span
from analytics.engine.segments import Chosen
from people.values import Type

# Nothing that is known happened before (contract, chapter 3, time).
EARLIEST = date(1900, 1, 1)
LASTING = {Preset.LAST_7_DAYS: 7, Preset.LAST_30_DAYS: 30, Preset.LAST_90_DAYS: 90}
ONCE = Times(operator=Frequency.AT_LEAST, value=1)
NEVER = Times(operator=Frequency.EXACTLY, value=0)

ANY_EVENT = "It counts any event, and a condition names the event that was done."
FIRST_TIME = "It counts each person's first time, with filters; a condition knows no first time."
HOURS = "It counts hours, and a condition counts whole days."
LONG = "The condition would have more parts than a condition may have."
ON_A_LIST = "Its segment is a fixed list, or leaves out who is in another one."
OTHERS = "It counts every other value, and which those are changes with the numbers."
SEVERAL_TYPES = "Its values are of several types."

Within: TypeAlias = Between | Recent


@dataclass(frozen=True)
class Live:
    """A condition, and in words what of the number it does not say."""

    condition: AnyCondition
    leaves_out: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether it is met by exactly those whom the number counts."""
        return not self.leaves_out


def unsayable(reason: str) -> Invalid:
    """Of a number that no condition says."""
    return Invalid({"": [reason]})


# --- Days ---------------------------------------------------------------------------------------


def days_of(plan: Plan[Any], start: int, end: int) -> Between:
    """[start, end) in milliseconds as days of the project. Raises Invalid where it is no days."""
    first, last = (
        datetime.fromtimestamp(each / 1000, UTC).astimezone(plan.scope.zone).date()
        for each in (start, end - 1)
    )
    if Span.of_days(first, last, plan.scope.zone) != Span(start, end):
        raise unsayable(HOURS)
    return Between(start=first, end=last)


def period_of(plan: Plan[Any]) -> Within:
    """The days of a report; the last so many go on with the calendar."""
    period = plan.report.period
    if isinstance(period, PresetPeriod) and period.preset in LASTING:
        return Recent(last=LASTING[period.preset], unit="day")
    return Between(start=plan.days.start, end=plan.days.end)


# --- What somebody did --------------------------------------------------------------------------


def did(
    entry: Meant,
    within: Within,
    filters: Sequence[PropertyFilter] = (),
    times: Times = ONCE,
) -> AnyCondition:
    """Whoever did one of the events of an entry in these days. Raises Invalid for any event."""
    leaves = tuple(performed(entry, within, filters, times))
    return leaves[0] if len(leaves) == 1 else AnyOf(any=leaves)


def did_not(entry: Meant, within: Within, times: Times = NEVER) -> tuple[AnyCondition, ...]:
    """Whoever did none of its events in these days, or none more than so often."""
    return tuple(performed(entry, within, (), times))


def performed(
    entry: Meant, within: Within, filters: Sequence[PropertyFilter], times: Times
) -> Iterator[Performed]:
    for each in entry.alternatives:
        if each.event is None:
            raise unsayable(ANY_EVENT)
        if len(each.filters) + len(filters) > MAX_FILTERS:
            raise unsayable(LONG)
        every = (*each.filters, *filters)
        yield Performed(performed=each.event, filters=every, times=times, within=within)


def did_first(entry: AnyEntry, within: Between) -> tuple[AnyCondition, ...]:
    """Whose first event of an entry is in these days: the first of all that it means, its filters
    included. Raises Invalid for any event."""
    before = within.start - timedelta(1)
    never = did_not(entry, Between(start=EARLIEST, end=before)) if before >= EARLIEST else ()
    return (*never, did(entry, within))


def counted(
    entry: AnyEntry, within: Within, plan: Plan[Any], filters: Sequence[PropertyFilter] = ()
) -> tuple[AnyCondition, ...]:
    """Whoever did what an entry counts. Its first time is told of its names alone: filters are
    tested on an event that is the first already."""
    if not entry.first_time:
        return (did(entry, within, filters),)
    if filters or any(each.filters for each in entry.alternatives):
        raise unsayable(FIRST_TIME)
    days = within if isinstance(within, Between) else Between(**plan.days.model_dump())
    return did_first(entry, days)


# --- Who it is of -------------------------------------------------------------------------------


def of_segment(segment: Chosen) -> tuple[AnyCondition, ...]:
    """What makes people be in a segment. Raises Invalid for what nobody can write down."""
    if segment is None:
        return ()
    if any(isinstance(each, Listed | Alone) for each in every_part(segment.condition)):
        raise unsayable(ON_A_LIST)
    return segment.condition.all if isinstance(segment.condition, All) else (segment.condition,)


def every_part(condition: AnyCondition) -> Iterator[AnyCondition]:
    yield condition
    for each in parts(condition):
        yield from every_part(each)


def of_group(
    plan: Plan[Any], figure: Place, entries: Iterable[Meant]
) -> tuple[tuple[AttributeCondition, ...], tuple[PropertyFilter, ...]]:
    """What makes people, or their events, be in a group of a breakdown. Raises Invalid for other
    values."""
    by = plan.report.breakdown if figure.group else None
    if by is None:
        return (), ()
    if figure.group == "other":
        raise unsayable(OTHERS)
    kinds = by.types(entries, plan.scope.catalogue)
    if len(kinds) > 1:
        raise unsayable(SEVERAL_TYPES)
    told = compared(figure.value, next(iter(kinds), Type.TEXT))
    if isinstance(by, ByAttribute):
        return (AttributeCondition(attribute=by.attribute, **told),), ()
    return (), (PropertyFilter(property=by.property, **told),)


def compared(text: str | None, kind: Type) -> dict[str, object]:
    """The comparison that a value of a group meets, which is written as text."""
    if text is None:
        return {"operator": Operator.IS_EMPTY}
    match kind:
        case Type.LIST:
            return {"operator": Operator.CONTAINS, "value": [text]}
        case Type.NUMBER:
            number = float(text)
            return {"operator": Operator.IS, "value": [int(number) if number % 1 == 0 else number]}
        case Type.BOOLEAN:
            return {"operator": Operator.IS, "value": text == "true"}
        case Type.DATE | Type.DATETIME:
            return {"operator": Operator.IS, "value": text}
        case _:
            return {"operator": Operator.IS, "value": [text]}


def together(every: Iterable[AnyCondition]) -> All:
    """All of them. Raises Invalid where that is more than a condition may have."""
    whole = All(all=tuple(every))
    try:
        check_size(whole)
    except PydanticCustomError as error:
        raise unsayable(LONG) from error
    return whole
