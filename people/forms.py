"""The forms of pages about projects, their members and accounts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from people.access import Request
from people.models import AuditEntry, Membership, Project, User, WriteKey
from people.origins import OriginsField
from people.tries import TOO_OFTEN, Tries
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

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.instance.pk is None and not self.is_bound:
            # A script chooses the zone of the browser.
            self.fields["timezone"].widget.attrs["data-zone"] = ""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        validate_line(name)
        return name


class SetUpForm(ProjectForm):
    """The first account, and its project."""

    person = forms.CharField(label="Your name", max_length=150, validators=[validate_line])
    email = forms.EmailField(label="E-mail", max_length=254)
    password = forms.CharField(widget=forms.PasswordInput, strip=False)
    field_order = ["person", "email", "password", "name", "timezone", "week_start"]

    class Meta(ProjectForm.Meta):
        labels = {"name": "Project", "week_start": "Weeks start on"}

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for name, word in (("person", "name"), ("email", "username"), ("password", "new-password")):
            self.fields[name].widget.attrs["autocomplete"] = word
        self.fields["person"].widget.attrs["autofocus"] = ""
        if not settings.PASSWORD_SIGN_IN:
            del self.fields["password"]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        user = User(email=given.get("email", ""), first_name=given.get("person", ""))
        if "password" in given:
            try:
                validate_password(given["password"], user)
            except ValidationError as error:
                self.add_error("password", error)
        return given


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


class KeyForm(forms.ModelForm[WriteKey]):
    """A write key: what it is for, and which pages may send with it."""

    name = forms.CharField(max_length=100, validators=[validate_line])
    origins = OriginsField(
        label="Pages that may send with it, as https://example.com; all if empty"
    )

    class Meta:
        model = WriteKey
        fields = ["name", "origins"]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, validators=[validate_line])
    project = forms.ModelChoiceField(
        Project.objects.none(), label="For", required=False, empty_label="all my projects"
    )
    read_only = forms.BooleanField(required=False, label="It may only read")
    days = forms.TypedChoiceField(
        label="Good for",
        choices=[("", "ever"), ("30", "30 days"), ("90", "90 days"), ("365", "a year")],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, user: User, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        projects = Project.objects.visible_to(user).order_by("name")
        self.fields["project"].queryset = projects  # type: ignore[attr-defined]


class OwnPassword(PasswordChangeForm):
    """Another password; it is one form of several, so it does not take the focus."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class AddressForm(forms.Form):
    """Another e-mail address, for whoever knows the password."""

    email = forms.EmailField(label="New e-mail", max_length=254)
    password = forms.CharField(label="Your password", widget=forms.PasswordInput, strip=False)
    # One form of several on its page.
    prefix = "address"

    def __init__(self, request: Request, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.request = request
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if email == self.request.user.email:
            raise ValidationError("This is your address already.")
        return email

    def clean_password(self) -> str:
        """A session that was taken over is no place to guess the password."""
        password: str = self.cleaned_data["password"]
        tries = Tries.of(self.request.user.email.lower(), self.request)
        if tries.too_many:
            raise ValidationError(TOO_OFTEN)
        if not self.request.user.check_password(password):
            tries.count()
            raise ValidationError("This is not your password.")
        return password


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
