"""A change says what it saw: it is refused where somebody changed that since."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.models import Overtaken
from people.api.errors import Conflict
from people.values import read_instant

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` that it was read with, its `modified_at` in quotation marks: "
    "the change is refused with 409 where somebody changed it since.",
)


def seen_by(request: Request) -> datetime | None:
    """When it was changed last, as the caller saw it; None where they do not say."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    # Whoever compresses an answer makes its tag a weak one.
    seen = read_instant(given.removeprefix("W/").strip('"'))
    if seen is None:
        raise serializers.ValidationError({"If-Match": ["Send the ETag that it was read with."]})
    return seen


@contextmanager
def told_of_conflicts() -> Iterator[None]:
    """Answers 409 where somebody else was quicker."""
    try:
        yield
    except Overtaken as error:
        raise Conflict({"": [f"{error} Read it again, and change what is there now."]}) from error


def tagged(response: Response) -> Response:
    """With the tag by which a change says what it saw."""
    response["ETag"] = f'"{response.data["modified_at"]}"'
    return response
