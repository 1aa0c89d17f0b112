"""How the API describes itself: groups, summaries, every refusal, and what Pydantic models say."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse
from pydantic import BaseModel, Field

from people.api.bodies import Exact
from people.api.idempotency import only_asks
from people.api.listing import listing_of

REFUSALS = {
    "400": "What was sent does not fit; every problem at its path.",
    "401": "No token, or a wrong one.",
    "403": "The token's owner may not do this here.",
    "404": "There is no such thing, or it is not yours to see.",
    "409": "It contradicts what is there.",
    "413": "The body is too large.",
    "429": "Too many calls; `Retry-After` says in how many seconds to come back.",
    "503": "A service that the answer needs is away; `Retry-After` says when to come back.",
}
ANY_ID = OpenApiParameter(
    "external_id",
    str,
    OpenApiParameter.PATH,
    description="Any id of the person, or an e-mail that nobody else has.",
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    description="In how many seconds to come back.",
    response=["429", "503"],
)


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A text of your own for what is made. The same call under it, within a day, makes "
    "nothing again and is answered as the first one; another call is refused with 409.",
)
RATES = [
    OpenApiParameter(
        f"RateLimit-{name}", int, OpenApiParameter.HEADER, description=words, response=True
    )
    for name, words in (
        ("Limit", "How many calls there may be in a minute."),
        ("Remaining", "How many of them are left."),
        ("Reset", "In how many seconds there are more."),
    )
]


class Errors(BaseModel):
    """Why a call was refused: every problem at once, each at its path."""

    errors: dict[str, list[str]] = Field(
        description="Path (`steps.1.event`; empty: the call as a whole) → what is wrong there.",
        examples=[{"steps.1.event": ["This is required."]}],
    )


class Schema(AutoSchema):
    """Groups by what a call is about; the first line of a docstring is the summary."""

    def get_tags(self) -> list[str]:
        words = [each for each in self._tokenize_path() if each != "projects"]
        return [words[0] if words else "projects"]

    def get_summary(self) -> str | None:
        return self.get_docstring().partition("\n")[0].rstrip(".") or None

    def get_description(self) -> str:  # type: ignore[override]
        return self.get_docstring()

    def get_docstring(self) -> str:
        name = getattr(self.view, "action", None) or self.method.lower()
        own = getattr(getattr(self.view, name, None), "__doc__", None)
        summaries = getattr(self.view, "summaries", {})
        text = summaries.get(name) or own or self.view.__class__.__doc__ or ""
        return "\n".join(line.strip() for line in text.strip().splitlines())

    def get_override_parameters(self) -> list[Any]:
        return [
            RETRY_AFTER,
            *RATES,
            *([IDEMPOTENCY_KEY] if self.makes else []),
            *([listing_of(self.view)] if self._is_list_view() and self._get_paginator() else []),
            *([ANY_ID] if "{external_id}" in self.path else []),
        ]

    def _get_paginator(self) -> Any:
        """What is made at once is answered without pages."""
        return super()._get_paginator() if self.method == "GET" else None  # type: ignore[no-untyped-call]

    @property
    def makes(self) -> bool:
        """Whether the call makes something, so that sending it twice would make it twice."""
        return self.method == "POST" and not only_asks(self.view)

    def refusals(self) -> list[str]:
        """The refusals that a call can meet."""
        reads = self.method == "GET" or getattr(self.view, "only_asks", False)
        body = self.method in ("POST", "PATCH", "PUT")
        return [
            *(["400"] if body or self._get_parameters() else []),
            "401",
            *([] if reads and not getattr(self.view, "only_owners_read", False) else ["403"]),
            *(["404"] if "{" in self.path or self.method == "GET" else []),
            *([] if reads and not self.makes else ["409"]),
            *(["413"] if body else []),
            "429",
            "503",
        ]

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self.refusals():
            refusal = OpenApiResponse(Errors, REFUSALS[status])
            answers[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                refusal, status, ["application/json"]
            )
        return answers

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        schema = dict(super()._map_basic_serializer(serializer, direction))  # type: ignore[no-untyped-call]
        closed = {"additionalProperties": False} if isinstance(serializer, Exact) else {}
        return schema | closed


class DescribedByModel(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A Pydantic model as components: one for it, and one for each model in it."""

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str:  # noqa: ARG002
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: Direction) -> str:
        return self.get_name(auto_schema, direction)

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        schema: dict[str, Any] = self.target.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=untitled(part)
            )
            if component not in auto_schema.registry:
                auto_schema.registry.register(component)
            elif auto_schema.registry[component].schema not in ({}, component.schema):
                # One would be described as the other.
                raise ValueError(f"Two models are called {name}.")
        return dict(untitled(schema))


class DescribedField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A field of JSON that a Pydantic model describes."""

    target_class = "people.api.bodies.Described"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:  # noqa: ARG002
        return dict(auto_schema.resolve_serializer(self.target.model, "response").ref)


class BearerTokens(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The header that every call carries."""

    target_class = "people.api.throttling.Tokens"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "description": "An API token."}


def untitled(schema: Any) -> Any:
    """Without the titles that only repeat the names of fields in capitals."""
    if isinstance(schema, list):
        return [untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: untitled(each) for name, each in value.items()}
        if key == "properties"
        else untitled(value)
        for key, value in schema.items()
        if key != "title"
    }
