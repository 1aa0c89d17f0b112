"""A result as charts: lines as Vega-Lite specifications, the same for the page and for a picture;
a funnel as the heights of its bars, which the page draws itself.

Buckets stand one beside the other by their number and have their days written out, so that no
viewer's own time zone moves a point. Series have their colours in a fixed order.
"""

import json
from dataclasses import dataclass
from typing import Any

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.reports import Granularity, Metric, NumberFormat
from analytics.presentation.numbers import said
from analytics.presentation.series import Line, Way, lines, ways
from analytics.presentation.tables import figure
from analytics.results import FunnelResult, SegmentationResult
from people import locale

Spec = dict[str, Any]
HEIGHT = 320
# Each is distinguishable to colour-blind readers from its neighbours and has 3:1 on both themes.
PALETTE = [
    "#2f6fde", "#d9650b", "#0f8a7e", "#d6457a", "#8b5cf6", "#7d7a00", "#0284c7", "#a16207",
    "#4f8a10", "#b5459c", "#5b6cc9", "#c2413a", "#2a8f5b", "#9a6b4f", "#6b7280", "#a3587a",
]  # fmt: skip
PLAIN_AXIS = {"title": None, "tickCount": 5, "domain": False}
MOST_TICKS = 8


@dataclass(frozen=True)
class Chart:
    """What is drawn, and its legend, which switches the series of lines: (key, name, colour)."""

    spec: Spec
    legend: list[tuple[str, str, str]]


def segmentation_charts(result: SegmentationResult) -> list[Chart]:
    """One a granularity."""
    return [segmentation(result, each) for each in result.granularities]


def picture(spec: Spec) -> str:
    """A specification drawn as SVG, for where no script draws it."""
    # Imported where it is used: it hangs in a process that was forked after it was imported.
    import vl_convert  # noqa: PLC0415

    svg: str = vl_convert.vegalite_to_svg(spec | {"width": 760, "background": "white"})
    return svg


def base(values: list[dict[str, Any]], summary: str) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": summary,
        "width": "container",
        "height": HEIGHT,
        "data": {"values": values},
        "usermeta": {"embedOptions": {"formatLocale": locale.for_charts()}},
    }


# --- Lines --------------------------------------------------------------------------------------


def segmentation(result: SegmentationResult, granularity: Granularity) -> Chart:
    """Lines over time; bars where there is one bucket. What is not over is dashed and hollow."""
    every = lines(result, granularity)
    # A breakdown is drawn by its groups, the whole beside them would press them flat.
    shown = [each for each in every if each.is_group] or every
    now = [each for each in shown if not each.is_before]
    keys = {each.place: str(n) for n, each in enumerate(now)}
    values = [
        point_of(result.metric, line, n, keys[line.now])
        for line in shown
        for n in range(len(line.points))
    ]
    spec = base(values, summary_of(result.metric, now))
    names = list(keys.values())
    if all(len(each.points) == 1 for each in shown):
        return Chart(spec | {"layer": bars(result, shown, keys, values)}, [])
    ticks = [locale.tick(each.start, granularity) for each in now[0].points]
    spec["params"] = [
        {"name": "ticks", "value": ticks},
        {"name": "hidden", "value": []},
        {"name": "chosen", "value": -1},
    ]
    spec["transform"] = [{"filter": "indexof(hidden, datum.series) < 0"}]
    spec["layer"] = curves(result, names, len(ticks), values)
    legend = [
        (key, each.name, PALETTE[n % len(PALETTE)])
        for n, (key, each) in enumerate(zip(names, now, strict=True))
    ]
    return Chart(spec, legend if len(names) > 1 else [])


def point_of(metric: Metric, line: Line, n: int, key: str) -> dict[str, Any]:
    """A row of data; of the period before it stands under the bucket with which it is compared.

    Only the first and the last bucket can be cut, each has a dashed piece.
    """
    point = line.points[n]
    cell = figure(metric, point, line.bucket(n))
    return {
        "day": locale.bucket(point.start, line.granularity),
        "value": point.value,
        "text": said(point.value, metric),
        "series": key,
        "name": line.name,
        "before": line.is_before,
        "partial": point.partial and not line.is_before,
        "formula": cell.hint,
        "place": cell.place,
        "order": n,
        "piece": "first" if n * 2 < len(line.points) else "last",
    }


