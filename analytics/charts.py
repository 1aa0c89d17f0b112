"""A result as Vega-Lite specifications, the same for the page and for a picture.

Times are the project's local times written as UTC, and scales are UTC, so that no viewer's own time
zone moves a point. Colours come from the palette of the theme, in a fixed order.
"""

from typing import Any

from analytics.exports import BEFORE, Line, Way, duration, lines, ways

Spec = dict[str, Any]
HEIGHT = 320
# Each is distinguishable to colour-blind readers from its neighbours and has 3:1 on both themes.
PALETTE = [
    "#2f6fde", "#d9650b", "#0f8a7e", "#d6457a", "#8b5cf6", "#7d7a00", "#0284c7", "#a16207",
    "#4f8a10", "#b5459c", "#5b6cc9", "#c2413a", "#2a8f5b", "#9a6b4f", "#6b7280", "#a3587a",
]  # fmt: skip
PLAIN_AXIS = {"title": None, "tickCount": 5, "domain": False}
TICKS = {"hour": "%d %b %H:%M", "day": "%d %b", "week": "%d %b", "month": "%b %Y"}


def charts(result: dict[str, Any]) -> list[Spec]:
    """One specification a granularity of a segmentation, one of a funnel."""
    if result["kind"] == "funnel":
        return [funnel(result)]
    found = {series["granularity"]: None for series in result["series"]}
    return [segmentation(result, granularity) for granularity in found]


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
    }


# --- Lines --------------------------------------------------------------------------------------


def segmentation(result: dict[str, Any], granularity: str) -> Spec:
    """Lines over time; bars where there is one bucket. What is not over is dashed and hollow."""
    every = lines(result, granularity)
    # A breakdown is drawn by its groups, the whole beside them would press them flat.
    shown = [each for each in every if each.is_group] or every
    now = [each for each in shown if not each.is_before]
    values = [
        point_of(line, point, now)
        for line in shown
        for point in enumerate(line.points)
        if point[1]["value"] is not None
    ]
    single = all(len(each.points) == 1 for each in shown)
    spec = base(values, summary_of(result, now))
    names = [each.name for each in now]
    return spec | {
        "layer": bars(result, [each.name for each in shown], names)
        if single
        else curves(result, names, granularity)
    }


def point_of(line: Line, indexed: tuple[int, dict[str, Any]], now: list[Line]) -> dict[str, Any]:
    """A row of data; of the period before it stands under the bucket with which it is compared.

    Only the first and the last bucket can be cut, each has a dashed piece.
    """
    where, point = indexed
    hint = f"{point['numerator']:,} of {point['denominator']:,}" if "numerator" in point else ""
    own = line.name.removesuffix(BEFORE) if line.is_before else line.name
    beside = next(each.points for each in now if each.name == own)
    at = beside[where] if where < len(beside) else beside[-1]
    return {
        "start": at["start"][:19],
        "day": point["start"][:16],
        "value": point["value"],
        "series": own,
        "name": line.name,
        "before": line.is_before,
        "partial": point["partial"] and not line.is_before,
        "formula": hint,
        "order": where,
        "piece": "first" if where * 2 < len(line.points) else "last",
    }


def summary_of(result: dict[str, Any], shown: list[Line]) -> str:
    totals = ", ".join(
        f"{each.name}: {said(each.total['value'], result['metric'])}" for each in shown
    )
    return f"Over the whole period, {totals}."


def said(value: float | None, metric: str) -> str:
    if value is None:
        return "unknown"
    return (
        f"{value:.1%}"
        if metric == "adoption"
        else f"{value:,.4g}"
        if value % 1
        else f"{value:,.0f}"
    )


def axis(result: dict[str, Any]) -> Spec:
    share = result["metric"] == "adoption"
    large = any((each["total"]["value"] or 0) >= 10_000 for each in result["series"])
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"format": "%" if share else "~s" if large else "~r", **PLAIN_AXIS},
    }


def colour(names: list[str]) -> Spec:
    legend = {
        "title": None,
        "orient": "top",
        "columns": 2,
        "labelLimit": 320,
        "symbolType": "stroke",
        "symbolOpacity": 1,
    }
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": names, "range": PALETTE[: len(names)]},
        "legend": legend if len(names) > 1 else None,
    }


def curves(result: dict[str, Any], names: list[str], granularity: str) -> list[Spec]:
    across = {
        "field": "start",
        "type": "temporal",
        "timeUnit": {"unit": "utcyearmonthdatehoursminutes"},
        "scale": {"type": "utc"},
        "axis": {
            "format": TICKS[granularity],
            "title": None,
            "grid": False,
            "labelOverlap": True,
            "tickCount": 8,
        },
    }
    shared = {"x": across, "y": axis(result), "color": colour(names)}
    tips = [
        {"field": "day", "title": granularity.capitalize()},
        {"field": "name", "title": "Series"},
        {"field": "value", "title": "Value", "format": value_format(result)},
        {"field": "formula", "title": "People" if result["metric"] == "adoption" else "Parts"},
    ]  # fmt: skip
    earlier = {
        "transform": [{"filter": "datum.before"}],
        "mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.45},
        "encoding": shared | {"tooltip": tips},
    }
    return [
        *([earlier] if "previous_period" in result else []),
        {
            "transform": [{"filter": "!datum.partial && !datum.before"}],
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "linear"},
            "encoding": shared,
        },
        {
            "transform": dashed_part(),
            "mark": {"type": "line", "strokeWidth": 2, "strokeDash": [4, 4]},
            "encoding": shared | {"detail": {"field": "piece"}},
        },
        points("!datum.partial && !datum.before", shared | {"tooltip": tips}, filled=True),
        points("datum.partial", shared | {"tooltip": tips}, filled=False),
    ]


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


