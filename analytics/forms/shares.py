"""A new share as a form: until when, with which password, for which pages, of how many people."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from analytics.models.shares import LARGEST_GROUP
from people.origins import OriginsField
from people.values import UNKEEPABLE

DAYS = [("", "never"), ("1", "in a day"), ("7", "in a week"), ("30", "in 30 days")]


class ShareForm(forms.Form):
    """What a new link may show, and to whom."""

    days = forms.TypedChoiceField(
        label="Ends",
        choices=[*DAYS, ("90", "in 90 days"), ("365", "in a year")],
        coerce=int,
        empty_value=None,
        required=False,
    )
    password = forms.CharField(
        label="Password, if it shall ask for one",
        required=False,
        max_length=128,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    minimum_group = forms.IntegerField(
        label="Hide numbers of fewer people than",
        min_value=0,
        max_value=LARGEST_GROUP,
        initial=0,
        required=False,
    )
    origins = OriginsField(label="Pages that may show it in a frame, as https://example.com")

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if UNKEEPABLE.search(password):
            raise ValidationError("There is a character in it that no password can have.")
        return password

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("password") and given.get("origins"):
            text = "A frame cannot ask for a password: leave one of the two out."
            raise ValidationError({"origins": text})
        return given

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return timezone.now() + timedelta(days=days) if days else None
