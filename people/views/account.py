"""Somebody's own account: password, address, API tokens; and a forgotten password."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import (
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from people import sign_ins, signing_in
from people.access import Request
from people.forms import AddressForm, OwnPassword, TokenForm
from people.models import TokenNote
from people.new_address import Change
from people.signing_in import with_passwords

# Mails to one address in a while: nobody fills somebody's box by asking again and again.
MOST_MAILS, WHILE = 3, 3600


@login_required
@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponseBase:
    """The account's projects, password and tokens. POST changes the password."""
    return new_password(request) if request.method == "POST" else shown(request)


@with_passwords
def new_password(request: Request) -> HttpResponse:
    """Another password, which ends all other sign-ins."""
    form = OwnPassword(request.user, request.POST)
    if form.is_valid():
        old = request.session.session_key
        form.save()
        update_session_auth_hash(request, request.user)
        sign_ins.moved(old, request)
        sign_ins.end_others(request, request.user)
        messages.success(request, "Your password is changed; other sign-ins of yours have ended.")
        return redirect("account")
    return shown(request, password=form)


@login_required
@require_POST
def end_sign_in(request: Request, pk: int) -> HttpResponse:
    """End one sign-in; of this browser it is signing out."""
    sign_ins.end(request.user, pk)
    messages.success(request, "This sign-in has ended.")
    return redirect("account")


@login_required
@require_POST
def end_other_sign_ins(request: Request) -> HttpResponse:
    sign_ins.end_others(request, request.user)
    messages.success(request, "All other sign-ins have ended.")
    return redirect("account")


@login_required
@require_POST
def new_address(request: Request) -> HttpResponse:
    """A link goes to another address; it says the same whether somebody else has that one."""
    form = AddressForm(request, request.POST)
    if not form.is_valid():
        return shown(request, address_form=form)
    email = form.cleaned_data["email"]
    if too_many_mails(email) or Change(request.user, email).ask():
        messages.success(request, f"A link to confirm the new address is on its way to {email}.")
    else:
        messages.error(request, "The mail server did not take the mail. Try again later.")
    return redirect("account")


@never_cache
@require_http_methods(["GET", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link leads: a question, for programs that look into mails follow links, too."""
    change = Change.read(token)
    if change is None or (request.method == "POST" and not change.do()):
        return render(request, "people/address-gone.html", status=404)
    if request.method != "POST":
        return render(request, "people/address.html", {"email": change.email})
    messages.success(request, f"Your address is {change.email} now. You sign in with it.")
    return redirect("account")


def too_many_mails(email: str) -> bool:
    """Whether an address has got enough of them for now; counts one more."""
    key = f"forgotten:{sha256(email.lower().encode()).hexdigest()}"
    cache.add(key, 0, WHILE)
    return cache.incr(key) > MOST_MAILS


@login_required
@require_POST
def new_token(request: Request) -> HttpResponse:
    """A new API token, shown this once."""
    form = TokenForm(request.user, request.POST)
    if not form.is_valid():
        return shown(request, token_form=form)
    given = form.cleaned_data
    days = given.pop("days")
    token, text = AuthToken.objects.create(request.user, timedelta(days=days) if days else None)
    TokenNote.objects.create(token=token, **given)
    return shown(request, made=text)


@login_required
@require_POST
def end_token(request: Request, key: str) -> HttpResponse:
    token = get_object_or_404(AuthToken, user=request.user, token_key=key)
    token.delete()
    messages.success(request, "The token is good for nothing now.")
    return redirect("account")


def shown(request: Request, **more: Any) -> HttpResponse:
    tokens = AuthToken.objects.filter(user=request.user).select_related("note__project")
    context = {
        "password": OwnPassword(request.user),
        "address_form": AddressForm(request),
        "token_form": TokenForm(request.user),
        "tokens": tokens.order_by("-created"),
        "sign_ins": sign_ins.of(request, request.user),
        "has_two_factor": is_mfa_enabled(request.user),
        "offers_two_factor": settings.TWO_FACTOR,
        "by_password": settings.PASSWORD_SIGN_IN,
        "providers": signing_in.providers(),
        "memberships": request.user.memberships.select_related("project").filter(
            project__deleted_at=None
        ),
    }
    return render(request, "people/account.html", context | more)


class ForgottenView(PasswordResetView):
    """Asks for an address, and says the same whether it has an account or not."""

    template_name = "people/forgotten.html"
    email_template_name = "people/letters/forgotten.txt"
    subject_template_name = "people/letters/forgotten-subject.txt"
    success_url = reverse_lazy("forgotten-sent")
    http_method_names = ["get", "head", "post", "options"]

    def form_valid(self, form: Any) -> HttpResponse:
        if too_many_mails(form.cleaned_data["email"]):
            return redirect("forgotten-sent")
        self.extra_email_context = {"base": settings.BASE_URL}
        return super().form_valid(form)


class ForgottenSentView(PasswordResetDoneView):
    template_name = "people/forgotten-sent.html"


class NewPasswordView(PasswordResetConfirmView):
    template_name = "people/new-password.html"
    success_url = reverse_lazy("home")
    http_method_names = ["get", "head", "post", "options"]

    def form_valid(self, form: Any) -> HttpResponse:
        """In at once, past the second factor: who reads somebody's mail has not got that."""
        super().form_valid(form)
        return signing_in.begin(self.request, form.user, str(self.success_url))
