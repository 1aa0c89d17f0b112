"""Signing in: who tries passwords has to wait, and nobody else has."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse

from people.tries import TOO_OFTEN, WAIT, Tries


class CountsTries(AuthenticationForm):
    """Refuses even the right password for a while after many wrong ones."""

    def clean(self) -> dict[str, Any]:
        tries = Tries.of(str(self.cleaned_data.get("username", "")).lower(), self.request)
        if tries.too_many:
            raise ValidationError(TOO_OFTEN, code="too_often")
        try:
            return super().clean()
        except ValidationError:
            tries.count()
            raise

    @property
    def too_often(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, "too_often")


class AdminSignInForm(CountsTries, AdminAuthenticationForm):
    """The same for the admin."""


class SignInView(LoginView):
    template_name = "sign-in.html"
    http_method_names = ["get", "head", "post", "options"]
    authentication_form = CountsTries

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.too_often:
            response.status_code = 429
            response["Retry-After"] = str(WAIT)
        return response
