"""How bodies and parameters are read: nothing unknown, nothing guessed, every problem at once."""

import math
from typing import Any, TypeVar

from django.core.validators import RegexValidator
from django.db import models
from django.http import QueryDict
from pydantic import BaseModel
from rest_framework import serializers
from rest_framework.request import Request

UNKNOWN = "There is no such key here."
READ_ONLY = "This cannot be set."


class Text(serializers.CharField):
    """Text, and nothing that could be written as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not self.allow_blank:
            self.validators.append(RegexValidator(r"\S", "This must not be empty."))

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Give a text.")
        return super().to_internal_value(data)


class Slug(serializers.SlugField):
    """A name in addresses; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(Text().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A whole number, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            raise serializers.ValidationError("Give a whole number.")
        return super().to_internal_value(data)


class Yes(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError("Give true or false.")
        return data


class Seconds(serializers.FloatField):
    """A number of seconds; in a body a number, in an address its text."""

    def to_internal_value(self, data: Any) -> float:
        number = not isinstance(data, bool) and isinstance(data, int | float)
        if not number and not isinstance(self.root.initial_data, QueryDict):
            raise serializers.ValidationError("Give a number.")
        seconds = super().to_internal_value(data)
        if not math.isfinite(seconds):
            raise serializers.ValidationError("Give a number.")
        return seconds


class Described(serializers.JSONField):
    """JSON that a Pydantic model describes; it is checked where the catalogue is known."""

    def __init__(self, model: type[BaseModel], **options: Any) -> None:
        super().__init__(**options)
        self.model = model


class Exact(serializers.Serializer[Any]):
    """Refuses keys that it does not know, and those that only answers have."""

    unknown = UNKNOWN

    # What a ModelSerializer reads the texts of a model with.
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: Text,
        models.TextField: Text,
        models.SlugField: Slug,
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            problems = {name: [self.unknown] for name in sorted(set(data) - set(self.fields))}
            fixed = {name for name, field in self.get_fields().items() if field.read_only}
            problems |= {name: [READ_ONLY] for name in sorted(fixed & set(data))}
            if problems:
                raise serializers.ValidationError(problems | self.other_problems(data))
        return super().to_internal_value(data)

    def other_problems(self, data: dict[str, Any]) -> dict[str, Any]:
        try:
            super().to_internal_value(data)
        except serializers.ValidationError as error:
            return dict(error.detail)  # type: ignore[arg-type]
        return {}


Kind = TypeVar("Kind", bound=serializers.Serializer[Any])


def read(kind: type[Kind], request: Request) -> dict[str, Any]:
    """A body that fits; else 400 with every problem."""
    return checked(kind(data=request.data))


def read_parameters(kind: type[Kind], request: Request) -> dict[str, Any]:
    """The part of an address after `?`, where it fits; else 400 with every problem. DRF takes an
    empty parameter as if it were not there, as forms mean it; here it is a mistake."""
    given = kind(data=request.query_params)
    known = dict(given.fields)
    empty = [name for name in known if request.query_params.get(name) == ""]
    if empty:
        raise serializers.ValidationError({name: ["This must not be empty."] for name in empty})
    return checked(given)


def checked(given: serializers.Serializer[Any]) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