def summary_of(metric: Metric, shown: list[Line]) -> str:
    totals = [f"{each.name}: {said(each.total.value, metric)}" for each in shown]
    return f"Over the whole period, {', '.join(totals)}."


def axis(result: SegmentationResult, values: list[dict[str, Any]]) -> Spec:
    share = result.metric.written is NumberFormat.SHARE
    large = any((each.total.value or 0) >= 10_000 for each in result.series)
    shown: Spec = {"format": "%" if share else "~s" if large else ",~r", **PLAIN_AXIS}
    scale: Spec = {"zero": True, "nice": True}
    if not any(row["value"] for row in values):
        # Nothing but zeros would stand in the middle, of a scale that has no length.
        scale, shown = {"domain": [0, 1]}, shown | {"values": [0]}
    return {"field": "value", "type": "quantitative", "scale": scale, "axis": shown}


def colour(names: list[str]) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": names, "range": [PALETTE[n % len(PALETTE)] for n in range(len(names))]},
        "legend": None,
    }


def curves(
    result: SegmentationResult, names: list[str], buckets: int, values: list[dict[str, Any]]
) -> list[Spec]:
    every = -(-buckets // MOST_TICKS)
    across = {
        "field": "order",
        "type": "quantitative",
        "scale": {"domain": [0, buckets - 1], "nice": False, "zero": False},
        "axis": {
            "values": list(range(0, buckets, every)),
            "labelExpr": "ticks[datum.value]",
            "title": None,
            "grid": False,
            "labelOverlap": True,
            "labelFlush": False,
        },
    }
    shared = {"x": across, "y": axis(result, values), "color": colour(names)}
    here = {"test": "datum.order === chosen && !datum.before", "value": 0.3}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule"},
            "encoding": {"x": across, "opacity": {"condition": here, "value": 0}},
        }
    ]
    # A layer without a row would have no extent.
    if any(row["before"] for row in values):
        mark = {"type": "line", "strokeWidth": 1.5, "opacity": 0.45, "strokeDash": [2, 3]}
        layers.append({"transform": [{"filter": "datum.before"}], "mark": mark, "encoding": shared})
    if any(not (row["partial"] or row["before"]) for row in values):
        whole = "!datum.partial && !datum.before"
        mark = {"type": "line", "strokeWidth": 2, "interpolate": "linear"}
        layers.append({"transform": [{"filter": whole}], "mark": mark, "encoding": shared})
        layers.append(points(whole, shared, filled=True))
    if any(row["partial"] for row in values):
        mark = {"type": "line", "strokeWidth": 2, "strokeDash": [4, 4]}
        apart = shared | {"detail": {"field": "piece"}}
        layers.append({"transform": dashed_part(), "mark": mark, "encoding": apart})
        layers.append(points("datum.partial", shared, filled=False))
    return layers


def points(which: str, encoding: Spec, *, filled: bool) -> Spec:
    """Full for a bucket that is over, hollow for one that is not."""
    mark = {"type": "point", "filled": filled, "size": 36, "opacity": 1, "strokeWidth": 2}
    return {"transform": [{"filter": which}], "mark": mark, "encoding": encoding}


def dashed_part() -> list[Spec]:
    """The points of a cut bucket and their neighbours: what a dashed line joins."""
    ends = {"sort": [{"field": "order"}], "groupby": ["series"]}
    window = [
        {"op": "lead", "field": "partial", "as": "next_partial"},
        {"op": "lag", "field": "partial", "as": "previous_partial"},
    ]
    return [
        {"filter": "!datum.before"},
        {"window": window, **ends},
        {"filter": "datum.partial || datum.next_partial || datum.previous_partial"},
    ]


VALUES = {NumberFormat.COUNT: ",", NumberFormat.SHARE: ".2%", NumberFormat.RATE: ",.4~r"}


