"""Signing in: who tries passwords has to wait, and nobody else has."""

from typing import Any

from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from requests import RequestException

from people import first, signing_in
from people.tries import TOO_OFTEN, WAIT, Tries

AWAY = "{name} does not answer. Try it again later{or_else}."


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


class SignInView(LoginView):
    template_name = "sign-in.html"
    http_method_names = ["get", "head", "post", "options"]
    authentication_form = CountsTries

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if first.is_open():
            return redirect("set-up")
        return super().get(request, *args, **kwargs)

    @method_decorator(signing_in.with_passwords)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        by_password = settings.PASSWORD_SIGN_IN
        own = {
            "by_password": by_password,
            "providers": signing_in.providers(),
            "has_passkeys": settings.TWO_FACTOR and by_password,
        }
        return super().get_context_data(**kwargs) | own

    def form_valid(self, form: Any) -> HttpResponse:
        return signing_in.begin(self.request, form.get_user(), self.get_success_url())

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.too_often:
            response.status_code = 429
            response["Retry-After"] = str(WAIT)
        return response


def elsewhere(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the page of a provider that signs people in."""
    try:
        return openid.login(request, provider_id)  # type: ignore[no-any-return]
    except RequestException:
        apps = signing_in.providers()
        names = [each["name"] for each in apps if each["provider_id"] == provider_id]
        or_else = ", or sign in with a password" if settings.PASSWORD_SIGN_IN else ""
        messages.error(request, AWAY.format(name=names[0], or_else=or_else))
        return redirect("sign-in")


def admin_sign_in(request: HttpRequest, **_: Any) -> HttpResponse:
    """The admin has no sign-in of its own, which would ask for less."""
    if request.user.is_authenticated:
        raise PermissionDenied("Only who runs Moments may open the admin.")
    then = request.GET.get("next") or "/admin/"
    return redirect(f"/sign-in/?{urlencode({'next': then})}")
