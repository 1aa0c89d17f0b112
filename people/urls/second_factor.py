"""The pages of the second factor, and of a provider that signs people in: allauth's, at our
addresses. Where the installation has no second factor, there is nothing at them."""

from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

from people.signing_in import View, with_passwords
from people.views.sign_in import SignInView, elsewhere


def if_on(view: View) -> View:
    @wraps(view)
    @never_cache
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.TWO_FACTOR:
            raise Http404
        return view(request, *args, **kwargs)

    return answer


PAGES: dict[str, tuple[str, View]] = {
    "mfa_index": ("account/two-factor/", base.index),
    "mfa_activate_totp": ("account/two-factor/app/", totp.activate_totp),
    "mfa_deactivate_totp": ("account/two-factor/app/off/", totp.deactivate_totp),
    "mfa_view_recovery_codes": ("account/two-factor/codes/", codes.view_recovery_codes),
    "mfa_generate_recovery_codes": (
        "account/two-factor/codes/new/",
        codes.generate_recovery_codes,
    ),
    "mfa_download_recovery_codes": (
        "account/two-factor/codes/file/",
        codes.download_recovery_codes,
    ),
    "mfa_list_webauthn": (
        "account/two-factor/passkeys/",
        RedirectView.as_view(pattern_name="mfa_index"),
    ),
    "mfa_add_webauthn": ("account/two-factor/passkeys/add/", keys.add_webauthn),
    "mfa_edit_webauthn": ("account/two-factor/passkeys/<int:pk>/", keys.edit_webauthn),
    "mfa_remove_webauthn": (
        "account/two-factor/passkeys/<int:pk>/remove/",
        keys.remove_webauthn,
    ),
    "account_reauthenticate": ("account/again/", account.reauthenticate),
    "mfa_reauthenticate": ("account/again/code/", base.reauthenticate),
    "mfa_reauthenticate_webauthn": ("account/again/passkey/", keys.reauthenticate_webauthn),
    "mfa_authenticate": ("sign-in/second-factor/", base.authenticate),
    "mfa_login_webauthn": ("sign-in/passkey/", with_passwords(keys.login_webauthn)),
}

urlpatterns = [
    *(path(place, if_on(view), name=name) for name, (place, view) in PAGES.items()),
    path("sign-in/with/<str:provider_id>/", elsewhere, name="openid_connect_login"),
    path("sign-in/with/<str:provider_id>/back/", openid.callback, name="openid_connect_callback"),
    # How allauth calls our page.
    path("sign-in/", SignInView.as_view(), name="account_login"),
]
