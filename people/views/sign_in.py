"""Signing in: who tries passwords has to wait, and nobody else has."""

from hashlib import sha256
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpResponse

WAIT = 15 * 60
# Of an account from one address, and from everywhere. An address alone is not counted: behind a
# proxy everybody may have the same one.
MOST_FROM_ONE, MOST_FROM_ALL = 10, 50


class CountsTries(AuthenticationForm):
    """Refuses even the right password for a while after many wrong ones."""

    def clean(self) -> dict[str, Any]:
        limits = self.limits()
        if any(cache.get(key, 0) >= most for key, most in limits.items()):
            text = "These were too many wrong passwords. Try again in a quarter of an hour."
            raise ValidationError(text, code="too_often")
        try:
            return super().clean()
        except ValidationError:
            for key in limits:
                cache.add(key, 0, WAIT)
                cache.incr(key)
            raise

    @property
    def too_often(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, "too_often")

    def limits(self) -> dict[str, int]:
        """How many wrong passwords there may be, by what they are counted under."""
        name = str(self.cleaned_data.get("username", "")).lower()
        account = sha256(name.encode()).hexdigest()
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        return {
            f"wrong-password:{account}:{address}": MOST_FROM_ONE,
            f"wrong-password:{account}": MOST_FROM_ALL,
        }


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
