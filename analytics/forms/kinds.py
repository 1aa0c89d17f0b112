"""What differs by the kind of a report in its form: bounds, words, parameters ↔ definition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from django.http import QueryDict

from analytics.definitions.formulas import MAX_FORMULAS
from analytics.definitions.problems import MIN_STEPS
from analytics.definitions.reports import MAX_EVENTS, MAX_FUNNEL_SEGMENTS, MAX_STEPS, Kind
from analytics.definitions.segments import MAX_SEGMENTS
from analytics.forms.fields import Fields, number
from people.values import Type


@dataclass(frozen=True)
class Shape:
    """The form of one kind.

    `template` shows what only this kind has, `icon` stands for it in lists. `own` reads from the
    parameters what only this kind has, `fields` writes it back; `gap` names what is missing where
    no event is chosen. A breakdown is by properties of the first `grouping_events` events, of all
    where that is None, that are of no `unfit` type.
    """

    template: str
    icon: str
    event_key: str
    fewest_events: int
    most_events: int
    most_segments: int
    gap: str
    first_draft: Mapping[str, list[str]]
    properties_of: str
    grouping_events: int | None
    unfit: tuple[Type, ...]
    twice: str
    own: Callable[[QueryDict], dict[str, Any]]
    fields: Callable[[Mapping[str, Any]], Fields]
    most_formulas: int = 0


def own_of_segmentation(query: QueryDict) -> dict[str, Any]:
    return {
        "metric": query.get("metric", ""),
        "granularities": query.getlist("granularity"),
        "denominator": query.get("denominator", "members"),
    }


def fields_of_segmentation(definition: Mapping[str, Any]) -> Fields:
    fields: Fields = [(key, definition[key]) for key in ("metric", "denominator")]
    return fields + [("granularity", each) for each in definition["granularities"]]


def own_of_funnel(query: QueryDict) -> dict[str, Any]:
    window = {"value": number(query.get("value", "")), "unit": query.get("unit", "")}
    return {"window": window, "completion": query.get("completion", "within_period")}


def fields_of_funnel(definition: Mapping[str, Any]) -> Fields:
    window: Fields = [(key, definition["window"][key]) for key in ("value", "unit")]
    return [*window, ("completion", definition["completion"])]


SEGMENTATION = Shape(
    template="components/segmentation-fields.html",
    icon="lines",
    event_key="events",
    fewest_events=1,
    most_events=MAX_EVENTS,
    most_segments=MAX_SEGMENTS,
    gap="event",
    first_draft={"period": ["last_30_days"], "granularity": ["day"], "metric": ["people"]},
    properties_of="Properties",
    grouping_events=None,
    unfit=(Type.DATETIME,),
    twice="",
    own=own_of_segmentation,
    fields=fields_of_segmentation,
    most_formulas=MAX_FORMULAS,
)
FUNNEL = Shape(
    template="components/funnel-fields.html",
    icon="bars",
    event_key="steps",
    fewest_events=MIN_STEPS,
    most_events=MAX_STEPS,
    most_segments=MAX_FUNNEL_SEGMENTS,
    gap="steps",
    first_draft={"period": ["last_30_days"], "value": ["1"], "unit": ["day"]},
    properties_of="Properties of step 1",
    grouping_events=1,
    unfit=(Type.DATETIME, Type.LIST),
    twice="The same as the step before: who does it twice gets here.",
    own=own_of_funnel,
    fields=fields_of_funnel,
)


def shape_of(kind: Kind) -> Shape:
    match kind:
        case Kind.SEGMENTATION:
            return SEGMENTATION
        case Kind.FUNNEL:
            return FUNNEL
        case _:
            assert_never(kind)
