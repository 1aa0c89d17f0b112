"""Lists: what may narrow one, by what it is ordered, and its pages by cursor."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, F, Field, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Lower
from django.utils.timezone import is_naive
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from people.api.access import project_of
from people.api.bodies import Exact, checked
from people.values import UNKEEPABLE

if TYPE_CHECKING:
    from rest_framework.views import APIView

PAGE, LARGEST_PAGE = 100, 1000
LONGEST_CURSOR = 2_000
LIMIT = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
NO_PAGE = "There is no such page."
# Rows cannot be compared with what is not there, and the databases disagree where it stands.
NEVER, FOR_EVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(1, 1, 3), date(9999, 12, 28)


def or_never(name: str) -> Combinable:
    """An instant; what never was stands before all others."""
    return Coalesce(name, Value(NEVER, DateTimeField()))


def or_for_ever(name: str) -> Combinable:
    """An instant; what never will be stands after all others."""
    return Coalesce(name, Value(FOR_EVER, DateTimeField()))


@extend_schema_field(LIMIT)
class Limit(serializers.Field[int, str, int, Any]):
    """How many a page."""

    def to_internal_value(self, data: str) -> int:
        if not (data.isascii() and data.isdecimal() and 0 < int(data[:9]) <= LARGEST_PAGE):
            raise serializers.ValidationError(f"Give a number from 1 to {LARGEST_PAGE:,}.")
        return int(data)


@extend_schema_field({"type": "string", "minLength": 1})
class Where(serializers.Field[str, str, str, Any]):
    """Where a page begins; what is none of ours is no page."""

    def to_internal_value(self, data: str) -> str:
        return data


@extend_schema_field({"type": "string", "minLength": 1, "pattern": "^[^\\u0000]+$"})
class Part(serializers.Field[str, str, str, Any]):
    """What a text is looked through for, to the letter."""

    def to_internal_value(self, data: str) -> str:
        if not data or UNKEEPABLE.search(data):
            raise serializers.ValidationError("Give a text to look for.")
        return data


class Marked(serializers.BooleanField):
    """Whether something has the instant of a column; `source` asks for those that lack it."""

    def to_internal_value(self, data: Any) -> bool:
        return not super().to_internal_value(data)


class Since(serializers.DateField):
    """The first day that counts, on the project's clock, as the instant at which it begins."""

    def to_internal_value(self, data: Any) -> Any:
        # What is beyond these is on no clock, and asks for the same.
        day = min(max(super().to_internal_value(data), FIRST_DAY), LAST_DAY)
        return datetime.combine(day, time(), project_of(self.context["view"]).zone)


