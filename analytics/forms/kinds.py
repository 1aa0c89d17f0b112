"""What differs by the kind of a report in its form: bounds, words, parameters ↔ definition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from django.http import QueryDict

from analytics.definitions.formulas import MAX_FORMULAS
from analytics.definitions.kinds import Kind
from analytics.definitions.parts import Word
from analytics.definitions.periods import Granularity
from analytics.definitions.problems import MIN_STEPS
from analytics.definitions.reports import MAX_EVENTS, MAX_FUNNEL_SEGMENTS, MAX_STEPS
from analytics.definitions.retention import SIZES, CohortEntry, Counting
from analytics.definitions.segments import MAX_SEGMENTS
from analytics.definitions.steps import Order
from analytics.forms.cards import Known
from analytics.forms.fields import Fields, number
from analytics.forms.funnels import FunnelRules
from analytics.forms.rules import Rules
from people.values import Type

USUAL_ROLLING = "7"


def no_rules(_query: QueryDict, _known: Known) -> Rules:
    return Rules()


@dataclass(frozen=True)
class Shape:
    """The form of one kind.

    `template` shows what only this kind has, `controls` what of it stands above the chart, `icon`
    stands for it in lists. Its events are a list under `event_key` or, where they are few and
    differ, each under one of `own_keys`. `own` reads from the parameters what only this kind has,
    `fields` writes it back, `rules` reads the rows that only this kind has, of some there are
    `choices`; `gap` names what is missing where no event is chosen. A breakdown is by properties of
    the first `grouping_events` events, of all where that is None, that are of no `unfit` type;
    kinds without `has_extras` have none, are not compared, and their segments may overlap.
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
    controls: str = ""
    own_keys: tuple[str, ...] = ()
    rules: Callable[[QueryDict, Known], Rules] = no_rules
    has_extras: bool = True
    choices: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)

    def path(self, n: int) -> str:
        """Where the n-th event stands in the definition."""
        return self.own_keys[n] if self.own_keys else f"{self.event_key}.{n}"

    def events_of(self, definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The events of a definition, in the order of their cards."""
        if self.own_keys:
            return [definition[key] for key in self.own_keys]
        return list(definition[self.event_key])

    def with_events(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        """The keys of the definition that hold the events."""
        if self.own_keys:
            return dict(zip(self.own_keys, events, strict=True))
        return {self.event_key: events}


def own_of_segmentation(query: QueryDict) -> dict[str, Any]:
    return {
        "metric": query.get("metric", ""),
        "granularities": query.getlist("granularity"),
        "denominator": query.get("denominator", "members"),
        **spans_of(query),
    }


def spans_of(query: QueryDict) -> dict[str, Any]:
    """Over which time a bucket counts, where it is not its own."""
    match query.get("over"):
        case "rolling":
            return {"rolling": number(query.get("rolling") or USUAL_ROLLING)}
        case "cumulative":
            return {"cumulative": True}
        case _:
            return {}


def fields_of_segmentation(definition: Mapping[str, Any]) -> Fields:
    fields: Fields = [(key, definition[key]) for key in ("metric", "denominator")]
    if days := definition.get("rolling"):
        fields += [("over", "rolling"), ("rolling", days)]
    if definition.get("cumulative"):
        fields.append(("over", "cumulative"))
    return fields + [("granularity", each) for each in definition["granularities"]]


def own_of_funnel(query: QueryDict) -> dict[str, Any]:
    window = {"value": number(query.get("value", "")), "unit": query.get("unit", "")}
    return {"window": window, "completion": query.get("completion", "within_period")}


def fields_of_funnel(definition: Mapping[str, Any]) -> Fields:
    window: Fields = [(key, definition["window"][key]) for key in ("value", "unit")]
    own: Fields = [*window, ("completion", definition["completion"])]
    return own + FunnelRules.of(definition).fields()


def own_of_retention(query: QueryDict) -> dict[str, Any]:
    words = {key: query.get(key, "") for key in ("granularity", "cohort", "counting")}
    return words | {"intervals": number(query.get("intervals", ""))}


def fields_of_retention(definition: Mapping[str, Any]) -> Fields:
    return [(key, definition[key]) for key in ("granularity", "intervals", "cohort", "counting")]


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
    controls="components/segmentation-controls.html",
    own=own_of_segmentation,
    fields=fields_of_segmentation,
    most_formulas=MAX_FORMULAS,
)
FUNNEL = Shape(
    template="components/funnel-fields.html",
    controls="components/funnel-controls.html",
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
    choices={"orders": tuple(Order)},
    rules=FunnelRules.read,
)
RETENTION = Shape(
    template="components/retention-fields.html",
    controls="components/retention-controls.html",
    icon="triangle",
    event_key="",
    own_keys=("entry", "return"),
    fewest_events=2,
    most_events=2,
    most_segments=MAX_SEGMENTS,
    gap="return",
    first_draft={
        "period": ["last_90_days"],
        "granularity": [Granularity.WEEK],
        "intervals": ["8"],
        "cohort": [CohortEntry.FIRST_TIME],
        "counting": [Counting.ON],
    },
    properties_of="",
    grouping_events=0,
    unfit=(),
    twice="",
    has_extras=False,
    choices={"granularities": SIZES, "cohorts": tuple(CohortEntry), "countings": tuple(Counting)},
    own=own_of_retention,
    fields=fields_of_retention,
)


def shape_of(kind: Kind) -> Shape:
    match kind:
        case Kind.SEGMENTATION:
            return SEGMENTATION
        case Kind.FUNNEL:
            return FUNNEL
        case Kind.RETENTION:
            return RETENTION
        case _:
            assert_never(kind)
