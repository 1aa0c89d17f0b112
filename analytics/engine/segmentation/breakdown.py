"""The breakdown of a segmentation: the largest values of each event, and the numbers of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.definitions.breakdowns import AnyBreakdown
from analytics.definitions.events import AnyCounted
from analytics.definitions.figures import SegmentationFigure
from analytics.engine.breakdowns import value_by, values_of_people
from analytics.engine.buckets import Bucket, bucket_of
from analytics.engine.query import Statement
from analytics.engine.segmentation.plan import Counted, Grids
from analytics.engine.segmentation.running import Running
from analytics.engine.segmentation.sql import did, grouped, number, numerator
from analytics.engine.segments import members
from analytics.engine.writer import Writer
from people.values import Type

# Which of the `largest` values it is: 1 … in their order, 0 any other, -1 no value.
GROUP_OF = "if({0} = '', -1, toInt16(indexOf(largest, {0})))"
OTHER, MISSING = 0, -1


@dataclass(frozen=True)
class Split:
    """The breakdown of one event of a report. The groups are those of the report's own period, so
    that they are the same in what it is compared with."""

    own: Counted
    event: int
    breakdown: AnyBreakdown

    @property
    def has_own_sizes(self) -> bool:
        """Whether a group has a denominator of its own: people have attributes, events do not."""
        return self.own.report.metric.is_of_segment and not self.breakdown.of_events

    @property
    def segments(self) -> range:
        return range(len(self.own.plan.segments))

    @property
    def entry(self) -> AnyCounted:
        return self.own.report.events[self.event]

    @property
    def is_list(self) -> bool:
        """Whether each event, or person, may have several values."""
        return Type.LIST in self.breakdown.types([self.entry], self.own.plan.scope.catalogue)

    def value(self, w: Writer) -> str:
        """SQL for an event's value as text, or as the array of them."""
        if not self.breakdown.of_events:
            return "r.value"
        return value_by(w, self.breakdown, [self.entry])

    def part(self, column: str) -> str:
        """SQL for the group of a value; for each group of an array once."""
        if self.is_list:
            found = f"arrayMap(each -> {GROUP_OF.format('each')}, {column})"
            return f"arrayJoin(arrayDistinct({found}))"
        return GROUP_OF.format(column)

    def did(self, w: Writer, asked: Counted, some: Grids) -> str:
        return did(w, asked, some, [self.entry], value=self.value(w))

    def largest(self, w: Writer) -> str:
        """A scalar: the values that most did, over all segments; of equals the first by name."""
        inner = self.did(w, self.own, {None: self.own.grids[None]})
        each = "arrayJoin(worth)" if self.is_list else "worth"
        amount = " + ".join(numerator(self.own, s, 0) for s in self.segments)
        return (
            f"(SELECT groupArray(one) FROM (SELECT {each} AS one, {amount} AS amount FROM ({inner})"
            " GROUP BY one HAVING one != '' AND amount > 0 ORDER BY amount DESC, one"
            f" LIMIT {w.bind(self.breakdown.limit, 'UInt64')}))"
        )

    def values(self) -> Statement:
        """One row: the list of the largest values."""
        w = self.own.plan.writer()
        return w.statement(f"SELECT {self.largest(w)}")

    def counts(self, asked: Counted, some: Grids) -> Statement:
        """Rows: (which grid, start of the bucket of each, group, a number for each segment)."""
        w = asked.plan.writer()
        largest = self.largest(w)
        [*_, name] = some
        if asked.runs(name):
            inner = self.did(w, asked, {name: asked.reach(name)})
            parts = f"SELECT *, {self.part('worth')} AS part FROM ({inner})"
            counted = Running(asked, name, 1, by_part=True).changes(w, parts)
            return w.statement(f"WITH {largest} AS largest {counted}")
        inner = self.did(w, asked, some)
        numbers = [number(w, self.own, s, 0, self.entry) for s in self.segments]
        parts = f"SELECT *, {self.part('worth')} AS part FROM ({inner})"
        counted = grouped(parts, len(some), numbers, by_part=True)
        return w.statement(f"WITH {largest} AS largest {counted}")

    def sizes(self, asked: Counted, grid: Sequence[Bucket]) -> Statement:
        """Rows: (start of the bucket they registered in, group, members of each segment); the
        bucket is 0 where it does not matter."""
        w = asked.plan.writer()
        largest = self.largest(w)
        flags = [f"{members(w, each)} AS s{n}" for n, each in enumerate(asked.plan.segments)]
        numbers = ", ".join(f"uniqExactIf(person, s{n})" for n in self.segments)
        people = values_of_people(w, self.breakdown, "registered_at")
        bucket, until = "toInt64(0)", "1"
        if asked.by_registration:
            bucket = bucket_of(w, "registered_at", grid)
            until = f"registered_at < {w.instant(grid[-1].end)}"
        return w.statement(
            f"WITH {largest} AS largest SELECT {bucket} AS bucket,"
            f" {self.part('value')} AS part, {numbers}"
            f" FROM (SELECT person, value, registered_at, {', '.join(flags)} FROM ({people}))"
            f" WHERE {until} GROUP BY bucket, part"
        )

    def test(self, w: Writer, figure: SegmentationFigure) -> str:
        """A plain boolean over what was done: is its value in the figure's group?"""
        values = "worth" if self.is_list else "[worth]"
        if figure.group == "value":
            return f"has({values}, {w.bind(figure.value, 'String')})"
        if figure.group == "missing":
            return f"has({values}, '')"
        rest = f"x -> x != '' AND NOT has({self.largest(w)}, x)"
        return f"arrayExists({rest}, {values})"


def splits(own: Counted) -> list[Split]:
    """One for each event of a report that is broken down."""
    if own.report.breakdown is None:
        return []
    return [Split(own, event, own.report.breakdown) for event in range(len(own.report.events))]
