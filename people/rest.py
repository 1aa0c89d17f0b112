"""How the API reads bodies and pages lists; apart from api.py because DRF imports it for itself."""

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from people.ingest.body import TooLarge, Unreadable, parse_json, read

if TYPE_CHECKING:
    from rest_framework.views import APIView

LARGEST_BODY = 2_621_440
PAGE, LARGEST_PAGE = 100, 1000
LONGEST_CURSOR = 2_000


class JSONBody(BaseParser):
    """JSON, gzipped or not."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        try:
            return parse_json(read(stream, request.headers.get("Content-Encoding"), LARGEST_BODY))
        except TooLarge as error:
            raise BodyTooLarge(str(error)) from error
        except Unreadable as error:
            raise exceptions.ParseError(str(error)) from error


class AnyBody(DefaultContentNegotiation):
    """A body is read as JSON whatever its Content-Type says, and answered whatever is accepted."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # noqa: ARG002
        return parsers[0]


class BodyTooLarge(exceptions.APIException):
    status_code = 413


class Cursor(CursorPagination):
    """`{"next", "previous", "results"}`, by cursor, `?limit=` from 1 to 1,000."""

    ordering = "-pk"
    page_size = PAGE
    page_size_query_param = "limit"
    max_page_size = LARGEST_PAGE
    page_size_query_description = "How many a page, 1 to 1,000; 100 if absent."
    cursor_query_description = "Where a page begins: as `next` and `previous` of another page say."
    known = frozenset({"limit", "cursor"})

    def paginate_queryset(
        self, queryset: Any, request: Request, view: "APIView | None" = None
    ) -> list[Any] | None:
        known = self.known | getattr(view, "filters", frozenset())
        if unknown := sorted(set(request.query_params) - known):
            raise exceptions.ValidationError(
                {name: ["There is no such parameter here."] for name in unknown}
            )
        self.model: type[Model] = queryset.model
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int:
        return page_size(request)

    def decode_cursor(self, request: Request) -> Any:
        """A cursor of our own making; 404 for any other one."""
        if len(request.query_params.get("cursor", "")) > LONGEST_CURSOR:
            raise exceptions.NotFound(self.invalid_cursor_message)
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None:
            name = ordering_of(self).removeprefix("-")
            options = self.model._meta
            field = options.pk if name == "pk" else options.get_field(name)
            try:
                field.clean(cursor.position, None)  # type: ignore[union-attr]
            except (ValidationError, ValueError, OverflowError) as error:
                raise exceptions.NotFound(self.invalid_cursor_message) from error
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found = super().get_schema_operation_parameters(view)
        bounds = {"minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
        for each in found:
            if each["name"] == self.page_size_query_param:
                each["schema"] |= bounds
        return found

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


def ordering_of(cursor: CursorPagination) -> str:
    return cursor.ordering if isinstance(cursor.ordering, str) else cursor.ordering[0]


def page_size(request: Request) -> int:
    """`?limit=`, a whole number from 1 to 1,000."""
    given = request.query_params.get("limit", str(PAGE))
    if not (given.isascii() and given.isdecimal() and 0 < int(given[:9]) <= LARGEST_PAGE):
        raise exceptions.ValidationError({"limit": [f"Give a number from 1 to {LARGEST_PAGE:,}."]})
    return int(given)


class Timeline(Cursor):
    """Newest first, by the time at which something happened."""

    ordering = ("-at", "-pk")  # type: ignore[assignment]


class Newest(Cursor):
    """Newest first, for what is known by a random id."""

    ordering = "-created_at"
