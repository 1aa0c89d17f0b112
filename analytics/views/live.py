"""What arrives in a project: event by event, request by request, and what was refused."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from people.access import Request, may_edit, project_of
from people.models import Project
from people.models.arrivals import newest, rate
from people.values import UNKEEPABLE

RECENT = timedelta(hours=1)
REQUESTS = 12
MOST_REFUSED = 30


@login_required
@require_GET
@vary_on_headers("HX-Request")
def live(request: Request, slug: str) -> HttpResponse:
    """The events that came last, how many come, what became of them by key, what was refused and
    why; by htmx what changes all the time."""
    project = project_of(request, slug)
    text = UNKEEPABLE.sub("", request.GET.get("q", "")).strip()[:200]
    warned = request.GET.get("show") == "warned"
    context = {
        "project": project,
        "text": text,
        "warned": warned,
        "rate": rate(project),
        "events": newest(project, text, warned=warned),
        **requests_of(project),
    }
    if request.htmx:
        return render(request, "analytics/live.html#arrivals", context)
    refused = project.refused_messages.filter(replayed_at=None)
    context |= {
        "refused": refused.select_related("batch")[:MOST_REFUSED],
        "refused_count": refused.count(),
        "may_edit": may_edit(request, project),
    }
    return render(request, "analytics/live.html", context)


def requests_of(project: Project) -> dict[str, Any]:
    """The newest requests, and the last hour by key."""
    batches = project.batches.select_related("write_key")
    keys = batches.filter(received_at__gt=timezone.now() - RECENT).values("write_key__name")
    counted = keys.annotate(
        accepted=Sum("accepted"),
        duplicates=Sum("duplicates"),
        refused=Sum("refused"),
        warned=Sum("warned"),
    )
    return {
        "batches": batches.order_by("-received_at")[:REQUESTS],
        "keys": counted.order_by("write_key__name"),
    }