class Until(Since):
    """The last day that counts, as the instant at which it is over."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data) + timedelta(1)


class Listing(Exact):
    """What a list is asked with. The `source` of a field that narrows it is a look-up of Django's;
    what `orders` name is never null. Of equals the row's own key decides, so that no page misses
    one or shows it twice."""

    orders: ClassVar[Mapping[str, str | Combinable]] = {"created_at": "created_at"}
    order: ClassVar[str] = "-created_at"
    unknown = "There is no such parameter here."

    limit = Limit(default=PAGE, help_text="How many a page, 1 to 1,000; 100 if absent.")
    cursor = Where(
        required=False,
        help_text="Where a page begins: as `next` and `previous` of another page say.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        choices = [f"{sign}{name}" for name in self.orders for sign in ("", "-")]
        told = "By what it is sorted; with `-` the largest or newest first."
        order = serializers.ChoiceField(choices, default=self.order, help_text=told)
        return {**super().get_fields(), "order": order}

    def narrowed(self, rows: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
        """The rows that are wanted."""
        return rows.filter(**wanted)


class Changed(Listing):
    """Of what is made once and changed later."""

    orders = {"created_at": "created_at", "modified_at": "modified_at"}


class Named(Listing):
    """Of what has a name."""

    orders = {"created_at": "created_at", "name": Lower("name")}
    q = Part(required=False, source="name__icontains", help_text="A part of the name.")


def reversed_of(order: str) -> str:
    return order.removeprefix("-") if order.startswith("-") else f"-{order}"


@dataclass(frozen=True)
class Place:
    """Between two rows of a list: after one, or before it."""

    backwards: bool
    value: Any
    pk: Any

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        said = json.dumps([self.backwards, str(value), str(self.pk)])
        return urlsafe_b64encode(said.encode()).decode()

    @classmethod
    def read(cls, text: str, kind: Field[Any, Any], model: type[Model]) -> "Place":
        """A place of our own making; NotFound for any other one."""
        if len(text) > LONGEST_CURSOR:
            raise exceptions.NotFound(NO_PAGE)
        try:
            backwards, value, pk = json.loads(urlsafe_b64decode(text))
            return cls(bool(backwards), told(value, kind), told(pk, model._meta.pk))
        except (ValidationError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise exceptions.NotFound(NO_PAGE) from error


def told(text: str, kind: Any) -> Any:
    """A value of a column from its text. Raises ValidationError or ValueError."""
    if not isinstance(text, str) or UNKEEPABLE.search(text):
        raise ValueError(text)
    value = kind.to_python(text)
    kind.run_validators(value)
    if value is None or (isinstance(value, datetime) and is_naive(value)):
        raise ValueError(text)
    # Some are beyond any clock in another zone.
    return value.astimezone(UTC) if isinstance(value, datetime) else value


class Cursor(BasePagination):
    """`{"next", "previous", "results"}`: pages of a view's `listing`."""

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        listing = listing_of(view)
        asked = listing(data=request.query_params.dict(), context={"view": view})
        wanted = checked(asked)
        limit, order, cursor = wanted.pop("limit"), wanted.pop("order"), wanted.pop("cursor", None)
        rows = asked.narrowed(queryset, wanted)
        rows = rows.annotate(sorted_by=expression(listing.orders[order.removeprefix("-")]))
        kind = rows.query.annotations["sorted_by"].output_field
        place = Place.read(cursor, kind, rows.model) if cursor is not None else None
        page = self.page(rows, place, limit, descending=order.startswith("-"))
        self.address = request.build_absolute_uri()
        return page

    def page(
        self, rows: QuerySet[Any], place: Place | None, limit: int, *, descending: bool
    ) -> list[Any]:
        """The rows at a place, in order, and the places of the pages around them."""
        backwards = place is not None and place.backwards
        sign = "-" if descending != backwards else ""
        if place:
            rows = rows.filter(beyond(place, "lt" if sign else "gt"))
        found = list(rows.order_by(f"{sign}sorted_by", f"{sign}pk")[: limit + 1])
        more, page = len(found) > limit, found[:limit]
        if backwards:
            page.reverse()
        there = (more, place is not None) if backwards else (place is not None, more)
        self.previous, self.next = (
            Place(back, page[at].sorted_by, page[at].pk) if page and is_there else None
            for back, at, is_there in ((True, 0, there[0]), (False, -1, there[1]))
        )
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self.link(self.next), "previous": self.link(self.previous), "results": data}
        )

    def link(self, place: Place | None) -> str | None:
        return replace_query_param(self.address, "cursor", str(place)) if place else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "description": "A page of a list.",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The address of the next page; null at the end."},
                "previous": {**link, "description": "The address of the page before."},
                "results": {**schema, "description": "What is on this page."},
            },
        }


def listing_of(view: "APIView | None") -> type[Listing]:
    """What a view's list is asked with."""
    found: type[Listing] = getattr(view, "listing", Listing)
    return found


def expression(by: str | Combinable) -> Combinable:
    return F(by) if isinstance(by, str) else by


def beyond(place: Place, sign: str) -> Q:
    """What comes after a place; its first condition alone is one that an index can be asked."""
    further = Q(**{f"sorted_by__{sign}": place.value}) | Q(**{f"pk__{sign}": place.pk})
    return Q(**{f"sorted_by__{sign}e": place.value}) & further
