"""Results put together by hand, in the shape of contract §4."""

from datetime import date, timedelta

from analytics.definitions.reports import read_stored
from analytics.presentation.kinds import presentation
from analytics.results import FunnelResult, RetentionResult, SegmentationResult, parse_result

START = date(2026, 5, 4)
PERIOD = {"start": "2026-05-04", "end": "2026-05-31"}
# What may have been asked for results of each kind.
ASKED = {
    "segmentation": {"metric": "events", "events": [{"event": "play"}]},
    "funnel": {
        "steps": [{"event": "a"}, {"event": "b"}], "window": {"value": 1, "unit": "day"},
    },
    "retention": {
        "granularity": "week", "intervals": 2, "entry": {"event": "join"},
        "return": {"event": "play"},
    },
}  # fmt: skip


def asked_of(result, **changes):
    """What a result put together by hand answers."""
    return read_stored({"kind": result.kind, "period": PERIOD} | ASKED[result.kind] | changes)


def presented(result, **changes):
    return presentation(result, asked_of(result, **changes))


def answer(kind, **parts):
    return parse_result(
        {
            "kind": kind, "as_of": "2026-06-01T12:00:00+02:00", "timezone": "Europe/Zagreb",
            "period": PERIOD, "warnings": [],
        } | parts
    )  # fmt: skip


def number(value):
    """A number; of a pair the ratio."""
    if not isinstance(value, tuple):
        return {"value": value}
    part, whole = value
    return {"value": part / whole if whole else None, "numerator": part, "denominator": whole}


def numbers(*values, total=None, partial=(), start=START, step=1, previous=None):
    """Points from a day on, with their total; `partial` are the buckets that are not whole."""
    points = [
        {"start": f"{start + timedelta(n * step)}", "partial": n in partial, **number(value)}
        for n, value in enumerate(values)
    ]
    whole = total if total is not None else sum(each or 0 for each in values)
    found = {"total": number(whole), "points": points}
    return found | ({"previous": previous} if previous else {})


def group(name, *values, kind="value", **others):
    label = {"other": "Other", "missing": "No value"}.get(kind, name)
    value = name if kind == "value" else None
    return {"group": kind, "value": value, "label": label, **numbers(*values, **others)}


def series(*values, segment=0, event=0, label="play", granularity="day", breakdown=None, **others):
    own = {"segment": segment, "event": event, "label": label, "granularity": granularity}
    found = own | numbers(*values, **others)
    return found | ({"breakdown": breakdown} if breakdown is not None else {})


def segmentation(*found, segments=("Everybody",), metric="events", **others) -> SegmentationResult:
    sizes = [{"name": each, "size": 100} for each in segments]
    return answer("segmentation", metric=metric, segments=sizes, series=list(found), **others)


def step(label, people, before, first, seconds=60.0):
    return {
        "label": label, "people": people, "of_previous": people / before if before else None,
        "of_first": people / first if first else None, "dropped": before - people,
        "dropped_share": (before - people) / before if before else None, "median_seconds": seconds,
    }  # fmt: skip


def journey(*people, still_open=0, previous=None):
    """The steps a, b, c … and how many got to each."""
    before = [people[0], *people]
    steps = [
        step("abcdefg"[n], count, before[n], people[0], 60.0 * n if n else None)
        for n, count in enumerate(people)
    ]
    found = {"steps": steps, "still_open": still_open, "conversion": steps[-1]["of_first"]}
    if previous:
        earlier = journey(*previous)
        for own, past in zip(steps, earlier["steps"], strict=True):
            own["previous"] = {key: past[key] for key in past if key != "label"}
        found["previous"] = {key: earlier[key] for key in ("conversion", "still_open")}
    return found


def funnel(*journeys, segments=("Everybody",), **others) -> FunnelResult:
    found = [
        {"name": name, "size": 100, **each} for name, each in zip(segments, journeys, strict=True)
    ]
    return answer("funnel", segments=found, **others)


def cohort(start, *people, partial=(), size=None):
    """Those who began on a day: the people of each interval; None is one that has not begun."""
    [first, *_] = people
    return {
        "start": f"{start}", "people": size or first or 0,
        "intervals": [
            each if each is None else {
                "people": each, "share": each / first if first else None, "partial": n in partial,
            }
            for n, each in enumerate(people)
        ],
    }  # fmt: skip


def retention(*found, segments=("Everybody",), **others) -> RetentionResult:
    """Of each segment its average and its cohorts."""
    parts = [
        {"name": name, "size": 100, "average": average, "cohorts": cohorts}
        for name, (average, cohorts) in zip(segments, found, strict=True)
    ]
    return answer("retention", segments=parts, **others)
