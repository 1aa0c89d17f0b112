"""How somebody gets in: one way for passwords, passkeys and a provider of OpenID Connect, which
asks for the second factor of whoever has one. allauth walks it; what it may do stands here."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from people.models import User
from people.sealing import NotOursError, opened, seal

log = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
SWITCHED_OFF = "This account is switched off. Ask whoever runs Moments."
UNVERIFIED = "{name} does not say that your address is yours, so it cannot sign you in here."
NO_ACCOUNT = "Nobody has an account with {email} here. Ask the owner of a project to invite you."
FAILED = "{name} did not sign you in. Try it again, or ask whoever runs Moments."


def providers() -> list[dict[str, Any]]:
    """What signs people in besides us: `provider_id` and `name` of each."""
    return cast("list[dict[str, Any]]", settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])


def with_passwords(view: View) -> View:
    """A view that only an installation has whose people sign in with passwords; others say what
    does it there."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.PASSWORD_SIGN_IN:
            return view(request, *args, **kwargs)
        context = {"providers": providers()}
        return render(request, "people/no-passwords.html", context, status=404)

    return answer


def begin(request: HttpRequest, user: User, then: str) -> HttpResponse:
    """Sign somebody in who has shown who they are, once they have passed their second factor, and
    go on to the address `then`."""
    return perform_login(request, user, redirect_url=then)  # type: ignore[no-any-return]


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by invitation; everything else of allauth's own pages is not here."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As ProxyMiddleware has found it."""
        return request.META.get("REMOTE_ADDR") or "127.0.0.1"

    def respond_user_inactive(self, request: HttpRequest, _user: User) -> HttpResponse:
        messages.error(request, SWITCHED_OFF)
        return redirect("sign-in")


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Nobody has one where the installation has none."""

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        return bool(settings.TWO_FACTOR and super().is_mfa_enabled(user, types))

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """One that does not open is as one that nobody has: no code fits it."""
        try:
            return opened(encrypted_text)
        except NotOursError:
            log.warning("A second factor was sealed by another SECRET_KEY; it lets nobody in.")
            return str(generate_totp_secret())

    def get_totp_issuer(self) -> str:
        return "Moments"

    def _get_site_name(self) -> str:
        return "Moments"

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - its name
        known = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {known + 1}" if known else "Passkey"


class Elsewhere(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Whom the provider names by an address that it has verified has the account with this address;
    an invitation is taken by that, too. Others have one made only where OIDC_SIGN_UP says so."""

    def is_open_for_signup(self, _request: HttpRequest, _login: Any) -> bool:
        return bool(settings.OIDC_SIGN_UP)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        given = sociallogin.email_addresses
        name = sociallogin.provider.name
        if not given or not (given[0].verified or settings.OIDC_TRUST_EMAIL):
            refuse(request, UNVERIFIED.format(name=name))
        user = User.objects.filter(email__iexact=given[0].email).first()
        if user is not None:
            take_invitation(user)
            sociallogin.connect(request, user)
        elif not settings.OIDC_SIGN_UP:
            refuse(request, NO_ACCOUNT.format(email=given[0].email))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, *_: Any, **__: Any
    ) -> None:
        refuse(request, FAILED.format(name=provider.name))


def take_invitation(user: User) -> None:
    """An account that waits for its first sign-in is one from now on; one that was switched off
    stays so."""
    if not user.is_active and user.last_login is None and user.memberships.exists():
        user.is_active = True
        user.save(update_fields=["is_active"])


def refuse(request: HttpRequest, words: str) -> NoReturn:
    messages.error(request, words)
    raise ImmediateHttpResponse(redirect("sign-in"))
