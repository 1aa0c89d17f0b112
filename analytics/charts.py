"""A result as Vega-Lite specifications, the same for the page and for a picture.

Times are the project's local times written as UTC, and scales are UTC, so that no viewer's own time
zone moves a point. Colours come from the palette of the theme, in a fixed order.
"""

from typing import Any

from analytics.exports import series_name

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
    series = [each for each in result["series"] if each["granularity"] == granularity]
    names = [series_name(result, each) for each in series]
    values = [
        point_of(name, point, where, len(each["points"]))
        for name, each in zip(names, series, strict=True)
        for where, point in enumerate(each["points"])
        if point["value"] is not None
    ]
    single = all(len(each["points"]) == 1 for each in series)
    spec = base(values, summary_of(result, names, series))
    return spec | {"layer": bars(result, names) if single else lines(result, names, granularity)}


def point_of(name: str, point: dict[str, Any], where: int, count: int) -> dict[str, Any]:
    """A row of data. Only the first and the last bucket can be cut, each has a dashed piece."""
    hint = f"{point['numerator']:,} of {point['denominator']:,}" if "numerator" in point else ""
    return {
        "start": point["start"][:19],
        "value": point["value"],
        "series": name,
        "partial": point["partial"],
        "formula": hint,
        "order": where,
        "piece": "first" if where * 2 < count else "last",
    }


def summary_of(result: dict[str, Any], names: list[str], series: list[dict[str, Any]]) -> str:
    totals = ", ".join(
        f"{name}: {said(each['total']['value'], result['metric'])}"
        for name, each in zip(names, series, strict=True)
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
    }
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": names, "range": PALETTE[: len(names)]},
        "legend": legend if len(names) > 1 else None,
    }


def lines(result: dict[str, Any], names: list[str], granularity: str) -> list[Spec]:
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
        {"field": "start", "type": "temporal", "title": granularity.capitalize(),
         "timeUnit": {"unit": "utcyearmonthdatehoursminutes"}, "format": tip_format(granularity)},
        {"field": "series", "title": "Series"},
        {"field": "value", "title": "Value", "format": value_format(result)},
        {"field": "formula", "title": "People" if result["metric"] == "adoption" else "Parts"},
    ]  # fmt: skip
    return [
        {
            "transform": [{"filter": "!datum.partial"}],
            "mark": {"type": "line", "strokeWidth": 2, "interpolate": "linear"},
            "encoding": shared,
        },
        {
            "transform": dashed_part(),
            "mark": {"type": "line", "strokeWidth": 2, "strokeDash": [4, 4]},
            "encoding": shared | {"detail": {"field": "piece"}},
        },
        points("!datum.partial", shared | {"tooltip": tips}, filled=True),
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
        {"window": window, **ends},
        {"filter": "datum.partial || datum.next_partial || datum.previous_partial"},
    ]


def tip_format(granularity: str) -> str:
    return {"hour": "%a %d %b %Y %H:%M", "month": "%B %Y"}.get(granularity, "%a %d %b %Y")


def value_format(result: dict[str, Any]) -> str:
    return {"adoption": ".2%", "engagement": ",.4~r"}.get(result["metric"], ",")


def bars(result: dict[str, Any], names: list[str]) -> list[Spec]:
    shared = {
        "y": {
            "field": "series",
            "type": "nominal",
            "sort": names,
            "axis": {"title": None, "labelLimit": 260},
        },
        "x": axis(result),
    }
    tips = [{"field": "value", "title": "Value", "format": value_format(result)}]
    return [
        {
            "mark": {"type": "bar", "size": 28},
            "encoding": shared | {"color": colour(names) | {"legend": None}, "tooltip": tips},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600},
            "encoding": shared | {"text": {"field": "value", "format": value_format(result)}},
        },
    ]  # fmt: skip


# --- Funnel -------------------------------------------------------------------------------------


def funnel(result: dict[str, Any]) -> Spec:
    """A group of bars a step: who reached it in full, who was lost on the way quiet above it."""
    names = [each["name"] for each in result["segments"]]
    steps = [f"{n + 1}. {step['label']}" for n, step in enumerate(result["segments"][0]["steps"])]
    values = [
        bar_of(name, steps[n], step)
        for name, segment in zip(names, result["segments"], strict=True)
        for n, step in enumerate(segment["steps"])
    ]
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
                | {"y": {"field": "share", **rate}, "color": colours, "tooltip": bar_tips()},
            },
            label("people", -18, 600, place, rate),
            label("said", -5, 400, place, rate),
        ]
    }


def label(field: str, above: int, weight: int, place: Spec, rate: Spec) -> Spec:
    return {
        "mark": {"type": "text", "dy": above, "fontWeight": weight, "baseline": "bottom"},
        "encoding": place
        | {
            "y": {"field": "before", **rate},
            "text": {"field": field, **({"format": ","} if field == "people" else {})},
        },
    }


def bar_of(name: str, step: str, numbers: dict[str, Any]) -> dict[str, Any]:
    share = numbers["of_first"] or 0
    kept = numbers["of_previous"]
    return {
        "segment": name,
        "step": step,
        "people": numbers["people"],
        "share": share,
        "before": share / kept if kept else share,
        "said": "–" if numbers["of_first"] is None else f"{share * 100:.3g}%",
        "previous": "–" if kept is None else f"{kept * 100:.3g}%",
        "dropped": numbers["dropped"],
    }


def bar_tips() -> list[Spec]:
    return [
        {"field": "step", "title": "Step"},
        {"field": "segment", "title": "Segment"},
        {"field": "people", "title": "Arrived", "format": ","},
        {"field": "previous", "title": "Of the previous step"},
        {"field": "said", "title": "Of the first step"},
        {"field": "dropped", "title": "Dropped", "format": ","},
    ]


def funnel_summary(result: dict[str, Any]) -> str:
    said_of = [
        f"{each['name']}: {each['steps'][-1]['people']:,} of {each['steps'][0]['people']:,} people"
        for each in result["segments"]
    ]
    return f"Reached the last step, {'; '.join(said_of)}."