def value_format(result: dict[str, Any]) -> str:
    return {"adoption": ".2%", "engagement": ",.4~r"}.get(result["metric"], ",")


def bars(result: dict[str, Any], shown: list[str], names: list[str]) -> list[Spec]:
    shared = {
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": shown,
            "axis": {"title": None, "labelLimit": 260},
        },
        "x": axis(result),
    }
    tips = [{"field": "value", "title": "Value", "format": value_format(result)}]
    return [
        {
            "mark": {"type": "bar", "size": 28},
            "encoding": shared
            | {
                "color": colour(names) | {"legend": None},
                "opacity": {"condition": {"test": "datum.before", "value": 0.45}, "value": 1},
                "tooltip": tips,
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
            "encoding": shared | {"text": {"field": "value", "format": value_format(result)}},
        },
    ]  # fmt: skip


# --- Funnel -------------------------------------------------------------------------------------


MOST_BARS = 6


def funnel(result: dict[str, Any]) -> Spec:
    """A group of bars a step: who reached it in full, who was lost on the way quiet above it."""
    one = len(result["segments"]) == 1
    shown = (ways(result, groups=True)[:MOST_BARS] if one else []) or ways(result, groups=False)
    names = [way.name for way in shown]
    steps = [f"{n + 1}. {step['label']}" for n, step in enumerate(shown[0].steps)]
    values = [bar_of(way, steps[n], n) for way in shown for n in range(len(steps))]
    across = {
        "field": "step",
        "type": "nominal",
        "sort": steps,
        "axis": {"title": None, "labelAngle": 0, "labelLimit": 150, "grid": False},
        "scale": {"paddingInner": 0.3},
    }
    beside = {"field": "segment", "sort": names} if len(names) > 1 else None
    place = {"x": across} | ({"xOffset": beside} if beside else {})
    rate = {
        "type": "quantitative",
        "axis": {"format": "%", "title": None, "tickCount": 4, "domain": False},
        "scale": {"domain": [0, 1.12], "nice": False},
    }
    colours = colour(names) | {"field": "segment"}
    # What was before has the colour of what is now, paler.
    range_of = [PALETTE[[w.name for w in shown if not w.is_before].index(
        way.name.removesuffix(BEFORE))] for way in shown]  # fmt: skip
    colours["scale"] = {"domain": names, "range": range_of}
    paler = {"condition": {"test": "datum.past", "value": 0.45}, "value": 1}
    if colours["legend"]:
        colours["legend"] |= {"symbolType": "square", "symbolOpacity": 1}
    return base(values, funnel_summary(result)) | {
        "layer": [
            {
                "mark": {"type": "bar", "opacity": 0.14, "cornerRadiusEnd": 2},
                "encoding": place
                | {"y": {"field": "before", **rate}, "color": colours, "tooltip": bar_tips()},
            },
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 2},
                "encoding": place
                | {"y": {"field": "share", **rate}, "color": colours, "tooltip": bar_tips()}
                | {"opacity": paler},
            },
            *labels(place, rate, len(shown)),
        ]
    }


def labels(place: Spec, rate: Spec, beside: int) -> list[Spec]:
    """What stands on top of the bars: people and share where there is room, else people alone."""
    if beside > 3:
        return [label("people", -5, 600, place, rate)]
    return [label("people", -18, 600, place, rate), label("said", -5, 400, place, rate)]


def label(field: str, above: int, weight: int, place: Spec, rate: Spec) -> Spec:
    return {
        "mark": {"type": "text", "dy": above, "fontWeight": weight, "baseline": "bottom"},
        "encoding": place
        | {
            "y": {"field": "before", **rate},
            "text": {"field": field, **({"format": ","} if field == "people" else {})},
        },
    }


def bar_of(way: Way, step: str, n: int) -> dict[str, Any]:
    numbers = way.steps[n]
    share = numbers["of_first"] or 0
    kept = numbers["of_previous"]
    first = way.steps[0]["people"]
    taken = numbers["median_seconds"]
    return {
        "segment": way.name,
        "past": way.is_before,
        "step": step,
        "people": numbers["people"],
        "share": share,
        "before": way.steps[n - 1]["people"] / first if n and first else share,
        "said": "–" if numbers["of_first"] is None else f"{share * 100:.3g}%",
        "previous": "–" if kept is None else f"{kept * 100:.3g}%",
        "dropped": numbers["dropped"],
        "lost": "–" if numbers["dropped_share"] is None
        else f"{numbers['dropped']:,} ({numbers['dropped_share'] * 100:.3g}%)",
        "took": "–" if taken is None else duration(taken),
    }  # fmt: skip


def bar_tips() -> list[Spec]:
    return [
        {"field": "step", "title": "Step"},
        {"field": "segment", "title": "Segment"},
        {"field": "people", "title": "Arrived", "format": ","},
        {"field": "previous", "title": "Of the previous step"},
        {"field": "said", "title": "Of the first step"},
        {"field": "lost", "title": "Dropped"},
        {"field": "took", "title": "Median time"},
    ]


def funnel_summary(result: dict[str, Any]) -> str:
    said_of = [
        f"{each['name']}: {each['steps'][-1]['people']:,} of {each['steps'][0]['people']:,} people"
        for each in result["segments"]
    ]
    return f"Reached the last step, {'; '.join(said_of)}."
