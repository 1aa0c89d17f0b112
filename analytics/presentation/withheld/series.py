"""Series without the buckets, groups and totals of few people."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from analytics.definitions.measures import Aggregate
from analytics.definitions.metrics import Divisor, Metric
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Segmentation
from analytics.presentation.withheld.sums import also_hidden, nested, spaced, tells
from analytics.results import Number, Numbers, Point, SegmentationResult, Series, SeriesGroup

# From short to long.
LENGTHS = tuple(Granularity)
EXTREMES = frozenset({Aggregate.MINIMUM, Aggregate.MAXIMUM})
NOTHING = {"value": None, "numerator": None, "denominator": None}
Group: TypeAlias = tuple[str, str | None]


@dataclass(frozen=True)
class Key:
    """Which numbers over time: of a segment and an event, now or before, of all or of a group."""

    segment: int
    event: int
    granularity: Granularity
    is_before: bool = False
    group: Group | None = None

    @property
    def whole(self) -> "Key":
        return Key(self.segment, self.event, self.granularity, self.is_before)


@dataclass
class Row:
    """How many people are behind the total, at place 0, and behind each bucket; of a rate, of how
    many it is; which of them are hidden."""

    people: list[int]
    of: list[int] | None
    hidden: set[int] = field(default_factory=set)

    @property
    def places(self) -> range:
        return range(len(self.people))

    def hide(self, places: Iterable[int]) -> bool:
        """True where that changes anything."""
        before = len(self.hidden)
        self.hidden.update(places)
        return len(self.hidden) > before


Rows: TypeAlias = dict[Key, Row]


def shown_series(
    result: SegmentationResult, asked: Segmentation, minimum: int, people: SegmentationResult | None
) -> SegmentationResult | None:
    """What may be shown; None where nothing may."""
    rows = hidden_rows(result, asked, minimum, people)
    adds_up = asked.cumulative or not result.metric.counts_people
    is_part = any(each.hidden for each in rows.values())
    if is_part and adds_up and len(result.granularities) > 1:
        longest = max(result.granularities, key=LENGTHS.index)
        result = result.model_copy(update={"series": result.by(longest)})
        rows = hidden_rows(result, asked, minimum, people)
    bare = [each for each in result.series if each.formula is None or not is_part]
    kept = [each for series in bare if (each := shown(series, rows))]
    if not kept:
        return None
    segments = sorted({each.segment for each in kept})
    placed = [each.model_copy(update={"segment": segments.index(each.segment)}) for each in kept]
    names = tuple(result.segments[n] for n in segments)
    return result.model_copy(update={"series": tuple(placed), "segments": names, "overlap": ()})


# --- What is hidden -----------------------------------------------------------------------------


def hidden_rows(
    result: SegmentationResult, asked: Segmentation, minimum: int, people: SegmentationResult | None
) -> Rows:
    """All numbers of people, with what is hidden of them."""
    known = dict(numbers(people)) if people else {}
    same = people is None or labels(people) == labels(result)
    rows = {
        key: row_of(key, each, result.metric, known if same or not is_rest(key) else {})
        for key, each in numbers(result)
    }
    for key, row in rows.items():
        measure = asked.events[key.event].measure
        row.hide(small(row, minimum, is_cumulative=asked.cumulative))
        row.hide(row.places if measure and measure.aggregate in EXTREMES else ())
    of_segments(result, rows, minimum)
    adds_up = not (result.metric.counts_people or asked.cumulative)
    while any([of_groups(rows, minimum), adds_up and over_time(rows, minimum)]):
        continue
    return rows


def numbers(result: SegmentationResult) -> Iterator[tuple[Key, Numbers]]:
    """Whatever a result counts, but for its formulas."""
    for series in result.series:
        if series.event is None:
            continue
        for group in (None, *(series.breakdown or ())):
            label = (group.group, group.value) if group else None
            each = group or series
            yield Key(series.segment, series.event, series.granularity, False, label), each
            if each.previous:
                place = Key(series.segment, series.event, series.granularity, True, label)
                yield place, each.previous


def labels(result: SegmentationResult) -> set[tuple[Key, Group | None]]:
    return {(key.whole, key.group) for key, _ in numbers(result)}


def is_rest(key: Key) -> bool:
    """Whether it is all other values together: another rest where other values are named."""
    return key.group is not None and key.group[0] == "other"


def row_of(key: Key, given: Numbers, metric: Metric, known: Mapping[Key, Numbers]) -> Row:
    """The people behind some numbers; 0 where nobody knows how many they are."""
    of = [each.denominator or 0 for each in (given.total, *given.points)]
    if not (metric.counts_people or metric.divisor is Divisor.DOERS):
        behind = known.get(key)
        found = [behind.total, *behind.points] if behind else [Number(value=0)] * len(of)
        people = [int(each.value or 0) for each in found]
    elif metric.divisor is Divisor.DOERS:
        people = of
    else:
        parts = (given.total, *given.points)
        people = [int((each.numerator if of[0] else each.value) or 0) for each in parts]
    return Row(people, of if metric.divisor is Divisor.SEGMENT else None)


def small(row: Row, minimum: int, *, is_cumulative: bool) -> set[int]:
    """What is of few people, or tells of few by itself."""
    found = {n for n in row.places if row.people[n] < minimum}
    total, *buckets = row.people
    if is_cumulative:
        found |= {n + 1 for n in spaced(buckets, total, minimum)}
    if row.of is not None:
        whole, *each = row.of
        found |= {
            n for n in row.places if row.of[n] < minimum or tells(row.of[n], row.people[n], minimum)
        }
        # Who registered meanwhile is in one of them and not in the other.
        found |= {n + 1 for n in spaced(each, whole, minimum)}
    return set(row.places) if 0 in found else found


def of_segments(result: SegmentationResult, rows: Rows, minimum: int) -> None:
    """Hide what tells of the few who are in one segment and not in another that lies in it."""
    for one, other in nested([each.size for each in result.segments], result.overlap):
        for key, row in rows.items():
            place = Key(one, key.event, key.granularity, key.is_before, key.group)
            if key.segment == other and place in rows:
                pairs = enumerate(zip(rows[place].people, row.people, strict=True))
                row.hide(n for n, (a, b) in pairs if tells(a, b, minimum))
                row.hide(row.places if 0 in row.hidden else ())


def of_groups(rows: Rows, minimum: int) -> bool:
    """Hide what would tell a hidden group; True where that hid anything."""
    changed = False
    for key, row in rows.items():
        groups = [each for at, each in rows.items() if at.group and at.whole == key]
        if key.group or not groups:
            continue
        for n in row.places:
            hidden = {g for g, each in enumerate(groups) if n in each.hidden}
            parts = [each.people[n] for each in groups]
            more = also_hidden(parts, hidden, minimum)
            if n in row.hidden:
                more = set(range(len(groups)))
            for g in more:
                # A group without its total is none.
                changed |= groups[g].hide(groups[g].places if n == 0 else [n])
    return changed


def over_time(rows: Rows, minimum: int) -> bool:
    """Hide what would tell a hidden bucket of a known total; True where that hid anything."""
    changed = False
    for row in rows.values():
        hidden = {n - 1 for n in row.hidden if n}
        if 0 not in row.hidden:
            changed |= row.hide(n + 1 for n in also_hidden(row.people[1:], hidden, minimum))
    return changed


# --- What is shown ------------------------------------------------------------------------------


def shown(series: Series, rows: Rows) -> Series | None:
    """A series as it may be shown; None where its total may not."""
    if series.event is None:
        return series
    key = Key(series.segment, series.event, series.granularity)
    if 0 in rows[key].hidden:
        return None
    groups = None if series.breakdown is None else tuple(groups_of(series.breakdown, key, rows))
    bare = series.model_copy(update={"breakdown": groups})
    return bare.model_copy(update=parts(bare, key, rows))


def groups_of(groups: Iterable[SeriesGroup], key: Key, rows: Rows) -> Iterator[SeriesGroup]:
    for each in groups:
        at = Key(key.segment, key.event, key.granularity, False, (each.group, each.value))
        if 0 not in rows[at].hidden:
            yield each.model_copy(update=parts(each, at, rows))


def parts(given: Series | SeriesGroup, key: Key, rows: Rows) -> dict[str, object]:
    """The buckets, and those of the period before, as they may be shown."""
    before = Key(key.segment, key.event, key.granularity, True, key.group)
    past = given.previous
    if past and 0 in rows[before].hidden:
        past = None
    elif past:
        past = past.model_copy(update={"points": buckets(past.points, rows[before])})
    return {"points": buckets(given.points, rows[key]), "previous": past}


def buckets(points: Iterable[Point], row: Row) -> tuple[Point, ...]:
    return tuple(
        each.model_copy(update=NOTHING) if n in row.hidden else each
        for n, each in enumerate(points, 1)
    )
