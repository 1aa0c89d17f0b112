"""The sites that may do something: show a shared page in a frame, send with a key."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

MOST_ORIGINS = 20
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:\d{1,5})?", re.ASCII)


def origins_of(texts: Iterable[str]) -> list[str]:
    """Each site once and without a path, as browsers name them; ValidationError where one is none
    or there are too many."""
    origins = [each.rstrip("/").lower() for each in texts if each]
    for each in origins:
        if not ORIGIN.fullmatch(each):
            raise ValidationError(f"“{each}” is no address of a site: write https://and-its-name.")
    if len(origins) > MOST_ORIGINS:
        raise ValidationError(f"Name at most {MOST_ORIGINS} sites.")
    return list(dict.fromkeys(origins))


def validate_origins(value: Any) -> None:
    """Whether a value of a model is a list of sites as they are kept."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValidationError('Write a list, as ["https://example.com"].')
    if (kept := origins_of(value)) != value:
        raise ValidationError(f"Write them as {kept}.")


class OriginsField(forms.CharField):
    """Sites, one to a line or with spaces or commas between them; cleaned, a list."""

    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})

    def __init__(self, **named: Any) -> None:
        super().__init__(**{"required": False, "max_length": 5_000} | named)

    def clean(self, value: Any) -> list[str]:
        return origins_of(re.split(r"[\s,]+", super().clean(value).strip()))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value
