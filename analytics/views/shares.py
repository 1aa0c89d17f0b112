"""The links to a report or a dashboard: what there is, a new one, an end to one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from analytics.forms.shares import ShareForm
from analytics.models import Dashboard, Report, Share
from analytics.models.shares import MOST_SHARES, link_of
from people.access import Request, editable
from people.audit import Action, note


@login_required
@require_http_methods(["GET", "POST"])
def of_report(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """The links to a report; POST makes another."""
    return shares(request, get_object_or_404(editable(request, slug).reports.kept(), pk=pk))


@login_required
@require_http_methods(["GET", "POST"])
def of_dashboard(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """The links to a dashboard; POST makes another."""
    return shares(request, get_object_or_404(editable(request, slug).dashboards.all(), pk=pk))


def shares(request: Request, what: Report | Dashboard) -> HttpResponse:
    form = ShareForm(request.POST or None)
    context: dict[str, Any] = {"project": what.project, "what": what, "back": place_of(what)}
    if request.method == "POST" and form.is_valid():
        if Share.objects.kept().filter(project=what.project).count() >= MOST_SHARES:
            form.add_error(None, f"A project has at most {MOST_SHARES} links. Revoke some first.")
        else:
            context |= made(request, what, form)
            form = ShareForm()
    context |= {"form": form, "shares": Share.objects.kept().of(what)}
    return render(request, "analytics/shares.html", context)


def made(request: Request, what: Report | Dashboard, form: ShareForm) -> dict[str, Any]:
    """A new link, to be shown this once."""
    given = form.cleaned_data
    share, token = Share.make(
        project=what.project,
        **{"report" if isinstance(what, Report) else "dashboard": what},
        password=given["password"],
        expires_at=form.expires_at,
        minimum_group=given["minimum_group"] or 0,
        origins=given["origins"],
        created_by=request.user,
    )
    note(what.project, request.user, Action.SHARED, f"Shared “{what}”", request.path)
    embed = link_of(token, "shared-embed") if share.origins else ""
    return {"made": link_of(token), "embed": embed}


def place_of(what: Report | Dashboard) -> str:
    name = "report" if isinstance(what, Report) else "dashboard"
    return reverse(name, args=[what.project.slug, what.pk])


@login_required
@require_POST
def revoke(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """From now on a link leads nowhere."""
    share = get_object_or_404(Share.objects.select_related("report", "dashboard"), pk=pk,
                              project=editable(request, slug))  # fmt: skip
    share.revoke()
    messages.success(request, "The link is revoked: it leads nowhere any more.")
    kind = "report" if share.report else "dashboard"
    return redirect(f"{kind}-shares", slug, share.what.pk)
