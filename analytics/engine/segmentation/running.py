"""The SQL of people over longer times than a bucket: the last N days, or all since the start.

Nobody is counted once a bucket for that. Each person comes in some bucket and goes in a later one;
how many came and went in each is all that has to be added up (contract §2). What is cumulative is
rolling over as many buckets as there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.engine.breakdowns import values_of_people
from analytics.engine.buckets import Bucket, bucket_of
from analytics.engine.segmentation.plan import Counted, Grid
from analytics.engine.writer import Writer


@dataclass(frozen=True)
class Running:
    """A grid of a segmentation whose buckets count longer than they last.

    Of each person there is one sorted list of places, for all events: that of a bucket, from 0,
    and for each further event `apart` more, so far that no event's people reach into the next.
    """

    asked: Counted
    grid: Grid
    events: int
    by_part: bool = False

    @property
    def reach(self) -> Sequence[Bucket]:
        return self.asked.reach(self.grid)

    @property
    def end(self) -> int:
        """The place behind the last bucket."""
        return len(self.reach)

    @property
    def length(self) -> int:
        """Of how many buckets each counts, itself included."""
        return self.asked.report.rolling or self.end

    @property
    def apart(self) -> int:
        return self.end + self.length + 1

    @property
    def known(self) -> list[str]:
        """What is the same in all that somebody did."""
        return [f"s{n}" for n in range(len(self.asked.plan.segments))]

    @property
    def part(self) -> list[str]:
        return ["part"] if self.by_part else []

    def changes(self, w: Writer, inner: str) -> str:
        """SELECT (0, place of a bucket, its part where it has parts, of each segment × event how
        many more people there are than in the bucket before). `inner` is what was done within
        reach, each with the start of its bucket as `b0`."""
        segments = range(len(self.asked.plan.segments))
        counts = ", ".join(f"toInt64(countIf(s{n})) AS c{n}" for n in segments)
        shown, keys = "".join(f"{each}, " for each in self.part), ["moved", *self.part]
        moved = (
            f"SELECT moved, {shown}{counts} FROM ({self.moved(w, inner)})"
            f" GROUP BY {', '.join(keys)}"
        )
        numbers = ", ".join(
            f"sumIf(if(moved % 2 = 1, c{s}, -c{s}), intDiv(moved, {2 * self.apart}) = {e})"
            for s in segments
            for e in range(self.events)
        )
        place = f"least(intDiv(moved, 2) % {self.apart}, {self.end})"
        grouped = ", ".join(["b0", *self.part])
        return (
            f"SELECT toUInt8(0) AS which, {place} AS b0, {shown}{numbers} FROM ({moved})"
            f" GROUP BY {grouped}"
        )

    def moved(self, w: Writer, inner: str) -> str:
        """SELECT where people come and go: twice the place, and 1 more where they come."""
        comes = f"arrayFilter((x, y) -> x - y > {self.length}, days, {self.shifted('Right', -1)})"
        last = f"arrayFilter((x, y) -> y - x > {self.length}, days, {self.shifted('Left', 1)})"
        comes = f"arrayMap(x -> {self.registered('x')} * 2 + 1, {comes})"
        goes = f"arrayMap(x -> {self.registered(f'(x + {self.length})')} * 2, {last})"
        places = f"arrayJoin(arrayConcat({comes}, {goes}))"
        columns = ", ".join([*self.known, *self.part])
        people = self.people(w, inner)
        if self.asked.by_registration:
            people = self.with_since(w, people)
        return f"SELECT {columns}, {places} AS moved FROM ({people})"

    def with_since(self, w: Writer, people: str) -> str:
        """SELECT people with `since`, the place of the first bucket by whose end they were
        registered; of those registered later that behind the last."""
        bucket = index_of(w, bucket_of(w, "r.registered_at", self.reach), self.reach)
        before = f"r.registered_at < {w.instant(self.reach[-1].end)}"
        since = f"if({before}, {bucket}, toInt64({self.end})) AS since"
        beside = values_of_people(w, None, "registered_at")
        return f"SELECT *, {since} FROM ({people}) AS p LEFT JOIN ({beside}) AS r USING (person)"

    def shifted(self, side: str, sign: int) -> str:
        """SQL: of each place its neighbour, of the outermost one that is far away."""
        return f"arrayShift{side}(days, 1, {sign * (self.events + 1) * self.apart})"

    def registered(self, place: str) -> str:
        """SQL: a place or, where it matters, that from which on the person is registered."""
        if not self.asked.by_registration:
            return place
        return f"greatest({place}, intDiv({place}, {self.apart}) * {self.apart} + since)"

    def people(self, w: Writer, inner: str) -> str:
        """SELECT each person with the sorted places of all that they did."""
        rows = f"SELECT *, {index_of(w, 'b0', self.reach)} AS place FROM ({inner})"
        known = [f"any({each}) AS {each}" for each in self.known]
        did = ", ".join(
            f"groupUniqArrayIf(place + {n * self.apart}, e{n})" for n in range(self.events)
        )
        columns = ", ".join([*self.part, *known, f"arraySort(arrayConcat({did})) AS days"])
        keys = ", ".join(["person", *self.part])
        return f"SELECT person, {columns} FROM ({rows}) GROUP BY {keys}"


def index_of(w: Writer, start: str, reach: Sequence[Bucket]) -> str:
    """SQL: the place of a bucket, of its start."""
    filled = [n for n, each in enumerate(reach) if each.start < each.end]
    starts = w.bind([reach[n].start for n in filled], "Array(Int64)")
    return f"transform({start}, {starts}, {w.bind(filled, 'Array(Int64)')}, toInt64(0))"
