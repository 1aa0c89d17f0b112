"""How the API reads bodies and pages lists; apart from api.py because DRF imports it for itself."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser

from people.ingest.body import TooLarge, Unreadable, parse_json, read

LARGEST_BODY = 2_621_440


class JSONBody(BaseParser):
    """JSON, gzipped or not, whatever its Content-Type says."""

    media_type = "*/*"

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


class BodyTooLarge(exceptions.APIException):
    status_code = 413


class Cursor(CursorPagination):
    """`{"next", "previous", "results"}`, by cursor, `?limit=` up to 1,000."""

    ordering = "-pk"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000


class Timeline(Cursor):
    """Newest first, by the time at which something happened."""

    ordering = ("-at", "-pk")  # type: ignore[assignment]


class Newest(Cursor):
    """Newest first, for what is known by a random id."""

    ordering = "-created_at"