def bars(
    result: SegmentationResult,
    shown: list[Line],
    keys: dict[SegmentationFigure, str],
    values: list[dict[str, Any]],
) -> list[Spec]:
    for n, row in enumerate(values):
        row["bar"] = n
    names = [each.name for each in shown]
    shared = {
        "y": {
            "field": "bar",
            "type": "ordinal",
            "axis": {
                "title": None,
                "labelLimit": 260,
                "labelExpr": f"{json.dumps(names)}[datum.value]",
            },
        },
        "x": axis(result, values),
    }
    form = VALUES[result.metric.written]
    tips = [{"field": "value", "title": "Value", "format": form}]
    return [
        {
            "mark": {"type": "bar", "size": 28},
            "encoding": shared
            | {
                "color": colour(list(keys.values())),
                "opacity": {"condition": {"test": "datum.before", "value": 0.45}, "value": 1},
                "tooltip": tips,
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
            "encoding": shared | {"text": {"field": "value", "format": form}},
        },
    ]  # fmt: skip


# --- Funnel -------------------------------------------------------------------------------------


MOST_BARS = 6


@dataclass(frozen=True)
class Bar:
    """How some people did at one step; heights are percent of the chart's."""

    name: str
    colour: str
    is_before: bool
    people: int
    dropped: int
    of_first: float | None
    of_previous: float | None
    dropped_share: float | None
    lost_since_first: int
    lost_of_first: float | None
    seconds: float | None
    # Whose people they are, as parameters of an address; "" where nobody is behind it.
    reached: str
    lost: str
    kept_height: float
    lost_height: float

    @property
    def kept_y(self) -> float:
        return 100 - self.kept_height

    @property
    def lost_y(self) -> float:
        return self.kept_y - self.lost_height

    @property
    def told(self) -> str:
        """The bar in words, for those who do not see it."""
        text = f"{self.name}: {locale.count(self.people)} people"
        if self.of_previous is None or not self.lost:
            return text
        return f"{text}, {locale.share(self.of_previous)} of the step before"


@dataclass(frozen=True)
class Step:
    name: str
    bars: list[Bar]


@dataclass(frozen=True)
class FunnelChart:
    """A group of bars a step, one of them for each segment, group or period."""

    summary: str
    ways: list[Bar]
    steps: list[Step]
    still_open: list[tuple[str, int]]


def funnel(result: FunnelResult) -> FunnelChart:
    one = len(result.segments) == 1
    shown = (ways(result, groups=True)[:MOST_BARS] if one else []) or ways(result, groups=False)
    # What was before has the colour of what is now, paler.
    now = [way.place for way in shown if not way.is_before]
    colours = [PALETTE[now.index(way.now)] for way in shown]
    steps = [
        Step(
            f"{n + 1}. {step.label}",
            [bar_of(way, colour, n) for way, colour in zip(shown, colours, strict=True)],
        )
        for n, step in enumerate(result.segments[0].steps)
    ]
    waiting = [(each.name, each.still_open) for each in result.segments if each.still_open]
    return FunnelChart(funnel_summary(result), steps[0].bars, steps, waiting)


def bar_of(way: Way, colour: str, n: int) -> Bar:
    numbers, first, entered = way.steps[n], way.steps[0].people, way.entered(n)
    return Bar(
        way.name,
        colour,
        way.is_before,
        numbers.people,
        numbers.dropped,
        numbers.of_first,
        numbers.of_previous,
        numbers.dropped_share,
        first - numbers.people,
        (first - numbers.people) / first if first else None,
        numbers.median_seconds,
        way.reached(n) if numbers.people else "",
        way.dropped(n),
        kept_height=round(100 * numbers.people / first, 2) if first else 0,
        lost_height=round(100 * (entered - numbers.people) / first, 2) if first else 0,
    )


def funnel_summary(result: FunnelResult) -> str:
    said_of = [
        f"{each.name}: {locale.count(each.completed)} of {locale.count(each.entered)} people"
        for each in result.segments
    ]
    return f"Reached the last step, {'; '.join(said_of)}."
