"""The forms of pages about projects, their members and accounts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from people.models import AuditEntry, Membership, Project, User
from people.values import UNKEEPABLE

ZONES = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


def validate_line(text: str) -> None:
    if UNKEEPABLE.search(text):
        raise ValidationError("There is a character in it that no name can have.")


class ProjectForm(forms.ModelForm[Project]):
    """What a project is called, and where its days and weeks begin."""

    timezone = forms.ChoiceField(choices=ZONES, label="Time zone")

    class Meta:
        model = Project
        fields = ["name", "timezone", "week_start"]
        labels = {"week_start": "Weeks start on"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        validate_line(name)
        return name


class InviteForm(forms.Form):
    """Whom to make a member, and with which role."""

    email = forms.EmailField(label="E-mail", max_length=254)
    role = forms.ChoiceField(choices=Membership.Role, initial=Membership.Role.VIEWER)


class AuditForm(forms.Form):
    """Which entries of the audit log to show."""

    who = forms.CharField(required=False, max_length=254)
    action = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "all"), *AuditEntry.Action.choices]
    )
    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


class KeyForm(forms.Form):
    name = forms.CharField(max_length=100, validators=[validate_line])


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, validators=[validate_line])
    read_only = forms.BooleanField(required=False, label="It may only read")
    days = forms.TypedChoiceField(
        label="Good for",
        choices=[("", "ever"), ("30", "30 days"), ("90", "90 days"), ("365", "a year")],
        coerce=int,
        empty_value=None,
        required=False,
    )


class OwnPassword(PasswordChangeForm):
    """Another password; it is one form of several, so it does not take the focus."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class PasswordForm(forms.Form):
    """A first password, for whoever takes an invitation."""

    password = forms.CharField(widget=forms.PasswordInput, strip=False)

    def __init__(self, user: User, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password
