"""Somebody's own account: password, address, API tokens; and a forgotten password."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

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
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from people.access import Request
from people.forms import OwnPassword, TokenForm
from people.models import TokenNote

# Mails to one address in a while: nobody fills somebody's box by asking again and again.
MOST_MAILS, WHILE = 3, 3600


@login_required
@require_http_methods(["GET", "POST"])
def account(request: Request) -> HttpResponse:
    """The account's projects, password and tokens. POST changes the password."""
    form = OwnPassword(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is changed; other sign-ins of yours have ended.")
        return redirect("account")
    return shown(request, password=form)


@login_required
@require_POST
def new_token(request: Request) -> HttpResponse:
    """A new API token, shown this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return shown(request, token_form=form)
    days = form.cleaned_data["days"]
    token, text = AuthToken.objects.create(request.user, timedelta(days=days) if days else None)
    TokenNote.objects.create(
        token=token, name=form.cleaned_data["name"], read_only=form.cleaned_data["read_only"]
    )
    return shown(request, made=text)


@login_required
@require_POST
def end_token(request: Request, key: str) -> HttpResponse:
    token = get_object_or_404(AuthToken, user=request.user, token_key=key)
    token.delete()
    messages.success(request, "The token is good for nothing now.")
    return redirect("account")


def shown(request: Request, **more: Any) -> HttpResponse:
    tokens = AuthToken.objects.filter(user=request.user).select_related("note")
    context = {
        "password": OwnPassword(request.user),
        "token_form": TokenForm(),
        "tokens": tokens.order_by("-created"),
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
        address = sha256(form.cleaned_data["email"].lower().encode()).hexdigest()
        key = f"forgotten:{address}"
        cache.add(key, 0, WHILE)
        if cache.incr(key) > MOST_MAILS:
            return redirect("forgotten-sent")
        self.extra_email_context = {"base": settings.BASE_URL}
        return super().form_valid(form)


class ForgottenSentView(PasswordResetDoneView):
    template_name = "people/forgotten-sent.html"


class NewPasswordView(PasswordResetConfirmView):
    template_name = "people/new-password.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    http_method_names = ["get", "head", "post", "options"]
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"
