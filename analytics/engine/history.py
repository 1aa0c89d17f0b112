"""How large segments were at the ends of days gone by, asked in one pass over people and events.

What somebody did is known with its time; what is known of them only as it is now. So on a day a
person is in a segment by the attributes of now and by what they had done until its end, where they
were known by then; spans such as "in the last 30 days" are those of that day. In between, the days
on which something holds are one number, a bit for each.
"""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import assert_never

from analytics.definitions.conditions import (
    All,
    Alone,
    AnyCondition,
    AnyOf,
    AttributeCondition,
    Frequency,
    Listed,
    Performed,
)
from analytics.definitions.events import Alternative
from analytics.definitions.operators import is_relative
from analytics.engine.conditions import holds, is_of
from analytics.engine.query import Scope, Span, Statement
from analytics.engine.segments import Chosen
from analytics.engine.writer import Writer
from people.values import FIRST, LAST, end_of_day, milliseconds, start_of_day

MOST_DAYS = 62


def history(segments: Sequence[Chosen], days: Sequence[date], scope: Scope) -> Statement:
    """Of each segment how many people were in it at the end of each of these days; one row of
    arrays. Of the last day, today, all that is known counts. At most 62 days."""
    past = Past(days, scope)
    tests = [past.during(each.condition) if each else past.always for each in segments]
    # Of nobody the sums are no numbers at all; resized they are zeros.
    bits = "arrayMap(n -> bitTest(bitAnd({each}, known), n), range({days}))"
    counts = [
        f"arrayResize(sumForEach({bits.format(each=each, days=len(days))}), {len(days)})"
        for each in tests
    ]
    return past.w.statement(f"SELECT {', '.join(counts)} FROM {past.source()}")


class Past:
    """Writes a condition as the days on which it held, and collects what that is read from."""

    def __init__(self, days: Sequence[date], scope: Scope) -> None:
        if len(days) > MOST_DAYS:
            raise ValueError(f"{len(days)} days are more than {MOST_DAYS}")
        self.w = Writer(scope)
        self.scope, self.days = scope, days
        self.as_of = [self.w.as_of(start_of_day(day, scope.zone)) for day in days[:-1]] + [self.w]
        ends = [milliseconds(end_of_day(day, scope.zone)) for day in days[:-1]]
        self.ends = [*ends, milliseconds(LAST)]
        self.always = f"toUInt64({(1 << len(days)) - 1})"
        self.attributes: list[str] = []
        self.behaviours: list[str] = []

    def during(self, condition: AnyCondition) -> str:
        """The days on which it holds, over a row of the source."""
        match condition:
            case All():
                return joined("bitAnd", [self.during(each) for each in condition.all])
            case AnyOf():
                return joined("bitOr", [self.during(each) for each in condition.any])
            case Alone():
                others = joined("bitOr", [self.during(each) for each in condition.others])
                return f"bitAnd({self.during(condition.own)}, {self.without(others)})"
            case AttributeCondition() | Listed():
                self.attributes.append(self.of_person(condition))
                return f"a{len(self.attributes) - 1}"
            case Performed():
                return self.of_behaviour(condition)
            case _:
                assert_never(condition)

    def without(self, mask: str) -> str:
        """All days but these."""
        return f"bitXor({self.always}, {mask})"

    def of_person(self, leaf: AttributeCondition | Listed) -> str:
        """Over a row of people: the same on all days, unless it speaks of the day itself."""
        if isinstance(leaf, Listed) or not is_relative(leaf.operator):
            return f"if({holds(self.w, leaf)}, {self.always}, 0)"
        tests = [f"if({holds(w, leaf)}, {1 << n}, 0)" for n, w in enumerate(self.as_of)]
        return f"toUInt64({' + '.join(tests)})"

    def of_behaviour(self, leaf: Performed) -> str:
        """Who never did it is in no row of events: what holds for them is said by its opposite."""
        count = leaf.times.value
        match leaf.times.operator:
            case Frequency.AT_LEAST:
                return self.done(leaf, f">= {count}") if count else self.always
            case Frequency.AT_MOST:
                return self.without(self.done(leaf, f"> {count}"))
            case Frequency.EXACTLY if count:
                return self.done(leaf, f"= {count}")
            case Frequency.EXACTLY:
                return self.without(self.done(leaf, f"> {count}"))

    def done(self, leaf: Performed, how_often: str) -> str:
        """The days on which somebody had done it so often."""
        spans = [self.span(leaf, n) for n in range(len(self.days))]
        chosen = Alternative.model_construct(event=leaf.performed, filters=leaf.filters)
        starts, ends = (
            self.w.bind(each, "Array(Int64)")
            for each in ([span.start for span in spans], [span.end for span in spans])
        )
        inside = f"arrayMap((since, until) -> ms >= since AND ms < until, {starts}, {ends})"
        source = self.w.events([leaf.performed], Span(spans[0].start, spans[-1].end))
        if any(is_relative(each.operator) for each in leaf.filters):
            tests = ", ".join(is_of(w, chosen) for w in self.as_of)
            inside = f"arrayMap((is_in, fits) -> is_in AND fits, {inside}, [{tests}])"
        else:
            source = f"{source} AND {is_of(self.w, chosen)}"
        mask = f"arraySum(n -> if(counts[n + 1] {how_often}, bitShiftLeft(toUInt64(1), n), 0), "
        self.behaviours.append(
            f"SELECT person, {len(self.behaviours)} AS leaf, {mask}range({len(self.days)})) AS held"
            f" FROM (WITH toUnixTimestamp64Milli(at) AS ms"
            f" SELECT person, sumForEach({inside}) AS counts {source} GROUP BY person)"
        )
        return f"b{len(self.behaviours) - 1}"

    def span(self, leaf: Performed, n: int) -> Span:
        """The instants of its events that count on a day: none after the day, but of today all."""
        if leaf.within is None:
            return Span(milliseconds(FIRST), self.ends[n])
        span = Span.of_days(*self.as_of[n].scope.days(leaf.within), self.scope.zone)
        return Span(span.start, min(span.end, self.ends[n]))

    def source(self) -> str:
        """The rows of people, each with its days; `known` are those by whose end they were."""
        ends = self.w.bind(self.ends[:-1], "Array(Int64)")
        late = f"arrayCount(until -> toUnixTimestamp64Milli(registered_at) >= until, {ends})"
        known = f"bitAnd({self.always}, bitShiftLeft({self.always}, {late})) AS known"
        own = [f"{each} AS a{n}" for n, each in enumerate(self.attributes)]
        people = f"(SELECT {', '.join(['person', known, *own])} {self.w.people()})"
        if not self.behaviours:
            return people
        leaves = [f"groupBitOrIf(held, leaf = {n}) AS b{n}" for n in range(len(self.behaviours))]
        every = " UNION ALL ".join(self.behaviours)
        did = f"(SELECT person, {', '.join(leaves)} FROM ({every}) GROUP BY person)"
        return f"{people} AS p LEFT JOIN {did} AS d USING (person)"


def joined(function: str, masks: Sequence[str]) -> str:
    return reduce(lambda one, other: f"{function}({one}, {other})", masks)
