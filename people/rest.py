"""How the API reads bodies; apart from api/ because DRF imports it for itself."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from people.ingest.body import TooLarge, Unreadable, parse_json, read

LARGEST_BODY = 2_621_440


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
