"""What is asked and answered, as the API describes it: from the models that check and make it."""

from typing import Annotated, Any, Literal, TypeAlias

from drf_spectacular.utils import OpenApiExample
from pydantic import BaseModel, Field, RootModel

from analytics import results
from analytics.definitions import conditions, reports

EXAMPLES: dict[str, dict[str, Any]] = {
    "Who plays, day by day": {
        "kind": "segmentation",
        "metric": "people",
        "period": {"preset": "last_30_days"},
        "granularities": ["day", "week"],
        "events": [
            {
                "event": "Song Played",
                "filters": [{"property": "songGenre", "operator": "is", "value": ["jazz"]}],
            }
        ],
        "breakdown": {"attribute": "country", "limit": 5},
    },
    "What is paid, and for one look": {
        "kind": "segmentation",
        "metric": "measure",
        "period": {"preset": "last_30_days"},
        "granularities": ["week"],
        "events": [
            {"event": "buy", "measure": {"aggregate": "sum", "property": "price"}},
            {"event": "look", "measure": {"aggregate": "distinct", "property": "item"}},
        ],
        "formulas": [{"name": "Paid an item", "expression": "A / B"}],
    },
    "Who is active at all": {
        "kind": "segmentation",
        "metric": "adoption",
        "period": {"preset": "last_90_days"},
        "segments": [
            {
                "name": name,
                "condition": {"attribute": "country", "operator": "is", "value": [key]},
            }
            for name, key in (("Croatia", "HR"), ("Germany", "DE"))
        ],
        "exclusive": True,
        "events": [{"event": None}],
        "denominator": "registered",
        "rolling": 28,
    },
    "From looking to buying": {
        "kind": "funnel",
        "period": {"start": "2026-05-01", "end": "2026-05-31"},
        "window": {"value": 1, "unit": "day"},
        "steps": [{"event": "look"}, {"event": "buy"}],
        "compare": "previous_period",
    },
    "The same item, unless it was put back, and how long it takes": {
        "kind": "funnel",
        "period": {"preset": "last_90_days"},
        "window": {"value": 7, "unit": "day"},
        "steps": [{"event": "look"}, {"event": "choose"}, {"event": "buy"}],
        "hold": ["item"],
        "exclusions": [{"event": "put back", "after": 1, "before": 2}],
        "over_time": {"granularity": "week"},
        "time_to_convert": {"from": 0, "to": 2, "bins": 20},
    },
    "All of it, whichever came first": {
        "kind": "funnel",
        "period": {"preset": "last_30_days"},
        "window": {"value": 30, "unit": "day"},
        "steps": [{"event": "name"}, {"event": "picture"}, {"event": "friend"}],
        "order": "any",
    },
    "Who comes back to listen": {
        "kind": "retention",
        "period": {"start": "2026-01-01", "end": "2026-05-31"},
        "granularity": "month",
        "intervals": 4,
        "entry": {"event": "Registration"},
        "return": {"event": "Song Played"},
    },
}
CONDITION = {
    "all": [
        {"attribute": "country", "operator": "is", "value": ["HR"]},
        {
            "performed": "look",
            "times": {"operator": "at_least", "value": 3},
            "within": {"last": 30, "unit": "day"},
        },
    ]
}


PLACES: dict[str, dict[str, Any]] = {
    "segmentation": {"event": 0},
    "funnel": {"step": 1, "outcome": "dropped"},
    "retention": {"start": "2026-02-01", "interval": 3},
}


def asking(**others: Any) -> list[OpenApiExample]:
    """Each example of a definition in the body of a call."""
    return [
        OpenApiExample(name, {"definition": definition, **others}, request_only=True)
        for name, definition in EXAMPLES.items()
    ]


def placing() -> list[OpenApiExample]:
    """One number of each example, by its place."""
    return [
        OpenApiExample(
            name, {"definition": definition, **PLACES[definition["kind"]]}, request_only=True
        )
        for name, definition in EXAMPLES.items()
    ]


class Definition(RootModel[Annotated[reports.Definition, Field(discriminator="kind")]]):
    """What is asked: of which events and people, in which days."""


class Condition(RootModel[conditions.Condition]):
    """Who is meant: what people are, and what they did. At most 3 deep, at most 25 leaves."""


ResultOfKind: TypeAlias = Annotated[results.Result, Field(discriminator="kind")]


class Done(BaseModel):
    """The answer."""

    status: Literal["done"] = Field(description="It is computed.")
    result: ResultOfKind = Field(description="What came out.")


class Failed(BaseModel):
    """It was not computed, or it was stopped."""

    status: Literal["failed"] = Field(description="There is no answer.")
    error: str = Field(description="Why, in words.")


class Pending(BaseModel):
    """It is not computed yet."""

    status: Literal["pending"] = Field(description="Ask again.")
    url: str = Field(description="GET it for the answer.", json_schema_extra={"format": "uri"})


class Answer(RootModel[Annotated[Done | Failed, Field(discriminator="status")]]):
    """What came of a question."""
