"""How the API says no."""

import logging
from typing import Any

from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from people.operations import Refused

log = logging.getLogger(__name__)


class Away(exceptions.APIException):
    """A service that an answer needs is away; `wait` becomes Retry-After, in seconds."""

    status_code = 503
    default_detail = "The database cannot be reached at the moment. Try again shortly."

    def __init__(self, wait: int, detail: str | None = None) -> None:
        super().__init__(detail)
        self.wait = wait


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as `{"errors": {path: [messages]}}`; "" is the request as a whole."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such thing here, or it is not yours to see.")
    if isinstance(error, Refused):
        error = exceptions.ValidationError(error.problems)
    if isinstance(error, OperationalError):
        log.error("The database is away: %s", error)
        error = Away(wait=5)
    response = exception_handler(error, context)
    if response is not None:
        detail = error.detail if isinstance(error, exceptions.APIException) else str(error)
        response.data = {"errors": flat(detail)}
    return response


def flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested error details as one level: {"steps": {"1": ["…"]}} → {"steps.1": ["…"]}."""
    match detail:
        case dict():
            below = [flat(each, f"{path}.{key}".strip(".")) for key, each in detail.items()]
            return {key: texts for part in below for key, texts in part.items()}
        case list() if any(isinstance(each, dict | list) for each in detail):
            return flat({str(index): each for index, each in enumerate(detail) if each}, path)
        case list():
            return {path: [str(each) for each in detail]}
        case _:
            return {path: [str(detail)]}


class Conflict(exceptions.APIException):
    """What is asked for contradicts what is there."""

    status_code = 409
