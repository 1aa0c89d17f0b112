"""The webhooks of a project, for its owners: what there is, a new one, a trial, an end."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from analytics.forms.webhooks import WebhookForm
from analytics.models.webhooks import MOST_WEBHOOKS, Webhook, WebhookCall
from people.access import Request, owned
from people.audit import Action, note

MOST_CALLS = 50


@login_required
@require_http_methods(["GET", "POST"])
def webhooks(request: Request, slug: str) -> HttpResponse:
    """All of a project and its last calls; POST makes another, whose secret is shown once."""
    project = owned(request, slug)
    form = WebhookForm(request.POST or None)
    context: dict[str, Any] = {"project": project, "form": form, "is_owner": True}
    if request.method == "POST" and form.is_valid():
        if project.webhooks.count() >= MOST_WEBHOOKS:
            form.add_error(None, f"A project has at most {MOST_WEBHOOKS} webhooks.")
        else:
            made = project.webhooks.create(**form.cleaned_data, created_by=request.user)
            note(project, request.user, Action.SHARED, "Made a webhook", request.path)
            context |= {"made": made, "form": WebhookForm()}
    calls = WebhookCall.objects.filter(webhook__project=project)
    context |= {
        "webhooks": project.webhooks.all(),
        "calls": calls.select_related("webhook", "mailing")[:MOST_CALLS],
    }
    return render(request, "analytics/webhooks.html", context)


@login_required
@require_POST
def trial(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Call it once, to see that it arrives."""
    one(request, slug, pk).call()
    messages.success(request, "It is being called; what became of it stands among the calls.")
    return redirect("webhooks", slug)


@login_required
@require_POST
def delete(request: Request, slug: str, pk: UUID) -> HttpResponse:
    one(request, slug, pk).delete()
    messages.success(request, "The webhook is deleted: it is called no more.")
    return redirect("webhooks", slug)


def one(request: Request, slug: str, pk: UUID) -> Webhook:
    return get_object_or_404(owned(request, slug).webhooks, pk=pk)
