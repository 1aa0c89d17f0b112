"""What the events of one name hold: how often each property is filled, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.engine.catalogue import texts
from analytics.engine.query import Scope, Span, Statement
from analytics.engine.writer import Writer
from analytics.store.columns import subcolumn
from people.values import Type


def totals(event: str, before: Span, now: Span, scope: Scope) -> Statement:
    """One row: how many events of the name and how many people in a span, the same in the span
    before, and the newest event ever in ms (0: none)."""
    w = Writer(scope)
    source = w.events([event])
    counts = [
        count
        for span in (now, before)
        for inside in [f"at >= {w.instant(span.start)} AND at < {w.instant(span.end)}"]
        for count in (f"countIf({inside})", f"uniqExactIf(person, {inside})")
    ]
    newest = "if(count() = 0, 0, toUnixTimestamp64Milli(max(at)))"
    return w.statement(f"SELECT {', '.join(counts)}, {newest} {source}")


def filled(event: str, properties: Mapping[str, Type], scope: Scope) -> Statement:
    """One row: how many events of the name there are, and of each property how many of them have
    it and how many different values there are."""
    w = Writer(scope)
    counts = "".join(
        f", countIf(notEmpty({held})), uniqExactArray({held})"
        for name, kind in properties.items()
        for held in [f"arrayFilter(x -> x != '', {texts(subcolumn(name, kind), kind)})"]
    )
    return w.statement(f"SELECT count(){counts} {w.events([event])}")


def spreads(event: str, numbers: list[str], scope: Scope) -> Statement:
    """One row: of each property the smallest number, the largest, the median, and what nine of ten
    do not exceed, the last two interpolated; all null where it has none."""
    w = Writer(scope)
    parts = ", ".join(
        f"min({column}), max({column}), quantileExactInclusive(0.5)({column}),"
        f" quantileExactInclusive(0.9)({column})"
        for name in numbers
        for column in [subcolumn(name, Type.NUMBER)]
    )
    return w.statement(f"SELECT {parts} {w.events([event])}")


@dataclass(frozen=True)
class Bins:
    """Parts of equal width between two numbers; the last one has the upper end, too."""

    low: float
    high: float
    number: int

    @property
    def width(self) -> float:
        return (self.high - self.low) / self.number


def histograms(event: str, bins: Mapping[str, Bins], scope: Scope) -> Statement:
    """Rows (position of the property, number of the bin, how many events)."""
    w = Writer(scope)
    pairs = ", ".join(
        f"if(isNull({column}), [], [(toUInt16({place}), toUInt16(least({each.number - 1},"
        f" greatest(0, floor((assumeNotNull({column}) - {low}) / {width})))))])"
        for place, (name, each) in enumerate(bins.items())
        for column in [subcolumn(name, Type.NUMBER)]
        for low, width in [[w.bind(each.low, "Float64"), w.bind(each.width, "Float64")]]
    )
    return w.statement(
        "SELECT pair.1 AS place, pair.2 AS bin, count() FROM"
        f" (SELECT arrayJoin(arrayConcat({pairs})) AS pair {w.events([event])})"
        " GROUP BY place, bin"
    )
